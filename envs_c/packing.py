"""Actions as bytes: in bits or in runs; numbers as they are. The page's packing.js does the same.

All go head by head, in a head seat by seat, of a seat tick by tick: what follows each other is
alike.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

SEVEN = 7
"""Bits of each byte of a run's number; the eighth says that another byte follows."""
MOST_BYTES = 6
"""Of one such number."""


def pack(actions: NDArray[Any], choices: tuple[int, ...]) -> dict[str, bytes]:
    """Every way to pack actions (ticks, seats, heads), by name; the choices are of each head."""
    ordered = np.ascontiguousarray(actions.transpose(2, 1, 0))  # (heads, seats, ticks)
    if not any(choices):
        return {"floats": ordered.astype("<f4").tobytes()}
    bits = [_to_bits(head.ravel(), n) for head, n in zip(ordered, choices, strict=True)]
    return {"bits": b"".join(bits), "runs": _to_runs(ordered.ravel(), max(choices))}


def unpack(
    data: bytes, packing: str, shape: tuple[int, int, int], choices: tuple[int, ...]
) -> NDArray[Any]:
    """The actions (ticks, seats, heads) of that shape that `pack` made these bytes of.

    Raises:
        ValueError: bytes that `pack` does not write; the message says what is wanted.
    """
    ticks, seats, heads = shape
    count = ticks * seats * heads
    if packing not in (("bits", "runs") if any(choices) else ("floats",)):
        want = "bits or runs" if any(choices) else "floats"
        raise ValueError(f"want packing {want}, got {packing[:20]!r}")
    if packing == "floats":
        _want_size(data, 4 * count)
        flat: NDArray[Any] = np.frombuffer(data, "<f4").astype(np.float32)
    elif packing == "runs":
        flat = _from_runs(data, count, max(choices))
    else:
        flat = _from_bits(data, ticks * seats, choices)
    ordered = flat.reshape(heads, seats, ticks)
    for head, n in zip(ordered, choices, strict=True):
        if n and head.size and head.max() >= n:
            raise ValueError(f"want choices 0 to {n - 1}, got {head.max()}")
    return np.ascontiguousarray(ordered.transpose(2, 1, 0))


def _want_size(data: bytes, size: int) -> None:
    if len(data) != size:
        raise ValueError(f"want {size} bytes, got {len(data)}")


def _to_bits(values: NDArray[Any], n: int) -> bytes:
    places = np.arange((n - 1).bit_length())
    return np.packbits(
        (values[:, None] >> places & 1).astype(np.uint8), bitorder="little"
    ).tobytes()


def _from_bits(data: bytes, count: int, choices: tuple[int, ...]) -> NDArray[np.int32]:
    widths = [(n - 1).bit_length() for n in choices]
    sizes = [(width * count + 7) // 8 for width in widths]
    _want_size(data, sum(sizes))
    heads, at = [], 0
    for width, size in zip(widths, sizes, strict=True):
        packed = np.frombuffer(data, np.uint8, size, at)
        bits = np.unpackbits(packed, count=width * count, bitorder="little")
        weights = 1 << np.arange(width, dtype=np.int32)
        heads.append((bits.reshape(count, width) * weights).sum(axis=1, dtype=np.int32))
        at += size
    return np.concatenate(heads)


def _to_runs(values: NDArray[Any], n: int) -> bytes:
    if not values.size:
        return b""
    starts = np.append(0, np.flatnonzero(np.diff(values)) + 1)
    lengths = np.diff(starts, append=values.size)
    numbers = (lengths - 1) * n + values[starts]
    shifts = SEVEN * np.arange(MOST_BYTES)
    parts = numbers[:, None] >> shifts  # (runs, bytes), what is left from each byte on
    used = (parts > 0) | (shifts == 0)
    more = np.append(used[:, 1:], np.zeros((len(used), 1), bool), axis=1)
    packed: NDArray[np.uint8] = ((parts & 127) | more << SEVEN)[used].astype(np.uint8)
    return packed.tobytes()


def _from_runs(data: bytes, count: int, n: int) -> NDArray[np.int32]:
    if len(data) > MOST_BYTES * count:
        raise ValueError(f"want at most {MOST_BYTES * count} bytes of runs, got {len(data)}")
    seen = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(seen < 128) + 1
    starts = np.append(0, ends)[:-1]
    if seen.size and (not ends.size or ends[-1] != seen.size):
        raise ValueError("the last run is cut off")
    widths = ends - starts
    if widths.size and widths.max() > MOST_BYTES:
        raise ValueError(f"want at most {MOST_BYTES} bytes a run, got {widths.max()}")
    at = np.arange(seen.size) - np.repeat(starts, widths)  # of each byte in its number
    numbers = np.zeros(len(ends), np.int64)
    np.add.at(
        numbers,
        np.repeat(np.arange(len(ends)), widths),
        (seen & 127).astype(np.int64) << SEVEN * at,
    )
    lengths = numbers // n + 1
    if (lengths.size and lengths.max() > count) or lengths.sum() != count:
        raise ValueError(f"want runs of {count} in all, got {lengths.sum()}")
    return np.repeat((numbers % n).astype(np.int32), lengths)
