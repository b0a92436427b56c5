"""What the doctor looks at: one environment, played hard, and a record of all that it did."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from envs_c.binding import U8, VecEnv
from envs_c.build import library, source
from envs_c.players import random_actions
from envs_c.spec import Spec, read_spec

LIMIT = 20_000
"""Ticks after which an episode that has not ended counts as one that never will."""

BUDGET = 1 << 24
"""Bytes of observations that one record may hold."""

Level = Literal["error", "warning"]
Player = Callable[[VecEnv], None]  # writes env.actions


@dataclass(frozen=True)
class Finding:
    """One thing wrong: what was seen, with its numbers, and what to do about it."""

    check: str
    level: Level
    message: str
    advice: str


Findings = Iterator[Finding]


@dataclass(frozen=True)
class Play:
    """A record of some ticks; `obs[0]` and `mask[0]` are of the opening."""

    player: str
    seats: int
    obs: NDArray[Any]  # (T + 1, rows, size)
    final_obs: NDArray[Any]  # (T, rows, size), 0 where no episode ended
    rewards: NDArray[np.float32]  # (T, rows)
    terminated: U8  # (T, rows)
    truncated: U8  # (T, rows)
    active: U8  # (T, rows), before the tick
    over: U8  # (T, copies)
    mask: U8 | None  # (T + 1, rows, choices)
    metrics: NDArray[np.float32]  # (episodes, metrics)
    finals: list[tuple[int, int, U8]]  # (tick, copy, the game at its end)
    states: list[U8]  # one copy's bytes, every few ticks
    openings: U8  # (copies, bytes)

    @property
    def ended(self) -> U8:
        """(T, rows): whose episode ended in this tick."""
        return self.terminated | self.truncated

    def place(self, index: Sequence[Any] | NDArray[Any]) -> str:
        """Words for a tick and a row of this record."""
        return f"tick {int(index[0])}, seat {int(index[1]) % self.seats}, {self.player} play"


@dataclass(frozen=True)
class Ends:
    """Episodes that ended in a long play: an array element each."""

    length: NDArray[np.int64]  # ticks of the episode
    age: NDArray[np.int64]  # ticks of the game
    truncated: NDArray[np.bool_]
    forced: NDArray[np.bool_]  # its last tick left nobody a choice
    rows_without: list[int]  # whose episodes never ended
    ticks: int  # that were played


class Patient:
    """One environment under examination; what is costly to play is played once."""

    def __init__(self, name: str, c_file: Path | None = None) -> None:
        """`c_file`: of an environment that lies elsewhere than under envs_c/."""
        self.name, self.c_file = name, c_file
        self.source = c_file or source(name)
        self.golden = self.source.parent / "golden.txt"
        self.spec: Spec = read_spec(library(name, c_file=c_file), name, self.golden)
        action = self.spec["interface"]["action"]
        self.heads: list[dict[str, Any]] = action["heads"]
        self.continuous = bool(action["type"] == "continuous")
        self.masked = bool(action["masked"])
        self.trusted = True  # the same game, played again, shows the same

    def make(
        self, copies: int, params: Mapping[str, float] | None = None, seed: int = 11
    ) -> VecEnv:
        """New games of it."""
        return VecEnv(self.name, copies, seed, params, source=self.c_file)

    @cached_property
    def constants(self) -> list[tuple[str, int, float]]:
        """(words, head, value) of each action that is made over and over."""
        if self.continuous:
            return [
                (f"always {v:+g} in {head['name']!r}", h, v)
                for h, head in enumerate(self.heads)
                for v in (-1.0, 0.0, 1.0)
            ]
        return [
            (f"always {word!r}", h, i)
            for h, head in enumerate(self.heads)
            for i, word in enumerate(head["choices"])
        ]

    def constant_player(self) -> tuple[int, Player]:
        """How many copies, and a player that makes one constant action in each of them.

        Where the mask forbids the action, the first choice that it allows is made.
        """
        table = np.zeros((len(self.constants), len(self.heads)), float)
        for i, (_, head, value) in enumerate(self.constants):
            table[i, head] = value

        def play(env: VecEnv) -> None:
            env.actions[...] = np.repeat(table, env.seats, axis=0)
            at = 0
            for h, head in enumerate(self.heads if env.mask is not None else []):
                assert env.mask is not None
                allowed = env.mask[:, at : at + head["n"]]
                chosen = np.take_along_axis(allowed, env.actions[:, h : h + 1], 1)[:, 0] != 0
                env.actions[:, h] = np.where(chosen, env.actions[:, h], allowed.argmax(axis=1))
                at += head["n"]

        return len(table), play

    @cached_property
    def plays(self) -> list[Play]:
        """Random, constant and scripted play with the parameters at their defaults."""
        copies, constant = self.constant_player()
        plays = [
            record(self.make(8), random_player(1), "random", 600),
            record(self.make(copies), constant, "constant", 200),
        ]
        if self.spec["has"]["script"]:
            plays.append(record(self.make(2), scripted, "scripted", 300))
        return plays

    @cached_property
    def extremes(self) -> list[Play]:
        """Random play with each parameter alone at either end of its range."""
        ends = [{p["name"]: p[end]} for p in self.spec["params"] for end in ("min", "max")]
        return [
            record(self.make(2, end), random_player(2), f"random (with {name} = {value:g})", 150)
            for end in ends
            for name, value in end.items()
        ]

    @cached_property
    def states(self) -> list[U8]:
        """Games from all plays, at most 60."""
        found = [state for play in self.plays for state in play.states]
        return found[:: max(1, len(found) // 60)]

    @cached_property
    def random_ends(self) -> Ends:
        """Episodes of random play, until each row has ended 8."""
        return long_play(self.make(4), random_player(3))

    @cached_property
    def constant_ends(self) -> Ends:
        """Episodes of constant play."""
        copies, player = self.constant_player()
        return long_play(self.make(copies), player)


def random_player(seed: int) -> Player:
    """Draws among the choices allowed."""
    rng = np.random.default_rng(seed)

    def play(env: VecEnv) -> None:
        env.actions[...] = random_actions(env, rng)

    return play


def scripted(env: VecEnv) -> None:
    """The scripted player in every seat."""
    env.script(env.active)


def record(env: VecEnv, player: Player, words: str, ticks: int) -> Play:
    """Play for some ticks, fewer where the observations are large, and keep everything."""
    ticks = max(20, min(ticks, BUDGET // env.obs.nbytes))
    obs = np.zeros((ticks + 1, *env.obs.shape), env.obs.dtype)
    final_obs = np.zeros((ticks, *env.obs.shape), env.obs.dtype)
    rewards = np.zeros((ticks, env.rows), np.float32)
    terminated, truncated, active = (np.zeros((ticks, env.rows), np.uint8) for _ in range(3))
    over = np.zeros((ticks, env.copies), np.uint8)
    mask = None if env.mask is None else np.zeros((ticks + 1, *env.mask.shape), np.uint8)
    metrics: list[NDArray[np.float32]] = []
    finals: list[tuple[int, int, U8]] = []
    states: list[U8] = []
    openings = env.state.copy()
    for tick in range(ticks + 1):
        obs[tick] = env.obs
        if mask is not None and env.mask is not None:
            mask[tick] = env.mask
        if tick == ticks:
            break
        if tick % 7 == 3:
            states.append(env.state[tick // 7 % env.copies].copy())
        active[tick] = env.active
        player(env)
        env.step()
        rewards[tick], over[tick] = env.rewards, env.over
        terminated[tick], truncated[tick] = env.terminated, env.truncated
        rows = np.flatnonzero(env.terminated | env.truncated)
        if len(rows):
            final_obs[tick, rows] = env.final_obs[rows]
            metrics.extend(env.metrics[rows])
            env.metrics[rows] = 0
        for copy in np.flatnonzero(env.over) if len(finals) < 64 else []:
            finals.append((tick, int(copy), env.finals[copy].copy()))
    counted = np.array(metrics, np.float32).reshape(-1, env.metrics.shape[1])
    return Play(
        *(words, env.seats, obs, final_obs, rewards, terminated, truncated, active, over, mask),
        *(counted, finals, states, openings),
    )


def long_play(env: VecEnv, player: Player, episodes: int = 8) -> Ends:
    """Play until each row has ended some episodes, for `LIMIT` ticks at most."""
    began, opened = np.zeros(env.rows, np.int64), np.zeros(env.copies, np.int64)
    count = np.zeros(env.rows, np.int64)
    found: list[tuple[int, int, bool, bool]] = []
    tick = 0
    while tick < LIMIT and count.min() < episodes:
        forced = _forced(env)
        player(env)
        env.step()
        tick += 1
        for row in np.flatnonzero(env.terminated | env.truncated):
            age = tick - int(opened[row // env.seats])
            truncated = bool(env.truncated[row] and not env.terminated[row])
            last = bool(forced[row // env.seats])
            found.append((tick - int(began[row]), age, truncated, last))
            began[row] = tick
            count[row] += 1
        over = env.over != 0
        if over.any():
            opened[over] = tick
            began[np.repeat(over, env.seats)] = tick
    table = np.array(found, np.int64).reshape(-1, 4)
    without = [int(row) for row in np.flatnonzero(count == 0)]
    return Ends(table[:, 0], table[:, 1], table[:, 2] != 0, table[:, 3] != 0, without, tick)


def _forced(env: VecEnv) -> NDArray[np.bool_]:
    """Whether in each game the seats that act have but one choice of every head."""
    if env.mask is None:
        return np.zeros(env.copies, bool)
    heads = len(env.spec["interface"]["action"]["heads"])
    bound = (env.mask.sum(axis=1) == heads) | (env.active == 0)
    return np.asarray(bound.reshape(env.copies, -1).all(axis=1))
