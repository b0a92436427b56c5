"""A person plays every environment to the end of a game, by keys, clicks and fingers."""

import random
import re
import time
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from envs_c.build import names
from tests.browser.playing import SESSION, SLOW, ask, plays_on, screen, start, wait

LONGEST = 900  # s of a game on a busy machine
HOLD = 60  # ms that a key is held in real time

# Where one can point at for the seat to move, in shares of the scene, with what is chosen there.
TARGETS = f"""(() => {{
  const s = {SESSION};
  const seat = s.seats.findIndex((_, row) => s.env.active[row]);
  const {{ width, height }} = s.spec;
  const found = [];
  for (let x = 1 / 80; x < 1; x += 1 / 40) {{
    for (let y = 1 / 80; y < 1; y += 1 / 40) {{
      const choice = s.env.point(seat, x * width, y * height);
      if (choice >= 0) found.push([choice, x, y]);
    }}
  }}
  return found;
}})()"""


class Person:
    """Plays at random by what a page offers: the scene, or keys, or a phone's buttons."""

    def __init__(self, page: Page, touch: bool) -> None:
        self.page, self.touch = page, touch
        self.spec: dict[str, Any] = ask(page, "s.spec")
        self.rng = random.Random(1)

    def move(self) -> None:
        """One choice."""
        if self.spec["has"]["point"]:
            return self._point()
        if self.touch:
            box = self.rng.choice(self.page.locator(".touch-button").all()).bounding_box()
            assert box is not None
            x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
            return self.page.touchscreen.tap(x, y)
        keys = [codes[0] for head in self.spec["keys"] for codes in head if codes[0]]
        key = self.rng.choice(keys)
        self.page.keyboard.down(key)
        self.page.wait_for_timeout(0 if self.spec["turn_based"] else HOLD)
        self.page.keyboard.up(key)

    def _point(self) -> None:
        targets = self.page.evaluate(TARGETS)
        box = self.page.locator(".stage canvas").bounding_box()
        assert box is not None
        chosen = self.rng.choice(sorted({choice for choice, _, _ in targets} or {-1}))
        _, x, y = next((t for t in targets if t[0] == chosen), (chosen, 0.5, 0.5))
        at = box["x"] + x * box["width"], box["y"] + y * box["height"]
        (self.page.touchscreen.tap if self.touch else self.page.mouse.click)(*at)


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", names())
def test_a_person_plays_a_whole_game(chromium: Browser, server: str, name: str, width: int) -> None:
    context = screen(chromium, server, width)
    page = context.new_page()
    start(page, f"/play/{name}?seed=5")
    person = Person(page, touch=width < 600)
    turns = person.spec["turn_based"]
    line = page.locator(".stage-hint")
    expect(line).to_have_text(re.compile("^(press|click|touch|swipe)"))
    stage = page.locator(".stage").bounding_box()
    below = line.bounding_box()
    assert stage and below and below["y"] >= stage["y"] + stage["height"]  # it hides nothing

    person.move()  # the first one takes a seat, whatever it chose
    wait(page, "s.seats.some((seat) => seat.person)", 5000)
    seat = ask(page, "s.seats.findIndex((seat) => seat.person)")
    keep = page.get_by_role("button", name="Keep", exact=True)
    if not turns:
        expect(keep).to_be_in_viewport()
        keep.tap() if person.touch else keep.click()
        wait(page, f"s.seats[{seat}].pinned && s.running")
    page.get_by_label("Speed", exact=True).select_option("8")
    page.evaluate("document.activeElement.blur()")

    ended = f"s.seats[{seat}].episodes"
    before, until = ask(page, ended), time.monotonic() + LONGEST
    while ask(page, ended) == before:
        assert time.monotonic() < until, f"{name} goes on after {LONGEST} s"
        if turns and not ask(page, "s.waitsForPerson"):
            page.wait_for_timeout(20)
        else:
            person.move()
    expect(line).to_have_text(re.compile(r"^You (won|drew|lost|scored [\d.-]+)$"), timeout=SLOW)
    if turns:
        wait(page, "s.lingering")
        said = ask(page, "s.env.describe(s.env.finals)")
        assert said != ask(page, "s.env.describe(s.env.state)")
        expect(page.locator(".player-said")).to_have_text(said)
        wait(page, "s.waitsForPerson")  # the next game has begun by itself
        at = ask(page, "s.ticks")
        while ask(page, "s.ticks") == at:
            person.move()
            page.wait_for_timeout(50)
    else:
        plays_on(page)
    assert ask(page, f"s.seats[{seat}].person")
    context.close()
