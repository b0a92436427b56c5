"""Follows a document as a newcomer would: its commands are run, its changes made."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.project_copy import ROOT

BLOCK = re.compile(r"(?ms)^```(?P<word>sh|diff|md|toml)(?: (?P<file>\S+))?\n(?P<text>.*?)^```$")


@dataclass(frozen=True)
class Command:
    """A line of a shell block."""

    line: str

    @property
    def target(self) -> str:
        """Of make; empty where the line is another command."""
        words = self.line.split()
        return words[1] if words[0] == "make" else ""


@dataclass(frozen=True)
class Change:
    """A file's text replaced, or with no `old` the whole file."""

    file: str
    old: str
    new: str


def steps(document: Path) -> Iterator[Command | Change]:
    """All that the document asks to be done, in its order."""
    for block in BLOCK.finditer(document.read_text(encoding="utf-8")):
        text = block["text"]
        if block["word"] == "sh":
            yield from map(Command, text.splitlines())
        elif block["file"] and block["word"] == "diff":
            yield Change(block["file"], _side(text, "-"), _side(text, "+"))
        elif block["file"]:
            yield Change(block["file"], "", text)


def _side(text: str, mark: str) -> str:
    lines = [line[1:] for line in text.splitlines() if line[:1] in (" ", mark)]
    return "".join(f"{line}\n" for line in lines)


def make(folder: Path, change: Change) -> None:
    """Make a change in the environment's folder; the old text has to be there once."""
    path = folder / change.file
    new = change.new
    if change.old:
        text = path.read_text(encoding="utf-8")
        assert text.count(change.old) == 1, f"{change.file}: {change.old}"
        new = text.replace(change.old, change.new)
    path.write_text(new, encoding="utf-8")


def recipe(target: str, env: str, more: str = "") -> list[str]:
    """What make runs for a target once all is set up: its line with python, `more` as ARGS."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    rules = re.findall(rf"(?m)^{target}:.*\n((?:\t.*\n)+)", makefile)
    lines = [line for rule in rules for line in rule.splitlines() if "$(V)/python -m" in line]
    known = {"$(V)/python": sys.executable, "$(call needed,ENV)": env, "$(ENV)": env}
    line = lines[0].strip().lstrip("@")
    for old, new in (known | {"$(ARGS)": more, "$(PORT)": "0"}).items():
        line = line.replace(old, new)
    assert "$(" not in line, line
    return shlex.split(line)


def run(
    command: Command, root: Path, env: str, more: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a command in the project; `more`: ARGS by target, to keep it short."""
    if command.target:
        words = recipe(command.target, env, more.get(command.target, ""))
    else:
        words = shlex.split(command.line.replace(".venv/bin/python", sys.executable))
    return subprocess.run(
        words,
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
