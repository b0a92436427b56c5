"""The panels that look inside a game and set how it is played."""

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect

from tests import onnx_files as files
from tests.browser.looks import SHOTS, look
from tests.browser.playing import (
    ask,
    look_at,
    plays_on,
    poll,
    screen,
    start,
    wait,
    wait_until_ready,
)
from tests.browser.test_own_policy import drop, told
from tests.project_copy import copy_project, preview, run, share_built
from tests.subjects import made

DRAW = """#ifdef ENV_DRAW
static void draw(const State *s, const View *v) {
    (void)v;
    ClearBackground(INK);
    for (int a = 0; a < count(s); a++) {
        DrawCircle((int)(200 + 200 * s->x[a]), (int)(200 + 200 * s->y[a]), 5.0f, SUN);
    }
}
#endif
"""


def opened(page: Page, name: str) -> Locator:
    """A panel, unfolded."""
    panel = page.locator(f"[data-panel={name}]")
    if panel.get_attribute("open") is None:
        panel.locator("summary").first.click()
    expect(panel).to_have_attribute("open", "")
    look_at(page, name)
    return panel


def set_range(slider: Locator, value: float) -> None:
    """Move a slider as a person's hand would."""
    slider.fill(str(value))


def pause(page: Page) -> None:
    """Stop the clock; the space bar belongs to what was clicked last."""
    page.get_by_role("button", name="Pause").click()
    wait(page, "s.paused")


# --- Value and advantage -------------------------------------------------------------------------


def test_plots_are_fetched_when_they_are_opened_and_follow_the_game(page: Page) -> None:
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    start(page, "/play/pong?seed=3")
    plays_on(page, 90)
    assert not [r.url for r in asked if "uplot" in r.url]
    panel = opened(page, "value")
    expect(panel.locator("canvas")).to_have_count(2)
    assert len([r.url for r in asked if "uplot" in r.url]) == 2
    expect(panel).to_contain_text("λ 0.95, γ 0.99 (as it was trained)")
    pause(page)
    ticks = ask(page, "s.history.ticks")
    expect(panel).to_have_attribute("data-points", str(ticks))  # each tick of ten seconds
    drawn = panel.locator("canvas").first.evaluate(
        "(c) => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v) => v > 0)"
    )
    assert drawn


def test_the_plots_and_the_timeline_go_to_the_same_tick(page: Page) -> None:
    start(page, "/play/pong?seed=3")
    panel = opened(page, "value")
    over = panel.locator(".u-over").first
    expect(over).to_be_visible()
    plays_on(page, 60)
    box = over.bounding_box()
    assert box
    over.click(position={"x": box["width"] / 4, "y": 20})
    wait(page, "s.past && s.paused")
    here, end = ask(page, "[s.ticks, s.history.ticks]")
    assert here == pytest.approx(end / 4, abs=3)
    expect(page.locator(".timeline-scrub")).to_have_value(str(here))
    page.locator(".timeline-scrub").evaluate(
        "(e) => { e.value = '12'; e.dispatchEvent(new Event('input')); }"
    )
    value = panel.locator(".plot-value dd")
    expect(panel.locator(".plot-time")).to_have_text("0:00.4")
    want = ask(page, "s.history.values.data[12 * 2]")
    expect(value).to_have_text(f"{'−' if want < 0 else '+'}{abs(want):.2f}")
    expect(panel.locator(".plot-advantage dd")).not_to_have_text("–")
    panel.locator("select").select_option("Infinity")
    expect(panel).to_have_attribute("data-points", str(end))


def test_where_nobody_says_a_value_there_is_still_a_return(page: Page) -> None:
    start(page, "/play/snake?seed=3")
    panel = opened(page, "value")
    page.locator(".seat .seat-driver").first.select_option("scripted")
    wait(page, "s.seats[0].mind.kind === 'scripted'")
    plays_on(page, 5)
    expect(panel.locator(".plot-value dd")).to_have_text("–")
    expect(panel.locator(".plot-return dd")).not_to_have_text("–")
    expect(panel).to_contain_text("γ 0.99 (nobody says")


# --- Memory --------------------------------------------------------------------------------------


