"""The environments as Gymnasium's: one game, many games, opponents in the other seats."""

import re
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.spaces import Box, Discrete, MultiDiscrete
from gymnasium.utils.env_checker import check_env, data_equivalence
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.wrappers.vector import RecordEpisodeStatistics
from numpy.typing import NDArray

from envs_c.build import ROOT, EnvError, names
from gymcade import env_id, register
from gymcade.single import GymcadeEnv
from gymcade.vector import GymcadeVectorEnv
from tests.subjects import MADE, Subject, made

POLICIES = ROOT / "web" / "static" / "policies"
DIALS, DRIFT = made("dials"), made("drift")
SMALL: dict[str, dict[str, float]] = {
    "breakout": {"balls": 1},
    "pong": {"points": 1},
    "snake": {"snakes": 4},
    "drift": {"motes": 5},
}


def single(subject: Subject, **settings: Any) -> GymcadeEnv:
    """One game of any environment under test, with few seats."""
    few = SMALL.get(subject.name, {})
    return GymcadeEnv(subject.name, source=subject.c_file, **{**few, **settings})


def some_action(space: Any, mask: NDArray[Any] | None, rng: np.random.Generator) -> Any:
    """Drawn among what the mask allows."""
    if isinstance(space, Box):
        return rng.uniform(-1, 1, space.shape).astype(np.float32)
    nvec = [int(space.n)] if isinstance(space, Discrete) else space.nvec.tolist()
    keys = rng.random(sum(nvec)) * (1 if mask is None else mask)
    chosen = [int(head.argmax()) for head in np.split(keys, np.cumsum(nvec)[:-1])]
    return chosen[0] if isinstance(space, Discrete) else np.array(chosen)


def test_every_folder_is_registered_and_nothing_twice() -> None:
    register()
    ids = {i for i in gymnasium.registry if i.startswith("gymcade/")}
    assert ids == {env_id(name) for name in names()}
    assert env_id("connect4") == "gymcade/Connect4-v0"
    assert env_id("snow_fight") == "gymcade/SnowFight-v0"


@pytest.mark.parametrize("name", names())
def test_gymnasium_finds_no_fault_with_what_it_makes(name: str) -> None:
    check_env(gymnasium.make(env_id(name)).unwrapped)


@pytest.mark.parametrize("subject", MADE, ids=lambda subject: subject.name)
def test_nor_with_other_kinds_of_spaces(subject: Subject) -> None:
    env = single(subject)
    kwargs = {"name": subject.name, "source": subject.c_file, **SMALL.get(subject.name, {})}
    entry = "gymcade.single:GymcadeEnv"
    env.spec = EnvSpec(f"{subject.name}-v0", entry, kwargs=kwargs)  # seeds are checked only then
    check_env(env, skip_render_check=True)  # they draw nothing


def test_spaces_say_what_the_environments_say() -> None:
    spaces = {name: gymnasium.make(env_id(name)).observation_space for name in names()}
    assert spaces["squared"] == Box(0, 2, (11, 11), np.uint8)
    assert spaces["connect4"] == Box(0, 1, (2, 6, 7), np.uint8)
    assert spaces["pong"] == Box(-1.1, 1.1, (8,), np.float32)
    snake = spaces["snake"]
    assert isinstance(snake, Box)
    assert (snake.shape, snake.high[:121].tolist(), snake.high[121]) == ((122,), [6] * 121, 4)
    assert single(DIALS).action_space == MultiDiscrete([2, 3, 5])
    assert single(DRIFT).action_space == Box(-1, 1, (2,), np.float32)
    low = single(DRIFT).observation_space
    assert isinstance(low, Box)
    assert low.low.tolist() == [-2, -2, -1, -1]


@pytest.mark.parametrize("other", ["default", "random"])
def test_many_games_are_the_same_as_one_by_one(subject: Subject, other: str) -> None:
    opponent = "random" if other == "random" and subject.spec["agents"] > 1 else None
    few = SMALL.get(subject.name, {})
    settings: Any = {"opponent": opponent, "source": subject.c_file, "params": few}
    many = GymcadeVectorEnv(subject.name, 5, **settings)
    mode = AutoresetMode.SAME_STEP
    one_by_one: Any = SyncVectorEnv(
        [lambda: GymcadeEnv(subject.name, **settings)] * 5, autoreset_mode=mode
    )
    assert many.metadata["autoreset_mode"] is mode
    assert many.observation_space == one_by_one.observation_space
    assert many.action_space == one_by_one.action_space
    rng, ended = np.random.default_rng(3), 0
    got: Any = many.reset(seed=7)
    assert data_equivalence(got, one_by_one.reset(seed=7), exact=True)
    for tick in range(4000):
        if tick >= 400 and ended > 5:
            break
        masks = got[-1].get("action_mask", [None] * 5)
        actions = np.array([some_action(many.single_action_space, m, rng) for m in masks])
        got = many.step(actions)
        want = one_by_one.step(actions)
        for part, whole in zip(got, want, strict=True):
            assert data_equivalence(part, whole, exact=True), tick
        ended += int((got[2] | got[3]).sum())
        if tick in (100, 200):
            options = {"reset_mask": np.arange(5) % 2 == 1} if tick == 100 else None
            got = many.reset(options=options)
            want = one_by_one.reset(options=dict(options) if options else None)
            assert data_equivalence(got[0], want[0], exact=True)
    assert ended > 5


