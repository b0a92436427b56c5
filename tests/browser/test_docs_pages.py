"""The documents in a browser: a game plays among the words, and the table leads to the games."""

import pytest
from playwright.sync_api import Browser, Page, expect

from envs_c.build import names
from tests.browser.playing import plays_on, poll, screen, wait_until_ready


def test_a_game_plays_in_a_document(page: Page) -> None:
    page.goto("/docs/rl-in-one-page")
    frames = page.locator("iframe.doc-play")
    expect(frames.first).to_be_visible()
    frames.first.scroll_into_view_if_needed()
    element = frames.first.element_handle()
    frame = element.content_frame() if element else None
    assert frame is not None
    wait_until_ready(frame)
    plays_on(frame)
    page.get_by_role("link", name="Add an environment").first.click()
    expect(page).to_have_url("/docs/adding-an-environment")
    expect(page.get_by_role("link", name="Adding an environment")).to_have_attribute(
        "aria-current", "page"
    )


def test_every_environment_is_in_the_tables(chromium: Browser, server: str) -> None:
    context = screen(chromium, server, 360)
    try:
        page = context.new_page()
        page.goto("/docs/environments")
        for region in page.get_by_role("region", name="Environments").all():
            found = [str(a.get_attribute("href")) for a in region.locator("a").all()]
            assert sorted(found) == sorted(f"/play/{name}" for name in names())
            # Out to the right by the keyboard, the names are still to be read.
            region.focus()
            for _ in range(5):
                page.keyboard.press("ArrowRight")
            poll(page, "document.activeElement.scrollLeft > 20")
            first = region.locator("tbody th").first
            assert first.evaluate("(th) => th.getBoundingClientRect().left") >= 0
    finally:
        context.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_screen(chromium: Browser, server: str, width: int) -> None:
    context = screen(chromium, server, width)
    try:
        page = context.new_page()
        for name in ("rl-in-one-page", "environments", "doctor"):
            page.goto(f"/docs/{name}")
            wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert page.evaluate(wide) <= 0, name
    finally:
        context.close()
