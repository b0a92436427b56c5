"""The learning curve of a policy as lines in a square of 100 by 100, for the page to stretch."""

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server import facts

KINDS = {
    "self": "against itself",
    "past": "against its past",
    "scripted": "against the scripted player",
    "random": "against a random player",
}
STYLES = 4  # of lines that site.css tells apart

_log = logging.getLogger("gymcade")


@dataclass(frozen=True)
class Line:
    """One series."""

    label: str
    style: int  # 1 to STYLES
    points: str  # x,y pairs of a polyline, y downwards


@dataclass(frozen=True)
class Curve:
    """What the picture of a learning curve needs."""

    lines: tuple[Line, ...]
    what: str  # is measured
    low: str  # at the bottom
    high: str  # at the top
    steps: str  # at the right
    summary: str  # in words


def draw(data: Mapping[str, Any], alone: bool) -> Curve | None:
    """Lines for the data of a NAME.curve.json; None where they make no line.

    Args:
        data: `steps` and `series`, see docs/policy-format.md.
        alone: whether the game has one seat, so that there is nobody to be against.
    """
    try:
        steps = [float(step) for step in data["steps"]]
        series = {
            str(name): [(x, float(y)) for x, y in zip(steps, values, strict=True) if y is not None]
            for name, values in data["series"].items()
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        _log.warning("a learning curve is left out: %r", error)
        return None
    known = {name: values for name, values in series.items() if len(values) > 1}
    heights = [y for values in known.values() for _, y in values]
    if not known or not all(map(math.isfinite, [*steps, *heights])) or steps[-1] <= 0:
        return None
    shares = all(name.endswith("/points") for name in known)
    low, high = (0.0, 1.0) if shares else (min(heights), max(heights))

    def text(value: float) -> str:
        return facts.percent(value) if shares else facts.number(value)

    lines, words = [], []
    for i, (name, values) in enumerate(known.items()):
        kind = name.partition("/")[0]
        label = "" if alone else KINDS.get(kind, kind)
        lines.append(Line(label, i % STYLES + 1, _points(values, steps[-1], low, high)))
        words.append(f"{label} from {text(values[0][1])} to {text(values[-1][1])}".strip())
    what = "points" if shares else "score"
    return Curve(
        lines=tuple(lines),
        what=f"mean {what} in training",
        low=text(low),
        high=text(high),
        steps=f"{facts.count(steps[-1])} steps",
        summary=f"Mean {what} in training: {', '.join(words)}",
    )


def _points(values: list[tuple[float, float]], end: float, low: float, high: float) -> str:
    scale = high - low or 1.0
    return " ".join(f"{100 * x / end:.4g},{100 - 100 * (y - low) / scale:.4g}" for x, y in values)
