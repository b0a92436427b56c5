// Go: surround more of the board than the other side does, on 7 by 7 points.
//
// You see     both sides' stones with what breath they have left, the point barred by ko, and
//             whether komi is yours and the other side has passed
// You get     +1 for a win, -1 for a loss, at the end: area scoring, komi to the second seat
// It ends     when both have passed; after 3 moves a point it is scored as it stands and truncated;
//             an illegal move loses
// Idea        the board game, China, more than 2,500 years ago
#define AGENTS 2
#define Obs uint8_t
#define OBS_SIZE (PLANES * POINTS + 2)
#define PARAMS(P) P(size, 7, 5, 9, 2, "points", FIXED, "lines each way")
#define METRICS(M) M(won) M(margin)
#include "../env.h"

enum { SIDE = 9, POINTS = SIDE * SIDE, PASS = POINTS, PLANES = 7 };
enum { W = 640, H = 720 };
enum { DARK, LIGHT, NOBODY, NOWHERE = -1 };

// A set of points: bit SIDE * y + x, from the top left. A board of fewer lines lies in the lower
// left corner, so that a point has the same name on every board.
__extension__ typedef unsigned __int128 Points;

typedef struct Stored { // a set of points in State, where 128 bits have no layout of their own
    uint64_t low, high;
} Stored;

typedef struct State {
    Rng rng;
    Params p;
    int32_t turn;          // the seat to move
    int32_t ko;            // the point that must not be played next, or NOWHERE
    Stored stones[AGENTS]; // of each seat
    Stored one, two;       // stones in groups of one and of two liberties
    int32_t last;          // what was played last: a point, PASS, or NOWHERE before the first
    int32_t moves;
    int32_t passes;        // in a row
    int32_t taken[AGENTS]; // stones, by each seat
    int32_t winner;        // a seat, or NOBODY while the game is on
    int32_t illegal;       // whether it ended by an illegal move
    int32_t padding;
} State;

#define LINE_OF(y)                                                                                 \
    {"A" y, {0}}, {"B" y, {0}}, {"C" y, {0}}, {"D" y, {0}}, {"E" y, {0}}, {"F" y, {0}},            \
        {"G" y, {0}}, {"H" y, {0}}, {                                                              \
        "J" y, {0}                                                                                 \
    }
static const Choice MOVES[] = {LINE_OF("9"), LINE_OF("8"),      LINE_OF("7"), LINE_OF("6"),
                               LINE_OF("5"), LINE_OF("4"),      LINE_OF("3"), LINE_OF("2"),
                               LINE_OF("1"), {"pass", {"KeyP"}}};
static const char *const SEEN[] = {"own",        "other",        "own in atari", "other in atari",
                                   "own of two", "other of two", "barred",       0};
static const char *const FACTS[] = {"own komi", "other passed", 0};
static const char *const THERE[] = {"no", "yes", 0};

static const EnvSpec SPEC = {
    .title = "Go",
    .ticks_per_second = 2,
    .width = W,
    .height = H,
    .turn_based = true,
    .obs = {{.name = "board", .shape = {PLANES, SIDE, SIDE}, .names = SEEN, .categories = THERE},
            {.name = "game", .shape = {2}, .names = FACTS, .categories = THERE}},
    .actions = {{"point", POINTS + 1, MOVES}},
};

// --- Sets of points ------------------------------------------------------------------------------

static Points get(const Stored *v) {
    return (Points)v->high << 64 | v->low;
}

static Stored stored(Points v) {
    return (Stored){(uint64_t)v, (uint64_t)(v >> 64)};
}

static Points bit(int point) {
    uint64_t one = 1ull << (point & 63);
    return point < 64 ? one : (Points)one << 64;
}

static int count(Points v) {
    return __builtin_popcountll((uint64_t)v) + __builtin_popcountll((uint64_t)(v >> 64));
}

