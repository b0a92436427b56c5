"""The rules of connect four, with numbers and against a referee written in Python."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from envs_c.binding import VecEnv
from tests.layout import assert_layout, games, state_type
from tests.subjects import Player

W, H = 7, 6
LAYOUT = state_type(
    "connect4",
    [
        *(("turn", "i4"), ("discs", "u8", 2), ("moves", "i4")),
        *(("last", "i4"), ("winner", "i4"), ("padding", "i4")),
    ],
)
Board = NDArray[np.int8]  # (H, W) from the bottom up: -1 empty, or the seat whose disc lies there

LINES = [
    [(x + i * dx, y + i * dy) for i in range(4)]
    for dx, dy in ((1, 0), (0, 1), (1, 1), (1, -1))
    for x in range(W)
    for y in range(H)
    if 0 <= x + 3 * dx < W and 0 <= y + 3 * dy < H
]
# A full board without four in a row: in pairs across, turn about upwards.
DRAWN = np.array([[(x // 2 + y) % 2 for x in range(W)] for y in range(H)], np.int8)


def board(game: Any) -> Board:
    """The discs of a game."""
    cells = np.full((H, W), -1, np.int8)
    for seat in range(2):
        for x in range(W):
            for y in range(H):
                if int(game["discs"][seat]) >> ((H + 1) * x + y) & 1:
                    cells[y, x] = seat
    return cells


def put(game: Any, cells: Board, turn: int) -> None:
    """Set a game to these discs with that seat to move."""
    for seat in range(2):
        bits = [(H + 1) * x + y for y, x in np.argwhere(cells == seat).tolist()]
        game["discs"][seat] = sum(1 << bit for bit in bits)
    game["turn"], game["moves"], game["last"], game["winner"] = turn, (cells >= 0).sum(), -1, 2


def has_four(cells: Board, seat: int) -> bool:
    """The referee's view."""
    return any(all(cells[y, x] == seat for x, y in line) for line in LINES)


def drop(cells: Board, x: int, seat: int) -> Board:
    """The board after a disc into a column that has room."""
    after = cells.copy()
    after[int((cells[:, x] >= 0).sum()), x] = seat
    return after


def wins(cells: Board, seat: int) -> list[int]:
    """The columns that win at once."""
    free = [x for x in range(W) if cells[H - 1, x] < 0]
    return [x for x in free if has_four(drop(cells, x, seat), seat)]


def play(env: VecEnv, column: int) -> list[float]:
    """The seat to move drops a disc; the rewards. The other seat's action is nonsense."""
    mover = int(np.flatnonzero(env.active)[0])
    env.actions[mover], env.actions[1 - mover] = column, (column + 3) % W
    env.step()
    return [float(reward) for reward in env.rewards]


def test_layout(tmp_path: Path) -> None:
    assert_layout("connect4", LAYOUT, tmp_path)


def test_the_seats_take_turns_and_see_their_own_discs_first() -> None:
    env = VecEnv("connect4", 1)
    game = games(env.state, LAYOUT)[0]
    want = np.full((H, W), -1, np.int8)
    for move, column in enumerate([3, 3, 2, 6, 6, 0]):
        assert env.active.tolist() == [move % 2 == 0, move % 2 == 1]
        assert play(env, column) == [0, 0]
        want = drop(want, column, move % 2)
        assert (board(game) == want).all()
        seen = env.obs.reshape(2, 2, H, W)[:, :, ::-1]  # (seat, plane, row from the bottom, column)
        for seat in range(2):
            assert (seen[seat, 0] == (want == seat)).all()
            assert (seen[seat, 1] == (want == 1 - seat)).all()
    assert (game["moves"], game["last"]) == (6, 0)


