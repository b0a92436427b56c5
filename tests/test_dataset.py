"""What a person did as a Minari dataset: by converter and page alike, and as Minari reads it."""

import io
import json
import re
import zipfile
from base64 import b64decode
from dataclasses import replace
from pathlib import Path
from typing import Any

import gymnasium
import h5py
import minari
import numpy as np
import pytest
from minari.serialization import serialize_space
from typer.testing import CliRunner

from envs_c.build import EnvError
from envs_c.replay import record
from envs_c.replay_file import Driver, Replay, ReplayError, encode
from envs_c.segments import parting, segments
from envs_c.wasm import in_node, text_of
from gymcade import spaces
from tests.replay_files import GAMES, natively, subject
from tests.subjects import SUBJECTS
from tests.wasm import module, require
from trainer.__main__ import app
from trainer.dataset import Collected, action_space, collect, env_spec, observation_space, write

MODULE = Path(__file__).parent / "datasets.mjs"


def people(game: Replay, *spans: tuple[int, int, int]) -> Replay:
    """The replay, with a person at a seat from a tick up to another: (seat, from, to)."""
    drivers = list(game.drivers)
    for seat, first, last in spans:
        drivers += [(first, seat, Driver("person")), (last, seat, Driver("policy", "best"))]
    return replace(game, drivers=tuple(sorted(drivers, key=lambda change: change[:2])))


@pytest.fixture(scope="module")
def pong() -> Replay:
    return people(record("pong", 7, {"points": 3}, 900), (0, 100, 250), (0, 300, 420), (1, 0, 900))


@pytest.fixture(scope="module")
def connect4() -> Replay:
    return people(record("connect4", 3, {}, 60, ("random",)), (0, 0, 9), (1, 20, 60))


# --- Segments -------------------------------------------------------------------------------------


def test_a_segment_is_what_one_driver_decided_in_one_episode(pong: Replay) -> None:
    found = segments(pong, seats=[0])
    spans = [(s.ticks[0], s.ticks[-1], s.first, s.terminated[-1], s.truncated[-1]) for s in found]
    assert spans == [(100, 250, False, False, True), (300, 420, False, False, True)]
    for segment in found:
        first = int(segment.ticks[0])
        assert segment.observations.shape == (len(segment) + 1, 8)
        wanted = pong.actions[first : first + len(segment), 0]
        assert segment.actions.tobytes() == wanted.tobytes()
        assert not segment.truncated[:-1].any()


def test_what_was_seen_and_got_is_what_the_environment_says() -> None:
    game = people(record("squared", 7, {}, 120, ("random",)), (0, 0, 120))
    env = subject("squared").make(1, game.seed, game.params)
    seen, got, ends = [], [], []
    for tick in range(game.ticks):
        seen.append(env.obs[0].copy())
        env.step(game.actions[tick])
        got.append(float(env.rewards[0]))
        if env.terminated[0] or env.truncated[0]:
            ends.append((tick + 1, bool(env.terminated[0]), env.final_obs[0].copy()))
    found = segments(game)
    observed = np.concatenate([s.observations[:-1] for s in found])
    assert observed.tobytes() == np.stack(seen).tobytes()
    assert np.concatenate([s.rewards for s in found]).tolist() == got
    assert len(ends) >= 3
    for segment, (tick, by_rule, last) in zip(found, ends, strict=False):
        assert (segment.ticks[-1], bool(segment.terminated[-1])) == (tick, by_rule)
        assert bool(segment.truncated[-1]) != by_rule
        assert segment.observations[-1].tobytes() == last.tobytes()
    assert [s.first for s in found] == [True] * len(found)


def test_in_turns_a_reward_comes_before_the_next_move(connect4: Replay) -> None:
    found = segments(
        replace(connect4, drivers=((0, 0, Driver("person")), (0, 1, Driver("person"))))
    )
    total = [0.0, 0.0]
    for segment in found:
        assert (np.diff(segment.ticks[:-1]) == 2).all()
        assert segment.mask is not None
        chosen = segment.mask[np.arange(len(segment)), segment.actions[:, 0]]
        assert chosen.all()
        if segment.terminated[-1]:
            assert not segment.mask[-1].any()
            total[segment.seat] += segment.rewards[-1]
    ended = [s for s in found if s.terminated[-1]]
    assert len(ended) >= 4
    assert total[0] == -total[1] != 0  # the loser learns of it on the other side's move


