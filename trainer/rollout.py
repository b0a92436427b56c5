"""Play: the policy decides for its rows of the games, and what comes of it is written down.

The games are cut in two parts where they are many: while C steps one part in a thread of its own,
the policy decides for the other. Everything is written into buffers that are made once.

T is the segment's length in ticks, L the number of rows that the learner plays.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from envs_c.binding import VecEnv
from trainer.config import Config
from trainer.noise import Noise
from trainer.openings import Openings
from trainer.phases import Phases
from trainer.policy import Actions, Policy
from trainer.selfplay import Opponents


@dataclass(frozen=True)
class Experience:
    """One segment of every learner's row; (T, L) unless another shape is given."""

    obs: Tensor  # (T, L, size), of the environment's type
    actions: Tensor  # (T, L, heads)
    mask: Tensor | None  # (T, L, choices)
    log_prob: Tensor  # of the action, under the policy that took it
    value: Tensor  # the policy's estimate then
    reward: Tensor
    ended: Tensor  # bool: this tick ended the row's episode
    boot: Tensor  # the value of the last observation of an episode cut short; otherwise 0
    active: Tensor  # bool: the row took a decision at this tick
    start: Tensor  # bool: this tick opens an episode
    state: Tensor  # (L, S): recurrent state before the segment
    last_value: Tensor  # (L,): the policy's estimate after the segment
    last_active: Tensor  # (L,) bool: the row decides at the tick after the segment
    said: Tensor | None = None  # (T, L, heads): what the script would have done, if it was asked


class Part(NamedTuple):
    """The learner's share of one part of the games."""

    number: int  # of the environment's parts
    rows: Tensor  # (l,) of the environment
    span: slice  # where they stand among the learner's L


def cut(env: VecEnv, learner: Tensor) -> list[Part]:
    """The learner's rows, ascending, by the environment's parts."""
    parts, begin = [], 0
    for number, copies in enumerate(env.parts):
        end = int(torch.searchsorted(learner, copies.stop * env.seats))
        parts.append(Part(number, learner[begin:end], slice(begin, end)))
        begin = end
    return parts


def fetch(source: Tensor, rows: Tensor, into: Tensor) -> None:
    """Copy rows of `source`, an array of the games, into a buffer here or on a GPU."""
    if into.device == source.device:
        torch.index_select(source, 0, rows, out=into)
    else:
        into.copy_(source.index_select(0, rows))


