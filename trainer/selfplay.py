"""Who plays the seats that the learner does not: past policies and the script."""

import copy
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from envs_c.binding import VecEnv
from trainer.config import Config
from trainer.policy import Actions, Policy

Rows = NDArray[np.int64]


class Seating(NamedTuple):
    """The rows of each kind of player."""

    learner: Rows
    past: list[Rows]  # of each past policy that plays at once
    scripted: Rows
    versus_past: Rows  # the learner's rows in games against past policies
    versus_script: Rows
    versus_self: Rows


def seat_rows(env: VecEnv, config: Config) -> Seating:
    """Seat the players: the last copies' games are played against others, from every seat in turn.

    In those games the learner keeps one half of the seats, taking turns from copy to copy.
    """
    several = env.seats > 1
    foes = round(config.copies * config.past) if several else 0
    scripts = round(config.copies * config.scripted) if several else 0
    row = np.arange(env.rows)
    game, seat = row // env.seats, row % env.seats
    other = (seat + game) % 2 == 1
    in_script = game >= config.copies - scripts
    in_past = (game >= config.copies - scripts - foes) & ~in_script
    slots = np.array_split(row[in_past & other], 2)
    return Seating(
        learner=row[~((in_past | in_script) & other)],
        past=list(slots),
        scripted=row[in_script & other],
        versus_past=row[in_past & ~other],
        versus_script=row[in_script & ~other],
        versus_self=row[~in_past & ~in_script],
    )


class Opponents:
    """Two past policies at a time, drawn from a pool at every segment, and the script."""

    def __init__(self, seating: Seating, players: list[Policy], config: Config) -> None:
        self.seating, self.players, self.config = seating, players, config
        self.learner_rows = seating.learner
        self.self_rows = seating.versus_self
        self.past_rows, self.script_rows = seating.versus_past, seating.versus_script
        self.pool: list[dict[str, Any]] = []  # weights, oldest first
        self.states = [torch.zeros(len(r), players[0].state_size) for r in seating.past]
        rows = max(seating.learner.max(initial=0), seating.scripted.max(initial=0)) + 1
        rows = max(rows, *(r.max(initial=0) + 1 for r in seating.past))
        self.scripted = np.zeros(rows, np.uint8)
        self.scripted[seating.scripted] = 1

    def shuffle(self, policy: Policy, steps: int) -> None:
        """Add the policy to the pool when it is due, and draw who plays the next segment."""
        if not len(self.past_rows):
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
    def act(self, env: VecEnv) -> None:
        """Write the actions of every row that is not the learner's."""
        if len(self.seating.scripted):
            env.script(self.scripted & env.active)
        for slot, rows in enumerate(self.seating.past):
            if not len(rows):
                continue
            out = self.players[slot](torch.from_numpy(env.obs[rows]), self.states[slot])
            mask = None if env.mask is None else torch.from_numpy(env.mask[rows])
            env.actions[rows] = Actions(self.players[slot], out.logits, mask).sample().numpy()
            self.states[slot] = out.state

    def watch(self, env: VecEnv) -> None:
        """Forget what was remembered of episodes that have ended."""
        for slot, rows in enumerate(self.seating.past):
            ended = torch.from_numpy(env.terminated[rows] | env.truncated[rows]).bool()
            self.states[slot][ended] = 0

    def save(self) -> dict[str, Any]:
        """Everything that `load` needs to go on."""
        return {"pool": copy.deepcopy(self.pool), "states": [s.clone() for s in self.states]}

    def load(self, saved: dict[str, Any]) -> None:
        """Take up what `save` gave."""
        self.pool, self.states = saved["pool"], saved["states"]
