"""`python -m envs_c preview`: what the page hears when a C file breaks and is mended."""

import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from envs_c.build import names
from envs_c.preview import matters
from envs_c.preview_status import Fault, faults
from tests.project_copy import copy_project, preview

# Compiles as the real one does, but without Emscripten: what is tested here is what goes on around.
BUILD = """#!/bin/sh
set -e
[ "$1" != --quick ] || shift
mkdir -p web/static/envs/$1
gcc -std=c11 -fsyntax-only envs_c/$1/$1.c
cp envs_c/$1/$1.c web/static/envs/$1/sim.wasm
python3 -m envs_c.spec $1 >web/static/envs/$1/spec.json
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    copy_project(tmp_path)
    script = tmp_path / "build_wasm.sh"
    script.write_text(BUILD)
    script.chmod(0o755)
    return tmp_path


def hear(stream: HTTPResponse, state: str) -> dict[str, Any]:
    """The next event of that state."""
    for line in stream:
        if line.startswith(b"data: "):
            build: dict[str, Any] = json.loads(line[6:])
            if build["state"] == state:
                return build
    raise AssertionError("the stream ended")


def test_a_broken_and_a_mended_file(root: Path) -> None:
    source = root / "envs_c" / "squared" / "squared.c"
    good = source.read_text()
    with (
        preview(root, "squared") as url,
        urllib.request.urlopen(f"{url}/preview/events", timeout=60) as stream,
    ):
        assert stream.headers["content-type"].startswith("text/event-stream")
        first = hear(stream, "ok")
        assert (first["env"], first["errors"]) == ("squared", [])
        assert re.fullmatch(r"[0-9a-f]{16}", first["version"])
        page = urllib.request.urlopen(f"{url}/play/squared", timeout=10).read().decode()
        assert f'name="gymcade-preview" content="{first["version"]}"' in page

        source.write_text(good.replace("s->ticks++;", "s->ticks+;"))
        line = next(i for i, t in enumerate(good.splitlines(), 1) if "s->ticks++;" in t)
        failed = hear(stream, "failed")
        assert [(e["file"], e["line"]) for e in failed["errors"]] == [
            ("envs_c/squared/squared.c", line)
        ]
        assert failed["errors"][0]["message"].startswith("expected")
        assert "squared.c" in failed["text"]
        assert failed["version"] == first["version"]

        source.write_text(good.replace("MAX_TICKS = 34", "MAX_TICKS = 35"))
        mended = hear(stream, "ok")
        assert mended["version"] != first["version"]


def test_a_first_build_that_fails_has_a_page_that_waits(root: Path) -> None:
    source = root / "envs_c" / "pong" / "pong.c"
    good = source.read_text()
    source.write_text("#error not yet\n" + good)
    with (
        preview(root, "pong") as url,
        urllib.request.urlopen(f"{url}/preview/events", timeout=60) as stream,
    ):
        failed = hear(stream, "failed")
        assert failed["errors"][0]["message"] == "#error not yet"
        assert failed["version"] == ""
        with pytest.raises(urllib.error.HTTPError) as waiting:
            urllib.request.urlopen(f"{url}/play/pong", timeout=10)
        with waiting.value as answer:
            assert answer.code == 404
            assert b"preview/main.js" in answer.read()
        source.write_text(good)
        assert hear(stream, "ok")["version"] != ""
        assert urllib.request.urlopen(f"{url}/play/pong", timeout=10).status == 200


def test_an_unknown_name_is_refused(root: Path) -> None:
    command = [sys.executable, "-m", "envs_c", "preview", "nope"]
    refused = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert refused.stderr.startswith(
        f"error: no environment 'nope'; there are: {', '.join(names())}"
    )


def test_faults_are_read_from_what_compilers_print() -> None:
    text = """envs_c/a/a.c: In function 'step':
/project/envs_c/a/a.c:12:5: error: expected ';' before 'x'
envs_c/a/a.c:12:5: error: expected ';' before 'x'
envs_c/a/../env.h:3:1: fatal error: 'nothing.h' file not found
envs_c/a/a.c:9:2: warning: unused
emcc: error: failed (returned 1)
"""
    assert faults(text, Path("/project")) == (
        Fault("envs_c/a/a.c", 12, 5, "expected ';' before 'x'"),
        Fault("envs_c/a/../env.h", 3, 1, "'nothing.h' file not found"),
    )


def test_only_the_game_and_the_shared_headers_call_for_a_build() -> None:
    from envs_c.build import ENVS

    shown = {
        "pong/pong.c": True,
        "pong/table.h": True,
        "env.h": True,
        "pong/golden.txt": True,
        "pong/README.md": False,
        "snake/snake.c": False,
        "build.py": False,
    }
    assert {path: matters("pong", str(ENVS / path)) for path in shown} == shown
