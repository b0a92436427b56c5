"""PettingZoo: every seat an agent, in parallel, or one after the other where a game takes turns.

An agent whose episode ends has left. If its seat is given another life in the running game, that is
played by `opponent` until the next reset: PettingZoo lets no agent return.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium.spaces import Box, Dict, Space
from numpy.typing import NDArray
from pettingzoo import AECEnv, ParallelEnv
from pettingzoo.utils.conversions import parallel_to_aec

from envs_c.binding import U8, VecEnv
from gymcade.opponents import Kinds, Opponents
from gymcade.pictures import RENDER_MODES, Painter, check_mode
from gymcade.spaces import action_space, checked, metric_items, observation_space, sample_mask

Array = NDArray[Any]
Infos = dict[str, dict[str, Any]]


class _Table:
    """One game with an agent in every seat: what both kinds of environment share."""

    def __init__(
        self,
        name: str,
        params: Mapping[str, float],
        opponent: Kinds,
        render_mode: str | None,
        source: Path | None,
    ) -> None:
        check_mode(render_mode)
        self.env = env = VecEnv(name, 1, params=params, source=source)
        self.spec = env.spec
        self.agents = [f"player_{seat}" for seat in range(env.seats)]
        self.observation_space = observation_space(env.spec)
        self.action_spaces = {agent: action_space(env.spec) for agent in self.agents}
        self.metadata = {
            "name": f"gymcade_{name}",
            "render_modes": RENDER_MODES,
            "render_fps": env.spec["ticks_per_second"],
        }
        self.painter = Painter(env, source) if render_mode else None
        self._rest = Opponents(env, opponent, env.seats)
        self._seeds = np.random.default_rng()
        self.shown = env.state[0].copy()

    def reset(self, seed: int | None) -> None:
        """Start a game: with a seed always the same, without one the next of the same stream."""
        if seed is not None:
            if seed < 0:
                raise ValueError(f"seed: want 0 or more, got {seed}")
            self._seeds = np.random.default_rng(seed)
        chosen = int(self._seeds.integers(2**32)) if seed is None else seed % 2**32
        self.env.reset_one(0, chosen)
        self._rest.seed(0, chosen)
        self._rest.forget_game(0)
        self._rest.sit(0, [])
        self.shown[:] = self.env.state[0]

    def write(self, agent: str, action: object) -> None:
        """Note an agent's action."""
        row = self.agents.index(agent)
        given = np.asarray(action)[None]
        self.env.actions[row] = checked(self.action_spaces[agent], given, self.env.actions[[row]])

    def step(self) -> None:
        """Play a tick."""
        self._rest.act()
        self.env.step()
        self.shown[:] = self.env.finals[0] if self.env.over[0] else self.env.state[0]
        ended = np.flatnonzero(self.env.terminated | self.env.truncated)
        if len(ended):
            self._rest.forget(ended)

    def leave(self, agents: list[str]) -> None:
        """These have no agent from now on."""
        self._rest.sit(0, [self.agents.index(agent) for agent in agents])

    def ended(self, agent: str) -> bool:
        """Whether the agent's episode ended in this tick."""
        row = self.agents.index(agent)
        return bool(self.env.terminated[row] or self.env.truncated[row])

    def obs(self, agent: str, *, last: bool = False) -> Array:
        """What an agent sees, or last saw if its episode has just ended."""
        source = self.env.final_obs if last else self.env.obs
        shaped = source[self.agents.index(agent)].reshape(self.observation_space.shape)
        copied: Array = shaped.copy()
        return copied

    def mask(self, agent: str) -> Array | None:
        """What an agent may do, (choices of all heads,) int8: nothing while it does not act."""
        row = self.agents.index(agent)
        if self.env.mask is None:
            return None
        mask: Array = (self.env.mask[row] * (self.env.active[row] != 0)).astype(np.int8)
        return mask

    def info(self, agent: str, *, last: bool = False) -> dict[str, Any]:
        """The mask, as the action space's `sample` takes it, and at the end the metrics."""
        info: dict[str, Any] = {}
        mask = self.mask(agent)
        if mask is not None:
            info["action_mask"] = sample_mask(self.action_spaces[agent], mask * (not last))
        if last:
            row = self.agents.index(agent)
            values = metric_items(self.spec, self.env.metrics[[row]])
            info |= {name: float(value[0]) for name, value in values}
            self.env.metrics[row] = 0
        return info

    def render(self) -> U8 | None:
        """The game as (height, width, RGB) uint8; None without a render mode."""
        return self.painter.draw(self.shown) if self.painter else None


