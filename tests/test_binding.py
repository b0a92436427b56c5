"""The native binding: what it compiles, what it refuses, and memory that is shared with C."""

import os
import resource
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from envs_c import build
from envs_c.binding import BUFFERS, VecEnv
from envs_c.build import EnvError, compile_library, names, source
from envs_c.spec import load_spec

DRIFT = Path(__file__).parent / "envs/drift/drift.c"


def copy_of_squared(folder: Path, old: str = "", new: str = "") -> Path:
    """Squared in another place, with a text replaced."""
    c_file = folder / "squared.c"
    c_file.write_text(source("squared").read_text().replace("../env", "env").replace(old, new))
    return c_file


# --- Finding and compiling ------------------------------------------------------------------------


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    for name in ("nonesuch", "../envs_c/squared", "", "env.h"):
        with pytest.raises(EnvError, match=f"there are: {', '.join(names())}"):
            VecEnv(name, 1)


def test_a_compiler_error_is_passed_on(tmp_path: Path) -> None:
    broken = copy_of_squared(tmp_path, "s->ticks++;", "s->tocks++;")
    with pytest.raises(EnvError) as caught:
        VecEnv("squared", 1, source=broken)
    assert str(caught.value).startswith("squared.c does not compile:\n")
    assert "has no member named" in str(caught.value) and "tocks" in str(caught.value)
    assert f"{broken}:" in str(caught.value)  # with the line


def test_warnings_are_errors(tmp_path: Path) -> None:
    careless = copy_of_squared(tmp_path, "int32_t move = ", "int8_t move = ")
    with pytest.raises(EnvError, match=r"Werror=conversion"):
        compile_library(careless, tmp_path / "squared.so")
    assert [path.name for path in tmp_path.iterdir()] == ["squared.c"]  # nothing half made


def test_a_missing_compiler_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "nonesuch-cc -O1")
    with pytest.raises(EnvError, match="no compiler 'nonesuch-cc'"):
        compile_library(copy_of_squared(tmp_path), tmp_path / "squared.so")


def test_it_compiles_anew_when_a_source_is_newer_and_only_then(tmp_path: Path) -> None:
    c_file, lib = copy_of_squared(tmp_path), tmp_path / "squared.so"
    first = compile_library(c_file, lib).stat()
    assert compile_library(c_file, lib).stat() == first
    os.utime(c_file, (first.st_mtime + 1, first.st_mtime + 1))
    second = compile_library(c_file, lib).stat()
    assert second.st_ino != first.st_ino  # moved into place, never written over
    assert second.st_mtime == c_file.stat().st_mtime  # so that a later save is newer


def test_a_saved_change_is_played_by_the_next_games(tmp_path: Path) -> None:
    still = np.zeros(1, np.int32)
    for limit in (34, 5, 3):
        c_file = copy_of_squared(tmp_path, "MAX_TICKS = 34", f"MAX_TICKS = {limit}")
        stamp = 2_000_000_000 - limit  # the clock of some file systems is coarse
        os.utime(c_file, (stamp, stamp))
        env = VecEnv("squared", 1, source=c_file)
        for _ in range(limit):
            assert env.truncated[0] == 0
            env.step(still)
        assert env.truncated[0] == 1


def test_compiling_takes_about_a_second(tmp_path: Path) -> None:
    for name in names():
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        compile_library(source(name), tmp_path / f"{name}.so")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        assert took < 3, f"{name} took {took:.1f} s of processor time"


def test_the_same_facts_from_the_binding_and_the_reader() -> None:
    for name in names():
        assert VecEnv(name, 1).spec == load_spec(name)


