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
from exporter import export
from exporter.check import allowed, check
from exporter.curve import POINTS, thin, write_curve
from exporter.graph import MAX_IR, OPSET, Graph, PolicyGraph, to_onnx
from exporter.weights import KINDS, compare, packed, rounded
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


def make(source: Path | str, folder: Path, **settings: Any) -> Path:
    """Export as `tiny`, measured on ten episodes."""
    chosen = {"name": "tiny", "episodes": 10, "output": folder, **settings}
    return export.export(str(source), export.Settings(**chosen))


def sessions(path: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(str(path))


@pytest.mark.parametrize("env_name", names())
@pytest.mark.parametrize("recurrent", ["none", "lstm"])
def test_an_export_is_whole(tmp_path: Path, env_name: str, recurrent: str) -> None:
    source = small_run(tmp_path, env_name, recurrent=recurrent)
    target = make(source.parent, tmp_path)
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

    def other_policy(policy: Graph, size: int, metadata: dict[str, str]) -> bytes:
        return to_onnx(Policy(load_spec("squared"), 16, 2), size, metadata)

    monkeypatch.setattr(export, "to_onnx", other_policy)
    with pytest.raises(EnvError, match="agree: logits differs from torch"):
        make(source, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_checkpoint_of_another_interface_is_refused(tmp_path: Path) -> None:
    source = small_run(tmp_path, "squared")
    saved = checkpoint.load(source)
    saved["interface_version"] = "0123456789abcdef"
    checkpoint.save(saved, source)
    with pytest.raises(EnvError, match="interface_version 0123456789abcdef"):
        make(source, tmp_path)


def test_what_is_beyond_eight_may_be_off_in_proportion() -> None:
    """Of each row its largest number counts."""
    wanted = np.array([[0, 1], [-8, 0], [0, 16], [-80, 2]], np.float32)
    assert allowed(wanted) == pytest.approx(np.repeat([[1e-5], [1e-5], [2e-5], [1e-4]], 2, axis=1))
    assert allowed(wanted[:, 1]) == pytest.approx([1e-5, 1e-5, 2e-5, 1e-5])


def test_a_file_may_be_named_or_its_folder(tmp_path: Path) -> None:
    source = small_run(tmp_path, "pong")
    assert make(source, tmp_path / "a") == tmp_path / "a" / "tiny.onnx"
    assert make(source, tmp_path / "b" / "mine.onnx") == tmp_path / "b" / "mine.onnx"
    assert json.loads((tmp_path / "b" / "mine.json").read_text())["name"] == "mine"


@pytest.mark.parametrize("recurrent", ["none", "lstm"])
def test_weights_of_fewer_bits_are_exact(recurrent: str) -> None:
    torch.manual_seed(1)
    graph = PolicyGraph(Policy(load_spec("pong"), 64, 3, recurrent))
    with torch.no_grad():
        graph.get_parameter("policy.action.weight").mul_(100)  # as sure as if trained
    size = {}
    for kind in KINDS:
        coarse = rounded(graph, kind)
        data = packed(to_onnx(coarse, 8, {}), kind)
        assert check(data, coarse, "pong") <= 1e-5
        stored = {t.data_type for t in onnx.load_model_from_string(data).graph.initializer}
        assert (onnx.TensorProto.FLOAT16 in stored) == (kind in ("float16", "mixed"))
        assert (onnx.TensorProto.INT8 in stored) == (kind in ("mixed", "int8"))
        seen = compare(graph, coarse, "pong")
        assert (seen.agreement, seen.shift) == (1, 0) if kind == "float32" else seen.passes
        assert seen.value_max is not None and (seen.value_max > 0) == (kind != "float32")
        size[kind] = len(data)
    assert list(size) == sorted(size, key=lambda kind: -size[kind])
    # Biases, heads and nodes stay as they are.
    assert size["float16"] < 0.62 * size["float32"]
    assert size["int8"] < 0.45 * size["float32"]


def test_rounding_that_makes_another_policy_is_measured() -> None:
    torch.manual_seed(1)
    graph = PolicyGraph(Policy(load_spec("connect4"), 64, 1))
    other = rounded(graph, "float32")
    with torch.no_grad():
        for one in (graph, other):
            one.get_parameter("policy.action.weight").mul_(100)
        other.get_parameter("policy.action.bias")[0] += 2
    seen = compare(graph, other, "connect4")
    assert seen.rows > 1000
    assert not seen.passes and seen.agreement < 0.9 and 0.05 < seen.shift < seen.shift_max < 1


def test_auto_takes_the_most_exact_weights_that_fit(tmp_path: Path) -> None:
    source = small_run(tmp_path, "pong", hidden=64)
    kinds = {}
    for most in (40, 14):
        target = make(source, tmp_path, max_kb=most)
        kinds[most] = json.loads(target.with_suffix(".json").read_text())["weights"]
        assert target.stat().st_size <= most * 1000
    assert kinds == {40: "float32", 14: "mixed"}
    with pytest.raises(EnvError, match=r"size: \d+ bytes, want at most 5000"):
        make(source, tmp_path, max_kb=5)
    with pytest.raises(
        EnvError, match="want one of auto, float32, float16, mixed, int8, got 'int4'"
    ):
        make(source, tmp_path, weights="int4")


def test_a_card_and_results_as_the_hub_reads_them(tmp_path: Path) -> None:
    target = make(small_run(tmp_path, "pong"), tmp_path / "hub", card=True)
    facts = json.loads(target.with_suffix(".json").read_text())
    front = (tmp_path / "hub" / "README.md").read_text().split("---\n")[1]
    said = {
        line.partition(": ")[0]: json.loads(line.partition(": ")[2]) for line in front.splitlines()
    }
    assert (said["library_name"], said["license"]) == ("gymcade", "mit")
    assert said["tags"] == ["reinforcement-learning", "onnx", "gymcade", "gymcade-pong", "ppo"]
    (result,) = said["model-index"][0]["results"]
    assert result["dataset"] == {"type": "gymcade-pong", "name": "Pong"}
    assert [m["name"] for m in result["metrics"]] == [
        "score against scripted",
        "score against random",
    ]
    numbers = json.loads((tmp_path / "hub" / "results.json").read_text())
    first = facts["evaluations"][0]
    assert numbers["mean_reward"] == first["score_mean"]
    assert numbers["std_reward"] == pytest.approx(first["score_se"] * first["episodes"] ** 0.5)
    assert numbers["is_deterministic"] is False
    assert numbers["evaluations"] == facts["evaluations"]


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


def test_a_curve_leaves_out_updates_that_saw_only_the_first_to_die() -> None:
    """Games of two segments: every other update has but the lives that broke off early."""
    ended, scores = [1000, 50, 990, 30, 980, 700], [10.0, 1.0, 20.0, 2.0, 30.0, 40.0]
    lines = [
        update(100 * (i + 1), **{"self/episodes": float(n), "self/score": score})
        for i, (n, score) in enumerate(zip(ended, scores, strict=True))
    ]
    thinned = thin(lines)
    assert thinned["steps"] == [100, 300, 500, 600]
    assert thinned["series"] == {"self/score": [10.0, 20.0, 30.0, 40.0]}
    alone = thin([update(100, **{"self/episodes": 0.0}), update(200, **{"self/episodes": 0.0})])
    assert alone["steps"] == [100, 200]  # nothing to compare


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
    target = make(small_run(tmp_path, "squared"), tmp_path)
    sidecar = target.with_suffix(".json")
    before = json.loads(sidecar.read_text())
    export.measure_again(target, 300)
    after = json.loads(sidecar.read_text())
    assert before["evaluations"][0]["episodes"] < 300 <= after["evaluations"][0]["episodes"]
    assert {**after, "evaluations": 0} == {**before, "evaluations": 0}
    with pytest.raises(EnvError, match=r"no sidecar .*other\.json"):
        export.measure_again(tmp_path / "other.onnx", 10)


def test_a_ladder_is_exported_and_rated(tmp_path: Path) -> None:
    run, out = tmp_path / "run", tmp_path / "out"
    small = {"copies": 16, "segment": 16, "hidden": 16, "minibatches": 2, "scripted": 0.5}
    train("pong", make_config({**small, "steps": 3000, "first_checkpoint": 400}), run)
    out.mkdir()
    (out / "novice.onnx").write_bytes(b"of an older ladder")
    settings = export.Settings(output=out, episodes=2)
    export.export_ladder(str(run), settings, 3, games=40)
    written = sorted(path.name for path in out.iterdir())
    names = ("best", "club", "rookie")
    assert written == [f"{n}{end}" for n in names for end in (".curve.json", ".json", ".onnx")]
    for name in names:
        facts = json.loads((out / f"{name}.json").read_text())
        others = {"best", "club", "rookie", "scripted", "random"} - {name}
        assert facts["name"] == name
        assert set(facts["rating"]["opponents"]) == others
        assert facts["rating"]["low"] < facts["rating"]["value"] < facts["rating"]["high"]
