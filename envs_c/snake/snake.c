// Snake: many snakes in one yard, all of them hungry.
//
// You see     the 11 x 11 cells around your head, and which way you are heading
// You get     +1 for food, -1 for running into a wall, a body or a head
// It ends     for you when you die: your body turns into food and you start again elsewhere;
//             for all of them, truncated, after 4,096 ticks
// Idea        Blockade, 1976; the yard full of snakes is PufferLib's
#define AGENTS 64
#define SEATS(p) ((p)->snakes)
#define Obs uint8_t
#define OBS_SIZE (SIGHT * SIGHT + 1)
#define PARAMS(P) P(snakes, 16, 2, 64, 1, "snakes", FIXED, "snakes in the yard")
#define METRICS(M) M(length)
#include "../env.h"

enum { W = 64, H = 40, SIGHT = 11, EDGE = SIGHT / 2, FOOD = 64, MAX_TICKS = 4096, CELL = 14 };
enum { STRIDE = W + 2 * EDGE, CELLS = STRIDE * (H + 2 * EDGE) };
enum { AHEAD, UP, RIGHT, DOWN, LEFT };
enum { START_LENGTH = 3 };

// What a cell holds: one of these, or from BODY on two codes a snake, its body and its head.
enum { EMPTY, MEAL, WALL, BODY = 4 };
// What a snake sees in it.
enum { OWN_BODY = 3, OTHER_BODY, OTHER_HEAD, OWN_HEAD };

typedef struct State {
    Rng rng;
    Params p;
    int32_t ticks;
    int32_t meals;           // cells that hold food
    uint16_t head[AGENTS];   // cells
    uint16_t tail[AGENTS];   // the last cell of the body
    int16_t length[AGENTS];  // cells
    int16_t growth[AGENTS];  // cells that are still to be added
    uint8_t heading[AGENTS]; // UP, RIGHT, DOWN, LEFT
    uint8_t cell[CELLS];     // rows of the yard with EDGE cells of wall all around
    uint8_t way[CELLS];      // from a body's cell to its next one towards the head
} State;

static const Choice MOVES[] = {{"ahead", {0}},
                               {"up", {"ArrowUp", "KeyW"}},
                               {"right", {"ArrowRight", "KeyD"}},
                               {"down", {"ArrowDown", "KeyS"}},
                               {"left", {"ArrowLeft", "KeyA"}}};
static const char *const SIGHTS[] = {"empty",      "food",       "wall",     "own body",
                                     "other body", "other head", "own head", 0};
static const char *const WAYS[] = {"ahead", "up", "right", "down", "left", 0};

static const EnvSpec SPEC = {
    .title = "Snake",
    .ticks_per_second = 10,
    .width = W * CELL,
    .height = H * CELL,
    .obs = {{.name = "around", .shape = {SIGHT, SIGHT}, .categories = SIGHTS},
            {.name = "heading", .shape = {1}, .categories = WAYS}},
    .actions = {{"move", 5, MOVES}},
};

static const int16_t DELTA[] = {0, -STRIDE, 1, STRIDE, -1};

static int count(const State *s) {
    return (int)s->p.snakes;
}

static int beyond(int cell, int way) {
    return cell + DELTA[way];
}

static int opposite(int way) {
    return way > RIGHT ? way - 2 : way + 2;
}

// A random cell that holds `most` or a lesser code, the first one after it if the draw fails often;
// -1 for none.
static int find(State *s, int most) {
    int at = 0;
    for (int i = 0; i < 32; i++) {
        int y = rng_below(&s->rng, H), x = rng_below(&s->rng, W); // drawn in this order
        at = (EDGE + y) * STRIDE + EDGE + x;
        if (s->cell[at] <= most) return at;
    }
    for (int i = 0; i < CELLS; i++) {
        if (s->cell[(at + i) % CELLS] <= most) return (at + i) % CELLS;
    }
    return -1;
}

// Until there is enough, or no room for more.
static void put_food(State *s) {
    while (s->meals < FOOD) {
        int cell = find(s, EMPTY);
        if (cell < 0) return;
        s->cell[cell] = MEAL;
        s->meals++;
    }
}

#define HAS_RESPAWN
static void respawn(State *s, int agent) {
    int cell = find(s, MEAL); // there is one: a snake that died left food at least
    bool meal = s->cell[cell] == MEAL;
    s->heading[agent] = (uint8_t)(UP + rng_below(&s->rng, 4));
    s->head[agent] = s->tail[agent] = (uint16_t)cell;
    s->length[agent] = 1;
    s->growth[agent] = START_LENGTH - 1;
    s->cell[cell] = (uint8_t)(BODY + 2 * agent + 1);
    if (!meal) return;
    s->meals--;
    put_food(s);
}

