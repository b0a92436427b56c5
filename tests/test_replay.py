"""Replays played again: natively and in WebAssembly the same, and nothing altered passes."""

from base64 import b64decode
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from envs_c.build import EnvError
from envs_c.replay import Verdict, play, record, verify
from envs_c.replay_file import Replay, ReplayError, decode, encode
from envs_c.wasm import in_node, text_of
from tests.replay_files import GAMES, PLAYER, in_javascript, natively, subject, summary
from tests.wasm import module, require


@pytest.fixture(scope="module")
def pong() -> Replay:
    return record("pong", 7, {"points": 3}, 900, ("scripted", "random"), every=100)


@pytest.mark.parametrize("name", GAMES)
def test_a_recorded_game_is_verified(name: str) -> None:
    recorded = natively(name)
    verdict = verify(decode(encode(recorded)), subject(name).c_file)
    assert verdict == Verdict((), True, recorded.ticks, None)
    assert recorded.seats == {"snake": 16, "squared": 1, "drift": 64}.get(name, 2)


def test_sixty_four_snakes() -> None:
    recorded = record("snake", 1, {"snakes": 64}, 100)
    assert recorded.actions.shape == (100, 64, 1)
    assert verify(decode(encode(recorded))).verified


@pytest.mark.parametrize("name", GAMES)
def test_javascript_reads_plays_and_writes_what_python_wrote(name: str) -> None:
    require("node")
    played, recorded = subject(name), natively(name, seed=11)
    job = {
        "file": text_of(encode(recorded)),
        "sim": text_of(module(played).read_bytes()),
        "spec": played.spec,
    }
    there = in_node(PLAYER, job)
    assert there["summary"] == summary(recorded)
    assert there["fit"] == {"playable": True, "sameRules": True, "trouble": ""}
    assert there["differs"] == -1
    assert encode(decode(b64decode(there["file"]))) == encode(recorded)


@pytest.mark.parametrize("name", GAMES)
def test_python_verifies_what_was_played_in_webassembly(name: str) -> None:
    require("node")
    there = in_javascript(name, seed=12)
    recorded = decode(b64decode(there["file"]))
    assert summary(recorded) == there["summary"]
    assert recorded.ticks == GAMES[name]["ticks"]
    assert verify(recorded, subject(name).c_file) == Verdict((), True, recorded.ticks, None)


def test_the_first_hash_after_an_altered_action_differs(pong: Replay) -> None:
    actions = pong.actions.copy()
    actions[450, 1] = (actions[450, 1] + 1) % 3
    verdict = verify(replace(pong, actions=actions))
    assert (verdict.verified, verdict.playable) == (False, True)
    assert (verdict.agreed, verdict.differs) == (400, 500)
    assert verdict.problems == (
        "the state at tick 500 is another than recorded (after tick 400, where it agreed)",
    )


def test_a_wrong_seed_or_parameter_shows_at_once(pong: Replay) -> None:
    for wrong in (replace(pong, seed=8), replace(pong, params={**pong.params, "points": 4.0})):
        verdict = verify(wrong)
        assert (verdict.agreed, verdict.differs) == (None, 0)
        said = "the state at tick 0 is another than recorded (from the start)"
        assert verdict.problems == (said,)


def test_other_rules_are_named_and_what_still_works_is_found(pong: Replay) -> None:
    verdict = verify(replace(pong, dynamics_version="0123456789abcdef"))
    want = subject("pong").spec["dynamics_version"]
    said = f"made for other rules (dynamics version: want {want}, got 0123456789abcdef)"
    assert verdict == Verdict((said,), True, 900, None)
    late = replace(pong, hashes=(*pong.hashes[:5], *((t, "0" * 16) for t, _ in pong.hashes[5:])))
    verdict = verify(replace(late, dynamics_version=""))
    assert (verdict.agreed, verdict.differs) == (400, 500)
    assert len(verdict.problems) == 2
    sights = verify(replace(pong, interface_version="ab"))
    assert sights.problems[0].startswith("made for other sights (interface version: want ")


def test_what_means_nothing_here_is_not_played(pong: Replay) -> None:
    for wrong, message in (
        (replace(pong, choices=(5,)), r"other actions: want heads of \(3,\) choices, got \(5,\)"),
        (replace(pong, params={"wind": 1.0}), "other parameters: pong has no parameter 'wind'"),
        (replace(pong, params={"points": 200.0}), "other parameters: points: want 1 to 99, got"),
        (replace(pong, actions=pong.actions[:, :1]), "other seats: want 2, got 1"),
        (replace(pong, changes=((5, {"points": 9.0}),)), "points cannot change in play"),
    ):
        with pytest.raises(ReplayError, match=message):
            list(play(wrong))
        verdict = verify(wrong)
        assert not verdict.playable and not verdict.verified
    with pytest.raises(EnvError, match="no environment 'gone'; there are: "):
        verify(replace(pong, env="gone"))


def test_parameters_change_when_they_did() -> None:
    changes = {100: {"serve_speed": 12.0}, 200: {"serve_speed": 2.0}}
    recorded = record("pong", 3, {}, 600, ("random",), changes=changes, every=50)
    assert verify(recorded).verified
    unchanged = {**changes[200], "points": 11.0}  # all parameters told, one is as it was
    assert verify(replace(recorded, changes=(recorded.changes[0], (200, unchanged)))).verified
    verdict = verify(replace(recorded, changes=recorded.changes[1:]))
    assert verdict.agreed == 100
    assert verdict.differs == 150


def test_steps_show_states_ends_and_people() -> None:
    recorded = natively("connect4")
    steps = [(s.before.copy(), s.now.copy(), s.over, s.person.tolist()) for s in play(recorded)]
    ends = [i for i, step in enumerate(steps) if step[2]]
    assert len(steps) == 40 and len(ends) >= 1
    for i, (a, b) in enumerate(pairwise(steps)):
        same = bool(np.array_equal(a[1], b[0]))
        assert same == (i not in ends)
    assert [step[3] for step in steps] == [[0, 0]] * 20 + [[1, 0]] * 20


def test_recording_refuses_what_it_cannot_do() -> None:
    with pytest.raises(ValueError, match="players: want scripted or random, got 'best'"):
        record("pong", 1, {}, 10, ("best",))
    with pytest.raises(EnvError, match="drift has no scripted player"):
        record("drift", 1, {}, 10, source=subject("drift").c_file)
