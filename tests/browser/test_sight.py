"""What the agent sees and what matters to it: panels, and layers over the scene."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from envs_c.build import names
from tests import onnx_files as files
from tests.browser.looks import look
from tests.browser.playing import SLOW, ask, plays_on, screen, start, wait
from tests.browser.test_own_policy import drop, told

SEES, MATTERS = "[data-panel=observation]", "[data-panel=saliency]"
SHAPES = ".stage-overlay"


def open_panels(where: Page | BrowserContext, *panels: str) -> None:
    """Let pages begin with these panels open."""
    held = json.dumps(json.dumps({"choice": False} | dict.fromkeys(panels, True)))
    where.add_init_script(f"localStorage.setItem('gymcade:panels', {held})")


def pause(page: Page) -> None:
    """Stop the clock, and wait until what is shown is what is there."""
    ask(page, "s.stop('user')")
    wait(page, "s.minds.chosen[s.focus] === 1 || !s.env.active[s.focus]")
    page.wait_for_timeout(300)


def counts(page: Page, panel: str) -> dict[str, int]:
    """What the legend of the first picture says."""
    lines = page.locator(f"{panel} .sight-legend").first.locator("li").all_inner_texts()
    return {name: int(count) for name, count in (line.rsplit(maxsplit=1) for line in lines)}


def seen(page: Page) -> list[float]:
    """The observation of the seat in focus."""
    own: list[float] = ask(
        page, "[...s.env.obs.slice(s.focus * s.env.obsSize, (s.focus + 1) * s.env.obsSize)]"
    )
    return own


def hot(page: Page) -> dict[str, float]:
    """What each input in rows matters."""
    bars = page.locator(f"{MATTERS} .sight-bar").all_inner_texts()
    return {name: float(hot) for name, hot in (bar.split("\n") for bar in bars)}


@pytest.mark.parametrize("name", ["squared", "snake"])
def test_a_grid_is_a_picture_of_what_is_seen(page: Page, name: str) -> None:
    open_panels(page, "observation")
    start(page, f"/play/{name}?seed=4")
    plays_on(page)
    pause(page)
    ask(page, "s.env.over[0] && s.stepOnce()")
    (part, *_) = ask(page, "s.spec.interface.observation.parts")
    cells = seen(page)[:121]
    want = {kind: cells.count(code) for code, kind in enumerate(part["categories"])}
    assert counts(page, SEES) == want
    words = page.locator(f"{SEES} .sight-picture").get_attribute("aria-label") or ""
    assert words.startswith(f"{part['name']}, 11 by 11: mostly empty; ")
    pixel = """([at, panel]) => {
      const canvas = document.querySelector(`${panel} .sight-picture`);
      const cell = canvas.width / 11;
      const [x, y] = [at % 11, Math.floor(at / 11)].map((i) => (i + 0.5) * cell);
      return [...canvas.getContext('2d').getImageData(x, y, 1, 1).data.slice(0, 3)];
    }"""
    colours: dict[float, Any] = {}
    for at, code in enumerate(cells):
        if code not in colours:
            colours[code] = page.evaluate(pixel, [at, SEES])
            swatch = page.locator(f"{SEES} .swatch").nth(int(code))
            shown = swatch.evaluate("(e) => getComputedStyle(e).backgroundColor")
            assert shown == f"rgb({', '.join(map(str, colours[code]))})"
    assert len({tuple(colour) for colour in colours.values()}) == len(colours) >= 2


def test_numbers_are_named_with_their_bars(page: Page) -> None:
    open_panels(page, "observation")
    start(page, "/play/pong?seed=4")
    plays_on(page, 10)
    pause(page)
    bars = page.locator(f"{SEES} .sight-bar")
    names_, low = ask(page, "(([p]) => [p.names, p.low])(s.spec.interface.observation.parts)")
    expect(bars).to_have_count(8)
    for bar, name, value in zip(bars.all(), names_, seen(page), strict=True):
        assert bar.inner_text().split("\n") == [name, f"{value:.2f}".replace("-", "−")]
        way = bar.locator(".bar-fill").evaluate("(e) => e.style.transform")
        from_, share = map(float, re.findall(r"-?[\d.]+", way))
        assert share == pytest.approx(abs(value) / (-2 * low), abs=0.002)
        assert from_ / 100 == pytest.approx(0.5 + min(value, 0) / (-2 * low), abs=0.002)


def test_what_is_seen_is_drawn_over_the_scene_and_taken_off_again(page: Page) -> None:
    open_panels(page, "observation")
    start(page, "/play/pong?seed=4")
    plays_on(page, 5)
    pause(page)
    # The scene's own pixels may grow finer or coarser meanwhile.
    page.evaluate("document.querySelector('.stage canvas').style.visibility = 'hidden'")
    stage = page.locator(".stage")
    plain = stage.screenshot()
    button = page.locator(f"{SEES} .on-scene")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(page.locator(f"{SHAPES} text")).to_have_count(3)
    assert page.locator(f"{SHAPES} text").all_text_contents() == [
        "own paddle",
        "other paddle",
        "ball",
    ]
    assert stage.screenshot() != plain
    box = page.locator(f"{SHAPES} rect").nth(2)
    x = ask(page, "(s.env.obs[2] + 1) * 320")  # of the right seat's ball
    assert float(box.get_attribute("x") or 0) == pytest.approx(x - 10, abs=0.2)
    button.focus()
    page.keyboard.press("Space")
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(page.locator(f"{SHAPES} *")).to_have_count(0)
    assert stage.screenshot() == plain
    button.click()
    page.locator(f"{SEES} > summary").click()  # folded, it draws nothing
    expect(page.locator(f"{SHAPES} *")).to_have_count(0)


def test_the_window_of_a_snake_follows_its_head(page: Page) -> None:
    open_panels(page, "observation")
    start(page, "/play/snake?seed=4")
    page.locator(f"{SEES} .on-scene").click()
    frames = set()
    for _ in range(3):
        plays_on(page, 2)
        pause(page)
        path = page.locator(f"{SHAPES} .layer-frame").get_attribute("d") or ""
        x, y, width, height = map(float, re.findall(r"-?[\d.]+", path)[:4])
        assert (width, height) == (152, 152)  # 11 cells of 14 px, drawn in by one
        assert (x - 1) % 14 == (y - 1) % 14 == 0
        frames.add((x, y))
        ask(page, "s.stop('user', false)")
    assert len(frames) > 1
    assert page.locator(".stage canvas").count() == 1


@pytest.mark.parametrize("at", [3, 0])
def test_a_net_that_reads_one_number_lights_that_number_alone(page: Page, at: int) -> None:
    open_panels(page, "saliency")
    start(page, "/play/pong?seed=5")
    drop(page, "one.onnx", files.reads_one(8, 3, at), '.seat[data-seat="0"]')
    told(page)
    wait(page, "s.seats[0].mindName === 'one'")
    plays_on(page, 30)
    expect(page.locator(f"{MATTERS} .sight-top")).to_be_visible(timeout=SLOW)
    pause(page)
    for _ in range(60):  # in the middle of its range it would be as neutral as what replaces it
        if abs(ask(page, f"s.env.obs[{at}]")) > 0.2:
            break
        tick = ask(page, "(s.stepOnce(), s.ticks)")
        wait(page, f"s.ticks > {tick}")
    page.locator(f"{MATTERS} .on-scene").click()
    for measure in ("policy", "value", "action"):
        page.locator(f"{MATTERS} select").select_option(measure)
        name = ask(page, f"s.spec.interface.observation.parts[0].names[{at}]")
        top = page.locator(f"{MATTERS} .sight-top li:visible")
        expect(top).to_have_count(1)
        expect(top).to_have_text(re.compile(rf"^{name}: 0*[1-9.]"))
        lit = {key for key, value in hot(page).items() if value}
        assert lit == {name}
    expect(page.locator(f"{SHAPES} .layer-hot")).to_have_count(1)
    x = float(page.locator(f"{SHAPES} .layer-hot").get_attribute("x") or 0)
    where = ask(page, "(s.env.obs[2] + 1) * 320") - 13 if at == 3 else 640 - 12 - 7
    assert x == pytest.approx(where, abs=0.2)
    assert ask(page, "s.seats[0].mindName") == "one"


def test_a_net_that_reads_one_cell_lights_that_cell_alone(page: Page) -> None:
    open_panels(page, "saliency")
    start(page, "/play/squared?seed=5")
    drop(page, "one.onnx", files.reads_one(121, 5, 60))
    told(page)
    wait(page, "s.seats[0].mindName === 'one'")
    ask(page, "(s.stop('user'), s.restart(5))")  # the agent stands in the middle
    top = page.locator(f"{MATTERS} .sight-top li:visible")
    expect(top).to_have_text(re.compile(r"^agent, column 6, row 6: [1-9.]"), timeout=SLOW)
    expect(top).to_have_count(1)
    page.locator(f"{MATTERS} .on-scene").click()
    lit = page.locator(f"{SHAPES} .layer-heat path")
    expect(lit).to_have_count(1)
    assert lit.get_attribute("d") == "M220 220h44v44h-44z"
    pixels = page.evaluate(
        """(panel) => {
      const canvas = document.querySelector(`${panel} .sight-picture`);
      const context = canvas.getContext('2d');
      const cell = canvas.width / 11;
      const violet = [];
      for (let at = 0; at < 121; at++) {
        const [x, y] = [at % 11, Math.floor(at / 11)].map((i) => (i + 0.5) * cell);
        const [red, green, blue] = context.getImageData(x, y, 1, 1).data;
        if (blue > green + 40) violet.push(at);
      }
      return violet;
    }""",
        MATTERS,
    )
    assert pixels == [60]


def test_a_file_that_gives_no_odds_is_asked_what_it_would_do(page: Page) -> None:
    open_panels(page, "saliency")
    start(page, "/play/pong?seed=5")
    drop(page, "deep.onnx", files.sb3(8, 3))
    told(page)
    wait(page, "s.seats[0].mindName === 'deep'")
    expect(page.locator(f"{MATTERS} .sight-top")).to_be_visible(timeout=SLOW)
    page.locator(f"{MATTERS} select").select_option("policy")
    expect(page.locator(f"{MATTERS} .panel-text")).to_have_text("This file does not tell that.")
    driver = page.locator('.seat[data-seat="0"] .seat-driver')
    driver.select_option("scripted")
    expect(page.locator(f"{MATTERS} .panel-text")).to_have_text(re.compile("^Only a policy"))


def test_a_game_goes_the_same_way_whether_it_is_looked_into_or_not(
    chromium: Browser, server: str
) -> None:
    games = []
    for panels in ((), ("observation", "saliency")):
        context = screen(chromium, server, 1280)
        open_panels(context, *panels)
        page = context.new_page()
        start(page, "/play/pong?seed=9")
        for panel in panels:
            page.locator(f"[data-panel={panel}] .on-scene").click()
        if panels:
            expect(page.locator(f"{MATTERS} .sight-top")).to_be_visible(timeout=SLOW)
        ask(page, "s.setSpeed(4)")
        wait(page, "s.ticks >= 200")
        ask(page, "s.goTo(200)")
        generator = "[...s.history.draws.data.slice(398, 400)]"
        games.append(ask(page, f"[s.hash, {generator}, [...s.history.actions.slice(0, 200)]]"))
        context.close()
    assert games[0] == games[1]
    assert len(games[0][2]) == 400


@pytest.mark.parametrize("width", [1280, 360])
def test_open_panels_fit_and_can_be_read(chromium: Browser, server: str, width: int) -> None:
    context = screen(chromium, server, width)
    open_panels(context, "observation", "saliency")
    page = context.new_page()
    for name in names():
        start(page, f"/play/{name}?seed=6")
        for panel in (SEES, MATTERS):
            button = page.locator(f"{panel} .on-scene")
            if button.count():
                button.click()
        page.evaluate("scrollTo(0, 0)")  # the game sleeps while its scene is out of sight
        plays_on(page, 2)
        page.locator(f"{MATTERS} > summary").scroll_into_view_if_needed()  # else it rests
        expect(page.locator(f"{MATTERS} .sight-scale")).to_be_visible(timeout=SLOW)
        look(page, f"sight-{name}")
    context.close()
