"""`python -m exporter SOURCE`: a policy file and its sidecar, checked and measured."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from envs_c.build import EnvError
from exporter import export, gate
from exporter.candidate import MAX_KB
from exporter.sources import Options
from trainer.ladder import GAMES

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
DEFAULT = "export"


@app.command(DEFAULT)
def command(
    source: Annotated[
        str,
        typer.Argument(
            help="a run, a checkpoint, or an environment: its newest run; a .zip of "
            "Stable-Baselines3; MODULE:FACTORY; a TorchScript file; or a policy's .onnx, to "
            "measure it again"
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", help="FILE.onnx, or a folder; where policies ship if not given"),
    ] = None,
    env: Annotated[str, typer.Option(help="the environment, where the source does not say")] = "",
    name: Annotated[str, typer.Option(help="of the policy, where -o names no file")] = "best",
    episodes: Annotated[int, typer.Option(help="to evaluate for the sidecar", min=1)] = 1000,
    weights: Annotated[
        str,
        typer.Option(help="float32, float16, mixed, int8, or auto: the first that is small enough"),
    ] = "auto",
    max_kb: Annotated[int, typer.Option(help="thousands of bytes it may have", min=1)] = MAX_KB,
    weights_file: Annotated[
        Path | None, typer.Option(help="a state dict for MODULE:FACTORY")
    ] = None,
    normalize: Annotated[Path | None, typer.Option(help="a saved VecNormalize, for a .zip")] = None,
    licence: Annotated[str, typer.Option(help="of the weights; MIT for our own")] = "",
    ladder: Annotated[
        int, typer.Option(help="so many of the run's checkpoints instead, even in strength")
    ] = 0,
    games: Annotated[int, typer.Option(help="to rate them by", min=2)] = GAMES,
    card: Annotated[
        bool, typer.Option("--card", help="write README.md and results.json as well")
    ] = False,
) -> None:
    """Export a trained policy to ONNX with its sidecar (the default command)."""
    options = Options(env, weights_file, normalize, licence)
    settings = export.Settings(name, output, episodes, weights, max_kb, card, options)
    if source.endswith(".onnx"):
        export.measure_again(Path(source), episodes)
    elif ladder:
        export.export_ladder(source, settings, ladder, games)
    else:
        print(export.export(source, settings))


app.command("check")(gate.command)


def main() -> None:
    """Run the command line; a known error is its message and exit code 1."""
    arguments = sys.argv[1:]
    known = {c.name for c in app.registered_commands}
    if arguments and arguments[0] not in known | {"--help"}:
        arguments.insert(0, DEFAULT)
    try:
        app(arguments)
    except (EnvError, ValueError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
