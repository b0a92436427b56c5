"""A visitor's own policy: an ONNX file dropped on the page plays, or is refused with words."""

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper
from playwright.sync_api import Browser, Page, Request, expect

from envs_c.build import ROOT
from tests import onnx_files as files
from tests.browser.looks import look
from tests.browser.playing import SLOW, ask, plays_on, screen, start, wait

POLICIES = ROOT / "web" / "static" / "policies"
REPORT = ".own .report"

DROP = """([name, data, target]) => {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name));
  const place = document.querySelector(target);
  for (const kind of ['dragenter', 'dragover', 'drop']) {
    const options = { dataTransfer: carried, bubbles: true, cancelable: true };
    place.dispatchEvent(new DragEvent(kind, options));
  }
}"""


def drop(page: Page, name: str, data: bytes, target: str = ".stage") -> None:
    """Drop a file on an element of the page."""
    page.evaluate(DROP, [name, base64.b64encode(data).decode(), target])


def told(page: Page) -> list[str]:
    """Lines of the newest report, once there is a verdict."""
    newest = page.locator(REPORT).first
    expect(newest).to_have_attribute("data-state", "fits", timeout=SLOW)
    return newest.locator("li").all_inner_texts()


def refused(page: Page, *words: str, state: str = "refused") -> None:
    """Expect that the newest report is a refusal that holds the words."""
    newest = page.locator(REPORT).first
    expect(newest).to_have_attribute("data-state", state, timeout=SLOW)
    for word in words:
        expect(newest).to_contain_text(word)


def test_a_file_dropped_on_a_seat_plays_there_and_nothing_leaves_the_page(page: Page) -> None:
    start(page, "/play/pong")
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    own = page.locator(".own")
    expect(own).not_to_have_attribute("open", "")
    drop(page, "mine.onnx", (POLICIES / "pong" / "club.onnx").read_bytes(), '.seat[data-seat="1"]')
    lines = told(page)
    assert any("obs: the observation, 8 numbers." in line for line in lines)
    assert any("logits: how likely each of 3 choices is." in line for line in lines)
    wait(page, "s.seats[1].mindName === 'mine' && s.seats[0].mindName === 'best'")
    plays_on(page, 20)
    assert ask(page, "s.minds.valued[1] === 1 && s.minds.explained[1] === 1")
    for seat in "01":  # listed among every seat's players, and marked
        option = page.locator(f'.seat[data-seat="{seat}"] option', has_text="mine (yours)")
        expect(option).to_have_count(1)
    page.keyboard.press("KeyR")
    plays_on(page, 5)
    assert ask(page, "s.seats[1].mindName") == "mine"
    own.locator("> summary").click()
    expect(own.locator(".own-choose")).to_be_hidden()
    # What was asked for in the meantime are our own modules and the runtime; nothing was sent.
    assert asked
    for request in asked:
        assert request.method == "GET"
        assert request.post_data is None
        assert request.url.startswith(page.url.split("/play/")[0] + "/assets/")


def test_it_plays_as_the_shipped_one_does(page: Page) -> None:
    """The same weights in the worker and on the page think the same of the same state."""
    start(page, "/play/pong?seed=5")
    drop(page, "best.onnx", (POLICIES / "pong" / "best.onnx").read_bytes())
    told(page)
    wait(page, "s.seats[0].mindName === 'best 2'")
    page.keyboard.press("Space")
    page.wait_for_timeout(500)
    outputs = ask(
        page,
        "(async () => { const rows = Int32Array.of(0); const out = [];"
        " const mine = s.seats[0].mind.policy; const shipped = await document"
        ".querySelector('gymcade-player').shelf.open('best');"
        " for (const p of [mine, shipped]) {"
        " const t = await p.run(s.env.obs, rows, 1, null); out.push([...t.logits, ...t.value]); }"
        " return out; })()",
    )
    assert outputs[0] == pytest.approx(outputs[1], abs=1e-6)


def test_a_file_is_chosen_by_keyboard_for_a_seat(page: Page) -> None:
    start(page, "/play/pong")
    page.keyboard.press("Space")
    data = files.sb3(8, 3)
    driver = page.locator('.seat[data-seat="1"] .seat-driver')
    with page.expect_file_chooser() as chooser:
        driver.select_option("own")
    payload: Any = {"name": "deep.onnx", "mimeType": "", "buffer": data}
    chooser.value.set_files(payload)
    told(page)
    wait(page, "s.seats[1].mindName === 'deep'")
    expect(driver).to_have_value("policy:deep")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file").focus()
        page.keyboard.press("Enter")
    chooser.value.set_files(payload)
    wait(page, "s.seats[0].mindName === 'deep 2'")


