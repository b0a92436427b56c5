"""Records of play with the advantages that the trainer counts in them, for the page's tests.

`python -m tests.advantages` writes tests/vectors/advantages.json.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from trainer.ppo import advantages
from trainer.rollout import Experience

VECTORS = Path(__file__).parent / "vectors" / "advantages.json"
GAMMA, LAM = 0.9, 0.95
TICKS = 40


def vectors() -> dict[str, Any]:
    """Four seats: one always acts, one every other tick, one at random, one never ends."""
    rng = np.random.default_rng(7)
    active = rng.random((TICKS + 1, 4)) < 0.6
    active[:, 0] = active[:, 3] = True
    active[:, 1] = np.arange(TICKS + 1) % 2 == 0
    # in eighths, so that the file holds them whole
    value = (rng.integers(-16, 17, (TICKS + 1, 4)) / 8).astype(np.float32)
    reward = (rng.integers(-8, 9, (TICKS, 4)) / 8).astype(np.float32)
    ended = rng.random((TICKS, 4)) < 0.12
    ended[:, 3] = False
    empty = torch.zeros(TICKS, 4, 0)
    x = Experience(
        *(empty, empty, None, empty, torch.from_numpy(value[:-1]), torch.from_numpy(reward)),
        ended=torch.from_numpy(ended),
        boot=torch.zeros(TICKS, 4),
        active=torch.from_numpy(active[:-1]),
        start=torch.from_numpy(ended),
        state=torch.zeros(4, 0),
        last_value=torch.from_numpy(value[-1]),
        last_active=torch.from_numpy(active[-1]),
    )
    advantage, valid = advantages(x, GAMMA, LAM)
    rounded = np.round(advantage.numpy().astype(float), 5).astype(object)
    rounded[~valid.numpy()] = None
    return {
        "gamma": GAMMA,
        "lambda": LAM,
        "active": active.astype(int).tolist(),
        "value": value.tolist(),
        "reward": reward.tolist(),
        "ended": ended.astype(int).tolist(),
        "advantage": rounded.tolist(),
    }


if __name__ == "__main__":
    VECTORS.write_text(json.dumps(vectors()) + "\n")
