"""What came of a sweep: a table, plain data, and plots."""

import json
import math
from pathlib import Path
from typing import Any

import optuna
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from optuna.importance import get_param_importances
from optuna.trial import FrozenTrial, TrialState
from rich.table import Table

INK, BEST = "#2f6fb5", "#c9510c"


def as_json(study: optuna.Study) -> dict[str, Any]:
    """The study as plain data: its trials, best first, and how much each setting mattered."""
    return {
        "study": study.study_name,
        "trials": [_row(trial) for trial in _ranked(study)],
        "importance": importance(study),
    }


def _ranked(study: optuna.Study) -> list[FrozenTrial]:
    """Complete trials from the best down, then the others by number."""
    trials = study.get_trials(deepcopy=False)
    done = [t for t in trials if t.state == TrialState.COMPLETE]
    others = [t for t in trials if t.state != TrialState.COMPLETE]
    return [*sorted(done, key=lambda t: -(t.value or 0.0)), *others]


def _row(trial: FrozenTrial) -> dict[str, Any]:
    took = trial.duration
    evaluations = trial.intermediate_values
    return {
        "trial": trial.number,
        "state": trial.state.name.lower(),
        "value": trial.value,
        "evaluations": [evaluations[at] for at in sorted(evaluations)],
        "seconds": None if took is None else round(took.total_seconds(), 1),
        "settings": trial.params,
        **({"refused": trial.user_attrs["refused"]} if "refused" in trial.user_attrs else {}),
    }


def importance(study: optuna.Study) -> dict[str, float]:
    """Each setting's share in what tells good trials from the rest (PED-ANOVA); {} if too few."""
    done = [t for t in study.get_trials(deepcopy=False) if t.state == TrialState.COMPLETE]
    if len(done) < 4 or len({t.value for t in done}) < 2:
        return {}
    return {name: float(share) for name, share in get_param_importances(study).items()}


def table(study: optuna.Study) -> Table:
    """The trials, best first."""
    rows = as_json(study)["trials"]
    names = list(dict.fromkeys(name for row in rows for name in row["settings"]))
    shown = Table("trial", "state", "value", "evals", "seconds", *names)
    for row in rows:
        cells = [row["trial"], row["state"], row["value"], len(row["evaluations"]), row["seconds"]]
        shown.add_row(*map(_text, [*cells, *(row["settings"].get(name) for name in names)]))
    return shown


def _text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def write(study: optuna.Study, folder: Path) -> list[Path]:
    """Write trials.json and the plots there are trials for; returns the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    data = as_json(study)
    paths = [folder / "trials.json"]
    paths[0].write_text(json.dumps(data, indent=1) + "\n")
    done = [row for row in data["trials"] if row["state"] == "complete" and row["settings"]]
    if not done:
        return paths
    figures = {"history": _history(data["trials"]), "slices": _slices(done)}
    if data["importance"]:
        figures["importance"] = _importance(data["importance"])
    for name, figure in figures.items():
        paths.append(folder / f"{name}.png")
        figure.savefig(paths[-1], dpi=120)
    return paths


def _history(rows: list[dict[str, Any]]) -> Figure:
    """Every trial's evaluations by number, and the best value until then."""
    figure = Figure((8, 4.5), layout="constrained")
    axes = figure.add_subplot(xlabel="trial", ylabel="value", title="Trials and the best so far")
    rows = sorted(rows, key=lambda row: row["trial"])
    for state, colour in (("complete", INK), ("pruned", "#999999")):
        marks = [
            (row["trial"], row["evaluations"][-1])
            for row in rows
            if row["state"] == state and row["evaluations"]
        ]
        if marks:
            axes.scatter(
                [x for x, _ in marks], [y for _, y in marks], s=24, color=colour, label=state
            )
    done = [row for row in rows if row["state"] == "complete"]
    best = [max(row["value"] for row in done[: i + 1]) for i in range(len(done))]
    axes.plot(
        [row["trial"] for row in done],
        best,
        color=BEST,
        drawstyle="steps-post",
        label="best so far",
    )
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend()
    return figure


def _slices(rows: list[dict[str, Any]]) -> Figure:
    """The value against each setting alone, the best trial marked."""
    names = list(dict.fromkeys(name for row in rows for name in row["settings"]))
    columns = min(len(names), 4)
    lines = math.ceil(len(names) / columns)
    figure = Figure((3 * columns + 1, 2.6 * lines + 0.4), layout="constrained")
    best = max(rows, key=lambda row: row["value"])
    for i, name in enumerate(names):
        axes = figure.add_subplot(lines, columns, i + 1, title=name)
        known = [row for row in rows if name in row["settings"]]
        settings = [row["settings"][name] for row in known]
        marked = [best["settings"][name]] if name in best["settings"] else []
        if not _numeric(settings):
            settings, marked = [str(v) for v in settings], [str(v) for v in marked]
        elif min(settings) > 0 and max(settings) >= 10 * min(settings):
            axes.set_xscale("log")
        axes.scatter(settings, [row["value"] for row in known], s=18, color=INK)
        axes.scatter(marked, [best["value"]] * len(marked), s=60, color=BEST, marker="D")
    figure.supylabel("value")
    return figure


def _numeric(values: list[Any]) -> bool:
    return all(isinstance(value, int | float) for value in values)


def _importance(shares: dict[str, float]) -> Figure:
    """A bar a setting."""
    figure = Figure((7, 0.4 * len(shares) + 1.4), layout="constrained")
    axes = figure.add_subplot(xlabel="share of the difference", title="What mattered")
    names = sorted(shares, key=lambda name: shares[name])
    axes.barh(names, [shares[name] for name in names], color=INK)
    return figure
