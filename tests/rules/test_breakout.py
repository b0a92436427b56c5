"""The rules of breakout, with numbers."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from envs_c.binding import VecEnv
from tests.layout import assert_layout, games, state_type

FLOATS = ("x", "y", "ux", "uy", "paddle", "half")
COUNTS = ("standing", "balls", "score", "ticks", "walls", "pace", "hits", "dry", "wait")
LAYOUT = state_type(
    "breakout",
    [
        *((name, "f4") for name in FLOATS),
        ("bricks", "u1", 108),
        *((name, "i4") for name in (*COUNTS, "serves", "all_hits", "broken")),
        *(("chip", "i4", 8), ("chip_tick", "i4", 8), ("padding", "i4")),
    ],
)
STAY, LEFT, RIGHT = range(3)
WORTH = np.repeat([7, 7, 4, 4, 1, 1], 18)
SPEEDS = [10, 12.5, 15, 18]  # px a tick: 5 px per 1/60 s times 1, 1.25, 1.5, 1.8
DOWN: dict[str, Any] = {"ux": 0, "uy": 1}
UP: dict[str, Any] = {"ux": 0, "uy": -1}


def play(params: dict[str, float] | None = None, **fields: Any) -> tuple[VecEnv, Any]:
    """One game with a ball that flies, the fields given, and its record."""
    env = VecEnv("breakout", 1, params=params)
    game = games(env.state, LAYOUT)[0]
    for name, value in ({"wait": 0, "x": 320, "y": 300} | DOWN | fields).items():
        game[name] = value
    game["standing"] = game["bricks"].sum()
    env.show()
    return env, game


def only(*bricks: int) -> NDArray[np.uint8]:
    """A wall of which these stand."""
    wall = np.zeros(108, np.uint8)
    wall[list(bricks)] = 1
    return wall


def act(env: VecEnv, action: int = STAY) -> float:
    """Play one tick; the reward."""
    env.step(np.array([action], np.int32))
    return float(env.rewards[0])


def until_hit(env: VecEnv, game: Any) -> None:
    """Play until the paddle is hit once more."""
    before = int(game["all_hits"])
    for _ in range(100):
        act(env)
        if game["all_hits"] > before:
            return
    raise AssertionError(f"no hit in 100 ticks: {game}")


def test_layout(tmp_path: Path) -> None:
    assert_layout("breakout", LAYOUT, tmp_path)


class Scoring:
    """What bricks that go, hits, losses and the ceiling come to, told from what can be seen."""

    def __init__(self, n: int) -> None:
        self.score, self.refills, self.hits, self.pace = (np.zeros(n, int) for _ in range(4))
        self.half = np.full(n, 40)

    def follow(self, b: NDArray[Any], a: NDArray[Any]) -> NDArray[np.float64]:
        """Take in one tick, from b to a; the rewards."""
        refilled = (a["bricks"] > b["bricks"]).any(axis=1)
        assert (b["bricks"][refilled] == 0).all() and (a["bricks"][refilled] == 1).all()
        gone = (b["bricks"] == 1) & (a["bricks"] == 0)
        points = (gone * WORTH).sum(axis=1)
        lost, hit = b["balls"] - a["balls"], a["all_hits"] - b["all_hits"]
        self.score += points
        self.refills += refilled
        self.hits += hit
        self.pace[self.hits >= 4] = np.maximum(self.pace, 1)[self.hits >= 4]
        self.pace[self.hits >= 12] = np.maximum(self.pace, 2)[self.hits >= 12]
        self.pace[gone[:, :36].any(axis=1)] = 3
        turned = (b["uy"] < 0) & (a["uy"] > 0) & (lost == 0)
        ceiling = turned & ~gone.any(axis=1)
        assert (a["y"][ceiling] < 19 + 18.1).all()  # nothing else turns a ball that goes up
        self.half[ceiling] = 20
        fresh = a["serves"] > b["serves"]
        self.hits[fresh] = self.pace[fresh] = 0
        self.half[fresh] = 40
        return np.asarray(points / 7 - lost)


def overlaps(game: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether the ball, 10 px square, reaches more than a thousandth px into a brick."""
    column, row = np.arange(108) % 18, np.arange(108) // 18
    left, top, eps = 14 + 34 * column, 56 + 16 * row, 1e-3
    x, y = game["x"][:, None], game["y"][:, None]
    across = (x + 5 > left + eps) & (x - 5 < left + 34 - eps)
    down = (y + 5 > top + eps) & (y - 5 < top + 16 - eps)
    return np.asarray((across & down & (game["bricks"] == 1)).any(axis=1))