def test_every_line_wins_for_either_seat() -> None:
    rng, cases = np.random.default_rng(0), []
    for line in LINES:
        for last_x, last_y in line:
            if any(x == last_x and y > last_y for x, y in line):
                continue  # upright lines are completed at the top
            for seat in range(2):
                while True:  # discs below the line, without a four yet
                    cells = np.full((H, W), -1, np.int8)
                    for x, y in line:
                        cells[:y, x] = rng.integers(0, 2, y)
                    for x, y in line:
                        cells[y, x] = seat
                    cells[last_y, last_x] = -1
                    if not has_four(cells, 0) and not has_four(cells, 1):
                        break
                cases.append((cells, last_x, seat))
    assert len(LINES) == 69 and len(cases) == 2 * (24 * 4 + 21 + 12 * 4 + 12 * 4)
    env = VecEnv("connect4", len(cases))
    for game, (cells, _, seat) in zip(games(env.state, LAYOUT), cases, strict=True):
        put(game, cells, seat)
    env.show()
    actions = np.repeat(np.array([x for _, x, _ in cases], np.int32), 2)
    env.step(actions)
    seats = np.array([seat for _, _, seat in cases])
    assert (env.rewards.reshape(-1, 2)[range(len(cases)), seats] == 1).all()
    assert (env.rewards.reshape(-1, 2).sum(axis=1) == 0).all()
    assert env.terminated.all() and env.over.all() and not env.truncated.any()


@pytest.mark.parametrize("seat", [0, 1])
@pytest.mark.parametrize(
    "cells",
    [
        # The top of a column and the bottom of the next are not neighbours,
        [(0, 4), (0, 5), (1, 0), (1, 1)],
        [(2, 5), (3, 0), (3, 1), (3, 2)],
        # nor does a slant go on beyond the upper or the lower edge.
        [(2, 3), (3, 4), (4, 5), (6, 0)],
        [(0, 2), (1, 1), (2, 0), (2, 5)],
    ],
)
def test_lines_do_not_wrap_around(cells: list[tuple[int, int]], seat: int) -> None:
    for last_x, last_y in cells:
        position = DRAWN.copy()
        for x, y in cells:
            position[y, x] = seat
        for x in range(W):  # no more than holds them up
            position[max((cy + 1 for cx, cy in cells if cx == x), default=0) :, x] = -1
        if (position[:, last_x] >= 0).sum() > last_y + 1:
            continue  # not the top of its column
        position[last_y, last_x] = -1
        assert not has_four(position, 0) and not has_four(position, 1)
        env = VecEnv("connect4", 1)
        put(games(env.state, LAYOUT)[0], position, seat)
        env.show()
        assert play(env, last_x) == [0, 0]
        assert not env.over[0]


def test_random_games_end_as_the_referee_says() -> None:
    env = VecEnv("connect4", 8, seed=1)
    player, records = Player(env, seed=2), games(env.state, LAYOUT)
    boards = [np.full((H, W), -1, np.int8) for _ in range(8)]
    ends = {"won": 0, "drawn": 0}
    for _ in range(1500):
        turns = records["turn"].copy()
        actions = player.act().reshape(8, 2).copy()
        env.step()
        for copy, turn in enumerate(turns.tolist()):
            cells = drop(boards[copy], actions[copy, turn], turn)
            won, full = has_four(cells, turn), bool((cells >= 0).all())
            assert env.over[copy] == (won or full)
            want = [0.0, 0.0] if not won else [1.0, -1.0] if turn == 0 else [-1.0, 1.0]
            assert env.rewards[2 * copy : 2 * copy + 2].tolist() == want
            if env.over[copy]:
                assert (board(games(env.finals, LAYOUT)[copy]) == cells).all()
                ends["won" if won else "drawn"] += 1
                cells = np.full((H, W), -1, np.int8)
            boards[copy] = cells
    assert ends["won"] > 400


def test_a_full_board_is_a_draw() -> None:
    env = VecEnv("connect4", 1)
    cells = DRAWN.copy()
    assert not has_four(cells, 0) and not has_four(cells, 1)
    seat = int(cells[H - 1, 6])
    cells[H - 1, 6] = -1
    put(games(env.state, LAYOUT)[0], cells, seat)
    env.show()
    assert env.mask is not None
    assert env.mask.tolist() == [[0] * 6 + [1]] * 2
    assert play(env, 6) == [0, 0]
    assert env.terminated.tolist() == [1, 1]
    assert env.final_obs.sum(axis=1).tolist() == [42, 42]
    assert env.obs.sum() == 0
    ended = env.drain()
    assert (ended["won"], ended["drawn"], ended["episodes"]) == (0, 1, 2)


