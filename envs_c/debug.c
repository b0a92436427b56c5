// Plays one game under the sanitizers and writes down what it is about to play, so that a game that
// crashes can be played again. Compiled by debug.py with -DENV='"…/NAME.c"'.
//
//   NAME play SEED TICKS LOG [PARAM...]    at random, and in stretches as the scripted player
//   NAME again SEED TICKS LOG [PARAM...]   what LOG holds, up to as many ticks
//
// LOG holds the seats in use (int32), then for each tick the hash of the game before it (uint64) and
// the actions of all seats.
#include ENV
#include <stdio.h>
#include <stdlib.h>

// All names here begin with debug: an environment may use any other.
enum { DEBUG_STRETCH = 64 }; // ticks

API const char *__asan_default_options(void);
const char *__asan_default_options(void) {
    return "abort_on_error=1:detect_leaks=0"; // so that gdb stops there
}

API const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void) {
    return "abort_on_error=1:print_stacktrace=1";
}

// Called before each tick, counted from 1: a place to stop at.
__attribute__((noinline)) void debug_tick(int tick);
void debug_tick(int tick) {
    __asm__ volatile("" : : "r"(tick));
}

static Rng debug_dice;

static void *debug_room(size_t count, size_t size) {
    void *at = calloc(count, size);
    if (!at) exit(2);
    return at;
}

// Any choice that is allowed, each as likely.
static void debug_choose(Action action, const uint8_t *mask) {
    for (int h = 0; h < HEADS; h++) {
#ifdef CONTINUOUS
        (void)mask;
        action[h] = rng_between(&debug_dice, -1.0f, 1.0f);
#else
        int32_t n = SPEC.actions[h].n, allowed = 0;
        for (int32_t i = 0; i < n; i++) allowed += mask[i] != 0;
        int32_t left = rng_below(&debug_dice, allowed > 0 ? allowed : n);
        int32_t chosen = left;
        for (int32_t i = 0; allowed > 0 && i < n; i++) {
            if (mask[i] && left-- == 0) chosen = i;
        }
        action[h] = chosen;
        mask += n;
#endif
    }
}

static void debug_note(FILE *log, const void *bytes, size_t size) {
    if (fwrite(bytes, 1, size, log) != size || fflush(log)) {
        perror("the log");
        exit(2);
    }
}

int main(int count, char **words) {
    if (count != 5 + PARAM_COUNT) {
        fprintf(stderr, "want play or again, SEED, TICKS, LOG and %d parameters\n", PARAM_COUNT);
        return 2;
    }
    bool again = strcmp(words[1], "again") == 0;
    uint32_t seed = (uint32_t)strtoul(words[2], 0, 10);
    int ticks = atoi(words[3]);
    FILE *log = fopen(words[4], again ? "rb" : "wb");
    if (!log) {
        perror(words[4]);
        return 2;
    }
    float params[PARAM_COUNT + 1] = {0};
    for (int i = 0; i < PARAM_COUNT; i++) params[i] = strtof(words[5 + i], 0);
    int32_t rows = env_seats(params);
    size_t n = (size_t)rows, width = 0;
    for (int h = 0; h < HEADS; h++) width += (size_t)SPEC.actions[h].n;
    if (again) {
        if (fread(&rows, sizeof rows, 1, log) != 1) return 2;
    } else {
        debug_note(log, &rows, sizeof rows);
    }
    Copy *copy = debug_room(1, sizeof(Copy)), *final = debug_room(1, sizeof(Copy));
    Action *actions = debug_room(n, sizeof(Action));
    Rng *rngs = debug_room(n, sizeof(Rng));
    uint8_t *wanted = debug_room(n, 1);
    Buffers b = {
        .obs = debug_room(n, OBS_SIZE * sizeof(Obs)),
        .final_obs = debug_room(n, OBS_SIZE * sizeof(Obs)),
        .actions = (const Action *)actions,
        .rewards = debug_room(n, sizeof(float)),
        .terminated = debug_room(n, 1),
        .truncated = debug_room(n, 1),
        .active = debug_room(n, 1),
        .mask = debug_room(n, width),
        .metrics = debug_room(n, METRIC_COUNT * sizeof(float)),
        .over = debug_room(1, 1),
        .finals = final,
    };
#ifndef HAS_LEGAL
    memset(b.mask, 1, n * width);
#endif
    debug_dice.state = seed;
    env_reset(copy, 1, seed, 0, params, &b);
    for (int tick = 1; tick <= ticks; tick++) {
        uint64_t hash = env_hash(copy, 1);
        if (again) {
            if (fread(&hash, sizeof hash, 1, log) != 1) break;
            if (fread(actions, sizeof(Action), n, log) != n) break;
        } else {
            for (size_t row = 0; row < n; row++) {
                debug_choose(actions[row], b.mask + row * width);
                wanted[row] = (tick / DEBUG_STRETCH) % 2 == 1 && rng_below(&debug_dice, 4) > 0;
            }
            env_script(copy, 1, 0, wanted, rngs, actions);
            for (size_t row = 0; row < n; row++) {
                if (!b.active[row]) memset(actions[row], 0, sizeof(Action));
            }
            debug_note(log, &hash, sizeof hash);
            debug_note(log, actions, n * sizeof(Action));
        }
        debug_tick(tick);
        env_step(copy, 1, &b);
    }
    fclose(log);
    return 0;
}
