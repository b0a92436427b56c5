"""Search for settings with Optuna: any number of processes and machines share one study."""

import json
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import optuna
from optuna.distributions import distribution_to_json
from optuna.pruners import BasePruner, HyperbandPruner, MedianPruner, NopPruner
from optuna.storages import RDBStorage, RetryHeartbeatStaleTrialCallback
from rich.console import Console
from sqlalchemy.exc import ArgumentError, IntegrityError, OperationalError, SQLAlchemyError

from envs_c.build import EnvError
from trainer.checkpoint import RUNS
from trainer.config import Config, make_config
from trainer.examine import worth
from trainer.space import Space, draw
from trainer.train import train

POINTS = 10
"""Evaluations in a trial where `eval_every` is not set; a bad trial is pruned at one of them."""

HEARTBEAT, GRACE = 60, 300
"""Seconds between a trial's signs of life, and without one until it is taken for dead."""

RETRIES = 2
"""How often a trial is tried again whose machine died."""


@dataclass(frozen=True)
class Plan:
    """What is swept. All who join a study must plan the same."""

    env: str
    config: Config  # the settings that are not swept
    space: Space

    def facts(self) -> dict[str, Any]:
        """The plan as plain data, kept with the study."""
        settings = {k: v for k, v in asdict(self.config).items() if k not in self.space}
        ranges = {name: json.loads(distribution_to_json(d)) for name, d in self.space.items()}
        facts = {"env": self.env, "settings": settings, "space": ranges}
        return dict(json.loads(json.dumps(facts)))


def make_plan(env: str, config: Config, space: Space) -> Plan:
    """A plan whose trials are evaluated on the way."""
    every = config.eval_every or max(config.steps // POINTS, 1)
    return Plan(env, make_config({**asdict(config), "eval_every": every}), space)


def default_storage(env: str) -> str:
    """A file beside the environment's runs, for processes of one machine."""
    (RUNS / env).mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{RUNS / env / 'sweep.db'}"


def make_pruner(kind: str, plan: Plan) -> BasePruner:
    """A pruner by name; it counts evaluations, not steps.

    Raises:
        EnvError: no such pruner.
    """
    points = max(plan.config.steps // plan.config.eval_every, 1)
    if kind == "median":
        return MedianPruner(n_startup_trials=5, n_warmup_steps=2)
    if kind == "hyperband":
        return HyperbandPruner(min_resource=1, max_resource=points, reduction_factor=3)
    if kind == "none":
        return NopPruner()
    raise EnvError(f"pruner: want median, hyperband or none, got {kind!r}")


@contextmanager
def _quiet() -> Iterator[None]:
    """Optuna calls its heartbeat experimental in every call; its log is ours to write."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        yield
    optuna.logging.set_verbosity(before)


def _connect(url: str) -> RDBStorage:
    """Open a database; others may be making its tables at the same moment."""
    arguments = {"connect_args": {"timeout": 60}} if url.startswith("sqlite") else {}
    for attempt in range(5):
        try:
            return RDBStorage(
                url,
                engine_kwargs=arguments,
                heartbeat_interval=HEARTBEAT,
                grace_period=GRACE,
                heartbeat_stale_trial_callback=RetryHeartbeatStaleTrialCallback(RETRIES),
            )
        except (IntegrityError, OperationalError) as error:
            if attempt == 4 or not any(sign in str(error) for sign in ("exist", "UNIQUE")):
                raise EnvError(f"storage {url}: {error}") from error
            time.sleep(0.5)
        except (ArgumentError, ImportError, SQLAlchemyError) as error:
            raise EnvError(f"storage {url}: want the address of a database: {error}") from error
    raise AssertionError("unreachable")


def join(plan: Plan, storage: str, study: str, pruner: BasePruner | None = None) -> optuna.Study:
    """Open a study, or create it.

    Args:
        plan: what is swept.
        storage: address of the database, as SQLAlchemy writes it.
        study: name of the study in it.
        pruner: ends trials early; none if not given.

    Raises:
        EnvError: the database cannot be opened, or the study was begun with another plan.
    """
    with _quiet():
        found = optuna.create_study(
            storage=_connect(storage),
            study_name=study,
            direction="maximize",
            load_if_exists=True,
            pruner=pruner or NopPruner(),
        )
        begun, mine = found.user_attrs.get("plan"), plan.facts()
        if begun is None:
            found.set_user_attr("plan", mine)
        elif begun != mine:
            raise EnvError(
                f"study {study} was begun with {_differences(begun, mine)}: "
                "want the same, or another --study"
            )
    return found


def look(storage: str, study: str) -> optuna.Study:
    """Open a study to read it, whatever its plan.

    Raises:
        EnvError: the database cannot be opened, or has no such study.
    """
    with _quiet():
        try:
            return optuna.load_study(storage=_connect(storage), study_name=study)
        except KeyError as error:
            raise EnvError(f"no study {study!r} in {storage}") from error


def _differences(begun: Mapping[str, Any], mine: Mapping[str, Any]) -> str:
    if begun["env"] != mine["env"]:
        return f"the environment {begun['env']}, not {mine['env']}"
    swept = {*begun["space"], *mine["space"]}
    found = [
        f"{name} {value}, not {mine['settings'][name]}"
        for name, value in begun["settings"].items()
        if name not in swept and mine["settings"].get(name) != value
    ]
    ranges = [name for name in swept if begun["space"].get(name) != mine["space"].get(name)]
    if ranges:
        found.append(f"another range of {', '.join(sorted(ranges))}")
    return "; ".join(found)


def sweep(
    plan: Plan,
    study: optuna.Study,
    folder: Path,
    *,
    trials: int | None = None,
    minutes: float | None = None,
    console: Console | None = None,
) -> None:
    """Run trials of a study, beside whoever else does.

    Each trial is a run in `folder`, with a seed of its own, so that settings are not chosen for
    the luck of one. A trial whose settings the trainer refuses counts as pruned.

    Args:
        plan: the one that the study was joined with.
        study: to take trials from.
        folder: for the runs of the trials.
        trials: as many as this process runs; no end if not given.
        minutes: no trial is begun after so long.
        console: where progress is shown.
    """
    shown = console or Console(stderr=True)

    def objective(trial: optuna.Trial) -> float:
        drawn = draw(trial, plan.space)
        try:
            settings = {**asdict(plan.config), **drawn}
            config = make_config({**settings, "seed": plan.config.seed + trial.number})
        except ValueError as error:
            trial.set_user_attr("refused", str(error))
            raise optuna.TrialPruned(str(error)) from error
        last = float("nan")

        def watch(measured: Mapping[str, float]) -> None:
            nonlocal last
            if "eval/score" not in measured:
                return
            last = worth(measured)
            trial.report(last, int(measured["steps"]) // config.eval_every)
            if trial.should_prune():
                raise optuna.TrialPruned

        train(plan.env, config, folder / f"trial-{trial.number:04d}", watch, shown)
        return last

    def announce(_: optuna.Study, trial: optuna.trial.FrozenTrial) -> None:
        value = "" if trial.value is None else f" at {trial.value:.4g}"
        shown.print(f"trial {trial.number} {trial.state.name.lower()}{value}", soft_wrap=True)

    with _quiet():
        timeout = None if minutes is None else 60 * minutes
        study.optimize(objective, n_trials=trials, timeout=timeout, callbacks=[announce])
