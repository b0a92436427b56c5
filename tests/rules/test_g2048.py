"""The rules of 2048, with numbers and against a referee written in Python."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from envs_c.binding import VecEnv
from tests.layout import assert_layout, games, state_type

LAYOUT = state_type(
    "g2048",
    [
        *(("tiles", "u1", 16), ("score", "i4"), ("moves", "i4")),
        *(("last", "i4"), ("fresh", "i4"), ("padding", "i4")),
    ],
)
UP, DOWN, LEFT, RIGHT = range(4)
TURNS = {LEFT: 0, UP: 1, RIGHT: 2, DOWN: 3}  # quarter turns that make a move one to the left
Board = NDArray[np.int64]  # (4, 4) of what stands on the tiles, 0 where there is none


def numbers(game: Any) -> Board:
    """What stands on the tiles of a game."""
    return np.array([0 if power == 0 else 2**power for power in game["tiles"].tolist()]).reshape(
        4, 4
    )


def squeeze(line: list[int]) -> tuple[list[int], list[int]]:
    """A line after a move to its beginning, and what merges made."""
    tiles, out, made = [v for v in line if v], [], []
    while tiles:
        if len(tiles) > 1 and tiles[0] == tiles[1]:
            out.append(2 * tiles.pop(0))
            made.append(out[-1])
        else:
            out.append(tiles[0])
        tiles.pop(0)
    return out + [0] * (4 - len(out)), made


def moved(board: Board, move: int) -> tuple[Board, list[int]]:
    """The referee's board before a tile is added, and what merges made."""
    turned = np.rot90(board, TURNS[move])
    lines = [squeeze(line) for line in turned.tolist()]
    after = np.rot90(np.array([line for line, _ in lines]), -TURNS[move])
    return after, [v for _, made in lines for v in made]


def legal(board: Board) -> list[int]:
    """1 for each move that changes the board."""
    return [int((moved(board, move)[0] != board).any()) for move in range(4)]


def seen(board: Board) -> list[int]:
    """What the policy is to see."""

    def compare(line: list[int]) -> int:
        own, others = line[0], [v for v in line[1:] if v]
        if not own or not others:
            return 0
        other = others[0]
        if other == own:
            return 3
        if other < own:
            return 2 if 2 * other == own else 1
        return 4 if other == 2 * own else 5

    powers = [min(int(v).bit_length() - 1, 15) if v else 0 for v in board.ravel().tolist()]
    right = [compare(board[y, x:].tolist()) for y in range(4) for x in range(4)]
    below = [compare(board[y:, x].tolist()) for y in range(4) for x in range(4)]
    return powers + right + below


def at(rows: list[list[int]]) -> tuple[VecEnv, Any]:
    """One game with that board, and its record."""
    env = VecEnv("g2048", 1)
    game = games(env.state, LAYOUT)[0]
    game["tiles"] = [int(v).bit_length() - 1 if v else 0 for row in rows for v in row]
    env.show()
    return env, game


def act(env: VecEnv, move: int) -> tuple[float, int, int]:
    """Reward, terminated, truncated."""
    env.step(np.array([move], np.int32))
    return float(env.rewards[0]), int(env.terminated[0]), int(env.truncated[0])


def test_layout(tmp_path: Path) -> None:
    assert_layout("g2048", LAYOUT, tmp_path)


