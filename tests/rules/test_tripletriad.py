"""The rules of triple triad, with numbers and against a plain referee."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from envs_c.binding import VecEnv
from tests.layout import assert_layout, games, state_type
from tests.subjects import Player

CARDS, CELLS, NONE, NOBODY = 5, 9, -1, 2
TOP, RIGHT, BOTTOM, LEFT = range(4)
LAYOUT = state_type(
    "tripletriad",
    [
        *(("turn", "i4"), ("lifted", "i4"), ("edges", "u1", 40), ("held", "u1", 10)),
        *(("card", "i1", 9), ("owner", "i1", 9), ("laid", "i4"), ("last", "i4")),
        *(("winner", "i4"), ("over", "i4")),
    ],
)
Card = tuple[int, int, int, int]  # top, right, bottom, left
WAYS = {TOP: (0, -1), RIGHT: (1, 0), BOTTOM: (0, 1), LEFT: (-1, 0)}


def hands_of(game: Any) -> list[list[Card]]:
    """The cards dealt to each seat."""
    edges = game["edges"].reshape(2, CARDS, 4)
    return [[tuple(card) for card in hand] for hand in edges.tolist()]


@dataclass
class Referee:
    """The game by the book: cards in a dictionary by place."""

    hands: list[list[Card | None]]
    turn: int = 0
    board: dict[tuple[int, int], tuple[Card, int]] = field(default_factory=dict)

    def lay(self, number: int, cell: int) -> int:
        """A card of the side to move; returns how many turn over."""
        x, y = cell % 3, cell // 3
        card = self.hands[self.turn][number]
        assert card is not None and (x, y) not in self.board
        turned = 0
        for way, (dx, dy) in WAYS.items():
            near = self.board.get((x + dx, y + dy))
            if near and near[1] != self.turn and card[way] > near[0][(way + 2) % 4]:
                self.board[x + dx, y + dy] = (near[0], self.turn)
                turned += 1
        self.board[x, y] = (card, self.turn)
        self.hands[self.turn][number] = None
        self.turn = 1 - self.turn
        return turned

    def cards(self, seat: int) -> int:
        """On the board and in hand."""
        on_board = sum(owner == seat for _, owner in self.board.values())
        return on_board + sum(card is not None for card in self.hands[seat])


def owners(game: Any) -> dict[tuple[int, int], tuple[Card, int]]:
    """The board as the referee holds it."""
    hands, board = hands_of(game), {}
    for cell, (card, owner) in enumerate(zip(game["card"], game["owner"], strict=True)):
        if card != NONE:
            board[cell % 3, cell // 3] = (hands[card // CARDS][card % CARDS], int(owner))
    return board


def play(env: VecEnv, choice: int) -> list[float]:
    """The seat to move chooses; the rewards. The other seat's action is nonsense."""
    mover = int(np.flatnonzero(env.active)[0])
    env.actions[mover], env.actions[1 - mover] = choice, (choice + 3) % 14
    env.step()
    return [float(reward) for reward in env.rewards]


def lay(env: VecEnv, card: int, cell: int) -> list[float]:
    """Lift a card and lay it."""
    assert play(env, card) == [0, 0]
    return play(env, CARDS + cell)


def set_hands(env: VecEnv, first: list[Card], second: list[Card]) -> Any:
    """Deal these cards instead."""
    game = games(env.state, LAYOUT)[0]
    game["edges"] = np.array([first, second], np.uint8).ravel()
    env.show()
    return game


FIVES: list[Card] = [(5, 5, 5, 5)] * 5


def test_layout(tmp_path: Path) -> None:
    assert_layout("tripletriad", LAYOUT, tmp_path)


def test_all_cards_are_as_strong_and_edges_are_1_to_10() -> None:
    env = VecEnv("tripletriad", 2000, seed=3)
    edges = games(env.state, LAYOUT)["edges"].reshape(2000, 2, CARDS, 4).astype(int)
    assert (edges.sum(axis=3) == 22).all()
    assert (edges.min(), edges.max()) == (1, 10)
    assert np.abs(edges.mean(axis=(0, 1, 2)) - 5.5).max() < 0.1  # no edge is favoured
    assert len(np.unique(edges[:, :, 0].reshape(-1, 4), axis=0)) > 500  # of 592 there are
    assert (edges[:, 0] != edges[:, 1]).any(axis=(1, 2)).all()


