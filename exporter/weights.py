"""Weights of fewer bits: rounded in torch first, so that what is exported is exact.

A float16 weight is stored as it is and cast to float32 in the graph. An int8 weight is stored with
one scale for each output, and multiplied by it in the graph. Both happen once, when the file is
opened; all computing is in float32. "mixed" is int8 in the largest weight, of several the last, and
float16 in the rest. docs/adr/0046 says why.
"""

import copy
import io
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Literal, get_args

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor

from envs_c.binding import VecEnv
from exporter.graph import Graph
from trainer.players import RandomPlayer
from trainer.sampler import probabilities

Weights = Literal["float32", "float16", "mixed", "int8"]
KINDS: tuple[Weights, ...] = get_args(Weights)
SMALLEST = 1024
"""Tensors of fewer values stay float32: they weigh little, and biases and norms matter much."""

LEAST_AGREEMENT, LARGEST_SHIFT = 0.99, 0.01
TICKS, COPIES, NEAR = 64, 64, 0.05

F32 = NDArray[np.float32]


def rounded(graph: Graph, kind: Weights) -> Graph:
    """A copy whose large weights hold only numbers that `kind` can store."""
    chosen = copy.deepcopy(graph)
    large = [w for w in chosen.parameters() if w.ndim >= 2 and w.numel() >= SMALLEST]
    largest = max(range(len(large)), key=lambda i: (large[i].numel(), i), default=0)
    with torch.no_grad():
        for i, weight in enumerate(large if kind != "float32" else []):
            few = kind == "int8" or (kind == "mixed" and i == largest)
            weight.copy_(_eighth(weight) if few else _half(weight))
    return chosen


def _half(weight: Tensor) -> Tensor:
    return weight.half().float()


def _eighth(weight: Tensor) -> Tensor:
    """Multiples, -127 to 127, of a scale for each row whose product with 127 is exact."""
    flat = weight.flatten(1)
    largest = flat.abs().amax(dim=1, keepdim=True)
    scale = (largest / 127).view(torch.int32).add(0x80).bitwise_and(-0x100).view(torch.float32)
    scale = torch.where(largest > 0, scale, 1.0)
    return ((flat / scale).round().clamp(-127, 127) * scale).view_as(weight)


def packed(model: bytes, kind: Weights) -> bytes:
    """The same file with its large weights stored as `kind` says, where that loses nothing."""
    if kind == "float32":
        return model
    proto = onnx.load_model_from_string(model)
    nodes: list[Any] = []
    for tensor in list(proto.graph.initializer):
        array = numpy_helper.to_array(tensor)
        if array.dtype != np.float32 or array.ndim < 2 or array.size < SMALLEST:
            continue
        name = tensor.name
        found = _levels(array) if kind in ("mixed", "int8") else None
        if found is not None:
            stored = [
                numpy_helper.from_array(found[0], f"{name}.i8"),
                numpy_helper.from_array(found[1], f"{name}.scale"),
            ]
            cast = helper.make_node("Cast", [f"{name}.i8"], [f"{name}.f32"], to=TensorProto.FLOAT)
            nodes += [cast, helper.make_node("Mul", [f"{name}.f32", f"{name}.scale"], [name])]
        elif kind != "int8" and (array.astype(np.float16).astype(np.float32) == array).all():
            stored = [numpy_helper.from_array(array.astype(np.float16), f"{name}.f16")]
            nodes.append(helper.make_node("Cast", [f"{name}.f16"], [name], to=TensorProto.FLOAT))
        else:
            continue
        proto.graph.initializer.remove(tensor)
        proto.graph.initializer.extend(stored)
    rest = list(proto.graph.node)
    del proto.graph.node[:]
    proto.graph.node.extend([*nodes, *rest])
    onnx.checker.check_model(proto, full_check=True)
    file = io.BytesIO()
    onnx.save_model(proto, file)
    return file.getvalue()


