"""What a visitor finds: the gallery, and on each game page agents that play and score."""

import pytest
from playwright.sync_api import Browser, Page, expect

from envs_c.build import names
from tests.browser.looks import look
from tests.browser.playing import ask, plays_on, screen, see, start, wait

GAMES = names()
PAGES = {"gallery": "/", "not-found": "/play/nothing-here"}
PAGES |= {f"play-{name}": f"/play/{name}" for name in GAMES}
PAGES |= {f"embed-{name}": f"/embed/{name}" for name in GAMES}


def test_the_gallery_shows_every_game_and_runs_one(page: Page) -> None:
    start(page, "/")
    plays_on(page, 10)
    assert set(ask(page, "s.seats.map((seat) => seat.driver)")) == {"policy"}
    for name in GAMES:
        expect(page.locator(f'.card a[href="/play/{name}"]')).to_be_visible()
    pictures = page.locator(".card img")
    assert pictures.count() == len(GAMES)
    for picture in pictures.all():
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("(i) => i.naturalWidth") > 100


def test_a_card_moves_under_the_pointer(page: Page) -> None:
    page.goto("/")
    picture = page.locator(".card img").first
    still = picture.get_attribute("src")
    assert still is not None
    page.locator(".card a").first.hover()
    expect(picture).to_have_attribute("src", str(picture.get_attribute("data-moving")))
    page.mouse.move(1, 1)
    expect(picture).to_have_attribute("src", still)


@pytest.mark.parametrize("name", GAMES)
def test_the_trained_agent_plays_and_scores(page: Page, name: str) -> None:
    start(page, f"/play/{name}")
    wait(page, "s.seats.every((seat) => seat.driver === 'policy' && seat.trouble === '')")
    if ask(page, "s.seats.length") == 2:
        page.locator('.seat[data-seat="1"] .seat-driver').select_option("random")
        wait(page, "s.seats[1].driver === 'random'")
    page.get_by_label("Speed", exact=True).select_option("16")
    wait(page, "s.seats.reduce((sum, seat) => sum + seat.points + seat.wins, 0) >= 3")
    scored = ask(page, "s.seats.map((seat) => [seat.points + seat.wins, seat.driver])")
    assert max(scored)[1] == "policy", scored


@pytest.mark.parametrize("path", ["/", "/play/squared", "/embed/squared"])
def test_the_largest_file_is_on_its_way_at_once_and_only_once(page: Page, path: str) -> None:
    start(page, path)
    runtimes = page.evaluate(
        "() => performance.getEntriesByType('resource')"
        ".filter(({ name }) => name.includes('/ort/') && name.endsWith('.wasm'))"
        ".map(({ initiatorType }) => initiatorType)"
    )
    assert runtimes == ["link"], "the page's head names it, and nothing else fetches it again"


def test_the_words_below_a_game(page: Page) -> None:
    start(page, "/play/pong")
    for heading in ("What you see", "How it was trained", "Parameters", "Put it on your page"):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="the scripted player").first).to_be_visible()


def test_the_snippet_is_copied(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    start(page, "/play/pong")
    page.get_by_role("button", name="Copy", exact=True).click()
    see(page, "button", "Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith('<iframe src="http://127.0.0.1:')
    assert copied == page.locator("#snippet").text_content()


@pytest.mark.parametrize("width", [1280, 360])
def test_every_page_fits_and_can_be_read(chromium: Browser, server: str, width: int) -> None:
    context = screen(chromium, server, width)
    page = context.new_page()
    for name, path in PAGES.items():
        if name == "not-found":
            page.goto(path)
        else:
            start(page, path)
            plays_on(page, 4 if "connect4" not in name else 1)
        look(page, name)
    context.close()
