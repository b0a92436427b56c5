"""Behaviour cloning: what it recovers, what it holds to, what it refuses, what takes its runs."""

import json
import re
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from envs_c.build import ROOT, EnvError
from envs_c.replay import record
from envs_c.replay_file import Driver, Replay, encode
from exporter.sources import Options, load_own
from tests.subjects import made
from trainer import checkpoint
from trainer.__main__ import app
from trainer.clone import Fit, _divergence, _interval, _loss, clone
from trainer.config import load_config
from trainer.dataset import collect, write
from trainer.decisions import Decisions, returns_of
from trainer.demonstrations import Demonstrations, Episode, read
from trainer.evaluate import evaluate
from trainer.policy import LOG_STD, Policy
from trainer.train import resume


def by(game: Replay, kind: str) -> Replay:
    """The replay, all seats driven by one kind of driver."""
    name = "best" if kind == "policy" else ""
    drivers = tuple((0, seat, Driver(kind, name)) for seat in range(game.seats))
    return replace(game, drivers=drivers)


def saved(game: Replay, path: Path) -> Path:
    path.write_bytes(encode(game))
    return path


@pytest.fixture(scope="module")
def squared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The script's play of squared, as a person's."""
    game = by(record("squared", 5, {}, 6000), "person")
    return saved(game, tmp_path_factory.mktemp("clone") / "squared.gymcade")


@pytest.fixture(scope="module")
def cloned(squared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A run of the command on it, and what it said."""
    folder = tmp_path_factory.mktemp("runs") / "squared"
    told = CliRunner().invoke(app, ["clone", str(squared), "--out", str(folder), "--json"])
    assert told.exit_code == 0, told.output
    report: dict[str, Any] = json.loads(told.stdout)
    return folder, report


# --- What it recovers -----------------------------------------------------------------------------


def test_the_script_of_squared_is_recovered(cloned: tuple[Path, dict[str, Any]]) -> None:
    folder, report = cloned
    assert report["measure"] == "accuracy"
    assert report["score"] >= report["score_low"] > 0.97
    assert report["baseline"] < 0.4
    assert report["episodes"] + report["validation_episodes"] > 900
    assert report["decisions"] + report["validation_decisions"] == 6000
    assert json.loads((folder / "clone.json").read_text())["score"] == report["score"]
    reached = evaluate("squared", str(folder), episodes=1000)
    assert reached.win_rate is not None
    assert reached.win_rate > 0.95


def test_the_script_of_pong_is_recovered(tmp_path: Path) -> None:
    files = []
    for seed in (1, 2, 3, 4):
        game = record("pong", seed, {}, 3000, ("scripted", "random"))
        game = replace(game, drivers=((0, 0, Driver("person")), *game.drivers[1:]))
        files.append(saved(game, tmp_path / f"{seed}.gymcade"))
    shown = read(files)
    trained, report = clone(shown, load_config("pong"), Fit(epochs=60))
    assert report.score > 0.95
    assert report.score > report.baseline + 0.1
    checkpoint.save(trained, tmp_path / "run" / checkpoint.LATEST)
    mine = evaluate("pong", str(tmp_path / "run"), "random", episodes=64)
    assert mine.win_rate is not None
    assert mine.win_rate > 0.95  # the script wins them all


def test_the_same_seed_gives_the_same_policy(squared: Path) -> None:
    shown = read([squared])
    fit = Fit(epochs=2)
    config = load_config("squared", {"hidden": "16"})
    runs = [clone(shown, config, each)[0] for each in (fit, fit, replace(fit, seed=2))]
    flat = [torch.cat([w.flatten() for w in run["policy"].values()]) for run in runs]
    assert torch.equal(flat[0], flat[1])
    assert not torch.equal(flat[0], flat[2])


def test_a_move_that_is_forced_teaches_nothing() -> None:
    """Where the mask leaves one choice, it is certain, and the weights stay."""
    policy = Policy(made("dials").spec, 8, 1)
    mask = np.zeros((6, 10), np.uint8)
    mask[:, [1, 4, 9]] = 1
    x = Decisions(
        torch.zeros(6, 6, dtype=torch.uint8),
        torch.tensor([[1, 2, 4]] * 6),
        torch.from_numpy(mask),
        torch.full((6,), torch.nan),
    )
    loss = _loss(policy, x, 0.5)
    assert loss.item() == 0
    loss.backward()
    assert all(p.grad is None or not p.grad.any() for p in policy.parameters())


