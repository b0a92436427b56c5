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
    """What is exported: the policy's output by the names of docs/policy-format.md."""

    def __init__(self, policy: Policy) -> None:
        super().__init__()
        self.policy = policy

    def forward(self, obs: Tensor, state_in: Tensor | None = None) -> tuple[Tensor, ...]:
        """The outputs in the order of `tensor_names`."""
        out = self.policy(obs, state_in)
        value = out.value.unsqueeze(1)
        log_std = self.policy.log_std
        action = (out.logits,) if log_std is None else (out.logits, log_std.expand_as(out.logits))
        return (*action, value, out.state) if self.policy.state_size else (*action, value)


def tensor_names(policy: Policy) -> tuple[list[str], list[str]]:
    """The names of the graph's inputs and of its outputs."""
    recurrent = policy.state_size > 0
    action = ["mean", "log_std"] if policy.continuous else ["logits"]
    inputs = ["obs", "state_in"] if recurrent else ["obs"]
    return inputs, [*action, "value", *(["state_out"] if recurrent else [])]


def to_onnx(policy: Policy, obs_size: int, metadata: dict[str, str]) -> bytes:
    """The file's bytes, checked by ONNX itself.

    Args:
        policy: to export.
        obs_size: values in one observation.
        metadata: goes into `metadata_props`.

    Raises:
        onnx.checker.ValidationError: the graph is not sound.
    """
    inputs, outputs = tensor_names(policy)
    # Two rows: a batch of one would be taken for a constant.
    samples = (torch.zeros(2, obs_size), torch.zeros(2, policy.state_size))[: len(inputs)]
    batch = torch.export.Dim("batch")
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # not that torchvision is missing
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of torch's, about torch itself
        warnings.filterwarnings("ignore", "# The axis name")  # both axes are named batch
        program = torch.onnx.export(
            Graph(policy).eval(),
            samples,
            input_names=inputs,
            output_names=outputs,
            opset_version=OPSET,
            dynamo=True,
            dynamic_shapes=tuple({0: batch} for _ in inputs),
            external_data=False,
            verbose=False,
        )
    if program is None:
        raise EnvError("torch made no ONNX program of this policy")
    model: Any = program.model_proto
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
