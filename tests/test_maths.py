"""The arithmetic of env_maths.h: as near the truth as it promises, and alike everywhere."""

import ctypes
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from envs_c.build import BUILD, compile_library
from tests.wasm import compile_wasm, require

C_FILE = Path(__file__).with_name("maths.c")
NAMES = ["sin", "cos", "tan", "tanh", "exp", "log"]  # in the order of FUNCTIONS in maths.c
CALL = """
const module = await WebAssembly.instantiate(require('fs').readFileSync(process.argv[1]), {});
console.log(module.instance.exports.maths_hash(1 << 20, Number(process.argv[2])) >>> 0);
"""
TINY = 1.2e-38  # less than this is subnormal, and has no relative error to speak of

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of infinities, which are meant


@pytest.fixture(scope="module")
def maths() -> ctypes.CDLL:
    lib = ctypes.CDLL(str(compile_library(C_FILE, BUILD / "native" / "maths.so")))
    lib.maths_hash.restype = ctypes.c_uint32
    lib.maths_hash.argtypes = [ctypes.c_int, ctypes.c_float]
    return lib


def pointer(array: F32) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def applied(lib: ctypes.CDLL, name: str, v: F32) -> F64:
    out = np.empty_like(v)
    lib.apply(NAMES.index(name), pointer(v), pointer(out), len(v))
    return out.astype(np.float64)


def angles_of(lib: ctypes.CDLL, y: F32, x: F32) -> F64:
    out = np.empty_like(x)
    lib.angles(pointer(y), pointer(x), pointer(out), len(x))
    return out.astype(np.float64)


def every_kind() -> F32:
    """Four million floats evenly over all bit patterns, and those beside multiples of pi / 4."""
    patterns = np.arange(0, 2**32, 1009, dtype=np.uint64).astype(np.uint32)
    near = (np.arange(-1273, 1274) * np.pi / 4).astype(np.float32)  # up to 1000
    beside = [near, np.nextafter(near, np.float32(1e9)), np.nextafter(near, np.float32(-1e9))]
    plain = np.random.default_rng(0).uniform(-1000, 1000, 1_000_000).astype(np.float32)
    edges = np.array([0.0, -0.0, np.inf, -np.inf, 88.7, -87.3, 1.0], np.float32)
    return np.concatenate([patterns.view(np.float32), *beside, plain, edges])


@pytest.mark.parametrize(
    ("name", "reference", "low", "high", "absolute", "relative"),
    [
        ("sin", np.sin, 0, 1000, 1.2e-7, 0),
        ("sin", np.sin, 1000, 1e9, 1.2e-6, 0),
        ("cos", np.cos, 0, 1000, 1.2e-7, 0),
        ("cos", np.cos, 1000, 1e9, 1.2e-6, 0),
        ("tanh", np.tanh, 0, np.inf, 1.2e-7, 0),
        ("exp", np.exp, 0, np.inf, TINY * 1e-6, 1.2e-7),
        ("log", np.log, 0, np.inf, 0, 1.2e-7),
    ],
)
def test_each_is_within_its_bound(
    maths: ctypes.CDLL,
    name: str,
    reference: Callable[[F64], F64],
    low: float,
    high: float,
    absolute: float,
    relative: float,
) -> None:
    v = every_kind()
    exact = reference(v.astype(np.float64))
    found = applied(maths, name, v)
    size = np.abs(v)
    # Past the largest float the truth rounds to infinity, and subnormal results lose digits.
    counted = (size >= low) & (size <= high) & np.isfinite(exact) & (np.abs(exact) < 3.4e38)
    assert counted.sum() > 300_000
    error = np.abs(found - exact)[counted]
    allowed = absolute + relative * np.abs(exact[counted])
    allowed[np.abs(exact[counted]) < TINY] += 1.5e-45
    assert (error <= allowed).all(), (error / allowed).max()


