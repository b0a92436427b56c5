"""Read and write replay files; docs/replay-format.md says what is in them."""

import json
import re
import zlib
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from envs_c.build import EnvError
from envs_c.packing import pack, unpack

MAGIC = b"GYMCADE"
VERSION = 1
"""Of the format; one byte after MAGIC."""

KINDS = ("person", "policy", "scripted", "random")
MOST_SEATS, MOST_HEADS, MOST_CHOICES = 64, 64, 65_536
MOST_HEAD = 2**20
"""Bytes of the JSON."""


class ReplayError(EnvError):
    """A replay that cannot be read, or does not fit the environment."""


@dataclass(frozen=True)
class Limits:
    """What a reader takes at most; the page has the same limits."""

    file: int = 2**24
    """Bytes of the file."""
    ticks: int = 2**20
    values: int = 2**22
    """Ticks times seats times heads; inflated, at most 4 bytes each."""

    @property
    def body(self) -> int:
        """Bytes that the file may inflate to."""
        return 4 + MOST_HEAD + 4 * self.values


@dataclass(frozen=True)
class Driver:
    """Who drives a seat."""

    kind: str
    """One of KINDS."""
    name: str = ""
    """Of a policy."""
    sha256: str = ""
    """Of a policy's ONNX file; "" where it is not known."""


@dataclass(frozen=True, eq=False)
class Replay:
    """One game as it was played. Ticks count the steps played before, from 0.

    Attributes:
        env: name of the environment.
        interface_version, dynamics_version: the environment's, when it was played.
        seed: 0 to 2**32 - 1.
        params: values by name at the start.
        choices: of each head; 0 for each where actions are numbers in [-1, 1].
        actions: (ticks, seats, heads) int32, or float32 where actions are numbers.
        changes: parameters that change before the step of that tick; ticks ascend.
        drivers: tick, seat and who drives it from then on; ticks ascend.
        hashes: tick and hash of the game's bytes after as many steps, before parameters change
            there; ticks ascend, and the last is the end.
    """

    env: str
    interface_version: str
    dynamics_version: str
    seed: int
    params: dict[str, float]
    choices: tuple[int, ...]
    actions: NDArray[Any]
    changes: tuple[tuple[int, dict[str, float]], ...]
    drivers: tuple[tuple[int, int, Driver], ...]
    hashes: tuple[tuple[int, str], ...]

    @property
    def ticks(self) -> int:
        """How many steps were played."""
        return int(self.actions.shape[0])

    @property
    def seats(self) -> int:
        """How many seats the game has."""
        return int(self.actions.shape[1])


# --- Writing --------------------------------------------------------------------------------------


def encode(replay: Replay, limits: Limits | None = None) -> bytes:
    """The bytes of a file; the same replay gives the same bytes.

    Raises:
        ReplayError: it is not one that `decode` would take; the message says why.
    """
    head = {
        "env": replay.env,
        "interface_version": replay.interface_version,
        "dynamics_version": replay.dynamics_version,
        "seed": replay.seed,
        "params": replay.params,
        "changes": [list(change) for change in replay.changes],
        "seats": replay.seats,
        "heads": list(replay.choices),
        "drivers": [[tick, seat, _plain(driver)] for tick, seat, driver in replay.drivers],
        "ticks": replay.ticks,
        "hashes": [list(entry) for entry in replay.hashes],
    }
    _check_shape(replay)
    _check(head, limits or Limits())
    ways = pack(replay.actions, replay.choices)
    return min((_file({**head, "packing": way}, data) for way, data in ways.items()), key=len)


