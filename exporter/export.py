"""From a source to a policy file and its sidecar, through the gate, and measured."""

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import onnx
import torch
from rich.console import Console

from envs_c.build import EnvError
from exporter import card, gate
from exporter.candidate import MAX_KB, Candidate
from exporter.curve import write_curve
from exporter.graph import Graph, to_onnx
from exporter.ladder import NAMES, pick_ladder
from exporter.sources import Options, Source, load
from exporter.weights import KINDS, Rounding, Weights, compare, packed, rounded
from trainer import checkpoint
from trainer.config import load_play
from trainer.evaluate import POLICIES, evaluate, floor_games, in_words
from trainer.ladder import contenders, hold_ladder, write_ratings
from trainer.solver import has_solver, measure_truth

console = Console(stderr=True, highlight=False)


@dataclass(frozen=True)
class Settings:
    """How a source is exported."""

    name: str = "best"
    output: Path | None = None  # a folder, or a file that ends in .onnx; None: where policies ship
    episodes: int = 1000  # to evaluate for the sidecar
    weights: str = "auto"  # one of KINDS, or the most exact that is small enough
    max_kb: int = MAX_KB
    card: bool = False  # a model card and results.json as well
    options: Options = field(default_factory=Options)


def describe(source: Source, name: str) -> dict[str, Any]:
    """What a sidecar says of a policy before it is measured."""
    spec = source.spec
    known = source.facts
    return {
        "format": "gymcade-policy",
        "format_version": 1,
        "env": spec["name"],
        "name": name,
        "interface_version": spec["interface_version"],
        "dynamics_version": spec["dynamics_version"],
        "observation": spec["interface"]["observation"],
        "action": spec["interface"]["action"],
        "state_size": source.graph.state_size,
        "play": known.get("play", asdict(load_play(spec["name"]))),
        "seed": known["seed"],
        "train_steps": known["train_steps"],
        "wall_time_s": known["wall_time_s"],
        "algorithm": known["algorithm"],
        "settings": known["settings"],
        "source": known["source"],
        "parent": None,
        "licence": known["licence"],
        "versions": {"torch": torch.__version__, "onnx": onnx.__version__},
    }


def measure(env: str, path: Path, episodes: int) -> list[dict[str, Any]]:
    """Evaluations in each game that the environment has a floor for, or its usual one."""
    results = []
    for opponent, params in floor_games(env):
        result = asdict(evaluate(env, str(path), opponent, episodes=episodes, params=params))
        result["mode"] = json.loads(path.with_suffix(".json").read_text())["play"]["mode"]
        for known in ("env", "policy"):
            del result[known]
        results.append(result)
    return results


def build(source: Source, facts: dict[str, Any], kind: Weights) -> Candidate:
    """The file with its weights stored as `kind`, before the gate has seen it."""
    coarse: Graph = rounded(source.graph, kind)
    env = source.spec["name"]
    rounding: Rounding | None = None
    if kind != "float32":
        rounding = compare(source.graph, coarse, env)
    facts |= {"weights": kind, "rounding": rounding.as_json() if rounding else None}
    inside = {k: v if isinstance(v, str) else json.dumps(v) for k, v in facts.items()}
    size = facts["observation"]["size"]
    data = packed(to_onnx(coarse, size, inside), kind)
    return Candidate(f"{facts['name']}.onnx", data, None, env, coarse, rounding)


def choose(source: Source, facts: dict[str, Any], settings: Settings) -> Candidate:
    """The file as asked for; with "auto", the most exact weights whose file is small enough.

    Raises:
        EnvError: no such kind of weights.
    """
    if settings.weights != "auto" and settings.weights not in KINDS:
        kinds = ", ".join(("auto", *KINDS))
        raise EnvError(f"--weights: want one of {kinds}, got {settings.weights!r}")
    for kind in KINDS:
        if settings.weights not in ("auto", kind):
            continue
        candidate = build(source, facts, kind)
        candidate.max_kb = settings.max_kb
        last = kind == KINDS[-1] or settings.weights != "auto"
        if last or len(candidate.data) <= settings.max_kb * 1000:
            break
    return candidate


