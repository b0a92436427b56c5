"""Native libraries and the WebAssembly module are the same game, byte for byte, on every target."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from envs_c import parity
from envs_c.__main__ import app
from envs_c.build import names
from envs_c.parity import NATIVE, TARGETS, Outcome, compare
from envs_c.wasm import MissingError, Page, in_chromium
from tests.subjects import GALLERY, Subject
from tests.wasm import compile_wasm, module, require

TEMPLATE = (Path(__file__).parent / "envs" / "drift" / "drift.c").read_text()


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """Chromium."""
    require("chromium")
    with in_chromium() as page:
        yield page


def test_the_same_bytes_natively_and_in_node(subject: Subject) -> None:
    for tool in ("gcc", "clang", "node"):
        require(tool)
    targets = (*NATIVE, "node")
    outcome = compare(
        *(subject.name, 100_000, 5, None),
        targets=targets,
        c_file=subject.c_file,
        wasm=module(subject),
    )
    assert outcome.differences == []
    assert outcome.skipped == {}
    assert tuple(outcome.hashes) == targets
    assert len(set(outcome.hashes.values())) == 1
    assert 99_000 < outcome.ticks <= 100_000


@pytest.mark.browser
def test_the_command_in_chromium_too() -> None:
    for tool in ("gcc", "clang", "node", "chromium"):
        require(tool)
    result = CliRunner().invoke(app, ["parity", "--ticks", "4000", "--seed", "3", "--json"])
    assert result.exit_code == 0, result.output
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one["env"] for one in told] == names()
    for one in told:
        assert (one["seed"], one["equal"], one["skipped"]) == (3, True, {})
        assert list(one["hashes"]) == list(TARGETS)
        assert len(set(one["hashes"].values())) == 1


def test_seed_and_ticks_make_another_hash() -> None:
    def played(ticks: int, seed: int) -> str:
        only = compare("pong", ticks, seed, None, targets=("gcc-O3",), wasm=module(GALLERY[0]))
        return only.hashes["gcc-O3"]

    require("gcc")
    assert played(2000, 1) == played(2000, 1)
    assert len({played(2000, 1), played(2000, 2), played(4000, 1)}) == 3


@pytest.mark.browser
def test_chromium_goes_on_from_a_saved_game(page: Page) -> None:
    outcome = compare("pong", 8000, 9, page, targets=("gcc-O3", "chromium"))
    assert outcome.differences == []
    assert set(outcome.hashes) == {"gcc-O3", "chromium"}


def wrong(folder: Path, old: str, new: str, targets: tuple[str, ...]) -> Outcome:
    """What is said of the environment drift with one thing in it changed."""
    assert TEMPLATE.count(old) >= 1
    c_file = folder / "drift.c"
    c_file.write_text(TEMPLATE.replace(old, new, 1).replace("../../../envs_c/", ""))
    wasm = compile_wasm(c_file, folder / "drift.wasm")
    return compare("drift", 8000, 1, None, targets=targets, c_file=c_file, wasm=wasm)


def test_the_file_that_is_made_wrong_is_right_before(tmp_path: Path) -> None:
    assert wrong(tmp_path, "1.0f", "1.0f", ("gcc-O3", "node")).differences == []


def test_a_sine_of_libm_is_caught(tmp_path: Path) -> None:
    old, new = "s->x[a] += s->vx[a];", "s->x[a] += __builtin_sinf(s->vx[a] * 1000.0f);"
    (said,) = wrong(tmp_path, old, new, ("gcc-O3", "node")).differences
    assert said.startswith("node differs from gcc-O3 in states, observations")
    assert "(as it is, steps " in said


def test_arguments_in_any_order_are_caught(tmp_path: Path) -> None:
    old = "s->x[a] = rng_between(&s->rng, -0.5f, 0.5f);"
    new = old + "s->vx[a] = clampf(0, rng_between(&s->rng, -1, 0), rng_between(&s->rng, 0, 1));"
    new += "s->vx[a] += sum(rng_between(&s->rng, 0, 1), rng_between(&s->rng, 0, 1));"
    text = "static float sum(float a, float b) { return a - b / 2; }\n\nstatic void reset"
    template = TEMPLATE.replace("static void reset", text, 1).replace(old, new)
    c_file = tmp_path / "drift.c"
    c_file.write_text(template.replace("../../../envs_c/", ""))
    wasm = compile_wasm(c_file, tmp_path / "drift.wasm")
    require("clang")
    targets = ("gcc-O3", "clang-O3", "node")
    found = compare("drift", 8000, 1, None, targets=targets, c_file=c_file, wasm=wasm)
    assert [line.split(" in ")[0] for line in found.differences] == [
        "clang-O3 differs from gcc-O3",
        "node differs from gcc-O3",
    ]
    assert len(set(found.hashes.values())) == 2


def test_another_rule_in_the_page_is_caught(tmp_path: Path) -> None:
    old = "out[a].reward = s->gone[a] ? -1.0f"
    new = """#ifdef __EMSCRIPTEN__
        if (s->ticks == 30 && s->p.limit > 30) s->x[a] = -s->x[a];
#endif
        """
    outcome = wrong(tmp_path, old, new + old, ("gcc-O0", "gcc-O3", "node"))
    (said,) = outcome.differences
    assert said.startswith("node differs from gcc-O0 in states")
    assert outcome.hashes["gcc-O0"] == outcome.hashes["gcc-O3"] != outcome.hashes["node"]


def test_another_layout_is_caught_and_named(tmp_path: Path) -> None:
    require("clang")
    old = "    int32_t left; // motes in the dish\n"
    new = "    int32_t left;\n    unsigned long wide;\n    char rest[16 - sizeof(long)];\n"
    said = wrong(tmp_path, old, new, ("gcc-O3", "node")).differences
    assert "State lies otherwise in WebAssembly" in said[0]
    assert "char[12] rest" in said[0]
    assert "Copy lies otherwise in WebAssembly" in said[1]


def test_a_difference_ends_the_command_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Outcome("pong", 1, 1, {"gcc-O3": "a", "node": "b"}, {}, ["node differs from gcc-O3"])
    monkeypatch.setattr(parity, "compare", lambda *_: made)
    result = CliRunner().invoke(app, ["parity", "pong"])
    assert result.exit_code == 1
    assert "pong: node differs from gcc-O3" in result.output


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("1", 1)])
def test_what_is_missing_is_said_and_fails_in_ci(
    monkeypatch: pytest.MonkeyPatch, ci: str, code: int
) -> None:
    def no_chromium() -> Page:
        raise MissingError("chromium is missing")

    made = Outcome("pong", 1, 1, {"gcc-O3": "a"}, {"clang-O3": "clang is missing"}, [])
    monkeypatch.setattr(parity, "compare", lambda *_: made)
    monkeypatch.setattr(parity, "in_chromium", no_chromium)
    monkeypatch.setenv("CI", ci)
    result = CliRunner().invoke(app, ["parity", "pong"])
    assert result.exit_code == code
    assert "pong: clang-O3 left out: clang is missing" in result.output
