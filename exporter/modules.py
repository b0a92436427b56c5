"""Modules of any kind as graphs: `module:factory` and TorchScript.

A module says `forward(obs)` or, with memory, `forward(obs, state)`, on obs (N, size) of raw
float32 observations; docs/exporting.md has what it may answer.
"""

import importlib
import inspect
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from envs_c.build import EnvError
from envs_c.spec import Spec
from exporter.graph import Graph
from exporter.sources import Options, Source, outside_facts, widths

NAMES = ("logits", "mean", "log_std", "value", "state_out")
NESTED = ("state_dict", "model_state_dict", "policy", "model")
"""Keys under which training scripts put a state dict among other things."""


class ModuleGraph(Graph):
    """A module whose answers are brought to the names and shapes of the format."""

    def __init__(self, module: nn.Module, spec: Spec) -> None:
        """Ask it about two rows of zeros, and tell by the answer what it gives.

        Raises:
            EnvError: it does not run, or its answer is not one of those that are understood.
        """
        size, self.wide, self.continuous = widths(spec)
        memory = getattr(module, "state_size", 0)
        if not isinstance(memory, int) or memory < 0:
            raise EnvError(f"state_size: want a whole number, got {memory!r}")
        super().__init__([], False, memory)
        self.module = module
        self.act = "mean" if self.continuous else "logits"
        log_std = getattr(module, "log_std", getattr(module, "actor_logstd", None))
        self.log_std = log_std if isinstance(log_std, Tensor) and self.continuous else None
        samples = (torch.zeros(2, size), torch.zeros(2, memory))[: len(self.inputs)]
        try:
            with torch.no_grad():
                said = self.named(module(*samples))
        except EnvError:
            raise
        except Exception as error:
            shapes = " and ".join(str(list(sample.shape)) for sample in samples)
            reason = " ".join(str(error).split())[:300]
            raise EnvError(f"the module does not run on observations {shapes}: {reason}") from error
        wants = {"value": 1, "state_out": memory}
        for name, tensor in said.items():
            want = [2, wants.get(name, self.wide)]
            if list(tensor.shape) != want:
                raise EnvError(f"{name}: want shape {want}, got {list(tensor.shape)}")
        if self.act not in said:
            raise EnvError(f"want {self.act} in the answer, got {', '.join(said) or 'nothing'}")
        self.outputs = [name for name in NAMES if name in said]

    def named(self, answer: Any) -> dict[str, Tensor]:
        """The parts of an answer by name: a tensor, a tuple or a dictionary."""
        if isinstance(answer, Mapping):
            said = {name: answer[name] for name in NAMES if name in answer}
        else:
            parts = [answer] if isinstance(answer, Tensor) else list(answer)
            most = 3 if self.state_size else 2
            least = most - 1
            if not least <= len(parts) <= most or not all(isinstance(p, Tensor) for p in parts):
                form = f"({self.act}, value, state)" if self.state_size else f"({self.act}, value)"
                got = f"{len(parts)}: {', '.join(type(p).__name__ for p in parts)}"
                want = f"{least} or {most} tensors {form}"
                raise EnvError(f"the module's answer: want {want}, got {got}")
            said = {self.act: parts[0]}
            if len(parts) == most:
                said["value"] = parts[1]
            if self.state_size:
                said["state_out"] = parts[-1]
        if "value" in said and said["value"].ndim == 1:
            said["value"] = said["value"].unsqueeze(1)
        if self.log_std is not None and "log_std" not in said:
            said["log_std"] = self.log_std.flatten().expand_as(said["mean"])
        return said

    def forward(self, obs: Tensor, state_in: Tensor | None = None) -> tuple[Tensor, ...]:
        """The outputs in the order of `outputs`."""
        said = self.named(self.module(obs) if state_in is None else self.module(obs, state_in))
        return tuple(said[name].float() for name in self.outputs)


class ActorCritic(nn.Module):
    """An agent as CleanRL writes them: no forward, but an actor, a critic, perhaps a network."""

    def __init__(self, agent: nn.Module) -> None:
        super().__init__()
        parts: dict[str, Any] = dict(agent.named_children())
        self.network = parts.get("network", nn.Identity())
        self.actor = parts["actor_mean"] if "actor_mean" in parts else parts["actor"]
        self.critic = parts.get("critic")
        if isinstance(getattr(agent, "actor_logstd", None), Tensor):
            self.log_std = agent.actor_logstd

    def forward(self, obs: Tensor) -> tuple[Tensor, ...]:
        """Scores of the actions, and the value where there is a critic."""
        hidden = self.network(obs)
        scores = self.actor(hidden)
        return (scores,) if self.critic is None else (scores, self.critic(hidden))


def load_factory(place: str, spec: Spec, options: Options) -> Source:
    """The module that `module:factory` makes; the factory is given the spec if it asks for it."""
    where, _, name = place.partition(":")
    try:
        factory = getattr(importlib.import_module(where), name)
    except (ImportError, AttributeError) as error:
        raise EnvError(f"{place}: {error}; want MODULE:FACTORY, found from this folder") from error
    asks = [p for p in inspect.signature(factory).parameters.values() if p.default is p.empty]
    module = factory(spec) if asks else factory()
    if not isinstance(module, nn.Module):
        raise EnvError(f"{place}: want a torch.nn.Module, got {type(module).__name__}")
    if options.weights_file:
        _load_weights(module, options.weights_file)
    if type(module).forward is nn.Module.forward:
        children = dict(module.named_children())
        if not {"actor", "actor_mean"} & set(children):
            got = ", ".join(children) or "no parts"
            raise EnvError(f"{place}: want a forward, or an actor to ask; it has {got}")
        module = ActorCritic(module)
    graph = ModuleGraph(module.eval(), spec)
    return Source(graph.eval(), spec, outside_facts(f"torch module {place}", options))


def _load_weights(module: nn.Module, path: Path) -> None:
    """Load a state dict, which may lie under a usual key; nothing but tensors is unpickled."""
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise EnvError(f"{path} is not a state dict: {reason}") from error
    for key in NESTED:
        if isinstance(found, Mapping) and isinstance(found.get(key), Mapping):
            found = found[key]
    if not isinstance(found, Mapping):
        raise EnvError(f"{path}: want a state dict, got {type(found).__name__}")
    try:
        module.load_state_dict(dict(found))
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:400]
        raise EnvError(f"{path} does not fit the module: {reason}") from error


def is_torchscript(path: Path) -> bool:
    """Whether a file is a TorchScript archive: a zip with code in it."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any("/code/" in name for name in archive.namelist())


def load_torchscript(place: str, spec: Spec, options: Options) -> Source:
    """A module that `torch.jit.save` wrote."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # TorchScript itself is
        try:
            module = torch.jit.load(place, map_location="cpu")
        except Exception as error:
            reason = " ".join(str(error).split())[:200]
            raise EnvError(f"{place} is not TorchScript: {reason}") from error
    graph = ModuleGraph(module.eval(), spec)
    graph.scripted = True
    return Source(graph.eval(), spec, outside_facts(f"TorchScript {Path(place).name}", options))
