"""A small project folder for the tests of the server: two games, one of them with a policy."""

import json
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from server.app import create_app
from server.settings import Settings

README = """# Ping

Two paddles, one <ball> & more.

## What you see

A *table*. <script>alert(1)</script>
"""


def spec(**changes: Any) -> dict[str, Any]:
    """Facts of a game, as much of them as the server reads."""
    param: dict[str, Any] = {"default": 11.0, "min": 1.0, "max": 99.0, "step": 1.0}
    param |= {"name": "points", "live": False, "unit": "points", "text": "points that win"}
    facts = {"title": "Ping", "agents": 2, "turn_based": False, "ticks_per_second": 30}
    return facts | {"width": 640, "height": 480, "params": [param]} | changes


def sidecar(**changes: Any) -> dict[str, Any]:
    """What lies beside a policy."""
    evaluation = {"opponent": "scripted", "episodes": 500, "mode": "sampled", "win_rate": 0.9969}
    evaluation |= {"draw_rate": 0.0, "loss_rate": 0.0031, "score_mean": 9.5, "score_se": 0.04}
    evaluation |= {"length_mean": 812.5, "met": True}
    evaluation |= {"floor_metric": "won", "floor_value": 0.9969, "floor": 0.95, "floor_share": True}
    facts = {"name": "best", "algorithm": "PPO", "train_steps": 12_000_000, "wall_time_s": 725.0}
    return facts | {"evaluations": [evaluation], "rating": None, "state_size": 0} | changes


def write(path: Path, text: str | bytes) -> Path:
    """Put a file there, folders and all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def project(root: Path) -> Path:
    """Lay out the files of a small site."""
    static = root / "web" / "static"
    write(static / "css" / "site.css", "body { margin: 0 }\n" * 40)
    styles = ("viewer", "seats", "timeline", "replays", "asking", "panels", "sight")
    for name in (*styles, "layouts", "curve", "docs"):
        write(static / "css" / f"{name}.css", "canvas { width: 100% }\n")
    write(static / "js" / "main.js", 'import "./player.js";\n')
    write(static / "js" / "player.js", "export const answer = 42;\n" * 30)
    write(static / "js" / "preview" / "main.js", "new EventSource('/preview/events');\n")
    write(static / "img" / "icon.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>")
    write(static / "vendor" / "ort" / "ort.wasm.min.mjs", "export {};\n")
    write(static / "vendor" / "ort" / "ort-wasm-simd-threaded.wasm", b"\0asm\1\0\0\0")
    write(static / "vendor" / "uplot" / "uPlot.min.js", "export {};\n")
    write(static / "vendor" / "uplot" / "uPlot.min.css", "canvas { width: 100% }\n")
    for name, facts in {"ping": spec(), "quiet": spec(title="Quiet", turn_based=True)}.items():
        folder = static / "envs" / name
        write(folder / "spec.json", json.dumps(facts))
        write(folder / "sim.wasm", b"\0asm\1\0\0\0" + bytes(400))
        write(folder / "draw.mjs", "export default () => {};\n")
        write(folder / "draw.wasm", b"\0asm\1\0\0\0")
        write(folder / "still.webp", b"RIFF")
    write(root / "envs_c" / "ping" / "README.md", README)
    write(root / "docs" / "first.md", "# First\n\nA document.\n")
    write(static / "policies" / "ping" / "best.json", json.dumps(sidecar()))
    write(static / "policies" / "ping" / "best.onnx", bytes(range(256)) * 8)
    return root


def client(root: Path, **settings: Any) -> TestClient:
    """Return a client of an app over that folder; failures inside come back as answers."""
    app = create_app(Settings(root=root, **settings))
    return TestClient(app, raise_server_exceptions=False)
