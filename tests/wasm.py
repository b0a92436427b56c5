"""Tools of this machine that tests need, and environments compiled to WebAssembly."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from envs_c import build
from envs_c.wasm import up_to_date
from tests.subjects import Subject

EMCC = (
    *("emcc", "-std=c11", "-O3", "-ffp-contract=off", "-fno-math-errno", f"-I{build.ENVS}"),
    *("--no-entry", "-sSTANDALONE_WASM", "-sALLOW_MEMORY_GROWTH=1", "-Wl,--export=__heap_base"),
)


def require(tool: str) -> None:
    """Skip the test at a desk without `tool`; fail where everything must be there."""
    if shutil.which(tool) is None:
        assert not os.environ.get("CI"), f"{tool} is missing"
        pytest.skip(f"{tool} is missing")


def compile_wasm(c_file: Path, target: Path) -> Path:
    """Compile one C file into a WebAssembly module without imports, if it is newer."""
    if up_to_date(target, c_file):
        return target
    require("emcc")
    target.parent.mkdir(parents=True, exist_ok=True)
    command = [*EMCC, str(c_file), "-o", str(target)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return target


def module(subject: Subject) -> Path:
    """The environment's sim.wasm as the gallery serves it; made here if that is not there."""
    served = build.ROOT / "web/static/envs" / subject.name / "sim.wasm"
    if subject.c_file is None and up_to_date(served, subject.source):
        return served
    return compile_wasm(subject.source, build.BUILD / "wasm-tests" / f"{subject.name}.wasm")
