"""Replay files: what goes in comes out, in two languages, and nothing else is taken."""

import json
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from envs_c.packing import pack, unpack
from envs_c.replay_file import (
    MAGIC,
    MOST_HEAD,
    VERSION,
    Driver,
    Limits,
    Replay,
    ReplayError,
    decode,
    encode,
)
from tests.replay_files import FOLDER, GAMES, natively, summary

HELD = json.loads((FOLDER / "replays.json").read_text(encoding="utf-8"))
START = MAGIC + bytes([VERSION])


@pytest.mark.parametrize("name", HELD)
def test_both_languages_files_hold_what_they_say(name: str) -> None:
    data = (FOLDER / f"{name}.gymcade").read_bytes()
    assert summary(decode(data)) == HELD[name]


@pytest.mark.parametrize("name", GAMES)
def test_a_file_is_written_again_byte_by_byte(name: str) -> None:
    data = encode(natively(name))
    assert encode(decode(data)) == data


# --- What goes in comes out -----------------------------------------------------------------------

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,9}", fullmatch=True)
PARAMS = st.dictionaries(NAMES, st.floats(-1e9, 1e9) | st.integers(-99, 99), max_size=3)
DRIVERS = st.one_of(
    st.sampled_from(["person", "scripted", "random"]).map(Driver),
    st.builds(Driver, st.just("policy"), st.text(max_size=20), st.sampled_from(["", "0c" * 32])),
)


@st.composite
def replays(draw: st.DrawFn) -> Replay:
    ticks, seats = draw(st.integers(0, 40)), draw(st.integers(1, 5))
    at = st.integers(0, ticks)
    choices = draw(
        st.lists(st.integers(1, 9) | st.sampled_from([256, 65_536]), min_size=1, max_size=3)
        | st.lists(st.just(0), min_size=1, max_size=3)
    )
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    shape = (ticks, seats, len(choices))
    if choices[0]:
        actions: Any = rng.integers(0, choices, shape, np.int32)
        actions[: draw(at)] = 0  # a long run
    else:
        actions = rng.uniform(-1, 1, shape).astype(np.float32)
    changes = draw(st.lists(st.tuples(at, PARAMS), max_size=3))
    drivers = draw(st.lists(st.tuples(at, st.integers(0, seats - 1), DRIVERS), max_size=4))
    hashed = {*draw(st.lists(at, max_size=4)), ticks}
    return Replay(
        env=draw(NAMES),
        interface_version=draw(st.sampled_from(["", "8c4c732ea5fea957"])),
        dynamics_version=draw(st.sampled_from(["", "fe23565a659f1541"])),
        seed=draw(st.integers(0, 2**32 - 1)),
        params=draw(PARAMS),
        choices=tuple(choices),
        actions=actions,
        changes=tuple(sorted(changes, key=lambda change: change[0])),
        drivers=tuple(sorted(drivers, key=lambda entry: entry[0])),
        hashes=tuple((tick, f"{draw(st.integers(0, 2**64 - 1)):016x}") for tick in sorted(hashed)),
    )


@settings(deadline=None, max_examples=150)
@given(replays())
def test_what_goes_in_comes_out(replay: Replay) -> None:
    again = decode(encode(replay))
    assert again.actions.dtype == replay.actions.dtype
    assert again.actions.tobytes() == replay.actions.tobytes()
    for key, value in vars(replay).items():
        if key != "actions":
            assert getattr(again, key) == value, key


@settings(deadline=None, max_examples=150)
@given(replays())
def test_every_packing_unpacks(replay: Replay) -> None:
    ways = pack(replay.actions, replay.choices)
    assert set(ways) == ({"bits", "runs"} if replay.choices[0] else {"floats"})
    for packing, data in ways.items():
        again = unpack(data, packing, replay.actions.shape, replay.choices)
        assert again.tobytes() == replay.actions.tobytes()


def test_packings_are_as_the_document_says() -> None:
    actions = np.array([[2, 0], [2, 0], [2, 4]], np.int32)[:, None, :]  # one seat, heads of 3 and 5
    ways = pack(actions, (3, 5))
    assert ways["bits"] == bytes([0b101010, 0b0000_0000, 0b1])
    assert ways["runs"] == bytes([2 * 5 + 2, 1 * 5 + 0, 4])
    still = np.zeros((200, 1, 1), np.int32)
    assert pack(still, (3,))["runs"] == bytes([(199 * 3) & 127 | 128, (199 * 3) >> 7])