KINDS: dict[str, tuple[bytes, Sequence[str]]] = {
    "Gymcade": (files.ours(8, 3), ("its memory, 4 numbers", "value: the reward")),
    "Isaac Lab": (files.isaac_lab(8, 3), ("1 row at a time", "No value")),
    "RLlib": (files.rllib(8, 3), ("seq_lens: filled with ones", "No value")),
    "Godot RL Agents": (files.godot_rl(8, 3), ("state_ins: filled with zeros", "No value")),
    "Unity ML-Agents": (files.ml_agents_first(8, 3), ("Not used: version_number", "the reward")),
    "as its documentation exports": (files.sb3(8, 3), ("No logits", "the action, chosen")),
    "Logits only": (files.logits_only(8, 3), ("No value",)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_convention_plays(page: Page, kind: str) -> None:
    data, words = KINDS[kind]
    start(page, "/play/pong")
    drop(page, "mine.onnx", data)
    text = "\n".join(told(page))
    for word in (kind, *words):
        assert word in text, text
    wait(page, "s.seats[0].mindName === 'mine'")
    plays_on(page, 10)
    assert ask(page, "s.seats[0].trouble") == ""
    plain = "No logits" not in text
    inspector = page.locator("[data-panel=choice]")
    expect(inspector.locator(".value")).to_be_visible(visible="No value" not in text)
    expect(inspector.get_by_text("not how likely")).to_be_visible(visible=not plain)
    shares = inspector.locator(".bar .bar-share").all_inner_texts()
    assert all(bool(share) == plain for share in shares)
    expect(inspector.locator(".bar[data-agent]")).to_have_count(1)


def test_what_does_not_fit_is_refused_with_words(page: Page) -> None:
    start(page, "/play/pong")
    seated = ask(page, "s.seats.map((seat) => seat.mindName)")
    drop(page, "snake.onnx", (POLICIES / "snake" / "best.onnx").read_bytes())
    refused(page, "Cannot play here", "obs: want 8 values a row in all, got 122")
    drop(page, "wide.onnx", files.logits_only(8, 5))
    refused(page, "9: want 3 logits a row, or 1 choices, got 5")
    drop(page, "notes.onnx", b"This is no policy. " * 20)
    refused(page, "this is no ONNX file")
    drop(page, "run.pt", b"PK")
    refused(page, "run.pt is neither a policy (.onnx) nor a replay (.gymcade)")
    drop(page, "strange.onnx", strange())
    refused(page, "Sorcery")
    drop(page, "apart.onnx", apart())
    refused(page, "its weights lie in another file, “apart.data”")
    assert ask(page, "s.seats.map((seat) => seat.mindName)") == seated
    assert page.locator("option", has_text="(yours)").count() == 0
    plays_on(page, 5)


def test_a_file_that_is_too_large_is_not_read(page: Page) -> None:
    start(page, "/play/pong")
    page.evaluate(
        """() => {
  const carried = new DataTransfer();
  carried.items.add(new File([new Uint8Array(61e6)], 'huge.onnx'));
  const options = { dataTransfer: carried, bubbles: true, cancelable: true };
  document.querySelector('.stage').dispatchEvent(new DragEvent('drop', options));
}"""
    )
    refused(page, "huge.onnx is too large: 61.0 MB, want 50.0 MB at most")


def strange() -> bytes:
    """A file with an operator that there is not."""
    nodes = [files.node("Sorcery", "obs", "logits")]
    return files.build({"obs": ["batch", 8]}, {"logits": ["batch", 3]}, nodes, {})


def apart() -> bytes:
    """A file whose weights are elsewhere."""
    weight = numpy_helper.from_array(np.zeros((8, 3), np.float32), "W")
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="apart.data")
    info = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", n])
        for name, n in (("obs", 8), ("logits", 3))
    ]
    nodes = [helper.make_node("MatMul", ["obs", "W"], ["logits"])]
    graph = helper.make_graph(nodes, "policy", info[:1], info[1:], [weight])
    data: bytes = helper.make_model(graph).SerializeToString()
    return data


