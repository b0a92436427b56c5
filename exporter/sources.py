"""What can be exported: our own runs, and by name what others train."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from envs_c.build import EnvError
from envs_c.spec import Spec, load_spec
from exporter.graph import Graph, PolicyGraph
from trainer import checkpoint
from trainer.policy import make_policy


@dataclass(frozen=True)
class Source:
    """A policy ready to be exported, and what is known of how it came about."""

    graph: Graph
    spec: Spec  # of the environment that it plays
    facts: dict[str, Any]  # of the sidecar
    notes: list[str] = field(default_factory=list)  # to be said to whoever exports


@dataclass(frozen=True)
class Options:
    """What a source may need to be told beyond its name."""

    env: str = ""  # the environment; our own checkpoints know theirs
    weights_file: Path | None = None  # a state dict for a module
    normalize: Path | None = None  # a VecNormalize of Stable-Baselines3
    licence: str = ""


def load(place: str, options: Options) -> Source:
    """Read a source: see docs/exporting.md for the kinds.

    Raises:
        EnvError: nothing of that name, or it does not fit the environment; the message names the
            value seen and the value wanted.
    """
    from exporter import modules, sb3  # each asks for libraries that others do not need

    foreign = True
    if place.endswith(".zip"):
        reader = sb3.load
    elif ":" in place and not Path(place).exists():
        reader = modules.load_factory
    elif Path(place).is_file() and modules.is_torchscript(Path(place)):
        reader = modules.load_torchscript
    else:
        foreign = False
    for name, value, kinds in (
        ("--normalize", options.normalize, ".zip"),
        ("--weights-file", options.weights_file, ":"),
    ):
        if value is not None and not (foreign and kinds in place):
            raise EnvError(f"{name} {value} goes with a source with {kinds!r}, got {place}")
    if not foreign:
        return load_own(place, options)
    if not options.env:
        raise EnvError(f"which environment is {place} for? name it: --env NAME")
    return reader(place, load_spec(options.env), options)


def load_own(place: str, options: Options) -> Source:
    """A run of our own, one of its checkpoints, or an environment's newest run."""
    saved = checkpoint.load(place)
    if options.env and options.env != saved["env"]:
        raise EnvError(f"{place} plays {saved['env']}, want {options.env}")
    spec, notes = load_spec(saved["env"]), []
    for key in ("interface_version", "dynamics_version"):
        if saved[key] != spec[key]:
            message = f"the checkpoint was trained for {key} {saved[key]}; it is now {spec[key]}"
            if key == "interface_version":
                raise EnvError(message)
            notes.append(message)
    policy = make_policy(spec, saved["config"])
    policy.load_state_dict(saved["policy"])
    facts = {
        "seed": saved["config"]["seed"],
        "train_steps": saved["steps"],
        "wall_time_s": round(saved["seconds"], 1),
        "algorithm": saved.get("algorithm", "PPO"),
        "settings": dict(saved["config"]),
        "licence": options.licence or "MIT",
        "source": "gymcade",
    }
    return Source(PolicyGraph(policy).eval(), spec, facts, notes)


def outside_facts(kind: str, options: Options) -> dict[str, Any]:
    """What a sidecar says of a policy of which nothing is known but where it came from."""
    return {
        "seed": None,
        "train_steps": None,
        "wall_time_s": None,
        "algorithm": None,
        "settings": {},
        "licence": options.licence or None,
        "source": kind,
    }


def widths(spec: Spec) -> tuple[int, int, bool]:
    """Values of an observation, values that an action is chosen from, and whether continuous."""
    action = spec["interface"]["action"]
    continuous = bool(action["type"] == "continuous")
    heads = action["heads"]
    wide = len(heads) if continuous else sum(head["n"] for head in heads)
    return spec["interface"]["observation"]["size"], wide, continuous
