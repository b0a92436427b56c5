"""Other libraries' files: told by their tensors, and read alike here and in the page."""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from envs_c.binding import VecEnv
from envs_c.build import EnvError
from tests import onnx_files as files
from trainer.conventions import conventions, meaning
from trainer.evaluate import evaluate
from trainer.players import OnnxPlayer
from trainer.reader import Reader, open_session

WRITTEN: list[dict[str, Any]] = json.loads(files.VECTORS.read_text())
READ = [case for case in WRITTEN if "error" not in case]
REFUSED = [case for case in WRITTEN if "error" in case]


def reader(case: dict[str, Any]) -> Reader:
    return Reader(open_session(base64.b64decode(case["onnx"])), case["interface"])


def test_the_vectors_are_of_these_files() -> None:
    coded = {case["name"]: base64.b64decode(case["onnx"]) for case in WRITTEN}
    assert coded == {name: case[0] for name, case in [*files.CASES.items(), *files.REFUSED.items()]}


@pytest.mark.parametrize("case", READ, ids=lambda case: case["name"])
def test_each_kind_is_read_as_written(case: dict[str, Any]) -> None:
    policy = reader(case)
    assert (policy.plan.convention, policy.plan.batch) == (case["convention"], case["batch"])
    assert (policy.state_size, sorted(policy.has)) == (case["state_size"], case["has"])
    mask = None if case["mask"] is None else np.array(case["mask"], np.uint8)
    state = np.zeros((3, policy.state_size), np.float32)
    for want in case["ticks"]:
        said = policy.run(np.array(case["obs"], np.float32), state, mask)
        assert set(said) == set(want)
        for name, values in want.items():
            sure = np.array(values) != -1 if name == "sampled" else np.ones(said[name].shape, bool)
            assert said[name][sure] == pytest.approx(np.array(values)[sure], abs=1e-5), name
        state = said.get("state", state)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["name"])
def test_what_does_not_fit_is_named(case: dict[str, Any]) -> None:
    with pytest.raises(EnvError) as caught:
        reader(case)
    assert str(caught.value) == case["error"]


def test_the_numbers_are_those_of_the_weights() -> None:
    """The vectors come from the reader; this comes from the matrices alone."""
    obs = np.array(files.OBS)
    logits = (obs @ files.weights(3, 2)).tolist()
    by_name = {case["name"]: case["ticks"] for case in READ}
    for name in ("gymcade with memory", "rllib, discrete", "logits only"):
        assert by_name[name][0]["logits"] == logits
    assert by_name["isaac-lab"][0]["mean"] == logits
    chosen = by_name["stable-baselines3"][0]["action"]
    assert chosen == [[float(np.argmax(row))] for row in logits]
    # rllib's second state is what is seen less itself: after two ticks it is 0 again.
    assert by_name["rllib, discrete"][1]["state"][0][2:] == [0, 0]
    # Both of Isaac Lab's states decay by layer: 0.5 of the first, 0.25 of the second.
    seen = obs @ files.weights(3, 2, 1)
    first = np.tanh(seen)
    second = np.hstack([np.tanh(seen + first / 2), np.tanh(seen + first / 4)] * 2)
    assert np.array(by_name["isaac-lab"][1]["state"]) == pytest.approx(second, abs=1e-5)


def test_a_batch_of_one_is_asked_row_by_row() -> None:
    case = next(case for case in READ if case["name"] == "isaac-lab")
    policy = reader(case)
    obs = np.array(files.OBS * 2, np.float32)
    state = np.linspace(-1, 1, 6 * 8, dtype=np.float32).reshape(6, 8)
    together = policy.run(obs, state)
    for row in range(6):
        alone = policy.run(obs[row : row + 1], state[row : row + 1])
        for name, values in alone.items():
            assert values[0].tolist() == together[name][row].tolist()


def test_names_that_no_convention_has_are_listed() -> None:
    data = files.build(
        {"left": ["batch", 2], "right": ["batch", 1]},
        {"out": ["batch", 2]},
        [files.node("Concat", "left right", "both", axis=1), files.node("MatMul", "both W", "out")],
        {"W": files.weights(3, 2)},
    )
    interface = {"observation": {"size": 3}, "action": files.DISCRETE}
    with pytest.raises(EnvError, match=r"\['left', 'right'\] to \['out'\] fit no convention"):
        Reader(open_session(data), interface)


def test_widths_say_what_an_output_is() -> None:
    heads = {"type": "discrete", "heads": [{"n": 3}, {"n": 2}]}
    assert [meaning("a", "choice", w, heads) for w in (5, 2)] == ["logits", "action"]
    assert [meaning("a", "sampled", w, heads) for w in (5, 2)] == ["logits", "sampled"]
    with pytest.raises(EnvError, match="a: want 5 logits a row, or 2 choices, got 3"):
        meaning("a", "choice", 3, heads)
    moves = {"type": "continuous", "heads": [{"n": 1}] * 3}
    assert [meaning("a", "choice", w, moves) for w in (3, 6)] == ["mean", "mean_log_std"]
    with pytest.raises(EnvError, match="a: want 3 values a row, or 6 with their log_std, got 1"):
        meaning("a", "choice", 1, moves)
    with pytest.raises(EnvError, match="v: want 1 value a row, got 2"):
        meaning("v", "value", 2, heads)


KINDS = {
    "ours": files.ours(8, 3),
    "isaac": files.isaac_lab(8, 3),
    "rllib": files.rllib(8, 3),
    "godot": files.godot_rl(8, 3),
    "sb3": files.sb3(8, 3),
    "logits": files.logits_only(8, 3),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_plays(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "policy.onnx"
    path.write_bytes(KINDS[kind])
    seen = evaluate("pong", str(path), "random", episodes=4, mode="greedy")
    assert seen.episodes >= 4
    assert 0 <= (seen.win_rate or 0) <= 1


def test_kinds_with_the_same_weights_play_the_same_game(tmp_path: Path) -> None:
    """Greedily, whether the file gives logits or the choice itself."""
    scores = set()
    for kind in ("godot", "sb3", "logits"):
        path = tmp_path / f"{kind}.onnx"
        path.write_bytes(KINDS[kind])
        seen = evaluate("pong", str(path), "scripted", episodes=4, mode="greedy")
        scores.add((seen.score_mean, seen.length_mean))
    assert len(scores) == 1


def test_a_choice_that_there_is_not_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "policy.onnx"
    path.write_bytes(
        files.build(
            {"input": ["batch", 8]},
            {"a": ["batch"], "v": ["batch", 1], "p": ["batch"]},
            [
                files.node("MatMul", "input W", "raw"),
                files.node("ArgMax", "raw", "a", axis=1, keepdims=0),
                files.node("ReduceSum", "raw axis", "v", keepdims=1),
                files.node("ReduceSum", "raw axis", "p", keepdims=0),
            ],
            {"W": np.eye(8, dtype=np.float32), "axis": files.i64([1])},
            ints=("a",),
        )
    )
    env = VecEnv("pong", 1)
    env.obs[:] = np.arange(8)
    player = OnnxPlayer(path, env, 1, "greedy")
    with pytest.raises(EnvError, match="the policy chose 7, want 0 to 2 of head 0"):
        player.act(env, np.arange(env.rows))


def test_the_docs_name_every_convention_and_tensor() -> None:
    told = (Path(__file__).parents[1] / "docs" / "policy-format.md").read_text()
    for convention in conventions():
        assert f"`{convention['id']}`" in told
        for tensor in (*convention["inputs"], *convention["outputs"]):
            assert "name" not in tensor or f"`{tensor['name']}`" in told, tensor
