"""How well a player plays by the true values of positions, where an environment ships a solver.

A solver is a C file of its own, solver.c beside the environment's, for evaluation only: see
docs/adding-an-environment.md.
"""

import ctypes
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from envs_c.binding import VecEnv
from envs_c.build import BUILD, EnvError, compile_library, load, source
from trainer.config import load_config
from trainer.evaluate import default_opponent
from trainer.intervals import Z95
from trainer.players import Player, Rows, make_player
from trainer.tournament import default_opening, play_games

GAMES = 512

State = NDArray[np.uint8]


def has_solver(name: str) -> bool:
    """Whether an environment ships a solver."""
    return (source(name).parent / "solver.c").is_file()


class Solver:
    """The compiled solver of an environment."""

    def __init__(self, name: str) -> None:
        """Compile it if need be.

        Raises:
            EnvError: the environment ships none, or it does not compile.
        """
        if not has_solver(name):
            raise EnvError(f"{name} ships no solver: want {source(name).parent / 'solver.c'}")
        c_file, target = source(name).parent / "solver.c", BUILD / "native" / f"{name}-solver.so"
        self._lib = load(compile_library(c_file, target, included=[source(name)]))
        self._lib.solvable.argtypes = [ctypes.c_void_p]
        self._lib.solvable.restype = ctypes.c_bool
        self._lib.solve.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
        self._lib.solve.restype = ctypes.c_int
        self._lib.solver_nodes.restype = ctypes.c_uint64
        env = VecEnv(name, 1)
        heads = env.spec["interface"]["action"]["heads"]
        self._choices: int = sum(head["n"] for head in heads)

    def solvable(self, game: State) -> bool:
        """Whether a game, a row of `VecEnv.state`, is near enough to its end."""
        return bool(self._lib.solvable(game.ctypes.data))

    def solve(self, game: State) -> tuple[int, NDArray[np.uint8]]:
        """The value to the side to move, 1, 0 or -1, and 1 for each choice that keeps it."""
        keep = np.zeros(self._choices, np.uint8)
        value: int = self._lib.solve(game.ctypes.data, keep.ctypes.data)
        return value, keep

    @property
    def nodes(self) -> int:
        """Positions looked at so far."""
        return int(self._lib.solver_nodes())


@dataclass(frozen=True)
class Truth:
    """How often a player's move keeps the true value of the position, as best play has it."""

    policy: str
    opponent: str
    games: int
    opening: int  # ticks that each game opened with by chance
    moves: int  # of positions that the solver reaches
    kept: float  # share of them that keep the value
    kept_low: float  # the 95 % interval
    kept_high: float
    decisive_moves: int  # of positions where some choice keeps it and another does not
    decisive_kept: float  # share of these

    def as_json(self) -> dict[str, Any]:
        """The fields by name."""
        return asdict(self)


class _Watched:
    """A player whose choices are written down, with the games in which they were made."""

    def __init__(self, player: Player) -> None:
        self.player = player
        # Which game, how it stood, what was allowed, and the choice.
        self.seen: list[tuple[int, State, State, int]] = []

    def act(self, env: VecEnv, rows: Rows) -> None:
        self.player.act(env, rows)
        for row in rows:
            game = int(row) // env.seats
            mask = np.ones(1, np.uint8) if env.mask is None else env.mask[row].copy()
            self.seen.append((game, env.state[game].copy(), mask, int(env.actions[row, 0])))

    def forget(self, rows: Rows) -> None:
        self.player.forget(rows)


def measure_truth(
    name: str, policy: str, opponent: str = "", *, games: int = GAMES, seed: int = 1, mode: str = ""
) -> Truth:
    """Let a player play games, half from each seat, and hold its moves against the solver's values.

    Games open by chance as in the ladder. All its moves count in positions that the solver reaches.

    Raises:
        EnvError: no such environment, player or solver.
    """
    solver = Solver(name)
    env = VecEnv(name, max(games // 2, 1) * 2, seed=seed, params=load_config(name).params)
    against = opponent or default_opponent(env)
    seating = np.tile([[0, 1], [1, 0]], (env.copies // 2, 1))
    watched = _Watched(make_player(policy, env, seed, mode))
    opening = default_opening(env)
    play_games(env, [watched, make_player(against, env, seed + 1)], seating, opening, seed)
    counts = np.zeros((env.copies, 4))  # moves, kept, decisive, kept of these; by game
    for game, state, mask, choice in reversed(watched.seen):  # late positions help with early ones
        if not solver.solvable(state):
            continue
        _, keep = solver.solve(state)
        decisive = keep.sum() < mask.sum()
        counts[game] += (1, keep[choice], decisive, keep[choice] and decisive)
    moves, kept_moves, decisive_moves, decisive_kept = counts.sum(axis=0)
    if not moves:
        raise EnvError(f"no move of {policy} came within reach of the solver in {games} games")
    share = kept_moves / moves
    # The moves of one game hang together: the spread is that of whole games.
    spread = np.sqrt(((counts[:, 1] - share * counts[:, 0]) ** 2).sum()) / moves
    return Truth(
        policy=policy,
        opponent=against,
        games=env.copies,
        opening=opening,
        moves=int(moves),
        kept=float(share),
        kept_low=float(max(share - Z95 * spread, 0.0)),
        kept_high=float(min(share + Z95 * spread, 1.0)),
        decisive_moves=int(decisive_moves),
        decisive_kept=float(decisive_kept / max(decisive_moves, 1)),
    )