@pytest.mark.parametrize("player", ["random", "scripted"])
def test_games_are_the_referees(player: str) -> None:
    env = VecEnv("g2048", 8, seed=4)
    rng = np.random.default_rng(4)
    assert env.mask is not None
    boards = [numbers(game) for game in games(env.state, LAYOUT)]
    totals, spawned, ends = np.zeros(8, np.int64), {2: 0, 4: 0}, 0
    for _ in range(1500 if player == "random" else 300):
        if player == "scripted":
            env.script(np.ones(8, np.uint8))
        else:
            env.actions[:, 0] = [rng.choice(np.flatnonzero(mask)) for mask in env.mask]
        chosen = env.actions[:, 0].tolist()
        env.step()
        for i, move in enumerate(chosen):
            over = bool(env.over[i])
            game = games(env.finals if over else env.state, LAYOUT)[i]
            slid, made = moved(boards[i], move)
            assert (slid != boards[i]).any()
            now = numbers(game)
            grown = np.argwhere(now != slid)
            assert len(grown) == 1 and slid[tuple(grown[0])] == 0
            assert game["fresh"] == grown[0][0] * 4 + grown[0][1]
            spawned[int(now[tuple(grown[0])])] += 1
            totals[i] += sum(made)
            assert game["score"] == totals[i]
            assert env.rewards[i] == pytest.approx(reward(made), abs=1e-5)
            assert over == (not any(legal(now))) == bool(env.terminated[i])
            assert not env.truncated[i]
            shown = env.final_obs[i] if over else env.obs[i]
            assert shown.tolist() == seen(now)
            if over:
                ends += 1
                told = env.drain([i])
                assert (told["score"], told["largest"]) == (totals[i], now.max())
                assert told["reached_2048"] == (now.max() >= 2048)
                totals[i] = 0
                now = numbers(games(env.state, LAYOUT)[i])
            boards[i] = now
            assert env.mask[i].tolist() == legal(now)
    share = spawned[4] / (spawned[2] + spawned[4])
    assert abs(share - 0.1) < 4 * (0.09 / sum(spawned.values())) ** 0.5
    assert ends >= (60 if player == "random" else 0)


def reward(made: list[int]) -> float:
    """Of a move whose merges made these tiles."""
    return sum(made) / 2048


def test_a_game_begins_with_two_tiles_anywhere() -> None:
    tiles = games(VecEnv("g2048", 4000, seed=1).state, LAYOUT)["tiles"]
    assert ((tiles > 0).sum(axis=1) == 2).all()
    assert abs((tiles == 2).sum() / 8000 - 0.1) < 0.014  # fours: 90 to 10
    places = (tiles > 0).sum(axis=0)
    assert places.min() > 420 and places.max() < 580  # 500 on average


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ([2, 2, 2, 2], [4, 4, 0, 0]),
        ([2, 2, 2, 0], [4, 2, 0, 0]),
        ([4, 2, 2, 0], [4, 4, 0, 0]),  # what has merged does not merge again
        ([2, 0, 0, 2], [4, 0, 0, 0]),
        ([0, 8, 0, 4], [8, 4, 0, 0]),
    ],
)
@pytest.mark.parametrize("move", [UP, DOWN, LEFT, RIGHT])
def test_lines(line: list[int], after: list[int], move: int) -> None:
    rows = np.zeros((4, 4), np.int64)
    rows[1] = line
    env, game = at(np.rot90(rows, -TURNS[move]).tolist())
    act(env, move)
    board = numbers(game)
    board.ravel()[game["fresh"]] = 0
    want = np.zeros((4, 4), np.int64)
    want[1] = after
    assert board.tolist() == np.rot90(want, -TURNS[move]).tolist()


def test_a_move_that_changes_nothing_is_forbidden_and_passed_over() -> None:
    env, game = at([[2, 4, 8, 16], [0] * 4, [0] * 4, [0] * 4])
    assert env.mask is not None and env.mask[0].tolist() == [0, 1, 0, 0]
    before = env.state.copy()
    for move in (UP, LEFT, RIGHT):
        assert act(env, move) == (0, 0, 0)
        assert game["moves"] == 0
        assert (env.state[0, : LAYOUT.itemsize] == before[0, : LAYOUT.itemsize]).all()


def test_the_2048_tile_is_noted_and_the_game_goes_on() -> None:
    env, game = at([[1024, 1024, 0, 0], [0] * 4, [0] * 4, [0] * 4])
    assert act(env, LEFT) == (1, 0, 0)
    assert game["score"] == 2048 and game["moves"] == 1


def test_tiles_beyond_32768_are_played_and_seen_as_it() -> None:
    env, game = at([[65536, 65536, 0, 0], [0] * 4, [0] * 4, [0] * 4])
    assert env.obs[0, :2].tolist() == [15, 15]
    act(env, LEFT)
    assert game["tiles"][0] == 17 and game["score"] == 131072
    assert env.obs[0, 0] == 15


def test_tiles_and_their_neighbours_are_seen_where_they_lie() -> None:
    boxes = VecEnv("g2048", 1).places(0, 0).tolist()
    assert boxes[0] == [12, 12, 105, 105]
    assert boxes[7] == [12 + 3 * 117, 12 + 117, 105, 105]
    assert boxes[16:32] == boxes[32:] == boxes[:16]
