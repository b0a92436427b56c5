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
from trainer.parallel import ALONE, Share, World, device_of
from trainer.phases import Phases
from trainer.policy import Actions, Policy, make_policy
from trainer.rollout import Experience, Rollout
from trainer.selfplay import Opponents


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


TERMS = ("loss", "policy_loss", "value_loss", "entropy", "kl", "clipped")


def learn(
    policy: Policy,
    optimizer: torch.optim.Optimizer,
    x: Experience,
    config: Config,
    entropy: float,
    share: Share,
    phases: Phases,
) -> dict[str, float]:
    """Improve the policy on one segment; returns the means of what was measured.

    Minibatches are drawn from the decisions of all processes. Each adds up its own part of the
    loss, already divided by the number in all, so that gradients need only be summed.
    """
    advantage, valid = advantages(x, config.gamma, config.lam)
    target = advantage + x.value
    # Those of all processes.
    gains, targets, counted = (share.whole(array) for array in (advantage, target, valid))
    phases.mark("advantages")
    recurrent, device = policy.state_size > 0, x.value.device
    # A recurrent policy learns from whole rows of T ticks, any other from single decisions.
    index = torch.arange(share.total) if recurrent else counted.flatten().nonzero().squeeze(1).cpu()
    arrays = _arrays(x, advantage, target)
    flat = {name: array.flatten(0, 1) for name, array in arrays.items()}
    mixed = torch.autocast(device.type, torch.bfloat16, enabled=config.precision == "bfloat16")
    sums = torch.zeros(len(TERMS) + 1, dtype=torch.float64, device=device)
    count = 0
    for _ in range(config.epochs):
        order = index[torch.randperm(len(index))].to(device)
        for part in order.tensor_split(config.minibatches):
            gain = gains[:, part][counted[:, part]] if recurrent else gains.flatten()[part]
            if not len(gain):
                continue
            own = share.own(part)
            terms = {name: torch.zeros((), device=device) for name in TERMS}
            optimizer.zero_grad()
            if len(own):
                keep = None
                if recurrent:
                    picked = {k: a[:, own].flatten(0, 1) for k, a in arrays.items()}
                    with mixed:
                        out = policy.sequence(x.obs[:, own], x.state[own], x.start[:, own])
                    keep = valid[:, own].flatten()
                else:
                    picked = {k: a.index_select(0, own) for k, a in flat.items()}
                    with mixed:
                        out = policy(picked["obs"])
                terms = _loss(policy, out.logits, out.value, picked, keep, gain, config, entropy)
                phases.mark("forward")
                terms["loss"].backward()
                phases.mark("backward")
            terms = share.world.sum_gradients(policy, terms)
            norm = nn.utils.clip_grad_norm_(policy.parameters(), config.grad_norm)
            optimizer.step()
            count += 1
            sums += torch.stack([*terms.values(), norm]).detach()
            phases.mark("optimiser")
    means = dict(zip((*TERMS, "grad_norm"), (sums / max(count, 1)).tolist(), strict=True))
    spread = targets[counted].var()
    means["explained_variance"] = float(1 - gains[counted].var() / (spread + 1e-8))
    return means


def _arrays(x: Experience, advantage: Tensor, target: Tensor) -> dict[str, Tensor]:
    arrays = {"obs": x.obs, "actions": x.actions, "log_prob": x.log_prob}
    arrays |= {"advantage": advantage, "target": target}
    more = {"said": x.said, "mask": x.mask}
    return arrays | {name: array for name, array in more.items() if array is not None}


def _loss(
    policy: Policy,
    logits: Tensor,
    value: Tensor,
    picked: dict[str, Tensor],
    keep: Tensor | None,
    gain: Tensor,
    config: Config,
    entropy: float,
) -> dict[str, Tensor]:
    """The clipped objective, in sum over the decisions that `keep` marks, over the minibatch's.

    Where the script was asked, the likelihood of what it said stands in for the clipped gain.

    Args:
        policy: whose distribution it is.
        logits: (N, choices) it now gives.
        value: (N,) it now gives.
        picked: (N, …) what was recorded.
        keep: (N,) bool; all where it is not given.
        gain: (M,) the advantages of the whole minibatch, other processes' included.
        config: the settings.
        entropy: weight of the entropy bonus.
    """

    def kept(values: Tensor) -> Tensor:
        return values if keep is None else values[keep]

    chosen, n = Actions(policy, logits, picked.get("mask")), len(gain)
    log_ratio = kept(chosen.log_prob(picked["actions"]) - picked["log_prob"])
    ratio = log_ratio.exp()
    advantage = kept(picked["advantage"])
    if n > 1:
        advantage = (advantage - gain.mean()) / (gain.std() + 1e-8)
    clipped = ratio.clamp(1 - config.clip, 1 + config.clip)
    policy_loss = -torch.min(ratio * advantage, clipped * advantage).sum() / n
    if "said" in picked:
        policy_loss = -kept(chosen.log_prob(picked["said"])).sum() / n
    value_loss = 0.5 * kept(value - picked["target"]).square().sum() / n
    spread = kept(chosen.entropy()).sum() / n
    measured = (
        policy_loss + config.value_weight * value_loss - entropy * spread,
        *(policy_loss, value_loss, spread),
        ((ratio - 1) - log_ratio).sum() / n,  # Schulman's low-variance estimate
        ((ratio - 1).abs() > config.clip).float().sum() / n,
    )
    return dict(zip(TERMS, measured, strict=True))


