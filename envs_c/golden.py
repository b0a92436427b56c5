"""Golden playthroughs: recorded games that a person can read and every target must reproduce.

A playthrough is one copy of an environment over a few hundred ticks. Its file alone suffices to
play it again: seed, parameters and every action are written out. `scripted` in its head says how
often each seat follows the scripted player when it is recorded anew; otherwise the seat draws
among the choices it has. Edit the head and record again to choose another game.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from envs_c.binding import VecEnv
from envs_c.build import EnvError, names, source
from envs_c.rng import Stream
from envs_c.spec import Spec

TITLE = "Gymcade playthrough 1"
DENSE = 8
"""With more seats than these, only those that do or get something are listed."""

Actions = NDArray[Any]  # (seats, heads)


@dataclass(frozen=True)
class Settings:
    """What the head of a file sets: the game, and who plays it while it is recorded."""

    seed: int = 1
    ticks: int = 200
    params: dict[str, float] = field(default_factory=dict)
    scripted: tuple[float, ...] = (0.8,)
    """The share of ticks of each seat in turn; the last one holds for all further seats."""


@dataclass(frozen=True)
class Tick:
    """What the seats did in one tick, and what came of it."""

    actions: Actions
    active: NDArray[np.uint8]  # (seats,) before the tick
    rewards: NDArray[np.float32]  # (seats,)
    flags: str  # a letter a seat: T terminated, t truncated, . neither
    state: str  # hash of the game after the tick


@dataclass(frozen=True)
class Playthrough:
    """A game as it was played."""

    settings: Settings
    opening: str  # hash of the game before the first tick
    ticks: list[Tick]
    observations: str  # sha256 of `obs`, and each tick `final_obs` of rows that ended, then `obs`


def record(name: str, settings: Settings, source: Path | None = None) -> Playthrough:
    """Play the game that `settings` describe. `source`: as in `VecEnv`."""
    env = VecEnv(name, 1, settings.seed, settings.params, source=source)
    rng, last = Stream(settings.seed), len(settings.scripted) - 1
    rng.state = settings.seed  # not scrambled: files keep the games they were recorded with
    shares = [settings.scripted[min(seat, last)] for seat in range(env.seats)]

    def choose(_: int) -> None:
        follows = np.array([rng.below(1000) < 1000 * share for share in shares], np.uint8)
        env.actions.fill(0)
        for row in np.flatnonzero(env.active):
            _draw_action(env, int(row), rng)
        if env.spec["has"]["script"]:
            env.script(follows & env.active)

    return _play(env, settings, choose)


def replay(name: str, text: str, source: Path | None = None) -> Playthrough:
    """Play again what the text of a file says, from its seed, parameters and actions alone."""
    settings = parse_settings(text)
    env = VecEnv(name, 1, settings.seed, settings.params, source=source)
    actions = parse_actions(text, env.spec, env.seats)

    def choose(tick: int) -> None:
        env.actions[...] = actions[tick]

    return _play(env, settings, choose)


def _draw_action(env: VecEnv, row: int, rng: Stream) -> None:
    action, offset = env.spec["interface"]["action"], 0
    for h, head in enumerate(action["heads"]):
        if action["type"] == "continuous":
            env.actions[row, h] = (rng.below(33) - 16) / 16
            continue
        allowed = np.arange(head["n"])
        if env.mask is not None:
            allowed = np.flatnonzero(env.mask[row, offset : offset + head["n"]])
        env.actions[row, h] = allowed[rng.below(len(allowed))]
        offset += head["n"]


def _play(env: VecEnv, settings: Settings, choose: Callable[[int], None]) -> Playthrough:
    opening, ticks = f"{env.hash():016x}", []
    observations = sha256(env.obs.tobytes())
    for number in range(settings.ticks):
        choose(number)
        actions, active = env.actions.copy(), env.active.copy()
        env.step()
        observations.update(env.final_obs[(env.terminated | env.truncated) != 0].tobytes())
        observations.update(env.obs.tobytes())
        ended = zip(env.terminated, env.truncated, strict=True)
        flags = "".join("T" if rules else "t" if time else "." for rules, time in ended)
        ticks.append(Tick(actions, active, env.rewards.copy(), flags, f"{env.hash():016x}"))
    return Playthrough(settings, opening, ticks, observations.hexdigest())


# --- As text --------------------------------------------------------------------------------------


def write(played: Playthrough, spec: Spec) -> str:
    """The text of a playthrough: its head, a line a tick, and the hash of all observations."""
    settings = played.settings
    head = {
        "environment": spec["name"],
        "seed": str(settings.seed),
        "ticks": str(settings.ticks),
        "parameters": " ".join(f"{name}={value:g}" for name, value in settings.params.items()),
        "scripted": " ".join(f"{share:g}" for share in settings.scripted),
    }
    rows = [("tick", "actions", "rewards", "flags", "state"), ("0", "", "", "", played.opening)]
    for at, tick in enumerate(played.ticks, 1):
        rewards = [f"{float(r):+.9g}" if r else "0" for r in tick.rewards]
        cells = (_action_texts(tick, spec), rewards, list(tick.flags))
        if len(tick.flags) > DENSE:
            actions, earned, flags = (_list_unlike(texts, {"0", ".", "-"}) for texts in cells)
        else:
            width = _action_width(spec)
            actions = " ".join(f"{text:<{width}}" for text in cells[0])
            earned, flags = " ".join(f"{text:<2}" for text in rewards), tick.flags
        rows.append((str(at), actions, earned, flags, tick.state))
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    lines = [TITLE, *(f"{key:<13}{value}".rstrip() for key, value in head.items()), ""]
    for number, *texts in rows:
        padded = [f"{text:<{width}}" for text, width in zip(texts, widths[1:], strict=True)]
        lines.append(" | ".join([f"{number:>{widths[0]}}", *padded]).rstrip())
    return "\n".join([*lines, "", f"{'observations':<13}{played.observations}", ""])


def _list_unlike(texts: list[str], idle: set[str]) -> str:
    return " ".join(f"{seat}:{text}" for seat, text in enumerate(texts) if text not in idle)


def _action_texts(tick: Tick, spec: Spec) -> list[str]:
    """What each seat does, its heads joined by "/"; "-" for a seat that does not act."""
    words = _words(spec)
    texts = []
    for row, active in zip(tick.actions, tick.active, strict=True):
        heads = [
            words[h][value] if words else f"{value:.9g}" for h, value in enumerate(row.tolist())
        ]
        idle = not active or (len(tick.active) > DENSE and not row.any())
        texts.append("-" if idle else "/".join(heads))
    return texts


def _words(spec: Spec) -> list[list[str]]:
    """The choices of each head, spaces replaced; no heads where actions are numbers."""
    if spec["interface"]["action"]["type"] == "continuous":
        return []
    heads = spec["interface"]["action"]["heads"]
    return [[choice.replace(" ", "_") for choice in head["choices"]] for head in heads]


def _action_width(spec: Spec) -> int:
    heads = spec["interface"]["action"]["heads"]
    longest = [max(map(len, head)) for head in _words(spec)] or [len("-0.0625")] * len(heads)
    return sum(longest) + len(heads) - 1


def parse_settings(text: str) -> Settings:
    """The head of a file.

    Raises:
        EnvError: this is no playthrough, or a value cannot be read; the message says which.
    """
    title, _, rest = text.partition("\n")
    if title != TITLE:
        raise EnvError(f"want {TITLE!r} in the first line, got {title!r}")
    lines = [line.partition(" ") for line in rest.partition("\n\n")[0].splitlines()]
    head = {key: value.strip() for key, _, value in lines}
    try:
        params = [param.partition("=") for param in head["parameters"].split()]
        return Settings(
            seed=int(head["seed"]),
            ticks=int(head["ticks"]),
            params={name: float(value) for name, _, value in params},
            scripted=tuple(float(share) for share in head["scripted"].split()),
        )
    except (KeyError, ValueError) as error:
        raise EnvError(f"head of the playthrough: {error!r}") from error


def parse_actions(text: str, spec: Spec, seats: int) -> Actions:
    """The actions of every tick, (ticks, seats, heads); 0 for seats that do not act."""
    words = _words(spec)
    rows = [line.split("|")[1].split() for line in text.splitlines() if line.count("|") == 4][2:]
    heads = len(spec["interface"]["action"]["heads"])
    actions = np.zeros((len(rows), seats, heads), np.int32 if words else np.float32)
    for tick, row in enumerate(rows):
        for seat, item in enumerate(row):
            number, colon, action = item.rpartition(":")
            values = action.split("/")
            if action != "-":
                actions[tick, int(number) if colon else seat] = [
                    words[h].index(value) if words else float(value)
                    for h, value in enumerate(values)
                ]
    return actions


# --- The command ----------------------------------------------------------------------------------


def command(
    chosen: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...")] = None,
    check: Annotated[bool, typer.Option(help="write nothing; exit 1 if a file differs")] = False,
) -> None:
    """Record golden.txt of the environments named (all) anew, as the head of each file says."""
    unlike = False
    for name in chosen or names():
        path = source(name).parent / "golden.txt"
        before = path.read_text() if path.exists() else ""
        played = record(name, parse_settings(before) if before else Settings())
        after = write(played, VecEnv(name, 1).spec)
        if before == after:
            print(f"{name}: unchanged{unseen(played)}")
        elif check:
            print(f"{name}: {first_difference(before, after)}")
            unlike = True
        else:
            path.write_text(after)
            print(f"{name}: written{unseen(played)}")
    if unlike:
        raise typer.Exit(1)


def unseen(played: Playthrough) -> str:
    """What a recording does not show, so that a change of it would pass: rewards, an end."""
    rewarded = any(tick.rewards.any() for tick in played.ticks)
    ended = any(tick.flags.strip(".") for tick in played.ticks)
    missing = [word for word, shown in (("reward", rewarded), ("end", ended)) if not shown]
    if not missing:
        return ""
    return f"; no {' and no '.join(missing)} is in it: change ticks, seed or scripted in its head"


def first_difference(before: str, after: str) -> str:
    """Where two texts part, with both lines."""
    old, new = before.splitlines(), after.splitlines()
    length = max(len(old), len(new))
    old += ["(nothing)"] * (length - len(old))
    new += ["(nothing)"] * (length - len(new))
    at = next((i for i in range(length) if old[i] != new[i]), length - 1)
    return f"golden.txt differs first in line {at + 1}:\n  file {old[at]}\n  now  {new[at]}"
