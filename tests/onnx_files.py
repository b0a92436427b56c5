"""Small ONNX files of each convention, built with onnx's own helpers.

`python -m tests.onnx_files` writes them to tests/vectors/conventions.json, with what is to be read
from them, for the page's tests and ours.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

VECTORS = Path(__file__).parent / "vectors" / "conventions.json"
FLOAT, INT = TensorProto.FLOAT, TensorProto.INT64
Dims = Sequence[int | str]
Node = onnx.NodeProto


def f32(values: Any) -> NDArray[np.float32]:
    """An array of float32."""
    return np.array(values, np.float32)


def i64(values: Any) -> NDArray[np.int64]:
    """An array of int64."""
    return np.array(values, np.int64)


def weights(rows: int, columns: int, seed: int = 0) -> NDArray[np.float32]:
    """A matrix of eighths, so that every engine's sums are exact."""
    at = np.arange(rows * columns) * 5 + seed
    table: NDArray[np.float32] = ((at % 13 - 6) / 8).astype(np.float32).reshape(rows, columns)
    return table


def build(
    inputs: Mapping[str, Dims],
    outputs: Mapping[str, Dims],
    nodes: Sequence[Node],
    constants: Mapping[str, NDArray[Any]],
    *,
    opset: int = 17,
    ir: int = 8,
    ints: Sequence[str] = (),
    metadata: Mapping[str, str] | None = None,
) -> bytes:
    """A file; `ints` are the outputs of int64."""
    graph = helper.make_graph(
        list(nodes),
        "policy",
        [helper.make_tensor_value_info(name, FLOAT, list(d)) for name, d in inputs.items()],
        [
            helper.make_tensor_value_info(name, INT if name in ints else FLOAT, list(d))
            for name, d in outputs.items()
        ],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir)
    helper.set_model_props(model, dict(metadata or {}))
    data: bytes = model.SerializeToString()
    return data


def node(kind: str, inputs: str, outputs: str, **attributes: Any) -> Node:
    """A node; names are given in one string."""
    return helper.make_node(kind, inputs.split(), outputs.split(), **attributes)


def ours(size: int = 3, choices: int = 2, memory: int = 4, value: bool = True) -> bytes:
    """Our own format; memory is a tanh of half of it and the observation."""
    inputs: dict[str, Dims] = {"obs": ["batch", size]}
    outputs: dict[str, Dims] = {"logits": ["batch", choices]}
    constants = {"W": weights(size, choices)}
    nodes = [node("MatMul", "obs W", "logits")]
    if value:
        constants["V"] = weights(size, 1, 2)
        nodes.append(node("MatMul", "obs V", "value"))
        outputs["value"] = ["batch", 1]
    if memory:
        inputs["state_in"], outputs["state_out"] = ["batch", memory], ["batch", memory]
        constants |= {"S": weights(size, memory, 1), "half": f32([0.5])}
        nodes += [
            *(node("MatMul", "obs S", "seen"), node("Mul", "state_in half", "kept")),
            *(node("Add", "seen kept", "both"), node("Tanh", "both", "state_out")),
        ]
    return build(inputs, outputs, nodes, constants)


def ours_continuous(size: int = 3) -> bytes:
    """Our own format, continuous, without a value."""
    return build(
        {"obs": ["batch", size]},
        {"mean": ["batch", 2], "log_std": ["batch", 2]},
        [
            node("MatMul", "obs W", "mean"),
            node("Mul", "mean zero", "nothing"),
            node("Add", "nothing scale", "log_std"),
        ],
        {"W": weights(size, 2), "zero": f32([0]), "scale": f32([-0.5, 0.25])},
    )


def ml_agents() -> bytes:
    """ML-Agents: two observations, masks, memory, drawn and deterministic actions, facts."""
    nodes = [
        node("Concat", "obs_0 obs_1", "obs", axis=1),
        node("MatMul", "obs W", "raw"),
        node("Mul", "raw action_masks", "open"),
        node("Sub", "action_masks one", "shut"),
        node("Mul", "shut much", "far"),
        node("Add", "open far", "logits"),
        node("Multinomial", "logits", "discrete_actions", dtype=INT, sample_size=1),
        node("ArgMax", "logits", "deterministic_discrete_actions", axis=1, keepdims=1),
        node("MatMul", "obs S", "seen"),
        node("Unsqueeze", "seen axis", "tall"),
        node("Mul", "recurrent_in half", "kept"),
        node("Add", "tall kept", "both"),
        node("Tanh", "both", "recurrent_out"),
        node("Identity", "three", "version_number"),
        node("Identity", "four", "memory_size"),
        node("Identity", "two", "discrete_action_output_shape"),
    ]
    return build(
        {
            "obs_0": ["batch", 2],
            "obs_1": ["batch", 1],
            "action_masks": ["batch", 2],
            "recurrent_in": ["batch", 1, 4],
        },
        {
            "version_number": [1],
            "memory_size": [1],
            "discrete_actions": ["batch", 1],
            "discrete_action_output_shape": [1, 1],
            "deterministic_discrete_actions": ["batch", 1],
            "recurrent_out": ["batch", 1, 4],
        },
        nodes,
        {
            "W": weights(3, 2),
            "S": weights(3, 4, 1),
            "one": f32([1]),
            "much": f32([1e8]),
            "half": f32([0.5]),
            "axis": i64([1]),
            "three": f32([3]),
            "four": f32([4]),
            "two": f32([[2]]),
        },
        ints=("discrete_actions", "deterministic_discrete_actions"),
    )


