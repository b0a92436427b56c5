"""A game with something to aim: by mouse, by finger, beside keys."""

import math
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.playing import ask, screen, start, wait

GUN, FIRE = 2, 3  # heads of tanks
FIRST = 20  # byte of its State at which x of the four tanks begins


def tank(page: Page, field: int, seat: int = 0) -> float:
    """One of x, y, heading, gun, speed, … of a tank."""
    at = FIRST + 16 * field + 4 * seat
    return float(ask(page, f"new Float32Array(s.env.state.slice({at}, {at + 4}).buffer)[0]"))


def off(page: Page, x: float, y: float) -> float:
    """Degrees that the gun is off a point of the scene."""
    angle = math.atan2(y - tank(page, 1), x - tank(page, 0)) - tank(page, 3)
    return abs(math.degrees(math.remainder(angle, 2 * math.pi)))


def place(page: Page, x: float, y: float) -> tuple[float, float]:
    """A point of the scene on the screen."""
    box = page.locator(".stage canvas").bounding_box()
    assert box is not None
    return box["x"] + x / 800 * box["width"], box["y"] + y / 600 * box["height"]


@pytest.fixture
def phone(chromium: Browser, server: str) -> Iterator[Page]:
    """A small screen without a mouse."""
    context = screen(chromium, server, 360)
    yield context.new_page()
    context.close()


def points_at(page: Page, x: float, y: float) -> None:
    """Wait until the gun points there; 5° are a turn and the tank's way meanwhile."""
    for _ in range(200):
        if off(page, x, y) < 5:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"the gun is {off(page, x, y):.0f}° off {x}, {y}")


def test_the_mouse_takes_the_seat_aims_and_fires(page: Page) -> None:
    start(page, "/play/tanks?seed=5")
    expect(page.locator(".stage-hint")).to_contain_text("aim with the mouse")
    page.mouse.move(*place(page, 400, 300))
    page.wait_for_timeout(500)
    assert not ask(page, "s.seats[0].person")  # it only passes over the scene
    page.mouse.down()
    wait(page, "s.seats[0].person")
    points_at(page, 400, 300)
    page.mouse.up()
    page.keyboard.press("KeyT")  # for good
    for x, y in ((40, 40), (760, 560)):
        page.mouse.move(*place(page, x, y))
        points_at(page, x, y)
    page.mouse.down()
    fired = f"s.env.actions[{FIRE}] === 2 && s.env.active[0] === 1"
    wait(page, fired)
    page.mouse.up()
    wait(page, f"s.env.actions[{FIRE}] === 0")
    page.keyboard.down("KeyQ")  # a key goes before the pointer, until that moves
    wait(page, f"s.env.actions[{GUN}] === 1")
    page.keyboard.up("KeyQ")
    wait(page, f"s.env.actions[{GUN}] === 0")
    page.wait_for_timeout(500)
    assert ask(page, f"s.env.actions[{GUN}]") == 0
    page.mouse.move(*place(page, 40, 500))
    points_at(page, 40, 500)


def test_a_finger_aims_beside_the_buttons_that_drive(phone: Page) -> None:
    start(phone, "/play/tanks?seed=5")
    expect(phone.locator(".stage-hint")).to_have_text("touch to aim, buttons drive")
    pad = phone.get_by_role("group", name="Controls")
    expect(pad.get_by_role("button")).to_have_count(4)
    ahead = pad.get_by_role("button", name="ahead", exact=True)
    touch = {"pointerId": 1, "isPrimary": True, "pointerType": "touch"}
    ahead.dispatch_event("pointerdown", touch)
    wait(phone, "s.seats[0].person && s.env.actions[0] === 1")
    ahead.dispatch_event("pointerup", touch)
    x, y = place(phone, 400, 300)
    phone.touchscreen.tap(x, y)
    points_at(phone, 400, 300)  # the finger has left: it goes on to aim there
