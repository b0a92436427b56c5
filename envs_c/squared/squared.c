// Squared: walk to the target. The smallest environment here, and the one to copy.
//
// You see     the whole board, each cell empty, you, or the target
// You get     +1 on the target, which ends the episode; -1 off the board, which ends it too
// It ends     also after 34 ticks, without a word
// Idea        PufferLib's environment of the same name
#define AGENTS 1
#define Obs uint8_t
#define OBS_SIZE (SIZE * SIZE)
#define PARAMS(P)
#define METRICS(M) M(won)
#include "../env.h"

enum { SIZE = 11, MAX_TICKS = 34, CELL = 44 };
enum { STAY, UP, DOWN, LEFT, RIGHT };
enum { EMPTY, AGENT_HERE, TARGET_HERE };

typedef struct State {
    Rng rng;
    Params p;
    int32_t x, y;               // of the agent; 0, 0 is the top left cell
    int32_t target_x, target_y; // of the target
    int32_t ticks;
    int32_t padding[2]; // to a multiple of 8 bytes
} State;

static const Choice MOVES[] = {{"stay", {0}},
                               {"up", {"ArrowUp", "KeyW"}},
                               {"down", {"ArrowDown", "KeyS"}},
                               {"left", {"ArrowLeft", "KeyA"}},
                               {"right", {"ArrowRight", "KeyD"}}};
static const char *const CELLS[] = {"empty", "agent", "target", 0};

static const EnvSpec SPEC = {
    .title = "Squared",
    .ticks_per_second = 6,
    .width = SIZE * CELL,
    .height = SIZE * CELL,
    .obs = {{.name = "board", .shape = {SIZE, SIZE}, .categories = CELLS}},
    .actions = {{"move", 5, MOVES}},
};

static void reset(State *s) {
    s->x = s->y = SIZE / 2;
    do {
        s->target_x = rng_below(&s->rng, SIZE);
        s->target_y = rng_below(&s->rng, SIZE);
    } while (s->target_x == s->x && s->target_y == s->y);
}

static bool step(State *s, const Action actions[AGENTS], Outcome out[AGENTS]) {
    int32_t move = actions[0][0];
    s->x += (move == RIGHT) - (move == LEFT);
    s->y += (move == DOWN) - (move == UP);
    s->ticks++;
    bool off = s->x < 0 || s->x >= SIZE || s->y < 0 || s->y >= SIZE;
    bool reached = s->x == s->target_x && s->y == s->target_y;
    out[0].reward = reached ? 1.0f : off ? -1.0f : 0.0f;
    out[0].terminated = reached || off;
    out[0].truncated = !out[0].terminated && s->ticks >= MAX_TICKS;
    return out[0].terminated || out[0].truncated;
}

static void observe(const State *s, int agent, Obs *obs) {
    (void)agent;
    memset(obs, EMPTY, OBS_SIZE);
    obs[s->target_y * SIZE + s->target_x] = TARGET_HERE;
    bool on = s->x >= 0 && s->x < SIZE && s->y >= 0 && s->y < SIZE;
    if (on) obs[s->y * SIZE + s->x] = AGENT_HERE;
}

#define HAS_MEASURE
static void measure(const State *s, int agent, Metrics *m) {
    (void)agent;
    m->won = s->x == s->target_x && s->y == s->target_y;
}

// Walks straight to the target.
#define HAS_SCRIPT
static void script(const State *s, int agent, int level, Rng *rng, Action *action) {
    (void)agent, (void)level, (void)rng;
    int32_t dx = s->target_x - s->x, dy = s->target_y - s->y;
    (*action)[0] = dx < 0 ? LEFT : dx > 0 ? RIGHT : dy < 0 ? UP : dy > 0 ? DOWN : STAY;
}

#define HAS_PLACE
static bool place(const State *s, int agent, int i, Box *box) {
    (void)s, (void)agent;
    *box = (Box){(float)(i % SIZE * CELL), (float)(i / SIZE * CELL), CELL, CELL};
    return true;
}

#ifdef ENV_DRAW
static void draw(const State *s, const View *v) {
    ClearBackground(INK);
    for (int y = 0; y < SIZE; y++) {
        for (int x = 0; x < SIZE; x++) {
            Rectangle cell = {(float)(x * CELL + 2), (float)(y * CELL + 2), CELL - 4, CELL - 4};
            DrawRectangleRounded(cell, 0.2f, 6, SURFACE);
        }
    }
    Vector2 target = {((float)s->target_x + 0.5f) * CELL, ((float)s->target_y + 0.5f) * CELL};
    float beat = 0.5f + 0.5f * sin_f(v->time * 4.0f);
    DrawCircleV(target, 19.0f, Fade(SUN, 0.15f + 0.1f * beat));
    DrawCircleV(target, 11.0f, SUN);

    float t = ease(v->t);
    float x = (mix((float)v->before->x, (float)s->x, t) + 0.5f) * CELL;
    float y = (mix((float)v->before->y, (float)s->y, t) + 0.5f) * CELL;
    Rectangle body = {x - 15, y - 15, 30, 30};
    DrawRectangleRounded(body, 0.4f, 8, driver_colour(v, 0));
    DrawCircleV((Vector2){x - 5, y - 3}, 2.5f, INK);
    DrawCircleV((Vector2){x + 5, y - 3}, 2.5f, INK);
}
#endif
#include "../env_exports.h"
