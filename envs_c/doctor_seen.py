"""The doctor's checks of what an agent sees and gets: observations, rewards, metrics."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from envs_c.doctor_play import (
    LIMIT,
    Finding,
    Findings,
    Patient,
    Play,
    Player,
    random_player,
    scripted,
)

LARGEST, SMALLEST = 10.0, 0.01
"""A float observation should reach beyond the second and stay within the first."""

LARGEST_REWARD, SMALLEST_REWARD = 100.0, 0.001
"""The largest reward of an environment should lie between these."""


def check_observations(patient: Patient) -> Findings:
    """obs-finite, obs-range, obs-constant, obs-unscaled."""
    parts: list[dict[str, Any]] = patient.spec["interface"]["observation"]["parts"]
    for part in parts:
        at = slice(part["offset"], part["offset"] + int(np.prod(part["shape"])))
        bad = next(_bad_values(patient, part, at), None)
        if bad:
            yield bad
        if bad is None or bad.check == "obs-range":
            yield from _spread(patient, part, at)


def _bad_values(patient: Patient, part: dict[str, Any], at: slice) -> Findings:
    """The first value that is not finite or out of range."""
    top = len(part["categories"]) - 1 if part["categories"] else part["high"]
    for play in [*patient.plays, *patient.extremes]:
        for values in (play.obs[..., at], play.final_obs[..., at]):
            endless = np.argwhere(~np.isfinite(values))
            if len(endless):
                first = tuple(endless[0])
                value = f"value {first[2]} of {part['name']!r} is {values[first]}"
                advice = "look for a division by 0 or a root of a negative number in observe"
                yield Finding("obs-finite", "error", f"{value} ({play.place(first)})", advice)
            ranged = part["categories"] or values.dtype == np.float32
            low = 0 if part["categories"] else part["low"]
            # final_obs is 0 where no episode ended: those rows say nothing.
            shown = values != 0 if values.shape[0] == len(play.ended) else np.ones(1, bool)
            wrong = np.argwhere(((values < low) | (values > top)) & shown)
            if ranged and len(wrong):
                first = tuple(wrong[0])
                value = f"value {first[2]} of {part['name']!r} is {values[first]:g}"
                message = f"{value}, declared {low:g} to {top:g} ({play.place(first)})"
                advice = "widen the part's range (or its categories) in SPEC, or clamp in observe"
                yield Finding("obs-range", "error", message, advice)


def _spread(patient: Patient, part: dict[str, Any], at: slice) -> Findings:
    """Whether values change, and how far they go.

    A grid's plane counts as one value, and so does a feature of all entities.
    """
    seen = [play.obs[..., at].reshape(-1, at.stop - at.start) for play in patient.plays]
    low = np.min([values.min(axis=0) for values in seen], axis=0)
    high = np.max([values.max(axis=0) for values in seen], axis=0)
    shape = part["shape"]
    groups = shape[0] if len(shape) in (1, 3) else len(part["names"]) or 1
    order = np.arange(low.size)
    if len(shape) == 2 and part["names"]:
        order = order.reshape(shape).T.ravel()  # entities lie one after the other
    # What tells of a parameter is alike in all games that have it alike.
    far = [play.obs[..., at].reshape(-1, at.stop - at.start) for play in patient.extremes]
    same = (low == high) & np.all([(v == low).all(axis=0) for v in far], axis=0)
    still = same[order].reshape(groups, -1).all(axis=1)
    words = part["names"] or [str(i) for i in range(groups)]
    if still.any():
        which = ", ".join(words[i] for i in np.flatnonzero(still)[:4])
        ticks = sum(len(play.rewards) for play in patient.plays)
        value = f"always {float(low[order].reshape(groups, -1)[still][0, 0]):g}"
        message = f"of {part['name']!r}, {int(still.sum())} of {groups} never change: {which}"
        advice = "leave them out, or write what they stand for"
        yield Finding("obs-constant", "warning", f"{message} ({value}, {ticks} ticks)", advice)
    if seen[0].dtype != np.float32 or still.all():
        return
    reach = float(np.abs([low, high]).max())
    if reach > LARGEST or reach < SMALLEST:
        worst = int(np.abs([low, high]).max(axis=0).argmax())
        message = f"value {worst} of {part['name']!r} goes from {low[worst]:g} to {high[worst]:g}"
        advice = "divide by the largest value, so that it spans about -1 to 1"
        yield Finding("obs-unscaled", "warning", message, advice)


def check_first_tick(patient: Patient) -> Findings:
    """obs-empty: nothing but zeros at first, although the games are not all alike.

    Games that all begin alike may begin with an empty board, if it is made of categories.
    """
    env = patient.make(32)
    begun = 8 + 4 * (len(patient.spec["params"]) + 1)  # the generator and the parameters
    differ = bool((env.state[:, begun:] != env.state[:1, begun:]).any())
    if not env.obs.any() and (differ or env.obs.dtype == np.float32):
        message = f"all {env.obs.shape[1]} values are 0 in all {env.rows} rows after reset"
        advice = "set up in reset what observe reads; step has not run yet"
        yield Finding("obs-empty", "error", message, advice)


def check_rewards(patient: Patient) -> Findings:
    """reward-never, reward-constant, reward-scale."""
    for play in patient.plays:
        endless = np.argwhere(~np.isfinite(play.rewards))
        if len(endless):
            message = f"a reward of {play.rewards[tuple(endless[0])]} ({play.place(endless[0])})"
            yield Finding("reward-scale", "error", message, "look for a division by 0 in step")
            return
    rewards = np.concatenate([play.rewards.ravel() for play in patient.plays])
    words = ", ".join(play.player for play in patient.plays)
    if not rewards.any():
        message = f"no reward in {len(rewards)} seat ticks of {words} play"
        advice = "write out[seat].reward in step"
        yield Finding("reward-never", "error", message, advice)
        return
    ends = patient.random_ends
    lasting = len(set(ends.length[~ends.truncated].tolist())) > 1  # to last longer earns more
    if (rewards == rewards[0]).all() and not lasting:
        message = f"every reward is {rewards[0]:g}, in {len(rewards)} seat ticks of {words} play"
        advice = "reward what is wanted, not each tick alike"
        yield Finding("reward-constant", "warning", message, advice)
    largest = float(np.abs(rewards).max())
    if not SMALLEST_REWARD <= largest <= LARGEST_REWARD:
        play, at = _largest(patient.plays)
        message = f"the largest reward is {play.rewards[at]:g} ({play.place(at)})"
        advice = "scale rewards so that the largest is about 1"
        yield Finding("reward-scale", "warning", message, advice)


def _largest(plays: list[Play]) -> tuple[Play, tuple[Any, ...]]:
    play = max(plays, key=lambda play: float(np.abs(play.rewards).max()))
    return play, np.unravel_index(np.abs(play.rewards).argmax(), play.rewards.shape)


def check_metrics(patient: Patient) -> Findings:
    """metric-still: the same in every episode, however the environment is played."""
    names = patient.spec["metrics"]
    own = len(names) - (names.index("score") + 1)
    rows = np.concatenate([play.metrics[:, len(names) - own :] for play in patient.plays])
    if own == 0 or not len(rows):
        return
    first, episodes = rows[0], len(rows)
    still = (rows == first).all(axis=0)
    for params, player in _further_plays(patient):
        if not still.any():
            return
        env = patient.make(4, params)
        for _ in range(LIMIT):
            player(env)
            env.step()
            for row in np.flatnonzero(env.terminated | env.truncated):
                still &= env.metrics[row, len(names) - own :] == first
                env.metrics[row] = 0
                episodes += 1
            if not still.any():
                break
    for i in np.flatnonzero(still):
        name = names[len(names) - own + int(i)]
        message = f"{name!r} is {first[i]:g} in all of {episodes} episodes"
        advice = "set it in measure, or leave it out of METRICS"
        yield Finding("metric-still", "warning", message, advice)


def _further_plays(patient: Patient) -> list[tuple[dict[str, float], Player]]:
    """Longer and other plays, for what happens rarely."""
    plays: list[tuple[dict[str, float], Player]] = [({}, random_player(4))]
    if patient.spec["has"]["script"]:
        ends = [{p["name"]: p[end]} for p in patient.spec["params"] for end in ("max", "min")]
        plays.extend((params, scripted) for params in [*reversed(ends), {}])
    return plays


def spans(values: NDArray[Any]) -> str:
    """Words for the range of some whole numbers."""
    return f"{int(values.min())} to {int(values.max())}"
