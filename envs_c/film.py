"""Draw a replay without a display, as MP4, GIF or WebP."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from envs_c.binding import U8
from envs_c.build import EnvError, library
from envs_c.build import source as env_source
from envs_c.replay import play
from envs_c.replay_file import Replay
from envs_c.scene import Scene
from envs_c.spec import Spec, read_spec

KINDS = (".mp4", ".gif", ".webp")
SCALE = 2
"""How many times as wide scenes are drawn as they are shown, which smooths the edges."""

PAUSE = Fraction(8, 10)
"""Seconds that the end of a game is shown."""

MARGIN = (14, 19, 24)
"""The colour beside a scene of other proportions than the film: INK of env_view.h."""

NARROWEST, WIDEST = 16, 4096
"""Pixels of either side."""

MOST_PIXELS = 2**27
"""Of all frames of a GIF or a WebP together, which Pillow keeps until the file is written."""

MOST_GIF = 50
"""Frames a second of a GIF: viewers slow down shorter pauses than 20 ms."""


@dataclass(frozen=True)
class Film:
    """What is drawn of a replay, and how."""

    first: int = 0
    """Tick at which it begins: steps played before."""
    last: int | None = None
    """Tick at which it ends; the replay's end if None."""
    speed: float = 1.0
    """1 as the game is meant to be played."""
    size: tuple[int, int] | None = None
    """Width and height in pixels; the scene's own if None."""
    per_second: int = 30
    """Frames."""


@dataclass(frozen=True)
class Stretch:
    """What is shown for the length of one tick, or of a pause: two states to move between."""

    before: NDArray[Any]
    now: NDArray[Any]
    seconds: Fraction
    person: U8


def check(replay: Replay, film: Film, kind: str) -> None:
    """Refuse a film that cannot be made.

    Raises:
        ValueError: a value out of range; the message says which, and what is wanted.
    """
    last = replay.ticks if film.last is None else film.last
    if not 0 <= film.first < last <= replay.ticks:
        want = f"0 <= from < to <= {replay.ticks}"
        raise ValueError(f"from, to: want {want}, got {film.first}, {last}")
    if not 0.01 <= film.speed <= 1000:
        raise ValueError(f"speed: want 0.01 to 1000, got {film.speed:g}")
    if kind not in KINDS:
        raise ValueError(f"out: want a name that ends in {', '.join(KINDS)}, got {kind!r}")
    most = MOST_GIF if kind == ".gif" else 60
    if not 1 <= film.per_second <= most:
        raise ValueError(f"frames a second: want 1 to {most}, got {film.per_second}")
    for side in film.size or ():
        if not NARROWEST <= side <= WIDEST:
            raise ValueError(f"size: want {NARROWEST} to {WIDEST} pixels, got {side}")
        if kind == ".mp4" and side % 2:
            raise ValueError(f"size: want even numbers for MP4, got {side}")


def make(replay: Replay, film: Film, out: Path, source: Path | None = None) -> int:
    """Write the film to `out`, whose ending says as what; the number of frames drawn.

    Args:
        replay: that can be played here, as `verify` says.
        film: what to draw.
        out: ends in one of KINDS.
        source: as in `VecEnv`.

    Raises:
        EnvError: the replay means nothing here, or what is needed to draw is not there.
        ValueError: as `check`, or more frames than memory should hold.
    """
    kind = out.suffix.lower()
    check(replay, film, kind)
    spec = _spec(replay, source)
    size = film.size or (spec["width"] // 2 * 2, spec["height"] // 2 * 2)
    pictures = frames(replay, film, size, source)
    unfinished = out.with_name(f"{out.name}.unfinished")
    try:
        if kind == ".mp4":
            count = _write_mp4(pictures, film.per_second, size, unfinished)
        else:
            least = int((_length(replay, film) / spec["ticks_per_second"]) * film.per_second)
            count = _write_images(pictures, least, film.per_second, kind, size, unfinished)
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)
    return count


def _length(replay: Replay, film: Film) -> float:
    """Ticks of the film at the speed at which it shows them."""
    return ((replay.ticks if film.last is None else film.last) - film.first) / film.speed


