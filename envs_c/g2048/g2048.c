// 2048: slide all tiles of a 4 × 4 board one way; tiles alike that meet become one of twice as much.
//
// You see     the board, and of each tile how the next one to its right and below compares
// You get     for each merge the tile that came of it, over 2048: +1 for one of 2048
// It ends     when no move would change the board
// Idea        Gabriele Cirulli, 2014, after Threes! and 1024
#define AGENTS 1
#define Obs uint8_t
#define OBS_SIZE (3 * CELLS)
#define PARAMS(P)
#define METRICS(M) M(largest) M(reached_2048)
#include "../env.h"

enum { N = 4, CELLS = N * N };
enum { UP, DOWN, LEFT, RIGHT };
enum { GOAL = 11, MOST_SEEN = 15 };                               // powers of two: 2048, 32768
enum { SIDE = 480, GAP = 12, TILE = (SIDE - (N + 1) * GAP) / N }; // px

typedef struct State {
    Rng rng;
    Params p;
    uint8_t tiles[CELLS]; // the power of two of each, row by row from the top left; 0: empty
    int32_t score;        // of all merges, the tiles that came of them
    int32_t moves;
    int32_t last;  // the last move, -1 before the first; for draw
    int32_t fresh; // the cell of the tile that came last
    int32_t padding;
} State;

static const Choice MOVES[] = {{"up", {"ArrowUp", "KeyW"}},
                               {"down", {"ArrowDown", "KeyS"}},
                               {"left", {"ArrowLeft", "KeyA"}},
                               {"right", {"ArrowRight", "KeyD"}}};
static const char *const TILES[] = {"empty", "2",    "4",     "8",
                                    "16",    "32",   "64",    "128",
                                    "256",   "512",  "1024",  "2048",
                                    "4096",  "8192", "16384", "32768 or more",
                                    0};
static const char *const WAYS[] = {"next to the right", "next below", 0};
enum { NOTHING, SMALLER, HALF, ALIKE, TWICE, LARGER };
static const char *const RELATIONS[] = {"nothing", "smaller", "half", "alike",
                                        "twice",   "larger",  0};

static const EnvSpec SPEC = {
    .title = "2048",
    .ticks_per_second = 5,
    .width = SIDE,
    .height = SIDE,
    .turn_based = true,
    .obs = {{.name = "board", .shape = {N, N}, .categories = TILES},
            {.name = "neighbours", .shape = {2, N, N}, .names = WAYS, .categories = RELATIONS}},
    .actions = {{"move", 4, MOVES}},
};

// The i-th cell from the wall that tiles slide to, in one of the four lines along a move.
static int cell(int move, int line, int i) {
    int at = move == DOWN || move == RIGHT ? N - 1 - i : i;
    return move == UP || move == DOWN ? at * N + line : line * N + at;
}

// Slides the tiles of one line and merges each at most once, those nearest the wall first; returns
// the points. Writes to which cell each tile goes, if `places` is given.
static int32_t slide_line(uint8_t *tiles, int move, int line, uint8_t *places) {
    uint8_t in[N], out[N] = {0};
    for (int i = 0; i < N; i++) in[i] = tiles[cell(move, line, i)];
    int32_t points = 0;
    int end = 0;       // of what has slid
    bool open = false; // whether the last of it may still merge
    for (int i = 0; i < N; i++) {
        if (!in[i]) continue;
        if (open && out[end - 1] == in[i]) {
            out[end - 1]++;
            points += (int32_t)1 << out[end - 1];
            open = false;
        } else {
            out[end++] = in[i];
            open = true;
        }
        if (places) places[cell(move, line, i)] = (uint8_t)cell(move, line, end - 1);
    }
    for (int i = 0; i < N; i++) tiles[cell(move, line, i)] = out[i];
    return points;
}

// Slides the whole board.
static int32_t slide(uint8_t *tiles, int move, uint8_t *places) {
    int32_t points = 0;
    for (int line = 0; line < N; line++) points += slide_line(tiles, move, line, places);
    return points;
}

// Whether two neighbours let a tile move: from `a` towards `b`.
static bool gives_way(uint8_t a, uint8_t b) {
    return (a != 0) & ((b == 0) | (a == b));
}

// For two neighbours, the tile at `to` being the lower or the one further right: which moves along
// their line they allow.
static void allow(uint8_t from, uint8_t to, uint8_t *back, uint8_t *forth) {
    *back |= gives_way(to, from);
    *forth |= gives_way(from, to);
}