static void reset(State *s) {
    memset(s->cell, WALL, sizeof s->cell);
    for (int y = 0; y < H; y++) memset(s->cell + (y + EDGE) * STRIDE + EDGE, EMPTY, W);
    for (int a = 0; a < count(s); a++) respawn(s, a);
    put_food(s);
}

// Turns the head's cell into body and draws the tail in, unless the snake is about to grow.
static void leave(State *s, int agent, int next) {
    int head = s->head[agent], tail = s->tail[agent];
    s->way[head] = s->heading[agent];
    s->cell[head] = (uint8_t)(BODY + 2 * agent);
    s->growth[agent] = (int16_t)(s->growth[agent] + (s->cell[next] == MEAL));
    if (s->growth[agent]) {
        s->growth[agent]--;
        s->length[agent]++;
    } else {
        s->cell[tail] = EMPTY;
        s->tail[agent] = (uint16_t)beyond(tail, s->way[tail]);
    }
}

// Moves the head on. Where another head has just arrived, both die.
static void arrive(State *s, int agent, int next, Outcome out[AGENTS]) {
    int held = s->cell[next];
    if (held > MEAL) {
        out[agent].terminated = true;
        if (held >= BODY && (held & 1)) out[(held - BODY) / 2].terminated = true;
        return;
    }
    if (held == MEAL) {
        out[agent].reward = 1.0f;
        s->meals--;
    }
    s->head[agent] = (uint16_t)next;
    s->cell[next] = (uint8_t)(BODY + 2 * agent + 1);
}

// Every cell of the body becomes food.
static void die(State *s, int agent) {
    for (int at = s->tail[agent];; at = beyond(at, s->way[at])) {
        s->cell[at] = MEAL;
        s->meals++;
        if (at == s->head[agent]) return;
    }
}

static bool step(State *s, const Action actions[AGENTS], Outcome out[AGENTS]) {
    int next[AGENTS], snakes = count(s);
    for (int a = 0; a < snakes; a++) {
        int way = actions[a][0];
        if (way != AHEAD && way != opposite(s->heading[a])) s->heading[a] = (uint8_t)way;
        next[a] = beyond(s->head[a], s->heading[a]);
        leave(s, a, next[a]);
    }
    for (int a = 0; a < snakes; a++) arrive(s, a, next[a], out);
    for (int a = 0; a < snakes; a++) {
        if (!out[a].terminated) continue;
        out[a].reward = -1.0f;
        die(s, a);
    }
    put_food(s);
    bool late = ++s->ticks >= MAX_TICKS;
    for (int a = 0; a < snakes; a++) out[a].truncated = late && !out[a].terminated;
    return late;
}

// What a cell's code means to a snake. Without branches, for the compiler to do 16 at once.
static uint8_t seen(uint8_t code, uint8_t own) {
    uint8_t other = (uint8_t)(OTHER_BODY + (code & 1));
    uint8_t kind = code < BODY ? code : other;
    kind = code == own ? (uint8_t)OWN_BODY : kind;
    return code == own + 1 ? (uint8_t)OWN_HEAD : kind;
}

static void observe(const State *s, int agent, Obs *obs) {
    const uint8_t *corner = s->cell + s->head[agent] - EDGE * STRIDE - EDGE;
    uint8_t own = (uint8_t)(BODY + 2 * agent);
    uint8_t cells[128]; // a few more than are wanted, for whole vectors
    memset(cells + SIGHT * SIGHT, EMPTY, sizeof cells - SIGHT * SIGHT);
    for (int y = 0; y < SIGHT; y++) memcpy(cells + y * SIGHT, corner + y * STRIDE, SIGHT);
    for (int i = 0; i < 128; i++) cells[i] = seen(cells[i], own);
    memcpy(obs, cells, SIGHT * SIGHT);
    obs[SIGHT * SIGHT] = s->heading[agent];
}

#define HAS_MEASURE
static void measure(const State *s, int agent, Metrics *m) {
    m->score = m->length = s->length[agent];
}

static int distance(int x, int y) {
    return (x < 0 ? -x : x) + (y < 0 ? -y : y);
}

