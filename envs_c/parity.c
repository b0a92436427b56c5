// parity.c - plays native games with actions drawn from a seed and sums up all that comes of them,
// as parity.mjs does in WebAssembly; envs_c/parity.py compares. It is a library of its own, always
// compiled alike, and is handed the functions of an environment that was compiled in any way.
#define AGENTS 1
#define Obs uint8_t
#define OBS_SIZE 1
#define PARAMS(P)
#define METRICS(M)
#include "env.h" // for its generator only

// What is summed up: the games, and what Buffers points to, in its order.
enum { STATE, OBS, FINAL_OBS, ACTIONS, REWARDS, TERMINATED, TRUNCATED, ACTIVE, MASK, METRICS_SUMS };
enum { OVER = METRICS_SUMS + 1, FINALS, SPANS };
enum { STATES, OBSERVATIONS, PAY, FLAGS, PARTS };
enum { PHASE = 64 }; // steps; in every fourth phase about half of the rows are scripted

typedef struct Span {
    const uint8_t *at; // null if there is none
    int64_t size;      // bytes
} Span;

typedef struct Digest {
    uint32_t a, b;
} Digest;

typedef struct Job {
    void (*step)(void *copies, int n, const void *buffers);
    void (*script)(const void *copies, int n, int level, const uint8_t *rows, Rng *rngs, void *act);
    void *copies;
    const void *buffers;
    void *actions;        // a row: heads, int32_t or float
    const int32_t *sizes; // choices of each head; 0 for a number in [-1, 1]
    uint8_t *chosen;      // one a row, for script
    Rng *rngs;            // one a row, for script
    Digest *digests;      // one a part, for each block of steps
    Span spans[SPANS];
    Rng rng;
    int32_t n, rows, heads, steps, block;
} Job;

static uint32_t stir(uint32_t sum, uint32_t word, uint32_t turn, uint32_t factor) {
    sum ^= word;
    return (sum << turn | sum >> (32 - turn)) * factor + 0x7F4A7C15u;
}

// Whole pairs of words, the last one filled up with zeros.
static void add(Digest *digest, const Span *span) {
    Digest d = *digest;
    for (int64_t at = 0; at < span->size; at += 8) {
        uint32_t pair[2] = {0};
        int64_t left = span->size - at;
        memcpy(pair, span->at + at, left < 8 ? (size_t)left : 8);
        d.a = stir(d.a, pair[0], 13, 0x9E3779B1u);
        d.b = stir(d.b, pair[1], 17, 0x85EBCA6Bu);
    }
    *digest = d;
}

// The choice that the word takes among the n of a head, of those allowed if there is a mask.
static int32_t choose(const uint8_t *mask, int32_t n, uint32_t word) {
    if (!mask) return (int32_t)(((uint64_t)word * (uint32_t)n) >> 32);
    uint32_t count = 0;
    for (int i = 0; i < n; i++) count += mask[i];
    uint32_t left = (uint32_t)(((uint64_t)word * count) >> 32);
    for (int i = 0; i < n; i++) {
        if (mask[i] && left-- == 0) return i;
    }
    return 0;
}

static void act(Job *job, int step) {
    const uint8_t *mask = job->spans[MASK].at;
    int32_t *choice = job->actions;
    for (int row = 0; row < job->rows; row++) {
        for (int h = 0; h < job->heads; h++, choice++) {
            uint32_t word = rng_next(&job->rng);
            int32_t n = job->sizes[h];
            if (n) {
                *choice = choose(mask, n, word);
                if (mask) mask += n;
            } else {
                float value = (float)(word >> 8) * 0x1p-23f - 1.0f;
                memcpy(choice, &value, sizeof value);
            }
        }
    }
    if (step / PHASE % 4 != 3) return;
    for (int row = 0; row < job->rows; row++) {
        job->chosen[row] = (uint8_t)(rng_next(&job->rng) >> 31);
    }
    job->script(job->copies, job->n, 0, job->chosen, job->rngs, job->actions);
}

static bool any(const Span *flags) {
    for (int64_t i = 0; i < flags->size; i++) {
        if (flags->at[i]) return true;
    }
    return false;
}

__attribute__((visibility("default"))) void parity_play(Job *job) {
    static const int TOLD[] = {TERMINATED, TRUNCATED, ACTIVE, MASK, OVER};
    const Span *spans = job->spans;
    Digest sums[PARTS] = {0};
    add(&sums[STATES], &spans[STATE]);
    add(&sums[OBSERVATIONS], &spans[OBS]);
    for (int step = 0; step < job->steps; step++) {
        act(job, step);
        job->step(job->copies, job->n, job->buffers);
        add(&sums[STATES], &spans[STATE]);
        add(&sums[OBSERVATIONS], &spans[OBS]);
        add(&sums[PAY], &spans[REWARDS]);
        for (size_t i = 0; i < sizeof TOLD / sizeof *TOLD; i++) add(&sums[FLAGS], &spans[TOLD[i]]);
        if (any(&spans[OVER])) add(&sums[STATES], &spans[FINALS]);
        if (any(&spans[TERMINATED]) || any(&spans[TRUNCATED])) {
            add(&sums[OBSERVATIONS], &spans[FINAL_OBS]);
        }
        bool last = step == job->steps - 1;
        if (last) add(&sums[PAY], &spans[METRICS_SUMS]);
        if (last || (step + 1) % job->block == 0) {
            memcpy(job->digests, sums, sizeof sums);
            job->digests += PARTS;
        }
    }
}
