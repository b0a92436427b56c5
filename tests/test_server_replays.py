"""Replays that visitors store: what is kept, what is refused, and how it is read again."""

import hashlib
import zlib
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from envs_c.replay_file import MAGIC, Replay, encode
from server.replay_api import LARGEST, TYPE
from server.replay_store import MOST_ADDRESSES, Rate, id_of
from tests.server_site import client, project

URL = "/api/v1/replays"


def game(ticks: int = 50, seed: int = 3, env: str = "ping") -> Replay:
    rng = np.random.default_rng(seed)
    return Replay(
        env=env,
        interface_version="ab12",
        dynamics_version="cd34",
        seed=seed,
        params={},
        choices=(3,),
        actions=rng.integers(0, 3, (ticks, 2, 1), np.int32),
        changes=(),
        drivers=(),
        hashes=((ticks, "0" * 16),),
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return project(tmp_path)


def post(web: TestClient, data: bytes, kind: str = TYPE) -> Any:
    return web.post(URL, content=data, headers={"Content-Type": kind})


def kept(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "data" / "replays").glob("*"))


def test_a_replay_is_stored_once_and_read_by_anyone(root: Path) -> None:
    web = client(root)
    data = encode(game())
    want = urlsafe_b64encode(hashlib.sha256(data).digest()).decode()[:22]
    answer = post(web, data)
    assert answer.status_code == 201
    assert answer.json() == {
        "id": want,
        "env": "ping",
        "ticks": 50,
        "url": f"{URL}/{want}",
        "page": f"/play/ping?replay={want}",
    }
    again = post(web, data)
    assert (again.status_code, again.json()) == (200, answer.json())
    assert kept(root) == [f"{want}.gymcade"]
    read = client(root).get(f"{URL}/{want}")  # another process finds it too
    assert (read.status_code, read.content) == (200, data)
    assert read.headers["content-type"] == TYPE
    assert read.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert read.headers["content-disposition"] == f'attachment; filename="{want}.gymcade"'
    assert read.headers["access-control-allow-origin"] == "*"
    same = web.get(f"{URL}/{want}", headers={"If-None-Match": read.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    assert web.get(f"/play/ping?replay={want}").status_code == 200


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [
        (b"", 422, "no replay: want b'GYMCADE'"),
        (b"<html>", 422, "no replay: want b'GYMCADE'"),
        (MAGIC + b"\2" + zlib.compress(b"x"), 422, "format version: want 1, got 2"),
        (encode(game())[:-1], 422, "cut off"),
        (encode(game()) + b"x", 422, "want nothing after the contents"),
        (encode(game(env="elsewhere")), 422, "There is no environment named 'elsewhere'."),
        (bytes(LARGEST + 1), 413, f"at most {LARGEST} bytes"),
    ],
)
def test_what_is_no_replay_of_a_game_here_is_refused(
    root: Path, data: bytes, status: int, words: str
) -> None:
    answer = post(client(root), data)
    assert answer.status_code == status
    assert words in answer.json()["detail"]
    assert kept(root) == []


def test_a_file_that_inflates_without_end_is_refused(root: Path) -> None:
    bomb = MAGIC + b"\1" + zlib.compress(bytes(200_000_000), 9)
    assert len(bomb) < LARGEST
    answer = post(client(root), bomb)
    assert (answer.status_code, kept(root)) == (422, [])
    assert "contents: want at most" in answer.json()["detail"]


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=400), plausible=st.booleans())
def test_any_bytes_get_an_answer(
    data: bytes, plausible: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = project(tmp_path_factory.mktemp("site"))
    body = MAGIC + b"\1" + zlib.compress(data) if plausible else data
    assert post(client(root), body).status_code == 422


def test_pages_of_other_origins_cannot_store(root: Path) -> None:
    web = client(root)
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        assert post(web, encode(game()), kind).status_code == 415
    asked = web.options(URL, headers={"Origin": "https://other.example"})
    assert "access-control-allow-origin" not in asked.headers or asked.status_code >= 400
    assert kept(root) == []


def test_count_and_size_are_bounded(root: Path) -> None:
    files = [encode(game(seed=seed)) for seed in range(3)]
    web = client(root, replays_count=2)
    assert [post(web, data).status_code for data in files] == [201, 201, 507]
    assert post(web, files[0]).status_code == 200  # what is there still is
    assert "keeps 2 replays at most" in post(web, files[2]).json()["detail"]
    large = encode(game(ticks=400_000))
    small = client(root, replays_mb=0, replays=root / "elsewhere")
    assert len(large) < LARGEST
    assert post(small, large).status_code == 507
    assert post(client(root, replays_count=0), files[2]).status_code == 507


def test_the_folder_is_a_setting(root: Path, tmp_path: Path) -> None:
    web = client(root, replays=tmp_path / "shared")
    id_ = post(web, encode(game())).json()["id"]
    assert [path.stem for path in (tmp_path / "shared").iterdir()] == [id_]
    assert kept(root) == []


@pytest.mark.parametrize(
    "id_", ["nope", "A" * 22, "A" * 23, "..%2F..%2Fsecrets", "A" * 21 + "%2E", "%00" * 22]
)
def test_ids_that_are_none_are_not_found(root: Path, id_: str) -> None:
    answer = client(root).get(f"{URL}/{id_}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/json"


def test_too_many_in_a_minute_are_told_when_to_come_back(root: Path) -> None:
    web = client(root, replays_a_minute=2)
    answers = [post(web, encode(game(seed=seed))) for seed in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert 1 <= int(answers[2].headers["retry-after"]) <= 30
    assert "at most 2 replays a minute" in answers[2].json()["detail"]


def test_a_rate_fills_again_for_each_address_by_itself() -> None:
    now = 0.0
    rate = Rate(6, lambda: now)
    assert [rate.wait("a") for _ in range(7)] == [0.0] * 6 + [10.0]
    assert rate.wait("b") == 0.0
    now = 9.0
    assert rate.wait("a") == pytest.approx(1.0)
    now = 10.0
    assert rate.wait("a") == 0.0
    now = 10_000.0
    assert [rate.wait("a") for _ in range(7)] == [0.0] * 6 + [10.0]  # no more than a minute's
    for i in range(MOST_ADDRESSES):
        rate.wait(str(i))
    assert rate.wait("a") == 0.0  # forgotten


def test_a_folder_that_cannot_be_written_is_the_servers_failure(root: Path) -> None:
    (root / "data").write_text("in the way")
    answer = post(client(root), encode(game()))
    assert answer.status_code == 500
    assert id_of(encode(game())) not in answer.text
