"""What every environment must state about itself."""

import json
import math
import re

import pytest

from envs_c.spec import Spec
from tests.subjects import Subject

KEY = re.compile(r"Key[A-Z]|Digit[0-9]|Arrow(Up|Down|Left|Right)|Numpad[0-9]|Enter|Tab|Backspace")
TAKEN = {"KeyT", "KeyR", "Space", "Period"}  # by the viewer, in every game


@pytest.fixture
def spec(subject: Subject) -> Spec:
    return subject.spec


def test_it_introduces_itself(spec: Spec, subject: Subject) -> None:
    assert spec["name"] == subject.name
    assert spec["title"] and not spec["title"][0].islower()
    assert 1 <= spec["agents"] <= 64
    assert 1 <= spec["ticks_per_second"] <= 60
    assert 64 <= spec["width"] <= 1920 and 64 <= spec["height"] <= 1080
    assert re.fullmatch(r"[0-9a-f]{16}", spec["interface_version"])
    assert json.loads(json.dumps(spec)) == spec


def test_the_parts_make_up_the_observation(spec: Spec) -> None:
    observation = spec["interface"]["observation"]
    at = 0
    for part in observation["parts"]:
        assert part["offset"] == at
        assert part["shape"] and all(n > 0 for n in part["shape"])
        at += math.prod(part["shape"])
        if part["names"]:  # one a value of a row, one a feature of entities, or one a plane
            entities = len(part["shape"]) == 2
            assert len(part["names"]) == part["shape"][1 if entities else 0]
            assert observation["dtype"] == "float32" or not entities
        if observation["dtype"] == "float32":
            assert part["low"] < part["high"]
            assert not part["categories"]
        else:
            assert len(set(part["categories"])) == len(part["categories"])
    assert at == observation["size"]
    names = [part["name"] for part in observation["parts"]]
    assert len(set(names)) == len(names)


def test_the_choices_have_names(spec: Spec) -> None:
    action = spec["interface"]["action"]
    assert action["type"] in ("discrete", "continuous")
    assert 1 <= len(action["heads"]) <= 8
    for head in action["heads"]:
        assert head["n"] == 2 if action["type"] == "continuous" else head["n"] >= 2
        assert len(set(head["choices"])) == head["n"]
        for choice in head["choices"]:  # as playthroughs are written
            assert choice != "-" and not set(choice) & set("/|:_")
    assert action["type"] == "discrete" or not action["masked"]


def test_sticks_have_two_named_ends(spec: Spec) -> None:
    assert len(spec["sticks"]) <= 4
    for stick in spec["sticks"]:
        assert stick["name"] and stick["n"] == len(set(stick["choices"])) == 2


def test_the_keys_are_keys_and_unique(spec: Spec) -> None:
    used: list[set[str]] = [set(), set()]
    held = spec["sticks"] or spec["interface"]["action"]["heads"]
    for head, keys in zip(held, spec["keys"], strict=True):
        assert len(keys) in (0, head["n"])
        for pair in keys:
            assert len(pair) == 2
            for taken, key in zip(used, pair, strict=True):
                if key:
                    assert KEY.fullmatch(key), key
                    assert key not in TAKEN | taken, key
                    taken.add(key)
    assert not used[0] & used[1]


def test_the_parameters_are_in_their_ranges(spec: Spec) -> None:
    names = [param["name"] for param in spec["params"]]
    assert len(set(names)) == len(names)
    for param in spec["params"]:
        assert param["min"] <= param["default"] <= param["max"]
        assert param["min"] < param["max"] and param["step"] >= 0
        assert param["unit"] and param["text"]
        if param["step"]:
            steps = (param["default"] - param["min"]) / param["step"]
            assert steps == round(steps)


def test_the_metrics_begin_with_those_of_all(spec: Spec) -> None:
    head = ["episodes", "episode_return", "episode_length", "score"]
    assert spec["metrics"][:4] == head
    assert len(set(spec["metrics"])) == len(spec["metrics"])


def test_every_environment_of_the_gallery_has_a_playthrough(spec: Spec, subject: Subject) -> None:
    if subject.c_file is None:
        assert re.fullmatch(r"[0-9a-f]{16}", spec["dynamics_version"])
    else:
        assert spec["dynamics_version"] == ""