def _file(head: dict[str, Any], actions: bytes) -> bytes:
    text = json.dumps(head, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    body = len(text).to_bytes(4, "little") + text + actions
    return MAGIC + bytes([VERSION]) + zlib.compress(body, 9)


def _plain(driver: Driver) -> dict[str, str]:
    facts = {"kind": driver.kind, "name": driver.name, "sha256": driver.sha256}
    return {key: value for key, value in facts.items() if value}


def _check_shape(replay: Replay) -> None:
    actions, heads = replay.actions, len(replay.choices)
    want = np.int32 if any(replay.choices) else np.float32
    if actions.ndim != 3 or actions.shape[2] != heads or actions.dtype != want:
        got = f"{actions.dtype} {actions.shape}"
        raise ReplayError(f"actions: want {np.dtype(want)} (ticks, seats, {heads}), got {got}")
    if any(replay.choices) and actions.size:
        low, high = actions.min(axis=(0, 1)), actions.max(axis=(0, 1))
        for h, n in enumerate(replay.choices):
            if low[h] < 0 or high[h] >= n:
                raise ReplayError(f"actions: want 0 to {n - 1}, got {low[h]} to {high[h]}")


# --- Reading --------------------------------------------------------------------------------------


def decode(data: bytes, limits: Limits | None = None) -> Replay:
    """The replay that a file holds.

    Raises:
        ReplayError: this is no replay, it is damaged, of another version or beyond a limit; the
            message says what was seen and what is wanted.
    """
    limits = limits or Limits()
    if not data.startswith(MAGIC):
        raise ReplayError(f"no replay: want {MAGIC!r} at its start, got {data[: len(MAGIC)]!r}")
    version = data[len(MAGIC)] if len(data) > len(MAGIC) else None
    if version != VERSION:
        raise ReplayError(f"format version: want {VERSION}, got {version}")
    if len(data) > limits.file:
        raise ReplayError(f"file: want at most {limits.file} bytes, got {len(data)}")
    body = _inflate(data[len(MAGIC) + 1 :], limits.body)
    size = int.from_bytes(body[:4], "little")
    if len(body) < 4 or size > min(MOST_HEAD, len(body) - 4):
        least = min(MOST_HEAD, max(0, len(body) - 4))
        raise ReplayError(f"head: want at most {least} bytes, got {size}")
    head = _parse(body[4 : 4 + size])
    _check(head, limits)
    shape = (int(head["ticks"]), int(head["seats"]), len(head["heads"]))
    choices = tuple(int(n) for n in head["heads"])
    try:
        actions = unpack(body[4 + size :], str(head.get("packing")), shape, choices)
    except ValueError as error:
        raise ReplayError(f"actions: {error}") from error
    return Replay(
        env=head["env"],
        interface_version=head["interface_version"],
        dynamics_version=head["dynamics_version"],
        seed=int(head["seed"]),
        params=_floats(head["params"]),
        choices=choices,
        actions=actions,
        changes=tuple((int(tick), _floats(values)) for tick, values in head["changes"]),
        drivers=tuple((int(t), int(seat), _driver(who)) for t, seat, who in head["drivers"]),
        hashes=tuple((int(tick), hash_) for tick, hash_ in head["hashes"]),
    )


def _floats(params: dict[str, float]) -> dict[str, float]:
    return {name: float(value) for name, value in params.items()}


def _driver(facts: dict[str, str]) -> Driver:
    return Driver(facts["kind"], facts.get("name", ""), facts.get("sha256", ""))


def _inflate(data: bytes, most: int) -> bytes:
    reader = zlib.decompressobj()
    try:
        body = reader.decompress(data, most + 1)
    except zlib.error as error:
        raise ReplayError(f"the file is damaged: {error}") from error
    if len(body) > most:
        raise ReplayError(f"contents: want at most {most} bytes, got more")
    if not reader.eof:
        raise ReplayError(f"the file is cut off after {len(data) + len(MAGIC) + 1} bytes")
    if reader.unused_data:
        raise ReplayError(f"want nothing after the contents, got {len(reader.unused_data)} bytes")
    return body


def _parse(text: bytes) -> dict[str, Any]:
    def refuse(word: str) -> float:
        raise ValueError(f"{word} is no number")

    try:
        head = json.loads(text.decode(), parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise ReplayError(f"head: no JSON: {error}") from error
    if not isinstance(head, dict):
        raise ReplayError(f"head: want an object, got {_shown(head)}")
    return head


# --- What the head must be ------------------------------------------------------------------------


def _check(head: dict[str, Any], limits: Limits) -> None:
    """Refuse a head that is not as docs/replay-format.md says."""
    _want(_is_text(head.get("env"), r"[A-Za-z_]\w{0,63}"), "env", "a name", head.get("env"))
    for key in ("interface_version", "dynamics_version"):
        is_version = _is_text(head.get(key), r"[0-9a-f]{0,64}")
        _want(is_version, key, "hexadecimal digits", head.get(key))
    _want_whole(head.get("seed"), "seed", 0, 2**32 - 1)
    _want_whole(head.get("ticks"), "ticks", 0, limits.ticks)
    _want_whole(head.get("seats"), "seats", 1, MOST_SEATS)
    _check_heads(head.get("heads"))
    ticks, seats = head["ticks"], head["seats"]
    values = ticks * seats * len(head["heads"])
    few = f"at most {limits.values} (ticks × seats × heads)"
    _want(values <= limits.values, "actions", few, values)
    _check_params(head.get("params"), "params")
    _check_list(head.get("changes"), "changes", ticks, 2)
    for _, values in head["changes"]:
        _check_params(values, "changes")
    _check_list(head.get("drivers"), "drivers", ticks, 3)
    for _, seat, driver in head["drivers"]:
        _want_whole(seat, "drivers: seat", 0, seats - 1)
        _check_driver(driver)
    _check_list(head.get("hashes"), "hashes", ticks, 2)
    for _, hash_ in head["hashes"]:
        is_hash = _is_text(hash_, r"[0-9a-f]{16}")
        _want(is_hash, "hashes", "16 hexadecimal digits", hash_)
    ends = bool(head["hashes"]) and head["hashes"][-1][0] == ticks
    _want(ends, "hashes", f"one of tick {ticks}, the last", head["hashes"][-1:])
    rising = all(a[0] < b[0] for a, b in pairwise(head["hashes"]))
    _want(rising, "hashes", "one of a tick", "several")


def _check_heads(heads: Any) -> None:
    counted = isinstance(heads, list) and 1 <= len(heads) <= MOST_HEADS
    _want(counted, "heads", f"a list of 1 to {MOST_HEADS}", heads)
    for n in heads:
        _want_whole(n, "heads: choices", 0, MOST_CHOICES)
    _want(all(heads) or not any(heads), "heads", "choices for each or for none", heads)


def _check_list(entries: Any, what: str, ticks: int, length: int) -> None:
    """That it holds lists of `length`, each headed by a tick, and that ticks ascend."""
    _want(isinstance(entries, list), what, "a list", entries)
    last = 0
    for entry in entries:
        is_entry = isinstance(entry, list) and len(entry) == length
        _want(is_entry, what, f"lists of {length}", entry)
        _want_whole(entry[0], f"{what}: tick", last, ticks)
        last = entry[0]


def _check_params(params: Any, what: str) -> None:
    _want(isinstance(params, dict), what, "an object", params)
    for name, value in params.items():
        _want(_is_text(name, r"[A-Za-z_]\w{0,63}"), what, "names", name)
        _want(_is_number(value), f"{what}: {name}", "a number", value)


def _check_driver(driver: Any) -> None:
    _want(isinstance(driver, dict), "driver", "an object", driver)
    kind, name, digest = (driver.get(key, "") for key in ("kind", "name", "sha256"))
    _want(kind in KINDS, "driver: kind", f"one of {', '.join(KINDS)}", kind)
    _want(_is_text(name, r"[^\ud800-\udfff]{0,200}"), "driver: name", "up to 200 letters", name)
    is_digest = _is_text(digest, r"([0-9a-f]{64})?")
    _want(is_digest, "driver: sha256", "64 hexadecimal digits", digest)


def _is_text(value: Any, pattern: str) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(pattern, value, re.ASCII | re.DOTALL))


def _is_number(value: Any) -> bool:
    # NaN is not less, and a whole number may be too large to be a float.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def _want_whole(value: Any, what: str, low: int, high: int) -> None:
    whole = _is_number(value) and value == int(value) and low <= value <= high
    _want(whole, what, f"{low} to {high}", value)


def _want(true: bool, what: str, want: str, got: Any) -> None:
    if not true:
        raise ReplayError(f"{what}: want {want}, got {_shown(got)}")


def _shown(value: Any) -> str:
    """The value as JSON, shortened."""
    text = "nothing" if value is None else ascii(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
