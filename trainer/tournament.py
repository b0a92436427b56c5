"""Games among many players: who sits where, and what came of each seat."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from envs_c.binding import VecEnv
from trainer.config import load_config, load_floors
from trainer.players import Player, RandomPlayer, make_player

F64 = NDArray[np.float64]
Ints = NDArray[np.int64]

OPENING = 4
"""Ticks that a turn-based game opens with by chance: two players who always take the likeliest
choice would otherwise play one game over and over."""


@dataclass(frozen=True)
class Games:
    """What came of G games of S seats."""

    seating: Ints  # (G, S): which player sat there
    scores: F64  # (G, S): the mean score of the seat's episodes
    value: F64  # (G, S): what seats of a game are compared by


def deal(players: int, seats: int, games: int, seed: int, separate: bool = False) -> Ints:
    """Who sits where, (games, seats) numbers of players, in about as many games as asked for.

    Alone, or where each is to have all seats of its games, each player plays as often. In a game
    for two, every player meets every other equally
    often, half of the time from each seat. In a game for more, `seats / 2` of which count as one
    game, the players are dealt evenly over the seats of one game and then shuffled.
    """
    if seats == 1 or separate:
        count = max(2, games * 2 // (seats * players)) if seats > 1 else max(1, games // players)
        return np.tile(np.repeat(np.arange(players), count)[:, None], seats)
    if seats == 2:
        pairs = np.array(list(permutations(range(players), 2)))
        return np.repeat(pairs, max(1, round(games / len(pairs))), axis=0)
    rng = np.random.default_rng(seed)
    count = max(players, games * 2 // seats)
    return np.stack(
        [
            rng.permutation(np.resize(np.roll(np.arange(players), -game), seats))
            for game in range(count)
        ]
    )


def default_opening(env: VecEnv) -> int:
    """Ticks to open by chance: see OPENING; none in games that go on by themselves."""
    return OPENING if env.spec["turn_based"] and env.seats > 1 else 0


def play_games(
    env: VecEnv, players: Sequence[Player], seating: Ints, opening: int, seed: int
) -> Games:
    """Play one whole game in each copy of `env`, which has just been reset.

    Args:
        env: as many copies as `seating` has rows.
        players: asked about the rows where `seating` has their number.
        seating: (G, S).
        opening: so many ticks are played by chance, whatever the players choose.
        seed: of the opening.
    """
    rows = seating.ravel()
    running = np.ones(env.copies, bool)
    totals = np.zeros((env.rows, env.metrics.shape[1]))
    chance, tick = RandomPlayer(seed), 0
    env.metrics[:] = 0
    while running.any():
        acting = (env.active != 0) & running.repeat(env.seats)
        for number, player in enumerate(players):
            mine = np.flatnonzero(acting & (rows == number))
            if len(mine):
                player.act(env, mine)
        if tick < opening:
            chance.act(env, np.flatnonzero(acting))
        env.step()
        tick += 1
        ended = np.flatnonzero(env.terminated | env.truncated)
        for player in players:
            player.forget(ended)
        over = running & (env.over != 0)
        if over.any():
            finished = over.repeat(env.seats)
            totals[finished] = env.metrics[finished]
            running &= ~over
    columns = {metric: i for i, metric in enumerate(env.spec["metrics"])}
    means = totals / np.maximum(totals[:, :1], 1)  # the first column counts the episodes
    scores = means[:, columns["score"]].reshape(seating.shape)
    value = scores
    if env.seats == 2 and "won" in columns:
        drawn = means[:, columns["drawn"]] if "drawn" in columns else 0.0
        value = (means[:, columns["won"]] + drawn / 2).reshape(seating.shape)
    return Games(seating, scores, value)


def hold(name: str, kinds: Sequence[str], games: int, seed: int, opening: int = -1) -> Games:
    """Seat players of these kinds (see `make_player`) and play about so many games.

    Args:
        name: of the environment, played by the parameters of its train.toml.
        kinds: of the players; numbers in the result are places in this list.
        games: in all; see `deal`.
        seed: of the games, the seating and the players.
        opening: ticks opened by chance; below 0: by `default_opening`.

    Raises:
        EnvError: no such environment or player.
    """
    params, separate = load_config(name).params, any(f.separate for f in load_floors(name))
    seats = VecEnv(name, 1, params=params).seats
    seating = deal(len(kinds), seats, games, seed, separate)
    env = VecEnv(name, len(seating), seed=seed, params=params)
    players = [make_player(kind, env, seed + i) for i, kind in enumerate(kinds)]
    return play_games(env, players, seating, default_opening(env) if opening < 0 else opening, seed)
