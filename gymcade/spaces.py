"""The spaces of Gymnasium that an environment's facts describe, and its metrics as an info."""

from collections.abc import Iterator
from typing import Any, cast

import numpy as np
from gymnasium.spaces import Box, Discrete, MultiDiscrete, Space
from numpy.typing import NDArray

from envs_c.spec import Spec

Array = NDArray[Any]


def observation_space(spec: Spec) -> Box:
    """One Box, of the part's own shape where there is one part and flat where there are several.

    Its bounds are those of each value: categories are counted, ranges are the environment's.
    """
    seen = spec["interface"]["observation"]
    dtype: Any = np.uint8 if seen["dtype"] == "uint8" else np.float32
    low, high = np.zeros(seen["size"], dtype), np.zeros(seen["size"], dtype)
    for part in seen["parts"]:
        where = slice(part["offset"], part["offset"] + int(np.prod(part["shape"])))
        if dtype is np.uint8:
            high[where] = len(part["categories"]) - 1 if part["categories"] else 255
        elif part["low"] < part["high"]:
            low[where], high[where] = part["low"], part["high"]
        else:
            low[where], high[where] = -np.inf, np.inf
    shape = seen["parts"][0]["shape"] if len(seen["parts"]) == 1 else [seen["size"]]
    return Box(low.reshape(shape), high.reshape(shape), dtype=dtype)


def action_space(spec: Spec) -> Discrete | MultiDiscrete | Box:
    """Discrete for one choice a tick, MultiDiscrete for several, Box in [-1, 1] if continuous."""
    action = spec["interface"]["action"]
    nvec = [head["n"] for head in action["heads"]]
    if action["type"] == "continuous":
        return Box(-1.0, 1.0, (len(nvec),), np.float32)
    return Discrete(nvec[0]) if len(nvec) == 1 else MultiDiscrete(nvec)


def checked(space: Space[Any], given: object, want: Array) -> Array:
    """Actions of many rows, as the environment takes them.

    Args:
        space: of one action.
        given: one action a row.
        want: an array of the shape (rows, heads) and type that is wanted.

    Raises:
        ValueError: another shape or kind, or a choice that there is not.
    """
    actions = np.asarray(given)
    rows, heads = want.shape
    kinds = "f" if want.dtype == np.float32 else "iu"
    fits = actions.shape == want.shape or (heads == 1 and actions.shape == (rows,))
    if not fits or actions.dtype.kind not in kinds:
        told = f"{rows} of {space}" if rows > 1 else f"one of {space}"
        raise ValueError(f"actions: want {told}, got {actions.dtype} {actions.shape}")
    actions = actions.reshape(rows, heads)
    if kinds == "iu":
        nvec = space.nvec if isinstance(space, MultiDiscrete) else [cast(Discrete, space).n]
        if (actions < 0).any() or (actions >= np.asarray(nvec)).any():
            raise ValueError(f"actions: want each in {space}, got {given}")
    return actions.astype(want.dtype)


def sample_mask(space: Space[Any], mask: Array) -> Any:
    """A row of the mask as `space.sample` takes it: cut into heads where there are several."""
    if isinstance(space, MultiDiscrete):
        return tuple(np.split(mask.astype(np.int8), np.cumsum(space.nvec)[:-1]))
    return mask.astype(np.int8)


def metric_items(spec: Spec, values: Array) -> Iterator[tuple[str, Array]]:
    """Each metric of finished episodes by name, as a column of values (n, metrics)."""
    for i, name in enumerate(spec["metrics"][1:], start=1):
        yield name, values[:, i].astype(np.float64)
