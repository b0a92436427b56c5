"""Hands on, the person drives; hands off, the agent does."""

import time

from playwright.sync_api import Page, expect

from tests.browser.playing import ask, plays_on, start, wait

TOP, BOTTOM = -0.849, 0.849  # of the right paddle in its own observation: 36 px from the edges


def test_an_arrow_takes_the_paddle_and_two_seconds_give_it_back(page: Page) -> None:
    start(page, "/play/pong")
    assert ask(page, "s.seats.map((seat) => seat.person)") == [False, False]
    page.keyboard.down("ArrowUp")
    wait(page, "s.seats[0].person")
    wait(page, f"s.env.obs[0] < {TOP}")
    expect(page.locator(".stage")).to_have_attribute("data-hands", "person")
    page.keyboard.up("ArrowUp")
    page.keyboard.down("ArrowDown")
    wait(page, f"s.env.obs[0] > {BOTTOM}")
    assert ask(page, "s.seats.map((seat) => seat.person)") == [True, False]
    page.keyboard.up("ArrowDown")
    let_go = time.monotonic()
    wait(page, "!s.seats[0].person")
    assert 1.8 < time.monotonic() - let_go < 6.0
    expect(page.locator(".stage")).to_have_attribute("data-hands", "agent")
    assert ask(page, "s.seats[0].driver") == "policy"
    plays_on(page, 30)


def test_both_paddles_have_keys_of_their_own(page: Page) -> None:
    start(page, "/play/pong")
    page.keyboard.down("KeyS")
    wait(page, "s.seats[1].person")
    wait(page, f"s.env.obs[8] > {BOTTOM}")
    page.keyboard.down("ArrowUp")
    wait(page, f"s.seats[0].person && s.env.obs[0] < {TOP}")
    assert ask(page, f"s.env.obs[8] > {BOTTOM}")
    page.keyboard.up("KeyS")
    page.keyboard.up("ArrowUp")


def test_the_takeover_key_pins_a_seat_and_hands_it_back(page: Page) -> None:
    start(page, "/play/pong")
    page.keyboard.press("KeyT")
    wait(page, "s.seats[0].person && s.seats[0].pinned")
    page.wait_for_timeout(5000)  # 2 s of patience and the count-in are over
    assert ask(page, "s.seats[0].person && s.seats[0].pinned")
    plays_on(page)
    page.keyboard.press("KeyT")
    wait(page, "!s.seats[0].person")
    plays_on(page)


def test_the_button_takes_any_seat_and_hands_it_back(page: Page) -> None:
    start(page, "/play/pong")
    left = page.locator('.seat[data-seat="1"]')
    left.get_by_role("button", name="Take over").click()
    wait(page, "s.seats[1].person && s.seats[1].pinned && !s.seats[0].person")
    left.get_by_role("button", name="Hand back").click()
    wait(page, "!s.seats[1].person")


def test_a_click_drops_a_disc_and_the_game_waits(page: Page) -> None:
    start(page, "/play/connect4")
    canvas = page.locator(".stage canvas")
    box = canvas.bounding_box()
    assert box is not None
    column = {"x": box["width"] * 3.5 / 7, "y": box["height"] / 2}
    discs = "[...s.env.obs].slice(0, 84).reduce((sum, cell) => sum + cell, 0)"
    canvas.click(position={"x": column["x"], "y": column["y"]})
    wait(page, "s.seats.some((seat) => seat.person)")
    wait(page, "s.waitsForPerson")  # the disc has dropped and the agent has answered
    seen, ticks = ask(page, discs), ask(page, "s.ticks")
    assert seen == ticks >= 2
    page.wait_for_timeout(2500)  # longer than agents think, longer than real-time seats wait
    assert ask(page, "s.ticks") == ticks
    assert ask(page, "s.seats.filter((seat) => seat.person).length") == 1
    canvas.click(position={"x": column["x"], "y": column["y"]})
    wait(page, f"s.ticks === {ticks + 2} && s.waitsForPerson")
    assert ask(page, discs) == ticks + 2
    page.keyboard.press("Digit1")
    wait(page, f"s.ticks >= {ticks + 3}")
