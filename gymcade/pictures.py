"""Draw games natively for `render`: one scene an environment, opened when it is first asked for."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from envs_c.binding import U8, VecEnv
from envs_c.scene import Scene

RENDER_MODES = ["rgb_array"]


@cache
def _scene(name: str, width: int, source: Path | None) -> Scene:
    return Scene(name, width, c_file=source)


def check_mode(mode: str | None) -> None:
    """That a render mode is one there is.

    Raises:
        ValueError: it is another.
    """
    if mode is not None and mode not in RENDER_MODES:
        raise ValueError(f"render_mode: want None or one of {RENDER_MODES}, got {mode!r}")


class Painter:
    """Draws games of one environment as they stand."""

    def __init__(self, env: VecEnv, source: Path | None) -> None:
        self.spec, self.source = env.spec, source
        self.frames = 0

    def draw(self, state: NDArray[Any], seat: int = -1) -> U8:
        """A game's bytes as (height, width, RGB) uint8, with a seat marked.

        What draws it is compiled here and not before: SB3 asks every environment for pictures and
        seldom takes any.

        Raises:
            EnvError: it does not compile, or raylib is not to be had.
        """
        scene = _scene(self.spec["name"], self.spec["width"], self.source)
        now = np.ascontiguousarray(state)
        self.frames += 1
        time = self.frames / self.spec["ticks_per_second"]
        return scene.draw(now, now, t=1.0, time=time, seat=seat)
