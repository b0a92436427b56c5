"""The rules of tanks, with numbers."""

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from envs_c.binding import VecEnv
from tests.layout import assert_layout, games, state_type

FLOATS = ("x", "y", "heading", "gun", "speed", "heat", "energy", "dealt")
COUNTS = ("hits", "shots", "fell", "struck")
LAYOUT = state_type(
    "tanks",
    [
        *((name, "f4", 4) for name in FLOATS),
        *((name, "i4", 4) for name in COUNTS),
        *(("bullets", "6f4", 64), ("sparks", "4f4", 16)),
        *((name, "i4") for name in ("flying", "sparked", "ticks", "quiet", "decided", "padding")),
    ],
)
STOP, AHEAD, BACK = range(3)
STRAIGHT, LEFT, RIGHT = range(3)
HOLD, GUN_LEFT, GUN_RIGHT, FAR_LEFT, FAR_RIGHT = range(5)
REST = (STOP, STRAIGHT, HOLD, 0)
OWN, NEAREST, BULLETS = 0, 10, 26  # where the parts of the observation begin


# --- The rules once more, plainly -----------------------------------------------------------------


@dataclass
class Tank:
    """One of them, as the rules know it."""

    x: float
    y: float
    heading: float  # degrees, clockwise from the right
    gun: float
    speed: float = 0
    heat: float = 3
    energy: float = 100
    hits: int = 0
    shots: int = 0

    def drive(self, action: tuple[int, ...]) -> float:
        """Turn and move; the energy that a wall costs."""
        drive, turn, gun, _ = action
        self.heading += (10 - 0.75 * abs(self.speed)) * (0, -1, 1)[turn]
        self.gun += (0, -3, 3, -20, 20)[gun]
        want = (0, 8, -8)[drive]
        if want * self.speed < 0 or want == 0:
            braked = max(abs(self.speed) - 2, 0)
            self.speed = math.copysign(braked, self.speed)
        else:
            self.speed = math.copysign(min(abs(self.speed) + 1, 8), want)
        x = self.x + self.speed * math.cos(math.radians(self.heading))
        y = self.y + self.speed * math.sin(math.radians(self.heading))
        self.x, self.y = min(max(x, 18), 782), min(max(y, 18), 582)
        if (self.x, self.y) == (x, y):
            return 0
        hurt = max(abs(self.speed) / 2 - 1, 0)
        self.speed = 0
        return hurt

    def touches(self, other: "Tank") -> bool:
        """Whether their squares overlap."""
        return abs(self.x - other.x) < 36 and abs(self.y - other.y) < 36

    def faces(self, other: "Tank") -> bool:
        """Whether it drives towards another."""
        dx, dy = other.x - self.x, other.y - self.y
        ahead = dx * math.cos(math.radians(self.heading)) + dy * math.sin(
            math.radians(self.heading)
        )
        return ahead * self.speed > 0


@dataclass
class Bullet:
    """One in the air."""

    x: float
    y: float
    vx: float
    vy: float
    power: int
    owner: int

    def meets(self, tank: Tank) -> float:
        """The part of its way after which it is in a tank's square, by small steps; 2 for never."""
        for part in np.linspace(0, 1, 2001):
            x, y = self.x + part * self.vx, self.y + part * self.vy
            if abs(x - tank.x) <= 18 and abs(y - tank.y) <= 18:
                return float(part)
        return 2