def test_numbers_keep_every_bit() -> None:
    actions = np.array([-0.0, 1e-45, np.nan, 0.1], np.float32).reshape(4, 1, 1)
    data = pack(actions, (0,))["floats"]
    assert unpack(data, "floats", (4, 1, 1), (0,)).tobytes() == actions.tobytes()


# --- What is refused ------------------------------------------------------------------------------


def made(actions: bytes = b"\x00", **changed: Any) -> bytes:
    """A file of one head of three choices and two ticks, with a head that is changed."""
    head = {
        **{"env": "pong", "interface_version": "", "dynamics_version": "", "seed": 1},
        **{"params": {}, "changes": [], "seats": 1, "heads": [3], "drivers": [], "ticks": 2},
        **{"packing": "bits", "hashes": [[2, "0" * 16]]},
        **changed,
    }
    return boxed(json.dumps(head).encode(), actions)


def boxed(head: bytes, actions: bytes = b"\x00") -> bytes:
    return START + zlib.compress(len(head).to_bytes(4, "little") + head + actions)


def test_the_file_that_others_are_made_of_is_taken() -> None:
    assert decode(made()).actions.tolist() == [[[0]], [[0]]]
    assert decode(made(unheard="of", seed=7.0)).seed == 7
    assert isinstance(decode(made(seed=7.0)).seed, int)


