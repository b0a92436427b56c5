"""Draw an environment's scene natively, without a display, by raylib's software renderer."""

import ctypes
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from envs_c.binding import U8
from envs_c.build import BUILD, ROOT, EnvError, library
from envs_c.build import source as env_source
from envs_c.spec import read_spec

R8G8B8A8 = 7
"""raylib's number of the pixel format that frames are read in."""

RAYLIB_FLAGS = (
    *("-O2", "-w", "-fPIC", "-DPLATFORM_MEMORY", "-DGRAPHICS_API_OPENGL_SOFTWARE"),
    # The caller has the clock; raylib would look for keys on the terminal after each frame.
    "-DSUPPORT_CUSTOM_FRAME_CONTROL=1",
    "-DSW_FRAMEBUFFER_OUTPUT_BGRA=false",
)


class View(ctypes.Structure):
    """What to show; `View` of envs_c/env_view.h, where its fields are explained."""

    _fields_ = (
        ("t", ctypes.c_float),
        ("time", ctypes.c_float),
        ("seat", ctypes.c_int32),
        ("person", ctypes.c_uint8 * 64),
        ("before", ctypes.c_void_p),
    )


class Scene:
    """One environment's drawing, `width` x `height` pixels; one at a time of each environment."""

    def __init__(self, name: str, width: int, *, c_file: Path | None = None) -> None:
        """Compile the drawing if need be and open a canvas in the scene's own proportions.

        `c_file`: of an environment that lies elsewhere than under envs_c/.

        Raises:
            EnvError: no such environment, it does not compile, or raylib is not to be had.
        """
        facts = library(name, c_file=c_file)
        spec = read_spec(facts, name, (c_file or env_source(name)).parent / "golden.txt")
        self.width = width
        self.height = round(width * spec["height"] / spec["width"])
        source, archive = raylib()
        flags = ("-DENV_DRAW", "-isystem", str(source), str(archive), "-lm")
        self._lib = ctypes.CDLL(str(library(name, flags=flags, suffix="-draw", c_file=c_file)))
        if self._lib.draw_view_size() != ctypes.sizeof(View):
            raise EnvError(
                f"View: C has {self._lib.draw_view_size()} bytes, Python {ctypes.sizeof(View)}"
            )
        with _hushed():
            self._lib.draw_open(self.width, self.height)
        self._pixels: U8 = np.zeros((self.height, self.width, 4), np.uint8)

    def draw(
        self,
        now: NDArray[Any],
        before: NDArray[Any],
        *,
        t: float,
        time: float,
        seat: int = -1,
        person: U8 | None = None,
    ) -> U8:
        """The scene between two copies' bytes (rows of `VecEnv.state`), as (height, width, RGB).

        Args:
            now: one copy's bytes.
            before: the same one tick earlier; or the same again.
            t: how far from before to now, 0 to 1.
            time: s, for effects that go on by themselves.
            seat: the seat to mark, -1 for none.
            person: (seats,) 1 for each seat that a person drives; nobody does if not given.
        """
        view = View(t=t, time=time, seat=seat)
        if person is not None:
            view.person[: len(person)] = person.tolist()
        self._lib.draw_frame(
            ctypes.c_void_p(now.ctypes.data),
            ctypes.c_void_p(before.ctypes.data),
            ctypes.byref(view),
        )
        pixels = ctypes.c_void_p(self._pixels.ctypes.data)
        self._lib.rlCopyFramebuffer(0, 0, self.width, self.height, R8G8B8A8, pixels)
        return self._pixels[:, :, :3].copy()


@contextmanager
def _hushed() -> Iterator[None]:
    """Nothing that C prints meanwhile reaches stdout: the renderer announces itself there."""
    sys.stdout.flush()
    flush = ctypes.CDLL(None).fflush
    flush(None)
    stdout, nothing = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    try:
        yield
    finally:
        flush(None)
        os.dup2(stdout, 1)
        os.close(stdout)
        os.close(nothing)


def raylib() -> tuple[Path, Path]:
    """The folder of raylib's headers, and raylib compiled for drawing into memory.

    Raises:
        EnvError: no source tree is to be had, or it does not compile.
    """
    tree = _run([str(ROOT / "tools" / "raylib.sh")]).strip()
    source = Path(tree) / "src"
    archive = BUILD / "raylib-memory.a"
    if archive.exists() and archive.stat().st_mtime >= Path(__file__).stat().st_mtime:
        return source, archive
    compiler = shlex.split(os.environ.get("CC", "gcc"))
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as folder:
        objects = []
        for part in ("rcore", "rshapes", "rtextures", "rtext", "rmodels"):
            objects.append(f"{folder}/{part}.o")
            # By its full path: rcore.c includes itself through __FILE__.
            _run([*compiler, *RAYLIB_FLAGS, "-c", str(source / f"{part}.c"), "-o", objects[-1]])
        unfinished = f"{folder}/raylib.a"
        _run(["ar", "rcs", unfinished, *objects])
        Path(unfinished).replace(archive)
    return source, archive


def _run(command: list[str]) -> str:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise EnvError(f"{Path(command[0]).name} failed:\n{result.stderr.strip()}")
    return result.stdout