@dataclass
class Referee:
    """A game from its start, by the rules in the README."""

    tanks: list[Tank]
    cooling: float = 0.1
    bullets: list[Bullet] = field(default_factory=list)
    quiet: int = 0

    def tick(self, actions: list[tuple[int, ...]]) -> list[float]:
        """Play one; what each tank is rewarded."""
        alive = [i for i, tank in enumerate(self.tanks) if tank.energy > 0]
        had = {i: self.tanks[i].energy for i in range(len(self.tanks))}
        harm, gain = dict.fromkeys(had, 0.0), dict.fromkeys(had, 0.0)
        for i in alive:
            self.fire(i, actions[i][3])
        hit = self.fly(alive, harm, gain)
        was = {i: (self.tanks[i].x, self.tanks[i].y) for i in alive}
        for i in alive:
            harm[i] += self.tanks[i].drive(actions[i])
            heat = round(self.tanks[i].heat - self.cooling, 6)
            self.tanks[i].heat = max(heat, 0)
        hit |= self.ram(alive, was, harm)
        self.quiet = 0 if hit else self.quiet + 1
        for i in alive:
            tank = self.tanks[i]
            tank.energy -= harm[i] + (0.1 if self.quiet > 450 else 0)
            tank.energy = tank.energy + gain[i] if tank.energy > 0 else 0
        return self.rewards(alive, had)

    def fire(self, i: int, power: int) -> None:
        """Let a cool gun fire where it points."""
        tank = self.tanks[i]
        if not power or tank.heat > 0 or tank.energy <= power:
            return
        v, way = 20 - 3 * power, math.radians(tank.gun)
        self.bullets.append(Bullet(tank.x, tank.y, v * math.cos(way), v * math.sin(way), power, i))
        tank.heat = 1 + power / 5
        tank.energy -= power
        tank.shots += 1

    def fly(self, alive: list[int], harm: dict[int, float], gain: dict[int, float]) -> bool:
        """Move the bullets on; whether one hit."""
        left = []
        for bullet in self.bullets:
            near = [
                i
                for i in alive
                if i != bullet.owner
                and math.hypot(self.tanks[i].x - bullet.x, self.tanks[i].y - bullet.y) < 60
            ]
            first = min(near, key=lambda i: bullet.meets(self.tanks[i]), default=-1)
            if first >= 0 and bullet.meets(self.tanks[first]) <= 1:
                harm[first] += 4 * bullet.power + 2 * max(0, bullet.power - 1)
                gain[bullet.owner] += 3 * bullet.power
                self.tanks[bullet.owner].hits += 1
                continue
            bullet.x, bullet.y = bullet.x + bullet.vx, bullet.y + bullet.vy
            if 0 <= bullet.x <= 800 and 0 <= bullet.y <= 600:
                left.append(bullet)
        hit = any(harm.values())
        self.bullets = left
        return hit

    def ram(
        self, alive: list[int], was: dict[int, tuple[float, float]], harm: dict[int, float]
    ) -> bool:
        """Put tanks that overlap back, until none does; whether any did."""
        rammed: set[tuple[int, int]] = set()
        while True:
            pairs = [
                (i, j)
                for i in alive
                for j in alive
                if i < j and (i, j) not in rammed and self.tanks[i].touches(self.tanks[j])
            ]
            if not pairs:
                return bool(rammed)
            i, j = pairs[0]
            rammed.add((i, j))
            for one in (i, j):
                self.tanks[one].x, self.tanks[one].y = was[one]
                harm[one] += 0.6
            faces = [self.tanks[i].faces(self.tanks[j]), self.tanks[j].faces(self.tanks[i])]
            for k, stops in zip((i, j), faces, strict=True):
                self.tanks[k].speed = 0 if stops else self.tanks[k].speed

    def rewards(self, alive: list[int], had: dict[int, float]) -> list[float]:
        """A point for 200 of energy gained on the others' mean, and the end."""
        n, left = len(self.tanks), sum(tank.energy > 0 for tank in self.tanks)
        change = [tank.energy - had[i] for i, tank in enumerate(self.tanks)]
        out = [0.0] * n
        for i in alive:
            out[i] = (change[i] - (sum(change) - change[i]) / (n - 1)) / 200
            if left == 1 and self.tanks[i].energy > 0:
                out[i] += 1
            if left > 0 and self.tanks[i].energy == 0:
                out[i] -= 1 / (n - 1)
        return out


def referee(game: Any, tanks: int, cooling: float) -> Referee:
    """One that begins where a game begins."""
    angles = np.degrees(game["heading"])
    places = [(float(game["x"][i]), float(game["y"][i]), float(angles[i])) for i in range(tanks)]
    return Referee([Tank(x, y, angle, gun=angle) for x, y, angle in places], cooling)


