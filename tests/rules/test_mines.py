"""The rules of mines, with numbers."""

from pathlib import Path

import numpy as np
import pytest

from envs_c.binding import VecEnv
from tests.layout import assert_layout, games, state_type

LAYOUT = state_type(
    "mines", [("mine", "u1", 36), ("open", "u1", 36), ("opened", "i4"), ("last", "i4")]
)
COVERED, MINE = 0, 8


def laid(mines: list[int]) -> VecEnv:
    """One game with mines there, in which cell 35 has been uncovered and shows a number."""
    env = VecEnv("mines", 1)
    game = games(env.state, LAYOUT)[0]
    game["mine"][mines] = 1
    game["open"][35] = 1
    game["opened"], game["last"] = 1, 36
    env.show()
    return env


def act(env: VecEnv, action: int) -> tuple[float, int, int]:
    """Reward, terminated, truncated."""
    env.step(np.array([action], np.int32))
    return float(env.rewards[0]), int(env.terminated[0]), int(env.truncated[0])


def test_layout(tmp_path: Path) -> None:
    assert_layout("mines", LAYOUT, tmp_path)


@pytest.mark.parametrize("first", [0, 5, 14, 35])
def test_the_first_cell_and_those_around_it_are_safe(first: int) -> None:
    env = VecEnv("mines", 3000)
    assert not games(env.state, LAYOUT)["mine"].any()
    env.step(np.full(3000, first, np.int32))
    playing = env.terminated == 0
    mine = games(env.state, LAYOUT)["mine"][playing].reshape(-1, 6, 6)
    assert (mine.sum(axis=(1, 2)) == 6).all() and not (env.rewards < 0).any()
    y, x = divmod(first, 6)
    near = np.zeros((6, 6), bool)
    near[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2] = True
    assert not mine[:, near].any() and (mine[:, ~near].sum(axis=0) > 0).all()


def test_a_cell_shows_how_many_mines_are_around() -> None:
    env = laid([0, 1, 2, 6, 12, 28])
    reward, *flags = act(env, 7)
    assert reward == pytest.approx(1 / 30) and flags == [0, 0]
    assert env.obs[0].reshape(6, 6)[1, 1] == 1 + 5
    assert env.obs[0].reshape(6, 6)[5, 5] == 1 + 1
    assert (env.obs[0] == COVERED).sum() == 34


def test_where_no_mine_is_around_the_neighbours_are_uncovered_too() -> None:
    env = laid([4, 5, 10, 11, 17, 28])
    reward, *flags = act(env, 0)
    board = env.obs[0].reshape(6, 6)
    assert flags == [0, 0]
    assert (board[:, :3] == [1, 1, 1]).all(axis=1)[:3].all()
    assert list(board[:, 3]) == [1 + 2, 1 + 2, 1 + 1, 1 + 1, 1 + 1, 1 + 1]
    assert reward == pytest.approx(24 / 30)


def test_a_mine_ends_the_game_and_costs_1() -> None:
    env = laid([0, 1, 2, 6, 12, 28])
    assert act(env, 28) == (-1.0, 1, 0)
    assert env.final_obs[0][28] == MINE and (env.final_obs[0] == COVERED).sum() == 34
    assert (env.obs[0] == COVERED).all()


def test_all_safe_cells_win() -> None:
    mines = [0, 1, 2, 6, 12, 28]
    env = laid(mines)
    game = games(env.state, LAYOUT)[0]
    game["open"][:] = 1
    game["open"][[*mines, 7]] = 0
    game["opened"] = 29
    reward, *flags = act(env, 7)
    assert reward == pytest.approx(1 / 30) and flags == [1, 0]


def test_covered_cells_may_be_chosen() -> None:
    env = laid([0, 1, 2, 6, 12, 28])
    assert env.mask is not None
    assert list(np.flatnonzero(env.mask[0] == 0)) == [35]
