"""The command that verifies a replay, and draws it."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from envs_c import film
from envs_c.film import Film
from envs_c.replay import Verdict, read, verify
from envs_c.replay_file import Replay, ReplayError
from envs_c.spec import load_spec


def command(
    file: Annotated[Path, typer.Argument(help="the replay, a .gymcade file")],
    out: Annotated[Path | None, typer.Option(help="draw it: .mp4, .gif or .webp")] = None,
    first: Annotated[int, typer.Option("--from", metavar="TICK", help="draw from here")] = 0,
    last: Annotated[
        int | None, typer.Option("--to", metavar="TICK", help="to here; the end if not given")
    ] = None,
    speed: Annotated[float, typer.Option(help="1 as the game is meant to be played")] = 1.0,
    size: Annotated[
        str | None, typer.Option(metavar="WxH", help="pixels; the scene's own if not given")
    ] = None,
    per_second: Annotated[int, typer.Option("--fps", help="frames a second, eased")] = 30,
    force: Annotated[bool, typer.Option(help="draw it though it is not verified")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON object")] = False,
) -> None:
    """Play a replay natively and compare every hash; exit code 1 if it is not what was played."""
    replay = read(file)
    told: dict[str, Any] = {
        "env": replay.env,
        "seed": replay.seed,
        "ticks": replay.ticks,
        "seats": replay.seats,
        "hashes": len(replay.hashes),
    }
    verdict = verify(replay)
    told |= {"verified": verdict.verified, "playable": verdict.playable}
    told |= {"problems": list(verdict.problems), "agreed": verdict.agreed}
    told |= {"differs": verdict.differs, "out": None, "frames": 0}
    draws = out and (verdict.verified or (force and verdict.playable))
    if out and draws:
        try:
            shown = Film(first, last, speed, parse_size(size), per_second)
            told["frames"] = film.make(replay, shown, out)
        except ValueError as error:
            raise ReplayError(str(error)) from error
        told["out"] = str(out)
    if as_json:
        typer.echo(json.dumps(told))
    else:
        for line in report(replay, verdict):
            typer.echo(line)
        if draws:
            typer.echo(f"drew {out}: {told['frames']} frames")
    if not verdict.verified and not (force and verdict.playable):
        raise typer.Exit(1)


def parse_size(text: str | None) -> tuple[int, int] | None:
    """Width and height as `640x480` says them.

    Raises:
        ValueError: it says something else.
    """
    if text is None:
        return None
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise ValueError(f"size: want WIDTHxHEIGHT, got {text!r}")
    return int(width), int(height)


def report(replay: Replay, verdict: Verdict) -> list[str]:
    """What a person reads: the game, the verdict, and what still works."""
    game = f"{replay.env}, seed {replay.seed}, {replay.ticks} ticks, {replay.seats} seats"
    if verdict.playable:
        seconds = int(replay.ticks / load_spec(replay.env)["ticks_per_second"])
        game += f", {seconds // 60}:{seconds % 60:02d}"
    if verdict.verified:
        return [game, f"verified: all {len(replay.hashes)} hashes agree"]
    lines = [game, *(f"not verified: {problem}" for problem in verdict.problems)]
    if not verdict.playable:
        return [*lines, "it cannot be played here"]
    if verdict.differs is None:
        return [*lines, "its actions still lead to every recorded state: --force draws all of it"]
    if verdict.agreed:
        whole = f"ticks 0 to {verdict.agreed} still play as recorded"
        return [*lines, f"{whole}: --force --to {verdict.agreed} draws them, --force all"]
    return [*lines, "no tick plays as recorded; --force draws what its actions lead to now"]
