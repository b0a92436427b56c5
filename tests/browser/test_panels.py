"""The panels beside the scene fold, and stay as they were left."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.playing import plays_on, poll, screen, start, wait_until_ready


def test_a_panel_stays_as_it_was_left(page: Page) -> None:
    start(page, "/play/pong")
    choice, own = page.locator("[data-panel=choice]"), page.locator("[data-panel=own]")
    expect(choice).to_have_attribute("open", "")
    expect(own).not_to_have_attribute("open", "")
    choice.locator("summary").first.click()
    own.locator("summary").first.click()
    expect(choice).not_to_have_attribute("open", "")
    poll(page, "localStorage.getItem('gymcade:panels').includes('\"own\":true')")
    page.reload()
    wait_until_ready(page)
    expect(choice).not_to_have_attribute("open", "")
    expect(own).to_have_attribute("open", "")


def test_a_panel_that_is_opened_shows_the_present(page: Page) -> None:
    start(page, "/play/pong")
    choice = page.locator("[data-panel=choice]")
    choice.locator("summary").first.click()
    plays_on(page)
    page.keyboard.press("Space")
    choice.locator("summary").first.click()
    expect(choice.locator(".bar[data-agent]")).to_have_count(1)


def test_what_storage_holds_need_not_be_ours(page: Page) -> None:
    page.add_init_script("localStorage.setItem('gymcade:panels', 'no JSON')")
    start(page, "/play/squared")
    expect(page.locator("[data-panel=choice]")).to_have_attribute("open", "")


@pytest.mark.parametrize("width", [1280, 360])
def test_the_scene_stays_in_sight_while_panels_are_read(
    chromium: Browser, server: str, width: int
) -> None:
    with screen(chromium, server, width, "dark") as context:
        page = context.new_page()
        start(page, "/play/pong")
        for summary in page.locator(".panel > summary").all():
            if summary.locator("..").get_attribute("open") is None:
                summary.click()
        last = page.locator(".panel").last
        last.evaluate("(panel) => panel.scrollIntoView({ block: 'end' })")
        expect(page.locator(".stage")).to_be_in_viewport(ratio=0.9)
        plays_on(page)
