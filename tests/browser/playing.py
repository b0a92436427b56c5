"""A game in a page, as the tests see it: the session behind <gymcade-player>."""

import time
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Frame, Page, expect

SESSION = "document.querySelector('gymcade-player').session"
SLOW = 60_000  # ms; drawing without a graphics card is slow on a busy machine


def screen(chromium: Browser, server: str, width: int) -> BrowserContext:
    """A desktop's window, or below 600 px a phone's, in the dark scheme."""
    return chromium.new_context(
        base_url=server,
        viewport={"width": width, "height": 800 if width > 600 else 740},
        color_scheme="dark",
        has_touch=width < 600,
        is_mobile=width < 600,
    )


def start(page: Page, path: str) -> None:
    """Open a page and wait until its game runs."""
    page.goto(path)
    wait_until_ready(page)


def wait_until_ready(page: Page | Frame) -> None:
    """Wait until the game of the page runs."""
    page.wait_for_selector("gymcade-player[data-ready]", state="attached", timeout=SLOW)


def ask(page: Page | Frame, expression: str) -> Any:
    """Evaluate an expression of the session `s`."""
    return page.evaluate(f"(() => {{ const s = {SESSION}; return {expression}; }})()")


def poll(page: Page | Frame, expression: str, timeout: int = SLOW) -> None:
    """Wait until an expression holds. Playwright's own way needs eval, which the page forbids."""
    until = time.monotonic() + timeout / 1000
    while not _holds(page, expression):
        assert time.monotonic() < until, f"after {timeout} ms this does not hold: {expression}"
        page.wait_for_timeout(30)


def _holds(page: Page | Frame, expression: str) -> bool:
    try:
        return bool(page.evaluate(expression))
    except Error as error:
        if "Execution context was destroyed" in error.message:  # the page loads itself again
            return False
        raise


def wait(page: Page | Frame, condition: str, timeout: int = SLOW) -> None:
    """Wait until a condition on the session `s` holds."""
    poll(page, f"(() => {{ const s = {SESSION}; return {condition}; }})()", timeout)


def plays_on(page: Page | Frame, ticks: int = 3) -> None:
    """Wait until the game has gone on by some ticks."""
    now = ask(page, "s.ticks")
    wait(page, f"s.ticks >= {now + ticks}")


def look_at(page: Page | Frame, panel: str) -> None:
    """Scroll to a panel beside the scene: one that is out of sight rests."""
    page.locator(f"[data-panel={panel}]").scroll_into_view_if_needed()


def see(page: Page | Frame, selector: str, text: str) -> None:
    """Expect an element that can be seen and holds the text."""
    found = page.locator(selector).filter(has_text=text).first
    expect(found).to_be_visible(timeout=SLOW)
