"""Who plays the seats that the learner does not: past policies, the script, and chance."""

from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from envs_c.binding import VecEnv
from trainer.config import Config
from trainer.parallel import World
from trainer.policy import Actions, Policy, make_policy
from trainer.pool import Pool, Tally

Rows = NDArray[np.int64]


KINDS = ("past", "scripted", "random")
"""Opponents beside the learner itself; the settings of these names are their shares of games."""


class Seating(NamedTuple):
    """Who plays which rows."""

    learner: Rows
    theirs: dict[str, Rows]  # by kind of opponent
    versus: dict[str, Rows]  # the learner's rows in games against that kind, or "self"
    slots: list[tuple[Rows, Rows]]  # of each past policy at play: the learner's rows, and its own


SLOTS = 2
"""Past policies that play at a time."""


def seat_rows(games: Rows, seats: int, config: Config) -> Seating:
    """Seat the players: the last copies' games are played against others, from every seat in turn.

    In those games the learner keeps one half of the seats, taking turns from copy to copy.

    Args:
        games: which of the configured copies are meant, ascending; rows are counted among them.
        seats: of a game.
        config: the shares, and how many copies there are in all.
    """
    row = np.arange(len(games) * seats)
    game, seat = games[row // seats], row % seats
    other = (seat + game) % 2 == 1
    theirs, versus, end = {}, {}, config.copies
    slots: list[tuple[Rows, Rows]] = []
    for kind in KINDS:
        share = getattr(config, kind) if seats > 1 else 0.0
        begin = end - round(config.copies * share)
        inside = (game >= begin) & (game < end)
        theirs[kind], versus[kind] = row[inside & other], row[inside & ~other]
        if kind == "past":
            for part in np.array_split(np.arange(begin, end), SLOTS):
                within = np.isin(game, part)
                slots.append((row[within & ~other], row[within & other]))
        end = begin
    alone = game < end
    versus = {"self": row[alone], **versus}
    return Seating(row[alone | ~other], theirs, versus, slots)


class Opponents:
    """Two past policies at a time, drawn from a pool; the script; and chance."""

    def __init__(self, env: VecEnv, config: Config, world: World, device: torch.device) -> None:
        self.config, self.world, self.device = config, world, device
        self.seating = seat_rows(np.array(env.streams), env.seats, config)
        self.whole = seat_rows(np.arange(config.copies), env.seats, config)
        settings = asdict(config)
        self.players = [make_policy(env.spec, settings).to(device) for _ in range(SLOTS)]
        self.slots = [theirs for _, theirs in self.seating.slots]
        self.pool = Pool(config)
        self.tallies = [Tally(env, *rows) for rows in self.seating.slots]
        width = self.players[0].state_size
        self.states = [torch.zeros(len(r), width, device=device) for r in self.slots]
        # By part of the games: which of a slot's rows lie there, the learner's and its own, who is
        # scripted, who is chance's.
        part_of = np.repeat(np.arange(len(env.parts)), [len(p) * env.seats for p in env.parts])
        parts = range(len(env.parts))
        self.slots_of = [
            [
                [np.flatnonzero(part_of[rows] == part) for rows in slot]
                for slot in self.seating.slots
            ]
            for part in parts
        ]
        scripted, chance = np.zeros((2, env.rows), bool)
        scripted[self.seating.theirs["scripted"]] = True
        chance[self.seating.theirs["random"]] = True
        self.scripted = [(scripted & (part_of == part)).astype(np.uint8) for part in parts]
        self.chance = [np.flatnonzero(chance & (part_of == part)) for part in parts]
        # Where the rows of each slot stand among those of all processes: the learner's, theirs.
        self.places = [
            tuple(
                torch.from_numpy(np.searchsorted(everyone, env.row_ids[rows]))
                for everyone, rows in zip(whole, here, strict=True)
            )
            for whole, here in zip(self.whole.slots, self.seating.slots, strict=True)
        ]

    def shuffle(self, policy: Policy, steps: int) -> None:
        """Add the policy to the pool when it is due, and draw who plays the next segment.

        Drawn evenly, members change at every segment; by difficulty, each stays until enough of
        its games have ended to say how hard it is.
        """
        if not len(self.whole.theirs["past"]):
            return
        self.pool.add(policy, steps)
        for player, tally, (mine, _) in zip(
            self.players, self.tallies, self.whole.slots, strict=True
        ):
            games = len(mine)
            kept = self.pool.find(tally.member)
            stays = self.config.pool_by == "difficulty" and tally.left > 0
            if kept is None or not stays:
                kept = self.pool.draw()
                tally.change(kept["due"], games)
                player.load_state_dict(kept["weights"])

    def settle(self, env: VecEnv) -> dict[str, float]:
        """Count what the segment's games came to; to be called when the metrics were drained.

        Returns:
            What there is to say about the pool, for the log; nothing without one.
        """
        if not self.pool.members:
            return {}
        for tally in self.tallies:
            points, games = self.world.sum(torch.tensor(tally.take(), dtype=torch.float64)).tolist()
            self.pool.record(tally.member, points, games)
            tally.left -= int(games)
            tally.clear(env)
        return self.pool.measured()

    @torch.no_grad()
    def act(self, env: VecEnv, part: int, noise: Tensor) -> None:
        """Write the actions of every row of a part of the games that is not the learner's.

        Args:
            env: the games.
            part: of `env.parts`.
            noise: (rows, outputs) of all of the games' rows.
        """
        if self.scripted[part].any():
            env.script(self.scripted[part] & env.active, part=part)
        self.act_by_chance(env, self.chance[part], noise)
        for slot, (_, theirs) in enumerate(self.slots_of[part]):
            if len(theirs):
                rows = self.slots[slot][theirs]
                obs = torch.from_numpy(env.obs[rows]).to(self.device)
                out = self.players[slot](obs, self.states[slot][theirs])
                self._draw(env, rows, self.players[slot], out.logits, noise)
                self.states[slot][theirs] = out.state

    def act_by_chance(self, env: VecEnv, rows: Rows, noise: Tensor) -> None:
        """Write actions of some rows, drawn evenly among those allowed."""
        if not len(rows):
            return
        if self.players[0].continuous:
            normal = noise[rows] / 2**0.5
            env.actions[rows] = normal.erf().cpu().numpy()  # even in [-1, 1]
            return
        even = torch.zeros(len(rows), noise.shape[1], device=self.device)
        self._draw(env, rows, self.players[0], even, noise)

    def _draw(self, env: VecEnv, rows: Rows, policy: Policy, logits: Tensor, noise: Tensor) -> None:
        """Write actions drawn from logits, among the choices allowed."""
        mask = None if env.mask is None else torch.from_numpy(env.mask[rows]).to(self.device)
        env.actions[rows] = Actions(policy, logits, mask).sample(noise[rows]).cpu().numpy()

    def watch(self, env: VecEnv, part: int) -> None:
        """Count what has ended in a part of the games, and forget what was remembered of it."""
        for slot, (mine, theirs) in enumerate(self.slots_of[part]):
            self.tallies[slot].watch(env, mine)
            if self.players[slot].state_size:
                rows = self.slots[slot][theirs]
                ended = env.terminated[rows] | env.truncated[rows]
                self.states[slot][theirs[ended != 0]] = 0

    def save(self) -> dict[str, Any]:
        """Everything that `load` needs to go on, of all processes."""
        states, tallies = [], []
        for slot, (mine, theirs) in enumerate(self.places):
            learners, others = (len(rows) for rows in self.whole.slots[slot])
            states.append(self.world.place(self.states[slot].cpu().clone(), theirs, others))
            saved = self.tallies[slot].save()
            for name in ("whole", "fresh"):
                saved[name] = self.world.place(saved[name], mine, learners)
            tallies.append(saved)
        return {"pool": self.pool.save(), "states": states, "tallies": tallies}

    def load(self, saved: dict[str, Any]) -> None:
        """Take up what `save` gave."""
        self.pool.members = saved["pool"]
        for slot, (mine, theirs) in enumerate(self.places):
            self.states[slot] = saved["states"][slot][theirs].to(self.device)
            self.tallies[slot].load(saved["tallies"][slot], mine)
            member = self.pool.find(self.tallies[slot].member)
            if member:
                self.players[slot].load_state_dict(member["weights"])
