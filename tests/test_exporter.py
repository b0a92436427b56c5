"""The exporter: equal outputs or no file, and what the sidecar says."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from envs_c.build import EnvError, names
from envs_c.spec import load_spec
from exporter.__main__ import export, export_ladder, measure_again
from exporter.check import check
from exporter.curve import POINTS, thin, write_curve
from exporter.graph import MAX_IR, OPSET, to_onnx
from trainer import checkpoint
from trainer.config import make_config
from trainer.policy import Policy
from trainer.ppo import Run
from trainer.train import train


def small_run(tmp_path: Path, env: str, **settings: Any) -> Path:
    config = {"copies": 8, "segment": 8, "hidden": 16, "minibatches": 2, "epochs": 1}
    run = Run(env, make_config({**config, **settings}))
    run.update()
    path = tmp_path / "run" / checkpoint.LATEST
    checkpoint.save(run.checkpoint(), path)
    return path


def sessions(path: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(str(path))


@pytest.mark.parametrize("env_name", names())
@pytest.mark.parametrize("recurrent", ["none", "lstm"])
def test_an_export_is_whole(tmp_path: Path, env_name: str, recurrent: str) -> None:
    source = small_run(tmp_path, env_name, recurrent=recurrent)
    target = export(str(source.parent), tmp_path, "tiny", 10)
    spec = load_spec(env_name)
    model = onnx.load(str(target), load_external_data=False)
    assert (model.opset_import[0].version, model.ir_version <= MAX_IR) == (OPSET, True)
    facts = json.loads(target.with_suffix(".json").read_text())
    assert facts["sha256"] == hashlib.sha256(target.read_bytes()).hexdigest()
    assert facts["interface_version"] == spec["interface_version"]
    assert facts["observation"] == spec["interface"]["observation"]
    assert facts["state_size"] == (32 if recurrent == "lstm" else 0)
    inside = {p.key: p.value for p in model.metadata_props}
    assert inside["env"] == env_name
    assert json.loads(inside["action"]) == spec["interface"]["action"]
    assert all(e["episodes"] >= 10 for e in facts["evaluations"])
    said = {k: v if isinstance(v, str) else json.dumps(v) for k, v in facts.items()}
    later = {"sha256", "evaluations", "rating", "solver"}  # known once the file is written
    assert inside == {key: value for key, value in said.items() if key not in later}
    assert ("solver" in facts) == (env_name == "connect4")
    inputs = {i.name: i.shape for i in sessions(target).get_inputs()}
    assert inputs["obs"] == ["batch", spec["interface"]["observation"]["size"]]
    assert ("state_in" in inputs) == (recurrent == "lstm")


@pytest.mark.parametrize("batch", [1, 3, 100])
def test_the_batch_is_dynamic(tmp_path: Path, batch: int) -> None:
    policy = Policy(load_spec("pong"), 16, 2, "lstm")
    path = tmp_path / "p.onnx"
    path.write_bytes(to_onnx(policy, 8, {}))
    feed = {"obs": np.ones((batch, 8), np.float32), "state_in": np.ones((batch, 32), np.float32)}
    shapes = [array.shape for array in sessions(path).run(None, feed)]
    assert shapes == [(batch, 3), (batch, 1), (batch, 32)]


@pytest.mark.parametrize("recurrent", ["none", "lstm"])
def test_a_file_that_says_something_else_is_refused(recurrent: str) -> None:
    torch.manual_seed(1)
    policy = Policy(load_spec("pong"), 16, 2, recurrent)
    model = to_onnx(policy, 8, {})
    assert check(model, policy, "pong") <= 1e-5
    with torch.no_grad():
        policy.value.bias.add_(2e-5)
    with pytest.raises(EnvError, match=r"value differs from torch by 2e-05 .* tick 0, batch 1"):
        check(model, policy, "pong")


def test_a_difference_in_the_state_alone_is_found() -> None:
    """Only the 64 ticks with carried state and resets can show it."""
    torch.manual_seed(1)
    policy = Policy(load_spec("squared"), 16, 1, "lstm")
    model = to_onnx(policy, 121, {})
    cell = policy.cell
    assert cell is not None
    with torch.no_grad():
        cell.weight_hh.add_(1e-2)
    with pytest.raises(EnvError, match=r"tick [1-9]"):
        check(model, policy, "squared")


def test_nothing_is_written_for_a_refused_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = small_run(tmp_path, "squared")

    def other_policy(policy: Policy, size: int, metadata: dict[str, str]) -> bytes:
        return to_onnx(Policy(load_spec("squared"), 16, 2), size, metadata)

    monkeypatch.setattr("exporter.__main__.to_onnx", other_policy)
    with pytest.raises(EnvError, match="logits differs from torch"):
        export(str(source), tmp_path / "out", "tiny", 10)
    assert not (tmp_path / "out").exists()


def test_a_checkpoint_of_another_interface_is_refused(tmp_path: Path) -> None:
    source = small_run(tmp_path, "squared")
    saved = checkpoint.load(source)
    saved["interface_version"] = "0123456789abcdef"
    checkpoint.save(saved, source)
    with pytest.raises(EnvError, match="interface_version 0123456789abcdef"):
        export(str(source), tmp_path, "tiny", 10)


# --- Learning curves, measuring again, ladders ----------------------------------------------------


def update(steps: int, **more: float) -> dict[str, float]:
    return {"steps": steps, "seconds": steps / 100, **more}


def test_a_curve_is_thinned_to_means_over_equal_spans() -> None:
    lines = [update(10 * (i + 1), **{"self/score": float(i)}) for i in range(1000)]
    thinned = thin(lines)
    assert thinned["steps"] == [50 * (i + 1) for i in range(POINTS)]
    assert thinned["seconds"][-1] == 100.0
    assert thinned["series"] == {"self/score": [5.0 * i + 2 for i in range(POINTS)]}
    assert len(json.dumps(thinned)) < 20_000


def test_a_curve_of_games_that_are_won_shows_points_against_others() -> None:
    lines = [
        update(100, **{"self/won": 0.5, "scripted/won": 0.25, "scripted/drawn": 0.5}),
        update(200, **{"self/won": 0.5, "past/won": 0.75}),  # no game against the script ended
    ]
    assert thin(lines)["series"] == {"scripted/points": [0.5, None], "past/points": [None, 0.75]}
    alone = thin([update(100, **{"self/won": 0.5})])
    assert alone["series"] == {"self/points": [0.5]}


def test_a_curve_goes_to_its_checkpoint_and_not_beyond(tmp_path: Path) -> None:
    metrics, policy = tmp_path / "metrics.jsonl", tmp_path / "best.onnx"
    lines = [update(steps, **{"self/score": 1.0}) for steps in (100, 200, 300)]
    metrics.write_text("".join(json.dumps(line) + "\n" for line in lines))
    write_curve(policy, metrics, 200)
    written = tmp_path / "best.curve.json"
    assert json.loads(written.read_text())["steps"] == [100, 200]
    write_curve(policy, tmp_path / "none.jsonl", 200)
    assert not written.exists()


def test_a_policy_is_measured_again(tmp_path: Path) -> None:
    target = export(str(small_run(tmp_path, "squared")), tmp_path, "tiny", 10)
    sidecar = target.with_suffix(".json")
    before = json.loads(sidecar.read_text())
    measure_again(target, 300)
    after = json.loads(sidecar.read_text())
    assert before["evaluations"][0]["episodes"] < 300 <= after["evaluations"][0]["episodes"]
    assert {**after, "evaluations": 0} == {**before, "evaluations": 0}
    with pytest.raises(EnvError, match=r"no sidecar .*other\.json"):
        measure_again(tmp_path / "other.onnx", 10)


def test_a_ladder_is_exported_and_rated(tmp_path: Path) -> None:
    run, out = tmp_path / "run", tmp_path / "out"
    small = {"copies": 16, "segment": 16, "hidden": 16, "minibatches": 2, "scripted": 0.5}
    train("pong", make_config({**small, "steps": 3000, "first_checkpoint": 400}), run)
    out.mkdir()
    (out / "novice.onnx").write_bytes(b"of an older ladder")
    export_ladder(str(run), out, 3, games=40, episodes=2)
    written = sorted(path.name for path in out.iterdir())
    names = ("best", "club", "rookie")
    assert written == [f"{n}{end}" for n in names for end in (".curve.json", ".json", ".onnx")]
    for name in names:
        facts = json.loads((out / f"{name}.json").read_text())
        others = {"best", "club", "rookie", "scripted", "random"} - {name}
        assert facts["name"] == name
        assert set(facts["rating"]["opponents"]) == others
        assert facts["rating"]["low"] < facts["rating"]["value"] < facts["rating"]["high"]
