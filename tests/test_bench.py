"""The benchmark: what it prints, and that only rows that act are counted."""

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from envs_c.__main__ import app
from envs_c.bench import KEPT, Native, machine, measure, record
from envs_c.build import ENVS, names
from tests.wasm import require

KEYS = {"env", "where", "agent_ticks_per_second", "ratio", "of_reference"}
WHERE = ["native-1", "native-2", "python", "wasm-node", "wasm-chromium"]


@pytest.mark.browser
def test_json_is_one_object_a_line(tmp_path: Path) -> None:
    require("node")
    require("chromium")
    out = tmp_path / "new" / "bench.json"
    arguments = ["squared", "--json", "--seconds", "0.05", "--out", str(out)]
    result = CliRunner().invoke(app, ["bench", *arguments])
    assert result.exit_code == 0, result.output
    rows = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    assert [row["where"] for row in rows] == WHERE
    assert json.loads(out.read_text()) == rows
    assert {row["env"] for row in rows} == {"squared"}
    for row in rows:
        assert set(row) == KEYS
        assert row["agent_ticks_per_second"] > 10_000
        assert row["ratio"] == pytest.approx(
            row["agent_ticks_per_second"] / rows[0]["agent_ticks_per_second"], abs=1e-3
        )
        assert row["of_reference"] > 0


def test_what_is_recorded_is_what_was_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("envs_c.bench.source", lambda name: tmp_path / f"{name}.c")
    row = {"env": "lava", "agent_ticks_per_second": 7, "ratio": 0.5, "of_reference": 0.25}
    rows = [row | {"where": where} for where in WHERE]
    kept = json.loads(record(rows, "a machine", date(2026, 5, 4)).read_text())
    assert (kept.pop("machine"), kept.pop("date")) == ("a machine", "2026-05-04")
    assert kept == {where: {"agent_ticks_per_second": 7, "of_reference": 0.25} for where in KEPT}
    without = json.loads(record(rows[:1], machine(), date.today()).read_text())
    assert list(without) == ["machine", "date", "native-1"]
    assert without["machine"].endswith(" cores")


@pytest.mark.parametrize("path", sorted(ENVS.glob("*/speed.json")), ids=lambda p: p.parent.name)
def test_what_is_recorded_can_be_shown(path: Path) -> None:
    facts = json.loads(path.read_text())
    assert date.fromisoformat(facts["date"]) and facts["machine"]
    for where in KEPT:
        assert facts[where]["agent_ticks_per_second"] > 10_000
        assert 0 < facts[where]["of_reference"] < 1


def test_unknown_names_are_refused() -> None:
    with pytest.raises(Exception, match="no environment 'lava'"):
        measure("lava", 0.05)


@pytest.mark.parametrize("name", names())
def test_rows_that_act_are_counted(name: str) -> None:
    native = Native(name, 4, 1)
    env, job = native._envs[0], native._jobs[0]
    assert job.rows == env.rows
    acting = int(env.active.sum())
    before = env.hash()
    assert native._lib.bench_play(job, 1) == acting
    assert env.hash() != before
    if env.spec["turn_based"]:
        assert acting == 4


def test_actions_drawn_are_allowed() -> None:
    native = Native("connect4", 8, 1)
    env = native._envs[0]
    assert env.mask is not None
    for _ in range(500):
        allowed = env.mask.copy()
        native._lib.bench_play(native._jobs[0], 1)
        chosen = allowed[range(env.rows), env.actions[:, 0]]
        assert (chosen | (allowed.sum(axis=1) == 0)).all()
