"""What holds of every environment: determinism, copies, actions, ranges."""

import ctypes
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from envs_c.binding import VecEnv
from envs_c.build import EnvError
from tests.subjects import Player, Subject, assert_same, outcome


def load(env: VecEnv, copy: int, state: NDArray[np.uint8]) -> None:
    """Put a game there."""
    env.state[copy] = state
    env.show()


def extremes(subject: Subject) -> list[dict[str, float]]:
    """The parameters at their defaults, and each alone at either end."""
    params = subject.spec["params"]
    return [{}, *({p["name"]: p[end]} for p in params for end in ("min", "max"))]


# --- The same bytes -------------------------------------------------------------------------------


def test_same_seed_same_bytes(subject: Subject) -> None:
    a, b = subject.make(5, seed=7), subject.make(5, seed=7)
    player_a, player_b = Player(a, scripted=0.3), Player(b, scripted=0.3)
    for _ in range(300):
        player_a.play(1)
        player_b.play(1)
        assert_same(outcome(a), outcome(b))


def test_a_reset_starts_as_new(subject: Subject) -> None:
    env = subject.make(3, seed=7)
    Player(env).play(50)
    env.reset(9)
    assert_same(outcome(env), outcome(subject.make(3, seed=9)))


def test_different_seeds_and_copies_differ(subject: Subject) -> None:
    games = np.concatenate([subject.make(16, seed=seed).state for seed in (0, 1, 2**32 - 1)])
    assert len(np.unique(games, axis=0)) == 48


def test_memory_comes_out_written(subject: Subject) -> None:
    seen = []
    for filling in (0x00, 0xAA):
        env = subject.make(2, seed=3)
        arrays = [env.state, env.finals, env.obs, env.final_obs, env.active, env.over]
        for array in arrays + ([] if env.mask is None else [env.mask]):
            array.view(np.uint8).fill(filling)
        env.reset(3)
        env.over.fill(0)  # says of a step only
        seen.append([outcome(env)])
        player = Player(env)
        for _ in range(150):
            player.play(1)
            seen[-1].append(outcome(env))
    for one, other in zip(*seen, strict=True):
        assert_same(one, other)


def test_a_copied_state_goes_on_as_the_original(subject: Subject) -> None:
    here, there = subject.make(3, seed=1), subject.make(5, seed=2)
    Player(here, scripted=0.5).play(37)
    Player(there).play(11)
    load(there, 4, here.state[1])
    rows, others = slice(here.seats, 2 * here.seats), slice(4 * here.seats, 5 * here.seats)
    player = Player(here, seed=3, scripted=0.5)
    for _ in range(200):
        assert here.obs[rows].tobytes() == there.obs[others].tobytes()
        assert here.active[rows].tobytes() == there.active[others].tobytes()
        if here.mask is not None and there.mask is not None:
            assert here.mask[rows].tobytes() == there.mask[others].tobytes()
        player.act()
        there.actions[others] = here.actions[rows]
        here.step()
        there.step()
        for one, other in (
            (here.state[1], there.state[4]),
            (here.rewards[rows], there.rewards[others]),
            (here.terminated[rows], there.terminated[others]),
            (here.truncated[rows], there.truncated[others]),
        ):
            assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize("copy", [0, 5])
def test_a_copy_plays_its_own_stream_whatever_their_number(subject: Subject, copy: int) -> None:
    many, few = subject.make(64, seed=4), subject.make(copy + 1, seed=4)
    rows = slice(copy * many.seats, (copy + 1) * many.seats)
    player = Player(many, scripted=0.2)
    for _ in range(150):
        assert many.obs[rows].tobytes() == few.obs[rows].tobytes()
        few.actions[rows] = player.act()[rows]
        many.step()
        few.step()
        assert many.state[copy].tobytes() == few.state[copy].tobytes()
        assert many.rewards[rows].tobytes() == few.rewards[rows].tobytes()


