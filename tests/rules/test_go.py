"""The rules of go, with numbers, against a slow and plain referee, and in positions set by hand."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from envs_c.binding import VecEnv
from tests.layout import assert_layout, games, state_type
from tests.subjects import Player

SIDE, PASS, NOWHERE = 9, 81, -1
BLACK, WHITE, NOBODY = 0, 1, 2
COLUMNS = "ABCDEFGHJ"
LAYOUT = state_type(
    "go",
    [
        *(("turn", "i4"), ("ko", "i4"), ("stones", "u8", 4), ("one", "u8", 2), ("two", "u8", 2)),
        *(("last", "i4"), ("moves", "i4"), ("passes", "i4"), ("taken", "i4", 2)),
        *(("winner", "i4"), ("illegal", "i4"), ("padding", "i4")),
    ],
)
Spot = tuple[int, int]  # column and row, from the lower left


def index(spot: Spot) -> int:
    """The action that plays there."""
    return SIDE * (SIDE - 1 - spot[1]) + spot[0]


def spot_of(name: str) -> Spot:
    """Where "C4" is."""
    return COLUMNS.index(name[0]), int(name[1]) - 1


def points(words: Any) -> set[int]:
    """The actions of a set of points as State holds it, in two words."""
    both = int(words[0]) | int(words[1]) << 64
    return {i for i in range(128) if both >> i & 1}


@dataclass
class Referee:
    """Go by the book: stones in a dictionary, groups found anew for each question."""

    size: int
    stones: dict[Spot, int] = field(default_factory=dict)
    turn: int = BLACK
    ko: Spot | None = None
    moves: int = 0
    passes: int = 0
    taken: list[int] = field(default_factory=lambda: [0, 0])

    def beside(self, spot: Spot) -> Iterator[Spot]:
        """The neighbours on the board."""
        x, y = spot
        for nx, ny in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
            if 0 <= nx < self.size and 0 <= ny < self.size:
                yield nx, ny

    def group(self, spot: Spot) -> tuple[set[Spot], set[Spot]]:
        """The stones that hang together with one, and their liberties."""
        stones, free, todo = {spot}, set(), [spot]
        while todo:
            for near in self.beside(todo.pop()):
                if near not in self.stones:
                    free.add(near)
                elif self.stones[near] == self.stones[spot] and near not in stones:
                    stones.add(near)
                    todo.append(near)
        return stones, free

    def prey(self, spot: Spot) -> set[Spot]:
        """What a stone of the side to move there takes."""
        taken: set[Spot] = set()
        for near in self.beside(spot):
            if self.stones.get(near) == 1 - self.turn:
                stones, free = self.group(near)
                if free == {spot}:
                    taken |= stones
        return taken

    def legal(self, spot: Spot) -> bool:
        """Whether the side to move may play there."""
        if spot in self.stones or spot == self.ko:
            return False
        if self.prey(spot):
            return True
        self.stones[spot] = self.turn
        free = self.group(spot)[1]
        del self.stones[spot]
        return bool(free)

    def allowed(self) -> set[int]:
        """All actions that the side to move may take."""
        board = [(x, y) for x in range(self.size) for y in range(self.size)]
        return {index(spot) for spot in board if self.legal(spot)} | {PASS}

    def play(self, spot: Spot | None) -> None:
        """A legal move, or a pass."""
        self.moves += 1
        self.ko = None
        self.passes = self.passes + 1 if spot is None else 0
        if spot is not None:
            taken = self.prey(spot)
            self.stones[spot] = self.turn
            for gone in taken:
                del self.stones[gone]
            self.taken[self.turn] += len(taken)
            stones, free = self.group(spot)
            if len(taken) == 1 and len(stones) == 1 and free == taken:
                self.ko = next(iter(taken))
        self.turn = 1 - self.turn

    def area(self, seat: int) -> int:
        """Stones, and empty regions that border on no stone of the other side but on some."""
        total, seen = sum(who == seat for who in self.stones.values()), set()
        for x in range(self.size):
            for y in range(self.size):
                if (x, y) in self.stones or (x, y) in seen:
                    continue
                region, borders, todo = {(x, y)}, set(), [(x, y)]
                while todo:
                    for near in self.beside(todo.pop()):
                        if near in self.stones:
                            borders.add(self.stones[near])
                        elif near not in region:
                            region.add(near)
                            todo.append(near)
                seen |= region
                total += len(region) if borders == {seat} else 0
        return total

    def margin(self) -> float:
        """What Black is ahead by."""
        return self.area(BLACK) - self.area(WHITE) - (7.5 if self.size == 9 else 5.5)

    def weak(self, liberties: int) -> set[int]:
        """The stones of groups with so many liberties."""
        return {index(s) for s in self.stones if len(self.group(s)[1]) == liberties}

    def of(self, seat: int) -> set[int]:
        """The stones of a seat."""
        return {index(s) for s, who in self.stones.items() if who == seat}


def assert_stands(game: Any, referee: Referee) -> None:
    """That a game of the library is the referee's."""
    assert points(game["stones"][:2]) == referee.of(BLACK)
    assert points(game["stones"][2:]) == referee.of(WHITE)
    assert points(game["one"]) == referee.weak(1)
    assert points(game["two"]) == referee.weak(2)
    assert game["ko"] == (NOWHERE if referee.ko is None else index(referee.ko))
    assert game["taken"].tolist() == referee.taken


