"""The panels beside the scene fold, and stay as they were left."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.playing import look_at, plays_on, poll, screen, start, wait_until_ready


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


def test_a_panel_out_of_sight_rests_until_it_is_looked_at(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 400})
    start(page, "/play/pong")
    time = page.locator("[data-panel=value] .plot-time")
    time.evaluate("(time) => (time.closest('details').open = true)")
    look_at(page, "value")
    told = time.inner_text()
    expect(time).not_to_have_text(told)
    page.evaluate("scrollTo(0, 0)")
    expect(time).not_to_be_in_viewport()
    page.wait_for_timeout(300)
    told = time.inner_text()
    plays_on(page, 60)
    assert time.inner_text() == told
    look_at(page, "value")
    expect(time).not_to_have_text(told)


@pytest.mark.parametrize("width", [1280, 360])
def test_the_scene_stays_in_sight_while_panels_are_read(
    chromium: Browser, server: str, width: int
) -> None:
    with screen(chromium, server, width) as context:
        page = context.new_page()
        start(page, "/play/pong")
        for summary in page.locator(".panel > summary").all():
            if summary.locator("..").get_attribute("open") is None:
                summary.click()
        last = page.locator(".panel").last
        last.evaluate("(panel) => panel.scrollIntoView({ block: 'end' })")
        expect(page.locator(".stage")).to_be_in_viewport(ratio=0.9)
        plays_on(page)