def looping(sly: bool, memory: bool = False) -> bytes:
    """A file that loops for ever: at once, or if it is `sly` only when it sees something.

    With `memory`, each turn makes what it carries twice as large.
    """
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["goes"]),
            helper.make_node("Concat", ["x", "x"], ["y"], axis=0)
            if memory
            else helper.make_node("Sin", ["x"], ["y"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("x", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("goes", TensorProto.BOOL, []),
            helper.make_tensor_value_info("y", TensorProto.FLOAT, None),
        ],
    )
    nodes = [
        files.node("MatMul", "obs W", "raw"),
        files.node("ReduceSum", "obs", "sum", keepdims=0),
        files.node("Abs", "sum", "size"),
        files.node("Greater", "size nothing", "sees"),
        files.node("Cast", "sees", "times", to=TensorProto.INT64),
        files.node("Mul", "times far" if sly else "one far", "trips"),
        helper.make_node("Loop", ["trips", "always", "raw"], ["end"], body=body),
        files.node("ReduceMean", "end", "mean", keepdims=0),
        files.node("Mul", "mean nothing", "zero"),
        files.node("Add", "raw zero", "logits"),
    ]
    constants = {
        "W": files.weights(8, 3),
        "nothing": np.float32(0),
        "far": np.int64(10**15),
        "one": np.int64(1),
        "always": np.bool_(True),
    }
    arrays: Any = {name: np.asarray(value) for name, value in constants.items()}
    return files.build({"obs": ["batch", 8]}, {"logits": ["batch", 3]}, nodes, arrays)


# Counts what the page does while a file is waited for: frames, and turns of its one thread.
WATCH = """() => {
  window.seen = { frames: 0, turns: 0 };
  const { session } = document.querySelector('gymcade-player');
  const waits = () => session.seats[0].mindName === 'sly'
    || document.querySelector('.own .report')?.dataset.state === '';
  const frame = () => { window.seen.frames += waits(); requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  setInterval(() => { window.seen.turns += waits(); }, 50);
}"""


def went_on(page: Page) -> None:
    """Expect that the page drew and ran in the two seconds, at least, that were waited.

    Without a graphics card, and beside a file that takes a whole core, frames are few.
    """
    seen = page.evaluate("window.seen")
    assert seen["turns"] >= 10, seen
    assert seen["frames"] >= 1, seen


def test_a_file_that_never_answers_is_stopped_and_the_page_goes_on(page: Page) -> None:
    start(page, "/play/pong")
    page.evaluate(WATCH)
    drop(page, "endless.onnx", looping(sly=False))
    refused(page, "longer than 2 s to answer")
    went_on(page)
    assert ask(page, "s.seats[0].mindName") == "best"
    plays_on(page, 10)


def test_one_that_hangs_in_play_loses_its_seat_and_the_page_goes_on(page: Page) -> None:
    start(page, "/play/pong")
    page.evaluate(WATCH)
    drop(page, "sly.onnx", looping(sly=True))
    wait(page, "s.seats[0].trouble.includes('“sly” stopped')")
    went_on(page)
    assert "“best” goes on" in ask(page, "s.seats[0].trouble")
    refused(page, "Was stopped", "longer than 2 s to answer", state="stopped")
    assert ask(page, "s.seats[0].mindName") == "best"
    assert page.locator("option", has_text="(yours)").count() == 0
    plays_on(page, 10)


def test_one_that_grows_without_bound_is_refused(page: Page) -> None:
    start(page, "/play/pong")
    drop(page, "greedy.onnx", looping(sly=False, memory=True))
    refused(page, "Cannot play here")
    # Out of memory, or, where copying is slow, out of time before that.
    reason = page.locator(f"{REPORT} [data-kind=refused]").first.inner_text()
    assert "more memory than the 1 GiB" in reason or "longer than 2 s" in reason
    plays_on(page, 10)


@pytest.mark.parametrize("width", [1280, 360])
def test_the_panel_fits_and_can_be_read(chromium: Browser, server: str, width: int) -> None:
    context = screen(chromium, server, width)
    page = context.new_page()
    start(page, "/play/pong")
    drop(page, "walker-from-the-lab.onnx", files.ml_agents_first(8, 3))
    told(page)
    drop(page, "snake.onnx", (POLICIES / "snake" / "best.onnx").read_bytes())
    refused(page, "got 122")
    drop(page, "chosen.onnx", files.sb3(8, 3))
    told(page)
    wait(page, "s.seats[0].mindName === 'chosen'")
    plays_on(page, 4)
    look(page, "own")
    context.close()