@pytest.mark.parametrize("seat", [None, 0, 1])
def test_with_threads_it_is_the_same(seat: int | None) -> None:
    plain = GymcadeVectorEnv("connect4", 7, seat=seat)
    threaded = GymcadeVectorEnv("connect4", 7, seat=seat, threads=2)
    rng = np.random.default_rng(1)
    assert data_equivalence(plain.reset(seed=2), threaded.reset(seed=2), exact=True)
    for _ in range(60):
        actions = rng.integers(0, 7, 7)
        assert data_equivalence(plain.step(actions), threaded.step(actions), exact=True)


def test_seeds_repeat_games_and_no_seed_goes_on(subject: Subject) -> None:
    env = single(subject)

    def play() -> list[bytes]:
        rng, seen = np.random.default_rng(5), []
        for _ in range(40):
            mask = env.games.mask
            action = some_action(env.action_space, None if mask is None else mask[0], rng)
            _, _, terminated, truncated, _ = env.step(action)
            seen.append(env.games.env.state.tobytes())
            if terminated or truncated:
                env.reset()
        return seen

    games = []
    for seed in (11, 11, None, None, 2**40 + 11):
        env.reset(seed=seed)
        games.append([env.games.env.state.tobytes(), *play()])
    assert games[0] == games[1]
    assert len({b"".join(game) for game in games[1:4]}) == 3
    unseeded = [single(subject) for _ in range(2)]
    for other in unseeded:
        other.reset()
    first, second = (other.games.env.state.tobytes() for other in unseeded)
    assert first != second


def test_a_seed_is_the_game_that_the_c_code_plays_under_it() -> None:
    env = GymcadeEnv("pong", seat=0)
    env.reset(seed=21)
    want = Subject("pong").make(seed=21)
    assert env.games.env.state.tobytes() == want.state.tobytes()


def test_the_last_observation_stays_until_reset_and_no_step_follows_it() -> None:
    env = GymcadeEnv("squared")
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(0)
    env.reset(seed=1)
    ended, length = False, 0
    while not ended:
        obs, reward, terminated, truncated, info = env.step(2)
        ended, length = terminated or truncated, length + 1
    assert (info["episode_length"], info["score"]) == (length, reward)
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(0)
    began, info = env.reset()
    assert info == {}
    assert not np.array_equal(obs, began)


@pytest.mark.parametrize("seat", [0, 1])
def test_the_others_play_until_it_is_the_agents_turn(seat: int) -> None:
    env = GymcadeEnv("connect4", seat=seat)
    rng, results = np.random.default_rng(2), []
    obs, info = env.reset(seed=4)
    for _ in range(200):
        own, other = obs.sum(axis=(1, 2)).tolist()
        assert other - own == seat  # it is our turn
        assert np.array_equal(info["action_mask"] != 0, env.action_masks())
        obs, reward, terminated, truncated, info = env.step(
            some_action(env.action_space, info["action_mask"], rng)
        )
        if terminated or truncated:
            results.append(reward)
            assert info["won"] == (reward == 1)
            assert not info["action_mask"].any()
            obs, info = env.reset()
        else:
            assert reward == 0
    assert set(results) == {-1.0}  # it looks six moves ahead, and we do not
    assert len(results) > 10


def test_the_opponents_win_reaches_the_agent_in_the_step_before_it() -> None:
    env = GymcadeEnv("connect4", seat=1, opponent="scripted")
    env.reset(seed=1)
    rewards = []
    for action in (0, 0, 6, 6, 0, 6, 0, 6):
        _, reward, terminated, _, _ = env.step(action)
        rewards.append(reward)
        if terminated:
            break
    assert rewards[-1] == -1
    assert not any(rewards[:-1])


