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
from trainer.intervals import around, pulls, spread, wilson
from trainer.players import make_player

POLICIES = ROOT / "web" / "static" / "policies"
COPIES = 256
FEWEST = 8
"""Games at least, where the opponent plays its own: an interval needs some."""


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
    reward_per_tick: float  # of all its seats and ticks together
    reward_low: float | None  # the 95 % interval of that, games being drawn; None of a single one
    reward_high: float | None
    floor_metric: str | None  # what the floor is about, this player's value of it, and the least
    floor_value: float | None
    floor_low: float | None  # the 95 % interval of that value
    floor_high: float | None
    floor_share: bool | None  # whether it is a share of games
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

REWARD = "reward_per_tick"
"""Not of episodes but of games: the sum of all rewards by the sum of all ticks of all seats."""

Episodes = NDArray[np.float64]
"""One row an episode: its metrics, then the number of its game, and last whether the rules ended it
(1) or the clock (0)."""


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
            copy = mine // env.seats
            game = copy * games + games - left[copy]
            died = env.terminated[mine]
            found[kind].append(np.column_stack((env.metrics[mine], game, died)))
        env.metrics[ended] = 0
        for player, _ in players:
            player.forget(ended)
        left -= (env.over != 0) & (left > 0)
    empty = np.zeros((0, env.metrics.shape[1] + 2))
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
    against = opponent or default_opponent(VecEnv(name, 1, params=usual))
    floors = [f for f in load_floors(name) if f.opponent == against]
    if params is not None:
        floors = [f for f in floors if dict(f.params) == dict(params)]
    floor = floors[0] if floors else None
    changed = dict(params if params is not None else floor.params if floor else {})
    settings = {**usual, **changed}
    one = VecEnv(name, 1, params=settings)
    if floor is not None and floor.separate:
        # A crowd is what its members make of it together: each has crowds of its own.
        copies = max(FEWEST, -(-episodes // 8))
        own, other = (
            play(VecEnv(name, copies, seed=seed, params=settings), who, "none", 1, seed, how)[0]
            for who, how in ((policy, mode), (against, ""))
        )
    else:
        share = max(one.seats // 2, 1)
        copies = min(max(1, -(-episodes // share)), 8 if one.seats > 2 else COPIES)
        games = max(1, -(-episodes // (copies * share))) if one.seats <= 2 else 1
        env = VecEnv(name, copies, seed=seed, params=settings)
        own, other = play(env, policy, against, games, seed, mode)
    columns = {metric: i for i, metric in enumerate(one.spec["metrics"])}
    score = own[:, columns["score"]]
    won = own[:, columns["won"]].mean() if "won" in columns else None
    drawn = own[:, columns["drawn"]].mean() if "drawn" in columns else 0.0
    reward, reward_low, reward_high = reward_per_tick(own, list(columns))
    value, low, high, of_games = (
        (None,) * 4 if floor is None else floor_value(floor, own, other, list(columns))
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
        reward_per_tick=reward,
        reward_low=reward_low,
        reward_high=reward_high,
        floor_metric=None if floor is None else floor.metric,
        floor_value=value,
        floor_low=low,
        floor_high=high,
        floor_share=of_games,
        floor=None if floor is None else floor.least,
        met=None if value is None or floor is None else value >= floor.least,
    )


def by_game(of: Episodes, metrics: Sequence[str]) -> tuple[NDArray[np.float64], ...]:
    """The sums of rewards, and of ticks, of each game (games,), in the games' order."""
    _, game = np.unique(of[:, -2], return_inverse=True)
    summed = ("episode_return", "episode_length")
    columns = (of[:, metrics.index(metric)] for metric in summed)
    return tuple(np.bincount(game, column).astype(np.float64) for column in columns)


def reward_per_tick(
    own: Episodes, metrics: Sequence[str], base: Episodes | None = None
) -> tuple[float, float | None, float | None]:
    """The mean reward over all seats and ticks, and its 95 % interval; that is None of one game.

    Where seats come and go, a mean of episodes would count a short life for as much as a long one.
    What happens in a game hangs together, so the interval is drawn from games.

    Args:
        own: the player's episodes.
        metrics: of the episodes' columns.
        base: another's episodes of the same games, or of games that began the same: the result is
            a multiple of what they give, and the luck of the opening that both had cancels.
    """
    rewards, ticks = by_game(own, metrics)
    mean, pulled = float(rewards.sum() / ticks.sum()), pulls(rewards, ticks)
    if base is not None:
        rewards, ticks = by_game(base, metrics)
        usual = float(rewards.sum() / ticks.sum())
        mean /= usual
        pulled = (pulled - mean * pulls(rewards, ticks)) / usual
    return (mean, None, None) if len(pulled) < 2 else (mean, *around(mean, spread(pulled)))


def floor_value(
    floor: Floor, own: Episodes, other: Episodes, metrics: Sequence[str]
) -> tuple[float, float | None, float | None, bool]:
    """What a floor is about, as these episodes have it, its 95 % interval, whether it is a share.

    Wilson's interval where it is a share of games; elsewhere two standard errors of the mean, or of
    the quotient of two means. See `reward_per_tick` for that.

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

    if floor.metric == REWARD:
        return (*reward_per_tick(own, metrics, other if floor.relative else None), False)
    mine = counted(own)
    mean = float(mine.mean())
    shares = floor.metric in SHARES or bool(np.isin(mine, (0, 1)).all())
    if not floor.relative and shares:
        return (mean, *wilson(mean, len(mine)), True)
    error = float(mine.std(ddof=1)) / len(mine) ** 0.5
    if floor.relative:
        theirs = counted(other)
        base, base_error = float(theirs.mean()), float(theirs.std(ddof=1)) / len(theirs) ** 0.5
        error = abs(mean / base) * float(np.hypot(error / mean, base_error / base))
        mean /= base
    return (mean, *around(mean, error), False)
