"""How strong the players of an environment are beside each other: a round robin, and its table."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from envs_c.build import EnvError
from envs_c.spec import load_spec
from trainer.evaluate import POLICIES
from trainer.intervals import Z95
from trainer.ratings import points, rate
from trainer.tournament import F64, Games, hold

GAMES = 4000
ANCHOR = "random"


@dataclass(frozen=True)
class Standing:
    """One player. Where nobody meets another, as in a game for one, rating is None."""

    name: str
    rating: float | None  # with the random player at 0; 400 more: ten times the odds
    low: float | None  # the 95 % interval
    high: float | None
    score: float  # mean score of its episodes in these games
    score_low: float  # the 95 % interval
    score_high: float
    games: int


@dataclass(frozen=True)
class Ladder:
    """The players of an environment, strongest first."""

    env: str
    games: int
    seed: int
    players: tuple[Standing, ...]
    points: dict[str, dict[str, float | None]]  # share that the first took off the second

    def as_json(self) -> dict[str, Any]:
        """One object."""
        return asdict(self)


def shipped(env: str, folder: Path | None = None) -> dict[str, str]:
    """The files of an environment's policies, by name."""
    found = sorted((folder or POLICIES / env).glob("*.onnx"))
    return {path.stem: str(path) for path in found}


def contenders(env: str, chosen: Sequence[str] = (), folder: Path | None = None) -> dict[str, str]:
    """Players to rate, by name: those chosen, or all that ship and the script; and chance, always.

    Args:
        env: the environment.
        chosen: names of shipped policies, or whatever `make_player` takes.
        folder: where its policies lie; where they ship if not given.

    Raises:
        EnvError: two of the same name, or nobody to rate.
    """
    known = shipped(env, folder)
    script = ["scripted"] if load_spec(env)["has"]["script"] else []
    players: dict[str, str] = {}
    for kind in [*(chosen or [*known, *script]), ANCHOR]:
        name = Path(kind).stem if Path(kind).suffix in (".onnx", ".pt") else kind
        if name in players and players[name] != known.get(kind, kind):
            raise EnvError(f"two players named {name!r}: {players[name]} and {kind}")
        players[name] = known.get(kind, kind)
    if len(players) < 2:
        raise EnvError(f"{env} has nobody to rate beside {ANCHOR}: name players, or export a run")
    return players


def hold_ladder(
    env: str, players: Mapping[str, str], games: int = GAMES, seed: int = 1, opening: int = -1
) -> Ladder:
    """Let players meet and rate them; see `hold` for the arguments, `rate` for the method.

    Args:
        env: the environment.
        players: kinds by name; the one named "random" is the zero.
        games: in all.
        seed: of everything.
        opening: ticks opened by chance; below 0: as `hold` decides.
    """
    names = list(players)
    played = hold(env, list(players.values()), games, seed, opening)
    scores = [_score(played, i) for i in range(len(names))]
    counts = [(played.seating == i).any(axis=1).sum() for i in range(len(names))]
    alone = bool((played.seating == played.seating[:, :1]).all())  # nobody met another
    taken = np.zeros((0, 0, 0)) if alone else points(played, len(names))
    rated = None if alone else rate(taken, names.index(ANCHOR), seed)
    rows = []
    for i, name in enumerate(names):
        standing = Standing(name, None, None, None, *scores[i], int(counts[i]))
        if rated is not None:
            value, low, high = (round(float(v[i]), 1) for v in (rated.value, rated.low, rated.high))
            standing = replace(standing, rating=value, low=low, high=high)
        rows.append(standing)
    rows.sort(key=lambda s: s.score if s.rating is None else s.rating, reverse=True)
    table = {} if alone else _shares(taken.sum(axis=0), names)
    return Ladder(env, len(played.seating), seed, tuple(rows), table)


def _score(games: Games, player: int) -> tuple[float, float, float]:
    """Mean score of a player over games, with its 95 % interval."""
    seats = games.seating == player
    sat = seats.any(axis=1)
    each = (games.scores * seats).sum(axis=1)[sat] / seats.sum(axis=1)[sat]
    mean = float(each.mean())
    half = Z95 * float(each.std(ddof=1)) / np.sqrt(len(each)) if len(each) > 1 else float("inf")
    return round(mean, 5), round(mean - half, 5), round(mean + half, 5)


def _shares(taken: F64, names: Sequence[str]) -> dict[str, dict[str, float | None]]:
    met = taken + taken.T
    return {
        a: {
            b: round(float(taken[i, j] / met[i, j]), 4) if met[i, j] else None
            for j, b in enumerate(names)
            if j != i
        }
        for i, a in enumerate(names)
    }


def write_ratings(ladder: Ladder, folder: Path | None = None) -> list[Path]:
    """Put the ratings into the sidecars of the shipped policies; returns those written."""
    written = []
    for player in ladder.players:
        path = (folder or POLICIES / ladder.env) / f"{player.name}.json"
        if not path.is_file():
            continue
        facts = json.loads(path.read_text())
        alone = player.rating is None
        facts["rating"] = {
            "unit": "score" if alone else "elo",
            "value": player.score if alone else player.rating,
            "low": player.score_low if alone else player.low,
            "high": player.score_high if alone else player.high,
            "games": player.games,
            "opponents": [] if alone else [p.name for p in ladder.players if p != player],
        }
        path.write_text(json.dumps(facts, indent=1) + "\n")
        written.append(path)
    return written
