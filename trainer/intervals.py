"""95 % intervals of what was measured."""

import numpy as np
from numpy.typing import NDArray

Z95 = 1.959964
"""Standard errors on either side of a mean that make a 95 % interval."""

F64 = NDArray[np.float64]


def wilson(share: float, n: int) -> tuple[float, float]:
    """The 95 % interval of a share of n games (Wilson, 1927); never empty, even at 0 and at 1."""
    z = Z95**2 / n
    middle = (share + z / 2) / (1 + z)
    half = (share * (1 - share) * z + z * z / 4) ** 0.5 / (1 + z)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def pulls(sums: F64, sizes: F64) -> F64:
    """How far each of k groups pulls the mean over all, sum(sums) / sum(sizes), its own way (k,).

    What is in a group may resemble each other in any way; the groups are drawn independently.

    Args:
        sums: (k,) of what is averaged.
        sizes: (k,) how much of it there is.
    """
    shares: F64 = (sums - sums.sum() / sizes.sum() * sizes) / sizes.sum()
    return shares


def spread(pulled: F64) -> float:
    """The standard error of a mean that k groups pull at, k at least 2 (Cochran, 1977)."""
    k = len(pulled)
    return float((k / (k - 1) * np.square(pulled).sum()) ** 0.5)


def around(mean: float, error: float) -> tuple[float, float]:
    """The 95 % interval of a mean with this standard error."""
    return mean - Z95 * error, mean + Z95 * error
