"""Pages: what they say, what they carry, how they fail."""

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest
from jinja2 import meta
from starlette.testclient import TestClient

from server import catalog, curve, facts, pages, player, words
from server.render import TEMPLATES, jinja
from tests.server_site import client, project, sidecar, spec, write

RELATIVE = """
[[floor]]
opponent = "scripted"
metric = "length"
least = 1.2
relative = true
"""
ISLAND = re.compile(r'<script type="application/json" id="page">(.*?)</script>', re.S)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return project(tmp_path)


@pytest.fixture
def web(root: Path) -> TestClient:
    return client(root)


def island(html: str) -> dict[str, object]:
    found = ISLAND.findall(html)
    assert len(found) == 1
    data = json.loads(found[0])
    assert isinstance(data, dict)
    return data


def test_gallery_shows_every_game_and_runs_the_best_real_time_one(web: TestClient) -> None:
    html = web.get("/").text
    assert re.findall(r'<a href="(/play/\w+)">', html) == ["/play/ping", "/play/quiet"]
    assert "Agent beats the scripted player in 99.6\N{NO-BREAK SPACE}% of games" in html
    config = island(html)["player"]
    assert isinstance(config, dict)
    assert (config["env"], config["mode"], config["preview"]) == ("ping", "featured", False)


def test_pages_where_a_policy_plays_name_its_runtime_in_the_head(web: TestClient) -> None:
    ahead = {}
    for path in ("/", "/play/ping", "/embed/ping", "/play/quiet", "/play/nothing-here"):
        head = web.get(path).text.partition("<body>")[0]
        ahead[path] = re.findall(r'<link rel="preload" as="fetch" crossorigin href="(.*?)">', head)
    assert all(len(addresses) == 1 for addresses in list(ahead.values())[:3])
    assert web.get(ahead["/"][0]).status_code == 200
    assert ahead["/play/quiet"] == ahead["/play/nothing-here"] == []


def test_the_game_that_runs_is_one_against_others(root: Path) -> None:
    static = root / "web" / "static"
    for name, changes in {
        "alone": {"opponent": "none", "win_rate": 1.0},
        "chess": {"opponent": "scripted", "win_rate": 1.0},
        "pang": {"opponent": "scripted", "win_rate": 0.9968},
    }.items():
        facts_of_it = spec(turn_based=name == "chess", agents=1 if name == "alone" else 2)
        write(static / "envs" / name / "spec.json", json.dumps(facts_of_it))
        write(static / "policies" / name / "best.json", json.dumps(sidecar(evaluations=[changes])))
    chosen = catalog.featured(catalog.load(root))
    assert chosen is not None
    assert chosen.name == "ping"
    assert catalog.featured({}) is None


def test_gallery_without_games_says_what_to_do(tmp_path: Path) -> None:
    answer = client(tmp_path).get("/")
    assert answer.status_code == 200
    assert "./build_wasm.sh" in answer.text
    assert "gymcade-player" not in answer.text


def test_game_page_has_words_training_parameters_and_snippet(web: TestClient) -> None:
    html = web.get("/play/ping").text
    assert "<h1>Ping</h1>" in html
    assert "<p>Two paddles, one &lt;ball&gt; &amp; more.</p>" in html
    assert "<h2>What you see</h2>" in html
    assert "<p>A <em>table</em>. &lt;script&gt;alert(1)&lt;/script&gt;</p>" in html
    for value in ("12\N{NO-BREAK SPACE}million", "12\N{NO-BREAK SPACE}min", "9.5 ± 0.04"):
        assert value in html
    assert "99.6\N{NO-BREAK SPACE}% won" in html
    assert 'won ≥ 95\N{NO-BREAK SPACE}% <span class="good">met</span>' in html
    assert "<td>11 points</td>" in html
    assert "<td>1 – 99</td>" in html
    assert "&lt;iframe src=&#34;http://testserver/embed/ping&#34;" in html
    assert "envs_c/ping/ping.c" in html
    assert 'data-copy="snippet"' in html