def test_the_loss_is_the_likelihood_of_all_heads_and_the_error_of_known_values() -> None:
    torch.manual_seed(1)
    policy = Policy(made("dials").spec, 8, 1)
    obs = torch.randint(0, 2, (5, 6), dtype=torch.uint8)
    actions = torch.stack([torch.randint(0, n, (5,)) for n in (2, 3, 5)], dim=1)
    returns = torch.tensor([1.0, torch.nan, 0.5, torch.nan, -1.0])
    loss = _loss(policy, Decisions(obs, actions, None, returns), 0.5).detach()
    with torch.no_grad():
        out = policy(obs)
    want = torch.zeros(())
    for head, logits in enumerate(out.logits.split([2, 3, 5], dim=1)):
        want += torch.nn.functional.cross_entropy(logits, actions[:, head])
    error = sum(0.5 * (out.value[i] - returns[i]) ** 2 for i in (0, 2, 4)) / 5
    assert float(loss) == pytest.approx(float(want + 0.5 * error), rel=1e-5)


def test_numbers_are_fitted_by_gaussian_likelihood() -> None:
    torch.manual_seed(1)
    policy = Policy(made("drift").spec, 8, 1)
    obs, actions = torch.randn(7, 4), torch.rand(7, 2) * 2 - 1
    x = Decisions(obs, actions, None, torch.full((7,), torch.nan))
    spread = policy.log_std
    assert spread is not None
    normal = torch.distributions.Normal(policy(obs).logits, spread.exp())
    want = -normal.log_prob(actions).sum(dim=1).mean().detach()
    assert float(_loss(policy, x, 0.5).detach()) == pytest.approx(float(want), rel=1e-5)
    assert LOG_STD[0] <= float(spread.min().detach())


@pytest.mark.parametrize("name", ["dials", "drift"])
def test_the_divergence_is_that_of_torch(name: str) -> None:
    torch.manual_seed(2)
    spec = made(name).spec
    policy, other = Policy(spec, 8, 1), Policy(spec, 8, 1)
    for p in (*policy.parameters(), *other.parameters()):
        p.data += 0.3 * torch.randn_like(p)
    size = spec["interface"]["observation"]["size"]
    obs = torch.randint(0, 2, (9, size)).float()
    x = Decisions(obs, torch.zeros(9, len(policy.nvec)), None, torch.zeros(9))
    told = other(obs).logits
    mine, theirs = policy.log_std, other.log_std
    if mine is not None and theirs is not None:
        normals = [
            torch.distributions.Normal(p(obs).logits, s.exp())
            for p, s in ((other, theirs), (policy, mine))
        ]
        want = torch.distributions.kl_divergence(*normals).sum(dim=1).mean()
    else:
        heads = zip(
            told.split(policy.nvec, 1), policy(obs).logits.split(policy.nvec, 1), strict=True
        )
        kinds = torch.distributions.Categorical
        parts = [
            torch.distributions.kl_divergence(kinds(logits=a), kinds(logits=b)) for a, b in heads
        ]
        want = torch.stack(parts).sum(dim=0).mean()
    want = want.detach()
    assert float(want) > 0.01
    assert float(_divergence(policy, x, told, theirs).detach()) == pytest.approx(
        float(want), rel=1e-4
    )
    assert float(_divergence(other, x, told, theirs).detach()) == pytest.approx(0, abs=1e-6)


def test_returns_are_known_only_where_an_episode_ended() -> None:
    rewards = np.array([1.0, 0.0, 2.0])
    episode = Episode(np.zeros((3, 1)), np.zeros((3, 1)), rewards, True, None)
    assert returns_of(episode, 0.5).tolist() == [1.5, 1.0, 2.0]
    assert np.isnan(returns_of(replace(episode, ended=False), 0.5)).all()


def test_an_interval_covers_as_often_as_it_says() -> None:
    """Also where the decisions of an episode are right or wrong together."""
    rng = np.random.default_rng(1)
    covered = []
    for _ in range(1000):
        lengths = rng.integers(5, 15, 40)
        chance = np.where(rng.random(40) < 0.5, 0.95, 0.65)  # easy and hard episodes: 0.8
        found = _interval(rng.binomial(lengths, chance).astype(np.float64), lengths, share=True)
        assert found
        covered.append(found[0] <= 0.8 <= found[1])
    assert 0.92 <= np.mean(covered) <= 0.98
    assert _interval(np.array([5.0]), np.array([5]), share=True) is None
    found = _interval(np.full(30, 8.0), np.full(30, 8), share=True)
    assert found == pytest.approx((0.886, 1), abs=0.001)  # Wilson's of 30 of 30


# --- Corrections ----------------------------------------------------------------------------------


