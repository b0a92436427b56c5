"""Replays drawn without a display, and the command that verifies and draws them."""

import builtins
import json
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image, ImageSequence
from typer.testing import CliRunner

from envs_c import film
from envs_c.__main__ import app
from envs_c.build import ROOT, EnvError, names
from envs_c.film import Film, frames, make, stretches
from envs_c.replay import record
from envs_c.replay_command import parse_size
from envs_c.replay_file import Driver, Replay, encode
from envs_c.spec import load_spec


@pytest.fixture(scope="module")
def pong() -> Replay:
    return record("pong", 7, {}, 90, ("scripted", "random"), every=30)


@pytest.fixture
def file(tmp_path: Path, pong: Replay) -> Path:
    path = tmp_path / "pong.gymcade"
    path.write_bytes(encode(pong))
    return path


def pixels(picture: Image.Image) -> Any:
    return np.asarray(picture.convert("RGB"))


def colours(picture: Image.Image) -> int:
    return len(np.unique(pixels(picture).reshape(-1, 3), axis=0))


# --- Frames ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", names())
def test_every_environment_is_drawn_in_as_many_frames_as_its_time_needs(name: str) -> None:
    replay = record(name, 3, {}, 12)
    shown = Film(first=2, last=10, speed=2.0, per_second=20)
    overs = sum(s.seconds == film.PAUSE for s in stretches(replay, shown))
    seconds = Fraction(8, load_spec(name)["ticks_per_second"]) + overs * film.PAUSE
    drawn = list(frames(replay, shown, (160, 120)))
    assert len(drawn) == ceil(seconds / 2 * 20)
    for picture in drawn:
        assert picture.size == (160, 120)
        assert colours(picture) > 3


def test_the_end_of_a_game_is_shown_for_a_while() -> None:
    replay = record("connect4", 3, {}, 30, ("random",))
    shown = list(stretches(replay, Film()))
    ends = [i for i, s in enumerate(shown) if s.seconds == film.PAUSE]
    assert len(shown) == 30 + len(ends) and ends
    for i in ends:
        assert np.array_equal(shown[i].now, shown[i - 1].now)
        assert not np.array_equal(shown[i].now, shown[i + 1].before)


def test_frames_between_two_ticks_are_eased(pong: Replay) -> None:
    at_ticks = list(frames(pong, Film(last=4, per_second=30), (320, 240)))
    between = list(frames(pong, Film(last=4, per_second=60), (320, 240)))
    assert (len(at_ticks), len(between)) == (4, 8)
    for i in range(4):
        assert np.array_equal(pixels(at_ticks[i]), pixels(between[2 * i]))
        assert not np.array_equal(pixels(between[2 * i]), pixels(between[2 * i + 1]))


def test_times_add_up_exactly() -> None:
    """0.8 and 0.1 are no sums of halves, and would bring a frame too many."""
    replay = record("squared", 3, {}, 12)
    ends = sum(s.seconds == film.PAUSE for s in stretches(replay, Film()))
    assert ends == 3
    assert len(list(frames(replay, Film(per_second=5), (16, 16)))) == 22  # 2 s and 2.4 s
    assert len(list(frames(replay, Film(per_second=1, speed=0.1), (16, 16)))) == 44


def test_a_person_is_orange_from_the_tick_on_that_they_drive(pong: Replay) -> None:
    taken = replace(pong, drivers=(*pong.drivers, (5, 0, Driver("person"))))
    orange = [
        ((pixels(picture) == (245, 158, 11)).all(axis=2)).any()
        for picture in frames(taken, Film(last=10, per_second=30), (640, 480))
    ]
    assert orange == [False] * 5 + [True] * 5


def test_a_scene_of_other_proportions_stands_in_the_middle(pong: Replay) -> None:
    (picture,) = frames(pong, Film(last=1, per_second=1), (200, 90))
    seen = pixels(picture)
    assert seen.shape == (90, 200, 3)
    assert (seen[:, :40] == film.MARGIN).all() and (seen[:, -40:] == film.MARGIN).all()
    assert (seen[:, 40:160] != film.MARGIN).any()


# --- Files ----------------------------------------------------------------------------------------


def test_mp4_holds_every_frame(tmp_path: Path, pong: Replay) -> None:
    out = tmp_path / "pong.mp4"
    assert make(pong, Film(first=30, last=60, per_second=60, size=(320, 240)), out) == 60
    with av.open(str(out)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.width, stream.height) == ("h264", 320, 240)
        assert stream.average_rate == 60
        decoded = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
    assert len(decoded) == 60
    want = list(frames(pong, Film(first=30, last=60, per_second=60), (320, 240)))
    for got, picture in zip(decoded, want, strict=True):
        assert np.abs(got.astype(int) - pixels(picture)).mean() < 4
    assert not (tmp_path / "pong.mp4.unfinished").exists()


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_gif_and_webp_last_as_long_as_the_play(tmp_path: Path, pong: Replay, kind: str) -> None:
    out = tmp_path / f"pong.{kind}"
    assert make(pong, Film(last=60, size=(160, 120)), out) == 60
    with Image.open(out) as picture:
        assert (picture.format, picture.size) == (kind.upper(), (160, 120))
        assert picture.info["loop"] == 0
        lengths = []
        for frame in ImageSequence.Iterator(picture):
            assert colours(frame.copy()) > 3
            lengths.append(frame.info["duration"])
    assert sum(lengths) == 2000
    assert len(lengths) > 50


