"""The rules of boids, with numbers."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from envs_c.binding import VecEnv
from tests.layout import assert_layout, games, state_type

W, H, AGENTS, NEAREST, TURNS, SPEED, ROOM, TOUCH = 960, 640, 64, 8, 64, 3, 30, 12
AVOID = 36
LAYOUT = state_type(
    "boids",
    [
        *(("x", "f4", AGENTS), ("y", "f4", AGENTS), ("crowded", "i4", AGENTS)),
        *(("born", "i4", AGENTS), ("fell_x", "f4", AGENTS), ("fell_y", "f4", AGENTS)),
        *(("ticks", "i4"), ("heading", "u1", AGENTS)),
    ],
)
LEFT, STRAIGHT, RIGHT = range(3)
EAST, SOUTH, WEST, NORTH = 0, 16, 32, 48  # headings
Bird = tuple[float, float, int]  # x, y, heading
F32 = NDArray[np.float32]


def sky(*birds: Bird, **params: float) -> tuple[VecEnv, Any]:
    """One game with these birds, the rest out of everybody's sight, and its record."""
    env = VecEnv("boids", 1, params={"birds": 8, "sight": 60} | params)
    game = games(env.state, LAYOUT)[0]
    far = [(90.0 + 110 * i, 600.0, EAST) for i in range(8)]
    for a, (x, y, heading) in enumerate([*birds, *far[: 8 - len(birds)]]):
        game["x"][a], game["y"][a], game["heading"][a] = x, y, heading
    env.show()
    return env, game


def act(env: VecEnv, *choices: int) -> F32:
    """Play one tick, those without a choice straight on; the rewards."""
    env.actions.fill(STRAIGHT)
    env.actions[: len(choices), 0] = choices
    env.step()
    return env.rewards


def seen(env: VecEnv, bird: int = 0) -> F32:
    """(8, 5) what a bird observes."""
    table: F32 = env.obs[bird, :40].reshape(NEAREST, 5)
    return table


def back(x: float, y: float, heading: int) -> Bird:
    """The bird that will be at x, y after a tick straight on."""
    towards = heading * math.tau / TURNS
    return x - SPEED * math.cos(towards), y - SPEED * math.sin(towards), heading


# --- By hand --------------------------------------------------------------------------------------


def test_layout(tmp_path: Path) -> None:
    assert_layout("boids", LAYOUT, tmp_path)


def test_games_open_anywhere() -> None:
    game = games(VecEnv("boids", 100, seed=3).state, LAYOUT)
    for field, size in (("x", W), ("y", H)):
        assert game[field].min() >= 0 and game[field].max() < size
        parts = np.histogram(game[field], 4, (0, size))[0]
        assert parts.sum() == 6400 and parts.min() > 1450
    assert np.unique(game["heading"]).tolist() == list(range(TURNS))


@pytest.mark.parametrize(("choice", "turn"), [(LEFT, -1), (STRAIGHT, 0), (RIGHT, 1)])
@pytest.mark.parametrize("heading", [EAST, 10, SOUTH, 63])
def test_turns(choice: int, turn: int, heading: int) -> None:
    env, game = sky((400, 300, heading))
    act(env, choice)
    assert game["heading"][0] == (heading + turn) % TURNS
    towards = (heading + turn) * math.tau / TURNS
    moved = game["x"][0] - 400, game["y"][0] - 300
    np.testing.assert_allclose(
        moved, (SPEED * math.cos(towards), SPEED * math.sin(towards)), atol=1e-4
    )


@pytest.mark.parametrize(
    ("bird", "to"),
    [
        ((958, 300, EAST), (1, 300)),
        ((2, 300, WEST), (959, 300)),
        ((400, 638, SOUTH), (400, 1)),
        ((400, 2, NORTH), (400, 639)),
    ],
)
def test_what_leaves_comes_in_opposite(bird: Bird, to: tuple[float, float]) -> None:
    env, game = sky(bird)
    act(env)
    np.testing.assert_allclose((game["x"][0], game["y"][0]), to, atol=1e-4)