def export(place: str, settings: Settings) -> Path:
    """Write the policy file and its sidecar; returns the path of the first.

    Raises:
        EnvError: no such source, or the file does not pass the gate; then nothing is written.
    """
    torch.set_num_threads(1)  # a few rows at a time: more only wait for each other
    source = load(place, settings.options)
    for note in source.notes:
        console.print(f"note: {note}", markup=False)
    facts = describe(source, _name(settings))
    candidate = choose(source, facts, settings)
    candidate.sidecar = dict(facts)
    report = gate.examine(candidate)
    if report.failed:
        errors = [f for f in report.findings if f.level == "error"]
        said = "\n".join(f"  {f.check}: {f.message}\n    {f.advice}" for f in errors)
        raise EnvError(f"{place} does not pass the gate; nothing is written\n{said}")
    gate.show(report, console)
    kept = f"{facts['weights']} weights, {len(candidate.data)} bytes"
    if candidate.rounding:
        kept += f", {candidate.rounding.agreement:.4f} of greedy actions as before rounding"
    console.print(kept)
    target = _target(facts, settings)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(candidate.data)
    facts["sha256"] = hashlib.sha256(candidate.data).hexdigest()
    facts["rating"] = None  # known once the policy has met the others
    _write(target, facts)
    facts["evaluations"] = measure(facts["env"], target, settings.episodes)
    if has_solver(facts["env"]):
        facts["solver"] = judge(facts["env"], target)
    _write(target, facts)
    if source.facts["source"] == "gymcade":
        write_curve(target, checkpoint.find(place).parent / "metrics.jsonl", facts["train_steps"])
    tell(facts)
    if settings.card:
        date = datetime.now(UTC).isoformat(timespec="seconds")
        for path in card.write(facts, source.spec["title"], target, date):
            console.print(f"wrote {path}", markup=False)
    return target


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
    tell(facts)


def export_ladder(place: str, settings: Settings, rungs: int, games: int) -> None:
    """Export a run's checkpoints that make an even ladder, and rate them among each other.

    Policies of other names that ladders use are removed: a ladder comes from one run.

    Raises:
        EnvError: no such run, too few checkpoints in it, or a file where a folder is wanted.
    """
    if settings.output and settings.output.suffix == ".onnx":
        raise EnvError(f"-o: want a folder for a ladder, got {settings.output}")
    env, picked = pick_ladder(checkpoint.find(place).parent, rungs, games)
    target = settings.output or POLICIES / env
    for name, rung in picked.items():
        console.print(f"{name}: {rung.path.name}, at {rung.strength:.4g}")
        export(str(rung.path), replace(settings, name=name, output=target))
    for name in set(NAMES) - set(picked):
        for suffix in (".onnx", ".json", ".curve.json"):
            (target / f"{name}{suffix}").unlink(missing_ok=True)
    write_ratings(hold_ladder(env, contenders(env, folder=target), games), target)


def tell(facts: dict[str, Any]) -> None:
    """Print what was measured."""
    for result in facts["evaluations"]:
        if result["met"] is None:
            said = f"score {result['score_mean']:.4f} ± {result['score_se']:.4f}"
        else:
            met = "meets" if result["met"] else "does NOT meet"
            between = f"{result['floor_low']:.4f} to {result['floor_high']:.4f}"
            value = f"{result['floor_metric']} {result['floor_value']:.4f} ({between})"
            said = f"{value} {met} the floor of {result['floor']}"
        console.print(f"against {result['opponent']}{in_words(result['params'])}: {said}")
    if "solver" in facts:
        solver = facts["solver"]
        console.print(f"{solver['kept']:.1%} of {solver['moves']} moves keep the true value")


def _name(settings: Settings) -> str:
    output = settings.output
    return output.stem if output and output.suffix == ".onnx" else settings.name


def _target(facts: dict[str, Any], settings: Settings) -> Path:
    output = settings.output
    if output and output.suffix == ".onnx":
        return output
    return (output or POLICIES / facts["env"]) / f"{facts['name']}.onnx"


def _write(target: Path, facts: dict[str, Any]) -> None:
    target.with_suffix(".json").write_text(json.dumps(facts, indent=1) + "\n")
