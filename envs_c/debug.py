"""`python -m envs_c debug NAME`: play under the sanitizers, and keep a game that crashes."""

import os
import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from envs_c.build import BUILD, ENVS, ROOT, EnvError, source
from envs_c.fuzz import SANITIZERS, WARNINGS
from envs_c.replay import choices
from envs_c.replay_file import Driver, Replay, encode
from envs_c.spec import Spec, load_spec

PLAYER = ENVS / "debug.c"
UNKNOWN = "0" * 16
"""Recorded as the hash after the tick that crashed: no game has it."""

PATIENCE = 600  # s for one game


@dataclass(frozen=True)
class Crash:
    """A game that crashed."""

    seed: int
    tick: int  # that was being played, from 1; 0 where the game did not even open
    params: dict[str, float]
    text: str  # what the sanitizer said
    replay: Path
    log: Path


def folder(name: str) -> Path:
    """Where crashes of an environment are kept."""
    return BUILD / "debug" / name


def compile_player(name: str) -> Path:
    """The program that plays an environment under ASan and UBSan.

    Raises:
        EnvError: no such environment, or it does not compile.
    """
    c_file, target = source(name), folder(name) / name
    target.parent.mkdir(parents=True, exist_ok=True)
    words = shlex.split(os.environ.get("CC", "gcc"))
    command = [
        *(*words, "-std=c11", "-O1", "-g", "-ffp-contract=off", "-fno-math-errno"),
        *(f"-I{ENVS}", *WARNINGS, f'-DENV="{c_file}"', "-fno-omit-frame-pointer"),
        *(f"-fsanitize={SANITIZERS}", "-fno-sanitize-recover=all"),
        *(str(PLAYER), "-o", str(target)),
    ]
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise EnvError(f"no compiler {words[0]!r}: install gcc or set CC") from error
    if result.returncode:
        raise EnvError(f"{c_file.name} does not compile:\n{result.stderr.strip()}")
    return target


def settings(spec: Spec, game: int) -> dict[str, float]:
    """Parameters of the game-th game: the defaults, all at their least, at their most, by turns."""
    key = ("default", "min", "max")[game % 3]
    return {p["name"]: float(p[key]) for p in spec["params"]}


def play(name: str, seed: int, games: int, ticks: int) -> Crash | None:
    """Play games until one crashes; what is known of it, None if none does.

    Raises:
        EnvError: no such environment, or it does not compile.
    """
    program, spec = compile_player(name), load_spec(name)
    for old in folder(name).glob("*.*"):
        if old.suffix in {".gymcade", ".log"}:
            old.unlink()
    for game in range(games):
        params, log = settings(spec, game), folder(name) / "game.log"
        words = command_line("play", program, seed + game, ticks, log, params)
        try:
            ran = subprocess.run(
                words, capture_output=True, text=True, errors="replace", timeout=PATIENCE
            )
        except subprocess.TimeoutExpired as error:
            raise EnvError(
                f"{name}: a game of {ticks} ticks, seed {seed + game}, takes more than {PATIENCE} s"
            ) from error
        if ran.returncode == 2:
            raise EnvError(f"{name}: {ran.stderr.strip()}")
        if ran.returncode:
            return _keep(spec, seed + game, params, log, ran.stderr)
        log.unlink()
    return None


def command_line(
    what: str, program: Path, seed: int, ticks: int, log: Path, params: dict[str, float]
) -> list[str]:
    """The words that start the player; `what` is play or again."""
    values = [f"{value:.9g}" for value in params.values()]
    return [str(program), what, str(seed), str(ticks), str(log), *values]


def _keep(spec: Spec, seed: int, params: dict[str, float], log: Path, text: str) -> Crash:
    name = spec["name"]
    replay = read_log(spec, seed, params, log)
    path = folder(name) / f"{name}-{seed}-{replay.ticks}.gymcade"
    path.write_bytes(encode(replay))
    log = log.replace(path.with_suffix(".log"))
    return Crash(seed, replay.ticks, params, said(text), path, log)


def said(text: str) -> str:
    """The sanitizer's words up to the end of the first stack, paths from the project's folder."""
    lines = text.replace(f"{ROOT}/", "").splitlines()
    found = [i for i, line in enumerate(lines) if re.search(r"runtime error|ERROR", line)]
    lines = lines[found[0] if found else 0 :]
    end = next((i for i, line in enumerate(lines) if i and not line.strip()), len(lines))
    return "\n".join(lines[: min(end, 16)])


def read_log(spec: Spec, seed: int, params: dict[str, float], log: Path) -> Replay:
    """The game that a log holds, the tick that crashed included; nobody knows what it led to."""
    heads = choices(spec)
    data = log.read_bytes()
    seats = int(np.frombuffer(data, np.int32, 1)[0]) if len(data) >= 4 else spec["agents"]
    kind = np.int32 if any(heads) else np.float32
    tick_type = np.dtype([("hash", "<u8"), ("actions", kind, (seats, len(heads)))])
    ticks = np.frombuffer(data[4:], tick_type, max(0, len(data) - 4) // tick_type.itemsize)
    kept = sorted({*range(0, len(ticks), 256), *([len(ticks) - 1] if len(ticks) else [])})
    hashes = [(tick, f"{ticks['hash'][tick]:016x}") for tick in kept]
    return Replay(
        env=spec["name"],
        interface_version=spec["interface_version"],
        dynamics_version=spec["dynamics_version"],
        seed=seed,
        params=params,
        choices=heads,
        actions=ticks["actions"].copy(),
        changes=(),
        drivers=tuple((0, seat, Driver("random")) for seat in range(seats)),
        hashes=(*hashes, (len(ticks), UNKNOWN)),
    )


def command(
    name: Annotated[str, typer.Argument(help="the environment")],
    seed: Annotated[int, typer.Option(min=0, help="of the first game")] = 1,
    games: Annotated[int, typer.Option(min=1, help="of seeds that follow each other")] = 9,
    ticks: Annotated[int, typer.Option(min=1, max=2**20, help="of each game")] = 5000,
) -> None:
    """Play an environment under ASan and UBSan; keep a game that crashes as a replay."""
    crash = play(name, seed, games, ticks)
    if crash is None:
        typer.echo(f"{name}: {games} games of {ticks} ticks, nothing found")
        return
    shown, log = crash.replay.relative_to(ROOT), crash.log.relative_to(ROOT)
    program = (folder(name) / name).relative_to(ROOT)
    values = ", ".join(f"{key} {value:g}" for key, value in crash.params.items())
    again = command_line("again", program, crash.seed, crash.tick, log, crash.params)
    typer.echo(
        f"{name}: tick {crash.tick} of seed {crash.seed} crashes" + f" ({values})" * bool(values)
    )
    typer.echo(crash.text)
    typer.echo(f"kept as {shown}\n")
    typer.echo(f"  make preview ENV={name}")
    typer.echo("      the page has a button that opens it at the tick before")
    typer.echo(f"  python -m envs_c replay {shown}")
    typer.echo(f"      plays it natively: agrees up to tick {max(crash.tick - 1, 0)}")
    stop = f"gdb -ex 'break debug_tick if tick == {crash.tick}' -ex run --args"
    typer.echo(f"  {stop} {' '.join(again)}")
    typer.echo("      stops before that tick; `continue` runs into it, `bt` says where")
    raise typer.Exit(1)
