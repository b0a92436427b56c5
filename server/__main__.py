"""Command line: `python -m server serve`, `precompress`, `bench` and `frames`."""

import socket
import time
from contextlib import suppress
from typing import Annotated

import typer
from rich.console import Console

from server.bench import command as bench
from server.frames import command as frames
from server.settings import Settings

cli = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)
cli.command("bench")(bench)
cli.command("frames")(frames)
out, err = Console(highlight=False), Console(stderr=True, highlight=False)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # A head and a body are two writes: without this the second waits 40 ms for the first's receipt.
    # asyncio sets it only on sockets that it has made itself.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        err.print(f"Cannot listen on {host}:{port}: {error.strerror}.")
        err.print("Is something running there already? Another port: make serve PORT=8001")
        raise typer.Exit(1) from error
    return listener


@cli.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on, 0 for any free one.")
    ] = None,
) -> None:
    """Serve the gallery."""
    import uvicorn  # after typer, so that --help answers at once

    from server.app import create_app

    given = {"host": host, "port": port}
    chosen = {key: value for key, value in given.items() if value is not None}
    settings = Settings().model_copy(update=chosen)
    listener = _listen(settings.host, settings.port)
    app = create_app(settings)
    app.state.site.current()
    shown = f"[{settings.host}]" if ":" in settings.host else settings.host
    out.print(f"Gymcade is at http://{shown}:{listener.getsockname()[1]}")
    config = uvicorn.Config(
        app, log_level="warning", server_header=False, timeout_graceful_shutdown=1
    )
    with suppress(KeyboardInterrupt):  # the usual way to end it
        uvicorn.Server(config).run(sockets=[listener])


@cli.command()
def precompress() -> None:
    """Compress the assets that are new since the last time."""
    from server.site import Site

    start = time.monotonic()
    site = Site(Settings())
    held = [a for g in site.current().assets.groups.values() for a in g.files.values()]
    done, gone = site.store.fill(held), site.store.prune(held)
    seconds = time.monotonic() - start
    out.print(f"{len(done)} of {len(held)} assets compressed, {gone} removed, {seconds:.1f} s")


if __name__ == "__main__":
    cli()
