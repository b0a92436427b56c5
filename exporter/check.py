"""Whether an ONNX file says what the policy it came from says, on observations of real play."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from envs_c.binding import VecEnv
from envs_c.build import EnvError
from exporter.graph import Graph, as_graph
from trainer.players import RandomPlayer
from trainer.policy import Policy
from trainer.reader import open_session

TOLERANCE = 1e-5
LARGE = 8.0
TICKS = 64
BATCHES = (1, 64)

F32 = NDArray[np.float32]


def allowed(wanted: F32) -> F32:
    """How far each number of (N, …) may be off.

    By 1e-5; in proportion beyond 8, where a step of float32 is 1e-6 wide and a sum of some hundred
    terms is off by several. The largest of a row counts for all of it: its numbers are read beside
    each other, and small ones too are sums of terms as large.
    """
    largest = np.abs(wanted).reshape(len(wanted), -1).max(axis=1, initial=0)
    largest = largest.reshape(-1, *(1,) * (wanted.ndim - 1))
    room: F32 = np.float32(TOLERANCE) * np.maximum(largest / np.float32(LARGE), 1)
    return np.broadcast_to(room, wanted.shape)


def check(model: bytes, policy: Policy | Graph, env_name: str) -> float:
    """Play ticks of real games and compare ONNX Runtime with torch on every one.

    Batches of 1 and of 64 rows go through 64 ticks; recurrent state is carried, each by its own
    engine, and zeroed where an episode ends.

    Returns:
        The largest difference found.

    Raises:
        EnvError: one is more than is `allowed`, or a tensor's name or shape is not as it must
            be; the message says which tensor, at which tick and batch, the value seen and the
            value wanted.
    """
    graph = as_graph(policy).eval()
    session = open_session(model)
    found = [i.name for i in session.get_inputs()], [o.name for o in session.get_outputs()]
    if found != (graph.inputs, graph.outputs):
        raise EnvError(
            f"tensors: want {graph.inputs} to {graph.outputs}, got {found[0]} to {found[1]}"
        )

    def run(obs: F32, state: F32) -> list[F32]:
        feed = {"obs": obs, **({"state_in": state} if graph.state_size else {})}
        answer: list[F32] = session.run(graph.outputs, feed)
        return answer

    return max(_compare(run, graph, env_name, batch) for batch in BATCHES)


@torch.no_grad()
def _compare(run: Callable[[F32, F32], list[F32]], graph: Graph, name: str, batch: int) -> float:
    env = VecEnv(name, batch, seed=7)
    random = RandomPlayer(7)
    rows = np.arange(batch)  # the first `batch` of them; a copy may have more
    every = np.arange(env.rows)
    states: F32 = np.zeros((batch, graph.state_size), np.float32)
    theirs = states.copy()
    worst = 0.0
    for tick in range(TICKS):
        obs = env.obs[rows].astype(np.float32)
        got = run(obs, theirs)
        both = (torch.from_numpy(obs), torch.from_numpy(states))
        want = [tensor.numpy() for tensor in graph(*both[: len(graph.inputs)])]
        for output, seen, wanted in zip(graph.outputs, got, want, strict=True):
            if seen.shape != wanted.shape:
                raise EnvError(f"{output}: want shape {wanted.shape}, got {seen.shape}")
            difference = np.abs(seen - wanted)
            worst = max(worst, float(difference.max()))
            over = difference - allowed(wanted)
            if not (over <= 0).all():
                at = np.unravel_index(int(over.argmax()), over.shape)
                raise EnvError(
                    f"{output} differs from torch by {difference[at]:.2g} (at most "
                    f"{allowed(wanted)[at]:.2g}) at tick {tick}, batch {batch}: "
                    f"want {wanted[at]:.6g}, got {seen[at]:.6g}"
                )
        random.act(env, every)
        env.step()
        running = (1 - (env.terminated | env.truncated)[rows]).astype(np.float32)[:, None]
        if graph.state_size:
            states, theirs = want[-1] * running, got[-1] * running
    return worst
