"""Writing a new game: the page follows the file, and shows what the compiler says."""

import os
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.playing import ask, plays_on, poll, wait_until_ready
from tests.project_copy import ROOT, copy_project, preview, run


def test_a_new_game_follows_its_file(page: Page, tmp_path: Path, allowed: list[str]) -> None:
    allowed.append("404")
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
        page.goto(f"{address}/play/lava")  # says that it is being built, then loads itself again
        page.wait_for_selector("gymcade-player", state="attached", timeout=120_000)
        wait_until_ready(page)
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
        poll(page, "window.before === undefined", 60_000)
        wait_until_ready(page)
        assert ask(page, "s.spec.ticks_per_second") == 12
        expect(errors).to_be_hidden()
