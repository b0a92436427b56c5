// base.h - a small, healthy game that each file beside it makes wrong in just one way, by defining
// some of the macros below before it includes this.
//
// You see     where you and your mark stand on a line of 9 places, and which of 4 weathers it is
// You get     +1 on the mark, which ends the episode, -1 off the line, which ends it too
// It ends     also, truncated, after LATE ticks
#ifndef AGENTS
#define AGENTS 1
#endif
#ifndef PARAMS
#define PARAMS(P) P(late, 40, 10, 60, 1, "ticks", FIXED, "ticks that a game lasts")
#define LATE s->p.late
#endif
#ifndef LATE
#define LATE 40
#endif
#ifndef METRICS
#define METRICS(M) M(won)
#endif
#ifndef CHOICES
#define CHOICES 3
#endif
#ifndef FIELDS // 8 bytes a multiple
#define FIELDS
#endif
#ifndef ON_RESET // s
#define ON_RESET (void)0
#endif
#ifndef BEFORE_STEP // s, move
#define BEFORE_STEP (void)0
#endif
#ifndef AFTER_STEP // s, out, reached, off, late
#define AFTER_STEP (void)0
#endif
#ifndef WEATHER_SEEN // s
#define WEATHER_SEEN true
#endif
#ifndef AFTER_OBSERVE // s, obs
#define AFTER_OBSERVE (void)0
#endif
#ifndef HIGH // of the observation
#define HIGH 1.25f
#endif
#ifndef SCENE // s, v
#define SCENE draw_line(s)
#endif
#define Obs float
#define OBS_SIZE 3
#include "../../envs_c/env.h"

enum { PLACES = 9, CELL = 20 };
enum { STAY, LEFT, RIGHT };

typedef struct State {
    Rng rng;
    Params p;
    int32_t x, mark, weather, ticks;
    FIELDS
} State;

_Static_assert(sizeof(State) % 8 == 0, "a multiple of 8 bytes");

static const Choice MOVES[] = {{"stay", {0}}, {"left", {0}}, {"right", {0}}, {"more", {0}}};
static const char *const SIGHTS[] = {"place", "mark", "weather", 0};

static const EnvSpec SPEC = {
    .title = "Line",
    .ticks_per_second = 4,
    .width = PLACES * CELL,
    .height = CELL,
    .obs = {{.name = "line", .shape = {OBS_SIZE}, .names = SIGHTS, .low = -1.25f, .high = HIGH}},
    .actions = {{"move", CHOICES, MOVES}},
};

static void reset(State *s) {
    s->x = rng_below(&s->rng, PLACES);
    s->mark = (s->x + 1 + rng_below(&s->rng, PLACES - 1)) % PLACES;
    s->weather = rng_below(&s->rng, 4);
    ON_RESET;
}

static bool step(State *s, const Action actions[AGENTS], Outcome out[AGENTS]) {
    int32_t move = actions[0][0];
    BEFORE_STEP;
    s->x += (move == RIGHT) - (move == LEFT);
    s->weather = rng_below(&s->rng, 4);
    bool off = s->x < 0 || s->x >= PLACES, reached = s->x == s->mark;
    bool late = (float)++s->ticks >= (float)LATE;
    for (int a = 0; a < AGENTS; a++) {
        out[a].reward = reached ? 1.0f : off ? -1.0f : 0.0f;
        out[a].terminated = reached || off;
        out[a].truncated = late && !out[a].terminated;
    }
    AFTER_STEP;
    return out[0].terminated || out[0].truncated;
}

static void observe(const State *s, int agent, Obs *obs) {
    (void)agent;
    obs[0] = (float)s->x / 4.0f - 1.0f;
    obs[1] = (float)s->mark / 4.0f - 1.0f;
    if (WEATHER_SEEN) obs[2] = (float)s->weather / 3.0f;
    AFTER_OBSERVE;
}

#define HAS_MEASURE
static void measure(const State *s, int agent, Metrics *m) {
    (void)s, (void)agent, (void)m;
#ifdef MEASURE
    MEASURE;
#else
    m->won = s->x == s->mark;
#endif
}

#ifndef PLACE // s, box
#define PLACE                                                                                      \
    *box = (Box) {                                                                                 \
        (float)(s->x * CELL), 0, CELL, CELL                                                        \
    }
#endif
#define HAS_PLACE
static bool place(const State *s, int agent, int i, Box *box) {
    (void)s, (void)agent, (void)box;
    PLACE;
    return i == 0;
}

#ifdef ENV_DRAW
static inline void draw_line(const State *s) {
    ClearBackground(INK);
    DrawRectangle(s->mark * CELL, 0, CELL, CELL, SUN);
    DrawRectangle(s->x * CELL + 2, 2, CELL - 4, CELL - 4, AGENT);
}

static void draw(const State *s, const View *v) {
    (void)v;
    SCENE;
}
#endif
