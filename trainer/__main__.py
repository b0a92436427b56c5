"""`python -m trainer`: train policies, search for settings, evaluate and rate."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from envs_c.build import EnvError
from trainer import bench, checkpoint
from trainer.clone_command import clone_command, dataset_command
from trainer.config import load_config
from trainer.evaluate import evaluate, shipped_policy
from trainer.ladder import GAMES, Ladder, contenders, hold_ladder, write_ratings
from trainer.parallel import joined
from trainer.reproduce import reproduce
from trainer.solver import measure_truth
from trainer.train import new_run_name
from trainer.train import resume as go_on
from trainer.train import train as run_training

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


@app.command()
def train(
    env: Annotated[str, typer.Argument(help="the environment")],
    run: Annotated[str, typer.Option(help="the run's name; the time if not given")] = "",
    resume: Annotated[bool, typer.Option(help="go on with the named run, or the newest")] = False,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="a setting, as lr=0.001; may be repeated")
    ] = None,
) -> None:
    """Train a policy with PPO by the settings in the environment's train.toml."""
    overrides = dict(_pair(text) for text in settings or [])
    with joined() as world:
        if resume:
            place = checkpoint.RUNS / env / run if run else env
            folder = Path(world.share(lambda: str(checkpoint.find(place).parent)))
            if set(overrides) - {"steps"}:
                raise EnvError("--resume goes by the run's own settings; only steps can be set")
            path = go_on(folder, int(float(overrides.get("steps", 0))), world)
        else:
            folder = checkpoint.RUNS / env / (run or new_run_name())
            path = run_training(env, load_config(env, overrides), folder, world=world)
        if world.first:
            Console().print(f"trained; the checkpoint is {path}", soft_wrap=True)


@app.command("reproduce")
def reproduce_command(
    env: Annotated[str, typer.Argument(help="the environment")],
    run: Annotated[str, typer.Option(help="the run's name; the time if not given")] = "",
    episodes: Annotated[int, typer.Option(help="to evaluate by, at least", min=1)] = 1000,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="a setting, as steps=1e5; may be repeated")
    ] = None,
) -> None:
    """Train from nothing by train.toml; exit code 1 unless every floor is reached."""
    folder = checkpoint.RUNS / env / (run or f"reproduce-{new_run_name()}")
    result = reproduce(env, folder, dict(_pair(text) for text in settings or []), episodes)
    table = Table("measured", "floor", "this run", "shipped")
    for row in result.rows():
        table.add_row(*row)
    trained = checkpoint.load(result.checkpoint)
    for label, now, key in (
        ("steps", f"{trained['steps']:,}", "train_steps"),
        ("seconds", f"{trained['seconds']:,.0f}", "wall_time_s"),
    ):
        old = result.shipped.get(key)
        table.add_row(label, "", now, "" if old is None else f"{old:,.0f}")
    for name, (then, now) in result.changed.items():
        table.add_row(name, "", str(now), str(then))
    Console().print(table)
    if not result.met:
        raise EnvError(f"a floor is missed; the run is {folder}")


def _pair(text: str, option: str = "--set") -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise EnvError(f"{option}: want NAME=VALUE, got {text!r}")
    return name, value


def _number(text: str) -> tuple[str, float]:
    name, value = _pair(text, "--param")
    try:
        return name, float(value)
    except ValueError as error:
        raise EnvError(f"--param {name}: want a number, got {value!r}") from error


