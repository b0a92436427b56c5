"""Write tests/vectors/replays/: replays made in Python and in JavaScript, and what they hold.

    .venv/bin/python -m tests.replay_files

Both languages must read the files of both. Nothing plays them: they stay when rules change.
"""

import json
from base64 import b64decode
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from envs_c import replay
from envs_c.replay_file import Driver, Replay, encode
from envs_c.wasm import in_node, text_of
from tests.subjects import SUBJECTS, Subject
from tests.wasm import module

FOLDER = Path(__file__).parent / "vectors" / "replays"
PLAYER = Path(__file__).parent / "replays.mjs"

GAMES: dict[str, dict[str, Any]] = {
    "pong": {"ticks": 300, "params": {"points": 3}, "changes": {"serve_speed": 9.5}},
    "snake": {"ticks": 60, "params": {}, "changes": None},
    "connect4": {"ticks": 40, "params": {}, "changes": None},
    "squared": {"ticks": 1, "params": {}, "changes": None},
    "dials": {"ticks": 50, "params": {}, "changes": None},
    "drift": {"ticks": 24, "params": {"limit": 20}, "changes": {"push": 0.125}},
}
"""What is played of each environment; the changes set in half-way."""


def subject(name: str) -> Subject:
    """The environment of that name."""
    return next(s for s in SUBJECTS if s.name == name)


def summary(game: Replay) -> dict[str, Any]:
    """What a replay holds, as replays.mjs says it: its actions as a hash of their bytes."""
    return {
        "env": game.env,
        "interfaceVersion": game.interface_version,
        "dynamicsVersion": game.dynamics_version,
        "seats": game.seats,
        "heads": list(game.choices),
        "seed": game.seed,
        "params": game.params,
        "ticks": game.ticks,
        "changes": [list(change) for change in game.changes],
        "drivers": [[tick, seat, _facts(driver)] for tick, seat, driver in game.drivers],
        "hashes": [list(entry) for entry in game.hashes],
        "actions": sha256(game.actions.tobytes()).hexdigest(),
    }


def _facts(driver: Driver) -> dict[str, str]:
    return {key: value for key, value in vars(driver).items() if value}


def natively(name: str, seed: int = 5) -> Replay:
    """One of GAMES, recorded here; a person takes seat 0 half-way."""
    game, played = GAMES[name], subject(name)
    half, changes = game["ticks"] // 2, game["changes"]
    recorded = replay.record(
        name,
        seed,
        game["params"],
        game["ticks"],
        ("scripted", "random") if played.spec["has"]["script"] else ("random",),
        changes={half: changes} if changes else None,
        every=16,
        source=played.c_file,
    )
    person = (half, 0, Driver("person"))
    policy = (game["ticks"], 0, Driver("policy", "Größe 🐍", "0f" * 32))
    return replace(recorded, drivers=(*recorded.drivers, person, policy))


def in_javascript(name: str, seed: int = 5) -> dict[str, Any]:
    """One of GAMES, recorded and written in Node, as `run` of replays.mjs answers."""
    played = subject(name)
    sim = text_of(module(played).read_bytes())
    game = {**GAMES[name], "seed": seed, "every": 16}
    answer: dict[str, Any] = in_node(PLAYER, {"sim": sim, "spec": played.spec, "game": game})
    return answer


def main() -> None:
    """Write all files, and replays.json with what each holds."""
    FOLDER.mkdir(exist_ok=True)
    held = {}
    for name in GAMES:
        recorded, answer = natively(name), in_javascript(name)
        (FOLDER / f"python-{name}.gymcade").write_bytes(encode(recorded))
        (FOLDER / f"javascript-{name}.gymcade").write_bytes(b64decode(answer["file"]))
        held[f"python-{name}"] = summary(recorded)
        held[f"javascript-{name}"] = answer["summary"]
    lines = [f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in held.items()]
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    (FOLDER / "replays.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
