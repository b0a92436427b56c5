"""A segment of play: what is written down is what happened, in whichever parts it was played."""

from typing import Any

import numpy as np
import pytest
import torch

from envs_c.binding import VecEnv
from trainer.config import make_config
from trainer.phases import Phases
from trainer.policy import Actions
from trainer.ppo import Run

SMALL: dict[str, Any] = {"copies": 6, "segment": 48, "hidden": 16, "minibatches": 2, "epochs": 1}


@pytest.mark.parametrize("name", ["squared", "pong", "connect4", "snake"])
@pytest.mark.parametrize("recurrent", ["none", "lstm"])
@pytest.mark.parametrize("overlap", [False, True])
def test_experience_is_what_happened(name: str, recurrent: str, overlap: bool) -> None:
    """The recorded actions, played again, give every recorded number."""
    settings = {**SMALL, "recurrent": recurrent, "overlap": overlap, "seed": 4}
    if name == "pong":
        settings |= {"segment": 400, "params": {"points": 1}}
    run = Run(name, make_config(settings))
    again = VecEnv(name, 6, seed=4, params=run.config.params)
    state = torch.zeros(again.rows, run.policy.state_size)
    start = np.ones(again.rows, bool)
    endings = 0
    for _ in range(2):
        with torch.no_grad():
            x = run.rollout.play(run.policy)
            torch.testing.assert_close(
                x.state, state, atol=1e-5, rtol=0
            )  # other batches, other sums
            for t in range(len(x.obs)):
                assert np.array_equal(x.obs[t], again.obs)
                assert np.array_equal(x.active[t], again.active != 0)
                assert np.array_equal(x.start[t], start)
                if x.mask is not None and again.mask is not None:
                    assert np.array_equal(x.mask[t], again.mask)
                out = run.policy(x.obs[t], state)
                state = out.state
                chosen = Actions(run.policy, out.logits, None if x.mask is None else x.mask[t])
                acts = x.active[t]
                torch.testing.assert_close(
                    x.log_prob[t][acts], chosen.log_prob(x.actions[t])[acts], atol=1e-5, rtol=0
                )
                torch.testing.assert_close(x.value[t][acts], out.value[acts], atol=1e-5, rtol=0)
                again.step(x.actions[t].numpy())
                assert np.array_equal(x.reward[t], again.rewards)
                ended = (again.terminated | again.truncated) != 0
                assert np.array_equal(x.ended[t], ended)
                boot = run.policy(torch.from_numpy(again.final_obs), state).value.numpy()
                want = np.where(again.truncated != 0, boot, 0)
                np.testing.assert_allclose(x.boot[t], want, atol=1e-5)
                state = state * torch.from_numpy(~ended)[:, None]
                start, endings = ended, endings + int(ended.sum())
            assert np.array_equal(x.last_active, again.active != 0)
            last = run.policy(torch.from_numpy(again.obs), state).value
            torch.testing.assert_close(x.last_value, last, atol=1e-5, rtol=0)
    assert endings > 0


@pytest.mark.parametrize("name", ["pong", "connect4"])
def test_in_two_parts_as_in_one(name: str) -> None:
    """Against the script too; its own random numbers belong to the rows."""
    weights = []
    for overlap in (False, True):
        run = Run(name, make_config({**SMALL, "scripted": 0.5, "overlap": overlap}))
        assert len(run.env.parts) == 1 + overlap
        for _ in range(3):
            run.update()
        weights.append(torch.cat([p.flatten() for p in run.policy.parameters()]))
    torch.testing.assert_close(weights[0], weights[1], atol=1e-6, rtol=0)


def test_opponents_play_every_row_that_is_not_the_learners() -> None:
    settings = {**SMALL, "copies": 8, "past": 0.25, "scripted": 0.25, "random": 0.25}
    for overlap in (False, True):
        run = Run("pong", make_config({**settings, "overlap": overlap}))
        run.opponents.shuffle(run.policy, 0)
        unset = -7
        run.env.actions[:] = unset
        for part in range(len(run.env.parts)):
            run.opponents.act(run.env, part, run.rollout.noise[0])
        learner = np.zeros(run.env.rows, bool)
        learner[run.opponents.seating.learner] = True
        assert np.array_equal(run.env.actions[:, 0] == unset, learner)
        assert learner.sum() == 16 - 6


