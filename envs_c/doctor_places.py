"""Where in an environment's folder a finding of the doctor is to be mended."""

import re
from pathlib import Path

from envs_c.build import ROOT

STATE, STEP, OBSERVE = r"typedef struct State\b", r"static bool step\(", r"static void observe\("

ANCHORS = {
    "copies": STATE,
    "state": STATE,
    "obs": OBSERVE,
    "final": OBSERVE,
    "reward": STEP,
    "episode": STEP,
    "flags": STEP,
    "clock": STEP,
    "rule": STEP,
    "action": STEP,
    "mask": r"static void legal\(",
    "param": r"#define PARAMS\b",
    "metric": r"static void measure\(",
    "draw": r"static void draw\(",
    "place": r"static \w+ place\(",
}
"""By the first word of a check's id: what begins the part of the C file that it is about."""


def place(check: str, c_file: Path) -> tuple[str, int]:
    """File (from the project's folder, where it lies in it) and line, the first one at worst."""
    path, line = c_file, 1
    if check == "golden-stale":
        path = c_file.parent / "golden.txt"
    else:
        anchor = re.compile(ANCHORS[check.partition("-")[0]])
        lines = c_file.read_text(encoding="utf-8").splitlines()
        line = next((i for i, text in enumerate(lines, 1) if anchor.search(text)), 1)
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    return str(shown), line