def test_the_tangent_is_that_of_an_angle_hardly_off(maths: ctypes.CDLL) -> None:
    v = every_kind()
    v = v[np.abs(v) <= 1000]
    exact = np.tan(v.astype(np.float64))
    error = np.abs(applied(maths, "tan", v) - exact)
    assert (error / (1 + exact**2)).max() <= 1.5e-7


def test_angles_of_points_are_within_their_bound(maths: ctypes.CDLL) -> None:
    rng = np.random.default_rng(3)
    y, x = (rng.permutation(every_kind())[:2_000_000] for _ in "yx")
    exact = np.arctan2(y.astype(np.float64), x.astype(np.float64))
    found = angles_of(maths, y, x)
    assert np.array_equal(np.isnan(found), np.isnan(exact))
    # The negative zero is zero here: on the left, both its sides are pi.
    differs = np.abs(np.where((y == 0) & (x < 0), np.abs(exact), exact) - found)
    differs[(y == 0) & (x == 0)] = np.abs(found[(y == 0) & (x == 0)])
    assert np.nanmax(differs) <= 4e-7


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_a_number_stays_so(maths: ctypes.CDLL, name: str) -> None:
    assert np.isnan(applied(maths, name, np.array([np.nan], np.float32))).all()


@pytest.mark.parametrize(
    ("name", "at", "wanted"),
    [
        ("sin", np.inf, np.nan),
        ("sin", 1e30, 0.0),
        ("cos", 1e30, 1.0),
        ("exp", np.inf, np.inf),
        ("exp", 89.0, np.inf),
        ("exp", -np.inf, 0.0),
        ("exp", 0.0, 1.0),
        ("log", 0.0, -np.inf),
        ("log", np.inf, np.inf),
        ("log", -1.0, np.nan),
        ("log", 1.0, 0.0),
        ("tanh", np.inf, 1.0),
        ("tanh", -np.inf, -1.0),
        ("tan", 0.0, 0.0),
    ],
)
def test_the_ends_of_the_range(maths: ctypes.CDLL, name: str, at: float, wanted: float) -> None:
    found = applied(maths, name, np.array([at], np.float32))[0]
    assert found == wanted or (np.isnan(found) and np.isnan(wanted))


@pytest.mark.parametrize(("name", "sign"), [("sin", -1), ("cos", 1), ("tan", -1), ("tanh", -1)])
def test_they_are_even_and_odd_to_the_last_bit(maths: ctypes.CDLL, name: str, sign: int) -> None:
    v = every_kind()
    v = v[~np.isnan(v)]
    assert np.array_equal(applied(maths, name, -v), sign * applied(maths, name, v), equal_nan=True)


def test_sine_and_cosine_stay_within_one(maths: ctypes.CDLL) -> None:
    for name in ("sin", "cos"):
        assert np.nanmax(np.abs(applied(maths, name, every_kind()))) <= 1


@pytest.mark.parametrize("limit", [0.0, 1.0, 1000.0, 1e9])
def test_wasm_gives_the_same_bits(maths: ctypes.CDLL, limit: float) -> None:
    """0 stands for floats of any bits."""
    require("node")
    module = compile_wasm(C_FILE, BUILD / "wasm-tests" / "maths.wasm")
    command = ["node", "--input-type=commonjs", "-e", f"(async () => {{{CALL}}})()"]
    said = subprocess.run(
        [*command, str(module), str(limit)], capture_output=True, text=True, check=True
    )
    assert int(said.stdout) == maths.maths_hash(1 << 20, limit)


@pytest.mark.parametrize("flags", [("-O0",), ("-O3", "-march=native")])
def test_every_way_of_compiling_gives_the_same_bits(
    maths: ctypes.CDLL, flags: tuple[str, ...]
) -> None:
    target = BUILD / "native" / f"maths{''.join(flags)}.so"
    lib = ctypes.CDLL(str(compile_library(C_FILE, target, flags)))
    lib.maths_hash.restype = ctypes.c_uint32
    lib.maths_hash.argtypes = [ctypes.c_int, ctypes.c_float]
    for limit in (0.0, 1000.0):
        assert lib.maths_hash(1 << 18, limit) == maths.maths_hash(1 << 18, limit)
