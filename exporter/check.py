"""Whether an ONNX file says what the policy it came from says, on observations of real play."""

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray

from envs_c.binding import VecEnv
from envs_c.build import EnvError
from exporter.graph import tensor_names
from trainer.players import RandomPlayer
from trainer.policy import Policy

TOLERANCE = 1e-5
TICKS = 64

F32 = NDArray[np.float32]


def check(model: bytes, policy: Policy, env_name: str) -> float:
    """Play ticks of real games and compare ONNX Runtime with torch on every one.

    Batches of 1 and of 64 rows go through 64 ticks; recurrent state is carried, each by its own
    engine, and zeroed where an episode ends.

    Returns:
        The largest difference found.

    Raises:
        EnvError: it is over 1e-5, or a tensor's name or shape is not as it must be; the message
            says which tensor, at which tick and batch, the value seen and the value wanted.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options)
    inputs, outputs = tensor_names(policy)
    found = [i.name for i in session.get_inputs()], [o.name for o in session.get_outputs()]
    if found != (inputs, outputs):
        raise EnvError(f"tensors: want {inputs} to {outputs}, got {found[0]} to {found[1]}")
    return max(_compare(session, policy, env_name, batch) for batch in (1, 64))


@torch.no_grad()
def _compare(
    session: onnxruntime.InferenceSession, policy: Policy, env_name: str, batch: int
) -> float:
    env = VecEnv(env_name, batch, seed=7)
    random = RandomPlayer(7)
    rows = np.arange(batch)  # the first `batch` of them; a copy may have more
    every = np.arange(env.rows)
    states: F32 = np.zeros((batch, policy.state_size), np.float32)
    theirs = states.copy()
    worst = 0.0
    _, names = tensor_names(policy)
    for tick in range(TICKS):
        obs = env.obs[rows].astype(np.float32)
        feed = {"obs": obs, **({"state_in": theirs} if policy.state_size else {})}
        got = dict(zip(names, session.run(names, feed), strict=True))
        out = policy(torch.from_numpy(obs), torch.from_numpy(states))
        want = {names[0]: out.logits, "value": out.value.unsqueeze(1), "state_out": out.state}
        if policy.log_std is not None:
            want["log_std"] = policy.log_std.expand_as(out.logits)
        for name in got:
            expected = want[name].numpy()
            if got[name].shape != expected.shape:
                raise EnvError(f"{name}: want shape {expected.shape}, got {got[name].shape}")
            difference = np.abs(got[name] - expected)
            worst = max(worst, float(difference.max()))
            if not worst <= TOLERANCE:
                at = np.unravel_index(int(difference.argmax()), difference.shape)
                raise EnvError(
                    f"{name} differs from torch by {worst:.2g} (at most {TOLERANCE:g}) at tick "
                    f"{tick}, batch {batch}: want {expected[at]:.6g}, got {got[name][at]:.6g}"
                )
        random.act(env, every)
        env.step()
        running = (1 - (env.terminated | env.truncated)[rows]).astype(np.float32)[:, None]
        states = out.state.numpy() * running
        theirs = got["state_out"] * running if policy.state_size else theirs
    return worst
