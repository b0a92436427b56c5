"""`python -m trainer`: train policies and evaluate them."""

import json
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from envs_c.build import EnvError
from trainer import bench, checkpoint
from trainer.config import load_config
from trainer.evaluate import Evaluation, evaluate, shipped_policy
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
    if resume:
        folder = checkpoint.find(checkpoint.RUNS / env / run if run else env).parent
        if set(overrides) - {"steps"}:
            raise EnvError("--resume goes by the run's own settings; only steps can be set")
        path = go_on(folder, int(float(overrides.get("steps", 0))))
    else:
        folder = checkpoint.RUNS / env / (run or new_run_name())
        path = run_training(env, load_config(env, overrides), folder)
    Console().print(f"trained; the checkpoint is {path}", soft_wrap=True)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise EnvError(f"--set: want NAME=VALUE, got {text!r}")
    return name, value


app.command("bench")(bench.command)


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
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Measure a policy against an opponent, and against the floor; the shipped one by default."""
    chosen = policy or str(shipped_policy(env))
    result = evaluate(env, chosen, opponent, episodes=episodes, seed=seed, mode=mode)
    if as_json:
        print(json.dumps(result.as_json()))
    else:
        _print(result)


def _print(result: Evaluation) -> None:
    table = Table("measure", "value")
    for name, value in result.as_json().items():
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
