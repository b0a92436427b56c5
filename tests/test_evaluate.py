"""Evaluation: seats, rates, floors; and the policies that ship reach theirs."""

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from envs_c.binding import VecEnv
from envs_c.build import ROOT, EnvError, names
from trainer.config import Floor, load_floors
from trainer.evaluate import (
    POLICIES,
    evaluate,
    floor_games,
    floor_value,
    play,
    reward_per_tick,
    shipped_policy,
)
from trainer.intervals import wilson

KEYS = {
    *("env", "policy", "opponent", "mode", "episodes", "score_mean", "score_se", "win_rate"),
    *("draw_rate", "loss_rate", "length_mean", "floor_metric", "floor_value", "floor", "met"),
    *("floor_low", "floor_high", "floor_share", "reward_per_tick", "reward_low", "reward_high"),
    "params",
}


def test_the_command_prints_one_object() -> None:
    command = [sys.executable, "-m", "trainer", "eval", "squared", "--policy", "scripted"]
    result = subprocess.run(
        [*command, "--episodes", "64", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(result.stdout)
    assert set(found) == KEYS
    assert (found["env"], found["opponent"], found["win_rate"]) == ("squared", "none", 1.0)
    assert found["met"] is True


def test_a_floor_of_its_own_parameters_is_measured_under_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    floors = [
        Floor("none", "episode_length", 1, params={"force": 20.0}),
        Floor("none", "episode_length", 2, params={"force": 1.0}),
    ]
    monkeypatch.setattr("trainer.evaluate.load_floors", lambda name: floors)
    assert floor_games("cartpole") == [("none", {"force": 20.0}), ("none", {"force": 1.0})]
    found = {
        floor.least: evaluate("cartpole", "random", "none", episodes=256, params=floor.params)
        for floor in floors
    }
    assert [(e.params, e.floor) for e in found.values()] == [
        (floor.params, floor.least) for floor in floors
    ]
    assert found[1].length_mean < 20 < 35 < found[2].length_mean
    assert evaluate("cartpole", "random", episodes=256) == found[1]  # the first floor's game
    neither = evaluate("cartpole", "random", episodes=256, params={})
    assert (neither.params, neither.floor, neither.met) == ({}, None, None)


def test_both_sides_of_a_game_add_up() -> None:
    env = VecEnv("connect4", 16, seed=3)
    own, other = play(env, "random", "scripted:1", 4, 1, "")
    score = env.spec["metrics"].index("score")
    assert (len(own), len(other)) == (64, 64)
    assert own[:, score].sum() == -other[:, score].sum()
    assert own[:, score].mean() < -0.5


def test_every_seat_is_played_equally_often() -> None:
    """Between equals, whoever moves first wins more: an uneven seating would show."""
    result = evaluate("connect4", "scripted:3", "scripted:3", episodes=1000)
    assert result.episodes >= 1000
    assert abs(result.score_mean) < 4 * result.score_se
    assert result.win_rate is not None and result.loss_rate is not None
    assert abs(result.win_rate - result.loss_rate) < 0.15


def test_the_same_seed_gives_the_same_numbers() -> None:
    assert evaluate("pong", "random", "random", episodes=32) == evaluate(
        "pong", "random", "random", episodes=32
    )


def test_a_whole_yard_is_counted() -> None:
    """16 snakes a copy, half of them the policy's; only deaths count for the floor."""
    result = evaluate("snake", "scripted", "random", episodes=100)
    assert result.episodes >= 100
    assert result.score_mean > 10


@pytest.mark.parametrize(
    ("policy", "message"),
    [("nowhere.onnx", "no policy file nowhere.onnx"), ("nothing", "no checkpoint at nothing")],
)
def test_an_unknown_policy_is_refused(policy: str, message: str) -> None:
    with pytest.raises(EnvError, match=message):
        evaluate("squared", policy)


def test_intervals_hold_what_they_promise() -> None:
    """About 95 % of intervals hold what was drawn from; at 1 there is still one."""
    rng = np.random.default_rng(7)
    spans = [wilson(won / 200, 200) for won in rng.binomial(200, 0.97, 400)]
    assert 0.92 <= np.mean([low <= 0.97 <= high for low, high in spans]) <= 0.99
    low, high = wilson(1.0, 1000)
    assert (round(low, 5), high) == (0.99617, 1.0)
    floor = Floor("scripted", "length", 1.2, relative=True)
    inside = 0
    for _ in range(200):
        own = np.column_stack((rng.exponential(30.0, 300), np.ones(300)))
        other = np.column_stack((rng.exponential(20.0, 300), np.ones(300)))
        value, least, most, share = floor_value(floor, own, other, ["length"])
        assert least is not None and most is not None and least < value < most and not share
        inside += least <= 1.5 <= most
    assert 180 <= inside <= 198


def test_a_share_of_games_has_wilsons_interval_whatever_its_name() -> None:
    full = np.column_stack((np.ones(1024), np.ones(1024)))
    value, low, high, share = floor_value(Floor("none", "full", 0.99), full, full, ["full"])
    assert (value, high, share) == (1, 1, True)
    assert low == pytest.approx(1024 / (1024 + 1.959964**2))
    lengths = floor_value(Floor("none", "length", 1), 2 * full, full, ["length"])
    assert lengths == (2, 2, 2, False)


SUMMED = ["episodes", "episode_return", "episode_length"]


def test_each_tick_counts_once_for_the_reward_per_tick() -> None:
    """Against rewards added up tick by tick, where lives are long and short."""
    names_of = VecEnv("snake", 1).spec["metrics"]
    own, _ = play(VecEnv("snake", 2, seed=4), "scripted", "none", 1, 1, "")
    env = VecEnv("snake", 2, seed=4)
    everybody, sums, ticks = np.ones(env.rows, np.uint8), np.zeros(2), 0
    while not env.over.any():
        env.script(everybody)
        env.step()
        sums += env.rewards.reshape(2, -1).sum(axis=1)
        ticks += env.rows
    assert env.over.all()
    mean, low, high = reward_per_tick(own, names_of)
    assert mean == pytest.approx(sums.sum() / ticks, rel=1e-6)
    assert abs(mean / (own[:, 1] / own[:, 2]).mean() - 1) > 0.01  # a mean of lives is another thing
    half = 1.959964 * abs(sums[0] - sums[1]) / ticks  # the standard error of two means
    assert low is not None and high is not None
    np.testing.assert_allclose((low, high), (mean - half, mean + half), rtol=1e-6)
    one = own[own[:, -2] == own[0, -2]]
    assert reward_per_tick(one, names_of)[1:] == (None, None)


def crowds(rng: np.random.Generator, luck: np.ndarray, mean: float) -> np.ndarray:
    """40 games of 5 to 15 lives, all of a game touched by its luck."""
    lives = rng.integers(5, 15, len(luck))
    game = np.repeat(np.arange(len(luck)), lives)
    length = rng.integers(1, 60, len(game)).astype(float)
    reward = length * (mean + luck[game] + rng.normal(0, 0.02, len(game)))
    return np.column_stack((np.ones(len(game)), reward, length, game, np.ones(len(game))))


def test_the_interval_of_a_reward_per_tick_is_drawn_from_games() -> None:
    """It holds what was drawn from in 95 of 100 cases or so, and is narrow where luck is shared."""
    rng = np.random.default_rng(5)
    inside, within, widths = 0, 0, []
    floor = Floor("scripted", "reward_per_tick", 1.0, relative=True, separate=True)
    for _ in range(300):
        luck = rng.normal(0, 0.1, 40)
        own, base = crowds(rng, luck, 0.9), crowds(rng, luck, 0.6)
        _, low, high = reward_per_tick(own, SUMMED)
        assert low is not None and high is not None
        inside += low <= 0.9 <= high
        value, under, over, _ = floor_value(floor, own, base, SUMMED)
        assert under is not None and over is not None and under < value < over
        within += under <= 1.5 <= over
        alone = reward_per_tick(crowds(rng, rng.normal(0, 0.1, 40), 0.9), SUMMED, base)
        assert alone[1] is not None and alone[2] is not None
        widths.append((over - under) / (alone[2] - alone[1]))
    assert 270 <= inside <= 296 and 270 <= within <= 296
    assert np.mean(widths) < 0.6


def test_a_crowd_is_held_against_a_crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    """With `separate` each has every seat of its own games, which open the same."""
    floor = Floor("scripted", "reward_per_tick", 1.0, relative=True, separate=True)
    monkeypatch.setattr("trainer.evaluate.load_floors", lambda name: [floor])
    itself = evaluate("snake", "scripted", episodes=10)
    assert (itself.floor_value, itself.floor_low, itself.floor_high, itself.met) == (1, 1, 1, True)
    found = evaluate("snake", "random", episodes=10)
    own, _ = play(VecEnv("snake", 8, seed=1), "random", "none", 1, 1, "")
    assert found.episodes == len(own) and own[:, 2].sum() == 8 * 4096 * 16
    mean = reward_per_tick(own, VecEnv("snake", 1).spec["metrics"])[0]
    assert found.reward_per_tick == mean
    assert found.floor_value == pytest.approx(mean / itself.reward_per_tick)
    assert found.floor_high is not None and found.floor_high < 1 and found.met is False


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"separate": True}, "separate: want a floor with relative = true"),
        ({"at_death": True}, "at_death: want false with reward_per_tick"),
    ],
)
def test_a_floor_that_means_nothing_is_refused(more: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Floor("scripted", "reward_per_tick", 1.0, **more)


@pytest.mark.parametrize("env_name", names())
def test_shipped_policies_reach_their_floors(env_name: str) -> None:
    """Measured anew, with fewer games than the sidecar's: allow for chance, but not for a lie."""
    facts = json.loads((POLICIES / env_name / "best.json").read_text())
    recorded = facts["evaluations"]
    for floor in load_floors(env_name):
        game = (floor.opponent, floor.params)
        (said,) = (e for e in recorded if (e["opponent"], e.get("params", {})) == game)
        assert said["episodes"] >= 500
        assert said["met"] is True
        assert said["floor_value"] >= floor.least == said["floor"]
        policy = str(shipped_policy(env_name))
        found = evaluate(
            *(env_name, policy, floor.opponent), episodes=100, seed=99, params=floor.params
        )
        assert found.floor_value is not None
        scale = np.sqrt(floor.least * max(1 - floor.least, 0.004) / 100) if floor.least < 1 else 0.1
        assert found.floor_value >= floor.least - 4 * scale
