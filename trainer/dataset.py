"""Segments as a Minari dataset on disk, laid out as Minari does; docs/corrections.md says how."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from envs_c.binding import VecEnv
from envs_c.build import EnvError
from envs_c.replay_file import Replay, encode
from envs_c.segments import Segment, parting, segments
from envs_c.spec import Spec, env_id

MINARI = "0.5.4"
"""The version whose layout this is."""
FILE, FACTS = "data/main_data.hdf5", "data/metadata.json"


@dataclass(frozen=True)
class Collected:
    """Segments of some games of one environment."""

    spec: Spec
    replays: list[Replay]
    segments: list[Segment]
    origins: list[int]  # of each segment: which replay


def collect(
    replays: Sequence[Replay],
    kinds: Sequence[str] = ("person",),
    seats: Sequence[int] | None = None,
    source: Path | None = None,
) -> Collected:
    """What drivers of some kinds did in games of one environment; what games share, once.

    `source`: as in `VecEnv`.

    Raises:
        EnvError: they are of several environments, or one cannot be played here as it was.
    """
    envs = list(dict.fromkeys(replay.env for replay in replays))
    if len(envs) != 1:
        raise EnvError(f"replays: want one environment, got {', '.join(envs) or 'no replay'}")
    found: list[Segment] = []
    origins: list[int] = []
    for i, replay in enumerate(replays):
        since = parting(replay, replays[:i])
        found += segments(replay, kinds, seats=seats, since=since, source=source)
        origins += [i] * (len(found) - len(origins))
    spec = VecEnv(envs[0], 1, source=source).spec
    return Collected(spec, list(replays), found, origins)


def name_of(replays: Sequence[Replay]) -> str:
    """The usual name: by the first game's end, so that another game has another."""
    return f"person-{replays[0].hashes[-1][1][:8]}"


def write(collected: Collected, folder: Path, name: str = "") -> Path:
    """Write ENV/NAME-v0 into a folder of Minari datasets; returns its path.

    Raises:
        EnvError: there is nothing to write, a bad name, or a dataset of that name.
    """
    name = name or name_of(collected.replays)
    if not name.replace("-", "").replace("_", "").isalnum() or not name.isascii():
        raise EnvError(f"name: want letters, digits, - and _, got {name!r}")
    if not collected.segments:
        raise EnvError("no segments: want at least one tick by a driver that is wanted, got none")
    dataset_id = f"{collected.spec['name']}/{name}-v0"
    place = folder / dataset_id
    if place.exists():
        raise EnvError(f"{place} is there already: choose another --name")
    (place / "data").mkdir(parents=True)
    with h5py.File(place / FILE, "w", track_order=True) as file:
        for i, segment in enumerate(collected.segments):
            _write_episode(file.create_group(f"episode_{i}"), i, segment, collected)
    facts = metadata(collected, dataset_id, (place / FILE).stat().st_size)
    (place / FACTS).write_text(json.dumps(facts))
    for i, replay in enumerate(collected.replays):
        (place / replay_name(i)).write_bytes(encode(replay))
    return place


def replay_name(index: int) -> str:
    """The file of a game beside `data`."""
    return f"replay-{index}.gymcade"


def _write_episode(group: h5py.Group, index: int, segment: Segment, of: Collected) -> None:
    interface = of.spec["interface"]
    parts = interface["observation"]["parts"]
    shape = parts[0]["shape"] if len(parts) == 1 else [interface["observation"]["size"]]
    replay = of.replays[of.origins[index]]
    attributes = {
        "id": index,
        "total_steps": len(segment),
        "replay": of.origins[index],
        "game_seed": replay.seed,
        "seat": segment.seat,
        "first": int(segment.first),
    }
    for key, value in attributes.items():
        group.attrs[key] = value
    flat = interface["action"]["type"] == "discrete" and len(interface["action"]["heads"]) == 1
    arrays: dict[str, Any] = {
        "observations": segment.observations.reshape(-1, *shape),
        "actions": segment.actions[:, 0] if flat else segment.actions,
        "rewards": segment.rewards,
        "terminations": segment.terminated,
        "truncations": segment.truncated,
        "infos/tick": segment.ticks,
    }
    if segment.mask is not None:
        arrays["infos/action_mask"] = segment.mask.astype(np.int8)
    for key, array in arrays.items():
        # Chunked and without an end, as Minari's own: it can be appended to.
        group.create_dataset(key, data=array, chunks=True, maxshape=(None, *array.shape[1:]))