@pytest.mark.parametrize(
    ("tanks", "cooling", "scripted"), [(2, 0.1, 0.5), (2, 0.2, 0.9), (3, 0.1, 0.8), (4, 0.05, 0.7)]
)
def test_games_beside_a_reference(tanks: int, cooling: float, scripted: float) -> None:
    rng = np.random.default_rng(tanks)
    ticks = rams = walls = ends = 0
    for seed in range(4):
        env = VecEnv("tanks", 1, seed=seed, params={"tanks": tanks, "cooling": cooling})
        game, final = games(env.state, LAYOUT)[0], games(env.finals, LAYOUT)[0]
        told, hits = referee(game, tanks, cooling), 0
        while not env.over[0]:
            chance = np.stack([rng.integers(0, n, tanks) for n in (3, 3, 5, 4)], axis=1)
            chance[rng.random(tanks) < 0.5, 0] = AHEAD
            env.actions[:] = chance
            env.script(((rng.random(tanks) < scripted) & (env.active != 0)).astype(np.uint8))
            if seed % 2:  # the first one drives at the nearest
                side = LEFT if env.obs[0, NEAREST + 9] < 0 else RIGHT
                env.actions[0, :2] = AHEAD, side if rng.random() < 0.7 else STRAIGHT
            decided = game["decided"] != 0
            before = [tank.energy for tank in told.tanks]
            rewards = told.tick([tuple(action) for action in env.actions.tolist()])
            env.step()
            if decided:
                assert not env.rewards.any()
                continue
            ticks += 1
            after = final if env.over[0] else game
            ends += after["decided"] != 0
            tried = [tank for tank, had in zip(told.tanks, before, strict=True) if had > 0]
            walls += any(t.speed == 0 and (t.x in (18, 782) or t.y in (18, 582)) for t in tried)
            rams += told.quiet == 0 and after["sparked"] == hits
            hits = int(after["sparked"])
            for name in ("x", "y", "speed", "heat", "energy", "hits", "shots"):
                told_so = [getattr(tank, name) for tank in told.tanks]
                np.testing.assert_allclose(after[name][:tanks], told_so, atol=0.02, err_msg=name)
            for name in ("heading", "gun"):
                want = np.radians([getattr(tank, name) for tank in told.tanks])
                apart = np.exp(1j * after[name][:tanks]) - np.exp(1j * want)
                assert np.abs(apart).max() < 1e-4, name
            flying = after["bullets"][: after["flying"]]
            assert len(flying) == len(told.bullets)
            for found, bullet in zip(flying, told.bullets, strict=True):
                there = [bullet.x, bullet.y, bullet.vx, bullet.vy, bullet.power]
                np.testing.assert_allclose(found[:5], there, atol=0.05)
                assert found[5:].view("i4")[0] == bullet.owner
            assert not after["bullets"][after["flying"] :].any()
            np.testing.assert_allclose(env.rewards, rewards, atol=1e-4)
    assert ends == 4 and ticks > 800 and walls > 10 and rams > 5


# --- Each rule by itself --------------------------------------------------------------------------


def field_of(params: dict[str, float] | None = None, **fields: Any) -> tuple[VecEnv, Any]:
    """Two tanks at rest that face right, far apart, guns cool; the fields given; and the record."""
    env = VecEnv("tanks", 1, params=params)
    game = games(env.state, LAYOUT)[0]
    rest: dict[str, Any] = {"x": [200, 600, 200, 600], "y": [150, 450, 450, 150]}
    rest |= dict.fromkeys(("heading", "gun", "speed", "heat"), 0)
    for name, value in (rest | fields).items():
        if isinstance(value, list):
            game[name][: len(value)] = value
        else:
            game[name] = value
    env.show()
    return env, game


def act(env: VecEnv, *actions: tuple[int, ...]) -> list[float]:
    """Play one tick, seats without an action at rest; the rewards."""
    env.actions[:] = [*actions, *[REST] * (env.seats - len(actions))]
    env.step()
    return [float(reward) for reward in env.rewards]


def test_layout(tmp_path: Path) -> None:
    assert_layout("tanks", LAYOUT, tmp_path)


def test_they_begin_in_quarters_of_their_own() -> None:
    for tanks in (2, 3, 4):
        game = games(VecEnv("tanks", 500, seed=2, params={"tanks": tanks}).state, LAYOUT)
        x, y = game["x"][:, :tanks], game["y"][:, :tanks]
        quarter = (x > 400) + 2 * (y > 300)
        assert all(len(set(row)) == tanks for row in quarter.tolist())
        assert all((quarter[:, seat] == q).mean() > 0.2 for seat in range(tanks) for q in range(4))
        assert (game["energy"][:, :tanks] == 100).all() and not game["energy"][:, tanks:].any()
        assert (game["heat"][:, :tanks] == 3).all()
        assert np.abs(game["heading"]).max() > 3.1 and (game["gun"] == game["heading"]).all()


