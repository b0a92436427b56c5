"""Choose actions from a policy's output: one seeded stream, the same in Python and JavaScript.

docs/policy-format.md specifies it; tests/vectors/sampler.json holds what both must give.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]


class Uniforms(Protocol):
    """What numbers in [0, 1) are drawn from; `envs_c.rng.Stream` is one."""

    def uniform(self) -> float:
        """The next one."""

    def uniforms(self, n: int) -> F64:
        """The next n."""


def probabilities(logits: F64, mask: NDArray[np.uint8] | None, temperature: float) -> F64:
    """Softmax of (N, n) logits over the choices that the mask allows, at a temperature above 0."""
    scaled = np.asarray(logits, np.float64) / temperature
    if mask is not None:
        scaled = np.where(mask != 0, scaled, -np.inf)
    scaled = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    total: F64 = scaled / scaled.sum(axis=1, keepdims=True)
    return total


def choose(
    stream: Uniforms,
    logits: NDArray[np.float32],
    nvec: Sequence[int],
    mask: NDArray[np.uint8] | None = None,
    *,
    temperature: float = 1.0,
    greedy: bool = False,
) -> NDArray[np.int32]:
    """One choice of each head (N, heads) for each row of logits (N, sum of nvec).

    Greedy takes the first of the largest allowed logits. Otherwise one uniform number is drawn
    per head, heads in order within rows in order; the choice is the first whose cumulative
    probability exceeds it, or the last allowed one.
    """
    rows, heads = len(logits), len(nvec)
    actions = np.zeros((rows, heads), np.int32)
    if not greedy:
        uniforms = stream.uniforms(rows * heads).reshape(rows, heads)
    for head, (low, high) in enumerate(pairwise(np.cumsum([0, *nvec]))):
        allowed = None if mask is None else mask[:, low:high]
        if greedy:
            part = logits[:, low:high]
            part = part if allowed is None else np.where(allowed != 0, part, -np.inf)
            actions[:, head] = part.argmax(axis=1)
            continue
        weights = probabilities(np.asarray(logits[:, low:high], np.float64), allowed, temperature)
        above = weights.cumsum(axis=1) > uniforms[:, head, None]
        last = weights.shape[1] - 1 - (weights[:, ::-1] > 0).argmax(axis=1)
        actions[:, head] = np.where(above.any(axis=1), above.argmax(axis=1), last)
    return actions


def draw(
    stream: Uniforms,
    mean: NDArray[np.float32],
    log_std: NDArray[np.float32],
    *,
    temperature: float = 1.0,
    greedy: bool = False,
) -> NDArray[np.float32]:
    """Continuous actions (N, heads) in [-1, 1]: the mean, or a normal draw by Box and Muller."""
    actions = np.array(mean, np.float64)
    if not greedy:
        for row, head in np.ndindex(*actions.shape):
            u, v = stream.uniform(), stream.uniform()
            normal = math.sqrt(-2.0 * math.log(1.0 - u)) * math.cos(2.0 * math.pi * v)
            actions[row, head] += math.exp(float(log_std[row, head])) * temperature * normal
    return actions.clip(-1.0, 1.0).astype(np.float32)
