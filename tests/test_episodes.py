"""What every environment must do when an episode ends: flags, final observations, metrics."""

import numpy as np
import pytest
from numpy.typing import NDArray

from envs_c.binding import VecEnv
from tests.subjects import Player, Subject


def running(env: VecEnv) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Return and length of each row's running episode, as C sums them up at the end of a Copy."""
    agents = env.spec["agents"]
    tail = env.state[:, -8 * agents :]
    returns = tail[:, : 4 * agents].copy().view(np.float32)[:, : env.seats].reshape(-1)
    lengths = tail[:, 4 * agents :].copy().view(np.int32)[:, : env.seats].reshape(-1)
    return returns, lengths


@pytest.fixture
def env(subject: Subject) -> VecEnv:
    return subject.make(6, seed=11)


def test_flags_and_final_observations(subject: Subject, env: VecEnv) -> None:
    probe = subject.make()
    player, out = Player(env, scripted=0.3), np.zeros(env.rows, bool)
    seen = {"terminated": 0, "truncated": 0, "over": 0}
    for _ in range(4200):
        env.final_obs.fill(77)
        env.finals.fill(77)
        player.play(1)
        ended = (env.terminated | env.truncated) != 0
        for name in seen:
            flags = getattr(env, name)
            assert set(np.unique(flags)) <= {0, 1}
            seen[name] += int(flags.sum())
        assert not (env.terminated & env.truncated).any()
        assert not (ended & out).any()  # none ends twice
        assert (env.final_obs[~ended] == 77).all()
        assert (env.finals[env.over == 0] == 77).all()
        over = np.repeat(env.over, env.seats) != 0
        assert (ended | out)[over].all()
        out = (out | ended) & ~over & (env.active == 0) & (not env.spec["turn_based"])
        lengths = running(env)[1]
        assert (lengths[over | (ended & ~out)] == 0).all()
        for copy in np.flatnonzero(env.over):
            probe.state[0] = env.finals[copy]
            probe.show()
            rows = np.arange(copy * env.seats, (copy + 1) * env.seats)
            flagged = ended[rows]
            assert (probe.obs[flagged] == env.final_obs[rows][flagged]).all()
    assert seen["terminated"] > 0
    assert seen["over"] > 0


def test_what_is_shown_is_the_state(subject: Subject, env: VecEnv) -> None:
    probe = subject.make(6, seed=99)
    player = Player(env, scripted=0.3)
    for _ in range(200):
        player.play(1)
        probe.state[:] = env.state
        probe.show()
        assert probe.obs.tobytes() == env.obs.tobytes()
        assert probe.active.tobytes() == env.active.tobytes()
        if env.mask is not None and probe.mask is not None:
            assert probe.mask.tobytes() == env.mask.tobytes()


def test_metrics_are_what_python_counts(env: VecEnv) -> None:
    player = Player(env, scripted=0.3)
    returns, lengths = np.zeros(env.rows), np.zeros(env.rows)
    sums = np.zeros((env.rows, 3))
    for _ in range(1500):
        player.play(1)
        returns += env.rewards
        lengths += 1
        over = np.repeat(env.over, env.seats) != 0
        for row in np.flatnonzero(env.terminated | env.truncated):
            sums[row] += 1, returns[row], lengths[row]
        fresh = over | ((env.terminated | env.truncated) != 0)
        returns[fresh] = 0
        lengths[fresh] = 0
        alive = env.active != 0
        got_returns, got_lengths = running(env)
        np.testing.assert_allclose(got_returns[alive], returns[alive], atol=1e-4)
        assert (got_lengths[alive] == lengths[alive]).all()
    np.testing.assert_allclose(env.metrics[:, :3], sums, atol=1e-3)
    odd = np.arange(1, env.rows, 2)
    some = env.drain(odd) if len(odd) else env.drain()
    want = sums[odd].sum(axis=0) if len(odd) else sums.sum(axis=0)
    assert some["episodes"] == want[0]
    assert some["episode_return"] == pytest.approx(want[1] / want[0], abs=1e-5)
    assert some["episode_length"] == pytest.approx(want[2] / want[0], abs=1e-5)
    assert np.isfinite(list(some.values())).all()
    rest = env.drain()
    assert rest["episodes"] == sums[:, 0].sum() - want[0]
    assert env.drain() == {"episodes": 0.0}
