"""`python -m envs_c new NAME`: start an environment as a copy of the smallest one."""

import keyword
import re
import shutil
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from envs_c import golden
from envs_c.build import ENVS, ROOT, EnvError, names
from envs_c.new_guide import guided
from envs_c.spec import load_spec

PATTERN = "squared"  # the one to copy
TEXTS = {".c", ".md", ".toml"}
TODO = "TODO"  # stands where `new` leaves a sentence to be written
LONGEST = 32
# Of C11, less what Python reserves too.
C_WORDS = (
    "auto case char const default do double enum extern float goto inline int long register "
    "restrict short signed sizeof static struct switch typedef union unsigned void volatile "
    "bool true false main"
)

console = Console(highlight=False, emoji=False)


def refusal(name: str, taken: set[str]) -> str:
    """Why an environment cannot have this name, empty if it can."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        return "a name is made of a-z, 0-9 and _, and begins with a letter: it becomes a C file"
    if len(name) > LONGEST:
        return f"a name has at most {LONGEST} letters, this one has {len(name)}"
    if name in C_WORDS.split() or keyword.iskeyword(name):
        return "that word belongs to C or Python"
    if name in taken:
        return "that name is taken"
    return ""


def adapted(text: str, suffix: str, name: str) -> str:
    """A file of the pattern, speaking of the new environment."""
    title = name.replace("_", " ").capitalize()
    if suffix == ".c":
        text = re.sub(r"\A// .*", f"// {title}: {TODO} say in one line what it is about.", text)
        text = re.sub(r"(?m)^// Idea .*", f"// Idea        copied from {PATTERN}", text)
    if suffix == ".md":
        text = re.sub(
            r"(?m)(\A# .*\n\n).*", rf"\1{TODO} say in one sentence what it is about.", text
        )
    text = text.replace(PATTERN.capitalize(), title)
    return text if suffix == ".c" else re.sub(rf"\b{PATTERN}\b", name, text)


def create(name: str) -> Path:
    """Copy the pattern's folder under a new name, with a playthrough of its own.

    Raises:
        EnvError: the name cannot be had; the message says why.
    """
    taken = {*names(), *(path.stem for path in ENVS.iterdir())}
    if reason := refusal(name, taken):
        raise EnvError(f"{name!r} cannot be the name: {reason}")
    folder = ENVS / name
    unfinished = ENVS / f".{name}.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    for path in sorted((ENVS / PATTERN).iterdir()):
        if path.suffix in TEXTS:
            text = adapted(path.read_text(encoding="utf-8"), path.suffix, name)
            text = guided(text) if path.suffix == ".c" else text
            target = unfinished / path.name.replace(PATTERN, name)
            target.write_text(text, encoding="utf-8")
    unfinished.rename(folder)
    settings = golden.parse_settings((ENVS / PATTERN / "golden.txt").read_text(encoding="utf-8"))
    played = golden.record(name, settings)
    (folder / "golden.txt").write_text(golden.write(played, load_spec(name)), encoding="utf-8")
    return folder


def new(name: Annotated[str, typer.Argument(help="of the environment, such as lava")]) -> None:
    """Copy the smallest environment under a new name."""
    folder = create(name).relative_to(ROOT)
    console.print(f"{folder}/ is there, a copy of {PATTERN}. What to do next:")
    steps = {
        f"make preview ENV={name}": f"play it; the page follows every save of {name}.c",
        f"{folder}/{name}.c": "change the rules; say them in the comment on top",
        f"{folder}/README.md": "say them to a visitor",
        f"python -m envs_c golden {name}": "record a playthrough of the new rules",
        f"make train ENV={name}": "train an agent",
        f"make export ENV={name}": "put it on the page",
        f"make check ENV={name}": "hear what is missing before it can be merged",
    }
    width = max(len(step) for step in steps)
    for step, why in steps.items():
        console.print(f"  {step:<{width}}  {why}", soft_wrap=True)
    console.print("docs/adding-an-environment.md explains each part of the C file.")
