"""Games of which an agent has one seat each, as a learner sees them: one action, one reward."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from envs_c.binding import VecEnv
from envs_c.rng import Streams
from gymcade.opponents import Kinds, Opponents
from gymcade.spaces import action_space, checked, observation_space

Copies = NDArray[np.int64]


class Games:
    """`copies` games; in each the agent has a seat, and opponents have the others.

    A step plays on until it is the agent's turn again. An episode that ends starts anew in the
    same step: in the running game where the seat is given another life there, else in a new one.
    Copy i depends on its own seed and actions alone: n games are the same together and apart.

    Attributes:
        env: the games themselves.
        seat, rows: (copies,) int64, the agent's seat of each game, and its row in `env`.
        rewards: (copies,) float64, summed since the agent's last action.
        terminated, truncated: (copies,) bool, of the episode, in the last step.
        final_obs: (copies, size), the last observation of the episodes that ended in it.
        metrics: (copies, metrics), those of the same episodes.
        shown: (copies, bytes), if watched: each game as it stood at the end of the last step,
            before an episode that ended started anew.
    """

    def __init__(
        self,
        name: str,
        copies: int,
        *,
        params: Mapping[str, float] | None = None,
        opponent: Kinds = None,
        seat: int | None = None,
        threads: int = 1,
        watched: bool = False,
        source: Path | None = None,
    ) -> None:
        """Make the games; `reset` starts them.

        Args:
            name, copies, params, threads, source: as of VecEnv.
            opponent: who has the other seats, as Opponents says.
            seat: the agent's; None for each in turn, game by game.
            watched: whether `shown` is to be kept.

        Raises:
            EnvError: as VecEnv and Opponents.
            ValueError: likewise, or a seat that there is not.
        """
        self.env = env = VecEnv(name, copies, 0, params, threads, source=source)
        if seat is not None and not 0 <= seat < env.seats:
            raise ValueError(f"seat: want 0 to {env.seats - 1}, got {seat}")
        if env.seats == 1 and opponent is not None:
            raise ValueError(f"opponent: {name} has one seat, so want None, got {opponent!r}")
        self.observation_space = observation_space(env.spec)
        self.action_space = action_space(env.spec)
        self._fixed = seat
        self._chance = Streams(copies)
        self._others = Opponents(env, opponent, env.seats - 1) if env.seats > 1 else None
        self._all = np.arange(copies)
        self.seat = np.zeros(copies, np.int64)
        self.rows = self._all * env.seats
        self.rewards = np.zeros(copies)
        self.terminated, self.truncated = np.zeros(copies, np.bool_), np.zeros(copies, np.bool_)
        self.final_obs: NDArray[Any] = np.zeros((copies, env.obs.shape[1]), env.obs.dtype)
        self.metrics = np.zeros((copies, env.metrics.shape[1]), np.float32)
        self.shown = env.state.copy() if watched else None

    @property
    def obs(self) -> NDArray[Any]:
        """(copies, size), what the agents see; a view where they have all the seats."""
        return self.env.obs if self.env.seats == 1 else self.env.obs[self.rows]

    @property
    def mask(self) -> NDArray[np.uint8] | None:
        """(copies, choices), what the agents may do; None if not masked."""
        return None if self.env.mask is None else self.env.mask[self.rows]

    @property
    def allowed(self) -> NDArray[np.bool_]:
        """(copies, choices), the mask, or all True if not masked.

        Raises:
            AttributeError: actions are numbers, not choices.
        """
        if self.env.actions.dtype == np.float32:
            raise AttributeError(f"{self.env.spec['name']} takes numbers, not choices: no masks")
        heads = self.env.spec["interface"]["action"]["heads"]
        mask = self.mask
        if mask is None:
            return np.ones((self.env.copies, sum(head["n"] for head in heads)), np.bool_)
        allowed: NDArray[np.bool_] = mask != 0
        return allowed

    def reset(self, copies: Copies, seeds: Sequence[int | None]) -> None:
        """Start new games in some copies, by seed (any whole number from 0 on).

        None draws the game's seed from what the copy was seeded with last.

        Raises:
            ValueError: a negative seed.
        """
        for copy, seed in zip(copies.tolist(), seeds, strict=True):
            if seed is None:
                self._renew(copy)
                continue
            if seed < 0:
                raise ValueError(f"seed: want 0 or more, got {seed}")
            self._chance.seed(np.array([copy]), [(seed << 32) + 129])
            if self._others:
                self._others.seed(copy, seed)
                self._others.forget_game(copy)
            self.env.reset_one(copy, seed % 2**32)
            self._sit(copy, seed)
        self.terminated[copies] = self.truncated[copies] = False
        self._open(copies)
        if self.shown is not None:
            self.shown[copies] = self.env.state[copies]

    def step(self, actions: object) -> NDArray[np.bool_]:
        """Play on until every agent's turn has come again; returns whose episodes ended (copies,).

        Raises:
            ValueError: not one action of `action_space` a copy.
        """
        env = self.env
        given = checked(self.action_space, actions, env.actions[self.rows])
        env.actions[self.rows] = given
        self.rewards[:] = 0
        self.terminated[:] = self.truncated[:] = False
        playing = self._all
        while len(playing):
            self._tick(playing)
            rows = self.rows[playing]
            self.rewards[playing] += env.rewards[rows]
            self.terminated[playing] = env.terminated[rows]
            self.truncated[playing] = env.truncated[rows]
            ended = self.terminated[playing] | self.truncated[playing]
            playing = playing[~ended & (env.active[rows] == 0)]
        over = self.terminated | self.truncated
        if self.shown is not None:
            self.shown[:] = env.state
            finals = over & (env.over != 0)
            self.shown[finals] = env.finals[finals]
        if over.any():
            which = np.flatnonzero(over)
            self.final_obs[which] = env.final_obs[self.rows[which]]
            self.metrics[which] = env.metrics[self.rows[which]]
            self._go_on(which)
        return over

    def _tick(self, copies: Copies) -> None:
        """One tick of some games; the agents' actions are written."""
        env, some = self.env, len(copies) < len(self._all)
        if self._others:
            playing = None
            if some:
                playing = np.zeros(len(self._all), np.bool_)
                playing[copies] = True
            self._others.act(playing)
        if some:
            env.step_some(copies)
        else:
            env.step()
        if self._others:
            flags = (env.terminated | env.truncated).reshape(-1, env.seats)[copies]
            if flags.any():
                at, seat = np.nonzero(flags)
                self._others.forget(copies[at] * env.seats + seat)

    def _go_on(self, copies: Copies) -> None:
        """Let new episodes begin where they have ended in the last tick."""
        env = self.env
        for copy in copies.tolist():
            if env.over[copy]:
                self._sit(copy, int(self.seat[copy]) + 1)
            elif not env.active[self.rows[copy]]:  # no other life in this game
                self._renew(copy)
        env.metrics.reshape(env.copies, env.seats, -1)[copies] = 0
        self._open(copies)

    def _open(self, copies: Copies) -> None:
        """Let the opponents play in new games until it is the agents' turn."""
        waiting = copies[self.env.active[self.rows[copies]] == 0]
        while len(waiting):
            self._tick(waiting)
            rows = self.rows[waiting]
            ended = (self.env.terminated[rows] | self.env.truncated[rows]) != 0
            acts = self.env.active[rows] != 0
            again, waiting = waiting[ended], waiting[~ended & ~acts]
            if len(again):
                self._go_on(again)

    def _renew(self, copy: int) -> None:
        """Another game, by a seed that the copy draws."""
        drawn = self._chance.uniforms(np.array([copy]), 2)[0]  # 24 bits each
        seed = (int(drawn[0] * 2**24) << 8 | int(drawn[1] * 2**8)) % 2**32
        self.env.reset_one(copy, seed)
        if self._others:
            self._others.forget_game(copy)
        self._sit(copy, int(self.seat[copy]) + 1)

    def _sit(self, copy: int, seat: int) -> None:
        """Seat the agent, in turn unless its seat is chosen, and the opponents beside it."""
        seats = self.env.seats
        own = self._fixed if self._fixed is not None else seat % seats
        self.seat[copy] = own
        self.rows[copy] = copy * seats + own
        if self._others:
            self._others.sit(copy, [other for other in range(seats) if other != own])
