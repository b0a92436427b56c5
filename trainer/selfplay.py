"""Who plays the seats that the learner does not: past policies, the script, and chance."""

import copy
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from envs_c.binding import VecEnv
from trainer.config import Config
from trainer.policy import Actions, Policy

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


class Opponents:
    """Two past policies at a time, drawn from a pool at every segment; the script; and chance."""

    def __init__(
        self, env: VecEnv, seating: Seating, players: list[Policy], config: Config
    ) -> None:
        self.seating, self.players, self.config = seating, players, config
        self.slots = np.array_split(seating.theirs["past"], len(players))
        self.pool: list[dict[str, Any]] = []  # weights, oldest first
        self.states = [torch.zeros(len(r), players[0].state_size) for r in self.slots]
        # By part of the games: which of a slot's rows lie there, who is scripted, who is chance's.
        part_of = np.repeat(np.arange(len(env.parts)), [len(p) * env.seats for p in env.parts])
        self.slots_of = [
            [np.flatnonzero(part_of[rows] == part) for rows in self.slots]
            for part in range(len(env.parts))
        ]
        scripted, chance = np.zeros((2, env.rows), bool)
        scripted[seating.theirs["scripted"]] = True
        chance[seating.theirs["random"]] = True
        parts = range(len(env.parts))
        self.scripted = [(scripted & (part_of == part)).astype(np.uint8) for part in parts]
        self.chance = [np.flatnonzero(chance & (part_of == part)) for part in parts]

    def shuffle(self, policy: Policy, steps: int) -> None:
        """Add the policy to the pool when it is due, and draw who plays the next segment."""
        if not len(self.seating.theirs["past"]):
            return
        due = steps // self.config.pool_every
        if not self.pool or due > self.pool[-1]["due"]:
            weights = {k: v.clone() for k, v in policy.state_dict().items()}
            self.pool.append({"due": due, "weights": weights})
        if len(self.pool) > self.config.pool:
            # The first stays, as the weakest; among the others, any may go but the newest.
            del self.pool[int(torch.randint(1, len(self.pool) - 1, ()))]
        for player in self.players:
            pick = int(torch.randint(0, len(self.pool), ()))
            player.load_state_dict(self.pool[pick]["weights"])

    @torch.no_grad()
    def act(self, env: VecEnv, part: int) -> None:
        """Write the actions of every row of a part of the games that is not the learner's."""
        if self.scripted[part].any():
            env.script(self.scripted[part] & env.active, part=part)
        if len(self.chance[part]):
            self._draw(env, self.chance[part], self.players[0], None)
        for slot, mine in enumerate(self.slots_of[part]):
            if len(mine):
                rows = self.slots[slot][mine]
                out = self.players[slot](torch.from_numpy(env.obs[rows]), self.states[slot][mine])
                self._draw(env, rows, self.players[slot], out.logits)
                self.states[slot][mine] = out.state

    def _draw(self, env: VecEnv, rows: Rows, policy: Policy, logits: Tensor | None) -> None:
        """Write actions drawn from logits, or evenly among the choices allowed."""
        if logits is None:
            logits = torch.zeros(len(rows), policy.outputs)
        mask = None if env.mask is None else torch.from_numpy(env.mask[rows])
        env.actions[rows] = Actions(policy, logits, mask).sample().numpy()

    def watch(self, env: VecEnv, part: int) -> None:
        """Forget what was remembered of episodes that have ended in a part of the games."""
        if not self.players[0].state_size:
            return
        for slot, mine in enumerate(self.slots_of[part]):
            rows = self.slots[slot][mine]
            ended = env.terminated[rows] | env.truncated[rows]
            self.states[slot][mine[ended != 0]] = 0

    def save(self) -> dict[str, Any]:
        """Everything that `load` needs to go on."""
        return {"pool": copy.deepcopy(self.pool), "states": [s.clone() for s in self.states]}

    def load(self, saved: dict[str, Any]) -> None:
        """Take up what `save` gave."""
        self.pool, self.states = saved["pool"], saved["states"]