def metadata(collected: Collected, dataset_id: str, size: int) -> dict[str, Any]:
    """What metadata.json holds; `size` is of the data, in bytes."""
    spec = collected.spec
    kinds = list(dict.fromkeys(segment.driver for segment in collected.segments))
    return {
        "total_episodes": len(collected.segments),
        "total_steps": sum(len(segment) for segment in collected.segments),
        "data_format": "hdf5",
        "jpeg_encoding": False,
        "observation_space": json.dumps(observation_space(spec)),
        "action_space": json.dumps(action_space(spec)),
        "env_spec": json.dumps(env_spec(spec)),
        "dataset_id": dataset_id,
        "minari_version": MINARI,
        "dataset_size": round(size / 1e6, 1),
        "algorithm_name": ", ".join(kinds),
        "gymcade": {
            "env": spec["name"],
            "interface_version": spec["interface_version"],
            "dynamics_version": spec["dynamics_version"],
            "replays": [
                {
                    "file": replay_name(i),
                    "seed": replay.seed,
                    "params": replay.params,
                    "dynamics_version": replay.dynamics_version,
                    "ticks": replay.ticks,
                    "hash": replay.hashes[-1][1],
                }
                for i, replay in enumerate(collected.replays)
            ],
            "segments": [
                {
                    "replay": origin,
                    "seat": segment.seat,
                    "driver": segment.driver,
                    "from": int(segment.ticks[0]),
                    "to": int(segment.ticks[-1]),
                    "first": segment.first,
                }
                for segment, origin in zip(collected.segments, collected.origins, strict=True)
            ],
        },
    }


# --- What Gymnasium would say of the environment --------------------------------------------------


def observation_space(spec: Spec) -> dict[str, Any]:
    """The space of `gymcade.spaces`, as Minari serializes it."""
    seen = spec["interface"]["observation"]
    whole = seen["dtype"] == "uint8"
    low: list[float] = [0] * seen["size"]
    high: list[float] = [0] * seen["size"]
    for part in seen["parts"]:
        where = slice(part["offset"], part["offset"] + int(np.prod(part["shape"])))
        count = where.stop - where.start
        if whole:
            high[where] = [len(part["categories"]) - 1 if part["categories"] else 255] * count
        else:
            bounded = part["low"] < part["high"]
            bounds = (part["low"], part["high"]) if bounded else (-inf, inf)
            low[where], high[where] = ([float(np.float32(bound))] * count for bound in bounds)
    shape = seen["parts"][0]["shape"] if len(seen["parts"]) == 1 else [seen["size"]]
    return {
        "type": "Box",
        "dtype": seen["dtype"],
        "shape": shape,
        "low": np.reshape(low, shape).tolist(),
        "high": np.reshape(high, shape).tolist(),
    }


def action_space(spec: Spec) -> dict[str, Any]:
    """The space of `gymcade.spaces`, as Minari serializes it."""
    action = spec["interface"]["action"]
    nvec = [head["n"] for head in action["heads"]]
    if action["type"] == "continuous":
        n = len(nvec)
        bounds = {"low": [-1.0] * n, "high": [1.0] * n}
        return {"type": "Box", "dtype": "float32", "shape": [n], **bounds}
    if len(nvec) == 1:
        return {"type": "Discrete", "dtype": "int64", "start": 0, "n": nvec[0]}
    return {"type": "MultiDiscrete", "dtype": "int64", "nvec": nvec, "start": [0] * len(nvec)}


def env_spec(spec: Spec) -> dict[str, Any]:
    """What Gymnasium makes the environment of, once `gymcade` is imported."""
    return {
        "id": env_id(spec["name"]),
        "entry_point": "gymcade.single:GymcadeEnv",
        "reward_threshold": None,
        "nondeterministic": False,
        "max_episode_steps": None,
        "order_enforce": True,
        "disable_env_checker": False,
        "kwargs": {"name": spec["name"]},
        "additional_wrappers": [],
        "vector_entry_point": "gymcade.vector:GymcadeVectorEnv",
    }
