"""Checkpoints on disk: whole or not there, and complete enough to resume a run exactly."""

import os
from pathlib import Path
from typing import Any

import torch

from envs_c.build import ROOT, EnvError

RUNS = ROOT / "runs"
LATEST = "checkpoint.pt"

Checkpoint = dict[str, Any]


def save(checkpoint: Checkpoint, path: Path) -> None:
    """Write under another name, then move: a kill at any moment leaves the old file or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".part")
    with unfinished.open("wb") as file:
        torch.save(checkpoint, file)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def find(place: str | Path) -> Path:
    """The checkpoint meant by a file, a run's folder, or an environment's name (its newest run).

    Raises:
        EnvError: there is none; the message says where it was looked for.
    """
    path = Path(place)
    if path.is_file():
        return path
    if (path / LATEST).is_file():
        return path / LATEST
    runs = sorted((RUNS / path).glob(f"*/{LATEST}"), key=lambda p: p.stat().st_mtime)
    if runs:
        return runs[-1]
    raise EnvError(f"no checkpoint at {place}: want a .pt file, a run's folder or an environment")


def load(place: str | Path) -> Checkpoint:
    """Read the checkpoint that `find` finds."""
    path = find(place)
    try:
        checkpoint: Checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise EnvError(f"{path} is not a checkpoint of this trainer: {error}") from error
    if "config" not in checkpoint or "policy" not in checkpoint:
        raise EnvError(f"{path} is not a checkpoint of this trainer: no config or no policy in it")
    return checkpoint
