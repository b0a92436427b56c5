"""Run an ONNX policy of any known convention on rows of an environment."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from envs_c.build import EnvError
from trainer.conventions import Feed, Plan, Tensor, make_plan, meaning

F32 = NDArray[np.float32]
Thoughts = dict[str, NDArray[Any]]
"""What a policy says of N rows, by name, and only what the file has: logits (N, choices),
mean and log_std (N, heads), value (N, 1), action and sampled (N, heads) where it chose itself,
state (N, S)."""

TYPES: dict[str, Any] = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
    "tensor(uint8)": np.uint8,
    "tensor(bool)": np.bool_,
}


def open_session(model: bytes | str) -> onnxruntime.InferenceSession:
    """A session on one thread, of a file's bytes or of its path."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors alone: what it thinks of unused nodes is no matter
    return onnxruntime.InferenceSession(model, options)


class Reader:
    """One file, read for one environment.

    Attributes:
        plan: the convention and what goes where.
        has: what the file gives: some of logits, mean, log_std, value, action, sampled.
        state_size: values of memory a row, 0 without.
    """

    def __init__(self, session: onnxruntime.InferenceSession, interface: Mapping[str, Any]) -> None:
        """`interface`: of the environment's facts.

        Raises:
            EnvError: the file does not fit the environment; the message names the tensor, the
                value seen and the value wanted.
        """
        self.session = session
        self.action = interface["action"]
        self.choices = sum(head["n"] for head in self.action["heads"])
        declared = session.get_inputs()
        for node in declared:
            if node.type not in TYPES:
                raise EnvError(f"{node.name}: want a type of {', '.join(TYPES)}, got {node.type}")
        self.types = {node.name: TYPES[node.type] for node in declared}
        tensors = [
            Tensor(n.name, tuple(d if isinstance(d, int) else None for d in n.shape))
            for n in declared
        ]
        outputs = [node.name for node in session.get_outputs()]
        self.plan: Plan = make_plan(tensors, outputs, interface)
        self.state_size = self.plan.state_size
        self.meanings: dict[str, str] = {}
        self._learn(interface["observation"]["size"])

    def _learn(self, size: int) -> None:
        """Run once on nothing, and tell by the widths what the outputs are."""
        rows = self.plan.batch or 1
        nothing = np.zeros((rows, size), np.float32)
        ran = self._run(nothing, None, np.zeros((rows, self.state_size), np.float32))
        taken: set[str] = set()
        for name, role, kind in self.plan.outputs:
            if role == "fact" or (kind and kind != self.action["type"]):
                continue
            array = ran[name]
            if array.ndim == 0 or array.shape[0] != rows:
                raise EnvError(f"{name}: want {rows} rows, got shape {list(array.shape)}")
            what = meaning(name, role, int(array.size / rows), self.action)
            if what not in taken:
                taken.add(what)
                self.meanings[name] = what
        if "mean_log_std" in taken:
            taken = taken - {"mean_log_std"} | {"mean", "log_std"}
        self.has = frozenset(taken)
        if not self.has & {"logits", "mean", "action", "sampled"}:
            names = [name for name, _, _ in self.plan.outputs]
            raise EnvError(f"outputs: want a {self.action['type']} action among them, got {names}")
        for feed in self.plan.feeds:
            if feed.role == "state" and ran[feed.next].shape != self._shape(feed, rows):
                want, got = list(self._shape(feed, rows)), list(ran[feed.next].shape)
                raise EnvError(f"{feed.next}: want the shape {want} of {feed.name}, got {got}")

    def _shape(self, feed: Feed, rows: int) -> tuple[int, ...]:
        return (*feed.shape[: feed.axis], rows, *feed.shape[feed.axis :])

    def run(
        self, obs: NDArray[Any], state: F32 | None = None, mask: NDArray[np.uint8] | None = None
    ) -> Thoughts:
        """Ask about N rows: obs (N, size), state (N, S), mask (N, choices) of 1 where allowed."""
        rows, fixed = len(obs), self.plan.batch
        if state is None:
            state = np.zeros((rows, self.state_size), np.float32)
        if fixed is None or fixed == rows:
            return self._thoughts(self._run(obs, mask, state), state)
        parts = []
        for low in range(0, rows, fixed):
            part = slice(low, low + fixed)
            short = fixed - len(obs[part])
            some = np.concatenate((obs[part], np.zeros((short, obs.shape[1]), obs.dtype)))
            kept = np.concatenate((state[part], np.zeros((short, self.state_size), np.float32)))
            allowed = None
            if mask is not None:
                allowed = np.concatenate((mask[part], np.ones((short, self.choices), np.uint8)))
            said = self._thoughts(self._run(some, allowed, kept), kept)
            parts.append({name: array[: fixed - short] for name, array in said.items()})
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _run(self, obs: NDArray[Any], mask: NDArray[Any] | None, state: F32) -> Thoughts:
        feeds: Thoughts = {}
        seen = kept = 0
        for feed in self.plan.feeds:
            shape = (len(obs), *feed.shape)
            if feed.role == "obs":
                array = obs[:, seen : seen + feed.size].reshape(shape)
                seen += feed.size
            elif feed.role == "state":
                array = state[:, kept : kept + feed.size].reshape(shape)
                kept += feed.size
            elif feed.role == "mask":
                array = np.ones(shape) if mask is None else mask.reshape(shape)
            else:
                array = np.full(shape, float(feed.role == "ones"))
            moved = np.moveaxis(array, 0, feed.axis)
            feeds[feed.name] = np.ascontiguousarray(moved, self.types[feed.name])
        names = [node.name for node in self.session.get_outputs()]
        return dict(zip(names, self.session.run(names, feeds), strict=True))

    def _thoughts(self, ran: Thoughts, state: F32) -> Thoughts:
        rows = len(state)
        said: Thoughts = {}
        for name, what in self.meanings.items():
            array = ran[name].reshape(rows, -1)
            if what == "mean_log_std":
                said["mean"], said["log_std"] = np.split(array, 2, axis=1)
            else:
                said[what] = array
        states = [
            np.moveaxis(ran[feed.next], feed.axis, 0).reshape(rows, -1)
            for feed in self.plan.feeds
            if feed.role == "state"
        ]
        if states:
            said["state"] = np.concatenate(states, axis=1).astype(np.float32)
        return said
