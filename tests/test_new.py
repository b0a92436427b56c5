"""`python -m envs_c new`: a copy that stands on its own, and names that are refused."""

import json
from pathlib import Path

import pytest

from envs_c import golden
from envs_c.build import ENVS
from envs_c.new import adapted, refusal
from envs_c.new_guide import GUIDE, comment, guided
from tests.project_copy import copy_project, run


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_project(tmp_path_factory.mktemp("project"))


def test_new_copies_squared_under_the_name_given(root: Path) -> None:
    made = run(root, "-m", "envs_c", "new", "hot_lava")
    assert (made.returncode, made.stderr) == (0, "")
    assert "make preview ENV=hot_lava" in made.stdout
    folder, pattern = root / "envs_c" / "hot_lava", root / "envs_c" / "squared"
    wanted = sorted(
        p.name.replace("squared", "hot_lava") for p in pattern.iterdir() if p.suffix != ".json"
    )
    assert sorted(p.name for p in folder.iterdir()) == wanted
    source = (folder / "hot_lava.c").read_text()
    assert source.startswith("// Hot lava: ")
    assert '.title = "Hot lava"' in source
    facts = json.loads(run(root, "-m", "envs_c.spec", "hot_lava").stdout)
    model = json.loads(run(root, "-m", "envs_c.spec", "squared").stdout)
    assert (facts["name"], facts["title"]) == ("hot_lava", "Hot lava")
    assert facts["interface_version"] == model["interface_version"]
    played = (folder / "golden.txt").read_text()
    assert "environment  hot_lava\n" in played
    model_played = (pattern / "golden.txt").read_text()
    assert played == model_played.replace("environment  squared", "environment  hot_lava")
    assert golden.parse_settings(played) == golden.parse_settings(model_played)
    assert run(root, "-m", "envs_c", "golden", "hot_lava").stdout == "hot_lava: unchanged\n"


def test_the_copy_is_its_own_guide_and_keeps_the_form() -> None:
    pattern = (ENVS / "squared" / "squared.c").read_text()
    text = guided(pattern)
    for words in GUIDE.values():
        assert "\n".join(comment(words)) in text
    added = {line for words in GUIDE.values() for line in comment(words)}
    assert [line for line in text.splitlines() if line not in added] == pattern.splitlines()
    assert max(map(len, text.splitlines())) <= 100
    with pytest.raises(ValueError, match="begins with '#define AGENTS', got 0"):
        guided("int x;\n")


def test_a_name_that_is_taken_changes_nothing(root: Path) -> None:
    before = (root / "envs_c" / "pong" / "pong.c").read_bytes()
    refused = run(root, "-m", "envs_c", "new", "pong")
    assert refused.returncode == 1
    assert refused.stderr == "error: 'pong' cannot be the name: that name is taken\n"
    assert (root / "envs_c" / "pong" / "pong.c").read_bytes() == before
    assert not list((root / "envs_c").glob(".*"))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Lava", "a name is made of a-z, 0-9 and _"),
        ("2048", "begins with a letter"),
        ("../lava", "a name is made of"),
        ("hot-lava", "a name is made of"),
        ("", "a name is made of"),
        ("while", "belongs to C or Python"),
        ("lambda", "belongs to C or Python"),
        ("l" * 33, "at most 32 letters, this one has 33"),
        ("golden", "taken"),
        ("lava", ""),
        ("g2048", ""),
    ],
)
def test_names(name: str, reason: str) -> None:
    found = refusal(name, {"golden", "pong"})
    assert reason in found if reason else found == ""


def test_texts_speak_of_the_new_environment() -> None:
    assert adapted("# Squared\n\nsquared is small.\n", ".md", "hot_lava") == (
        "# Hot lava\n\nTODO say in one sentence what it is about.\n"
    )
    assert adapted("// Squared: a.\n// Idea  b\n", ".c", "lava") == (
        "// Lava: TODO say in one line what it is about.\n// Idea        copied from squared\n"
    )
