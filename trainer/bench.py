"""Measure the trainer: wall time to a fixed score, beside Stable-Baselines3's PPO.

What is to be reached stands in `[bench]` of an environment's train.toml. Each learner runs in a
process of its own with one thread of torch, from its start (imports left out) until the mean score
of its latest games reaches that score; all of them in one run on the same machine, one by one.
"""

import json
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from envs_c.build import EnvError, names
from trainer.config import make_config, read_toml

LEARNERS = ("ours", "sb3-tuned", "sb3-defaults")
"""sb3-defaults: one game, no setting changed. sb3-tuned: large batches, games stepped in C."""

TUNED_COPIES = 512
TUNED: Mapping[str, Any] = {
    "n_steps": 64,
    "batch_size": 4096,
    "n_epochs": 4,
    "learning_rate": 1e-3,
    "ent_coef": 0.01,
    "policy_kwargs": {"net_arch": [128, 128]},
}


@dataclass(frozen=True)
class Goal:
    """What is to be reached, and in which game."""

    env: str
    score: float  # the mean of the latest games, at least
    games: int = 300  # how many those are
    params: Mapping[str, float] = field(default_factory=dict)
    train: Mapping[str, Any] = field(default_factory=dict)  # our settings beside those of [train]


@dataclass(frozen=True)
class Result:
    """How one learner did."""

    env: str
    learner: str
    reached: bool
    seconds: float  # until then, or until the limit
    steps: int  # actions taken by then
    score: float  # of the latest games
    phases: Mapping[str, float] = field(default_factory=dict)  # share of the time, ours only


class Latest:
    """The mean score of the latest games, told as means of several."""

    def __init__(self, games: int) -> None:
        self.games, self.count = games, 0.0
        self._told: deque[tuple[float, float]] = deque()

    def add(self, games: float, score: float) -> None:
        """Some more games, and their mean score; those too old are forgotten."""
        if games:
            self._told.append((games, score))
            self.count += games
        while self._told and self.count - self._told[0][0] >= self.games:
            self.count -= self._told.popleft()[0]

    @property
    def score(self) -> float:
        """Their mean; minus infinity while there are too few."""
        if self.count < self.games:
            return float("-inf")
        return sum(games * score for games, score in self._told) / self.count


def load_goal(name: str) -> Goal | None:
    """The goal of an environment; None where it states none."""
    stated = read_toml(name).get("bench")
    return None if stated is None else Goal(name, **stated)


def run_ours(goal: Goal, limit: float) -> Result:
    """Train with our trainer, all games against the opponent where there is one."""
    from trainer.ppo import Run

    settings = {**read_toml(goal.env).get("train", {}), **goal.train, "params": goal.params}
    latest, phases = Latest(goal.games), dict[str, float]()
    start = time.perf_counter()
    run = Run(goal.env, make_config({**settings, "threads": 1}))
    while latest.score < goal.score and time.perf_counter() - start < limit:
        told = run.update()
        for kind in run.opponents.seating.versus:
            latest.add(told.get(f"{kind}/episodes", 0), told.get(f"{kind}/score", 0))
        for key, seconds in told.items():
            if key.startswith("seconds_"):
                phases[key[8:]] = phases.get(key[8:], 0) + seconds
    spent = time.perf_counter() - start
    total = sum(phases.values())
    shares = {phase: round(seconds / total, 3) for phase, seconds in phases.items()}
    reached = latest.score >= goal.score
    return Result(goal.env, "ours", reached, spent, run.steps, latest.score, shares)


