"""The random generator of env.h in Python."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

M64 = (1 << 64) - 1
FACTOR, STEP = 6364136223846793005, 1442695040888963407

U64 = NDArray[np.uint64]


@cache
def _jumps(n: int) -> tuple[U64, U64]:
    """The factor and the summand (n + 1,) that lead from a state to those 0 to n steps on."""
    factors, steps = [1], [0]
    for _ in range(n):
        factors.append(factors[-1] * FACTOR & M64)
        steps.append((steps[-1] * FACTOR + STEP) & M64)
    return np.array(factors, np.uint64), np.array(steps, np.uint64)


def _run(states: U64, n: int) -> tuple[NDArray[np.float64], U64]:
    """The next n numbers in [0, 1) of each state (rows, n), and the states after them (rows,)."""
    factors, steps = _jumps(1 << max(n, 1).bit_length())
    all_states = states[:, None] * factors[: n + 1] + steps[: n + 1]  # (rows, n + 1)
    old = all_states[:, :n]
    xored = ((old >> 18) ^ old) >> 27 & 0xFFFFFFFF
    turn = old >> 59
    word = (xored >> turn | xored << (32 - turn & 31)) & 0xFFFFFFFF
    return (word >> 8).astype(np.float64) * 2.0**-24, all_states[:, n]


class Stream:
    """PCG XSH-RR 64/32 (O'Neill, 2014), as in env.h, seeded by splitmix64."""

    def __init__(self, seed: int) -> None:
        x = (seed + 0x9E3779B97F4A7C15) & M64
        x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & M64
        x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & M64
        self.state = x ^ (x >> 31)

    def next(self) -> int:
        """A whole number over all 32 bits."""
        old = self.state
        self.state = (old * FACTOR + STEP) & M64
        xored = (((old >> 18) ^ old) >> 27) & 0xFFFFFFFF
        turn = old >> 59
        return ((xored >> turn) | (xored << (-turn & 31))) & 0xFFFFFFFF

    def uniform(self) -> float:
        """A number in [0, 1), a multiple of 2**-24."""
        return (self.next() >> 8) * 2.0**-24

    def uniforms(self, n: int) -> NDArray[np.float64]:
        """The next n of `uniform`, at once."""
        values, states = _run(np.array([self.state], np.uint64), n)
        self.state = int(states[0])
        drawn: NDArray[np.float64] = values[0]
        return drawn

    def below(self, n: int) -> int:
        """A whole number in [0, n), as `rng_below`."""
        return self.next() * n >> 32


class Streams:
    """Many streams, drawn from side by side: what one gives depends on its own seed alone."""

    def __init__(self, count: int) -> None:
        self.states: U64 = np.zeros(count, np.uint64)

    def seed(self, which: NDArray[np.int64], seeds: list[int]) -> None:
        """Start some of them anew, as `Stream` of these seeds."""
        self.states[which] = [Stream(seed).state for seed in seeds]

    def uniforms(self, which: NDArray[np.int64], n: int) -> NDArray[np.float64]:
        """The next n numbers in [0, 1) of some of them, (len(which), n)."""
        values, self.states[which] = _run(self.states[which], n)
        return values
