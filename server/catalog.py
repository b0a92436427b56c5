"""Finds the environments: a built spec.json joined with its README and its shipped policies."""

import json
import logging
import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server import words
from server.words import Words

CURVE = ".curve.json"

_log = logging.getLogger("gymcade")


@dataclass(frozen=True)
class Policy:
    """One ONNX file beside its sidecar; the file itself may be missing."""

    name: str
    file: str
    sidecar: Mapping[str, Any]
    curve: Mapping[str, Any] | None = None  # its learning curve, where one lies beside it

    @property
    def evaluations(self) -> list[dict[str, Any]]:
        """Evaluations as the exporter wrote them, none where it wrote none."""
        return list(self.sidecar.get("evaluations") or [])

    @property
    def rating(self) -> Mapping[str, Any] | None:
        """What it was rated among the other players of its environment, if it was."""
        rating = self.sidecar.get("rating")
        return rating if isinstance(rating, dict) and rating.get("value") is not None else None


@dataclass(frozen=True)
class Environment:
    """Everything the server knows about one environment."""

    name: str
    spec: Mapping[str, Any]
    words: Words
    policies: tuple[Policy, ...]  # strongest first
    multiples: frozenset[str]  # opponents against whom the floor is a multiple of what they reach
    speed: Mapping[str, Any] | None = None  # as `python -m envs_c bench --record` keeps it

    @property
    def seats(self) -> int:
        """Agent rows that one copy of the game has at most."""
        return int(self.spec["agents"])

    @property
    def turn_based(self) -> bool:
        """Whether the clock waits for the seat whose turn it is."""
        return bool(self.spec["turn_based"])


def main_evaluation(policy: Policy) -> dict[str, Any] | None:
    """Pick the evaluation that says most: with the script or alone, rather than against chance."""
    order = {"scripted": 0, "none": 0, "random": 2}
    ranked = sorted(policy.evaluations, key=lambda e: order.get(str(e.get("opponent")), 1))
    return ranked[0] if ranked else None


def _strength(policy: Policy) -> tuple[bool, float, float, int]:
    evaluation = main_evaluation(policy) or {}
    rate = evaluation.get("win_rate")
    score = evaluation.get("score_mean")
    rating = policy.rating
    return (
        policy.name == "best",
        -math.inf if rating is None else float(rating["value"]),
        float(rate if rate is not None else score if score is not None else -math.inf),
        int(policy.sidecar.get("train_steps") or 0),
    )


def _load(path: Path) -> dict[str, Any] | None:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        _log.warning("%s is left out: %s", path, error)
        return None
    if not isinstance(value, dict):
        _log.warning("%s is left out: %s where an object is wanted", path, type(value).__name__)
        return None
    return value


def _policies(folder: Path) -> tuple[Policy, ...]:
    found = []
    for path in sorted(folder.glob("*.json")):
        if path.name.endswith(CURVE):
            continue
        sidecar = _load(path)
        if sidecar is not None:
            beside = path.with_suffix(CURVE)
            curve = _load(beside) if beside.is_file() else None
            found.append(Policy(path.stem, f"{path.stem}.onnx", sidecar, curve))
    return tuple(sorted(found, key=_strength, reverse=True))


def _multiples(path: Path) -> frozenset[str]:
    try:
        floors = tomllib.loads(path.read_text(encoding="utf-8")).get("floor", [])
    except FileNotFoundError:
        return frozenset()
    except ValueError as error:
        _log.warning("%s is left out: %s", path, error)
        return frozenset()
    return frozenset(str(floor["opponent"]) for floor in floors if floor.get("relative"))


def sources(root: Path) -> Iterator[Path]:
    """Every file that the catalog is made of."""
    static = root / "web" / "static"
    yield from sorted(static.glob("envs/*/spec.json"))
    yield from sorted(static.glob("policies/*/*.json"))
    yield from sorted((root / "envs_c").glob("*/README.md"))
    yield from sorted((root / "envs_c").glob("*/train.toml"))
    yield from sorted((root / "envs_c").glob("*/speed.json"))


def load(root: Path) -> dict[str, Environment]:
    """All environments that are built, by name, in the order of their names."""
    static = root / "web" / "static"
    found = {}
    for path in sorted(static.glob("envs/*/spec.json")):
        spec = _load(path)
        if spec is None:
            continue
        name = path.parent.name
        speed = root / "envs_c" / name / "speed.json"
        found[name] = Environment(
            name=name,
            spec=spec,
            words=words.read(root / "envs_c" / name / "README.md", str(spec["title"])),
            policies=_policies(static / "policies" / name),
            multiples=_multiples(root / "envs_c" / name / "train.toml"),
            speed=_load(speed) if speed.is_file() else None,
        )
    return found


def featured(catalog: Mapping[str, Environment]) -> Environment | None:
    """Choose the game that runs on the gallery: in real time, for two, with a strong agent."""

    def rank(environment: Environment) -> tuple[bool, bool, bool, float]:
        best = environment.policies[0] if environment.policies else None
        evaluation = main_evaluation(best) if best else None
        rate = evaluation.get("win_rate") if evaluation else None
        return (
            best is not None,
            not environment.turn_based,
            environment.seats == 2,
            -1.0 if rate is None else float(rate),
        )

    return max(catalog.values(), key=rank, default=None)
