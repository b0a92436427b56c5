"""PPO: advantages against a slow reference, learning, resuming, metrics on disk."""

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from envs_c.build import ROOT, EnvError, names
from trainer import checkpoint
from trainer.config import Config, load_config, load_floors, make_config
from trainer.evaluate import evaluate
from trainer.ppo import Run, advantages
from trainer.rollout import Experience
from trainer.train import resume, train

GAMMA, LAM = 0.9, 0.8
SMALL = {"copies": 8, "segment": 16, "hidden": 16, "minibatches": 2, "epochs": 1}


def experience(rng: np.random.Generator, ticks: int, rows: int, active: Tensor) -> Experience:
    def noise(*shape: int) -> Tensor:
        return torch.from_numpy(rng.normal(size=shape).astype(np.float32))

    ended = torch.from_numpy(rng.random((ticks, rows)) < 0.1)
    cut = ended & torch.from_numpy(rng.random((ticks, rows)) < 0.5)
    empty = torch.zeros(ticks, rows, 0)
    return Experience(
        obs=empty,
        actions=empty,
        mask=None,
        log_prob=empty,
        value=noise(ticks, rows),
        reward=noise(ticks, rows),
        ended=ended,
        boot=noise(ticks, rows) * cut,
        active=active[:ticks],
        start=ended,
        state=torch.zeros(rows, 0),
        last_value=noise(rows),
        last_active=active[ticks],
    )


def slow_advantages(x: Experience, row: int) -> dict[int, float]:
    """By the definition: sums of discounted differences, decision by decision, for one row."""
    ticks = len(x.value)
    decisions = [t for t in range(ticks) if x.active[t, row]]
    deltas: dict[int, tuple[float, bool]] = {}  # at a decision; whether its episode ends with it
    for t, following in zip(decisions, [*decisions[1:], ticks], strict=True):
        span = range(t, following)
        end = next((u for u in span if x.ended[u, row]), None)
        if end is None and following == ticks and not x.last_active[row]:
            continue  # awaits its turn: no outcome yet
        reward = sum(float(x.reward[u, row]) for u in span if end is None or u <= end)
        if end is not None:
            ahead = float(x.boot[end, row])
        elif following == ticks:
            ahead = float(x.last_value[row])
        else:
            ahead = float(x.value[following, row])
        deltas[t] = (reward + GAMMA * ahead - float(x.value[t, row]), end is not None)
    result = {}
    for t in deltas:
        total, weight = 0.0, 1.0
        for u in [d for d in decisions if d >= t and d in deltas]:
            total += weight * deltas[u][0]
            weight *= GAMMA * LAM
            if deltas[u][1]:
                break
        result[t] = total
    return result


@pytest.mark.parametrize("turns", ["always", "alternate", "random"])
def test_advantages_match_the_definition(turns: str) -> None:
    rng = np.random.default_rng(3)
    ticks, rows = 40, 30
    active = torch.ones(ticks + 1, rows, dtype=torch.bool)
    if turns == "alternate":
        parity = torch.arange(ticks + 1)[:, None] + torch.arange(rows)[None]
        active = parity % 2 == 0
    elif turns == "random":
        active = torch.from_numpy(rng.random((ticks + 1, rows)) < 0.6)
    x = experience(rng, ticks, rows, active)
    got, valid = advantages(x, GAMMA, LAM)
    for row in range(rows):
        want = slow_advantages(x, row)
        assert set(valid[:, row].nonzero().squeeze(1).tolist()) == set(want)
        for t, value in want.items():
            assert float(got[t, row]) == pytest.approx(value, abs=1e-4)
    assert valid.sum() >= 0.9 * x.active.sum() - rows


def test_a_reward_on_the_other_sides_turn_reaches_the_decision_before_it() -> None:
    """The loss of a turn-based game comes while the loser waits."""
    ones = torch.ones(2, 1)
    x = Experience(
        *(torch.zeros(2, 1, 0), torch.zeros(2, 1, 0), None, ones, ones * 0.5),
        reward=torch.tensor([[0.0], [-1.0]]),
        ended=torch.tensor([[False], [True]]),
        boot=torch.zeros(2, 1),
        active=torch.tensor([[True], [False]]),
        start=torch.zeros(2, 1, dtype=torch.bool),
        state=torch.zeros(1, 0),
        last_value=torch.zeros(1),
        last_active=torch.tensor([True]),
    )
    got, valid = advantages(x, 0.99, 0.95)
    assert got[0, 0] == -1.5
    assert valid.tolist() == [[True], [False]]


