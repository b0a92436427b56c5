"""What a run shows while it goes on: one live screen, or a line now and then without a terminal."""

import time
from collections.abc import Mapping
from types import TracebackType

from rich.console import Console, Group
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table

LINE_EVERY = 10.0
"""Seconds between two lines where there is no terminal."""

LOSSES = {
    "loss": "what the optimiser lowers",
    "policy_loss": "the clipped objective, negated",
    "value_loss": "half the squared error of the value",
    "entropy": "nats; falls as the policy makes up its mind",
    "kl": "how far one update moved the policy",
    "clipped": "share of decisions whose ratio left the clip range",
    "explained_variance": "1: the value foresees all; 0: nothing",
    "grad_norm": "before it is clipped",
    "lr": "learning rate",
}


def _number(value: float) -> str:
    if abs(value) >= 1e5:
        return f"{value:,.0f}"
    return f"{value:.4g}"


class Screen:
    """Shows what `Run.update` measured; metrics keep their last value when one has none."""

    def __init__(self, title: str, steps: int, console: Console | None = None) -> None:
        self.title, self.steps = title, steps
        self.console = console or Console()
        self.live = Live(console=self.console, refresh_per_second=4, transient=False)
        self.metrics: dict[str, float] = {}
        self.line_at = 0.0

    def __enter__(self) -> "Screen":
        if self.console.is_terminal:
            self.live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.live.stop()

    def show(self, measured: Mapping[str, float]) -> None:
        """Take up one update's measurements."""
        self.metrics |= measured
        if self.console.is_terminal:
            self.live.update(self.render())
        elif time.monotonic() - self.line_at >= LINE_EVERY:
            self.line_at = time.monotonic()
            shown = [f"{k} {_number(v)}" for k, v in self.metrics.items() if "/" in k]
            rate = self.metrics["steps_per_second"]
            done = self.metrics["steps"]
            self.console.print(
                f"{self.title}: {done:,.0f} steps, {rate:,.0f}/s; {', '.join(shown)}",
                soft_wrap=True,
            )

    def render(self) -> Group:
        """The whole screen."""
        m = self.metrics
        head = Table.grid(padding=(0, 3))
        left = max(self.steps - m["steps"], 0) / max(m["steps_per_second"], 1)
        head.add_row(
            f"[bold]{self.title}[/]",
            f"{m['steps']:,.0f} of {self.steps:,} steps",
            f"{m['steps_per_second']:,.0f} steps/s",
            f"{m['seconds']:,.0f} s, about {left:,.0f} s left",
        )
        phases = Table("time", "seconds an update", "share")
        took = {k.removeprefix("seconds_"): v for k, v in m.items() if k.startswith("seconds_")}
        for name, seconds in took.items():
            phases.add_row(name, f"{seconds:.3f}", f"{seconds / sum(took.values()):.0%}")
        losses = Table("learning", "value", "meaning")
        for name, meaning in LOSSES.items():
            losses.add_row(name, _number(m.get(name, 0.0)), f"[dim]{meaning}[/]")
        games = Table("games", *self._kinds())
        for metric in dict.fromkeys(k.split("/")[1] for k in m if "/" in k):
            values = [m.get(f"{kind}/{metric}") for kind in self._kinds()]
            games.add_row(metric, *("" if v is None else _number(v) for v in values))
        bar = ProgressBar(total=self.steps, completed=min(m["steps"], self.steps))
        return Group(head, Padding(bar, (0, 0, 1, 0)), phases, losses, games)

    def _kinds(self) -> list[str]:
        return list(dict.fromkeys(k.split("/")[0] for k in self.metrics if "/" in k))
