// Connect four: drop discs, four in a row win.
//
// You see     your discs and the other side's, as two planes of 6 rows and 7 columns
// You get     +1 for a win, -1 for a loss, 0 for a draw, at the end
// It ends     when four are in a row, or the board is full; a disc into a full column loses
// Idea        the tabletop game, 1974
#define AGENTS 2
#define Obs uint8_t
#define OBS_SIZE (2 * H * W)
#define PARAMS(P)
#define METRICS(M) M(won) M(drawn)
#include "../env.h"

enum { W = 7, H = 6, COLUMN = H + 1, CELL = 80, TOP = 80 }; // COLUMN: bits of a column, one spare
enum { BOARD_W = W * CELL, BOARD_H = H * CELL };
enum { NOBODY = 2 };

typedef struct State {
    Rng rng;
    Params p;
    int32_t turn;           // the seat to move
    uint64_t discs[AGENTS]; // bit COLUMN * x + y, y counted from the bottom
    int32_t moves;
    int32_t last;   // the column of the last move, -1 before the first
    int32_t winner; // a seat, or NOBODY
    int32_t padding;
} State;

static const Choice COLUMNS[] = {{"1", {"Digit1"}}, {"2", {"Digit2"}}, {"3", {"Digit3"}},
                                 {"4", {"Digit4"}}, {"5", {"Digit5"}}, {"6", {"Digit6"}},
                                 {"7", {"Digit7"}}};
static const char *const PLANES[] = {"own", "other", 0};
static const char *const CELLS[] = {"no", "disc", 0};

static const EnvSpec SPEC = {
    .title = "Connect four",
    .ticks_per_second = 2,
    .width = BOARD_W,
    .height = BOARD_H + TOP,
    .turn_based = true,
    .obs = {{.name = "board", .shape = {2, H, W}, .names = PLANES, .categories = CELLS}},
    .actions = {{"column", W, COLUMNS}},
};

static uint64_t bit(int x, int y) {
    return 1ull << (COLUMN * x + y);
}

static uint64_t full_column(int x) {
    return ((1ull << H) - 1) << (COLUMN * x);
}

// The cell that a disc dropped into column x comes to lie in; 0 where the column is full.
static uint64_t landing(uint64_t all, int x) {
    return (all + bit(x, 0)) & full_column(x);
}

// Whether four lie in a row, upright, level or aslant. The spare bits keep columns apart.
static bool has_four(uint64_t discs) {
    static const int WAYS[] = {1, COLUMN, COLUMN - 1, COLUMN + 1};
    for (int i = 0; i < 4; i++) {
        uint64_t pairs = discs & (discs >> WAYS[i]);
        if (pairs & (pairs >> 2 * WAYS[i])) return true;
    }
    return false;
}

static void reset(State *s) {
    s->last = -1;
    s->winner = NOBODY;
}

static bool step(State *s, const Action actions[AGENTS], Outcome out[AGENTS]) {
    int mover = s->turn, x = actions[mover][0];
    uint64_t disc = landing(s->discs[0] | s->discs[1], x);
    s->discs[mover] |= disc;
    s->last = x;
    s->moves++;
    s->turn = !mover;
    if (!disc)
        s->winner = !mover;
    else if (has_four(s->discs[mover]))
        s->winner = mover;
    bool over = s->winner != NOBODY || s->moves == W * H;
    for (int a = 0; a < AGENTS; a++) {
        out[a].reward = s->winner == NOBODY ? 0.0f : s->winner == a ? 1.0f : -1.0f;
        out[a].terminated = over;
    }
    return over;
}

#define HAS_ACTIVE
static bool active(const State *s, int agent) {
    return s->turn == agent;
}

#define HAS_LEGAL
static void legal(const State *s, int agent, uint8_t *mask) {
    (void)agent;
    uint64_t all = s->discs[0] | s->discs[1];
    for (int x = 0; x < W; x++) mask[x] = landing(all, x) != 0;
}

// Rows from the top down, as the board is drawn.
static void observe(const State *s, int agent, Obs *obs) {
    const uint64_t planes[] = {s->discs[agent], s->discs[!agent]};
    for (int plane = 0; plane < 2; plane++) {
        for (int y = H - 1; y >= 0; y--) {
            for (int x = 0; x < W; x++) *obs++ = planes[plane] >> (COLUMN * x + y) & 1;
        }
    }
}

#define HAS_MEASURE
static void measure(const State *s, int agent, Metrics *m) {
    m->won = s->winner == agent;
    m->drawn = s->winner == NOBODY;
}

// --- The scripted player: alpha-beta, the middle columns first
// ------------------------------------

enum { WIN = 1000, DEPTH = 6 };
static const int8_t ORDER[W] = {3, 2, 4, 1, 5, 0, 6};

static int bits(uint64_t v) {
    return __builtin_popcountll(v);
}

// A disc counts the more the nearer the middle its column is: 3, 2, 1, 0.
static int worth(uint64_t discs) {
    int total = 3 * bits(discs & full_column(3));
    total += 2 * bits(discs & (full_column(2) | full_column(4)));
    return total + bits(discs & (full_column(1) | full_column(5)));
}

// The value of a position to the side to move, whose discs are `own`. Wins are worth the more the
// fewer moves they take.
static int search(uint64_t own, uint64_t other, int depth, int alpha, int beta) {
    uint64_t all = own | other;
    if (bits(all) == W * H) return 0;
    if (depth == 0) return worth(own) - worth(other);
    for (int i = 0; i < W; i++) {
        uint64_t disc = landing(all, ORDER[i]);
        if (disc && has_four(own | disc)) return WIN + depth;
    }
    for (int i = 0; i < W; i++) {
        uint64_t disc = landing(all, ORDER[i]);
        if (!disc) continue;
        int value = -search(other, own | disc, depth - 1, -beta, -alpha);
        if (value >= beta) return value;
        if (value > alpha) alpha = value;
    }
    return alpha;
}

