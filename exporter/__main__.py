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
from exporter.curve import write_curve
from exporter.graph import to_onnx
from exporter.ladder import NAMES, pick_ladder
from trainer import checkpoint
from trainer.config import load_floors, load_play
from trainer.evaluate import POLICIES, evaluate
from trainer.ladder import GAMES, contenders, hold_ladder, write_ratings
from trainer.policy import make_policy
from trainer.solver import has_solver, measure_truth

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
        "play": asdict(load_play(saved["env"])),
        "seed": settings["seed"],
        "train_steps": saved["steps"],
        "wall_time_s": round(saved["seconds"], 1),
        "algorithm": "PPO",
        "settings": dict(settings),
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


def judge(env: str, path: Path) -> dict[str, Any]:
    """How often the policy's moves keep the true value, as the environment's solver has it."""
    truth = measure_truth(env, str(path)).as_json()
    del truth["policy"]
    return truth


def measure_again(path: Path, episodes: int) -> None:
    """Measure a policy that is exported already, and put what is found into its sidecar.

    Raises:
        EnvError: there is no sidecar beside it.
    """
    if not path.with_suffix(".json").is_file():
        raise EnvError(f"no sidecar {path.with_suffix('.json')}")
    facts = json.loads(path.with_suffix(".json").read_text())
    facts["evaluations"] = measure(facts["env"], path, episodes)
    if has_solver(facts["env"]):
        facts["solver"] = judge(facts["env"], path)
    _write(path, facts)
    _tell(facts)


def export_ladder(source: str, folder: Path | None, rungs: int, games: int, episodes: int) -> None:
    """Export a run's checkpoints that make an even ladder, and rate them among each other.

    Policies of other names that ladders use are removed: a ladder comes from one run.

    Raises:
        EnvError: no such run, or too few checkpoints in it.
    """
    env, picked = pick_ladder(checkpoint.find(source).parent, rungs, games)
    target = folder or POLICIES / env
    for name, rung in picked.items():
        console.print(f"{name}: {rung.path.name}, at {rung.strength:.4g}")
        export(str(rung.path), target, name, episodes)
    for name in set(NAMES) - set(picked):
        for suffix in (".onnx", ".json", ".curve.json"):
            (target / f"{name}{suffix}").unlink(missing_ok=True)
    write_ratings(hold_ladder(env, contenders(env, folder=target), games), target)


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
    facts["rating"] = None  # known once the policy has met the others
    _write(target, facts)
    facts["evaluations"] = measure(saved["env"], target, episodes)
    if has_solver(saved["env"]):
        facts["solver"] = judge(saved["env"], target)
    _write(target, facts)
    write_curve(target, checkpoint.find(source).parent / "metrics.jsonl", saved["steps"])
    _tell(facts)
    return target


def _tell(facts: dict[str, Any]) -> None:
    for result in facts["evaluations"]:
        met = "meets" if result["met"] else "does NOT meet"
        console.print(
            f"against {result['opponent']}: {result['floor_metric']} {result['floor_value']:.4f} "
            f"({result['floor_low']:.4f} to {result['floor_high']:.4f}) "
            f"{met} the floor of {result['floor']}"
        )
    if "solver" in facts:
        solver = facts["solver"]
        console.print(f"{solver['kept']:.1%} of {solver['moves']} moves keep the true value")


def _write(target: Path, facts: dict[str, Any]) -> None:
    target.with_suffix(".json").write_text(json.dumps(facts, indent=1) + "\n")


def command(
    source: Annotated[
        str,
        typer.Argument(
            help="a checkpoint, a run's folder, or an environment: its newest run; "
            "or a policy's .onnx, to measure it again"
        ),
    ],
    name: Annotated[str, typer.Option(help="of the policy")] = "best",
    output: Annotated[
        Path | None, typer.Option("-o", help="the folder; where policies ship if not given")
    ] = None,
    episodes: Annotated[int, typer.Option(help="to evaluate for the sidecar", min=1)] = 1000,
    ladder: Annotated[
        int, typer.Option(help="so many of the run's checkpoints instead, even in strength")
    ] = 0,
    games: Annotated[int, typer.Option(help="to rate them by", min=2)] = GAMES,
) -> None:
    """Export a trained policy to ONNX with its sidecar."""
    if source.endswith(".onnx"):
        measure_again(Path(source), episodes)
    elif ladder:
        export_ladder(source, output, ladder, games, episodes)
    else:
        print(export(source, output, name, episodes))


def main() -> None:
    """Run the command line; a known error is its message and exit code 1."""
    try:
        typer.run(command)
    except (EnvError, ValueError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