class GymcadeParallel(ParallelEnv[str, Array, Any]):  # type: ignore[misc]
    """A game in which all seats act on every tick."""

    def __init__(
        self,
        name: str,
        *,
        render_mode: str | None = None,
        opponent: Kinds = None,
        params: Mapping[str, float] | None = None,
        source: Path | None = None,
        **more: float,
    ) -> None:
        """As of GymcadeEnv; `opponent` plays the seats whose agents have left.

        Raises:
            EnvError: as of GymcadeEnv.
            ValueError: likewise, or the game takes turns.
        """
        self._table = table = _Table(
            name, {**(params or {}), **more}, opponent, render_mode, source
        )
        if table.spec["turn_based"]:
            raise ValueError(f"{name} takes turns: want gymcade.zoo.env({name!r})")
        self.metadata = table.metadata
        self.render_mode = render_mode
        self.possible_agents = table.agents
        self.agents: list[str] = []

    def observation_space(self, agent: str) -> Space[Any]:
        """The same for every agent."""
        return self._table.observation_space

    def action_space(self, agent: str) -> Space[Any]:
        """Of an agent."""
        return self._table.action_spaces[agent]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Array], Infos]:
        """Start a game; `options` are taken and mean nothing."""
        table = self._table
        table.reset(seed)
        self.agents = list(self.possible_agents)
        return {a: table.obs(a) for a in self.agents}, {a: table.info(a) for a in self.agents}

    def step(
        self, actions: dict[str, Any]
    ) -> tuple[
        dict[str, Array], dict[str, float], dict[str, bool], dict[str, bool], dict[str, Any]
    ]:
        """Play a tick.

        Raises:
            ValueError: an agent that plays gave no action, or one that there is not.
        """
        table, env, playing = self._table, self._table.env, self.agents
        for agent in playing:
            if agent not in actions:
                raise ValueError(f"actions: want one of {agent}, got {', '.join(actions)}")
            table.write(agent, actions[agent])
        table.step()
        rows = {agent: table.agents.index(agent) for agent in playing}
        gone = {agent: table.ended(agent) for agent in playing}
        obs = {agent: table.obs(agent, last=gone[agent]) for agent in playing}
        infos = {agent: table.info(agent, last=gone[agent]) for agent in playing}
        self.agents = [agent for agent in playing if not gone[agent]]
        if len(self.agents) < len(playing):
            table.leave([agent for agent in table.agents if agent not in self.agents])
        return (
            obs,
            {agent: float(env.rewards[row]) for agent, row in rows.items()},
            {agent: bool(env.terminated[row]) for agent, row in rows.items()},
            {agent: bool(env.truncated[row]) for agent, row in rows.items()},
            infos,
        )

    def render(self) -> U8 | None:
        """The game as (height, width, RGB) uint8; None without a render mode."""
        return self._table.render()

    def close(self) -> None:
        """Nothing is left open."""


