"""The native library and the WebAssembly module are the same game, byte for byte."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from envs_c.binding import VecEnv
from tests import wasm
from tests.subjects import Player, Subject

TICKS = 100_000


def pcg_words(seed: int, n: int) -> NDArray[np.uint32]:
    """The first n numbers of env.h's generator from state `seed`, all at once."""
    factor, step = np.uint64(6364136223846793005), np.uint64(1442695040888963407)
    powers = np.cumprod(np.full(n, factor))  # of the factor; all of this modulo 2**64
    earlier = np.concatenate([np.ones(1, np.uint64), powers[:-1]])
    state = earlier * np.uint64(seed) + step * (np.cumsum(earlier) - earlier)
    xored = (((state >> np.uint64(18)) ^ state) >> np.uint64(27)).astype(np.uint32)
    turn = (state >> np.uint64(59)).astype(np.uint32)
    words: NDArray[np.uint32] = xored >> turn | xored << ((np.uint32(32) - turn) & np.uint32(31))
    return words


def play(env: VecEnv, words: NDArray[np.uint32]) -> dict[str, str]:
    """Play natively what parity.mjs plays in Node; the same hashes."""
    action = env.spec["interface"]["action"]
    sizes = [head["n"] for head in action["heads"]]
    wide = words.astype(np.uint64)
    drawn: NDArray[Any] = (wide * np.array(sizes, np.uint64) >> np.uint64(32)).astype(np.int32)
    if action["type"] == "continuous":
        drawn = ((wide * np.uint64(33) >> np.uint64(32)).astype(np.float32) - 16) / 16
    digests = {name: sha256() for name in ("state", "obs", "rewards", "flags")}
    digests["obs"].update(env.obs.data)
    for tick in range(len(words)):
        if env.mask is None:
            env.actions[...] = drawn[tick]
        else:
            for h, part in enumerate(np.split(env.mask, np.cumsum(sizes)[:-1], axis=1)):
                ranks = part.cumsum(axis=1, dtype=np.uint64)
                nth = (wide[tick, :, h] * ranks[:, -1] >> np.uint64(32)) + np.uint64(1)
                env.actions[:, h] = (ranks == nth[:, None]).argmax(axis=1)
        env.step()
        digests["state"].update(env.state.data)
        digests["obs"].update(env.obs.data)
        digests["rewards"].update(env.rewards.data)
        for flags in (env.terminated, env.truncated, env.active, env.over):
            digests["flags"].update(flags.data)
    answer = {name: digest.hexdigest() for name, digest in digests.items()}
    return answer | {"metrics": sha256(env.metrics.data).hexdigest(), "end": f"{env.hash():016x}"}


def test_pcg_words_are_those_of_the_generator() -> None:
    state, words = 42, []
    for _ in range(1000):
        xored, turn = ((state >> 18 ^ state) >> 27) % 2**32, state >> 59
        words.append((xored >> turn | xored << (32 - turn) % 32) % 2**32)
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
    assert pcg_words(42, 1000).tolist() == words


def test_random_ticks_are_the_same_natively_and_in_wasm(subject: Subject, tmp_path: Path) -> None:
    env = subject.make(seed=5)
    ticks = TICKS if subject.c_file is None else TICKS // 10
    words = pcg_words(2024, ticks * env.actions.size).reshape(ticks, *env.actions.shape)
    there = wasm.run(subject, env, tmp_path, ticks=ticks, seed=5, words=words)
    assert there["imports"] == 0
    assert there["copyBytes"] == env.state.shape[1]
    assert there["trace"][0]["state"] == f"{env.hash():016x}"
    here = play(env, words)
    assert {name: there[name] for name in here} == here


@pytest.mark.parametrize("end", ["min", "max"])
def test_parameters_at_their_ends_too(subject: Subject, end: str, tmp_path: Path) -> None:
    env = subject.make(3, seed=1, params={p["name"]: p[end] for p in subject.spec["params"]})
    words = pcg_words(7, 2000 * env.actions.size).reshape(2000, *env.actions.shape)
    there = wasm.run(subject, env, tmp_path, ticks=2000, seed=1, words=words)
    here = play(env, words)
    assert {name: there[name] for name in here} == here


def test_a_game_goes_on_in_wasm_where_it_was_saved(subject: Subject, tmp_path: Path) -> None:
    env = subject.make(2, seed=3)
    Player(env, scripted=0.5).play(333)
    env.metrics.fill(0)
    words = pcg_words(11, 1000 * env.actions.size).reshape(1000, *env.actions.shape)
    there = wasm.run(subject, env, tmp_path, ticks=1000, words=words, state=env.state)
    assert there["trace"][0]["state"] == f"{env.hash():016x}"
    here = play(env, words)
    assert {name: there[name] for name in here} == here