def test_it_quickens_by_1_to_8_and_brakes_by_2() -> None:
    env, game = field_of()
    speeds = []
    for drive in [AHEAD] * 10 + [STOP] * 5 + [BACK] * 10 + [AHEAD] * 6:
        act(env, (drive, STRAIGHT, HOLD, 0))
        speeds.append(float(game["speed"][0]))
    ahead, stop = [1, 2, 3, 4, 5, 6, 7, 8, 8, 8], [6, 4, 2, 0, 0]
    assert speeds == [*ahead, *stop, *(-v for v in ahead), -6, -4, -2, 0, 1, 2]
    assert game["x"][0] == 200 + sum(speeds) and game["y"][0] == 150


@pytest.mark.parametrize("speed", [0, 1, 4, 8, -8, -3])
@pytest.mark.parametrize(("turn", "sign"), [(LEFT, -1), (RIGHT, 1)])
def test_it_turns_the_less_the_faster_it_goes(speed: float, turn: int, sign: int) -> None:
    env, game = field_of(speed=[speed])
    act(env, (STOP, turn, HOLD, 0))
    assert math.degrees(game["heading"][0]) == pytest.approx(sign * (10 - 0.75 * abs(speed)))
    assert game["gun"][0] == 0  # keeps its bearing


@pytest.mark.parametrize(("gun", "degrees"), [(1, -3), (2, 3), (3, -20), (4, 20), (0, 0)])
def test_the_gun_turns_by_3_or_20_degrees(gun: int, degrees: float) -> None:
    env, game = field_of()
    act(env, (STOP, STRAIGHT, gun, 0))
    assert math.degrees(game["gun"][0]) == pytest.approx(degrees)
    for _ in range(99):
        act(env, (STOP, STRAIGHT, gun, 0))
        assert abs(game["gun"][0]) < 3.1416
    turned = np.exp(1j * game["gun"][0]) - np.exp(1j * np.radians(100 * degrees))
    assert abs(turned) < 1e-4


@pytest.mark.parametrize(
    ("power", "speed", "damage", "back"), [(1, 17, 4, 3), (2, 14, 10, 6), (3, 11, 16, 9)]
)
def test_a_bullet(power: int, speed: float, damage: float, back: float) -> None:
    env, game = field_of(y=[300, 300])
    rewards = act(env, (STOP, STRAIGHT, HOLD, power))
    assert game["bullets"][0].tolist()[:5] == [200 + speed, 300, speed, 0, power]
    assert (game["energy"][0], game["shots"][0]) == (100 - power, 1)
    assert game["heat"][0] == pytest.approx(1 + power / 5 - 0.1)
    assert rewards == pytest.approx([-power / 200, power / 200])
    ticks = 1
    while game["flying"]:
        rewards = act(env)
        ticks += 1
    assert ticks == math.ceil((400 - 18) / speed)
    assert game["energy"][:2].tolist() == [100 - power + back, 100 - damage]
    assert rewards == pytest.approx([(back + damage) / 200, -(back + damage) / 200])
    assert (game["hits"][0], game["dealt"][0], env.score(0, 0)) == (1, damage, damage)


@pytest.mark.parametrize("cooling", [0.05, 0.1, 0.15, 0.2])
@pytest.mark.parametrize("power", [1, 2, 3])
def test_a_gun_fires_when_it_has_cooled(cooling: float, power: int) -> None:
    env, game = field_of({"cooling": cooling}, gun=[-math.pi / 2], heat=[3], energy=[100, 100])
    fired = []
    for tick in range(1, 150):
        before = int(game["shots"][0])
        act(env, (STOP, STRAIGHT, HOLD, power))
        if game["shots"][0] > before:
            fired.append(tick)
    assert fired[0] == math.ceil(round(3 / cooling, 6)) + 1
    assert set(np.diff(fired)) == {math.ceil(round((1 + power / 5) / cooling, 6))}


def test_no_shot_that_would_leave_no_energy() -> None:
    for energy, fires in ((2.0, False), (2.25, True)):
        env, game = field_of(energy=[energy])
        act(env, (STOP, STRAIGHT, HOLD, 2))
        assert game["flying"] == fires


