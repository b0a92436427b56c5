"""The doctor's checks of what an agent decides: choices, masks, and the parameters of the game."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from envs_c.binding import VecEnv
from envs_c.doctor_play import (
    LIMIT,
    Finding,
    Findings,
    Patient,
    Player,
    random_player,
    scripted,
)
from envs_c.players import random_actions

AFTERWARDS = 8
"""Ticks in which a choice must come to show."""


@dataclass(frozen=True)
class Trial:
    """Every choice of one head, made by one seat in one and the same game."""

    allowed: NDArray[np.bool_]  # (choices,)
    before: NDArray[Any]  # (size,), what the seat saw
    obs: NDArray[Any]  # (choices, seats, size), after the tick; of an episode's end, the last
    reward: NDArray[np.float32]  # (choices,), of this seat
    ended: NDArray[np.bool_]  # (choices,), this seat's episode
    shown: list[bytes]  # all that came to be seen in the ticks afterwards, per choice


class Bench:
    """Tries the choices of one head."""

    def __init__(self, patient: Patient, head: int) -> None:
        self.head, sizes = head, [entry["n"] for entry in patient.heads]
        n = sizes[head]
        self.values = [-1.0, 0.0, 1.0] if patient.continuous else [float(i) for i in range(n)]
        self.env = patient.make(len(self.values))
        self.offset, self.rng = sum(sizes[:head]), np.random.default_rng(5)

    def seats_to_act(self, state: NDArray[Any]) -> list[int]:
        """Puts a game there, and says which of its first and its last seat act in it."""
        self.env.state[:] = state
        self.env.show()
        return [seat for seat in sorted({0, self.env.seats - 1}) if self.env.active[seat]]

    def attempt(self, state: NDArray[Any], seat: int) -> Trial:
        """Make every choice of the head in that game."""
        env, n, seats = self.env, len(self.values), self.env.seats
        env.state[:] = state
        env.show()
        allowed = np.ones(n, bool)
        if env.mask is not None:
            allowed = env.mask[seat, self.offset : self.offset + n] != 0
        before = env.obs[seat].copy()
        self._same_for_all()
        env.actions.reshape(n, seats, -1)[:, seat, self.head] = self.values
        shown = [b""] * n
        env.step()
        ended = ((env.terminated | env.truncated) != 0).reshape(n, seats)
        last = np.where(ended.ravel()[:, None], env.final_obs, env.obs).reshape(n, seats, -1)
        reward = env.rewards.reshape(n, seats)[:, seat].copy()
        for tick in range(AFTERWARDS):
            for copy in range(n):
                rows = slice(copy * seats, (copy + 1) * seats)
                seen = (env.obs, env.rewards, env.terminated, env.truncated)
                shown[copy] += b"".join(array[rows].tobytes() for array in seen)
            if tick < AFTERWARDS - 1:
                self._same_for_all()
                env.step()
        return Trial(allowed, before, last, reward, ended[:, seat], shown)

    def _same_for_all(self) -> None:
        drawn = random_actions(self.env, self.rng)[: self.env.seats]
        self.env.actions[...] = np.tile(drawn, (self.env.copies, 1))


def check_actions(patient: Patient) -> Findings:
    """action-effect: a head, or the difference of two of its choices, never shows.

    Nothing seen, rewarded or ended by in the ticks afterwards differs, whatever the game.
    """
    advice = "use the choice in step, or leave it out of SPEC"
    for h, head in enumerate(patient.heads):
        bench = Bench(patient, h)
        n = len(bench.values)
        words = [f"{v:+g}" for v in bench.values] if patient.continuous else head["choices"]
        alike: dict[int, NDArray[np.bool_]] = {}
        tried: dict[int, NDArray[np.int64]] = {}
        for state in patient.states:
            for seat in bench.seats_to_act(state):
                trial = bench.attempt(state, seat)
                both = trial.allowed[:, None] & trial.allowed[None]
                same = np.array([[a == b for b in trial.shown] for a in trial.shown])
                alike[seat] = alike.get(seat, np.ones((n, n), bool)) & (same | ~both)
                tried[seat] = tried.get(seat, np.zeros((n, n), np.int64)) + both
        for seat, same in alike.items():
            pairs = np.argwhere(np.triu(same & (tried[seat] >= 3), 1))
            games = f"in {int(tried[seat].max())} games (seat {seat})"
            if len(pairs) == n * (n - 1) // 2 and len(pairs):
                message = f"no choice of {head['name']!r} makes a difference {games}"
                yield Finding("action-effect", "error", message, advice)
                break
            if len(pairs):
                listed = ", ".join(f"{words[a]} and {words[b]}" for a, b in pairs[:3])
                message = f"choices of {head['name']!r} always do the same {games}: {listed}"
                yield Finding("action-effect", "warning", message, advice)
                break


def check_masks(patient: Patient) -> Findings:
    """mask-empty, mask-allows, mask-forbids.

    An allowed choice is refused if the seat sees the same as before and gets less than 0, less
    than for another allowed choice. A forbidden choice is played if it neither ends the episode
    (unless to be rewarded) nor costs more than every allowed one, and what is seen then comes of
    no allowed choice and was not there before: it is neither punished, ignored, nor replaced.
    """
    if not patient.masked:
        return
    for h, head in enumerate(patient.heads):
        at = sum(entry["n"] for entry in patient.heads[:h])
        empty = next(_empty(patient, at, head["n"]), None)
        if empty:
            message = f"a seat that acts may choose nothing of {head['name']!r} ({empty})"
            yield Finding("mask-empty", "error", message, "allow a choice, or end the game")
            continue
        yield from _lies(patient, h)


def _empty(patient: Patient, at: int, n: int) -> Any:
    for play in patient.plays:
        assert play.mask is not None
        allowed = play.mask[:-1, :, at : at + n].any(axis=2)
        yield from (play.place(index) for index in np.argwhere(~allowed & (play.active != 0)))


def _lies(patient: Patient, h: int) -> Findings:
    bench, head = Bench(patient, h), patient.heads[h]
    refused, played, forbidden, allowed = (np.zeros(head["n"], np.int64) for _ in range(4))
    worst = 0.0
    for state in patient.states:
        for seat in bench.seats_to_act(state):
            trial = bench.attempt(state, seat)
            kept = (trial.obs[:, seat] == trial.before).all(axis=1)
            best = trial.reward[trial.allowed].max()
            bad = trial.allowed & kept & (trial.reward < min(0.0, float(best)))
            refused += bad
            allowed += trial.allowed
            worst = min(worst, float(trial.reward[bad].min(initial=0.0)))
            tame = ~trial.allowed & ~kept & ~(trial.ended & (trial.reward <= 0))
            tame &= trial.reward >= trial.reward[trial.allowed].min()
            for i in np.flatnonzero(tame):
                others = trial.obs[trial.allowed]
                played[i] += not (others == trial.obs[i]).all(axis=(1, 2)).any()
            forbidden += ~trial.allowed
    for i in np.flatnonzero(refused >= 3)[:1]:
        games = f"in {refused[i]} of {allowed[i]} games"
        message = f"{head['choices'][i]!r} is allowed but changes nothing and costs {worst:g}"
        advice = "forbid in legal what step refuses; show in observe what a losing move did"
        yield Finding("mask-allows", "error", f"{message} {games}", advice)
    for i in np.flatnonzero((forbidden >= 3) & (played >= 0.9 * forbidden))[:1]:
        games = f"in {played[i]} of {forbidden[i]} games"
        message = f"{head['choices'][i]!r} is forbidden but played like any other choice"
        advice = "allow it in legal, or refuse it in step"
        yield Finding("mask-forbids", "warning", f"{message} {games}", advice)


def check_parameters(patient: Patient) -> Findings:
    """param-effect: at either end of its range, the game goes as it does by default."""
    for param in patient.spec["params"]:
        ends = [v for v in (param["min"], param["max"]) if v != param["default"]]
        if not ends:
            continue
        # By chance, and by the script, which gets to what chance never does.
        players = [random_player(6), *([scripted] if patient.spec["has"]["script"] else [])]
        ticks = LIMIT
        for player in players:
            if ticks < LIMIT:
                break
            games = [patient.make(4, {param["name"]: v}) for v in ends]
            ticks = min(ticks, _ticks_alike(patient.make(4), games, player))
        if ticks == LIMIT:
            values = " and ".join(f"{v:g}" for v in ends)
            message = f"{param['name']} = {values} plays as {param['default']:g}: {ticks:,} ticks"
            yield Finding("param-effect", "warning", message, "use it, or leave it out of PARAMS")


def _ticks_alike(base: VecEnv, games: list[VecEnv], player: Player) -> int:
    """For how long the same actions, `player`'s in `base`, show the same, `LIMIT` at most."""
    if any(env.seats != base.seats for env in games):
        return 0
    for tick in range(LIMIT):
        for env in games:
            for name in ("obs", "rewards", "terminated", "truncated", "active", "mask"):
                one, other = getattr(base, name), getattr(env, name)
                if one is not None and one.tobytes() != other.tobytes():
                    return tick
        player(base)
        for env in games:
            env.step(base.actions)
        base.step()
    return LIMIT