def test_a_card_is_lifted_and_then_laid_by_the_same_seat() -> None:
    env = VecEnv("tripletriad", 1)
    game = games(env.state, LAYOUT)[0]
    assert env.mask is not None
    assert env.mask.tolist() == [[1] * 5 + [0] * 9] * 2
    assert play(env, 3) == [0, 0]
    assert env.active.tolist() == [1, 0] and game["lifted"] == 3
    assert env.mask.tolist() == [[0] * 5 + [1] * 9] * 2
    assert play(env, CARDS + 4) == [0, 0]
    assert env.active.tolist() == [0, 1] and game["lifted"] == NONE
    lay(env, 0, 0)
    assert env.mask.tolist() == [[1, 1, 1, 0, 1] + [0] * 9] * 2
    play(env, 0)
    assert env.mask.tolist() == [[0] * 5 + [0, 1, 1, 1, 0, 1, 1, 1, 1]] * 2


@pytest.mark.parametrize("way", [TOP, RIGHT, BOTTOM, LEFT])
@pytest.mark.parametrize("edge", [4, 5, 6])
def test_the_smaller_touching_edge_is_turned_over(way: int, edge: int) -> None:
    weak_elsewhere = [1, 1, 1, 1]
    weak_elsewhere[way] = edge
    attacker: Card = (weak_elsewhere[0], weak_elsewhere[1], weak_elsewhere[2], weak_elsewhere[3])
    env = VecEnv("tripletriad", 1)
    game = set_hands(env, FIVES, [attacker] * 5)
    lay(env, 0, 4)
    dx, dy = WAYS[way]
    lay(env, 0, 4 - dx - 3 * dy)  # so that its edge `way` touches the middle
    assert game["owner"][4] == (1 if edge > 5 else 0)


def test_edges_do_not_touch_around_the_board() -> None:
    env = VecEnv("tripletriad", 1)
    game = set_hands(env, [(1, 1, 1, 1)] * 5, [(10, 10, 10, 10)] * 5)
    lay(env, 0, 2)  # the end of the first row
    lay(env, 0, 3)  # the beginning of the second
    assert game["owner"][2] == 0
    lay(env, 1, 8)  # the lower right corner
    lay(env, 1, 1)
    assert game["owner"].tolist() == [2, 1, 1, 1, 2, 2, 2, 2, 0]


def test_random_games_go_as_the_referee_says() -> None:
    env = VecEnv("tripletriad", 32, seed=1)
    player, records = Player(env, seed=2), games(env.state, LAYOUT)
    referees = [Referee([list(hand) for hand in hands_of(game)]) for game in records]
    lifted = [NONE] * 32
    ends, turned = {1.0: 0, 0.0: 0, -1.0: 0}, 0
    for tick in range(18 * 20):
        actions = player.act().reshape(32, 2).copy()
        turns = records["turn"].copy()
        env.step()
        for copy, referee in enumerate(referees):
            choice, rows = int(actions[copy, turns[copy]]), slice(2 * copy, 2 * copy + 2)
            if choice < CARDS:
                assert lifted[copy] == NONE and not env.over[copy]
                lifted[copy] = choice
                continue
            turned += referee.lay(lifted[copy], choice - CARDS)
            lifted[copy] = NONE
            assert env.over[copy] == (tick % 18 == 17)
            source = games(env.finals, LAYOUT) if env.over[copy] else records
            assert owners(source[copy]) == referee.board
            if env.over[copy]:
                ahead = float(np.sign(referee.cards(0) - referee.cards(1)))
                assert referee.cards(0) + referee.cards(1) == 10
                assert env.rewards[rows].tolist() == [ahead, -ahead]
                assert env.terminated[rows].all() and not env.truncated[rows].any()
                assert env.metrics[2 * copy, env.spec["metrics"].index("cards")] > 0
                ends[ahead] += 1
                referees[copy] = Referee([list(hand) for hand in hands_of(records[copy])])
            else:
                assert env.rewards[rows].tolist() == [0, 0]
    assert min(ends.values()) > 60 and turned > 500