def test_a_full_column_is_masked_and_loses_if_forced() -> None:
    for loser in range(2):
        env = VecEnv("connect4", 1)
        game = games(env.state, LAYOUT)[0]
        if loser:
            play(env, 0)
        for _ in range(6):
            assert env.mask is not None and env.mask.all()
            play(env, 4)
        assert env.mask is not None
        assert env.mask.tolist() == [[1, 1, 1, 1, 0, 1, 1]] * 2
        before = board(game)
        assert play(env, 4) == ([-1, 1] if loser == 0 else [1, -1])
        assert env.terminated.tolist() == [1, 1]
        final = games(env.finals, LAYOUT)[0]
        assert (board(final) == before).all()
        assert final["winner"] == 1 - loser
        assert env.drain([1 - loser])["won"] == 1


def test_the_scripted_player_takes_a_win_and_blocks_one() -> None:
    env = VecEnv("connect4", 60, seed=5)
    player = Player(env, seed=6)
    won = blocked = 0
    for _ in range(30):
        player.play(1)
        env.script(env.active)
        for copy, game in enumerate(games(env.state, LAYOUT)):
            cells, seat = board(game), int(game["turn"])
            choice = int(env.actions[2 * copy + seat, 0])
            if winning := wins(cells, seat):
                assert choice in winning
                won += 1
                continue
            threats = wins(cells, 1 - seat)
            if len(threats) == 1 and not wins(drop(cells, threats[0], seat), 1 - seat):
                assert choice == threats[0]  # else it is lost anyway
                blocked += 1
    assert won > 100 and blocked > 100


def test_the_scripted_player_sees_six_moves_ahead_and_level_that_many() -> None:
    # With two open discs on the floor and the move, a third one makes two ways to win.
    cells = np.full((H, W), -1, np.int8)
    cells[0, [2, 3]] = 0
    cells[1, [2, 3]] = 1
    env = VecEnv("connect4", 40)
    for game in games(env.state, LAYOUT):
        put(game, cells, 0)
    env.show()
    env.script(env.active)
    assert set(env.actions[::2, 0].tolist()) <= {1, 4}
    env.script(env.active, level=1)  # only likes the middle
    assert set(env.actions[::2, 0].tolist()) == {3}


def test_the_pointer_finds_the_column_below_it() -> None:
    env = VecEnv("connect4", 1)
    for column in range(W):
        for x in (80 * column, 80 * column + 79.9):
            assert env.point(0, 0, x, 300) == column
    for _ in range(6):
        play(env, 2)
    assert env.point(0, 0, 200, 300) == -1
    for x, y in ((-0.1, 300), (560, 300), (100, -0.1), (100, 560), (100, float("nan"))):
        assert env.point(0, 0, x, y) == -1


def test_what_is_seen_is_placed_on_its_cell() -> None:
    env = VecEnv("connect4", 1)
    play(env, 2)
    play(env, 6)
    for seat, (own, other) in enumerate([(2, 6), (6, 2)]):
        boxes = env.places(0, seat)
        seen = np.flatnonzero(env.obs[seat]).tolist()
        assert [at // (W * H) for at in seen] == [0, 1]  # own before other
        assert boxes[seen].tolist() == [[80 * x, 480, 80, 80] for x in (own, other)]


def test_it_says_what_happened() -> None:
    env = VecEnv("connect4", 1)
    assert env.describe() == "Move 0. Paper to move."
    play(env, 3)
    assert env.describe() == "Move 1, last in column 4. Coral to move."
    for column in (0, 3, 0, 3, 0, 3):
        play(env, column)
    env.state[:] = env.finals
    assert env.describe() == "Move 7, last in column 4. Paper wins."
