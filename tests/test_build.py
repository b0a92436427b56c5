"""The build: what it refuses, what it leaves alone, and what it makes."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from envs_c.build import ROOT, names
from tests.project_copy import copy_project
from tests.wasm import require

FILES = ("sim.wasm", "draw.mjs", "draw.wasm", "spec.json")
WASM_IMPORTS = 2  # the number of that section

Done = subprocess.CompletedProcess[str]


def run(root: Path, *command: str, path: str | None = None) -> Done:
    """Run a command in `root`, with programs from `path` only if that is given."""
    env = {**os.environ, "PATH": path or os.environ["PATH"]}
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHON", "RAYLIB_SRC"):
        env.pop(name, None)
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with squared built; it shares what was fetched."""
    require("emcc")
    root = copy_project(tmp_path_factory.mktemp("project"))
    shutil.copy2(ROOT / "Makefile", root)
    (root / "build").mkdir()
    for shared in (ROOT / "web/node_modules", *(ROOT / "build").glob("raylib-*")):
        (root / shared.relative_to(ROOT)).symlink_to(shared)
    built = run(root, "make", "web/static/envs/squared/spec.json")
    assert built.returncode == 0, built.stdout + built.stderr
    return root


def outputs(root: Path) -> dict[str, bytes]:
    folder = root / "web/static/envs/squared"
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_an_unknown_name_is_refused_and_named() -> None:
    refused = run(ROOT, "./build_wasm.sh", "lava")
    assert refused.returncode == 1
    assert "no environment 'lava'" in refused.stderr
    assert all(name in refused.stderr for name in names())


def test_a_name_is_no_path() -> None:
    assert run(ROOT, "./build_wasm.sh", "../envs_c/pong").returncode == 1


def test_what_does_not_compile_leaves_the_last_build_alone(project: Path) -> None:
    before = outputs(project)
    assert sorted(before) == sorted(FILES)
    source = project / "envs_c/squared/squared.c"
    right = source.read_text()
    source.write_text(right.replace("s->ticks++;", "s->ticks++"))
    try:
        broken = run(project, "./build_wasm.sh", "squared")
    finally:
        source.write_text(right)
    assert broken.returncode == 1
    assert "squared does not build" in broken.stderr
    assert "error: expected ';'" in broken.stderr
    assert "emcc: error" not in broken.stderr
    assert outputs(project) == before
    assert list((project / "build").glob("wasm.*")) == []


def test_a_build_is_stale_when_its_own_files_change_and_only_then(project: Path) -> None:
    target = "web/static/envs/squared/spec.json"

    def stale() -> bool:
        answer = run(project, "make", "-q", target)
        assert answer.returncode in (0, 1), answer.stderr
        return answer.returncode == 1

    assert run(project, "make", target).returncode == 0
    assert not stale()
    (project / "envs_c/pong/pong.c").touch()
    assert not stale()
    for file in ("envs_c/squared/squared.c", "envs_c/env.h", "build_wasm.sh"):
        later = (project / target).stat().st_mtime + 1
        times = (project / file).stat()
        os.utime(project / file, (later, later))
        assert stale(), file
        os.utime(project / file, (times.st_atime, times.st_mtime))
        assert not stale()


@pytest.fixture(params=names())
def built(request: pytest.FixtureRequest) -> Path:
    """The folder of each environment that was built for the page."""
    folder: Path = ROOT / "web/static/envs" / request.param
    if not (folder / "sim.wasm").exists():
        require("emcc")
        done = run(ROOT, "./build_wasm.sh", request.param)
        assert done.returncode == 0, done.stderr
    return folder


def sections(wasm: bytes) -> list[int]:
    """The numbers of a module's sections."""
    assert wasm[:8] == b"\0asm\1\0\0\0"
    found, at = [], 8
    while at < len(wasm):
        found.append(wasm[at])
        size = shift = 0
        while True:
            at += 1
            size |= (wasm[at] & 127) << shift
            shift += 7
            if wasm[at] < 128:
                break
        at += 1 + size
    return found


def test_the_rules_import_nothing(built: Path) -> None:
    assert WASM_IMPORTS not in sections((built / "sim.wasm").read_bytes())
    assert WASM_IMPORTS in sections((built / "draw.wasm").read_bytes())


def test_spec_json_says_what_the_module_says(built: Path) -> None:
    require("node")
    script = """
        import { readFileSync } from "node:fs";
        import { openEnv } from "./web/static/js/env.js";
        const env = await openEnv(readFileSync(process.argv[1]));
        console.log(JSON.stringify(env.spec));
    """
    command = ("node", "--input-type=module", "-e", script, str(built / "sim.wasm"))
    said = run(ROOT, *command)
    assert said.returncode == 0, said.stderr
    spec = json.loads((built / "spec.json").read_text())
    assert spec.pop("name") == built.name
    assert len(spec.pop("dynamics_version")) in (0, 16)
    assert spec == json.loads(said.stdout)
