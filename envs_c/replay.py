"""Record games natively, and play replays again to see that they are what they say."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from envs_c.binding import U8, VecEnv
from envs_c.build import EnvError
from envs_c.players import random_actions
from envs_c.replay_file import Driver, Limits, Replay, ReplayError, decode
from envs_c.spec import Spec

HASHED = 10
"""Seconds of play between two hashes of a replay recorded here."""


@dataclass(frozen=True)
class Step:
    """One step of a replay that is played again; its arrays are views, good until the next."""

    tick: int
    """Steps played, this one included."""
    before: NDArray[Any]
    now: NDArray[Any]
    """The game's bytes before and after the step, the last ones of a game that it ended."""
    over: bool
    person: U8
    """(seats,) 1 for each seat that a person drove."""
    differs: bool
    """A hash recorded for this tick is another."""


@dataclass(frozen=True)
class Verdict:
    """What came of playing a replay again."""

    problems: tuple[str, ...]
    """Why it is not what was played, in words; none if it is verified."""
    playable: bool
    """Whether its actions can be played here at all."""
    agreed: int | None
    """The last tick up to which every hash agreed; None if none did."""
    differs: int | None
    """The first tick whose hash is another; None if there is none."""

    @property
    def verified(self) -> bool:
        """Whether it was played here under the same rules, tick by tick."""
        return not self.problems


def read(path: Path, limits: Limits | None = None) -> Replay:
    """The replay in a file.

    Raises:
        ReplayError: there is no such file, or `decode` refuses it.
    """
    limits = limits or Limits()
    try:
        with path.open("rb") as file:
            return decode(file.read(limits.file + 1), limits)
    except OSError as error:
        raise ReplayError(f"{path}: {error.strerror}") from error


def choices(spec: Spec) -> tuple[int, ...]:
    """Of each head; 0 for each where actions are numbers, as replays have it."""
    action = spec["interface"]["action"]
    discrete = action["type"] == "discrete"
    return tuple(head["n"] if discrete else 0 for head in action["heads"])


# --- Recording ------------------------------------------------------------------------------------


def record(
    name: str,
    seed: int,
    params: Mapping[str, float],
    ticks: int,
    players: Sequence[str] = ("scripted",),
    *,
    changes: Mapping[int, Mapping[str, float]] | None = None,
    every: int | None = None,
    source: Path | None = None,
) -> Replay:
    """Play a game and record it.

    Args:
        name: of the environment.
        seed: of the game and of its players.
        params: as in `VecEnv`; all others are recorded at their defaults.
        ticks: how many steps.
        players: "scripted" or "random", one a seat; the last holds for all further seats.
        changes: parameters that change in play, by tick.
        every: ticks between two hashes; HASHED seconds if not given.
        source: as in `VecEnv`.

    Raises:
        EnvError: no such environment or parameter, or it has no scripted player.
        ValueError: a number out of range, or a player of another kind.
    """
    env = VecEnv(name, 1, seed, params, source=source)
    kinds = [players[min(seat, len(players) - 1)] for seat in range(env.seats)]
    for kind in kinds:
        if kind not in ("scripted", "random"):
            raise ValueError(f"players: want scripted or random, got {kind!r}")
    scripted = np.array([kind == "scripted" for kind in kinds], np.uint8)
    rng = np.random.default_rng(seed)
    changed = {tick: _floats(values) for tick, values in sorted((changes or {}).items())}
    every = every or HASHED * int(env.spec["ticks_per_second"])
    defaults = {p["name"]: p["default"] for p in env.spec["params"]}
    actions = np.zeros((ticks, *env.actions.shape), env.actions.dtype)
    hashes = [(0, f"{env.hash():016x}")]
    for tick in range(ticks):
        env.set_params(changed.get(tick, {}))
        env.actions[...] = random_actions(env, rng)
        if scripted.any():
            env.script(scripted)
        env.actions[env.active == 0] = 0
        actions[tick] = env.actions
        env.step()
        if (tick + 1) % every == 0 or tick + 1 == ticks:
            hashes.append((tick + 1, f"{env.hash():016x}"))
    return Replay(
        env=name,
        interface_version=env.spec["interface_version"],
        dynamics_version=env.spec["dynamics_version"],
        seed=seed,
        params=_floats({**defaults, **params}),
        choices=choices(env.spec),
        actions=actions,
        changes=tuple(changed.items()),
        drivers=tuple((0, seat, Driver(kind)) for seat, kind in enumerate(kinds)),
        hashes=tuple(hashes),
    )