#define HAS_LEGAL
static void legal(const State *s, int agent, uint8_t *mask) {
    (void)agent;
    uint8_t way[4] = {0};
    for (int i = 0; i < CELLS; i++) {
        uint8_t tile = s->tiles[i];
        if (i % N < N - 1) allow(tile, s->tiles[i + 1], &way[LEFT], &way[RIGHT]);
        if (i / N < N - 1) allow(tile, s->tiles[i + N], &way[UP], &way[DOWN]);
    }
    memcpy(mask, way, sizeof way);
}

// A 2, or a 4 one time in ten, on any empty cell. There is one after each legal move.
static void grow(State *s) {
    int empty[CELLS], count = 0;
    for (int i = 0; i < CELLS; i++) {
        if (!s->tiles[i]) empty[count++] = i;
    }
    if (!count) return;
    s->fresh = empty[rng_below(&s->rng, count)];
    s->tiles[s->fresh] = rng_below(&s->rng, 10) ? 1 : 2;
}

static void reset(State *s) {
    s->last = -1;
    grow(s);
    grow(s);
}

static int largest(const State *s) {
    int most = 0;
    for (int i = 0; i < CELLS; i++) most = s->tiles[i] > most ? s->tiles[i] : most;
    return most;
}

// On an empty cell a tile can go: there is always one on the board.
static bool may_move(const State *s) {
    for (int i = 0; i < CELLS; i++) {
        uint8_t tile = s->tiles[i];
        if (!tile || (i % N < N - 1 && tile == s->tiles[i + 1])) return true;
        if (i / N < N - 1 && tile == s->tiles[i + N]) return true;
    }
    return false;
}

// A move that would change nothing is passed over: the mask forbids it.
static bool step(State *s, const Action actions[AGENTS], Outcome out[AGENTS]) {
    uint8_t after[CELLS];
    memcpy(after, s->tiles, CELLS);
    int32_t points = slide(after, actions[0][0], 0);
    if (memcmp(after, s->tiles, CELLS) != 0) {
        memcpy(s->tiles, after, CELLS);
        s->score += points;
        s->moves++;
        s->last = actions[0][0];
        grow(s);
        out[0].reward = (float)points / 2048.0f;
    }
    out[0].terminated = !may_move(s);
    return out[0].terminated;
}

// How a tile compares with the next one on; NOTHING where either is none.
static Obs compare(uint8_t own, uint8_t next) {
    static const uint8_t BY_DIFFERENCE[] = {HALF, ALIKE, TWICE};
    if (!own || !next) return NOTHING;
    int up = next - own;
    return up < -1 ? SMALLER : up > 1 ? LARGER : BY_DIFFERENCE[up + 1];
}

static void observe(const State *s, int agent, Obs *obs) {
    (void)agent;
    uint8_t right = 0, below[N] = {0}; // the next tiles from here, over empty cells
    for (int i = CELLS - 1; i >= 0; i--) {
        uint8_t tile = s->tiles[i];
        if (i % N == N - 1) right = 0;
        obs[i] = tile < MOST_SEEN ? tile : MOST_SEEN;
        obs[CELLS + i] = compare(tile, right);
        obs[2 * CELLS + i] = compare(tile, below[i % N]);
        if (tile) right = below[i % N] = tile;
    }
}

#define HAS_MEASURE
static void measure(const State *s, int agent, Metrics *m) {
    (void)agent;
    m->score = (float)s->score;
    m->largest = (float)((int32_t)1 << largest(s));
    m->reached_2048 = largest(s) >= GOAL;
}

// The corner of a cell along one axis, px.
static float corner(int at) {
    return (float)(GAP + at * (TILE + GAP));
}

// How a tile compares with its neighbours is seen where it lies.
#define HAS_PLACE
static bool place(const State *s, int agent, int i, Box *box) {
    (void)s, (void)agent;
    *box = (Box){corner(i % N), corner(i / N % N), TILE, TILE};
    return true;
}

#define HAS_DESCRIBE
static void describe(const State *s, Text *out) {
    static const char *const BEFORE[] = {". Top row ", ", then ", ", then ", ", bottom row "};
    put(out, "Score ");
    put_int(out, s->score);
    for (int i = 0; i < CELLS; i++) {
        put(out, i % N ? " " : BEFORE[i / N]);
        put_int(out, s->tiles[i] ? (int64_t)1 << s->tiles[i] : 0);
    }
    put(out, may_move(s) ? "." : ". No move is left.");
}

// --- The scripted player: keeps the largest tiles in a row along the top, and looks ahead ---------

// Large tiles count twice as much a step along a snake from the top left corner.
static int64_t order(const uint8_t *tiles) {
    static const uint8_t SNAKE[CELLS] = {15, 14, 13, 12, 8, 9, 10, 11, 7, 6, 5, 4, 0, 1, 2, 3};
    int64_t total = 0;
    for (int i = 0; i < CELLS; i++) total += (tiles[i] ? (int64_t)1 << tiles[i] : 0) << SNAKE[i];
    return total;
}

