"""`python -m envs_c`: build, check, measure, draw, preview and copy environments; replays."""

import json
import sys
from typing import Annotated

import typer

from envs_c import (
    bench,
    debug,
    doctor,
    fuzz,
    golden,
    new,
    parity,
    pictures,
    preview,
    ready,
    replay_command,
)
from envs_c.build import EnvError
from envs_c.spec import load_spec

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


@app.command()
def spec(name: Annotated[str, typer.Argument(help="the environment")]) -> None:
    """Print the facts of an environment as JSON."""
    print(json.dumps(load_spec(name), indent=1))


app.command("bench")(bench.command)
app.command("check")(doctor.command)
app.command("debug")(debug.command)
app.command("fuzz")(fuzz.command)
app.command("golden")(golden.command)
app.command("parity")(parity.command)
app.command("pictures")(pictures.command)
app.command("new")(new.new)
app.command("preview")(preview.preview)
app.command("ready")(ready.command)
app.command("replay")(replay_command.command)


def main() -> None:
    """Run the command line; an environment's error is its message and exit code 1."""
    try:
        app()
    except EnvError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