class Board:
    """One game, moves by name, checked against the referee at each."""

    def __init__(self, size: int = 7, picture: str = "", turn: int = BLACK) -> None:
        """`picture`: rows from the top, X black, O white, . empty."""
        self.env = VecEnv("go", 1, params={"size": size})
        self.game = games(self.env.state, LAYOUT)[0]
        self.referee = Referee(size, turn=turn)
        for down, row in enumerate(picture.split()):
            for x, sign in enumerate(row):
                if sign != ".":
                    self.referee.stones[x, size - 1 - down] = "XO".index(sign)
        both = [self.referee.of(BLACK), self.referee.of(WHITE)]
        words = [sum(1 << i for i in stones) for stones in both]
        self.game["stones"] = [w >> 64 * h & (2**64 - 1) for w in words for h in (0, 1)]
        for name, liberties in (("one", 1), ("two", 2)):
            word = sum(1 << i for i in self.referee.weak(liberties))
            self.game[name] = [word & (2**64 - 1), word >> 64]
        self.game["turn"] = turn
        self.env.show()

    @property
    def allowed(self) -> set[int]:
        """What the mask allows the side to move."""
        assert self.env.mask is not None
        return set(np.flatnonzero(self.env.mask[int(self.game["turn"])]).tolist())

    def may(self, name: str) -> bool:
        """Whether the side to move may play there; both must say the same."""
        assert self.allowed == self.referee.allowed()
        return index(spot_of(name)) in self.allowed

    def play(self, *names: str) -> list[float]:
        """Moves in turn; the rewards of the last. The other seat's action is nonsense."""
        for name in names:
            seat, spot = int(self.game["turn"]), None if name == "pass" else spot_of(name)
            self.env.actions[seat] = PASS if spot is None else index(spot)
            self.env.actions[1 - seat] = 40
            self.env.step()
            self.referee.play(spot)
            final = games(self.env.finals, LAYOUT)[0]
            assert_stands(final if self.env.over[0] else self.game, self.referee)
        return [float(reward) for reward in self.env.rewards]


def test_layout(tmp_path: Path) -> None:
    assert_layout("go", LAYOUT, tmp_path)


