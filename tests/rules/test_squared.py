"""The rules of squared, with numbers."""

from pathlib import Path

import numpy as np
import pytest

from envs_c.binding import VecEnv
from tests.layout import assert_layout, games, state_type

FIELDS = [(name, "i4") for name in ("x", "y", "target_x", "target_y", "ticks")]
LAYOUT = state_type("squared", [*FIELDS, ("padding", "i4", 2)])
STAY, UP, DOWN, LEFT, RIGHT = range(5)


def at(x: int, y: int, target: tuple[int, int], ticks: int = 0) -> VecEnv:
    """One game with the agent and the target there."""
    env = VecEnv("squared", 1)
    game = games(env.state, LAYOUT)[0]
    game["x"], game["y"], game["ticks"] = x, y, ticks
    game["target_x"], game["target_y"] = target
    env.show()
    return env


def act(env: VecEnv, action: int) -> tuple[float, int, int]:
    """Reward, terminated, truncated."""
    env.step(np.array([action], np.int32))
    return float(env.rewards[0]), int(env.terminated[0]), int(env.truncated[0])


def test_layout(tmp_path: Path) -> None:
    assert_layout("squared", LAYOUT, tmp_path)


def test_a_game_begins_in_the_middle_with_the_target_anywhere_else() -> None:
    game = games(VecEnv("squared", 4000).state, LAYOUT)
    assert (game["x"] == 5).all() and (game["y"] == 5).all()
    cells, counts = np.unique(game["target_y"] * 11 + game["target_x"], return_counts=True)
    assert set(cells) == set(range(121)) - {60}
    assert counts.min() > 10 and counts.max() < 70  # 33 on average


@pytest.mark.parametrize(
    ("action", "x", "y"), [(STAY, 5, 5), (UP, 5, 4), (DOWN, 5, 6), (LEFT, 4, 5), (RIGHT, 6, 5)]
)
def test_moves(action: int, x: int, y: int) -> None:
    env = at(5, 5, target=(0, 0))
    assert act(env, action) == (0.0, 0, 0)
    game = games(env.state, LAYOUT)[0]
    assert (game["x"], game["y"]) == (x, y)
    board = env.obs[0].reshape(11, 11)
    assert board[y, x] == 1 and board[0, 0] == 2 and board.sum() == 3


@pytest.mark.parametrize(
    ("action", "x", "y"), [(UP, 3, 5), (DOWN, 3, 3), (LEFT, 4, 4), (RIGHT, 2, 4)]
)
def test_the_target_gives_1_and_ends(action: int, x: int, y: int) -> None:
    env = at(x, y, target=(3, 4))
    assert act(env, action) == (1.0, 1, 0)
    last = env.final_obs[0].reshape(11, 11)
    assert last[4, 3] == 1 and last.sum() == 1  # the agent stands on the target
    assert env.obs[0].reshape(11, 11)[5, 5] == 1  # and the next game has begun
    assert env.drain() == {
        "episodes": 1.0,
        "episode_return": 1.0,
        "episode_length": 1.0,
        "score": 1.0,
        "won": 1.0,
    }


@pytest.mark.parametrize(
    ("action", "x", "y"), [(UP, 7, 0), (DOWN, 7, 10), (LEFT, 0, 7), (RIGHT, 10, 7)]
)
def test_off_the_board_costs_1_and_ends(action: int, x: int, y: int) -> None:
    env = at(x, y, target=(3, 4))
    assert act(env, action) == (-1.0, 1, 0)
    last = env.final_obs[0].reshape(11, 11)
    assert last[4, 3] == 2 and last.sum() == 2  # the agent is gone
    assert env.drain()["won"] == 0.0


def test_truncated_after_34_ticks_unless_decided_then() -> None:
    env = at(5, 5, target=(0, 0))
    for _ in range(33):
        assert act(env, STAY) == (0.0, 0, 0)
    assert act(env, STAY) == (0.0, 0, 1)
    assert env.drain()["episode_length"] == 34.0
    assert act(at(4, 5, target=(5, 5), ticks=33), RIGHT) == (1.0, 1, 0)
    assert act(at(0, 5, target=(5, 5), ticks=33), LEFT) == (-1.0, 1, 0)


def test_the_scripted_player_walks_straight_there() -> None:
    env = VecEnv("squared", 500, seed=1)
    game = games(env.state, LAYOUT)
    far = np.abs(game["target_x"] - 5) + np.abs(game["target_y"] - 5)
    for tick in range(1, 11):
        env.script(np.ones(500, np.uint8))
        env.step()
        first = far == tick
        assert (env.rewards[first] == 1).all()
        assert (env.terminated[far > tick] == 0).all()


def test_what_is_seen_is_placed_on_its_cell() -> None:
    env = at(3, 5, target=(10, 0))
    boxes = env.places(0, 0)
    (agent,), (target,) = ((np.flatnonzero(env.obs[0] == kind)).tolist() for kind in (1, 2))
    assert boxes[agent].tolist() == [3 * 44, 5 * 44, 44, 44]
    assert boxes[target].tolist() == [10 * 44, 0, 44, 44]
