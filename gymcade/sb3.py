"""Games stepped together in C, as the VecEnv that Stable-Baselines3 trains on."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from stable_baselines3.common.vec_env import VecEnv
from stable_baselines3.common.vec_env.base_vec_env import VecEnvIndices, VecEnvStepReturn

from gymcade.vector import Array, GymcadeVectorEnv


class SB3VecEnv(VecEnv):
    """`PPO("MlpPolicy", SB3VecEnv(gymnasium.make_vec("gymcade/Pong-v0", num_envs=64)))`.

    Episodes are told in infos as SB3's Monitor tells them, with the environment's own metrics.
    """

    def __init__(self, games: GymcadeVectorEnv) -> None:
        """Wrap games that hand out copies of observations, as they do by default.

        Raises:
            ValueError: they do not, and SB3 keeps an observation while the next step is played.
        """
        if not games.copy:
            raise ValueError("games: want copy=True, got copy=False")
        self.games = games
        self._given: Array | None = None
        self._ticks = 0
        self._begun = np.zeros(games.num_envs, np.int64)  # when each episode began
        self._returns = np.zeros(games.num_envs)
        spaces = games.single_observation_space, games.single_action_space
        super().__init__(games.num_envs, *spaces)

    def reset(self) -> Array:
        """Start new games, by the seeds that `seed` has set, if any."""
        obs, _ = self.games.reset(seed=self._seeds)
        self._reset_seeds()
        self._reset_options()
        self._begun[:], self._returns[:] = self._ticks, 0
        return obs

    def step_async(self, actions: Array) -> None:
        """Take the actions for `step_wait`."""
        self._given = actions

    def step_wait(self) -> VecEnvStepReturn:
        """Play the step."""
        assert self._given is not None, "step_async comes first"
        obs, rewards, terminated, truncated, more = self.games.step(self._given)
        self._ticks += 1
        self._returns += rewards
        dones = terminated | truncated
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for i in np.flatnonzero(dones):
            length = int(self._ticks - self._begun[i])
            infos[i] = {
                "terminal_observation": more["final_obs"][i],
                "TimeLimit.truncated": bool(truncated[i] and not terminated[i]),
                "episode": {"r": float(self._returns[i]), "l": length, "t": 0.0},
                **{k: v[i] for k, v in more["final_info"].items() if k[0] != "_"},
            }
            self._begun[i], self._returns[i] = self._ticks, 0
        return obs, rewards.astype(np.float32), dones, infos

    def close(self) -> None:
        """Close the games."""
        self.games.close()

    def get_images(self) -> Sequence[np.ndarray | None]:
        """A picture of each game."""
        return self.games.render() or [None] * self.num_envs

    def get_attr(self, attr_name: str, indices: VecEnvIndices = None) -> list[Any]:
        """The games' attribute, once for each index."""
        value = getattr(self.games, attr_name)
        return [value for _ in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: VecEnvIndices = None) -> None:
        """The games share their attributes.

        Raises:
            AttributeError: always.
        """
        raise AttributeError(f"{attr_name}: the games are stepped together and share what they are")

    def env_method(
        self, method_name: str, *args: Any, indices: VecEnvIndices = None, **more: Any
    ) -> list[Any]:
        """What a method of the games returns, by game; "action_masks" is one."""
        rows = getattr(self.games, method_name)(*args, **more)
        return [rows[i] for i in self._get_indices(indices)]

    def env_is_wrapped(self, wrapper_class: Any, indices: VecEnvIndices = None) -> list[bool]:
        """Whether the games are told as Monitor tells them: they are, and wrapped in nothing."""
        told = getattr(wrapper_class, "__name__", "") == "Monitor"
        return [told for _ in self._get_indices(indices)]