@pytest.mark.parametrize("heading", [EAST, 5, SOUTH, 40, 63])
def test_birds_are_seen_from_the_own_heading(heading: int) -> None:
    """One 30 px ahead and 12 to the right that flies a quarter turn to the right."""
    towards = heading * math.tau / TURNS
    c, n = math.cos(towards), math.sin(towards)
    other = (400 + 30 * c - 12 * n, 300 + 30 * n + 12 * c, (heading + 16) % TURNS)
    env, _ = sky((400, 300, heading), other)
    np.testing.assert_allclose(seen(env)[0], [1, 30 / 60, 12 / 60, 0, 1], atol=1e-5)
    assert not seen(env)[1:].any()
    # Who is a quarter turn further sees the first 12 px behind, 30 to the right.
    np.testing.assert_allclose(seen(env, 1)[0], [1, -12 / 60, 30 / 60, 0, -1], atol=1e-5)


def test_sight_goes_around_the_rim_and_ends() -> None:
    env, _ = sky((5, 5, EAST), (945, 5, EAST), (5, 615, EAST))
    np.testing.assert_allclose(seen(env)[0], [1, -20 / 60, 0, 1, 0], atol=1e-5)
    np.testing.assert_allclose(seen(env)[1], [1, 0, -30 / 60, 1, 0], atol=1e-5)
    env, _ = sky((400, 300, EAST), (460, 300, EAST), (400, 240.5, EAST))
    np.testing.assert_allclose(seen(env)[0], [1, 0, -59.5 / 60, 1, 0], atol=1e-5)
    assert not seen(env)[1:].any()


def test_what_birds_come_to_together() -> None:
    """One 30 px ahead that turns right, one 18 px to the left that flies alike."""
    env, _ = sky((400, 300, EAST), (430, 300, SOUTH), (400, 282, EAST))
    flock = [0.5, 0.5, 15 / 60, -9 / 60, -(1 - 30 / AVOID), 1 - 18 / AVOID, 0]
    np.testing.assert_allclose(env.obs[0, 40:], flock, atol=1e-5)
    assert env.obs[7, 40:].tolist() == [0] * 6 + [1]  # one that sees nobody
    env, _ = sky((400, 300, EAST), (400, 313, EAST), (410, 313, EAST), (390, 313, EAST))
    assert env.obs[0, 45] == -1  # three on one side push harder than can be told


def test_nearest_first_and_of_equals_the_lower_number() -> None:
    ring = [(440, 300, 1), (400, 340, 2), (400, 320, 3), (360, 300, 4), (400, 260, 5)]
    env, _ = sky((400, 300, EAST), *ring)
    turned = np.arctan2(seen(env)[:5, 4], seen(env)[:5, 3]) * TURNS / math.tau
    assert np.rint(turned).tolist() == [3, 1, 2, 4, 5]


def test_nearer_ones_take_the_place_of_the_eighth() -> None:
    env, game = sky(birds=12, sight=300)
    for a in range(12):  # the later, the nearer
        game["x"][a], game["y"][a], game["heading"][a] = 400 + 10 * (12 - a), 300, EAST
    game["x"][0] = 400
    env.show()
    np.testing.assert_allclose(seen(env)[:, 1] * 300, np.arange(10, 90, 10), atol=1e-3)


def test_alone_is_worth_nothing() -> None:
    env, _ = sky((400, 300, EAST))
    assert act(env)[0] == 0


@pytest.mark.parametrize(
    ("other", "reward"),
    [
        ((445, 300, EAST), 0.5 / 8 * (1 - 45 / 60) + 0.5),  # cohesion and alignment
        ((430, 300, EAST), 0.5 / 8 * (1 - 30 / 60) + 0.5),  # just not too near
        ((415, 300, EAST), 0.5 / 8 * (1 - 15 / 60) + 0.5 - 0.25),
        ((400, 345, WEST), 0.5 / 8 * (1 - 45 / 60) - 0.5),
        ((400, 345, NORTH), 0.5 / 8 * (1 - 45 / 60)),
        ((400, 345, 8), 0.5 / 8 * (1 - 45 / 60) + 0.5 * math.sqrt(0.5)),
        ((412.5, 300, EAST), 0.5 / 8 * (1 - 12.5 / 60) + 0.5 - 0.5 * (1 - 12.5 / 30)),
    ],
)
def test_the_reward_of_two(other: Bird, reward: float) -> None:
    env, _ = sky(back(400, 300, EAST), back(*other))
    np.testing.assert_allclose(act(env)[:2], reward, atol=1e-4)


