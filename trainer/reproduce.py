"""Train an environment's policy again from nothing, and hold it against what ships."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from trainer.config import load_config
from trainer.evaluate import POLICIES, Evaluation, evaluate, floor_games, in_words
from trainer.train import train


@dataclass(frozen=True)
class Reproduction:
    """What a new run reached, beside what the sidecar of the shipped policy says."""

    checkpoint: Path
    found: tuple[Evaluation, ...]  # one a floor
    shipped: dict[str, Any]  # the sidecar; empty where no policy ships
    changed: dict[str, tuple[Any, Any]]  # settings that differ: shipped, now

    @property
    def met(self) -> bool:
        """Whether every floor is reached."""
        return all(evaluation.met for evaluation in self.found)

    def rows(self) -> list[tuple[str, str, str, str]]:
        """What was measured, the floor, this run's value with its interval, and the shipped one."""
        said = self.shipped.get("evaluations", [])
        rows = []
        for e in self.found:
            game = (e.opponent, e.params)
            alike = [s for s in said if (s["opponent"], s.get("params", {})) == game]
            old = alike[0].get("floor_value") if alike else None
            now = f"{e.floor_value:.4f} ({e.floor_low:.4f} to {e.floor_high:.4f})"
            floor = f"{e.floor}: {'reached' if e.met else 'MISSED'}"
            what = f"{e.floor_metric} against {e.opponent}{in_words(e.params)}"
            rows.append((what, floor, now, "" if old is None else f"{old:.4f}"))
        return rows


def reproduce(
    name: str, folder: Path, overrides: Mapping[str, str] | None = None, episodes: int = 1000
) -> Reproduction:
    """Train by train.toml and evaluate against every floor.

    Args:
        name: of the environment.
        folder: of the run.
        overrides: texts of settings, for a trial.
        episodes: at least so many a floor.

    Raises:
        EnvError: no such environment or setting, or the folder holds a run already.
    """
    config = load_config(name, overrides)
    path = train(name, config, folder)
    found = tuple(
        evaluate(name, str(path), opponent, episodes=episodes, params=params)
        for opponent, params in floor_games(name)
    )
    sidecar = POLICIES / name / "best.json"
    shipped = json.loads(sidecar.read_text()) if sidecar.is_file() else {}
    then, now = shipped.get("settings", {}), asdict(config)
    changed = {k: (then[k], now[k]) for k in now if k in then and then[k] != now[k]}
    return Reproduction(path, found, shipped, changed)
