"""The scripts that fetch what is needed: what they ask for and what they say without it."""

import shutil
from pathlib import Path

import pytest

from envs_c.build import ROOT
from tests.test_build import run

NEEDED = (
    "bash",
    "awk",
    "cat",
    "dirname",
    "env",
    "grep",
    "mkdir",
    "mktemp",
    "realpath",
    "rm",
    "sed",
)


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder of programs: those that scripts are made of and nothing else."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in NEEDED:
        found = shutil.which(name)
        assert found, name
        (folder / name).symlink_to(found)
    return folder


def fake(programs: Path, name: str, body: str) -> None:
    (programs / name).write_text(f"#!/bin/bash\n{body}\n")
    (programs / name).chmod(0o755)


def test_without_rights_the_command_is_told(programs: Path) -> None:
    fake(programs, "id", "echo 1000")
    fake(programs, "sudo", "exit 1")
    fake(programs, "apt-get", "exit 1")
    told = run(ROOT, "tools/system.sh", "emscripten", path=str(programs))
    assert told.returncode == 1
    want = "  sudo apt-get install -y -q --no-install-recommends emscripten\n"
    assert want in told.stderr


def test_as_root_apt_is_asked_once_for_what_is_missing(programs: Path, tmp_path: Path) -> None:
    fake(programs, "id", "echo 0")
    fake(programs, "apt-get", f'echo "$*" >>{tmp_path}/asked')
    failed = run(ROOT, "tools/system.sh", "emscripten", path=str(programs))
    assert failed.returncode == 1
    assert "emscripten is still missing" in failed.stderr
    assert (tmp_path / "asked").read_text().splitlines() == [
        "update -q",
        "install -y -q --no-install-recommends emscripten",
    ]


def test_what_is_there_is_not_asked_for(programs: Path) -> None:
    fake(programs, "emcc", "")
    fake(programs, "apt-get", "exit 1")
    assert run(ROOT, "tools/system.sh", "emscripten", path=str(programs)).returncode == 0


def raylib_copy(tmp_path: Path) -> Path:
    (tmp_path / "tools").mkdir()
    shutil.copy2(ROOT / "tools/raylib.sh", tmp_path / "tools")
    return tmp_path


def test_without_raylib_four_ways_are_named(programs: Path, tmp_path: Path) -> None:
    fake(programs, "git", "echo no network >&2; exit 128")
    fake(programs, "timeout", 'shift; exec "$@"')
    failed = run(raylib_copy(tmp_path), "tools/raylib.sh", path=str(programs))
    assert failed.returncode == 1
    assert "No source tree of raylib 6.0" in failed.stderr
    assert "no network" in failed.stderr
    for way in ("1. RAYLIB_SRC", "2. a tree put into build/raylib-6.0", "3. git", "4. apt"):
        assert way in failed.stderr
    assert list((tmp_path / "build").iterdir()) == []


def test_a_tree_put_into_the_cache_is_taken_if_it_is_the_right_one(
    programs: Path, tmp_path: Path
) -> None:
    root, fetched = raylib_copy(tmp_path), "git clone"
    fake(programs, "git", f"echo {fetched}; exit 1")
    header = root / "build/raylib-6.0/src/raylib.h"
    header.parent.mkdir(parents=True)
    header.write_text("#define RAYLIB_VERSION_MAJOR 6\n#define RAYLIB_VERSION_MINOR 0\n")
    found = run(root, "tools/raylib.sh", path=str(programs))
    assert (found.returncode, found.stdout) == (0, f"{root}/build/raylib-6.0\n")
    header.write_text("#define RAYLIB_VERSION_MAJOR 5\n#define RAYLIB_VERSION_MINOR 5\n")
    assert run(root, "tools/raylib.sh", path=str(programs)).returncode == 1


def test_an_old_python_is_refused(programs: Path) -> None:
    fake(programs, "python3", "echo 3.9.2; exit 1")
    told = run(ROOT, "tools/system.sh", "venv", path=str(programs))
    assert told.returncode == 1
    assert "want Python 3.11 or later, got 3.9.2" in told.stderr
