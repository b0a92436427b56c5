"""What a policy is to imitate: read from replays and from Minari datasets, and checked."""

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from envs_c import replay
from envs_c.build import EnvError
from envs_c.replay_file import Replay, decode
from envs_c.segments import Segment
from envs_c.spec import Spec, load_spec
from trainer.dataset import FACTS, FILE, collect


@dataclass(frozen=True, eq=False)
class Episode:
    """T decisions of one seat; see Segment."""

    observations: NDArray[Any]  # (T, size)
    actions: NDArray[Any]  # (T, heads)
    rewards: NDArray[np.float64]  # (T,)
    ended: bool  # by the rules, so that nothing came after
    mask: NDArray[np.uint8] | None  # (T, choices)

    def __len__(self) -> int:
        return len(self.actions)


@dataclass(frozen=True, eq=False)
class Demonstrations:
    """What is to be imitated, and what agents saw beside it."""

    spec: Spec
    episodes: list[Episode]
    agents: list[Episode]  # of policies, in the same games; their actions are not imitated


@dataclass(frozen=True)
class _Stored:
    """A dataset as it lies on disk."""

    name: str  # for messages
    facts: dict[str, Any]
    data: bytes
    replays: list[Replay]


def read(sources: Sequence[Path], env: str = "", driver: str = "person") -> Demonstrations:
    """Read .gymcade replays, and Minari datasets as folders or zips.

    Args:
        sources: files and folders, all of one environment.
        env: its name, if no source says it.
        driver: whose decisions are taken from replays; datasets are taken whole.

    Raises:
        EnvError: a source that is none, or does not fit the environment; the message names the
            source, the value seen and the value wanted.
    """
    replays: list[Replay] = []
    stored: list[_Stored] = []
    for source in sources:
        if source.suffix == ".gymcade":
            replays.append(replay.read(source))
        else:
            stored += _open(source)
    beside = [game for dataset in stored for game in dataset.replays]
    said = [env, *(game.env for game in replays), *(_env_of(dataset) for dataset in stored)]
    names = list(dict.fromkeys(filter(None, said)))
    if len(names) != 1:
        got = ", ".join(names) or "none: name it with --env"
        raise EnvError(f"environment: want one for all sources, got {got}")
    spec = load_spec(names[0])
    episodes = [episode for dataset in stored for episode in _episodes(dataset, spec)]
    if replays:
        found = collect(replays, (driver,)).segments
        for segment in found:
            if segment.mask is not None:
                where = f"replay, seat {segment.seat}, from tick {segment.ticks[0]} on"
                _check_allowed(where, spec, segment.actions, segment.mask[:-1])
        episodes += [_from_segment(segment) for segment in found]
    agents = collect([*replays, *beside], ("policy",)).segments if replays or beside else []
    return Demonstrations(spec, episodes, [_from_segment(segment) for segment in agents])


def _from_segment(segment: Segment) -> Episode:
    return Episode(
        observations=segment.observations[:-1],
        actions=segment.actions,
        rewards=segment.rewards,
        ended=bool(segment.terminated[-1]),
        mask=None if segment.mask is None else segment.mask[:-1],
    )


# --- Minari datasets ------------------------------------------------------------------------------


def _open(source: Path) -> list[_Stored]:
    """All datasets in a folder, at any depth, or in a zip."""
    if source.is_dir():
        places = sorted(source.rglob(FACTS))
        if (source / Path(FACTS).name).is_file():  # the folder `data` itself
            places = [source / Path(FACTS).name]
        found = [_from_folder(place) for place in places]
    elif zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as file:
            names = [name for name in file.namelist() if name.endswith(FACTS)]
            found = [_from_zip(file, name, source) for name in names]
    else:
        what = "no such file" if not source.exists() else "another file"
        raise EnvError(f"{source}: want a .gymcade replay or a Minari folder or zip, got {what}")
    if not found:
        raise EnvError(f"{source}: want a Minari dataset, with {FACTS} in it, got none")
    return found


def _from_folder(facts: Path) -> _Stored:
    data = facts.with_name(Path(FILE).name)
    if not data.is_file():
        raise EnvError(f"{facts.parent}: want {data.name} beside {facts.name}, got none")
    files = sorted(facts.parent.parent.glob("replay-*.gymcade"))
    replays = [replay.read(file) for file in files]
    return _Stored(str(facts.parent), _parse(facts.read_bytes(), facts), data.read_bytes(), replays)


