"""`python -m exporter RUN_OR_CHECKPOINT`: a policy file and its sidecar, checked and measured."""

import hashlib
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import onnx
import torch
import typer
from rich.console import Console

from envs_c.build import EnvError
from envs_c.spec import load_spec
from exporter.check import check
from exporter.graph import to_onnx
from trainer import checkpoint
from trainer.config import load_floors, read_toml
from trainer.evaluate import POLICIES, evaluate
from trainer.policy import make_policy

console = Console(stderr=True)


def describe(saved: checkpoint.Checkpoint, name: str) -> dict[str, Any]:
    """What a sidecar says of a checkpoint before it is measured."""
    spec = load_spec(saved["env"])
    policy = make_policy(spec, saved["config"])
    for key in ("interface_version", "dynamics_version"):
        if saved[key] != spec[key]:
            message = f"the checkpoint was trained for {key} {saved[key]}; it is now {spec[key]}"
            if key == "interface_version":
                raise EnvError(message)
            console.print(f"note: {message}")
    play = read_toml(saved["env"]).get("play", {"mode": "sampled", "temperature": 1.0})
    settings = saved["config"]
    return {
        "format": "gymcade-policy",
        "format_version": 1,
        "env": saved["env"],
        "name": name,
        "interface_version": spec["interface_version"],
        "dynamics_version": spec["dynamics_version"],
        "observation": spec["interface"]["observation"],
        "action": spec["interface"]["action"],
        "state_size": policy.state_size,
        "play": play,
        "seed": settings["seed"],
        "train_steps": saved["steps"],
        "wall_time_s": round(saved["seconds"], 1),
        "algorithm": "PPO",
        "settings": dict(settings),
        "rating": None,
        "parent": None,
        "licence": "MIT",
        "versions": {"torch": torch.__version__, "onnx": onnx.__version__},
    }


def measure(env: str, path: Path, episodes: int) -> list[dict[str, Any]]:
    """Evaluations against each opponent that the environment has a floor for."""
    results = []
    for opponent in dict.fromkeys(floor.opponent for floor in load_floors(env)):
        result = asdict(evaluate(env, str(path), opponent, episodes=episodes))
        result["mode"] = json.loads(path.with_suffix(".json").read_text())["play"]["mode"]
        for known in ("env", "policy"):
            del result[known]
        results.append(result)
    return results


def export(source: str, folder: Path | None, name: str, episodes: int) -> Path:
    """Write NAME.onnx and NAME.json for a run or checkpoint; returns the path of the first.

    Raises:
        EnvError: no such checkpoint, or the file would not say what the checkpoint says; then
            nothing is written.
    """
    saved = checkpoint.load(source)
    facts = describe(saved, name)
    policy = make_policy(load_spec(saved["env"]), saved["config"])
    policy.load_state_dict(saved["policy"])
    policy.eval()
    inside = {k: v if isinstance(v, str) else json.dumps(v) for k, v in facts.items()}
    model = to_onnx(policy, facts["observation"]["size"], inside)
    worst = check(model, policy, saved["env"])
    console.print(f"ONNX Runtime and torch agree to {worst:.1e}")
    target = (folder or POLICIES / saved["env"]) / f"{name}.onnx"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(model)
    facts["sha256"] = hashlib.sha256(model).hexdigest()
    _write(target, facts)
    facts["evaluations"] = measure(saved["env"], target, episodes)
    _write(target, facts)
    for result in facts["evaluations"]:
        met = "meets" if result["met"] else "does NOT meet"
        console.print(
            f"against {result['opponent']}: {result['floor_metric']} "
            f"{result['floor_value']:.4f} {met} the floor of {result['floor']}"
        )
    return target


def _write(target: Path, facts: dict[str, Any]) -> None:
    target.with_suffix(".json").write_text(json.dumps(facts, indent=1) + "\n")


def command(
    source: Annotated[
        str, typer.Argument(help="a checkpoint, a run's folder, or an environment: its newest run")
    ],
    name: Annotated[str, typer.Option(help="of the policy")] = "best",
    output: Annotated[
        Path | None, typer.Option("-o", help="the folder; where policies ship if not given")
    ] = None,
    episodes: Annotated[int, typer.Option(help="to evaluate for the sidecar", min=1)] = 1000,
) -> None:
    """Export a trained policy to ONNX with its sidecar."""
    print(export(source, output, name, episodes))


def main() -> None:
    """Run the command line; a known error is its message and exit code 1."""
    try:
        typer.run(command)
    except EnvError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
