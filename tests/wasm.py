"""Run the WebAssembly build of an environment in Node, beside the native one."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from envs_c import build
from envs_c.binding import BUFFERS, VecEnv
from tests.subjects import Subject

EMCC = (
    *("emcc", "-std=c11", "-O3", "-ffp-contract=off", "-fno-math-errno", f"-I{build.ENVS}"),
    *("--no-entry", "-sSTANDALONE_WASM", "-sALLOW_MEMORY_GROWTH=1", "-Wl,--export=__heap_base"),
)
PLAYER = Path(__file__).parent / "parity.mjs"


def require(tool: str) -> None:
    """Skip the test at a desk without `tool`; fail where everything must be there."""
    if shutil.which(tool) is None:
        assert not os.environ.get("CI"), f"{tool} is missing"
        pytest.skip(f"{tool} is missing")


def compile_wasm(c_file: Path, target: Path) -> Path:
    """Compile one C file into a WebAssembly module without imports, if it is newer."""
    inputs = [c_file, *build.ENVS.glob("*.h")]
    if target.exists() and target.stat().st_mtime >= max(p.stat().st_mtime for p in inputs):
        return target
    require("emcc")
    target.parent.mkdir(parents=True, exist_ok=True)
    command = [*EMCC, str(c_file), "-o", str(target)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return target


def module(subject: Subject) -> Path:
    """The environment's sim.wasm as the gallery serves it; of a test environment, made here."""
    served = build.ROOT / "web/static/envs" / subject.name / "sim.wasm"
    if subject.c_file is None and served.exists():
        return compile_wasm(subject.source, served)
    return compile_wasm(subject.source, build.BUILD / "wasm-tests" / f"{subject.name}.wasm")


def run(
    subject: Subject,
    env: VecEnv,
    folder: Path,
    *,
    ticks: int,
    seed: int = 0,
    words: NDArray[np.uint32] | None = None,
    actions: NDArray[Any] | None = None,
    state: NDArray[np.uint8] | None = None,
) -> dict[str, Any]:
    """Play in Node with the parameters and copies of `env`; see parity.mjs.

    Args:
        subject: which environment.
        env: the native games that these are compared with; untouched.
        folder: for files passed to Node.
        ticks: how many to play.
        seed: of the games.
        words: (ticks, rows, heads) random words that the actions are drawn from.
        actions: (ticks, rows, heads), in place of words.
        state: games to start from, in place of new ones.
    """
    require("node")
    files = {}
    for name, array in (("words", words), ("actions", actions), ("state", state)):
        if array is not None:
            files[name] = str(folder / name)
            Path(files[name]).write_bytes(array.tobytes())
    action = env.spec["interface"]["action"]
    arrays = {name: getattr(env, name) for name in BUFFERS}
    job = {
        "wasm": str(module(subject)),
        "buffers": [[n, 0 if array is None else array.nbytes] for n, array in arrays.items()],
        "copies": env.copies,
        "rows": env.rows,
        "heads": [head["n"] for head in action["heads"]],
        "continuous": action["type"] == "continuous",
        "params": env._params.tolist(),
        "seed": seed,
        "ticks": ticks,
        **files,
    }
    command = ["node", str(PLAYER)]
    result = subprocess.run(
        command, input=json.dumps(job), capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer
