"""Measure how well a player plays, and whether that reaches the environment's floor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from envs_c.binding import VecEnv
from envs_c.build import ROOT, EnvError
from trainer.config import Floor, load_config, load_floors
from trainer.players import make_player

POLICIES = ROOT / "web" / "static" / "policies"
COPIES = 256
Z95 = 1.959964
"""Standard errors on either side of a mean that make a 95 % interval."""


@dataclass(frozen=True)
class Evaluation:
    """What a player reached. Rates are of games that have a winner; None elsewhere."""

    env: str
    policy: str
    opponent: str
    params: dict[str, float]  # of the games, where they differ from those of the training
    mode: str
    episodes: int
    score_mean: float
    score_se: float  # standard error of the mean
    win_rate: float | None
    draw_rate: float | None
    loss_rate: float | None
    length_mean: float  # of an episode, ticks
    floor_metric: str | None  # what the floor is about, this player's value of it, and the least
    floor_value: float | None
    floor_low: float | None  # the 95 % interval of that value
    floor_high: float | None
    floor: float | None
    met: bool | None

    def as_json(self) -> dict[str, Any]:
        """The fields by name."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


def shipped_policy(env: str) -> Path:
    """The strongest policy that ships with an environment.

    Raises:
        EnvError: none ships.
    """
    path = POLICIES / env / "best.onnx"
    if not path.is_file():
        raise EnvError(f"no policy ships with {env}: train one, export it, or name one")
    return path


def default_opponent(env: VecEnv) -> str:
    """The script where seats are to be filled and there is one; chance otherwise; or none."""
    if env.seats == 1:
        return "none"
    return "scripted" if env.spec["has"]["script"] else "random"


def floor_games(name: str) -> list[tuple[str, dict[str, float]]]:
    """The games that an environment's floors are about, each once: opponent and parameters.

    Where there is no floor, its usual opponent ("") and no parameters.
    """
    games = [(floor.opponent, dict(floor.params)) for floor in load_floors(name)]
    return [game for i, game in enumerate(games) if game not in games[:i]] or [("", {})]


def in_words(params: Mapping[str, float]) -> str:
    """Parameters as they follow an opponent's name: " with task 0"; empty without any."""
    said = ", ".join(f"{name} {value:g}" for name, value in params.items())
    return f" with {said}" if said else ""


SHARES = ("won", "drawn", "points")
"""Metrics that are shares of games."""

Episodes = NDArray[np.float64]
"""One row an episode: its metrics, and last whether the rules ended it (1) or the clock (0)."""