@pytest.mark.parametrize("name", GAMES)
def test_a_driver_s_segments_hold_all_its_decisions(name: str) -> None:
    game = replace(natively(name), drivers=tuple((0, s, Driver("person")) for s in range(64)))
    game = replace(game, drivers=game.drivers[: game.seats])
    env = subject(name).make(1, game.seed, game.params)
    changes, acted = dict(game.changes), 0
    for tick in range(game.ticks):
        env.set_params(changes.get(tick, {}))
        acted += int(env.active.sum())
        env.step(game.actions[tick])
    assert sum(len(s) for s in segments(game, source=subject(name).c_file)) == acted


def test_lines_of_one_game_share_their_beginning_once(pong: Replay) -> None:
    actions = pong.actions.copy()
    actions[500:, 0] = (actions[500:, 0] + 1) % 3
    there = people(replace(pong, actions=actions, hashes=((900, "0" * 16),)), (0, 450, 900))
    assert parting(there, [pong]) == 450  # where another drives
    assert parting(pong, []) == 0
    assert parting(replace(pong, seed=8), [pong]) == 0
    assert parting(pong, [pong]) == 900
    collected = collect([pong, pong])
    assert set(collected.origins) == {0}


def test_what_cannot_be_played_again_is_refused(pong: Replay) -> None:
    with pytest.raises(ReplayError, match="seat: want 0 to 1, got 2"):
        segments(pong, seats=[2])
    with pytest.raises(ReplayError, match=r"driver: want one of person.*, got 'nobody'"):
        segments(pong, ["nobody"])
    actions = pong.actions.copy()
    actions[200] = (actions[200] + 1) % 3
    with pytest.raises(ReplayError, match="the state at tick 300 is another than recorded"):
        segments(replace(pong, actions=actions))
    with pytest.raises(EnvError, match="want one environment, got pong, squared"):
        collect([pong, record("squared", 1, {}, 5)])


# --- On disk --------------------------------------------------------------------------------------


@pytest.mark.parametrize("played", SUBJECTS, ids=lambda s: s.name)
def test_the_spaces_are_gymnasium_s(played: Any) -> None:
    spec = played.spec
    assert serialize_space(spaces.observation_space(spec)) == json.dumps(observation_space(spec))
    assert serialize_space(spaces.action_space(spec)) == json.dumps(action_space(spec))
    if played.c_file is None:
        made = gymnasium.spec(env_spec(spec)["id"])
        assert json.loads(made.to_json()) == env_spec(spec)


def as_minari_reads_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> minari.MinariDataset:
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(root))
    (dataset_id,) = minari.list_local_datasets()
    return minari.load_dataset(dataset_id)


def check(dataset: minari.MinariDataset, collected: Collected) -> None:
    """That Minari hands out these segments."""
    spec = collected.spec
    found = list(dataset.iterate_episodes())
    assert dataset.total_steps == sum(len(segment) for segment in collected.segments)
    assert dataset.observation_space == spaces.observation_space(spec)
    assert dataset.action_space == spaces.action_space(spec)
    for episode, segment in zip(found, collected.segments, strict=True):
        length = len(segment)
        assert episode.observations.tobytes() == segment.observations.tobytes()
        assert episode.observations.shape == (length + 1, *dataset.observation_space.shape)
        assert dataset.observation_space.contains(episode.observations[0])
        assert episode.actions.tobytes() == segment.actions.tobytes()
        assert dataset.action_space.contains(episode.actions[0])
        assert episode.rewards.tobytes() == segment.rewards.tobytes()
        for got, want in (
            (episode.terminations, segment.terminated),
            (episode.truncations, segment.truncated),
        ):
            assert got.dtype == np.bool_
            assert got.tolist() == want.tolist()
        assert episode.infos["tick"].tolist() == segment.ticks.tolist()
        if segment.mask is not None:
            assert episode.infos["action_mask"].tolist() == segment.mask.tolist()


