"""Measure what a running game page costs in Chromium: frames, script time in each, and memory."""

import json
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from server.bench import served, serving

SCRIPT = {"FunctionCall", "FireAnimationFrame", "RunMicrotasks", "TimerFire", "EventDispatch"}
SCRIPT |= {"EvaluateScript", "v8.run", "FireIdleCallback"}
CATEGORIES = ["devtools.timeline"]
TRACED = 20.0  # s, longer traces take more memory than they tell
BUDGET = 8.0  # ms of script a frame, at the 95th percentile
KINDS = ("heap", "arrays", "process")  # of memory
SETTLE = 6.0  # s, until the scene has found how finely it can draw

# Folds every panel open, asks as many agents as can be asked, draws over the scene all that can be
# drawn there, and returns how many panels there are.
OPEN = """() => {
  for (const fold of document.querySelectorAll('.panel:not([open]) > summary')) fold.click();
  const more = document.querySelector('[data-panel=asking] select');
  for (const { value } of [...(more?.options ?? [])].filter(({ value }) => value)) {
    more.value = value;
    more.dispatchEvent(new Event('change'));
  }
  for (const off of document.querySelectorAll('.panel [aria-pressed=false]')) off.click();
  return document.querySelectorAll('.panel[open]').length;
}"""

# A person has a seat and goes back and forth, so that what is shown only then is shown.
DRIVE = """() => {
  const { session } = document.querySelector('gymcade-player');
  session.takeOver(0, true);
  const { heads } = session.spec.interface.action;
  let turn = 0;
  setInterval(() => {
    session.releaseAll();
    heads.forEach(({ n }, head) => session.press(0, head, turn % n));
    turn++;
  }, 400);
}"""


@dataclass(frozen=True)
class Frames:
    """Of the frames in a trace: ms from one to the next, and ms of script in each."""

    gaps: np.ndarray
    wall: np.ndarray  # as the clock has it, waiting for a core included
    cpu: np.ndarray  # of the main thread itself


def frames(events: Iterable[dict[str, Any]]) -> Frames:
    """What a Chromium trace tells of the renderer's main thread.

    A frame lasts from one animation frame to the next; all script that begins in it is its.

    Raises:
        ValueError: there are less than two animation frames.
    """
    events = list(events)
    mains = {
        (e["pid"], e["tid"])
        for e in events
        if e["name"] == "thread_name" and e["args"]["name"] == "CrRendererMain"
    }
    ours = [
        e
        for e in events
        if e["ph"] == "X" and e["name"] in SCRIPT and (e["pid"], e["tid"]) in mains
    ]
    begins: list[float] = []
    spent: list[list[float]] = []
    until = -1.0
    for event in sorted(ours, key=lambda e: (e["ts"], -e.get("dur", 0))):
        if event["ts"] < until:
            continue  # inside the last one
        until = event["ts"] + event.get("dur", 0)
        if event["name"] == "FireAnimationFrame" and (not begins or event["ts"] > begins[-1] + 2e3):
            begins.append(event["ts"])
            spent.append([0.0, 0.0])
        if spent:
            spent[-1][0] += event.get("dur", 0) / 1000
            spent[-1][1] += event.get("tdur", event.get("dur", 0)) / 1000
    if len(begins) < 2:
        raise ValueError(f"{len(begins)} animation frames in the trace, want 2 or more")
    wall, cpu = np.array(spent[:-1]).T
    return Frames(np.diff(begins) / 1000, wall, cpu)


def _trace(browser: Any, page: Any, seconds: float) -> tuple[Frames, float]:
    """Frames, and ms a frame that the process which draws was busy: all of the picture, where there
    is no graphics card."""

    def drawing() -> float:
        return sum(float(process["cpuTime"]) for process in _processes(browser, "GPU"))

    with TemporaryDirectory() as folder:
        path = Path(folder) / "trace.json"
        browser.start_tracing(page=page, path=path, categories=CATEGORIES)
        before = drawing()
        page.wait_for_timeout(1000 * seconds)
        spent = drawing() - before
        browser.stop_tracing()
        seen = frames(json.loads(path.read_text())["traceEvents"])
    return seen, 1000 * spent / seconds * float(np.mean(seen.gaps)) / 1000