def test_a_bullet_spares_who_fired_it_and_the_one_behind() -> None:
    env, game = field_of({"tanks": 3}, x=[200, 300, 400], y=[300, 300, 300])
    act(env, (STOP, STRAIGHT, HOLD, 3))
    while game["flying"]:
        act(env)
    assert game["energy"][:3].tolist() == [106, 84, 100]


@pytest.mark.parametrize(("speed", "damage"), [(8, 3), (6, 2), (3, 0.5), (2, 0), (1, 0)])
def test_a_wall_hurts_by_half_the_speed_less_1(speed: float, damage: float) -> None:
    drive = AHEAD if speed == 8 else STOP
    coming = speed if speed == 8 else speed + 2
    env, game = field_of(x=[781.5], speed=[coming])
    rewards = act(env, (drive, STRAIGHT, HOLD, 0))
    assert (game["x"][0], game["speed"][0], game["energy"][0]) == (782, 0, 100 - damage)
    assert rewards == pytest.approx([-damage / 200, damage / 200])


def test_ramming_costs_both_and_stops_who_drives_on() -> None:
    env, game = field_of(x=[300, 340], y=[300, 300], speed=[8, 0])
    act(env, (AHEAD, STRAIGHT, HOLD, 0))
    assert game["x"][:2].tolist() == [300, 340]
    np.testing.assert_allclose(game["energy"][:2], 99.4, atol=1e-5)
    assert game["speed"][:2].tolist() == [0, 0]
    env, game = field_of(x=[300, 338], y=[300, 300], speed=[8, 3])
    act(env, (AHEAD, STRAIGHT, HOLD, 0), (AHEAD, STRAIGHT, HOLD, 0))
    assert game["speed"][:2].tolist() == [0, 4]  # the other one drives away


def test_after_450_ticks_without_a_hit_all_lose_a_tenth() -> None:
    env, game = field_of(quiet=449)
    act(env)
    assert game["energy"][:2].tolist() == [100, 100]
    assert act(env) == [0, 0]
    np.testing.assert_allclose(game["energy"][:2], 99.9, atol=1e-5)


def test_the_last_one_has_won_and_drives_on_for_24_ticks() -> None:
    env, game = field_of(x=[300, 400], y=[300, 300], energy=[50, 3])
    act(env, (STOP, STRAIGHT, HOLD, 1))
    while game["energy"][1]:
        rewards = act(env)
    assert rewards == pytest.approx([1 + (3 + 3) / 200, -1 - (3 + 3) / 200])
    assert env.terminated.tolist() == [0, 1] and env.active.tolist() == [1, 0]
    lost = env.drain([1])
    assert (lost["won"], lost["drawn"]) == (0, 0)
    for tick in range(1, 25):
        assert env.over[0] == 0
        assert act(env, (AHEAD, STRAIGHT, HOLD, 3)) == [0, 0], tick
        assert game["flying"] == 0
    assert env.over[0] == 1 and env.terminated.tolist() == [1, 0]
    won = env.drain([0])
    assert (won["won"], won["drawn"], won["score"], won["hits"]) == (1, 0, 4, 1)


def test_both_at_once_is_a_draw() -> None:
    env, _ = field_of(x=[300, 400], y=[300, 300], gun=[0, math.pi], energy=[4, 4])
    both = (STOP, STRAIGHT, HOLD, 1)
    act(env, both, both)
    while not env.over[0]:
        rewards = act(env)
    assert rewards == [0, 0] and env.terminated.tolist() == [1, 1]
    assert [env.drain([seat])["drawn"] for seat in (0, 1)] == [1, 1]


def test_of_four_each_loser_pays_a_third_of_the_winner() -> None:
    env, game = field_of({"tanks": 4}, energy=[50, 0.05, 50, 50], quiet=450)
    rewards = act(env)
    assert rewards[1] == pytest.approx(-1 / 3, abs=1e-3)
    assert rewards[0] == rewards[2] == rewards[3] == pytest.approx(0, abs=1e-3)
    assert env.terminated.tolist() == [0, 1, 0, 0] and env.active.tolist() == [1, 0, 1, 1]
    assert game["fell"].tolist() == [0, 1, 0, 0]


