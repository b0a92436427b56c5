"""Ratings and ladders: seats dealt fairly, strengths found again, sidecars, rungs."""

import json
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from envs_c.binding import VecEnv
from envs_c.build import ROOT, EnvError
from exporter.ladder import choose, pick_ladder
from trainer import checkpoint
from trainer.config import Floor, make_config
from trainer.ladder import contenders, hold_ladder, write_ratings
from trainer.players import make_player
from trainer.ratings import points, rate
from trainer.tournament import Games, deal, play_games
from trainer.train import checkpoints_due, train

LADDER = ["scripted:4", "scripted:1"]


def test_every_pair_meets_as_often_from_each_seat() -> None:
    seating = deal(4, 2, 1200, 1)
    met = np.zeros((4, 4), int)
    np.add.at(met, (seating[:, 0], seating[:, 1]), 1)
    assert np.array_equal(met, 100 * (1 - np.eye(4, dtype=int)))


def test_a_yard_is_shared_evenly() -> None:
    seating = deal(5, 16, 4000, 1)
    assert seating.shape == (500, 16)
    counts = np.stack([np.bincount(game, minlength=5) for game in seating])
    assert counts.min() == 3
    assert counts.max() == 4
    assert np.array_equal(counts.sum(axis=0), [1600] * 5)
    by_seat = np.stack([np.bincount(column, minlength=5) for column in seating.T])
    assert abs(by_seat - 100).max() < 40  # 100 give or take 9


def test_alone_each_plays_as_often() -> None:
    assert np.bincount(deal(3, 1, 300, 1).ravel()).tolist() == [100, 100, 100]


def test_apart_each_has_all_seats_of_its_games() -> None:
    seating = deal(3, 16, 240, 1, separate=True)
    assert seating.shape == (30, 16)
    assert (seating == seating[:, :1]).all()
    assert np.bincount(seating[:, 0]).tolist() == [10, 10, 10]
    assert deal(5, 64, 100, 1, separate=True).shape == (10, 64)  # two each, for an interval


def test_seats_of_a_game_are_compared_two_by_two() -> None:
    games = Games(
        seating=np.array([[0, 1, 1, 2]]),
        scores=np.zeros((1, 4)),
        value=np.array([[3.0, 1.0, 3.0, 5.0]]),
    )
    want = np.array([[0, 1.5, 0], [0.5, 0, 0], [1, 2, 0]])  # nobody is compared with himself
    assert np.array_equal(points(games, 3)[0], want)


def test_known_strengths_are_found_again() -> None:
    """Games drawn from the model at 0, 200 and 500: the ratings come out, with honest intervals."""
    truth = np.array([0.0, 200.0, 500.0])
    rng = np.random.default_rng(5)
    inside = 0
    for trial in range(8):
        games = np.zeros((1500, 3, 3))
        for at, (i, j) in enumerate(list(combinations(range(3), 2)) * 500):
            won = rng.random() < 1 / (1 + 10 ** ((truth[j] - truth[i]) / 400))
            games[at, i, j], games[at, j, i] = won, 1 - won
        found = rate(games, 0, trial)
        assert found.value[0] == found.low[0] == found.high[0] == 0
        assert np.abs(found.value - truth).max() < 90
        inside += int(((found.low <= truth) & (truth <= found.high))[1:].sum())
    assert 12 <= inside <= 16  # of 16, 95 % of which ought to be


def test_who_always_wins_has_a_finite_rating_and_a_wide_interval() -> None:
    games = np.zeros((100, 2, 2))
    games[:, 1, 0] = 1
    found = rate(games, 0, 1)
    assert found.value[1] == pytest.approx(400 * np.log10(100.5 / 0.5), abs=0.1)
    assert found.low[1] < found.value[1] - 100
    assert found.high[1] > found.value[1] + 300


