"""What policies are made of: each encoder, memory and head learns, and exports what it learned."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from envs_c.binding import VecEnv
from envs_c.build import EnvError
from envs_c.spec import load_spec
from exporter.check import check
from exporter.graph import to_onnx
from trainer.config import make_config
from trainer.encoder import Encoder, Entities
from trainer.noise import Noise
from trainer.policy import Actions, Policy, make_policy
from trainer.ppo import Run

pytestmark = pytest.mark.usefixtures("made_by_name")


def noise(policy: Policy, rows: int) -> Tensor:
    drawn = torch.zeros(1, rows, policy.outputs)
    Noise(5).fill(drawn, torch.arange(rows), policy.continuous)
    return drawn[0]


def shaken(env: str, settings: dict[str, Any]) -> Policy:
    """A policy whose every weight and bias is at work."""
    torch.manual_seed(5)
    policy = make_policy(load_spec(env), {"hidden": 16, **settings})
    with torch.no_grad():
        for weight in policy.parameters():
            weight.add_(0.1 * torch.randn_like(weight))
    return policy


def seen(env: str, ticks: int = 20) -> Tensor:
    """Observations (64, size) of random play."""
    games = VecEnv(env, 64, seed=2)
    rng = np.random.default_rng(2)
    heads = games.spec["interface"]["action"]["heads"]
    for _ in range(ticks):
        games.step(rng.integers(0, heads[0]["n"], games.actions.shape).astype(np.int32))
    return torch.from_numpy(games.obs[:64])


# --- Grids ----------------------------------------------------------------------------------------


def test_axes_sum_a_grid_by_row_and_column() -> None:
    encoder = Encoder(load_spec("squared"), "axes")
    board = np.zeros((2, 11, 11), np.float32)
    board[0, 3, 7], board[0, 5, 5], board[1, 10, 0] = 2, 1, 2
    got = encoder(torch.from_numpy(board.reshape(2, 121))).numpy()
    cells = np.stack([board == kind for kind in range(3)], axis=-1).astype(np.float32)
    want = [
        cells.reshape(2, -1),
        cells.sum(axis=1).reshape(2, -1),
        cells.sum(axis=2).reshape(2, -1),
    ]
    assert encoder.width == got.shape[1] == 3 * (121 + 11 + 11)
    assert np.array_equal(got, np.hstack(want))


@pytest.mark.parametrize(
    ("env", "grid", "width"),
    [
        ("snake", "flat", 121 * 7 + 5),
        ("snake", "embed", 121 * 4 + 5),
        ("snake", "conv", 6 * 6 * 16 + 5),
        ("squared", "conv", 6 * 6 * 16),
        ("connect4", "conv", 3 * 4 * 16),
    ],
)
def test_a_grid_is_as_wide_as_it_is_coded(env: str, grid: str, width: int) -> None:
    encoder = Encoder(load_spec(env), grid)
    assert encoder.width == encoder(seen(env).float()).shape[1] == width


def test_an_embedded_category_is_the_same_numbers_everywhere() -> None:
    encoder = Encoder(load_spec("squared"), "embed", embed=3)
    board = torch.randint(0, 3, (5, 121))
    got = encoder(board.float()).view(5, 121, 3)
    table = encoder.state_dict()["coders.0.numbers.weight"].T  # (kinds, numbers)
    assert torch.allclose(got, table[board], atol=1e-6)


@pytest.mark.parametrize("env", ["squared", "connect4"])
def test_a_convolution_is_of_the_planes_of_the_grid(env: str) -> None:
    encoder = Encoder(load_spec(env), "conv", channels=8)
    obs = seen(env, 5)
    planes = (
        nn.functional.one_hot(obs.long(), 3).view(-1, 11, 11, 3).permute(0, 3, 1, 2)
        if env == "squared"
        else obs.view(-1, 2, 6, 7)
    )
    w = {name.removeprefix("coders.0.layers."): v for name, v in encoder.state_dict().items()}
    first = nn.functional.conv2d(planes.float(), w["0.weight"], w["0.bias"], padding=1).relu()
    second = nn.functional.conv2d(first, w["2.weight"], w["2.bias"], stride=2, padding=1).relu()
    assert torch.allclose(encoder(obs.float()), second.flatten(1), atol=1e-5)
    assert second.std() > 0.05


def test_what_is_not_there_cannot_be_coded() -> None:
    for grid in ("axes", "embed", "conv"):
        want = f"grid: want \"flat\" as pong shows no such grid, got '{grid}'"
        with pytest.raises(EnvError, match=want):
            Encoder(load_spec("pong"), grid)
    want = "entities: want \"flat\" as drift declares none, got 'pool'"
    with pytest.raises(EnvError, match=want):
        Encoder(load_spec("drift"), entities="pool")


# --- Entities -------------------------------------------------------------------------------------


@torch.no_grad()
@pytest.mark.parametrize("entities", ["flat", "pool", "attention"])
def test_the_order_of_entities_matters_to_flat_alone(entities: str) -> None:
    policy = shaken("berries", {"entities": entities})
    obs = seen("berries")
    rows = obs[:, 2:].view(64, 12, 4)
    gone = (rows == 0).all(dim=2)
    assert gone.any(dim=1).all() and not gone.all(dim=1).any()
    order = torch.rand(64, 12).argsort(dim=1)
    turned = rows.gather(1, order[:, :, None].expand(64, 12, 4))
    before, after = policy(obs), policy(torch.cat((obs[:, :2], turned.flatten(1)), dim=1))
    differ = max(
        float((before.logits - after.logits).abs().max()),
        float((before.value - after.value).abs().max()),
    )
    assert differ > 0.1 if entities == "flat" else differ < 1e-5
    assert before.logits.std(dim=0).min() > 0.01


@pytest.mark.parametrize("entities", ["pool", "attention"])
def test_who_is_not_there_does_not_matter(entities: str) -> None:
    few, many = (Entities([n, 4], 2, 16, entities == "attention") for n in (5, 8))
    many.load_state_dict(few.state_dict())
    rows, own = torch.randn(9, 5, 4), [torch.randn(9, 2)]
    padded = torch.cat((torch.zeros(9, 2, 4), rows, torch.zeros(9, 1, 4)), dim=1)
    among_few = few(rows.flatten(1), own)
    assert torch.allclose(many(padded.flatten(1), own), among_few, atol=1e-6)
    assert (among_few != 0).any(dim=1).all()
    assert (many(torch.zeros(9, 32), own) == 0).all()  # nobody at all


def test_attention_looks_for_what_the_seat_itself_sees() -> None:
    crowd = shaken("berries", {"entities": "attention"}).encoder.crowds[0]
    rows = torch.randn(9, 48)
    here, there = (crowd(rows, [torch.full((9, 2), x)]) for x in (-1.0, 1.0))
    assert torch.equal(here[:, :64], there[:, :64])  # the largest of each number
    assert (here[:, 64:] - there[:, 64:]).abs().max() > 1e-3


# --- Heads ----------------------------------------------------------------------------------------


def test_a_continuous_head_keeps_its_bounds() -> None:
    policy = shaken("drift", {})
    with torch.no_grad():
        policy.action.weight.mul_(1e4)
        for shift, low, high in ((-1e3, -4.0, -3.99), (0.0, -1.0, -0.3), (1e3, -0.01, 0.0)):
            policy.spread = nn.Parameter(torch.full((2,), shift))
            assert policy.log_std is not None
            assert low <= float(policy.log_std.min()) <= float(policy.log_std.max()) <= high
    out = policy(torch.randn(100, 4))
    assert float(out.logits.detach().abs().max()) == pytest.approx(1.0, abs=1e-3)
    assert float(out.logits.detach().abs().max()) <= 1.0


def test_the_log_probability_is_of_the_action_as_drawn() -> None:
    policy = shaken("drift", {})
    assert policy.log_std is not None
    chosen = Actions(policy, policy(torch.randn(2000, 4)).logits)
    actions = chosen.sample(noise(policy, 2000))
    beyond = (actions.abs() > 1).any(dim=1)
    assert 0.02 < beyond.float().mean() < 0.9
    normal = torch.distributions.Normal(chosen.out, policy.log_std.exp())
    want = normal.log_prob(actions).sum(dim=1)
    assert torch.allclose(chosen.log_prob(actions), want, atol=1e-4)
    assert torch.allclose(chosen.entropy(), normal.entropy().sum(dim=1), atol=1e-5)


def test_forbidden_choices_are_never_taken() -> None:
    policy = shaken("dials", {})
    with torch.no_grad():
        policy.action.bias.copy_(torch.tensor([0, 0, 99, 0, 0, 99, 0, 0, 0, 99.0]))
    rng = np.random.default_rng(1)
    mask = (rng.random((20_000, 10)) < 0.4).astype(np.uint8)
    for low, high in ((0, 2), (2, 5), (5, 10)):
        mask[np.arange(20_000), rng.integers(low, high, 20_000)] = 1
    chosen = Actions(policy, policy(torch.zeros(20_000, 6)).logits, torch.from_numpy(mask))
    picks = chosen.sample(noise(policy, 20_000)).numpy()
    for head, low in enumerate((0, 2, 5)):
        assert mask[np.arange(20_000), low + picks[:, head]].all()
    assert torch.isfinite(chosen.entropy()).all()
    assert torch.isfinite(chosen.log_prob(torch.from_numpy(picks))).all()


# --- Learning -------------------------------------------------------------------------------------


def trained(env: str, updates: int, **settings: Any) -> tuple[float, float]:
    """The mean score of the first update, and that of the last five."""
    small = {"hidden": 32, "segment": 32, "threads": 1, "gamma": 0.95}
    run = Run(env, make_config({**small, **settings}))
    scores = [run.update().get("self/score", np.nan) for _ in range(updates)]
    return scores[0], float(np.nanmean(scores[-5:]))


def test_continuous_actions_learn() -> None:
    first, last = trained("drift", 20, copies=8, entropy=0.0)
    assert first < 0 and last > 2.1  # at most 2.5 in 40 ticks


@pytest.mark.parametrize("recurrent", ["none", "gru"])
def test_several_masked_decisions_a_tick_learn(recurrent: str) -> None:
    first, last = trained("dials", 30, copies=32, recurrent=recurrent, lr=3e-3, minibatches=4)
    assert first < 1.8 and last > first + 0.3


@pytest.mark.parametrize("entities", ["flat", "pool", "attention"])
def test_entities_learn_as_entities(entities: str) -> None:
    """Twelve berries side by side are too many; one berry, learned for all, is not."""
    settings = {"copies": 64, "lr": 3e-3, "gamma": 0.9, "entity": 32}
    _, last = trained("berries", 30, entities=entities, **settings)
    assert last < 0.6 if entities == "flat" else last > 2.0


# --- Export ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("env", "settings"),
    [
        ("snake", {"grid": "conv"}),
        ("snake", {"grid": "embed"}),
        ("connect4", {"grid": "conv"}),
        ("berries", {"entities": "pool"}),
        ("berries", {"entities": "attention"}),
        ("drift", {}),
        ("dials", {}),
    ],
)
@pytest.mark.parametrize("recurrent", ["none", "lstm", "gru"])
def test_every_combination_exports(env: str, settings: dict[str, Any], recurrent: str) -> None:
    """In batches of 1 and 64, over 64 ticks with carried state and resets."""
    policy = shaken(env, {**settings, "recurrent": recurrent})
    size = load_spec(env)["interface"]["observation"]["size"]
    model = to_onnx(policy, size, {})
    assert check(model, policy, env) <= 1e-5
    assert policy.state_size == {"none": 0, "gru": 16, "lstm": 32}[recurrent]


def test_another_spread_is_found() -> None:
    policy = shaken("drift", {})
    model = to_onnx(policy, 4, {})
    with torch.no_grad():
        assert policy.spread is not None
        policy.spread.add_(1e-3)
    with pytest.raises(EnvError, match="log_std differs from torch"):
        check(model, policy, "drift")


@pytest.mark.parametrize("recurrent", ["lstm", "gru"])
def test_a_sequence_is_its_ticks_one_by_one(recurrent: str) -> None:
    policy = shaken("squared", {"recurrent": recurrent, "grid": "conv"})
    obs = torch.randint(0, 3, (6, 4, 121), dtype=torch.uint8)
    starts = torch.rand(6, 4) < 0.3
    first = state = torch.rand(4, policy.state_size)
    logits = []
    for x, start in zip(obs, starts, strict=True):
        out = policy(x, state * (~start).unsqueeze(1))
        state = out.state
        logits.append(out.logits)
    whole = policy.sequence(obs, first, starts)
    assert torch.allclose(whole.logits, torch.cat(logits), atol=1e-5)
    assert torch.allclose(whole.state, state, atol=1e-5)
    whole.logits.sum().backward()
    assert policy.cell is not None and policy.cell.weight_hh.grad is not None
    assert policy.cell.weight_hh.grad.abs().max() > 0