def test_a_memory_is_a_strip_that_follows_the_tick_that_is_shown(page: Page) -> None:
    start(page, "/play/pong?seed=3")
    panel = opened(page, "memory")
    expect(panel).to_contain_text("“best” has no memory")
    drop(page, "mine.onnx", files.ours(8, 3, memory=5))
    told(page)
    wait(page, "s.seats[0].mindName === 'mine'")
    expect(panel).to_contain_text("5 units")
    from_tick = ask(page, "s.ticks")
    plays_on(page, 60)
    pause(page)
    canvas = panel.locator("canvas")
    expect(canvas).to_have_js_property("height", 5)
    shown = panel.locator(".strip-shown")
    now = ask(page, "s.ticks")
    lit = """(c) => {
      const { data } = c.getContext('2d').getImageData(0, 0, c.width, 5);
      return Array.from({ length: c.width }, (_, x) => x)
        .filter((x) => [0, 1, 2, 3, 4].some((y) => data[4 * (y * c.width + x) + 3] > 0));
    }"""
    # the game is younger than the strip is long: a column is a tick
    poll(page, f"({lit})(document.querySelector('.strip canvas')).at(-1) === {now}")
    columns = canvas.evaluate(lit)
    assert set(range(from_tick + 10, now + 1)) <= set(columns)
    for _ in range(3):
        page.keyboard.press("Comma")
    wait(page, f"s.ticks === {now - 3}")
    left = f"{100 * (now - 3 + 0.5) / 240:.4f}"
    expect(shown).to_have_attribute("style", f"left: {float(left):g}%;")
    assert canvas.evaluate(lit)[-1] == now  # what came after it is still there
    kept = ask(page, f"[...s.minds.trail.at({now - 3})]")
    page.wait_for_timeout(300)  # memories of that tick are brought back
    assert ask(page, "[...s.seats[0].mind.policy.memory.subarray(0, 5)]") == pytest.approx(kept)


# --- How it plays --------------------------------------------------------------------------------


def test_a_seat_is_made_to_play_otherwise(page: Page) -> None:
    start(page, "/play/pong?seed=3")
    panel = opened(page, "play")
    shipped = panel.get_by_role("button", name="As shipped")
    expect(shipped).to_be_disabled()
    set_range(panel.get_by_role("slider", name="temperature"), 2.5)
    assert ask(page, "s.seats[0].play") == {"mode": "sampled", "temperature": 2.5}
    assert ask(page, "s.seats[1].play") == {"mode": "sampled", "temperature": 1}
    expect(panel.locator("output")).to_have_text("2.5")
    expect(panel.locator("summary")).to_contain_text("changed")
    panel.get_by_role("combobox").select_option("greedy")
    expect(panel.get_by_role("slider")).to_be_hidden()
    now = ask(page, "s.ticks") + 1
    plays_on(page, 30)
    likeliest = ask(
        page,
        "(() => { const o = s.minds.outputs; const i = [0, 1, 2];"
        " return i.reduce((a, b) => (o[b] > o[a] ? b : a)) === s.minds.actions[0]; })()",
    )
    assert likeliest and ask(page, "s.ticks") > now
    shipped.click()
    assert ask(page, "s.seats[0].play") == {"mode": "sampled", "temperature": 1}
    expect(shipped).to_be_disabled()
    page.locator('.seat[data-seat="0"] .seat-driver').select_option("scripted")
    expect(panel).to_contain_text("The script has nothing to set")


# --- Parameters ----------------------------------------------------------------------------------


def test_a_parameter_that_may_change_in_play_does_so_at_once(page: Page) -> None:
    start(page, "/play/pong?seed=3")
    panel = opened(page, "params")
    mark = page.locator(".standard")
    expect(mark).to_be_hidden()
    plays_on(page, 5)
    set_range(panel.get_by_role("slider", name="paddle speed"), 12.5)
    assert ask(page, "s.env.params.paddle_speed") == 12.5
    expect(mark).to_contain_text("Not the standard game: paddle speed 12.5 px per 1/60 s.")
    plays_on(page, 3)
    change = ask(page, "s.history.record().paramChanges.at(-1)")
    assert change["params"]["paddle_speed"] == 12.5 and change["tick"] >= 5
    mark.get_by_role("button", name="Back to standard").click()
    assert ask(page, "s.env.params.paddle_speed") == 8
    expect(mark).to_be_hidden()
    assert ask(page, "s.ticks") > 5  # the game went on


