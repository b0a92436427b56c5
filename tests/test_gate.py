"""The gate: each check finds the file that is broken in its way, and nothing else in it."""

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from typer.testing import CliRunner

from envs_c.build import ROOT, EnvError
from envs_c.spec import load_spec
from exporter import gate
from exporter.__main__ import app
from exporter.candidate import Candidate, open_candidate
from exporter.export import Settings, export
from exporter.graph import PolicyGraph, to_onnx
from exporter.weights import compare, packed, rounded
from tests import onnx_files as files
from tests.test_exporter import small_run
from trainer.policy import Policy

DOC = ROOT / "docs" / "exporting.md"
IDS = [name for ids in gate.CHECKS.values() for name in ids]
NEVER_ALONE = {"floor"}  # no untrained policy meets one


def metadata(**changes: Any) -> dict[str, str]:
    """What a file for pong without memory says of itself."""
    spec = load_spec("pong")
    facts = {
        "format": "gymcade-policy",
        "format_version": 1,
        "env": "pong",
        "name": "best",
        "interface_version": spec["interface_version"],
        "dynamics_version": spec["dynamics_version"],
        "observation": spec["interface"]["observation"],
        "action": spec["interface"]["action"],
        "state_size": 0,
        "play": {"mode": "sampled", "temperature": 1.0},
        **changes,
    }
    said = {k: v if isinstance(v, str) else json.dumps(v) for k, v in facts.items()}
    return {key: value for key, value in said.items() if value != "null"}


def policy(*nodes: onnx.NodeProto, size: int = 8, facts: Any = None, **more: Any) -> bytes:
    """A file for pong: `raw` is what the weights give; the nodes make `logits` of it."""
    constants = {"W": files.weights(size, 3), "V": files.weights(size, 1, 2)}
    return files.build(
        {"obs": ["batch", size]},
        {"logits": ["batch", more.pop("choices", 3)], "value": ["batch", 1]},
        [
            files.node("MatMul", "obs W", "raw"),
            files.node("MatMul", "obs V", "value"),
            *(nodes or [files.node("Identity", "raw", "logits")]),
        ],
        constants | more.pop("constants", {}),
        metadata=metadata() if facts is None else facts,
        **more,
    )


def changed(data: bytes, change: Callable[[onnx.ModelProto], Any]) -> bytes:
    model = onnx.load_model_from_string(data)
    change(model)
    new: bytes = model.SerializeToString()
    return new


def elsewhere(model: onnx.ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "weights.bin"


def ballast(model: onnx.ModelProto) -> None:
    """Weights of 320 KB that nothing reads."""
    array = np.arange(80_000, dtype=np.float32)
    model.graph.initializer.append(numpy_helper.from_array(array, "ballast"))


def foreign(model: onnx.ModelProto) -> None:
    model.graph.node[-1].domain = "com.example"
    model.opset_import.append(helper.make_opsetid("com.example", 1))


def growing() -> bytes:
    """Its memory squares itself."""
    data = files.ours(8, 3, memory=0)

    def grow(model: onnx.ModelProto) -> None:
        graph = model.graph
        for name, where in (("state_in", graph.input), ("state_out", graph.output)):
            where.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 2]))
        for name, array in (("S", files.weights(8, 2)), ("ten", files.f32([10]))):
            graph.initializer.append(numpy_helper.from_array(array, name))
        graph.node.extend(
            [
                files.node("MatMul", "obs S", "seen"),
                files.node("Mul", "state_in ten", "large"),
                files.node("Add", "large seen", "state_out"),
            ]
        )
        helper.set_model_props(model, metadata(state_size=2))

    return changed(data, grow)


def still() -> bytes:
    data = files.ours(8, 3, memory=4)

    def hold(model: onnx.ModelProto) -> None:
        model.graph.node[-1].CopyFrom(files.node("Identity", "state_in", "state_out"))
        helper.set_model_props(model, metadata(state_size=4))

    return changed(data, hold)


def by_bytes(data: bytes, **known: Any) -> Candidate:
    return Candidate("policy.onnx", data, env="pong", games=4, **known)


def other_weights() -> Candidate:
    torch.manual_seed(1)
    trained = Policy(load_spec("pong"), 16, 2)
    data = to_onnx(trained, 8, metadata())
    with torch.no_grad():
        trained.action.bias.add_(1e-3)
    return by_bytes(data, graph=PolicyGraph(trained))


def coarse() -> Candidate:
    """Weights a little further off than rounding may take them."""
    torch.manual_seed(1)
    graph = PolicyGraph(Policy(load_spec("pong"), 64, 2))
    with torch.no_grad():
        graph.policy.action.weight.mul_(100)
        other = rounded(graph, "int8")
        for weight in other.parameters():
            weight.add_(torch.randn_like(weight) * 0.05)
    return by_bytes(policy(), rounding=compare(graph, other, "pong"))


