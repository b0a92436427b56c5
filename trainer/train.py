"""Run a training to its end: progress, metrics on disk, checkpoints, and resuming."""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from envs_c.build import EnvError
from trainer import checkpoint
from trainer.config import Config
from trainer.examine import examine
from trainer.parallel import ALONE, World
from trainer.ppo import Run
from trainer.progress import Screen

Watch = Callable[[Mapping[str, float]], None]
"""Called with what each update measured; what it raises ends the run."""


def train(
    name: str,
    config: Config,
    folder: Path,
    watch: Watch | None = None,
    console: Console | None = None,
    world: World = ALONE,
) -> Path:
    """Train from nothing until the configured steps are taken.

    Metrics are appended to metrics.jsonl in `folder`, an object an update, as they come.

    Args:
        name: of the environment.
        config: the settings.
        folder: of the run.
        watch: told of every update.
        console: where progress is shown; standard output if not given.
        world: the processes that train together; only the first one writes and shows.

    Returns:
        The path of the last checkpoint.

    Raises:
        EnvError: no such environment, or the folder holds a run already.
    """
    if world.first and (folder / checkpoint.LATEST).exists():
        raise EnvError(f"{folder} holds a run already: resume it, or name another run")
    return _go_on(Run(name, config, world), folder, watch, console)


def resume(folder: Path, steps: int = 0, world: World = ALONE) -> Path:
    """Go on from a run's checkpoint, by its own settings, exactly as if it had not stopped.

    What a killed run wrote after its checkpoint is dropped and done again.

    Args:
        folder: of the run.
        steps: train on to this many instead; the schedules stretch with it. 0 keeps the run's.
        world: the processes that train together; the first one reads the checkpoint for all.

    Raises:
        EnvError: the folder holds no checkpoint.
    """
    saved = world.share(lambda: checkpoint.load(folder / checkpoint.LATEST))
    if steps:
        saved["config"]["steps"] = steps
    return _go_on(Run.resume(saved, world), folder)


def _go_on(
    run: Run, folder: Path, watch: Watch | None = None, console: Console | None = None
) -> Path:
    latest = folder / checkpoint.LATEST
    config = run.config
    saving = _Due(run, lambda steps: checkpoints_due(steps, config))
    examining = _Due(run, lambda steps: steps // config.eval_every if config.eval_every else 0)
    with _Record(run, folder, console) if run.world.first else nullcontext() as record:
        while run.steps < config.steps:
            measured = run.update()
            if config.eval_every and examining.now() and record:
                measured |= examine(_weights(run))
            if record:
                record.add(measured)
            if watch:
                watch(measured)
            if saving.now():
                whole = run.checkpoint()
                if record:
                    checkpoint.save(whole, latest)
                    checkpoint.save(_weights(run), folder / f"policy-{run.steps:012d}.pt")
    return latest


class _Record:
    """What a run writes and shows of every update."""

    def __init__(self, run: Run, folder: Path, console: Console | None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        metrics = folder / "metrics.jsonl"
        _forget_after(metrics, run.updates)
        self.log = metrics.open("a")
        self.screen = Screen(f"{run.name} · {folder.name}", run.config.steps, console)

    def __enter__(self) -> "_Record":
        self.screen.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self.screen.__exit__(*error)
        self.log.close()

    def add(self, measured: Mapping[str, float]) -> None:
        """Write a line and show it."""
        self.log.write(json.dumps({k: round(v, 6) for k, v in measured.items()}) + "\n")
        self.log.flush()
        self.screen.show(measured)


class _Due:
    """Whether something that a run does now and then is to be done, and at its end.

    `count` says how many times it should have been by so many steps.
    """

    def __init__(self, run: Run, count: Callable[[int], int]) -> None:
        self.run, self.count = run, count
        self.done = count(run.steps)

    def now(self) -> bool:
        """True once for each time."""
        before, self.done = self.done, self.count(self.run.steps)
        return self.done > before or self.run.steps >= self.run.config.steps


def checkpoints_due(steps: int, config: Config) -> int:
    """How many checkpoints a run has come by: at doubling steps early on, then at equal ones."""
    doubled, at = 0, config.first_checkpoint
    while at < config.checkpoint_every and at <= steps:
        doubled, at = doubled + 1, 2 * at
    return doubled + steps // config.checkpoint_every


def _weights(run: Run) -> dict[str, Any]:
    """A checkpoint for playing only: what the exporter and ladders need."""
    return {
        **{"env": run.name, "config": asdict(run.config)},
        **{k: run.env.spec[k] for k in ("interface_version", "dynamics_version")},
        **{"steps": run.steps, "updates": run.updates, "seconds": run.seconds},
        "policy": run.policy.state_dict(),
    }


def _forget_after(metrics: Path, updates: int) -> None:
    if not metrics.exists():
        return
    lines = metrics.read_text().splitlines()
    kept = [line for line in lines if _update_of(line) <= updates]
    metrics.write_text("".join(line + "\n" for line in kept))


def _update_of(line: str) -> float:
    try:
        return float(json.loads(line)["updates"])
    except ValueError:  # cut off by a kill
        return float("inf")


def new_run_name() -> str:
    """A name for a run that sorts by time."""
    return time.strftime("%Y%m%d-%H%M%S")
