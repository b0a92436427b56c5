"""ONNX Runtime in Python and ONNX Runtime Web in Chromium choose alike, greedily and by chance."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from envs_c.binding import VecEnv
from envs_c.build import ROOT
from envs_c.rng import Stream
from envs_c.wasm import Page, in_chromium, text_of
from trainer.players import OnnxPlayer, RandomPlayer
from trainer.sampler import choose, draw, probabilities

POLICIES = sorted((ROOT / "web" / "static" / "policies").glob("*/*.onnx"))
OBSERVATIONS = 10_000
TIE = 1e-4  # logits, or a number drawn and a probability, that are this near may go either way
SEED = 20_260

F32 = NDArray[np.float32]


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """A Chromium in which modules run."""
    with in_chromium() as opened:
        yield opened


def record(path: Path) -> tuple[VecEnv, F32, F32, NDArray[np.uint8] | None]:
    """Observations, memories and masks of the policy's own games, every third row by chance."""
    env = VecEnv(path.parent.name, 12, seed=3)
    own, chance = OnnxPlayer(path, env, 1, "sampled"), RandomPlayer(2)
    obs, states, kept = [], [], 0
    masks: list[NDArray[np.uint8]] = []
    while kept < OBSERVATIONS:
        rows = np.flatnonzero(env.active)
        obs.append(env.obs[rows].astype(np.float32))
        states.append(own.state[rows])
        if env.mask is not None:
            masks.append(env.mask[rows])
        kept += len(rows)
        own.act(env, rows)
        random = rows[rows % 3 == 0]
        if len(random):
            chance.act(env, random)
        env.step()
        own.forget(np.flatnonzero(env.terminated | env.truncated))
    allowed = np.concatenate(masks)[:OBSERVATIONS] if masks else None
    return env, np.concatenate(obs)[:OBSERVATIONS], np.concatenate(states)[:OBSERVATIONS], allowed


def gaps(logits: F32, nvec: list[int], mask: NDArray[np.uint8] | None) -> NDArray[np.float64]:
    """How far the two largest allowed logits of each head are apart, (rows, heads)."""
    shown = logits.astype(np.float64)
    if mask is not None:
        shown = np.where(mask != 0, shown, -np.inf)
    heads = [np.sort(shown[:, a:b], axis=1) for a, b in pairwise(np.cumsum([0, *nvec]))]
    return np.stack([head[:, -1] - head[:, -2] for head in heads], axis=1)


def edges(logits: F32, nvec: list[int], mask: NDArray[np.uint8] | None, t: float) -> Any:
    """How far each number drawn is from the nearest edge between two choices, (rows, heads)."""
    drawn = Stream(SEED).uniforms(len(logits) * len(nvec)).reshape(len(logits), len(nvec))
    near = []
    for head, (a, b) in enumerate(pairwise(np.cumsum([0, *nvec]))):
        allowed = None if mask is None else mask[:, a:b]
        sums = probabilities(logits[:, a:b].astype(np.float64), allowed, t).cumsum(axis=1)
        near.append(np.abs(sums[:, :-1] - drawn[:, head, None]).min(axis=1))
    return np.stack(near, axis=1)


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_both_choose_alike(page: Page, path: Path) -> None:
    env, obs, states, mask = record(path)
    action = env.spec["interface"]["action"]
    continuous = action["type"] == "continuous"
    nvec = [head["n"] for head in action["heads"]]
    sidecar = path.with_suffix(".json")
    temperature = json.loads(sidecar.read_text())["play"]["temperature"]
    feed = {"obs": obs} | ({"state_in": states} if states.shape[1] else {})
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options)
    outputs = ["mean", "log_std"] if continuous else ["logits"]
    logits, *spread = session.run(outputs, feed)
    stream = Stream(SEED)
    sampled: NDArray[Any]
    greedy: NDArray[Any]
    if continuous:
        sampled = draw(stream, logits, spread[0], temperature=temperature)
        greedy = draw(stream, logits, spread[0], greedy=True)
    else:
        sampled = choose(stream, logits, nvec, mask, temperature=temperature)
        greedy = choose(stream, logits, nvec, mask, greedy=True)
    seen = page.run(
        Path(__file__).with_name("agreement.mjs"),
        {
            "onnx": f"/{path.relative_to(ROOT).as_posix()}",
            "sidecar": f"/{sidecar.relative_to(ROOT).as_posix()}",
            "spec": env.spec,
            "obs": text_of(obs.tobytes()),
            "states": text_of(states.tobytes()),
            "mask": None if mask is None else text_of(mask.tobytes()),
            "given": text_of(logits.tobytes()),
            "seed": SEED,
        },
    )
    theirs = np.array(seen["logits"]).reshape(logits.shape)
    assert np.abs(theirs - logits).max() < TIE
    # The same generator, and from the same logits the same choices.
    assert int(seen["state"]) == stream.state
    if continuous:
        for ours, told in ((greedy, seen["greedy"]), (sampled, seen["sampled"])):
            assert np.abs(np.reshape(told, ours.shape) - ours).max() < TIE
        assert np.abs(sampled - greedy).max() > 0.1
        return
    assert seen["fromTheirs"] == sampled.ravel().tolist()
    # From logits of its own, all that are not a tie.
    sure = gaps(logits, nvec, mask) > TIE
    assert np.array_equal(np.reshape(seen["greedy"], greedy.shape)[sure], greedy[sure])
    clear = edges(logits, nvec, mask, temperature) > TIE
    assert np.array_equal(np.reshape(seen["sampled"], sampled.shape)[clear], sampled[clear])
    assert sure.mean() > 0.99
    assert clear.mean() > 0.99
