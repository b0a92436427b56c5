"""The table of all environments: a row for each, and for each opponent that its agent met."""

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import escape

from server import facts
from server.catalog import Environment

NONE = "–"  # where nothing was measured


def _observation(e: Environment) -> str:
    parts = e.spec["interface"]["observation"]["parts"]
    return ", ".join(f"{part['name']} {'×'.join(map(str, part['shape']))}" for part in parts)


def _decisions(e: Environment) -> str:
    action = e.spec["interface"]["action"]
    if action["type"] == "continuous":
        return ", ".join(head["name"] for head in action["heads"]) + ": continuous"
    return ", ".join(f"{head['name']} {head['n']}" for head in action["heads"])


def _speed(e: Environment, where: str) -> Mapping[str, Any]:
    found = (e.speed or {}).get(where)
    return found if isinstance(found, dict) else {}


def _ticks(e: Environment, where: str) -> str:
    ticks = _speed(e, where).get("agent_ticks_per_second")
    return facts.count(ticks) if ticks else ""


def _of_reference(e: Environment) -> str:
    share = _speed(e, "native-1").get("of_reference")
    return facts.percent(share) if share else ""


def _trained(e: Environment) -> str:
    seconds = e.policies[0].sidecar.get("wall_time_s") if e.policies else None
    return facts.duration(seconds) if seconds else ""


COLUMNS: Mapping[str, Callable[[Environment], str]] = {
    "seats": facts.seats,
    "pace": facts.pace,
    "observation": _observation,
    "decisions": _decisions,
    "native": lambda e: _ticks(e, "native-1"),
    "of the reference": _of_reference,
    "in the page": lambda e: _ticks(e, "wasm-chromium"),
    "trained in": _trained,
}
"""What can be said of an environment; empty where it is not known."""

RESULTS: Mapping[str, Callable[[dict[str, Any], frozenset[str]], str]] = {
    "against": lambda evaluation, _: facts.against(evaluation),
    "floor": facts.floor,
    "score": facts.reached,
}
"""What can be said of its best agent in one evaluation; the columns on the right."""


def html(text: str, environments: Mapping[str, Environment]) -> str:
    """A table with the columns that `text` lists, the environment's name before them."""
    wanted = [name.strip() for name in text.split(",")]
    if unknown := [name for name in wanted if name not in {*COLUMNS, *RESULTS}]:
        there = ", ".join([*COLUMNS, *RESULTS])
        return f'<p class="notice">no column {escape(unknown[0])}; there are: {there}</p>\n'
    own = [name for name in wanted if name in COLUMNS]
    results = [name for name in wanted if name in RESULTS]
    titles = "".join(f'<th scope="col">{escape(name)}</th>' for name in ["game", *own, *results])
    bodies = "".join(_body(e, own, results) for e in environments.values())
    table = f"<table><thead><tr>{titles}</tr></thead>{bodies}</table>"
    region = 'class="environments" tabindex="0" role="region" aria-label="Environments"'
    said = _measured(environments) if {"native", "in the page"} & {*own} else ""
    return f"<div {region}>{table}</div>{said}\n"


def _measured(environments: Mapping[str, Environment]) -> str:
    """When and on what the speeds were measured; empty where none was."""
    speeds = [e.speed for e in environments.values() if e.speed]
    told = dict.fromkeys(f"{s.get('date')} on {s.get('machine')}" for s in speeds)
    return f'<p class="measured">Speed as of {escape("; ".join(told))}.</p>' if told else ""


def _body(e: Environment, own: list[str], results: list[str]) -> str:
    evaluations = e.policies[0].evaluations if e.policies and results else []
    rows: list[list[str]] = [
        [str(escape(RESULTS[name](evaluation, e.multiples) or NONE)) for name in results]
        for evaluation in evaluations
    ] or [[NONE] * len(results)]
    span = f' rowspan="{len(rows)}"' if len(rows) > 1 else ""
    link = f'<a href="/play/{escape(e.name)}">{escape(e.words.title)}</a>'
    first = f'<th scope="row"{span}>{link}</th>'
    for name in own:
        wraps = ' class="text"' if name in {"observation", "decisions"} else ""
        first += f"<td{span}{wraps}>{escape(COLUMNS[name](e) or NONE)}</td>"
    lines = ["".join(f"<td>{cell}</td>" for cell in row) for row in rows]
    return f"<tbody><tr>{first}{'</tr><tr>'.join(lines)}</tr></tbody>"
