"""The recorded playthroughs: reproduced natively and in WebAssembly, and readable as written."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from envs_c import golden
from envs_c.__main__ import app
from envs_c.build import EnvError, source
from envs_c.wasm import in_node, text_of
from tests.subjects import GALLERY, MADE, Subject
from tests.wasm import module, require

PLAYER = Path(__file__).parent / "golden.mjs"

TEXTS = {s.name: (s.source.parent / "golden.txt").read_text() for s in GALLERY}


@pytest.fixture(params=GALLERY, ids=lambda subject: subject.name)
def recorded(request: pytest.FixtureRequest) -> Subject:
    found: Subject = request.param
    return found


def test_a_playthrough_is_what_its_head_says(recorded: Subject) -> None:
    text = TEXTS[recorded.name]
    played = golden.record(recorded.name, golden.parse_settings(text))
    assert golden.write(played, recorded.spec) == text


def test_a_playthrough_plays_again_from_its_text_alone(recorded: Subject) -> None:
    text = TEXTS[recorded.name]
    assert golden.write(golden.replay(recorded.name, text), recorded.spec) == text


def test_wasm_plays_it_as_well(recorded: Subject) -> None:
    text = TEXTS[recorded.name]
    played = golden.replay(recorded.name, text)
    settings = played.settings
    actions = golden.parse_actions(text, recorded.spec, len(played.ticks[0].flags))
    require("node")
    job = {
        "sim": text_of(module(recorded).read_bytes()),
        "seed": settings.seed,
        "params": settings.params,
        "actions": actions.reshape(settings.ticks, -1).tolist(),
    }
    there = in_node(PLAYER, job)
    assert there["opening"] == played.opening
    for here, line in zip(played.ticks, there["ticks"], strict=True):
        assert line == {
            "state": here.state,
            "rewards": here.rewards.tolist(),
            "flags": here.flags,
        }


def test_a_playthrough_is_worth_reading(recorded: Subject) -> None:
    text = TEXTS[recorded.name]
    played = golden.replay(recorded.name, text)
    assert 100 <= len(text.splitlines()) <= 320
    assert max(map(len, text.splitlines())) <= 132  # four decisions of two seats go on one
    assert any(set(tick.flags) != {"."} for tick in played.ticks)
    assert any(tick.rewards.any() for tick in played.ticks)
    words = golden._words(recorded.spec)
    done = golden.parse_actions(text, recorded.spec, len(played.ticks[0].flags))
    env = recorded.make(seed=played.settings.seed, params=played.settings.params)
    allowed = np.zeros(sum(map(len, words)), bool)
    for actions in done:
        allowed |= True if env.mask is None else (env.mask[env.active != 0] != 0).any(axis=0)
        env.step(actions)
    for h, head in enumerate(words):  # every choice is made that is ever allowed
        at = sum(map(len, words[:h]))
        made = np.isin(np.arange(len(head)), done[:, :, h])
        assert (made >= allowed[at : at + len(head)]).all()


@pytest.mark.parametrize("made", MADE, ids=lambda subject: subject.name)
def test_many_seats_heads_and_numbers_are_written_and_read(made: Subject) -> None:
    settings = golden.Settings(seed=3, ticks=90, scripted=(0.5, 0.9))
    played = golden.record(made.name, settings, made.c_file)
    text = golden.write(played, made.spec)
    again = golden.replay(made.name, text, made.c_file)
    assert golden.write(again, made.spec) == text
    assert golden.parse_settings(text) == settings


def test_another_rule_shows_as_another_line(tmp_path: Path) -> None:
    text = TEXTS["squared"]
    folder = tmp_path / "squared"
    folder.mkdir()
    changed = source("squared").read_text().replace("MAX_TICKS = 34", "MAX_TICKS = 33")
    c_file = folder / "squared.c"
    c_file.write_text(changed.replace("../env", "env"))
    after = golden.write(golden.replay("squared", text, c_file), Subject("squared", c_file).spec)
    difference = golden.first_difference(text, after)
    assert difference.splitlines()[0] == "golden.txt differs first in line 42:"
    assert " | t     | " in difference.splitlines()[2]


def test_the_command_checks_and_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "connect4"
    folder.mkdir()
    monkeypatch.setattr(golden, "source", lambda name: folder / f"{name}.c")
    path, run = folder / "golden.txt", CliRunner().invoke

    missing = run(app, ["golden", "--check", "connect4"])
    assert missing.exit_code == 1 and not path.exists()

    path.write_text(TEXTS["connect4"])
    fine = run(app, ["golden", "--check", "connect4"])
    assert (fine.exit_code, fine.output) == (0, "connect4: unchanged\n")

    wrong = TEXTS["connect4"].replace("   1 | 4 -", "   1 | 5 -")
    path.write_text(wrong)
    refused = run(app, ["golden", "--check", "connect4"])
    assert refused.exit_code == 1
    assert "connect4: golden.txt differs first in line" in refused.output
    assert path.read_text() == wrong

    assert run(app, ["golden", "connect4"]).output == "connect4: written\n"
    assert path.read_text() == TEXTS["connect4"]


def test_a_recording_without_a_reward_or_an_end_is_told() -> None:
    short = golden.record("pong", golden.Settings(ticks=5))
    assert golden.unseen(short) == (
        "; no reward and no end is in it: change ticks, seed or scripted in its head"
    )
    assert {name: golden.unseen(golden.replay(name, text)) for name, text in TEXTS.items()} == (
        dict.fromkeys(TEXTS, "")
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("playthrough 1", "playthrough 9", "in the first line, got"),
        ("seed         ", "sead         ", "KeyError"),
        ("ticks        ", "ticks        x", "ValueError"),
    ],
)
def test_a_broken_head_is_refused(old: str, new: str, said: str) -> None:
    with pytest.raises(EnvError, match=said):
        golden.parse_settings(TEXTS["squared"].replace(old, new))
