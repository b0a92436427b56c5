"""docs/adding-an-environment.md, followed line by line; then the new folder is found everywhere."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from server.app import create_app
from server.settings import Settings
from tests import walk
from tests.project_copy import ROOT, copy_project, preview, share_built
from tests.project_copy import run as python
from tests.walk import Change, Command
from tests.wasm import require

DOCUMENT = ROOT / "docs" / "adding-an-environment.md"
SHORT = {  # what each would take minutes for
    "train": "--set steps=16384 --set copies=64",
    "export": "--episodes 16",
    "debug": "--games 2 --ticks 500",
    "check": "--without tests --without form",
}


def test_a_newcomer_gets_from_nothing_to_an_agent(tmp_path: Path) -> None:
    require("emcc")
    root = share_built(copy_project(tmp_path))
    done = []
    for step in walk.steps(DOCUMENT):
        if isinstance(step, Change):
            walk.make(root / "envs_c" / "lava", step)
            continue
        done.append(step.target)
        if step.target == "preview":
            with preview(root, "lava") as address:
                assert address.startswith("http://127.0.0.1:")
            continue
        ran = walk.run(step, root, "lava", SHORT)
        if step.target == "check":
            # All but what so short a training cannot reach.
            assert ran.returncode == 1, ran.stdout
            lacking = re.findall(r"(?m)^  (.*)$", ran.stdout)
            assert len(lacking) == 1, ran.stdout
            assert "best.onnx does not reach its floor against none: won" in lacking[0]
            assert lacking[0].endswith("want 0.9")
        else:
            assert ran.returncode == 0, f"{step.line}\n{ran.stdout}\n{ran.stderr}"
    assert done == ["new", "preview", "", "", "debug", "train", "export", "check"]


def test_each_change_of_the_document_is_formed_as_the_house_has_it(tmp_path: Path) -> None:
    root = copy_project(tmp_path)
    assert python(root, "-m", "envs_c", "new", "lava").returncode == 0
    for step in walk.steps(DOCUMENT):
        if isinstance(step, Change):
            walk.make(root / "envs_c" / "lava", step)
    shutil.copy(ROOT / ".clang-format", root)
    told = python(root, "-c", "from envs_c.ready import form\nprint(*form('lava'))")
    assert (told.stdout, told.stderr) == ("\n", "")


def test_a_folder_under_a_new_name_is_found_everywhere(tmp_path: Path) -> None:
    """One place: no other file is touched."""
    require("emcc")
    root = share_built(copy_project(tmp_path))
    before = {
        path: path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and not path.is_symlink() and "build" not in path.parts
    }
    shutil.copytree(root / "envs_c" / "squared", root / "envs_c" / "ember")
    for path in (root / "envs_c" / "ember").iterdir():
        text = path.read_text().replace("squared", "ember").replace("Squared", "Ember")
        path.with_name(path.name.replace("squared", "ember")).write_text(text)
    (root / "envs_c" / "ember" / "squared.c").unlink()

    listed = python(root, "-c", "from envs_c.build import names\nprint(*names())").stdout.split()
    assert "ember" in listed
    built = subprocess.run(
        ["./build_wasm.sh", "ember"], cwd=root, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    web = TestClient(create_app(Settings(root=root)))
    assert "Ember" in web.get("/").text
    assert '<a href="/play/ember">Ember</a>' in web.get("/docs/environments").text
    assert web.get("/api/v1/environments/ember").json()["title"] == "Ember"
    trained = python(
        root, "-m", "trainer", "train", "ember", "--run", "r", "--set", "steps=8192",
        "--set", "copies=64",
    )  # fmt: skip
    assert trained.returncode == 0, trained.stderr
    exported = python(root, "-m", "exporter", "ember", "--episodes", "16")
    assert exported.returncode == 0, exported.stderr
    sidecar = json.loads((root / "web/static/policies/ember/best.json").read_text())
    assert (sidecar["env"], sidecar["name"]) == ("ember", "best")
    assert [p["name"] for p in web.get("/api/v1/environments/ember").json()["policies"]] == ["best"]
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize("target", ["new", "train", "export", "debug", "check"])
def test_recipes_are_those_of_the_makefile(target: str) -> None:
    words = walk.recipe(target, "lava", "--more 1")
    assert words[1] == "-m" and "lava" in words
    assert Command(f"make {target} ENV=lava").target == target
