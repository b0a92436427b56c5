"""Sweeps: what may be tried, trials, joining a study from several processes, and what comes out."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.pruners import ThresholdPruner
from optuna.trial import TrialState

from envs_c.build import ROOT, EnvError
from trainer import sweep as sweeping
from trainer.config import load_config, make_config
from trainer.space import DEFAULT, load_space, make_space
from trainer.sweep import Plan, join, look, make_plan, make_pruner, sweep
from trainer.sweep_report import as_json, write

SMALL = {"copies": 8, "segment": 16, "hidden": 16, "minibatches": 2, "epochs": 1, "steps": 512}
SPACE = {"lr": {"low": 1e-4, "high": 1e-2, "log": True}, "hidden": [8, 16]}


def plan(**settings: Any) -> Plan:
    return make_plan("squared", make_config({**SMALL, "eval_every": 256, **settings}), READ)


READ = make_space(SPACE)


def states(study: optuna.Study) -> list[str]:
    return [trial.state.name for trial in study.get_trials(deepcopy=False)]


def test_a_space_is_read_as_the_trainer_takes_its_settings() -> None:
    got = make_space({**SPACE, "epochs": {"low": 1, "high": 4}, "recurrent": ["none", "lstm"]})
    assert got == {
        "lr": FloatDistribution(1e-4, 1e-2, log=True),
        "hidden": CategoricalDistribution([8, 16]),
        "epochs": IntDistribution(1, 4),
        "recurrent": CategoricalDistribution(["none", "lstm"]),
    }
    assert set(make_space(DEFAULT)) == set(DEFAULT)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({}, "want at least one setting to try, got none"),
        ({"rate": [1]}, "'rate' cannot be swept; these can: .*copies, segment"),
        ({"steps": [1, 2]}, "'steps' cannot be swept"),
        ({"lr": 3}, r"lr: want a list of values or \{low = ..., high = ...\}, got 3"),
        ({"lr": {"low": 1e-3}}, "lr: want low, high and at most log and step, got"),
        ({"lr": {"low": 1e-2, "high": 1e-4}}, "lr: .* is no range: .*low <= high"),
        ({"lr": {"low": 0.0, "high": 1e-4, "log": True}}, "lr: .* is no range"),
        ({"lr": {"low": "a", "high": 1}}, "lr: want float, got 'a'"),
        ({"hidden": [0]}, "hidden: want at least 1, got 0"),
        ({"recurrent": ["gpt"]}, "recurrent: want none, lstm or gru, got 'gpt'"),
        ({"recurrent": {"low": 1, "high": 2}}, "recurrent: want a list of values, got"),
    ],
)
def test_a_bad_space_is_refused(table: dict[str, Any], message: str) -> None:
    with pytest.raises(EnvError, match=message):
        make_space(table)


def test_a_file_without_a_space_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "space.toml"
    with pytest.raises(EnvError, match=r"space\.toml: want a TOML file with a table \[sweep\]"):
        load_space("squared", path)
    path.write_text("[train]\nlr = 1\n")
    with pytest.raises(EnvError, match=r"space\.toml: want a table \[sweep\], got train"):
        load_space("squared", path)


def test_trials_are_runs_and_a_study_goes_on(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 's.db'}"
    for _ in "ab":
        sweep(plan(), join(plan(), url, "one"), tmp_path, trials=2)
    study = look(url, "one")
    assert states(study) == ["COMPLETE"] * 4
    for trial in study.get_trials():
        lines = (tmp_path / f"trial-{trial.number:04d}" / "metrics.jsonl").read_text().splitlines()
        scores = [m["eval/score"] for m in map(json.loads, lines) if "eval/score" in m]
        assert list(trial.intermediate_values) == [1, 2]
        assert list(trial.intermediate_values.values()) == pytest.approx(scores, abs=1e-6)
        assert trial.value == trial.intermediate_values[2]
        assert trial.params["hidden"] in (8, 16) and 1e-4 <= trial.params["lr"] <= 1e-2
    ranked = [row["value"] for row in as_json(study)["trials"]]
    assert ranked == sorted(ranked, reverse=True)
    paths = write(study, tmp_path / "out")
    assert {path.name for path in paths} >= {"trials.json", "history.png", "slices.png"}
    assert all(path.stat().st_size > 500 for path in paths)


def test_pruning_ends_a_trial_at_an_evaluation(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 's.db'}"
    study = join(plan(), url, "one", ThresholdPruner(lower=2.0))  # no score is so high
    sweep(plan(), study, tmp_path, trials=1)
    (trial,) = study.get_trials()
    assert trial.state == TrialState.PRUNED
    assert list(trial.intermediate_values) == [1]
    assert len((tmp_path / "trial-0000" / "metrics.jsonl").read_text().splitlines()) == 2
    assert as_json(study)["trials"][0]["state"] == "pruned"


def test_settings_that_the_trainer_refuses_are_pruned_with_its_reason(tmp_path: Path) -> None:
    space = make_space({"past": [0.7]})
    mine = make_plan("squared", make_config({**SMALL, "scripted": 0.7, "past": 0.0}), space)
    study = join(mine, f"sqlite:///{tmp_path / 's.db'}", "one")
    sweep(mine, study, tmp_path, trials=1)
    (row,) = as_json(study)["trials"]
    assert row["state"] == "pruned"
    assert row["refused"] == "past + scripted + random: want 0 to 1 in all, got (0.7, 0.7, 0.0)"


def process(folder: Path, **settings: Any) -> subprocess.Popen[str]:
    """A process of its own that sweeps the width."""
    (folder / "space.toml").write_text("[sweep]\nhidden = [8, 16]\n")
    texts = [f"--set={k}={v}" for k, v in {**SMALL, "threads": 1, **settings}.items()]
    place = [f"--storage=sqlite:///{folder / 's.db'}", f"--folder={folder}"]
    command = [sys.executable, "-m", "trainer", "sweep", "squared", "--trials=2", "--json"]
    return subprocess.Popen(
        [*command, *place, f"--space={folder / 'space.toml'}", *texts],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_processes_share_a_study(tmp_path: Path) -> None:
    both = [process(tmp_path) for _ in "ab"]
    outs = [one.communicate(timeout=120) for one in both]
    assert [one.returncode for one in both] == [0, 0], outs
    study = look(f"sqlite:///{tmp_path / 's.db'}", "squared")
    assert states(study) == ["COMPLETE"] * 4
    assert [json.loads(out)["study"] for out, _ in outs] == ["squared", "squared"]
    assert len(list(tmp_path.glob("trial-*/checkpoint.pt"))) == 4


def test_a_trial_whose_machine_died_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = {"steps": 10**9, "eval_every": 256}
    dying = process(tmp_path, **endless)
    log = tmp_path / "trial-0000" / "metrics.jsonl"
    until = time.monotonic() + 60
    while not (log.exists() and log.read_text()) and time.monotonic() < until:
        time.sleep(0.1)
    dying.kill()
    dying.communicate()
    monkeypatch.setattr(sweeping, "GRACE", 1)
    time.sleep(2)
    texts = {k: str(v) for k, v in {**SMALL, "threads": 1, **endless}.items()}
    mine = make_plan("squared", load_config("squared", texts), make_space({"hidden": [8, 16]}))
    url = f"sqlite:///{tmp_path / 's.db'}"
    study = join(mine, url, "squared", ThresholdPruner(lower=2.0))
    sweep(mine, study, tmp_path, trials=1)
    first, again = study.get_trials()
    assert (first.state, again.state) == (TrialState.FAIL, TrialState.PRUNED)
    assert first.params == again.params


def test_another_plan_does_not_join(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 's.db'}"
    join(plan(), url, "one")
    with pytest.raises(EnvError, match="study one was begun with copies 8, not 16: want the same"):
        join(plan(copies=16), url, "one")
    other = Plan("squared", plan().config, make_space({"lr": [1e-3]}))
    with pytest.raises(EnvError, match="another range of hidden, lr"):
        join(other, url, "one")
    with pytest.raises(EnvError, match="no study 'two' in sqlite"):
        look(url, "two")
    with pytest.raises(EnvError, match="storage nonsense: want the address of a database"):
        join(plan(), "nonsense", "one")
    with pytest.raises(EnvError, match="pruner: want median, hyperband or none, got 'luck'"):
        make_pruner("luck", plan())
