"""The rules of the drone, stepped beside its equations in double precision."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from envs_c.binding import VecEnv
from tests.layout import assert_layout, games, state_type

RINGS, TRAIL = 4, 32
RING = np.dtype([("at", "f4", 3), ("way", "f4", 3)])
LAYOUT = state_type(
    "drone",
    [
        *(("at", "f4", 3), ("speed", "f4", 3), ("turn", "f4", 4), ("spin", "f4", 3)),
        *(("motor", "f4", 4), ("point", "f4", 3), ("ring", "f4", 6 * RINGS), ("course", "f4")),
        *((name, "i4") for name in ("racing", "passed", "ticks", "crashed")),
        *(("away", "f4"), ("look_x", "f4"), ("look_y", "f4"), ("drift", "f4", 3)),
        *(("trail", "f4", 3 * TRAIL), ("ring_tick", "i4"), ("near", "i4")),
    ],
)
HOVER, RACE = 0, 1
PART, PARTS, TICK = 0.004, 5, 0.02  # s
MASS, MOST, ARM, REACTION, GRAVITY = 0.5, 2.45, 0.07, 0.02, 9.8
INERTIA = np.array([0.004, 0.004, 0.007])
LAG = 1 - math.exp(-PART / 0.04)
# Where the motors are, ahead and to the left, and which way the body turns against each.
PLACES = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]]) * ARM
AGAINST = np.array([1, -1, -1, 1])
Array = NDArray[np.float64]


def matrix(q: Array) -> Array:
    """The rotation matrix of a quaternion w, x, y, z of length 1."""
    w, x, y, z = q
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def turned(q: Array, by: Array) -> Array:
    """The rate of change of a quaternion of a body that spins by `by`, in its own axes."""
    w, v = q[0], q[1:]
    return 0.5 * np.concatenate([[-v @ by], w * by + np.cross(v, by)])


class Body:
    """The drone in double precision: Euler's and Newton's equations, with matrices."""

    def __init__(self, game: Any) -> None:
        names = ("at", "speed", "turn", "spin", "motor")
        self.at, self.speed, self.turn, self.spin, self.motor = (
            game[name].astype(float) for name in names
        )

    def forces(self, speed: Array, spin: Array) -> tuple[Array, Array]:
        """Its acceleration in the world, and of its spin in the body."""
        thrust = MOST * self.motor
        drag = (0.2 + 0.06 * np.linalg.norm(speed)) * speed
        gain = matrix(self.turn) @ [0, 0, thrust.sum() / MASS] - drag - [0, 0, GRAVITY]
        places = np.column_stack([PLACES, np.zeros(4)])
        torque = np.cross(places, thrust[:, None] * [0, 0, 1]).sum(axis=0)
        torque[2] += REACTION * AGAINST @ thrust
        torque -= np.cross(spin, INERTIA * spin)
        return gain, torque / INERTIA - 0.5 * spin

    def tick(self, action: Array, parts: int = PARTS) -> None:
        """Play one, in so many parts."""
        part = TICK / parts
        lag = 1 - math.exp(-part / 0.04)
        for _ in range(parts):
            self.motor += lag * (0.5 + 0.5 * action - self.motor)
            gain, turning = self.forces(self.speed, self.spin)
            self.spin = self.spin + part * turning
            self.speed = self.speed + part * gain
            self.at = self.at + part * self.speed
            self.turn = self.turn + part * turned(self.turn, self.spin)
            self.turn /= np.linalg.norm(self.turn)


def play(task: int, **fields: Any) -> tuple[VecEnv, Any]:
    """One game, level and at rest at 2 m but for the fields given, and its record."""
    env = VecEnv("drone", 1, seed=3, params={"task": task})
    game = games(env.state, LAYOUT)[0]
    rest = {"at": (0, 0, 2), "speed": 0, "turn": (1, 0, 0, 0), "spin": 0, "motor": 0.5}
    for name, value in (rest | fields).items():
        game[name] = value
    env.show()
    return env, game


def act(env: VecEnv, *action: float) -> float:
    """Play one tick with these commands, one for all if there is one; the reward."""
    env.step(np.broadcast_to(np.array(action, np.float32), (1, 4)).copy())
    return float(env.rewards[0])


def ring(at: tuple[float, float, float], way: tuple[float, float, float]) -> NDArray[np.float32]:
    """Rings as they stand in a game: all of them like this one, 6 m apart."""
    place = np.array([np.array(at) + 6 * (i - 1) * np.array(way) for i in range(RINGS)])
    return np.hstack([place, np.tile(way, (RINGS, 1))]).astype(np.float32).ravel()


def test_layout(tmp_path: Path) -> None:
    assert_layout("drone", LAYOUT, tmp_path)


# --- The body -------------------------------------------------------------------------------------


def test_random_flight_follows_the_equations() -> None:
    """As long as floats let it: a spinning body takes what differs by a millionth apart."""
    rng = np.random.default_rng(1)
    worst, ticks = np.zeros(4), 0
    for seed in range(40):
        env = VecEnv("drone", 1, seed=seed, params={"task": HOVER})
        game = games(env.state, LAYOUT)[0]
        body = Body(game)
        for _ in range(25):
            action = rng.uniform(-1, 1, 4).astype(np.float32)
            act(env, *action)
            if env.terminated[0]:
                break
            body.tick(action.astype(float))
            pairs = ((body.at, "at"), (body.speed, "speed"), (body.turn, "turn"))
            off = [np.abs(true - game[name]).max() for true, name in (*pairs, (body.spin, "spin"))]
            worst = np.maximum(worst, off)
            ticks += 1
    assert ticks > 500
    np.testing.assert_array_less(worst, [2e-5, 1e-4, 1e-4, 1e-3])


def test_parts_are_fine_enough() -> None:
    """Forty times finer, half a second of a hard manoeuvre ends within centimetres and degrees."""
    _, game = play(HOVER)
    coarse, fine = Body(game), Body(game)
    for i in range(25):
        action = np.array([0.1, -0.1, 0.15, -0.05]) * (1 if i < 12 else -1) + 0.3
        coarse.tick(action)
        fine.tick(action, 200)
    assert np.linalg.norm(fine.at - coarse.at) < 0.02
    assert 2 * math.acos(min(abs(fine.turn @ coarse.turn), 1)) < math.radians(1.5)
    assert np.linalg.norm(fine.at - (0, 0, 2)) > 0.3  # it went somewhere


def test_free_fall() -> None:
    env, game = play(HOVER, at=(0, 0, 4), motor=0)
    for _ in range(10):
        act(env, -1)
    # 9.8 t, less what the two parts of the drag have taken of it by then.
    t = 0.2
    fall = GRAVITY * t - 0.2 * GRAVITY * t**2 / 2 - 0.06 * GRAVITY**2 * t**3 / 3
    assert game["speed"][2] == pytest.approx(-fall, abs=0.005)
    assert game["at"][2] == pytest.approx(4 - 0.196, abs=0.01)
    assert (game["spin"] == 0).all() and (game["turn"] == (1, 0, 0, 0)).all()


def test_the_fastest_fall_is_where_drag_carries_the_weight() -> None:
    env, game = play(HOVER, at=(0, 0, 14), motor=0, speed=(0, 0, -11.2))
    fall = (-0.2 + math.sqrt(0.04 + 4 * 0.06 * GRAVITY)) / 0.12
    assert fall == pytest.approx(11.22, abs=0.01)
    for _ in range(30):
        act(env, -1)
    assert game["speed"][2] == pytest.approx(-fall, abs=0.02)


def test_at_command_0_it_carries_itself() -> None:
    env, game = play(HOVER)
    for _ in range(100):
        act(env, 0)
    np.testing.assert_allclose(game["at"], (0, 0, 2), atol=1e-5)
    env, game = play(HOVER)
    act(env, 1)
    mean = 0.5 + 0.5 * np.mean([1 - (1 - LAG) ** k for k in range(1, 6)])  # motors on their way up
    assert game["speed"][2] == pytest.approx(TICK * (mean / 0.5 - 1) * GRAVITY, rel=2e-3)


def test_motors_lag_by_40_ms() -> None:
    env, game = play(HOVER, motor=0)
    act(env, 1)
    act(env, 1)
    np.testing.assert_allclose(game["motor"], 1 - math.exp(-1), atol=1e-6)


@pytest.mark.parametrize(
    ("action", "axis", "sign"),
    [
        ((0.1, -0.1, 0.1, -0.1), 0, 1),  # more on the left: it rolls to the right
        ((-0.1, -0.1, 0.1, 0.1), 1, 1),  # more behind: the nose goes down
        ((0.1, -0.1, -0.1, 0.1), 2, 1),  # against the propellers: the nose goes left
    ],
)
def test_what_motors_turn(action: tuple[float, ...], axis: int, sign: int) -> None:
    env, game = play(HOVER)
    act(env, *action)
    others = [i for i in range(3) if i != axis]
    assert sign * game["spin"][axis] > 0.005
    assert np.abs(game["spin"][others]).max() < 1e-6
    for _ in range(10):
        act(env, 0)
    up = matrix(game["turn"].astype(float))[:, 2]
    if axis == 0:
        assert up[1] < -0.01 and game["speed"][1] < 0  # y is to the left
    if axis == 1:
        assert up[0] > 0.01 and game["speed"][0] > 0
    assert game["at"][2] == pytest.approx(2, abs=0.02)


def test_spin_without_torque_keeps_its_momentum() -> None:
    """But for drag, 0.5 a second; the direction in the world stays though the body wobbles."""
    env, game = play(HOVER, spin=(2, 1, 4), motor=0, at=(0, 0, 8))
    before = matrix(game["turn"].astype(float)) @ (INERTIA * game["spin"])
    for _ in range(25):
        act(env, -1)
    after = matrix(game["turn"].astype(float)) @ (INERTIA * game["spin"])
    np.testing.assert_allclose(after, before * (1 - 0.5 * PART) ** 125, rtol=0.02, atol=2e-4)
    assert np.linalg.norm(after) / np.linalg.norm(before) == pytest.approx(math.exp(-0.25), 0.005)


def test_the_turn_keeps_length_1() -> None:
    env = VecEnv("drone", 64, seed=2, params={"task": RACE})
    rng = np.random.default_rng(2)
    for _ in range(400):
        env.step(rng.uniform(-1, 1, (64, 4)).astype(np.float32))
        size = np.linalg.norm(games(env.state, LAYOUT)["turn"], axis=1)
        np.testing.assert_allclose(size, 1, atol=3e-7)


def test_gravity_may_change_in_play() -> None:
    env, game = play(HOVER)
    env.set_params({"gravity": 1.6})
    act(env, 0)
    assert game["speed"][2] == pytest.approx(TICK * (9.8 - 1.6), rel=0.01)


# --- Racing and hovering --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("y", "speed", "way", "passed"),
    [
        (0.0, 5, (1, 0, 0), 1),
        (0.74, 5, (1, 0, 0), 1),
        (0.76, 5, (1, 0, 0), 0),  # beside it
        (0.0, 5, (-1, 0, 0), 0),  # from behind
        (0.0, 2, (1, 0, 0), 0),  # not there yet
    ],
)
def test_a_ring_is_passed(
    y: float, speed: float, way: tuple[float, float, float], passed: int
) -> None:
    env, game = play(RACE, speed=(speed, 0, 0), ring=ring((0.05, y, 2), way))
    off = math.hypot(0.05, y)
    reward = act(env, 0)
    assert game["passed"] == passed
    goal = np.array([0.05, y, 2])
    left = np.linalg.norm(goal - game["at"])
    facing = 0.01 * (0.05 - game["at"][0]) / (left + 0.1)
    assert reward == pytest.approx(0.2 * (off - left) + facing + passed, abs=1e-4)
    if passed:
        np.testing.assert_allclose(game["ring"][6:9], (6.05, y, 2), atol=1e-5)
        step = game["ring"][18:21] - game["ring"][12:15]
        assert 5 <= np.hypot(*step[:2]) <= 8 and 1.2 <= game["ring"][20] <= 4.5


def test_courses() -> None:
    env = VecEnv("drone", 2000, seed=4, params={"task": RACE})
    rings = games(env.state, LAYOUT)["ring"].reshape(-1, RINGS, 6)[:, 1:]
    steps = np.diff(rings[..., :3], axis=1)
    far = np.hypot(steps[..., 0], steps[..., 1])
    assert far.min() >= 5 - 1e-4 and far.max() <= 8 + 1e-4
    assert rings[..., 2].min() >= 1.2 and rings[..., 2].max() <= 4.5
    np.testing.assert_allclose(np.linalg.norm(rings[..., 3:], axis=2), 1, atol=1e-6)
    bend = (rings[:, 1:, 3:] * rings[:, :-1, 3:]).sum(axis=2)
    assert bend.min() >= math.cos(0.9) - 1e-5 and bend.min() < 0.63


def test_hovering_is_paid_by_nearness() -> None:
    for off, want in ((0.0, 0.05), (0.5, 0.025), (2.0, 0.01)):
        env, _ = play(HOVER, point=(off, 0, 2))
        assert act(env, 0) == pytest.approx(want, abs=1e-6)
    env, _ = play(HOVER, point=(0, 0, 2), spin=(0, 0, 3))
    assert act(env, 0) == pytest.approx(0.05 - 0.003, abs=1e-4)


def test_what_is_measured_of_hovering() -> None:
    for off, hovered in ((0.15, 1), (0.25, 0)):
        env, game = play(HOVER, point=(off, 0, 2))
        assert [game["ticks"], game["near"]] == [0, 0]
        for _ in range(499):
            act(env, 0)
            assert not env.terminated[0] and not env.truncated[0]
        act(env, 0)
        assert (env.terminated[0], env.truncated[0]) == (0, 1)
        found = env.drain()
        assert found["distance"] == pytest.approx(off, abs=1e-4)
        assert (found["hovered"], found["crashed"]) == (hovered, 0)
        assert found["score"] == (10 if hovered else 0)


def test_five_rings_are_a_race() -> None:
    for passed, raced in ((4, 0), (5, 1)):
        env, _ = play(RACE, ticks=999, passed=passed, ring=ring((5, 0, 2), (1, 0, 0)))
        act(env, 0)
        assert (env.terminated[0], env.truncated[0]) == (0, 1)
        found = env.drain()
        assert (found["raced"], found["rings"], found["score"]) == (raced, passed, passed)


@pytest.mark.parametrize(
    ("fields", "crashed"),
    [
        ({"at": (0, 0, 0.09)}, 0),
        ({"at": (0, 0, 0.07)}, 1),  # on the ground
        ({"point": (14.9, 0, 2)}, 0),
        ({"point": (15.1, 0, 2)}, 1),  # lost
        ({"spin": (0, 0, 24.5)}, 0),
        ({"spin": (0, 0, 25.5)}, 1),  # tumbling
    ],
)
def test_a_crash_ends_it(fields: dict[str, Any], crashed: int) -> None:
    env, _ = play(HOVER, **({"point": (0, 0, 2)} | fields))
    reward = act(env, 0)
    assert (env.terminated[0], env.truncated[0]) == (crashed, 0)
    assert (reward < -0.9) == bool(crashed)
    if crashed:
        found = env.drain()
        assert (found["crashed"], found["hovered"]) == (1, 0)


def test_a_crash_on_the_last_tick_is_no_truncation() -> None:
    env, _ = play(HOVER, ticks=499, at=(0, 0, 0.05))
    act(env, 0)
    assert (env.terminated[0], env.truncated[0]) == (1, 0)


def test_tasks_are_as_asked_for() -> None:
    for task, low, high in ((HOVER, 0, 0), (RACE, 1, 1), (2, 0.45, 0.55)):
        env = VecEnv("drone", 2000, seed=1, params={"task": task})
        assert low <= games(env.state, LAYOUT)["racing"].mean() <= high
        np.testing.assert_array_equal(env.obs[:, 0], games(env.state, LAYOUT)["racing"])


def test_what_is_seen_is_seen_from_the_body() -> None:
    """Turned and moved with all that is around, it sees the same."""
    yaw = 1.1
    turn = (math.cos(yaw / 2), 0, 0, math.sin(yaw / 2))
    here, _ = play(RACE, speed=(2, 1, 0), ring=ring((5, 1, 3), (1, 0, 0)))
    rotate = matrix(np.array(turn))

    def moved(v: tuple[float, float, float]) -> tuple[float, float, float]:
        x, y, z = rotate @ v
        return float(x) + 7, float(y) - 3, float(z)

    there, _ = play(
        RACE,
        at=moved((0, 0, 2)),
        turn=turn,
        speed=rotate @ (2, 1, 0),
        ring=ring(moved((5, 1, 3)), tuple(rotate @ (1, 0, 0))),
    )
    np.testing.assert_allclose(there.obs, here.obs, atol=2e-6)
    np.testing.assert_allclose(here.obs[0, 1:4], (0.4, 0.2, 0), atol=1e-6)  # speed / 5
    np.testing.assert_allclose(here.obs[0, 15:18], (1, 0.2, 0.2), atol=1e-6)  # off / 5
    np.testing.assert_allclose(here.obs[0, 24:27], (1.1, 0.1, 0.1), atol=1e-6)  # off / 10


# --- Who flies ------------------------------------------------------------------------------------


def test_the_script_hovers_and_races() -> None:
    for task, ticks in ((HOVER, 500), (RACE, 1000)):
        env = VecEnv("drone", 256, seed=3, params={"task": task})
        everyone = np.ones(256, np.uint8)
        for _ in range(ticks):
            env.script(everyone)
            env.step()
        found = env.drain()
        assert found["episodes"] >= 256 and found["crashed"] <= 0.02
        assert found["hovered"] == 1 if task == HOVER else found["raced"] >= 0.98


def fly(env: VecEnv, game: Any, sticks: list[float], ticks: int) -> None:
    """Hold the sticks for so long."""
    for _ in range(ticks):
        env.step(env.steer(0, 0, sticks)[None])
        assert not env.terminated[0], game


def test_sticks_wish_for_speeds() -> None:
    for sticks, want in (
        ([0, -1, 0, 0], (5, 0, 0)),  # ahead
        ([0, 0.5, 0, 0], (-2.5, 0, 0)),
        ([1, 0, 0, 0], (0, -3.5, 0)),  # to the right
        ([0, 0, 0, -1], (0, 0, 2.5)),  # up
    ):
        env, game = play(HOVER)
        fly(env, game, [float(stick) for stick in sticks], 100)
        np.testing.assert_allclose(game["speed"], want, atol=0.25)
        assert np.abs(game["spin"]).max() < 0.1
    env, game = play(HOVER)
    fly(env, game, [0, 0, 1, 0], 60)  # to the right
    assert game["spin"][2] == pytest.approx(-1.8, abs=0.1)
    fly(env, game, [0, 0, 0, 0], 15)
    assert abs(game["spin"][2]) < 0.3  # it stops at once


def test_a_tap_is_a_little() -> None:
    env, game = play(HOVER)
    fly(env, game, [0, -1, 0, 0], 5)
    fly(env, game, [0, 0, 0, 0], 75)
    assert 0.02 < game["at"][0] < 0.25
    env, game = play(HOVER)
    fly(env, game, [0, 0, -1, 0], 5)
    fly(env, game, [0, 0, 0, 0], 25)
    nose = matrix(game["turn"].astype(float))[:, 0]
    assert 0.5 < math.degrees(math.atan2(nose[1], nose[0])) < 6


def test_hands_off_it_stands_still_in_the_air() -> None:
    for seed in range(20):
        env = VecEnv("drone", 1, seed=seed, params={"task": HOVER})
        game = games(env.state, LAYOUT)[0]
        fly(env, game, [0, 0, 0, 0], 150)
        before = game["at"].copy()
        fly(env, game, [0, 0, 0, 0], 50)
        assert np.linalg.norm(game["speed"]) < 0.05
        assert np.linalg.norm(game["at"] - before) < 0.05
        assert matrix(game["turn"].astype(float))[2, 2] > 0.999


def test_a_person_does_not_sink_into_the_ground() -> None:
    env, game = play(HOVER, at=(0, 0, 3), point=(0, 0, 3))
    fly(env, game, [0, 0, 0, 1], 200)
    assert 0.3 < game["at"][2] < 0.7


def test_words() -> None:
    env, _ = play(HOVER, point=(0, 0, 3.26))
    assert env.describe() == "130 cm from the point."
    env, _ = play(RACE, passed=3, ring=ring((5, 0, 2), (1, 0, 0)))
    assert env.describe() == "500 cm to the next ring, 3 passed."