def test_truncated_after_3000_ticks_unless_decided() -> None:
    env, _ = field_of(ticks=2998)
    act(env)
    assert env.truncated.tolist() == [0, 0]
    act(env)
    assert env.truncated.tolist() == [1, 1] and env.terminated.tolist() == [0, 0]
    assert env.drain()["drawn"] == 1


def test_two_share_the_sum_of_nothing() -> None:
    env = VecEnv("tanks", 64, seed=5)
    rng = np.random.default_rng(5)
    total = np.zeros(128)
    for _ in range(600):
        env.actions[:] = np.stack([rng.integers(0, n, 128) for n in (3, 3, 5, 4)], axis=1)
        env.script(env.active & (rng.random(128) < 0.7))
        env.step()
        total += env.rewards
        pairs = env.rewards.reshape(64, 2)
        np.testing.assert_allclose(pairs.sum(axis=1), 0, atol=1e-6)
    assert np.abs(total).max() > 1


# --- What is seen, and by whom it is played -------------------------------------------------------


def test_seats_see_the_same_game_turned() -> None:
    """The field turned by half, its tanks in each other's seats, is seen and played alike."""
    env, turned = VecEnv("tanks", 32, seed=1), VecEnv("tanks", 32, seed=2)
    here, there = games(env.state, LAYOUT), games(turned.state, LAYOUT)
    rng, seen = np.random.default_rng(0), 0
    for _ in range(400):
        for name in ("flying", "ticks", "quiet", "decided"):
            there[name] = here[name]
        for name in (*FLOATS, *COUNTS):
            there[name][:, :2] = here[name][:, 1::-1]
        there["x"], there["y"] = 800 - there["x"], 600 - there["y"]
        for name in ("heading", "gun"):
            there[name] = np.angle(-np.exp(1j * there[name]))
        there["bullets"] = here["bullets"]
        there["bullets"][..., :4] *= -1
        there["bullets"][..., 0] += 800
        there["bullets"][..., 1] += 600
        there["bullets"][..., 5].view("i4")[...] = 1 - here["bullets"][..., 5].view("i4")
        turned.show()
        swapped = turned.obs.reshape(32, 2, -1)[:, ::-1].reshape(64, -1)
        np.testing.assert_allclose(swapped, env.obs, atol=2e-3)
        seen += int((env.obs[:, BULLETS] == 1).sum())
        actions = np.stack([rng.integers(0, n, 64) for n in (3, 3, 5, 4)], axis=1)
        env.actions[:] = actions
        env.script((rng.random(64) < 0.8) & env.active)
        pairs = env.actions.reshape(32, 2, 4)
        turned.step(np.ascontiguousarray(pairs[:, ::-1]).reshape(64, 4))
        env.step()
        swapped_rewards = turned.rewards.reshape(32, 2)[:, ::-1].reshape(64)
        np.testing.assert_allclose(swapped_rewards, env.rewards, atol=1e-5)
    assert seen > 2000


def test_what_is_seen() -> None:
    env, game = field_of(
        x=[200, 200], y=[150, 450], heading=[0, 0], speed=[4, 8], heat=[0.8, 1.6], energy=[50, 75]
    )
    game["gun"][:2] = [math.pi / 2, 0]
    env.show()
    own = env.obs[0, OWN:NEAREST]
    want = [0.5, 0.5, 0.5, 1, 0, 582 / 300, 182 / 300, 132 / 300, 432 / 300, 0]
    np.testing.assert_allclose(own, want, atol=1e-6)
    other = env.obs[0, NEAREST:BULLETS]
    # It is 300 px to the right of the body, before the gun, and drives to the gun's left at 8.
    want = [0.75, 0.6, 0, -1, 0, -1, -1, 0, 1, 1, 0, 0, 1]
    np.testing.assert_allclose(other[:13], want, atol=1e-6)
    for power in (1, 2, 3):
        speed = 20 - 3 * power
        ticks = 300 / math.sqrt(speed**2 - 64)
        off = -8 * ticks / math.hypot(8 * ticks, 300)
        assert other[12 + power] == pytest.approx(max(6 * off, -2), abs=1e-5)
    assert not env.obs[0, BULLETS:].any()


