"""Pictures for the gallery: a still and a short animation of each environment.

The scripted players play. All is drawn natively, larger than it is shown and scaled
down, which smooths the edges.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console

from envs_c.binding import U8, VecEnv
from envs_c.build import ROOT, names
from envs_c.players import random_actions
from envs_c.scene import Scene

WIDTH, STILL_WIDTH, SCALE = 320, 640, 3
"""Pixels of the animation, of the still, and how many times as wide they are drawn."""

SECONDS, SEARCHED = 4.0, 16.0
"""How long the animation is, and the play from which its liveliest stretch is taken."""

PAUSE = 0.8
"""Seconds that the end of a game is shown."""

LIMIT = 300_000
"""Bytes of the animation, reached by giving up quality first and frames a second then."""

TRIES = ((30, 80), (30, 60), (20, 60), (15, 50), (10, 40))


@dataclass(frozen=True)
class Tick:
    """What is shown for the length of one tick, or of a pause: two states to move between."""

    before: NDArray[Any]
    now: NDArray[Any]
    seconds: float
    liveliness: float


def play(name: str, seconds: float, seed: int) -> list[Tick]:
    """Ticks of one copy played by the scripted player, or at random where there is none."""
    env = VecEnv(name, 1, seed)
    rng = np.random.default_rng(seed)
    tick, everyone = 1 / env.spec["ticks_per_second"], np.ones(env.rows, np.uint8)
    ticks: list[Tick] = []
    while sum(t.seconds for t in ticks) < seconds:
        before, seen = env.state[0].copy(), env.obs.astype(np.float32)
        if env.spec["has"]["script"]:
            env.script(everyone)
        else:
            env.actions[...] = random_actions(env, rng)
        env.step()
        moved = float((env.obs != seen).mean())
        live = moved + 4.0 * float((env.rewards > 0).mean())
        if env.over[0]:
            end = env.finals[0].copy()
            ticks.append(Tick(before, end, tick, live))
            ticks.append(Tick(end, end, PAUSE, 0.0))
        else:
            ticks.append(Tick(before, env.state[0].copy(), tick, live))
    return ticks


def liveliest(ticks: list[Tick], seconds: float) -> list[Tick]:
    """The stretch of `seconds` in which most happens."""
    starts = np.cumsum([0.0, *(t.seconds for t in ticks)])
    lively = np.cumsum([0.0, *(t.liveliness for t in ticks)])
    last = int(np.searchsorted(starts, starts[-1] - seconds, side="right"))
    ends = np.searchsorted(starts, starts[:last] + seconds - 1e-9)
    best = int((lively[ends] - lively[:last]).argmax())
    return ticks[best : int(ends[best])]


def frames(scene: Scene, ticks: list[Tick], per_second: int) -> Iterator[U8]:
    """The pictures of these ticks at an even pace, eased between the states."""
    starts = np.cumsum([0.0, *(t.seconds for t in ticks)])
    for time in np.arange(0, starts[-1] - 1e-9, 1 / per_second):
        at = int(np.searchsorted(starts, time, side="right")) - 1
        tick = ticks[at]
        t = float((time - starts[at]) / tick.seconds)
        yield scene.draw(tick.now, tick.before, t=t, time=float(time))


def smaller(pixels: U8, width: int) -> Image.Image:
    """The picture scaled down to `width`."""
    image = Image.fromarray(pixels)
    height = round(image.height * width / image.width)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def animation(pictures: list[Image.Image], per_second: int, quality: int) -> bytes:
    """The pictures as an animated WebP that runs for ever."""
    # Whole milliseconds that add up: 33, 33, 34.
    times = [round(1000 * i / per_second) for i in range(len(pictures) + 1)]
    file = BytesIO()
    pictures[0].save(
        file,
        "WEBP",
        save_all=True,
        append_images=pictures[1:],
        duration=[b - a for a, b in pairwise(times)],
        loop=0,
        quality=quality,
        method=4,
    )
    return file.getvalue()


def make(name: str, folder: Path, seed: int = 3) -> None:
    """Write still.webp and preview.webp of an environment into `folder`.

    Raises:
        EnvError: no such environment, or it does not compile.
    """
    scene = Scene(name, WIDTH * SCALE)
    ticks = liveliest(play(name, SEARCHED, seed), SECONDS)
    data, shown = b"", 0
    pictures: list[Image.Image] = []
    for per_second, quality in TRIES:
        if per_second != shown:
            shown = per_second
            pictures = [smaller(pixels, WIDTH) for pixels in frames(scene, ticks, per_second)]
        data = animation(pictures, per_second, quality)
        if len(data) <= LIMIT:
            break
    middle = ticks[len(ticks) * 2 // 3]
    still = smaller(scene.draw(middle.now, middle.before, t=1.0, time=1.0), STILL_WIDTH)
    folder.mkdir(parents=True, exist_ok=True)
    still.save(folder / "still.webp", quality=85, method=4)
    unfinished = folder / "preview.unfinished"
    unfinished.write_bytes(data)
    unfinished.replace(folder / "preview.webp")  # last: what `make` goes by


def command(
    env: Annotated[list[str] | None, typer.Argument(help="environments; all if none")] = None,
) -> None:
    """Draw the gallery's pictures: still.webp and preview.webp."""
    for name in env or names():
        folder = ROOT / "web" / "static" / "envs" / name
        make(name, folder)
        size = (folder / "preview.webp").stat().st_size
        Console().print(f"drew {name}: preview.webp {size // 1000} kB", soft_wrap=True)
