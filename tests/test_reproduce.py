"""Reproducing: trains from nothing, measures, compares, and fails below the floor."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from envs_c.build import EnvError
from trainer import checkpoint
from trainer.__main__ import app
from trainer.config import Floor
from trainer.reproduce import reproduce

TINY = {
    **{"steps": "600", "copies": "8", "segment": "16", "hidden": "16", "layers": "1"},
    **{"minibatches": "1", "epochs": "1", "threads": "1"},
}


def floors_of(least: float) -> list[Floor]:
    return [Floor("none", "won", least)]


def test_a_run_is_held_against_its_floor_and_against_what_ships(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policies = tmp_path / "policies"
    (policies / "squared").mkdir(parents=True)
    said = {"settings": {"steps": 8_000_000, "seed": 1}, "train_steps": 8_000_000}
    said["evaluations"] = [{"opponent": "none", "floor_value": 0.997}]
    (policies / "squared" / "best.json").write_text(json.dumps(said))
    monkeypatch.setattr("trainer.reproduce.POLICIES", policies)
    result = reproduce("squared", tmp_path / "run", TINY, episodes=64)
    assert checkpoint.load(result.checkpoint)["steps"] == 640
    assert result.changed == {"steps": (8_000_000, 600)}
    (row,) = result.rows()
    assert (row[0], row[1], row[3]) == ("won against none", "0.995: MISSED", "0.9970")
    assert result.met is False
    assert result.found[0].episodes >= 64
    with pytest.raises(EnvError, match="holds a run already"):
        reproduce("squared", tmp_path / "run", TINY)


@pytest.mark.parametrize(("least", "code"), [(0.0, 0), (0.995, 1)])
def test_the_command_fails_below_the_floor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, least: float, code: int
) -> None:
    monkeypatch.setattr("trainer.checkpoint.RUNS", tmp_path)
    monkeypatch.setattr("trainer.evaluate.load_floors", lambda name: floors_of(least))
    settings = [word for name, value in TINY.items() for word in ("--set", f"{name}={value}")]
    command = ["reproduce", "squared", "--run", "tiny", "--episodes", "32", *settings]
    told = CliRunner().invoke(app, command)
    assert told.exit_code == code
    assert ("reached" if code == 0 else "MISSED") in told.stdout
    assert "640" in told.stdout
    assert (tmp_path / "squared" / "tiny" / checkpoint.LATEST).is_file()
    if code:
        assert "a floor is missed" in str(told.exception)