def test_the_bullets_that_are_seen() -> None:
    env, game = field_of(x=[400, 600], y=[300, 300])
    game["flying"] = 3
    for i, bullet in enumerate(
        ([480, 330, -14, 0, 2], [460, 300, -17, 0, 1], [500, 300, 14, 0, 2])
    ):
        game["bullets"][i, :5] = bullet
        game["bullets"][i, 5:].view("i4")[0] = 1
    env.show()
    seen = env.obs[0, BULLETS:].reshape(6, 9)
    np.testing.assert_allclose(
        seen[0], [1, 1 / 3, 0.2, 0, -1, 0, 0, 0, 60 / 17 / 30], atol=1e-6
    )  # the nearest one first
    np.testing.assert_allclose(
        seen[1], [1, 2 / 3, 80 / 300, 0.1, -14 / 17, 0, 0, 0.6, 80 / 14 / 30], atol=1e-6
    )
    assert not seen[2:].any()  # one flies away
    assert not env.obs[1, BULLETS:].any()  # they are its own


def test_of_several_tanks_the_nearest_is_seen() -> None:
    env, game = field_of({"tanks": 3}, x=[200, 500, 300], y=[300, 300, 300], energy=[100, 90, 40])
    assert env.obs[0, NEAREST] == pytest.approx(0.4)
    game["energy"][2] = 0
    env.show()
    assert env.obs[0, NEAREST] == pytest.approx(0.9)


def test_the_script_hits_what_drives_straight_on() -> None:
    env, game = field_of(x=[400, 60], y=[150, 450], heading=[0, 0])
    for _ in range(85):
        env.actions[:] = (AHEAD, STRAIGHT, HOLD, 0)
        env.script(np.array([1, 0], np.uint8))
        env.step()
    assert game["hits"][0] >= 3 and game["hits"][0] + game["flying"] == game["shots"][0]


def test_the_script_beats_chance_and_is_even_with_itself() -> None:
    env = VecEnv("tanks", 128, seed=9)
    rng = np.random.default_rng(9)
    rows = np.tile(np.array([1, 0], np.uint8), 128)
    for _ in range(500):
        env.actions[:] = np.stack([rng.integers(0, n, 256) for n in (3, 3, 5, 4)], axis=1)
        env.script(rows & env.active)
        env.step()
    assert env.drain(list(range(0, 256, 2)))["won"] > 0.99
    env.reset(9)
    env.drain()
    for _ in range(2000):
        env.script(env.active)
        env.step()
    assert 0.42 < env.drain(list(range(0, 256, 2)))["won"] < 0.58


@pytest.mark.parametrize(
    ("x", "y", "choice"),
    [
        (400, 150, HOLD),
        (400, 170, GUN_RIGHT),
        (400, 130, GUN_LEFT),
        (200, 400, FAR_RIGHT),
        (200, 20, FAR_LEFT),
        (20, 150, FAR_RIGHT),
    ],
)
def test_a_pointer_turns_the_gun_and_fires_when_it_is_there(
    x: float, y: float, choice: int
) -> None:
    env, _ = field_of()
    assert env.spec["aims"] == [2, 3]
    assert env.aim(0, 0, x, y, False) == {2: choice}
    there = {2: choice, 3: 2} if choice == HOLD else {2: choice}
    assert env.aim(0, 0, x, y, True) == there
    assert env.aim(0, 0, 205, 150, True) == {}  # on the tank itself


def test_what_is_seen_is_placed() -> None:
    env, game = field_of(x=[200, 600], y=[150, 450], speed=[0, 8])
    game["flying"] = 1
    game["bullets"][0, :5] = [400, 300, -14, 0, 2]
    game["bullets"][0, 5:].view("i4")[0] = 1
    boxes = env.places(0, 0)
    assert boxes[:10].tolist() == [[182, 132, 36, 36]] * 10
    assert boxes[10:23].tolist() == [[582, 432, 36, 36]] * 13
    aims = boxes[23:26]
    assert (aims[:, 0] > 600).all() and (np.diff(aims[:, 0]) >= 0).all()  # heavier ones are slower
    assert (aims[:, 1] == 444).all() and (aims[:, 2:] == 12).all()
    assert boxes[26:35].tolist() == [[392, 292, 16, 16]] * 9
    assert not boxes[35:].any()


def test_words() -> None:
    env, _ = field_of({"tanks": 3}, energy=[100, 42.5, 0])
    assert env.describe() == "Tank 1 has energy 100, tank 2 has energy 43, tank 3 is out."
