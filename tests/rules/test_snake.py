"""The rules of snake, with numbers."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from envs_c.binding import VecEnv
from tests.layout import assert_layout, games, state_type
from tests.subjects import Player

W, H, EDGE, AGENTS = 64, 40, 5, 64
STRIDE, CELLS = W + 2 * EDGE, (W + 2 * EDGE) * (H + 2 * EDGE)
EMPTY, MEAL, WALL, BODY = 0, 1, 2, 4
AHEAD, UP, RIGHT, DOWN, LEFT = range(5)
STEP = {UP: (0, -1), RIGHT: (1, 0), DOWN: (0, 1), LEFT: (-1, 0)}
LAYOUT = state_type(
    "snake",
    [
        *(("ticks", "i4"), ("meals", "i4"), ("head", "u2", AGENTS), ("tail", "u2", AGENTS)),
        *(("length", "i2", AGENTS), ("growth", "i2", AGENTS), ("heading", "u1", AGENTS)),
        *(("cell", "u1", CELLS), ("way", "u1", CELLS)),
    ],
)
Path_ = list[tuple[int, int]]  # cells (x, y) from the tail to the head
FAR: Path_ = [(50, 30), (51, 30), (52, 30)]  # a snake out of everybody's way


def cell(x: int, y: int) -> int:
    """Where a cell of the yard lies in `cell` and `way`."""
    return (y + EDGE) * STRIDE + x + EDGE


def line(x: int, y: int, way: int, length: int = 3) -> Path_:
    """A straight snake with its head at x, y, heading `way`."""
    dx, dy = STEP[way]
    return [(x - i * dx, y - i * dy) for i in range(length - 1, -1, -1)]


def yard(*snakes: Path_, food: Path_ | None = None, ticks: int = 0) -> tuple[VecEnv, Any]:
    """One game with these snakes and this food, and its record.

    It believes to have food enough, so that no more of it appears.
    """
    env = VecEnv("snake", 1, params={"snakes": max(2, len(snakes))})
    game = games(env.state, LAYOUT)[0]
    game["ticks"], game["meals"] = ticks, 1000
    game["cell"], game["way"] = WALL, 0
    for y in range(H):
        game["cell"][cell(0, y) : cell(W, y)] = EMPTY
    for x, y in food or []:
        game["cell"][cell(x, y)] = MEAL
    for a, body in enumerate(snakes if len(snakes) > 1 else (*snakes, FAR)):
        ways = []
        for (x0, y0), (x1, y1) in pairwise(body):
            ways.append(next(way for way, step in STEP.items() if step == (x1 - x0, y1 - y0)))
            game["cell"][cell(x0, y0)] = BODY + 2 * a
            game["way"][cell(x0, y0)] = ways[-1]
        game["cell"][cell(*body[-1])] = BODY + 2 * a + 1
        game["head"][a], game["tail"][a] = cell(*body[-1]), cell(*body[0])
        game["length"][a], game["growth"][a], game["heading"][a] = len(body), 0, ways[-1]
    env.show()
    return env, game


def act(env: VecEnv, *ways: int) -> list[float]:
    """Play one tick, those without an action ahead; the rewards."""
    env.actions.fill(AHEAD)
    env.actions[: len(ways), 0] = ways
    env.step()
    return [float(reward) for reward in env.rewards]


def body(game: Any, snake: int) -> Path_:
    """The cells of a snake from its tail to its head."""
    at, path = int(game["tail"][snake]), []
    while True:
        path.append((at % STRIDE - EDGE, at // STRIDE - EDGE))
        if at == game["head"][snake]:
            return path
        assert game["cell"][at] == BODY + 2 * snake
        dx, dy = STEP[int(game["way"][at])]
        at += dy * STRIDE + dx


def holds(game: Any, cells: Path_) -> list[int]:
    """What lies in these cells."""
    return [int(game["cell"][cell(x, y)]) for x, y in cells]


def test_layout(tmp_path: Path) -> None:
    assert_layout("snake", LAYOUT, tmp_path)


def test_a_yard_begins_with_its_snakes_and_64_food() -> None:
    for snakes in (2, 16, 64):
        env = VecEnv("snake", 20, params={"snakes": snakes})
        assert env.seats == snakes and env.rows == 20 * snakes
        for game in games(env.state, LAYOUT):
            assert (game["cell"] == MEAL).sum() == game["meals"] == 64
            inside = game["cell"][: STRIDE * (H + 2 * EDGE)].reshape(-1, STRIDE)
            assert (inside == WALL).sum() == inside.size - W * H
            assert (inside[EDGE:-EDGE, EDGE:-EDGE] != WALL).all()
            for a in range(snakes):
                assert len(body(game, a)) == game["length"][a] == 1
                assert UP <= game["heading"][a] <= LEFT
    assert VecEnv("snake", 1).seats == 16


def test_a_new_snake_grows_to_3_cells() -> None:
    env = VecEnv("snake", 200, params={"snakes": 2}, seed=1)
    game, plain = games(env.state, LAYOUT), np.ones(400, bool)
    for length in (2, 3, 3, 3):
        env.step(np.full(400, AHEAD, np.int32))
        plain &= env.rewards == 0  # those that neither ate nor died
        assert (game["length"][:, :2].reshape(400)[plain] == length).all()
    assert plain.sum() > 250


@pytest.mark.parametrize("heading", [UP, RIGHT, DOWN, LEFT])
@pytest.mark.parametrize("action", [AHEAD, UP, RIGHT, DOWN, LEFT])
def test_turns_and_a_reversal_is_ignored(heading: int, action: int) -> None:
    env, game = yard(line(20, 20, heading))
    reverse = {UP: DOWN, DOWN: UP, LEFT: RIGHT, RIGHT: LEFT}
    way = heading if action in (AHEAD, reverse[heading]) else action
    assert act(env, action) == [0, 0]
    assert game["heading"][0] == way
    dx, dy = STEP[way]
    assert body(game, 0) == [*line(20, 20, heading)[1:], (20 + dx, 20 + dy)]
    assert env.obs[0, 121] == way


@pytest.mark.parametrize(
    ("x", "y", "way"), [(20, 0, UP), (63, 20, RIGHT), (20, 39, DOWN), (0, 20, LEFT)]
)
def test_a_wall_kills_and_only_that_row_is_flagged(x: int, y: int, way: int) -> None:
    snake = line(x, y, way, 4)
    env, game = yard(FAR, snake, line(30, 10, UP))
    assert act(env) == [0, -1, 0]
    assert env.terminated.tolist() == [0, 1, 0]
    assert env.truncated.tolist() == [0, 0, 0] and not env.over[0]
    # The body has become food but for the cell that the tail had left, ...
    assert holds(game, snake) == [EMPTY, MEAL, MEAL, MEAL]
    assert game["meals"] == 1003
    # ... and the snake starts again elsewhere, one cell long.
    assert body(game, 1) != snake and len(body(game, 1)) == 1
    assert (game["length"][1], game["growth"][1]) == (1, 2)
    assert env.active.tolist() == [1, 1, 1]
    ended = env.drain([1])
    assert (ended["episode_return"], ended["episode_length"]) == (-1, 1)
    assert (ended["score"], ended["length"]) == (4, 4)
    assert env.drain()["episodes"] == 0
    assert body(game, 0) == [*FAR[1:], (53, 30)]


def test_ones_own_body_kills() -> None:
    curl = [(20, 20), (20, 21), (21, 21), (22, 21), (22, 20), (21, 20), (21, 19), (20, 19)]
    env, game = yard([(19, 20), *curl[:6]])  # its head at (21, 20), a bend of its body to the left
    assert act(env, DOWN) == [-1, 0]  # into (21, 21)
    assert holds(game, curl[:6]) == [MEAL] * 6


def test_a_snake_may_follow_its_own_tail() -> None:
    ring = [(20, 20), (20, 21), (21, 21), (21, 20)]
    env, game = yard(ring)
    for tick, way in enumerate((LEFT, DOWN, RIGHT, UP) * 2):
        assert act(env, way) == [0, 0]
        assert body(game, 0)[-1] == ring[tick % 4]


def test_another_body_kills_and_its_owner_goes_on() -> None:
    long = line(30, 20, RIGHT, 8)  # 23 to 30
    env, game = yard(line(26, 19, DOWN), long)
    assert act(env) == [-1, 0]
    assert body(game, 1) == line(31, 20, RIGHT, 8)


def test_the_cell_that_a_tail_leaves_is_free_unless_its_owner_grows() -> None:
    ahead = line(23, 20, RIGHT)  # its tail at 21
    env, game = yard(line(20, 20, RIGHT), ahead)
    assert act(env) == [0, 0]
    assert body(game, 0)[-1] == (21, 20)
    assert body(game, 1)[0] == (22, 20)
    env, game = yard(line(20, 20, RIGHT), ahead, food=[(24, 20)])
    assert act(env) == [-1, 1]
    assert env.terminated.tolist() == [1, 0]


def test_two_heads_that_meet_head_on_both_die() -> None:
    env, game = yard(line(20, 20, RIGHT), line(21, 20, LEFT), FAR)
    assert act(env) == [-1, -1, 0]  # they would change places
    assert env.terminated.tolist() == [1, 1, 0]
    assert holds(game, [(19, 20), (20, 20), (21, 20), (22, 20)]) == [MEAL] * 4


@pytest.mark.parametrize("food", [[], [(21, 20)]])
def test_heads_that_come_into_the_same_cell_all_die(food: Path_) -> None:
    env, _ = yard(line(20, 20, RIGHT), line(22, 20, LEFT), FAR, food=food)
    assert act(env) == [-1, -1, 0]
    three = (line(20, 20, RIGHT), line(22, 20, LEFT), line(21, 19, DOWN))
    env, game = yard(FAR, *three, food=food)
    assert act(env) == [0, -1, -1, -1]
    assert env.terminated.tolist() == [0, 1, 1, 1]
    assert (game["cell"] == MEAL).sum() == game["meals"] - 1000 + len(food)


def test_eating_gives_1_and_adds_one_cell() -> None:
    env, game = yard(line(20, 20, RIGHT), food=[(21, 20), (22, 20)])
    for length in (4, 5):
        assert act(env) == [1, 0]
        assert game["length"][0] == length
        assert body(game, 0) == line(16 + length + 1, 20, RIGHT, length)
    assert game["meals"] == 998
    assert act(env) == [0, 0]
    assert body(game, 0) == line(23, 20, RIGHT, 5)


def test_there_are_64_food_or_more_and_counts_are_true() -> None:
    env = VecEnv("snake", 4, seed=2, params={"snakes": 48})
    player, most = Player(env, scripted=0.9), 0
    for tick in range(400):
        player.play(1)
        if tick % 5:
            continue
        for game in games(env.state, LAYOUT):
            assert (game["cell"] == MEAL).sum() == game["meals"] >= 64
            most = max(most, int(game["meals"]))
            lengths = [len(body(game, a)) for a in range(48)]
            assert game["length"][:48].tolist() == lengths
            heads = game["cell"][game["head"][:48]]
            assert (heads == BODY + 2 * np.arange(48) + 1).all()
            assert (game["cell"] >= BODY).sum() == sum(lengths)
    assert most > 64


def test_a_full_yard_does_not_hang() -> None:
    env, game = yard(line(20, 20, RIGHT))
    inside = game["cell"] == EMPTY
    game["cell"][inside] = BODY + 2 * 63  # all of it somebody's body
    game["meals"] = 0
    assert act(env) == [-1, -1]
    assert game["meals"] == (game["cell"] == MEAL).sum() <= 4


def test_what_is_seen() -> None:
    env, _ = yard(line(3, 2, RIGHT), line(5, 4, UP), food=[(4, 2), (8, 7)])
    around = env.obs[0, :121].reshape(11, 11)
    want = np.zeros((11, 11), np.uint8)
    want[:3] = 2  # the upper wall is two cells above the head's row
    want[:, :2] = 2  # the left one three cells to the left of its column
    want[5, 5], want[5, 3:5] = 6, 3  # own head and body
    want[5, 6] = want[10, 10] = 1  # food
    want[7, 7], want[8:10, 7] = 5, 4  # the other one's head and body
    assert (around == want).all()
    assert env.obs[0, 121] == RIGHT and env.obs[1, 121] == UP


def test_truncated_after_4096_ticks_for_all_but_those_who_die_then() -> None:
    env, _ = yard(line(20, 20, RIGHT), line(30, 0, UP), ticks=4094)
    act(env)
    assert env.terminated.tolist() == [0, 1] and not env.truncated.any() and not env.over[0]
    env, game = yard(line(20, 20, RIGHT), line(30, 0, UP), FAR, ticks=4095)
    assert act(env) == [0, -1, 0]
    assert env.terminated.tolist() == [0, 1, 0]
    assert env.truncated.tolist() == [1, 0, 1]
    assert env.over[0] and game["ticks"] == 0
    assert env.drain()["episodes"] == 3


def test_the_scripted_snake_steps_to_the_nearest_food_by_a_safe_cell() -> None:
    env, _ = yard(line(20, 20, RIGHT), line(0, 10, UP), food=[(22, 20), (16, 20)])
    everyone = np.ones(2, np.uint8)
    for _ in range(20):
        env.script(everyone)
        assert env.actions[:, 0].tolist() == [RIGHT, UP]
    env, _ = yard(line(20, 20, RIGHT), line(21, 19, DOWN, 5), food=[(22, 20)])
    seen = set()
    for _ in range(60):
        env.script(everyone)
        seen.add(int(env.actions[0, 0]))
    assert seen <= {RIGHT, DOWN, UP}


def test_what_is_seen_is_placed_around_the_head() -> None:
    env, _ = yard(line(2, 20, RIGHT), line(40, 39, UP), food=[(7, 15), (35, 35)])
    first, second = env.places(0, 0), env.places(0, 1)
    assert first[60].tolist() == first[121].tolist() == [2 * 14, 20 * 14, 14, 14]
    assert second[60].tolist() == [40 * 14, 39 * 14, 14, 14]
    for boxes, seat, (x, y) in ((first, 0, (7, 15)), (second, 1, (35, 35))):
        (seen,) = np.flatnonzero(env.obs[seat, :121] == MEAL).tolist()
        assert boxes[seen].tolist() == [x * 14, y * 14, 14, 14]
    walls = first[:121][env.obs[0, :121] == WALL]
    assert len(walls) == 33  # three columns, left of the yard
    assert sorted(set(walls[:, 0].tolist())) == [-42, -28, -14]
