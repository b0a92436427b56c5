"""Games that go left and right, or four ways: by keys, by swipes, and with hands off."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.playing import ask, screen, start, wait

LAST = "new Int32Array(s.env.state.slice(12 + 16 + 8, 12 + 16 + 12).buffer)[0]"  # of 2048's State
UP, DOWN, LEFT, RIGHT = range(4)


@pytest.fixture
def phone(chromium: Browser, server: str) -> Iterator[Page]:
    """A small screen without a mouse."""
    context = screen(chromium, server, 360)
    yield context.new_page()
    context.close()


def free(page: Page, ways: list[int]) -> int:
    """One of these moves that the board allows now."""
    return next(way for way in ways if ask(page, f"s.env.mask[{way}]"))


def test_an_arrow_is_one_move_and_the_game_waits(page: Page) -> None:
    start(page, "/play/g2048?seed=3")
    keys = {UP: "ArrowUp", DOWN: "ArrowDown", LEFT: "ArrowLeft", RIGHT: "ArrowRight"}
    letters = {"KeyW": UP, "KeyA": LEFT, "KeyS": DOWN, "KeyD": RIGHT}
    page.keyboard.press(keys[free(page, [LEFT, DOWN])])
    wait(page, "s.waitsForPerson")
    at = ask(page, "s.ticks")
    for played, (letter, way) in enumerate(letters.items(), 1):
        allowed = ask(page, f"s.env.mask[{way}]")
        page.keyboard.press(letter)
        if not allowed:  # it changes nothing, and is no move
            way = free(page, list(keys))
            page.keyboard.press(keys[way])
        wait(page, f"s.ticks === {at + played} && {LAST} === {way}")
    page.wait_for_timeout(3000)
    assert ask(page, "s.ticks") == at + 4 and ask(page, "s.seats[0].person")
    score = page.locator(".seat[data-seat='0'] .seat-score").first
    expect(score).to_have_text(str(ask(page, "s.env.score(0)")))


def swipe(page: Page, dx: float, dy: float) -> None:
    """A finger over the middle of the scene, in three steps."""
    canvas = page.locator(".stage canvas")
    box = canvas.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in (1, 2, 3):
        page.mouse.move(x + dx * step / 3, y + dy * step / 3)
    page.mouse.up()


def test_a_swipe_is_one_move(phone: Page) -> None:
    start(phone, "/play/g2048?seed=3")
    expect(phone.locator(".stage-hint")).to_have_text("swipe to play")
    ways = {UP: (0, -90), DOWN: (0, 90), LEFT: (-90, 0), RIGHT: (90, 0)}
    swipe(phone, *ways[free(phone, [UP, LEFT])])
    wait(phone, "s.seats[0].person && s.waitsForPerson")
    for _ in range(3):
        at, way = ask(phone, "s.ticks"), free(phone, [RIGHT, UP, LEFT, DOWN])
        swipe(phone, *ways[way])
        wait(phone, f"s.ticks === {at + 1} && {LAST} === {way}")
    at = ask(phone, "s.ticks")
    swipe(phone, 10, 5)  # a tap
    phone.wait_for_timeout(500)
    assert ask(phone, "s.ticks") == at


def test_a_cart_rolls_on_with_no_key_held(page: Page) -> None:
    start(page, "/play/cartpole?seed=3")
    page.evaluate("""() => {
        const s = document.querySelector('gymcade-player').session;
        window.pushes = [];
        const step = s.env.step.bind(s.env);
        s.env.step = () => { window.pushes.push(s.env.actions[0]); step(); };
    }""")
    page.keyboard.press("KeyT")
    wait(page, "s.seats[0].person && s.seats[0].pinned && s.running")
    page.evaluate("window.pushes.length = 0")
    wait(page, "window.pushes.length >= 20")
    rest = page.evaluate("window.pushes.slice(0, 20)")
    assert sorted(rest) == [0] * 10 + [1] * 10 and rest[0] != rest[1]
    page.keyboard.down("ArrowRight")
    page.evaluate("window.pushes.length = 0")
    wait(page, "window.pushes.length >= 12")
    assert page.evaluate("window.pushes.slice(2, 12)") == [1] * 10
    page.keyboard.up("ArrowRight")
    page.keyboard.down("KeyA")
    page.evaluate("window.pushes.length = 0")
    wait(page, "window.pushes.length >= 12")
    assert page.evaluate("window.pushes.slice(2, 12)") == [0] * 10
    page.keyboard.up("KeyA")
