"""The settings of a training run: `[train]` of the environment's train.toml, overridden by name."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from envs_c.build import EnvError, source

CHOICES = {
    "recurrent": ("none", "lstm", "gru"),
    "grid": ("flat", "axes", "embed", "conv"),
    "entities": ("flat", "pool", "attention"),
    "precision": ("float32", "bfloat16"),
    "pool_by": ("uniform", "difficulty"),
    "device": ("auto", "cpu", "cuda"),
}
"""What the settings that name one of several ways may be."""

HEADS = 4
"""How many heads look at entities; the numbers of an entity are shared out among them."""


@dataclass(frozen=True)
class Config:
    """Settings of PPO; the comment of each says what it does."""

    steps: int = 10_000_000  # actions taken by the learner, in all
    imitate: int = 0  # the first of them, in which it learns what the script would do
    seed: int = 1  # of the weights, the games and the sampling
    copies: int = 128  # games stepped together
    segment: int = 64  # ticks that each row plays between updates
    epochs: int = 3  # passes over the experience of one update
    minibatches: int = 8  # that each pass is cut into
    lr: float = 1e-3  # Adam's learning rate at the start
    anneal: float = 0.05  # share of the learning rate that is left at the end, reached linearly
    gamma: float = 0.99  # discount from one decision of a seat to its next
    lam: float = 0.95  # lambda of generalised advantage estimation
    clip: float = 0.2  # how far the probability ratio may leave 1
    entropy: float = 0.01  # weight of the entropy bonus
    entropy_end: float = -1.0  # its weight at the end, reached linearly; below 0: the same
    value_weight: float = 0.5  # weight of the value's squared error
    grad_norm: float = 0.5  # the gradient is scaled down to this norm
    hidden: int = 128  # width of each layer
    layers: int = 2  # layers between the observation and the heads
    recurrent: str = "none"  # "none", "lstm" or "gru": what remembers, after the layers
    grid: str = "flat"  # "flat", "axes", "embed" or "conv": how grids of categories are coded
    channels: int = 16  # of each convolution, with grid = "conv"
    embed: int = 4  # numbers that stand for a category, with grid = "embed"
    entities: str = "flat"  # "flat", "pool" or "attention": how entities are coded
    entity: int = 64  # numbers that stand for an entity, with "pool" or "attention"
    past: float = 0.0  # share of the games in which one seat is played by a past policy
    scripted: float = 0.0  # share of the games in which one seat is played by the script
    random: float = 0.0  # share of the games in which one seat is played by chance
    opening: int = 0  # ticks, at most, that chance plays at the start of a game
    pool: int = 12  # past policies kept
    pool_by: str = "difficulty"  # "uniform" or "difficulty": how past policies are drawn
    pool_every: int = 1_000_000  # steps between two past policies
    checkpoint_every: int = 1_000_000  # steps between two checkpoints
    first_checkpoint: int = 10_000  # steps before the first; then at each doubling, up to that
    eval_every: int = 0  # steps between two evaluations against the floor's opponent; 0: none
    overlap: bool = False  # step one half of the games while the policy decides for the other
    precision: str = "float32"  # or "bfloat16": of the layers while learning; weights stay float32
    device: str = "auto"  # "auto", "cpu" or "cuda" for the networks; auto: a GPU if there is one
    threads: int = 1  # of torch; with another number, sums come out in another order
    params: Mapping[str, float] = field(default_factory=dict)  # of the environment

    def __post_init__(self) -> None:
        """Refuse what cannot be trained with.

        Raises:
            ValueError: names the setting, the value seen and the values wanted.
        """
        positive = (
            "steps",
            "copies",
            "segment",
            "epochs",
            "minibatches",
            "hidden",
            "layers",
            "pool_every",
            "checkpoint_every",
            "first_checkpoint",
            "channels",
            "embed",
            "entity",
            "threads",
        )
        for name in positive:
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: want at least 1, got {getattr(self, name)}")
        if self.pool < 2:
            raise ValueError(f"pool: want at least 2, the first and the newest, got {self.pool}")
        for name in ("eval_every", "opening", "imitate"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}: want 0 or more, got {getattr(self, name)}")
        for name, known in CHOICES.items():
            if getattr(self, name) not in known:
                want = f"{', '.join(known[:-1])} or {known[-1]}"
                raise ValueError(f"{name}: want {want}, got {getattr(self, name)!r}")
        if self.entity % HEADS:
            raise ValueError(f"entity: want a multiple of {HEADS}, got {self.entity}")
        shares = (self.past, self.scripted, self.random)
        if min(shares) < 0 or sum(shares) > 1:
            raise ValueError(f"past + scripted + random: want 0 to 1 in all, got {shares}")


@dataclass(frozen=True)
class Floor:
    """The least that a shipped policy must reach in evaluation."""

    opponent: str  # "scripted", "random" or "none"
    metric: str  # of the environment, "points": won + drawn / 2, or "reward_per_tick"
    least: float
    relative: bool = False  # `least` is a multiple of what the opponent reaches
    at_death: bool = False  # only episodes count that were terminated
    separate: bool = False  # the policy has every seat of its games, the opponent of the same again
    # Of the environment, where they differ from those of the training: a floor of one task.
    params: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a floor that would mean nothing.

        Raises:
            ValueError: names the setting, the value seen and the values wanted.
        """
        if self.separate and not self.relative:
            raise ValueError("separate: want a floor with relative = true, got relative = false")
        if self.at_death and self.metric == "reward_per_tick":
            raise ValueError("at_death: want false with reward_per_tick, of all ticks; got true")


@dataclass(frozen=True)
class Play:
    """How a policy ought to be played: `[play]` of the environment's train.toml."""

    mode: str = "sampled"  # or "greedy"
    temperature: float = 1.0


def read_toml(name: str) -> dict[str, Any]:
    """The whole train.toml of an environment; empty where it has none."""
    path = source(name).parent / "train.toml"
    return tomllib.loads(path.read_text()) if path.exists() else {}


def load_config(name: str, overrides: Mapping[str, str] | None = None) -> Config:
    """The settings for an environment.

    Args:
        name: of the environment.
        overrides: texts by setting, as given on the command line.

    Raises:
        EnvError: an unknown setting, or a text that is not a value of its kind.
    """
    return make_config({**read_toml(name).get("train", {}), **(overrides or {})})


def make_config(values: Mapping[str, Any]) -> Config:
    """Settings from values or their texts, each brought to its kind."""
    defaults = vars(Config())
    chosen: dict[str, Any] = {}
    for key, value in values.items():
        if key not in defaults:
            raise EnvError(f"no setting {key!r}; there are: {', '.join(defaults)}")
        if key == "params":
            chosen[key] = dict(value)
            continue
        kind = type(defaults[key])
        try:
            if kind is bool and not isinstance(value, bool):
                chosen[key] = {"true": True, "false": False}[str(value).lower()]
            else:
                chosen[key] = kind(float(value)) if kind is int else kind(value)
        except (KeyError, ValueError) as error:
            raise EnvError(f"{key}: want {kind.__name__}, got {value!r}") from error
    return Config(**chosen)


def load_play(name: str) -> Play:
    """How policies of an environment ought to be played."""
    return Play(**read_toml(name).get("play", {}))


def load_floors(name: str) -> list[Floor]:
    """The floors of an environment, from `[[floor]]` of its train.toml."""
    return [Floor(**entry) for entry in read_toml(name).get("floor", [])]
