// Mines: uncover every cell that is not a mine.
//
// You see     the board, each cell covered or the number of mines around it
// You get     1/30 for each safe cell uncovered, 1 in all for a game that is won; -1 on a mine
// It ends     on a mine, or when only mines are covered
// Idea        the old puzzle of numbers and mines; the first cell and those around it are safe
#define AGENTS 1
#define Obs uint8_t
#define OBS_SIZE CELLS
#define PARAMS(P)
#define METRICS(M) M(won)
#include "../env.h"

enum { SIZE = 6, CELLS = SIZE * SIZE, MINES = 6, SAFE = CELLS - MINES };
enum { CELL = 80, W = SIZE * CELL };
enum { COVERED, NONE_AROUND, MINE_HERE = NONE_AROUND + 7 };

typedef struct State {
    Rng rng;
    Params p;
    uint8_t mine[CELLS]; // 1 where a mine lies; none does before the first cell is uncovered
    uint8_t open[CELLS]; // 1 where a cell is uncovered
    int32_t opened;      // safe cells uncovered
    int32_t last;        // 1 more than the cell that was chosen last, 0 for none
} State;

// clang-format off
static const Choice PLACES[] = {
    {"a1", {0}}, {"b1", {0}}, {"c1", {0}}, {"d1", {0}}, {"e1", {0}}, {"f1", {0}},
    {"a2", {0}}, {"b2", {0}}, {"c2", {0}}, {"d2", {0}}, {"e2", {0}}, {"f2", {0}},
    {"a3", {0}}, {"b3", {0}}, {"c3", {0}}, {"d3", {0}}, {"e3", {0}}, {"f3", {0}},
    {"a4", {0}}, {"b4", {0}}, {"c4", {0}}, {"d4", {0}}, {"e4", {0}}, {"f4", {0}},
    {"a5", {0}}, {"b5", {0}}, {"c5", {0}}, {"d5", {0}}, {"e5", {0}}, {"f5", {0}},
    {"a6", {0}}, {"b6", {0}}, {"c6", {0}}, {"d6", {0}}, {"e6", {0}}, {"f6", {0}}};
// clang-format on
static const char *const KINDS[] = {"covered", "none", "one", "two",  "three",
                                    "four",    "five", "six", "mine", 0};

static const EnvSpec SPEC = {
    .title = "Mines",
    .turn_based = true,
    .ticks_per_second = 2,
    .width = W,
    .height = W,
    .obs = {{.name = "board", .shape = {SIZE, SIZE}, .categories = KINDS}},
    .actions = {{"cell", CELLS, PLACES}},
};

static void reset(State *s) {
    (void)s; // the mines are laid when the first cell is chosen
}

// The cells around a cell, up to eight; returns how many.
static int32_t around(int32_t cell, int32_t near[8]) {
    int32_t n = 0, x = cell % SIZE, y = cell / SIZE;
    for (int32_t v = y - 1; v <= y + 1; v++) {
        for (int32_t u = x - 1; u <= x + 1; u++) {
            bool on = u >= 0 && u < SIZE && v >= 0 && v < SIZE && (u != x || v != y);
            if (on) near[n++] = v * SIZE + u;
        }
    }
    return n;
}

static int32_t number(const State *s, int32_t cell) {
    int32_t near[8], n = around(cell, near), mines = 0;
    for (int32_t i = 0; i < n; i++) mines += s->mine[near[i]];
    return mines;
}

// Lays the mines anywhere but on the first cell and around it.
static void lay(State *s, int32_t first) {
    for (int32_t laid = 0; laid < MINES;) {
        int32_t cell = rng_below(&s->rng, CELLS);
        int32_t dx = cell % SIZE - first % SIZE, dy = cell / SIZE - first / SIZE;
        if (s->mine[cell] || (dx * dx <= 1 && dy * dy <= 1)) continue;
        s->mine[cell] = 1;
        laid++;
    }
}

// Uncovers a safe cell, and where no mine is around it, all those around, and so on.
static void uncover(State *s, int32_t first) {
    int32_t todo[CELLS], count = 0;
    todo[count++] = first;
    s->open[first] = 1;
    while (count) {
        int32_t cell = todo[--count];
        s->opened++;
        if (number(s, cell)) continue;
        int32_t near[8], n = around(cell, near);
        for (int32_t i = 0; i < n; i++) {
            if (s->open[near[i]]) continue;
            s->open[near[i]] = 1;
            todo[count++] = near[i];
        }
    }
}

static bool exploded(const State *s) {
    return s->last && s->mine[s->last - 1];
}

static bool step(State *s, const Action actions[AGENTS], Outcome out[AGENTS]) {
    int32_t cell = actions[0][0], before = s->opened;
    if (s->open[cell]) return false; // masked
    if (!s->last) lay(s, cell);
    s->last = cell + 1;
    if (!s->mine[cell]) uncover(s, cell);
    out[0].reward = exploded(s) ? -1.0f : (float)(s->opened - before) / SAFE;
    out[0].terminated = exploded(s) || s->opened == SAFE;
    return out[0].terminated;
}

