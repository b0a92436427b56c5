"""The rules of cart and pole, stepped beside Gymnasium's own CartPole-v1."""

import math
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.envs.classic_control.cartpole import CartPoleEnv
from numpy.typing import NDArray

from envs_c.binding import VecEnv
from tests.layout import assert_layout, games, state_type

NUMBERS = ("x", "speed", "angle", "spin")
LAYOUT = state_type(
    "cartpole",
    [
        *((name, "f4") for name in NUMBERS),
        *(("ticks", "i4"), ("lately", "f4"), ("trace", "f4", 128), ("padding", "i4")),
    ],
)
LEFT, RIGHT = range(2)
CLOSE = 1e-4
TOGETHER = 50
"""Ticks that both play before Gymnasium takes over our state: what differs by a millionth, float's
error, grows as the pole falls, by 8 % a tick, however the arithmetic is done."""


def theirs() -> Any:
    """Gymnasium's, without the wrapper that cuts episodes off; its `step` says no types."""
    env = gymnasium.make("CartPole-v1").unwrapped
    assert isinstance(env, CartPoleEnv)
    env.reset()
    return env


def place(env: VecEnv, state: tuple[float, ...], ticks: int = 0) -> None:
    """Put the first game there."""
    game = games(env.state, LAYOUT)[0]
    for name, value in zip(NUMBERS, state, strict=True):
        game[name] = value
    game["ticks"] = ticks
    env.show()


def act(env: VecEnv, push: int) -> tuple[float, int, int]:
    """Reward, terminated, truncated."""
    env.step(np.array([push], np.int32))
    return float(env.rewards[0]), int(env.terminated[0]), int(env.truncated[0])


def copy_to(other: Any, obs: NDArray[Any]) -> None:
    """Let Gymnasium go on from our state."""
    other.state = obs.astype(np.float64)
    other.steps_beyond_terminated = None


def play_beside(player: str, episodes: int) -> tuple[float, list[int]]:
    """The largest difference seen, and how long episodes were; flags and rewards are equal."""
    env, other = VecEnv("cartpole", 1, seed=5), theirs()
    rng = np.random.default_rng(5)
    worst, length = 0.0, 0
    lengths: list[int] = []
    copy_to(other, env.obs[0])
    while len(lengths) < episodes:
        if player == "good":
            env.script(np.ones(1, np.uint8))
            if rng.random() < 0.1:  # so that it has something to mend
                env.actions[0, 0] = rng.integers(2)
        else:
            env.actions[0, 0] = rng.integers(2)
        seen, reward, terminated, _, _ = other.step(int(env.actions[0, 0]))
        env.step()
        length += 1
        ended = bool(env.terminated[0] or env.truncated[0])
        worst = max(worst, float(np.abs(seen - (env.final_obs if ended else env.obs)[0]).max()))
        assert (float(env.rewards[0]), bool(env.terminated[0])) == (reward, terminated)
        assert bool(env.truncated[0]) == (length == 500 and not terminated)
        if ended:
            lengths.append(length)
        if ended or length % TOGETHER == 0:
            copy_to(other, env.obs[0])
        length = 0 if ended else length
    return worst, lengths


def test_layout(tmp_path: Path) -> None:
    assert_layout("cartpole", LAYOUT, tmp_path)


def test_random_play_is_gymnasiums() -> None:
    worst, lengths = play_beside("random", 300)
    assert worst < CLOSE
    assert 20 < np.mean(lengths) < 25 and max(lengths) > 50


def test_good_play_is_gymnasiums() -> None:
    worst, lengths = play_beside("good", 10)
    assert worst < CLOSE
    assert lengths == [500] * 10


def test_one_tick_is_gymnasiums_to_a_millionth_from_anywhere() -> None:
    env, other = VecEnv("cartpole", 1), theirs()
    rng = np.random.default_rng(1)
    for _ in range(2000):
        state = rng.uniform(-1, 1, 4) * (2.6, 3, 0.23, 3)
        place(env, tuple(state))
        copy_to(other, env.obs[0])
        push = int(rng.integers(2))
        seen, reward, terminated, _, _ = other.step(push)
        assert act(env, push) == (reward, int(terminated), 0)
        np.testing.assert_allclose((env.final_obs if terminated else env.obs)[0], seen, atol=2e-6)


