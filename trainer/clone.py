"""Behaviour cloning: a policy fitted to what was done, by maximum likelihood.

Of each decision the loss is the negative log probability of all heads' actions, masked choices left
out, and half the squared error of the value where the return is known. Where the fit begins with a
checkpoint, what agents saw in the same games can hold it: there, `keep` times the divergence
KL(checkpoint || policy) is added, so that what was not corrected stays as it was.

Episodes, not decisions, are held back for validation: the decisions of one resemble each other.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from envs_c.build import EnvError
from trainer.checkpoint import Checkpoint
from trainer.config import Config, make_config
from trainer.decisions import Decisions, stack
from trainer.demonstrations import Demonstrations, Episode
from trainer.intervals import Z95, pulls, spread, wilson
from trainer.policy import Actions, Out, Policy, make_policy
from trainer.ppo import Run


@dataclass(frozen=True)
class Fit:
    """Settings of a fit; the network's and the learning rate are those of training."""

    epochs: int = 200  # passes over the decisions, at most
    patience: int = 10  # passes without a better validation loss before it stops
    batch: int = 256  # decisions of a step of the optimiser
    held_back: float = 0.2  # share of the episodes to validate by
    keep: float = 1.0  # weight of the divergence from the checkpoint that it begins with
    seed: int = 1  # of the weights, the split and the order

    def __post_init__(self) -> None:
        """Refuse what cannot be fitted with.

        Raises:
            ValueError: names the setting, the value seen and the values wanted.
        """
        for name in ("epochs", "patience", "batch"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: want at least 1, got {getattr(self, name)}")
        if not 0 < self.held_back < 1:
            raise ValueError(f"held_back: want between 0 and 1, got {self.held_back}")
        if self.keep < 0:
            raise ValueError(f"keep: want 0 or more, got {self.keep}")


@dataclass(frozen=True)
class Report:
    """What a fit reached on the episodes held back.

    `score` is the share of decisions in which the policy's likeliest action of every head is the
    one taken; of continuous actions, the mean squared error. `baseline` is the same of the
    commonest action of the fitted episodes, or their mean.
    """

    env: str
    episodes: int  # fitted
    decisions: int
    validation_episodes: int
    validation_decisions: int
    agents_decisions: int  # by which it was held to the checkpoint
    epochs: int  # until the best
    loss: float  # nats a decision, on validation
    measure: str  # "accuracy" or "squared_error"
    score: float
    score_low: float | None  # 95 %, episodes being drawn; None if only one was held back
    score_high: float | None
    baseline: float
    parent: str | None  # the checkpoint that it began with
    seed: int

    def as_json(self) -> dict[str, Any]:
        """The fields by name."""
        return asdict(self)


def clone(
    shown: Demonstrations,
    config: Config,
    fit: Fit,
    parent: Checkpoint | None = None,
    parent_name: str = "",
) -> tuple[Checkpoint, Report]:
    """Fit a policy.

    Args:
        shown: what is to be imitated.
        config: the network and learning rate; with a parent, the parent's network.
        fit: the settings of the fit.
        parent: a checkpoint to begin with.
        parent_name: what the report calls it.

    Returns:
        A checkpoint of a run that has taken no step: the exporter, evaluation and `--resume` take
        it as any other.

    Raises:
        EnvError: too few episodes, a policy that remembers, or a parent of another interface.
    """
    spec = shown.spec
    if parent is not None:
        config = _of_parent(parent, spec, config)
    if config.recurrent != "none":
        want = "none: a segment begins in the middle of what would have to be remembered"
        raise EnvError(f"recurrent: want {want}; got {config.recurrent!r}")
    if len(shown.episodes) < 2:
        want = "want at least 2, so that one can be held back"
        raise EnvError(f"episodes and pieces of them: {want}, got {len(shown.episodes)}")
    config = replace(config, seed=fit.seed, device="cpu")
    run = Run(spec["name"], config)
    policy = run.policy
    teacher: Policy | None = None
    if parent is not None:
        policy.load_state_dict(parent["policy"])
        teacher = make_policy(spec, parent["config"])
        teacher.load_state_dict(parent["policy"])
    rng = np.random.default_rng(fit.seed)
    order = rng.permutation(len(shown.episodes))
    count = min(max(1, round(fit.held_back * len(order))), len(order) - 1)
    held = [shown.episodes[i] for i in order[:count]]
    fitted = [shown.episodes[i] for i in order[count:]]
    agents = stack(shown.agents, config.gamma) if teacher and fit.keep and shown.agents else None
    told = _told(teacher, agents)
    train, validation = (stack(part, config.gamma) for part in (fitted, held))
    best, epochs = _descend(policy, train, validation, agents, told, config, fit, rng)
    score, baseline, interval = _measure(policy, train, validation, held)
    run.optimizer.state.clear()  # its moments are of another loss
    report = Report(
        env=spec["name"],
        episodes=len(fitted),
        decisions=len(train),
        validation_episodes=len(held),
        validation_decisions=len(validation),
        agents_decisions=0 if agents is None else len(agents),
        epochs=epochs,
        loss=best,
        measure="squared_error" if policy.continuous else "accuracy",
        score=score,
        score_low=interval[0] if interval else None,
        score_high=interval[1] if interval else None,
        baseline=baseline,
        parent=parent_name or None,
        seed=fit.seed,
    )
    return {**run.checkpoint(), "algorithm": "behaviour cloning"}, report


def _of_parent(parent: Checkpoint, spec: dict[str, Any], config: Config) -> Config:
    if parent["env"] != spec["name"]:
        raise EnvError(f"--from plays {parent['env']}, want {spec['name']}")
    if parent["interface_version"] != spec["interface_version"]:
        got, want = parent["interface_version"], spec["interface_version"]
        raise EnvError(f"--from was trained for interface {got}, want {want}")
    return replace(make_config(parent["config"]), lr=config.lr, steps=config.steps)


@torch.no_grad()
def _told(teacher: Policy | None, agents: Decisions | None) -> Out | None:
    """What the parent says to what agents saw."""
    return None if teacher is None or agents is None else teacher(agents.obs)


def _loss(policy: Policy, x: Decisions, value_weight: float) -> Tensor:
    """Of N decisions, in the mean."""
    out: Out = policy(x.obs)
    loss = -Actions(policy, out.logits, x.mask).log_prob(x.actions).mean()
    known = ~x.returns.isnan()
    if known.any():
        error = 0.5 * (out.value[known] - x.returns[known]).square()
        loss = loss + value_weight * error.sum() / len(x)
    return loss


def _divergence(policy: Policy, x: Decisions, told: Tensor, spread: Tensor | None) -> Tensor:
    """KL(parent || policy) in the mean over N decisions, and over heads in sum."""
    out: Out = policy(x.obs)
    if spread is not None and policy.log_std is not None:
        mine = policy.log_std
        apart = (spread.exp().square() + (told - out.logits).square()) / (2 * mine.exp().square())
        return (mine - spread + apart - 0.5).sum(dim=1).mean()
    own, theirs = (Actions(policy, logits, x.mask).heads for logits in (out.logits, told))
    pairs = zip(own, theirs, strict=True)
    terms = [(head.exp() * (head - mine)).sum(dim=1) for mine, head in pairs]
    return torch.stack(terms).sum(dim=0).mean()


def _descend(
    policy: Policy,
    train: Decisions,
    validation: Decisions,
    agents: Decisions | None,
    told: Out | None,
    config: Config,
    fit: Fit,
    rng: np.random.Generator,
) -> tuple[float, int]:
    """Fit until validation gets no better; leaves the best weights, returns their loss and pass."""
    optimizer = torch.optim.Adam(policy.parameters(), config.lr, eps=1e-5)
    spread = None if policy.log_std is None else policy.log_std.detach().clone()
    best, at = float("inf"), 0
    weights = {name: value.clone() for name, value in policy.state_dict().items()}
    for epoch in range(1, fit.epochs + 1):
        order = torch.from_numpy(rng.permutation(len(train)))
        for index in order.split(fit.batch):
            loss = _loss(policy, train.part(index), config.value_weight)
            if agents is not None and told is not None:
                beside = torch.from_numpy(rng.integers(0, len(agents), len(index)))
                said = told.logits[beside]
                kept = _divergence(policy, agents.part(beside), said, spread)
                loss = loss + fit.keep * kept
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(policy.parameters(), config.grad_norm)
            optimizer.step()
        with torch.no_grad():
            now = float(_loss(policy, validation, 0.0))
        if now < best:
            best, at = now, epoch
            weights = {name: value.clone() for name, value in policy.state_dict().items()}
        elif epoch - at >= fit.patience:
            break
    policy.load_state_dict(weights)
    return best, at


@torch.no_grad()
def _measure(
    policy: Policy,
    train: Decisions,
    validation: Decisions,
    held: Sequence[Episode],
) -> tuple[float, float, tuple[float, float] | None]:
    """The score, the baseline's, and the score's interval."""
    out: Out = policy(validation.obs)
    if policy.continuous:
        points = (out.logits.clamp(-1, 1) - validation.actions).square().mean(dim=1)
        usual = train.actions.mean(dim=0)
        base = (usual - validation.actions).square().mean(dim=1)
    else:
        heads = Actions(policy, out.logits, validation.mask).heads
        likeliest = torch.stack([head.argmax(dim=1) for head in heads], dim=1)
        points = (likeliest == validation.actions).all(dim=1).float()
        taken, times = train.actions.unique(dim=0, return_counts=True)
        base = (validation.actions == taken[times.argmax()]).all(dim=1).float()
    lengths = np.array([len(episode) for episode in held])
    parts = np.split(points.numpy().astype(np.float64), np.cumsum(lengths)[:-1])
    sums = np.array([part.sum() for part in parts])
    interval = _interval(sums, lengths, share=not policy.continuous)
    return float(points.mean()), float(base.mean()), interval


def _interval(
    sums: NDArray[np.float64], lengths: NDArray[np.int64], share: bool
) -> tuple[float, float] | None:
    """The 95 % interval of a mean over the decisions of k episodes; None of a single one.

    Decisions of an episode resemble each other: the variance is that between episodes (Cochran,
    1977, of a ratio). A share has Wilson's interval, of as many decisions as would vary like that
    if each stood alone; where all or none are right, of as many as there are episodes.

    Args:
        sums: (k,) of what was reached in each.
        lengths: (k,) decisions in each.
        share: whether it is a share of decisions.
    """
    k, n = len(lengths), int(lengths.sum())
    if k < 2:
        return None
    mean = float(sums.sum() / n)
    variance = spread(pulls(sums, lengths.astype(np.float64))) ** 2
    if not share:
        half = Z95 * variance**0.5
        return max(mean - half, 0.0), mean + half
    alone = mean * (1 - mean) / variance if variance and 0 < mean < 1 else k
    return wilson(mean, max(1, min(round(alone), n)))
