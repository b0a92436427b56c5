"""Modules and TorchScript: what is exported says what they say."""

import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from envs_c.build import EnvError
from envs_c.spec import load_spec
from exporter import sources
from exporter.__main__ import main
from exporter.modules import ModuleGraph
from exporter.sources import Options
from tests.exports import exported, plays, run_documented

FACTORIES = """
import torch
from torch import nn


class Both(nn.Module):
    def __init__(self, size, choices):
        super().__init__()
        self.body, self.act = nn.Linear(size, 32), nn.Linear(32, choices)
        self.value = nn.Linear(32, 1)

    def forward(self, obs):
        hidden = torch.tanh(self.body(obs))
        return self.act(hidden), self.value(hidden).squeeze(1)


class Memory(nn.Module):
    state_size = 6

    def __init__(self):
        super().__init__()
        self.cell, self.act = nn.GRUCell(8, 6), nn.Linear(6, 3)

    def forward(self, obs, state):
        state = self.cell(obs, state)
        return self.act(state), state


class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.critic = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 1))
        self.actor = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 3))

    def get_value(self, x):
        return self.critic(x)


def both(spec):
    return Both(spec["interface"]["observation"]["size"], 3)


def memory():
    return Memory()


def agent():
    return Agent()


def only():
    return nn.Linear(8, 3)


def named():
    class Named(nn.Module):
        def __init__(self):
            super().__init__()
            self.act = nn.Linear(8, 3)

        def forward(self, obs):
            return {"logits": self.act(obs), "other": obs}

    return Named()


def narrow():
    return nn.Linear(8, 4)


def wide():
    return nn.Linear(9, 3)


def number():
    return 3
"""


@pytest.fixture
def factories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A module of factories that can be imported."""
    (tmp_path / "made_here.py").write_text(FACTORIES)
    monkeypatch.syspath_prepend(str(tmp_path))
    sys.modules.pop("made_here", None)
    import importlib

    return importlib.import_module("made_here")


@pytest.mark.parametrize("name", ["both", "memory", "agent", "only", "named"])
def test_a_module_says_what_it_said(tmp_path: Path, factories: Any, name: str) -> None:
    torch.manual_seed(1)
    spec = load_spec("pong")
    module = getattr(factories, name)(*([spec] if name == "both" else []))
    torch.save({"model_state_dict": module.state_dict()}, tmp_path / "weights.pt")
    reader, facts = exported(
        tmp_path / "policy.onnx",
        "pong",
        place=f"made_here:{name}",
        weights_file=tmp_path / "weights.pt",
    )
    obs = plays("pong", 8)
    said = reader.run(obs)
    given = torch.from_numpy(obs)
    with torch.no_grad():
        if name == "both":
            logits, value = module(given)
            assert said["value"][:, 0] == pytest.approx(value.numpy(), abs=1e-5)
        elif name == "memory":
            logits, state = module(given, torch.zeros(len(obs), 6))
            assert said["state"] == pytest.approx(state.numpy(), abs=1e-5)
        elif name == "agent":
            logits = module.actor(given)
            assert said["value"] == pytest.approx(module.critic(given).numpy(), abs=1e-5)
        else:
            logits = module(given)["logits"] if name == "named" else module(given)
    assert said["logits"] == pytest.approx(logits.numpy(), abs=1e-5)
    assert reader.has == ({"logits", "value"} if name in ("both", "agent") else {"logits"})
    assert facts["source"] == f"torch module made_here:{name}"
    assert (facts["algorithm"], facts["licence"]) == (None, None)


def test_modules_that_cannot_be_understood(tmp_path: Path, factories: Any) -> None:
    def load(name: str, **options: Any) -> Any:
        return sources.load(f"made_here:{name}", Options("pong", **options))

    with pytest.raises(EnvError, match=r"logits: want shape \[2, 3\], got \[2, 4\]"):
        load("narrow")
    with pytest.raises(EnvError, match=r"does not run on observations \[2, 8\]: mat1 and mat2"):
        load("wide")
    with pytest.raises(EnvError, match=r"want a torch.nn.Module, got int"):
        load("number")
    with pytest.raises(EnvError, match=r"no attribute 'nothing'"):
        load("nothing")
    (tmp_path / "other.pt").write_bytes(b"no")
    with pytest.raises(EnvError, match=r"other.pt is not a state dict"):
        load("only", weights_file=tmp_path / "other.pt")
    torch.save({"state_dict": nn.Linear(2, 2).state_dict()}, tmp_path / "small.pt")
    with pytest.raises(EnvError, match=r"small.pt does not fit the module: .*size mismatch"):
        load("only", weights_file=tmp_path / "small.pt")


class Answers(nn.Module):
    """Whatever it is told to answer."""

    def __init__(self, answer: Any, state_size: int = 0) -> None:
        super().__init__()
        self.answer, self.state_size = answer, state_size

    def forward(self, obs: Tensor, state: Tensor | None = None) -> Any:
        return self.answer(obs)


def test_answers_are_told_apart_by_their_number() -> None:
    spec = load_spec("pong")
    three = Answers(lambda obs: (obs[:, :3], obs[:, 0], obs[:, :4]), 4)
    assert ModuleGraph(three, spec).outputs == ["logits", "value", "state_out"]
    with pytest.raises(EnvError, match=r"want 1 or 2 tensors \(logits, value\), got 3: Tensor"):
        ModuleGraph(Answers(lambda obs: (obs, obs, obs)), spec)
    with pytest.raises(EnvError, match="want logits in the answer, got value"):
        ModuleGraph(Answers(lambda obs: {"value": obs[:, 0]}), spec)
    with pytest.raises(EnvError, match=r"state_out: want shape \[2, 5\], got \[2, 3\]"):
        ModuleGraph(Answers(lambda obs: (obs[:, :3], obs[:, :3]), 5), spec)
    with pytest.raises(EnvError, match="state_size: want a whole number, got -1"):
        ModuleGraph(Answers(lambda obs: obs, -1), spec)


@pytest.mark.parametrize("how", ["script", "trace"])
def test_torchscript_says_what_it_said(tmp_path: Path, factories: Any, how: str) -> None:
    torch.manual_seed(2)
    module = factories.both(load_spec("pong")).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        scripted = (
            torch.jit.script(module)
            if how == "script"
            else torch.jit.trace(module, torch.zeros(2, 8))
        )
        torch.jit.save(scripted, str(tmp_path / "module.pt"))
    reader, facts = exported(tmp_path / "module.pt", "pong")
    obs = plays("pong", 8)
    with torch.no_grad():
        logits, value = module(torch.from_numpy(obs))
    said = reader.run(obs)
    assert said["logits"] == pytest.approx(logits.numpy(), abs=1e-5)
    assert said["value"][:, 0] == pytest.approx(value.numpy(), abs=1e-5)
    assert facts["source"] == "TorchScript module.pt"


def test_the_documented_command_for_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nets.py").write_text(
        "from torch import nn\n\n\ndef make():\n    return nn.Linear(8, 3)\n"
    )
    torch.save(nn.Linear(8, 3).state_dict(), tmp_path / "weights.pt")
    monkeypatch.syspath_prepend(str(tmp_path))
    facts = run_documented("module", monkeypatch, tmp_path)
    assert facts["source"] == "torch module nets:make"


def test_an_error_is_a_message_and_the_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for arguments in (["check", "none.onnx"], ["none.zip", "--env", "pong"], ["nonesuch"]):
        monkeypatch.setattr(sys, "argv", ["exporter", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert str(ended.value.code).startswith("error: no ")