def test_the_most_that_a_tick_brings_is_one() -> None:
    """In the middle of eight that are 40 px away and fly alike."""
    env, game = sky(birds=9)
    for a in range(9):
        at = a * math.tau / 8
        x, y = (400, 300) if a == 8 else (400 + 40 * math.cos(at), 300 + 40 * math.sin(at))
        game["x"][a], game["y"][a], game["heading"][a] = x, y, NORTH
    np.testing.assert_allclose(act(env)[8], 1, atol=1e-4)


@pytest.mark.parametrize(("far", "touch"), [(11.9, True), (12.1, False)])
def test_who_touches_starts_again_elsewhere(far: float, touch: bool) -> None:
    env, game = sky(back(400, 300, EAST), back(400, 300 + far, EAST))
    game["ticks"], game["crowded"][:2] = 70, 9
    rewards = act(env)[:2]
    assert (env.terminated[:3] == [touch, touch, 0]).all()
    assert not env.truncated.any() and not env.over.any()
    if not touch:
        assert (rewards > 0).all() and (game["born"] == 0).all()
        assert (game["crowded"][:3] == [10, 10, 0]).all()
        return
    assert (rewards == -1).all() and (game["born"][:3] == [71, 71, 0]).all()
    assert (game["crowded"][:3] == 0).all()
    for a in range(2):
        apart = np.hypot(*(way(game[f][a] - game[f][:8], n) for f, n in (("x", W), ("y", H))))
        assert np.sort(apart)[1] >= ROOM
        np.testing.assert_allclose((game["fell_x"][a], game["fell_y"][a]), (400, 300 + a * far))


def test_all_are_cut_off_after_600_ticks() -> None:
    env = VecEnv("boids", 2, seed=4)
    for _ in range(599):
        act(env)
        assert not env.truncated.any() and not env.over.any()
    act(env)
    assert (env.truncated ^ env.terminated).all() and env.truncated.sum() > 100 and env.over.all()
    assert (games(env.finals, LAYOUT)["ticks"] == 600).all()
    assert (games(env.state, LAYOUT)["ticks"] == 0).all()


def test_how_long_a_bird_was_apart_is_measured() -> None:
    """Two pass 14 px from each other, and are nearer than 30 px in 9 ticks of 600."""
    env, game = sky((400, 300, EAST), (460, 314, WEST))
    near = 0
    for _ in range(30):
        act(env)
        near += math.hypot(game["x"][0] - game["x"][1], 14) < ROOM
    assert near == 9 and game["crowded"][:3].tolist() == [9, 9, 0]
    game["ticks"], game["x"][1], game["y"][1] = 599, 100, 100
    act(env)
    apart = env.metrics[:3, env.spec["metrics"].index("apart")]
    np.testing.assert_allclose(apart, [1 - 9 / 600, 1 - 9 / 600, 1], atol=1e-6)


@pytest.mark.parametrize(("heading", "score"), [(EAST, 53), (NORTH, 3), (WEST, -47)])
def test_the_score_is_the_mean_reward_in_percent(heading: int, score: int) -> None:
    """0.5 / 8 * (1 - 30 / 60), and 0.5, 0 or -0.5 for flying as the other does."""
    env, game = sky(back(400, 300, EAST), back(400, 330, heading))
    act(env)
    assert env.score(0, 0) == score and env.score(0, 7) == 0
    game["ticks"], game["born"][0] = 14, 10
    assert abs(env.score(0, 0) - score / 4) < 1


@pytest.mark.parametrize(
    ("other", "choice"),
    [
        (None, STRAIGHT),
        ((450, 300, EAST), STRAIGHT),
        ((400, 350, EAST), RIGHT),  # towards it
        ((400, 250, EAST), LEFT),
        ((400, 310, EAST), LEFT),  # away from it
        ((400, 290, EAST), RIGHT),
        ((450, 300, SOUTH), RIGHT),  # as it flies
        ((450, 300, NORTH), LEFT),
    ],
)
def test_the_script_follows_three_rules(other: Bird | None, choice: int) -> None:
    env, _ = sky((400, 300, EAST), *([other] if other else []))
    env.script(np.ones(8, np.uint8))
    assert env.actions[0, 0] == choice


