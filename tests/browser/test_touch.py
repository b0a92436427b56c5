"""On a phone: buttons under the thumbs, large enough, and a tap on the board."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from envs_c.build import names
from tests.browser.playing import ask, start, wait

# Buttons and fields that a thumb cannot hit; words in a line of text are no buttons.
SMALL = """() => [...document.querySelectorAll('button, select, input, summary')]
  .filter((e) => e.checkVisibility())
  .map((e) => [e.getAttribute('aria-label') || e.textContent || e.name, e.getBoundingClientRect()])
  .filter(([, box]) => box.height < 43.5 || box.width < 43.5)
  .map(([name, box]) => `${name}: ${Math.round(box.width)} × ${Math.round(box.height)}`)"""


@pytest.fixture
def phone(chromium: Browser, server: str) -> Iterator[Page]:
    """A small screen without a mouse."""
    context = chromium.new_context(
        base_url=server, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
    )
    yield context.new_page()
    context.close()


def test_holding_a_button_moves_the_paddle(phone: Page) -> None:
    start(phone, "/play/pong")
    up = phone.get_by_role("button", name="up", exact=True)
    expect(up).to_be_in_viewport()
    up.dispatch_event("pointerdown", {"pointerId": 1, "isPrimary": True, "pointerType": "touch"})
    wait(phone, "s.seats[0].person && s.env.obs[0] < -0.849")
    up.dispatch_event("pointerup", {"pointerId": 1, "isPrimary": True, "pointerType": "touch"})
    wait(phone, "!s.seats[0].person")


def test_a_cross_under_each_thumb_flies_the_drone(phone: Page) -> None:
    start(phone, "/play/drone?seed=5")
    touch = {"pointerId": 1, "isPrimary": True, "pointerType": "touch"}
    names = ["left", "right", "ahead", "back", "turn left", "turn right", "up", "down"]
    for name in names:
        expect(phone.get_by_role("button", name=name, exact=True)).to_be_visible()
    climb = phone.get_by_role("button", name="up", exact=True)
    climb.dispatch_event("pointerdown", touch)
    begun = ask(phone, "s.ticks")
    wait(phone, f"s.seats[0].person && s.ticks > {begun + 20} && s.env.obs[3] > 0.1")
    climb.dispatch_event("pointerup", touch)
    wait(phone, "!s.seats[0].person")


def test_a_tap_drops_a_disc(phone: Page) -> None:
    start(phone, "/play/connect4")
    box = phone.locator(".stage canvas").bounding_box()
    assert box is not None
    phone.touchscreen.tap(box["x"] + box["width"] * 3.5 / 7, box["y"] + box["height"] / 2)
    wait(phone, "s.seats.some((seat) => seat.person) && s.waitsForPerson && s.ticks >= 2")
    assert ask(phone, "s.env.obs.reduce((sum, cell) => sum + cell, 0)") == 2 * ask(phone, "s.ticks")


@pytest.mark.parametrize("name", names())
def test_every_control_can_be_hit(phone: Page, name: str) -> None:
    start(phone, f"/play/{name}")
    assert phone.evaluate(SMALL) == []
