"""`python -m envs_c preview NAME`: serve one game and build it again whenever its C is saved.

The server runs in a process of its own and reads how the last build went from a file, so a build
never holds up a page.
"""

import json
import os
import re
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from envs_c.build import BUILD, ENVS, ROOT, source

if TYPE_CHECKING:
    from watchfiles import Change

LOOK_EVERY_MS = 500  # at the server's process, while nothing is saved
FOUND = re.compile(
    r"^(?P<file>[^\s:]+):(?P<line>\d+):(?P<column>\d+): (?:fatal )?error: (?P<message>.*)$"
)

console = Console(highlight=False)


@dataclass(frozen=True)
class Fault:
    """One error of the compiler."""

    file: str  # from the project's folder
    line: int
    column: int
    message: str


@dataclass(frozen=True)
class Status:
    """How the last build went, as the server hands it to the page."""

    state: str  # building, ok, failed
    text: str = ""
    errors: tuple[Fault, ...] = ()

    def write(self, name: str) -> None:
        """Put it where the server looks, in one step."""
        path = BUILD / "preview" / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self)), encoding="utf-8")
        fresh.replace(path)


def faults(text: str, root: Path = ROOT) -> tuple[Fault, ...]:
    """The errors in what a compiler printed, each once though a build compiles a game twice."""
    found: dict[Fault, None] = {}
    for line in text.splitlines():
        if match := FOUND.match(line):
            path = Path(match["file"])
            if path.is_absolute() and path.is_relative_to(root):
                path = path.relative_to(root)
            place = int(match["line"]), int(match["column"])
            found[Fault(str(path), *place, match["message"])] = None
    return tuple(found)


def build(name: str) -> Status:
    """Build the game for the web and say how it went."""
    command = ["./build_wasm.sh", name]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    text = (result.stderr + result.stdout).strip()
    if result.returncode == 0:
        return Status("ok")
    return Status("failed", text or f"build_wasm.sh exits {result.returncode}", faults(text))


def _rebuild(name: str) -> None:
    Status("building").write(name)
    console.print(f"{name}: building")
    status = build(name)
    status.write(name)
    if status.state == "ok":
        console.print(f"{name}: built")
    else:
        console.print(f"{name}: does not build", style="bold red")
        console.print(status.text, markup=False)


def matters(name: str, path: str) -> bool:
    """Whether a change of the file at path calls for a build of the game."""
    changed = Path(path)
    return changed.suffix in {".c", ".h"} and changed.parent in {ENVS / name, ENVS}


def preview(
    name: Annotated[str, typer.Argument(help="the environment")],
    port: Annotated[int, typer.Option(help="port of the page, 0 for any free one")] = 8000,
) -> None:
    """Serve one game, rebuild it when it is saved, and show the compiler's errors on its page."""
    from watchfiles import watch  # here: the other commands do without it

    source(name)
    Status("building").write(name)
    server = subprocess.Popen(
        [sys.executable, "-m", "server", "serve", "--port", str(port)],
        cwd=ROOT,
        env=os.environ | {"GYMCADE_PREVIEW": name},
    )
    try:
        _rebuild(name)
        console.print(f"{name}: open /play/{name}; saving {name}.c builds it again")

        def wanted(change: "Change", path: str) -> bool:
            return matters(name, path)

        for changes in watch(
            ENVS, watch_filter=wanted, yield_on_timeout=True, rust_timeout=LOOK_EVERY_MS
        ):
            if server.poll() is not None:
                raise typer.Exit(server.returncode)
            if changes:
                _rebuild(name)
    except KeyboardInterrupt:  # the usual way to end it
        return
    finally:
        server.terminate()
        server.wait()
