"""`python -m envs_c ready NAME`: all that a pull request needs to pass for one environment."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from envs_c import doctor, parity
from envs_c.build import ENVS, ROOT, EnvError, source
from envs_c.doctor_places import place
from envs_c.new import PATTERN, TODO
from envs_c.spec import load_spec

TICKS = 20_000  # of the comparison of targets; CI plays more
POLICIES = ROOT / "web" / "static" / "policies"
TESTS = ROOT / "tests"

Missing = Iterator[str]
console = Console(highlight=False, soft_wrap=True, emoji=False)


def words(name: str) -> Missing:
    """What is left of the texts that `new` wrote."""
    for path in (source(name), ENVS / name / "README.md"):
        shown = path.relative_to(ROOT)
        if not path.is_file():
            yield f"{shown} is missing: say to a visitor what the game is"
            continue
        text = path.read_text(encoding="utf-8")
        for i, line in enumerate(text.splitlines(), 1):
            if TODO in line:
                yield f"{shown}:{i} still says “{line.strip()}”"
    yield from copied(name)


def copied(name: str, pattern: str = PATTERN) -> Missing:
    """Sentences of the README that are still those of the pattern."""
    path = ENVS / name / "README.md"
    if name == pattern or not path.is_file():
        return
    old = (ENVS / pattern / "README.md").read_text(encoding="utf-8")
    told = set(re.findall(r"[^\n.]+\.", old))
    for i, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        for sentence in re.findall(r"[^\n.]+\.", line):
            if sentence in told:
                yield f"{path.relative_to(ROOT)}:{i} is still {pattern}'s: “{sentence.strip()}”"


def form(name: str) -> Missing:
    """What clang-format would change."""
    beside = Path(sys.executable).with_name("clang-format")
    program = str(beside) if beside.exists() else shutil.which("clang-format")
    if program is None:
        yield "clang-format is missing: make setup"
        return
    for path in sorted((ENVS / name).glob("*.[ch]")):
        command = [program, "--dry-run", "--Werror", str(path)]
        if subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode:
            yield f"{path.relative_to(ROOT)} is not formatted: make fix"


def floors(name: str) -> Missing:
    """Whether train.toml says what a policy must reach."""
    from trainer.config import load_config, load_floors

    path = (ENVS / name / "train.toml").relative_to(ROOT)
    if not (ROOT / path).is_file():
        yield f"{path} is missing: settings, and the floor that a policy must reach"
        return
    try:
        load_config(name)
        known = load_floors(name)
    except (EnvError, TypeError, ValueError) as error:
        yield f"{path}: {error}"
        return
    if not known:
        yield f"{path} has no [[floor]]: say what a policy must reach before it ships"
    metrics = {"points", "reward_per_tick", *load_spec(name)["metrics"]}
    for floor in known:
        if floor.metric not in metrics:
            yield f"{path}: no metric {floor.metric!r}; there are: {', '.join(sorted(metrics))}"


def health(name: str) -> Missing:
    """What the doctor finds; that golden.txt is out of date among it."""
    for finding in doctor.examine(name).findings:
        file, line = place(finding.check, source(name))
        said = f"{file}:{line} {finding.check}: {finding.message}; {finding.advice}"
        if finding.check == "golden-stale":
            said += f": python -m envs_c golden {name}"
        yield said


def wasm(name: str) -> Missing:
    """Whether it builds for the page, and plays in its wasm as it does natively."""
    built = subprocess.run(
        ["./build_wasm.sh", name], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if built.returncode:
        yield f"./build_wasm.sh {name} fails:\n{built.stderr.strip()}"
        return
    yield from parity.compare(name, TICKS, 1, None).differences


def policy(name: str) -> Missing:
    """Whether a policy of these rules ships that meets every floor."""
    path = POLICIES / name / "best.json"
    how = f"make train ENV={name} && make export ENV={name}"
    if not path.is_file() or not path.with_suffix(".onnx").is_file():
        yield f"no policy ships, want {path.relative_to(ROOT).with_suffix('.onnx')}: {how}"
        return
    told, spec = json.loads(path.read_text(encoding="utf-8")), load_spec(name)
    if told.get("sha256") != sha256(path.with_suffix(".onnx").read_bytes()).hexdigest():
        yield f"{path.relative_to(ROOT)} describes another file than best.onnx: {how}"
    for key in ("interface_version", "dynamics_version"):
        if told.get(key) != spec[key]:
            what = key.replace("_", " ")
            yield f"best.onnx was made for {what} {told.get(key)}, it is now {spec[key]}: {how}"
            return
    for result in told.get("evaluations", []):
        if result.get("met") is False:
            reached, metric = result["floor_value"], result["floor_metric"]
            game = "".join(f", {k} {v:g}" for k, v in result.get("params", {}).items())
            yield (
                f"best.onnx does not reach its floor against {result['opponent']}{game}: "
                f"{metric} {reached:.4g}, want {result['floor']:.4g}"
            )


def rules(name: str) -> Missing:
    """Whether the tests of every environment pass for this one."""
    files = [p for p in sorted(TESTS.glob("test_*.py")) if "subject: Subject" in p.read_text()]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-k", name, *map(str, files)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if ran.returncode < 0:
        at = re.search(r'File "[^"]*/tests/[^"]*", line \d+ in (\w+)', ran.stderr)
        where = f" in {at[1]}" if at else ""
        how = f"the game crashes{where} (signal {-ran.returncode})"
        yield f"{how}: `make debug ENV={name}` says at which line"
    elif ran.returncode:
        failed = re.findall(r"(?m)^(?:FAILED|ERROR) .*$", ran.stdout) or [ran.stdout[-2000:]]
        yield from failed


CHECKS: dict[str, Callable[[str], Missing]] = {
    "words": words,
    "form": form,
    "floors": floors,
    "doctor": health,
    "page": wasm,
    "policy": policy,
    "tests": rules,
}


def examine(name: str, without: frozenset[str] = frozenset()) -> Iterator[tuple[str, list[str]]]:
    """Each check in turn, and what it misses.

    Raises:
        EnvError: no such environment.
    """
    source(name)
    for check, look in CHECKS.items():
        if check in without:
            continue
        try:
            yield check, list(look(name))
        except EnvError as error:
            yield check, [str(error)]


def command(
    name: Annotated[str, typer.Argument(help="the environment")],
    without: Annotated[
        list[str] | None, typer.Option(help=f"leave out one of {', '.join(CHECKS)}")
    ] = None,
) -> None:
    """Say what an environment still lacks before it can be merged; exit code 1 if anything."""
    if unknown := set(without or []) - set(CHECKS):
        raise EnvError(f"--without: want {', '.join(CHECKS)}, got {', '.join(sorted(unknown))}")
    lacking = 0
    for check, missing in examine(name, frozenset(without or [])):
        lacking += len(missing)
        mark = "[red]lacks[/]" if missing else "[green]good[/]"
        console.print(f"{check:<8} {mark}")
        for line in missing:
            console.print(f"  {line}", markup=False)
    if lacking:
        console.print(f"{name} lacks {lacking} thing{'s' if lacking > 1 else ''}")
        raise typer.Exit(1)
    console.print(f"{name} is ready")