static int64_t best_move(const uint8_t *tiles, int depth, int *best);

// What a board is worth on which a 2 is about to come up, in the mean over the empty cells.
static int64_t expect(uint8_t *tiles, int depth) {
    if (depth == 0) return order(tiles);
    int64_t total = 0, count = 0;
    for (int i = 0; i < CELLS; i++) {
        if (tiles[i]) continue;
        int move;
        tiles[i] = 1;
        total += best_move(tiles, depth, &move);
        tiles[i] = 0;
        count++;
    }
    return count ? total / count : 0;
}

// The move after which a board is worth most, and its worth; 0 where there is none.
static int64_t best_move(const uint8_t *tiles, int depth, int *best) {
    int64_t most = 0;
    *best = -1;
    for (int move = 0; move < 4; move++) {
        uint8_t after[CELLS];
        memcpy(after, tiles, CELLS);
        slide(after, move, 0);
        if (memcmp(after, tiles, CELLS) == 0) continue;
        int64_t worth = expect(after, depth - 1);
        if (*best >= 0 && worth <= most) continue;
        *best = move;
        most = worth;
    }
    return most;
}

// Looks `level` moves ahead, 2 where that is 0.
#define HAS_SCRIPT
static void script(const State *s, int agent, int level, Rng *rng, Action *action) {
    (void)agent, (void)rng;
    int best;
    best_move(s->tiles, level > 0 ? clampi(level, 1, 3) : 2, &best);
    (*action)[0] = best < 0 ? UP : best;
}

#ifdef ENV_DRAW
// A stroke of a digit, in a field 4 wide and 6 high: an arc around x, y, from and to in degrees
// clockwise from the right; where its radius is 0, a line to the point `from`, `to`.
typedef struct Stroke {
    float x, y, radius, from, to;
} Stroke;

static const Stroke DIGITS[10][4] = {
    {{2, 2, 2, 180, 360}, {2, 4, 2, 0, 180}, {0, 2, 0, 0, 4}, {4, 2, 0, 4, 4}},
    {{0.9f, 1.5f, 0, 2.5f, 0}, {2.5f, 0, 0, 2.5f, 6}},
    {{2, 2, 2, 190, 405}, {3.41f, 3.41f, 0, 0.2f, 6}, {0.2f, 6, 0, 4, 6}},
    {{2, 1.5f, 1.5f, 195, 450}, {2, 4.25f, 1.75f, 270, 525}, {1.6f, 2.9f, 0, 2, 2.9f}},
    {{3, 6, 0, 3, 0}, {3, 0, 0, 0, 4.2f}, {0, 4.2f, 0, 4.2f, 4.2f}},
    {{3.7f, 0, 0, 0.6f, 0}, {0.6f, 0, 0, 0.4f, 2.8f}, {1.9f, 4, 2, 218, 515}},
    {{2, 4, 2, 0, 360}, {0.33f, 2.9f, 0, 2.4f, 0}},
    {{0, 0, 0, 4, 0}, {4, 0, 0, 1.5f, 6}},
    {{2, 1.5f, 1.5f, 0, 360}, {2, 4.3f, 1.75f, 0, 360}},
    {{2, 2, 2, 0, 360}, {3.67f, 3.1f, 0, 1.6f, 6}},
};

static Vector2 around(Stroke k, float degrees) {
    float angle = degrees * PI_F / 180.0f;
    return (Vector2){k.x + k.radius * cos_f(angle), k.y + k.radius * sin_f(angle)};
}

static void draw_digit(int digit, float x, float y, float unit, Color colour) {
    const float half = 0.46f * unit; // of a stroke's width
    for (int i = 0; i < 4; i++) {
        Stroke k = DIGITS[digit][i];
        if (k.radius == 0 && k.x == k.from && k.y == k.to) continue;
        Vector2 a = {k.x, k.y}, b = {k.from, k.to};
        if (k.radius > 0) {
            a = around(k, k.from);
            b = around(k, k.to);
        }
        a = (Vector2){x + a.x * unit, y + a.y * unit};
        b = (Vector2){x + b.x * unit, y + b.y * unit};
        Vector2 middle = {x + k.x * unit, y + k.y * unit};
        float r = k.radius * unit;
        if (k.radius > 0) DrawRing(middle, r - half, r + half, k.from, k.to, 36, colour);
        if (k.radius == 0) DrawLineEx(a, b, 2 * half, colour);
        DrawCircleV(a, half, colour);
        DrawCircleV(b, half, colour);
    }
}

