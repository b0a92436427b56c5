// sampler.c - writes sampler.json beside it: draws and choices by the generator of env.h and the
// sampling rule in plain C. From the repository root:
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

enum { DRAWS = 8, CASES = 8, MOST = 7 };
static const double TAU = 6.283185307179586;

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

typedef struct Case {
    double temperature;
    int n;
    float logits[MOST];
    int mask[MOST];
} Case;

static const Case TRIALS[CASES] = {
    {1.0, 3, {0.1f, 0.2f, 0.3f}, {1, 1, 1}},
    {1.0, 5, {-2.5f, 0.0f, 1.25f, 1.25f, -0.75f}, {1, 1, 1, 1, 1}},
    {0.5, 5, {-2.5f, 0.0f, 1.25f, 1.25f, -0.75f}, {1, 1, 1, 1, 1}},
    {2.0, 5, {-2.5f, 0.0f, 1.25f, 1.25f, -0.75f}, {1, 1, 1, 1, 1}},
    {1.0, 7, {3.0f, 0.5f, 0.25f, 4.0f, 0.25f, 0.5f, 3.0f}, {1, 1, 1, 0, 1, 1, 1}},
    {1.0, 7, {3.0f, 0.5f, 0.25f, 4.0f, 0.25f, 0.5f, 3.0f}, {0, 0, 0, 0, 1, 0, 0}},
    {1.0, 4, {80.0f, -80.0f, 79.5f, 0.0f}, {1, 1, 1, 1}},
    {1.0, 2, {-1e4f, -1e4f}, {1, 1}},
};

static double chances(const Case *c, double *into) {
    double top = -INFINITY, sum = 0;
    for (int i = 0; i < c->n; i++) {
        if (c->mask[i] && (double)c->logits[i] / c->temperature > top) {
            top = (double)c->logits[i] / c->temperature;
        }
    }
    for (int i = 0; i < c->n; i++) {
        into[i] = c->mask[i] ? exp((double)c->logits[i] / c->temperature - top) : 0;
        sum += into[i];
    }
    return sum;
}

static int choose(const Case *c, double u) {
    double weight[MOST], sum = chances(c, weight), passed = 0;
    int last = 0;
    for (int i = 0; i < c->n; i++) {
        if (!c->mask[i]) continue;
        passed += weight[i] / sum;
        last = i;
        if (passed > u) return i;
    }
    return last;
}

static int best_of(const Case *c) {
    int best = -1;
    for (int i = 0; i < c->n; i++) {
        if (c->mask[i] && (best < 0 || c->logits[i] > c->logits[best])) best = i;
    }
    return best;
}

static void put_draws(uint32_t seed, const char *end) {
    Rng rng = {scramble(seed)};
    printf("    {\"seed\": %u, \"state\": \"%016llx\", \"next\": [", seed,
           (unsigned long long)rng.state);
    for (int i = 0; i < DRAWS; i++) printf(i ? ", %u" : "%u", rng_next(&rng));
    printf("]}%s\n", end);
}

static void put_case(const Case *c, uint32_t seed, const char *end) {
    double weight[MOST], sum = chances(c, weight);
    printf("    {\"seed\": %u, \"temperature\": %g, \"logits\": [", seed, c->temperature);
    for (int i = 0; i < c->n; i++) printf(i ? ", %g" : "%g", (double)c->logits[i]);
    printf("], \"mask\": [");
    for (int i = 0; i < c->n; i++) printf(i ? ", %d" : "%d", c->mask[i]);
    printf("],\n     \"probabilities\": [");
    for (int i = 0; i < c->n; i++) printf(i ? ", %.17g" : "%.17g", weight[i] / sum);
    printf("],\n     \"greedy\": %d, \"sampled\": [", best_of(c));
    Rng rng = {scramble(seed)};
    for (int i = 0; i < 3 * DRAWS; i++) printf(i ? ", %d" : "%d", choose(c, unit(&rng)));
    printf("]}%s\n", end);
}

static void put_normals(uint32_t seed, float mean, float log_std, const char *end) {
    Rng rng = {scramble(seed)};
    printf("    {\"seed\": %u, \"mean\": %g, \"log_std\": %g, \"drawn\": [", seed, (double)mean,
           (double)log_std);
    for (int i = 0; i < DRAWS; i++) {
        double u1 = unit(&rng), u2 = unit(&rng);
        double normal = sqrt(-2.0 * log(1.0 - u1)) * cos(TAU * u2);
        double v = (double)mean + exp((double)log_std) * normal;
        printf(i ? ", %.17g" : "%.17g", v < -1 ? -1 : v > 1 ? 1 : v);
    }
    printf("]}%s\n", end);
}

int main(void) {
    printf("{\n  \"draws\": [\n");
    put_draws(0, ",");
    put_draws(1, ",");
    put_draws(12345, ",");
    put_draws(4294967295u, "");
    printf("  ],\n  \"choices\": [\n");
    for (int i = 0; i < CASES; i++) put_case(&TRIALS[i], 7u + (uint32_t)i, i + 1 < CASES ? "," : "");
    printf("  ],\n  \"normals\": [\n");
    put_normals(3, 0.0f, -1.0f, ",");
    put_normals(4, 0.75f, 0.5f, "");
    printf("  ]\n}\n");
    return 0;
}