def test_threads_change_nothing(subject: Subject) -> None:
    one, two = subject.make(5, seed=6), subject.make(5, seed=6, threads=2)
    player_one, player_two = Player(one, scripted=0.2), Player(two, scripted=0.2)
    for _ in range(200):
        player_one.play(1)
        player_two.play(1)
        assert_same(outcome(two), outcome(one))
    assert one.hash() == two.hash()


# --- What is seen and done ------------------------------------------------------------------------


def test_observations_and_rewards_keep_their_ranges(subject: Subject) -> None:
    for params in extremes(subject):
        env = subject.make(4, seed=8, params=params)
        parts = env.spec["interface"]["observation"]["parts"]
        player = Player(env, scripted=0.4)
        for _ in range(250):
            player.play(1)
            assert np.isfinite(env.rewards).all()
            ended = (env.terminated | env.truncated) != 0
            for obs in (env.obs, env.final_obs[ended]):
                for part in parts:
                    size = int(np.prod(part["shape"]))
                    seen = obs[:, part["offset"] : part["offset"] + size]
                    if part["categories"]:
                        assert (seen < len(part["categories"])).all(), part["name"]
                    elif obs.dtype == np.float32:
                        assert (seen >= part["low"]).all(), part["name"]
                        assert (seen <= part["high"]).all(), part["name"]


def test_no_two_choices_of_a_head_are_always_the_same(subject: Subject) -> None:
    env = subject.make(seed=5)
    action = env.spec["interface"]["action"]
    continuous = action["type"] == "continuous"
    player = Player(env, scripted=0.3)
    for seat in {0, env.seats - 1}:
        for h, head in enumerate(action["heads"]):
            values = [-1.0, 0.0, 1.0] if continuous else list(range(head["n"]))
            offset = sum(head["n"] for head in action["heads"][:h])
            trial, alike = subject.make(len(values)), np.ones((len(values),) * 2, bool)
            tried = np.zeros_like(alike)  # both allowed: off the board of a parameter nothing is
            for _ in range(60):
                while not env.active[seat]:
                    player.play(1)
                player.act()
                trial.state[:] = env.state[0]
                acts = trial.actions.reshape(len(values), env.seats, -1)
                acts[:] = env.actions
                acts[:, seat, h] = values
                trial.step()
                after = trial.state[:, None]  # (choices, 1, bytes)
                same = (after == trial.state[None]).all(axis=2)
                allowed = np.ones(len(values), bool)
                if env.mask is not None:
                    allowed = env.mask[seat, offset : offset + head["n"]] != 0
                both = allowed[:, None] & allowed[None]
                alike &= same | ~both
                tried |= both
                player.play(2)
            assert tried.any()
            assert not (alike & tried & ~np.eye(len(values), dtype=bool)).any(), (
                seat,
                head["name"],
            )


def test_an_action_out_of_range_counts_as_0(subject: Subject) -> None:
    wild, tame = subject.make(4, seed=2), subject.make(4, seed=2)
    heads = wild.spec["interface"]["action"]["heads"]
    rng = np.random.default_rng(0)
    for tick in range(200):
        if wild.actions.dtype == np.float32:
            table = [(np.nan, 0.0), (np.inf, 1.0), (-np.inf, -1.0), (7.5, 1.0), (0.25, 0.25)]
        else:
            n = heads[tick % len(heads)]["n"]
            table = [(2**31 - 1, 0), (-(2**31), 0), (-1, 0), (1, 1), (n, 0)]
        picks = rng.integers(0, len(table), wild.actions.shape)
        at_head = np.arange(len(heads)) == tick % len(heads)
        if wild.actions.dtype != np.float32:
            picks = np.where(at_head, picks, 3)
        values = np.array(table, wild.actions.dtype)
        wild.step(values[picks, 0])
        tame.step(values[picks, 1])
        assert_same(outcome(wild), outcome(tame))


