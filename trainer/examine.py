"""Evaluation on the way: how the policy of a running training plays, in games of its own."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from trainer import checkpoint
from trainer.evaluate import evaluate, floor_games

EPISODES = 256


def examine(weights: checkpoint.Checkpoint) -> dict[str, float]:
    """Play whole games against the first floor's opponent, always of the same seed.

    The games of the training batch are explored in and cut at no regular point; these are played
    as `python -m trainer eval` plays them. Random numbers and threads of torch are left as they
    were found, so that a run is the same with and without.

    Args:
        weights: a checkpoint, of which only what playing needs is read.

    Returns:
        `eval/score`, its standard error `eval/score_se`, `eval/length_mean` and, in games that
        have a winner and an opponent, `eval/points`: won and half the draws.
    """
    name, threads = weights["env"], torch.get_num_threads()
    with TemporaryDirectory() as folder, torch.random.fork_rng(devices=[]):
        path = Path(folder) / "weights.pt"
        checkpoint.save(weights, path)
        found = evaluate(
            name, str(path), floor_games(name)[0][0], episodes=EPISODES, mode="sampled"
        )
    torch.set_num_threads(threads)
    result = {
        "eval/score": found.score_mean,
        "eval/score_se": found.score_se,
        "eval/length_mean": found.length_mean,
    }
    if found.win_rate is not None and found.draw_rate is not None and found.opponent != "none":
        result["eval/points"] = found.win_rate + found.draw_rate / 2
    return result


def worth(measured: Mapping[str, float]) -> float:
    """The one number that `examine` measured: points where there are any, otherwise the score."""
    return measured.get("eval/points", measured["eval/score"])