@app.command("sweep")
def sweep_command(
    env: Annotated[str, typer.Argument(help="the environment")],
    trials: Annotated[
        int | None, typer.Option(help="run by this process; 0: show what there is", min=0)
    ] = None,
    minutes: Annotated[float | None, typer.Option(help="begin no trial after so long")] = None,
    study: Annotated[str, typer.Option(help="its name; the environment's if not given")] = "",
    storage: Annotated[
        str, typer.Option(help="address of a database; runs/ENV/sweep.db if not given")
    ] = "",
    space: Annotated[
        Path | None, typer.Option(help="TOML file with the ranges, in a table [sweep]")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="for trials, table and plots; runs/ENV/sweeps/STUDY")
    ] = None,
    pruner: Annotated[str, typer.Option(help="median, hyperband or none")] = "median",
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="a setting for all trials, as steps=1e6")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Search for settings; any number of processes and machines may join a study."""
    # Optuna and matplotlib take a second to load, which no other command needs to wait for.
    from trainer import sweep, sweep_report
    from trainer.space import load_space

    name, where = study or env, storage or sweep.default_storage(env)
    place = folder or checkpoint.RUNS / env / "sweeps" / name
    if trials == 0:
        joined = sweep.look(where, name)
    else:
        config = load_config(env, dict(_pair(text) for text in settings or []))
        plan = sweep.make_plan(env, config, load_space(env, space))
        joined = sweep.join(plan, where, name, sweep.make_pruner(pruner, plan))
        sweep.sweep(plan, joined, place, trials=trials, minutes=minutes)
    paths = sweep_report.write(joined, place)
    if as_json:
        print(json.dumps(sweep_report.as_json(joined)))
        return
    Console().print(sweep_report.table(joined))
    Console().print("written: " + ", ".join(map(str, paths)), soft_wrap=True)


app.command("bench")(bench.command)
app.command("dataset")(dataset_command)
app.command("clone")(clone_command)


@app.command("eval")
def evaluate_command(
    env: Annotated[str, typer.Argument(help="the environment")],
    policy: Annotated[
        str, typer.Option(help="an .onnx file, a checkpoint, a run, scripted or random")
    ] = "",
    opponent: Annotated[
        str, typer.Option(help="scripted, random, none or a policy, in the other seats")
    ] = "",
    episodes: Annotated[int, typer.Option(help="at least this many", min=1)] = 1000,
    seed: Annotated[int, typer.Option(help="of the games and the sampling", min=0)] = 1,
    mode: Annotated[str, typer.Option(help="sampled or greedy; as it ships if not given")] = "",
    params: Annotated[
        list[str] | None,
        typer.Option("--param", help="of the environment, as task=0; may be repeated"),
    ] = None,
    solver: Annotated[
        bool, typer.Option(help="share of moves that keep the true value, where there is a solver")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Measure a policy against an opponent, and against the floor; the shipped one by default."""
    chosen = policy or str(shipped_policy(env))
    if solver:
        truth = measure_truth(env, chosen, opponent, games=episodes, seed=seed, mode=mode)
        _print(truth.as_json(), as_json)
        return
    given = dict(_number(text) for text in params) if params else None
    result = evaluate(env, chosen, opponent, episodes=episodes, seed=seed, mode=mode, params=given)
    _print(result.as_json(), as_json)


@app.command()
def ladder(
    env: Annotated[str, typer.Argument(help="the environment")],
    players: Annotated[
        str,
        typer.Option(help="names of shipped policies, files, runs, scripted; with commas"),
    ] = "",
    games: Annotated[int, typer.Option(help="about so many in all", min=2)] = GAMES,
    seed: Annotated[int, typer.Option(help="of the games and of all chance", min=0)] = 1,
    opening: Annotated[
        int, typer.Option(help="ticks opened by chance; 4 in turn-based games if not given")
    ] = -1,
    write: Annotated[bool, typer.Option(help="put the ratings into the sidecars")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Rate the shipped policies, the script and chance by games of each against each."""
    chosen = [name for name in players.split(",") if name]
    result = hold_ladder(env, contenders(env, chosen), games, seed, opening)
    if write:
        write_ratings(result)
    if as_json:
        print(json.dumps(result.as_json()))
    else:
        _print_ladder(result)


def _print_ladder(ladder: Ladder) -> None:
    names = [player.name for player in ladder.players] if ladder.points else []
    table = Table("player", "rating" if names else "score", "95 %", *names)
    for player in ladder.players:
        if player.rating is None:
            span = f"{player.score_low:.4g} to {player.score_high:.4g}"
            table.add_row(player.name, f"{player.score:.4g}", span)
            continue
        shares = [ladder.points[player.name].get(name) for name in names]
        cells = ["" if share is None else f"{share:.1%}" for share in shares]
        span = f"{player.low:.0f} to {player.high:.0f}"
        table.add_row(player.name, f"{player.rating:.0f}", span, *cells)
    met = ", share of the points taken off each other" if names else ""
    table.caption = f"{ladder.games:,} games, seed {ladder.seed}{met}"
    Console().print(table)


def _print(facts: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(facts))
        return
    table = Table("measure", "value")
    for name, value in facts.items():
        shown = f"{value:.4g}" if isinstance(value, float) else str(value)
        if value is not None:
            table.add_row(name, shown)
    Console().print(table)


def main() -> None:
    """Run the command line; a known error is its message and exit code 1."""
    try:
        app()
    except (EnvError, ValueError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
