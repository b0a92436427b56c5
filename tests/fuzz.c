// Plays an environment as badly as can be, for tests/test_sanitizers.py: wild actions, wild
// parameters, every function of env_exports.h, and memory of exactly the size that is needed.
// Compiled with -DENV='"…/NAME.c"'. Prints a hash of all that came of it.
#include ENV
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static Rng dice = {2024};
static uint64_t hash = 1;

static void stir(const void *bytes, size_t size) {
    hash = (hash ^ fnv1a(bytes, size)) * 0x9E3779B97F4A7C15u;
}

static float wild_float(void) {
    static const float WILD[] = {NAN, INFINITY, -INFINITY, 0, -1, 1e30f, -1e30f, 2147483648.0f};
    int i = rng_below(&dice, 16);
    return i < 8 ? WILD[i] : rng_between(&dice, -2.0f, 1000.0f);
}

static void choose(Action action) {
    for (int h = 0; h < HEADS; h++) {
#ifdef CONTINUOUS
        action[h] = rng_below(&dice, 8) ? rng_between(&dice, -1.5f, 1.5f) : wild_float();
#else
        int n = SPEC.actions[h].n;
        action[h] = rng_below(&dice, n + 1);
        if (rng_below(&dice, 500) == 0) action[h] = (int32_t)rng_next(&dice);
#endif
    }
}

static void *room(size_t count, size_t size) {
    void *at = malloc(count * size);
    if (!at) exit(2);
    memset(at, 0xAA, count * size);
    return at;
}

static void play(int n, int ticks, bool wild) {
    float params[PARAM_COUNT + 1] = {0};
    for (int i = 0; i < PARAM_COUNT; i++) {
        const ParamRow *row = &PARAM_ROWS[i];
        params[i] = wild ? wild_float() : rng_between(&dice, row->min, row->max);
    }
    size_t rows = (size_t)(n * env_seats(params)), mask_row = 0;
    for (int h = 0; h < HEADS; h++) mask_row += (size_t)SPEC.actions[h].n;
    Copy *copies = room((size_t)n, sizeof(Copy)), *finals = room((size_t)n, sizeof(Copy));
    Action *actions = room(rows, sizeof(Action));
    Rng *rngs = room(rows, sizeof(Rng));
    uint8_t *chosen = room(rows, 1), *mask = room(rows, mask_row);
    Buffers b = {
        .obs = room(rows, OBS_SIZE * sizeof(Obs)),
        .final_obs = wild ? 0 : room(rows, OBS_SIZE * sizeof(Obs)),
        .actions = (const Action *)actions,
        .rewards = room(rows, sizeof(float)),
        .terminated = room(rows, 1),
        .truncated = room(rows, 1),
        .active = wild ? 0 : room(rows, 1),
        .mask = mask,
        .metrics = wild ? 0 : calloc(rows * METRIC_COUNT, sizeof(float)),
        .over = wild ? 0 : room((size_t)n, 1),
        .finals = wild ? 0 : finals,
    };
    for (size_t row = 0; row < rows; row++) rngs[row].state = row;
    env_reset(copies, n, rng_next(&dice), 0, params, &b);
    for (int tick = 0; tick < ticks; tick++) {
        for (size_t row = 0; row < rows; row++) {
            choose(actions[row]);
            chosen[row] = tick / 50 % 2 && rng_below(&dice, 4) > 0;
        }
        if (tick % 2 == 0) env_script(copies, n, tick % 7 - 2, chosen, rngs, actions);
        env_step(copies, n, &b);
        stir(copies, (size_t)n * sizeof *copies);
        stir(b.obs, rows * OBS_SIZE * sizeof(Obs));
        stir(b.rewards, rows * sizeof(float));
        if (b.metrics) stir(b.metrics, rows * METRIC_COUNT * sizeof(float));
        char text[64];
        env_describe(&copies[0], text, 1 + tick % 64);
        float x = wild_float();
        int under = env_point(&copies[0], 0, x, wild_float());
        stir(&under, sizeof under);
        if (tick % 40 == 0) {
            for (int i = 0; i < PARAM_COUNT; i++) params[i] = wild_float();
            env_set_params(copies, n, params);
            env_show(copies, n, &b);
        }
    }
    void *all[] = {copies,      finals,    actions,      rngs,        chosen,   mask,      b.obs,
                   b.final_obs, b.rewards, b.terminated, b.truncated, b.active, b.metrics, b.over};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

int main(void) {
    for (int size = 0; size < 5000; size += 97) {
        char *text = room((size_t)size + 1, 1);
        int length = env_spec(text, size);
        stir(text, (size_t)(length < size ? length : size));
        free(text);
    }
    env_spec(0, 0);
    for (int round = 0; round < 6; round++) play(1 + round % 3, 700, round >= 3);
    play(1, 4200, false);
    printf("%016llx %016llx\n", (unsigned long long)hash, (unsigned long long)dice.state);
    return 0;
}