def test_masks_leave_a_choice_to_those_who_act(subject: Subject) -> None:
    env = subject.make(8, seed=3)
    player = Player(env, scripted=0.2)
    heads = env.spec["interface"]["action"]["heads"]
    for _ in range(300):
        assert set(np.unique(env.active)) <= {0, 1}
        assert env.active.reshape(env.copies, env.seats).any(axis=1).all()
        if env.spec["turn_based"]:
            assert (env.active.reshape(env.copies, env.seats).sum(axis=1) == 1).all()
        if env.mask is not None:
            assert set(np.unique(env.mask)) <= {0, 1}
            at = 0
            for head in heads:
                assert env.mask[env.active != 0, at : at + head["n"]].any(axis=1).all()
                at += head["n"]
        player.play(1)


# --- Parameters, the scripted player, words and pointers ------------------------------------------


def test_parameters_out_of_range_are_refused(subject: Subject) -> None:
    for param in subject.spec["params"]:
        span = f"{param['name']}: want {param['min']:g} to {param['max']:g}, got "
        for value in (param["min"] - 1, param["max"] + 1, float("nan"), float("inf")):
            with pytest.raises(ValueError, match=span + f"{value}"):
                subject.make(params={param["name"]: value})
    with pytest.raises(EnvError, match="has no parameter 'nonesuch'"):
        subject.make(params={"nonesuch": 1})


def test_only_live_parameters_change_in_play(subject: Subject) -> None:
    env = subject.make(2)
    for param in env.spec["params"]:
        before = env.hash()
        value = param["min"] if param["default"] != param["min"] else param["max"]
        if not param["live"]:
            with pytest.raises(EnvError, match=f"{param['name']} cannot change in play"):
                env.set_params({param["name"]: value})
            assert env.hash() == before
        else:
            env.set_params({param["name"]: value})
            assert env.hash() != before
            assert env.seats * env.copies == env.rows
            Player(env).play(20)
            env.set_params({param["name"]: param["default"]})
            env.reset(0)
            assert env.hash() == before


def test_the_scripted_player_plays_by_the_rules(subject: Subject) -> None:
    env, again = subject.make(6, seed=3), subject.make(6, seed=3)
    heads = env.spec["interface"]["action"]["heads"]
    everyone = np.ones(env.rows, np.uint8)
    if not env.spec["has"]["script"]:
        with pytest.raises(EnvError, match="has no scripted player"):
            env.script(everyone)
        return
    for tick in range(120):
        level = tick % 3
        env.actions.fill(-9)
        env.script(env.active, level)
        again.script(env.active, level)
        acting = env.active != 0
        assert (env.actions[~acting] == -9).all()
        assert (env.actions[acting] == again.actions[acting]).all()
        at = 0
        for h, head in enumerate(heads):
            chosen = env.actions[acting, h]
            if env.actions.dtype == np.float32:
                assert (np.abs(chosen) <= 1).all()
                continue
            assert ((chosen >= 0) & (chosen < head["n"])).all()
            if env.mask is not None:
                assert env.mask[np.flatnonzero(acting), at + chosen].all()
            at += head["n"]
        again.step(env.actions)
        env.step()


def test_sticks_come_to_actions_and_change_nothing(subject: Subject) -> None:
    env = subject.make(seed=6)
    sticks = len(env.spec["sticks"])
    if not sticks:
        with pytest.raises(EnvError, match="has no sticks"):
            env.steer(0, 0, [])
        return
    with pytest.raises(ValueError, match=f"sticks: want {sticks}, got {sticks + 1}"):
        env.steer(0, 0, [0.0] * (sticks + 1))
    player, rng = Player(env, scripted=0.8), np.random.default_rng(6)
    heads = env.spec["interface"]["action"]["heads"]
    low, high = (-1, 1) if env.actions.dtype == np.float32 else (0, max(h["n"] - 1 for h in heads))
    moved = np.zeros(sticks, bool)
    for _ in range(60):
        before = env.state.copy()
        rest = env.steer(0, 0, [0.0] * sticks)
        assert (env.steer(0, 0, [np.nan] * sticks) == rest).all()
        for stick in range(sticks):
            held = np.zeros(sticks)
            held[stick] = rng.choice([-1, 1])
            action = env.steer(0, 0, list(held))
            assert ((action >= low) & (action <= high)).all()
            far = [float(value) and float(np.copysign(np.inf, value)) for value in held]
            assert (env.steer(0, 0, far) == action).all()
            assert (env.steer(0, 0, list(held * 7)) == action).all()
            moved[stick] |= bool((action != rest).any())
        assert (env.state == before).all()
        player.play(1)
    assert moved.all()