// The lowest point of a set that is not empty.
static int first(Points v) {
    uint64_t low = (uint64_t)v;
    return low ? __builtin_ctzll(low) : 64 + __builtin_ctzll((uint64_t)(v >> 64));
}

static Points column(int x) {
    static const uint64_t LOW = 0x8040201008040201, HIGH = 0x0000000000000100;
    return ((Points)HIGH << 64 | LOW) << x;
}

static int lines(const State *s) {
    return (int)s->p.size;
}

static Points board(const State *s) {
    static const Stored BOARDS[] = {{0x87C3E1F000000000, 0x01F0F},
                                    {0x9FCFE7F3F9FC0000, 0x07F3F},
                                    {0xFFFFFFFFFFFFFFFF, 0x1FFFF}};
    return get(&BOARDS[(lines(s) - 5) / 2]);
}

// What lies beside a set; not all of it is on the board.
static Points near(Points v) {
    return v << SIDE | v >> SIDE | (v & ~column(SIDE - 1)) << 1 | (v & ~column(0)) >> 1;
}

// All of `within` that hangs together with `from`, which is part of it.
static Points grown(Points from, Points within) {
    for (;;) {
        Points more = (from | near(from)) & within;
        if (more == from) return from;
        from = more;
    }
}

static Points empty(const State *s) {
    return board(s) & ~(get(&s->stones[DARK]) | get(&s->stones[LIGHT]));
}

// --- The rules -----------------------------------------------------------------------------------

static void reset(State *s) {
    s->ko = s->last = NOWHERE;
    s->winner = NOBODY;
}

// The points that the side to move may play: there is room beside, or a group of its own that has
// a liberty to spare, or one to take.
static Points playable(const State *s) {
    Points own = get(&s->stones[s->turn]), other = get(&s->stones[!s->turn]), one = get(&s->one);
    Points open = empty(s), barred = s->ko == NOWHERE ? 0 : bit(s->ko);
    return open & near(open | (own & ~one) | (other & one)) & ~barred;
}

// Counts the liberties of each group anew that has a stone among `stale`.
static void breathe(State *s, Points stale) {
    Points black = get(&s->stones[DARK]), white = get(&s->stones[LIGHT]), open = empty(s);
    Points one = get(&s->one) & ~open, two = get(&s->two) & ~open;
    while (stale) {
        Points seed = stale & -stale, group = grown(seed, seed & black ? black : white);
        Points free = near(group) & open, further = free & (free - 1);
        stale &= ~group;
        one &= ~group;
        two &= ~group;
        if (!further)
            one |= group;
        else if (!(further & (further - 1)))
            two |= group;
    }
    s->one = stored(one);
    s->two = stored(two);
}

static void put_stone(State *s, int point) {
    int mover = s->turn;
    Points stone = bit(point), other = get(&s->stones[!mover]), beside = near(stone) & other;
    Points own = get(&s->stones[mover]), taken = grown(beside & get(&s->one), other);
    bool alone = !(near(stone) & own);
    s->stones[mover] = stored(own | stone);
    s->stones[!mover] = stored(other & ~taken);
    breathe(s, stone | (beside & ~taken) | (near(taken) & own));
    s->taken[mover] += count(taken);
    bool single = taken && !(taken & (taken - 1));
    s->ko = single && alone && (get(&s->one) & stone) ? first(taken) : NOWHERE;
}

// A seat's stones and the empty points that only they reach.
static Points area(const State *s, int seat) {
    Points own = get(&s->stones[seat]), other = get(&s->stones[!seat]), open = empty(s);
    return own | (open & grown(own, own | open) & ~grown(other, other | open));
}

// What the second seat gets for moving second.
static float komi(const State *s) {
    return lines(s) == SIDE ? 7.5f : 5.5f;
}

// What a seat is ahead by, komi counted.
static float margin(const State *s, int seat) {
    float dark = (float)(count(area(s, DARK)) - count(area(s, LIGHT))) - komi(s);
    return seat == DARK ? dark : -dark;
}

