"""Exports for tests, from any source, and the commands that the docs show."""

import json
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from envs_c.binding import VecEnv
from envs_c.build import ROOT
from envs_c.spec import load_spec
from exporter import sources
from exporter.__main__ import main
from exporter.export import Settings, export
from exporter.graph import to_onnx
from exporter.sources import Options
from trainer.reader import Reader, open_session


def exported(path: Path, env: str, **options: Any) -> tuple[Reader, dict[str, Any]]:
    """The file made of a source, opened, and its sidecar."""
    target = path.with_suffix(".onnx") if path.suffix else path.parent / "policy.onnx"
    place = str(options.pop("place", path))
    settings = Settings(
        output=target, episodes=4, max_kb=1000, weights="float32", options=Options(env, **options)
    )
    export(place, settings)
    reader = Reader(open_session(str(target)), load_spec(env)["interface"])
    return reader, json.loads(target.with_suffix(".json").read_text())


def opened(path: Path, env: str) -> Reader:
    """As `exported`, without the gate and the games, where these take long."""
    source = sources.load(str(path), Options(env))
    size = source.spec["interface"]["observation"]["size"]
    return Reader(open_session(to_onnx(source.graph, size, {})), source.spec["interface"])


def plays(env: str, ticks: int = 40) -> np.ndarray[Any, Any]:
    """Observations of random play."""
    from trainer.players import RandomPlayer

    game, random, seen = VecEnv(env, 2, seed=3), RandomPlayer(3), []
    for _ in range(ticks):
        random.act(game, np.arange(game.rows))
        game.step()
        seen.append(game.obs.astype(np.float32))
    return np.concatenate(seen)


def documented(name: str) -> list[str]:
    """The command in the docs under a marker, without `python -m exporter`."""
    text = (ROOT / "docs" / "exporting.md").read_text()
    found = re.search(rf"<!-- run: {name} -->\n```\npython -m exporter (.+)\n```", text)
    assert found, name
    return shlex.split(found[1])


def run_documented(name: str, monkeypatch: pytest.MonkeyPatch, folder: Path) -> dict[str, Any]:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["exporter", *documented(name), "--episodes", "4"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code in (0, None)
    assert (folder / "policy.onnx").is_file()
    facts: dict[str, Any] = json.loads((folder / "policy.json").read_text())
    return facts