def test_corrections_teach_and_what_was_not_corrected_stays(
    cloned: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """A person who always goes left is followed; `keep` leaves the rest nearer to what it was."""
    parent = checkpoint.load(cloned[0])
    ours = record("squared", 8, {}, 400)
    agents = saved(by(ours, "policy"), tmp_path / "agents.gymcade")
    odd = saved(by(record("squared", 9, {}, 400, ("random",)), "person"), tmp_path / "odd.gymcade")
    shown = read([agents, odd])
    assert sum(map(len, shown.agents)) == sum(map(len, shown.episodes)) == 400
    shown = replace(
        shown, episodes=[replace(e, actions=np.full_like(e.actions, 3)) for e in shown.episodes]
    )
    config = load_config("squared")
    apart = []
    for keep in (0.0, 3.0):
        fitted, report = clone(shown, config, Fit(epochs=8, keep=keep), parent, "parent")
        assert report.parent == "parent"
        assert report.agents_decisions == (400 if keep else 0)
        apart.append(divergence(parent, fitted, shown))
        if not keep:
            assert report.score > 0.9  # of "left" everywhere
    assert apart[1] < 0.5 * apart[0]


@torch.no_grad()
def divergence(parent: dict[str, Any], fitted: dict[str, Any], shown: Demonstrations) -> float:
    """KL(parent || fitted) where agents drove, nats."""
    obs = torch.from_numpy(np.concatenate([e.observations for e in shown.agents]))
    logits = []
    for run in (parent, fitted):
        policy = Policy(
            shown.spec, run["config"]["hidden"], run["config"]["layers"], grid=run["config"]["grid"]
        )
        policy.load_state_dict(run["policy"])
        logits.append(policy(obs).logits.log_softmax(dim=1))
    return float((logits[0].exp() * (logits[0] - logits[1])).sum(dim=1).mean())


def test_a_dataset_brings_its_agents_ticks_along(tmp_path: Path) -> None:
    game = record("squared", 5, {}, 200)
    drivers = ((0, 0, Driver("policy", "best")), (100, 0, Driver("person")))
    place = write(collect([replace(game, drivers=drivers)]), tmp_path)
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as file:
        for path in sorted(place.rglob("*")):
            file.write(path, path.relative_to(tmp_path))
    replay = saved(replace(game, drivers=drivers), tmp_path / "game.gymcade")
    for source in (tmp_path / "squared", place, place / "data", tmp_path / "set.zip", replay):
        shown = read([source])
        assert sum(map(len, shown.episodes)) == 100, source
        assert sum(map(len, shown.agents)) == 100, source
        assert shown.spec["name"] == "squared"


# --- What takes its runs --------------------------------------------------------------------------


def test_training_and_the_exporter_go_on_from_it(
    squared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = load_config("squared", {"hidden": "16", "copies": "8", "segment": "16"})
    first, _ = clone(read([squared]), small, Fit(epochs=3))
    path = tmp_path / "run" / checkpoint.LATEST
    checkpoint.save(first, path)
    source = load_own(str(path.parent), Options())
    assert source.facts["algorithm"] == "behaviour cloning"
    assert source.facts["train_steps"] == 0
    resume(path.parent, steps=512)
    capsys.readouterr()
    then = checkpoint.load(path)
    assert then["steps"] >= 512
    assert load_own(str(path.parent), Options()).facts["algorithm"] == "PPO"
    moved = [(then["policy"][k] - v).abs().max() for k, v in first["policy"].items()]
    assert 0 < max(moved) < 0.2  # from these weights, not anew


# --- What it refuses ------------------------------------------------------------------------------


def spoilt(key: str, change: Callable[[Any], Any]) -> Callable[[h5py.Group], None]:
    def spoil(group: h5py.Group) -> None:
        value = change(group[key][()])
        del group[key]
        if value is not None:
            group.create_dataset(key, data=value)

    return spoil


SPOILT = {
    "want 9 observations, got 8": spoilt("observations", lambda a: a[:-1]),
    "want observations of 84 values, got 42": spoilt("observations", lambda a: a[:, 0]),
    "want actions of 1 heads, got 2": spoilt("actions", lambda a: np.stack([a, a], 1)),
    "want whole numbers as actions, got float32": spoilt("actions", lambda a: a.astype("f4")),
    "want actions of 'column' from 0 to 6, got": spoilt("actions", lambda a: a + 5),
    "want infos/action_mask, as actions are masked, got none": spoilt(
        "infos/action_mask", lambda _: None
    ),
    "want infos/action_mask of shape (9, 7), got (8, 7)": spoilt(
        "infos/action_mask", lambda a: a[:-1]
    ),
    "want actions that the mask allows, got another at step 0": spoilt(
        "infos/action_mask", lambda a: 0 * a
    ),
    "its HDF5 cannot be read": spoilt("rewards", lambda _: None),
}


@pytest.mark.parametrize("words", SPOILT)
def test_a_bad_dataset_is_refused_with_words(words: str, tmp_path: Path) -> None:
    game = by(record("connect4", 3, {}, 16, ("random",)), "person")
    place = write(collect([game], seats=[0]), tmp_path)
    with h5py.File(place / "data" / "main_data.hdf5", "a") as file:
        SPOILT[words](file["episode_0"])
    with pytest.raises(EnvError, match=re.escape(words)):
        read([place])


def test_what_is_no_dataset_is_refused_with_words(tmp_path: Path) -> None:
    def refused(source: Path, words: str, env: str = "") -> None:
        with pytest.raises(EnvError, match=re.escape(words)):
            read([source], env)

    refused(tmp_path / "none.zip", "want a .gymcade replay or a Minari folder or zip, got no such")
    (tmp_path / "text.zip").write_text("no zip")
    refused(tmp_path / "text.zip", "got another file")
    refused(tmp_path, "want a Minari dataset, with data/metadata.json in it, got none")
    game = by(record("squared", 3, {}, 40), "person")
    place = write(collect([game]), tmp_path / "sets")
    refused(place, "want one for all sources, got pong, squared", "pong")
    facts = place / "data" / "metadata.json"
    told = json.loads(facts.read_text())
    facts.write_text(json.dumps({**told, "gymcade": {}, "env_spec": None}))
    refused(place, "got none: name it with --env")
    assert len(read([place], "squared").episodes) == len(collect([game]).segments)
    other = {**told["gymcade"], "interface_version": "ab"}
    facts.write_text(json.dumps({**told, "gymcade": other}))
    refused(place, "made for interface ab, want ")
    facts.write_text(json.dumps({**told, "data_format": "arrow"}))
    refused(place, "want a dataset in format hdf5, got 'arrow'")
    facts.write_text("{")
    refused(place, "metadata is no JSON")
    facts.with_name("main_data.hdf5").write_bytes(b"no HDF5")
    facts.write_text(json.dumps(told))
    refused(place, "its HDF5 cannot be read")


def test_what_cannot_be_fitted_is_refused_with_words(
    squared: Path, cloned: tuple[Path, dict[str, Any]]
) -> None:
    shown, config, fit = read([squared]), load_config("squared"), Fit(epochs=1)
    with pytest.raises(EnvError, match="want at least 2, so that one can be held back, got 1"):
        clone(replace(shown, episodes=shown.episodes[:1]), config, fit)
    with pytest.raises(EnvError, match=r"recurrent: want none: .* got 'gru'"):
        clone(shown, replace(config, recurrent="gru"), fit)
    parent = checkpoint.load(cloned[0])
    with pytest.raises(EnvError, match="--from plays pong, want squared"):
        clone(shown, config, fit, {**parent, "env": "pong"})
    with pytest.raises(EnvError, match="--from was trained for interface ab, want"):
        clone(shown, config, fit, {**parent, "interface_version": "ab"})
    wrong: dict[str, Any]
    for wrong in ({"epochs": 0}, {"held_back": 1.0}, {"keep": -1.0}):
        ((name, value),) = wrong.items()
        with pytest.raises(ValueError, match=f"{name}: want .*, got {value}"):
            Fit(**wrong)


def test_the_command_refuses_a_folder_that_is_taken_and_settings_of_another_s(
    squared: Path, cloned: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    for more, words in (
        (["--out", str(cloned[0])], "holds a run already"),
        (["--out", str(tmp_path), "--from", str(cloned[0]), "--set", "hidden=8"], "only lr can be"),
    ):
        refused = CliRunner().invoke(app, ["clone", str(squared), *more])
        assert isinstance(refused.exception, EnvError)
        assert words in str(refused.exception)


# --- The document ---------------------------------------------------------------------------------


def test_the_commands_of_the_document_run(tmp_path: Path) -> None:
    """docs/corrections.md from the download to a policy file, as it is written there."""
    text = (ROOT / "docs" / "corrections.md").read_text(encoding="utf-8")
    blocks = "\n".join(re.findall(r"(?ms)^```\n(.*?)^```", text))
    commands = [
        line.partition("  #")[0] for line in blocks.splitlines() if line.startswith(".venv")
    ]
    assert len(commands) >= 5
    parts = [record("squared", seed, {}, 400) for seed in (1, 2)]
    half = ((0, 0, Driver("policy", "best")), (200, 0, Driver("person")))
    games = [replace(part, drivers=half) for part in parts]
    saved(games[0], tmp_path / "game.gymcade")
    place = write(collect(games), tmp_path / "made", "person-3fa94c21")
    with zipfile.ZipFile(tmp_path / "squared-person-3fa94c21-v0.zip", "w") as file:
        for path in sorted(place.rglob("*")):
            file.write(path, path.relative_to(tmp_path / "made"))
    for command in commands:
        words = shlex.split(command)
        assert words[0] == ".venv/bin/python", command
        done = subprocess.run(
            [sys.executable, *words[1:]],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    assert (tmp_path / "mine.onnx").is_file()
    assert json.loads((tmp_path / "mine.json").read_text())["algorithm"] == "behaviour cloning"
