"""Numbers of environments and policies in plain words."""

import math
from collections.abc import Mapping
from typing import Any

from server.catalog import Environment, Policy, main_evaluation

NBSP = "\N{NO-BREAK SPACE}"
OPPONENTS = {"scripted": "the scripted player", "random": "a random player", "none": ""}


def percent(rate: float) -> str:
    """A rate in per cent, rounded down, so that 100 means every one."""
    tenths = math.floor(rate * 1000 + 1e-9)
    return f"{tenths // 10 if tenths % 10 == 0 else tenths / 10}{NBSP}%"


def count(number: float) -> str:
    """A whole number in a few characters: 950, 12,000, 3.2 million."""
    if number >= 1e6:
        return f"{number / 1e6:.3g}{NBSP}million"
    return f"{number:,.0f}"


def duration(seconds: float) -> str:
    """A length of time to two units: 45 s, 12 min, 1 h 5 min."""
    if seconds < 90:
        return f"{seconds:.0f}{NBSP}s"
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours}{NBSP}h"] if hours else []
    parts += [f"{rest}{NBSP}min"] if rest else []
    return " ".join(parts)


def number(value: float) -> str:
    """A measured value to three or four figures."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def words(metric: str) -> str:
    """What a metric is called on a page: reward per tick."""
    return metric.replace("_", " ")


def opponent(evaluation: Mapping[str, Any]) -> str:
    """Whom the policy met in an evaluation, empty where the game has no opponents."""
    name = str(evaluation.get("opponent") or "")
    return OPPONENTS.get(name, name)


def _shown(evaluation: Mapping[str, Any], key: str, multiples: frozenset[str]) -> str:
    if evaluation["opponent"] in multiples:
        return f"{number(evaluation[key])}×"
    return (percent if evaluation.get("floor_share") else number)(evaluation[key])


def floor(evaluation: Mapping[str, Any], multiples: frozenset[str]) -> str:
    """The least that was asked for in an evaluation, empty where nothing was.

    Args:
        evaluation: of a sidecar.
        multiples: opponents against whom the floor is a multiple of what they reach.
    """
    if evaluation.get("floor") is None or not evaluation.get("floor_metric"):
        return ""
    metric = words(evaluation["floor_metric"])
    return f"{metric} ≥ {_shown(evaluation, 'floor', multiples)}"


def interval(evaluation: Mapping[str, Any], multiples: frozenset[str]) -> str:
    """Between what the true value lies in 19 of 20 evaluations, empty where that is not known."""
    if evaluation.get("floor_low") is None or evaluation.get("floor_high") is None:
        return ""
    low, high = (_shown(evaluation, f"floor_{end}", multiples) for end in ("low", "high"))
    return f"{low} to {high}"


def reached(evaluation: Mapping[str, Any], multiples: frozenset[str]) -> str:
    """What the floor is held against, with its 95 % interval; empty where there is no floor."""
    if evaluation.get("floor_value") is None or not evaluation.get("floor_metric"):
        return ""
    value, between = _shown(evaluation, "floor_value", multiples), interval(evaluation, multiples)
    return f"{value} ({between})" if between else value


def against(evaluation: Mapping[str, Any]) -> str:
    """Whom the policy met, and the parameters other than in its training: "nobody, task 0"."""
    params = (evaluation.get("params") or {}).items()
    return (opponent(evaluation) or "nobody") + "".join(f", {k} {number(v)}" for k, v in params)


def seats(environment: Environment) -> str:
    """How many play."""
    most = environment.seats
    if most == 1:
        return "1 seat"
    return f"{most} seats" if most == 2 else f"up to {most} seats"


def pace(environment: Environment) -> str:
    """Whether the clock waits."""
    return "turn-based" if environment.turn_based else "real-time"


def strength(environment: Environment) -> str:
    """What the best agent reaches, empty where there is none or it was never measured."""
    best = environment.policies[0] if environment.policies else None
    evaluation = main_evaluation(best) if best else None
    if evaluation is None:
        return ""
    other, rate = opponent(evaluation), evaluation.get("win_rate")
    metric, value = evaluation.get("floor_metric"), evaluation.get("floor_value")
    if rate is not None and other:
        return f"Agent beats {other} in {percent(rate)} of games"
    if rate is not None:
        return f"Agent succeeds in {percent(rate)} of episodes"
    if metric and value is not None and evaluation["opponent"] in environment.multiples:
        return f"Agent reaches {value:.3g} times the {words(metric)} of {other}"
    if evaluation.get("score_mean") is not None:
        return f"Agent scores {number(evaluation['score_mean'])} on average"
    return ""


def rating(policy: Policy) -> str:
    """What a policy was rated, in a few characters; empty where there is no rating to compare."""
    found = policy.rating
    return f"{found['value']:.0f}" if found and found.get("unit") == "elo" else ""


def summary(environment: Environment) -> tuple[str, ...]:
    """The small facts on a card."""
    best = rating(environment.policies[0]) if environment.policies else ""
    return seats(environment), pace(environment), *([f"best agent rated {best}"] if best else [])
