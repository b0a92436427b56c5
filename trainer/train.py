"""Run a training to its end: progress, metrics on disk, checkpoints, and resuming."""

import json
import time
from pathlib import Path
from typing import Any

from envs_c.build import EnvError
from trainer import checkpoint
from trainer.config import Config
from trainer.ppo import Run
from trainer.progress import Screen


def train(name: str, config: Config, folder: Path) -> Path:
    """Train from nothing until the configured steps are taken.

    Metrics are appended to metrics.jsonl in `folder`, an object an update, as they come.

    Returns:
        The path of the last checkpoint.

    Raises:
        EnvError: no such environment, or the folder holds a run already.
    """
    if (folder / checkpoint.LATEST).exists():
        raise EnvError(f"{folder} holds a run already: resume it, or name another run")
    return _go_on(Run(name, config), folder)


def resume(folder: Path, steps: int = 0) -> Path:
    """Go on from a run's checkpoint, by its own settings, exactly as if it had not stopped.

    What a killed run wrote after its checkpoint is dropped and done again.

    Args:
        folder: of the run.
        steps: train on to this many instead; the schedules stretch with it. 0 keeps the run's.

    Raises:
        EnvError: the folder holds no checkpoint.
    """
    saved = checkpoint.load(folder / checkpoint.LATEST)
    if steps:
        saved["config"]["steps"] = steps
    return _go_on(Run.resume(saved), folder)


def _go_on(run: Run, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    latest, metrics = folder / checkpoint.LATEST, folder / "metrics.jsonl"
    _forget_after(metrics, run.updates)
    saved_at = checkpoints_due(run.steps, run.config)
    with (
        metrics.open("a") as log,
        Screen(f"{run.name} · {folder.name}", run.config.steps) as screen,
    ):
        while run.steps < run.config.steps:
            measured = run.update()
            log.write(json.dumps({k: round(v, 6) for k, v in measured.items()}) + "\n")
            log.flush()
            screen.show(measured)
            due = checkpoints_due(run.steps, run.config)
            if due > saved_at or run.steps >= run.config.steps:
                saved_at = due
                checkpoint.save(run.checkpoint(), latest)
                checkpoint.save(_weights(run), folder / f"policy-{run.steps:012d}.pt")
    return latest


def checkpoints_due(steps: int, config: Config) -> int:
    """How many checkpoints a run has come by: at doubling steps early on, then at equal ones."""
    doubled, at = 0, config.first_checkpoint
    while at < config.checkpoint_every and at <= steps:
        doubled, at = doubled + 1, 2 * at
    return doubled + steps // config.checkpoint_every


def _weights(run: Run) -> dict[str, Any]:
    """A checkpoint for playing only: what the exporter and ladders need."""
    whole = run.checkpoint()
    keep = ("env", "config", "interface_version", "dynamics_version")
    return {k: whole[k] for k in (*keep, "steps", "updates", "seconds", "policy")}


def _forget_after(metrics: Path, updates: int) -> None:
    if not metrics.exists():
        return
    lines = metrics.read_text().splitlines()
    kept = [line for line in lines if _update_of(line) <= updates]
    metrics.write_text("".join(line + "\n" for line in kept))


def _update_of(line: str) -> float:
    try:
        return float(json.loads(line)["updates"])
    except ValueError:  # cut off by a kill
        return float("inf")


def new_run_name() -> str:
    """A name for a run that sorts by time."""
    return time.strftime("%Y%m%d-%H%M%S")
