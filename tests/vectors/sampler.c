// sampler.c - writes sampler.json: the draws and choices that trainer/sampler.py and the page's
// sampler.js must both give, from the generator of env.h and the sampling rule in plain C.
//   cc -std=c11 -O2 -ffp-contract=off tests/vectors/sampler.c -lm -o build/sampler
//   build/sampler > tests/vectors/sampler.json
#define AGENTS 1
#define Obs float
#define OBS_SIZE 1
#define PARAMS(P)
#define METRICS(M)
#include "../../envs_c/env.h"
#include <math.h>
#include <stdio.h>

enum { DRAWS = 8, MOST = 8, MOST_ROWS = 2, MOST_HEADS = 3 };
static const double TAU = 6.283185307179586;

typedef struct Case {
    int rows, heads, nvec[MOST_HEADS], times;
    double temperature; // 0 stands for greedy
    bool masked;
    float logits[MOST_ROWS][MOST];
    int mask[MOST_ROWS][MOST];
} Case;

static const Case CASES[] = {
    {1, 1, {3}, 24, 1.0, false, {{0.1f, 0.2f, 0.3f}}, {{0}}},
    {1, 1, {5}, 24, 1.0, false, {{-2.5f, 0.0f, 1.25f, 1.25f, -0.75f}}, {{0}}},
    {1, 1, {5}, 24, 0.5, false, {{-2.5f, 0.0f, 1.25f, 1.25f, -0.75f}}, {{0}}},
    {1, 1, {5}, 24, 2.0, false, {{-2.5f, 0.0f, 1.25f, 1.25f, -0.75f}}, {{0}}},
    {1, 1, {5}, 1, 0, false, {{-2.5f, 0.0f, 1.25f, 1.25f, -0.75f}}, {{0}}},
    {2,
     1,
     {7},
     12,
     1.0,
     true,
     {{3.0f, 0.5f, 0.25f, 4.0f, 0.25f, 0.5f, 3.0f}, {0, 0, 0, 0, 0, 0, 0}},
     {{1, 1, 1, 0, 1, 1, 1}, {0, 0, 0, 0, 1, 0, 0}}},
    {2,
     1,
     {7},
     1,
     0,
     true,
     {{3.0f, 0.5f, 0.25f, 4.0f, 0.25f, 0.5f, 3.0f}, {0, 0, 0, 0, 0, 0, 0}},
     {{1, 1, 1, 0, 1, 1, 1}, {0, 0, 0, 0, 1, 0, 1}}},
    {2,
     3,
     {3, 3, 2},
     12,
     1.0,
     true,
     {{0.5f, 0.0f, -0.5f, 1.0f, 2.0f, 3.0f, 0.0f, 0.25f},
      {-1.0f, 1.0f, 0.0f, 0.0f, 0.0f, 0.0f, 4.0f, -4.0f}},
     {{1, 1, 1, 1, 1, 0, 1, 1}, {1, 0, 1, 0, 1, 1, 1, 1}}},
    {1, 1, {4}, 24, 1.0, false, {{80.0f, -80.0f, 79.5f, 0.0f}}, {{0}}},
    {1, 1, {2}, 24, 1.0, false, {{-1e4f, -1e4f}}, {{0}}},
};
enum { COUNT = sizeof CASES / sizeof *CASES };