def test_a_value_is_seen_where_its_bird_is() -> None:
    env, _ = sky((5, 300, EAST), (950, 310, EAST))
    boxes = env.places(0, 0)
    assert (boxes[:5] == [937, 297, 26, 26]).all() and not boxes[5:40, 2].any()
    assert (boxes[40:47] == [-8, 287, 26, 26]).all()


# --- Against a reference of numpy ----------------------------------------------------------------


def way(d: F32, size: int) -> F32:
    """The short way around."""
    d = np.where(d > size / 2, d - np.float32(size), d)
    return np.where(d < -size / 2, d + np.float32(size), d)


def reference(game: Any, birds: int, sight: float) -> tuple[NDArray[np.float64], list[float]]:
    """(birds, 47) observations and the rewards of a state; who is near is told in float32."""
    turn = game["heading"][:birds] * math.tau / TURNS
    obs, together, rewards = np.zeros((birds, NEAREST, 5)), np.zeros((birds, 7)), []
    for a in range(birds):
        dx = way(game["x"][:birds] - game["x"][a], W)
        dy = way(game["y"][:birds] - game["y"][a], H)
        square = dx * dx + dy * dy
        square[a] = np.inf
        order = np.argsort(square, kind="stable")[:NEAREST]
        order = order[square[order] < np.float32(sight) ** 2]
        if not len(order):
            together[a, 6] = 1
            rewards.append(0.0)
            continue
        if square[order[0]] < TOUCH**2:
            rewards.append(-1.0)
            continue
        off = (dx[order].astype(float) + 1j * dy[order]) * np.exp(-1j * turn[a])
        heading = np.exp(1j * (turn[order] - turn[a]))
        columns = (np.ones(len(order)), off.real / sight, off.imag / sight)
        obs[a, : len(order)] = np.stack((*columns, heading.real, heading.imag), axis=1)
        pushes = off / abs(off) * np.clip(1 - abs(off) / AVOID, 0, None)
        sums = (heading.mean(), off.mean() / sight, -pushes.sum())
        together[a, :6] = np.clip([part for z in sums for part in (z.real, z.imag)], -1, 1)
        cohesion = len(order) / NEAREST * (1 - abs(off.mean()) / sight)
        crowding = max(0.0, 1 - abs(off[0]) / ROOM)
        rewards.append(0.5 * cohesion + 0.5 * heading.real.mean() - 0.5 * crowding)
    return np.hstack((obs.reshape(birds, -1), together)), rewards


@pytest.mark.parametrize(("birds", "sight"), [(64, 150), (64, 60), (23, 300), (8, 220)])
def test_a_reference_agrees(birds: int, sight: float) -> None:
    """Two thirds of the birds follow the script, so that there are flocks; the others chance."""
    env = VecEnv("boids", 1, seed=7, params={"birds": birds, "sight": sight})
    game, rng = games(env.state, LAYOUT)[0], np.random.default_rng(birds)
    at = game["x"][:birds] + 1j * game["y"][:birds].astype(float)
    heading, rows = game["heading"][:birds].astype(int), np.arange(birds) % 3 < 2
    bumped = 0
    for tick in range(599):
        env.actions[:, 0] = rng.integers(0, 3, birds)
        env.script(rows.astype(np.uint8))
        heading = (heading + env.actions[:, 0] - 1) % TURNS
        at += SPEED * np.exp(1j * heading * math.tau / TURNS)
        env.step()
        again = env.terminated != 0
        bumped += again.sum()
        at[again] = (game["x"][:birds] + 1j * game["y"][:birds])[again]
        heading[again] = game["heading"][:birds][again]
        assert (game["heading"][:birds] == heading).all()
        if tick % 6 and not again.any():
            continue
        for mine, theirs, size in ((at.real, game["x"], W), (at.imag, game["y"], H)):
            off = np.abs(mine % size - theirs[:birds])
            assert np.minimum(off, size - off).max() < 0.02
        obs, rewards = reference(game, birds, sight)
        np.testing.assert_allclose(env.obs, obs, atol=1e-4)
        if again.any():
            assert (env.rewards[again] == -1).all()
        else:
            np.testing.assert_allclose(env.rewards, rewards, atol=1e-4)
    assert bumped > 0 or birds < 10
