"""What a trace of Chromium says of frames and script."""

from typing import Any

import numpy as np
import pytest

from server.frames import frames

MAIN = {"pid": 1, "tid": 2}


def event(name: str, at: float, took: float, own: float | None = None) -> dict[str, Any]:
    """Script on the main thread, in ms: by the clock, and of the thread itself."""
    own = took if own is None else own
    return {"name": name, "ph": "X", "ts": at * 1e3, "dur": took * 1e3, "tdur": own * 1e3, **MAIN}


def trace(*events: dict[str, Any]) -> list[dict[str, Any]]:
    name = {"name": "thread_name", "ph": "M", "ts": 0, "args": {"name": "CrRendererMain"}, **MAIN}
    return [name, *events]


def test_all_script_of_a_frame_is_counted_once() -> None:
    seen = frames(
        trace(
            event("RunMicrotasks", 0, 5),  # before the first frame
            event("FireAnimationFrame", 10, 4, 3),
            event("FunctionCall", 11, 2),  # inside it
            event("RunMicrotasks", 15, 2),
            event("UpdateLayoutTree", 18, 1),  # no script
            event("FireAnimationFrame", 26, 1),
            event("FunctionCall", 26.5, 0.2),
            event("FireAnimationFrame", 43, 9),  # not over: no frame follows
            event("RunMicrotasks", 44, 1) | {"tid": 3},  # another thread
        )
    )
    assert np.allclose(seen.gaps, [16, 17])
    assert np.allclose(seen.wall, [6, 1])
    assert np.allclose(seen.cpu, [5, 1])


def test_two_callbacks_of_one_frame_are_one_frame() -> None:
    first = event("FireAnimationFrame", 0, 1), event("FireAnimationFrame", 1.2, 1)
    seen = frames(trace(*first, event("FireAnimationFrame", 16, 1)))
    assert np.allclose(seen.gaps, [16])
    assert np.allclose(seen.wall, [2])


def test_a_trace_without_frames_is_refused() -> None:
    with pytest.raises(ValueError, match="1 animation frames in the trace, want 2"):
        frames(trace(event("FireAnimationFrame", 0, 1)))