def test_ppo_learns_squared() -> None:
    """From worse than nothing to reaching every third target, in a few seconds."""
    torch.set_num_threads(1)
    settings: dict[str, Any] = {"copies": 256, "segment": 32, "epochs": 3, "minibatches": 4}
    run = Run("squared", make_config({**settings, "lr": 2e-3, "entropy": 0.03, "seed": 2}))
    first = run.update()
    for _ in range(49):
        last = run.update()
    assert first["self/score"] < -0.2
    assert last["self/score"] > 0.15
    assert last["explained_variance"] > 0.3


def test_a_script_to_begin_with_is_learned_from_and_then_left_alone() -> None:
    """It learns faster than by reward; then the reward alone counts again."""
    torch.set_num_threads(1)
    settings: dict[str, Any] = {"copies": 256, "segment": 32, "epochs": 3, "minibatches": 4}
    settings |= {"imitate": 30 * 256 * 32, "steps": 100 * 256 * 32, "seed": 2}
    run = Run("squared", make_config({**settings, "lr": 2e-3, "entropy": 0.0}))
    first, *_, last = [run.update() for _ in range(30)]
    assert first["policy_loss"] > 1.1 and last["policy_loss"] < 0.8
    assert last["self/score"] > 0.4
    assert abs(run.update()["policy_loss"]) < 0.05  # the clipped gain of normalised advantages


@pytest.mark.parametrize(
    ("env", "recurrent"),
    [
        *(("squared", "none"), ("squared", "lstm"), ("squared", "gru")),
        *(("connect4", "lstm"), ("pong", "none")),
    ],
)
def test_a_resumed_run_has_the_same_weights(tmp_path: Path, env: str, recurrent: str) -> None:
    several = (
        {"past": 0.25, "scripted": 0.25, "random": 0.25, "pool_every": 200, "opening": 3}
        | {"imitate": 250}
        if env != "squared"
        else {}
    )
    config = make_config({**SMALL, **several, "recurrent": recurrent, "steps": 10_000})
    whole = Run(env, config)
    for _ in range(3):
        whole.update()
    checkpoint.save(whole.checkpoint(), tmp_path / "c.pt")
    resumed = Run.resume(checkpoint.load(tmp_path / "c.pt"))
    again = []
    for run in (whole, resumed):
        torch.set_rng_state(checkpoint.load(tmp_path / "c.pt")["random"])
        again.append([{k: v for k, v in run.update().items() if "second" not in k} for _ in "ab"])
    assert again[0] == again[1]
    for name, weight in whole.policy.state_dict().items():
        assert torch.equal(weight, resumed.policy.state_dict()[name]), name


def test_a_killed_run_goes_on_and_leaves_one_line_an_update(tmp_path: Path) -> None:
    def settings(steps: int) -> Config:
        return make_config({**SMALL, "steps": steps, "checkpoint_every": 256})

    train("squared", settings(1024), tmp_path / "whole")
    train("squared", settings(512), tmp_path / "killed")
    with (tmp_path / "killed" / "metrics.jsonl").open("a") as log:
        log.write('{"updates": 5, "steps": 640}\n{"upd')  # past the checkpoint when it was killed
    resume(tmp_path / "killed", steps=1024)
    lines = (tmp_path / "killed" / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["updates"] for line in lines] == list(range(1, 9))
    assert all("loss" in json.loads(line) for line in lines)