static bool step(State *s, const Action actions[AGENTS], Outcome out[AGENTS]) {
    int mover = s->turn, move = actions[mover][0];
    bool late = ++s->moves >= 3 * lines(s) * lines(s);
    s->illegal = move != PASS && !(playable(s) & bit(move));
    s->passes = move == PASS ? s->passes + 1 : 0;
    s->last = move;
    if (move == PASS)
        s->ko = NOWHERE;
    else if (!s->illegal)
        put_stone(s, move);
    s->turn = !mover;
    bool ended = s->illegal || s->passes == 2;
    if (s->illegal)
        s->winner = !mover;
    else if (ended || late)
        s->winner = margin(s, DARK) > 0 ? DARK : LIGHT;
    for (int a = 0; a < AGENTS; a++) {
        out[a].reward = s->winner == NOBODY ? 0.0f : s->winner == a ? 1.0f : -1.0f;
        out[a].terminated = ended;
        out[a].truncated = late && !ended;
    }
    return ended || late;
}

#define HAS_ACTIVE
static bool active(const State *s, int agent) {
    return s->turn == agent;
}

// Writes 1 for each point of a set and 0 for the others, eight at a time.
static uint8_t *spread(uint8_t *to, Points v) {
    for (int i = 0; i < POINTS - 1; i += 8, v >>= 8) {
        uint64_t bits = (uint64_t)v;
        uint64_t bytes = (bits & 127) * 0x2040810204081 & 0x0101010101010101;
        bytes |= (bits & 128) << 49;
        memcpy(to + i, &bytes, 8);
    }
    to[POINTS - 1] = v & 1;
    return to + POINTS;
}

#define HAS_LEGAL
static void legal(const State *s, int agent, uint8_t *mask) {
    (void)agent;
    *spread(mask, playable(s)) = 1;
}

static void observe(const State *s, int agent, Obs *obs) {
    Points own = get(&s->stones[agent]), other = get(&s->stones[!agent]);
    Points one = get(&s->one), two = get(&s->two);
    obs = spread(spread(obs, own), other);
    obs = spread(spread(obs, own & one), other & one);
    obs = spread(spread(obs, own & two), other & two);
    obs = spread(obs, s->ko == NOWHERE ? 0 : bit(s->ko));
    obs[0] = agent == LIGHT;
    obs[1] = s->passes > 0 && s->turn == agent;
}

#define HAS_MEASURE
static void measure(const State *s, int agent, Metrics *m) {
    m->won = s->winner == agent;
    m->margin = margin(s, agent);
}

// --- The scripted player: takes, then saves, then plays at random --------------------------------

// Any point of a set that is not empty, each as likely.
static int any(Points v, Rng *rng) {
    for (int n = rng_below(rng, count(v)); n > 0; n--) v &= v - 1;
    return first(v);
}

// What touches a set at the corners; not all of it is on the board.
static Points corners(Points v) {
    Points right = v & ~column(SIDE - 1), left = v & ~column(0);
    return right << (SIDE + 1) | right >> (SIDE - 1) | left << (SIDE - 1) | left >> (SIDE + 1);
}

// The points among a side's stones that are no false eyes: of the four corners the other side holds
// one at most, and none at the edge.
static Points eyes(const State *s, int seat) {
    Points all = board(s), other = get(&s->stones[!seat]), found = 0;
    for (Points left = empty(s) & ~near(all & ~get(&s->stones[seat])); left; left &= left - 1) {
        Points eye = left & -left, around = corners(eye) & all;
        if (count(around & other) < (count(around) == 4 ? 2 : 1)) found |= eye;
    }
    return found;
}

