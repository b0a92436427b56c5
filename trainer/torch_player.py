"""A player from a checkpoint; apart from the others, since it needs torch."""

import torch

from envs_c.binding import VecEnv
from envs_c.build import EnvError
from envs_c.rng import Stream
from trainer import checkpoint
from trainer.players import Rows
from trainer.policy import make_policy
from trainer.sampler import choose, draw


class TorchPlayer:
    """A checkpoint of the trainer."""

    def __init__(self, place: str, env: VecEnv, seed: int, mode: str) -> None:
        saved = checkpoint.load(place)
        if saved["env"] != env.spec["name"]:
            raise EnvError(f"{place} plays {saved['env']}, want {env.spec['name']}")
        torch.set_num_threads(1)  # a few rows at a time: more only wait for each other
        self.policy = make_policy(env.spec, saved["config"])
        self.policy.load_state_dict(saved["policy"])
        self.greedy = mode == "greedy"
        self.stream = Stream(seed)
        self.state = torch.zeros(env.rows, self.policy.state_size)

    @torch.no_grad()
    def act(self, env: VecEnv, rows: Rows) -> None:
        """Write `env.actions` of `rows`."""
        out = self.policy(torch.from_numpy(env.obs[rows]), self.state[rows])
        self.state[rows] = out.state
        if self.policy.log_std is not None:
            std = self.policy.log_std.expand_as(out.logits).numpy()
            env.actions[rows] = draw(self.stream, out.logits.numpy(), std, greedy=self.greedy)
            return
        mask = None if env.mask is None else env.mask[rows]
        env.actions[rows] = choose(
            self.stream, out.logits.numpy(), self.policy.nvec, mask, greedy=self.greedy
        )

    def forget(self, rows: Rows) -> None:
        """Zero the state of `rows`."""
        self.state[rows] = 0
