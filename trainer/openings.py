"""Games that chance opens, so that the policy learns to play on from positions nobody seeks."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from envs_c.binding import VecEnv


class Openings:
    """In the first ticks of a game chance plays every seat: for 0 to `most` ticks, evenly drawn.

    How many is a function of the seed, the copy and how many games it has played, so that it is
    the same on whichever machine a copy is played.
    """

    def __init__(self, env: VecEnv, most: int, seed: int) -> None:
        self.env, self.most, self.seed = env, most, seed
        self.streams = np.array(env.streams, np.uint64)
        self.games = np.zeros(env.copies, np.int64)  # that have begun before
        self.left = self._lengths()

    def _lengths(self) -> NDArray[np.int64]:
        """Ticks of the opening of each copy's game, by splitmix64."""
        x = (self.streams << np.uint64(32)) + self.games.astype(np.uint64)
        x = (x + np.uint64(self.seed + 1)) * np.uint64(0x9E3779B97F4A7C15)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            x = (x ^ (x >> np.uint64(shift))) * np.uint64(factor)
        return ((x >> np.uint64(33)) % np.uint64(self.most + 1)).astype(np.int64)

    def rows(self, part: int) -> NDArray[np.bool_]:
        """Of all rows (rows,), those of a part's games that are still in their opening."""
        copies = self.env.parts[part]
        opening = np.zeros(self.env.copies, np.bool_)
        opening[copies.start : copies.stop] = self.left[copies.start : copies.stop] > 0
        return np.repeat(opening, self.env.seats)

    def watch(self, part: int) -> None:
        """A tick of a part's games has been played."""
        copies = slice(self.env.parts[part].start, self.env.parts[part].stop)
        over = self.env.over[copies] != 0
        self.games[copies] += over
        self.left[copies] = np.maximum(self.left[copies] - 1, 0)
        if over.any():
            self.left[copies] = np.where(over, self._lengths()[copies], self.left[copies])

    def save(self) -> dict[str, Tensor]:
        """Everything that `load` needs to go on, by copy."""
        return {k: torch.from_numpy(getattr(self, k).copy()) for k in ("games", "left")}

    def load(self, saved: dict[str, Tensor]) -> None:
        """Take up what `save` gave."""
        self.games[:], self.left[:] = (saved[k].numpy() for k in ("games", "left"))
