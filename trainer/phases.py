"""Where the time of a run goes."""

from time import perf_counter


class Phases:
    """Seconds by phase: `mark` counts the time since the mark before it to the phase it names."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}
        self._last = perf_counter()

    def start(self) -> None:
        """Forget what came before."""
        self._seconds = {}
        self._last = perf_counter()

    def mark(self, phase: str) -> None:
        """The time since the last mark belongs to `phase`."""
        now = perf_counter()
        self._seconds[phase] = self._seconds.get(phase, 0.0) + now - self._last
        self._last = now

    def drain(self) -> dict[str, float]:
        """Seconds by phase, in the order in which the phases first came."""
        return dict(self._seconds)