def test_stronger_players_are_rated_higher_and_the_points_add_up() -> None:
    ladder = hold_ladder("connect4", contenders("connect4", LADDER), 240, 1)
    assert [p.name for p in ladder.players] == ["scripted:4", "scripted:1", "random"]
    best, worse, chance = ladder.players
    assert best.low is not None
    assert worse.rating is not None
    assert best.low > worse.rating > 0 == chance.rating
    for a, b in combinations(ladder.points, 2):
        ab, ba = ladder.points[a][b], ladder.points[b][a]
        assert ab is not None
        assert ba is not None
        assert ab + ba == pytest.approx(1)
    assert {p.games for p in ladder.players} == {160}
    assert ladder == hold_ladder("connect4", contenders("connect4", LADDER), 240, 1)


def test_games_of_turns_open_by_chance() -> None:
    """Four moves drawn evenly: two players who always choose the first column differ in games."""

    class First:
        def act(self, env: VecEnv, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
            assert env.mask is not None
            env.actions[rows, 0] = env.mask[rows].argmax(axis=1)
            if self.tick < 6:
                self.boards.append(env.obs[rows].copy())
            self.tick += 1

        def forget(self, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
            pass

        def __init__(self) -> None:
            self.tick = 0
            self.boards: list[np.ndarray[tuple[int, int], np.dtype[np.uint8]]] = []

    for opening, least in ((0, 1), (4, 40)):
        player = First()
        env = VecEnv("connect4", 64, seed=1)
        play_games(env, [player], np.zeros((64, 2), np.int64), opening, 1)
        different = {board.tobytes() for board in player.boards[5]}
        assert least <= len(different) <= (1 if opening == 0 else 64)


def test_a_yard_is_rated_by_the_length_of_its_snakes() -> None:
    ladder = hold_ladder("snake", contenders("snake", ["scripted"]), 16, 1)
    assert [p.name for p in ladder.players] == ["scripted", "random"]
    assert ladder.players[0].score > 3 * ladder.players[1].score
    assert ladder.points["scripted"]["random"] == 1.0


def test_crowds_of_one_kind_each_are_ordered_by_score(monkeypatch: pytest.MonkeyPatch) -> None:
    floor = Floor("scripted", "reward_per_tick", 1.0, relative=True, separate=True)
    monkeypatch.setattr("trainer.tournament.load_floors", lambda name: [floor])
    ladder = hold_ladder("snake", {"scripted": "scripted", "random": "random"}, 32)
    assert [(p.name, p.rating, p.games) for p in ladder.players] == [
        ("scripted", None, 2),
        ("random", None, 2),
    ]
    assert ladder.players[0].score_low > ladder.players[1].score_high > 0 and not ladder.points


def test_alone_players_are_ordered_by_score() -> None:
    ladder = hold_ladder("squared", contenders("squared", ["scripted"]), 400, 1)
    best, chance = ladder.players
    assert (best.name, best.rating, best.score) == ("scripted", None, 1.0)
    assert chance.score_low < chance.score < chance.score_high < 0
    assert ladder.points == {}


def test_the_command_prints_a_table_or_one_object() -> None:
    command = [sys.executable, "-m", "trainer", "ladder", "squared", "--games", "90"]

    def told(*more: str) -> str:
        result = subprocess.run(
            [*command, *more], cwd=ROOT, capture_output=True, text=True, check=True
        )
        return result.stdout

    found = json.loads(told("--json", "--players", "scripted"))
    assert (found["env"], found["games"], found["seed"]) == ("squared", 90, 1)
    assert [p["name"] for p in found["players"]] == ["scripted", "random"]
    wanted = {"name", "rating", "low", "high", "score", "score_low", "score_high", "games"}
    assert set(found["players"][0]) == wanted
    assert "90 games, seed 1" in told("--players", "scripted")


def test_ratings_go_into_the_sidecars_and_leave_the_files_alone(tmp_path: Path) -> None:
    folder = tmp_path / "connect4"
    folder.mkdir()
    (folder / "scripted:4.json").write_text('{"rating": null, "sha256": "x"}')
    ladder = hold_ladder("connect4", contenders("connect4", LADDER), 60, 1)
    assert write_ratings(ladder, folder) == [folder / "scripted:4.json"]
    facts = json.loads((folder / "scripted:4.json").read_text())
    best = ladder.players[0]
    assert facts["sha256"] == "x"
    assert facts["rating"] == {
        **{"unit": "elo", "value": best.rating, "low": best.low, "high": best.high},
        **{"games": best.games, "opponents": ["scripted:1", "random"]},
    }


def test_players_are_named_once() -> None:
    with pytest.raises(EnvError, match=r"two players named 'best': .* and elsewhere/best\.onnx"):
        contenders("pong", ["best", "elsewhere/best.onnx"])
    with pytest.raises(EnvError, match="nobody to rate beside random"):
        contenders("pong", ["random"])


def test_a_checkpoint_is_played_as_it_would_ship(tmp_path: Path) -> None:
    """Squared ships greedy: the same observation always gets the same action."""
    config = {"copies": 8, "segment": 8, "hidden": 16, "minibatches": 1, "steps": 64}
    path = train("squared", make_config(config), tmp_path / "run")
    env = VecEnv("squared", 64, seed=1)
    env.state[:] = env.state[0]
    env.show()
    make_player(str(path), env, 1).act(env, np.arange(64))
    assert len(np.unique(env.actions)) == 1
    make_player(str(path), env, 1, "sampled").act(env, np.arange(64))
    assert len(np.unique(env.actions)) == 5


# --- Rungs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rungs", "want"),
    [(3, [100, 550, 1000]), (4, [100, 400, 700, 1000]), (5, [100, 400, 550, 700, 1000])],
)
def test_rungs_are_even_in_strength_and_not_in_steps(rungs: int, want: list[int]) -> None:
    strengths = [-20.0, 0.0, 100.0, 400.0, 550.0, 700.0, 900.0, 990.0, 1000.0, 980.0]
    assert [strengths[i] for i in choose(strengths, 0.0, rungs)] == want


def test_equals_are_no_rungs() -> None:
    with pytest.raises(EnvError, match="want 3 checkpoints of different strength, got 2"):
        choose([0.0, 1.0, 1.0, 0.0], 0.0, 3)


def test_of_equals_the_last_is_the_best() -> None:
    assert choose([0.0, 5.0, 2.0, 2.0, 5.0, 3.5, 5.0], 0.0, 3)[-1] == 6


def test_checkpoints_come_often_early_on() -> None:
    config = make_config({"checkpoint_every": 100, "first_checkpoint": 10})
    due = [checkpoints_due(steps, config) for steps in (9, 10, 19, 20, 40, 80, 99, 100, 250, 300)]
    assert due == [0, 1, 1, 2, 3, 4, 4, 5, 6, 7]


def test_a_runs_checkpoints_are_rated_and_chosen(tmp_path: Path) -> None:
    config = {"copies": 32, "segment": 16, "hidden": 32, "minibatches": 2, "steps": 8192}
    train("pong", make_config({**config, "first_checkpoint": 1000, "lr": 3e-3}), tmp_path)
    saved = sorted(path.name for path in tmp_path.glob("policy-*.pt"))
    assert saved == [f"policy-{steps:012d}.pt" for steps in (1024, 2048, 4096, 8192)]
    env, picked = pick_ladder(tmp_path, 3, games=60)
    assert (env, list(picked)) == ("pong", ["rookie", "club", "best"])
    strengths = [rung.strength for rung in picked.values()]
    assert strengths == sorted(strengths)
    assert checkpoint.load(picked["best"].path)["env"] == "pong"


@pytest.mark.parametrize(
    ("rungs", "message"), [(2, "want 3 to 5 rungs, got 2"), (3, "holds 0 checkpoints, want 3")]
)
def test_a_ladder_that_cannot_be_is_refused(tmp_path: Path, rungs: int, message: str) -> None:
    with pytest.raises(EnvError, match=message):
        pick_ladder(tmp_path, rungs)
