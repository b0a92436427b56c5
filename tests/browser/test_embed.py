"""An embed in a frame of another origin, sandboxed or not."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Frame, Page

from tests.browser.playing import ask, plays_on, poll, wait, wait_until_ready


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a word."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def host(tmp_path: Path, server: str) -> Iterator[str]:
    """Address of another site, whose pages frame an embed."""
    for name, sandbox in {"plain": "", "sandboxed": ' sandbox="allow-scripts"'}.items():
        frame = f'<iframe src="{server}/embed/pong" width="640" height="560"{sandbox}></iframe>'
        text = f"<!doctype html><title>{name}</title><link rel=icon href=data:,>{frame}"
        (tmp_path / f"{name}.html").write_text(text)
    handler = partial(Quiet, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as other:
        thread = threading.Thread(target=other.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{other.server_port}"
        other.shutdown()
        thread.join()


def framed(page: Page, address: str) -> Frame:
    page.goto(address)
    frame = page.frames[1]
    wait_until_ready(frame)
    return frame


@pytest.mark.parametrize("name", ["plain", "sandboxed"])
def test_an_embed_plays_in_a_frame_of_another_site(page: Page, host: str, name: str) -> None:
    frame = framed(page, f"{host}/{name}.html")
    assert frame.evaluate("origin") == ("null" if name == "sandboxed" else frame.url[:-11])
    plays_on(frame, 10)
    assert ask(frame, "s.seats.map((seat) => seat.driver)") == ["policy", "policy"]
    frame.locator(".stage canvas").click()
    page.keyboard.down("ArrowUp")
    wait(frame, "s.seats[0].person && s.env.obs[0] < -0.849")
    page.keyboard.up("ArrowUp")
    wait(frame, "!s.seats[0].person")


def test_a_game_page_cannot_be_framed(
    page: Page, host: str, server: str, allowed: list[str]
) -> None:
    allowed.append("frame-ancestors")
    page.goto(f"{host}/plain.html")
    page.frames[1].wait_for_load_state()
    page.evaluate("url => { document.querySelector('iframe').src = url; }", f"{server}/play/pong")
    poll(page, "document.querySelector('iframe').contentWindow.length === 0")
    page.wait_for_timeout(1000)
    assert page.frames[1].locator("gymcade-player").count() == 0
