"""Measure environments: agent ticks a second, natively, through Python, and in WebAssembly."""

import ctypes
import json
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import date
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from envs_c.binding import VecEnv
from envs_c.build import ENVS, library, names, source
from envs_c.wasm import MissingError, Page, in_chromium, in_node, sim, text_of

PLAYER = ENVS / "bench.mjs"

ROWS = 1024
"""About how many agent rows are stepped together."""

ROUNDS = 8
"""How often each is measured, in turn; the best counts, as the one least disturbed by others."""

KEPT = ("native-1", "wasm-chromium")
"""What `--record` keeps of the ways of playing."""

POINTERS = ("copies", "buffers", "actions", "sizes", "active", "mask", "obs", "rewards")


class Job(ctypes.Structure):
    """`Job` of bench.c, where its fields are explained."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in (*POINTERS, "terminated", "truncated")),
        *((name, ctypes.c_int32) for name in ("n", "rows", "heads", "obs_bytes")),
        ("random", ctypes.c_uint32),
    )


class Native:
    """The same games played by bench.c, which is compiled together with the environment."""

    def __init__(self, name: str, copies: int, threads: int) -> None:
        driver = ENVS / "bench.c"
        suffix = f"-bench-{sha256(driver.read_bytes()).hexdigest()[:8]}"
        self._lib = ctypes.CDLL(str(library(name, flags=(str(driver),), suffix=suffix)))
        for loop in (self._lib.bench_play, self._lib.bench_fill):
            loop.restype = ctypes.c_int64
            loop.argtypes = [ctypes.POINTER(Job), ctypes.c_int]
        # One object for each thread, with the buffers that belong to its games.
        self._envs = [VecEnv(name, copies // threads, seed) for seed in range(threads)]
        heads = self._envs[0].spec["interface"]["action"]["heads"]
        self._sizes = np.array([head["n"] for head in heads], np.int32)
        if self._envs[0].spec["interface"]["action"]["type"] == "continuous":
            self._sizes[:] = 0
        self._jobs = [self._job(env, i) for i, env in enumerate(self._envs)]
        self._pool = ThreadPoolExecutor(threads)

    def _job(self, env: VecEnv, number: int) -> Job:
        at, n, _, buffers = env._slices[0]
        arrays = {name: getattr(env, name) for name in POINTERS[4:]}
        return Job(
            copies=at,
            buffers=ctypes.addressof(buffers),
            actions=env.actions.ctypes.data,
            sizes=self._sizes.ctypes.data,
            **{k: None if array is None else array.ctypes.data for k, array in arrays.items()},
            terminated=env.terminated.ctypes.data,
            truncated=env.truncated.ctypes.data,
            n=n,
            rows=env.rows,
            heads=len(self._sizes),
            obs_bytes=env.obs[0].nbytes,
            random=2463534242 + number,
        )

    def play(self, seconds: float, loop: str = "bench_play") -> float:
        """Agent ticks a second over about that many seconds."""
        call = getattr(self._lib, loop)

        def run(job: Job) -> int:
            played = 0
            while perf_counter() < end:
                played += call(ctypes.byref(job), 16)
            return played

        start = perf_counter()
        end = start + seconds
        played = sum(self._pool.map(run, self._jobs))
        return played / (perf_counter() - start)


class Python:
    """The same through `VecEnv.step`."""

    def __init__(self, name: str, copies: int) -> None:
        self._env = VecEnv(name, copies)
        rng, env = np.random.default_rng(1), self._env
        action = env.spec["interface"]["action"]
        self._splits = np.cumsum([head["n"] for head in action["heads"]])[:-1]
        # Drawn ahead: scores of all choices where some may be forbidden, else the actions.
        shape = (16, *env.actions.shape)
        if env.mask is not None:
            self._drawn: list[Any] = [*rng.random((16, *env.mask.shape), np.float32)]
        elif action["type"] == "continuous":
            self._drawn = [*rng.uniform(-1, 1, shape).astype(np.float32)]
        else:
            sizes = [head["n"] for head in action["heads"]]
            self._drawn = [*rng.integers(0, sizes, shape, np.int32)]

    def play(self, seconds: float) -> float:
        """Agent ticks a second over about that many seconds, less the time of choosing actions."""
        env, played, spent = self._env, 0, 0.0
        while spent < seconds:
            for drawn in self._drawn:
                played += int(np.count_nonzero(env.active))
                actions = drawn if env.mask is None else self._allowed(drawn * env.mask)
                start = perf_counter()
                env.step(actions)
                spent += perf_counter() - start
        return played / spent

    def _allowed(self, scores: NDArray[np.float32]) -> NDArray[np.int32]:
        heads = np.split(scores, self._splits, axis=1)
        return np.stack([head.argmax(axis=1) for head in heads], axis=1).astype(np.int32)


def measure(name: str, seconds: float, page: Page | None = None) -> list[dict[str, Any]]:
    """Each way of playing for about `seconds` in all, in rounds of a part of it.

    Rows with the keys env, where, agent_ticks_per_second, ratio (to native-1) and of_reference (to
    a loop that only fills the same buffers). Rows that do not act count for nothing. Without a
    page of Chromium there is no row of it.

    Raises:
        EnvError: no such environment, it does not compile, or has not been built for the page.
    """
    seats = VecEnv(name, 1).seats
    copies = max(2, ROWS // seats)
    native, two, python = Native(name, copies, 1), Native(name, copies, 2), Python(name, copies)
    share = seconds / ROUNDS
    job = {"sim": text_of(sim(name).read_bytes()), "copies": copies, "seconds": share}
    ways: dict[str, Callable[[], float]] = {
        "native-1": lambda: native.play(share),
        "native-2": lambda: two.play(share),
        "python": lambda: python.play(share),
        "wasm-node": lambda: float(in_node(PLAYER, job)),
    }
    if page:
        ways["wasm-chromium"] = lambda: float(page.run(PLAYER, job))
    ways["reference"] = lambda: native.play(share, "bench_fill")
    rounds = [{where: way() for where, way in ways.items()} for _ in range(ROUNDS)]
    best = {where: max(r[where] for r in rounds) for where in ways}
    return [
        {
            "env": name,
            "where": where,
            "agent_ticks_per_second": round(best[where]),
            "ratio": round(best[where] / best["native-1"], 4),
            "of_reference": round(best[where] / best["reference"], 4),
        }
        for where in ways
        if where != "reference"
    ]


def machine() -> str:
    """The processor as it calls itself, and how many cores of it there are."""
    told = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*:\s*(.+)", told.read_text()) if told.exists() else None
    model = found[1].strip() if found else os.uname().machine
    return f"{model}, {os.cpu_count()} cores"


def record(rows: list[dict[str, Any]], on: str, day: date) -> Path:
    """Keep what was measured of one environment in its folder, as a fact to commit.

    Args:
        rows: as `measure` returns them.
        on: the machine.
        day: when it was measured.

    Raises:
        EnvError: no such environment.
    """
    facts: dict[str, Any] = {"machine": on, "date": day.isoformat()}
    for row in rows:
        if row["where"] in KEPT:
            keys = ("agent_ticks_per_second", "of_reference")
            facts[row["where"]] = {key: row[key] for key in keys}
    path = source(rows[0]["env"]).parent / "speed.json"
    path.write_text(json.dumps(facts, indent=2) + "\n")
    return path


def command(
    env: Annotated[list[str] | None, typer.Argument(help="environments; all if none")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line")] = False,
    seconds: Annotated[float, typer.Option(min=0.01, help="for each way of playing")] = 2.0,
    out: Annotated[Path | None, typer.Option(help="a file for all rows, as one JSON array")] = None,
    keep: Annotated[bool, typer.Option("--record", help="in envs_c/NAME/speed.json too")] = False,
) -> None:
    """Measure agent ticks a second with random actions, on this machine as it is now.

    What is recorded is shown in the table of environments: let nothing else run meanwhile.
    """
    console = Console(stderr=True)
    table = Table("environment", "where", "agent ticks/s", "of native-1", "of filling buffers")
    for column in table.columns[2:]:
        column.justify = "right"
    rows = []
    with ExitStack() as stack:
        try:
            page = stack.enter_context(in_chromium())
        except MissingError as error:
            if os.environ.get("CI"):
                raise
            console.print(f"wasm-chromium left out: {error}")
            page = None
        for name in track(env or names(), "measuring", console=console, transient=True):
            measured = measure(name, seconds, page)
            if keep:
                record(measured, machine(), date.today())
            for row in measured:
                rows.append(row)
                if as_json:
                    typer.echo(json.dumps(row))
                per_second = f"{row['agent_ticks_per_second'] / 1e6:,.2f} M"
                shares = (f"{row[key]:.3f}" for key in ("ratio", "of_reference"))
                table.add_row(name, row["where"], per_second, *shares)
            table.add_section()
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(rows, indent=1) + "\n")
    if not as_json:
        Console().print(table)
