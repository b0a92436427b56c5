"""Replay files in a real browser, whose streams are not those of Node."""

from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import pytest

from envs_c.replay_file import decode, encode
from envs_c.wasm import Page, in_chromium, text_of
from tests.replay_files import FOLDER

MODULE = Path(__file__).parent / "replays.mjs"


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with in_chromium() as opened:
        yield opened


def test_the_browser_reads_and_writes_every_file(page: Page) -> None:
    files = [path.read_bytes() for path in sorted(FOLDER.glob("*.gymcade"))]
    assert len(files) == 12
    answers = page.run(MODULE, {"files": [text_of(file) for file in files]})
    for file, answer in zip(files, answers, strict=True):
        assert encode(decode(b64decode(answer["file"]))) == encode(decode(file))


def test_the_browser_refuses_what_is_damaged(page: Page) -> None:
    good = (FOLDER / "python-pong.gymcade").read_bytes()
    turned = bytearray(good)
    turned[len(good) // 2] ^= 4
    wrong = [good[:-1], good[:8], good[: len(good) // 2], good + b"more", bytes(turned)]
    answers = page.run(MODULE, {"files": [text_of(file) for file in wrong]})
    for answer in answers:
        assert answer["refused"].startswith("ReplayError: the file is damaged or cut off after ")