def test_other_parameters_start_the_game_again_with_the_seats_they_ask_for(page: Page) -> None:
    start(page, "/play/snake?seed=7&timeline=0")
    panel = opened(page, "params")
    again = panel.get_by_role("button", name="Restart with these")
    expect(again).to_be_disabled()
    set_range(panel.get_by_role("slider", name="snakes"), 32)
    assert ask(page, "s.seats.length") == 16
    with page.expect_navigation():
        again.click()
    wait_until_ready(page)
    asked = parse_qs(urlsplit(page.url).query)
    assert asked == {"seed": ["7"], "timeline": ["0"], "snakes": ["32"]}
    assert ask(page, "[s.seats.length, s.seed]") == [32, 7]
    expect(page.locator(".chip")).to_have_count(32)
    plays_on(page, 10)
    assert ask(page, "s.seats.every((seat) => seat.driver === 'policy')")
    expect(page.locator(".standard")).to_contain_text("Not the standard game: snakes 32.")
    page.locator(".chip").nth(31).click()
    page.keyboard.press("KeyT")
    wait(page, "s.seats[31].person")
    with page.expect_navigation():
        page.locator(".standard").get_by_role("button", name="Back to standard").click()
    wait_until_ready(page)
    assert ask(page, "[s.seats.length, s.seed]") == [16, 7]
    expect(page.locator(".standard")).to_be_hidden()


def test_what_an_address_asks_for_in_vain_is_said(page: Page) -> None:
    start(page, "/play/snake?snakes=99")
    said = "In the address, snakes: want 2 to 64 in steps of 1, got 99; it is 16."
    expect(page.locator(".standard")).to_contain_text(said)
    assert ask(page, "s.seats.length") == 16
    start(page, "/play/squared")
    expect(page.locator("[data-panel=params]")).to_have_count(0)  # it has none


def test_an_embed_takes_parameters_too(page: Page) -> None:
    start(page, "/embed/pong?points=3")
    assert ask(page, "s.env.params.points") == 3
    expect(page.locator(".standard")).to_contain_text("points 3")


# --- Continuous choices --------------------------------------------------------------------------


def test_continuous_choices_are_shown_as_what_they_are_drawn_from(
    page: Page, tmp_path: Path, allowed: list[str]
) -> None:
    allowed.append("404")
    share_built(copy_project(tmp_path))
    assert run(tmp_path, "-m", "envs_c", "new", "drift").returncode == 0
    text = made("drift").source.read_text().replace("../../../envs_c/", "../")
    text = text.replace('#include "../env_exports.h"', DRAW + '#include "../env_exports.h"')
    (tmp_path / "envs_c" / "drift" / "drift.c").write_text(text)
    with preview(tmp_path, "drift") as address:
        page.goto(f"{address}/play/drift?motes=3&limit=400&seed=2")
        page.wait_for_selector("gymcade-player", state="attached", timeout=120_000)
        wait_until_ready(page)
        assert ask(page, "s.env.continuous && s.seats.length") == 3
        drop(page, "mine.onnx", files.ours_continuous(4))
        told(page)
        wait(page, "s.seats[0].mindName === 'mine'")
        pause(page)
        page.keyboard.press("KeyR")
        wait(page, "s.paused && s.ticks === 0 && s.minds.explained[0] === 1")
        panel = opened(page, "choice")
        first = panel.locator(".density").first
        expect(first).to_contain_text("across")
        mean, spread, chosen = ask(
            page, "[s.minds.outputs[0], Math.exp(s.minds.logStd[0]), s.minds.actions[0]]"
        )
        shown = f"{'−' if mean < 0 else '+'}{abs(mean):.2f} ± {spread:.2f}"
        expect(first.locator(".density-number")).to_have_text(shown)
        left = first.locator(".density-mark.agent").evaluate("(e) => parseFloat(e.style.left)")
        assert left == pytest.approx(50 * (chosen + 1), abs=0.06)
        assert first.locator(".density-area").get_attribute("d")
        expect(first.locator(".density-mark.person")).to_be_hidden()
        page.screenshot(path=SHOTS / "densities.png")
        set_range(opened(page, "play").get_by_role("slider", name="temperature"), 2)
        look_at(page, "choice")
        expect(first.locator(".density-number")).to_contain_text(f"± {2 * spread:.2f}")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("KeyT")
        expect(first.locator(".density-mark.person")).to_be_visible()


# --- Looks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1280, 360])
def test_open_panels_fit_and_can_be_read(chromium: Browser, server: str, width: int) -> None:
    context = screen(chromium, server, width)
    page = context.new_page()
    names = json.dumps(dict.fromkeys(("value", "memory", "play", "params", "choice"), True))
    page.add_init_script(f"localStorage.setItem('gymcade:panels', {json.dumps(names)})")
    start(page, "/play/pong?seed=3&paddle_speed=10")
    drop(page, "mine.onnx", files.ours(8, 3, memory=16))
    told(page)
    plays_on(page, 40)
    expect(page.locator("[data-panel=value] canvas")).to_have_count(2)
    pause(page)
    page.wait_for_timeout(400)
    look(page, "panels")
    context.close()
