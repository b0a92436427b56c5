"""The doctor's checks of how episodes end: that they do, with which flag, and what is last seen."""

import numpy as np

from envs_c.doctor_play import LIMIT, Finding, Findings, Patient, Play
from envs_c.doctor_seen import spans

CLOCK_SHARE = 0.2
"""Of random episodes: if so many terminate at the very same, greatest length, a clock ends them."""


def check_ends(patient: Patient) -> Findings:
    """episode-endless, episode-refusal."""
    ends = patient.random_ends
    if ends.rows_without:
        rows = len(ends.rows_without)
        message = f"{rows} rows ended no episode in {LIMIT:,} ticks of random play"
        advice = "terminate when the game is decided, truncate after some thousand ticks"
        yield Finding("episode-endless", "error", message, advice)
        return  # constant play will hardly end either
    refused = patient.constant_ends
    if refused.rows_without:
        seats = patient.make(1).seats
        words = {patient.constants[row // seats][0]: None for row in refused.rows_without}
        longest = f"random episodes last {spans(ends.length)} ticks"
        listed = ", ".join(list(words)[:3]) + (
            f" and {len(words) - 3} more" if len(words) > 3 else ""
        )
        message = f"no end in {LIMIT:,} ticks of {listed}; {longest}"
        advice = "truncate after some thousand ticks, let time cost something, or forbid in legal"
        advice += " what changes nothing"
        yield Finding("episode-refusal", "warning", message, advice)


def check_flags(patient: Patient) -> Findings:
    """flags-both, flags-missing."""
    for play in patient.plays:
        both = np.argwhere(play.terminated & play.truncated)
        if len(both):
            message = f"terminated and truncated both set {len(both)} times, first at "
            advice = "truncate only what has not terminated: late && !done"
            yield Finding("flags-both", "error", message + play.place(both[0]), advice)
            break
    for play in patient.plays:
        missing = _unflagged(play)
        if missing:
            message = "the game was over, but a seat in it got neither flag: "
            advice = "flag every seat that has not ended before when step returns true"
            yield Finding("flags-missing", "error", message + play.place(missing), advice)
            break


def _unflagged(play: Play) -> tuple[int, int] | None:
    """A tick and a row whose game ended while it was playing, without a flag."""
    rows = np.arange(play.rewards.shape[1])
    ended_before = np.zeros(len(rows), bool)
    for tick, ended in enumerate(play.ended != 0):
        over = play.over[tick, rows // play.seats] != 0
        playing = (play.active[tick] != 0) | ~ended_before
        wrong = np.flatnonzero(over & ~ended & playing)
        if len(wrong):
            return tick, int(wrong[0])
        ended_before = (ended_before | ended) & ~over
    return None


def check_clock(patient: Patient) -> Findings:
    """clock-terminated, rule-truncated.

    A limit of time shows as many episodes of the same, greatest length: those are truncated. Where
    their last decision was forced, as the last cell of a board is, moves ran out, and not time.
    What is truncated at different ages of the game and of the episode was ended by the rules.
    """
    ends = patient.random_ends
    if not len(ends.length):
        return
    longest = ends.length == ends.length.max()
    often = longest.sum() >= max(8, CLOCK_SHARE * len(longest))
    if often and not ends.truncated[longest].any() and not ends.forced[longest].all():
        share = f"{int(longest.sum())} of {len(longest)} random episodes"
        message = f"{share} terminate after exactly {ends.length.max()} ticks, none later"
        advice = "an end by time is truncated, not terminated: the agent could have played on"
        yield Finding("clock-terminated", "warning", message, advice)
    length, age = ends.length[ends.truncated], ends.age[ends.truncated]
    if len(length) >= 4 and len(set(length.tolist())) > 1 and len(set(age.tolist())) > 1:
        message = f"{len(length)} random episodes truncated at {spans(length)} ticks"
        advice = "an end by the rules is terminated; truncate only when time runs out"
        yield Finding("rule-truncated", "warning", message, advice)


def check_final_obs(patient: Patient) -> Findings:
    """final-obs: not what `observe` says of the game as it ended, or of a game begun anew."""
    advice = "leave the end of the game in State; env_exports.h begins the next one"
    trial = patient.make(1)
    for play in patient.plays:
        for tick, copy, final in play.finals:
            trial.state[0] = final
            trial.show()
            rows = slice(copy * play.seats, (copy + 1) * play.seats)
            flagged = play.ended[tick, rows] != 0
            last, shown = play.final_obs[tick, rows], trial.obs
            unlike = [a.tobytes() != b.tobytes() for a, b in zip(last, shown, strict=True)]
            wrong = np.array(unlike) & flagged
            if wrong.any():
                place = play.place((tick, int(wrong.argmax())))
                message = f"final_obs is not what observe says of the game's end ({place})"
                yield Finding("final-obs", "error", message, advice)
                return
    finals = np.array([final for play in patient.plays for _, _, final in play.finals])
    if len(finals) < 8:
        return
    size = (
        finals.shape[1] - 8 * patient.spec["agents"]
    )  # of State: a float and an int a seat follow
    openings = patient.make(64).state[:, :size]
    still = (openings == openings[0]).all(axis=0)
    running = np.array(patient.states)[:, :size]
    moves = (running[:, still] != openings[0, still]).any(axis=1).mean() > 0.5
    if moves and (finals[:, :size][:, still] == openings[0, still]).all():
        message = f"all of {len(finals)} games stood at their end as they begin"
        yield Finding("final-obs", "error", message, advice + "; do not call reset in step")
