"""Back in time: scrub, step, watch again, and play on from an earlier tick."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.looks import look
from tests.browser.playing import SLOW, ask, plays_on, screen, start, wait

# How many points of the picture are of each colour that it draws with.
PAINTED = """() => {
  const canvas = document.querySelector('.timeline-picture');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const style = getComputedStyle(canvas);
  const count = {};
  for (const name of ['person', 'agent', 'quiet', 'good', 'bad']) {
    const hex = style.getPropertyValue(`--${name}`).trim();
    const want = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
    count[name] = 0;
    for (let at = 0; at < data.length; at += 4) {
      const near = want.every((c, i) => Math.abs(data[at + i] - c) < 6);
      if (near && data[at + 3] > 250) count[name]++;
    }
  }
  return count;
}"""


def painted(page: Page) -> dict[str, int]:
    counts: dict[str, int] = page.evaluate(PAINTED)
    return counts


def played(page: Page, path: str, ticks: int) -> None:
    """Open a game and wait until so many ticks have been played, at four times the speed."""
    start(page, path)
    page.get_by_label("Speed", exact=True).select_option("4")
    wait(page, f"s.ticks >= {ticks}")


def scrub(page: Page, share: float) -> None:
    """Press the pointer on the timeline, at a share of its length."""
    box = page.locator(".timeline-picture").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
    wait(page, "s.past && s.paused")


def picture(page: Page) -> Any:
    """Return what the scene shows now, after two frames."""
    page.evaluate("new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))")
    return page.locator(".stage canvas").screenshot()


def test_a_game_is_scrubbed_back_and_the_scene_shows_it(page: Page) -> None:
    played(page, "/play/pong?seed=4", 200)
    page.keyboard.press("Space")
    wait(page, "s.paused")
    end, last = ask(page, "s.history.ticks"), ask(page, "s.hash")
    present = picture(page)
    scrub(page, 0.5)
    middle = ask(page, "s.ticks")
    assert abs(middle - end / 2) <= 2 + end / 100
    assert ask(page, "s.hash") != last
    assert picture(page) != present
    expect(page.locator(".stage-state")).to_have_text("Paused in the past")
    expect(page.locator(".timeline-time")).to_contain_text(" / ")
    page.wait_for_timeout(300)
    assert ask(page, "s.ticks") == middle
    page.get_by_role("button", name="To the present").click()
    wait(page, f"!s.past && s.ticks > {end}")
    expect(page.get_by_role("button", name="Play on from here")).to_be_hidden()


def test_steps_by_keys_and_the_scrubber_by_its_own(page: Page) -> None:
    played(page, "/play/pong", 120)
    page.keyboard.press("Comma")
    wait(page, "s.past && s.paused")
    end, at = ask(page, "s.history.ticks"), ask(page, "s.ticks")
    for key, tick in [("Comma", at - 1), ("Comma", at - 2), ("Period", at - 1)]:
        page.keyboard.press(key)
        wait(page, f"s.ticks === {tick}")
    slider = page.get_by_role("slider", name="Moment")
    slider.focus()
    for key, tick in [("Home", 0), ("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1)]:
        page.keyboard.press(key)
        wait(page, f"s.ticks === {tick}")
    expect(slider).to_have_attribute("aria-valuetext", f"0:00.0 of {moment(end)}, tick 1")
    page.keyboard.press("PageUp")
    wait(page, "s.ticks > 5")
    page.keyboard.press("End")
    wait(page, f"s.ticks === {end}")
    assert ask(page, "s.seats.some((seat) => seat.person)") is False  # arrows were not for the game
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")
    wait(page, f"!s.past && s.ticks > {end}")


def moment(tick: int) -> str:
    """Return a tick of pong in minutes and seconds."""
    tenths = int(tick / 3 + 0.5)
    return f"{tenths // 600}:{tenths // 10 % 60:02}.{tenths % 10}"


def test_a_key_pressed_in_the_past_forks_and_branches_are_found_again(page: Page) -> None:
    played(page, "/play/pong", 200)
    scrub(page, 0.5)
    at, end = ask(page, "s.ticks"), ask(page, "s.history.ticks")
    page.keyboard.down("ArrowUp")
    wait(page, f"!s.past && s.seats[0].person && s.ticks > {at}")
    expect(page.locator(".stage")).to_have_attribute("data-hands", "person")
    plays_on(page, 20)
    page.keyboard.up("ArrowUp")
    kept = page.locator("button.branch", has_text="as first played")
    expect(kept).to_contain_text(f"{moment(at)} to {moment(end)}")
    expect(page.locator(".branch[aria-current]")).to_have_text("now: you as Right")
    kept.click()
    wait(page, f"s.ticks === {at} && s.history.ticks === {end} && s.paused")
    expect(page.locator(".branch[aria-current]")).to_have_text("now: as first played")
    page.locator("button.branch", has_text="you as Right").click()
    wait(page, f"s.history.driverAt(0, {at}) === 'person'")


def test_play_watches_again_and_play_on_forks(page: Page) -> None:
    played(page, "/play/snake", 60)
    scrub(page, 0.2)
    at, end = ask(page, "s.ticks"), ask(page, "s.history.ticks")
    page.get_by_role("button", name="Play", exact=True).click()
    wait(page, f"s.ticks > {at}")
    assert ask(page, "s.history.ticks") >= end
    assert ask(page, "s.branches.list.length") == 0
    scrub(page, 0.3)
    page.get_by_role("button", name="Play on from here").click()
    wait(page, "!s.past && s.branches.list.length === 1")
    plays_on(page, 5)


def test_bands_marks_and_curves_are_drawn(page: Page) -> None:
    played(page, "/play/pong", 60)
    page.keyboard.down("ArrowUp")
    wait(page, "s.seats[0].person")
    page.get_by_label("Speed", exact=True).select_option("16")
    wait(page, "s.ticks > 900 && s.history.rewards.data.some((reward) => reward !== 0)", SLOW)
    page.keyboard.up("ArrowUp")
    wait(page, "!s.seats[0].person", SLOW)
    page.keyboard.press("Space")
    page.wait_for_timeout(300)
    counts = painted(page)
    assert counts["person"] > 20, counts
    assert counts["agent"] > 200, counts
    assert counts["quiet"] > 20, counts
    assert counts["good"] + counts["bad"] > 3, counts
    drawn = page.evaluate(
        """() => {
          const player = document.querySelector('gymcade-player');
          const { history } = player.session;
          return [...history.values.data.subarray(0, 100)].filter((v) => !Number.isNaN(v)).length;
        }"""
    )
    assert drawn >= 100


def test_an_embed_shows_it_only_if_asked(page: Page) -> None:
    start(page, "/embed/pong")
    assert page.locator(".timeline").count() == 0
    start(page, "/embed/pong?timeline")
    expect(page.locator(".timeline")).to_be_visible()
    start(page, "/play/pong?timeline=0")
    assert page.locator(".timeline").count() == 0


@pytest.mark.parametrize("width", [1280, 360])
def test_a_forked_game_fits(chromium: Browser, server: str, width: int) -> None:
    context = screen(chromium, server, width)
    page = context.new_page()
    start(page, "/play/pong")
    page.get_by_label("Speed", exact=True).select_option("16")
    wait(page, "s.ticks > 700")
    page.evaluate("document.querySelector('gymcade-player').session.press(0, 0, 1)")
    wait(page, "s.ticks > 1400")
    page.evaluate("document.querySelector('gymcade-player').session.releaseAll()")
    wait(page, "s.ticks > 2400 && !s.past")
    page.evaluate("document.querySelector('gymcade-player').session.goTo(1200)")
    page.get_by_role("button", name="Play on from here").click()
    plays_on(page, 300)
    page.evaluate("document.querySelector('gymcade-player').session.goTo(900)")
    page.wait_for_timeout(400)
    look(page, "timeline", whole=False)
    box = page.locator(".timeline").bounding_box()
    assert box is not None and box["height"] >= 44 and box["width"] <= width
    context.close()