def test_player_config_has_every_key_and_working_addresses(web: TestClient) -> None:
    config = island(web.get("/play/ping").text)["player"]
    assert isinstance(config, dict)
    keys = "drawModule drawWasm env mode ort plot policies preview sim spec"
    assert sorted(config) == keys.split()
    assert config["spec"] == spec()
    assert [p["name"] for p in config["policies"]] == ["best"]
    assert web.get(config["policies"][0]["sidecar"]).json() == sidecar()
    assert config["ort"]["module"] == config["ort"]["base"] + "ort.wasm.min.mjs"
    files = [config["sim"], config["drawModule"], config["drawWasm"], config["ort"]["module"]]
    for url in [*files, *config["plot"].values(), config["policies"][0]["onnx"]]:
        assert web.get(url).status_code == 200, url


@pytest.mark.parametrize("path", ["/", "/play/ping", "/play/quiet", "/embed/ping", "/nowhere"])
def test_pages_link_to_files_that_are_there_and_run_no_inline_code(
    web: TestClient, path: str
) -> None:
    html = web.get(path).text
    links = re.findall(r'(?:src|href|data-moving)="(/[^"]*)"', html)
    assert len(links) > 4
    for link in links:
        assert web.get(link).status_code == 200, link
    scripts = re.findall(r"<script[^>]*>", html)
    assert all("src=" in s or 'type="application/json"' in s for s in scripts)
    assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:", html)


def test_embed_holds_a_player_and_nothing_else(web: TestClient) -> None:
    html = web.get("/embed/ping").text
    body = html.partition("<body>")[2].partition("</body>")[0]
    tags = re.findall(r"<(\w[\w-]*)", ISLAND.sub("", body))
    assert tags == ["gymcade-player", "img", "noscript", "p"]
    config = island(html)["player"]
    assert isinstance(config, dict)
    assert config["mode"] == "embed"


def test_an_island_cannot_be_left(root: Path) -> None:
    evil = "</script><script>alert(1)</script><!-- &amp; \u2028"
    path = root / "web" / "static" / "envs" / "ping" / "spec.json"
    write(path, json.dumps(spec(title=evil)))
    html = client(root).get("/embed/ping").text
    config = island(html)["player"]
    assert isinstance(config, dict)
    assert config["spec"]["title"] == evil
    assert "alert(1)</script>" not in html
    text = str(player.island({"a": "<>&\u2028\u2029"}))
    assert text == '{"a":"\\u003c\\u003e\\u0026\\u2028\\u2029"}'


def test_unknown_games_get_a_page_that_says_so(web: TestClient) -> None:
    for path in ("/play/nope", "/embed/nope", "/nope", "/play/", "/play/..%2f..%2fetc"):
        answer = web.get(path)
        assert answer.status_code == 404, path
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        assert "<h1>Not here</h1>" in answer.text
        assert 'href="/play/ping"' in answer.text
    assert "no game named “nope”" in web.get("/play/nope").text
    answer = web.get("/play/%3Cscript%3E")
    assert answer.status_code == 404
    assert "<script>" not in answer.text


