"""Stable-Baselines3 and sb3-contrib train on the environments."""

import warnings
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sb3_contrib import MaskablePPO
from stable_baselines3 import PPO
from stable_baselines3.common.env_checker import check_env
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.vec_env import DummyVecEnv

from envs_c.build import names
from gymcade.sb3 import SB3VecEnv
from gymcade.single import GymcadeEnv
from gymcade.vector import GymcadeVectorEnv
from tests.subjects import MADE, SUBJECTS, Subject, made


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def games(name: str, copies: int = 64, **settings: Any) -> SB3VecEnv:
    return SB3VecEnv(GymcadeVectorEnv(name, copies, **settings))


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)
def test_sb3_finds_no_fault(subject: Subject) -> None:
    with warnings.catch_warnings():  # it takes boards for pictures, and would have them flat
        warnings.filterwarnings("ignore", message=".*(unconventional shape|image|Image)")
        check_env(GymcadeEnv(subject.name, source=subject.c_file), skip_render_check=True)


@pytest.mark.parametrize("name", names())
def test_stepped_together_it_is_what_sb3_steps_one_by_one(name: str) -> None:
    params = {"breakout": {"balls": 1}, "pong": {"points": 1}}.get(name)
    together = games(name, 3, params=params)
    apart = DummyVecEnv([lambda: GymcadeEnv(name, params=params)] * 3)
    rng, ended = np.random.default_rng(1), 0
    for env in (together, apart):
        env.seed(5)
    assert np.array_equal(np.asarray(together.reset()), np.asarray(apart.reset()))
    space: Any = together.games.single_action_space

    def draw() -> Any:
        if isinstance(space, gymnasium.spaces.Box):
            return rng.uniform(space.low, space.high, (3, *space.shape)).astype(np.float32)
        choices = space.nvec if hasattr(space, "nvec") else space.n
        return rng.integers(0, choices, (3, *space.shape))

    for tick in range(700):  # 200, and where games are long until one has ended
        if tick >= 200 and ended:
            break
        actions = draw()
        got, want = together.step(actions), apart.step(actions)
        for part, whole in zip(got[:3], want[:3], strict=True):
            assert np.asarray(part).tobytes() == np.asarray(whole).tobytes()
        for i in np.flatnonzero(got[2]):
            ended += 1
            for key in ("terminal_observation", "TimeLimit.truncated", "score"):
                assert np.array_equal(got[3][i][key], want[3][i][key])
            sums = got[3][i]["episode"]["r"], got[3][i]["episode_return"]  # of floats
            assert sums[0] == pytest.approx(sums[1], abs=1e-6)
    assert ended > 0


def test_ppo_learns_to_beat_a_random_paddle() -> None:
    def mean_score(model: PPO | None) -> float:
        env = GymcadeVectorEnv("pong", 64, params={"points": 1}, opponent="random")
        rng, scores = np.random.default_rng(0), []
        obs, _ = env.reset(seed=99)
        for _ in range(400):
            drawn = rng.integers(0, 3, 64)
            *_, infos = (step := env.step(drawn if model is None else model.predict(obs)[0]))
            obs = step[0]
            if "final_info" in infos:
                scores += infos["final_info"]["score"][infos["_final_info"]].tolist()
        assert len(scores) > 200
        return float(np.mean(scores))

    how: Any = {"n_steps": 64, "batch_size": 512, "n_epochs": 4, "gamma": 0.97, "device": "cpu"}
    env = games("pong", params={"points": 1}, opponent="random")
    model = PPO("MlpPolicy", env, learning_rate=3e-3, seed=1, **how)
    model.learn(120_000)
    assert abs(mean_score(None)) < 0.15  # as many points as the other paddle
    assert mean_score(model) > 0.75  # of 1: seven of eight games are won
    assert model.ep_info_buffer is not None
    assert len(model.ep_info_buffer) == 100


def test_ppo_takes_an_id_unchanged() -> None:
    model = PPO("MlpPolicy", "gymcade/Squared-v0", n_steps=128, device="cpu", seed=1)
    model.learn(256)
    assert model.num_timesteps == 256


def test_ppo_takes_continuous_and_several_decisions() -> None:
    for subject in MADE:
        few: Any = {"motes": 3} if subject.name == "drift" else {}
        env = SB3VecEnv(GymcadeVectorEnv(subject.name, 8, source=subject.c_file, params=few))
        model = PPO("MlpPolicy", env, n_steps=32, batch_size=128, device="cpu", seed=1)
        model.learn(512)
        assert model.num_timesteps == 512


class Watched(SB3VecEnv):
    """Counts the actions that the mask forbids, and all."""

    illegal = 0
    steps = 0

    def step_async(self, actions: NDArray[Any]) -> None:
        allowed = self.games.action_masks()
        self.illegal += int((~allowed[np.arange(self.num_envs), actions]).sum())
        self.steps += self.num_envs
        super().step_async(actions)


def test_maskable_ppo_plays_only_what_is_allowed() -> None:
    env = Watched(GymcadeVectorEnv("connect4", 16, opponent="random"))
    model = MaskablePPO("MlpPolicy", env, n_steps=64, batch_size=256, device="cpu", seed=1)
    model.learn(4096)
    assert (env.illegal, env.steps) == (0, 4096)
    plain = Watched(GymcadeVectorEnv("connect4", 16, opponent="random"))
    PPO("MlpPolicy", plain, n_steps=64, batch_size=256, device="cpu", seed=1).learn(2048)
    assert plain.illegal > 0, "there was something to forbid"


def test_maskable_ppo_takes_an_id_unchanged() -> None:
    env = gymnasium.make("gymcade/Connect4-v0", opponent="random")
    model = MaskablePPO("MlpPolicy", env, n_steps=128, device="cpu", seed=1)
    model.learn(256)
    assert model.num_timesteps == 256


def test_sb3_measures_its_policies_on_it() -> None:
    env = games("squared", 4)
    model = PPO("MlpPolicy", env, device="cpu", seed=1)
    rewards, lengths = evaluate_policy(model, env, 12, return_episode_rewards=True)
    assert (len(rewards), len(lengths)) == (12, 12)  # type: ignore[arg-type]
    assert set(np.ravel(rewards)) <= {-1.0, 0.0, 1.0}


def test_pictures_are_tiled() -> None:
    tiled = games("squared", 4, render_mode="rgb_array")
    tiled.reset()
    picture = tiled.render()
    assert picture is not None
    assert picture.shape == (968, 968, 3)


def test_what_cannot_be_done_says_why() -> None:
    with pytest.raises(ValueError, match="want copy=True"):
        games("squared", 2, copy=False)
    with pytest.raises(AttributeError, match="share what they are"):
        games("squared", 2).set_attr("render_mode", None)
    drift = made("drift")
    with pytest.raises(AttributeError, match="takes numbers, not choices"):
        games(drift.name, 2, source=drift.c_file).env_method("action_masks")
    assert np.stack(games("squared", 2).env_method("action_masks")).all()