def test_episodes_begin_as_gymnasiums() -> None:
    env = VecEnv("cartpole", 4000, seed=2)
    assert np.abs(env.obs).max() <= 0.05
    np.testing.assert_allclose(env.obs.mean(0), 0, atol=0.002)
    np.testing.assert_allclose(env.obs.std(0), 0.1 / math.sqrt(12), atol=0.001)
    assert np.abs(np.corrcoef(env.obs.T) - np.eye(4)).max() < 0.06


@pytest.mark.parametrize("side", [-1, 1])
def test_the_limits(side: int) -> None:
    for state, over in (
        ((side * 2.399, side * 0.04, 0, 0), 0),
        ((side * 2.399, side * 0.06, 0, 0), 1),
        ((0, 0, side * math.radians(11.9), side * 0.08), 0),
        ((0, 0, side * math.radians(11.9), side * 0.09), 1),
    ):
        env = VecEnv("cartpole", 1)
        place(env, state)
        assert act(env, RIGHT) == (1, over, 0)


def test_truncated_after_500_ticks_unless_lost_then() -> None:
    env = VecEnv("cartpole", 1)
    place(env, (0, 0, 0, 0), ticks=498)
    assert act(env, LEFT) == (1, 0, 0)
    assert act(env, RIGHT) == (1, 0, 1)
    assert env.drain()["full"] == 1
    place(env, (0, 0, 0.2, 2), ticks=499)
    assert act(env, RIGHT) == (1, 1, 0)
    assert env.drain()["full"] == 0


def test_parameters_are_those_of_the_sums() -> None:
    for params, (name, value) in (
        ({"gravity": 1.6}, ("gravity", 1.6)),
        ({"force": 20.0}, ("force_mag", 20.0)),
        ({"half_length": 1.0}, ("length", 1.0)),
    ):
        env, other = VecEnv("cartpole", 1, params=params), theirs()
        setattr(other, name, value)
        other.polemass_length = other.masspole * other.length
        place(env, (0.1, -0.5, 0.1, 0.4))
        copy_to(other, env.obs[0])
        act(env, RIGHT)
        np.testing.assert_allclose(env.obs[0], other.step(RIGHT)[0], atol=2e-6)
        usual = VecEnv("cartpole", 1)
        place(usual, (0.1, -0.5, 0.1, 0.4))
        act(usual, RIGHT)
        assert abs(usual.obs[0, 3] - env.obs[0, 3]) > 0.01


def test_the_scripted_player_balances_for_good() -> None:
    env = VecEnv("cartpole", 500, seed=3)
    for _ in range(500):
        assert not env.terminated.any()
        env.script(np.ones(500, np.uint8))
        env.step()
    assert env.drain() == {
        "episodes": 500,
        "episode_return": 500,
        "episode_length": 500,
        "score": 500,
        "full": 1,
    }


def test_words() -> None:
    env = VecEnv("cartpole", 1)
    place(env, (-0.5, 0, math.radians(3), 0), ticks=7)
    words = "Tick 7. The pole leans 3 degrees right, the cart is 50 cm left of the middle."
    assert env.describe() == words


@pytest.mark.parametrize("lean", [-0.2, 0.0, 0.2])
def test_cart_and_pole_are_seen_where_they_stand(lean: float) -> None:
    env = VecEnv("cartpole", 1, params={"half_length": 1.0})
    place(env, (1.0, 0.0, lean, 0.0))
    cart, speed, pole, spin = env.places(0, 0).tolist()
    assert cart == speed == [320 + 120 - 44, 300 - 46, 88, 46]
    assert pole == spin
    across, up = 240 * math.sin(lean), 240 * math.cos(lean)
    tip, foot = 440 + across, 300 - 46
    left, top, width, height = pole
    assert left == pytest.approx(min(tip, 440) - 6, abs=1e-3)
    assert left + width == pytest.approx(max(tip, 440) + 6, abs=1e-3)
    assert (top, top + height) == pytest.approx((foot - up - 6, foot), abs=1e-3)
