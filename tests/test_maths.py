"""The sine, cosine and random numbers of env.h: as near as promised, and alike everywhere."""

import ctypes
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from envs_c.build import BUILD, compile_library
from tests.wasm import compile_wasm, require

C_FILE = Path(__file__).with_name("maths.c")
BOUND = 1.2e-7  # promised beside sin_f and cos_f, for angles up to 1000
CALL = """
const module = await WebAssembly.instantiate(require('fs').readFileSync(process.argv[1]), {});
console.log(module.instance.exports.maths_hash(1 << 20, Number(process.argv[2])) >>> 0);
"""


@pytest.fixture(scope="module")
def maths() -> ctypes.CDLL:
    lib = ctypes.CDLL(str(compile_library(C_FILE, BUILD / "native" / "maths.so")))
    lib.maths_hash.restype = ctypes.c_uint32
    lib.maths_hash.argtypes = [ctypes.c_int, ctypes.c_float]
    return lib


def sines(lib: ctypes.CDLL, angles: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Sine and cosine by env.h."""
    made = [np.empty_like(angles), np.empty_like(angles)]
    pointers = [ctypes.c_void_p(array.ctypes.data) for array in (angles, *made)]
    lib.sines(*pointers, len(angles))
    return made


def angles() -> NDArray[np.float32]:
    """Two million over the whole range, small ones, and floats beside every multiple of pi / 4."""
    rng = np.random.default_rng(0)
    whole = rng.uniform(-1000, 1000, 2_000_000)
    small = rng.choice([-1, 1], 200_000) * 10.0 ** rng.uniform(-40, 0, 200_000)
    near = np.arange(-1273, 1274) * np.pi / 4  # up to 1000
    beside = [near.astype(np.float32)]
    for _ in range(20):
        beside += [np.nextafter(beside[-1], np.float32(np.inf))]
    below = [2 * beside[0] - ahead for ahead in beside]
    every = np.concatenate([whole, small, [0.0, -0.0, 1000.0, -1000.0], *beside, *below])
    return np.ascontiguousarray(every[np.abs(every) <= 1000], np.float32)


def test_sine_and_cosine_are_within_their_bound(maths: ctypes.CDLL) -> None:
    v = angles()
    exact = v.astype(np.float64)
    sine, cosine = sines(maths, v)
    assert np.abs(sine - np.sin(exact)).max() <= BOUND
    assert np.abs(cosine - np.cos(exact)).max() <= BOUND
    assert np.abs(sine).max() <= 1 and np.abs(cosine).max() <= 1


def test_they_are_even_and_odd_to_the_last_bit(maths: ctypes.CDLL) -> None:
    v = angles()
    (sine, cosine), (sine_of_minus, cosine_of_minus) = sines(maths, v), sines(maths, -v)
    assert (sine == -sine_of_minus).all()
    assert (cosine == cosine_of_minus).all()
    zero = sines(maths, np.zeros(1, np.float32))
    assert [float(array[0]) for array in zero] == [0, 1]


def test_far_angles_stay_on_the_circle(maths: ctypes.CDLL) -> None:
    v = np.random.default_rng(1).uniform(-(2**16), 2**16, 200_000).astype(np.float32)
    sine, cosine = (array.astype(np.float64) for array in sines(maths, v))
    assert np.abs(sine**2 + cosine**2 - 1).max() < 1e-6


@pytest.mark.parametrize("limit", [1.0, 1000.0, 65536.0])
def test_wasm_gives_the_same_bits(maths: ctypes.CDLL, limit: float) -> None:
    require("node")
    module = compile_wasm(C_FILE, BUILD / "wasm-tests" / "maths.wasm")
    command = ["node", "--input-type=commonjs", "-e", f"(async () => {{{CALL}}})()"]
    said = subprocess.run(
        [*command, str(module), str(limit)], capture_output=True, text=True, check=True
    )
    assert int(said.stdout) == maths.maths_hash(1 << 20, limit)
