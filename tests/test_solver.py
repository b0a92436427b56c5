"""Connect four's solver against plain minimax, and what it says of players."""

import json
import subprocess
import sys
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from envs_c.binding import VecEnv
from envs_c.build import ROOT, EnvError
from trainer.solver import Solver, has_solver, measure_truth
from trainer.tournament import play_games

Board = tuple[tuple[int, ...], ...]  # columns of discs, 0 and 1, from the bottom up
WIDTH, HEIGHT = 7, 6


@cache
def solver() -> Solver:
    return Solver("connect4")


def wins(board: Board, x: int) -> bool:
    """Whether the top disc of column x makes four in a row."""
    y, own = len(board[x]) - 1, board[x][-1]

    def there(i: int, j: int) -> bool:
        return 0 <= i < WIDTH and 0 <= j < len(board[i]) and board[i][j] == own

    for dx, dy in ((0, 1), (1, 0), (1, 1), (1, -1)):
        length = 1
        for sign in (1, -1):
            k = 1
            while there(x + sign * k * dx, y + sign * k * dy):
                length, k = length + 1, k + 1
        if length >= 4:
            return True
    return False


@cache
def minimax(board: Board, mover: int) -> int:
    """The value to the mover, by trying everything."""
    best = -2
    for x in range(WIDTH):
        if len(board[x]) < HEIGHT:
            best = max(best, worth(board, mover, x))
    return 0 if best == -2 else best


def worth(board: Board, mover: int, x: int) -> int:
    after = (*board[:x], (*board[x], mover), *board[x + 1 :])
    return 1 if wins(after, x) else -minimax(after, 1 - mover)


def game(moves: list[int]) -> VecEnv:
    """A game after these columns."""
    env = VecEnv("connect4", 1)
    for x in moves:
        env.step(np.array([x, x], np.int32))
        assert not env.over[0]
    return env


def random_games(discs: int, count: int) -> list[list[int]]:
    """Moves of random games that are not over after so many."""
    rng = np.random.default_rng(discs)
    found: list[list[int]] = []
    while len(found) < count:
        columns: list[tuple[int, ...]] = [()] * WIDTH
        moves: list[int] = []
        for turn in range(discs):
            x = int(rng.choice([i for i in range(WIDTH) if len(columns[i]) < HEIGHT]))
            columns[x] = (*columns[x], turn % 2)
            moves.append(x)
            if wins(tuple(columns), x):
                break
        else:
            found.append(moves)
    return found


def board_of(moves: list[int]) -> Board:
    columns: list[tuple[int, ...]] = [()] * WIDTH
    for turn, x in enumerate(moves):
        columns[x] = (*columns[x], turn % 2)
    return tuple(columns)


def solved(moves: list[int]) -> tuple[int, list[int]]:
    value, keep = solver().solve(game(moves).state[0])
    return value, keep.tolist()


@pytest.mark.parametrize("discs", [30, 32, 35, 38, 41])
def test_it_agrees_with_trying_everything(discs: int) -> None:
    """Values, and which choices keep them, with 1 to 12 cells left."""
    values = set()
    for moves in random_games(discs, 40):
        board, mover = board_of(moves), discs % 2
        want = minimax(board, mover)
        keep = [
            int(len(board[x]) < HEIGHT and worth(board, mover, x) == want) for x in range(WIDTH)
        ]
        assert solved(moves) == (want, keep), moves
        values.add(want)
    assert len(values) >= 2


def test_a_mirrored_board_has_the_mirrored_values() -> None:
    for moves in random_games(20, 20):
        value, keep = solved(moves)
        assert solved([WIDTH - 1 - x for x in moves]) == (value, keep[::-1])


def test_a_win_at_once_keeps_the_win() -> None:
    value, keep = solved([0, 6, 1, 6, 2, 5])  # three at the bottom from the left
    assert (value, keep[3]) == (1, 1)


def test_two_threats_at_once_are_lost_whatever_is_done() -> None:
    value, keep = solved([2, 2, 3, 3, 4])  # open at both ends
    assert (value, keep) == (-1, [1] * 7)


def test_positions_count_from_twelve_discs_on() -> None:
    early, late = random_games(11, 1)[0], random_games(12, 1)[0]
    assert not solver().solvable(game(early).state[0])
    assert solver().solvable(game(late).state[0])


class Perfect:
    """Takes a move that keeps the value, wherever the solver is asked."""

    def act(self, env: VecEnv, rows: NDArray[np.int64]) -> None:
        for row in rows:
            state = env.state[row // 2]
            assert env.mask is not None
            choices = solver().solve(state)[1] if solver().solvable(state) else env.mask[row]
            env.actions[row, 0] = int(choices.argmax())

    def forget(self, rows: NDArray[np.int64]) -> None:
        pass


def test_a_won_position_stays_won_by_its_moves() -> None:
    """Both sides play perfectly: every game ends as the solver says of it after twelve discs."""
    env = VecEnv("connect4", 24, seed=2)
    foreseen: dict[int, int] = {}

    class Watching(Perfect):
        def act(self, env: VecEnv, rows: NDArray[np.int64]) -> None:
            for row in rows:
                state, copy = env.state[row // 2], int(row) // 2
                if solver().solvable(state) and copy not in foreseen:
                    value, seat = solver().solve(state)[0], int(row) % 2
                    foreseen[copy] = value if seat == 0 else -value
            super().act(env, rows)

    seating = np.zeros((24, 2), np.int64)
    games = play_games(env, [Watching()], seating, opening=12, seed=3)
    assert len(foreseen) >= 12
    for copy, value in foreseen.items():
        assert games.scores[copy, 0] == value


def test_players_are_measured_by_their_moves() -> None:
    chance = measure_truth("connect4", "random", "random", games=24)
    script = measure_truth("connect4", "scripted:4", "random", games=24)
    assert chance.games == script.games == 24
    assert chance.kept_low <= chance.kept <= chance.kept_high < script.kept_low
    assert script.decisive_moves < script.moves
    assert script.decisive_kept < script.kept
    assert chance.opening == 4


def test_the_command_measures_by_the_solver() -> None:
    command = [sys.executable, "-m", "trainer", "eval", "connect4", "--solver", "--json"]
    more = ["--policy", "random", "--opponent", "random", "--episodes", "8"]
    result = subprocess.run([*command, *more], cwd=ROOT, capture_output=True, text=True, check=True)
    found = json.loads(result.stdout)
    assert 0 < found["kept_low"] < found["kept"] < found["kept_high"] <= 1


def test_an_environment_without_one_says_so() -> None:
    assert has_solver("connect4")
    assert not has_solver("pong")
    with pytest.raises(EnvError, match=r"pong ships no solver: want .*solver\.c"):
        Solver("pong")