// Steps to the nearest food in sight by any safe cell; with none in sight, ahead if that is safe.
#define HAS_SCRIPT
static void script(const State *s, int agent, int level, Rng *rng, Action *action) {
    (void)level;
    int head = s->head[agent], food_x = 0, food_y = 0, nearest = 2 * SIGHT;
    for (int y = -EDGE; y <= EDGE; y++) {
        for (int x = -EDGE; x <= EDGE; x++) {
            if (s->cell[head + y * STRIDE + x] != MEAL || distance(x, y) >= nearest) continue;
            nearest = distance(x, y);
            food_x = x;
            food_y = y;
        }
    }
    int best = 1000, way = AHEAD;
    for (int w = UP; w <= LEFT; w++) {
        if (w == opposite(s->heading[agent]) || s->cell[beyond(head, w)] > MEAL) continue;
        int x = (w == RIGHT) - (w == LEFT), y = (w == DOWN) - (w == UP);
        int far = distance(food_x - x, food_y - y);
        if (nearest == 2 * SIGHT) far = w == s->heading[agent] ? 0 : 1;
        int cost = 4 * far + rng_below(rng, 4); // ties are drawn
        if (cost >= best) continue;
        best = cost;
        way = w;
    }
    (*action)[0] = way;
}

// The cells in sight; of the heading, the head.
#define HAS_PLACE
static bool place(const State *s, int agent, int i, Box *box) {
    int head = s->head[agent], at = i < SIGHT * SIGHT ? i : SIGHT * SIGHT / 2;
    int x = head % STRIDE - 2 * EDGE + at % SIGHT, y = head / STRIDE - 2 * EDGE + at / SIGHT;
    *box = (Box){(float)(x * CELL), (float)(y * CELL), CELL, CELL};
    return true;
}

#ifdef ENV_DRAW
static Vector2 middle(int cell) {
    return (Vector2){((float)(cell % STRIDE - EDGE) + 0.5f) * CELL,
                     ((float)(cell / STRIDE - EDGE) + 0.5f) * CELL};
}

static Vector2 between(Vector2 a, Vector2 b, float t) {
    return (Vector2){mix(a.x, b.x, t), mix(a.y, b.y, t)};
}

static void draw_snake(const State *s, const View *v, int agent) {
    const State *b = v->before;
    bool moved = b->head[agent] != s->head[agent] &&
                 beyond(b->head[agent], s->heading[agent]) == s->head[agent];
    Color colour = driver_colour(v, agent);
    float shade = v->person[agent] ? 0 : 0.12f * (float)(agent * 7 % 5 - 2);
    colour = ColorBrightness(colour, shade);
    float width = CELL * 0.72f;
    Vector2 head = middle(s->head[agent]), from = middle(s->tail[agent]);
    if (moved) head = between(middle(b->head[agent]), head, v->t);
    if (moved && b->tail[agent] != s->tail[agent])
        from = between(middle(b->tail[agent]), from, v->t);
    if (agent == v->seat) dot(head, CELL * 1.5f, Fade(colour, 0.28f));
    int way = -1;
    dot(from, width / 2, colour);
    for (int at = s->tail[agent]; at != s->head[agent]; at = beyond(at, s->way[at])) {
        if (s->way[at] == way) continue; // straight on: one line as far as it goes
        way = s->way[at];
        DrawLineEx(from, middle(at), width, colour);
        from = middle(at);
        dot(from, width / 2, colour);
    }
    DrawLineEx(from, head, width, colour);
    dot(head, CELL * 0.46f, colour);
    Vector2 ahead = {(float)((s->heading[agent] == RIGHT) - (s->heading[agent] == LEFT)),
                     (float)((s->heading[agent] == DOWN) - (s->heading[agent] == UP))};
    for (float side = -1.0f; side <= 1.0f; side += 2.0f) {
        Vector2 eye = {head.x + 2.0f * ahead.x - 3.0f * side * ahead.y,
                       head.y + 2.0f * ahead.y + 3.0f * side * ahead.x};
        dot(eye, 1.8f, INK);
    }
}

static void draw(const State *s, const View *v) {
    Color square = ColorLerp(INK, SURFACE, 0.6f);
    ClearBackground(INK);
    for (int y = 0; y < H; y++) {
        for (int x = 0; x < W; x++) {
            int cell = (y + EDGE) * STRIDE + x + EDGE;
            if ((x + y) % 2) DrawRectangle(x * CELL, y * CELL, CELL, CELL, square);
            if (s->cell[cell] != MEAL) continue;
            bool fresh = v->before->cell[cell] != MEAL;
            float size = fresh ? ease(v->t) : 0.9f + 0.1f * sin_f(v->time * 3.0f + (float)cell);
            dot(middle(cell), CELL * 0.26f * size, MINT);
        }
    }
    for (int a = 0; a < count(s); a++) {
        if (a != v->seat) draw_snake(s, v, a);
    }
    if (v->seat >= 0 && v->seat < count(s)) draw_snake(s, v, v->seat);
}
#endif
#include "../env_exports.h"
