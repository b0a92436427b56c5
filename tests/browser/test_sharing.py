"""Replays on the page: saved, dropped, shared by link and by id, refused, and played on."""

import json
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from envs_c.build import ROOT
from envs_c.replay import record, verify
from envs_c.replay_file import Replay, decode, encode
from server.bench import serving
from tests.browser.looks import look
from tests.browser.playing import SLOW, ask, plays_on, poll, screen, see, start, wait
from tests.browser.test_own_policy import drop
from tests.replay_files import FOLDER

HASH = "s.history.record().hashes.at(-1).hash"
OPENED = "s.branches.name === 'as recorded'"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that keeps replays in a folder of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GYMCADE_REPLAYS", str(tmp_path_factory.mktemp("kept")))
        with serving() as address:
            yield address


def played(page: Page, path: str, ticks: int) -> tuple[int, str]:
    """Play a game at 16 times the speed, pause it, and return its ticks and its last hash."""
    start(page, path)
    page.get_by_label("Speed", exact=True).select_option("16")
    wait(page, f"s.ticks >= {ticks}")
    page.keyboard.press("Space")
    wait(page, "s.paused")
    return end(page)


def end(page: Page) -> tuple[int, str]:
    """Ticks of the line that is shown and the hash at its end."""
    ticks, hash_ = ask(page, f"[s.history.ticks, {HASH}]")
    return ticks, hash_


def play(page: Page) -> None:
    """Let it run again."""
    page.get_by_role("button", name="Play", exact=True).click()