class Rollout:
    """The games, and the buffers that experience is written into, made once."""

    def __init__(
        self, env: VecEnv, config: Config, opponents: Opponents, policy: Policy, phases: Phases
    ) -> None:
        self.env, self.opponents, self.phases = env, opponents, phases
        self.device = device = opponents.device
        learner = torch.from_numpy(opponents.seating.learner)
        self.parts = cut(env, learner)
        t, n = config.segment, len(learner)
        (size, heads), outputs = (env.obs.shape[1], env.actions.shape[1]), policy.outputs
        # Views of what C writes, and the buffers that the learner's rows of them are copied to:
        # where the policy is, if it reads or writes them, and otherwise with the games.
        self.now = {
            name: torch.from_numpy(getattr(env, name))
            for name in ("obs", "actions", "active", "mask", "rewards", "terminated", "truncated")
            if getattr(env, name) is not None
        }
        self.obs = torch.zeros(t, n, size, dtype=self.now["obs"].dtype, device=device)
        self.actions = torch.zeros(t, n, heads, dtype=self.now["actions"].dtype, device=device)
        self.said = torch.zeros_like(self.actions) if config.imitate else None
        self.mask = None
        if "mask" in self.now:
            choices = self.now["mask"].shape[1]
            self.mask = torch.zeros(t, n, choices, dtype=torch.uint8, device=device)
        self.logits = torch.zeros(t, n, outputs, device=device)
        self.value, self.boot = torch.zeros(2, t, n, device=device)
        self.reward = torch.zeros(t, n)
        self.active, self.terminated, self.truncated = torch.zeros(3, t, n, dtype=torch.uint8)
        self.chance, self.row_ids = Noise(config.seed), torch.from_numpy(env.row_ids).to(device)
        # Of every row, the learner's or not.
        self.noise = torch.zeros(t, env.rows, outputs, device=device)
        self.own_noise = self.noise if n == env.rows else torch.zeros_like(self.logits)
        self.openings = Openings(env, config.opening, config.seed) if config.opening else None
        self.starting = torch.ones(n, dtype=torch.bool)
        self.state = torch.zeros(n, policy.state_size, device=device)

    @torch.no_grad()
    def play(self, policy: Policy, ask: bool = False) -> Experience:
        """Play one segment with `policy` in the learner's rows; `ask`: the script as well."""
        before, starting = self.state.clone(), self.starting
        learner = torch.cat([part.rows for part in self.parts])
        self.chance.fill(self.noise, self.row_ids, policy.continuous)
        if self.own_noise is not self.noise:
            torch.index_select(self.noise, 1, learner.to(self.device), out=self.own_noise)
        for array in (self.value, self.boot, self.logits):
            array.zero_()
        self.phases.mark("recording")
        for t in range(len(self.obs)):
            for part in self.parts:
                if t:
                    self._finish(part, t - 1, policy)
                if ask:
                    self._ask(part, t)
                self._decide(part, t, policy)
                self.phases.mark("deciding")
                self.opponents.act(self.env, part.number, self.noise[t])
                if self.openings:
                    opened = np.flatnonzero(self.openings.rows(part.number))
                    self.opponents.act_by_chance(self.env, opened, self.noise[t])
                self.phases.mark("opponents")
                self.env.start(part.number)
                self.phases.mark("stepping")
        for part in self.parts:
            self._finish(part, len(self.obs) - 1, policy)
        ended = (self.terminated | self.truncated).bool()
        self.starting = ended[-1].clone()
        last_value = policy(self.now["obs"][learner].to(self.device), self.state).value
        self.phases.mark("deciding")
        flat = self.logits.flatten(0, 1), None if self.mask is None else self.mask.flatten(0, 1)
        log_prob = Actions(policy, *flat).log_prob(self.actions.flatten(0, 1))
        experience = Experience(
            *(self.obs, self.actions, self.mask, log_prob.view_as(self.value), self.value),
            *(self.reward.to(self.device), ended.to(self.device), self.boot),
            active=self.active.bool().to(self.device),
            start=torch.cat((starting[None], ended[:-1])).to(self.device),
            state=before,
            last_value=last_value,
            last_active=self.now["active"][learner].bool().to(self.device),
            said=self.said if ask else None,
        )
        self.phases.mark("recording")
        return experience

    def _ask(self, part: Part, t: int) -> None:
        """Write down what the script would do in the rows of a part; the policy then decides."""
        asked = np.zeros(self.env.rows, np.uint8)
        asked[part.rows] = self.env.active[part.rows]
        self.env.script(asked, part=part.number)
        if self.said is not None:
            fetch(self.now["actions"], part.rows, self.said[t, part.span])

    def _decide(self, part: Part, t: int, policy: Policy) -> None:
        """Ask the policy about the rows of a part, and write its actions where C reads them."""
        _, rows, span = part
        if not len(rows):
            return
        obs, active = self.obs[t, span], self.active[t, span]
        fetch(self.now["obs"], rows, obs)
        fetch(self.now["active"], rows, active)
        if self.openings:  # what chance decides is not the policy's decision
            active *= torch.from_numpy(~self.openings.rows(part.number))[rows]
        mask = None if self.mask is None else self.mask[t, span]
        if mask is not None:
            fetch(self.now["mask"], rows, mask)
        noise = self.own_noise[t, span]
        actions, logits, value = self.actions[t, span], self.logits[t, span], self.value[t, span]
        if policy.state_size or bool(active.all()):
            out = policy(obs, self.state[span])
            self.state[span] = out.state
            logits.copy_(out.logits)
            value.copy_(out.value)
            actions.copy_(Actions(policy, out.logits, mask).sample(noise))
        else:  # where some wait for their turn, only the others are worth asking about
            asked = active.nonzero().squeeze(1).to(self.device)
            out = policy(obs[asked], self.state[span][asked])
            logits[asked] = out.logits
            value[asked] = out.value
            allowed = None if mask is None else mask[asked]
            actions[asked] = Actions(policy, out.logits, allowed).sample(noise[asked])
        self.now["actions"].index_copy_(0, rows, actions.cpu())

    def _finish(self, part: Part, t: int, policy: Policy) -> None:
        """Wait until tick t of a part is played, and write down what came of it."""
        number, rows, span = part
        self.env.wait(number)
        self.phases.mark("stepping")
        if len(rows):
            for name, kept in (
                ("rewards", self.reward),
                ("terminated", self.terminated),
                ("truncated", self.truncated),
            ):
                fetch(self.now[name], rows, kept[t, span])
            late = self.truncated[t, span]
            if late.any():
                where = late.nonzero().squeeze(1)
                last = torch.from_numpy(self.env.final_obs)[rows[where]].to(self.device)
                where = where.to(self.device)
                self.boot[t, span][where] = policy(last, self.state[span][where]).value
            if policy.state_size:
                over = (late | self.terminated[t, span]).bool()
                self.state[span][over.to(self.device)] = 0
        self.opponents.watch(self.env, number)
        if self.openings:
            self.openings.watch(number)
        self.phases.mark("recording")
