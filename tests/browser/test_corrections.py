"""What a person did in a page, downloaded: the dataset that the converter makes of its replays."""

import zipfile
from pathlib import Path

import minari
import pytest
from playwright.sync_api import Browser, Page, expect

from envs_c.replay_file import decode
from tests.browser.looks import look
from tests.browser.playing import SLOW, ask, plays_on, screen, start, wait
from tests.test_dataset import as_minari_reads_it, assert_alike, check
from trainer.dataset import collect, write

PANEL = "[data-panel=corrections]"


def drive(page: Page, key: str, ticks: int) -> None:
    """Take the seat in focus with a key, hold it for some ticks, and hand the seat back."""
    page.keyboard.down(key)
    wait(page, "s.seats[s.focus].person")
    plays_on(page, ticks)
    page.keyboard.up(key)
    page.evaluate("document.querySelector('gymcade-player').session.handBack(0)")
    plays_on(page, 2)


def download(page: Page, folder: Path) -> zipfile.ZipFile:
    button = page.locator(f"{PANEL} button")
    expect(button).to_be_enabled(timeout=SLOW)
    with page.expect_download(timeout=SLOW) as coming:
        button.click()
    path = folder / coming.value.suggested_filename
    coming.value.save_as(path)
    expect(page.locator(PANEL)).to_contain_text("Downloaded")
    return zipfile.ZipFile(path)


def converted(file: zipfile.ZipFile, folder: Path) -> tuple[Path, int]:
    """The dataset that the converter makes of the replays in a zip, and how many those are."""
    names = sorted(name for name in file.namelist() if name.endswith(".gymcade"))
    collected = collect([decode(file.read(name)) for name in names])
    return write(collected, folder), len(names)


def test_nothing_is_offered_before_a_person_plays(page: Page) -> None:
    start(page, "/play/pong")
    page.locator(f"{PANEL} summary").click()
    expect(page.locator(f"{PANEL} button")).to_be_disabled()
    expect(page.locator(PANEL)).to_contain_text("Nothing yet: take a seat and play")
    drive(page, "ArrowUp", 5)
    expect(page.locator(f"{PANEL} button")).to_be_enabled()
    told = page.locator(f"{PANEL} li")
    expect(told).to_have_count(1)
    expect(told).to_contain_text("in 1 piece")


def test_the_download_is_what_the_converter_makes_and_minari_reads(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(page, "/play/pong?seed=5")
    page.locator(f"{PANEL} summary").click()
    drive(page, "ArrowUp", 8)
    drive(page, "ArrowDown", 4)
    # Back to before it all, and otherwise: what was done before is a branch.
    page.evaluate("document.querySelector('gymcade-player').session.goTo(2)")
    drive(page, "ArrowDown", 6)
    assert ask(page, "s.branches.list.length") == 1
    file = download(page, tmp_path)
    here, replays = converted(file, tmp_path / "converted")
    assert replays == 2
    assert_alike(file, here)
    root = tmp_path / "unpacked"
    file.extractall(root)
    dataset = as_minari_reads_it(root, monkeypatch)
    games = [decode(path.read_bytes()) for path in sorted(root.rglob("*.gymcade"))]
    check(dataset, collect(games))
    assert dataset.total_episodes == 3
    assert isinstance(dataset, minari.MinariDataset)
    plays_on(page)


def test_moves_in_turns_are_downloaded_with_their_masks(page: Page, tmp_path: Path) -> None:
    start(page, "/play/connect4?seed=3")
    page.locator(f"{PANEL} summary").click()
    for column in ("Digit4", "Digit3"):
        wait(page, "s.env.active[0] === 1 && !s.lingering")
        before = ask(page, "s.ticks")
        page.keyboard.press(column)
        wait(page, f"s.ticks > {before}")
    file = download(page, tmp_path)
    here, _ = converted(file, tmp_path / "converted")
    assert_alike(file, here)


@pytest.mark.parametrize("width", [1280, 360])
def test_the_panel_fits_and_can_be_read(chromium: Browser, server: str, width: int) -> None:
    context = screen(chromium, server, width)
    page = context.new_page()
    start(page, "/play/pong")
    page.evaluate("document.querySelector('gymcade-player').session.takeOver(0, true)")
    plays_on(page, 4)  # before it is scrolled to, as a scene out of sight stands still
    page.locator(f"{PANEL} summary").click()
    expect(page.locator(f"{PANEL} li")).to_contain_text("ticks in 1 piece")
    page.locator(PANEL).scroll_into_view_if_needed()
    look(page, "corrections")
    context.close()