// Looks `level` moves ahead, 6 where that is 0; draws among the best.
#define HAS_SCRIPT
static void script(const State *s, int agent, int level, Rng *rng, Action *action) {
    uint64_t own = s->discs[agent], other = s->discs[!agent], all = own | other;
    int depth = level > 0 ? level : DEPTH, best = -2 * WIN, ties = 0;
    for (int i = 0; i < W; i++) {
        uint64_t disc = landing(all, ORDER[i]);
        if (!disc) continue;
        int value = WIN + depth;
        if (!has_four(own | disc)) {
            // One below the best so far, so that an equal move shows its true value.
            value = -search(other, own | disc, depth - 1, -2 * WIN, -(best - 1));
        }
        if (value > best) ties = 0;
        if (value < best) continue;
        best = value;
        if (rng_below(rng, ++ties) == 0) (*action)[0] = ORDER[i];
    }
}

// The column under the pointer.
#define HAS_POINT
static int point(const State *s, int agent, float x, float y) {
    (void)agent;
    if (!(x >= 0 && x < BOARD_W && y >= 0 && y < TOP + BOARD_H)) return -1;
    int column = (int)(x / CELL);
    return landing(s->discs[0] | s->discs[1], column) ? column : -1;
}

#define HAS_PLACE
static bool place(const State *s, int agent, int i, Box *box) {
    (void)s, (void)agent;
    *box = (Box){(float)(i % W * CELL), (float)(TOP + i / W % H * CELL), CELL, CELL};
    return true;
}

#define HAS_DESCRIBE
static void describe(const State *s, Text *out) {
    static const char *const SIDES[] = {"Paper", "Coral"};
    bool full = s->moves == W * H;
    put(out, "Move ");
    put_int(out, s->moves);
    if (s->last >= 0) {
        put(out, ", last in column ");
        put_int(out, s->last + 1);
    }
    put(out, ". ");
    put(out, s->winner != NOBODY ? SIDES[s->winner] : full ? "Drawn" : SIDES[s->turn]);
    put(out, s->winner != NOBODY ? " wins." : full ? "." : " to move.");
}

#ifdef ENV_DRAW
static Color disc_colour(int seat) {
    return seat ? CORAL : PAPER;
}

// Falls, meets the floor at 0.7 of the way, and bounces once. 1 is at the top, 0 at rest.
static float height_at(float t) {
    if (t < 0.7f) return 1.0f - (t / 0.7f) * (t / 0.7f);
    float rest = (t - 0.7f) / 0.3f;
    return 0.12f * 4.0f * rest * (1.0f - rest);
}

// The cells of all rows of four.
static uint64_t fours(uint64_t discs) {
    static const int WAYS[] = {1, COLUMN, COLUMN - 1, COLUMN + 1};
    uint64_t cells = 0;
    for (int i = 0; i < 4; i++) {
        int w = WAYS[i];
        uint64_t pairs = discs & (discs >> w), start = pairs & (pairs >> 2 * w);
        cells |= start | start << w | start << 2 * w | start << 3 * w;
    }
    return cells;
}

static void draw_disc(float x, float y, int seat, bool winning, float time) {
    Color colour = disc_colour(seat);
    DrawCircleV((Vector2){x, y}, 33.0f, colour);
    DrawRing((Vector2){x, y}, 22.0f, 25.0f, 0, 360, 48, Fade(INK, 0.18f));
    if (winning) DrawRing((Vector2){x, y}, 33.0f, 38.0f + sin_f(time * 6.0f), 0, 360, 48, SUN);
}

// Of a cell, in the scene.
static Vector2 middle(int x, int y) {
    return (Vector2){((float)x + 0.5f) * CELL, TOP + ((float)(H - 1 - y) + 0.5f) * CELL};
}

static void draw(const State *s, const View *v) {
    ClearBackground(INK);
    uint64_t fallen = (s->discs[0] | s->discs[1]) & ~(v->before->discs[0] | v->before->discs[1]);
    uint64_t won = v->t >= 1.0f || !fallen ? fours(s->discs[0]) | fours(s->discs[1]) : 0;
    DrawRectangleRounded((Rectangle){0, TOP, BOARD_W, BOARD_H}, 0.05f, 8, SURFACE);
    for (int x = 0; x < W; x++) {
        for (int y = 0; y < H; y++) {
            DrawCircleV(middle(x, y), 33.0f, INK);
        }
    }
    for (int x = 0; x < W; x++) {
        for (int y = 0; y < H; y++) {
            int seat = s->discs[1] & bit(x, y) ? 1 : 0;
            if (!(s->discs[seat] & bit(x, y))) continue;
            Vector2 at = middle(x, y);
            if (fallen & bit(x, y)) at.y -= height_at(v->t) * (at.y - TOP / 2);
            draw_disc(at.x, at.y, seat, won & bit(x, y), v->time);
        }
    }
    if (s->winner == NOBODY && s->moves < W * H) { // whose turn it is, and who drives that side
        float x = s->last < 0 ? BOARD_W / 2 : ((float)s->last + 0.5f) * CELL;
        if (fallen && v->t < 0.7f) return;
        DrawRing((Vector2){x, TOP / 2}, 24.0f, 29.0f, 0, 360, 48, driver_colour(v, s->turn));
        DrawCircleV((Vector2){x, TOP / 2}, 20.0f, disc_colour(s->turn));
    }
}
#endif
#include "../env_exports.h"