def _levels(array: F32) -> tuple[NDArray[np.int8], F32] | None:
    """Whole numbers and the scales along the first or last axis that give `array` exactly."""
    for axis in (0, array.ndim - 1):
        others = tuple(i for i in range(array.ndim) if i != axis)
        largest = np.abs(array).max(axis=others, keepdims=True)
        scale = np.where(largest > 0, largest / np.float32(127), np.float32(1)).astype(np.float32)
        levels = np.rint(array / scale)
        if (levels.astype(np.float32) * scale == array).all():
            return levels.astype(np.int8), scale
    return None


@dataclass(frozen=True)
class Rounding:
    """What rounding its weights changed in a policy, on rows of play."""

    rows: int
    agreement: float  # share of rows whose greedy action is the same
    shift: float  # mean over rows: total variation of the probabilities, or half of |mean|'s change
    shift_max: float
    value_max: float | None  # the largest change of the value; None where there is none

    @property
    def passes(self) -> bool:
        """Whether it is the same policy for all that play shows."""
        return self.agreement >= LEAST_AGREEMENT and self.shift <= LARGEST_SHIFT

    def as_json(self) -> dict[str, Any]:
        """The fields by name."""
        return asdict(self)


@torch.no_grad()
def compare(original: Graph, coarse: Graph, env_name: str) -> Rounding:
    """Play 64 ticks in 64 copies, every other copy at random and the rest greedily, and compare.

    Each carries its own memory, so that errors add up as they would.
    """
    env = VecEnv(env_name, COPIES, seed=13)
    heads = env.spec["interface"]["action"]["heads"]
    cuts = [0, *np.cumsum([head["n"] for head in heads]).tolist()]
    random, every = RandomPlayer(13), np.arange(env.rows)
    by_policy = every // env.seats % 2 == 0
    states = [torch.zeros(env.rows, g.state_size) for g in (original, coarse)]
    same, shifts, values = [], [], []
    for _ in range(TICKS):
        rows = np.flatnonzero(env.active)
        obs = torch.from_numpy(env.obs[rows].astype(np.float32))
        outs = []
        for graph, state in zip((original, coarse), states, strict=True):
            given = (obs, state[rows])[: len(graph.inputs)]
            out = dict(zip(graph.outputs, graph(*given), strict=True))
            if "state_out" in out:
                state[rows] = out["state_out"]
            outs.append({name: tensor.numpy() for name, tensor in out.items()})
        random.act(env, every)
        mine = by_policy[rows]
        if "mean" in outs[0]:
            change = np.abs(outs[0]["mean"].clip(-1, 1) - outs[1]["mean"].clip(-1, 1))
            same.append((change <= NEAR).all(axis=1))
            shifts.append(change.max(axis=1) / 2)
            env.actions[rows[mine]] = outs[0]["mean"][mine].clip(-1, 1)
        else:
            alike, shift = np.ones(len(rows), bool), np.zeros(len(rows))
            for head, (low, high) in enumerate(pairwise(cuts)):
                mask = None if env.mask is None else env.mask[rows, low:high]
                first, second = (probabilities(o["logits"][:, low:high], mask, 1.0) for o in outs)
                best = first.argmax(axis=1)
                alike &= best == second.argmax(axis=1)
                shift = np.maximum(shift, np.abs(first - second).sum(axis=1) / 2)
                env.actions[rows[mine], head] = best[mine]
            same.append(alike)
            shifts.append(shift)
        if "value" in outs[0]:
            values.append(np.abs(outs[0]["value"] - outs[1]["value"]).max(initial=0.0))
        env.step()
        ended = np.flatnonzero(env.terminated | env.truncated)
        for state in states:
            state[ended] = 0
    every_shift = np.concatenate(shifts)
    return Rounding(
        rows=len(every_shift),
        agreement=round(float(np.concatenate(same).mean()), 6),
        shift=round(float(every_shift.mean()), 6),
        shift_max=round(float(every_shift.max()), 6),
        value_max=round(float(max(values)), 6) if values else None,
    )
