"""The gate: what every exported policy passes, and `python -m exporter check` on any file."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from envs_c.doctor import console, show_findings
from envs_c.doctor_play import Finding, Findings
from exporter.candidate import MAX_KB, Candidate, open_candidate
from exporter.gate_file import (
    check_one_file,
    check_operators,
    check_shapes,
    check_size,
    check_sound,
    check_versions,
)
from exporter.gate_play import (
    check_agreement,
    check_interface,
    check_metadata,
    check_play,
    check_rounding,
)
from exporter.gate_run import (
    check_batch,
    check_finite,
    check_memory,
    check_repeat,
    check_runtime,
    check_tensors,
)
from trainer.evaluate import in_words

Check = Callable[[Candidate], Findings]

CHECKS: dict[Check, tuple[str, ...]] = {
    check_one_file: ("one-file",),
    check_size: ("size",),
    check_sound: ("checker",),
    check_shapes: ("shapes",),
    check_versions: ("opset", "ir"),
    check_operators: ("operators", "randomness"),
    check_runtime: ("runtime",),
    check_interface: ("interface", "dynamics"),
    check_tensors: ("tensors",),
    check_repeat: ("repeat",),
    check_batch: ("batch",),
    check_finite: ("finite",),
    check_memory: ("memory",),
    check_agreement: ("agree",),
    check_rounding: ("rounding",),
    check_metadata: ("metadata", "sidecar"),
    check_play: ("play", "floor"),
}
"""Each check, and what it may find, in the order in which they are run."""

LYING = {check_one_file, check_size, check_versions, check_operators}
"""Checks of what any file shows, however broken."""

HOMELESS = LYING | {check_sound, check_shapes, check_runtime}
"""Checks that need no environment."""

STOPS = {"one-file", "checker", "operators", "runtime", "interface", "tensors", "repeat"}
"""Findings after which a file is not run any further."""


@dataclass(frozen=True)
class Report:
    """What came of one file's checks."""

    file: str
    env: str  # "" where nobody says
    convention: str  # "" where it was not read
    findings: list[Finding]
    checks: list[str]  # the ids of what was run
    notes: list[str]  # why others were not, and what was seen

    @property
    def failed(self) -> bool:
        """Whether one of the findings is an error."""
        return any(finding.level == "error" for finding in self.findings)


def examine(candidate: Candidate) -> Report:
    """Run every check that can be run on a file.

    Raises:
        EnvError: it is not an ONNX file, or there is no such environment.
    """
    found: list[Finding] = []
    ran: list[str] = []
    notes: list[str] = []
    stopped: list[str] = []
    homeless: list[str] = []
    _ = candidate.model
    for check, ids in CHECKS.items():
        if check not in LYING and any(finding.check in STOPS for finding in found):
            stopped += ids
        elif check not in HOMELESS and not candidate.known_env:
            homeless += ids
        elif check is check_agreement and candidate.graph is None:
            notes.append("not run, as there is no torch module to compare with: agree")
        elif check is check_rounding and candidate.rounding is None:
            continue
        else:
            ran += ids
            found += check(candidate)
    if stopped:
        notes.append(f"not run, as the file cannot be: {', '.join(stopped)}")
    if homeless:
        notes.append(f"not run without an environment (--env NAME): {', '.join(homeless)}")
    convention = ""
    if "batch" in ran:
        plan, has = candidate.reader.plan, sorted(candidate.reader.has)
        convention = plan.convention
        notes.append(f"read as {plan.title}: {', '.join(has)}")
    for seen in candidate.played:
        score = f"score {seen.score_mean:.3f} ± {seen.score_se:.3f}"
        notes.append(
            f"{seen.episodes} episodes against {seen.opponent}{in_words(seen.params)}: {score}"
        )
    return Report(candidate.name, candidate.known_env, convention, found, ran, notes)


def as_json(report: Report) -> dict[str, Any]:
    """The report as `--json` prints it."""
    return asdict(report)


def show(report: Report, to: Console = console) -> None:
    """Print a report as a table."""
    show_findings(report.file, report.findings, report.checks, report.notes, to)


def command(
    files: Annotated[list[Path], typer.Argument(metavar="FILE.onnx...", help="policies to check")],
    env: Annotated[str, typer.Option(help="the environment; as the file says if not given")] = "",
    as_text: Annotated[bool, typer.Option("--json", help="print findings as JSON")] = False,
    max_kb: Annotated[int, typer.Option(help="thousands of bytes a file may have", min=1)] = MAX_KB,
) -> None:
    """Check ONNX policies of any known convention; exit 1 on an error."""
    reports = [examine(open_candidate(path, env, max_kb)) for path in files]
    if as_text:
        found = [as_json(report) for report in reports]
        print(json.dumps(found[0] if len(files) == 1 else found, indent=1))
    else:
        for report in reports:
            show(report)
    if any(report.failed for report in reports):
        raise typer.Exit(1)
