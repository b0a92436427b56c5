"""Writing a new game: the page follows the file, and shows what the compiler says."""

import os
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.playing import ask, plays_on, start, wait_until_ready
from tests.project_copy import ROOT, copy_project, preview, run


def test_a_new_game_follows_its_file(page: Page, tmp_path: Path) -> None:
    copy_project(tmp_path)
    (tmp_path / "build").mkdir()
    for built in (ROOT / "build").glob("raylib*"):
        os.symlink(built, tmp_path / "build" / built.name)
    os.symlink(ROOT / "web" / "node_modules", tmp_path / "web" / "node_modules")
    made = run(tmp_path, "-m", "envs_c", "new", "lava")
    assert made.returncode == 0, made.stderr
    source = tmp_path / "envs_c" / "lava" / "lava.c"
    good = source.read_text()
    with preview(tmp_path, "lava") as address:
        page.goto(address)  # the first build may still be at work
        start_when_built(page, f"{address}/play/lava")
        assert page.title() == "Lava · Gymcade"
        plays_on(page)
        page.evaluate("window.before = true")

        source.write_text(good.replace("s->ticks++;", "s->ticks+;"))
        line = next(i for i, t in enumerate(good.splitlines(), 1) if "s->ticks++;" in t)
        errors = page.locator(".build-errors")
        expect(errors).to_be_visible(timeout=60_000)
        expect(errors).to_contain_text("lava does not build")
        expect(errors.get_by_role("listitem")).to_contain_text(f"envs_c/lava/lava.c:{line}:")
        plays_on(page)

        source.write_text(good)  # as it was: nothing to reload for
        expect(errors).to_be_hidden(timeout=60_000)
        assert page.evaluate("window.before") is True

        source.write_text(good.replace(".ticks_per_second = 6", ".ticks_per_second = 12"))
        page.wait_for_function("window.before === undefined", timeout=60_000)
        wait_until_ready(page)
        assert ask(page, "s.spec.ticks_per_second") == 12
        expect(errors).to_be_hidden()


def start_when_built(page: Page, address: str) -> None:
    """Open a page that waits for its first build, and reloads itself then."""
    page.goto(address)
    page.wait_for_selector("gymcade-player", state="attached", timeout=120_000)
    start(page, address)
