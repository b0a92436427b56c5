"""The doctor's checks of a game as plain bytes: apart from all others, and whole in themselves."""

import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from envs_c import golden
from envs_c.binding import VecEnv
from envs_c.build import ENVS, EnvError, compile_library
from envs_c.doctor_play import Finding, Findings, Patient, random_player

TICKS, COPIES = 150, 2

Seen = dict[str, NDArray[np.uint8]]  # by name: (ticks + 1, bytes)


def check_copies(patient: Patient) -> Findings:
    """copies-apart: a game goes on otherwise alone than it does among others."""
    many = patient.make(4, seed=12)
    player = random_player(7)
    history: list[tuple[bytes, NDArray[np.float32]]] = []  # what copy 0 shows and does
    for _ in range(2 * TICKS):
        shown = _shown(many)
        player(many)
        history.append((shown, many.actions[: many.seats].copy()))
        many.step()
    alone = patient.make(1, seed=12)
    for tick, (shown, actions) in enumerate(history):
        if _shown(alone) != shown:
            patient.trusted = False
            message = f"copy 0 of 4 goes on otherwise when it is played alone, from tick {tick}"
            advice = "keep everything in State: no static or global variable may change"
            yield Finding("copies-apart", "error", message, advice)
            return
        alone.step(actions)


def _shown(env: VecEnv) -> bytes:
    """What the first copy shows."""
    first = slice(0, env.seats)
    arrays = (env.obs, env.rewards, env.terminated, env.truncated, env.active)
    return b"".join(array[first].tobytes() for array in arrays)


def check_bytes(patient: Patient) -> Findings:
    """state-pointer, state-padding, obs-unwritten.

    The same games are played by three libraries: two that set all automatic memory to a pattern,
    of which one is opened elsewhere, played by another thread, in other arrays; and one that
    finds the stack and the buffers filled with 0x55 at each call. What the first two tell apart
    is an address. What the third changes was never set. All without optimisation, so that the
    compiler copies padding as it stands.
    """
    if not patient.trusted:
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        ThreadPoolExecutor(1) as elsewhere,
    ):
        fixed = _compiled(patient, Path(folder) / "set.so", 0, "-ftrivial-auto-var-init=pattern")
        never_set = _compiled(patient, Path(folder) / "filled.so", 0x55)
        twin = Path(shutil.copy(fixed, Path(folder) / "twin.so"))
        here = _trace(patient, fixed, 0)
        there = elsewhere.submit(_trace, patient, twin, 0).result()
        filled = _trace(patient, never_set, 0x55)
    addresses = here["state"] != there["state"]
    if addresses.any():
        tick, at = np.argwhere(addresses)[0]
        places = sorted({int(i) for i in np.nonzero(addresses)[1]})
        message = f"bytes {_listed(places)} hold an address: they differ from tick {tick} on when "
        message += f"the same game is played elsewhere in memory (first byte {at})"
        advice = "keep an index in State instead of a pointer"
        yield Finding("state-pointer", "error", message, advice)
    unset = (here["state"] != filled["state"]) & ~addresses.any(axis=0)
    if unset.any():
        tick = int(np.argwhere(unset)[0][0])
        places = sorted({int(i) for i in np.nonzero(unset)[1]})
        message = f"bytes {_listed(places)} of the game are never set, seen at tick {tick}"
        advice = "set every field and name the padding; start local structs from {0}"
        yield Finding("state-padding", "error", message, advice)
    if addresses.any() or unset.any():
        return
    for name, what in (("obs", "observe"), ("mask", "legal")):
        wrong = np.argwhere(here[name] != filled[name])
        if len(wrong):
            patient.trusted = False
            message = f"{what} leaves byte {wrong[0][1]} of its row as it was (tick {wrong[0][0]})"
            advice = f"write every value in {what}; start with memset"
            yield Finding("obs-unwritten", "error", message, advice)


def _compiled(patient: Patient, target: Path, filling: int, *flags: str) -> Path:
    """A library of the environment whose every call finds the stack filled with `filling`."""
    fixed = ("-O0", "-w", f'-DENVIRONMENT="{patient.source}"', f"-DFILLING={filling}")
    return compile_library(ENVS / "doctor_stack.c", target, (*fixed, *flags))


def _trace(patient: Patient, compiled: Path, filling: int) -> Seen:
    """The bytes of every tick of some games; the buffers hold `filling` before each."""
    env = VecEnv(patient.name, COPIES, 13, source=patient.c_file, compiled=compiled)
    rng = np.random.default_rng(8)
    masks = np.zeros((env.rows, 0), np.uint8) if env.mask is None else env.mask
    seen: dict[str, list[bytes]] = {"state": [], "obs": [], "mask": []}
    for tick in range(TICKS + 1):
        for array in (env.obs, env.final_obs, masks):
            array.view(np.uint8).fill(filling)
        if tick:
            env.step()
        else:
            env.reset(13)
        ended = (env.terminated | env.truncated) != 0
        last = np.where(ended[:, None], env.final_obs, env.obs)
        seen["state"].append(env.state.tobytes())
        seen["obs"].append(np.concatenate([env.obs, last], axis=1).tobytes())
        seen["mask"].append(masks.tobytes())
        # Drawn whatever the mask says, which may be what differs.
        if patient.continuous:
            env.actions[...] = rng.uniform(-1, 1, env.actions.shape)
        else:
            env.actions[...] = rng.integers(0, [head["n"] for head in patient.heads])
    rows = {"state": COPIES, "obs": env.rows, "mask": env.rows}
    found: Seen = {}
    for name, ticks in seen.items():
        table = np.frombuffer(b"".join(ticks), np.uint8).reshape(TICKS + 1, -1)
        width = table.shape[1] // rows[name]
        # One line a tick and a row, so that a place in a row is the same in all.
        found[name] = table.reshape((TICKS + 1) * rows[name], width)
    return found


def _listed(places: list[int]) -> str:
    more = f" and {len(places) - 8} more" if len(places) > 8 else ""
    return ", ".join(map(str, places[:8])) + more


def check_golden(patient: Patient) -> Findings:
    """golden-stale: the recorded playthrough is not what the rules make of it."""
    if patient.source.parent.name != patient.source.stem:
        return  # no folder of its own: a file tried out
    advice = f"python -m envs_c golden {patient.name}, and read its diff"
    if not patient.golden.is_file():
        message = "there is no golden.txt beside the C file"
        yield Finding("golden-stale", "error", message, advice)
        return
    text = patient.golden.read_text(encoding="utf-8")
    try:
        played = golden.replay(patient.name, text, patient.c_file)
        now = golden.write(played, patient.spec)
    except (EnvError, ValueError, IndexError) as error:
        yield Finding("golden-stale", "error", f"it cannot be played: {error}", advice)
        return
    if now != text:
        message = golden.first_difference(text, now)
        yield Finding("golden-stale", "error", message, advice)
