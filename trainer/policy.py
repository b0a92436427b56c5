"""The network: observation in; action distribution, value and recurrent state out."""

from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from envs_c.spec import Spec
from trainer.config import make_config

LOGIT_CAP = 15.0
"""Logits stay within this of 0, softly: odds of e**30 are certain enough, and float32 still tells
such numbers apart to 1e-6, so that every engine gives the same."""


class Out(NamedTuple):
    """What a policy says about N rows."""

    logits: Tensor  # (N, choices of all heads), or the mean (N, heads) of continuous actions
    value: Tensor  # (N,)
    state: Tensor  # (N, state_size), empty where the policy has none


class Encoder(nn.Module):
    """Raw observations as float32 (N, size) to features (N, `width`).

    Parts of more than two categories are coded one-hot; all else passes as it is. With `grid`
    "axes", how many of each category a grid holds in each row and each column comes on top: what
    is learned of one cell then holds for the others of its row and column.
    """

    def __init__(self, spec: Spec, grid: str = "flat") -> None:
        super().__init__()
        self.parts: list[tuple[int, int, int]] = []  # offset, size, categories (0: as it is)
        self.grids: dict[int, tuple[int, int]] = {}  # height and width, by offset
        self.width = 0
        for part in spec["interface"]["observation"]["parts"]:
            size = int(torch.tensor(part["shape"]).prod())
            categories = len(part["categories"])
            kinds = categories if categories > 2 else 0
            self.parts.append((part["offset"], size, kinds))
            self.width += size * max(kinds, 1)
            if grid == "axes" and kinds and len(part["shape"]) == 2:
                height, width = part["shape"]
                self.grids[part["offset"]] = (height, width)
                self.width += (height + width) * kinds
        most = max(kinds for _, _, kinds in self.parts)
        self.kinds: Tensor
        self.register_buffer("kinds", torch.arange(most, dtype=torch.float32), persistent=False)

    def forward(self, obs: Tensor) -> Tensor:
        """Code observations (N, size) as features (N, width)."""
        coded = []
        for offset, size, kinds in self.parts:
            part = obs[:, offset : offset + size]
            if not kinds:
                coded.append(part)
                continue
            cells = (part.unsqueeze(-1) == self.kinds[:kinds]).float()  # (N, size, kinds)
            coded.append(cells.flatten(1))
            if offset in self.grids:
                grid = cells.unflatten(1, self.grids[offset])
                coded += [grid.sum(dim=axis).flatten(1) for axis in (1, 2)]
        return coded[0] if len(coded) == 1 else torch.cat(coded, dim=1)


class Policy(nn.Module):
    """Layers of one width, an LSTM cell if asked for, and a head each for action and value."""

    def __init__(
        self, spec: Spec, hidden: int, layers: int, recurrent: str = "none", grid: str = "flat"
    ) -> None:
        super().__init__()
        action = spec["interface"]["action"]
        self.continuous: bool = action["type"] == "continuous"
        self.nvec: list[int] = [head["n"] for head in action["heads"]]
        self.encoder = Encoder(spec, grid)
        widths = [self.encoder.width] + [hidden] * layers
        self.torso = nn.Sequential()
        for narrow, wide in pairwise(widths):
            self.torso.append(_orthogonal(nn.Linear(narrow, wide), 2**0.5))
            self.torso.append(nn.ReLU(inplace=True))
        self.cell = nn.LSTMCell(hidden, hidden) if recurrent == "lstm" else None
        self.state_size = 2 * hidden if self.cell else 0
        self.outputs = len(self.nvec) if self.continuous else sum(self.nvec)
        self.action = _orthogonal(nn.Linear(hidden, self.outputs), 0.01)
        self.value = _orthogonal(nn.Linear(hidden, 1), 1.0)
        self.log_std = nn.Parameter(torch.zeros(self.outputs)) if self.continuous else None

    def forward(self, obs: Tensor, state: Tensor | None = None) -> Out:
        """One tick of N rows: obs (N, size) of any type, state (N, state_size)."""
        return self.heads(*self.remember(self.torso(self.encoder(obs.float())), state))

    def remember(self, features: Tensor, state: Tensor | None) -> tuple[Tensor, Tensor]:
        """Pass features (N, hidden) through the cell; returns what it makes of them, and state."""
        if self.cell is None:
            return features, features.new_empty(features.shape[0], 0)
        if state is None:
            state = features.new_zeros(features.shape[0], self.state_size)
        h, c = self.cell(features, tuple(state.chunk(2, dim=1)))
        return h, torch.cat((h, c), dim=1)

    def heads(self, features: Tensor, state: Tensor) -> Out:
        """What the heads make of features (N, hidden)."""
        logits = self.action(features).float()
        if not self.continuous:
            logits = LOGIT_CAP * (logits / LOGIT_CAP).tanh()
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


def _orthogonal(layer: nn.Linear, gain: float) -> nn.Linear:
    nn.init.orthogonal_(layer.weight, gain)
    nn.init.zeros_(layer.bias)
    return layer


class Actions:
    """The distribution of actions that a policy's output stands for."""

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
    return Policy(spec, config.hidden, config.layers, config.recurrent, config.grid)
