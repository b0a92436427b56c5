// Dials: three dials of different sizes, to be turned to the marks. Only tests play it: it has
// what the gallery's first environments do not, several discrete decisions a tick, with masks.
//
// You see     where each dial stands, and where its mark is
// You get     1/4 for each dial that has just come to its mark
// It ends     when all dials stand at their marks; truncated after 12 ticks
#define AGENTS 2
#define Obs uint8_t
#define OBS_SIZE (2 * HEADS)
#define HEADS 3
#define PARAMS(P)
#define METRICS(M)
#include "../../../envs_c/env.h"

enum { MAX_TICKS = 12 };
static const int SIZES[HEADS] = {2, 3, 5};

typedef struct State {
    Rng rng;
    Params p;
    int32_t ticks;
    uint8_t dial[AGENTS][HEADS], mark[AGENTS][HEADS];
    uint8_t padding[4]; // to a multiple of 8 bytes
} State;

static const Choice SWITCH[] = {{"off", {"KeyQ"}}, {"on", {"KeyW"}}};
static const Choice GEARS[] = {{"first gear", {"KeyA"}}, {"second gear", {"KeyS"}}, {"third", {0}}};

static const EnvSpec SPEC = {
    .title = "Dials",
    .ticks_per_second = 4,
    .width = 300,
    .height = 100,
    .obs = {{.name = "dials", .shape = {AGENTS - 1, HEADS}}, {.name = "marks", .shape = {HEADS}}},
    .actions = {{"switch", 2, SWITCH}, {"gear", 3, GEARS}, {"volume", 5, 0}},
};

static void reset(State *s) {
    for (int a = 0; a < AGENTS; a++) {
        for (int h = 0; h < HEADS; h++) {
            s->dial[a][h] = (uint8_t)rng_below(&s->rng, SIZES[h]);
            int turn = 1 + rng_below(&s->rng, SIZES[h] - 1);
            s->mark[a][h] = (uint8_t)((s->dial[a][h] + turn) % SIZES[h]);
        }
    }
}

static bool step(State *s, const Action actions[AGENTS], Outcome out[AGENTS]) {
    bool late = ++s->ticks >= MAX_TICKS, done = false;
    for (int a = 0; a < AGENTS; a++) {
        int met = 0;
        for (int h = 0; h < HEADS; h++) {
            bool moved = s->dial[a][h] != actions[a][h];
            s->dial[a][h] = (uint8_t)actions[a][h];
            bool at = s->dial[a][h] == s->mark[a][h];
            met += at;
            out[a].reward += at && moved ? 0.25f : 0.0f;
        }
        done |= met == HEADS;
    }
    for (int a = 0; a < AGENTS; a++) {
        out[a].terminated = done;
        out[a].truncated = late && !done;
    }
    return done || late;
}

// A dial of more than two places must be turned.
#define HAS_LEGAL
static void legal(const State *s, int agent, uint8_t *mask) {
    for (int h = 0; h < HEADS; h++) {
        for (int i = 0; i < SIZES[h]; i++) *mask++ = SIZES[h] == 2 || s->dial[agent][h] != i;
    }
}

static void observe(const State *s, int agent, Obs *obs) {
    memcpy(obs, s->dial[agent], HEADS);
    memcpy(obs + HEADS, s->mark[agent], HEADS);
}

// Turns each dial to its mark.
#define HAS_SCRIPT
static void script(const State *s, int agent, int level, Rng *rng, Action *action) {
    (void)level;
    for (int h = 0; h < HEADS; h++) {
        int goal = s->mark[agent][h];
        bool there = SIZES[h] > 2 && s->dial[agent][h] == goal; // must move on
        (*action)[h] = there ? (goal + 1 + rng_below(rng, SIZES[h] - 1)) % SIZES[h] : goal;
    }
}

#define HAS_POINT
static int point(const State *s, int agent, float x, float y) {
    (void)s, (void)agent;
    bool inside = x >= 0 && x < 100 && y >= 0 && y < 100;
    return inside ? x >= 50 : -1;
}

#define HAS_DESCRIBE
static void describe(const State *s, Text *out) {
    put(out, "Tick ");
    put_int(out, s->ticks);
    put(out, ".");
}
#include "../../../envs_c/env_exports.h"
