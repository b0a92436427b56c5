"""Play the same games on every target and compare all that comes of them, byte for byte."""

import json
import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from envs_c.binding import VecEnv
from envs_c.build import ENVS, library, names, source
from envs_c.layouts import differing_fields
from envs_c.rng import Stream
from envs_c.rounds import COPIES, PARTS, Digests, Round, play, start
from envs_c.wasm import Json, MissingError, Page, in_chromium, in_node, sim, text_of

PLAYER = ENVS / "parity.mjs"
OPTIONS = {"O0": ("-O0",), "O3": ("-O3",), "O3-native": ("-O3", "-march=native")}
# As for the page: enumerators are the constants here, in arithmetic with floats too.
COMPILERS = {"gcc": (), "clang": ("-Wno-enum-float-conversion",)}
NATIVE = [f"{compiler}-{options}" for compiler in COMPILERS for options in OPTIONS]
TARGETS = (*NATIVE, "node", "chromium")


def compiled(name: str, target: str, c_file: Path | None = None) -> Path:
    """The environment's library for a native target such as "gcc-O0".

    Raises:
        MissingError: its compiler is not on this machine.
        EnvError: it does not compile.
    """
    compiler, options = target.split("-", 1)
    if shutil.which(compiler) is None:
        raise MissingError(f"{compiler} is missing")
    flags = (*OPTIONS[options], *COMPILERS[compiler])
    return library(name, flags=flags, suffix=f"-{target}", c_file=c_file, compiler=compiler)


