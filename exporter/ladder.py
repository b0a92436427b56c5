"""Choose from a run's checkpoints those that make a ladder, even in strength."""

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np

from envs_c.build import EnvError
from envs_c.spec import load_spec
from trainer import checkpoint
from trainer.ladder import ANCHOR, GAMES, hold_ladder

NAMES = ("novice", "rookie", "club", "expert", "best")
RUNGS = {3: ("rookie", "club", "best"), 4: NAMES[1:], 5: NAMES}
"""What the policies of a ladder are called, weakest first, by how many there are."""

LOWEST = 0.1
"""Where the lowest rung belongs, as a share of the way from chance to the best."""


class Rung(NamedTuple):
    """A checkpoint, and its rating, or score in a game for one."""

    path: Path
    strength: float


def choose(strengths: Sequence[float], chance: float, rungs: int) -> list[int]:
    """The places of those that come nearest to an even ladder, weakest first.

    The best is the top, of equals the last; the others ought to stand at equal distances down to
    a tenth of the way from chance to it. Chosen are those with the least sum of squared distances
    from there.

    Raises:
        EnvError: too few differ in strength.
    """
    latest = len(strengths) - 1
    order = [latest - int(i) for i in np.unique(strengths[::-1], return_index=True)[1]]
    if len(order) < rungs:
        raise EnvError(f"ladder: want {rungs} checkpoints of different strength, got {len(order)}")
    top = strengths[order[-1]]
    wanted = chance + (top - chance) * np.linspace(LOWEST, 1, rungs)[:-1]

    def missed(places: tuple[int, ...]) -> float:
        return float(((np.array([strengths[i] for i in places]) - wanted) ** 2).sum())

    return [*min(combinations(order[:-1], rungs - 1), key=missed), order[-1]]


def pick_ladder(
    folder: Path, rungs: int, games: int = GAMES, seed: int = 1
) -> tuple[str, dict[str, Rung]]:
    """Rate all checkpoints of a run with script and chance, and choose so many of them.

    Returns:
        The environment, and the chosen by name, weakest first.

    Raises:
        EnvError: another number of rungs than there are names for, or too few checkpoints.
    """
    if rungs not in RUNGS:
        raise EnvError(f"ladder: want {min(RUNGS)} to {max(RUNGS)} rungs, got {rungs}")
    paths = sorted(folder.glob("policy-*.pt"))
    if len(paths) < rungs:
        raise EnvError(
            f"{folder} holds {len(paths)} checkpoints, want {rungs} at least: "
            "train with a smaller first_checkpoint or checkpoint_every"
        )
    env: str = checkpoint.load(paths[0])["env"]
    players = {path.stem: str(path) for path in paths}
    script = {"scripted": "scripted"} if load_spec(env)["has"]["script"] else {}
    ladder = hold_ladder(env, {**players, **script, ANCHOR: ANCHOR}, games, seed)
    found = {p.name: p.score if p.rating is None else p.rating for p in ladder.players}
    strengths = [found[path.stem] for path in paths]
    chosen = [Rung(paths[i], strengths[i]) for i in choose(strengths, found[ANCHOR], rungs)]
    return env, dict(zip(RUNGS[rungs], chosen, strict=True))
