// env_exports.h - included last by every environment: the functions that Python and JavaScript
// call. The caller owns all memory; nothing here allocates. An environment says which optional
// functions it has by defining, beside the function:
//
//   HAS_LEGAL     void legal(const State *, int seat, uint8_t *mask)   1 for each choice allowed
//   HAS_ACTIVE    bool active(const State *, int seat)                 acts on the next tick
//   HAS_RESPAWN   void respawn(State *, int seat)                      starts again in a running game
//   HAS_MEASURE   void measure(const State *, int seat, Metrics *)     of an episode, ended or not
//   HAS_SCRIPT    void script(const State *, int seat, int level, Rng *, Action *) plays it
//   HAS_STEER     void steer(const State *, int seat, const float *sticks, Action *) what they do
//   HAS_POINT     int point(const State *, int seat, float x, float y) the choice under a pointer
//   HAS_AIM       int aim(const State *, int seat, float x, float y, bool down, Action *)
//                 what a pointer does to the heads that HAS_AIM is defined as, a bit each
//   HAS_PLACE     bool place(const State *, int seat, int i, Box *)    where value i of obs is seen
//   HAS_DESCRIBE  void describe(const State *, Text *)                 for a screen reader
#pragma once

#ifdef __EMSCRIPTEN__
#include <emscripten.h>
#define API EMSCRIPTEN_KEEPALIVE
#else
#define API __attribute__((visibility("default")))
#endif

#include "env_facts.h"

// A game and what its running episodes have summed up: what is saved, forked and replayed.
typedef struct Copy {
    State state;
    float episode_return[AGENTS];
    int32_t episode_length[AGENTS]; // ticks
} Copy;

// One row of these for each seat in use of each copy, seats of a copy together.
// A null pointer leaves that buffer out, except for actions, rewards, terminated and truncated.
typedef struct Buffers {
    Obs *obs;       // OBS_SIZE a row
    Obs *final_obs; // OBS_SIZE a row: the last observation of an episode that ended in this step
    const Action *actions;
    float *rewards;
    uint8_t *terminated, *truncated;
    uint8_t *active; // 1 for the rows that act on the next tick
    uint8_t *mask;   // the choices of all heads in a row, 1 for each that is allowed
    float *metrics;  // METRIC_COUNT a row, summed over finished episodes; the caller clears it
    uint8_t *over;   // one a copy: 1 if its game was over in this step
    Copy *finals;    // one a copy: a game that was over in this step, as it stood at its end
} Buffers;

_Static_assert(METRIC_COUNT == METRICS_OWN + sizeof(Metrics) / sizeof(float), "one float a metric");
_Static_assert(AGENTS >= 1 && AGENTS <= 64, "1 to 64 seats");
_Static_assert(HEADS >= 1 && HEADS <= MAX_HEADS, "1 to 8 heads");
#ifdef HAS_STEER
_Static_assert(STICKS >= 1 && STICKS <= MAX_STICKS, "steer is for 1 to 4 sticks");
#else
_Static_assert(STICKS == 0, "sticks need steer");
#endif
_Static_assert(sizeof(Copy) % 8 == 0, "the same size on every target: pad State to 8 bytes");

// --- Playing -------------------------------------------------------------------------------------

// Bytes of one copy.
API int env_copy_size(void) {
    return (int)sizeof(Copy);
}

static int seats(const State *s) {
    (void)s; // where SEATS is a constant
    return clampi((int)SEATS((&s->p)), 1, AGENTS);
}

// Brings each parameter into its range and onto its steps; what is not a number becomes the
// default.
static void set_params(State *s, const float *params) {
    float fitted[PARAM_COUNT + 1] = {0};
    for (int i = 0; i < PARAM_COUNT; i++) {
        const ParamRow *row = &PARAM_ROWS[i];
        float v = params[i] == params[i] ? clampf(params[i], row->min, row->max) : row->initial;
        if (row->step > 0) {
            v = row->min + (float)(int)((v - row->min) / row->step + 0.5f) * row->step;
        }
        fitted[i] = clampf(v, row->min, row->max);
    }
    memcpy(&s->p, fitted, sizeof s->p);
}

// Seats in use under these parameters: the rows that one copy takes in every buffer.
API int env_seats(const float *params) {
    State s;
    set_params(&s, params);
    return seats(&s);
}

// Seats in use in a game.
API int env_copy_seats(const Copy *c) {
    return seats(&c->state);
}