def test_seats_are_taken_in_turn_or_chosen() -> None:
    env = GymcadeEnv("connect4", opponent="random")
    seats = []
    env.reset(seed=6)
    for _ in range(6):
        seats.append(int(env.games.seat[0]))
        ended = False
        while not ended:
            _, _, ended, _, _ = env.step(int(env.action_masks().argmax()))
        env.reset()
    assert seats == [0, 1] * 3
    env.reset(seed=7)
    assert env.games.seat[0] == 1
    many = GymcadeVectorEnv("pong", 4)
    many.reset(seed=10)
    assert many.games.seat.tolist() == [0, 1, 0, 1]
    chosen = GymcadeVectorEnv("pong", 4, seat=1)
    chosen.reset(seed=10)
    assert chosen.games.seat.tolist() == [1] * 4


def test_death_ends_the_episode_but_not_the_game_that_gives_another_life() -> None:
    env = GymcadeEnv("snake", snakes=3, seat=2)
    env.reset(seed=3)
    for _ in range(500):
        before = env.games.env.state.copy()
        _, reward, terminated, _, info = env.step(0)
        if terminated:
            break
    assert (terminated, reward) == (True, -1.0)
    assert info["length"] >= 1
    assert not env.games.env.over[0]
    env.reset()
    running = (before != env.games.env.state).mean()
    assert 0 < running < 0.2, "the game went on, and did not begin anew"
    _, _, terminated, _, _ = env.step(0)
    assert not terminated


def test_death_for_good_starts_another_game() -> None:
    env = single(DRIFT, motes=3, limit=400, seat=1)
    env.reset(seed=3)
    ended = False
    while not ended:
        obs, reward, ended, _, info = env.step(np.array([1.0, 0.0], np.float32))
    assert (reward, info["escaped"]) == (-1.0, 1.0)
    assert np.hypot(*obs[:2]) > 1
    began, _ = env.reset()
    assert np.hypot(*began[:2]) < 1
    assert env.games.env.active.all(), "everybody is back"


@pytest.mark.parametrize(
    ("name", "opponent"),
    [
        ("pong", str(POLICIES / "pong" / "rookie.onnx")),
        ("connect4", str(POLICIES / "connect4" / "best.onnx")),
        ("snake", ["random", "scripted", str(POLICIES / "snake" / "best.onnx")]),
    ],
)
def test_policies_take_the_other_seats(name: str, opponent: str | Sequence[str]) -> None:
    env = GymcadeVectorEnv(name, 3, opponent=opponent, params=SMALL.get(name))
    rng, games = np.random.default_rng(4), []
    for _ in range(2):
        _, info = env.reset(seed=9)
        rng, states = np.random.default_rng(4), []
        for _ in range(80):
            masks = info.get("action_mask", [None] * 3)
            actions = np.array([some_action(env.single_action_space, m, rng) for m in masks])
            *_, info = env.step(actions)
            states.append(env.games.env.state.tobytes())
        games.append(states)
    assert games[0] == games[1]
    assert len(set(games[0])) > 10


def test_a_trained_opponent_is_stronger_than_chance() -> None:
    won = {}
    for opponent in ("random", str(POLICIES / "connect4" / "best.onnx")):
        env = GymcadeVectorEnv("connect4", 16, opponent=opponent)
        rng, ends, wins = np.random.default_rng(4), 0, 0.0
        _, info = env.reset(seed=9)
        for _ in range(120):
            actions = (info["action_mask"] * rng.random((16, 7))).argmax(axis=1)
            _, _, terminated, _, info = env.step(actions)
            ends += int(terminated.sum())
            wins += info["final_info"]["won"].sum() if terminated.any() else 0
        won[opponent] = wins / ends
    assert won.pop("random") > 0.35
    assert max(won.values()) < 0.05


