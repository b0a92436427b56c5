// env.h - everything an environment may use. The environment defines these before including it:
//
//   AGENTS            agent rows ("seats") in one copy of the game, at most 64
//   Obs, OBS_SIZE     uint8_t or float, and how many of them one seat sees
//   PARAMS(P)         one P(name, initial, min, max, step, unit, when, text) a parameter; may be
//   empty METRICS(M)        one M(name) a metric beyond score, return and length; may be empty
//   HEADS             decisions a seat takes each tick, 1 if not given
//   CONTINUOUS        if given, actions are floats in [-1, 1]; otherwise whole numbers
//   STICKS            sticks that a person holds instead of the actions, at most 4; 0 if not given
//   SEATS(p)          seats in use under the parameters p, AGENTS if not given
//
// and then, in this order: constants, State, SPEC, reset, step, observe, draw, and last of all
// `#include "../env_exports.h"`. docs/adding-an-environment.md explains each with an example.
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "env_maths.h"

// --- Facts an environment states about itself ---------------------------------------------------

enum { MAX_PARTS = 4, MAX_HEADS = 8, MAX_STICKS = 4 };

// A slice of the observation that is read alike: a grid of categories, a row of named numbers.
typedef struct Part {
    const char *name;
    int shape[3];             // 0 ends it: {11, 11}, {8}, {2, 6, 7}
    const char *const *names; // one for each value of a row, for each feature of the float rows
                              // {n, features} of n entities, or for each plane of {planes, h, w}
    const char *const *categories; // of a uint8_t part: what 0, 1, 2, … stand for
    float low, high;               // of a float part: the range that its values keep
} Part;

typedef struct Choice {
    const char *name;    // "up"
    const char *keys[2]; // KeyboardEvent.code: a lone player's or the right seat's, the left seat's
} Choice;

// One decision: which of n choices, or a value in [-1, 1] whose two choices name its ends.
typedef struct Head {
    const char *name;
    int n;
    const Choice *choices;
} Head;

typedef struct EnvSpec {
    const char *title;
    int ticks_per_second; // the speed at which a person plays
    int width, height;    // of the scene, px
    bool turn_based;      // the clock waits for the seat whose turn it is
    Part obs[MAX_PARTS];
    Head actions[MAX_HEADS];
    Head sticks[MAX_STICKS]; // what a person holds, where that is not the actions: see HAS_STEER
} EnvSpec;

// A parameter's value is a float. FIXED ones hold for a whole game, LIVE ones may change in play.
enum { FIXED, LIVE };

#define PARAM_FIELD(name, initial, min, max, step, unit, when, text) float name;
#define METRIC_FIELD(name) float name;

typedef struct Params {
    PARAMS(PARAM_FIELD)
    float none; // a struct needs a member
} Params;

// Of one finished episode of one seat.
typedef struct Metrics {
    float score;
    METRICS(METRIC_FIELD)
} Metrics;

// --- What goes into and out of a step, per seat --------------------------------------------------

#ifndef HEADS
#define HEADS 1
#endif
#ifndef STICKS
#define STICKS 0
#endif
#ifndef SEATS
#define SEATS(p) AGENTS
#endif
#ifdef CONTINUOUS
typedef float Action[HEADS]; // each in [-1, 1]
#else
typedef int32_t Action[HEADS]; // each in [0, n)
#endif

typedef struct Outcome {
    float reward;
    bool terminated; // the rules ended this seat's episode
    bool truncated;  // its time ran out
} Outcome;

// A rectangle of the scene, px from the top left; for place.
typedef struct Box {
    float x, y, width, height;
} Box;

// --- Randomness, the same numbers on every target -------------------------------------------------

typedef struct Rng {
    uint64_t state;
} Rng;

// A whole number over all 32 bits: PCG XSH-RR 64/32 (O'Neill, 2014).
static inline uint32_t rng_next(Rng *rng) {
    uint64_t old = rng->state;
    rng->state = old * 6364136223846793005u + 1442695040888963407u;
    uint32_t xored = (uint32_t)(((old >> 18) ^ old) >> 27), turn = (uint32_t)(old >> 59);
    return (xored >> turn) | (xored << ((32u - turn) & 31u));
}

// A whole number in [0, n).
static inline int rng_below(Rng *rng, int n) {
    return (int)(((uint64_t)rng_next(rng) * (uint32_t)n) >> 32);
}

// A float in [low, high).
static inline float rng_between(Rng *rng, float low, float high) {
    return low + (high - low) * (float)(rng_next(rng) >> 8) * 0x1p-24f;
}

// --- Words, for describe -------------------------------------------------------------------------

typedef struct Text {
    char *at;
    int size, length; // length goes on counting past size
} Text;

static inline void put(Text *out, const char *s) {
    for (; *s; s++, out->length++) {
        if (out->length < out->size) out->at[out->length] = *s;
    }
}

static inline void put_int(Text *out, int64_t v) {
    char digits[24];
    int at = sizeof digits;
    digits[--at] = 0;
    uint64_t rest = v < 0 ? (uint64_t)-v : (uint64_t)v;
    do digits[--at] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (v < 0) digits[--at] = '-';
    put(out, digits + at);
}

#ifdef ENV_DRAW
#include "env_view.h"
#endif
