"""The documents against the code: what there is is named, and what is named is there."""

import json
import re
from pathlib import Path

import pytest

from envs_c.build import ENVS, ROOT, names
from server import table
from server.app import create_app
from server.settings import Settings

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_every_hook_of_an_environment_is_explained() -> None:
    headers = "".join(path.read_text() for path in ENVS.glob("*.h"))
    hooks = set(re.findall(r"\bHAS_[A-Z]+", headers))
    assert len(hooks) >= 7
    assert (
        set(re.findall(r"\*\*`(HAS_[A-Z]+)`\*\*", text("docs/adding-an-environment.md"))) == hooks
    )


def test_every_command_of_make_is_named() -> None:
    told = text("README.md") + text("CONTRIBUTING.md")
    for target in re.findall(r"(?m)^([a-z]+):.*##", text("Makefile")):
        assert f"make {target}" in told or target == "help", target
    for target in re.findall(r"\bmake ([a-z]+)\b", told):
        assert re.search(rf"(?m)^{target}:.*##", text("Makefile")), target


def test_every_setting_and_address_of_the_server_is_named() -> None:
    told = text("docs/architecture.md")
    for name in Settings.model_fields:
        assert f"GYMCADE_{name.upper()}" in told
    for path in create_app(Settings()).openapi()["paths"]:
        assert f"`{path}`" in told
    for path in ("/", "/play/{env}", "/embed/{env}", "/docs", "/docs/{name}", "/healthz"):
        assert f"`{path}`" in told


def test_every_key_of_a_shipped_sidecar_is_explained() -> None:
    told = text("docs/policy-format.md")
    found = sorted(ROOT.glob("web/static/policies/*/*.json"))
    curves = [path for path in found if path.name.endswith(".curve.json")]
    assert len(found) - len(curves) >= len(names())
    for path in found:
        facts = json.loads(path.read_text(encoding="utf-8"))
        keys = list(facts)
        if path not in curves:
            keys += [*facts["evaluations"][0], *(facts["rating"] or {}), *facts.get("solver", {})]
        for key in keys:
            assert f"`{key}`" in told, f"{key} of {path.name}"


def test_the_tables_of_environments_show_all_that_is_known() -> None:
    blocks = re.findall(r"(?s)```table\n(.*?)\n```", text("docs/environments.md"))
    assert ", ".join(blocks).split(", ") == [*table.COLUMNS, *table.RESULTS]


def test_every_environment_has_words_for_a_visitor() -> None:
    for name in names():
        words = text(f"envs_c/{name}/README.md")
        assert re.match(r"# .+\n\n.+\n\n## What you see\n", words), name
        assert "## What is rewarded" in words
        assert "## How to play" in words