def test_a_failure_gets_a_page_with_its_headers(
    web: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(pages, "gallery", fail)
    answer = web.get("/")
    assert answer.status_code == 500
    assert "<h1>Something broke</h1>" in answer.text
    assert "broken on purpose" not in answer.text
    assert "script-src 'self' 'wasm-unsafe-eval';" in answer.headers["content-security-policy"]


def test_wrong_method(web: TestClient) -> None:
    answer = web.post("/")
    assert answer.status_code == 405
    assert "<h1>Not like this</h1>" in answer.text
    assert web.head("/play/ping").status_code == 200


def test_each_template_asks_for_nothing_that_its_page_lacks() -> None:
    for page in get_args(pages.Page):
        wanted: set[str] = set()
        queue, seen = [page.template], set()
        while queue:
            name = queue.pop()
            seen.add(name)
            tree = jinja.parse((TEMPLATES / name).read_text(encoding="utf-8"))
            wanted |= meta.find_undeclared_variables(tree)
            queue += [n for n in meta.find_referenced_templates(tree) if n and n not in seen]
        loose = {
            "still",
            "title",
            "card",
            "training",
            "parameter",
            "curve",
        }  # given by with and for
        assert wanted - loose <= {field.name for field in fields(page)}, page.template


def test_a_readme_without_a_heading_keeps_the_title_of_the_facts(tmp_path: Path) -> None:
    assert words.read(tmp_path / "none.md", "Quiet") == words.Words("Quiet", "", "")
    parsed = words.parse("# A *b* `c`\n\nOne line\nof **two**.\n\nRest.\n")
    assert parsed == words.Words("A b c", "One line of two.", "<p>Rest.</p>\n")


@pytest.mark.parametrize(
    ("rate", "text"), [(1.0, "100"), (0.9999, "99.9"), (0.95, "95"), (0.0, "0"), (0.607, "60.7")]
)
def test_rates_are_never_rounded_up(rate: float, text: str) -> None:
    assert facts.percent(rate) == f"{text}\N{NO-BREAK SPACE}%"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "Agent beats the scripted player in 99.6 % of games"),
        ({"opponent": "none"}, "Agent succeeds in 99.6 % of episodes"),
        ({"opponent": "none", "win_rate": None}, "Agent scores 9.5 on average"),
        ({"opponent": "random"}, "Agent beats a random player in 99.6 % of games"),
        (
            {"win_rate": None, "floor_metric": "length", "floor_value": 1.314},
            "Agent reaches 1.31 times the length of the scripted player",
        ),
        (
            {"win_rate": None, "floor_metric": "reward_per_tick", "floor_value": 1.024},
            "Agent reaches 1.02 times the reward per tick of the scripted player",
        ),
    ],
)
def test_strength_in_words(root: Path, changes: dict[str, object], text: str) -> None:
    write(root / "envs_c" / "ping" / "train.toml", RELATIVE)
    facts_beside = sidecar()
    facts_beside["evaluations"][0] |= changes
    write(root / "web/static/policies/ping/best.json", json.dumps(facts_beside))
    shown = facts.strength(catalog.load(root)["ping"])
    assert shown.replace("\N{NO-BREAK SPACE}", " ") == text


def test_a_multiple_is_told_with_its_interval() -> None:
    told = {"opponent": "scripted", "floor_metric": "reward_per_tick", "floor": 1.0}
    told |= {"floor_value": 1.0115, "floor_low": 1.0093, "floor_high": 1.0136}
    row = pages._row(told, frozenset({"scripted"}))
    said = row.result.replace("\N{NO-BREAK SPACE}", " ")
    assert said == "1.012× the reward per tick, 1.009× to 1.014× (95 %)"
    assert row.floor == "reward per tick ≥ 1×"


def test_lengths_of_time() -> None:
    shown = [facts.duration(s).replace("\N{NO-BREAK SPACE}", " ") for s in (45, 725, 3600, 3900)]
    assert shown == ["45 s", "12 min", "1 h", "1 h 5 min"]


# --- Ratings and learning curves ------------------------------------------------------------------

RATING = {"unit": "elo", "value": 1523.4, "low": 1490.2, "high": 1561.7, "games": 1600}
CURVE = {
    "steps": [100, 200, 400],
    "seconds": [1.0, 2.0, 4.0],
    "series": {"scripted/points": [0.1, None, 0.9], "past/points": [0.5, 0.5, 0.6]},
}


def test_a_rating_is_shown_where_the_policy_is(root: Path) -> None:
    truth = {"kept": 0.8764, "kept_low": 0.861, "kept_high": 0.889, "moves": 2048}
    facts_beside = sidecar(rating=RATING, solver=truth, seed=7)
    write(root / "web/static/policies/ping/best.json", json.dumps(facts_beside))
    web = client(root)
    assert "<span>best agent rated 1523</span>" in web.get("/").text
    html = web.get("/play/ping").text.replace("\N{NO-BREAK SPACE}", " ")
    assert "<dt>rating</dt><dd>1523 (1490 to 1562) in 1,600 games</dd>" in html
    assert "<dt>keeps the true value</dt><dd>87.6 % (86.1 % to 88.9 %) of 2,048 moves</dd>" in html
    assert "<dt>seed</dt><dd>7</dd>" in html
    config = island(html)["player"]
    assert isinstance(config, dict)
    assert config["policies"][0]["rating"] == "1523"


