"""What is missing or broken is said in its place, and the rest goes on."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.playing import ask, plays_on, see, start

NO_WEBGL = """
const real = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  return kind.startsWith('webgl') ? null : real.call(this, kind, ...rest);
};
"""
FAILED = "Failed to load resource"


def garbage(route: Route) -> None:
    """Answer with bytes that are no policy."""
    route.fulfill(body=b"not an ONNX file" * 64, content_type="application/octet-stream")


def missing(route: Route) -> None:
    """Answer as the server does where there is no file."""
    route.fulfill(status=404, body="There is no such file.")


@pytest.mark.parametrize("what", ["missing", "garbage"])
def test_without_its_policy_a_game_goes_on(page: Page, allowed: list[str], what: str) -> None:
    allowed.append(FAILED)
    page.route("**/*.onnx", missing if what == "missing" else garbage)
    start(page, "/play/pong")
    see(page, ".seat-trouble", "best")
    assert ask(page, "s.seats.map((seat) => seat.driver)") == ["scripted", "scripted"]
    plays_on(page, 10)
    page.keyboard.down("ArrowUp")
    page.wait_for_timeout(300)
    assert ask(page, "s.seats[0].person")
    page.keyboard.up("ArrowUp")


def test_a_policy_of_another_interface_is_refused(page: Page) -> None:
    def other(route: Route) -> None:
        answer = route.fetch()
        sidecar = answer.json()
        route.fulfill(response=answer, json=sidecar | {"interface_version": "0123456789abcdef"})

    page.route("**/policies/pong/*/best.json", other)
    start(page, "/play/pong")
    see(page, ".seat-trouble", "interface_version")
    plays_on(page, 10)


def test_without_the_runtime_a_game_goes_on(page: Page, allowed: list[str]) -> None:
    allowed.append(FAILED)
    page.route("**/ort.wasm.min.mjs", missing)
    start(page, "/play/pong")
    see(page, ".seat-trouble", "runtime")
    plays_on(page, 10)


def test_without_webgl_the_rest_of_the_page_works(page: Page, allowed: list[str]) -> None:
    allowed.append("WebGL|GLFW|INFO|WARNING|ERROR")
    page.add_init_script(NO_WEBGL)
    start(page, "/play/pong")
    expect(page.get_by_role("alert")).to_contain_text("WebGL", timeout=30_000)
    plays_on(page, 10)
    expect(page.get_by_role("heading", name="How it was trained")).to_be_visible()
    assert ask(page, "s.seats[0].driver") == "policy"


@pytest.mark.parametrize("file", ["draw.mjs", "draw.wasm"])
def test_without_the_picture_the_game_goes_on(page: Page, allowed: list[str], file: str) -> None:
    allowed += [FAILED, "draw", "wasm"]
    page.route(f"**/{file}", missing)
    start(page, "/play/pong")
    expect(page.get_by_role("alert")).to_be_visible(timeout=30_000)
    plays_on(page, 10)


@pytest.mark.parametrize("path", ["/play/pong", "/"])
@pytest.mark.parametrize("file", ["envs/*/*/sim.wasm", "js/*/view.js"])
def test_without_the_game_the_page_says_so(
    page: Page, allowed: list[str], file: str, path: str
) -> None:
    allowed.append(FAILED)
    page.route(f"**/{file}", lambda route: route.abort())
    page.goto(path)
    expect(page.get_by_role("alert")).to_contain_text("did not start", timeout=30_000)
    expect(page.get_by_role("alert")).to_contain_text("Reload")
    below = "How it was trained" if path != "/" else "All games"
    expect(page.get_by_role("heading", name=below)).to_be_visible()


def test_a_browser_that_lacks_something_is_told(page: Page, allowed: list[str]) -> None:
    allowed.append("private member")  # of a panel that was half made when it failed
    page.add_init_script("delete window.IntersectionObserver")
    page.goto("/play/pong")
    expect(page.get_by_role("alert")).to_contain_text("did not start: IntersectionObserver")
    expect(page.get_by_role("heading", name="How it was trained")).to_be_visible()


def test_an_unknown_game(page: Page, allowed: list[str]) -> None:
    allowed.append("404")
    answer = page.goto("/play/nothing-here")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", name="Not here")).to_be_visible()
    page.get_by_role("link", name="Back to all games").click()
    expect(page).to_have_title("Gymcade: games you can take over from trained agents")
