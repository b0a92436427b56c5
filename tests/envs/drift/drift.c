// Drift: 64 motes in a round dish, each pushed in two directions. Only tests play it: it has what
// the gallery's first environments do not, continuous actions and seats that stay dead.
//
// You see     where you are and how fast
// You get     up to 1/16 a tick, the more the nearer you are to the middle; -1 over the rim
// It ends     for you over the rim, and then you wait; for all once nobody is left, or, truncated,
//             after a number of ticks (a parameter)
#define AGENTS 64
#define SEATS(p) ((p)->motes)
#define Obs float
#define OBS_SIZE 4
#define CONTINUOUS
#define HEADS 2
#define PARAMS(P)                                                                                  \
    P(motes, 64, 1, 64, 1, "motes", FIXED, "motes in the dish")                                    \
    P(limit, 40, 1, 400, 1, "ticks", FIXED, "ticks that a game lasts")                             \
    P(push, 0.0625, 0, 0.125, 0.0625, "per tick^2", LIVE, "what a full push adds to the speed")
#define METRICS(M) M(escaped)
#include "../../../envs_c/env.h"

typedef struct State {
    Rng rng;
    Params p;
    float x[AGENTS], y[AGENTS], vx[AGENTS], vy[AGENTS]; // the dish's radius is 1
    int32_t ticks;
    int32_t left; // motes in the dish
    uint8_t gone[AGENTS];
} State;

static const Choice ACROSS[] = {{"left", {"ArrowLeft", "KeyA"}}, {"right", {"ArrowRight", "KeyD"}}};
static const Choice UPRIGHT[] = {{"up", {"ArrowUp", "KeyW"}}, {"down", {"ArrowDown", "KeyS"}}};
static const char *const PLACE[] = {"x", "y", 0}, *const SPEED[] = {"speed x", "speed y", 0};

static const EnvSpec SPEC = {
    .title = "Drift",
    .ticks_per_second = 20,
    .width = 400,
    .height = 400,
    .obs = {{.name = "place", .shape = {2}, .names = PLACE, .low = -2.0f, .high = 2.0f},
            {.name = "speed", .shape = {2}, .names = SPEED, .low = -1.0f, .high = 1.0f}},
    .actions = {{"across", 2, ACROSS}, {"upright", 2, UPRIGHT}},
};

static int count(const State *s) {
    return (int)s->p.motes;
}

static void reset(State *s) {
    s->left = count(s);
    for (int a = 0; a < count(s); a++) {
        s->x[a] = rng_between(&s->rng, -0.5f, 0.5f);
        s->y[a] = rng_between(&s->rng, -0.5f, 0.5f);
    }
}

static bool step(State *s, const Action actions[AGENTS], Outcome out[AGENTS]) {
    bool late = ++s->ticks >= (int)s->p.limit;
    for (int a = 0; a < count(s); a++) {
        if (s->gone[a]) continue;
        s->vx[a] = clampf(s->vx[a] + actions[a][0] * s->p.push, -1.0f, 1.0f);
        s->vy[a] = clampf(s->vy[a] + actions[a][1] * s->p.push, -1.0f, 1.0f);
        s->x[a] += s->vx[a];
        s->y[a] += s->vy[a];
        float far = sqrt_f(s->x[a] * s->x[a] + s->y[a] * s->y[a]);
        s->gone[a] = far > 1.0f;
        s->left -= s->gone[a];
        out[a].reward = s->gone[a] ? -1.0f : (1.0f - far) / 16;
        out[a].terminated = s->gone[a];
        out[a].truncated = late && !s->gone[a];
    }
    return late || s->left == 0;
}

#define HAS_ACTIVE
static bool active(const State *s, int agent) {
    return !s->gone[agent];
}

static void observe(const State *s, int agent, Obs *obs) {
    obs[0] = s->x[agent];
    obs[1] = s->y[agent];
    obs[2] = s->vx[agent];
    obs[3] = s->vy[agent];
}

#define HAS_MEASURE
static void measure(const State *s, int agent, Metrics *m) {
    m->escaped = s->gone[agent];
}
#include "../../../envs_c/env_exports.h"
