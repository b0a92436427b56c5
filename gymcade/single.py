"""One game as a `gymnasium.Env`: one seat is the agent's, opponents have the others."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from gymnasium.error import ResetNeeded
from numpy.typing import NDArray

from envs_c.binding import U8
from gymcade.games import Games
from gymcade.opponents import Kinds
from gymcade.pictures import RENDER_MODES, Painter, check_mode
from gymcade.spaces import metric_items

ALL = np.zeros(1, np.int64)  # the one copy


class GymcadeEnv(gymnasium.Env[NDArray[Any], Any]):
    """A game; `gymnasium.make("gymcade/Pong-v0")` gives one.

    Infos hold "action_mask" (choices of all heads,) int8 where the environment masks, and at the
    end of an episode its metrics by name.
    """

    metadata = {"render_modes": RENDER_MODES, "render_fps": 30}  # noqa: RUF012 (Gymnasium's)

    def __init__(
        self,
        name: str,
        *,
        render_mode: str | None = None,
        opponent: Kinds = None,
        seat: int | None = None,
        params: Mapping[str, float] | None = None,
        source: Path | None = None,
        **more: float,
    ) -> None:
        """Compile the environment if need be.

        Args:
            name: of the environment, as its folder is called.
            render_mode: None or "rgb_array".
            opponent: "scripted", "scripted:LEVEL", "random" or an ONNX file's path: who has the
                other seats, or one for each; None for the script where there is one, else chance.
            seat: the agent's; None for each in turn, game by game.
            params: the environment's parameters by name.
            source: the C file of an environment that lies elsewhere than under envs_c/.
            more: parameters as plain keywords.

        Raises:
            EnvError: no such environment, parameter, policy or script, or it does not compile.
            ValueError: anything out of its range; the message names it.
        """
        check_mode(render_mode)
        self.games = Games(
            *(name, 1),
            params={**(params or {}), **more},
            opponent=opponent,
            seat=seat,
            watched=render_mode is not None,
            source=source,
        )
        spec = self.games.env.spec
        self.metadata = {**type(self).metadata, "render_fps": spec["ticks_per_second"]}
        self.render_mode = render_mode
        self.observation_space = self.games.observation_space
        self.action_space = self.games.action_space
        self._painter = Painter(self.games.env, source) if render_mode else None
        self._begun = False  # whether there is an episode to go on with
        self._next = False  # whether the next has begun already

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[Any], dict[str, Any]]:
        """Start an episode: with a seed always the same, without one the next of the same stream.

        `options` are taken and mean nothing.

        Raises:
            ValueError: a negative seed.
        """
        fresh = self._np_random is None  # never seeded
        super().reset(seed=seed)
        if seed is None and fresh:
            seed = int(self.np_random.integers(2**32))
        if seed is not None or not self._next:
            self.games.reset(ALL, [seed])
        elif self.games.shown is not None:
            self.games.shown[:] = self.games.env.state
        self._begun, self._next = True, False
        return self._shaped(self.games.obs), self._info()

    def step(self, action: Any) -> tuple[NDArray[Any], float, bool, bool, dict[str, Any]]:
        """Act; the others play until it is the agent's turn again, or its episode ends.

        Raises:
            ResetNeeded: the episode has ended, or none has begun.
            ValueError: not an action of `action_space`.
        """
        if not self._begun:
            raise ResetNeeded("no episode to go on with: call reset()")
        games = self.games
        ended = bool(games.step(np.asarray(action)[None])[0])
        self._begun, self._next = not ended, ended
        info = self._info(shut=ended)
        if ended:
            info |= {k: float(v[0]) for k, v in metric_items(games.env.spec, games.metrics)}
        obs = self._shaped(games.final_obs if ended else games.obs)
        flags = bool(games.terminated[0]), bool(games.truncated[0])
        return obs, float(games.rewards[0]), *flags, info

    def action_masks(self) -> NDArray[np.bool_]:
        """What is allowed now, (choices of all heads,), as sb3-contrib's MaskablePPO asks.

        Raises:
            AttributeError: actions are numbers, not choices.
        """
        allowed: NDArray[np.bool_] = self.games.allowed[0]
        return allowed

    def render(self) -> U8 | None:
        """The game as (height, width, RGB) uint8; None without a render mode."""
        if self._painter is None or self.games.shown is None:
            return None
        return self._painter.draw(self.games.shown[0], int(self.games.seat[0]))

    def _shaped(self, obs: NDArray[Any]) -> NDArray[Any]:
        shaped: NDArray[Any] = obs[0].reshape(self.observation_space.shape).copy()
        return shaped

    def _info(self, *, shut: bool = False) -> dict[str, Any]:
        mask = self.games.mask
        if mask is None:
            return {}
        return {"action_mask": np.zeros_like(mask[0], np.int8) if shut else mask[0].astype(np.int8)}
