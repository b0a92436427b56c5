"""`python -m envs_c debug`: a game that crashes is kept, and crashes again at the same tick."""

import re
import subprocess
from pathlib import Path

import pytest

from envs_c.debug import UNKNOWN, said
from envs_c.replay import read
from tests.project_copy import copy_project, run
from tests.wasm import require

GOOD = "bool reached = "
# Beyond the board on the side that x = 11 is on; a compiler cannot see it.
BAD = "static const int32_t heat[SIZE] = {0};\n    s->padding[0] += heat[s->x];\n    " + GOOD


@pytest.fixture
def root(tmp_path: Path) -> Path:
    require("gcc")
    return copy_project(tmp_path)


def test_a_crash_is_kept_and_found_again(root: Path) -> None:
    source = root / "envs_c" / "squared" / "squared.c"
    good = source.read_text()
    source.write_text(good.replace(GOOD, BAD))
    line = good[: good.index(GOOD)].count("\n") + 2
    found = run(root, "-m", "envs_c", "debug", "squared", "--ticks", "400")
    assert found.returncode == 1, found.stderr
    told = re.match(r"squared: tick (\d+) of seed (\d+) crashes\n(.*)\n", found.stdout)
    assert told, found.stdout
    tick, seed = int(told[1]), int(told[2])
    assert told[3].startswith(f"envs_c/squared/squared.c:{line}:")
    assert re.search(r"index (-1|11) out of bounds", told[3])

    path = f"build/debug/squared/squared-{seed}-{tick}.gymcade"
    assert f"  python -m envs_c replay {path}\n" in found.stdout
    replay = read(root / path)
    assert (replay.env, replay.seed, replay.ticks) == ("squared", seed, tick)
    assert replay.hashes[-2][0] == tick - 1
    assert replay.hashes[-1] == (tick, UNKNOWN)
    verified = run(root, "-m", "envs_c", "replay", path)
    assert verified.returncode == 1
    assert f"tick {tick} is another than recorded (after tick {tick - 1}," in verified.stdout

    gdb = re.search(r"--args (.*)\n", found.stdout)
    assert gdb and f"break debug_tick if tick == {tick}'" in found.stdout
    words = gdb[1].split()
    assert words[1:4] == ["again", str(seed), str(tick)]
    again = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)
    assert again.returncode != 0
    assert "out of bounds" in again.stderr
    words[3] = str(tick - 1)
    assert subprocess.run(words, cwd=root, capture_output=True, check=False).returncode == 0

    source.write_text(good)
    mended = run(root, "-m", "envs_c", "debug", "squared", "--games", "3", "--ticks", "400")
    assert mended.stdout == "squared: 3 games of 400 ticks, nothing found\n"
    assert not list((root / "build" / "debug" / "squared").glob("*.*"))


@pytest.mark.parametrize("name", ["pong", "snake", "connect4"])
def test_masks_parameters_and_seats_are_played(root: Path, name: str) -> None:
    played = run(root, "-m", "envs_c", "debug", name, "--games", "3", "--ticks", "300")
    assert played.stdout == f"{name}: 3 games of 300 ticks, nothing found\n", played.stderr


def test_what_is_shown_of_a_report() -> None:
    text = "noise\nx.c:1:2: runtime error: division by zero\n    #0 0x1 in step x.c:1\n\nmore\n"
    assert said(text) == "x.c:1:2: runtime error: division by zero\n    #0 0x1 in step x.c:1"
    assert said("Segmentation fault") == "Segmentation fault"
