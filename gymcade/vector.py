"""Many games stepped together in C, as a `gymnasium.vector.VectorEnv`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from envs_c.binding import U8
from gymcade.games import Games
from gymcade.opponents import Kinds
from gymcade.pictures import RENDER_MODES, Painter, check_mode
from gymcade.spaces import metric_items

Array = NDArray[Any]


class GymcadeVectorEnv(VectorEnv[Array, Array, Array]):
    """`num_envs` games; `gymnasium.make_vec("gymcade/Pong-v0", num_envs=64)` gives them.

    An episode that ends starts anew in the same step (AutoresetMode.SAME_STEP): the observation
    opens the next one, and infos hold the last one's in "final_obs" and "final_info", as those of
    Gymnasium's SyncVectorEnv in this mode. Game i is what GymcadeEnv plays under the same seed.
    """

    metadata = {  # noqa: RUF012 (Gymnasium's)
        "render_modes": RENDER_MODES,
        "render_fps": 30,
        "autoreset_mode": AutoresetMode.SAME_STEP,
    }

    def __init__(
        self,
        name: str,
        num_envs: int = 1,
        *,
        render_mode: str | None = None,
        opponent: Kinds = None,
        seat: int | None = None,
        params: Mapping[str, float] | None = None,
        threads: int = 1,
        copy: bool = True,
        source: Path | None = None,
        **more: float,
    ) -> None:
        """Compile the environment if need be.

        Args:
            name, render_mode, opponent, seat, params, source, more: as of GymcadeEnv.
            num_envs: how many games.
            threads: how many threads share them.
            copy: whether observations are copies. False hands out what C overwrites at the next
                step, where the agents have all seats: for callers that keep none of it.

        Raises:
            EnvError, ValueError: as of GymcadeEnv.
        """
        check_mode(render_mode)
        self.games = games = Games(
            *(name, num_envs),
            params={**(params or {}), **more},
            opponent=opponent,
            seat=seat,
            threads=threads,
            watched=render_mode is not None,
            source=source,
        )
        self.num_envs = num_envs
        fps = games.env.spec["ticks_per_second"]
        self.metadata = {**type(self).metadata, "render_fps": fps}
        self.render_mode = render_mode
        self.single_observation_space = games.observation_space
        self.single_action_space = games.action_space
        self.observation_space = batch_space(games.observation_space, num_envs)
        self.action_space = batch_space(games.action_space, num_envs)
        self._painter = Painter(games.env, source) if render_mode else None
        self.copy = copy
        self._shape = (num_envs, *games.observation_space.shape)
        self._every = np.ones(num_envs, np.bool_)
        self._seeded = False

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[Array, dict[str, Any]]:
        """Start new games: seed + i in copy i, or a seed for each; None for the next of its stream.

        `options["reset_mask"]`, (num_envs,) bool, says which games; all if it is left out.

        Raises:
            ValueError: a negative seed, another number of seeds, or a mask that fits not.
        """
        mask = (options or {}).get("reset_mask", self._every)
        right = isinstance(mask, np.ndarray) and mask.dtype == np.bool_
        if not right or mask.shape != (self.num_envs,) or not mask.any():
            want = f"bool ({self.num_envs},) with one True at least"
            raise ValueError(f"reset_mask: want {want}, got {mask!r}")
        whole = isinstance(seed, int | np.integer)
        super().reset(seed=int(seed) if whole else None)  # type: ignore[arg-type]
        seeds: list[int | None]
        if whole:
            seeds = [int(seed) + i for i in range(self.num_envs)]  # type: ignore[arg-type]
        else:
            seeds = [None] * self.num_envs if seed is None else list(seed)  # type: ignore[arg-type]
        if len(seeds) != self.num_envs:
            raise ValueError(f"seed: want {self.num_envs} of them, got {len(seeds)}")
        if not self._seeded:
            drawn = self.np_random.integers(2**32, size=self.num_envs).tolist()
            first = [
                own if given is None else given for given, own in zip(seeds, drawn, strict=True)
            ]
            self.games.reset(np.arange(self.num_envs), first)
            self._seeded = True
        else:
            which = np.flatnonzero(mask)
            self.games.reset(which, [seeds[i] for i in which])
        return self._obs(), self._infos(mask)

    def step(self, actions: Array) -> tuple[Array, Array, Array, Array, dict[str, Any]]:
        """Act in every game; rewards (n,) float64, terminations and truncations (n,) bool.

        Raises:
            ValueError: not actions of `action_space`.
        """
        games = self.games
        ended = games.step(actions)
        infos = self._infos(self._every)
        if ended.any():
            self._add_final(infos, ended)
        flags = games.terminated.copy(), games.truncated.copy()
        return self._obs(), games.rewards.copy(), *flags, infos

    def action_masks(self) -> NDArray[np.bool_]:
        """What is allowed now, (n, choices of all heads), as sb3-contrib's MaskablePPO asks.

        Raises:
            AttributeError: actions are numbers, not choices.
        """
        return self.games.allowed

    def render(self) -> tuple[U8, ...] | None:
        """Each game as (height, width, RGB) uint8; None without a render mode."""
        if self._painter is None or self.games.shown is None:
            return None
        pairs = zip(self.games.shown, self.games.seat.tolist(), strict=True)
        return tuple(self._painter.draw(state, seat) for state, seat in pairs)

    def _obs(self) -> Array:
        obs = self.games.obs.reshape(self._shape)
        shared = self.games.env.seats == 1  # else it is a copy already
        return obs.copy() if shared and self.copy else obs

    def _infos(self, which: NDArray[np.bool_]) -> dict[str, Any]:
        mask = self.games.mask
        if mask is None:
            return {}
        masks = np.where(which[:, None], mask, 0).astype(np.int8)
        return {"action_mask": masks, "_action_mask": which.copy()}

    def _add_final(self, infos: dict[str, Any], ended: NDArray[np.bool_]) -> None:
        games, last = self.games, np.full(self.num_envs, None, dtype=object)
        for i in np.flatnonzero(ended):
            last[i] = games.final_obs[i].reshape(self._shape[1:]).copy()
        final: dict[str, Any] = {}
        if "action_mask" in infos:
            final |= {"action_mask": np.zeros_like(infos["action_mask"])}
        for name, values in metric_items(games.env.spec, games.metrics):
            final[name] = np.where(ended, values, 0.0)
        final |= {f"_{name}": ended.copy() for name in list(final)}
        infos |= {"final_obs": last, "final_info": final}
        infos |= {"_final_obs": ended.copy(), "_final_info": ended.copy()}