static void observe(const State *s, int agent, Obs *obs) {
    (void)agent;
    for (int32_t i = 0; i < CELLS; i++)
        obs[i] = s->open[i] ? (Obs)(NONE_AROUND + number(s, i)) : COVERED;
    if (exploded(s)) obs[s->last - 1] = MINE_HERE;
}

#define HAS_LEGAL
static void legal(const State *s, int agent, uint8_t *mask) {
    (void)agent;
    for (int32_t i = 0; i < CELLS; i++) mask[i] = !s->open[i];
}

#define HAS_MEASURE
static void measure(const State *s, int agent, Metrics *m) {
    (void)agent;
    m->won = s->opened == SAFE;
    m->score = (float)s->opened;
}

// Finds what single numbers prove, and where nothing is proved takes the cell that the numbers
// around it make least likely a mine. Sees no more than a player does.
#define HAS_SCRIPT
static void script(const State *s, int agent, int level, Rng *rng, Action *action) {
    (void)agent, (void)level;
    bool mine[CELLS] = {0}, safe[CELLS] = {0};
    float risk[CELLS];
    bool found = true;
    while (found) {
        found = false;
        for (int32_t i = 0; i < CELLS; i++) risk[i] = (float)MINES / CELLS;
        for (int32_t i = 0; i < CELLS; i++) {
            if (!s->open[i]) continue;
            int32_t near[8], n = around(i, near), left = number(s, i), covered = 0;
            for (int32_t k = 0; k < n; k++) {
                left -= mine[near[k]];
                covered += !s->open[near[k]] && !mine[near[k]] && !safe[near[k]];
            }
            for (int32_t k = 0; k < n; k++) {
                int32_t cell = near[k];
                if (s->open[cell] || mine[cell] || safe[cell]) continue;
                mine[cell] = left == covered;
                safe[cell] = left == 0;
                found = found || mine[cell] || safe[cell];
                float share = (float)left / (float)covered;
                if (risk[cell] < share || risk[cell] == (float)MINES / CELLS) risk[cell] = share;
            }
        }
    }
    float least = 2.0f;
    int32_t ties = 0;
    for (int32_t i = 0; i < CELLS; i++) {
        if (s->open[i] || mine[i]) continue;
        float r = safe[i] ? 0.0f : risk[i];
        if (r > least) continue;
        ties = r < least ? 1 : ties + 1;
        least = r;
        if (rng_below(rng, ties) == 0) (*action)[0] = i;
    }
}

#define HAS_POINT
static int point(const State *s, int agent, float x, float y) {
    (void)agent;
    if (!(x >= 0 && x < W && y >= 0 && y < W)) return -1;
    int cell = (int)(y / CELL) * SIZE + (int)(x / CELL);
    return s->open[cell] ? -1 : cell;
}

#define HAS_PLACE
static bool place(const State *s, int agent, int i, Box *box) {
    (void)s, (void)agent;
    *box = (Box){(float)(i % SIZE * CELL), (float)(i / SIZE * CELL), CELL, CELL};
    return true;
}

#define HAS_DESCRIBE
static void describe(const State *s, Text *out) {
    if (exploded(s)) put(out, "A mine. ");
    put_int(out, s->opened);
    put(out, " of 30 safe cells are uncovered.");
}

#ifdef ENV_DRAW
static void draw(const State *s, const View *v) {
    const Color INKS[] = {SURFACE, SKY, MINT, CORAL, VIOLET, SUN, PAPER};
    ClearBackground(INK);
    for (int32_t i = 0; i < CELLS; i++) {
        float x = (float)(i % SIZE * CELL), y = (float)(i / SIZE * CELL);
        float fresh = s->open[i] && !v->before->open[i] ? 1.0f - ease(v->t) : 0.0f;
        Rectangle cell = {x + 3, y + 3, CELL - 6, CELL - 6};
        DrawRectangleRounded(cell, 0.16f, 6, s->open[i] ? SURFACE : SLATE);
        if (fresh > 0) DrawRectangleRounded(cell, 0.16f, 6, Fade(SLATE, fresh));
        int32_t count = s->open[i] ? number(s, i) : 0;
        if (count) {
            const char digits[2] = {(char)('0' + count), 0};
            int wide = MeasureText(digits, 40);
            DrawText(digits, (int)x + (CELL - wide) / 2, (int)y + 21, 40,
                     Fade(INKS[count], 1 - fresh));
        }
        if (s->last == i + 1) DrawRectangleRoundedLinesEx(cell, 0.16f, 6, 3, driver_colour(v, 0));
        bool over = exploded(s) || s->opened == SAFE;
        if (!over || !s->mine[i]) continue;
        Vector2 middle = {x + CELL / 2, y + CELL / 2};
        dot(middle, 16, s->last == i + 1 ? CORAL : exploded(s) ? INK : MINT);
    }
}
#endif
#include "../env_exports.h"