def ml_agents_first(size: int = 3, choices: int = 2) -> bytes:
    """ML-Agents 1: log probabilities under the name `action`."""
    return build(
        {"obs_0": ["batch", size]},
        {"version_number": [1], "action": ["batch", choices], "value_estimate": ["batch", 1]},
        [
            node("MatMul", "obs_0 W", "raw"),
            node("LogSoftmax", "raw", "action", axis=1),
            node("MatMul", "obs_0 V", "value_estimate"),
            node("Identity", "two", "version_number"),
        ],
        {"W": weights(size, choices), "V": weights(size, 1, 2), "two": f32([2])},
        opset=13,
    )


def isaac_lab(size: int = 3, heads: int = 2) -> bytes:
    """Isaac Lab and rsl_rl: an LSTM's state in layers first, a batch of one, no value."""
    layers, hidden = 2, 2
    nodes = [
        node("MatMul", "obs A", "actions"),
        node("MatMul", "obs S", "seen"),
        node("Unsqueeze", "seen axis", "tall"),
    ]
    for at in "hc":
        nodes += [
            node("Mul", f"{at}_in half", f"{at}_kept"),
            node("Add", f"{at}_kept tall", f"{at}_both"),
            node("Tanh", f"{at}_both", f"{at}_out"),
        ]
    state: Dims = [layers, 1, hidden]
    return build(
        {"obs": [1, size], "h_in": state, "c_in": state},
        {"actions": [1, heads], "h_out": state, "c_out": state},
        nodes,
        {
            "A": weights(size, heads),
            "S": weights(size, hidden, 1),
            "half": f32([[[0.5]], [[0.25]]]),
            "axis": i64([0]),
        },
        opset=11 + 2,
    )


def rllib(size: int = 3, choices: int = 2) -> bytes:
    """RLlib with an LSTM: two states and the lengths of sequences."""
    return build(
        {
            "obs": ["batch_size", size],
            "state_in_0": ["batch_size", 2],
            "state_in_1": ["batch_size", 2],
            "seq_lens": ["batch_size"],
        },
        {
            "output": ["batch_size", choices],
            "state_out_0": ["batch_size", 2],
            "state_out_1": ["batch_size", 2],
        },
        [
            node("MatMul", "obs W", "raw"),
            node("Unsqueeze", "seq_lens axis", "lens"),
            node("Mul", "raw lens", "output"),
            node("MatMul", "obs S", "seen"),
            node("Add", "seen state_in_0", "state_out_0"),
            node("Sub", "seen state_in_1", "state_out_1"),
        ],
        {"W": weights(size, choices), "S": weights(size, 2, 1), "axis": i64([1])},
    )


def godot_rl(size: int = 3, choices: int = 2) -> bytes:
    """Godot RL Agents: a placeholder of a state, passed through."""
    return build(
        {"obs": ["batch_size", size], "state_ins": ["batch_size"]},
        {"output": ["batch_size", choices], "state_outs": ["batch_size"]},
        [node("MatMul", "obs W", "output"), node("Identity", "state_ins", "state_outs")],
        {"W": weights(size, choices)},
    )


def sb3(size: int = 3, choices: int = 2) -> bytes:
    """Stable-Baselines3 as its documentation exports: chosen actions, values, log_prob."""
    return build(
        {"input": ["batch", size]},
        {"12": ["batch"], "13": ["batch", 1], "14": ["batch"]},
        [
            node("MatMul", "input W", "logits"),
            node("ArgMax", "logits", "12", axis=1, keepdims=0),
            node("MatMul", "input V", "13"),
            node("LogSoftmax", "logits", "logp", axis=1),
            node("ReduceMax", "logp", "14", axes=[1], keepdims=0),
        ],
        {"W": weights(size, choices), "V": weights(size, 1, 2)},
        ints=("12",),
    )