// The point that takes most stones; NOWHERE if none does. Ties are drawn.
static int best_capture(const State *s, Points may, Rng *rng) {
    Points other = get(&s->stones[!s->turn]), prey = other & get(&s->one);
    int best = NOWHERE, most = 0, ties = 0;
    for (Points left = may & near(prey); left; left &= left - 1) {
        int size = count(grown(near(left & -left) & prey, other));
        if (size < most) continue;
        if (size > most) ties = 0;
        most = size;
        if (rng_below(rng, ++ties) == 0) best = first(left);
    }
    return best;
}

// The point that saves most stones from being taken next, by growing to two liberties or more;
// NOWHERE if none does. Ties are drawn.
static int best_rescue(const State *s, Points may, Rng *rng) {
    Points own = get(&s->stones[s->turn]), weak = own & get(&s->one), open = empty(s);
    int best = NOWHERE, most = 0, ties = 0;
    for (Points left = may & near(weak); left; left &= left - 1) {
        Points stone = left & -left, group = grown(stone, own | stone);
        int size = count(group & weak);
        if (size < most || count(near(group) & open & ~stone) < 2) continue;
        if (size > most) ties = 0;
        most = size;
        if (rng_below(rng, ++ties) == 0) best = first(left);
    }
    return best;
}

// Passes where there is nothing else to do, or where that ends a game that is won.
#define HAS_SCRIPT
static void script(const State *s, int agent, int level, Rng *rng, Action *action) {
    (void)level;
    Points may = playable(s);
    int move = best_capture(s, may, rng);
    if (move == NOWHERE) move = best_rescue(s, may, rng);
    may &= ~eyes(s, agent);
    if (move == NOWHERE) move = may ? any(may, rng) : PASS;
    if (s->passes && margin(s, agent) > 0) move = PASS;
    (*action)[0] = move;
}

// --- For people ----------------------------------------------------------------------------------

static const float PASS_X = 440, PASS_Y = 652, PASS_W = 180, PASS_H = 56; // the button to pass

// Between two lines, px.
static float spacing(const State *s) {
    return (float)W / (float)lines(s);
}

// The crossing under the pointer if it may be played, and the button to pass.
#define HAS_POINT
static int point(const State *s, int agent, float x, float y) {
    (void)agent;
    if (x >= PASS_X && x < PASS_X + PASS_W && y >= PASS_Y && y < PASS_Y + PASS_H) return PASS;
    if (!(x >= 0 && x < W && y >= 0 && y < W)) return -1;
    int right = (int)(x / spacing(s)), down = (int)(y / spacing(s));
    int at =
        SIDE * (SIDE - lines(s) + clampi(down, 0, lines(s) - 1)) + clampi(right, 0, lines(s) - 1);
    return playable(s) & bit(at) ? at : -1;
}

#define HAS_PLACE
static bool place(const State *s, int agent, int i, Box *box) {
    (void)agent;
    int at = i % POINTS, x = at % SIDE, y = at / SIDE - (SIDE - lines(s));
    if (i >= PLANES * POINTS || !(board(s) & bit(at))) return false;
    *box = (Box){(float)x * spacing(s), (float)y * spacing(s), spacing(s), spacing(s)};
    return true;
}

#define HAS_DESCRIBE
static void describe(const State *s, Text *out) {
    static const char *const SIDES[] = {"Black", "White"};
    put(out, "Move ");
    put_int(out, s->moves);
    if (s->last != NOWHERE) {
        put(out, s->last == PASS ? ", last a " : ", last at ");
        put(out, MOVES[s->last].name);
    }
    for (int seat = 0; seat < AGENTS; seat++) {
        if (!s->taken[seat]) continue;
        put(out, seat == DARK ? ". Black has taken " : ". White has taken ");
        put_int(out, s->taken[seat]);
    }
    put(out, ". ");
    put(out, SIDES[s->winner == NOBODY ? s->turn : s->winner]);
    put(out, s->winner == NOBODY ? " to move" : " wins");
    if (s->winner != NOBODY && !s->illegal) {
        int halves = (int)(2.0f * margin(s, s->winner));
        put(out, " by ");
        put_int(out, halves / 2);
        put(out, ".5");
    }
    put(out, ".");
}

