"""Writing a new game: the page follows the file, the doctor and the training."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.playing import ask, plays_on, poll, wait, wait_until_ready
from tests.project_copy import copy_project, preview, run, share_built

SLOW = 120_000  # ms: a build, and the training of a policy, on a busy machine
RELOADED = "window.before === undefined"


@dataclass(frozen=True)
class Writing:
    """A game that is being written, and its preview."""

    root: Path
    address: str
    good: str  # the C file as it was

    @property
    def source(self) -> Path:
        """Its C file."""
        return self.root / "envs_c" / "lava" / "lava.c"

    def save(self, old: str, new: str) -> int:
        """Save the file with a text replaced; the line at which it stood."""
        assert self.good.count(old) == 1, old
        self.source.write_text(self.good.replace(old, new))
        return self.good[: self.good.index(old)].count("\n") + 1

    def restore(self) -> None:
        """Bring the file back to what it was, and wait until it has been built."""
        if self.source.read_text() == self.good:
            return
        told = self.root / "build" / "preview" / "lava" / "build.json"
        before = time.time_ns()
        self.source.write_text(self.good)
        until = time.monotonic() + SLOW / 1000
        while told.stat().st_mtime_ns < before or json.loads(told.read_text())["state"] != "ok":
            assert time.monotonic() < until
            time.sleep(0.1)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writing]:
    """One preview for all tests here: the first build is the slow one."""
    root = share_built(copy_project(tmp_path_factory.mktemp("project")))
    made = run(root, "-m", "envs_c", "new", "lava")
    assert made.returncode == 0, made.stderr
    good = (root / "envs_c" / "lava" / "lava.c").read_text()
    with preview(root, "lava") as address:
        yield Writing(root, address, good)


@pytest.fixture
def lava(running: Writing, page: Page, allowed: list[str]) -> Iterator[Writing]:
    """The game as it was at first, on its page, which shows it."""
    allowed.append("404")
    page.goto(f"{running.address}/play/lava")  # if it is being built, the page loads itself again
    page.wait_for_selector("gymcade-player", state="attached", timeout=SLOW)
    wait_until_ready(page)
    page.wait_for_selector(".preview-agreement", state="attached")
    page.evaluate("window.before = true")
    yield running
    page.goto("about:blank")
    running.restore()


def reloaded(page: Page) -> None:
    """Wait until the page shows what was saved last."""
    poll(page, RELOADED, SLOW)
    wait_until_ready(page)


def test_an_error_is_shown_over_the_last_version_that_worked(page: Page, lava: Writing) -> None:
    assert page.title() == "Lava · Gymcade"
    plays_on(page)
    line = lava.save("s->ticks++;", "s->ticks+;")
    expect(page.locator(".stage").get_by_text("Building", exact=True)).to_be_visible(timeout=SLOW)
    assert not ask(page, "s.running || s.paused")
    errors = page.locator(".build-errors")
    expect(errors).to_be_visible(timeout=SLOW)
    expect(errors).to_contain_text("lava does not build")
    expect(errors.get_by_role("listitem")).to_contain_text(f"envs_c/lava/lava.c:{line}:")
    plays_on(page)
    lava.source.write_text(lava.good)  # as it was: nothing to reload for
    expect(errors).to_be_hidden(timeout=SLOW)
    assert page.evaluate("window.before") is True


def test_other_rules_go_on_with_the_same_seed_and_actions(page: Page, lava: Writing) -> None:
    plays_on(page, 20)
    seed = ask(page, "s.seed")
    before = ask(page, "Array.from(s.history.record().actions)")
    lava.save("MAX_TICKS = 34", "MAX_TICKS = 33")
    reloaded(page)
    said = page.locator(".preview-said")
    expect(said).to_contain_text(f"with seed {seed} and the same actions", timeout=SLOW)
    assert ask(page, "s.seed") == seed
    after = ask(page, "Array.from(s.history.record().actions)")
    assert len(before) >= 20
    assert after[: len(before)] == before
    plays_on(page)


def test_another_state_starts_anew_and_says_so(page: Page, lava: Writing) -> None:
    plays_on(page, 20)
    seed = ask(page, "s.seed")
    lava.save("int32_t padding[2];", "int32_t lives, padding[3];")
    reloaded(page)
    said = page.locator(".preview-said")
    expect(said).to_have_text(
        f"State is declared otherwise, so the game starts anew with seed {seed}.", timeout=SLOW
    )
    assert ask(page, "s.seed") == seed
    plays_on(page)
    played = ask(page, "s.history.record().drivers.map((d) => d.tick)")
    assert played == [0]


def test_the_doctor_is_heard(page: Page, lava: Writing) -> None:
    lava.save("reached ? 1.0f : off ? -1.0f : 0.0f;", "0.0f;")
    step = lava.good.splitlines().index(
        next(text for text in lava.good.splitlines() if text.startswith("static bool step("))
    )
    findings = page.locator(".doctor-findings")
    expect(findings).to_be_visible(timeout=SLOW)
    expect(findings).to_contain_text(f"envs_c/lava/lava.c:{step + 1}  reward-never")
    expect(findings).not_to_contain_text("golden-stale")
    reloaded(page)
    panel = page.locator("[data-panel=preview]")
    expect(panel.locator(".preview-findings")).to_contain_text("golden-stale", timeout=SLOW)
    expect(panel.locator(".preview-findings")).to_contain_text("reward-never")
    findings.get_by_role("button", name="Hide").click()
    expect(findings).to_be_hidden()


def test_mere_warnings_are_one_line_that_opens(page: Page, lava: Writing) -> None:
    lava.save("reached ? 1.0f : off ? -1.0f : 0.0f;", "reached ? 200.0f : off ? -1.0f : 0.0f;")
    findings = page.locator(".doctor-findings")
    line = findings.get_by_text("Doctor: 1 warning", exact=True)
    expect(line).to_be_visible(timeout=SLOW)
    expect(findings.get_by_role("listitem")).to_be_hidden()
    box = findings.bounding_box()
    assert box is not None and box["height"] < 60
    line.click()
    expect(findings.get_by_role("listitem")).to_contain_text("reward-scale")
    findings.get_by_role("button", name="Hide").click()
    expect(findings).to_be_hidden()


def test_the_numbers_of_the_game(page: Page, lava: Writing) -> None:
    plays_on(page, 40)
    page.get_by_role("button", name="Pause").click()
    numbers = page.locator(".preview-numbers")
    expect(numbers).to_contain_text("action")
    seen = page.locator("[data-panel=observation]")
    expect(seen).to_have_attribute("open", "")
    expect(seen).to_contain_text("target")
    expect(numbers.locator("dd").nth(5)).to_contain_text("won 1")


def test_native_and_wasm_are_compared(page: Page, lava: Writing) -> None:
    agreement = page.locator(".preview-agreement")
    plays_on(page, 10)
    expect(agreement).to_have_attribute("data-agrees", "true", timeout=SLOW)
    expect(agreement).to_contain_text(re.compile(r"agree up to tick \d\d"), timeout=SLOW)
    tick = "s->ticks++;"
    lava.save(
        tick, f"{tick}\n#ifdef __EMSCRIPTEN__\n    if (s->ticks == 1) s->rng.state++;\n#endif"
    )
    reloaded(page)
    expect(agreement).to_have_text("Native and wasm differ from tick 1 on.", timeout=SLOW)


def test_a_policy_in_training_takes_the_seat(page: Page, lava: Writing) -> None:
    chosen = page.locator(".seat-driver")
    expect(chosen).to_have_value("scripted")
    small = ["--set", "steps=8192", "--set", "copies=64"]
    trained = run(lava.root, "-m", "trainer", "train", "lava", "--run", "first", *small)
    assert trained.returncode == 0, trained.stderr
    wait(page, "s.seats[0].mindName.startsWith('first-')", SLOW)
    expect(chosen).to_have_value(re.compile("policy:first-"))
    assert page.evaluate("window.before") is True  # nothing was loaded anew
    expect(page.locator(".preview-training")).to_contain_text("first-")
    plays_on(page)
    assert ask(page, "s.history.driverAt(0, s.history.ticks)").startswith("policy:first-")


CRASH = """
from pathlib import Path
from envs_c.replay import record
from envs_c.replay_file import encode
folder = Path("build/debug/lava")
folder.mkdir(parents=True)
(folder / "lava-5-30.gymcade").write_bytes(encode(record("lava", 5, {}, 30, ("random",))))
"""


def test_a_crash_is_opened_at_the_tick_before(page: Page, lava: Writing) -> None:
    made = run(lava.root, "-c", CRASH)
    assert made.returncode == 0, made.stderr
    page.reload()
    wait_until_ready(page)
    page.get_by_role("button", name="Open the crash of make debug: seed 5, tick 30").click()
    expect(page.locator(".preview-said")).to_contain_text(
        "This is tick 29 of the game that crashed"
    )
    assert ask(page, "[s.ticks, s.seed, s.paused]") == [29, 5, True]
