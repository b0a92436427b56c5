"""One round of games with actions drawn from a seed, and the sums of all that came of it."""

import ctypes
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from envs_c.binding import BUFFERS, VecEnv
from envs_c.build import BUILD, ENVS, compile_library, load
from envs_c.rng import Stream
from envs_c.wasm import Json, text_of

COPIES = 8
BLOCKS = 64
"""About how often in a round the sums are noted, to tell where a difference began."""

PARTS = ("states", "observations", "rewards", "flags")
Digests = NDArray[np.uint32]  # (blocks, parts, 2)


@dataclass(frozen=True)
class Round:
    """Some ticks played from one start."""

    title: str
    seed: int
    steps: int
    params: dict[str, float] = field(default_factory=dict)
    state: NDArray[np.uint8] | None = None  # games to go on from, in place of new ones
    copies: int = COPIES

    @property
    def block(self) -> int:
        """Steps after which the sums are noted."""
        return max(1, self.steps // BLOCKS)

    def job(self) -> Json:
        """The same for parity.mjs."""
        return {
            **{key: getattr(self, key) for key in ("seed", "steps", "params", "copies", "block")},
            "state": None if self.state is None else text_of(self.state.tobytes()),
        }


class _Span(ctypes.Structure):
    _fields_ = (("at", ctypes.c_void_p), ("size", ctypes.c_int64))


class _Job(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("step", "script", "copies", "buffers", "actions")),
        *((name, ctypes.c_void_p) for name in ("sizes", "chosen", "rngs", "digests")),
        ("spans", _Span * (1 + len(BUFFERS))),
        ("rng", ctypes.c_uint64),
        *((name, ctypes.c_int32) for name in ("n", "rows", "heads", "steps", "block")),
    )


def start(name: str, lib: Path, game: Round, c_file: Path | None = None) -> VecEnv:
    """The games of a round as they stand at its start."""
    env = VecEnv(name, game.copies, game.seed, game.params, source=c_file, compiled=lib)
    if game.state is not None:
        env.state[...] = game.state
        env.show()
    return env


def play(env: VecEnv, lib: Path, game: Round) -> Digests:
    """Play a round natively; see parity.c."""
    driver = load(compile_library(ENVS / "parity.c", BUILD / "native" / "parity-driver.so"))
    at = load(lib)
    interface = env.spec["interface"]["action"]
    heads = [head["n"] for head in interface["heads"]]
    sizes = np.array(heads if interface["type"] == "discrete" else [0] * len(heads), np.int32)
    rngs = np.array([Stream(game.seed + row).state for row in range(env.rows)], np.uint64)
    chosen = np.zeros(env.rows, np.uint8)
    digests = np.zeros((-(-game.steps // game.block), len(PARTS), 2), np.uint32)
    arrays = [env.state, *(getattr(env, buffer) for buffer in BUFFERS)]
    spans = [(None, 0) if array is None else (array.ctypes.data, array.nbytes) for array in arrays]
    job = _Job(
        step=ctypes.cast(at.env_step, ctypes.c_void_p),
        script=ctypes.cast(at.env_script, ctypes.c_void_p),
        copies=env.state.ctypes.data,
        buffers=ctypes.addressof(env._slices[0][3]),
        actions=env.actions.ctypes.data,
        sizes=sizes.ctypes.data,
        chosen=chosen.ctypes.data,
        rngs=rngs.ctypes.data,
        digests=digests.ctypes.data,
        spans=(_Span * len(spans))(*(_Span(*span) for span in spans)),
        rng=Stream(game.seed).state,
        **{"n": env.copies, "rows": env.rows, "heads": len(heads)},
        **{"steps": game.steps, "block": game.block},
    )
    driver.parity_play(ctypes.byref(job))
    return digests
