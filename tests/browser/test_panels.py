"""The panels beside the scene fold, and stay as they were left."""

from playwright.sync_api import Page, expect

from tests.browser.playing import plays_on, start, wait_until_ready


def test_a_panel_stays_as_it_was_left(page: Page) -> None:
    start(page, "/play/pong")
    choice, own = page.locator("[data-panel=choice]"), page.locator("[data-panel=own]")
    expect(choice).to_have_attribute("open", "")
    expect(own).not_to_have_attribute("open", "")
    choice.locator("summary").first.click()
    own.locator("summary").first.click()
    expect(choice).not_to_have_attribute("open", "")
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