def with_sidecar(**changes: Any) -> Candidate:
    data = policy()
    said = {key: _decoded(value) for key, value in metadata().items()}
    digest = hashlib.sha256(data).hexdigest()
    return by_bytes(data, sidecar={**said, "sha256": digest, **changes})


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


DRAWS = files.node("RandomNormalLike", "raw", "noise")
ENDS = [
    files.node("ReduceSum", "obs", "sum", keepdims=0),
    files.node("Mul", "sum zero", "none"),
    files.node("Add", "none three", "width"),
    files.node("Cast", "width", "end", to=TensorProto.INT64),
    files.node("Slice", "raw start end one", "logits"),
]
CUT = {
    "zero": files.f32([0]),
    "three": files.f32([3]),
    "start": files.i64([0]),
    "one": files.i64([1]),
}
WHOLE = [
    files.node("Cast", "raw", "short", to=TensorProto.INT16),
    files.node("Relu", "short", "cut"),
    files.node("Cast", "cut", "logits", to=TensorProto.FLOAT),
]
MIXED = [
    files.node("ReduceMean", "raw", "mean_row", axes=[0], keepdims=1),
    files.node("Sub", "raw mean_row", "logits"),
]
OUT_OF_RANGE = files.build(
    {"input": ["batch", 8]},
    {"a": ["batch"], "v": ["batch", 1], "p": ["batch"]},
    [
        files.node("MatMul", "input V", "v"),
        files.node("Squeeze", "v axis", "p"),
        files.node("Mul", "p zero", "none"),
        files.node("Add", "none five", "a_float"),
        files.node("Cast", "a_float", "a", to=TensorProto.INT64),
    ],
    {
        "V": files.weights(8, 1),
        "axis": files.i64([1]),
        "zero": files.f32([0]),
        "five": files.f32([5]),
    },
    ints=("a",),
)
FIXED = files.build(
    {"obs": [1, 8]},
    {"logits": [1, 3]},
    [files.node("MatMul", "obs W", "logits")],
    {"W": files.weights(8, 3)},
    metadata=metadata(),
)

BROKEN: dict[str, Callable[[], Candidate]] = {
    "one-file": lambda: by_bytes(changed(policy(), elsewhere)),
    "size": lambda: by_bytes(changed(policy(), ballast)),
    "checker": lambda: by_bytes(policy(files.node("Identity", "nothing", "logits"))),
    "shapes": lambda: by_bytes(policy(*ENDS, constants=CUT, choices="choices")),
    "opset": lambda: by_bytes(policy(opset=19)),
    "ir": lambda: by_bytes(policy(ir=11)),
    "operators": lambda: by_bytes(changed(policy(), foreign)),
    "randomness": lambda: by_bytes(policy(files.node("Identity", "raw", "logits"), DRAWS)),
    "runtime": lambda: by_bytes(policy(*WHOLE)),
    "interface": lambda: by_bytes(policy(facts=metadata(interface_version="0" * 16))),
    "dynamics": lambda: by_bytes(policy(facts=metadata(dynamics_version="0" * 16))),
    "tensors": lambda: by_bytes(policy(size=7)),
    "repeat": lambda: by_bytes(policy(DRAWS, files.node("Add", "raw noise", "logits"))),
    "batch": lambda: by_bytes(policy(*MIXED, opset=17)),
    "finite": lambda: by_bytes(policy(files.node("Exp", "raw", "logits"))),
    "memory": lambda: by_bytes(still()),
    "agree": other_weights,
    "rounding": coarse,
    "metadata": lambda: by_bytes(policy(facts=metadata(play=None))),
    "sidecar": lambda: with_sidecar(name="other"),
    "play": lambda: by_bytes(OUT_OF_RANGE),
    "floor": lambda: by_bytes(policy()),
}
MORE: dict[str, tuple[str, Callable[[], Candidate]]] = {
    "a batch that is fixed": ("batch", lambda: by_bytes(FIXED)),
    "memory that grows": ("memory", lambda: by_bytes(growing())),
    "metadata of another kind": (
        "metadata",
        lambda: by_bytes(policy(facts=metadata(state_size=9))),
    ),
    "a sidecar of an older file": ("sidecar", lambda: with_sidecar(sha256="0" * 64)),
    "no metadata at all": ("metadata", lambda: by_bytes(policy(facts={}))),
}
BESIDE = {"repeat": {"randomness"}}  # what such a file cannot but show as well


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_found_and_nothing_else(name: str) -> None:
    report = gate.examine(BROKEN[name]())
    assert {f.check for f in report.findings} - NEVER_ALONE - BESIDE.get(name, set()) == (
        {name} - NEVER_ALONE
    )
    (finding,) = [f for f in report.findings if f.check == name][:1]
    assert "want" in finding.message
    assert finding.advice and "\n" not in finding.advice
    assert name in report.checks
    assert report.failed == (finding.level == "error")


@pytest.mark.parametrize("words", MORE)
def test_other_ways_of_being_broken(words: str) -> None:
    name, make = MORE[words]
    report = gate.examine(make())
    assert {f.check for f in report.findings if f.level == "error"} == {name}


