"""Several agents asked about one state, the ghost beside a person's hands, where both differed."""

import re

from playwright.sync_api import Browser, Page, expect

from tests.browser.playing import (
    SLOW,
    ask,
    look_at,
    plays_on,
    poll,
    screen,
    see,
    start,
    wait,
    wait_until_ready,
)

OPEN = "localStorage.setItem('gymcade:panels', JSON.stringify({asking: true, moments: true}))"
ROWS = "[data-panel=asking] tbody tr"
CHOICES = "[data-panel=asking] .asked-add select"
TICK = "Number(document.querySelector('[data-panel=asking] .panel-body').dataset.tick)"

# The part of the scene that is tinted: the choice under its middle, and its width, px of the scene.
TINTED = """() => {
  const path = document.querySelector('.ghost-region path').getAttribute('d');
  const sides = path?.match(/^M([\\d.]+) ([\\d.]+)H([\\d.]+)V([\\d.]+)/)?.slice(1).map(Number);
  if (!sides) return null;
  const [left, top, right, bottom] = sides;
  const { env, focus } = document.querySelector('gymcade-player').session;
  const choice = env.point(focus, (left + right) / 2, (top + bottom) / 2);
  return { choice, width: right - left };
}"""


def ask_four(page: Page) -> None:
    """Ask as many agents as may be asked."""
    rows = page.locator(ROWS)
    while rows.count() < 4:
        asked = rows.count()
        page.locator(CHOICES).select_option(index=1)
        expect(rows).to_have_count(asked + 1)


def test_four_agents_are_asked_as_the_game_goes_on_and_a_fifth_is_refused(page: Page) -> None:
    page.add_init_script(OPEN)
    start(page, "/play/pong")
    ask_four(page)
    look_at(page, "asking")
    for row in page.locator(ROWS).all():
        expect(row.locator(".asked-word")).to_have_text(re.compile("^(stay|up|down)$"))
        expect(row.locator(".asked-chance")).to_have_text(re.compile(r"^\d+ %$"))
        expect(row.locator(".asked-value")).to_have_text(re.compile(r"^[+−]\d+\.\d\d$"))
    now = ask(page, "s.ticks")
    poll(page, f"{TICK} > {now + 10}")
    page.locator(CHOICES).select_option(index=1)
    see(page, "[data-panel=asking]", "4 agents are asked, no more fit")
    expect(page.locator(ROWS)).to_have_count(4)

    page.keyboard.press("Space")
    page.keyboard.press("Comma")
    for _ in range(3):  # scrubbed to, a tick is asked about at once
        page.keyboard.press("Comma")
        poll(page, f"{TICK} === {ask(page, 's.ticks')}")

    left = page.locator(f"{ROWS} th").all_inner_texts()[1:]
    page.locator(".asked-remove").first.click()
    expect(page.locator(f"{ROWS} th")).to_have_text(left)
    page.reload()
    wait_until_ready(page)
    look_at(page, "asking")
    expect(page.locator(f"{ROWS} th")).to_have_text(left)
    expect(page.locator("[data-panel=asking] .asked-trouble")).to_be_empty()


def test_asking_does_not_disturb_the_game(page: Page) -> None:
    played = []
    for panels in ({}, {"asking": True}):
        page.goto("/play/pong?seed=7")
        page.evaluate("(open) => (localStorage['gymcade:panels'] = JSON.stringify(open))", panels)
        start(page, "/play/pong?seed=7")
        if panels:
            ask_four(page)
            look_at(page, "asking")
        else:
            expect(page.locator(ROWS)).to_have_count(0)
        wait(page, "s.ticks >= 200")
        if panels:
            assert page.evaluate(TICK) > 0
        draws = "[...s.history.draws.slice(0, 200)].join()"
        played.append([ask(page, "(s.goTo(200), s.hash)"), ask(page, draws)])
    assert played[0] == played[1]


def test_the_one_to_move_is_asked(page: Page) -> None:
    page.add_init_script(OPEN)
    start(page, "/play/connect4")
    look_at(page, "asking")
    wait(page, "s.ticks >= 1")
    ask(page, "s.goTo(1)")
    ask(page, "s.setFocus(0)")
    see(page, "[data-panel=asking]", "First is not to move: asked for Second.")
    ask(page, "s.setFocus(1)")
    see(page, "[data-panel=asking]", "= marks what")
    expect(page.locator(f"{ROWS} .asked-word").first).to_have_text(re.compile(r"^column [1-7]$"))


