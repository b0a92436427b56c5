// Berries: sweet ones and bitter ones in a meadow, to be gathered in time. Only tests play it: it
// has what the gallery's first environments do not, entities.
//
// You see     where you are; of each berry that is left, how far it is each way, and its taste
// You get     +1 for a sweet berry, -1 for a bitter one
// It ends     when no sweet one is left; truncated after 32 ticks
#define AGENTS 1
#define Obs float
#define OBS_SIZE (2 + BERRIES * TRAITS)
#define PARAMS(P)
#define METRICS(M)
#include "../../../envs_c/env.h"

enum { BERRIES = 12, TRAITS = 4, MAX_TICKS = 32 };
enum { STAY, UP, DOWN, LEFT, RIGHT };
enum { GONE, SWEET, BITTER };
static const float STRIDE = 0.2f, REACH = 0.15f; // the meadow is [-1, 1] each way

typedef struct State {
    Rng rng;
    Params p;
    float x, y; // of the gatherer
    float berry_x[BERRIES], berry_y[BERRIES];
    int32_t ticks;
    uint8_t taste[BERRIES];
    uint8_t padding[4]; // to a multiple of 8 bytes
} State;

static const Choice MOVES[] = {{"stay", {0}},
                               {"up", {"ArrowUp", "KeyW"}},
                               {"down", {"ArrowDown", "KeyS"}},
                               {"left", {"ArrowLeft", "KeyA"}},
                               {"right", {"ArrowRight", "KeyD"}}};
static const char *const PLACE[] = {"x", "y", 0};
static const char *const BERRY[] = {"to the right", "below", "sweet", "bitter", 0};

static const EnvSpec SPEC = {
    .title = "Berries",
    .ticks_per_second = 6,
    .width = 400,
    .height = 400,
    .obs = {{.name = "place", .shape = {2}, .names = PLACE, .low = -1.0f, .high = 1.0f},
            {.name = "berries",
             .shape = {BERRIES, TRAITS},
             .names = BERRY,
             .low = -2.0f,
             .high = 2.0f}},
    .actions = {{"move", 5, MOVES}},
};

static int left(const State *s) {
    int sweet = 0;
    for (int i = 0; i < BERRIES; i++) sweet += s->taste[i] == SWEET;
    return sweet;
}

// Half of the berries that grow are sweet, and a quarter of the places stays bare.
static void reset(State *s) {
    s->x = rng_between(&s->rng, -1.0f, 1.0f);
    s->y = rng_between(&s->rng, -1.0f, 1.0f);
    for (int i = 0; i < BERRIES; i++) {
        s->berry_x[i] = rng_between(&s->rng, -1.0f, 1.0f);
        s->berry_y[i] = rng_between(&s->rng, -1.0f, 1.0f);
        int chance = rng_below(&s->rng, 8);
        s->taste[i] = (uint8_t)(chance < 3 ? SWEET : chance < 6 ? BITTER : GONE);
    }
    if (!left(s)) s->taste[0] = SWEET;
}

static bool step(State *s, const Action actions[AGENTS], Outcome out[AGENTS]) {
    int32_t move = actions[0][0];
    s->x = clampf(s->x + STRIDE * (float)((move == RIGHT) - (move == LEFT)), -1.0f, 1.0f);
    s->y = clampf(s->y + STRIDE * (float)((move == DOWN) - (move == UP)), -1.0f, 1.0f);
    for (int i = 0; i < BERRIES; i++) {
        bool near = absf(s->berry_x[i] - s->x) < REACH && absf(s->berry_y[i] - s->y) < REACH;
        if (!near || s->taste[i] == GONE) continue;
        out[0].reward += s->taste[i] == SWEET ? 1.0f : -1.0f;
        s->taste[i] = GONE;
    }
    out[0].terminated = !left(s);
    out[0].truncated = ++s->ticks >= MAX_TICKS && !out[0].terminated;
    return out[0].terminated || out[0].truncated;
}

static void observe(const State *s, int agent, Obs *obs) {
    (void)agent;
    memset(obs, 0, OBS_SIZE * sizeof *obs); // a row of zeros is a berry that is not there
    *obs++ = s->x;
    *obs++ = s->y;
    for (int i = 0; i < BERRIES; i++, obs += TRAITS) {
        if (s->taste[i] == GONE) continue;
        obs[0] = s->berry_x[i] - s->x;
        obs[1] = s->berry_y[i] - s->y;
        obs[2] = s->taste[i] == SWEET;
        obs[3] = s->taste[i] == BITTER;
    }
}

// Walks to the nearest sweet berry.
#define HAS_SCRIPT
static void script(const State *s, int agent, int level, Rng *rng, Action *action) {
    (void)agent, (void)level, (void)rng;
    float nearest = 9.0f, across = 0.0f, down = 0.0f;
    for (int i = 0; i < BERRIES; i++) {
        float dx = s->berry_x[i] - s->x, dy = s->berry_y[i] - s->y;
        if (s->taste[i] != SWEET || absf(dx) + absf(dy) >= nearest) continue;
        nearest = absf(dx) + absf(dy);
        across = dx;
        down = dy;
    }
    bool wide = absf(across) > absf(down);
    (*action)[0] = wide ? (across < 0 ? LEFT : RIGHT) : (down < 0 ? UP : DOWN);
}
#include "../../../envs_c/env_exports.h"
