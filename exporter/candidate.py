"""What the gate looks at: one ONNX file, and what is known of where it came from."""

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from envs_c.binding import VecEnv
from envs_c.build import EnvError
from envs_c.spec import Spec, load_spec
from exporter.graph import Graph
from exporter.weights import Rounding
from trainer.evaluate import Evaluation
from trainer.players import RandomPlayer
from trainer.reader import Reader, open_session

F32 = NDArray[np.float32]
MAX_KB = 300
"""Thousands of bytes that a shipped policy may have."""


@dataclass
class Candidate:
    """One file at the gate; what is costly is done once."""

    name: str
    data: bytes
    sidecar: dict[str, Any] | None = None
    env: str = ""  # as asked for; else as its metadata say
    graph: Graph | None = None  # that it was exported from
    rounding: Rounding | None = None  # of its weights, where they were rounded
    max_kb: int = MAX_KB
    games: int = 16  # of the short evaluation
    played: list[Evaluation] = field(default_factory=list)  # by the short evaluation

    @cached_property
    def model(self) -> onnx.ModelProto:
        """The file, without weights that lie elsewhere.

        Raises:
            EnvError: it is not an ONNX file.
        """
        try:
            model = onnx.load_model_from_string(self.data)
        except Exception as error:
            raise EnvError(f"{self.name} is not an ONNX file: {error}") from error
        if not model.graph.node:
            raise EnvError(f"{self.name} is not an ONNX file: want nodes, got none")
        return model

    @cached_property
    def opset(self) -> int:
        """The version of ONNX's own operators."""
        versions = {o.domain: o.version for o in self.model.opset_import}
        return int(versions.get("", versions.get("ai.onnx", 0)))

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """`metadata_props`; what is JSON is read as JSON."""
        return {p.key: _value(p.value) for p in self.model.metadata_props}

    @cached_property
    def known_env(self) -> str:
        """The environment it is for, "" where nobody says."""
        said = (self.env, self.metadata.get("env"), (self.sidecar or {}).get("env"))
        return next((str(name) for name in said if name), "")

    @cached_property
    def spec(self) -> Spec:
        """The facts of its environment."""
        return load_spec(self.known_env)

    @cached_property
    def reader(self) -> Reader:
        """It, open, and read for its environment.

        Raises:
            EnvError: it does not fit.
        """
        return Reader(open_session(self.data), self.spec["interface"])

    @cached_property
    def rows(self) -> F32:
        """Observations (64, size) from ticks of random play."""
        env, random = VecEnv(self.known_env, 8, seed=5), RandomPlayer(5)
        seen: list[F32] = []
        while sum(map(len, seen)) < 64:
            for _ in range(7):
                random.act(env, np.arange(env.rows))
                env.step()
            seen.append(env.obs.astype(np.float32))
        rows: F32 = np.concatenate(seen)[:64]
        return rows


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def open_candidate(path: Path, env: str = "", max_kb: int = MAX_KB) -> Candidate:
    """A file on disk, with its sidecar if there is one.

    Raises:
        EnvError: no such file, or a sidecar that is not JSON.
    """
    if not path.is_file():
        raise EnvError(f"no file {path}")
    beside = path.with_suffix(".json")
    try:
        sidecar = json.loads(beside.read_text()) if beside.is_file() else None
    except ValueError as error:
        raise EnvError(f"{beside} is not JSON: {error}") from error
    return Candidate(path.name, path.read_bytes(), sidecar, env, max_kb=max_kb)