// Around a middle, the smaller the more digits it has.
static void draw_number(int32_t number, Vector2 at, float scale, Color colour) {
    static const float UNITS[] = {8.0f, 8.0f, 7.4f, 5.4f, 4.2f, 3.4f, 2.8f}; // px, by digits
    int digits[8], count = 0;
    for (; number > 0 && count < 6; number /= 10) digits[count++] = number % 10;
    float unit = UNITS[count] * scale, wide = 5.6f * unit;
    float x = at.x - (wide * (float)count - 1.6f * unit) / 2;
    while (count > 0) {
        draw_digit(digits[--count], x, at.y - 3 * unit, unit, colour);
        x += wide;
    }
}

static Color tile_colour(int power) {
    static const Color COLOURS[] = {
        {58, 70, 82, 255},    {84, 97, 111, 255},   {96, 84, 150, 255},   {140, 116, 210, 255},
        {30, 122, 108, 255},  {6, 214, 160, 255},   {160, 226, 130, 255}, {255, 228, 150, 255},
        {255, 209, 102, 255}, {255, 158, 118, 255}, {255, 107, 107, 255}, {244, 241, 234, 255},
    };
    return COLOURS[power > 12 ? 11 : power - 1];
}

static Vector2 middle_of(int i) {
    return (Vector2){corner(i % N) + TILE / 2.0f, corner(i / N) + TILE / 2.0f};
}

static void draw_tile(int power, Vector2 at, float scale, float time) {
    float side = TILE * scale;
    Rectangle box = {at.x - side / 2, at.y - side / 2, side, side};
    if (power >= GOAL) { // it shines
        float out = 4.0f + 2.0f * sin_f(time * 3.0f);
        Rectangle glow = {box.x - out, box.y - out, side + 2 * out, side + 2 * out};
        DrawRectangleRounded(glow, 0.2f, 8, Fade(tile_colour(power), 0.35f));
    }
    Rectangle edge = {box.x - 2, box.y - 2, side + 4, side + 4}; // apart from others of its colour
    if (power < GOAL) DrawRectangleRounded(edge, 0.16f, 8, SURFACE);
    DrawRectangleRounded(box, 0.16f, 8, tile_colour(power));
    bool dark = power <= 3 || power == 5;
    draw_number((int32_t)1 << power, at, scale, dark ? PAPER : INK);
}

// Tiles slide in the first part of a tick; then those that merged swell, and the new one grows.
static void draw(const State *s, const View *v) {
    const State *b = v->before;
    const float arrive = 0.5f;
    ClearBackground(INK);
    Rectangle board = {3, 3, 474, 474};
    DrawRectangleRounded(board, 0.05f, 8, Fade(driver_colour(v, 0), 0.3f));
    DrawRectangleRounded((Rectangle){6, 6, 468, 468}, 0.045f, 8, SURFACE);
    for (int i = 0; i < CELLS; i++) {
        Vector2 at = middle_of(i);
        Rectangle box = {at.x - TILE / 2.0f, at.y - TILE / 2.0f, TILE, TILE};
        DrawRectangleRounded(box, 0.16f, 8, LINE);
    }
    bool moved = s->moves == b->moves + 1 && v->t < 1.0f;
    uint8_t slid[CELLS], places[CELLS], came[CELLS] = {0};
    memcpy(slid, b->tiles, CELLS);
    if (moved) slide(slid, s->last, places);
    if (moved && v->t < arrive) {
        float t = ease(v->t / arrive);
        for (int i = 0; i < CELLS; i++) {
            if (!b->tiles[i]) continue;
            Vector2 from = middle_of(i), to = middle_of(places[i]);
            Vector2 at = {mix(from.x, to.x, t), mix(from.y, to.y, t)};
            draw_tile(b->tiles[i], at, 1.0f, v->time);
        }
        return;
    }
    float after = moved ? (v->t - arrive) / (1.0f - arrive) : 1.0f;
    for (int i = 0; moved && i < CELLS; i++) {
        if (b->tiles[i]) came[places[i]]++;
    }
    for (int i = 0; i < CELLS; i++) {
        if (!s->tiles[i]) continue;
        float swell = came[i] > 1 ? 1.0f + 0.12f * sin_f(PI_F * after) : 1.0f;
        bool grows = moved && i == s->fresh;
        draw_tile(s->tiles[i], middle_of(i), grows ? ease(after) : swell, v->time);
    }
    if (!may_move(s)) DrawRectangleRounded(board, 0.05f, 8, Fade(INK, 0.55f * after));
}
#endif
#include "../env_exports.h"
