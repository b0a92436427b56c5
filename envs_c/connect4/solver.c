// solver.c - the true value of positions of connect four, for evaluation only: no player asks it.
//
// A boolean search: whether the side to move reaches at least a draw, or a win. One side reaches a
// goal if after one of its moves the other side does not reach the opposite one. Positions that
// have been looked at are kept in a table, and moves that make more threats are tried first.
// After ideas of Allis (1988), Tromp (1995) and Pons (2015).
#include "connect4.c"

enum { LOSS = -1, DRAW = 0, WON = 1 };
enum { FIRST = 12 }; // discs on the board; from there on a position takes milliseconds

// A position's key takes 49 bits; above them stand its bounds, plus 1, in two bits each.
enum { SLOTS = 8388593, LOW_AT = 56, HIGH_AT = 60 }; // a prime below 2^23: 64 MiB
static uint64_t table[SLOTS];
static uint64_t nodes; // looked at so far

static uint64_t bottom(void) {
    uint64_t row = 0;
    for (int x = 0; x < W; x++) row |= bit(x, 0);
    return row;
}

static uint64_t board(void) {
    return bottom() * ((1ull << H) - 1);
}

// The empty cells that would make four of `own`, whether a disc can land there yet or not.
static uint64_t threats(uint64_t own, uint64_t all) {
    static const int WAYS[] = {COLUMN, COLUMN - 1, COLUMN + 1};
    uint64_t found = (own << 1) & (own << 2) & (own << 3);
    for (int i = 0; i < 3; i++) {
        int way = WAYS[i];
        uint64_t after = (own << way) & (own << 2 * way), before = (own >> way) & (own >> 2 * way);
        found |= after & ((own << 3 * way) | (own >> way));
        found |= before & ((own >> 3 * way) | (own << way));
    }
    return found & board() & ~all;
}

// Different for different positions: the discs of the side to move, and above each column a one.
static uint64_t key_of(uint64_t own, uint64_t all) {
    return own + all + bottom();
}

// The moves after which the other side does not win at once; 0 if there is none.
static uint64_t safe_moves(uint64_t own, uint64_t other) {
    uint64_t all = own | other, open = (all + bottom()) & board(), theirs = threats(other, all);
    uint64_t forced = open & theirs;
    if (forced & (forced - 1)) return 0; // two to stop
    return (forced ? forced : open) & ~(theirs >> 1);
}

// Moves in the order in which to try them: more threats first, then nearer the middle.
static int sorted(uint64_t own, uint64_t all, uint64_t moves, uint64_t sort[W]) {
    int rank[W], n = 0;
    for (int i = 0; i < W; i++) {
        uint64_t disc = moves & full_column(ORDER[i]);
        if (!disc) continue;
        int worth_of = bits(threats(own | disc, all | disc)), at = n++;
        for (; at > 0 && rank[at - 1] < worth_of; at--) {
            rank[at] = rank[at - 1];
            sort[at] = sort[at - 1];
        }
        rank[at] = worth_of;
        sort[at] = disc;
    }
    return n;
}

// What the table says of a position: 1 it reaches the goal, 0 it does not, -1 nothing.
static int recall(uint64_t key, int goal) {
    uint64_t entry = table[key % SLOTS];
    if ((entry & ((1ull << LOW_AT) - 1)) != key) return -1;
    if ((int)(entry >> LOW_AT & 3) - 1 >= goal) return 1;
    return (int)(entry >> HIGH_AT & 3) - 1 < goal ? 0 : -1;
}

static void remember(uint64_t key, int goal, bool reached) {
    uint64_t *entry = &table[key % SLOTS];
    int low = LOSS, high = WON;
    if ((*entry & ((1ull << LOW_AT) - 1)) == key) {
        low = (int)(*entry >> LOW_AT & 3) - 1;
        high = (int)(*entry >> HIGH_AT & 3) - 1;
    }
    if (reached)
        low = goal;
    else
        high = goal - 1;
    *entry = key | (uint64_t)(low + 1) << LOW_AT | (uint64_t)(high + 1) << HIGH_AT;
}

// Whether the side to move, which cannot win at once, reaches at least `goal`: DRAW or WON.
static bool reaches(uint64_t own, uint64_t other, int goal) {
    nodes++;
    uint64_t all = own | other, moves = safe_moves(own, other), empty = board() & ~all;
    if (!empty) return goal == DRAW;
    if (!moves) return false;
    if (bits(empty) <= 2) return goal == DRAW;               // neither wins with its last disc
    if (goal == WON && !has_four(own | empty)) return false; // no line is left
    if (goal == DRAW && !has_four(other | empty)) return true;
    uint64_t key = key_of(own, all), sort[W];
    int known = recall(key, goal), n = sorted(own, all, moves, sort);
    if (known >= 0) return known;
    for (int i = 0; i < n; i++) {
        if (recall(key_of(other, all | sort[i]), 1 - goal) == 0) return true;
    }
    bool found = false;
    for (int i = 0; i < n && !found; i++) found = !reaches(other, own | sort[i], 1 - goal);
    remember(key, goal, found);
    return found;
}

// Whether the side to move reaches at least `goal`, whatever the position.
static bool attains(uint64_t own, uint64_t other, int goal) {
    uint64_t all = own | other;
    if (threats(own, all) & (all + bottom()) & board()) return true;
    return reaches(own, other, goal);
}

// Whether a move, which may end the game, comes to at least `goal`; a loss always does.
static bool keeps(uint64_t own, uint64_t other, uint64_t disc, int goal) {
    if (goal == LOSS || has_four(own | disc)) return true;
    return !attains(other, own | disc, 1 - goal);
}

// --- What Python calls: docs/adding-an-environment.md --------------------------------------------

API bool solvable(const Copy *c) {
    return bits(c->state.discs[0] | c->state.discs[1]) >= FIRST;
}

API int solve(const Copy *c, uint8_t *keep) {
    uint64_t own = c->state.discs[c->state.turn], other = c->state.discs[!c->state.turn];
    int value = attains(own, other, WON) ? WON : attains(own, other, DRAW) ? DRAW : LOSS;
    for (int x = 0; x < W; x++) {
        uint64_t disc = landing(own | other, x);
        keep[x] = disc && keeps(own, other, disc, value);
    }
    return value;
}

API uint64_t solver_nodes(void) {
    return nodes;
}