@pytest.mark.parametrize(
    ("shown", "out", "message"),
    [
        (Film(first=60, last=60), "a.mp4", "from, to: want 0 <= from < to <= 90, got 60, 60"),
        (Film(last=91), "a.mp4", "from < to <= 90, got 0, 91"),
        (Film(first=-1), "a.mp4", "got -1, 90"),
        (Film(speed=0), "a.mp4", "speed: want 0.01 to 1000, got 0"),
        (Film(), "a.avi", "out: want a name that ends in .mp4, .gif, .webp, got '.avi'"),
        (Film(per_second=61), "a.mp4", "frames a second: want 1 to 60, got 61"),
        (Film(per_second=60), "a.gif", "frames a second: want 1 to 50, got 60"),
        (Film(size=(321, 240)), "a.mp4", "size: want even numbers for MP4, got 321"),
        (Film(size=(8, 240)), "a.gif", "size: want 16 to 4096 pixels, got 8"),
        (Film(size=(4096, 4096)), "a.gif", "want at most 8 frames of 4096x4096 in a gif, got 90"),
    ],
)
def test_what_cannot_be_drawn_is_said(
    tmp_path: Path, pong: Replay, shown: Film, out: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        make(pong, shown, tmp_path / out)
    assert list(tmp_path.iterdir()) == []


def test_without_pyav_mp4_is_refused_in_words(
    tmp_path: Path, pong: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **more: Any) -> Any:
        if name == "av":
            raise ModuleNotFoundError(name)
        return real(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(EnvError, match=r"MP4 needs PyAV: pip install 'gymcade\[video\]'"):
        make(pong, Film(), tmp_path / "pong.mp4")


# --- The command ----------------------------------------------------------------------------------


def test_the_command_verifies(file: Path) -> None:
    result = CliRunner().invoke(app, ["replay", str(file)])
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "pong, seed 7, 90 ticks, 2 seats, 0:03",
        "verified: all 4 hashes agree",
    ]


def test_the_command_draws_and_prints_nothing_but_json(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "pong.webp"
    options = ["--out", str(out), "--from", "30", "--to", "60", "--speed", "2", "--size", "160x120"]
    command = [sys.executable, "-m", "envs_c", "replay", str(file), "--json", *options]
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    told = json.loads(result.stdout)
    assert told == {
        **{"env": "pong", "seed": 7, "ticks": 90, "seats": 2, "hashes": 4, "verified": True},
        **{"playable": True, "problems": [], "agreed": 90, "differs": None},
        **{"out": str(out), "frames": 15},
    }
    with Image.open(out) as picture:
        assert picture.size == (160, 120)


def test_the_command_says_what_is_wrong_and_what_still_works(
    file: Path, pong: Replay, tmp_path: Path
) -> None:
    actions = pong.actions.copy()
    actions[40] = (actions[40] + 1) % 3
    file.write_bytes(encode(replace(pong, actions=actions, dynamics_version="00ff")))
    out = tmp_path / "pong.gif"
    options = ["replay", str(file), "--out", str(out), "--size", "160x120"]
    result = CliRunner().invoke(app, options)
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert lines[1].startswith("not verified: made for other rules (dynamics version: want ")
    assert lines[2].startswith("not verified: the state at tick 60 is another than recorded")
    offer = "--force --to 30 draws them, --force all"
    assert lines[3] == f"ticks 0 to 30 still play as recorded: {offer}"
    assert not out.exists()
    result = CliRunner().invoke(app, [*options, "--force", "--to", "30"])
    assert result.exit_code == 0
    assert result.output.splitlines()[-1] == f"drew {out}: 30 frames"
    assert out.exists()


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"dynamics_version": ""}, "its actions still lead to every recorded state: --force"),
        ({"seed": 8}, "no tick plays as recorded; --force draws what its actions lead to now"),
        ({"params": {"wind": 1.0}}, "it cannot be played here"),
    ],
)
def test_the_command_exits_with_1(
    file: Path, pong: Replay, changed: dict[str, Any], line: str
) -> None:
    file.write_bytes(encode(replace(pong, **changed)))
    result = CliRunner().invoke(app, ["replay", str(file)])
    assert result.exit_code == 1
    assert result.output.splitlines()[-1].startswith(line)
    forced = CliRunner().invoke(app, ["replay", str(file), "--force"])
    assert forced.exit_code == (1 if "params" in changed else 0)


def test_the_command_refuses_what_is_no_replay(tmp_path: Path, file: Path) -> None:
    for path, options, message in (
        (tmp_path / "none.gymcade", [], "No such file or directory"),
        (ROOT / "README.md", [], "no replay: want b'GYMCADE' at its start, got b'# Gymca'"),
        (file, ["--out", "a.mp4", "--size", "big"], "size: want WIDTHxHEIGHT, got 'big'"),
        (file, ["--out", "a.avi"], "out: want a name that ends in"),
    ):
        result = CliRunner().invoke(app, ["replay", str(path), *options])
        assert isinstance(result.exception, EnvError)
        assert message in str(result.exception)
    assert parse_size("640X480") == (640, 480)
