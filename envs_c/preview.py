"""`python -m envs_c preview NAME`: serve one game and build it again whenever its C is saved.

The server runs in a process of its own and reads from files how builds, the doctor and training go,
so none of them ever holds up a page.
"""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from envs_c.build import ENVS, ROOT, source
from envs_c.preview_jobs import Doctor, Pupil
from envs_c.preview_status import Status, faults, layout_of

if TYPE_CHECKING:
    from watchfiles import Change

LOOK_EVERY_MS = 500  # at the server's process and at the jobs, while nothing is saved

console = Console(highlight=False, emoji=False)


def build(name: str) -> Status:
    """Build the game for the web and say how it went."""
    command = ["./build_wasm.sh", "--quick", name]
    layout = layout_of(source(name).read_text(encoding="utf-8"))
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    said = (result.stderr + result.stdout).strip().splitlines()
    # The driver's own words are the whole command, and hide the compiler's.
    text = "\n".join(line for line in said if not line.startswith("emcc: error: '"))
    if result.returncode == 0:
        return Status("ok", layout=layout)
    return Status("failed", text or f"build_wasm.sh exits {result.returncode}", faults(text))


def _rebuild(name: str, doctor: Doctor, layout: str = "") -> str:
    """Build and tell; `layout` is that of the last build that went well, and so is what returns."""
    Status("building", layout=layout).write(name)
    doctor.stop()
    console.print(f"{name}: building")
    begun = time.monotonic()
    status = build(name)
    if status.state != "ok":
        status = replace(status, layout=layout)
    status.write(name)
    if status.state == "ok":
        console.print(f"{name}: built in {time.monotonic() - begun:.1f} s")
        doctor.start()
    else:
        console.print(f"{name}: does not build", style="bold red")
        console.print(status.text, markup=False)
    return status.layout


def matters(name: str, path: str) -> bool:
    """Whether a change of the file at path calls for a build of the game."""
    changed = Path(path)
    if changed == ENVS / name / "golden.txt":  # its hash is the version of the rules
        return True
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
    doctor, pupil = Doctor(name), Pupil(name)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that nothing is left running
    try:
        layout = _rebuild(name, doctor)
        site = f"http://127.0.0.1:{port}" if port else ""
        console.print(f"{name}: open {site}/play/{name}; saving {name}.c builds it again")

        def wanted(change: "Change", path: str) -> bool:
            return matters(name, path)

        for changes in watch(
            ENVS, watch_filter=wanted, yield_on_timeout=True, rust_timeout=LOOK_EVERY_MS
        ):
            if server.poll() is not None:
                raise typer.Exit(server.returncode)
            if changes:
                layout = _rebuild(name, doctor, layout)
                pupil.again()
            doctor.look()
            pupil.look()
    except KeyboardInterrupt:  # the usual way to end it
        return
    finally:
        doctor.stop()
        pupil.stop()
        server.terminate()
        server.wait()
