"""The trainer's benchmark: what counts as reached, and that every learner is measured alike."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from envs_c.build import EnvError, names
from trainer import bench
from trainer.__main__ import app
from trainer.bench import LEARNERS, Goal, Latest, load_goal, measure

EASY = Goal("squared", score=-1.0, games=20)
"""Any twenty games will do."""


def test_the_latest_games_count_and_no_older_ones() -> None:
    latest = Latest(4)
    latest.add(3, -1.0)
    assert latest.score == float("-inf")
    latest.add(0, 9.0)
    latest.add(1, 1.0)
    assert latest.score == -0.5
    latest.add(3, 1.0)
    assert latest.score == 1.0
    latest.add(8, 0.0)  # more at once than are asked for
    assert latest.score == 0.0


@pytest.mark.parametrize("learner", LEARNERS)
def test_each_learner_stops_where_the_score_is_reached(learner: str) -> None:
    result = measure(EASY, learner, limit=60)
    assert result.reached
    assert result.learner == learner
    assert -1 <= result.score <= 1
    assert 20 <= result.steps < 60_000
    assert 0 < result.seconds < 60
    if learner == "ours":
        assert {"deciding", "stepping", "forward", "backward"} <= set(result.phases)
        assert sum(result.phases.values()) == pytest.approx(1, abs=0.005)  # each is rounded
    if learner == "sb3-defaults":
        assert result.steps < 1000  # one game at a time


def test_a_score_out_of_reach_is_told_as_such(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bench, "load_goal", lambda name: Goal(name, score=2.0, games=20))
    monkeypatch.setattr(bench, "LEARNERS", ("ours",))
    out = tmp_path / "bench.json"
    arguments = ["bench", "squared", "--limit", "1", "--out", str(out)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "> 1." in result.stdout
    (row,) = json.loads(out.read_text())
    assert row["reached"] is False
    assert row["ratio"] == 1
    assert row["steps_per_second"] == pytest.approx(row["steps"] / row["seconds"], rel=0.01)


def test_goals_are_stated_by_the_environments() -> None:
    goals = [goal for name in names() if (goal := load_goal(name))]
    assert len(goals) >= 2
    assert "pong" in {goal.env for goal in goals}
    with pytest.raises(EnvError, match=r"no \[bench\] in its train\.toml"):
        bench.command(["snake"])


def test_a_failing_learner_is_told_with_its_words() -> None:
    with pytest.raises(EnvError, match="no environment 'lava'"):
        measure(Goal("lava", 1.0), "ours", 1)
