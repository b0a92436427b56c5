"""`python -m envs_c check NAME`: run an environment hard and report what would spoil training."""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from envs_c.build import EnvError, names, source
from envs_c.doctor_actions import check_actions, check_masks, check_parameters
from envs_c.doctor_draw import check_places, check_scene
from envs_c.doctor_episodes import check_clock, check_ends, check_final_obs, check_flags
from envs_c.doctor_places import place
from envs_c.doctor_play import Finding, Findings, Patient
from envs_c.doctor_seen import check_first_tick, check_metrics, check_observations, check_rewards
from envs_c.doctor_state import check_bytes, check_copies, check_golden
from envs_c.scene import raylib

Check = Callable[[Patient], Findings]

CHECKS: dict[Check, tuple[str, ...]] = {
    check_copies: ("copies-apart",),
    check_bytes: ("state-pointer", "state-padding", "obs-unwritten"),
    check_observations: ("obs-finite", "obs-range", "obs-constant", "obs-unscaled"),
    check_first_tick: ("obs-empty",),
    check_rewards: ("reward-never", "reward-constant", "reward-scale"),
    check_ends: ("episode-endless", "episode-refusal"),
    check_flags: ("flags-both", "flags-missing"),
    check_clock: ("clock-terminated", "rule-truncated"),
    check_final_obs: ("final-obs",),
    check_masks: ("mask-empty", "mask-allows", "mask-forbids"),
    check_actions: ("action-effect",),
    check_parameters: ("param-effect",),
    check_metrics: ("metric-still",),
    check_golden: ("golden-stale",),
    check_places: ("place-pure", "place-bounds"),
    check_scene: ("draw-state", "draw-nothing", "draw-colours"),
}
"""Each check, and what it may find."""

NEED_TRUST = {check_bytes, check_actions, check_masks, check_parameters, check_final_obs}
"""Checks that play a game again, which says nothing where it is not the same game then."""

console = Console(highlight=False, emoji=False)


@dataclass(frozen=True)
class Report:
    """What came of one environment's checks."""

    env: str
    findings: list[Finding]
    checks: list[str]  # the ids of what was run
    notes: list[str]  # why others were not

    @property
    def failed(self) -> bool:
        """Whether one of the findings is an error."""
        return any(finding.level == "error" for finding in self.findings)


def examine(name: str, c_file: Path | None = None, without: Collection[Check] = ()) -> Report:
    """Run every check on an environment, but those in `without`.

    Raises:
        EnvError: no such environment, or it does not compile.
    """
    patient = Patient(name, c_file)
    report = Report(name, [], [], [])
    doubtful: list[str] = []
    for check, ids in CHECKS.items():
        if check in without:
            continue
        if check in NEED_TRUST and not patient.trusted:
            doubtful.extend(ids)
            continue
        if check is check_scene:
            try:
                raylib()
            except EnvError as error:
                report.notes.append(f"not run, as there is no raylib: {', '.join(ids)}\n{error}")
                continue
        report.checks.extend(ids)
        report.findings.extend(check(patient))
    if doubtful:
        said = "not run, as the same game, played again, does not show the same"
        report.notes.append(f"{said}: {', '.join(doubtful)}")
    return report


def command(
    chosen: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="or the path of a C file")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print findings as JSON")] = False,
) -> None:
    """Run environments (all) hard and report what would spoil training; exit 1 on an error."""
    reports, told = [], []
    for name in chosen or names():
        path = Path(name)
        c_file = path.resolve() if path.suffix == ".c" else None
        if c_file and not c_file.is_file():
            raise EnvError(f"no file {name}")
        reports.append(examine(path.stem if c_file else name, c_file))
        told.append(as_told(reports[-1], c_file or source(name)))
        if not as_json:
            show(reports[-1], c_file or source(name))
    if as_json:
        found = told
        print(json.dumps(found[0] if len(chosen or []) == 1 else found, indent=1))
    if any(report.failed for report in reports):
        raise typer.Exit(1)


def as_told(report: Report, c_file: Path) -> dict[str, Any]:
    """The report as plain data, each finding with the file and the line to mend it at."""
    told = asdict(report)
    for finding in told["findings"]:
        finding["file"], finding["line"] = place(finding["check"], c_file)
    return told


def show(report: Report, c_file: Path) -> None:
    """Print a report as a table, and where each finding is to be mended."""
    show_findings(report.env, report.findings, report.checks, report.notes)
    for finding in report.findings:
        file, line = place(finding.check, c_file)
        console.print(f"  {file}:{line}: {finding.check}", markup=False, soft_wrap=True)


def show_findings(
    title: str,
    findings: Sequence[Finding],
    checks: Sequence[str],
    notes: Sequence[str],
    console: Console = console,
) -> None:
    """Print what was found as a table, under a line that counts it."""
    count = {level: sum(f.level == level for f in findings) for level in ("error", "warning")}
    said = ", ".join(f"{n} {level}{'s' if n > 1 else ''}" for level, n in count.items() if n)
    console.print(f"{title}: {said or 'nothing found'} ({len(checks)} checks)")
    if findings:
        table = Table("check", "level", "what was seen", "what to do")
        for finding in findings:
            colour = "red" if finding.level == "error" else "yellow"
            level = f"[{colour}]{finding.level}[/]"
            table.add_row(finding.check, level, _plain(finding.message), _plain(finding.advice))
        console.print(table)
    for note in notes:
        console.print(f"  {_plain(note)}")


def _plain(text: str) -> str:
    return text.replace("[", r"\[")
