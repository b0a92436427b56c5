"""What a sweep tries: a range or a list of values for each setting, read from TOML."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import Trial

from envs_c.build import EnvError
from trainer.config import Config, make_config, read_toml

Space = dict[str, BaseDistribution]

DEFAULT: dict[str, Any] = {
    "lr": {"low": 2e-4, "high": 1e-2, "log": True},
    "entropy": {"low": 3e-4, "high": 0.1, "log": True},
    "gamma": [0.95, 0.97, 0.98, 0.99, 0.995],
    "lam": {"low": 0.8, "high": 0.98},
    "epochs": {"low": 1, "high": 4},
    "minibatches": [4, 8, 16],
    "segment": [32, 64, 128],
    "hidden": [64, 128, 256],
}
"""Tried where the environment's train.toml has no `[sweep]`."""

FIXED = (
    *("steps", "seed", "device", "threads", "params"),
    *("checkpoint_every", "first_checkpoint", "eval_every"),
)
"""Settings that say how long and in which game, not how well; --set changes them."""


def load_space(name: str, file: Path | None = None) -> Space:
    """The space of `[sweep]` in a TOML file, or else the environment's train.toml, or DEFAULT.

    Raises:
        EnvError: no such file or table in it, or an entry that is no range; names the entry.
    """
    if file is None:
        return make_space(read_toml(name).get("sweep", DEFAULT))
    try:
        table = tomllib.loads(file.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise EnvError(f"{file}: want a TOML file with a table [sweep]: {error}") from error
    if "sweep" not in table:
        raise EnvError(f"{file}: want a table [sweep], got {', '.join(table) or 'nothing'}")
    return make_space(table["sweep"])


def make_space(table: Mapping[str, Any]) -> Space:
    """Ranges from plain data: {low, high, log, step} of a number, or a list of values."""
    if not table:
        raise EnvError("sweep: want at least one setting to try, got none")
    return {name: _entry(name, entry) for name, entry in table.items()}


def _entry(name: str, entry: Any) -> BaseDistribution:
    defaults = vars(Config())
    if name not in defaults or name in FIXED:
        free = ", ".join(key for key in defaults if key not in FIXED)
        raise EnvError(f"sweep: {name!r} cannot be swept; these can: {free}")
    kind = type(defaults[name])
    if isinstance(entry, list) and entry:
        return CategoricalDistribution([_value(name, value) for value in entry])
    if kind is str or not isinstance(entry, dict):
        form = "" if kind is str else " or {low = ..., high = ...}"
        raise EnvError(f"sweep: {name}: want a list of values{form}, got {entry!r}")
    if not {"low", "high"} <= set(entry) <= {"low", "high", "log", "step"}:
        raise EnvError(f"sweep: {name}: want low, high and at most log and step, got {entry!r}")
    numbers = {k: _value(name, v) for k, v in entry.items() if k in ("low", "high")}
    if "step" in entry:
        numbers["step"] = kind(entry["step"])
    try:
        make = IntDistribution if kind is int else FloatDistribution
        return make(**numbers, log=bool(entry.get("log", False)))
    except ValueError as error:
        raise EnvError(f"sweep: {name}: {entry!r} is no range: {error}") from error


def _value(name: str, value: Any) -> Any:
    """A value of a setting, as the trainer itself would take it."""
    try:
        return getattr(make_config({name: value}), name)
    except (TypeError, ValueError) as error:
        raise EnvError(f"sweep: {error}") from error


def draw(trial: Trial, space: Space) -> dict[str, Any]:
    """A value of every setting, chosen by the study's sampler."""
    drawn: dict[str, Any] = {}
    for name, d in space.items():
        if isinstance(d, FloatDistribution):
            drawn[name] = trial.suggest_float(name, d.low, d.high, step=d.step, log=d.log)
        elif isinstance(d, IntDistribution):
            drawn[name] = trial.suggest_int(name, d.low, d.high, step=d.step, log=d.log)
        elif isinstance(d, CategoricalDistribution):
            drawn[name] = trial.suggest_categorical(name, d.choices)
    return drawn