#ifdef ENV_DRAW
// Of a point, in the scene.
static Vector2 crossing(const State *s, int at) {
    int x = at % SIDE, y = at / SIDE - (SIDE - lines(s));
    return (Vector2){((float)x + 0.5f) * spacing(s), ((float)y + 0.5f) * spacing(s)};
}

static void draw_stone(Vector2 at, float radius, int seat, float alpha) {
    DrawCircleV((Vector2){at.x, at.y + radius * 0.06f}, radius, Fade(INK, 0.6f * alpha));
    DrawCircleV(at, radius, Fade(seat == DARK ? INK : PAPER, alpha));
    if (seat == DARK) DrawRing(at, radius - 2.5f, radius, 0, 360, 48, Fade(LINE, alpha));
    if (seat == LIGHT) DrawRing(at, radius * 0.7f, radius * 0.76f, 0, 360, 48, Fade(LINE, 0.2f));
}

static void draw_lines(const State *s) {
    float cell = spacing(s), low = 0.5f * cell, high = W - 0.5f * cell;
    DrawRectangleRounded((Rectangle){4, 4, W - 8, W - 8}, 0.03f, 8, SLATE);
    for (int i = 0; i < lines(s); i++) {
        float at = ((float)i + 0.5f) * cell;
        DrawLineEx((Vector2){at, low}, (Vector2){at, high}, 2.0f, Fade(PAPER, 0.3f));
        DrawLineEx((Vector2){low, at}, (Vector2){high, at}, 2.0f, Fade(PAPER, 0.3f));
    }
}

// Where a person who is to move may not: a square for ko, a dot for suicide.
static void draw_forbidden(const State *s) {
    float arm = spacing(s) * 0.09f;
    for (Points left = empty(s) & ~playable(s); left; left &= left - 1) {
        Vector2 o = crossing(s, first(left));
        if (first(left) == s->ko)
            DrawPolyLinesEx(o, 4, 2.2f * arm, 45.0f, 3.0f, CORAL);
        else
            DrawPoly(o, 4, arm, 0.0f, Fade(PAPER, 0.5f));
    }
}

static void draw_territory(const State *s, float t) {
    float half = spacing(s) * 0.13f * t;
    for (int seat = 0; seat < AGENTS; seat++) {
        for (Points left = area(s, seat) & empty(s); left; left &= left - 1) {
            Vector2 o = crossing(s, first(left));
            Rectangle mark = {o.x - half, o.y - half, 2 * half, 2 * half};
            DrawRectangleRec(mark, seat == DARK ? INK : PAPER);
        }
    }
}

static void draw_stones(const State *s, const View *v) {
    const State *b = v->before;
    bool goes_on = b->moves <= s->moves && b->p.size == s->p.size;
    float radius = spacing(s) * 0.46f, t = ease(v->t);
    for (int seat = 0; seat < AGENTS; seat++) {
        Points now = get(&s->stones[seat]), then = goes_on ? get(&b->stones[seat]) : now;
        for (Points left = then & ~now; left; left &= left - 1) {
            draw_stone(crossing(s, first(left)), radius * (1.0f - 0.4f * t), seat, 1.0f - t);
        }
        for (Points left = now; left; left &= left - 1) {
            bool fresh = (left & -left & ~then) != 0;
            Vector2 at = crossing(s, first(left));
            if (fresh) at.y -= (1.0f - t) * radius * 0.4f;
            draw_stone(at, fresh ? radius * mix(1.25f, 1.0f, t) : radius, seat, 1.0f);
        }
        for (Points left = now & get(&s->one); left; left &= left - 1) {
            DrawRing(crossing(s, first(left)), radius - 5.0f, radius, 0, 360, 48, Fade(CORAL, t));
        }
    }
    if (s->last == NOWHERE || s->last == PASS || s->illegal) return;
    Vector2 at = crossing(s, s->last); // marked in the colour of who played there
    DrawRing(at, radius * 0.34f, radius * 0.48f, 0, 360, 48, Fade(driver_colour(v, !s->turn), t));
}