# --- What is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"copies": 0}, "copies: want at least 1, got 0"),
        ({"copies": 2, "threads": 0}, r"threads: want 1 to copies \(2\), got 0"),
        ({"copies": 2, "threads": 3}, r"threads: want 1 to copies \(2\), got 3"),
        ({"copies": 1, "seed": -1}, r"seed: want 0 to 2\*\*32 - 1, got -1"),
        ({"copies": 1, "seed": 2**32}, r"seed: want 0 to 2\*\*32 - 1, got 4294967296"),
        ({"copies": 1, "params": {"points": 0}}, "points: want 1 to 99, got 0"),
    ],
)
def test_numbers_out_of_range_are_refused(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        VecEnv("pong", **arguments)


@pytest.mark.parametrize(
    ("actions", "seen"),
    [
        (np.zeros(6, np.int64), r"int64 \(6,\)"),
        (np.zeros(6, np.float32), r"float32 \(6,\)"),
        (np.zeros(5, np.int32), r"int32 \(5,\)"),
        (np.zeros((6, 2), np.int32), r"int32 \(6, 2\)"),
        (np.zeros((1, 6), np.int32), r"int32 \(1, 6\)"),
        ([0, 0, 0, 0, 0, 0], r"int64 \(6,\)"),
    ],
)
def test_actions_of_another_shape_or_type_are_refused(actions: Any, seen: str) -> None:
    env = VecEnv("pong", 3)
    before = env.hash()
    with pytest.raises(ValueError, match=r"want int32 \(6, 1\), got " + seen):
        env.step(actions)
    assert env.hash() == before


def test_several_heads_take_no_flat_actions() -> None:
    env = VecEnv("drift", 1, source=DRIFT)
    with pytest.raises(ValueError, match=r"want float32 \(64, 2\), got float32 \(64,\)"):
        env.step(np.zeros(64, np.float32))
    env.step(np.zeros((64, 2), np.float32))


@pytest.mark.parametrize(
    ("rows", "seen"),
    [
        (np.ones(3, np.uint8), r"uint8 \(3,\)"),
        (np.ones(4, bool), r"bool \(4,\)"),
        (np.ones((4, 1), np.uint8), r"uint8 \(4, 1\)"),
    ],
)
def test_script_refuses_other_rows(rows: Any, seen: str) -> None:
    with pytest.raises(ValueError, match=r"rows: want uint8 \(4,\), got " + seen):
        VecEnv("pong", 2).script(rows)


def test_games_with_another_number_of_seats_are_refused() -> None:
    few, many = VecEnv("snake", 2, params={"snakes": 4}), VecEnv("snake", 1, params={"snakes": 64})
    few.state[1] = many.state[0]
    with pytest.raises(ValueError, match=r"state\[1\]: want a game of 4 seats, got one of 64"):
        few.show()


def test_a_seat_that_is_not_there_is_refused() -> None:
    env = VecEnv("connect4", 1)
    for seat in (-1, 2):
        with pytest.raises(ValueError, match=f"seat: want 0 to 1, got {seat}"):
            env.point(0, seat, 100, 100)
        with pytest.raises(ValueError, match=f"seat: want 0 to 1, got {seat}"):
            env.places(0, seat)


def test_live_parameters_keep_what_was_set_before() -> None:
    env = VecEnv("pong", 2, params={"points": 3})
    env.set_params({"paddle_speed": 4})
    env.set_params({"serve_speed": 9})
    want = np.array([3, 9, 4], np.float32)
    assert (env.state[:, 8:20].copy().view(np.float32) == want).all()
    with pytest.raises(ValueError, match="paddle_speed: want 2 to 16, got 17"):
        env.set_params({"paddle_speed": 17})
    with pytest.raises(EnvError, match="points cannot change in play"):
        env.set_params({"points": 5})


# --- Memory shared with C -------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [1, 2])
def test_the_arrays_stay_where_they_are(threads: int) -> None:
    env = VecEnv("connect4", 4, threads=threads)
    views = {name: getattr(env, name) for name in (*BUFFERS, "state")}
    places = {name: view.ctypes.data for name, view in views.items()}
    for tick in range(50):
        env.step(np.full(8, tick % 7, np.int32))
        env.show()
    env.reset(5)
    env.step()
    for name, view in views.items():
        assert getattr(env, name) is view
        assert view.ctypes.data == places[name]
        assert view.flags.c_contiguous and view.flags.owndata


def test_actions_are_copied_in_or_played_as_they_stand() -> None:
    one, two, three = (VecEnv("squared", 2, seed=1) for _ in range(3))
    actions = np.array([1, 4], np.int32)
    one.step(actions)
    two.step(actions.reshape(2, 1))
    three.actions[:, 0] = actions
    three.step()
    assert one.hash() == two.hash() == three.hash()
    assert one.actions[:, 0].tolist() == [1, 4] and actions.tolist() == [1, 4]
    strided = np.array([[1, 0], [4, 0]], np.int32)[:, 0]
    assert not strided.flags.c_contiguous
    one.step(strided)
    two.step(actions)
    assert one.hash() == two.hash()


def test_shapes_and_types() -> None:
    env = VecEnv("connect4", 3)
    want = {
        "obs": ((6, 84), np.uint8),
        "final_obs": ((6, 84), np.uint8),
        "actions": ((6, 1), np.int32),
        "rewards": ((6,), np.float32),
        "terminated": ((6,), np.uint8),
        "truncated": ((6,), np.uint8),
        "active": ((6,), np.uint8),
        "mask": ((6, 7), np.uint8),
        "metrics": ((6, len(env.spec["metrics"])), np.float32),
        "over": ((3,), np.uint8),
        "finals": (env.state.shape, np.uint8),
    }
    assert {n: (getattr(env, n).shape, getattr(env, n).dtype.type) for n in BUFFERS} == want
    assert (env.copies, env.seats, env.rows) == (3, 2, 6)
    assert VecEnv("pong", 1).mask is None
    assert VecEnv("pong", 1).obs.dtype == np.float32


def test_libraries_of_files_elsewhere_do_not_mix(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    a = VecEnv(
        "squared", 1, source=copy_of_squared(tmp_path / "a", "MAX_TICKS = 34", "MAX_TICKS = 1")
    )
    b = VecEnv(
        "squared", 1, source=copy_of_squared(tmp_path / "b", "MAX_TICKS = 34", "MAX_TICKS = 2")
    )
    gallery = VecEnv("squared", 1)
    for env in (a, b, gallery):
        env.step(np.zeros(1, np.int32))
    assert [int(env.truncated[0]) for env in (a, b, gallery)] == [1, 0, 0]
    assert build.library("squared") == build.BUILD / "native" / "squared.so"


# --- Some of the games ----------------------------------------------------------------------------


def test_some_games_step_and_the_others_stay() -> None:
    some, whole = VecEnv("pong", 6, seed=4), VecEnv("pong", 6, seed=4)
    which = np.array([0, 2, 3, 5])
    for tick in range(50):
        some.actions[:] = whole.actions[:] = tick % 3
        some.step_some(which)
        whole.step()
    rows = (which[:, None] * 2 + np.arange(2)).ravel()
    start = VecEnv("pong", 6, seed=4)
    for copy in range(6):
        like = whole if copy in which else start
        assert some.state[copy].tobytes() == like.state[copy].tobytes()
    assert np.array_equal(some.obs[rows], whole.obs[rows])
    assert np.array_equal(some.obs[[2, 3, 8, 9]], start.obs[[2, 3, 8, 9]])


def test_one_game_starts_anew_as_the_only_one_of_its_seed() -> None:
    env, alone = VecEnv("snake", 3, seed=1), VecEnv("snake", 1, seed=2**32 - 1)
    others = env.state[[0, 2]].copy()
    env.metrics[:] = 5
    env.reset_one(1, 2**32 - 1)
    assert env.state[1].tobytes() == alone.state[0].tobytes()
    assert np.array_equal(env.obs[16:32], alone.obs)
    assert np.array_equal(env.state[[0, 2]], others)
    assert env.metrics[:, 0].tolist() == [5] * 16 + [0] * 16 + [5] * 16
    with pytest.raises(ValueError, match=r"seed: want 0 to 2\*\*32 - 1, got -1"):
        env.reset_one(1, -1)
