"""The live screen shows what a run measures."""

from rich.console import Console

from trainer.config import make_config
from trainer.ppo import Run
from trainer.progress import LOSSES, Screen


def test_the_screen_shows_every_measurement() -> None:
    small = {"copies": 8, "segment": 256, "hidden": 16, "minibatches": 2, "epochs": 1}
    run = Run("connect4", make_config({**small, "scripted": 0.5, "steps": 10_000}))
    screen = Screen("connect4 · trial", 10_000)
    measured = run.update()
    screen.show(measured)
    console = Console(width=120)
    with console.capture() as capture:
        console.print(screen.render())
    text = capture.get()
    for word in ("connect4 · trial", "of 10,000 steps", "steps/s", "deciding", "backward", *LOSSES):
        assert word in text, word
    for metric in run.env.spec["metrics"]:
        assert metric in text, metric
    assert f"{measured['entropy']:.4g}" in text
    assert {"self", "scripted"} <= set(text.split())