@pytest.mark.parametrize("name", ["squared", "connect4", "snake"])
def test_the_script_is_asked_and_the_policy_plays(name: str) -> None:
    """What it says is what it would do there; what is played is another thing."""
    run = Run(name, make_config({**SMALL, "imitate": 1, "seed": 4}))
    again = VecEnv(name, 6, seed=4)
    everybody, agreed = np.ones(again.rows, np.uint8), []
    x = run.rollout.play(run.policy, ask=True)
    assert x.said is not None
    for t in range(len(x.obs)):
        again.script(everybody & again.active)
        acts = again.active != 0
        assert np.array_equal(x.said[t][acts], again.actions[acts])
        agreed.append((x.said[t] == x.actions[t])[acts].float().mean())
        again.step(x.actions[t].numpy())
        assert np.array_equal(x.reward[t], again.rewards)
    assert 0.05 < np.mean(agreed) < 0.7
    assert run.rollout.play(run.policy).said is None


def test_chance_opens_games() -> None:
    """For 0 to 6 ticks, evenly; nothing of them is learned from; masks hold."""
    settings = {**SMALL, "copies": 400, "segment": 30, "opening": 6, "seed": 5}
    run = Run("connect4", make_config(settings))
    with torch.no_grad():  # a policy that always wants the last column
        run.policy.action.bias[:] = torch.tensor([-20.0] * 6 + [20.0])
    assert run.rollout.openings is not None
    lengths = run.rollout.openings.left.copy()
    assert np.bincount(lengths).tolist() == pytest.approx([400 / 7] * 7, abs=30)
    x = run.rollout.play(run.policy)
    mover = np.arange(30) % 2  # of each first game, while it lasts
    for copy, opening in enumerate(lengths):
        rows = slice(2 * copy, 2 * copy + 2)
        for t in range(6):
            assert x.active[t, rows].tolist() == [
                t >= opening and mover[t] == 0,
                t >= opening and mover[t] == 1,
            ]
            assert x.mask is not None
            row = 2 * copy + mover[t]
            assert x.mask[t, row, x.actions[t, row]] if t >= opening else True
    first = torch.from_numpy(run.env.finals if run.env.over.all() else run.env.state)
    assert len(torch.unique(first, dim=0)) > 100  # no two alike for long
    begun = run.rollout.openings.games
    assert begun.min() >= 0 and begun.max() >= 1
    again = Run("connect4", make_config(settings)).rollout.openings
    assert again is not None and np.array_equal(again.left, lengths)


def test_chance_is_even_where_actions_are_numbers() -> None:
    config = make_config({**SMALL, "copies": 2, "segment": 4})
    run = Run("squared", config)
    run.opponents.players[0].continuous = True
    env = run.env
    env.actions = np.zeros((env.rows, 1), np.float32)
    noise = torch.randn(20_000, 1, generator=torch.Generator().manual_seed(1))
    drawn = []
    for i in range(0, 20_000, env.rows):
        run.opponents.act_by_chance(env, np.arange(env.rows), noise[i : i + env.rows])
        drawn.append(env.actions.copy())
    values = np.concatenate(drawn)
    shares = np.histogram(values, bins=10, range=(-1, 1))[0] / len(values)
    assert shares == pytest.approx(0.1, abs=0.01)


def test_phases_add_up() -> None:
    phases = Phases()
    phases.mark("before")
    phases.start()
    run = Run("squared", make_config(SMALL))
    measured = run.update()
    taken = {k: v for k, v in measured.items() if k.startswith("seconds_")}
    assert list(taken) == [
        f"seconds_{phase}"
        for phase in (
            *("opponents", "recording", "deciding", "stepping"),
            *("advantages", "forward", "backward", "optimiser"),
        )
    ]
    assert sum(taken.values()) == pytest.approx(measured["seconds"])
    assert "before" not in phases.drain()


def test_bfloat16_learns_squared() -> None:
    settings = {"copies": 256, "segment": 32, "epochs": 3, "minibatches": 4, "lr": 2e-3}
    run = Run(
        "squared", make_config({**settings, "entropy": 0.03, "seed": 2, "precision": "bfloat16"})
    )
    assert all(p.dtype == torch.float32 for p in run.policy.parameters())
    first = run.update()
    for _ in range(49):
        last = run.update()
    assert first["self/score"] < -0.2
    assert last["self/score"] > 0.1
