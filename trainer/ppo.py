"""Proximal policy optimisation (Schulman et al., 2017), from the games to the weights.

A run is a loop of two parts. `Rollout.play` lets the policy play `segment` ticks on every row and
writes down what it saw, did and got. `learn` then improves the policy on that experience for a few
epochs. Everything the loop needs to go on lives in `Run`, and `Run.checkpoint` holds all of it.

T is the segment's length in ticks, L the number of rows that the learner plays.
"""

from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from envs_c.binding import VecEnv
from trainer.config import Config, make_config
from trainer.phases import Phases
from trainer.policy import Actions, Policy, make_policy
from trainer.rollout import Experience, Rollout
from trainer.selfplay import Opponents, seat_rows


def advantages(x: Experience, gamma: float, lam: float) -> tuple[Tensor, Tensor]:
    """Generalised advantage estimation (Schulman et al., 2016) over decisions.

    Time is counted in decisions: the rewards of the ticks at which a row does not act go to its
    last decision before them. An episode that was cut short is bootstrapped with the value of its
    own last observation. The last decision of a row that awaits its turn when the segment ends
    has no outcome yet: it serves to bootstrap those before it and is not learned from.

    Returns:
        The advantages (T, L), and which of them are valid (T, L) bool.
    """
    result = torch.zeros_like(x.value)
    valid = torch.zeros_like(x.active)
    ahead = x.last_value.clone()  # the value of the row's next decision
    gae = torch.zeros_like(ahead)
    reward = torch.zeros_like(ahead)  # since that decision's predecessor
    awaits = ~x.last_active  # the outcome of the next decision met is not known yet
    for t in reversed(range(len(x.value))):
        ended, acts = x.ended[t], x.active[t]
        ahead = torch.where(ended, x.boot[t], ahead)
        gae = gae.masked_fill(ended, 0.0)
        reward = reward.masked_fill(ended, 0.0) + x.reward[t]
        awaits = awaits & ~ended
        gae_here = reward + gamma * ahead - x.value[t] + gamma * lam * gae
        gae_here = gae_here.masked_fill(awaits, 0.0)
        gae = torch.where(acts, gae_here, gae)
        ahead = torch.where(acts, x.value[t], ahead)
        reward = reward.masked_fill(acts, 0.0)
        result[t] = gae.masked_fill(~acts, 0.0)
        valid[t] = acts & ~awaits
        awaits = awaits & ~acts
    return result, valid


def learn(
    policy: Policy,
    optimizer: torch.optim.Optimizer,
    x: Experience,
    config: Config,
    entropy: float,
    phases: Phases,
) -> dict[str, float]:
    """Improve the policy on one segment; returns the means of what was measured."""
    advantage, valid = advantages(x, config.gamma, config.lam)
    target = advantage + x.value
    phases.mark("advantages")
    recurrent = policy.state_size > 0
    # A recurrent policy learns from whole rows of T ticks, any other from single decisions.
    index = torch.arange(x.obs.shape[1]) if recurrent else valid.flatten().nonzero().squeeze(1)
    arrays = _arrays(x, advantage, target)
    flat = {name: array.flatten(0, 1) for name, array in arrays.items()}
    mixed = torch.autocast("cpu", torch.bfloat16, enabled=config.precision == "bfloat16")
    sums: dict[str, float] = {}
    count = 0
    for _ in range(config.epochs):
        for part in index[torch.randperm(len(index))].tensor_split(config.minibatches):
            if not len(part):
                continue
            if recurrent:
                picked = {k: a[:, part].flatten(0, 1) for k, a in arrays.items()}
                with mixed:
                    out = policy.sequence(x.obs[:, part], x.state[part], x.start[:, part])
                keep = valid[:, part].flatten()
            else:
                picked = {k: a.index_select(0, part) for k, a in flat.items()}
                with mixed:
                    out = policy(picked["obs"])
                keep = None
            terms = _loss(policy, out.logits, out.value, picked, keep, config, entropy)
            phases.mark("forward")
            optimizer.zero_grad()
            terms["loss"].backward()
            phases.mark("backward")
            norm = nn.utils.clip_grad_norm_(policy.parameters(), config.grad_norm)
            optimizer.step()
            count += 1
            for name, term in {**terms, "grad_norm": norm}.items():
                sums[name] = sums.get(name, 0.0) + float(term.detach())
            phases.mark("optimiser")
    means = {name: total / max(count, 1) for name, total in sums.items()}
    spread = target[valid].var()
    means["explained_variance"] = float(1 - (target - x.value)[valid].var() / (spread + 1e-8))
    return means


def _arrays(x: Experience, advantage: Tensor, target: Tensor) -> dict[str, Tensor]:
    arrays = {"obs": x.obs, "actions": x.actions, "log_prob": x.log_prob}
    arrays |= {"advantage": advantage, "target": target}
    return arrays if x.mask is None else {**arrays, "mask": x.mask}


