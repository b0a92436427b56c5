"""The doctor: each sickness is found in the environment that has it, and none in healthy ones."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from envs_c import doctor
from envs_c.__main__ import app
from envs_c.build import ROOT, EnvError, names
from envs_c.doctor_draw import check_scene, lab
from envs_c.doctor_seen import check_observations
from tests.subjects import TEST_ENVS

SICK, DOC = ROOT / "tests" / "doctor", ROOT / "docs" / "doctor.md"
CLEAN = {
    **{name: set() for name in ("clean", "draw_clean", "mask_clean", "moves_clean")},
    **{name: set() for name in ("param_clean", "param_told_clean")},
    "action_none": {"action-effect"},
}
"""Files that are not called by what is wrong in them."""

IDS = [name for ids in doctor.CHECKS.values() for name in ids]
FILES = sorted([*SICK.glob("*.c"), *SICK.glob("*/*.c")])


@pytest.mark.parametrize("c_file", FILES, ids=lambda path: path.stem)
def test_what_is_wrong_is_found_and_nothing_else(c_file: Path) -> None:
    drawn = c_file.stem.startswith("draw_") or c_file.stem == "clean"
    report = doctor.examine(c_file.stem, c_file, () if drawn else {check_scene})
    want = CLEAN.get(c_file.stem, {c_file.stem.replace("_", "-")})
    assert {finding.check for finding in report.findings} == want
    for finding in report.findings:
        assert re.search(r"\d", finding.message), "no number in the evidence"
        assert finding.advice and "\n" not in finding.advice
        assert finding.check in report.checks


def test_every_check_has_an_environment_that_needs_it() -> None:
    assert {path.stem.replace("_", "-") for path in FILES if path.stem not in CLEAN} == set(IDS)
    assert len(IDS) == len(set(IDS)) == 31


@pytest.mark.parametrize("name", names())
def test_the_gallery_is_healthy(name: str) -> None:
    report = doctor.examine(name)
    assert (report.findings, report.notes) == ([], [])
    assert report.checks == IDS


def test_several_heads_many_seats_and_numbers_are_examined() -> None:
    found = {}
    for name in ("berries", "dials", "drift"):
        report = doctor.examine(name, TEST_ENVS / name / f"{name}.c", {check_scene})
        found[name] = {finding.check for finding in report.findings}
    # They have no playthrough; a dial that must be turned can be left all the same.
    stale = {"golden-stale"}
    assert found == {"berries": stale, "dials": {*stale, "mask-forbids"}, "drift": stale}


def test_a_feature_of_entities_counts_as_one_value(tmp_path: Path) -> None:
    text = (TEST_ENVS / "berries" / "berries.c").read_text()
    text = text.replace("../../../envs_c/", "").replace("obs[3] = s->taste[i] == BITTER;", "")
    c_file = tmp_path / "berries.c"
    c_file.write_text(text)
    every = set(doctor.CHECKS) - {check_observations}
    (finding,) = doctor.examine("berries", c_file, every).findings
    assert finding.check == "obs-constant"
    assert finding.message.startswith("of 'berries', 1 of 4 never change: bitter (always 0")


def test_the_docs_name_every_check() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (error|warning|both) \|", DOC.read_text(), re.M)
    assert [name for name, _ in rows] == IDS
    written = "".join(path.read_text() for path in (ROOT / "envs_c").glob("doctor_*.py"))
    for name, level in rows:
        levels = set(re.findall(rf'"{name}",\s*"(error|warning)"', written))
        assert levels == ({"error", "warning"} if level == "both" else {level}), name


def test_the_command_prints_and_exits(monkeypatch: pytest.MonkeyPatch) -> None:
    few = {check: ids for check, ids in doctor.CHECKS.items() if ids[0].startswith("obs")}
    monkeypatch.setattr(doctor, "CHECKS", few)
    run = CliRunner().invoke
    checks = ["obs-finite", "obs-range", "obs-constant", "obs-unscaled", "obs-empty"]

    fine = run(app, ["check", str(SICK / "clean.c"), "--json"])
    assert fine.exit_code == 0
    assert json.loads(fine.output) == {
        "env": "clean",
        "findings": [],
        "checks": checks,
        "notes": [],
    }

    wrong = run(app, ["check", str(SICK / "obs_range.c"), "--json"])
    assert wrong.exit_code == 1
    (finding,) = json.loads(wrong.output)["findings"]
    assert finding == {
        "check": "obs-range",
        "level": "error",
        "message": "value 2 of 'line' is 2, declared -1.25 to 1.25 (tick 0, seat 0, random play)",
        "advice": "widen the part's range (or its categories) in SPEC, or clamp in observe",
        "file": "tests/doctor/obs_range.c",
        "line": 1,  # it includes the rest
    }

    warned = run(app, ["check", str(SICK / "obs_constant.c")])
    assert warned.exit_code == 0
    assert "obs_constant: 1 warning (5 checks)" in warned.output

    everything = run(app, ["check", "--json"])
    assert [report["env"] for report in json.loads(everything.output)] == names()

    missing = run(app, ["check", "tests/doctor/nonesuch.c"])
    assert isinstance(missing.exception, EnvError)


def test_without_raylib_the_scene_is_left_out_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def none() -> None:
        raise EnvError("No source tree of raylib was found.")

    monkeypatch.setattr(doctor, "raylib", none)
    every = set(doctor.CHECKS) - {check_scene}
    report = doctor.examine("squared", without=every)
    assert (report.findings, report.checks) == ([], [])
    (note,) = report.notes
    assert note.startswith("not run, as there is no raylib: draw-state, draw-nothing, draw-colours")
    assert "No source tree" in note


def test_colours_are_told_apart_as_by_an_eye() -> None:
    assert lab(0xFFFFFF) == pytest.approx([100, 0, 0], abs=0.02)
    assert lab(0x000000) == pytest.approx([0, 0, 0], abs=0.02)
    assert lab(0xFF0000) == pytest.approx([53.24, 80.09, 67.20], abs=0.05)
    assert np.linalg.norm(lab(0x0E1318) - lab(0x161D24)) > 2.0  # ink and surface