def run_sb3(goal: Goal, limit: float, *, tuned: bool) -> Result:
    """Train with Stable-Baselines3's PPO."""
    import gymnasium
    import torch
    from stable_baselines3 import PPO
    from stable_baselines3.common.callbacks import BaseCallback
    from stable_baselines3.common.env_util import make_vec_env

    from gymcade import env_id
    from gymcade.sb3 import SB3VecEnv

    torch.set_num_threads(1)
    latest = Latest(goal.games)
    start = time.perf_counter()

    class Watch(BaseCallback):
        def _on_step(self) -> bool:
            for info in self.locals["infos"]:
                if "episode" in info:
                    latest.add(1, info["episode"]["r"])
            return latest.score < goal.score and time.perf_counter() - start < limit

    games: Any
    if tuned:
        made: Any = gymnasium.make_vec(
            env_id(goal.env), num_envs=TUNED_COPIES, params=dict(goal.params)
        )
        games = SB3VecEnv(made)
    else:
        games = make_vec_env(env_id(goal.env), env_kwargs={"params": dict(goal.params)})
    model = PPO("MlpPolicy", games, device="cpu", seed=1, **(TUNED if tuned else {}))
    model.learn(10**12, callback=Watch())
    spent = time.perf_counter() - start
    learner = "sb3-tuned" if tuned else "sb3-defaults"
    reached = latest.score >= goal.score
    return Result(goal.env, learner, reached, spent, model.num_timesteps, latest.score)


RUNS: Mapping[str, Callable[[Goal, float], Result]] = {
    "ours": run_ours,
    "sb3-tuned": lambda goal, limit: run_sb3(goal, limit, tuned=True),
    "sb3-defaults": lambda goal, limit: run_sb3(goal, limit, tuned=False),
}

_CHILD = "import sys; from trainer.bench import child; child(sys.argv[1])"


def child(job: str) -> None:
    """Run one learner and print its result; for `measure`."""
    asked = json.loads(job)
    result = RUNS[asked["learner"]](Goal(**asked["goal"]), asked["limit"])
    print(json.dumps(asdict(result)))


def measure(goal: Goal, learner: str, limit: float) -> Result:
    """Run one learner in a process of its own.

    Raises:
        EnvError: it failed; the message holds its words.
    """
    job = json.dumps({"goal": asdict(goal), "learner": learner, "limit": limit})
    command = [sys.executable, "-c", _CHILD, job]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise EnvError(f"{learner} failed on {goal.env}:\n{done.stderr.strip()}")
    return Result(**json.loads(done.stdout.splitlines()[-1]))


def row_of(result: Result, ours: Result) -> dict[str, Any]:
    """A result as it is told, with its ratio to ours: at least so much, where it did not arrive."""
    return {
        **asdict(result),
        "seconds": round(result.seconds, 2),
        "steps_per_second": round(result.steps / result.seconds),
        "ratio": round(result.seconds / ours.seconds, 2),
    }


def command(
    env: Annotated[list[str] | None, typer.Argument(help="environments; all with a goal")] = None,
    limit: Annotated[float, typer.Option(help="seconds for each learner", min=1)] = 900.0,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line")] = False,
    out: Annotated[Path | None, typer.Option(help="a file for all rows, as one JSON array")] = None,
) -> None:
    """Measure wall time to a fixed score, beside Stable-Baselines3's PPO."""
    rows = []
    table = Table("environment", "learner", "score", "seconds", "steps", "steps/s", "of ours")
    for column in table.columns[2:]:
        column.justify = "right"
    for name in env or [name for name in names() if load_goal(name)]:
        goal = load_goal(name)
        if goal is None:
            raise EnvError(f"{name}: no [bench] in its train.toml, so there is nothing to reach")
        results: list[Result] = []
        for learner in LEARNERS:
            result = measure(goal, learner, limit)
            results.append(result)
            row = row_of(result, results[0])
            rows.append(row)
            if out:  # each as it comes: the whole takes long
                out.parent.mkdir(parents=True, exist_ok=True)
                out.write_text(json.dumps(rows, indent=1) + "\n")
            if as_json:
                typer.echo(json.dumps(row))
            sign = "" if result.reached else "> "
            table.add_row(
                *(name, result.learner, f"{result.score:.2f} of {goal.score:g}"),
                *(f"{sign}{result.seconds:.1f}", f"{result.steps:,}"),
                *(f"{row['steps_per_second']:,}", f"{sign}{row['ratio']:.1f} x"),
            )
        table.add_section()
    if not as_json:
        console = Console()
        console.print(table)
        for row in rows:
            if row["phases"]:
                shares = ", ".join(f"{k} {v:.0%}" for k, v in row["phases"].items())
                console.print(f"{row['env']}, our time: {shares}")
