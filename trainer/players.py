"""Players that can be seated: policies in ONNX, the script, chance, and checkpoints.

Nothing here imports torch until a checkpoint is asked for.
"""

import json
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from envs_c.binding import VecEnv
from envs_c.build import EnvError
from envs_c.rng import Stream
from trainer.reader import Reader, open_session
from trainer.sampler import Uniforms, choose, draw

Rows = NDArray[np.int64]


class Player(Protocol):
    """Plays some rows of a VecEnv."""

    def act(self, env: VecEnv, rows: Rows) -> None:
        """Write `env.actions` of `rows`, all of which act on this tick."""

    def forget(self, rows: Rows) -> None:
        """The episodes of `rows` have ended."""


class RandomPlayer:
    """Draws evenly among the choices that the mask allows."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def act(self, env: VecEnv, rows: Rows) -> None:
        """Write `env.actions` of `rows`."""
        if env.actions.dtype == np.float32:
            env.actions[rows] = self.rng.uniform(-1, 1, (len(rows), env.actions.shape[1]))
            return
        low = 0
        for head, n in enumerate(h["n"] for h in env.spec["interface"]["action"]["heads"]):
            keys = self.rng.random((len(rows), n))
            if env.mask is not None:
                keys *= env.mask[rows, low : low + n]
            env.actions[rows, head] = keys.argmax(axis=1)
            low += n

    def forget(self, rows: Rows) -> None:
        """It remembers nothing."""


class ScriptedPlayer:
    """The player in the environment's C file."""

    def __init__(self, level: int = 0) -> None:
        self.level = level

    def act(self, env: VecEnv, rows: Rows) -> None:
        """Write `env.actions` of `rows`."""
        chosen = np.zeros(env.rows, np.uint8)
        chosen[rows] = 1
        env.script(chosen, self.level)

    def forget(self, rows: Rows) -> None:
        """It remembers nothing."""


class OnnxPlayer:
    """A policy file of any known convention, played as the page plays it."""

    def __init__(self, path: Path, env: VecEnv, seed: int, mode: str) -> None:
        sidecar = path.with_suffix(".json")
        facts: dict[str, Any] = json.loads(sidecar.read_text()) if sidecar.exists() else {}
        wanted = env.spec["interface_version"]
        if facts and facts["interface_version"] != wanted:
            raise EnvError(
                f"{path} was made for interface {facts['interface_version']} of "
                f"{facts['env']}, want {wanted}"
            )
        play = facts.get("play", {"mode": "sampled", "temperature": 1.0})
        self.greedy = (mode or play["mode"]) == "greedy"
        self.temperature = float(play["temperature"])
        self.stream: Uniforms = Stream(seed)
        self.nvec = [h["n"] for h in env.spec["interface"]["action"]["heads"]]
        self.reader = Reader(open_session(str(path)), env.spec["interface"])
        self.state = np.zeros((env.rows, self.reader.state_size), np.float32)

    def act(self, env: VecEnv, rows: Rows) -> None:
        """Write `env.actions` of `rows`."""
        mask = None if env.mask is None else env.mask[rows]
        out = self.reader.run(env.obs[rows], self.state[rows], mask)
        if "state" in out:
            self.state[rows] = out["state"]
        how: dict[str, Any] = {"temperature": self.temperature, "greedy": self.greedy}
        if "logits" in out:
            env.actions[rows] = choose(self.stream, out["logits"], self.nvec, mask, **how)
        elif "log_std" in out:
            env.actions[rows] = draw(self.stream, out["mean"], out["log_std"], **how)
        else:  # it chooses itself
            sure = "mean" if "mean" in out else "action"
            chosen = sure if "sampled" not in out or (self.greedy and sure in out) else "sampled"
            env.actions[rows] = self._checked(out[chosen])

    def _checked(self, actions: NDArray[Any]) -> NDArray[Any]:
        """Actions that the file itself chose, held to what there is to choose from."""
        if self.reader.action["type"] == "continuous":
            return actions.clip(-1, 1)
        wrong = np.argwhere((actions < 0) | (actions >= np.array(self.nvec)))
        if len(wrong):
            row, head = wrong[0]
            want = f"0 to {self.nvec[head] - 1} of head {head}"
            raise EnvError(f"the policy chose {actions[row, head]}, want {want}")
        return actions

    def forget(self, rows: Rows) -> None:
        """Zero the state of `rows`."""
        self.state[rows] = 0


def make_player(kind: str, env: VecEnv, seed: int, mode: str = "") -> Player:
    """A player by name ("random", "scripted", "scripted:LEVEL"), ONNX file, checkpoint or run.

    Raises:
        EnvError: nothing of that name, or a policy of another environment.
    """
    if kind == "random":
        return RandomPlayer(seed)
    if kind == "scripted" or kind.startswith("scripted:"):
        if not env.spec["has"]["script"]:
            raise EnvError(f"{env.spec['name']} has no scripted player")
        return ScriptedPlayer(int(kind.partition(":")[2] or 0))
    if kind.endswith(".onnx"):
        if not Path(kind).is_file():
            raise EnvError(f"no policy file {kind}")
        return OnnxPlayer(Path(kind), env, seed, mode)
    from trainer.torch_player import TorchPlayer

    return TorchPlayer(kind, env, seed, mode)
