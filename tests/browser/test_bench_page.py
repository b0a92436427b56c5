"""What is measured of a page, and what is refused."""

from playwright.sync_api import Browser
from typer.testing import CliRunner

from envs_c.build import ROOT
from server import frames
from server.__main__ import cli
from server.bench import measure


def test_cold_and_warm_visits_are_measured(chromium: Browser, server: str) -> None:
    rows = measure(chromium.browser_type, server, "squared", 1)
    assert [(row["visit"], row["moment"]) for row in rows] == [
        ("cold", "playable"),
        ("cold", "acted"),
        ("warm", "playable"),
        ("warm", "acted"),
    ]
    cold, acted, warm, _ = rows
    assert {row["env"] for row in rows} == {"squared"} and {row["rounds"] for row in rows} == {1}
    assert 0 < cold["ms"] <= acted["ms"]
    built = ROOT / "web" / "static" / "envs" / "squared"
    least = sum((built / file).stat().st_size for file in ("sim.wasm", "draw.wasm")) / 10
    assert least < cold["bytes"] <= acted["bytes"]
    assert 0 < warm["bytes"] < cold["bytes"] / 20  # all but the page itself is kept


def test_an_unknown_game_is_refused() -> None:
    result = CliRunner().invoke(cli, ["bench", "lava"])
    assert result.exit_code == 1
    assert "no game 'lava', want some of " in result.output


def test_frames_script_and_memory_are_measured(chromium: Browser, server: str) -> None:
    row = frames.measure(chromium, server, "pong", 2, panels=True, drive=True, width=1000)
    assert row["panels"] >= 2 and row["ticks"] > 0
    assert 0 < row["frames_per_second"] < 130
    assert 0 < row["script_ms_median"] <= row["script_ms_p95"]
    assert row["within_budget"] == (row["script_ms_p95"] <= frames.BUDGET)
    for moment in ("mb_before", "mb_after"):
        assert row[moment]["heap"] > 1 and row[moment]["process"] > row[moment]["heap"]


def test_frames_of_an_unknown_game_are_refused() -> None:
    result = CliRunner().invoke(cli, ["frames", "lava"])
    assert result.exit_code == 1
    assert "no game 'lava', want some of " in result.output
