"""What some drivers did in a game, as pieces of its episodes; segments.js does the same.

Time is counted in a seat's own decisions, the ticks at which it acts. A segment is a run of them in
one episode, by one kind of driver. The reward of a decision is all that comes before the seat's
next one, whoever makes that, or before the episode or the record ends.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from envs_c.binding import VecEnv
from envs_c.replay import play
from envs_c.replay_file import KINDS, Replay, ReplayError


@dataclass(frozen=True, eq=False)
class Segment:
    """T decisions of a seat, one after another.

    Attributes:
        observations: (T + 1, size); the last is what the seat saw next, or at its episode's end.
        actions: (T, heads).
        rewards: (T,) float64.
        terminated, truncated: (T,) bool. The last of `truncated` is set where the episode was cut
            short, and where it went on without this driver.
        ticks: (T + 1,) int32, at which each observation was seen.
        mask: (T + 1, choices) uint8, 1 for each choice allowed, all 0 after an episode's end; None
            where the environment has no mask.
        seat: which.
        driver: its kind, one of KINDS.
        first: whether it begins with its episode's first decision.
    """

    observations: NDArray[Any]
    actions: NDArray[Any]
    rewards: NDArray[np.float64]
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    ticks: NDArray[np.int32]
    mask: NDArray[np.uint8] | None
    seat: int
    driver: str
    first: bool

    def __len__(self) -> int:
        return len(self.rewards)


@dataclass
class _Open:
    """A segment that may go on."""

    driver: str
    first: bool
    seen: list[NDArray[Any]] = field(default_factory=list)
    masks: list[NDArray[np.uint8]] = field(default_factory=list)
    ticks: list[int] = field(default_factory=list)
    actions: list[NDArray[Any]] = field(default_factory=list)
    rewards: list[float] = field(default_factory=list)


def segments(
    replay: Replay,
    kinds: Collection[str] = ("person",),
    *,
    seats: Collection[int] | None = None,
    since: int = 0,
    source: Path | None = None,
) -> list[Segment]:
    """Play a replay again and collect what drivers of some kinds did, in the order of its end.

    Args:
        replay: the game.
        kinds: of the drivers that are wanted.
        seats: those that are wanted; all if not given.
        since: decisions before this tick are passed over.
        source: as in `VecEnv`.

    Raises:
        ReplayError: no such seat or kind, it cannot be played here, or a hash differs: what would
            be seen is not what was seen.
        EnvError: no such environment.
    """
    for seat in seats or ():
        if not 0 <= seat < replay.seats:
            raise ReplayError(f"seat: want 0 to {replay.seats - 1}, got {seat}")
    for kind in kinds:
        if kind not in KINDS:
            raise ReplayError(f"driver: want one of {', '.join(KINDS)}, got {kind!r}")
    collector = _Collector(replay, kinds, range(replay.seats) if seats is None else seats, since)
    for step in play(replay, source, collector.before):
        if step.differs:
            raise ReplayError(f"the state at tick {step.tick} is another than recorded")
        collector.after(step.tick)
    return collector.finish()


class _Collector:
    def __init__(
        self, replay: Replay, kinds: Collection[str], seats: Collection[int], since: int
    ) -> None:
        self.replay, self.kinds, self.seats, self.since = replay, kinds, seats, since
        self.coming = sorted(replay.drivers, key=lambda change: change[0])[::-1]
        self.driver = [""] * replay.seats
        self.fresh = [True] * replay.seats  # no decision of the running episode yet
        self.open: list[_Open | None] = [None] * replay.seats
        self.done: list[Segment] = []
        self.env: VecEnv | None = None

    def before(self, tick: int, env: VecEnv) -> None:
        """A step is about to be played: whoever acts decides on what it sees."""
        self.env = env
        while self.coming and self.coming[-1][0] <= tick:
            _, seat, who = self.coming.pop()
            self.driver[seat] = who.kind
        for row in self.seats:
            if not env.active[row]:
                continue
            driver, running = self.driver[row], self.open[row]
            wanted = driver in self.kinds and tick >= self.since
            if running and not (wanted and running.driver == driver):
                self._close(row, env.obs, _mask(env, row), tick)
                running = None
            if wanted:
                if not running:
                    running = self.open[row] = _Open(driver, self.fresh[row])
                running.seen.append(env.obs[row].copy())
                running.masks.append(_mask(env, row))
                running.ticks.append(tick)
                running.actions.append(self.replay.actions[tick, row])
                running.rewards.append(0.0)
            self.fresh[row] = False

    def after(self, tick: int) -> None:
        """It was played; `tick` counts it."""
        env = self.env
        assert env is not None
        for row in self.seats:
            running, ended = self.open[row], env.terminated[row] or env.truncated[row]
            if running:
                running.rewards[-1] += float(env.rewards[row])
                if ended:
                    none = np.zeros_like(_mask(env, row))
                    self._close(row, env.final_obs, none, tick, ended=True)
            if ended or env.over[0]:
                self.fresh[row] = True

    def finish(self) -> list[Segment]:
        """The record is at its end."""
        for row in self.seats:
            if self.open[row] and self.env is not None:
                mask = _mask(self.env, row) * self.env.active[row]
                self._close(row, self.env.obs, mask, self.replay.ticks)
        return self.done

    def _close(
        self, row: int, obs: NDArray[Any], mask: NDArray[np.uint8], tick: int, ended: bool = False
    ) -> None:
        env, running = self.env, self.open[row]
        assert env is not None
        assert running is not None
        length = len(running.rewards)
        terminated, truncated = np.zeros(length, np.bool_), np.zeros(length, np.bool_)
        terminated[-1] = bool(ended and env.terminated[row])
        truncated[-1] = bool(env.truncated[row]) if ended else True
        self.done.append(
            Segment(
                observations=np.stack([*running.seen, obs[row]]),
                actions=np.stack(running.actions),
                rewards=np.array(running.rewards),
                terminated=terminated,
                truncated=truncated,
                ticks=np.array([*running.ticks, tick], np.int32),
                mask=None if env.mask is None else np.stack([*running.masks, mask]),
                seat=row,
                driver=running.driver,
                first=running.first,
            )
        )
        self.open[row] = None


def _mask(env: VecEnv, row: int) -> NDArray[np.uint8]:
    return np.zeros(0, np.uint8) if env.mask is None else env.mask[row].copy()


def parting(replay: Replay, others: Sequence[Replay]) -> int:
    """The tick up to which one of the others was the same game: where play went on differently.

    Lines of one game that was rewound and played on from share what came before; it is to be
    learned from once.
    """
    return max((_shared(replay, other) for other in others), default=0)


def _shared(a: Replay, b: Replay) -> int:
    made = [(r.env, r.dynamics_version, r.seed, r.params, r.choices, r.seats) for r in (a, b)]
    if made[0] != made[1]:
        return 0
    ticks = min(a.ticks, b.ticks)
    differs = (a.actions[:ticks] != b.actions[:ticks]).any(axis=(1, 2)).nonzero()[0]
    ends: list[int] = [ticks, *differs[:1].tolist()]
    for ours, theirs in ((a.changes, b.changes), (a.drivers, b.drivers)):
        ends += _parted(iter(ours), iter(theirs))
    return min(ends)


def _parted(ours: Iterator[Any], theirs: Iterator[Any]) -> list[int]:
    """The tick of the first of two lists of changes that the other has not."""
    while True:
        here, there = next(ours, None), next(theirs, None)
        if here != there:
            return [min(change[0] for change in (here, there) if change)]
        if here is None:
            return []
