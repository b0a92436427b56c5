"""Ratings from games: Bradley and Terry's model, on Elo's scale, with intervals."""

from dataclasses import dataclass

import choix
import numpy as np
from numpy.typing import NDArray

from trainer.tournament import F64, Games

SCALE = 400 / np.log(10)
"""Points of rating for odds of e to 1: 400 for odds of ten to one."""

PRIOR = 1.0
"""Drawn games that every pair is credited with, so that who never lost has a rating too."""

REFITS = 500
"""Of the bootstrap."""


@dataclass(frozen=True)
class Ratings:
    """Of P players; the anchor's is 0."""

    value: F64  # (P,)
    low: F64  # (P,): 95 % intervals
    high: F64


def points(games: Games, players: int) -> F64:
    """What each player took off each other in each game, (G, P, P).

    Every two seats of a game that different players hold are compared: the higher value gets a
    point, equal values half a point each.
    """
    taken = np.zeros((len(games.seating), players, players))
    game = np.arange(len(games.seating))
    seats = games.seating.shape[1]
    for a in range(seats):
        for b in range(a):
            i, j = games.seating[:, a], games.seating[:, b]
            won = (np.sign(games.value[:, a] - games.value[:, b]) + 1) / 2
            apart = i != j
            np.add.at(taken, (game[apart], i[apart], j[apart]), won[apart])
            np.add.at(taken, (game[apart], j[apart], i[apart]), 1 - won[apart])
    return taken


def rate(taken: F64, anchor: int, seed: int) -> Ratings:
    """Ratings of the players of `points`, (G, P, P), with player `anchor` at 0.

    The interval is a Bayesian bootstrap over games (Rubin, 1981): in each refit every game, and
    every drawn game of the prior, weighs as much as a draw from the exponential distribution.
    """
    rng = np.random.default_rng(seed)
    players = taken.shape[1]
    fitted = _fit(taken.sum(axis=0), np.ones((players, players)))
    refits = np.empty((REFITS, players))
    for k in range(REFITS):
        weights = rng.exponential(size=len(taken))
        prior = np.triu(rng.exponential(size=(players, players)), 1)
        refits[k] = _fit(np.tensordot(weights, taken, 1), prior + prior.T, fitted)
    value, refits = fitted - fitted[anchor], refits - refits[:, [anchor]]
    low, high = np.quantile(refits, (0.025, 0.975), axis=0)
    return Ratings(value * SCALE, low * SCALE, high * SCALE)


def _fit(taken: F64, prior: F64, start: F64 | None = None) -> F64:
    """Logarithms of strength (P,) for points (P, P) and weights (P, P) of the prior's games."""
    counts = taken + PRIOR / 2 * prior * (1 - np.eye(len(taken)))
    fitted: NDArray[np.float64] = choix.ilsr_pairwise_dense(
        counts, initial_params=start, max_iter=100_000, tol=1e-6
    )
    return fitted