static uint64_t scramble(uint64_t x) { // splitmix64 (Steele, Lea, Flood, 2014)
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

static void begin(State *s) {
    Rng rng = s->rng;
    Params p = s->p;
    memset(s, 0, sizeof *s);
    s->rng = rng;
    s->p = p;
    reset(s);
}

static bool is_active(const State *s, int seat) {
#ifdef HAS_ACTIVE
    return active(s, seat);
#else
    (void)s;
    (void)seat;
    return true;
#endif
}

#ifdef HAS_LEGAL
// Of all heads together: the length of a row of the mask.
static int choices(void) {
    int total = 0;
    for (int h = 0; h < HEADS; h++) total += SPEC.actions[h].n;
    return total;
}
#endif

static void show(const State *s, const Buffers *b, size_t row) {
    int count = seats(s);
    for (int a = 0; a < count; a++, row++) {
        if (b->obs) observe(s, a, b->obs + row * OBS_SIZE);
        if (b->active) b->active[row] = is_active(s, a);
#ifdef HAS_LEGAL
        if (b->mask) legal(s, a, b->mask + row * (size_t)choices());
#endif
    }
}

// Starts n new games. Copy i plays stream first + i of the seed, whatever n is.
API void env_reset(Copy *copies, int n, uint32_t seed, uint32_t first, const float *params,
                   const Buffers *b) {
    for (int i = 0; i < n; i++) {
        Copy *c = &copies[i];
        memset(c, 0, sizeof *c);
        c->state.rng.state = scramble(((uint64_t)seed << 32) + first + (uint32_t)i);
        set_params(&c->state, params);
        begin(&c->state);
        show(&c->state, b, (size_t)i * (size_t)seats(&c->state));
    }
}

// Writes observations, active rows and masks of games that were put there by other means.
API void env_show(const Copy *copies, int n, const Buffers *b) {
    for (int i = 0; i < n; i++) {
        show(&copies[i].state, b, (size_t)i * (size_t)seats(&copies[i].state));
    }
}

// Changes the LIVE parameters of running games.
API void env_set_params(Copy *copies, int n, const float *params) {
    for (int i = 0; i < n; i++) {
        float mixed[PARAM_COUNT + 1] = {0};
        memcpy(mixed, &copies[i].state.p, sizeof copies[i].state.p);
        for (int p = 0; p < PARAM_COUNT; p++) {
            if (PARAM_ROWS[p].live) mixed[p] = params[p];
        }
        set_params(&copies[i].state, mixed);
    }
}

// An action as it must be: a choice there is, a number in [-1, 1]; anything else becomes 0.
static void tidy(const Action in, Action out) {
    for (int h = 0; h < HEADS; h++) {
#ifdef CONTINUOUS
        out[h] = in[h] == in[h] ? clampf(in[h], -1.0f, 1.0f) : 0.0f;
#else
        out[h] = in[h] >= 0 && in[h] < SPEC.actions[h].n ? in[h] : 0;
#endif
    }
}

static void finish(Copy *c, int seat, const Buffers *b, size_t row) {
    if (b->final_obs) observe(&c->state, seat, b->final_obs + row * OBS_SIZE);
    if (b->metrics) {
        float *sums = b->metrics + row * METRIC_COUNT;
        float own[METRICS_OWN] = {1.0f, c->episode_return[seat], (float)c->episode_length[seat]};
        Metrics m = {.score = c->episode_return[seat]};
#ifdef HAS_MEASURE
        measure(&c->state, seat, &m);
#endif
        float all[METRIC_COUNT];
        memcpy(all, own, sizeof own);
        memcpy(all + METRICS_OWN, &m, sizeof m);
        for (int i = 0; i < METRIC_COUNT; i++) sums[i] += all[i];
    }
    c->episode_return[seat] = 0;
    c->episode_length[seat] = 0;
}

static void step_one(Copy *c, const Buffers *b, size_t copy) {
    State *s = &c->state;
    int count = seats(s);
    size_t row = copy * (size_t)count;
    Action actions[AGENTS];
    Outcome out[AGENTS] = {0};
    for (int a = 0; a < count; a++) tidy(b->actions[row + (size_t)a], actions[a]);
    bool over = step(s, (const Action *)actions, out);
    bool ended = over;
    if (b->over) b->over[copy] = over;
    for (int a = 0; a < count; a++) {
        size_t r = row + (size_t)a;
        b->rewards[r] = out[a].reward;
        b->terminated[r] = out[a].terminated;
        b->truncated[r] = out[a].truncated;
        c->episode_return[a] += out[a].reward;
        c->episode_length[a]++;
        ended |= out[a].terminated | out[a].truncated;
    }
    if (ended) {
        for (int a = 0; a < count; a++) {
            if (out[a].terminated | out[a].truncated) finish(c, a, b, row + (size_t)a);
        }
        if (over) {
            if (b->finals) b->finals[copy] = *c;
            memset(c->episode_return, 0, sizeof c->episode_return);
            memset(c->episode_length, 0, sizeof c->episode_length);
            begin(s);
        }
#ifdef HAS_RESPAWN
        for (int a = 0; a < count && !over; a++) {
            if (out[a].terminated | out[a].truncated) respawn(s, a);
        }
#endif
    }
    show(s, b, row);
}

// Plays one tick of n games. Actions that are out of range count as 0.
API void env_step(Copy *copies, int n, const Buffers *b) {
    for (int i = 0; i < n; i++) {
        step_one(&copies[i], b, (size_t)i);
    }
}

// A hash of the bytes of n games.
API uint64_t env_hash(const Copy *copies, int n) {
    return fnv1a(copies, (size_t)n * sizeof *copies);
}

// The scripted player's actions for each row whose `rows` is not 0; rngs holds one a row.
API void env_script(const Copy *copies, int n, int level, const uint8_t *rows, Rng *rngs,
                    Action *actions) {
#ifdef HAS_SCRIPT
    for (int i = 0, row = 0; i < n; i++) {
        for (int a = 0, count = seats(&copies[i].state); a < count; a++, row++) {
            if (rows[row]) script(&copies[i].state, a, level, &rngs[row], &actions[row]);
        }
    }
#else
    (void)copies, (void)n, (void)level, (void)rows, (void)rngs, (void)actions;
#endif
}

// The action that a person's sticks, STICKS numbers in [-1, 1], come to; a number that is none is 0.
API void env_steer(const Copy *c, int seat, const float *sticks, Action *action) {
#ifdef HAS_STEER
    float held[STICKS];
    Action chosen = {0};
    for (int i = 0; i < STICKS; i++) {
        held[i] = sticks[i] == sticks[i] ? clampf(sticks[i], -1.0f, 1.0f) : 0.0f;
    }
    steer(&c->state, seat, held, &chosen);
    tidy(chosen, *action);
#else
    (void)c, (void)seat, (void)sticks, (void)action;
#endif
}

// The score of a seat's running episode: what its metric would be if it ended now.
API float env_score(const Copy *c, int seat) {
    Metrics m = {.score = c->episode_return[seat]};
#ifdef HAS_MEASURE
    measure(&c->state, seat, &m);
#endif
    return m.score;
}

// The choice under a pointer at x, y (px of the scene), -1 for none.
API int env_point(const Copy *c, int seat, float x, float y) {
#ifdef HAS_POINT
    return point(&c->state, seat, x, y);
#else
    (void)c, (void)seat, (void)x, (void)y;
    return -1;
#endif
}

// What a pointer at x, y (px of the scene), pressed or not, does for a seat: writes those heads of its
// action that it decides, and returns them, a bit each.
API int env_aim(const Copy *c, int seat, float x, float y, int down, Action *action) {
#ifdef HAS_AIM
    return aim(&c->state, seat, x, y, down != 0, action);
#else
    (void)c, (void)seat, (void)x, (void)y, (void)down, (void)action;
    return 0;
#endif
}

// Where in the scene each value of a seat's observation is to be seen: OBS_SIZE boxes, of no size
// where it tells of no place.
API void env_place(const Copy *c, int seat, Box *boxes) {
    memset(boxes, 0, OBS_SIZE * sizeof *boxes);
#ifdef HAS_PLACE
    for (int i = 0; i < OBS_SIZE; i++) {
        Box box = {0};
        if (place(&c->state, seat, i, &box)) boxes[i] = box;
    }
#else
    (void)c, (void)seat;
#endif
}

// One sentence on the state of the game, ended by 0.
API void env_describe(const Copy *c, char *text, int size) {
    Text out = {text, size - 1, 0};
#ifdef HAS_DESCRIBE
    describe(&c->state, &out);
#else
    (void)c;
#endif
    text[out.length < size ? out.length : size - 1] = 0;
}

#ifdef ENV_DRAW
#include "env_draw.h"
#endif