def test_describe_fits_the_room_it_is_given(subject: Subject) -> None:
    env = subject.make(seed=2)
    player = Player(env)
    for _ in range(100):
        text = env.describe()
        assert bool(text) == env.spec["has"]["describe"]
        assert len(text) < 200 and text.isascii() and text.isprintable()
        room: Any = ctypes.create_string_buffer(b"\xee" * 16)
        env._lib.env_describe(env.state[0].ctypes.data, room, 8)
        assert room.raw[: min(len(text), 7) + 1] == text[:7].encode() + b"\0"
        assert room.raw[8:16] == b"\xee" * 8
        player.play(1)


def test_what_is_seen_is_placed_near_the_scene_and_nothing_changes(subject: Subject) -> None:
    env = subject.make(seed=4)
    player = Player(env)
    size = np.array([env.spec["width"], env.spec["height"]])
    placed = 0
    for _ in range(60):
        before = env.state.copy()
        for seat in range(env.seats):
            boxes = env.places(0, seat)
            assert boxes.tobytes() == env.places(0, seat).tobytes()
            assert np.isfinite(boxes).all()
            assert (boxes[:, 2:] >= 0).all()
            shown = boxes[boxes[:, 2] > 0]
            assert (shown[:, 3] > 0).all()
            assert (shown[:, :2] >= -size / 2).all()
            assert (shown[:, :2] + shown[:, 2:] <= 1.5 * size).all()
            placed += len(shown)
        assert (env.state == before).all()
        player.play(1)
    assert (placed > 0) == env.spec["has"]["place"]


def test_a_pointer_finds_a_legal_choice_or_none(subject: Subject) -> None:
    env = subject.make(seed=2)
    player = Player(env)
    width, height = env.spec["width"], env.spec["height"]
    wild = [np.nan, np.inf, -np.inf, -1e30, 1e30, -1.0]
    found = set()
    for _ in range(40):
        seat = int(np.flatnonzero(env.active)[0])
        for x in np.linspace(0, width - 1, 25):
            for y in np.linspace(0, height - 1, 5):
                choice = env.point(0, seat, x, y)
                assert -1 <= choice < env.spec["interface"]["action"]["heads"][0]["n"]
                assert choice < 0 or env.mask is None or env.mask[seat, choice]
                found.add(choice)
        for out in wild:
            assert env.point(0, seat, out, height / 2) == -1
            assert env.point(0, seat, width / 2, out) == -1
        player.play(1)
    assert (max(found) >= 0) == env.spec["has"]["point"]


def test_a_pointer_aims_within_the_heads_that_are_told(subject: Subject) -> None:
    env = subject.make(seed=2)
    player = Player(env)
    action, aims = env.spec["interface"]["action"], set(env.spec["aims"])
    continuous = action["type"] == "continuous"
    xs = [*np.linspace(0, env.spec["width"], 9), np.nan, np.inf, -np.inf, 1e30]
    found: set[int] = set()
    for _ in range(20):
        before = env.state.copy()
        seat = int(np.flatnonzero(env.active)[0])
        for x in xs:
            for y in (*np.linspace(0, env.spec["height"], 5), np.nan):
                for down in (False, True):
                    chosen = env.aim(0, seat, x, y, down)
                    for head, value in chosen.items():
                        n = action["heads"][head]["n"]
                        assert -1 <= value <= 1 if continuous else 0 <= value < n
                    assert np.isfinite([x, y]).all() or not chosen
                    found |= set(chosen)
        assert (env.state == before).all()
        player.play(1)
    assert found <= aims and bool(found) == bool(aims)
