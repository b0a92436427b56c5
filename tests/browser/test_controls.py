"""Pause, step, speed, restart, seed."""

from playwright.sync_api import Page

from tests.browser.playing import ask, plays_on, see, start, wait


def stopped_at(page: Page) -> int:
    """The tick that the game comes to stand at: that it has stood at for half a second."""
    at = -1
    for _ in range(20):
        last, at = at, int(ask(page, "s.ticks"))
        if at == last:
            return at
        page.wait_for_timeout(500)
    raise AssertionError(f"the game runs on, at tick {at}")


def test_space_pauses_and_goes_on(page: Page) -> None:
    start(page, "/play/pong")
    plays_on(page)
    page.keyboard.press("Space")
    wait(page, "s.paused")
    stopped_at(page)
    page.keyboard.press("Space")
    plays_on(page)
    page.get_by_role("button", name="Pause").click()
    stopped_at(page)
    page.get_by_role("button", name="Play", exact=True).click()
    plays_on(page)


def test_the_full_stop_plays_one_tick(page: Page) -> None:
    start(page, "/play/squared")
    page.keyboard.press("Period")
    wait(page, "s.paused")
    at = stopped_at(page)
    for played in range(1, 4):
        page.keyboard.press("Period")
        wait(page, f"s.ticks === {at + played}")
    page.get_by_role("button", name="One tick").click()
    wait(page, f"s.ticks === {at + 4}")
    assert stopped_at(page) == at + 4


def test_speed(page: Page) -> None:
    start(page, "/play/squared")  # 6 ticks a second
    page.get_by_label("Speed", exact=True).select_option("16")
    wait(page, "s.clock.speed === 16")
    at = ask(page, "s.ticks")
    page.wait_for_timeout(2000)
    fast = ask(page, "s.ticks") - at
    page.get_by_label("Speed", exact=True).select_option("0.25")
    page.wait_for_timeout(200)
    at = ask(page, "s.ticks")
    page.wait_for_timeout(2000)
    slow = ask(page, "s.ticks") - at
    assert 2 <= slow <= 4
    assert fast > 60


def test_the_same_seed_gives_the_same_game(page: Page) -> None:
    start(page, "/play/pong")
    page.keyboard.press("Space")
    seed = page.get_by_label("seed")
    games = []
    for number in (7, None, 8):
        if number is None:
            page.keyboard.press("KeyR")
        else:
            seed.fill(str(number))
            seed.press("Enter")
            seed.blur()
        wait(page, f"s.seed === {number or 7} && s.ticks === 0")
        for tick in range(1, 21):
            page.keyboard.press("Period")
            wait(page, f"s.ticks === {tick}")
        games.append(ask(page, "s.hash"))
    assert games[0] == games[1] != games[2]


def test_restart(page: Page) -> None:
    start(page, "/play/pong?seed=41")
    assert ask(page, "s.seed") == 41
    plays_on(page, 40)
    at = ask(page, "s.ticks")
    page.keyboard.press("KeyR")
    wait(page, f"s.ticks < {at}")
    assert ask(page, "s.seed") == 41


def test_probabilities_and_value_are_shown(page: Page) -> None:
    start(page, "/play/pong")
    for choice in ("stay", "up", "down"):
        see(page, "gymcade-player", choice)
    plays_on(page, 10)
    assert ask(page, "s.minds.explained[0]") == 1