@pytest.mark.parametrize("clumsy", [0.0, 0.3])
def test_games_beside_a_reference(clumsy: float) -> None:
    n = 24
    env = VecEnv("breakout", n, seed=4)
    game, finals = games(env.state, LAYOUT), games(env.finals, LAYOUT)
    told, rng = Scoring(n), np.random.default_rng(4)
    playing, ends = np.ones(n, bool), []
    for _ in range(20_000):
        before = game.copy()
        env.script(np.ones(n, np.uint8))
        chance = rng.random(n) < clumsy
        env.actions[chance, 0] = rng.integers(0, 3, int(chance.sum()))
        env.step()
        after = np.where(env.over, finals, game)
        rewards = told.follow(before, after)
        for field in ("score", "pace", "half"):
            assert (after[field] == getattr(told, field))[playing].all(), field
        np.testing.assert_allclose(env.rewards[playing], rewards[playing], atol=1e-5)
        assert not overlaps(after)[playing].any()
        np.testing.assert_allclose(np.hypot(after["ux"], after["uy"]), 1, atol=1e-5)
        assert (np.abs(after["uy"][playing]) >= 0.4999).all()  # never flatter than 60°
        assert ((after["standing"] == after["bricks"].sum(axis=1)) | ~playing).all()
        for i in np.flatnonzero((env.over == 1) & playing):
            ends.append((told.score[i], told.refills[i], after["balls"][i]))
            assert bool(env.terminated[i]) == (told.score[i] == 864 or after["balls"][i] == 0)
        playing &= env.over == 0
        if not playing.any():
            break
    assert not playing.any()
    scores, refills, balls = np.array(ends).T
    assert ((scores == 864) | (balls == 0)).all()
    assert (refills == (scores > 432)).all() or clumsy  # the last ball may go before the refill
    assert (refills <= 1).all()
    assert (scores == 864).sum() >= 22 if clumsy == 0 else (scores < 864).any()