class Run:
    """A training run: everything that goes on from one update to the next."""

    def __init__(self, name: str, config: Config, world: World = ALONE) -> None:
        torch.set_num_threads(config.threads)
        torch.manual_seed(config.seed)
        self.name, self.config, self.world = name, config, world
        streams = world.copies(config.copies)
        # Two threads step the games, one part each: see rollout.py.
        threads = 2 if config.overlap and len(streams) > 1 else 1
        self.env = VecEnv(name, len(streams), config.seed, config.params, threads, streams=streams)
        self.device = device_of(config.device)
        self.policy = make_policy(self.env.spec, asdict(config)).to(self.device)
        self.optimizer = torch.optim.Adam(self.policy.parameters(), config.lr, eps=1e-5, fused=True)
        self.phases = Phases()
        self.opponents = Opponents(self.env, config, world, self.device)
        self.rollout = Rollout(self.env, config, self.opponents, self.policy, self.phases)
        seating, whole = self.opponents.seating, self.opponents.whole
        at = np.searchsorted(whole.learner, self.env.row_ids[seating.learner])
        self.share = Share(world, at, len(whole.learner), self.device)
        world.equalise(self.policy)
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
        x = self.rollout.play(self.policy, ask=self.steps < config.imitate)
        losses = learn(self.policy, self.optimizer, x, config, entropy, self.share, self.phases)
        self.world.equalise(self.policy)
        phases = self.phases.drain()
        spent = sum(phases.values())
        taken = int(self.world.sum(x.active.sum()))
        self.steps += taken
        self.updates += 1
        self.seconds += spent
        return {
            **{"steps": self.steps, "updates": self.updates, "seconds": self.seconds},
            "steps_per_second": taken / spent,
            **{f"seconds_{phase}": seconds for phase, seconds in phases.items()},
            "lr": lr,
            **losses,
            **self._games(),
            **self.opponents.settle(self.env),
        }

    def _games(self) -> dict[str, float]:
        """The means of the metrics, by opponent, over the episodes finished since the last time."""
        means: dict[str, float] = {}
        for kind, rows in self.opponents.seating.versus.items():
            if not len(self.opponents.whole.versus[kind]):
                continue
            if self.world.size == 1:
                drained = self.env.drain(rows)
            else:
                sums = self.env.metrics[rows].sum(axis=0, dtype=np.float64)
                self.env.metrics[rows] = 0
                first, *others = self.world.sum(torch.from_numpy(sums)).tolist()
                drained = {"episodes": first}
                if first:
                    names = self.env.spec["metrics"][1:]
                    drained |= {k: v / first for k, v in zip(names, others, strict=True)}
            means |= {f"{kind}/{metric}": mean for metric, mean in drained.items()}
        return means

    def _places(self) -> dict[str, tuple[Tensor, int]]:
        """Where what is kept by copy, row and learner's row stands among all processes'."""
        copies, seats = self.config.copies, self.env.seats
        return {
            "copy": (torch.tensor(self.env.streams), copies),
            "row": (torch.from_numpy(self.env.row_ids), copies * seats),
            "learner": (self.share.at.cpu(), self.share.total),
        }

    def checkpoint(self) -> dict[str, Any]:
        """All that a run consists of, as plain data and tensors.

        Every process has to ask for it, and gets the same: a run goes on in any number of them.
        """
        place, places = self.world.place, self._places()
        games = {k: torch.from_numpy(v) for k, v in self.env.save().items()}
        learner, openings = places["learner"], self.rollout.openings
        opened = openings.save() if openings else {}
        return {
            "env": self.name,
            "config": asdict(self.config),
            "interface_version": self.env.spec["interface_version"],
            "dynamics_version": self.env.spec["dynamics_version"],
            **{"steps": self.steps, "updates": self.updates, "seconds": self.seconds},
            "policy": self.policy.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "random": torch.get_rng_state(),
            "ticks": self.rollout.chance.ticks,
            "games": {
                k: place(v, *places["copy" if k == "state" else "row"]) for k, v in games.items()
            },
            "starting": place(self.rollout.starting.clone(), *learner),
            "state": place(self.rollout.state.cpu().clone(), *learner),
            "opponents": self.opponents.save(),
            "openings": {k: place(v, *places["copy"]) for k, v in opened.items()},
        }

    @classmethod
    def resume(cls, checkpoint: dict[str, Any], world: World = ALONE) -> "Run":
        """The run that a checkpoint was made of, to go on exactly as it would have."""
        run = cls(checkpoint["env"], make_config(checkpoint["config"]), world)
        run.steps, run.updates = checkpoint["steps"], checkpoint["updates"]
        run.seconds = checkpoint["seconds"]
        run.policy.load_state_dict(checkpoint["policy"])
        run.optimizer.load_state_dict(checkpoint["optimizer"])
        places = run._places()
        of = {k: places["copy" if k == "state" else "row"][0] for k in checkpoint["games"]}
        run.env.load({k: v[of[k]].numpy() for k, v in checkpoint["games"].items()})
        run.rollout.starting = checkpoint["starting"][places["learner"][0]]
        state = checkpoint["state"][places["learner"][0]]
        run.rollout.state = state.to(run.device)
        run.rollout.chance.ticks = checkpoint["ticks"]
        run.opponents.load(checkpoint["opponents"])
        if run.rollout.openings:
            at = places["copy"][0]
            run.rollout.openings.load({k: v[at] for k, v in checkpoint["openings"].items()})
        torch.set_rng_state(checkpoint["random"])
        return run
