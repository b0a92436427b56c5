"""The environments as PettingZoo's: in parallel, and in turns."""

import contextlib
import io
import re
import warnings
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pettingzoo.test import (
    api_test,
    max_cycles_test,
    parallel_api_test,
    parallel_seed_test,
    render_test,
    seed_test,
)

from envs_c.build import EnvError
from gymcade import zoo
from tests.subjects import GALLERY, MADE, made

DIALS, DRIFT = made("dials"), made("drift")
TOGETHER = [s for s in GALLERY + MADE if s.spec["agents"] > 1 and not s.spec["turn_based"]]
IN_TURNS = [s for s in GALLERY if s.spec["turn_based"]]
FEW: dict[str, dict[str, float]] = {"snake": {"snakes": 5}, "drift": {"motes": 6}}


def settings_of(subject: Any) -> dict[str, Any]:
    return {"name": subject.name, "source": subject.c_file, **FEW.get(subject.name, {})}


@contextlib.contextmanager
def checking(*filtered: str) -> Iterator[None]:
    """Without the checks' own prints, and with warnings as errors but for those named."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        for message in filtered:
            warnings.filterwarnings("ignore", message=message)
        yield


@pytest.mark.parametrize("subject", TOGETHER, ids=lambda subject: subject.name)
def test_pettingzoo_finds_no_fault_in_parallel(subject: Any) -> None:
    with checking():
        parallel_api_test(zoo.parallel_env(**settings_of(subject)), num_cycles=600)
        parallel_seed_test(lambda: zoo.parallel_env(**settings_of(subject)), num_cycles=200)


EMPTY = "Observation numpy array is all zeros"  # a board without a disc is that
SEVERAL = "Action space for each agent probably should be"  # it takes several decisions a tick
AS_DICT = "Observation (is not a NumPy array|space for each agent probably)"  # asked for


def decides_several(subject: Any) -> bool:
    """Whether a tick takes several choices, of which PettingZoo warns."""
    action = subject.spec["interface"]["action"]
    return action["type"] == "discrete" and len(action["heads"]) > 1


@pytest.mark.parametrize("subject", TOGETHER + IN_TURNS, ids=lambda subject: subject.name)
def test_pettingzoo_finds_no_fault_agent_by_agent(subject: Any) -> None:
    expected = [] if subject.make().obs[0].any() else [EMPTY]
    expected += [SEVERAL] if decides_several(subject) else []
    with checking(*expected):
        api_test(zoo.env(**settings_of(subject)), num_cycles=300)
        seed_test(lambda: zoo.env(**settings_of(subject)), num_cycles=100)


@pytest.mark.parametrize("subject", TOGETHER, ids=lambda subject: subject.name)
def test_nor_where_several_seats_have_the_turn_at_once(subject: Any) -> None:
    with checking(*([SEVERAL] if decides_several(subject) else [])):
        api_test(zoo.GymcadeTurns(**settings_of(subject)), num_cycles=300)
        seed_test(lambda: zoo.GymcadeTurns(**settings_of(subject)), num_cycles=100)


def test_nor_with_the_mask_in_the_observation() -> None:
    with checking(EMPTY, AS_DICT):
        api_test(zoo.env("connect4", mask_in_observation=True), num_cycles=300)
        seed_test(lambda: zoo.env("connect4", mask_in_observation=True), num_cycles=100)


def test_a_limit_of_ticks_holds_both_ways() -> None:
    def limited(make: Any) -> Any:
        return lambda max_cycles: make("drift", source=DRIFT.c_file, motes=6, limit=max_cycles)

    max_cycles_test(SimpleNamespace(parallel_env=limited(zoo.parallel_env), env=limited(zoo.env)))


@pytest.mark.parametrize("name", ["connect4", "pong"])
def test_it_draws(name: str) -> None:
    assert zoo.env(name).metadata["render_modes"] == ["rgb_array"]
    render_test(lambda render_mode: zoo.env(name, render_mode="rgb_array"))


def test_a_game_in_turns_told_by_its_agents() -> None:
    env = zoo.env("connect4")
    env.reset(seed=1)
    order, ends = [], {}
    for agent in env.agent_iter():
        obs, reward, terminated, truncated, info = env.last()
        assert not truncated
        if terminated:
            ends[agent] = (reward, info["won"], info["episode_length"])
            assert not info["action_mask"].any()
            assert obs.sum() == 7
            env.step(None)
            continue
        assert info["action_mask"].sum() == 7
        waiting = next(other for other in env.agents if other != agent)
        assert not env.infos[waiting]["action_mask"].any()
        order.append(agent)
        env.step({"player_0": 0, "player_1": 1}[agent])
    assert order == ["player_0", "player_1"] * 3 + ["player_0"]
    assert ends == {"player_0": (1.0, 1.0, 7.0), "player_1": (-1.0, 0.0, 7.0)}
    assert env.agents == []


def test_the_mask_in_the_observation_is_that_of_the_infos() -> None:
    env = zoo.env("connect4", mask_in_observation=True)
    env.reset(seed=1)
    for _ in range(6):
        obs, _, _, _, info = env.last()
        assert np.array_equal(obs["action_mask"], info["action_mask"])
        env.step(3)
    assert env.last()[0]["action_mask"].tolist() == [1, 1, 1, 0, 1, 1, 1]


def test_who_dies_leaves_and_its_seat_is_played_on() -> None:
    env = zoo.parallel_env("snake", snakes=4, opponent="scripted")
    env.reset(seed=5)
    rng, gone = np.random.default_rng(1), {}
    for tick in range(2000):
        playing = list(env.agents)
        obs, rewards, terminated, truncated, infos = env.step(
            {agent: int(rng.integers(5)) for agent in playing}
        )
        assert set(obs) == set(rewards) == set(infos) == set(playing)
        for agent in playing:
            if terminated[agent] or truncated[agent]:
                gone[agent] = tick
                assert (rewards[agent], infos[agent]["episode_length"]) == (-1.0, tick + 1)
        assert env.agents == [agent for agent in playing if agent not in gone]
        if not env.agents:
            break
    assert set(gone) == set(env.possible_agents)
    assert len(set(gone.values())) > 1
    env.reset()
    assert env.agents == env.possible_agents


def test_seeds_repeat_games_and_no_seed_goes_on() -> None:
    env = zoo.parallel_env("snake", snakes=4)

    def start(seed: int | None) -> bytes:
        obs, _ = env.reset(seed=seed)
        return b"".join(obs[agent].tobytes() for agent in env.agents)

    first = [start(3), start(None), start(None)]
    assert first == [start(3), start(None), start(None)]
    assert len(set(first)) == 3


def test_what_cannot_be_made_says_why() -> None:
    with pytest.raises(ValueError, match=re.escape("want gymcade.zoo.env('connect4')")):
        zoo.parallel_env("connect4")
    with pytest.raises(EnvError, match="no environment 'lava'"):
        zoo.env("lava")
    with pytest.raises(ValueError, match="render_mode: want"):
        zoo.env("pong", render_mode="human")
    env = zoo.parallel_env("pong")
    env.reset(seed=1)
    with pytest.raises(ValueError, match="want one of player_1, got player_0"):
        env.step({"player_0": 1})
    with pytest.raises(ValueError, match="actions: want"):
        env.step({"player_0": 1, "player_1": 3})
    with pytest.raises(ValueError, match="seed: want 0 or more, got -1"):
        env.reset(seed=-1)
