"""The benchmark: what it prints, and that only rows that act are counted."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from envs_c.__main__ import app
from envs_c.bench import Native, measure
from envs_c.build import names
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
