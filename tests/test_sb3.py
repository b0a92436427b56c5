"""Policies of Stable-Baselines3: what is exported says what they say."""

import sys
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium import spaces

from envs_c.build import EnvError
from envs_c.spec import load_spec
from exporter import sb3, sources
from exporter.graph import to_onnx
from exporter.sources import Options
from tests.exports import exported, opened, plays, run_documented
from tests.subjects import MADE
from trainer.reader import Reader, open_session

BOX = spaces.Box(-np.inf, np.inf, (8,), np.float32)
CELLS = spaces.MultiDiscrete([3] * 121)


class Toy(gymnasium.Env[Any, Any]):
    """Observations of some space at random; the first choice is rewarded."""

    def __init__(self, seen: spaces.Space[Any], acts: spaces.Space[Any]) -> None:
        self.observation_space, self.action_space = seen, acts
        self.ticks = 0

    def _observe(self) -> Any:
        if isinstance(self.observation_space, spaces.Box):
            shape = self.observation_space.shape
            low, high = (0, 2) if self.observation_space.dtype == np.uint8 else (3, 5)
            values = self.np_random.uniform(low, high, shape)
            return values.astype(self.observation_space.dtype)
        return self.observation_space.sample()

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.ticks = 0
        return self._observe(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self.ticks += 1
        return self._observe(), float(np.sum(action) == 0), False, self.ticks >= 16, {}


def trained(kind: str, seen: Any, acts: Any, policy: str = "MlpPolicy", **more: Any) -> Any:
    """A model of Stable-Baselines3 after some hundred steps."""
    import sb3_contrib
    import stable_baselines3

    torch.set_num_threads(1)
    where = sb3_contrib if kind == "RecurrentPPO" else stable_baselines3
    env = more.pop("env", None) or Toy(seen, acts)
    how: dict[str, Any] = {"PPO": {"n_steps": 64, "batch_size": 32, "n_epochs": 1}}.get(
        kind, {"RecurrentPPO": {"n_steps": 64, "batch_size": 32, "n_epochs": 1}}.get(kind, {})
    )
    if kind == "DQN":
        how = {"learning_starts": 50, "buffer_size": 200}
    model = getattr(where, kind)(policy, env, seed=1, device="cpu", **how, **more)
    model.learn(200)
    return model


def says(model: Any, obs: Any) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Log probabilities of a discrete actor-critic's choices, and values, by SB3's own code."""
    given, _ = model.policy.obs_to_tensor(obs)
    with torch.no_grad():
        found = model.policy.get_distribution(given).distribution
        heads = found if isinstance(found, list) else [found]
        logs = torch.cat([head.logits for head in heads], dim=1)
        return logs.numpy(), model.policy.predict_values(given).numpy()


def log_softmax(logits: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return torch.from_numpy(logits).log_softmax(dim=1).numpy()


@pytest.mark.parametrize("kind", ["PPO", "A2C"])
def test_an_actor_critic_says_what_it_said(tmp_path: Path, kind: str) -> None:
    model = trained(kind, BOX, spaces.Discrete(3))
    model.save(tmp_path / "model.zip")
    reader, facts = exported(tmp_path / "model.zip", "pong")
    obs = plays("pong")
    said = reader.run(obs)
    logs, values = says(model, obs)
    assert log_softmax(said["logits"]) == pytest.approx(logs, abs=1e-5)
    assert said["value"] == pytest.approx(values, abs=1e-5)
    assert (facts["algorithm"], facts["train_steps"], facts["seed"]) == (
        kind,
        model.num_timesteps,
        1,
    )
    assert facts["source"].startswith("stable-baselines3 2.")
    assert facts["settings"]["gamma"] == 0.99


def test_statistics_of_vec_normalize_are_folded_in(tmp_path: Path) -> None:
    from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

    env = VecNormalize(DummyVecEnv([lambda: Toy(BOX, spaces.Discrete(3))]), clip_obs=2.0)
    model = trained("PPO", BOX, spaces.Discrete(3), env=env)
    model.save(tmp_path / "model.zip")
    env.save(str(tmp_path / "stats.pkl"))
    reader, _ = exported(tmp_path / "model.zip", "pong", normalize=tmp_path / "stats.pkl")
    obs = np.vstack([plays("pong"), np.random.default_rng(1).uniform(3, 5, (20, 8))])
    normal = np.asarray(env.normalize_obs(obs.astype(np.float32)))
    assert np.abs(normal).max() == 2 and np.abs(normal).min() < 2
    logs, _ = says(model, normal)
    assert log_softmax(reader.run(obs)["logits"]) == pytest.approx(logs, abs=1e-4)
    with pytest.raises(EnvError, match="is not a saved VecNormalize"):
        exported(tmp_path / "model.zip", "pong", normalize=tmp_path / "model.zip")


def test_q_values_are_played_greedily(tmp_path: Path) -> None:
    model = trained("DQN", BOX, spaces.Discrete(3))
    model.save(tmp_path / "model.zip")
    reader, facts = exported(tmp_path / "model.zip", "pong")
    obs = plays("pong")
    said = reader.run(obs)
    with torch.no_grad():
        want = model.q_net(torch.from_numpy(obs)).numpy()
    assert said["logits"] == pytest.approx(want, abs=1e-5)
    assert said["value"][:, 0] == pytest.approx(want.max(axis=1), abs=1e-5)
    assert (
        said["logits"].argmax(axis=1).tolist() == model.predict(obs, deterministic=True)[0].tolist()
    )
    assert facts["play"] == {"mode": "greedy", "temperature": 1.0}


@pytest.mark.parametrize("critic", ["lstm", "shared", "linear"])
def test_a_recurrent_policy_remembers_alike(tmp_path: Path, critic: str) -> None:
    shape = {"lstm_hidden_size": 16, "n_lstm_layers": 2, "net_arch": [16]}
    shape |= {"enable_critic_lstm": critic == "lstm", "shared_lstm": critic == "shared"}
    model = trained("RecurrentPPO", BOX, spaces.Discrete(3), "MlpLstmPolicy", policy_kwargs=shape)
    model.save(tmp_path / "model.zip")
    reader, facts = exported(tmp_path / "model.zip", "pong")
    assert facts["state_size"] == (128 if critic == "lstm" else 64)
    state, theirs = np.zeros((1, facts["state_size"]), np.float32), None
    start = np.ones(1, bool)
    for row in plays("pong")[::4][:16]:
        said = reader.run(row[None], state)
        state = said["state"]
        chosen, theirs = model.predict(row[None], theirs, start, deterministic=True)
        start = np.zeros(1, bool)
        assert said["logits"].argmax() == chosen[0]
        hidden = state[0, :16]
        assert hidden == pytest.approx(theirs[0][0, 0], abs=1e-5)


def test_categories_are_coded_as_they_were(tmp_path: Path) -> None:
    """A MultiDiscrete observation is one-hot inside of the policy; ours stays raw outside."""
    model = trained("PPO", CELLS, spaces.Discrete(5))
    model.save(tmp_path / "model.zip")
    reader = opened(tmp_path / "model.zip", "squared")
    obs = plays("squared")
    logs, values = says(model, obs.astype(np.int64))
    said = reader.run(obs)
    assert log_softmax(said["logits"]) == pytest.approx(logs, abs=1e-5)
    assert said["value"] == pytest.approx(values, abs=1e-5)


def test_parts_by_name_and_a_uint8_box(tmp_path: Path) -> None:
    """Snake's two parts as a Dict, one of them a grid."""
    parts = load_spec("snake")["interface"]["observation"]["parts"]
    names = [part["name"] for part in parts]
    assert names == ["around", "heading"]
    seen = spaces.Dict(
        {
            "around": spaces.Box(0, 6, (11, 11), np.uint8),
            "heading": spaces.Box(0, 4, (1,), np.uint8),
        }
    )
    model = trained("PPO", seen, spaces.Discrete(5), "MultiInputPolicy")
    model.save(tmp_path / "model.zip")
    reader = opened(tmp_path / "model.zip", "snake")
    obs = plays("snake", 8)
    cut = {"around": obs[:, :121].reshape(-1, 11, 11), "heading": obs[:, 121:]}
    logs, _ = says(model, cut)
    assert log_softmax(reader.run(obs)["logits"]) == pytest.approx(logs, abs=1e-5)


def test_what_does_not_fit_is_said(tmp_path: Path) -> None:
    path = tmp_path / "model.zip"
    trained("PPO", BOX, spaces.Discrete(3)).save(path)
    with pytest.raises(EnvError, match=r"which environment is .*model.zip for\? .*--env NAME"):
        sources.load(str(path), Options())
    with pytest.raises(EnvError, match=r"actions: want \[5\], got Discrete\(3\)"):
        sources.load(str(path), Options("squared"))
    with pytest.raises(EnvError, match=r"actions: want \[7\], got Discrete"):
        sources.load(str(path), Options("connect4"))
    trained("PPO", BOX, spaces.Discrete(5)).save(path)
    with pytest.raises(EnvError, match=r"observes \[8\] values, the environment gives 121"):
        sources.load(str(path), Options("squared"))
    named = spaces.Dict({"image": BOX})
    trained("PPO", named, spaces.Discrete(3), "MultiInputPolicy").save(path)
    with pytest.raises(EnvError, match="the policy observes 'image'; the environment's parts are"):
        sources.load(str(path), Options("pong"))
    path.write_bytes(b"PK")
    with pytest.raises(EnvError, match="is not a model saved by Stable-Baselines3"):
        sources.load(str(path), Options("pong"))
    with pytest.raises(EnvError, match=r"--weights-file .* goes with a source with ':'"):
        sources.load("pong", Options("pong", weights_file=path))


def test_without_the_library_its_name_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained("PPO", BOX, spaces.Discrete(3)).save(tmp_path / "model.zip")
    monkeypatch.setitem(sys.modules, "stable_baselines3", None)
    with pytest.raises(EnvError, match=r"pip install stable-baselines3$"):
        sources.load(str(tmp_path / "model.zip"), Options("pong"))


def test_whoever_reads_a_pickle_is_told(tmp_path: Path) -> None:
    trained("PPO", BOX, spaces.Discrete(3)).save(tmp_path / "model.zip")
    source = sources.load(str(tmp_path / "model.zip"), Options("pong"))
    (note,) = source.notes
    assert note.startswith("model.zip holds pickled Python")


def test_the_documented_command_for_stable_baselines3(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

    env = VecNormalize(DummyVecEnv([lambda: Toy(BOX, spaces.Discrete(3))]))
    trained("PPO", BOX, spaces.Discrete(3), env=env).save(tmp_path / "model.zip")
    env.save(str(tmp_path / "stats.pkl"))
    facts = run_documented("sb3", monkeypatch, tmp_path)
    assert (facts["env"], facts["name"], facts["algorithm"]) == ("pong", "policy", "PPO")


def test_heads_and_continuous_actions(tmp_path: Path) -> None:
    """No environment of the gallery has them; two that are made for tests do."""
    from stable_baselines3 import PPO

    for name, acts, want in (
        ("dials", spaces.MultiDiscrete, {"logits", "value"}),
        ("drift", spaces.Box, {"mean", "log_std", "value"}),
    ):
        spec = next(subject for subject in MADE if subject.name == name).spec
        heads = [head["n"] for head in spec["interface"]["action"]["heads"]]
        size = spec["interface"]["observation"]["size"]
        made: Any = (
            spaces.MultiDiscrete(heads)
            if acts is spaces.MultiDiscrete
            else spaces.Box(-1, 1, (len(heads),), np.float32)
        )
        seen = spaces.Box(-np.inf, np.inf, (size,), np.float32)
        model = PPO(
            "MlpPolicy", Toy(seen, made), n_steps=64, batch_size=32, n_epochs=1, device="cpu"
        )
        model.learn(64)
        model.save(tmp_path / "model.zip")
        source = sb3.load(str(tmp_path / "model.zip"), spec, Options(name))
        reader = Reader(open_session(to_onnx(source.graph, size, {})), spec["interface"])
        assert reader.has == want
        obs = np.random.default_rng(1).normal(size=(5, size)).astype(np.float32)
        said = reader.run(obs)
        given, _ = model.policy.obs_to_tensor(obs)
        with torch.no_grad():
            found: Any = model.policy.get_distribution(given).distribution
        if name == "dials":
            cuts = np.cumsum(heads)[:-1]
            ours = np.hstack([log_softmax(part) for part in np.split(said["logits"], cuts, axis=1)])
            logs = np.hstack([head.logits.numpy() for head in found])
            assert ours == pytest.approx(logs, abs=1e-5)
        else:
            assert said["mean"] == pytest.approx(found.mean.numpy(), abs=1e-5)
            assert np.exp(said["log_std"]) == pytest.approx(found.stddev.numpy(), abs=1e-5)
    wrong = spaces.Box(-2, 2, (len(heads),), np.float32)
    model = PPO("MlpPolicy", Toy(seen, wrong), n_steps=64, batch_size=32, device="cpu")
    model.save(tmp_path / "model.zip")
    with pytest.raises(EnvError, match=r"actions: want Box\(-1, 1, \(2,\)\), got Box\(-2"):
        sb3.load(str(tmp_path / "model.zip"), spec, Options(name))