def saved(page: Page) -> tuple[str, bytes]:
    """Name and content of the file that the button saves."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Save replay").click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def shown(page: Page, *words: str) -> None:
    """Expect that a replay is open and that these words are said of it."""
    for word in words:
        expect(page.locator(".replay-about")).to_contain_text(word, timeout=SLOW)


def link(page: Page) -> str:
    """The link that the button puts on the clipboard."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("navigator.clipboard.writeText('')")
    page.get_by_role("button", name="Copy link").click()
    see(page, "button", "Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert isinstance(copied, str)
    return copied


def test_what_is_saved_and_dropped_ends_in_the_same_hash(page: Page) -> None:
    want = played(page, "/play/pong?seed=4", 300)
    name, data = saved(page)
    assert name == f"pong-4-{want[0]}.gymcade"
    kept = decode(data)
    assert verify(kept).verified  # natively, too
    shelf = {path.name for path in (ROOT / "web/static/policies/pong").glob("*.onnx")}
    for _, _, driver in kept.drivers:
        assert driver.kind == "policy" and f"{driver.name}.onnx" in shelf
        assert len(driver.sha256) == 64
    page.keyboard.press("KeyR")
    wait(page, "s.ticks < 100")
    play(page)
    wait(page, "s.ticks >= 30")
    mine = ask(page, "s.seed")
    drop(page, name, data)
    shown(page, f"{want[0]} ticks", "seed 4", "every hash agrees")
    wait(page, OPENED)
    assert end(page) == want
    assert ask(page, "[s.ticks, s.paused, s.past]") == [0, True, True]
    page.get_by_label("Speed", exact=True).select_option("16")
    play(page)
    wait(page, f"s.ticks === {want[0]} && s.paused")  # to its end, and no further
    assert ask(page, "s.hash") == want[1]
    page.get_by_role("button", name="Back to your game").click()
    wait(page, f"s.branches.name === 'as first played' && s.seed === {mine}")
    assert ask(page, "s.history.ticks") >= 30
    page.get_by_role("button", name="To the replay").click()
    wait(page, OPENED)
    assert end(page) == want


def test_it_is_chosen_by_keyboard(page: Page) -> None:
    start(page, "/play/pong")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Open replay").focus()
        page.keyboard.press("Enter")
    data = (FOLDER / "javascript-pong.gymcade").read_bytes()
    payload: Any = {"name": "javascript-pong.gymcade", "mimeType": "", "buffer": data}
    chooser.value.set_files(payload)
    wait(page, OPENED)
    assert ask(page, HASH) == decode(data).hashes[-1][1]


def test_a_link_opens_elsewhere_at_the_tick(
    page: Page, chromium: Browser, server: str, context: BrowserContext
) -> None:
    want = played(page, "/play/pong?seed=6", 300)
    assert "t=" not in link(page)  # from the present it leads to the beginning
    ask(page, "s.goTo(120)")
    address = link(page)
    assert "#replay=" in address and address.endswith("&t=120")
    see(page, ".replay-said", "nothing was stored")
    other = chromium.new_context(base_url=server)
    fresh = other.new_page()
    start(fresh, address)
    shown(fresh, "every hash agrees")
    assert (end(fresh), ask(fresh, "s.ticks"), ask(fresh, "s.paused")) == (want, 120, True)
    expect(fresh.get_by_role("button", name="Back to your game")).to_be_hidden()  # none was played
    fresh.evaluate("location.hash = '#t=40'")
    wait(fresh, "s.ticks === 40")
    assert ask(fresh, "s.hash") != want[1]
    fresh.evaluate("location.hash = '#t=99999999'")
    wait(fresh, f"s.ticks === {want[0]} && s.hash === '{want[1]}'")
    other.close()


def test_a_long_one_goes_by_id(page: Page, chromium: Browser, server: str) -> None:
    want = played(page, "/play/snake?seed=5", 2500)
    ask(page, "s.goTo(700)")
    address = link(page)
    assert "?replay=" in address and address.endswith("#t=700") and len(address) < 100
    see(page, ".replay-said", "this server keeps it")
    assert link(page) == address  # the same game, the same id
    other = chromium.new_context(base_url=server)
    fresh = other.new_page()
    start(fresh, address)
    shown(fresh, "every hash agrees")
    assert (end(fresh), ask(fresh, "s.ticks")) == (want, 700)
    other.close()


def test_a_tick_of_the_game_on_the_page(page: Page) -> None:
    played(page, "/play/pong#t=30", 200)
    page.evaluate("location.hash = '#t=60'")
    wait(page, "s.ticks === 60 && s.paused")


def pong() -> Replay:
    """The game of a file among the vectors."""
    return decode((FOLDER / "python-pong.gymcade").read_bytes())


def test_other_rules_are_said_and_up_to_where_it_agrees(page: Page) -> None:
    start(page, "/play/pong")
    hashes = list(pong().hashes)
    (first, _), (second, _) = hashes[9:11]
    hashes[10] = (second, "0" * 16)
    other = replace(pong(), dynamics_version="0123456789abcdef")
    drop(page, "old.gymcade", encode(replace(other, hashes=tuple(hashes))))
    shown(page, "made for other rules", f"(tick {first})", f"(tick {second}) differs")
    assert ask(page, "s.history.doubt") == second
    state = page.locator(".stage-state")
    ask(page, f"s.goTo({second - 1})")
    expect(state).to_have_text("Paused in the past")
    ask(page, f"s.goTo({second})")
    expect(state).to_have_text("Not what was played")
    counted = page.evaluate(STRIPES)
    assert counted["after"] > 40 and counted["before"] == 0, counted
    page.get_by_role("button", name="Play on from here").click()
    plays_on(page, 3)
    expect(state).to_have_text("Not what was played")
    drop(page, "same.gymcade", encode(other))
    shown(page, "made for other rules", "but every hash agrees: this is what was played")
    altered = replace(pong(), hashes=tuple(hashes))
    drop(page, "altered.gymcade", encode(altered))
    shown(page, "This is not what was played: the file was altered")


# Points of the timeline in the colour of what is bad, above the lane of marks.
STRIPES = """() => {
  const canvas = document.querySelector('.timeline-picture');
  const { history } = document.querySelector('gymcade-player').session;
  const edge = Math.floor((history.doubt / history.ticks) * canvas.width) - 1;
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const count = { before: 0, after: 0 };
  for (let y = 20; y < canvas.height / 2; y++) {
    for (let x = 0; x < canvas.width; x++) {
      const [r, g, b, a] = data.subarray(4 * (y * canvas.width + x));
      if (a > 20 && r > 1.5 * g && r > 1.5 * b) count[x < edge ? 'before' : 'after']++;
    }
  }
  return count;
}"""


def test_an_embed_with_a_timeline_shows_a_replay(page: Page) -> None:
    want = played(page, "/play/pong?seed=4", 120)
    ask(page, "s.goTo(40)")
    carried = link(page).partition("#")[2]
    start(page, f"/embed/pong?timeline#{carried}")
    shown(page, f"{want[0]} ticks", "every hash agrees")
    wait(page, OPENED)
    assert end(page) == want
    assert ask(page, "s.ticks") == 40
    box = page.locator(".timeline").bounding_box()
    assert box is not None and box["width"] <= 1280
    start(page, f"/embed/pong#{carried}")  # without one it plays, as any embed
    plays_on(page)
    assert not ask(page, "s.past")


def test_another_game_is_found_on_its_own_page(page: Page) -> None:
    start(page, "/play/pong")
    data = (FOLDER / "python-squared.gymcade").read_bytes()
    drop(page, "elsewhere.gymcade", data)
    see(page, ".replay-said", "is a replay of another game, squared")
    plays_on(page, 3)  # this one goes on
    page.get_by_role("link", name="Open it in squared").click()
    poll(page, "location.pathname === '/play/squared'")
    page.wait_for_selector("gymcade-player[data-ready]", timeout=SLOW)
    wait(page, OPENED)
    assert ask(page, HASH) == decode(data).hashes[-1][1]


def test_other_seats_are_those_of_a_page_of_its_own(page: Page) -> None:
    start(page, "/play/snake")
    data, seats = encode(record("snake", 3, {"snakes": 4}, 60)), 4
    drop(page, "few.gymcade", data)
    see(page, ".replay-said", f"has {seats} seats, this game 16")
    with page.expect_navigation():
        page.get_by_role("link", name="Open it in a page of its own").click()
        page.reload()
    page.wait_for_selector("gymcade-player[data-ready]", timeout=SLOW)
    wait(page, f"s.seats.length === {seats} && {OPENED}")
    assert ask(page, HASH) == decode(data).hashes[-1][1]


def test_what_cannot_be_read_is_refused_and_the_game_goes_on(
    page: Page, allowed: list[str]
) -> None:
    start(page, "/play/pong")
    good = (FOLDER / "python-pong.gymcade").read_bytes()
    said = page.locator(".replay-said")
    for data, words in [
        (good[:-1], "damaged or cut off"),
        (b"PK\3\4", 'want "GYMCADE" at its start'),
        (good[:7] + b"\2" + good[8:], "format version: want 1, got 2"),
        (encode(replace(pong(), params={"gravity": 2.0})), "a parameter that is no more: gravity"),
    ]:
        drop(page, "bad.gymcade", data)
        expect(said).to_contain_text(words, timeout=SLOW)
        expect(said).to_contain_text("bad.gymcade cannot be opened")
        plays_on(page, 2)
    drop(page, "notes.txt", b"hello")
    see(page, ".own .report", "notes.txt is neither a policy (.onnx) nor a replay (.gymcade)")
    for hash_ in ["#replay=R1lN!", "#replay=AAAA"]:
        page.evaluate(f"location.hash = '{hash_}'")
        expect(said).to_contain_text("The replay in this link cannot be opened", timeout=SLOW)
    allowed.append("404")
    start(page, "/play/pong?replay=" + "A" * 22)
    expect(said).to_contain_text("the server said 404", timeout=SLOW)
    plays_on(page, 2)


def test_a_fork_differs_by_what_was_done_and_nothing_else(page: Page) -> None:
    ticks, hash_ = played(page, "/play/pong?seed=8", 400)
    _, data = saved(page)
    for press in (False, True):
        start(page, "/play/pong")
        drop(page, "game.gymcade", data)
        wait(page, OPENED)
        wait(page, "s.seats.every((seat) => seat.driver === 'policy' && !seat.trouble)")
        ask(page, "s.goTo(200)")
        if press:
            ask(page, "s.press(1, 0, 2)")
        else:
            page.get_by_role("button", name="Play on from here").click()
        wait(page, f"!s.past && s.history.ticks > {ticks}")
        ask(page, "(s.releaseAll(), s.stop('user'))")
        again = ask(page, f"(s.goTo({ticks}), s.hash)")
        assert (again == hash_) is not press
        if press:
            page.get_by_role("button", name="Compare with").first.click()
            row = page.locator(".compare tbody tr").filter(has_text="Left")
            expect(row).to_contain_text("down here", timeout=SLOW)
            expect(row).to_contain_text("(tick 20")


def test_unknown_policies_are_told_and_replaced(page: Page) -> None:
    start(page, "/play/pong")
    stranger = pong().drivers[0][2].__class__("policy", "champion", "ab" * 32)
    cast = ((0, 0, stranger), (0, 1, stranger))
    drop(page, "strange.gymcade", encode(replace(pong(), drivers=cast)))
    shown(page, "had “champion” (abababab…), which this page does not have")
    _, data = saved(page)
    assert {driver for _, _, driver in decode(data).drivers} == {stranger}


def test_one_without_clipboard_finds_the_link_in_a_field(page: Page) -> None:
    start(page, "/play/pong")
    plays_on(page, 10)
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.get_by_role("button", name="Copy link").click()
    field = page.get_by_label("Link", exact=True)
    expect(field).to_be_visible()
    assert "#replay=" in field.input_value()


def test_ten_minutes_of_many_seats_open_without_a_freeze(page: Page, chromium: Browser) -> None:
    """No task of the page takes long, in time of the processor: this machine may be busy."""
    start(page, "/play/snake")
    data = encode(record("snake", 3, {}, 6000))
    ask(page, "s.stop('user')")
    chromium.start_tracing(page=page, categories=["toplevel", "__metadata"])
    drop(page, "long.gymcade", data)
    drop(page, "other.gymcade", (FOLDER / "python-squared.gymcade").read_bytes())  # is no matter
    wait(page, OPENED)
    page.wait_for_timeout(300)
    events = json.loads(chromium.stop_tracing())["traceEvents"]
    threads = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    longest = max(
        event["tdur"] / 1000
        for event in events
        if (event["pid"], event["tid"]) in threads and "tdur" in event and "dur" in event
    )
    assert 5 < longest < 100, f"{longest} ms"
    assert end(page)[0] == 6000
    play(page)
    plays_on(page, 3)


def test_two_lines_are_compared_side_by_side(page: Page) -> None:
    played(page, "/play/pong?seed=4", 300)
    ask(page, "(s.goTo(150), s.press(0, 0, 2), s.stop('user', false))")
    wait(page, "!s.past && s.ticks >= 260")
    ask(page, "(s.releaseAll(), s.handBack(0), s.stop('user'))")
    page.get_by_role("button", name="Compare with as first played").click()
    wait(page, "s.ticks === 150 && s.paused")
    expect(page.locator(".stage canvas")).to_have_count(2)
    expect(page.locator(".compare")).to_contain_text("From 0:05.0 (tick 150) on")
    expect(page.locator(".stage-other")).to_contain_text("as first played")
    rows = page.locator(".compare tbody tr")
    want = ask(page, DIFFERENCE)
    expect(rows.filter(has_text="Right")).to_contain_text(f"(tick {want[0]}): down here")
    parted = picture(page)
    page.get_by_label("Speed", exact=True).select_option("4")
    play(page)
    wait(page, "s.ticks >= 230")
    ask(page, "s.stop('user')")
    moved = apart(picture(page), parted)
    ask(page, "s.goTo(150)")
    assert apart(picture(page), parted) < moved / 4  # in step backwards, too
    play(page)
    wait(page, "!s.past && s.paused")  # it does not play on by itself
    ends = ask(page, "s.history.ticks")
    page.get_by_role("button", name="Close").click()
    expect(page.locator(".stage canvas")).to_have_count(1)
    assert ask(page, "[s.ticks, s.history.ticks]") == [ends, ends]
    page.get_by_role("button", name="Compare with as first played").click()
    expect(page.locator(".stage canvas")).to_have_count(2)
    page.keyboard.press("KeyR")  # another game: there is nothing to compare
    expect(page.locator(".stage canvas")).to_have_count(1)


# The first tick at which the right seat did something else than in the branch.
DIFFERENCE = """(() => {
  const [{ tail }] = s.branches.list;
  const here = s.history.actions.data;
  for (let t = tail.from; ; t++) {
    const there = tail.tracks[0][2 * (t - tail.from)];
    if (here[2 * t] !== there) return [t, here[2 * t], there];
  }
})()"""


def picture(page: Page) -> bytes:
    """What the second scene shows, which is at the tick of the first."""
    page.evaluate("new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))")
    other = page.locator(".stage-other")
    expect(other).to_have_attribute("data-tick", str(ask(page, "s.ticks")))
    return other.locator("canvas").screenshot()


def apart(one: bytes, two: bytes) -> float:
    """How far two pictures differ, however finely each was drawn."""
    small = [
        np.asarray(Image.open(BytesIO(png)).convert("L").resize((80, 60)), np.float32)
        for png in (one, two)
    ]
    return float(np.abs(small[0] - small[1]).mean())


@pytest.mark.parametrize("width", [1280, 360])
def test_replays_and_comparisons_fit(chromium: Browser, server: str, width: int) -> None:
    context = screen(chromium, server, width)
    page = context.new_page()
    played(page, "/play/pong?seed=4", 300)
    ask(page, "(s.goTo(150), s.press(0, 0, 2), s.stop('user', false))")
    wait(page, "!s.past && s.ticks >= 200")
    ask(page, "(s.releaseAll(), s.handBack(0), s.stop('user'))")
    page.get_by_role("button", name="Compare with as first played").click()
    expect(page.locator(".compare tbody tr")).to_have_count(2, timeout=SLOW)
    page.wait_for_timeout(400)
    look(page, "compare")
    page.get_by_role("button", name="Close").click()
    hashes = list(pong().hashes)
    hashes[10] = (hashes[10][0], "0" * 16)
    drop(page, "old.gymcade", encode(replace(pong(), hashes=tuple(hashes))))
    shown(page, "This is not what was played")
    drop(page, "other.gymcade", (FOLDER / "python-squared.gymcade").read_bytes())
    see(page, ".replay-said", "another game")
    look(page, "replay")
    context.close()
