"""Measure how soon a game page can be played in Chromium, and what that takes over the wire."""

import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from server.line import slowed
from server.settings import Settings

LONGEST = 120  # s that a page may take
MOMENTS = {"playable": "a person can play", "acted": "the agent has acted"}

# Of each moment, ms since the page was asked for and the bytes that had arrived by then.
MEASURED = """() => {
  const marks = Object.fromEntries(['playable', 'acted'].map((moment) =>
    [moment, performance.getEntriesByName(`gymcade:${moment}`)[0]?.startTime]));
  if (!marks.acted) return null;
  const arrived = [...performance.getEntriesByType('navigation'),
    ...performance.getEntriesByType('resource')];
  return Object.fromEntries(Object.entries(marks).map(([moment, ms]) => [moment, { ms, bytes:
    arrived.filter((e) => e.responseEnd <= ms).reduce((sum, e) => sum + e.transferSize, 0) }]));
}"""


@contextmanager
def serving() -> Iterator[str]:
    """Address of a server of its own, as `make serve` would start it, on a free port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "server", "serve", "--port", "0"],
        cwd=Settings().root,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    found = re.match(r"Gymcade is at (http\S+)", process.stdout.readline())
    if not found:
        raise RuntimeError(f"the server ended with {process.wait()}")
    try:
        yield found[1]
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def visit(context: Any, address: str) -> dict[str, dict[str, float]]:
    """Open a page in a new tab and return what was measured, by moment.

    Raises:
        TimeoutError: no agent acted within two minutes.
    """
    page = context.new_page()
    page.goto(address, wait_until="commit")
    until = time.monotonic() + LONGEST
    while (measured := page.evaluate(MEASURED)) is None:
        if time.monotonic() > until:
            raise TimeoutError(f"{address}: no agent acted within {LONGEST} s")
        page.wait_for_timeout(50)
    page.wait_for_timeout(500)  # what it keeps for the next time is written behind the scenes
    page.close()
    seen: dict[str, dict[str, float]] = measured
    return seen


def measure(chromium: Any, server: str, name: str, rounds: int) -> list[dict[str, Any]]:
    """Visits with a fresh profile (cold), each followed by another with the same one (warm).

    `chromium` is Playwright's. Rows with the keys env, visit, moment, ms and bytes (medians), and
    rounds.
    """
    from envs_c.wasm import CHROMIUM_FLAGS, chromium_path

    seen: dict[str, list[dict[str, dict[str, float]]]] = {"cold": [], "warm": []}
    for _ in range(rounds):
        with TemporaryDirectory() as profile:
            context = chromium.launch_persistent_context(
                profile, executable_path=chromium_path(), args=list(CHROMIUM_FLAGS)
            )
            for how in seen.values():
                how.append(visit(context, f"{server}/play/{name}"))
            context.close()
    return [
        {
            "env": name,
            "visit": how,
            "moment": moment,
            "ms": round(statistics.median(v[moment]["ms"] for v in visits)),
            "bytes": round(statistics.median(v[moment]["bytes"] for v in visits)),
            "rounds": rounds,
        }
        for how, visits in seen.items()
        for moment in MOMENTS
    ]


def served(wanted: list[str] | None, console: Console) -> list[str]:
    """The games to measure, all if none is wanted; ends the program if one cannot be served."""
    from server.site import Site

    site = Site(Settings())
    snapshot = site.current()
    unknown = set(wanted or []) - set(snapshot.environments)
    if unknown:
        console.print(f"no game {unknown.pop()!r}, want some of {', '.join(snapshot.environments)}")
        raise typer.Exit(1)
    held = [a for g in snapshot.assets.groups.values() for a in g.files.values()]
    if missing := site.store.missing(held):
        console.print(f"{len(missing)} assets are not compressed: python -m server precompress")
        raise typer.Exit(1)
    return wanted or list(snapshot.environments)


def command(
    env: Annotated[list[str] | None, typer.Argument(help="environments; all if none")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line")] = False,
    rounds: Annotated[int, typer.Option(min=1, help="fresh profiles for each environment")] = 3,
    delay: Annotated[float, typer.Option(min=0, help="ms there and back over the line")] = 0,
    rate: Annotated[float, typer.Option(min=0, help="Mbit/s of the line; 0 for any")] = 0,
    out: Annotated[Path | None, typer.Option(help="a file for all rows, as one JSON array")] = None,
) -> None:
    """Measure the time and the bytes from opening a game page to play, in headless Chromium."""
    from playwright.sync_api import sync_playwright

    console = Console(stderr=True)
    names = served(env, console)
    table = Table("environment", "visit", "until", "ms", "kB")
    for column in table.columns[3:]:
        column.justify = "right"
    rows: list[dict[str, Any]] = []
    with (
        serving() as server,
        slowed(server, delay, rate) if delay or rate else nullcontext(server) as address,
        sync_playwright() as playwright,
    ):
        for name in track(names, "measuring", console=console, transient=True):
            for row in measure(playwright.chromium, address, name, rounds):
                rows.append(row)
                if as_json:
                    typer.echo(json.dumps(row))
                numbers = f"{row['ms']:,}", f"{row['bytes'] / 1000:,.1f}"
                table.add_row(name, row["visit"], MOMENTS[row["moment"]], *numbers)
            table.add_section()
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(rows, indent=1) + "\n")
    if not as_json:
        Console().print(table)