WRONG: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", r"no replay: want b'GYMCADE' at its start, got b''"),
    "a picture": (b"\x89PNG\r\n\x1a\n....", r"got b'\\x89PNG"),
    "no version": (MAGIC, "format version: want 1, got None"),
    "another version": (MAGIC + b"\x02" + made()[8:], "format version: want 1, got 2"),
    "no body": (START, "cut off after 8 bytes"),
    "cut off": (made()[:-5], "cut off after"),
    "a byte turned": (made()[:-1] + b"?", "damaged: .*incorrect data check"),
    "something after it": (made() + b"more", "nothing after the contents, got 4 bytes"),
    "a tiny body": (START + zlib.compress(b"ab"), "head: want at most 0 bytes, got 25185"),
    "a head too long": (START + zlib.compress(b"\xff\xff\xff\xff{}"), "at most 2 bytes, got 4294"),
    "no JSON": (boxed(b"{"), "head: no JSON"),
    "no UTF-8": (boxed(b"\xff"), "head: no JSON"),
    "deep": (boxed(b"[" * 100_000), "head: no JSON"),
    "a list": (boxed(b"[]"), r"head: want an object, got \[\]"),
    "not a number": (made(params={"x": float("nan")}), "no JSON: NaN is no number"),
    "endless": (boxed(b'{"seed": 1e999}'), "env: want a name, got nothing"),
    "env": (made(env="../pong"), "env: want a name, got '../pong'"),
    "seed": (made(seed=2**32), "seed: want 0 to 4294967295, got 4294967296"),
    "half a seed": (made(seed=0.5), "seed: want 0 to 4294967295, got 0.5"),
    "a true seed": (made(seed=True), "seed: want 0 to 4294967295, got True"),
    "ticks": (made(ticks=2**21), "ticks: want 0 to 1048576, got 2097152"),
    "seats": (made(seats=65), "seats: want 1 to 64, got 65"),
    "heads": (made(heads=[]), "heads: want a list of 1 to 64"),
    "half of numbers": (made(heads=[3, 0]), "choices for each or for none"),
    "values": (made(ticks=2**20, seats=64), r"actions: want at most 4194304 .*got 67108864"),
    "params": (made(params=[1]), "params: want an object"),
    "a huge param": (made(params={"x": 10**400}), "params: x: want a number"),
    "changes fall": (made(changes=[[2, {}], [1, {}]]), "changes: tick: want 2 to 2, got 1"),
    "late change": (made(changes=[[3, {}]]), "changes: tick: want 0 to 2, got 3"),
    "driver": (made(drivers=[[0, 0, {"kind": "ghost"}]]), "kind: want one of person, policy"),
    "driver's seat": (made(drivers=[[0, 1, {"kind": "person"}]]), "seat: want 0 to 0, got 1"),
    "driver's hash": (
        made(drivers=[[0, 0, {"kind": "policy", "sha256": "ab"}]]),
        "sha256: want 64 hexadecimal digits, got 'ab'",
    ),
    "a broken name": (
        made(drivers=[[0, 0, {"kind": "policy", "name": "\ud800"}]]),
        "name: want up to 200 letters",
    ),
    "no hash": (made(hashes=[]), "hashes: want one of tick 2, the last"),
    "a hash": (made(hashes=[[2, "xyz"]]), "hashes: want 16 hexadecimal digits"),
    "hashes": (made(hashes=[[2, "0" * 16]] * 2), "hashes: want one of a tick"),
    "packing": (made(packing="zip"), "actions: want packing bits or runs, got 'zip'"),
    "too few": (made(b""), "actions: want 1 bytes, got 0"),
    "too many": (made(b"\0\0"), "actions: want 1 bytes, got 2"),
    "a choice": (made(b"\x03"), "actions: want choices 0 to 2, got 3"),
    "short runs": (made(b"\x00", packing="runs"), "want runs of 2 in all, got 1"),
    "long runs": (made(b"\xff\xff\x03", packing="runs"), "want runs of 2 in all, got"),
    "half a run": (made(b"\x03\x80", packing="runs"), "the last run is cut off"),
    "a long number": (made(b"\x80" * 8 + b"\x01", packing="runs"), "6 bytes a run, got 9"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said(what: str) -> None:
    data, message = WRONG[what]
    with pytest.raises(ReplayError, match=message):
        decode(data)


def test_large_files_and_bombs_are_refused_unread() -> None:
    with pytest.raises(ReplayError, match="file: want at most 16777216 bytes, got 16777217"):
        decode(START + bytes(2**24 + 1 - len(START)))
    most = Limits().body
    bomb = START + zlib.compress(bytes(most + 1), 9)
    assert len(bomb) < most / 900
    with pytest.raises(ReplayError, match=f"contents: want at most {most} bytes, got more"):
        decode(bomb)
    with pytest.raises(ReplayError, match=f"head: want at most {MOST_HEAD} bytes, got"):
        decode(boxed(b"[" * (MOST_HEAD + 1)))
    with pytest.raises(ReplayError, match="ticks: want 0 to 1, got 2"):
        decode(made(), Limits(ticks=1))


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=200), st.booleans())
@example(b"", True)
def test_any_bytes_are_read_or_refused(data: bytes, compressed: bool) -> None:
    with pytest.raises(ReplayError):
        decode(START + zlib.compress(data) if compressed else START + data)


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(sorted(HELD)), st.integers(0, 10**6), st.integers(1, 255))
def test_a_file_with_a_byte_turned_is_refused(name: str, place: int, turn: int) -> None:
    data = bytearray((FOLDER / f"{name}.gymcade").read_bytes())
    at = place % len(data)
    data[at] ^= turn
    # One byte of what zlib says about itself, how hard it tried, holds nothing: FLEVEL.
    try:
        held = summary(decode(bytes(data)))
    except ReplayError:
        return
    assert held == HELD[name]
    assert at in (8, 9)


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=40), st.sampled_from(["bits", "runs"]), st.integers(1, 300))
def test_any_packed_actions_are_read_or_refused(data: bytes, packing: str, ticks: int) -> None:
    try:
        actions = unpack(data, packing, (ticks, 2, 2), (3, 5))
    except ValueError as error:
        assert "want" in str(error) or "cut off" in str(error)
    else:
        assert actions.shape == (ticks, 2, 2)
        assert (actions >= 0).all() and (actions < [3, 5]).all()


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        (np.zeros((2, 1, 1), np.int64), r"want int32 \(ticks, seats, 1\), got int64 \(2, 1, 1\)"),
        (np.zeros((2, 1), np.int32), r"got int32 \(2, 1\)"),
        (np.full((2, 1, 1), 3, np.int32), "want 0 to 2, got 3 to 3"),
        (np.full((2, 1, 1), -1, np.int32), "want 0 to 2, got -1 to -1"),
    ],
)
def test_what_could_not_be_read_is_not_written(actions: Any, message: str) -> None:
    replay = decode(made())
    with pytest.raises(ReplayError, match=message):
        encode(Replay(**{**vars(replay), "actions": actions}))
