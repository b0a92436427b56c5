"""The doctor's checks of where things are seen, and of a scene, drawn in software."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from envs_c.binding import U8
from envs_c.build import EnvError
from envs_c.doctor_play import Finding, Findings, Patient
from envs_c.scene import Scene

WIDTH = 240
"""Pixels of the scene that is looked at."""

SHARE = 0.001
"""Of the scene: what a colour must cover to count."""

AT_A_GLANCE = 2.0
"""CIE 1976 colour difference below which an eye must look closely to see one at all."""

ROUNDED = 1
"""Levels of a channel by which the renderer may miss a colour where a surface slopes away."""


def check_places(patient: Patient) -> Findings:
    """place-pure, place-bounds."""
    if not patient.spec["has"]["place"]:
        return
    env = patient.make(1)
    scene = np.array([patient.spec["width"], patient.spec["height"]])
    pure = bounded = True
    for state in patient.states:
        env.state[0] = state
        for seat in range(env.seats):
            boxes = env.places(0, seat)
            if pure and (env.state[0] != state).any():
                pure = False
                message = f"{np.count_nonzero(env.state[0] != state)} bytes of the game changed"
                yield Finding("place-pure", "error", message, "place only looks: write its box")
            env.state[0] = state
            corner, size = boxes[:, :2], boxes[:, 2:]
            near = (corner >= -scene / 2) & (corner + size <= 1.5 * scene) & (size >= 0)
            wrong = np.flatnonzero(~near.all(axis=1))  # what is not finite is not near
            if bounded and len(wrong):
                bounded = False
                box = ", ".join(f"{v:g}" for v in boxes[wrong[0]])
                message = f"value {wrong[0]} of seat {seat} is placed at {box}"
                wanted = "x, y, width, height in px, at most half a scene outside of it"
                yield Finding("place-bounds", "error", message, wanted)


def check_scene(patient: Patient) -> Findings:
    """draw-state, draw-nothing, draw-colours."""
    try:
        with _quiet():
            scene = Scene(patient.name, WIDTH, c_file=patient.c_file)
    except EnvError as error:
        advice = "write draw under ENV_DRAW; the compiler says what is missing"
        yield Finding("draw-nothing", "error", f"no scene: {error}", advice)
        return
    states = patient.states[:: max(1, len(patient.states) // 12)]
    frames = []
    for state in states:
        before, after = state.copy(), state.copy()
        frames.append(scene.draw(after, after, t=1.0, time=0.25, seat=0))
        changed = np.flatnonzero(after != before)
        if len(changed):
            message = (
                f"{len(changed)} bytes of the game changed as it was drawn, first {changed[0]}"
            )
            yield Finding("draw-state", "error", message, "change State in step alone")
            break
    if all(len(np.unique(_packed(frame))) == 1 for frame in frames):
        message = f"{len(frames)} frames of one colour, rgb {_rgb(_packed(frames[0])[0])}"
        yield Finding("draw-nothing", "error", message, "draw the game before its background")
    elif len(frames) > 2 and all((frame == frames[0]).all() for frame in frames):
        message = f"{len(frames)} different games give one and the same frame"
        yield Finding("draw-nothing", "error", message, "draw what State holds")
    close = min((pair for frame in frames for pair in _close_pairs(frame)), default=None)
    if close:
        far, one, other = close
        message = f"rgb {_rgb(one)} and rgb {_rgb(other)} differ by {far:.1f} (CIE 1976)"
        advice = f"an eye needs {AT_A_GLANCE}; take colours of the palette in env_view.h"
        yield Finding("draw-colours", "warning", message, advice)


def _packed(frame: U8) -> NDArray[np.int64]:
    red, green, blue = frame.reshape(-1, 3).astype(np.int64).T
    packed: NDArray[np.int64] = red << 16 | green << 8 | blue
    return packed


def _rgb(packed: int) -> str:
    return f"{packed >> 16} {packed >> 8 & 255} {packed & 255}"


def _close_pairs(frame: U8) -> Iterator[tuple[float, int, int]]:
    """(difference, colour, colour) of those that an eye takes for one."""
    packed, count = np.unique(_packed(frame), return_counts=True)
    kept = [int(colour) for colour in packed[count >= SHARE * frame.shape[0] * frame.shape[1]]]
    for one, other in combinations(kept, 2):
        if all(abs((one >> at & 255) - (other >> at & 255)) <= ROUNDED for at in (16, 8, 0)):
            continue
        far = float(np.linalg.norm(lab(one) - lab(other)))
        if far < AT_A_GLANCE:
            yield far, one, other


def lab(packed: int) -> NDArray[np.float64]:
    """CIE L*a*b* of an sRGB colour 0xRRGGBB, white as D65 (IEC 61966-2-1)."""
    rgb = np.array([packed >> 16, packed >> 8 & 255, packed & 255]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    matrix = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    x, y, z = (
        np.cbrt(v) if v > (6 / 29) ** 3 else v / (3 * (6 / 29) ** 2) + 4 / 29
        for v in matrix @ linear / np.array([0.9505, 1.0, 1.089])
    )
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@contextmanager
def _quiet() -> Iterator[None]:
    """What the window says when it opens goes nowhere: --json prints nothing else."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