@pytest.mark.parametrize("size", [5, 7, 9])
def test_random_games_go_as_the_referee_says(size: int) -> None:
    env = VecEnv("go", 8, seed=size, params={"size": size})
    player, records = Player(env, seed=2), games(env.state, LAYOUT)
    finals = games(env.finals, LAYOUT)
    referees = [Referee(size) for _ in range(8)]
    seen = {"games": 0, "taken": 0, "ko": 0, "suicide": 0}
    for _ in range(400):
        actions = player.act().reshape(8, 2).copy()
        mask = np.asarray(env.mask).reshape(8, 2, -1)
        for copy, referee in enumerate(referees):
            allowed = referee.allowed()
            for seat in range(2):
                assert set(np.flatnonzero(mask[copy, seat]).tolist()) == allowed
            on_board = size * size - len(referee.stones) + 1
            seen["suicide"] += on_board - len(allowed) - (referee.ko is not None)
            seen["ko"] += referee.ko is not None
        env.step()
        for copy, referee in enumerate(referees):
            choice = int(actions[copy, referee.turn])
            referee.play(None if choice == PASS else (choice % SIDE, SIDE - 1 - choice // SIDE))
            ended, late = referee.passes == 2, referee.moves == 3 * size * size
            assert env.over[copy] == (ended or late)
            rows = slice(2 * copy, 2 * copy + 2)
            assert env.terminated[rows].tolist() == [ended] * 2
            assert env.truncated[rows].tolist() == [late and not ended] * 2
            if env.over[copy]:
                assert_stands(finals[copy], referee)
                black = 1.0 if referee.margin() > 0 else -1.0
                assert env.rewards[rows].tolist() == [black, -black]
                seen["games"] += 1
                seen["taken"] += sum(referee.taken)
                referees[copy] = Referee(size)
            else:
                assert env.rewards[rows].tolist() == [0, 0]
                assert_stands(records[copy], referee)
                assert records[copy]["turn"] == referee.turn
    assert seen["games"] >= 10 and seen["taken"] > 100
    assert seen["ko"] > 5 and seen["suicide"] > 100


def test_the_margin_is_measured_with_komi() -> None:
    for size, komi in ((5, 5.5), (7, 5.5), (9, 7.5)):
        board = Board(size)
        assert board.play("C3", "pass", "pass") == [1, -1]
        assert board.env.drain([0])["margin"] == size * size - komi
        assert Board(size).play("pass", "pass") == [-1, 1]


def test_a_stone_without_liberties_is_taken() -> None:
    board = Board()
    board.play("D4", "D5", "A1", "C4", "A2", "E4", "A3")
    assert board.game["taken"].tolist() == [0, 0]
    board.play("D3")
    assert board.game["taken"].tolist() == [0, 1]
    board.play("pass")
    assert board.may("D4")  # for White; for Black it is suicide


def test_several_groups_are_taken_at_once() -> None:
    picture = """
        .......
        .......
        ..X....
        .XOXX..
        .XO.OX.
        .XXOX..
        ...X...
    """
    board = Board(picture=picture)
    board.play("D3")
    assert board.game["taken"].tolist() == [4, 0]
    assert points(board.game["stones"][2:]) == set()


def test_suicide_is_not_allowed_unless_it_takes() -> None:
    eye = """
        .......
        .......
        .......
        .......
        OO.....
        XXO....
        .XO....
    """
    board = Board(picture=eye, turn=WHITE)
    assert board.may("A1")  # it takes three
    board.play("A1")
    assert board.game["taken"].tolist() == [0, 3]
    two_eyes = """
        .......
        .......
        .......
        .......
        OOOOO..
        XXXXO..
        .X.XO..
    """
    board = Board(picture=two_eyes, turn=WHITE)
    assert not board.may("A1") and not board.may("C1")
    board = Board(picture=two_eyes, turn=BLACK)
    assert board.may("A1") and board.may("C1")  # foolish, but its own
    board.play("A1", "D4")
    assert not board.may("C1")  # now it would be its last liberty


KO = """
    .......
    .......
    ..XO...
    .XO.O..
    ..XO...
    .......
    .......
"""


def test_ko_is_not_retaken_at_once() -> None:
    board = Board(picture=KO)
    board.play("D4")
    assert board.game["taken"].tolist() == [1, 0]
    assert not board.may("C4")
    board.play("A7", "A1")  # a threat and its answer
    assert board.may("C4")
    board.play("C4")
    assert not board.may("D4")
    board.play("pass", "pass")


def test_a_pass_lifts_the_ko() -> None:
    board = Board(picture=KO)
    board.play("D4", "pass", "A1")
    assert board.may("C4")


def test_taking_two_or_with_company_is_no_ko() -> None:
    snapback = """
        .......
        .......
        .......
        .......
        XXXX...
        OOOX...
        .XOX...
    """
    board = Board(picture=snapback, turn=WHITE)
    board.play("A1")  # takes the stone that was thrown in
    assert board.game["taken"].tolist() == [0, 1]
    assert board.game["ko"] == NOWHERE
    assert board.may("B1")
    board.play("B1")  # and five are snapped back
    assert board.game["taken"].tolist() == [5, 1]


def test_a_seki_counts_its_stones_and_not_its_shared_liberties() -> None:
    seki = """
        .......
        .......
        XXXXXXX
        OOOOOOX
        XXXXXOX
        .OO.XOX
        OOXXXOX
    """
    # Two points that neither side may fill, and a row and a half above them.
    board = Board(picture=seki)
    referee = board.referee
    assert referee.area(BLACK) == 7 + 14 + 4 + 5 + 1 + 3 and referee.area(WHITE) == 13
    assert board.play("pass", "pass") == [1, -1]
    assert board.env.drain([0])["margin"] == referee.margin() == 34 - 13 - 5.5


def test_two_passes_in_a_row_end_it_and_others_do_not() -> None:
    board = Board()
    board.play("pass", "D4", "pass", "C3")
    assert not board.env.over[0]
    assert board.play("pass", "pass") == [-1, 1]
    assert board.env.terminated.tolist() == [1, 1] and not board.env.truncated.any()


def test_an_illegal_move_loses() -> None:
    for illegal in ("C4", "H7", "J9"):
        board = Board(picture=KO)
        board.play("D4")
        before = points(board.game["stones"][:2])
        board.env.actions[1] = index(spot_of(illegal))
        board.env.step()
        assert board.env.rewards.tolist() == [1, -1]
        assert board.env.terminated.tolist() == [1, 1]
        final = games(board.env.finals, LAYOUT)[0]
        assert points(final["stones"][:2]) == before and final["winner"] == BLACK


def test_each_side_sees_its_own_stones_first() -> None:
    board = Board(picture=KO)
    board.play("D4", "pass")
    referee = board.referee
    for seat in range(2):
        seen = board.env.obs[seat, : 7 * 81].reshape(7, 81)
        want = [referee.of(seat), referee.of(1 - seat)]
        for liberties in (1, 2):
            weak = referee.weak(liberties)
            want += [weak & referee.of(seat), weak & referee.of(1 - seat)]
        want.append(set())
        assert [set(np.flatnonzero(plane).tolist()) for plane in seen] == want
        assert board.env.obs[seat, 7 * 81 :].tolist() == [seat == WHITE, seat == BLACK]
    board = Board(picture=KO)
    board.play("D4")
    assert np.flatnonzero(board.env.obs[1, 6 * 81 : 7 * 81]).tolist() == [index(spot_of("C4"))]


def script_of(board: Board) -> set[int]:
    """What the scripted player does in a position, over 60 tries."""
    env = VecEnv("go", 60, params={"size": board.referee.size})
    env.state[:] = board.env.state
    env.show()
    env.script(env.active)
    return set(env.actions[int(board.game["turn"]) :: 2, 0].tolist())


def named(*names: str) -> set[int]:
    return {index(spot_of(name)) for name in names}


def test_the_scripted_player_takes_the_larger_group_first() -> None:
    both = """
        .OX....
        OX.....
        .......
        .XX....
        XOO.X..
        .XX....
        .......
    """
    assert script_of(Board(picture=both)) == named("D3")  # two stones, not one
    one = """
        OX.....
        .......
        .......
        ..X....
        .XO....
        ..X....
        .......
    """
    assert script_of(Board(picture=one)) == named("A6", "D3")  # one each


def test_the_scripted_player_saves_what_can_be_saved() -> None:
    picture = """
        .......
        .......
        ..X....
        .XO....
        ..X....
        .......
        ......O
    """
    board = Board(picture=picture, turn=WHITE)
    assert script_of(board) == named("D4")
    lost = """
        .......
        .......
        .......
        .......
        X......
        OX.....
        .......
    """
    board = Board(picture=lost, turn=WHITE)
    assert script_of(board) != named("A1")  # two stones would have one liberty


def test_the_scripted_player_keeps_its_eyes_and_passes() -> None:
    full = """
        .XXXX
        XXXX.
        XXXXX
        OOOOO
        .OO.O
    """
    assert script_of(Board(5, full)) == {PASS}
    assert script_of(Board(5, full, WHITE)) == {PASS}
    false_eye = """
        .XO..
        XO...
        .O...
        .....
        .....
    """
    assert index(spot_of("A5")) in script_of(Board(5, false_eye))
    behind = """
        XXXXX
        .XXX.
        .....
        ..O..
        .....
    """
    board = Board(5, behind)
    board.play("pass")
    assert PASS not in script_of(board)
    board = Board(5)
    board.play("pass", "B2", "pass")
    assert script_of(board) == {PASS}  # White wins by passing


def test_the_pointer_finds_crossings_and_the_button() -> None:
    board = Board(picture=KO)
    cell = 640 / 7
    for x in range(7):
        for y in range(7):
            for shift in (0.05, 0.5, 0.95):
                found = board.env.point(0, 0, (x + shift) * cell, (6 - y + shift) * cell)
                assert found == (index((x, y)) if board.referee.legal((x, y)) else -1)
    assert board.env.point(0, 0, 530, 680) == PASS
    nan = float("nan")
    for at in ((-1, 100), (640, 100), (100, -1), (100, 680), (100, 720), (nan, 3)):
        assert board.env.point(0, 0, *at) == -1


def test_it_says_what_happened() -> None:
    board = Board(picture=KO)
    assert board.env.describe() == "Move 0. Black to move."
    board.play("D4")
    assert board.env.describe() == "Move 1, last at D4. Black has taken 1. White to move."
    board.play("pass")
    assert board.env.describe() == "Move 2, last a pass. Black has taken 1. Black to move."
    board.play("pass")
    board.env.state[:] = board.env.finals
    said = "Move 3, last a pass. Black has taken 1. White wins by 3.5."
    assert board.env.describe() == said


def test_the_planes_lie_on_the_board_and_the_rest_nowhere() -> None:
    for size in (5, 7, 9):
        boxes = Board(size).env.places(0, 1)
        cell = 640 / size
        for plane in range(7):
            for x in range(9):
                for y in range(9):
                    want = [x * cell, (size - 1 - y) * cell, cell, cell]
                    want = want if max(x, y) < size else [0, 0, 0, 0]
                    got = boxes[81 * plane + index((x, y))]
                    assert got == pytest.approx(want)
        assert not boxes[7 * 81 :].any()