// splitmix64, as in env_exports.h.
static uint64_t scramble(uint64_t x) {
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

static double unit(Rng *rng) {
    return (double)(rng_next(rng) >> 8) * 0x1p-24;
}

static int best_of(const float *logits, const int *mask, int n) {
    int best = -1;
    for (int i = 0; i < n; i++) {
        if ((!mask || mask[i]) && (best < 0 || logits[i] > logits[best])) best = i;
    }
    return best;
}

static int choose(const float *logits, const int *mask, int n, double temperature, double u) {
    double weight[MOST], top = (double)logits[best_of(logits, mask, n)] / temperature, sum = 0;
    for (int i = 0; i < n; i++) {
        weight[i] = !mask || mask[i] ? exp((double)logits[i] / temperature - top) : 0;
        sum += weight[i];
    }
    double passed = 0;
    int last = 0;
    for (int i = 0; i < n; i++) {
        if (mask && !mask[i]) continue;
        passed += weight[i] / sum;
        last = i;
        if (passed > u) return i;
    }
    return last;
}

static void put_ints(const char *before, const int *v, int n, const char *after) {
    printf("%s[", before);
    for (int i = 0; i < n; i++) printf(i ? ", %d" : "%d", v[i]);
    printf("]%s", after);
}

static void put_action(const Case *c, int row, Rng *rng) {
    int action[MOST_HEADS];
    for (int h = 0, at = 0; h < c->heads; at += c->nvec[h++]) {
        const float *logits = c->logits[row] + at;
        const int *mask = c->masked ? c->mask[row] + at : NULL;
        bool greedy = c->temperature == 0;
        action[h] = greedy ? best_of(logits, mask, c->nvec[h])
                           : choose(logits, mask, c->nvec[h], c->temperature, unit(rng));
    }
    put_ints("", action, c->heads, "");
}

static void put_case(const Case *c, uint32_t seed, bool more) {
    int width = 0;
    for (int h = 0; h < c->heads; h++) width += c->nvec[h];
    printf("    {\"seed\": %u, ", seed);
    put_ints("\"nvec\": ", c->nvec, c->heads, ", ");
    if (c->temperature == 0)
        printf("\"greedy\": true, ");
    else
        printf("\"temperature\": %g, ", c->temperature);
    printf("\"logits\": [");
    for (int row = 0; row < c->rows; row++) {
        for (int i = 0; i < width; i++)
            printf("%s%g", i ? ", " : row ? ", [" : "[", c->logits[row][i]);
        printf("]");
    }
    printf("],\n     ");
    for (int row = 0; c->masked && row < c->rows; row++) {
        put_ints(row ? ", " : "\"mask\": [", c->mask[row], width,
                 row + 1 < c->rows ? "" : "],\n     ");
    }
    printf("\"actions\": [");
    Rng rng = {scramble(seed)};
    for (int i = 0; i < c->times; i++) {
        printf(i ? ", [" : "[");
        for (int row = 0; row < c->rows; row++) {
            if (row) printf(", ");
            put_action(c, row, &rng);
        }
        printf("]");
    }
    printf("]}%s\n", more ? "," : "");
}

static void put_stream(uint32_t seed, bool more) {
    Rng rng = {scramble(seed)};
    printf("    {\"seed\": %u, \"next\": [", seed);
    for (int i = 0; i < DRAWS; i++) printf(i ? ", %u" : "%u", rng_next(&rng));
    printf("]}%s\n", more ? "," : "");
}

static void put_normals(uint32_t seed, double mean, double log_std, bool more) {
    Rng rng = {scramble(seed)};
    printf("    {\"seed\": %u, \"mean\": %g, \"log_std\": %g, \"drawn\": [", seed, mean, log_std);
    for (int i = 0; i < DRAWS; i++) {
        double u1 = unit(&rng), u2 = unit(&rng);
        double v = mean + exp(log_std) * (sqrt(-2.0 * log(1.0 - u1)) * cos(TAU * u2));
        printf(i ? ", %.17g" : "%.17g", v < -1 ? -1 : v > 1 ? 1 : v);
    }
    printf("]}%s\n", more ? "," : "");
}

int main(void) {
    printf("{\n  \"streams\": [\n");
    put_stream(0, true);
    put_stream(1, true);
    put_stream(12345, true);
    put_stream(4294967295u, false);
    printf("  ],\n  \"cases\": [\n");
    for (int i = 0; i < COUNT; i++) put_case(&CASES[i], 7u + (uint32_t)i, i + 1 < COUNT);
    printf("  ],\n  \"normals\": [\n");
    put_normals(3, 0.0, -1.0, true);
    put_normals(4, 0.75, 0.5, false);
    printf("  ]\n}\n");
    return 0;
}
