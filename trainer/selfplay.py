"""Who plays the seats that the learner does not: past policies, the script, and chance."""

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from envs_c.binding import VecEnv
from trainer.config import Config
from trainer.policy import Actions, Policy
from trainer.pool import Pool, Tally

Rows = NDArray[np.int64]


KINDS = ("past", "scripted", "random")
"""Opponents beside the learner itself; the settings of these names are their shares of games."""


class Seating(NamedTuple):
    """Who plays which rows."""

    learner: Rows
    theirs: dict[str, Rows]  # by kind of opponent
    versus: dict[str, Rows]  # the learner's rows in games against that kind, or "self"


def seat_rows(env: VecEnv, config: Config) -> Seating:
    """Seat the players: the last copies' games are played against others, from every seat in turn.

    In those games the learner keeps one half of the seats, taking turns from copy to copy.
    """
    row = np.arange(env.rows)
    game, seat = row // env.seats, row % env.seats
    other = (seat + game) % 2 == 1
    theirs, versus, end = {}, {}, config.copies
    for kind in KINDS:
        share = getattr(config, kind) if env.seats > 1 else 0.0
        begin = end - round(config.copies * share)
        inside = (game >= begin) & (game < end)
        theirs[kind], versus[kind] = row[inside & other], row[inside & ~other]
        end = begin
    alone = game < end
    return Seating(row[alone | ~other], theirs, {"self": row[alone], **versus})


def split_games(rows: Rows, seats: int, parts: int) -> list[Rows]:
    """Rows, ascending, in parts of about as many whole games."""
    games = np.array_split(np.unique(rows // seats), parts)
    return [rows[np.isin(rows // seats, part)] for part in games]


class Opponents:
    """Two past policies at a time, drawn from a pool; the script; and chance."""

    def __init__(
        self, env: VecEnv, seating: Seating, players: list[Policy], config: Config
    ) -> None:
        self.seating, self.players, self.config = seating, players, config
        self.learner_rows = seating.learner
        self.slots = split_games(seating.theirs["past"], env.seats, len(players))
        mine = split_games(seating.versus["past"], env.seats, len(players))
        self.pool = Pool(config)
        self.tallies = [Tally(env, *rows) for rows in zip(mine, self.slots, strict=True)]
        self.states = [torch.zeros(len(r), players[0].state_size) for r in self.slots]
        self.scripted = np.zeros(env.rows, np.uint8)
        self.scripted[seating.theirs["scripted"]] = 1

    def shuffle(self, policy: Policy, steps: int) -> None:
        """Add the policy to the pool when it is due, and draw who plays the next segment.

        Drawn evenly, members change at every segment; by difficulty, each stays until enough of
        its games have ended to say how hard it is.
        """
        if not len(self.seating.theirs["past"]):
            return
        self.pool.add(policy, steps)
        for player, tally in zip(self.players, self.tallies, strict=True):
            kept = self.pool.find(tally.member)
            stays = self.config.pool_by == "difficulty" and tally.left > 0
            if kept is None or not stays:
                kept = self.pool.draw()
                tally.change(kept["due"])
                player.load_state_dict(kept["weights"])

    def settle(self, env: VecEnv) -> dict[str, float]:
        """Count what the segment's games came to; to be called when the metrics were drained.

        Returns:
            What there is to say about the pool, for the log; nothing without one.
        """
        if not self.pool.members:
            return {}
        for tally in self.tallies:
            self.pool.record(tally.member, *tally.take())
            tally.clear(env)
        return self.pool.measured()

    @torch.no_grad()
    def act(self, env: VecEnv) -> None:
        """Write the actions of every row that is not the learner's."""
        if self.scripted.any():
            env.script(self.scripted & env.active)
        chance = self.seating.theirs["random"]
        if len(chance):
            self._draw(env, chance, self.players[0], None)
        for slot, rows in enumerate(self.slots):
            if len(rows):
                out = self.players[slot](torch.from_numpy(env.obs[rows]), self.states[slot])
                self._draw(env, rows, self.players[slot], out.logits)
                self.states[slot] = out.state

    def _draw(self, env: VecEnv, rows: Rows, policy: Policy, logits: Tensor | None) -> None:
        """Write actions drawn from logits, or evenly among the choices allowed."""
        if logits is None:
            logits = torch.zeros(len(rows), policy.action.out_features)
        mask = None if env.mask is None else torch.from_numpy(env.mask[rows])
        env.actions[rows] = Actions(policy, logits, mask).sample().numpy()

    def watch(self, env: VecEnv) -> None:
        """Forget what was remembered of episodes that have ended."""
        for slot, rows in enumerate(self.slots):
            ended = torch.from_numpy(env.terminated[rows] | env.truncated[rows]).bool()
            self.states[slot][ended] = 0
            self.tallies[slot].watch(env)

    def save(self) -> dict[str, Any]:
        """Everything that `load` needs to go on."""
        return {
            "pool": self.pool.save(),
            "states": [s.clone() for s in self.states],
            "tallies": [tally.save() for tally in self.tallies],
        }

    def load(self, saved: dict[str, Any]) -> None:
        """Take up what `save` gave."""
        self.pool.members, self.states = saved["pool"], saved["states"]
        for tally, player, state in zip(self.tallies, self.players, saved["tallies"], strict=True):
            tally.load(state)
            member = self.pool.find(tally.member)
            if member:
                player.load_state_dict(member["weights"])
