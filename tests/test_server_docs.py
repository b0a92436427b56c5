"""The documents as pages: links, games among the words, and a table made of facts."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from server import docs
from server.docs import Doc
from tests.server_site import client, project, sidecar, spec, write

PLAN = """# Plan & aim

See [parity](parity.md#why), [why](adr/0001-so.md), [code](../envs_c/a.c), [far](https://a.example).

## Why `so`

<script>alert(1)</script>

```play
ping?timeline
```
```play
nothing
```
```table
seats, observation, decisions, native, of the reference, in the page, trained in, floor, score
```
```table
against, colour
```
```c
a < b
```
"""
SEEN = {"observation": {"parts": [{"name": "table", "shape": [2, 3]}]}}
INTERFACE = SEEN | {"action": {"type": "discrete", "heads": [{"name": "move", "n": 3}]}}


@pytest.fixture
def web(tmp_path: Path) -> TestClient:
    root = project(tmp_path)
    for name in ("ping", "quiet"):
        facts = spec(title=name.title(), interface=INTERFACE)
        write(root / f"web/static/envs/{name}/spec.json", json.dumps(facts))
    speed: dict[str, Any] = {"machine": "a machine", "date": "2026-05-04"}
    speed |= {"native-1": {"agent_ticks_per_second": 5_250_000, "of_reference": 0.25}}
    write(root / "envs_c/ping/speed.json", json.dumps(speed))
    best = sidecar()
    again = best["evaluations"][0] | {"opponent": "random", "floor_low": 0.991, "floor_high": 1}
    best["evaluations"].append(again)
    write(root / "web/static/policies/ping/best.json", json.dumps(best))
    write(root / "docs/plan.md", PLAN)
    write(root / "docs/parity.md", "# The same bytes\n\n## Why\n")
    write(root / "docs/adr/0001-so.md", "# 1. So\n\nBack to the [plan](../plan.md).\n")
    return client(root)


def test_a_document_is_a_page(web: TestClient) -> None:
    answer = web.get("/docs/plan")
    assert answer.status_code == 200
    html = answer.text
    assert "<title>Plan &amp; aim · Gymcade</title>" in html
    assert '<a href="/docs/parity#why">parity</a>' in html
    assert '<a href="/docs/adr/0001-so">why</a>' in html
    assert '<a href="/docs">code</a>' in html  # what the site lacks
    assert '<a href="https://a.example">far</a>' in html
    assert '<h2 id="why-so">' in html
    assert "<script>alert" not in html
    assert '<code class="language-c">a &lt; b' in html
    assert '<a href="/docs/plan" aria-current="page">' in html
    assert '/docs/adr/0001-so">1. So</a></li>' not in html
    assert "frame-src 'self'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "docs.css" in html and "docs.css" not in web.get("/play/ping").text


def test_games_and_facts_stand_among_the_words(web: TestClient) -> None:
    html = web.get("/docs/plan").text
    # 640 × 480 of the scene, 72 px of the bar, 150 px of the timeline.
    assert 'src="/embed/ping?timeline" width="640" height="702"' in html
    assert 'title="Ping, playable" loading="lazy" sandbox="allow-scripts"></iframe>' in html
    assert "nothing plays here once it is built." in html


def test_the_table_of_environments_has_the_columns_that_are_listed(web: TestClient) -> None:
    html = web.get("/docs/plan").text.replace("\N{NO-BREAK SPACE}", " ")
    bodies = re.findall(r"<tbody>(.*?)</tbody>", html)
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", body) for body in bodies]
    assert rows == [
        [
            *('<a href="/play/ping">Ping</a>', "2 seats", "table 2×3", "move 3"),
            *("5.25 million", "25 %", "–", "12 min"),
            *("won ≥ 95 %", "99.6 %", "won ≥ 95 %", "99.6 % (99.1 % to 100 %)"),
        ],
        ['<a href="/play/quiet">Quiet</a>', "2 seats", "table 2×3", "move 3", *"––––––"],
    ]
    assert '<th scope="row" rowspan="2"><a href="/play/ping">' in html
    assert '<p class="measured">Speed as of 2026-05-04 on a machine.</p>' in html
    assert "no column colour; there are: seats, pace," in html
    assert html.count("<table>") == 1


def test_the_first_document_stands_for_all_and_decisions_list_each_other(web: TestClient) -> None:
    assert "<h1" in web.get("/docs").text
    decision = web.get("/docs/adr/0001-so").text
    assert '<a href="/docs/plan">plan</a>' in decision
    assert '<a href="/docs/adr/0001-so" aria-current="page">1. So</a>' in decision


@pytest.mark.parametrize("name", ["nope", "../../etc/passwd", "plan.md", "adr"])
def test_what_is_no_document_is_not_there(web: TestClient, name: str) -> None:
    assert web.get(f"/docs/{name}").status_code == 404


def test_a_newcomer_reads_first_things_first() -> None:
    names = list(docs.load(Path(__file__).parents[1]))
    assert tuple(names[:3]) == docs.FIRST
    decisions = [name.startswith("adr/") for name in names]
    assert decisions == sorted(decisions)


def test_addresses() -> None:
    known = {n: Doc(n, n, "") for n in ("a", "adr/b")}
    assert docs.address("adr/b", "../a.md", known) == "/docs/a"
    assert docs.address("a", "adr/b.md#x", known) == "/docs/adr/b#x"
    assert docs.address("a", "#here", known) == "#here"
    assert docs.address("a", "../README.md", known) == "/docs"
