"""A player from a checkpoint; apart from the others, since it needs torch."""

from typing import Any

import torch

from envs_c.binding import VecEnv
from envs_c.build import EnvError
from envs_c.rng import Stream
from trainer import checkpoint
from trainer.config import load_play
from trainer.players import Rows
from trainer.policy import make_policy
from trainer.sampler import choose, draw


class TorchPlayer:
    """A checkpoint of the trainer, played as it would ship."""

    def __init__(self, place: str, env: VecEnv, seed: int, mode: str) -> None:
        saved = checkpoint.load(place)
        if saved["env"] != env.spec["name"]:
            raise EnvError(f"{place} plays {saved['env']}, want {env.spec['name']}")
        torch.set_num_threads(1)  # a few rows at a time: more only wait for each other
        self.policy = make_policy(env.spec, saved["config"])
        self.policy.load_state_dict(saved["policy"])
        play = load_play(env.spec["name"])
        self.how: dict[str, Any] = {"temperature": play.temperature}
        self.how["greedy"] = (mode or play.mode) == "greedy"
        self.stream = Stream(seed)
        self.state = torch.zeros(env.rows, self.policy.state_size)

    @torch.no_grad()
    def act(self, env: VecEnv, rows: Rows) -> None:
        """Write `env.actions` of `rows`."""
        out = self.policy(torch.from_numpy(env.obs[rows]), self.state[rows])
        self.state[rows] = out.state
        if self.policy.log_std is not None:
            std = self.policy.log_std.expand_as(out.logits).numpy()
            env.actions[rows] = draw(self.stream, out.logits.numpy(), std, **self.how)
            return
        mask = None if env.mask is None else env.mask[rows]
        logits = out.logits.numpy()
        env.actions[rows] = choose(self.stream, logits, self.policy.nvec, mask, **self.how)

    def forget(self, rows: Rows) -> None:
        """Zero the state of `rows`."""
        self.state[rows] = 0
