"""Past policies: who is kept and drawn, and how the learner's results against each are counted."""

from collections import Counter
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from trainer.config import make_config
from trainer.policy import Policy
from trainer.pool import FLOOR, Pool, Tally
from trainer.ppo import Run
from trainer.selfplay import seat_rows


def pool_of(points: list[float], **settings: Any) -> Pool:
    """A pool in which the learner got these points a game, in a hundred games each."""
    pool = Pool(make_config(settings))
    for due, share in enumerate(points):
        pool.members.append({"due": due, "weights": {}, "points": 0.0, "games": 0.0})
        pool.record(due, 100 * share, 100)
    return pool


def test_who_beats_the_learner_is_drawn_more_often() -> None:
    torch.manual_seed(3)
    pool = pool_of([0.0, 0.5, 1.0])
    drawn = Counter(pool.draw()["due"] for _ in range(3000))
    p = [2 / 104, 0.5, 102 / 104]
    weights = [(1 - q) ** 2 + FLOOR for q in p]
    for due, weight in enumerate(weights):
        assert drawn[due] / 3000 == pytest.approx(weight / sum(weights), abs=0.03)
    even = Counter(pool_of([0.0, 0.5, 1.0], pool_by="uniform").draw()["due"] for _ in range(3000))
    assert min(even.values()) > 900


def test_estimates_follow_the_last_games() -> None:
    pool = pool_of([1.0])
    for _ in range(6):
        pool.record(0, 0.0, 100)
    assert pool.members[0]["games"] == pytest.approx(200)
    assert float(pool.estimates()[0]) == pytest.approx((100 * (2 / 3) ** 5 + 2) / 204)
    pool.record(7, 5.0, 5)  # one that has gone meanwhile
    assert len(pool.members) == 1


def test_the_first_and_the_newest_stay() -> None:
    run = Run("connect4", make_config({"copies": 2, "hidden": 8, "pool": 3, "pool_every": 10}))
    for steps in range(0, 100, 10):
        run.opponents.pool.add(run.policy, steps)
        dues = [member["due"] for member in run.opponents.pool.members]
        assert len(dues) <= 3 and dues == sorted(dues)
        assert dues[0] == 0 and dues[-1] == steps // 10


def games(seats: int, metrics: list[str], rows: int) -> Any:
    ended = np.zeros(rows, np.uint8)
    return SimpleNamespace(
        seats=seats,
        spec={"metrics": metrics},
        metrics=np.zeros((rows, len(metrics)), np.float32),
        terminated=ended,
        truncated=np.zeros_like(ended),
    )


def test_only_games_count_that_a_member_played_from_their_start() -> None:
    env = games(2, ["episodes", "score", "won", "drawn"], 6)
    tally = Tally(env, np.array([0, 3, 4]), np.array([1, 2, 5]))

    def tick(won: dict[int, float]) -> None:
        env.terminated[:] = 0
        for row, points in won.items():
            env.terminated[row] = 1
            env.metrics[row] += (1, 0, points == 1, points == 0.5)
        tally.watch(env, np.arange(3))

    tally.change(7, 3)
    tick({0: 1, 1: 0})
    tick({3: 0.5})
    assert tally.take() == (1.5, 2)
    env.metrics[[0, 3, 4]] = 0  # drained
    tally.clear(env)
    tally.change(8, 3)  # row 3's episode begins now; those of 0 and 4 run on
    tick({0: 1, 3: 1, 4: 1})
    assert tally.take() == (1, 1)
    tick({0: 1, 3: 0, 4: 0.5})
    assert tally.take() == (1.5, 3)


def test_without_a_winner_scores_are_compared_in_each_game() -> None:
    env = games(2, ["episodes", "score"], 4)
    tally = Tally(env, np.array([0, 3]), np.array([1, 2]))
    tally.change(1, 2)
    env.metrics[[1, 2]] = [[2, 6], [1, 5]]  # means 3 and 5
    env.metrics[[0, 3]] = [[1, 4], [1, 5]]
    env.terminated[[0, 3]] = 1
    tally.watch(env, np.arange(2))
    assert tally.take() == (1.5, 2)


def test_past_policies_share_the_games_whole() -> None:
    config = make_config({"copies": 6, "past": 0.5})
    ((mine_a, theirs_a), (mine_b, theirs_b)) = seat_rows(np.arange(6), 3, config).slots
    assert (mine_a.tolist(), theirs_a.tolist()) == ([10, 12, 14], [9, 11, 13])
    assert (mine_b.tolist(), theirs_b.tolist()) == ([16], [15, 17])
    ((mine_a, _), (_, theirs_b)) = seat_rows(np.array([1, 3, 5]), 3, config).slots
    assert (mine_a.tolist(), theirs_b.tolist()) == ([4], [6, 8])  # of games 3 and 5


def biased(policy: Policy, column: int) -> dict[str, Any]:
    weights = {k: v.clone() for k, v in policy.state_dict().items()}
    weights["action.weight"].zero_()
    weights["action.bias"].zero_()
    weights["action.bias"][column] = 20.0
    return weights


def test_a_hard_member_is_found_out_and_drawn_more_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever plays one column only wins in four moves unless blocked; chance seldom blocks."""
    settings = {"copies": 64, "segment": 32, "hidden": 8, "past": 1.0, "pool_every": 10**9}
    once = {"threads": 1, "lr": 0.0, "epochs": 1, "minibatches": 1}
    run = Run("connect4", make_config({**settings, **once}))
    pool = run.opponents.pool
    pool.add(run.policy, 0)
    member = {"due": 0, "points": 0.0, "games": 0.0}
    pool.members.insert(0, {**member, "due": -2, "weights": biased(run.policy, 0)})
    drawn: Counter[int] = Counter()
    draw = pool.draw

    def counted() -> dict[str, Any]:
        found = draw()
        drawn[found["due"]] += 1
        return found

    monkeypatch.setattr(pool, "draw", counted)
    for _ in range(60):
        measured = run.update()
    hard, itself = pool.estimates().tolist()
    assert hard < 0.35 and 0.35 < itself < 0.65
    assert sum(drawn.values()) > 30
    assert drawn[-2] > 1.25 * drawn[0]
    assert measured["pool/points_hardest"] == pytest.approx(hard)
    assert measured["pool/members"] == 2
