"""Run a training to its end: progress, metrics on disk, checkpoints, and resuming."""

import json
import time
from pathlib import Path
from typing import Any

import torch

from envs_c.build import EnvError
from trainer import checkpoint
from trainer.config import Config
from trainer.ppo import Run
from trainer.progress import Screen

THREADS = 2
"""Threads of torch. Fixed, for sums to come out the same in every run on every machine."""


def train(name: str, config: Config, folder: Path, *, resume: bool = False) -> Path:
    """Train until the configured steps are taken; returns the last checkpoint's path.

    Metrics are appended to metrics.jsonl in `folder`, an object an update, as they come.

    Args:
        name: the environment.
        config: settings; those of the checkpoint hold instead when resuming, but for `steps`.
        folder: where the run lives.
        resume: go on from the folder's checkpoint. What the killed run wrote after it is dropped
            and done again, with the same results.

    Raises:
        EnvError: the folder holds a run already and `resume` is not set, or the other way round.
    """
    torch.set_num_threads(THREADS)
    latest = folder / checkpoint.LATEST
    if resume:
        run = Run.resume(checkpoint.load(latest))
    elif latest.exists():
        raise EnvError(f"{folder} holds a run already: resume it, or name another run")
    else:
        run = Run(name, config)
    folder.mkdir(parents=True, exist_ok=True)
    metrics = folder / "metrics.jsonl"
    _forget_after(metrics, run.updates)
    saved_at = run.steps // run.config.checkpoint_every
    with metrics.open("a") as log, Screen(f"{run.name} · {folder.name}", run.config.steps) as screen:
        while run.steps < run.config.steps:
            measured = run.update()
            log.write(json.dumps({k: round(v, 6) for k, v in measured.items()}) + "\n")
            log.flush()
            screen.show(measured)
            due = run.steps // run.config.checkpoint_every
            if due > saved_at or run.steps >= run.config.steps:
                saved_at = due
                checkpoint.save(run.checkpoint(), latest)
                checkpoint.save(_weights(run), folder / f"policy-{run.steps:012d}.pt")
    return latest


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