def sb3_first(size: int = 3, choices: int = 2) -> bytes:
    """The documentation's earlier form: the action network's output, and the value."""
    return build(
        {"input.1": ["batch", size]},
        {"21": ["batch", choices], "24": ["batch", 1]},
        [node("MatMul", "input.1 W", "21"), node("MatMul", "input.1 V", "24")],
        {"W": weights(size, choices), "V": weights(size, 1, 2)},
    )


def logits_only(size: int = 3, choices: int = 2) -> bytes:
    """An actor alone, as CleanRL's is exported."""
    return build(
        {"onnx::Gemm_0": ["batch", size]},
        {"9": ["batch", choices]},
        [node("MatMul", "onnx::Gemm_0 W", "9")],
        {"W": weights(size, choices)},
    )


def reads_one(size: int, choices: int, at: int) -> bytes:
    """An actor and critic that look at one value of the observation and at nothing else."""
    weight, critic = np.zeros((size, choices), np.float32), np.zeros((size, 1), np.float32)
    weight[at, 0], critic[at] = 2, 1
    return build(
        {"obs": ["batch", size]},
        {"logits": ["batch", choices], "value": ["batch", 1]},
        [node("MatMul", "obs W", "logits"), node("MatMul", "obs V", "value")],
        {"W": weight, "V": critic},
    )


DISCRETE = {"type": "discrete", "heads": [{"n": 2}]}
TWO_HEADS = {"type": "discrete", "heads": [{"n": 3}, {"n": 2}]}
CONTINUOUS = {"type": "continuous", "heads": [{"n": 1}, {"n": 1}]}

CASES: dict[str, tuple[bytes, dict[str, Any]]] = {
    "gymcade with memory": (ours(), DISCRETE),
    "gymcade without a value": (ours(memory=0, value=False), DISCRETE),
    "gymcade, continuous": (ours_continuous(), CONTINUOUS),
    "ml-agents": (ml_agents(), DISCRETE),
    "ml-agents 1": (ml_agents_first(), DISCRETE),
    "isaac-lab": (isaac_lab(), CONTINUOUS),
    "rllib, discrete": (rllib(), DISCRETE),
    "rllib, continuous": (rllib(choices=4), CONTINUOUS),
    "godot-rl": (godot_rl(choices=5), TWO_HEADS),
    "stable-baselines3": (sb3(), DISCRETE),
    "stable-baselines3, earlier": (sb3_first(), DISCRETE),
    "logits only": (logits_only(), DISCRETE),
}
REFUSED: dict[str, tuple[bytes, dict[str, Any], str]] = {
    "too many logits": (
        logits_only(choices=4),
        DISCRETE,
        "9: want 2 logits a row, or 1 choices, got 4",
    ),
    "too few observations": (godot_rl(size=2), DISCRETE, "obs: want 3 values a row in all, got 2"),
    "a continuous file for discrete actions": (
        ours_continuous(),
        DISCRETE,
        "outputs: want a discrete action among them, got ['mean', 'log_std']",
    ),
}

OBS = [[1.0, 0.5, -2.0], [0.0, 4.0, 1.0], [-1.0, 0.25, 3.0]]
MASK = [[1, 0], [0, 1], [1, 1]]


def vectors() -> list[dict[str, Any]]:
    """Every case with what is read from it, by the reader of Python."""
    from trainer.reader import Reader, open_session

    written = []
    for name, (data, action) in CASES.items():
        interface = {"observation": {"size": 3}, "action": action}
        reader = Reader(open_session(data), interface)
        masked = "action_masks" in {feed.name for feed in reader.plan.feeds}
        mask = np.array(MASK, np.uint8) if masked else None
        obs, state = np.array(OBS, np.float32), np.zeros((3, reader.state_size), np.float32)
        ticks = []
        for _ in range(2):
            said = reader.run(obs, state, mask)
            if "sampled" in said:  # drawn in the graph: only what the mask leaves open is sure
                said["sampled"][2] = -1
            ticks.append({key: np.round(v.astype(float), 6).tolist() for key, v in said.items()})
            state = said.get("state", state)
        written.append(
            {
                "name": name,
                "interface": interface,
                "onnx": base64.b64encode(data).decode(),
                "convention": reader.plan.convention,
                "batch": reader.plan.batch,
                "state_size": reader.state_size,
                "has": sorted(reader.has),
                "obs": OBS,
                "mask": MASK if masked else None,
                "ticks": ticks,
            }
        )
    for name, (data, action, error) in REFUSED.items():
        interface = {"observation": {"size": 3}, "action": action}
        coded = base64.b64encode(data).decode()
        written.append({"name": name, "interface": interface, "onnx": coded, "error": error})
    return written


if __name__ == "__main__":
    VECTORS.write_text(json.dumps(vectors(), indent=1) + "\n")