class GymcadeTurns(AECEnv[str, Any, Any]):  # type: ignore[misc]
    """A game that waits for the seat whose turn it is."""

    def __init__(
        self,
        name: str,
        *,
        render_mode: str | None = None,
        opponent: Kinds = None,
        params: Mapping[str, float] | None = None,
        source: Path | None = None,
        mask_in_observation: bool = False,
        **more: float,
    ) -> None:
        """As of GymcadeParallel, and of any game.

        Args:
            name, render_mode, opponent, params, source, more: as of GymcadeParallel.
            mask_in_observation: make each observation a dict of "observation" and "action_mask",
                as PettingZoo's classic games do. The mask stands in infos in any case.

        Raises:
            EnvError: as of GymcadeEnv.
            ValueError: likewise, or a mask is wanted where none is.
        """
        super().__init__()
        self._table = table = _Table(
            name, {**(params or {}), **more}, opponent, render_mode, source
        )
        self.metadata = {**table.metadata, "is_parallelizable": False}
        self.render_mode = render_mode
        self.possible_agents = table.agents
        self.agents: list[str] = []
        self.agent_selection = table.agents[0]
        self._observed: Space[Any] = table.observation_space
        self._with_mask = mask_in_observation
        if mask_in_observation:
            if table.env.mask is None:
                raise ValueError(f"mask_in_observation: {name} does not mask, want False, got True")
            mask = Box(0, 1, table.env.mask.shape[1:], np.int8)
            self._observed = Dict({"observation": table.observation_space, "action_mask": mask})

    def observation_space(self, agent: str) -> Space[Any]:
        """The same for every agent."""
        return self._observed

    def action_space(self, agent: str) -> Space[Any]:
        """Of an agent."""
        return self._table.action_spaces[agent]

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> None:
        """Start a game; `options` are taken and mean nothing."""
        self._table.reset(seed)
        self.agents = list(self.possible_agents)
        self.rewards = dict.fromkeys(self.agents, 0.0)
        self._cumulative_rewards = dict.fromkeys(self.agents, 0.0)
        self.terminations = dict.fromkeys(self.agents, False)
        self.truncations = dict.fromkeys(self.agents, False)
        self.infos = {agent: self._table.info(agent) for agent in self.agents}
        self._skip_agent_selection: str | None = None
        self._last: dict[str, Array] = {}  # what they saw whose episodes have ended
        self._choose()

    def step(self, action: Any) -> None:
        """Act for `agent_selection`; the tick is played when all have acted whose turn it is.

        Raises:
            ValueError: not an action of the agent's space; or not None, where it has left.
        """
        agent = self.agent_selection
        if self.terminations[agent] or self.truncations[agent]:
            self._was_dead_step(action)
            return
        self._table.write(agent, action)
        self._cumulative_rewards[agent] = 0.0
        self._clear_rewards()
        self._turns.pop(0)
        if self._turns:
            self.agent_selection = self._turns[0]
            return
        self._play()
        self._accumulate_rewards()

    def _play(self) -> None:
        """One tick, or more while none has the turn but seats that agents have left."""
        table, env = self._table, self._table.env
        while True:
            table.step()
            for agent in self._playing():
                row = table.agents.index(agent)
                self.rewards[agent] += float(env.rewards[row])
                self.terminations[agent] = bool(env.terminated[row])
                self.truncations[agent] = bool(env.truncated[row])
                ended = table.ended(agent)
                if ended:
                    self._last[agent] = table.obs(agent, last=True)
                self.infos[agent] = table.info(agent, last=ended)
            table.leave([agent for agent in table.agents if agent not in self._playing()])
            if self._choose() or not self._playing():
                break
        self._deads_step_first()

    def _playing(self) -> list[str]:
        return [a for a in self.agents if not (self.terminations[a] or self.truncations[a])]

    def _choose(self) -> bool:
        """Select the first of those whose turn it is; False if it is nobody's."""
        active = self._table.env.active
        self._turns = [a for a in self._playing() if active[self._table.agents.index(a)]]
        if self._turns:
            self.agent_selection = self._turns[0]
        return bool(self._turns)

    def observe(self, agent: str) -> Any:
        """What an agent sees; of one whose episode has ended, what it saw last."""
        obs = self._last[agent] if agent in self._last else self._table.obs(agent)
        if not self._with_mask:
            return obs
        mask = self._table.mask(agent)
        assert mask is not None
        return {"observation": obs, "action_mask": mask * (agent not in self._last)}

    def render(self) -> U8 | None:
        """The game as (height, width, RGB) uint8; None without a render mode."""
        return self._table.render()

    def close(self) -> None:
        """Nothing is left open."""


def parallel_env(name: str, **settings: Any) -> GymcadeParallel:
    """A game in which all seats act on every tick; see GymcadeParallel."""
    return GymcadeParallel(name, **settings)


def env(name: str, **settings: Any) -> AECEnv[str, Any, Any]:
    """A game agent by agent: in its own turns if it takes any, else PettingZoo's conversion."""
    if VecEnv(name, 1, source=settings.get("source")).spec["turn_based"]:
        return GymcadeTurns(name, **settings)
    return parallel_to_aec(GymcadeParallel(name, **settings))