def test_minari_reads_what_the_converter_writes(
    connect4: Replay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collected = collect([connect4])
    place = write(collected, tmp_path)
    dataset = as_minari_reads_it(tmp_path, monkeypatch)
    assert dataset.id == f"connect4/person-{connect4.hashes[-1][1][:8]}-v0"
    check(dataset, collected)
    assert dataset.recover_environment().unwrapped.spec is not None
    facts = next(iter(dataset.storage.get_episode_metadata([1])))
    second = collected.segments[1]
    assert facts["game_seed"] == connect4.seed
    assert (facts["seat"], facts["total_steps"]) == (second.seat, len(second))
    own = dataset.storage.metadata["gymcade"]
    assert own["dynamics_version"] == collected.spec["dynamics_version"]
    assert own["segments"][1]["from"] == second.ticks[0]
    assert (place / own["replays"][0]["file"]).read_bytes() == encode(connect4)
    assert next(iter(dataset.sample_episodes(1))).id in range(len(collected.segments))


def test_the_command_says_what_it_wrote_and_refuses_what_it_cannot(
    pong: Replay, tmp_path: Path
) -> None:
    file = tmp_path / "game.gymcade"
    file.write_bytes(encode(pong))
    run = CliRunner().invoke
    told = run(app, ["dataset", str(file), "--out", str(tmp_path), "--seat", "0", "--name", "mine"])
    assert told.exit_code == 0, told.output
    assert re.search(r"2 segments, 270 steps: \S+/pong/mine-v0", told.output)
    for more, words in (
        (["--name", "mine"], "is there already"),
        (["--name", "a/b"], "name: want letters"),
        (["--drivers", "scripted,random", "--seat", "1"], "no segments: want at least one tick"),
    ):
        refused = run(app, ["dataset", str(file), "--out", str(tmp_path), *more])
        assert isinstance(refused.exception, EnvError)
        assert words in str(refused.exception)


# --- The page's code ------------------------------------------------------------------------------


def in_javascript(name: str, games: list[Replay]) -> dict[str, Any] | None:
    played = subject(name)
    sim = text_of(module(played).read_bytes())
    files = [text_of(encode(game)) for game in games]
    made: dict[str, Any] | None = in_node(MODULE, {"sim": sim, "files": files, "spec": played.spec})
    return made


def assert_alike(there: zipfile.ZipFile, here: Path) -> None:
    """That a zip of the page's holds the dataset that the converter has written."""
    root = "/".join(here.parts[-2:])
    assert there.testzip() is None
    facts = json.loads(there.read(f"{root}/data/metadata.json"))
    want = json.loads((here / "data" / "metadata.json").read_text())
    assert comparable(facts) == comparable(want)
    mine: dict[str, Any] = {}
    with h5py.File(here / "data" / "main_data.hdf5") as file:
        file.visititems(lambda at, node: mine.update({at: held(node)}))
    theirs: dict[str, Any] = {}
    with h5py.File(io.BytesIO(there.read(f"{root}/data/main_data.hdf5"))) as file:
        file.visititems(lambda at, node: theirs.update({at: held(node)}))
    assert theirs == mine


def held(node: Any) -> Any:
    """What a node of an HDF5 file holds: type, shape and bytes, or attributes."""
    if isinstance(node, h5py.Group):
        return {key: (value.dtype, int(value)) for key, value in node.attrs.items()}
    return (node.dtype, node.shape, node[()].tobytes())


def comparable(facts: dict[str, Any]) -> dict[str, Any]:
    texts = ("observation_space", "action_space", "env_spec")
    return {k: json.loads(v) if k in texts else v for k, v in facts.items() if k != "dataset_size"}


@pytest.mark.parametrize("name", GAMES)
def test_the_page_writes_what_the_converter_writes(name: str, tmp_path: Path) -> None:
    require("node")
    played, game = subject(name), natively(name)
    third = game.ticks // 3
    game = people(game, (game.seats - 1, third, 2 * third + 1))
    made = in_javascript(name, [game])
    assert made
    here = write(collect([game], source=played.c_file), tmp_path)
    assert made["id"] == "/".join(here.parts[-2:])
    assert_alike(zipfile.ZipFile(io.BytesIO(b64decode(made["zip"]))), here)


def test_the_page_pauses_and_knows_when_there_is_nothing(pong: Replay) -> None:
    require("node")
    made = in_javascript("pong", [people(record("pong", 2, {}, 4000), (0, 0, 4000))])
    assert made
    assert made["pauses"] >= 1
    assert in_javascript("pong", [record("pong", 2, {}, 50)]) is None


def test_checksums_are_those_of_lookup3() -> None:
    """By the vectors in the head comment of Jenkins' own program."""
    require("node")
    texts = ["", "Four score and seven years ago"]
    assert in_node(MODULE, {"texts": texts}) == [0xDEADBEEF, 0x17770551]