def test_a_persons_keys_show_what_the_agent_would_press(page: Page) -> None:
    start(page, "/play/pong")
    ghost = page.locator(".ghost")
    expect(ghost).to_be_hidden()
    page.keyboard.press("KeyT")
    page.keyboard.down("ArrowDown")
    expect(ghost).to_be_visible(timeout=SLOW)
    wait(page, "s.seats[0].asked > 20")
    page.keyboard.press("Space")
    moves = ask(page, "s.spec.interface.action.heads[0].choices")
    for _ in range(3):
        page.keyboard.press("Period")
        plays_on(page, 0)
        wait(page, "s.minds.chosen[0] === 1")
        page.wait_for_timeout(200)
        caps = page.locator(".ghost kbd")
        expect(caps).to_have_count(len(moves))
        choice, done = ask(page, "[s.minds.actions[0], s.env.actions[0]]")
        expect(page.locator(".ghost kbd[data-agent]")).to_have_text(caps.nth(choice).inner_text())
        expect(page.locator(".ghost kbd[data-person]")).to_have_text(caps.nth(done).inner_text())
        button = page.locator(".touch-button[data-agent]")
        assert button.count() == (0 if moves[choice] == "stay" else 1)
    share = ask(page, "Math.round(100 * s.seats[0].agreed / s.seats[0].asked)")
    expect(page.locator(".ghost-agreement")).to_have_text(f"you agree {share} %")

    page.get_by_label("Show what the agent would do").uncheck()
    expect(ghost).to_be_hidden()
    page.keyboard.up("ArrowDown")
    page.keyboard.press("KeyT")  # the keys are the game's again
    wait(page, "!s.seats[0].person")
    page.reload()
    wait_until_ready(page)
    page.keyboard.press("KeyT")
    plays_on(page)
    expect(page.get_by_label("Show what the agent would do")).not_to_be_checked()
    expect(ghost).to_be_hidden()


def test_the_column_that_the_agent_would_choose_is_tinted(page: Page) -> None:
    start(page, "/play/connect4?seed=5")
    expect(page.locator(".stage canvas")).to_have_count(1)
    page.keyboard.press("Digit1")
    for _ in range(2):
        wait(page, "s.waitsForPerson && s.minds.chosen[s.focus] === 1")
        poll(page, f"({TINTED})()?.choice === {ask(page, 's.minds.actions[s.focus]')}")
        tinted = page.evaluate(TINTED)
        assert abs(tinted["width"] - ask(page, "s.spec.width") / 7) < 1
        ticks = ask(page, "s.ticks")
        page.keyboard.press("Digit7")
        wait(page, f"s.ticks > {ticks}")
    ask(page, "s.handBack(s.seats.findIndex((seat) => seat.person))")
    expect(page.locator(".ghost-region path")).not_to_have_attribute("d", re.compile("M"))


def test_a_three_that_was_not_blocked_is_listed_and_a_click_from_it(page: Page) -> None:
    page.add_init_script(OPEN)
    start(page, "/play/connect4")
    page.keyboard.press("Space")
    ask(page, "s.goTo(0)")
    ask(page, "(s.takeOver(1, true), s.takeOver(0, true), s.stop('user', false))")
    for ticks, column in enumerate([2, 1, 3, 1, 2, 1, 6, 1]):  # three in column 1, then four
        wait(page, f"s.ticks === {ticks} && s.minds.chosen[{ticks % 2}] === 1")
        page.keyboard.press(f"Digit{column}")
    wait(page, "s.seats[1].wins === 1")
    ask(page, "(s.stop('user'), s.setFocus(0))")
    look_at(page, "moments")
    moment = page.locator(".moment[data-tick='6']")
    expect(moment).to_contain_text("move 7")
    expect(moment.locator(".moment-did")).to_contain_text("column 6")
    lost = moment.locator(".moment-weight").inner_text()
    assert lost.startswith("−") and float(lost[1:]) > 0.5
    expect(page.locator("[data-panel=moments] .panel-note")).to_have_text(
        ask(page, "s.seats[0].mind.policy.name")
    )
    moment.click()
    wait(page, "s.ticks === 6 && s.paused")
    expect(moment).to_be_visible()


def test_on_a_phone_nothing_is_wider_than_the_screen(chromium: Browser, server: str) -> None:
    context = screen(chromium, server, 360)
    page = context.new_page()
    page.add_init_script(OPEN)
    start(page, "/play/snake")
    ask_four(page)
    page.keyboard.press("KeyT")
    expect(page.locator(".ghost")).to_be_visible(timeout=SLOW)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    inside = """(e) => {
      const [strip, stage] = [e, e.parentElement].map((x) => x.getBoundingClientRect());
      return strip.left >= stage.left && strip.right <= stage.right;
    }"""
    assert page.locator(".ghost").evaluate(inside)
    context.close()