def _memory(browser: Any, client: Any) -> dict[str, float]:
    """MB once rubbish is collected: of script's objects, of arrays, and of the process, which holds
    WebAssembly's memory too."""
    client.send("HeapProfiler.collectGarbage")
    usage = client.send("Runtime.getHeapUsage")
    held = [_private(p["id"]) for p in _processes(browser, "renderer")]
    megabytes = usage["usedSize"] / 1e6, usage.get("backingStorageSize", 0) / 1e6, max(held)
    return dict(zip(KINDS, (round(float(mb), 2) for mb in megabytes), strict=True))


def _processes(browser: Any, kind: str) -> list[dict[str, Any]]:
    found = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    return [process for process in found if process["type"] == kind]


def _private(process: int) -> float:
    """MB of a process that no other shares."""
    text = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="utf-8")
    return sum(float(kb) for kb in re.findall(r"Private_\w+: +(\d+) kB", text)) / 1e3


def measure(
    browser: Any, server: str, name: str, seconds: float, *, panels: bool, drive: bool, width: int
) -> dict[str, Any]:
    """One page for so many seconds: numbers by name, as the command prints them.

    `browser` is Playwright's. Frames are those of the last 20 s, memory that of the first and the
    last moment.
    """
    page = browser.new_page(viewport={"width": width, "height": 800})
    try:
        page.goto(f"{server}/play/{name}?seed=1")
        page.wait_for_selector("gymcade-player[data-ready]", state="attached", timeout=60_000)
        opened = page.evaluate(OPEN) if panels else 0
        if drive:
            page.evaluate(DRIVE)
        page.wait_for_timeout(1000 * SETTLE)
        client = page.context.new_cdp_session(page)
        client.send("Runtime.enable")
        begun, before = time.monotonic(), _memory(browser, client)
        traced = min(TRACED, seconds)
        page.wait_for_timeout(1000 * (seconds - traced))
        seen, drawn = _trace(browser, page, traced)
        after, passed = _memory(browser, client), time.monotonic() - begun
        ticks, recorded = page.evaluate(
            "() => { const { session: s } = document.querySelector('gymcade-player');"
            " return [s.history.ticks, s.history.bytes]; }"
        )
    finally:
        page.close()
    p95 = float(np.percentile(seen.cpu, 95))
    return {
        "env": name,
        "panels": opened,
        "person": drive,
        "seconds": round(passed, 1),
        "frames_per_second": round(1000 / float(np.mean(seen.gaps)), 1),
        "drawing_ms": round(drawn, 1),
        "gap_ms_p95": round(float(np.percentile(seen.gaps, 95)), 1),
        "script_ms_median": round(float(np.median(seen.cpu)), 2),
        "script_ms_p95": round(p95, 2),
        "script_wall_ms_p95": round(float(np.percentile(seen.wall, 95)), 2),
        "within_budget": p95 <= BUDGET,
        "mb_before": before,
        "mb_after": after,
        "recorded_mb": round(recorded / 1e6, 2),
        "ticks": ticks,
    }


def command(
    env: Annotated[list[str] | None, typer.Argument(help="environments; pong and snake")] = None,
    seconds: Annotated[float, typer.Option(min=2, help="of play for each row")] = 60,
    panels: Annotated[bool, typer.Option(help="with all panels open")] = True,
    drive: Annotated[bool, typer.Option(help="with a person in a seat")] = True,
    width: Annotated[int, typer.Option(min=320, help="of the window, px")] = 1280,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line")] = False,
    out: Annotated[Path | None, typer.Option(help="a file for all rows, as one JSON array")] = None,
) -> None:
    """Measure frames, script time a frame and memory of a game page, in headless Chromium."""
    from playwright.sync_api import sync_playwright

    from envs_c.wasm import CHROMIUM_FLAGS, chromium_path

    names = served(env or ["pong", "snake"], Console(stderr=True))
    table = Table("environment", "panels", "fps", "drawing ms", "script ms", "95 %", *KINDS)
    rows: list[dict[str, Any]] = []
    with serving() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(), args=list(CHROMIUM_FLAGS)
        )
        for name in names:
            row = measure(browser, server, name, seconds, panels=panels, drive=drive, width=width)
            rows.append(row)
            if as_json:
                typer.echo(json.dumps(row))
            held = [f"{row['mb_before'][kind]} to {row['mb_after'][kind]}" for kind in KINDS]
            numbers = (
                "panels",
                "frames_per_second",
                "drawing_ms",
                "script_ms_median",
                "script_ms_p95",
            )
            table.add_row(name, *(str(row[number]) for number in numbers), *held)
        browser.close()
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(rows, indent=1) + "\n")
    if not as_json:
        Console().print(table)
