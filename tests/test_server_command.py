"""`python -m server`: what it says, how it ends, and what it leaves alone."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

from server.__main__ import _listen
from tests.server_site import project


def command(root: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "server", *arguments],
        env=os.environ | {"GYMCADE_ROOT": str(root), "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_serve_says_where_and_ends_when_told(tmp_path: Path) -> None:
    with command(project(tmp_path), "serve", "--port", "0") as process:
        assert process.stdout is not None
        found = re.fullmatch(
            r"Gymcade is at (http://127\.0\.0\.1:\d+)\n", process.stdout.readline()
        )
        assert found
        with urllib.request.urlopen(f"{found[1]}/healthz", timeout=10) as answer:
            assert answer.status == 200
            assert "server" not in answer.headers
        head = urllib.request.Request(f"{found[1]}/", method="HEAD")
        with urllib.request.urlopen(head, timeout=10) as answer:
            assert (answer.status, answer.read()) == (200, b"")
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with command(project(tmp_path), "serve", "--port", port) as process:
            said = process.communicate(timeout=30)
        assert process.returncode == 1
        assert said[0] == ""
        assert said[1] == (
            f"Cannot listen on 127.0.0.1:{port}: Address already in use.\n"
            "Is something running there already? Another port: make serve PORT=8001\n"
        )


def test_a_body_does_not_wait_until_its_head_was_received() -> None:
    with (
        _listen("127.0.0.1", 0) as listener,
        socket.create_connection(listener.getsockname()),
        listener.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def test_precompress_does_each_file_once(tmp_path: Path) -> None:
    root = project(tmp_path)
    assets = sum(path.is_file() for path in (root / "web" / "static").rglob("*"))
    for done in (14, 0):
        with command(root, "precompress") as process:
            said = process.communicate(timeout=60)[0]
        assert process.returncode == 0
        wanted = rf"{done} of {assets} assets compressed, 0 removed, \d+\.\d s\n"
        assert re.fullmatch(wanted, said), said


def test_the_server_imports_nothing_of_training_and_only_the_reader_of_replays() -> None:
    code = "import sys, server.app, server.__main__; print(*sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {"torch", "onnx", "onnxruntime", "trainer", "exporter"}
    assert heavy & {name.partition(".")[0] for name in loaded} == set()
    reading = {"envs_c", "envs_c.build", "envs_c.packing", "envs_c.replay_file"}  # of replays
    assert {name for name in loaded if name.startswith("envs_c")} == reading