def play(
    env: VecEnv, policy: str, opponent: str, games: int, seed: int, mode: str
) -> tuple[Episodes, Episodes]:
    """Play `games` whole games in every copy; returns the policy's and the opponent's episodes.

    The opponent has every other seat, taking turns from copy to copy, so that both play each
    seat equally often. Whole games only: stopping at a number of episodes would favour short ones.
    """
    row = np.arange(env.rows)
    theirs = (row % env.seats + row // env.seats) % 2 == 1
    if opponent == "none":
        theirs[:] = False
    players = [(make_player(policy, env, seed, mode), ~theirs)]
    if opponent != "none":
        players.append((make_player(opponent, env, seed + 1), theirs))
    left = np.full(env.copies, games)
    found: list[list[Episodes]] = [[], []]
    env.metrics[:] = 0
    while left.any():
        for player, seats in players:
            rows = np.flatnonzero(seats & (env.active != 0))
            if len(rows):
                player.act(env, rows)
        env.step()
        ended = np.flatnonzero(env.terminated | env.truncated)
        if not len(ended):
            continue
        counted = ended[left[ended // env.seats] > 0]
        for kind, seats in enumerate((~theirs, theirs)):
            mine = counted[seats[counted]]
            died = env.terminated[mine, None].astype(np.float64)
            found[kind].append(np.hstack((env.metrics[mine], died)))
        env.metrics[ended] = 0
        for player, _ in players:
            player.forget(ended)
        left -= (env.over != 0) & (left > 0)
    empty = np.zeros((0, env.metrics.shape[1] + 1))
    return np.vstack([empty, *found[0]]), np.vstack([empty, *found[1]])


def evaluate(
    name: str,
    policy: str,
    opponent: str = "",
    *,
    episodes: int = 1000,
    seed: int = 1,
    mode: str = "",
    params: Mapping[str, float] | None = None,
) -> Evaluation:
    """Play at least `episodes` episodes and measure; see Evaluation.

    The games have the parameters of the training, but for `params`; where these are not given, but
    for those of the first floor against that opponent.

    Raises:
        EnvError: no such environment, policy or opponent.
    """
    usual = load_config(name).params
    first = VecEnv(name, 1, params=usual)
    against = opponent or default_opponent(first)
    floors = [f for f in load_floors(name) if f.opponent == against]
    if params is not None:
        floors = [f for f in floors if dict(f.params) == dict(params)]
    floor = floors[0] if floors else None
    changed = dict(params if params is not None else floor.params if floor else {})
    settings = {**usual, **changed}
    seats = VecEnv(name, 1, params=settings).seats
    copies = min(COPIES, max(1, -(-episodes // max(seats // 2, 1))), 8 if seats > 2 else COPIES)
    env = VecEnv(name, copies, seed=seed, params=settings)
    games = max(1, -(-episodes // (copies * max(seats // 2, 1)))) if seats <= 2 else 1
    own, other = play(env, policy, against, games, seed, mode)
    columns = {metric: i for i, metric in enumerate(env.spec["metrics"])}
    score = own[:, columns["score"]]
    won = own[:, columns["won"]].mean() if "won" in columns else None
    drawn = own[:, columns["drawn"]].mean() if "drawn" in columns else 0.0
    value, low, high = (
        (None,) * 3 if floor is None else floor_value(floor, own, other, list(columns))
    )
    return Evaluation(
        env=name,
        policy=Path(policy).stem if policy.endswith(".onnx") else policy,
        opponent=against,
        params=changed,
        mode=mode or "as shipped",
        episodes=len(own),
        score_mean=float(score.mean()),
        score_se=float(score.std(ddof=1) / np.sqrt(len(score))),
        win_rate=None if won is None else float(won),
        draw_rate=None if won is None else float(drawn),
        loss_rate=None if won is None else float(1 - won - drawn),
        length_mean=float(own[:, columns["episode_length"]].mean()),
        floor_metric=None if floor is None else floor.metric,
        floor_value=value,
        floor_low=low,
        floor_high=high,
        floor=None if floor is None else floor.least,
        met=None if value is None or floor is None else value >= floor.least,
    )


def floor_value(
    floor: Floor, own: Episodes, other: Episodes, metrics: Sequence[str]
) -> tuple[float, float, float]:
    """What a floor is about, as these episodes have it, and its 95 % interval.

    Wilson's interval where it is a share of games; elsewhere two standard errors of the mean, or of
    the quotient of two means.

    Raises:
        EnvError: the floor is on a metric that the environment has not.
    """

    def counted(of: Episodes) -> NDArray[np.float64]:
        kept = of[of[:, -1] > 0] if floor.at_death else of
        columns = {metric: kept[:, i] for i, metric in enumerate(metrics)}
        if floor.metric == "points":
            return columns["won"] + columns["drawn"] / 2
        if floor.metric not in columns:
            raise EnvError(f"floor on {floor.metric!r}: the metrics are {', '.join(metrics)}")
        return columns[floor.metric]

    mine = counted(own)
    mean = float(mine.mean())
    if not floor.relative and floor.metric in SHARES:
        return (mean, *wilson(mean, len(mine)))
    error = float(mine.std(ddof=1)) / len(mine) ** 0.5
    if floor.relative:
        theirs = counted(other)
        base, base_error = float(theirs.mean()), float(theirs.std(ddof=1)) / len(theirs) ** 0.5
        error = abs(mean / base) * float(np.hypot(error / mean, base_error / base))
        mean /= base
    return mean, mean - Z95 * error, mean + Z95 * error


def wilson(share: float, n: int) -> tuple[float, float]:
    """The 95 % interval of a share of n games (Wilson, 1927); never empty, even at 0 and at 1."""
    z = Z95**2 / n
    middle = (share + z / 2) / (1 + z)
    half = (share * (1 - share) * z + z * z / 4) ** 0.5 / (1 + z)
    return max(middle - half, 0.0), min(middle + half, 1.0)
