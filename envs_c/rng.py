"""The random generator of env.h in Python."""

M64 = (1 << 64) - 1


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
        self.state = (old * 6364136223846793005 + 1442695040888963407) & M64
        xored = (((old >> 18) ^ old) >> 27) & 0xFFFFFFFF
        turn = old >> 59
        return ((xored >> turn) | (xored << (-turn & 31))) & 0xFFFFFFFF

    def uniform(self) -> float:
        """A number in [0, 1), a multiple of 2**-24."""
        return (self.next() >> 8) * 2.0**-24

    def below(self, n: int) -> int:
        """A whole number in [0, n), as `rng_below`."""
        return self.next() * n >> 32
