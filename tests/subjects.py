"""The environments under test, those of the gallery and those made for tests, and a player."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from envs_c.binding import VecEnv
from envs_c.build import library, names, source
from envs_c.spec import Spec, read_spec

TEST_ENVS = Path(__file__).parent / "envs"


@dataclass(frozen=True)
class Subject:
    """One environment, wherever its C file lies."""

    name: str
    c_file: Path | None = None  # None for one of the gallery

    @property
    def source(self) -> Path:
        """Its C file."""
        return self.c_file or source(self.name)

    @property
    def spec(self) -> Spec:
        """Its facts."""
        path = library(self.name, c_file=self.c_file)
        return read_spec(path, self.name, self.source.parent / "golden.txt")

    def make(
        self,
        copies: int = 1,
        seed: int = 0,
        params: Mapping[str, float] | None = None,
        threads: int = 1,
    ) -> VecEnv:
        """New games of it."""
        return VecEnv(self.name, copies, seed, params, threads, source=self.c_file)


GALLERY = [Subject(name) for name in names()]
MADE = [Subject(path.stem, path) for path in sorted(TEST_ENVS.glob("*/*.c"))]
SUBJECTS = GALLERY + MADE


def made(name: str) -> Subject:
    """The test environment of that name."""
    return next(subject for subject in MADE if subject.name == name)


class Player:
    """Plays all rows of an environment: at random among the choices allowed, or as scripted."""

    def __init__(self, env: VecEnv, seed: int = 1, scripted: float = 0.0) -> None:
        """`scripted`: the share of actions that follow the scripted player, if there is one."""
        self.env = env
        self.scripted = scripted if env.spec["has"]["script"] else 0.0
        self._rng = np.random.default_rng(seed)
        action = env.spec["interface"]["action"]
        self._sizes = [head["n"] for head in action["heads"]]
        self._continuous = action["type"] == "continuous"

    def act(self) -> NDArray[Any]:
        """Write an action for every row into `env.actions`, which is returned."""
        env, rng = self.env, self._rng
        if self._continuous:
            env.actions[...] = rng.integers(-16, 17, env.actions.shape) / 16
        else:
            scores = rng.random((env.rows, sum(self._sizes)))  # (rows, choices)
            if env.mask is not None:
                scores *= env.mask
            heads = np.split(scores, np.cumsum(self._sizes)[:-1], axis=1)
            for h, head in enumerate(heads):
                env.actions[:, h] = head.argmax(axis=1)
        if self.scripted:
            chosen = env.active & (rng.random(env.rows) < self.scripted)
            env.script(chosen.astype(np.uint8))
        return env.actions

    def play(self, ticks: int) -> None:
        """Play on for some ticks."""
        for _ in range(ticks):
            self.act()
            self.env.step()


def outcome(env: VecEnv) -> dict[str, NDArray[Any]]:
    """Copies of all that one step writes, with what is stale left out."""
    ended = (env.terminated | env.truncated) != 0
    seen = {
        "obs": env.obs,
        "final_obs": env.final_obs[ended],
        "rewards": env.rewards,
        "terminated": env.terminated,
        "truncated": env.truncated,
        "active": env.active,
        "metrics": env.metrics,
        "over": env.over,
        "finals": env.finals[env.over != 0],
        "state": env.state,
    }
    if env.mask is not None:
        seen["mask"] = env.mask
    return {name: array.copy() for name, array in seen.items()}


def assert_same(got: dict[str, NDArray[Any]], want: dict[str, NDArray[Any]]) -> None:
    """That two games show the same bytes."""
    for name, array in want.items():
        assert got[name].tobytes() == array.tobytes(), f"{name} differs"