@pytest.mark.parametrize("brick", range(0, 108, 7))
def test_a_brick_is_worth_its_row(brick: int) -> None:
    env, game = play(x=31 + 34 * (brick % 18), y=56 + 16 * (brick // 18) + 16 + 8, **UP)
    game["bricks"] = only(brick, (brick + 50) % 108)
    rewards = [act(env) for _ in range(2)]
    assert sum(rewards) == pytest.approx(WORTH[brick] / 7)
    assert (game["score"], game["broken"], game["bricks"][brick]) == (WORTH[brick], 1, 0)
    assert game["uy"] == 1  # back down
    assert game["pace"] == (3 if brick < 36 else 0)


def test_two_walls_are_864() -> None:
    assert 2 * int(WORTH.sum()) == 864


@pytest.mark.parametrize(("walls", "standing"), [(0, 108), (1, 0)])
def test_the_wall_refills_once_at_the_next_hit(walls: int, standing: int) -> None:
    env, game = play(x=31, y=56 + 16 + 8, ux=0, uy=-1, walls=walls, score=walls * 432 + 425)
    game["bricks"] = only(0)
    game["standing"] = 1
    game["paddle"] = 54  # beneath it
    env.step(np.array([STAY], np.int32))
    if walls == 1:
        assert env.terminated[0] == 1
        assert env.drain()["score"] == 864
        assert env.final_obs[0, 12:].sum() == 0
        assert env.final_obs[0, 11] == 0  # points to come
        return
    assert (env.terminated[0], game["walls"], game["standing"]) == (0, 1, 0)
    until_hit(env, game)
    assert (game["standing"], game["bricks"].sum()) == (standing, standing)
    assert game["score"] == 432


def test_the_paddle_halves_at_the_ceiling_and_is_whole_for_the_next_ball() -> None:
    env, game = play(x=320, y=30, bricks=only(107), **UP)
    assert game["half"] == 40
    act(env)
    assert (game["half"], game["uy"]) == (40, -1)
    assert game["y"] == pytest.approx(20, abs=1e-4)
    act(env)
    assert (game["half"], game["uy"]) == (20, 1)
    assert game["y"] == pytest.approx(28, abs=1e-4)  # 1 px up, 9 px down
    game["y"], game["paddle"] = 480, 100
    act(env)
    assert (game["half"], game["balls"], game["serves"]) == (40, 4, 2)


def test_the_ball_quickens_after_4_and_12_hits() -> None:
    env, game = play(bricks=only(107))
    paces = []
    for _ in range(13):
        game["x"], game["y"], game["ux"], game["uy"], game["dry"] = 320, 393, 0, 1, 0
        until_hit(env, game)
        paces.append(int(game["pace"]))
        game["y"] = 300
        act(env)
        assert 300 - game["y"] == pytest.approx(SPEEDS[paces[-1]], abs=1e-3)
    assert paces == [0] * 3 + [1] * 8 + [2] * 2


@pytest.mark.parametrize(("row", "pace"), [(0, 3), (1, 3), (2, 1), (5, 1)])
def test_the_ball_quickens_in_the_top_rows(row: int, pace: int) -> None:
    env, game = play(x=31 + 34 * 3, y=56 + 16 * row + 16 + 8, pace=1, **UP)
    game["bricks"] = only(18 * row + 3, 107)
    act(env)
    assert (game["broken"], game["pace"]) == (1, pace)


def test_the_speed_may_change_in_play() -> None:
    env, game = play()
    env.set_params({"ball_speed": 8})
    act(env)
    assert game["y"] == 316
    env.set_params({"ball_speed": 2})
    act(env)
    assert game["y"] == 320


def test_the_paddle_goes_18_px_a_tick_between_the_walls() -> None:
    for action, sign, end in ((LEFT, -1, 54), (RIGHT, 1, 586)):
        env, game = play(wait=100)
        for tick in range(1, 20):
            act(env, action)
            want = 320 + sign * 18 * tick
            assert game["paddle"] == pytest.approx(
                max(want, end) if sign < 0 else min(want, end), abs=1e-3
            )


@pytest.mark.parametrize("half", [40, 20])
@pytest.mark.parametrize("share", [-1, -0.5, 0, 0.5, 1])
def test_the_angle_is_where_it_meets_the_paddle(half: int, share: float) -> None:
    env, game = play(x=320 + share * (half + 5), y=398, half=half)
    act(env)
    assert game["hits"] == 1
    assert math.degrees(math.asin(game["ux"])) == pytest.approx(60 * share, abs=1e-3)
    assert game["uy"] == pytest.approx(-math.cos(math.radians(60 * share)), abs=1e-6)


def test_past_the_paddle_a_ball_is_lost_and_the_next_one_waits() -> None:
    env, game = play(x=320 + 45.1, y=398)
    rewards = [act(env) for _ in range(9)]
    assert game["hits"] == 0 and rewards[-1] == -1 and sum(rewards) == -1
    assert (game["balls"], game["y"], game["serves"]) == (4, 220, 2)
    waits = 0
    while game["y"] == 220:
        act(env)
        waits += 1
    assert 14 <= waits <= 16


@pytest.mark.parametrize("balls", [1, 5, 9])
def test_the_last_ball_ends_the_game(balls: int) -> None:
    env, game = play({"balls": balls})
    for left in range(balls - 1, -1, -1):
        game["x"], game["y"], game["uy"], game["wait"], game["paddle"] = 320, 480, 1, 0, 100
        assert act(env) == -1
        assert env.terminated[0] == (left == 0)
    assert env.final_obs[0, 10] == 0


def test_truncated_after_20000_ticks_unless_over_then() -> None:
    env, _ = play(ticks=19_998)
    act(env)
    assert env.truncated[0] == 0
    act(env)
    assert (env.truncated[0], env.terminated[0]) == (1, 0)
    env, _ = play(ticks=19_999, balls=1, y=480)
    act(env)
    assert (env.truncated[0], env.terminated[0]) == (0, 1)


def test_serves_go_down_to_both_sides() -> None:
    game = games(VecEnv("breakout", 2000, seed=3).state, LAYOUT)
    angles = np.arctan2(game["ux"], game["uy"])
    assert angles.min() < -0.49 and angles.max() > 0.49 and np.abs(angles).max() <= 0.5001
    assert 900 < (angles > 0).sum() < 1100
    assert (game["y"] == 220).all() and (game["wait"] == 15).all()


def test_a_ball_that_breaks_nothing_is_kicked_after_eight_hits() -> None:
    for dry, kicked in ((7, False), (8, True)):
        angles = set()
        for seed in range(20):
            env, game = play(y=398, dry=dry, bricks=only(107))
            game["rng"] = seed * 0x9E3779B97F4A7C15 % 2**64
            act(env)
            assert game["dry"] == dry + 1
            angles.add(round(math.asin(game["ux"]), 4))
            assert abs(math.asin(game["ux"])) <= 0.3001
        assert (len(angles) > 10) == kicked


@pytest.mark.parametrize("seed", range(3))
def test_the_landing_that_is_seen_is_where_it_lands(seed: int) -> None:
    """With no brick in its way the ball comes down on the paddle's line where it was foretold."""
    rng = np.random.default_rng(seed)
    for _ in range(60):
        angle = rng.uniform(-1.04, 1.04)
        way = rng.choice([-1, 1])
        start: dict[str, Any] = {"x": rng.uniform(20, 620), "y": rng.uniform(20, 390)}
        env, game = play(ux=math.sin(angle), uy=way * math.cos(angle), **start, walls=1)
        game["bricks"] = 0
        env.show()
        foretold = (env.obs[0, 6] + 1) * 320
        ticks = env.obs[0, 8] * 120
        game["paddle"] = 54 if foretold > 320 else 586  # out of the way
        played = 0
        while game["y"] < 403 and game["wait"] == 0:
            x, y = float(game["x"]), float(game["y"])
            act(env)
            played += 1
        share = (403 - y) / (float(game["y"]) - y)
        straight = abs(float(game["x"]) - x) <= 10 and 30 < x < 610
        if straight:
            landed = x + share * (float(game["x"]) - x)
            assert landed == pytest.approx(foretold, abs=0.5)
        assert abs(played - ticks) < 1.5


def test_what_is_seen() -> None:
    env, _ = play(x=160, y=120, ux=0.6, uy=0.8, paddle=480, half=20, pace=3, wait=3, balls=2)
    want = [0.4375, 0.5625, -0.5, -0.5, 0.6, 0.8]
    np.testing.assert_allclose(env.obs[0, :6], want, atol=1e-6)
    lands = 160 + 0.75 * 283
    np.testing.assert_allclose(env.obs[0, 6], lands / 320 - 1, atol=1e-5)
    np.testing.assert_allclose(env.obs[0, 7], -2, atol=1e-5)  # no further than that
    np.testing.assert_allclose(env.obs[0, 8], 283 / 7.2 / 240, atol=1e-5)
    np.testing.assert_allclose(env.obs[0, 9:12], [0.2, 0.4, 1], atol=1e-6)
    assert (env.obs[0, 12:] == 1).all()


def test_what_is_seen_is_placed() -> None:
    env, _ = play(x=200, y=300, paddle=400, half=20)
    boxes = env.places(0, 0)
    assert boxes[0].tolist() == boxes[1].tolist() == [380, 408, 40, 12]
    assert boxes[2].tolist() == boxes[5].tolist() == [195, 295, 10, 10]
    assert boxes[6].tolist() == [195, 398, 10, 10]  # straight below the ball
    assert boxes[11].tolist() == [0, 0, 0, 0]
    assert boxes[12].tolist() == [14, 56, 34, 16]
    assert boxes[12 + 107].tolist() == [14 + 17 * 34, 56 + 5 * 16, 34, 16]


def test_words() -> None:
    env, _ = play(score=21, bricks=only(1, 2, 3), balls=1)
    assert env.describe() == "21 points. 3 bricks stand, 1 ball is left."