def _floats(params: Mapping[str, float]) -> dict[str, float]:
    return {name: float(value) for name, value in params.items()}


# --- Playing again --------------------------------------------------------------------------------


def start(replay: Replay, source: Path | None = None) -> VecEnv:
    """The game as it was before the first step. `source`: as in `VecEnv`.

    Raises:
        ReplayError: its actions or parameters mean nothing here; the message says which.
        EnvError: no such environment, or it does not compile.
    """
    known = VecEnv(replay.env, 1, source=source).spec
    if choices(known) != replay.choices:
        want = f"want heads of {choices(known)} choices, got {replay.choices}"
        raise ReplayError(f"made for other actions: {want}")
    try:
        env = VecEnv(replay.env, 1, replay.seed, replay.params, source=source)
    except (EnvError, ValueError) as error:
        raise ReplayError(f"made for other parameters: {error}") from error
    if env.seats != replay.seats:
        raise ReplayError(f"made for other seats: want {env.seats}, got {replay.seats}")
    return env


Watch = Callable[[int, VecEnv], None]
"""Called with a tick and the game as its seats see it then."""


def play(replay: Replay, source: Path | None = None, before: Watch | None = None) -> Iterator[Step]:
    """Every step of a replay, played again; `before` is called before each.

    Raises as `start`, and at changes as at parameters.
    """
    env = start(replay, source)
    hashes, changes, drivers = dict(replay.hashes), list(replay.changes), list(replay.drivers)
    params = {p["name"]: float(p["default"]) for p in env.spec["params"]} | replay.params
    person = np.zeros(env.seats, np.uint8)
    for tick in range(replay.ticks):
        while changes and changes[0][0] == tick:
            _change(env, params, changes.pop(0)[1])
        while drivers and drivers[0][0] <= tick:
            _, seat, driver = drivers.pop(0)
            person[seat] = driver.kind == "person"
        if before:
            before(tick, env)
        was = env.state[0].copy()
        env.step(replay.actions[tick])
        over = bool(env.over[0])
        wanted = hashes.get(tick + 1)
        differs = wanted is not None and wanted != f"{env.hash():016x}"
        now = env.finals[0] if over else env.state[0]
        yield Step(tick + 1, was, now, over, person, differs)


def _change(env: VecEnv, params: dict[str, float], values: Mapping[str, float]) -> None:
    """Set those parameters that have other values now; `params` is kept up to date."""
    try:
        env.set_params({key: value for key, value in values.items() if params.get(key) != value})
    except (EnvError, ValueError) as error:
        raise ReplayError(f"made for other parameters: {error}") from error
    env.show()
    params.update(values)


def verify(replay: Replay, source: Path | None = None) -> Verdict:
    """Play a replay again and compare every hash that was recorded. `source`: as in `VecEnv`.

    Raises:
        EnvError: no such environment, or it does not compile.
    """
    env = VecEnv(replay.env, 1, source=source)
    problems = []
    for what, want, got in (
        ("rules (dynamics version", env.spec["dynamics_version"], replay.dynamics_version),
        ("sights (interface version", env.spec["interface_version"], replay.interface_version),
    ):
        if want != got:
            problems.append(f"made for other {what}: want {want or 'none'}, got {got or 'none'})")
    try:
        agreed, differs = _compare(replay, source)
    except ReplayError as error:
        return Verdict((*problems, str(error)), False, None, None)
    if differs is not None:
        since = "from the start" if agreed is None else f"after tick {agreed}, where it agreed"
        problems.append(f"the state at tick {differs} is another than recorded ({since})")
    return Verdict(tuple(problems), True, agreed, differs)


def _compare(replay: Replay, source: Path | None) -> tuple[int | None, int | None]:
    """The last tick whose hash agreed, and the first whose hash is another."""
    hashes = dict(replay.hashes)
    agreed = None
    if 0 in hashes:
        if hashes[0] != f"{start(replay, source).hash():016x}":
            return None, 0
        agreed = 0
    for step in play(replay, source):
        if step.differs:
            return agreed, step.tick
        if step.tick in hashes:
            agreed = step.tick
    return agreed, None
