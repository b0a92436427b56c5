"""What a preview tells the page, in files that the server reads: build, doctor and policy."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from envs_c.build import BUILD, ROOT

FOUND = re.compile(
    r"^(?P<file>[^\s:]+):(?P<line>\d+):(?P<column>\d+): (?:fatal )?error: (?P<message>.*)$"
)
STATE = re.compile(r"typedef struct State \{.*?\} State;", re.DOTALL)
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)


def folder(name: str) -> Path:
    """Where a preview keeps what it tells, and the policies it exports."""
    return BUILD / "preview" / name


def tell(name: str, what: str, told: Mapping[str, Any]) -> None:
    """Put something where the server looks, in one step; `what` names the event on the page."""
    path = folder(name) / f"{what}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(told), encoding="utf-8")
    fresh.replace(path)


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
    layout: str = ""  # of State, as it is declared; see `layout_of`

    def write(self, name: str) -> None:
        """Tell the page."""
        tell(name, "build", asdict(self))


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


def layout_of(text: str) -> str:
    """A hash of how State is declared in a C file, comments and spaces left out.

    Another one calls for a game that starts anew: what was played before is of another State.
    """
    declared = STATE.search(COMMENT.sub("", text))
    fields = re.sub(r"\s+", " ", declared[0]) if declared else ""
    return sha256(fields.encode()).hexdigest()[:16]
