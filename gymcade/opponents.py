"""Who plays the seats that no agent has: the script, chance, or policies in ONNX files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from envs_c.binding import VecEnv
from envs_c.build import EnvError
from envs_c.rng import Streams
from trainer.sampler import choose

Rows = NDArray[np.int64]
Kinds = str | Sequence[str] | None


class _Opponent(Protocol):
    def act(self, env: VecEnv, rows: Rows) -> None: ...

    def forget(self, rows: Rows) -> None: ...


class _Drawn:
    """Numbers that each row has drawn from its own stream, one row after the other."""

    def __init__(self, values: NDArray[np.float64]) -> None:
        self.values, self.at = values.ravel(), 0

    def uniforms(self, n: int) -> NDArray[np.float64]:
        self.at += n
        return self.values[self.at - n : self.at]

    def uniform(self) -> float:
        return float(self.uniforms(1)[0])


class _Random:
    """Draws evenly among what the mask allows."""

    def __init__(self, env: VecEnv, streams: Streams) -> None:
        self.streams = streams
        action = env.spec["interface"]["action"]
        self.nvec = [head["n"] for head in action["heads"]]
        self.continuous = action["type"] == "continuous"

    def act(self, env: VecEnv, rows: Rows) -> None:
        drawn = self.streams.uniforms(rows, len(self.nvec))
        if self.continuous:
            env.actions[rows] = 2 * drawn - 1
            return
        even = np.zeros((len(rows), sum(self.nvec)), np.float32)
        mask = None if env.mask is None else env.mask[rows]
        env.actions[rows] = choose(_Drawn(drawn), even, self.nvec, mask)

    def forget(self, rows: Rows) -> None:
        """It remembers nothing."""


class _Policy:
    """An ONNX file, played as it says it is to be played."""

    def __init__(self, path: Path, env: VecEnv, streams: Streams) -> None:
        from trainer.players import OnnxPlayer  # ONNX Runtime takes a third of a second to load

        if not path.is_file():
            raise EnvError(f"no policy file {path}")
        self.player = OnnxPlayer(path, env, 0, "")
        self.streams = streams
        heads = env.actions.shape[1]
        self.draws = 2 * heads if env.actions.dtype == np.float32 else heads  # of a row

    def act(self, env: VecEnv, rows: Rows) -> None:
        self.player.stream = _Drawn(self.streams.uniforms(rows, self.draws))
        self.player.act(env, rows)

    def forget(self, rows: Rows) -> None:
        self.player.forget(rows)


class _Script:
    """The player in the environment's C file."""

    def __init__(self, env: VecEnv, level: int) -> None:
        self.level = level
        self.chosen = np.zeros(env.rows, np.uint8)

    def act(self, env: VecEnv, rows: Rows) -> None:
        self.chosen[:] = 0
        self.chosen[rows] = 1
        env.script(self.chosen, self.level)

    def forget(self, rows: Rows) -> None:
        """It remembers nothing."""


def default_kind(env: VecEnv) -> str:
    """The script where there is one, else chance."""
    return "scripted" if env.spec["has"]["script"] else "random"


class Opponents:
    """The players of those rows of a VecEnv that are given to them.

    What a seat draws depends on its game's seed alone, not on the games beside it.
    """

    def __init__(self, env: VecEnv, kinds: Kinds, seats: int) -> None:
        """Seat nobody yet.

        Args:
            env: whose rows they play.
            kinds: "scripted", "scripted:LEVEL", "random" or an ONNX file's path, for all seats
                or one for each; None for the script where there is one, else chance.
            seats: how many seats of a game they have.

        Raises:
            EnvError: no script, no such file, or a policy made for another environment.
            ValueError: another kind, or another number of them than of seats.
        """
        self.env = env
        self.streams = Streams(env.rows)
        several = [kinds or default_kind(env)] if kinds is None or isinstance(kinds, str) else kinds
        if len(several) not in (1, seats):
            raise ValueError(f"opponent: want one or {seats}, got {len(several)}")
        players: dict[str, _Opponent] = {}
        for kind in several:
            if kind not in players:
                players[kind] = self._player(str(kind))
        self.players = list(players.values())
        order = [list(players).index(kind) for kind in several]
        self.order = np.array(order * seats if len(order) == 1 else order, np.int8)
        self.who = np.full(env.rows, -1, np.int8)  # by row: an index into players, or nobody

    def _player(self, kind: str) -> _Opponent:
        if kind == "random":
            return _Random(self.env, self.streams)
        word, _, level = kind.partition(":")
        if word == "scripted" and (level.isdecimal() or level == kind[len(word) :]):
            if not self.env.spec["has"]["script"]:
                raise EnvError(f"{self.env.spec['name']} has no scripted player")
            return _Script(self.env, int(level or 0))
        if kind.endswith(".onnx"):
            return _Policy(Path(kind), self.env, self.streams)
        raise ValueError(f'opponent: want "scripted", "random" or a file.onnx, got {kind!r}')

    def seed(self, copy: int, seed: int) -> None:
        """Let the seats of a game draw anew."""
        seats = self.env.seats
        rows = np.arange(copy * seats, (copy + 1) * seats)
        self.streams.seed(rows, [(seed << 32) + 65 + seat for seat in range(seats)])

    def sit(self, copy: int, theirs: Sequence[int]) -> None:
        """Give them these seats of a game, in this order, and take all others from them."""
        first = copy * self.env.seats
        self.who[first : first + self.env.seats] = -1
        self.who[first + np.asarray(theirs, np.int64)] = self.order[: len(theirs)]

    def act(self, playing: NDArray[np.bool_] | None = None) -> None:
        """Write `actions` of those of their rows that act on this tick.

        `playing`: (copies,), the games in which they shall; None for all.
        """
        acting = self.env.active != 0
        if playing is not None:
            acting &= np.repeat(playing, self.env.seats)
        for i, player in enumerate(self.players):
            rows = np.flatnonzero(acting & (self.who == i))
            if len(rows):
                player.act(self.env, rows)

    def forget(self, rows: Rows) -> None:
        """The episodes of these rows have ended."""
        for player in self.players:
            player.forget(rows)

    def forget_game(self, copy: int) -> None:
        """A game has begun anew."""
        self.forget(np.arange(copy * self.env.seats, (copy + 1) * self.env.seats))
