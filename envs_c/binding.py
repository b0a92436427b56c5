"""Step a compiled environment from Python; C reads and writes numpy arrays in place."""

import ctypes
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from envs_c import build
from envs_c.build import EnvError, library, load
from envs_c.rng import Stream
from envs_c.spec import Spec, read_spec

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]
BUFFERS = (
    *("obs", "final_obs", "actions", "rewards", "terminated"),
    *("truncated", "active", "mask", "metrics", "over", "finals"),
)
PER_COPY = ("over", "finals")


class _Buffers(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in BUFFERS]


class VecEnv:
    """`copies` games of one environment, stepped together.

    A row is one seat of one copy; the seats of a copy lie together, so that row `r` is seat
    `r % seats` of copy `r // seats`. All arrays are views that C overwrites at every call: copy
    what you keep, and write into them rather than over them.

    Attributes:
        obs, final_obs: (rows, size), uint8 or float32. `final_obs` holds the last observation of
            an episode that ended in this step, and is stale in all other rows: `obs` of such a
            row already opens the next episode.
        actions: (rows, heads), int32 choices or float32 in [-1, 1].
        rewards: (rows,) float32. terminated, truncated, active: (rows,) uint8, 0 or 1.
        mask: (rows, choices of all heads) uint8, 1 for each choice allowed; None if not masked.
        metrics: (rows, len(spec["metrics"])) float32, sums over the episodes finished since they
            were last cleared.
        state: (copies, bytes) uint8, the games themselves: plain bytes, to be saved and loaded.
        parts: the copies that each thread steps, as ranges: first and one past the last.
        over: (copies,) uint8, 1 for each game that was over in this step.
        finals: (copies, bytes) uint8; of such a game, how it stood at its end.
    """

    def __init__(
        self,
        name: str,
        copies: int,
        seed: int = 0,
        params: Mapping[str, float] | None = None,
        threads: int = 1,
        *,
        source: Path | None = None,
        compiled: Path | None = None,
        streams: range | None = None,
    ) -> None:
        """Compile the environment if need be and start `copies` games.

        Args:
            name: of the environment.
            copies: how many games.
            seed: 0 to 2**32 - 1; copy i plays the i-th stream of it, whatever `copies` is.
            params: values by name; those left out keep their defaults.
            threads: how many threads share the copies.
            source: the C file of an environment that lies elsewhere than under envs_c/.
            compiled: a library made of it in another way than the usual one.
            streams: the stream of the seed that each copy plays; 0 to copies - 1 if not given.

        Raises:
            EnvError: no such environment, it does not compile, or it has no such parameter.
            ValueError: a number out of range; the message names it and the range.
        """
        if copies < 1:
            raise ValueError(f"copies: want at least 1, got {copies}")
        if not 1 <= threads <= copies:
            raise ValueError(f"threads: want 1 to copies ({copies}), got {threads}")
        self.streams = range(copies) if streams is None else streams
        if len(self.streams) != copies:
            raise ValueError(f"streams: want one a copy ({copies}), got {len(self.streams)}")
        path = compiled or library(name, c_file=source)
        golden = (source or build.source(name)).parent / "golden.txt"
        self.spec: Spec = read_spec(path, name, golden)
        self.copies = copies
        self._lib = _declare(load(path))
        self._params = self._fit(params or {})
        self.seats: int = self._lib.env_seats(self._params.ctypes.data)
        self.rows = copies * self.seats
        self._allocate()
        self._script_rngs = self.row_ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        cuts = [copies * i // threads for i in range(threads + 1)]
        self.parts = [range(a, b) for a, b in pairwise(cuts)]
        self._slices = [self._slice(part.start, part.stop) for part in self.parts]
        self._running: list[Future[None] | None] = [None] * threads
        self._tails: dict[int, tuple[int, _Buffers]] = {}  # by first copy: where to go on from
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None
        self.reset(seed)

    def _fit(self, values: Mapping[str, float]) -> F32:
        params = self.spec["params"]
        known = {p["name"]: p for p in params}
        for name, value in values.items():
            if name not in known:
                listed = ", ".join(known) or "it has none"
                raise EnvError(f"{self.spec['name']} has no parameter {name!r}: {listed}")
            low, high = known[name]["min"], known[name]["max"]
            if not low <= value <= high:
                raise ValueError(f"{name}: want {low:g} to {high:g}, got {value}")
        return np.array([values.get(p["name"], p["default"]) for p in params], np.float32)

    def _allocate(self) -> None:
        interface = self.spec["interface"]
        heads = interface["action"]["heads"]
        size, rows = interface["observation"]["size"], self.rows
        obs_type: Any = np.uint8 if interface["observation"]["dtype"] == "uint8" else np.float32
        discrete = interface["action"]["type"] == "discrete"
        action_type: Any = np.int32 if discrete else np.float32
        self.obs: NDArray[Any] = np.zeros((rows, size), obs_type)
        self.final_obs: NDArray[Any] = np.zeros((rows, size), obs_type)
        self.actions: NDArray[Any] = np.zeros((rows, len(heads)), action_type)
        self.rewards: F32 = np.zeros(rows, np.float32)
        self.terminated: U8 = np.zeros(rows, np.uint8)
        self.truncated: U8 = np.zeros(rows, np.uint8)
        self.active: U8 = np.zeros(rows, np.uint8)
        choices = sum(head["n"] for head in heads)
        masked = interface["action"]["masked"]
        self.mask: U8 | None = np.zeros((rows, choices), np.uint8) if masked else None
        self.metrics: F32 = np.zeros((rows, len(self.spec["metrics"])), np.float32)
        self.state: U8 = np.zeros((self.copies, self._lib.env_copy_size()), np.uint8)
        self.over: U8 = np.zeros(self.copies, np.uint8)
        self.finals: U8 = np.zeros_like(self.state)

    def _slice(self, first: int, last: int) -> tuple[int, int, int, _Buffers]:
        """Copies first to last: where their state lies, how many, which, and their buffers."""
        row = first * self.seats
        arrays = {name: getattr(self, name) for name in BUFFERS}
        at = {
            name: array[first if name in PER_COPY else row :].ctypes.data
            for name, array in arrays.items()
            if array is not None
        }
        return self.state[first:].ctypes.data, last - first, first, _Buffers(**at)

    @property
    def row_ids(self) -> NDArray[np.int64]:
        """(rows,) the number of each row, were all streams from 0 played here."""
        return (np.array(self.streams)[:, None] * self.seats + np.arange(self.seats)).ravel()

    def reset(self, seed: int) -> None:
        """Start every game anew with `seed` (0 to 2**32 - 1) and clear the metrics."""
        if not 0 <= seed < 2**32:
            raise ValueError(f"seed: want 0 to 2**32 - 1, got {seed}")
        for array in (self.rewards, self.terminated, self.truncated, self.metrics, self.over):
            array.fill(0)
        slices = self._slices
        if self.streams.step != 1:
            slices = [self._slice(copy, copy + 1) for copy in range(self.copies)]
        for at, n, first, buffers in slices:
            params, stream = self._params.ctypes.data, self.streams[first]
            self._lib.env_reset(at, n, seed, stream, params, ctypes.byref(buffers))

    def step(self, actions: NDArray[Any] | None = None) -> None:
        """Play one tick of every game.

        Args:
            actions: (rows, heads), or (rows,) where there is one head, of the type of
                `self.actions`, into which they are copied; None plays what stands there.

        Raises:
            ValueError: another shape or type; the message says which, and which is wanted.
        """
        if actions is not None and actions is not self.actions:
            given, want = np.asarray(actions), self.actions
            flat = want.shape[1] == 1 and given.shape == (self.rows,)
            if given.dtype != want.dtype or not (flat or given.shape == want.shape):
                raise ValueError(
                    f"actions: want {want.dtype} {want.shape}, got {given.dtype} {given.shape}"
                )
            want[...] = given.reshape(want.shape)
        if self._pool is None:
            self._step_slice(self._slices[0])
        else:
            # ctypes releases the interpreter's lock, so the slices run side by side.
            list(self._pool.map(self._step_slice, self._slices))

    def start(self, part: int) -> None:
        """Begin one tick of the games of `parts[part]`, with what stands in `actions`.

        Until `wait` returns, C writes into the rows of that part and no other.
        """
        if self._pool is None:
            self._step_slice(self._slices[part])
        else:
            self._running[part] = self._pool.submit(self._step_slice, self._slices[part])

    def wait(self, part: int) -> None:
        """Wait for the tick that `start` began, if there is one."""
        running, self._running[part] = self._running[part], None
        if running:
            running.result()

    def _step_slice(self, part: tuple[int, int, int, _Buffers]) -> None:
        self._lib.env_step(part[0], part[1], ctypes.byref(part[3]))

    def _tail(self, first: int) -> tuple[int, _Buffers]:
        """Where the copies from `first` on lie, and their buffers."""
        if first not in self._tails:
            at, _, _, buffers = self._slice(first, self.copies)
            self._tails[first] = at, buffers
        return self._tails[first]

    def step_some(self, copies: NDArray[np.int64]) -> None:
        """Play one tick of some games, by `actions`; of all others everything stays as it is.

        `copies`: which, in ascending order.
        """
        for run in np.split(copies, np.flatnonzero(np.diff(copies) > 1) + 1):
            at, buffers = self._tail(int(run[0]))
            self._lib.env_step(at, len(run), ctypes.byref(buffers))

    def reset_one(self, copy: int, seed: int) -> None:
        """Start one game anew: the game that a VecEnv of one copy plays under that seed.

        The scripted players of its seats draw anew as well, by the same seed.
        """
        if not 0 <= seed < 2**32:
            raise ValueError(f"seed: want 0 to 2**32 - 1, got {seed}")
        rows = slice(copy * self.seats, (copy + 1) * self.seats)
        for array in (self.rewards, self.terminated, self.truncated, self.metrics):
            array[rows] = 0
        self.over[copy] = 0
        self._script_rngs[rows] = [Stream((seed << 32) + 1 + s).state for s in range(self.seats)]
        at, buffers = self._tail(copy)
        self._lib.env_reset(at, 1, seed, 0, self._params.ctypes.data, ctypes.byref(buffers))

    def show(self) -> None:
        """Write `obs`, `active` and `mask` anew, after `state` was loaded from elsewhere.

        Raises:
            ValueError: a game there has more or fewer seats than these; its rows would not fit.
        """
        for copy, game in enumerate(self.state):
            seats = self._lib.env_copy_seats(game.ctypes.data)
            if seats != self.seats:
                want = f"a game of {self.seats} seats, got one of {seats}"
                raise ValueError(f"state[{copy}]: want {want}")
        for at, n, _, buffers in self._slices:
            self._lib.env_show(at, n, ctypes.byref(buffers))

    def save(self) -> dict[str, NDArray[Any]]:
        """Copies of all arrays that play goes on from; `load` takes them up again."""
        saved = ("state", "metrics", "obs", "active", "mask")
        arrays = {name: getattr(self, name) for name in saved}
        arrays["script_rngs"] = self._script_rngs
        return {name: array.copy() for name, array in arrays.items() if array is not None}

    def load(self, saved: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what `save` gave, of the same environment, copies and parameters."""
        for name, array in saved.items():
            target = self._script_rngs if name == "script_rngs" else getattr(self, name)
            if array.shape != target.shape or array.dtype != target.dtype:
                raise ValueError(
                    f"{name}: want {target.dtype} {target.shape}, got {array.dtype} {array.shape}"
                )
            target[...] = array

    def set_params(self, params: Mapping[str, float]) -> None:
        """Change parameters of the running games.

        Raises:
            EnvError: no such parameter, or one that holds for a whole game.
            ValueError: a value out of its range.
        """
        for param in self.spec["params"]:
            if param["name"] in params and not param["live"]:
                raise EnvError(f"{param['name']} cannot change in play: make a new VecEnv")
        current = {
            p["name"]: float(v) for p, v in zip(self.spec["params"], self._params, strict=True)
        }
        self._params = self._fit({**current, **params})
        for at, n, _, _ in self._slices:
            self._lib.env_set_params(at, n, self._params.ctypes.data)

    def script(self, rows: U8, level: int = 0, part: int | None = None) -> None:
        """Write the scripted player's choice into `actions`, for each row whose `rows` is not 0.

        Only games of `parts[part]` are looked at, where a part is given.

        Raises:
            EnvError: the environment has no scripted player.
            ValueError: `rows` is not a uint8 array of one value a row.
        """
        if not self.spec["has"]["script"]:
            raise EnvError(f"{self.spec['name']} has no scripted player")
        if rows.shape != (self.rows,) or rows.dtype != np.uint8:
            raise ValueError(f"rows: want uint8 ({self.rows},), got {rows.dtype} {rows.shape}")
        chosen = np.ascontiguousarray(rows)
        copies = range(self.copies) if part is None else self.parts[part]
        first = copies.start * self.seats
        arrays = (chosen[first:], self._script_rngs[first:], self.actions[first:])
        at = self.state[copies.start :].ctypes.data
        self._lib.env_script(at, len(copies), level, *(array.ctypes.data for array in arrays))

    def steer(self, copy: int, seat: int, sticks: Sequence[float]) -> NDArray[Any]:
        """The action (heads,) that a person's sticks come to, each from -1 to 1.

        Raises:
            EnvError: the environment has no sticks.
            ValueError: not one number a stick.
        """
        wanted = len(self.spec["sticks"])
        if not wanted:
            raise EnvError(f"{self.spec['name']} has no sticks")
        if len(sticks) != wanted:
            raise ValueError(f"sticks: want {wanted}, got {len(sticks)}")
        held = np.array(sticks, np.float32)
        action: NDArray[Any] = np.zeros_like(self.actions[0])
        at = self.state[copy].ctypes.data
        self._lib.env_steer(at, seat, held.ctypes.data, action.ctypes.data)
        return action

    def drain(self, rows: Sequence[int] | NDArray[Any] | slice | None = None) -> dict[str, float]:
        """The mean of each metric over the episodes finished in `rows` (all), which it clears.

        "episodes" is their number; with none finished, that is all the answer.
        """
        chosen = slice(None) if rows is None else rows
        sums = self.metrics[chosen].sum(axis=0, dtype=np.float64)
        self.metrics[chosen] = 0
        episodes = float(sums[0])
        if not episodes:
            return {"episodes": 0.0}
        means = zip(self.spec["metrics"][1:], sums[1:] / episodes, strict=True)
        return {"episodes": episodes, **{name: float(mean) for name, mean in means}}

    def hash(self) -> int:
        """A 64-bit hash of all games' bytes, the same in the browser."""
        return int(self._lib.env_hash(self.state.ctypes.data, self.copies))

    def score(self, copy: int, seat: int) -> float:
        """Of a seat's running episode: what its metric "score" would be if it ended now."""
        if not 0 <= seat < self.seats:
            raise ValueError(f"seat: want 0 to {self.seats - 1}, got {seat}")
        return float(self._lib.env_score(self.state[copy].ctypes.data, seat))

    def point(self, copy: int, seat: int, x: float, y: float) -> int:
        """The choice under a pointer at x, y (px of the scene), -1 for none."""
        if not 0 <= seat < self.seats:
            raise ValueError(f"seat: want 0 to {self.seats - 1}, got {seat}")
        return int(self._lib.env_point(self.state[copy].ctypes.data, seat, x, y))

    def aim(self, copy: int, seat: int, x: float, y: float, down: bool) -> dict[int, float]:
        """What a pointer at x, y (px of the scene), pressed or not, chooses for a seat, by head."""
        if not 0 <= seat < self.seats:
            raise ValueError(f"seat: want 0 to {self.seats - 1}, got {seat}")
        action = np.zeros_like(self.actions[0])
        state = self.state[copy].ctypes.data
        heads = self._lib.env_aim(state, seat, x, y, int(down), action.ctypes.data)
        return {h: action[h].item() for h in range(len(action)) if heads >> h & 1}

    def places(self, copy: int, seat: int) -> F32:
        """(size, 4) x, y, width, height (px of the scene) of where each value of a seat's
        observation is to be seen; of no width where it tells of no place.
        """
        if not 0 <= seat < self.seats:
            raise ValueError(f"seat: want 0 to {self.seats - 1}, got {seat}")
        boxes: F32 = np.zeros((self.spec["interface"]["observation"]["size"], 4), np.float32)
        self._lib.env_place(self.state[copy].ctypes.data, seat, boxes.ctypes.data)
        return boxes

    def describe(self, copy: int = 0) -> str:
        """One sentence on the state of a game; "" where the environment has none."""
        text = ctypes.create_string_buffer(512)
        self._lib.env_describe(self.state[copy].ctypes.data, text, 512)
        return text.value.decode()


def _declare(lib: ctypes.CDLL) -> ctypes.CDLL:
    pointer, integer, u32 = ctypes.c_void_p, ctypes.c_int, ctypes.c_uint32
    signatures: dict[str, tuple[Any, list[Any]]] = {
        "env_copy_size": (integer, []),
        "env_seats": (integer, [pointer]),
        "env_copy_seats": (integer, [pointer]),
        "env_reset": (None, [pointer, integer, u32, u32, pointer, pointer]),
        "env_step": (None, [pointer, integer, pointer]),
        "env_show": (None, [pointer, integer, pointer]),
        "env_set_params": (None, [pointer, integer, pointer]),
        "env_script": (None, [pointer, integer, integer, pointer, pointer, pointer]),
        "env_hash": (ctypes.c_uint64, [pointer, integer]),
        "env_score": (ctypes.c_float, [pointer, integer]),
        "env_point": (integer, [pointer, integer, ctypes.c_float, ctypes.c_float]),
        "env_steer": (None, [pointer, integer, pointer, pointer]),
        "env_aim": (
            integer,
            [pointer, integer, ctypes.c_float, ctypes.c_float, integer, pointer],
        ),
        "env_place": (None, [pointer, integer, pointer]),
        "env_describe": (None, [pointer, pointer, integer]),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(lib, name)
        function.restype, function.argtypes = result, arguments
    return lib