def test_policies_are_ordered_by_rating_and_a_score_is_none(root: Path) -> None:
    folder = root / "web/static/policies/ping"
    for name, value in (("rookie", 300.0), ("club", 800.0)):
        facts_beside = sidecar(name=name, rating={**RATING, "value": value})
        write(folder / f"{name}.json", json.dumps(facts_beside))
    found = catalog.load(root)["ping"].policies
    assert [policy.name for policy in found] == ["best", "club", "rookie"]
    assert [facts.rating(policy) for policy in found] == ["", "800", "300"]
    scored = catalog.Policy("a", "a.onnx", {"rating": {**RATING, "unit": "score"}})
    assert facts.rating(scored) == ""


def test_an_interval_is_shown_with_the_floor(root: Path) -> None:
    facts_beside = sidecar()
    facts_beside["evaluations"][0] |= {"floor_low": 0.9912, "floor_high": 0.9994}
    write(root / "web/static/policies/ping/best.json", json.dumps(facts_beside))
    html = client(root).get("/play/ping").text.replace("\N{NO-BREAK SPACE}", " ")
    assert "won 99.1 % to 99.9 % (95 %)" in html


def test_a_share_of_games_is_told_in_per_cent_whatever_its_name() -> None:
    told = {"opponent": "none", "floor_metric": "hovered", "floor": 0.95, "floor_share": True}
    told |= {"floor_value": 0.9871, "floor_low": 0.9781, "floor_high": 0.9924}
    row = pages._row(told, frozenset())
    plain = [text.replace("\N{NO-BREAK SPACE}", " ") for text in (row.floor, row.result)]
    assert plain == ["hovered ≥ 95 %", "hovered 97.8 % to 99.2 % (95 %)"]
    assert facts.floor(told | {"floor": 400, "floor_share": False}, frozenset()) == "hovered ≥ 400"


def test_a_learning_curve_is_drawn_and_is_no_policy(root: Path) -> None:
    folder = root / "web/static/policies/ping"
    write(folder / "best.curve.json", json.dumps(CURVE))
    assert [policy.name for policy in catalog.load(root)["ping"].policies] == ["best"]
    html = client(root).get("/play/ping").text.replace("\N{NO-BREAK SPACE}", " ")
    assert 'class="curve-line curve-1" points="25,90 100,10"' in html
    assert 'class="curve-line curve-2" points="25,50 50,50 100,40"' in html
    summary = "Mean points in training: against the scripted player from 10 % to 90 %, "
    assert f'aria-label="{summary}against its past from 50 % to 60 %"' in html
    assert "<span>0</span><span>400 steps</span>" in html


@pytest.mark.parametrize(
    "broken",
    [
        {"steps": [1, 2]},
        {"steps": [1, 2], "series": {"self/score": [1]}},
        {"steps": ["a"], "series": {}},
        {"steps": [1, 2], "series": {"self/score": [1, None]}},
        {"steps": [1, 2], "series": {"self/score": [1, float("inf")]}},
        {"steps": [1, 2], "series": []},
    ],
)
def test_a_curve_that_makes_no_line_is_left_out(broken: dict[str, object]) -> None:
    assert curve.draw(broken, alone=True) is None


def test_scores_fill_the_height() -> None:
    drawn = curve.draw({"steps": [10, 20], "series": {"self/score": [-0.5, 1.5]}}, alone=True)
    assert drawn is not None
    assert (drawn.low, drawn.high, drawn.what) == ("-0.5", "1.5", "mean score in training")
    assert drawn.lines == (curve.Line("", 1, "50,100 100,0"),)
    flat = curve.draw({"steps": [10, 20], "series": {"self/score": [3.0, 3.0]}}, alone=True)
    assert flat is not None
    assert flat.lines[0].points == "50,100 100,100"