def test_each_check_has_a_file_that_needs_it() -> None:
    assert list(BROKEN) == IDS
    assert len(IDS) == len(set(IDS)) == 22


def test_the_evidence_names_tensor_value_and_wanted() -> None:
    said = {
        name: gate.examine(BROKEN[name]()).findings[0].message
        for name in ("one-file", "tensors", "batch", "agree", "shapes", "memory")
    }
    assert said["one-file"] == "weight 'W' lies in 'weights.bin', want it inside the file"
    assert said["tensors"] == "obs: want 8 values a row in all, got 7 (pong: observations of 8)"
    assert re.match(r"'logits' of row \d is \S+ in a batch of 2, want 0 as alone", said["batch"])
    assert said["agree"].startswith("logits differs from torch by 0.001 (at most 1e-05) at tick 0")
    assert said["shapes"].startswith("output 'logits' has shape ['batch', '")
    assert said["memory"] == "state_out: 4 values, all 0 after 64 ticks, want some that change"


@pytest.mark.parametrize("kind", ["none", "lstm"])
def test_a_policy_of_ours_passes_every_check(tmp_path: Path, kind: str) -> None:
    source = small_run(tmp_path, "pong", recurrent=kind, hidden=64)
    target = export(str(source), Settings("tiny", tmp_path, 10, "int8"))
    beside = open_candidate(target)
    report = gate.examine(beside)
    assert [f.check for f in report.findings if f.level == "error"] == []
    assert (report.env, report.convention) == ("pong", "gymcade")
    assert set(report.checks) == set(IDS) - {"agree", "rounding"}


def test_shipped_policies_pass() -> None:
    for path in sorted((ROOT / "web" / "static" / "policies").glob("*/best.onnx")):
        report = gate.examine(open_candidate(path))
        assert [f for f in report.findings if f.level == "error"] == [], path


OTHERS = {
    "ml-agents": (files.ml_agents_first(8, 3), set()),
    "isaac-lab": (files.isaac_lab(8, 3), {"batch"}),
    "rllib": (files.rllib(8, 3), set()),
    "godot-rl": (files.godot_rl(8, 3), set()),
    "stable-baselines3": (files.sb3(8, 3), set()),
    "logits": (files.logits_only(8, 3), set()),
}


@pytest.mark.parametrize("convention", OTHERS)
def test_files_of_others_are_read_as_they_are(convention: str) -> None:
    data, warned = OTHERS[convention]
    report = gate.examine(by_bytes(data))
    assert report.convention == convention
    assert {f.check for f in report.findings} - NEVER_ALONE == warned
    assert not report.failed


def test_without_an_environment_the_file_alone_is_checked() -> None:
    report = gate.examine(Candidate("policy.onnx", files.logits_only(8, 3)))
    assert report.checks == IDS[: IDS.index("runtime") + 1]
    assert any("not run without an environment (--env NAME): interface" in n for n in report.notes)
    with pytest.raises(EnvError, match="is not an ONNX file"):
        gate.examine(Candidate("policy.onnx", b"no such thing"))


def test_the_command_prints_and_exits(tmp_path: Path) -> None:
    run, good, bad = CliRunner().invoke, tmp_path / "good.onnx", tmp_path / "bad.onnx"
    good.write_bytes(files.logits_only(8, 3))
    bad.write_bytes(files.logits_only(8, 4))

    fine = run(app, ["check", str(good), "--env", "pong", "--json"])
    assert fine.exit_code == 0
    said = json.loads(fine.output)
    assert (said["file"], said["env"], said["convention"]) == ("good.onnx", "pong", "logits")

    wrong = run(app, ["check", str(bad), "--env", "pong", "--json"])
    assert wrong.exit_code == 1
    (finding,) = json.loads(wrong.output)["findings"]
    assert finding == {
        "check": "tensors",
        "level": "error",
        "message": "9: want 3 logits a row, or 1 choices, got 4 (pong: observations of 8)",
        "advice": "rename and reshape to a convention in docs/policy-format.md",
    }
    both = run(app, ["check", str(good), str(bad), "--env", "pong"])
    assert both.exit_code == 1
    assert "bad.onnx: 1 error" in both.output
    assert isinstance(run(app, ["check", "nonesuch.onnx"]).exception, EnvError)


def test_the_docs_name_every_check() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (error|warning|both) \|", DOC.read_text(), re.M)
    assert [name for name, _ in rows] == IDS


def test_what_cannot_be_stored_exactly_stays_as_it_is() -> None:
    data = policy(constants={"big": np.random.default_rng(1).random((40, 40), np.float32)})
    for kind in ("float16", "int8"):
        model = onnx.load_model_from_string(
            packed(data, "float16" if kind == "float16" else "int8")
        )
        kept = {t.name: t.data_type for t in model.graph.initializer}
        assert kept["big"] == TensorProto.FLOAT
