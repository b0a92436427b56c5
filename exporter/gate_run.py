"""The gate's checks of a file that runs: its tensors, its batch, its memory, its numbers."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from envs_c.binding import VecEnv
from envs_c.build import EnvError
from envs_c.doctor_play import Finding, Findings
from exporter.candidate import Candidate
from exporter.check import allowed
from trainer.players import RandomPlayer
from trainer.reader import Thoughts, open_session

F32 = NDArray[np.float32]
BATCHES = (2, 7, 64)
TICKS = 64
DRAWN = "sampled"


def check_runtime(candidate: Candidate) -> Findings:
    """runtime: ONNX Runtime does not open it."""
    try:
        open_session(candidate.data)
    except Exception as error:
        said = " ".join(str(error).split())[:300]
        message = f"want ONNX Runtime to open it, got: {said}"
        advice = "mend the node named: the page runs the same engine"
        yield Finding("runtime", "error", message, advice)


def check_tensors(candidate: Candidate) -> Findings:
    """tensors: names or sizes that fit no convention, or not this environment."""
    try:
        _ = candidate.reader
    except EnvError as error:
        size = candidate.spec["interface"]["observation"]["size"]
        message = f"{error} ({candidate.known_env}: observations of {size})"
        advice = "rename and reshape to a convention in docs/policy-format.md"
        yield Finding("tensors", "error", message, advice)
    except Exception as error:
        said = " ".join(str(error).split())[:300]
        advice = "export it with a dynamic batch, or with a batch of 1"
        message = f"want it to run on 1 row of zeros, got: {said}"
        yield Finding("tensors", "error", message, advice)


def check_batch(candidate: Candidate) -> Findings:
    """batch: rows that are not answered alike alone and among others."""
    reader, rows = candidate.reader, candidate.rows
    fixed = reader.plan.batch
    if fixed is not None:
        own = reader.plan.convention == "gymcade"
        message = f"{reader.plan.feeds[0].name!r} takes {fixed} row at a time, want any number"
        advice = "export with a dynamic first axis; until then rows are asked one after the other"
        yield Finding("batch", "error" if own else "warning", message, advice)
        return
    alone = [reader.run(rows[i : i + 1]) for i in range(max(BATCHES))]
    for batch in BATCHES:
        try:
            together = reader.run(rows[:batch])
        except Exception as error:
            said = " ".join(str(error).split())[:300]
            message = f"want a batch of {batch} to run as 1 does, got: {said}"
            advice = "a Reshape or Expand holds the batch size: export it with a dynamic axis"
            yield Finding("batch", "error", message, advice)
            return
        for name, got in together.items():
            want = np.concatenate([said[name] for said in alone[:batch]])
            if name == DRAWN:
                continue
            if got.shape != want.shape:
                message = f"{name!r} of {batch} rows: want shape {want.shape}, got {got.shape}"
                yield Finding("batch", "error", message, "keep the batch as the first axis")
                return
            over = np.abs(got - want) - allowed(want.astype(np.float32))
            if (over > 0).any():
                at = np.unravel_index(int(over.argmax()), over.shape)
                message = f"{name!r} of row {at[0]} is {got[at]:.6g} in a batch of {batch}"
                advice = "rows mix: leave out what averages or sorts over the batch"
                yield Finding("batch", "error", f"{message}, want {want[at]:.6g} as alone", advice)
                return


def check_repeat(candidate: Candidate) -> Findings:
    """repeat: the same question, answered otherwise."""
    first, second = (candidate.reader.run(candidate.rows) for _ in range(2))
    for name, want in first.items():
        if name != DRAWN and not np.array_equal(want, second[name], equal_nan=True):
            at = tuple(np.argwhere(want != second[name])[0])
            then = second[name][at]
            message = f"{name!r} of row {at[0]} is {want[at]:.6g}, then {then:.6g}, want the same"
            advice = "the graph draws random numbers: export it in eval mode, without sampling"
            yield Finding("repeat", "error", message, advice)
            return


def extremes(candidate: Candidate) -> Iterator[tuple[str, F32]]:
    """The least and largest observations, by words: as declared, and far beyond."""
    observation = candidate.spec["interface"]["observation"]
    low, high = (np.zeros((1, observation["size"]), np.float32) for _ in range(2))
    for part in observation["parts"]:
        at = slice(part["offset"], part["offset"] + int(np.prod(part["shape"])))
        top = len(part["categories"]) - 1 if part["categories"] else part["high"]
        low[:, at] = 0 if part["categories"] else part["low"]
        high[:, at] = top
    yield "all at their least", low
    yield "all at their largest", high
    yield "all 0", np.zeros_like(low)
    if observation["dtype"] == "uint8":
        yield "all 255", np.full_like(low, 255)
    else:
        yield "a thousand times their largest", high * 1000
        yield "a thousand times their least", low * 1000


def check_finite(candidate: Candidate) -> Findings:
    """finite: an output that is not a number, or without end, on an extreme observation."""
    given = [*extremes(candidate), ("as in play", candidate.rows)]
    for words, obs in given:
        bad = _endless(candidate.reader.run(obs))
        if bad:
            name, at, value = bad
            message = f"{name!r} of row {at} is {value} on observations {words}, want a number"
            advice = "look for a division by 0, a log of 0, or an exp of something large"
            yield Finding("finite", "error", message, advice)
            return


def _endless(said: Thoughts) -> tuple[str, int, float] | None:
    for name, array in said.items():
        wrong = np.argwhere(~np.isfinite(array.astype(np.float64)))
        if len(wrong):
            return name, int(wrong[0][0]), float(array[tuple(wrong[0])])
    return None


def check_memory(candidate: Candidate) -> Findings:
    """memory: 64 ticks with resets; a state that never changes, or leaves the numbers."""
    reader = candidate.reader
    if not reader.state_size:
        return
    env, random = VecEnv(candidate.known_env, 8, seed=9), RandomPlayer(9)
    state = np.zeros((env.rows, reader.state_size), np.float32)
    changed = False
    for tick in range(TICKS):
        said = reader.run(env.obs.astype(np.float32), state)
        bad = _endless(said)
        if bad:
            message = f"{bad[0]!r} of row {bad[1]} is {bad[2]} at tick {tick}, want a number"
            advice = "a state that feeds on itself grows: bound it, as a tanh does"
            yield Finding("memory", "error", message, advice)
            return
        changed = changed or bool((said["state"] != state).any())
        state = said["state"]
        random.act(env, np.arange(env.rows))
        env.step()
        state[np.flatnonzero(env.terminated | env.truncated)] = 0
    if not changed:
        nexts = [feed.next for feed in reader.plan.feeds if feed.role == "state"]
        message = f"{', '.join(nexts)}: {reader.state_size} values, all 0 after {TICKS} ticks"
        advice = "return the new state, not the one that was given"
        yield Finding("memory", "error", f"{message}, want some that change", advice)
