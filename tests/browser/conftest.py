"""The real server and a real Chromium, started once; a page that fails its test on any error."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from envs_c.wasm import CHROMIUM_FLAGS, chromium_path
from server.bench import serving

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Address of the server, as `make serve` would start it, on a free port."""
    with serving() as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A browser with a profile of its own."""
    path = chromium_path()
    if path is None and not os.environ.get("CI"):
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def nothing_plays_on(chromium: Browser) -> Iterator[None]:
    """Close the windows that a test leaves open: a game in one takes time from all later tests."""
    yield
    for left in chromium.contexts:
        left.close()


@pytest.fixture
def context(chromium: Browser, server: str) -> Iterator[BrowserContext]:
    """A window of 1280 × 800 without cookies or cache."""
    made = chromium.new_context(base_url=server, viewport={"width": 1280, "height": 800})
    yield made
    made.close()


@pytest.fixture
def allowed() -> list[str]:
    """Patterns of errors that a test brings about on purpose; append to it."""
    return []


@pytest.fixture
def page(context: BrowserContext, allowed: list[str]) -> Iterator[Page]:
    """A page; any error it logs or throws and that is not allowed fails the test."""
    made = context.new_page()
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(f"{message.text} ({message.location.get('url', '')})")

    made.on("console", note)
    made.on("pageerror", lambda error: errors.append(f"thrown: {error}"))
    yield made
    unexpected = [e for e in errors if not any(re.search(pattern, e) for pattern in allowed)]
    assert unexpected == []
