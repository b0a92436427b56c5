"""Decisions of many episodes in a row, as tensors to fit to."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from trainer.demonstrations import Episode


@dataclass(frozen=True)
class Decisions:
    """N decisions."""

    obs: Tensor  # (N, size)
    actions: Tensor  # (N, heads)
    mask: Tensor | None  # (N, choices)
    returns: Tensor  # (N,), NaN where what came later is not known

    def __len__(self) -> int:
        return len(self.obs)

    def part(self, index: Tensor) -> "Decisions":
        """Those at `index` (M,)."""
        mask = None if self.mask is None else self.mask[index]
        return Decisions(self.obs[index], self.actions[index], mask, self.returns[index])


def stack(episodes: Sequence[Episode], gamma: float) -> Decisions:
    """Decisions of all episodes in a row."""
    masks = [episode.mask for episode in episodes if episode.mask is not None]
    return Decisions(
        obs=torch.from_numpy(np.concatenate([e.observations for e in episodes])),
        actions=torch.from_numpy(np.concatenate([e.actions for e in episodes])),
        mask=torch.from_numpy(np.concatenate(masks)) if masks else None,
        returns=torch.from_numpy(np.concatenate([returns_of(e, gamma) for e in episodes])).float(),
    )


def returns_of(episode: Episode, gamma: float) -> NDArray[np.float64]:
    """Rewards from each decision on, later ones discounted; NaN where the end is not known."""
    if not episode.ended:
        return np.full(len(episode), np.nan)
    returns, ahead = np.zeros(len(episode)), 0.0
    for t in reversed(range(len(episode))):
        ahead = returns[t] = episode.rewards[t] + gamma * ahead
    return returns
