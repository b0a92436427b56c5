"""Random numbers for choosing actions, each a function of seed, tick, row and choice alone.

Whoever plays a row, on whichever machine and beside however many others, draws the same for it.
"""

import torch
from torch import Tensor

_GAMMA, _M1, _M2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_BITS = 2**64 - 1
_WIDTH = 1 << 16  # choices a row may have


def _signed(value: int) -> int:
    """A 64-bit number as torch's int64 holds it."""
    value &= _BITS
    return value - 2**64 if value >= 2**63 else value


def _shifted(x: Tensor, bits: int) -> Tensor:
    """A logical shift to the right, of which torch has only the arithmetic one."""
    return (x >> bits) & ((1 << (64 - bits)) - 1)


def _scramble(x: Tensor) -> Tensor:
    """The finaliser of splitmix64 (Steele, Lea, Flood, 2014), in place."""
    x ^= _shifted(x, 30)
    x *= _signed(_M1)
    x ^= _shifted(x, 27)
    x *= _signed(_M2)
    x ^= _shifted(x, 31)
    return x


def _uniform(bits: Tensor) -> Tensor:
    """24 bits as float32 strictly between 0 and 1."""
    return (bits & 0xFFFFFF).float().add_(1).div_(2**24 + 2)


class Noise:
    """A stream that goes on from tick to tick.

    Attributes:
        ticks: how many were drawn; all of its state.
    """

    def __init__(self, seed: int) -> None:
        self.seed, self.ticks = seed, 0

    def fill(self, noise: Tensor, rows: Tensor, normal: bool = False) -> None:
        """Draw the noise of the next ticks, and go on behind them.

        Args:
            noise: (T, N, outputs) float32, to be written.
            rows: (N,) the numbers of the rows among all that play, on its device.
            normal: standard normal (Box and Muller) instead of Gumbel noise.
        """
        ticks, _, outputs = noise.shape
        at = torch.arange(self.ticks, self.ticks + ticks, device=noise.device)
        start = _scramble(at * _signed(_GAMMA) + _signed(self.seed * _M1 + _M2))
        cell = rows[:, None] * _WIDTH + torch.arange(1, outputs + 1, device=noise.device)
        x = _scramble(start[:, None, None] + cell * _signed(_GAMMA))
        first = _uniform(x >> 40)
        if normal:
            angle = _uniform(x >> 8).mul_(2 * torch.pi).cos_()
            torch.mul(first.log_().mul_(-2).sqrt_(), angle, out=noise)
        else:
            torch.neg(first.log_().neg_().log_(), out=noise)
        self.ticks += ticks
