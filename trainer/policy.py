"""The network: observation in; action distribution, value and recurrent state out."""

from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from envs_c.spec import Spec
from trainer.config import make_config
from trainer.encoder import Encoder, orthogonal

LOGIT_CAP = 15.0
"""Logits stay within this of 0, softly: odds of e**30 are certain enough, and float32 still tells
such numbers apart to 1e-6, so that every engine gives the same."""

LOG_STD = (-4.0, 0.0)
"""Between these lies the log_std of continuous actions. The environment cuts actions to [-1, 1],
so that a wider spread than 1 would earn entropy and change little else."""

SPREAD_START = 1.9459101
"""Puts log_std at -0.5 at first: a standard deviation of 0.6."""


class Out(NamedTuple):
    """What a policy says about N rows."""

    logits: Tensor  # (N, choices of all heads), or the mean (N, heads) of continuous actions
    value: Tensor  # (N,)
    state: Tensor  # (N, state_size), empty where the policy has none


class Policy(nn.Module):
    """An encoder, layers of one width, a cell that remembers if asked for, and two heads.

    `code` goes to the Encoder: `entities` and its sizes.
    """

    def __init__(
        self,
        spec: Spec,
        hidden: int,
        layers: int,
        recurrent: str = "none",
        grid: str = "flat",
        **code: Any,
    ) -> None:
        super().__init__()
        action = spec["interface"]["action"]
        self.continuous: bool = action["type"] == "continuous"
        self.nvec: list[int] = [head["n"] for head in action["heads"]]
        self.encoder = Encoder(spec, grid, **code)
        widths = [self.encoder.width] + [hidden] * layers
        self.torso = nn.Sequential()
        for narrow, wide in pairwise(widths):
            self.torso.append(orthogonal(nn.Linear(narrow, wide), 2**0.5))
            self.torso.append(nn.ReLU(inplace=True))
        self.cell: nn.LSTMCell | nn.GRUCell | None = None
        self.state_size = {"none": 0, "gru": hidden, "lstm": 2 * hidden}[recurrent]
        if recurrent != "none":
            self.cell = (nn.GRUCell if recurrent == "gru" else nn.LSTMCell)(hidden, hidden)
        self.outputs = len(self.nvec) if self.continuous else sum(self.nvec)
        self.action = orthogonal(nn.Linear(hidden, self.outputs), 0.01)
        self.value = orthogonal(nn.Linear(hidden, 1), 1.0)
        self.spread = nn.Parameter(torch.zeros(self.outputs)) if self.continuous else None

    @property
    def log_std(self) -> Tensor | None:
        """The logarithm of each head's standard deviation (heads,); None for discrete actions."""
        if self.spread is None:
            return None
        low, high = LOG_STD
        return low + (high - low) * (self.spread + SPREAD_START).sigmoid()

    def forward(self, obs: Tensor, state: Tensor | None = None) -> Out:
        """One tick of N rows: obs (N, size) of any type, state (N, state_size)."""
        return self.heads(*self.remember(self.torso(self.encoder(obs.float())), state))

    def remember(self, features: Tensor, state: Tensor | None) -> tuple[Tensor, Tensor]:
        """Pass features (N, hidden) through the cell; returns what it makes of them, and state."""
        if self.cell is None:
            return features, features.new_empty(features.shape[0], 0)
        if state is None:
            state = features.new_zeros(features.shape[0], self.state_size)
        if isinstance(self.cell, nn.GRUCell):
            h = self.cell(features, state)
            return h, h
        h, c = self.cell(features, tuple(state.chunk(2, dim=1)))
        return h, torch.cat((h, c), dim=1)

    def heads(self, features: Tensor, state: Tensor) -> Out:
        """What the heads make of features (N, hidden)."""
        cap = 1.0 if self.continuous else LOGIT_CAP
        logits = cap * (self.action(features).float() / cap).tanh()
        return Out(logits, self.value(features).float().squeeze(1), state)

    def sequence(self, obs: Tensor, state: Tensor, starts: Tensor) -> Out:
        """T ticks of N rows: obs (T, N, size), state (N, S) before them, starts (T, N) bool.

        The state is zeroed before each tick that `starts` marks. Results are flat: (T * N, ...).
        """
        features = self.torso(self.encoder(obs.flatten(0, 1).float()))
        if self.cell is None:
            return self.heads(features, features.new_empty(0, 0))
        steps = []
        for x, start in zip(features.view(*obs.shape[:2], -1), starts, strict=True):
            h, state = self.remember(x, state * (~start).unsqueeze(1))
            steps.append(h)
        return self.heads(torch.cat(steps), state)


class Actions:
    """The distribution of actions that a policy's output stands for.

    Continuous ones are normal and not cut to [-1, 1]: it is the environment that does that. The
    log probability is of the action as it was drawn, so that no mass gathers at the ends.
    """

    def __init__(self, policy: Policy, out: Tensor, mask: Tensor | None = None) -> None:
        self.log_std, self.nvec = policy.log_std, policy.nvec
        self.out = out if mask is None else out.masked_fill(mask == 0, -1e9)

    @cached_property
    def heads(self) -> list[Tensor]:
        """Log probabilities of the choices of each head."""
        return [h.log_softmax(dim=1) for h in self.out.split(self.nvec, dim=1)]

    def sample(self, noise: Tensor) -> Tensor:
        """One action a row, (N, heads): int32 choices, or float32 values.

        Args:
            noise: (N, outputs), standard normal for values and Gumbel's for choices, as `Noise`
                makes it.
        """
        if self.log_std is not None:
            return self.out + self.log_std.exp() * noise
        # The largest of log p + Gumbel noise falls on each choice with its probability p.
        picks = [h.argmax(dim=1) for h in (self.out + noise).split(self.nvec, dim=1)]
        return torch.stack(picks, dim=1).int()

    def log_prob(self, actions: Tensor) -> Tensor:
        """The log probability (N,) of actions (N, heads)."""
        if self.log_std is not None:
            z = (actions - self.out) / self.log_std.exp()
            return (-0.5 * z * z - self.log_std - 0.9189385332).sum(dim=1)
        index = actions.long()
        terms = [h.gather(1, index[:, i : i + 1]) for i, h in enumerate(self.heads)]
        return torch.cat(terms, dim=1).sum(dim=1)

    def entropy(self) -> Tensor:
        """The entropy (N,), in nats, summed over heads."""
        if self.log_std is not None:
            return (self.log_std + 1.4189385332).sum().expand(len(self.out))
        return -torch.stack([(h.exp() * h).sum(dim=1) for h in self.heads]).sum(dim=0)


def make_policy(spec: Spec, settings: dict[str, Any]) -> Policy:
    """A policy of the shape that a run's settings name."""
    config = make_config(settings)
    return Policy(
        *(spec, config.hidden, config.layers, config.recurrent, config.grid),
        entities=config.entities,
        channels=config.channels,
        embed=config.embed,
        entity=config.entity,
    )