def test_the_card_left_in_hand_counts() -> None:
    env = VecEnv("tripletriad", 1)
    set_hands(env, FIVES, FIVES)  # nothing turns over: five cards laid against four and one held
    for move in range(8):
        lay(env, move // 2, move)
    assert lay(env, 4, 8) == [0, 0]
    assert env.terminated.tolist() == [1, 1]
    ended = env.drain()
    assert (ended["won"], ended["drawn"], ended["cards"], ended["episodes"]) == (0, 1, 5, 2)


def test_what_is_forbidden_loses() -> None:
    for loser, choice in ((0, CARDS), (1, 2)):
        env = VecEnv("tripletriad", 1)
        if loser:
            lay(env, 0, 0)
            play(env, 4)  # lifted: now a cell is due
        assert play(env, choice) == ([-1, 1] if loser == 0 else [1, -1])
        assert env.terminated.tolist() == [1, 1]
        assert env.drain([1 - loser])["won"] == 1
    env = VecEnv("tripletriad", 1)
    lay(env, 0, 0)
    play(env, 0)
    assert play(env, CARDS) == [1, -1]  # a cell that is taken


def test_each_side_sees_its_own_as_its_own() -> None:
    env = VecEnv("tripletriad", 1)
    first: list[Card] = [(1, 2, 3, 4), (5, 6, 7, 8), (9, 10, 1, 2), (3, 4, 5, 6), (7, 8, 9, 10)]
    second: list[Card] = [(10, 9, 8, 7), (6, 5, 4, 3), (2, 1, 10, 9), (8, 7, 6, 5), (4, 3, 2, 1)]
    set_hands(env, first, second)
    lay(env, 1, 4)
    play(env, 2)
    for seat in range(2):
        board, own, other, _ = np.split(env.obs[seat], [45, 75, 100])
        assert board.reshape(5, 9)[0].tolist() == [0, 0, 0, 0, 1 - 2 * seat, 0, 0, 0, 0]
        assert board.reshape(5, 9)[1:, 4] == pytest.approx([0.5, 0.6, 0.7, 0.8])
        assert np.abs(np.delete(board.reshape(5, 9), 4, axis=1)).max() == 0
        hands = [first, second]
        for card in range(CARDS):
            rows = [own.reshape(5, 6)[card], other.reshape(5, 5)[card]]
            for row, owner in zip(rows, (seat, 1 - seat), strict=True):
                there = not (owner == 0 and card == 1)
                want = [1.0, *(edge / 10 for edge in hands[owner][card])] if there else [0.0] * 5
                assert row[:5] == pytest.approx(want)
            assert rows[0][5] == (seat == 1 and card == 2)


def test_each_side_sees_what_its_cards_would_take_and_where_they_are_weak() -> None:
    env = VecEnv("tripletriad", 20, seed=7)
    player, seen = Player(env, seed=8), np.zeros(3)
    for _ in range(17):
        for copy, game in enumerate(games(env.state, LAYOUT)):
            hands, board = hands_of(game), owners(game)
            held = game["held"].reshape(2, CARDS)
            for seat in range(2):
                want = np.zeros((3, CARDS, CELLS), np.float32)
                for card in range(CARDS):
                    chosen = game["turn"] == seat and game["lifted"] not in (NONE, card)
                    for cell in range(CELLS):
                        x, y = cell % 3, cell // 3
                        if (x, y) in board:
                            continue
                        for who, plane in ((seat, 0), (1 - seat, 2)):
                            if held[who][card] and not (plane == 0 and chosen):
                                referee = Referee([list(h) for h in hands], who, dict(board))
                                want[plane, card, cell] = referee.lay(card, cell) / 4
                        for way, (dx, dy) in WAYS.items() if held[seat][card] else ():
                            near = (x + dx, y + dy)
                            if chosen or near in board or min(near) < 0 or max(near) > 2:
                                continue
                            touching = [
                                hands[1 - seat][i][(way + 2) % 4]
                                for i in range(CARDS)
                                if held[1 - seat][i]
                            ]
                            want[1, card, cell] += max(touching, default=0) > hands[seat][card][way]
                want[1] /= 4
                got = env.obs[2 * copy + seat, 100:].reshape(3, CARDS, CELLS)
                assert (got == want).all()
                seen += (want > 0).any(axis=(1, 2))
        player.play(1)
    assert seen.min() > 100


def greedy_choices(game: Any) -> set[tuple[int, int]]:
    """The pairs of card and cell that turn over most, as the referee finds them."""
    found: dict[tuple[int, int], int] = {}
    hands = [
        [card if held else None for card, held in zip(hand, row, strict=True)]
        for hand, row in zip(hands_of(game), game["held"].reshape(2, CARDS), strict=True)
    ]
    for card in range(CARDS):
        for cell in range(CELLS):
            referee = Referee([list(hand) for hand in hands], int(game["turn"]), owners(game))
            if hands[referee.turn][card] and (cell % 3, cell // 3) not in referee.board:
                found[card, cell] = referee.lay(card, cell)
    return {pair for pair, turned in found.items() if turned == max(found.values())}


def test_the_scripted_player_turns_over_as_many_as_it_can() -> None:
    env = VecEnv("tripletriad", 30, seed=4)
    player, chose = Player(env, seed=5), 0
    for _ in range(4):
        player.play(4)  # two cards laid: a card is to be lifted
        pairs = [greedy_choices(game) for game in games(env.state, LAYOUT)]
        start = env.state.copy()
        env.script(env.active)
        cards = env.actions.reshape(30, 2)[range(30), games(env.state, LAYOUT)["turn"]]
        env.step()
        env.script(env.active)
        cells = env.actions.reshape(30, 2)[range(30), games(env.state, LAYOUT)["turn"]] - CARDS
        for best, card, cell in zip(pairs, cards.tolist(), cells.tolist(), strict=True):
            assert (card, cell) in best
            chose += 1
        env.state[:] = start
        env.show()
    assert chose == 120


def test_the_scripted_player_looks_as_far_ahead_as_told() -> None:
    # Turning one card over loses two: level 1 does it, level 2 does not.
    def won(level: int, other: int) -> float:
        env, points = VecEnv("tripletriad", 100, seed=6), 0.0
        for tick in range(18):
            mover = 0 if tick // 2 % 2 == 0 else 1
            env.script(env.active, level if mover == 0 else other)
            env.step()
        ended = env.drain([2 * copy for copy in range(100)])
        points += ended["won"] + ended["drawn"] / 2
        return points

    assert won(3, 1) > won(1, 1) + 0.1


def test_the_pointer_lifts_a_card_and_then_finds_a_cell() -> None:
    env = VecEnv("tripletriad", 1)
    first_hand = [(16 + 124 * card + 56, 658) for card in range(CARDS)]
    second_hand = [(16 + 124 * card + 56, 78) for card in range(CARDS)]
    cells = [(320 + 120 * (cell % 3 - 1), 368 + 128 * (cell // 3 - 1)) for cell in range(CELLS)]
    for seat, (own, other) in enumerate(((first_hand, second_hand), (second_hand, first_hand))):
        assert [env.point(0, seat, *at) for at in own] == [0, 1, 2, 3, 4]
        assert [env.point(0, seat, *at) for at in other + cells] == [NONE] * 14
        play(env, 0)
        taken = [] if seat == 0 else [0]
        want = [NONE if cell in taken else CARDS + cell for cell in range(CELLS)]
        assert [env.point(0, seat, *at) for at in cells] == want
        assert [env.point(0, seat, *at) for at in own] == [NONE] * 5
        play(env, CARDS + seat)
    assert env.point(0, 0, *first_hand[0]) == NONE  # it is on the board
    for x, y in ((-1, 658), (641, 658), (72, -1), (72, 737), (134, 658), (72, float("nan"))):
        assert env.point(0, 0, x, y) == NONE


def test_it_says_what_happened() -> None:
    env = VecEnv("tripletriad", 1)
    set_hands(env, FIVES, [(6, 6, 6, 6)] * 5)
    assert env.describe() == "Paper 5, Coral 5. Paper to lift a card."
    play(env, 2)
    assert env.describe() == "Paper 5, Coral 5. Paper to lay 5 5 5 5."
    play(env, CARDS + 4)
    said = "Paper laid 5 5 5 5 in the middle. Paper 5, Coral 5. Coral to lift a card."
    assert env.describe() == said
    lay(env, 0, 1)
    said = "Coral laid 6 6 6 6 at the top. Paper 4, Coral 6. Paper to lift a card."
    assert env.describe() == said


def test_what_is_seen_lies_where_it_is_drawn() -> None:
    env = VecEnv("tripletriad", 1)
    cells = [[140 + 120 * (i % 3), 176 + 128 * (i // 3), 120, 128] for i in range(CELLS)]
    hands = [[[16 + 124 * card, y, 112, 120] for card in range(CARDS)] for y in (598, 18)]
    for seat in range(2):
        boxes = env.places(0, seat).tolist()
        assert boxes[:45] == cells * 5
        assert boxes[45:75:6] == boxes[50:75:6] == hands[seat]
        assert boxes[75:100:5] == boxes[79:100:5] == hands[1 - seat]
        assert boxes[100:] == cells * 15
