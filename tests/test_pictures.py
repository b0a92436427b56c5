"""Scenes drawn without a display, and the gallery's pictures."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageSequence

from envs_c import pictures
from envs_c.binding import VecEnv
from envs_c.build import names
from envs_c.scene import Scene

AGENT, SUN, INK = (75, 163, 245), (255, 209, 102), (14, 19, 24)


def test_a_scene_shows_the_state_the_right_way_up() -> None:
    env = VecEnv("squared", 1, seed=1)
    board = env.obs[0].reshape(11, 11)
    (ty,), (tx,) = np.nonzero(board == 2)
    scene = Scene("squared", 484)  # cells of 44 pixels
    frame = scene.draw(env.state[0], env.state[0], t=1.0, time=0.0)
    assert frame.shape == (484, 484, 3)
    assert tuple(frame[ty * 44 + 22, tx * 44 + 22]) == SUN
    assert tuple(frame[5 * 44 + 22 + 10, 5 * 44 + 22]) == AGENT
    assert tuple(frame[0, 0]) == INK
    assert ty != 10 - ty  # upside down, the target would be elsewhere


def test_motion_is_eased_between_two_states() -> None:
    env = VecEnv("squared", 1, seed=1)
    before = env.state[0].copy()
    env.step(np.array([4], np.int32))  # right
    scene = Scene("squared", 484)

    def left_edge(t: float) -> int:
        row = scene.draw(env.state[0], before, t=t, time=0.0)[5 * 44 + 22 + 10]
        return int(np.nonzero((row == AGENT).all(axis=1))[0][0])

    edges = [left_edge(t) for t in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert edges[-1] - edges[0] == 44
    assert edges[2] - edges[0] == 22
    assert edges == sorted(edges)


def test_every_environment_can_be_played_and_is_drawn_the_same_again() -> None:
    for name in names():
        first, again = (pictures.play(name, 3.0, seed=4) for _ in range(2))
        assert [t.now.tobytes() for t in first] == [t.now.tobytes() for t in again]
        assert sum(t.seconds for t in first) > 3.0 - 1e-6
        stretch = pictures.liveliest(first, 1.0)
        assert sum(t.seconds for t in stretch) > 1.0 - 1e-6
        scene = Scene(name, 160)
        tick = stretch[0]
        frames = [scene.draw(tick.now, tick.before, t=0.5, time=1.0) for _ in range(2)]
        assert frames[0].tobytes() == frames[1].tobytes()
        assert len(np.unique(frames[0].reshape(-1, 3), axis=0)) > 3


def test_the_liveliest_stretch_is_the_one_in_which_most_happens() -> None:
    nothing = np.zeros(1, np.uint8)
    ticks = [pictures.Tick(nothing, nothing, 1.0, live) for live in (0, 3, 0, 2, 2, 0)]
    assert [t.liveliness for t in pictures.liveliest(ticks, 1.0)] == [3]
    assert [t.liveliness for t in pictures.liveliest(ticks, 2.0)] == [2, 2]
    assert [t.liveliness for t in pictures.liveliest(ticks, 6.0)] == [0, 3, 0, 2, 2, 0]


def test_the_pictures_fit_the_gallery(tmp_path: Path) -> None:
    pictures.make("squared", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["preview.webp", "still.webp"]
    with Image.open(tmp_path / "still.webp") as still:
        assert (still.format, still.size) == ("WEBP", (640, 640))
    assert (tmp_path / "preview.webp").stat().st_size <= pictures.LIMIT
    with Image.open(tmp_path / "preview.webp") as preview:
        assert preview.size == (320, 320)
        assert preview.info["loop"] == 0
        milliseconds = 0
        for frame in ImageSequence.Iterator(preview):
            frame.load()
            milliseconds += frame.info["duration"]
    assert 4000 <= milliseconds < 5500
