"""Two processes learn what one learns from the same games; noise that is the same everywhere."""

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.multiprocessing.spawn import spawn

from envs_c.binding import VecEnv
from envs_c.build import ROOT
from trainer import checkpoint
from trainer.config import Config, make_config
from trainer.noise import Noise
from trainer.parallel import World, joined
from trainer.train import resume, train

SMALL = {"copies": 12, "segment": 16, "hidden": 16, "minibatches": 3, "epochs": 2, "threads": 1}
AGAINST = {"past": 0.34, "scripted": 0.25, "random": 0.17, "pool_every": 400, "pool": 3}
TOLERANCE = 1e-6
"""Sums come out in another order, and Adam divides by their size."""


def _rank(rank: int, port: int, env: str, config: Config, folder: str, steps: int) -> None:

    where = {"RANK": rank, "WORLD_SIZE": 2, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    os.environ.update({name: str(value) for name, value in where.items()})
    with joined() as world:
        if steps:
            resume(Path(folder), steps, world)
        else:
            train(env, config, Path(folder), world=world)
    # A thread that frees a tensor while the interpreter ends takes the process down with it.
    # One that has ended may be listed for a moment more.
    until = time.monotonic() + 10
    while (left := gloo_threads()) and time.monotonic() < until:
        time.sleep(0.01)
    assert not left, f"threads outlive the group: {left}"


def gloo_threads() -> list[str]:
    """Names of those of this process."""
    names = []
    for comm in Path("/proc/self/task").glob("*/comm"):
        with suppress(OSError):  # it has just ended
            names.append(comm.read_text().strip())
    return [name for name in names if "gloo" in name]


def train_in_two(env: str, config: Config, folder: Path, steps: int = 0) -> None:

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    spawn(_rank, (port, env, config, str(folder), steps), nprocs=2)


def same(a: Path, b: Path) -> None:
    """Two checkpoints: weights to the tolerance, games and random numbers to the bit."""
    one, two = (checkpoint.load(path) for path in (a, b))
    for name, weight in one["policy"].items():
        assert torch.allclose(weight, two["policy"][name], rtol=0, atol=TOLERANCE), name
    for name, array in one["games"].items():
        assert torch.equal(array, two["games"][name]), name
    assert one["ticks"] == two["ticks"] and torch.equal(one["random"], two["random"])
    assert torch.equal(one["starting"], two["starting"])
    assert torch.allclose(one["state"], two["state"], atol=1e-4)
    pools = [c["opponents"]["pool"] for c in (one, two)]
    for key in ("due", "points", "games"):
        assert [m[key] for m in pools[0]] == [m[key] for m in pools[1]]
    for mine, theirs in zip(*(c["opponents"]["tallies"] for c in (one, two)), strict=True):
        assert all(torch.equal(torch.as_tensor(mine[k]), torch.as_tensor(theirs[k])) for k in mine)


@pytest.mark.parametrize(
    ("env", "settings"),
    [
        ("squared", {}),
        ("squared", {"recurrent": "lstm", "copies": 7}),
        ("connect4", {}),
        ("connect4", {**AGAINST, "opening": 5}),
        ("pong", {**AGAINST, "pool_by": "uniform", "recurrent": "lstm"}),
    ],
    ids=["plain", "recurrent", "turns", "opponents", "all"],
)
def test_two_processes_learn_what_one_does(
    tmp_path: Path, env: str, settings: dict[str, Any]
) -> None:
    config = make_config({**SMALL, **settings, "steps": 1200})
    train_in_two(env, config, tmp_path / "two")
    train(env, config, tmp_path / "one")
    same(tmp_path / "one" / "checkpoint.pt", tmp_path / "two" / "checkpoint.pt")
    logs = [
        [json.loads(line) for line in (tmp_path / n / "metrics.jsonl").read_text().splitlines()]
        for n in ("one", "two")
    ]
    assert len(logs[0]) == len(logs[1]) >= 4
    for one, two in zip(*logs, strict=True):
        assert list(one) == list(two)
        for name in one:
            if "second" not in name:
                assert one[name] == pytest.approx(two[name], rel=1e-3, abs=1e-4), name


def test_a_run_goes_on_in_another_number_of_processes(tmp_path: Path) -> None:
    config = make_config({**SMALL, **AGAINST, "steps": 600})
    train("connect4", config, tmp_path / "one")
    resume(tmp_path / "one", 1200)
    train("connect4", config, tmp_path / "grows")
    train_in_two("connect4", config, tmp_path / "grows", steps=1200)
    same(tmp_path / "one" / "checkpoint.pt", tmp_path / "grows" / "checkpoint.pt")
    train_in_two("connect4", config, tmp_path / "shrinks")
    resume(tmp_path / "shrinks", 1200)
    same(tmp_path / "one" / "checkpoint.pt", tmp_path / "shrinks" / "checkpoint.pt")


def test_torchrun_ends_all_when_one_fails(tmp_path: Path) -> None:
    """The first process refuses the folder, while the other waits for it."""
    (tmp_path / "checkpoint.pt").write_bytes(b"")
    script = tmp_path / "script.py"
    script.write_text(
        "import sys; from pathlib import Path\n"
        "from trainer.config import make_config; from trainer.parallel import joined\n"
        "from trainer.train import train\n"
        "with joined() as world:\n"
        f"    train('squared', make_config({SMALL!r}), Path({str(tmp_path)!r}), world=world)\n"
    )
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    done = subprocess.run(
        [*command, str(script)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert "holds a run already: resume it, or name another run" in done.stderr


def test_copies_are_shared_out_and_play_their_own_streams() -> None:
    whole = VecEnv("pong", 5, seed=4)
    shares = [World(rank, 2).copies(5) for rank in (0, 1)]
    assert [list(share) for share in shares] == [[0, 2, 4], [1, 3]]
    parts = [VecEnv("pong", len(share), seed=4, streams=share) for share in shares]
    for _ in range(200):
        for env in (whole, *parts):
            env.script(env.active)
            env.step()
    for part in parts:
        assert np.array_equal(part.state, whole.state[list(part.streams)])
        assert np.array_equal(part.obs, whole.obs[part.row_ids])
    with pytest.raises(ValueError, match=r"copies: want at least one a process \(4\), got 3"):
        World(1, 4).copies(3)
    with pytest.raises(ValueError, match=r"streams: want one a copy \(2\), got 3"):
        VecEnv("pong", 2, streams=range(3))


def test_noise_depends_on_seed_tick_and_row_alone() -> None:
    whole = torch.zeros(6, 5, 3)
    Noise(7).fill(whole, torch.arange(5))
    part, later = torch.zeros(4, 2, 3), torch.zeros(2, 2, 3)
    stream = Noise(7)
    stream.fill(part, torch.tensor([1, 4]))
    stream.fill(later, torch.tensor([1, 4]))
    assert torch.equal(torch.cat((part, later)), whole[:, [1, 4]])
    assert stream.ticks == 6
    other = torch.zeros(6, 5, 3)
    Noise(8).fill(other, torch.arange(5))
    assert not (other == whole).any()


@pytest.mark.parametrize("normal", [False, True], ids=["gumbel", "normal"])
def test_noise_has_its_distribution(normal: bool) -> None:
    noise = torch.zeros(100, 500, 4)
    Noise(1).fill(noise, torch.arange(500), normal)
    got = noise.double()
    mean, variance = (0.0, 1.0) if normal else (0.5772157, torch.pi**2 / 6)
    assert float(got.mean()) == pytest.approx(mean, abs=0.01)
    assert float(got.var()) == pytest.approx(variance, rel=0.02)
    columns = got.flatten(0, 1)
    assert torch.corrcoef(columns.T).fill_diagonal_(0).abs().max() < 0.02
    for lagged in (got[1:].flatten() * got[:-1].flatten(), got[:, 1:] * got[:, :-1]):
        assert float(lagged.mean()) - mean**2 == pytest.approx(0, abs=0.02)
    assert torch.isfinite(noise).all() and noise.unique().numel() > 190_000