def _from_zip(file: zipfile.ZipFile, facts: str, source: Path) -> _Stored:
    root = facts.removesuffix(FACTS)
    if root + FILE not in file.namelist():
        raise EnvError(f"{source}: want {root + FILE} beside {facts}, got none")
    names = [n for n in file.namelist() if n.startswith(root) and n.endswith(".gymcade")]
    replays = [decode(file.read(name)) for name in sorted(names)]
    where = f"{source}: {root or facts}"
    return _Stored(where, _parse(file.read(facts), where), file.read(root + FILE), replays)


def _parse(text: bytes, where: object) -> dict[str, Any]:
    try:
        facts = json.loads(text)
    except ValueError as error:
        raise EnvError(f"{where}: metadata is no JSON: {error}") from error
    if not isinstance(facts, dict) or facts.get("data_format", "hdf5") != "hdf5":
        got = facts.get("data_format") if isinstance(facts, dict) else type(facts).__name__
        raise EnvError(f"{where}: want a dataset in format hdf5, got {got!r}")
    return facts


def _env_of(dataset: _Stored) -> str:
    """The environment that a dataset names, "" if it names none of ours."""
    own = dataset.facts.get("gymcade", {}).get("env")
    if own:
        return str(own)
    made = json.loads(dataset.facts.get("env_spec") or "{}")
    is_ours = str(made.get("id", "")).startswith("gymcade/")
    return str(made.get("kwargs", {}).get("name", "")) if is_ours else ""


def _episodes(dataset: _Stored, spec: Spec) -> list[Episode]:
    made_for = dataset.facts.get("gymcade", {}).get("interface_version", spec["interface_version"])
    if made_for != spec["interface_version"]:
        raise EnvError(
            f"{dataset.name}: made for interface {made_for}, want {spec['interface_version']}"
        )
    try:
        with h5py.File(io.BytesIO(dataset.data)) as file:
            groups = sorted(file, key=lambda name: int(name.removeprefix("episode_")))
            return [_episode(file[name], f"{dataset.name}: {name}", spec) for name in groups]
    except (OSError, KeyError, ValueError) as error:
        raise EnvError(f"{dataset.name}: its HDF5 cannot be read: {error}") from error


def _episode(group: h5py.Group, where: str, spec: Spec) -> Episode:
    interface = spec["interface"]
    size, action = interface["observation"]["size"], interface["action"]
    rewards = group["rewards"][()].astype(np.float64)
    length = len(rewards)
    observations = group["observations"][()]
    _want(length > 0, where, "at least one step", length)
    _want(len(observations) == length + 1, where, f"{length + 1} observations", len(observations))
    values = observations.size // len(observations)
    _want(values == size, where, f"observations of {size} values", values)
    observations = observations.reshape(length + 1, size)
    if interface["observation"]["dtype"] == "float32":
        observations = observations.astype(np.float32)
        _want(bool(np.isfinite(observations).all()), where, "finite observations", "others")
    actions = group["actions"][()].reshape(length, -1)
    heads = len(action["heads"])
    _want(actions.shape[1] == heads, where, f"actions of {heads} heads", actions.shape[1])
    nvec = [head["n"] for head in action["heads"]]
    if action["type"] == "discrete":
        _want(actions.dtype.kind in "iu", where, "whole numbers as actions", actions.dtype)
        for head, n in enumerate(nvec):
            low, high = int(actions[:, head].min()), int(actions[:, head].max())
            fits = low >= 0 and high < n
            name = action["heads"][head]["name"]
            _want(fits, where, f"actions of {name!r} from 0 to {n - 1}", f"{low} to {high}")
    else:
        actions = actions.astype(np.float32)
        _want(bool((abs(actions) <= 1).all()), where, "actions in [-1, 1]", abs(actions).max())
    mask = None
    if action["masked"]:
        _want("infos/action_mask" in group, where, "infos/action_mask, as actions are masked", None)
        mask = group["infos/action_mask"][()].astype(np.uint8)
        shape = (length + 1, sum(nvec))
        _want(mask.shape == shape, where, f"infos/action_mask of shape {shape}", mask.shape)
        mask = mask[:-1]
        _check_allowed(where, spec, actions, mask)
    ended = bool(group["terminations"][-1])
    return Episode(observations[:-1], actions, rewards, ended, mask)


def _check_allowed(where: str, spec: Spec, actions: NDArray[Any], mask: NDArray[np.uint8]) -> None:
    nvec = [head["n"] for head in spec["interface"]["action"]["heads"]]
    starts = np.cumsum([0, *nvec[:-1]])
    allowed = np.take_along_axis(mask, actions.astype(np.int64) + starts, axis=1).all(axis=1)
    step = int(allowed.argmin())
    _want(bool(allowed.all()), where, "actions that the mask allows", f"another at step {step}")


def _want(true: bool, where: str, want: str, got: Any) -> None:
    if not true:
        raise EnvError(f"{where}: want {want}, got {'none' if got is None else got}")