def test_opponents_in_onnx_need_no_torch() -> None:
    policy = str(POLICIES / "pong" / "best.onnx")
    code = (
        "import sys, gymnasium\n"
        f"env = gymnasium.make('gymcade:gymcade/Pong-v0', opponent={policy!r})\n"
        "env.reset(seed=1); env.step(0)\n"
        "print('torch' in sys.modules, 'onnxruntime' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.split() == ["False", "True"], done.stderr


@pytest.mark.parametrize(
    ("name", "settings", "error", "told"),
    [
        ("lava", {}, EnvError, "no environment 'lava'"),
        ("pong", {"pints": 3}, EnvError, "pong has no parameter 'pints': points, serve_speed"),
        ("pong", {"points": 0}, ValueError, "points: want 1 to 99, got 0"),
        ("pong", {"params": {"points": 100}}, ValueError, "points: want 1 to 99, got 100"),
        ("pong", {"seat": 2}, ValueError, "seat: want 0 to 1, got 2"),
        ("pong", {"opponent": "clever"}, ValueError, "got 'clever'"),
        ("pong", {"opponent": "gone.onnx"}, EnvError, "no policy file gone.onnx"),
        ("pong", {"opponent": ["random", "random"]}, ValueError, "want one or 1, got 2"),
        ("squared", {"opponent": "random"}, ValueError, "has one seat, so want None"),
        ("squared", {"render_mode": "ansi"}, ValueError, "render_mode: want None or one of"),
        (
            "pong",
            {"opponent": str(POLICIES / "snake" / "best.onnx")},
            EnvError,
            "was made for interface",
        ),
    ],
)
def test_what_cannot_be_made_says_why(
    name: str, settings: dict[str, Any], error: type[Exception], told: str
) -> None:
    for make in (GymcadeEnv, GymcadeVectorEnv):
        with pytest.raises(error, match=re.escape(told)):
            make(name, **settings)


def test_what_has_no_script_says_so() -> None:
    with pytest.raises(EnvError, match="drift has no scripted player"):
        single(DRIFT, opponent="scripted")


@pytest.mark.parametrize("actions", [[0, 1, 2], [[0], [1]], [0.0, 1.0], [0, 3], [-1, 0]])
def test_actions_that_fit_not_are_refused(actions: list[Any]) -> None:
    env = GymcadeVectorEnv("pong", 2)
    env.reset(seed=1)
    if actions == [[0], [1]]:
        env.step(np.array(actions))  # (rows, heads) is as good as (rows,)
        return
    with pytest.raises(ValueError, match="actions: want"):
        env.step(np.array(actions))


def test_resets_that_fit_not_are_refused() -> None:
    env = GymcadeVectorEnv("squared", 3)
    for mask in ([True] * 3, np.ones(2, bool), np.zeros(3, bool), np.ones(3, int)):
        with pytest.raises(ValueError, match="reset_mask: want bool"):
            env.reset(options={"reset_mask": mask})
    with pytest.raises(ValueError, match="want 3 of them, got 2"):
        env.reset(seed=[1, 2])
    with pytest.raises(ValueError, match="seed: want 0 or more, got -1"):
        env.reset(seed=[1, 2, -1])


def test_observations_are_copies_unless_asked() -> None:
    env, bare = GymcadeVectorEnv("squared", 2), GymcadeVectorEnv("squared", 2, copy=False)
    obs, _ = env.reset(seed=1)
    kept = obs.copy()
    env.step(np.array([1, 2]))
    assert np.array_equal(obs, kept)
    seen, _ = bare.reset(seed=1)
    assert np.shares_memory(seen, bare.games.env.obs)


def test_gymnasiums_own_wrappers_take_it() -> None:
    env = RecordEpisodeStatistics(gymnasium.make_vec("gymcade/Squared-v0", num_envs=4))
    env.reset(seed=1)
    told = 0
    for _ in range(300):
        *_, infos = env.step(env.action_space.sample())
        if "episode" in infos:
            ended = infos["_episode"]
            told += int(ended.sum())
            lengths = infos["final_info"]["episode_length"]
            assert np.array_equal(infos["episode"]["l"][ended], lengths[ended])
    assert told > 4


@pytest.mark.parametrize("name", ["pong", "snake"])
def test_pictures_show_the_game_and_its_end(name: str) -> None:
    env = GymcadeEnv(
        name, render_mode="rgb_array", seat=0, params={"pong": {"points": 1}}.get(name)
    )
    env.reset(seed=1)
    spec = env.games.env.spec
    frames, ended = [env.render()], False
    while not ended:
        _, _, terminated, truncated, _ = env.step(0)
        ended = terminated or truncated
        frames.append(env.render())
    env.reset()
    frames.append(env.render())
    for frame in frames:
        assert frame is not None
        assert frame.shape == (spec["height"], spec["width"], 3)
        assert frame.dtype == np.uint8
    assert env.metadata["render_fps"] == spec["ticks_per_second"]
    if name == "pong":  # the last picture has the point, the next game's first has none
        last, first = frames[-2], frames[-1]
        assert last is not None
        assert first is not None
        assert (last != first).any(axis=2).mean() > 0.001


def test_many_pictures_at_once() -> None:
    env = gymnasium.make_vec("gymcade/Squared-v0", num_envs=3, render_mode="rgb_array")
    env.reset(seed=1)
    frames = env.render()
    assert frames is not None
    assert len({np.asarray(frame).tobytes() for frame in frames}) == 3
    assert GymcadeVectorEnv("squared", 2).render() is None
