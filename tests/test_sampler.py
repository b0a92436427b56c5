"""The seeded sampler: the rule, and the numbers that the browser must give too."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from envs_c.rng import Stream, Streams
from trainer.sampler import choose, draw, probabilities


def test_frequencies_follow_the_probabilities() -> None:
    logits = np.log(np.array([[0.5, 0.3, 0.2]], np.float32)).repeat(20_000, axis=0)
    counts = np.bincount(choose(Stream(1), logits, [3])[:, 0], minlength=3) / 20_000
    assert counts == pytest.approx([0.5, 0.3, 0.2], abs=0.015)


def test_masked_choices_are_never_taken() -> None:
    logits = np.array([[9.0, 0.0, 5.0]], np.float32).repeat(500, axis=0)
    mask = np.array([[0, 1, 0]], np.uint8).repeat(500, axis=0)
    assert set(choose(Stream(2), logits, [3], mask)[:, 0]) == {1}
    assert set(choose(Stream(2), logits, [3], mask, greedy=True)[:, 0]) == {1}


def test_greedy_takes_the_first_of_equals_and_draws_nothing() -> None:
    stream = Stream(3)
    before = stream.state
    logits = np.array([[1.0, 2.0, 2.0, 0.0, 0.0]], np.float32)
    assert choose(stream, logits, [3, 2], greedy=True).tolist() == [[1, 0]]
    assert stream.state == before


def test_low_temperature_sharpens() -> None:
    logits = np.array([[1.0, 2.0]], np.float64)
    assert probabilities(logits, None, 0.1)[0, 1] > 0.9999
    assert probabilities(logits, None, 10.0)[0, 1] == pytest.approx(0.525, abs=1e-3)


def test_continuous_actions_keep_their_range() -> None:
    mean = np.array([[0.9, -0.2]], np.float32).repeat(4000, axis=0)
    log_std = np.full_like(mean, np.log(0.5))
    actions = draw(Stream(4), mean, log_std)
    assert actions.min() >= -1 and actions.max() == 1
    assert actions[:, 1].mean() == pytest.approx(-0.2, abs=0.03)
    assert np.array_equal(draw(Stream(4), mean, log_std, greedy=True), mean)


VECTORS = json.loads((Path(__file__).parent / "vectors" / "sampler.json").read_text())
"""Written by sampler.c beside it, which is built on env.h; the browser's tests read it too."""


@pytest.mark.parametrize("case", VECTORS["streams"], ids=lambda case: str(case["seed"]))
def test_the_stream_is_that_of_c(case: dict[str, Any]) -> None:
    stream = Stream(case["seed"])
    assert [stream.next() for _ in case["next"]] == case["next"]


@pytest.mark.parametrize("n", [0, 1, 7, 500])
def test_many_at_once_are_those_one_by_one(n: int) -> None:
    together, single = Stream(5), Stream(5)
    assert together.uniforms(n).tolist() == [single.uniform() for _ in range(n)]
    assert together.state == single.state


def test_many_streams_are_those_apart() -> None:
    streams, apart = Streams(3), [Stream(8), Stream(9), Stream(2**40)]
    streams.seed(np.array([0, 1, 2]), [8, 9, 2**40])
    for which, n in (([0, 2], 3), ([1], 1), ([0, 1, 2], 7)):
        got = streams.uniforms(np.array(which), n)
        assert got.tolist() == [apart[i].uniforms(n).tolist() for i in which]


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: str(case["seed"]))
def test_choices_are_those_of_the_browser(case: dict[str, Any]) -> None:
    mask = np.array(case["mask"], np.uint8) if "mask" in case else None
    stream = Stream(case["seed"])
    for want in case["actions"]:
        got = choose(
            stream,
            np.array(case["logits"], np.float32),
            case["nvec"],
            mask,
            temperature=case.get("temperature", 1.0),
            greedy=case.get("greedy", False),
        )
        assert got.tolist() == want


@pytest.mark.parametrize("case", VECTORS["normals"], ids=lambda case: str(case["seed"]))
def test_continuous_draws_are_those_of_the_browser(case: dict[str, Any]) -> None:
    stream = Stream(case["seed"])
    mean, log_std = (
        np.array([[case["mean"]]], np.float32),
        np.array([[case["log_std"]]], np.float32),
    )
    drawn = [float(draw(stream, mean, log_std)[0, 0]) for _ in case["drawn"]]
    assert drawn == pytest.approx(case["drawn"], abs=1e-6)