// The word PASS, of straight strokes: two units wide and four high a letter, from the middle left.
static void draw_pass(float x, float y) {
    static const int8_t STROKES[][4] = {
        {0, -2, 0, 2},   {0, -2, 2, -2}, {2, -2, 2, 0}, {0, 0, 2, 0},                 // P
        {4, -2, 4, 2},   {4, -2, 6, -2}, {6, -2, 6, 2}, {4, 0, 6, 0},                 // A
        {8, -2, 10, -2}, {8, -2, 8, 0},  {8, 0, 10, 0}, {10, 0, 10, 2}, {8, 2, 10, 2} // S
    };
    for (int i = 0, n = sizeof STROKES / sizeof *STROKES; i < n + 5; i++) {
        const int8_t *at = STROKES[i < n ? i : i - 5];
        float from = x + (i < n ? 0.0f : 28.0f); // the second S
        Vector2 a = {from + 7.0f * (float)at[0], y + 6.0f * (float)at[1]};
        Vector2 b = {from + 7.0f * (float)at[2], y + 6.0f * (float)at[3]};
        DrawLineEx(a, b, 4.0f, PAPER);
        dot(a, 2.0f, PAPER);
        dot(b, 2.0f, PAPER);
    }
}

// Beneath the board: whose turn it is, how much each side holds, and the button to pass.
static void draw_strip(const State *s, const View *v) {
    const float y = PASS_Y + PASS_H / 2, left = 84, right = 356, radius = 22;
    float wide = (right - left) / ((float)(lines(s) * lines(s)) + komi(s)), held[AGENTS];
    for (int seat = 0; seat < AGENTS; seat++) {
        float then = (float)count(area(v->before, seat)), now = (float)count(area(s, seat));
        held[seat] = wide * mix(then, now, ease(v->t));
    }
    held[LIGHT] += wide * komi(s);
    DrawRectangleRounded((Rectangle){left, y - 9, right - left, 18}, 0.5f, 8, SURFACE);
    DrawRectangleV((Vector2){left, y - 7}, (Vector2){held[DARK], 14}, SLATE);
    DrawRectangleV((Vector2){right - held[LIGHT], y - 7}, (Vector2){held[LIGHT], 14}, PAPER);
    DrawRectangleV((Vector2){(left + right) / 2 - 1, y - 13}, (Vector2){2, 26}, MINT);
    for (int seat = 0; seat < AGENTS; seat++) {
        Vector2 at = {seat == DARK ? 42 : 398, y};
        draw_stone(at, radius, seat, 1.0f);
        Color ring = s->winner == seat ? MINT : driver_colour(v, seat);
        bool ringed = s->winner == NOBODY ? s->turn == seat : s->winner == seat;
        if (ringed) DrawRing(at, radius + 3, radius + 8, 0, 360, 48, ring);
    }
    Rectangle button = {PASS_X, PASS_Y, PASS_W, PASS_H};
    DrawRectangleRounded(button, 0.4f, 8, s->last == PASS ? SLATE : SURFACE);
    draw_pass(PASS_X + 54, y);
    Vector2 mark = {PASS_X + 26, y};
    if (s->last == PASS) DrawRing(mark, 8, 13, 0, 360, 32, driver_colour(v, !s->turn));
}

static void draw(const State *s, const View *v) {
    ClearBackground(INK);
    draw_lines(s);
    if (s->winner == NOBODY && v->person[s->turn]) draw_forbidden(s);
    draw_stones(s, v);
    if (s->winner != NOBODY && !s->illegal) draw_territory(s, ease(v->t));
    draw_strip(s, v);
}
#endif
#include "../env_exports.h"