def _loss(
    policy: Policy,
    logits: Tensor,
    value: Tensor,
    picked: dict[str, Tensor],
    keep: Tensor | None,
    config: Config,
    entropy: float,
) -> dict[str, Tensor]:
    """The clipped objective over the decisions (N,), those that `keep` marks where it is given."""

    def kept(values: Tensor) -> Tensor:
        return values if keep is None else values[keep]

    chosen = Actions(policy, logits, picked.get("mask"))
    log_ratio = kept(chosen.log_prob(picked["actions"]) - picked["log_prob"])
    ratio = log_ratio.exp()
    gain = kept(picked["advantage"])
    gain = (gain - gain.mean()) / (gain.std() + 1e-8) if len(gain) > 1 else gain
    clipped = ratio.clamp(1 - config.clip, 1 + config.clip)
    policy_loss = -torch.min(ratio * gain, clipped * gain).mean()
    value_loss = 0.5 * kept(value - picked["target"]).square().mean()
    spread = kept(chosen.entropy()).mean()
    return {
        "loss": policy_loss + config.value_weight * value_loss - entropy * spread,
        "policy_loss": policy_loss,
        "value_loss": value_loss,
        "entropy": spread,
        "kl": ((ratio - 1) - log_ratio).mean(),  # Schulman's low-variance estimate
        "clipped": ((ratio - 1).abs() > config.clip).float().mean(),
    }


class Run:
    """A training run: everything that goes on from one update to the next."""

    def __init__(self, name: str, config: Config) -> None:
        torch.set_num_threads(config.threads)
        torch.manual_seed(config.seed)
        self.name, self.config = name, config
        # Two threads step the games, one part each: see rollout.py.
        threads = 2 if config.overlap and config.copies > 1 else 1
        self.env = VecEnv(name, config.copies, config.seed, config.params, threads)
        self.policy = make_policy(self.env.spec, asdict(config))
        self.optimizer = torch.optim.Adam(self.policy.parameters(), config.lr, eps=1e-5, fused=True)
        past = [make_policy(self.env.spec, asdict(config)) for _ in range(2)]
        self.phases = Phases()
        self.opponents = Opponents(self.env, seat_rows(self.env, config), past, config)
        self.rollout = Rollout(self.env, config, self.opponents, self.policy, self.phases)
        self.steps = self.updates = 0
        self.seconds = 0.0

    def update(self) -> dict[str, float]:
        """Play a segment and learn from it; returns everything measured, by name."""
        config = self.config
        done = min(self.steps / config.steps, 1.0)
        lr = config.lr * (1 - done + done * config.anneal)
        end = config.entropy if config.entropy_end < 0 else config.entropy_end
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        entropy = config.entropy + done * (end - config.entropy)
        self.phases.start()
        self.opponents.shuffle(self.policy, self.steps)
        self.phases.mark("opponents")
        experience = self.rollout.play(self.policy)
        losses = learn(self.policy, self.optimizer, experience, config, entropy, self.phases)
        phases = self.phases.drain()
        spent = sum(phases.values())
        taken = int(experience.active.sum())
        self.steps += taken
        self.updates += 1
        self.seconds += spent
        return {
            **{"steps": self.steps, "updates": self.updates, "seconds": self.seconds},
            "steps_per_second": taken / spent,
            **{f"seconds_{phase}": seconds for phase, seconds in phases.items()},
            "lr": lr,
            **losses,
            **{
                f"{kind}/{metric}": mean
                for kind, rows in self.opponents.seating.versus.items()
                if len(rows)
                for metric, mean in self.env.drain(rows).items()
            },
        }

    def checkpoint(self) -> dict[str, Any]:
        """All that a run consists of, as plain data and tensors."""
        return {
            "env": self.name,
            "config": asdict(self.config),
            "interface_version": self.env.spec["interface_version"],
            "dynamics_version": self.env.spec["dynamics_version"],
            **{"steps": self.steps, "updates": self.updates, "seconds": self.seconds},
            "policy": self.policy.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "random": torch.get_rng_state(),
            "games": {k: torch.from_numpy(v.copy()) for k, v in self.env.save().items()},
            "starting": self.rollout.starting.clone(),
            "state": self.rollout.state.clone(),
            "opponents": self.opponents.save(),
        }

    @classmethod
    def resume(cls, checkpoint: dict[str, Any]) -> "Run":
        """The run that a checkpoint was made of, to go on exactly as it would have."""
        run = cls(checkpoint["env"], make_config(checkpoint["config"]))
        run.steps, run.updates = checkpoint["steps"], checkpoint["updates"]
        run.seconds = checkpoint["seconds"]
        run.policy.load_state_dict(checkpoint["policy"])
        run.optimizer.load_state_dict(checkpoint["optimizer"])
        run.env.load({k: np.asarray(v) for k, v in checkpoint["games"].items()})
        run.rollout.starting = checkpoint["starting"]
        run.rollout.state = checkpoint["state"]
        run.opponents.load(checkpoint["opponents"])
        torch.set_rng_state(checkpoint["random"])
        return run
