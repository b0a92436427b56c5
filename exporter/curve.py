"""The learning curve beside a policy: a run's metrics, thinned to what a picture can show."""

import json
from pathlib import Path
from typing import Any

import numpy as np

POINTS = 200


def write_curve(policy: Path, metrics: Path, steps: int) -> None:
    """Write NAME.curve.json beside NAME.onnx; with no metrics to be read, there is none after this.

    Args:
        policy: the ONNX file.
        metrics: metrics.jsonl of the run it comes from.
        steps: of the checkpoint; what was measured later is left out.
    """
    target = policy.with_suffix(".curve.json")
    lines = metrics.read_text().splitlines() if metrics.is_file() else []
    updates = [update for update in map(json.loads, lines) if update["steps"] <= steps]
    if updates:
        target.write_text(json.dumps(thin(updates), separators=(",", ":")) + "\n")
    else:
        target.unlink(missing_ok=True)


def thin(updates: list[dict[str, float]]) -> dict[str, Any]:
    """At most POINTS points over equal spans of steps, each the mean of the updates in its span.

    Where games are longer than a segment, the updates between two ends of games know only the lives
    that broke off early: those in which less than a quarter as many episodes ended as in the one
    before or after are left out.

    Returns:
        `steps` and `seconds` at the end of each span, and `series`, one a kind of game, as long:
        points (won and half the drawn) where the environment's games are won, else the score;
        None where no episode ended. A policy's games against itself say nothing about points, and
        are left out where there are others.
    """
    updates = _telling(updates)
    ends = np.array([update["steps"] for update in updates])
    span = np.minimum((ends * POINTS - 1) // ends[-1], POINTS - 1).astype(int)
    names = dict.fromkeys(name for update in updates for name in update if "/" in name)
    kinds = list(dict.fromkeys(name.split("/")[0] for name in names))
    won = any(name.endswith("/won") for name in names)
    if won and len(kinds) > 1:
        kinds = [kind for kind in kinds if kind != "self"]
    found = sorted(set(span.tolist()))
    series = {}
    for kind in kinds:
        values = np.array([_value(update, kind, won) for update in updates])
        means = [_mean(values[span == s]) for s in found]
        series[f"{kind}/{'points' if won else 'score'}"] = means
    last = [int(np.flatnonzero(span == s)[-1]) for s in found]
    return {
        "steps": [int(ends[i]) for i in last],
        "seconds": [round(updates[i]["seconds"], 1) for i in last],
        "series": series,
    }


def _telling(updates: list[dict[str, float]]) -> list[dict[str, float]]:
    names = [name for name in updates[0] if name.endswith("/episodes")]
    ended = np.array([sum(update.get(name, 0.0) for name in names) for update in updates])
    beside = np.maximum(np.append(ended[1:], 0), np.append(0, ended[:-1]))
    return [u for u, few in zip(updates, 4 * ended < beside, strict=True) if not few]


def _value(update: dict[str, float], kind: str, won: bool) -> float:
    if not won:
        return update.get(f"{kind}/score", np.nan)
    return update.get(f"{kind}/won", np.nan) + update.get(f"{kind}/drawn", 0.0) / 2


def _mean(values: np.ndarray[Any, np.dtype[np.float64]]) -> float | None:
    known = values[~np.isnan(values)]
    return float(f"{known.mean():.4g}") if len(known) else None
