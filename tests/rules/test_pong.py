"""The rules of pong, with numbers."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from envs_c.binding import VecEnv
from tests.layout import assert_layout, games, state_type

PAIRS = [("paddle", "f4", 2), ("score", "i4", 2), ("hits", "i4", 2)]
BALL = [(name, "f4") for name in ("x", "y", "vx", "vy")]
LAYOUT = state_type("pong", [*BALL, *PAIRS, ("ticks", "i4"), ("serves", "i4")])
STAY, UP, DOWN = range(3)
RIGHT, LEFT = range(2)  # the seats
FACE = 18  # px from the end of the table at which the ball's middle meets a paddle


def table(params: dict[str, float] | None = None, **fields: Any) -> tuple[VecEnv, Any]:
    """One game with the fields given, its ball at rest in the middle, and its record."""
    env = VecEnv("pong", 1, params=params)
    game = games(env.state, LAYOUT)[0]
    for name, value in ({"x": 320, "y": 240, "vx": 0, "vy": 0} | fields).items():
        game[name] = value
    env.show()
    return env, game


def act(env: VecEnv, right: int = STAY, left: int = STAY) -> list[float]:
    """Play one tick; the rewards."""
    env.step(np.array([right, left], np.int32))
    return [float(reward) for reward in env.rewards]


def towards(side: int, speed: float, offset: float, **fields: Any) -> tuple[VecEnv, Any]:
    """A ball that meets the paddle of `side` in the second substep, `offset` px off the middle."""
    x = FACE - 1 + 2 * speed
    x, vx = (x, -speed) if side == LEFT else (640 - x, speed)
    return table(x=x, y=240 + offset, vx=vx, **fields)


def test_layout(tmp_path: Path) -> None:
    assert_layout("pong", LAYOUT, tmp_path)


def test_serves() -> None:
    game = games(VecEnv("pong", 2000, seed=3).state, LAYOUT)
    assert (game["x"] == 320).all()
    assert game["y"].min() >= 120 and game["y"].max() <= 360
    assert game["y"].min() < 122 and game["y"].max() > 358
    np.testing.assert_allclose(np.hypot(game["vx"], game["vy"]), 6, atol=1e-5)
    angles = np.arctan2(game["vy"], np.abs(game["vx"]))
    assert angles.min() >= -0.5001 and angles.max() <= 0.5001
    assert angles.min() < -0.49 and angles.max() > 0.49
    assert 900 < (game["vx"] > 0).sum() < 1100
    assert (game["paddle"] == 240).all()


@pytest.mark.parametrize("speed", [2.0, 9.5, 12.0])
def test_the_serve_speed_is_a_parameter(speed: float) -> None:
    game = games(VecEnv("pong", 50, params={"serve_speed": speed}).state, LAYOUT)
    np.testing.assert_allclose(np.hypot(game["vx"], game["vy"]), speed, atol=1e-5)


def test_two_substeps_a_tick() -> None:
    env, game = table(vx=6, vy=-1.5)
    act(env)
    assert (game["x"], game["y"], game["ticks"]) == (332, 237, 1)


@pytest.mark.parametrize("seat", [RIGHT, LEFT])
def test_a_paddle_goes_16_px_a_tick_and_stays_on_the_table(seat: int) -> None:
    env, game = table()
    moves = [STAY, STAY]
    for action, sign, end in ((UP, -1, 36), (DOWN, 1, 444)):
        moves[seat] = action
        game["paddle"] = 240
        for tick in range(1, 20):
            act(env, *moves)
            want = 240 + sign * 16 * tick
            assert game["paddle"][seat] == (max(want, end) if sign < 0 else min(want, end))
            assert game["paddle"][1 - seat] == 240
    slow, other = table({"paddle_speed": 2.5})
    act(slow, *moves)
    assert other["paddle"][seat] == 245


@pytest.mark.parametrize("side", [RIGHT, LEFT])
@pytest.mark.parametrize(
    ("offset", "degrees"),
    [(0, 0), (21, 30), (-21, -30), (42, 60), (-42, -60), (14, 20), (-35, -50)],
)
def test_the_angle_is_where_it_meets_the_paddle(side: int, offset: float, degrees: float) -> None:
    env, game = towards(side, 6.0, offset)
    assert act(env) == [0, 0]
    away = -1 if side == RIGHT else 1
    assert game["vx"] * away == pytest.approx(6.3 * math.cos(math.radians(degrees)), abs=1e-5)
    assert game["vy"] == pytest.approx(6.3 * math.sin(math.radians(degrees)), abs=1e-5)
    assert game["x"] == (FACE if side == LEFT else 640 - FACE)
    assert game["hits"].tolist() == [side == RIGHT, side == LEFT]


def test_straight_in_the_middle_is_straight_to_the_last_bit() -> None:
    env, game = towards(RIGHT, 6.0, 0)
    act(env)
    assert game["vy"] == 0


@pytest.mark.parametrize("side", [RIGHT, LEFT])
def test_past_the_edge_is_past(side: int) -> None:
    env, game = towards(side, 6.0, 42.1)
    act(env)
    assert game["hits"].tolist() == [0, 0]
    act(env)
    assert act(env) == ([-1, 1] if side == RIGHT else [1, -1])
    assert game["score"].tolist() == ([0, 1] if side == RIGHT else [1, 0])
    assert abs(game["x"] - 320) <= 6  # served anew
    assert game["serves"] == 2


def test_a_hit_quickens_by_a_twentieth_up_to_16() -> None:
    speed, hits = 6.0, 0
    while speed < 16:
        env, game = towards(RIGHT, speed, 10)
        act(env)
        after = math.hypot(game["vx"], game["vy"])
        assert after == pytest.approx(min(speed * 1.05, 16), abs=1e-5)
        speed, hits = speed * 1.05, hits + 1
    assert hits == 21  # 6 * 1.05^21 > 16
    env, game = towards(LEFT, 16.0, -10)
    act(env)
    assert math.hypot(game["vx"], game["vy"]) == pytest.approx(16, abs=1e-5)


def test_walls_reflect() -> None:
    env, game = table(y=9, vx=1, vy=-4)
    act(env)  # to 5, which is 6, and away to 10
    assert (game["y"], game["vy"], game["vx"]) == (10, 4, 1)
    env, game = table(y=471, vx=-1, vy=4)
    act(env)
    assert (game["y"], game["vy"], game["vx"]) == (470, -4, -1)


@pytest.mark.parametrize("points", [1, 11, 99])
@pytest.mark.parametrize("winner", [RIGHT, LEFT])
def test_the_game_goes_to_11_or_as_many_as_are_set(points: int, winner: int) -> None:
    score = [0, 0]
    score[winner] = points - 1
    leaving = {"x": 3, "vx": -6} if winner == RIGHT else {"x": 637, "vx": 6}
    env, _ = table({"points": points}, score=score, paddle=40, **leaving)
    assert act(env) == ([1, -1] if winner == RIGHT else [-1, 1])
    assert env.terminated.tolist() == [1, 1] and env.truncated.tolist() == [0, 0]
    assert env.final_obs[winner, 6] == 1 and env.final_obs[1 - winner, 7] == 1
    assert games(env.state, LAYOUT)[0]["score"].tolist() == [0, 0]  # the next game
    won = env.drain([winner])
    assert (won["won"], won["drawn"], won["score"]) == (1, 0, points)
    lost = env.drain([1 - winner])
    assert (lost["won"], lost["drawn"], lost["score"]) == (0, 0, -points)


def test_one_point_short_goes_on() -> None:
    env, game = table(score=[9, 10], paddle=40, x=3, vx=-6)
    assert act(env) == [1, -1]
    assert env.terminated.tolist() == [0, 0]
    assert game["score"].tolist() == [10, 10]


def test_truncated_after_12000_ticks_unless_decided_then() -> None:
    env, game = table(ticks=11998, score=[3, 3])
    act(env)
    assert env.truncated.tolist() == [0, 0]
    act(env)
    assert env.truncated.tolist() == [1, 1] and env.terminated.tolist() == [0, 0]
    assert env.drain()["drawn"] == 1.0
    assert game["ticks"] == 0
    env, game = table(ticks=11999, score=[10, 0], paddle=40, x=3, vx=-6)
    act(env)
    assert env.truncated.tolist() == [0, 0] and env.terminated.tolist() == [1, 1]


def test_what_is_seen() -> None:
    env, _ = table(x=480, y=120, vx=8, vy=-4, paddle=[60, 360], score=[5, 2])
    want = [-0.75, 0.5, 0.5, -0.5, 0.5, -0.25, 5 / 11, 2 / 11]
    np.testing.assert_allclose(env.obs[RIGHT], want, atol=1e-6)
    want = [0.5, -0.75, -0.5, -0.5, -0.5, -0.25, 2 / 11, 5 / 11]
    np.testing.assert_allclose(env.obs[LEFT], want, atol=1e-6)


def test_both_seats_play_the_same_game_mirrored() -> None:
    env, mirror = VecEnv("pong", 64, seed=1), VecEnv("pong", 64, seed=2)
    here, there = games(env.state, LAYOUT), games(mirror.state, LAYOUT)
    rng = np.random.default_rng(0)
    compared = 0
    for _ in range(600):
        for name in ("y", "vy", "ticks", "serves"):
            there[name] = here[name]
        there["x"], there["vx"] = 640 - here["x"], -here["vx"]
        for name in ("paddle", "score", "hits"):
            there[name] = here[name][:, ::-1]
        mirror.show()
        swapped = mirror.obs.reshape(64, 2, 8)[:, ::-1].reshape(128, 8)
        np.testing.assert_allclose(swapped, env.obs, atol=1e-6)
        actions = rng.integers(0, 3, (64, 2)).astype(np.int32)
        before = here["serves"].copy()
        env.step(actions.reshape(128, 1))
        mirror.step(np.ascontiguousarray(actions[:, ::-1]).reshape(128, 1))
        swapped_rewards = mirror.rewards.reshape(64, 2)[:, ::-1].reshape(128)
        assert (swapped_rewards == env.rewards).all()
        played = np.repeat((here["serves"] == before) & (env.over == 0), 2)
        compared += int(played.sum())
        swapped = mirror.obs.reshape(64, 2, 8)[:, ::-1].reshape(128, 8)
        np.testing.assert_allclose(swapped[played], env.obs[played], atol=1e-5)
    assert compared > 70_000


def test_the_scripted_player_follows_the_ball_at_full_speed() -> None:
    env, game = table(y=100, paddle=[240, 100])
    env.script(np.ones(2, np.uint8))
    assert env.actions[:, 0].tolist() == [UP, STAY]
    game["y"] = 300
    env.script(np.ones(2, np.uint8))
    assert env.actions[:, 0].tolist() == [DOWN, DOWN]


@pytest.mark.parametrize(("seat", "own", "other"), [(RIGHT, 628, 0), (LEFT, 0, 628)])
def test_what_is_seen_is_placed_on_paddles_and_ball(seat: int, own: int, other: int) -> None:
    env, _ = table(paddle=(100, 300), x=200, y=50)
    boxes = env.places(0, seat).tolist()
    height = {RIGHT: 64, LEFT: 264}  # of the paddles' upper ends
    assert boxes[0] == [own, height[seat], 12, 72]
    assert boxes[1] == [other, height[1 - seat], 12, 72]
    assert boxes[2:6] == [[194, 44, 12, 12]] * 4
    assert boxes[6:] == [[0, 0, 0, 0]] * 2  # a score is nowhere
