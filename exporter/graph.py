"""A policy as an ONNX graph: raw observations in; logits, value and state out."""

import io
import logging
import warnings
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from envs_c.build import EnvError
from trainer.policy import Policy

OPSET = 18
MAX_IR = 10


class Graph(nn.Module):
    """What is exported: `forward(obs[, state_in])` gives `outputs` in their order.

    Attributes:
        inputs, outputs: names of docs/policy-format.md.
        state_size: values of memory a row, 0 without.
        scripted: whether a TorchScript module is inside, which torch.export does not take.
    """

    def __init__(self, act: list[str], value: bool, state_size: int) -> None:
        """`act`: ["logits"], ["mean"] or ["mean", "log_std"]."""
        super().__init__()
        memory = state_size > 0
        self.inputs = ["obs", "state_in"] if memory else ["obs"]
        self.outputs = [*act, *(["value"] if value else []), *(["state_out"] if memory else [])]
        self.state_size = state_size
        self.scripted = False


class PolicyGraph(Graph):
    """A policy of our own trainer."""

    def __init__(self, policy: Policy) -> None:
        act = ["mean", "log_std"] if policy.continuous else ["logits"]
        super().__init__(act, True, policy.state_size)
        self.policy = policy

    def forward(self, obs: Tensor, state_in: Tensor | None = None) -> tuple[Tensor, ...]:
        """The outputs in the order of `outputs`."""
        out = self.policy(obs, state_in)
        value = out.value.unsqueeze(1)
        log_std = self.policy.log_std
        action = (out.logits,) if log_std is None else (out.logits, log_std.expand_as(out.logits))
        return (*action, value, out.state) if self.state_size else (*action, value)


def as_graph(policy: Policy | Graph) -> Graph:
    """The graph of a policy; a graph is its own."""
    return policy if isinstance(policy, Graph) else PolicyGraph(policy)


def to_onnx(policy: Policy | Graph, obs_size: int, metadata: dict[str, str]) -> bytes:
    """The file's bytes, checked by ONNX itself.

    Args:
        policy: to export.
        obs_size: values in one observation.
        metadata: goes into `metadata_props`.

    Raises:
        EnvError: torch cannot turn it into a graph; the message says why.
        onnx.checker.ValidationError: the graph is not sound.
    """
    graph = as_graph(policy).eval()
    # Two rows: a batch of one would be taken for a constant.
    samples = (torch.zeros(2, obs_size), torch.zeros(2, graph.state_size))[: len(graph.inputs)]
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # not that torchvision is missing
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")  # of torch's, about torch itself
            model = _traced(graph, samples) if graph.scripted else _exported(graph, samples)
    except Exception as error:
        cause = error.__cause__ or error
        reason = " ".join(str(cause).split())[:400]
        raise EnvError(f"torch cannot make an ONNX graph of this module: {reason}") from error
    model.ir_version = min(model.ir_version, MAX_IR)
    model.doc_string = ""
    for node in model.graph.node:  # source paths and stack traces of the machine that exported
        node.doc_string = ""
        del node.metadata_props[:]
    for value in (*model.graph.value_info, *model.graph.input, *model.graph.output):
        del value.metadata_props[:]
    del model.graph.metadata_props[:]
    onnx.helper.set_model_props(model, metadata)
    onnx.checker.check_model(model, full_check=True)
    file = io.BytesIO()
    onnx.save_model(model, file)
    return file.getvalue()


def _exported(graph: Graph, samples: tuple[Tensor, ...]) -> Any:
    batch = torch.export.Dim("batch")
    program = torch.onnx.export(
        graph,
        samples,
        input_names=graph.inputs,
        output_names=graph.outputs,
        opset_version=OPSET,
        dynamo=True,
        dynamic_shapes=tuple({0: batch} for _ in graph.inputs),
        external_data=False,
        verbose=False,
    )
    if program is None:
        raise EnvError("torch made no ONNX program of this policy")
    return program.model_proto


def _traced(graph: Graph, samples: tuple[Tensor, ...]) -> Any:
    """By the older exporter, the only one that takes TorchScript."""
    file: Any = io.BytesIO()  # which it takes, although it does not say so
    torch.onnx.export(
        torch.jit.trace(graph, samples, check_trace=False),
        samples,
        file,
        input_names=graph.inputs,
        output_names=graph.outputs,
        opset_version=OPSET,
        dynamo=False,
        dynamic_axes={name: {0: "batch"} for name in (*graph.inputs, *graph.outputs)},
    )
    return onnx.load_model_from_string(file.getvalue())
