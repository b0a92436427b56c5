"""Players that need no policy."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from envs_c.binding import VecEnv


def random_actions(env: VecEnv, rng: np.random.Generator) -> NDArray[Any]:
    """An action for every row, drawn among the choices allowed."""
    if env.spec["interface"]["action"]["type"] == "continuous":
        return rng.uniform(-1, 1, env.actions.shape).astype(np.float32)
    heads, first = env.spec["interface"]["action"]["heads"], 0
    actions = np.zeros_like(env.actions)
    for h, n in enumerate(head["n"] for head in heads):
        allowed = np.ones((env.rows, n)) if env.mask is None else env.mask[:, first : first + n]
        actions[:, h] = (allowed * rng.random((env.rows, n))).argmax(axis=1)
        first += n
    return actions