def rounds(spec: Json, ticks: int, seed: int) -> list[Round]:
    """What is played: the game as it is, with other parameters, and on from a saved one.

    A tick is one step of one game, whatever the number of its seats. `compare` gives the last
    round, that of the saved games, its state.
    """
    stream = Stream(seed)
    ways: dict[str, dict[str, float]] = {"as it is": {}}
    if spec["params"]:
        for title in ("min", "max"):
            ways[f"parameters at their {title}"] = {p["name"]: p[title] for p in spec["params"]}
        ways["parameters at random"] = {
            p["name"]: p["min"] + (p["max"] - p["min"]) * stream.uniform() for p in spec["params"]
        }
    # Each plays one part of the ticks, the first one what is left.
    steps = max(1, ticks // COPIES)
    share = max(1, steps // (len(ways) + 2))
    games = [Round(title, stream.next(), share, params) for title, params in ways.items()]
    games[0] = replace(games[0], steps=max(1, steps - share * len(ways)))
    return [*games, Round("a saved game", seed, share)]


@dataclass
class Outcome:
    """What the comparison of one environment came to."""

    env: str
    ticks: int
    seed: int
    hashes: dict[str, str]
    skipped: dict[str, str]  # target: why
    differences: list[str]

    def as_json(self) -> Json:
        """One object, as `--json` prints it."""
        equal = not self.differences
        return {"env": self.env, "ticks": self.ticks, "seed": self.seed, "equal": equal} | {
            key: getattr(self, key) for key in ("hashes", "skipped", "differences")
        }


def first_difference(game: Round, target: str, got: Digests, want: Digests, base: str) -> str:
    """Where and in what a target parted from the first one; "" if it did not."""
    apart = (got != want).any(axis=2)  # (blocks, parts)
    if not apart.any():
        return ""
    at = int(apart.any(axis=1).argmax())
    parts = ", ".join(part for part, differs in zip(PARTS, apart[at], strict=True) if differs)
    end = min(game.steps, (at + 1) * game.block)
    where = f"{game.title}, steps {at * game.block + 1} to {end}"
    return f"{target} differs from {base} in {parts} ({where})"


def compare(
    name: str,
    ticks: int,
    seed: int,
    page: Page | None,
    *,
    targets: Sequence[str] = TARGETS,
    c_file: Path | None = None,
    wasm: Path | None = None,
) -> Outcome:
    """Play one environment on all targets.

    Args:
        name: of the environment.
        ticks: steps of single games, about.
        seed: of games and actions.
        page: of Chromium; None if that is missing.
        targets: of TARGETS; the first that is there is what the others are compared with.
        c_file: of an environment that lies elsewhere than under envs_c/.
        wasm: its sim.wasm, where that is not the gallery's.

    Raises:
        EnvError: no such environment, it does not compile, or has not been built for the page.
    """
    libs, skipped = {}, {}
    for target in (target for target in targets if target in NATIVE):
        try:
            libs[target] = compiled(name, target, c_file)
        except MissingError as error:
            skipped[target] = str(error)
    if not libs:
        raise MissingError(f"no compiler: {', '.join(sorted(set(skipped.values())))}")
    base, lib = next(iter(libs.items()))
    games = rounds(VecEnv(name, 1, source=c_file, compiled=lib).spec, ticks, seed)

    # The base plays its first round alone: the last one goes on from where that ended.
    env = start(name, lib, games[0], c_file)
    played = {base: [play(env, lib, games[0])]}
    games[-1] = replace(games[-1], state=env.state.copy())

    module = wasm or sim(name)
    job = {"sim": text_of(module.read_bytes()), "rounds": [game.job() for game in games]}

    def natively(target: str) -> list[Digests]:
        begun, path = played.get(target, []), libs[target]
        left = games[len(begun) :]
        return begun + [play(start(name, path, game, c_file), path, game) for game in left]

    answers: dict[str, Json] = {}
    with ThreadPoolExecutor(2) as pool:
        runs = {target: pool.submit(natively, target) for target in libs}
        node = pool.submit(in_node, PLAYER, job) if "node" in targets else None
        if "chromium" in targets and page is not None:
            answers["chromium"] = page.run(PLAYER, job)
        for target, run in runs.items():
            played[target] = run.result()
        if node:
            try:
                answers["node"] = node.result()
            except MissingError as error:
                skipped["node"] = str(error)
    if "chromium" in targets and page is None:
        skipped["chromium"] = "chromium is missing"

    differences = differing_fields(c_file or source(name))
    layout = _layout(VecEnv(name, 1, source=c_file, compiled=lib))
    for target, answer in answers.items():
        played[target] = [np.array(d, np.uint32).reshape(-1, 4, 2) for d in answer["played"]]
        if answer["imports"]:
            differences.append(f"{target}: sim.wasm imports {answer['imports']} functions, want 0")
        for what, size in layout.items():
            if answer["layout"][what] != size:
                there = answer["layout"][what]
                differences.append(f"{target}: {what} is {there}, natively {size}")
    for target in (t for t in targets if t in played and t != base):
        told = (
            first_difference(game, target, got, want, base)
            for game, got, want in zip(games, played[target], played[base], strict=True)
        )
        differences += [line for line in told if line][:1]
    hashes = {target: _hash(played[target]) for target in targets if target in played}
    total = sum(game.steps * game.copies for game in games)
    return Outcome(name, total, seed, hashes, skipped, differences)


def _layout(env: VecEnv) -> dict[str, int]:
    """Bytes of a game and of an observation, and seats; as parity.mjs says them."""
    return {"copy": env.state.shape[1], "observation": env.obs[0].nbytes, "seats": env.seats}


def _hash(played: list[Digests]) -> str:
    return sha256(b"".join(digests[-1].tobytes() for digests in played)).hexdigest()[:16]


def command(
    env: Annotated[list[str] | None, typer.Argument(help="environments; all if none")] = None,
    ticks: Annotated[int, typer.Option(min=1, help="steps of single games, for each")] = 1_000_000,
    seed: Annotated[int, typer.Option(min=0, help="of games and actions")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line")] = False,
) -> None:
    """Check that an environment plays the same bytes on every target; exit code 1 if not."""
    outcomes = []
    with ExitStack() as stack:
        try:
            page = stack.enter_context(in_chromium())
        except MissingError:
            page = None
        for name in env or names():
            outcome = compare(name, ticks, seed, page)
            outcomes.append(outcome)
            if as_json:
                typer.echo(json.dumps(outcome.as_json()))
    if not as_json:
        Console().print(_table(outcomes))
    told = Console(stderr=True, soft_wrap=True, emoji=False)
    for outcome in outcomes:
        for line in outcome.differences:
            told.print(f"{outcome.env}: {line}", style="red", highlight=False)
        for target, why in outcome.skipped.items():
            told.print(f"{outcome.env}: {target} left out: {why}", highlight=False)
    in_ci = bool(os.environ.get("CI"))
    if any(outcome.differences or (outcome.skipped and in_ci) for outcome in outcomes):
        raise typer.Exit(1)


def _table(outcomes: list[Outcome]) -> Table:
    table = Table("environment", "ticks", "hash", "targets")
    for outcome in outcomes:
        alike: dict[str, list[str]] = {}
        for target, hash_ in outcome.hashes.items():
            alike.setdefault(hash_, []).append(target)
        for hash_, targets in alike.items():
            table.add_row(outcome.env, f"{outcome.ticks:,}", hash_, ", ".join(targets))
    return table
