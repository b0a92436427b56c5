"""`python -m envs_c ready`: what an environment lacks, in words."""

import json
import subprocess
from pathlib import Path

import pytest

from envs_c import ready
from envs_c.new import TODO
from tests.project_copy import copy_project, run

QUICK = [f"--without={check}" for check in ("doctor", "page", "tests")]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = copy_project(tmp_path_factory.mktemp("project"))
    assert run(root, "-m", "envs_c", "new", "lava").returncode == 0
    return root


def lacking(root: Path, *arguments: str) -> str:
    """What the command says; it exits with 1."""
    told = run(root, "-m", "envs_c", "ready", "lava", *(arguments or QUICK))
    assert told.returncode == 1, told.stdout + told.stderr
    return told.stdout


def test_a_fresh_copy_lacks_words_and_a_policy(root: Path) -> None:
    told = lacking(root)
    assert f"envs_c/lava/lava.c:1 still says “// Lava: {TODO} say in one line" in told
    assert f"envs_c/lava/README.md:3 still says “{TODO} say in one sentence" in told
    assert "envs_c/lava/README.md:6 is still squared's: “A board of 11 × 11 cells.”" in told
    assert "no policy ships, want web/static/policies/lava/best.onnx: make train ENV=lava" in told
    assert told.splitlines()[-1].startswith("lava lacks ")


def test_floors_are_asked_for(root: Path) -> None:
    path = root / "envs_c" / "lava" / "train.toml"
    good = path.read_text()
    only = [f"--without={check}" for check in ("words", "form", "policy")] + QUICK
    path.write_text(good.partition("[[floor]]")[0])
    assert "envs_c/lava/train.toml has no [[floor]]" in lacking(root, *only)
    path.write_text(good.replace('metric = "won"', 'metric = "wins"'))
    assert "train.toml: no metric 'wins'; there are: " in lacking(root, *only)
    path.write_text(good.replace("lr = 2e-3", "learning = 1"))
    assert "learning" in lacking(root, *only)
    path.write_text(good)
    assert run(root, "-m", "envs_c", "ready", "lava", *only).returncode == 0


def test_a_policy_of_other_rules_or_below_its_floor(root: Path) -> None:
    folder = root / "web" / "static" / "policies" / "lava"
    folder.mkdir(parents=True)
    (folder / "best.onnx").write_bytes(b"")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    spec = json.loads(run(root, "-m", "envs_c", "spec", "lava").stdout)
    result = {"opponent": "none", "met": False, "floor": 0.9}
    result |= {"floor_metric": "won", "floor_value": 0.25}
    facts = {"sha256": empty, "evaluations": [result], "dynamics_version": "0"}
    facts |= {"interface_version": spec["interface_version"]}
    only = [f"--without={check}" for check in ("words", "form", "floors")] + QUICK
    (folder / "best.json").write_text(json.dumps(facts))
    told = lacking(root, *only)
    assert f"made for dynamics version 0, it is now {spec['dynamics_version']}" in told
    facts["dynamics_version"] = spec["dynamics_version"]
    (folder / "best.json").write_text(json.dumps(facts))
    told = lacking(root, *only)
    assert "does not reach its floor against none: won 0.25, want 0.9" in told
    (folder / "best.onnx").write_bytes(b"another")
    assert "describes another file than best.onnx" in lacking(root, *only)


def test_what_is_unknown_is_named(root: Path) -> None:
    told = run(root, "-m", "envs_c", "ready", "lava", "--without", "luck")
    assert told.returncode == 1
    assert told.stderr.startswith("error: --without: want words, form, floors")
    told = run(root, "-m", "envs_c", "ready", "nope")
    assert told.stderr.startswith("error: no environment 'nope'")


def test_a_game_that_crashes_the_tests_is_called_that(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "envs_c/binding.py", "point", "tests/test_a.py", "test_it"
    said = 'Fatal\n  File "/x/{}", line 3 in {}\n  File "/x/{}", line 7 in {}\n'.format(*lines)
    done = subprocess.CompletedProcess([], -11, "....", said)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    (line,) = ready.rules("lava")
    assert line.startswith("the game crashes in test_it (signal 11): `make debug ENV=lava`")