def _spec(replay: Replay, source: Path | None) -> Spec:
    golden = (source or env_source(replay.env)).parent / "golden.txt"
    return read_spec(library(replay.env, c_file=source), replay.env, golden)


def stretches(replay: Replay, film: Film, source: Path | None = None) -> Iterator[Stretch]:
    """What the film shows, one tick after another, with a pause at the end of each game."""
    tick = Fraction(1, int(_spec(replay, source)["ticks_per_second"]))
    for step in play(replay, source):
        if step.tick > film.first:
            now, person = step.now.copy(), step.person.copy()
            yield Stretch(step.before, now, tick, person)
            if step.over:
                yield Stretch(now, now, PAUSE, person)
        if step.tick == film.last:
            return


def frames(
    replay: Replay, film: Film, size: tuple[int, int], source: Path | None = None
) -> Iterator[Image.Image]:
    """The pictures of a film at an even pace, eased between the states."""
    spec = _spec(replay, source)
    width = min(size[0], max(1, round(size[1] * spec["width"] / spec["height"])))
    scene = Scene(replay.env, width * SCALE, c_file=source)
    speed = Fraction(film.speed).limit_denominator(1000)  # 0.1 is not quite a tenth
    start, number = Fraction(0), 0
    for stretch in stretches(replay, film, source):
        end = start + stretch.seconds
        while (time := Fraction(number, film.per_second) * speed) < end:
            t = float((time - start) / stretch.seconds)
            pixels = scene.draw(
                stretch.now, stretch.before, t=t, time=float(time), person=stretch.person
            )
            yield _fitted(pixels, width, size)
            number += 1
        start = end


def _fitted(pixels: U8, width: int, size: tuple[int, int]) -> Image.Image:
    """The picture scaled down, `width` pixels wide, in the middle of one of `size`."""
    image = Image.fromarray(pixels).reduce(SCALE)
    image = image.crop((0, 0, width, min(size[1], image.height)))
    if image.size == size:
        return image
    framed = Image.new("RGB", size, MARGIN)
    framed.paste(image, ((size[0] - width) // 2, (size[1] - image.height) // 2))
    return framed


def _write_mp4(
    pictures: Iterator[Image.Image], per_second: int, size: tuple[int, int], file: Path
) -> int:
    try:
        import av
    except ModuleNotFoundError as error:
        advice = "pip install 'gymcade[video]', or choose a .webp or .gif"
        raise EnvError(f"MP4 needs PyAV: {advice}") from error
    count = 0
    with av.open(str(file), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=per_second, options={"crf": "20"})
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"  # the one that every player shows
        for picture in pictures:
            frame = av.VideoFrame.from_ndarray(np.asarray(picture), format="rgb24")
            container.mux(stream.encode(frame))
            count += 1
        container.mux(stream.encode())
    return count


def _write_images(
    pictures: Iterator[Image.Image],
    least: int,
    per_second: int,
    kind: str,
    size: tuple[int, int],
    file: Path,
) -> int:
    """`least`: how many there are, pauses left out."""
    most = MOST_PIXELS // (size[0] * size[1])
    kept = list(islice(pictures, most + 1)) if least <= most else []
    if 0 < len(kept) <= most:
        _save(kept, per_second, kind, file)
        return len(kept)
    want = f"want at most {most} frames of {size[0]}x{size[1]} in a {kind[1:]}"
    advice = "choose fewer ticks (--from, --to), fewer pixels, a higher speed, or .mp4"
    raise ValueError(f"{want}, got {max(least, most + 1)} or more: {advice}")


def _save(pictures: list[Image.Image], per_second: int, kind: str, file: Path) -> None:
    # Whole units that add up: of GIF 10 ms, of WebP 1 ms.
    unit = 10 if kind == ".gif" else 1
    times = [round(1000 * i / per_second / unit) * unit for i in range(len(pictures) + 1)]
    options: dict[str, Any] = {} if kind == ".gif" else {"quality": 80, "method": 4}
    pictures[0].save(
        file,
        kind[1:].upper(),
        save_all=True,
        append_images=pictures[1:],
        duration=[b - a for a, b in pairwise(times)],
        loop=0,
        **options,
    )
