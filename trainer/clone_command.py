"""The commands that make datasets of replays and fit policies to them."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from envs_c import replay
from envs_c.build import EnvError
from trainer import checkpoint, dataset
from trainer.clone import Fit, Report, clone
from trainer.config import load_config
from trainer.demonstrations import read
from trainer.train import new_run_name

REPORT = "clone.json"
"""What a fit reached, in its run's folder."""


def dataset_command(
    files: Annotated[list[Path], typer.Argument(help=".gymcade replays of one environment")],
    out: Annotated[Path, typer.Option(help="a folder of Minari datasets")],
    name: Annotated[str, typer.Option(help="the dataset's; by the game's end if not given")] = "",
    seat: Annotated[
        list[int] | None, typer.Option(help="one that is wanted; may be repeated; all if not given")
    ] = None,
    drivers: Annotated[
        str, typer.Option(help="whose ticks: person, policy, scripted, random; with commas")
    ] = "person",
) -> None:
    """Make a Minari dataset of what a person did in replays."""
    kinds = [kind for kind in drivers.split(",") if kind]
    collected = dataset.collect([replay.read(file) for file in files], kinds, seat)
    place = dataset.write(collected, out, name)
    steps = sum(len(segment) for segment in collected.segments)
    told = f"{len(collected.segments)} segments, {steps} steps: {place}"
    Console().print(told, soft_wrap=True, highlight=False)


def clone_command(
    sources: Annotated[
        list[Path], typer.Argument(help=".gymcade replays, Minari datasets as folders or zips")
    ],
    env: Annotated[str, typer.Option(help="the environment, if no source names it")] = "",
    start: Annotated[
        str, typer.Option("--from", help="begin with this checkpoint or run; nothing if not given")
    ] = "",
    out: Annotated[
        Path | None, typer.Option(help="the run's folder; runs/ENV/clone-TIME if not given")
    ] = None,
    driver: Annotated[str, typer.Option(help="who is imitated in replays")] = "person",
    keep: Annotated[
        float, typer.Option(help="with --from: how firmly it stays as it was where agents drove")
    ] = Fit.keep,
    epochs: Annotated[int, typer.Option(help="passes, at most")] = Fit.epochs,
    patience: Annotated[int, typer.Option(help="passes without gain before it stops")] = (
        Fit.patience
    ),
    batch: Annotated[int, typer.Option(help="decisions of one step")] = Fit.batch,
    seed: Annotated[int, typer.Option(help="of weights, split and order", min=0)] = Fit.seed,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="a setting of training, as hidden=64")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Fit a policy to what was done, by behaviour cloning; it is a run as training leaves one."""
    shown = read(sources, env, driver)
    name = shown.spec["name"]
    folder = out or checkpoint.RUNS / name / f"clone-{new_run_name()}"
    if (folder / checkpoint.LATEST).exists():
        raise EnvError(f"{folder} holds a run already: name another --out")
    overrides = dict(text.partition("=")[::2] for text in settings or [])
    if start and set(overrides) - {"lr"}:
        raise EnvError("--from goes by the checkpoint's own settings; only lr can be set")
    fit = Fit(epochs=epochs, patience=patience, batch=batch, keep=keep, seed=seed)
    parent = checkpoint.load(start) if start else None
    saved, report = clone(shown, load_config(name, overrides), fit, parent, start)
    path = folder / checkpoint.LATEST
    checkpoint.save(saved, path)
    (folder / REPORT).write_text(json.dumps(report.as_json(), indent=1) + "\n")
    if as_json:
        print(json.dumps({**report.as_json(), "checkpoint": str(path)}))
        return
    _show(report)
    Console().print(f"the checkpoint is {path}", soft_wrap=True)


def _show(report: Report) -> None:
    table = Table("measure", "value")
    spread = ""
    if report.score_low is not None:
        spread = f" ({report.score_low:.4g} to {report.score_high:.4g})"
    held = f"{report.validation_episodes} held back, {report.validation_decisions} decisions"
    table.add_row("fitted", f"{report.episodes} episodes, {report.decisions} decisions")
    table.add_row("validated by", held)
    table.add_row(report.measure.replace("_", " "), f"{report.score:.4g}{spread}")
    table.add_row("the same of the commonest action", f"{report.baseline:.4g}")
    if report.parent:
        kept = f"at {report.agents_decisions} decisions of agents"
        table.add_row(f"held to {report.parent}", kept if report.agents_decisions else "by nothing")
    table.add_row("passes", str(report.epochs))
    Console().print(table)