def test_evaluation_on_the_way_changes_nothing(tmp_path: Path) -> None:
    settings = {**SMALL, "steps": 1024, "checkpoint_every": 512, "scripted": 0.5}
    for every in (0, 300):
        train("connect4", make_config({**settings, "eval_every": every}), tmp_path / str(every))
    plain, examined = (checkpoint.load(tmp_path / str(every)) for every in (0, 300))
    for name, weight in plain["policy"].items():
        assert torch.equal(weight, examined["policy"][name]), name
    lines = (tmp_path / "300" / "metrics.jsonl").read_text().splitlines()
    log = [json.loads(line) for line in lines]
    at = [m["steps"] for m in log if "eval/points" in m]
    steps = [0, *(m["steps"] for m in log)]
    due = [b for a, b in pairwise(steps) if b // 300 > a // 300]
    assert at == sorted({*due, log[-1]["steps"]})
    found = evaluate("connect4", str(tmp_path / "300"), episodes=256, mode="sampled")
    assert found.win_rate is not None and found.draw_rate is not None
    assert log[-1]["eval/points"] == pytest.approx(found.win_rate + found.draw_rate / 2, abs=1e-6)
    assert log[-1]["eval/score"] == pytest.approx(found.score_mean, abs=1e-6)


@pytest.mark.skipif(torch.cuda.is_available(), reason="auto means the GPU here")
def test_without_a_gpu_auto_means_the_processor() -> None:
    weights = []
    for kind in ("auto", "cpu"):
        run = Run("connect4", make_config({**SMALL, "device": kind}))
        assert run.device.type == "cpu"
        run.update()
        weights.append(run.policy.state_dict())
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    with pytest.raises(EnvError, match="want cpu or auto, got cuda, and PyTorch finds no GPU"):
        Run("connect4", make_config({**SMALL, "device": "cuda"}))


def test_a_run_is_not_overwritten(tmp_path: Path) -> None:
    config = make_config({**SMALL, "steps": 128})
    train("squared", config, tmp_path)
    with pytest.raises(EnvError, match="holds a run already"):
        train("squared", config, tmp_path)


def test_an_interrupted_save_leaves_the_old_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "c.pt"
    checkpoint.save({"config": {}, "policy": {}, "steps": 1}, path)

    def full(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(OSError, match="disk full"):
        checkpoint.save({"config": {}, "policy": {}, "steps": 2}, path)
    assert checkpoint.load(path)["steps"] == 1


def test_a_foreign_file_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(EnvError, match=r"x\.pt is not a checkpoint"):
        checkpoint.load(path)
    with pytest.raises(EnvError, match="no checkpoint at nowhere"):
        checkpoint.load("nowhere")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"steps": 0}, "steps: want at least 1, got 0"),
        ({"first_checkpoint": 0}, "first_checkpoint: want at least 1, got 0"),
        ({"pool": 1}, "pool: want at least 2, the first and the newest, got 1"),
        ({"pool_by": "luck"}, "pool_by: want uniform or difficulty, got 'luck'"),
        ({"device": "tpu"}, "device: want auto, cpu or cuda, got 'tpu'"),
        ({"opening": -1}, "opening: want 0 or more, got -1"),
        ({"imitate": -1}, "imitate: want 0 or more, got -1"),
        ({"eval_every": -1}, "eval_every: want 0 or more, got -1"),
        ({"recurrent": "gpt"}, "recurrent: want none, lstm or gru, got 'gpt'"),
        ({"past": 0.7, "scripted": 0.7}, r"past \+ scripted \+ random: want 0 to 1"),
        ({"grid": "round"}, "grid: want flat, axes, embed or conv, got 'round'"),
        ({"entities": "sum"}, "entities: want flat, pool or attention, got 'sum'"),
        ({"entity": 30}, "entity: want a multiple of 4, got 30"),
        ({"lr": "fast"}, "lr: want float, got 'fast'"),
        ({"rate": 1}, "no setting 'rate'; there are: steps"),
    ],
)
def test_settings_are_refused_with_what_is_wanted(values: dict[str, Any], message: str) -> None:
    with pytest.raises((EnvError, ValueError), match=message):
        make_config(values)


@pytest.mark.parametrize("env_name", names())
def test_every_shipped_environment_has_settings_and_a_floor(env_name: str) -> None:
    assert load_config(env_name).steps >= 1_000_000
    assert load_floors(env_name)


def test_the_documentation_lists_every_setting() -> None:
    page = (ROOT / "docs" / "training.md").read_text().split("<!-- settings -->")[1]
    listed = re.findall(r"^\| `(\w+)` \| (\S+) \| (.+) \|$", page, re.MULTILINE)
    code = (ROOT / "trainer" / "config.py").read_text().split("\n@dataclass")[1]
    wanted = re.findall(r"^    (\w+): .* = (.+?)  # (.+)$", code, re.MULTILINE)
    values = {name: str(value) for name, value in vars(Config()).items()}
    assert [name for name, _, _ in listed] == list(values)
    for (name, value, text), (field, _, comment) in zip(listed, wanted, strict=True):
        assert (name, value, text) == (field, values[field], comment)
