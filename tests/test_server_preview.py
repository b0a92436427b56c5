"""What only a preview answers: policies in training, the last crash, replays played natively."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from envs_c.replay import record
from envs_c.replay_file import encode
from server.events import NOTHING, stream
from server.preview import LARGEST, REPLAY
from tests.project_copy import ROOT
from tests.server_site import client, project, write


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return project(tmp_path)


def test_policies_in_training_are_served_and_nothing_else(root: Path) -> None:
    folder = root / "build" / "preview" / "ping"
    write(folder / "policies" / "run-1.onnx", b"onnx")
    write(folder / "build.json", "{}")
    web = client(root, preview="ping")
    answer = web.get("/preview/policies/run-1.onnx")
    assert (answer.content, answer.headers["cache-control"]) == (b"onnx", "no-store")
    for name in ("run-2.onnx", "..%2Fbuild.json", "run-1.pt"):
        assert web.get(f"/preview/policies/{name}").status_code == 404
    assert client(root).get("/preview/policies/run-1.onnx").status_code == 404


def test_the_last_crash_is_served(root: Path) -> None:
    web = client(root, preview="ping")
    assert web.get("/preview/crash").status_code == 204
    write(root / "build" / "debug" / "ping" / "ping-1-9.gymcade", b"GYMCADE")
    answer = web.get("/preview/crash")
    assert (answer.content, answer.headers["content-type"]) == (b"GYMCADE", REPLAY)


def test_replays_are_played_natively() -> None:
    web = client(ROOT, preview="squared")
    replay = record("squared", 3, {}, 40, ("random",))
    kind = {"Content-Type": REPLAY}
    good = web.post("/preview/replay", content=encode(replay), headers=kind).json()
    assert (good["agreed"], good["differs"], good["playable"]) == (40, None, True)
    hashes = (replay.hashes[0], (20, "0" * 16), replay.hashes[-1])
    wrong = type(replay)(**{**replay.__dict__, "hashes": hashes})
    bad = web.post("/preview/replay", content=encode(wrong), headers=kind).json()
    assert (bad["agreed"], bad["differs"]) == (0, 20)
    damaged = web.post("/preview/replay", content=b"GYMCADE", headers=kind).json()
    assert damaged == {"error": "format version: want 1, got None"}


def test_what_another_site_could_send_is_refused(root: Path) -> None:
    web = client(root, preview="ping")
    assert web.post("/preview/replay", content=b"x").status_code == 415
    big = bytes(LARGEST + 1)
    assert (
        web.post("/preview/replay", content=big, headers={"Content-Type": REPLAY}).status_code
        == 413
    )


def test_each_event_is_told_at_first_and_when_it_changes(root: Path) -> None:
    site = client(root, preview="ping").app.state.site  # type: ignore[attr-defined]
    doctor = root / "build" / "preview" / "ping" / "doctor.json"

    async def hear() -> list[tuple[str, dict[str, object]]]:
        heard = []
        async for text in stream(site):
            name, data = text.split("\n")[:2]
            heard.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
            if len(heard) == 3:
                write(doctor, json.dumps({"state": "done", "findings": []}))
            if len(heard) == 4:
                break
        return heard

    with ThreadPoolExecutor(1) as thread:  # where no browser's loop runs already
        heard = thread.submit(asyncio.run, hear()).result()
    assert [name for name, _ in heard] == [*NOTHING, "doctor"]
    assert heard[0][1]["env"] == "ping"
    assert heard[3][1] == {"state": "done", "findings": []}
