// Plays an environment as badly as can be: wild actions, wild parameters, every function of
// env_exports.h, and memory of exactly the size that is needed. Compiled with -DENV='"…/NAME.c"',
// for libFuzzer, which makes up the bytes that decide what is called; with -DALONE too, it makes
// them up itself and prints a hash of all that came of it.
#include ENV
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// All names here begin with fuzz: an environment may use any other.
enum { FUZZ_TICKS = 3000 }; // for one input

static const uint8_t *fuzz_data; // what decides; once it is used up, the dice do
static size_t fuzz_left;
static Rng fuzz_dice;
static uint64_t fuzz_hash = 1;
static int fuzz_ticks;

static uint32_t fuzz_word(void) {
    if (fuzz_left < 4) return rng_next(&fuzz_dice);
    uint32_t word;
    memcpy(&word, fuzz_data, sizeof word);
    fuzz_data += sizeof word;
    fuzz_left -= sizeof word;
    return word;
}

static int fuzz_below(int n) {
    return (int)(fuzz_word() % (uint32_t)n);
}

static float fuzz_between(float low, float high) {
    return low + (high - low) * (float)(fuzz_word() >> 8) * 0x1p-24f;
}

static void fuzz_stir(const void *bytes, size_t size) {
    fuzz_hash = (fuzz_hash ^ fnv1a(bytes, size)) * 0x9E3779B97F4A7C15u;
}

// What must hold whatever is handed in.
static void fuzz_want(bool holds, const char *what) {
    if (holds) return;
    fprintf(stderr, "fuzz: %s\n", what);
    abort();
}

static float fuzz_float(void) {
    static const float WILD[] = {NAN, INFINITY, -INFINITY, 0, -1, 1e30f, -1e30f, 2147483648.0f};
    int i = fuzz_below(16);
    if (i < 8) return WILD[i];
    if (i < 12) return fuzz_between(-2.0f, 1000.0f);
    uint32_t bits = fuzz_word();
    float any;
    memcpy(&any, &bits, sizeof any);
    return any;
}

static void fuzz_action(Action action, bool wild) {
    for (int h = 0; h < HEADS; h++) {
#ifdef CONTINUOUS
        action[h] = wild || fuzz_below(8) == 0 ? fuzz_float() : fuzz_between(-1.5f, 1.5f);
#else
        action[h] = wild ? (int32_t)fuzz_word() : fuzz_below(SPEC.actions[h].n + 1);
#endif
    }
}

static void fuzz_params(float *params, bool wild) {
    for (int i = 0; i < PARAM_COUNT; i++) {
        const ParamRow *row = &PARAM_ROWS[i];
        params[i] = wild ? fuzz_float() : fuzz_between(row->min, row->max);
    }
}

static void *fuzz_room(size_t count, size_t size) {
    void *at = malloc(count * size);
    if (!at) exit(2);
    memset(at, 0xAA, count * size);
    return at;
}

typedef struct Fuzz {
    int n;
    size_t rows;
    Copy *copies;
    Action *actions;
    Rng *rngs;
    uint8_t *chosen;
    Buffers b;
} Fuzz;

static Fuzz fuzz_open(int n, const float *params, bool all) {
    size_t mask_row = 0, copies = (size_t)n, rows = copies * (size_t)env_seats(params);
    for (int h = 0; h < HEADS; h++) mask_row += (size_t)SPEC.actions[h].n;
    Fuzz g = {n, rows, fuzz_room(copies, sizeof(Copy)), fuzz_room(rows, sizeof(Action)), 0, 0, {0}};
    g.rngs = fuzz_room(rows, sizeof(Rng));
    g.chosen = fuzz_room(rows, 1);
    g.b = (Buffers){
        .obs = fuzz_room(rows, OBS_SIZE * sizeof(Obs)),
        .final_obs = all ? fuzz_room(rows, OBS_SIZE * sizeof(Obs)) : 0,
        .actions = (const Action *)g.actions,
        .rewards = fuzz_room(rows, sizeof(float)),
        .terminated = fuzz_room(rows, 1),
        .truncated = fuzz_room(rows, 1),
        .active = all ? fuzz_room(rows, 1) : 0,
        .mask = all ? fuzz_room(rows, mask_row) : 0,
        .metrics = all ? calloc(rows * METRIC_COUNT, sizeof(float)) : 0,
        .over = all ? fuzz_room(copies, 1) : 0,
        .finals = all ? fuzz_room(copies, sizeof(Copy)) : 0,
    };
    for (size_t row = 0; row < rows; row++) g.rngs[row].state = row;
    return g;
}

static void fuzz_close(Fuzz *g) {
    Buffers *b = &g->b;
    void *all[] = {g->copies,    g->actions, g->rngs,       g->chosen, b->obs,
                   b->final_obs, b->rewards, b->truncated,  b->mask,   b->active,
                   b->metrics,   b->over,    b->terminated, b->finals};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

static void fuzz_tick(Fuzz *g, bool wild, bool scripted) {
    for (size_t row = 0; row < g->rows; row++) {
        fuzz_action(g->actions[row], wild);
        g->chosen[row] = scripted && fuzz_below(4) > 0;
    }
    if (scripted) env_script(g->copies, g->n, fuzz_below(7) - 2, g->chosen, g->rngs, g->actions);
    env_step(g->copies, g->n, &g->b);
    fuzz_ticks++;
    for (size_t row = 0; row < g->rows; row++) {
        fuzz_want(isfinite(g->b.rewards[row]), "a reward is not finite");
        fuzz_want(g->b.terminated[row] <= 1 && g->b.truncated[row] <= 1,
                  "a flag is neither 0 nor 1");
    }
    for (size_t i = 0; i < g->rows * OBS_SIZE; i++) {
        fuzz_want(isfinite((float)g->b.obs[i]), "an observation is not finite");
    }
    fuzz_stir(g->copies, (size_t)g->n * sizeof *g->copies);
    fuzz_stir(g->b.obs, g->rows * OBS_SIZE * sizeof(Obs));
    fuzz_stir(g->b.rewards, g->rows * sizeof(float));
    if (g->b.metrics) fuzz_stir(g->b.metrics, g->rows * METRIC_COUNT * sizeof(float));
}

// Saves the games, plays on, loads them, and sees to it that they show what they showed.
static void fuzz_save(Fuzz *g) {
    size_t size = (size_t)g->n * sizeof(Copy), seen = g->rows * OBS_SIZE * sizeof(Obs);
    Copy *saved = fuzz_room(size, 1);
    Obs *obs = fuzz_room(seen, 1);
    env_show(g->copies, g->n, &g->b);
    memcpy(saved, g->copies, size);
    memcpy(obs, g->b.obs, seen);
    fuzz_tick(g, false, false);
    memcpy(g->copies, saved, size);
    env_show(g->copies, g->n, &g->b);
    fuzz_want(memcmp(obs, g->b.obs, seen) == 0, "a game that was loaded shows something else");
    free(saved);
    free(obs);
}

static void fuzz_describe(const Fuzz *g) {
    int size = 1 + fuzz_below(64);
    char *text = fuzz_room((size_t)size, 1);
    const Copy *c = &g->copies[fuzz_below(g->n)];
    env_describe(c, text, size);
    fuzz_want(memchr(text, 0, (size_t)size) != 0, "a description has no end");
    float x = fuzz_float();
    int under = env_point(c, fuzz_below(env_copy_seats(c)), x, fuzz_float());
    fuzz_stir(&under, sizeof under);
    Action aimed = {0};
    int seat = fuzz_below(env_copy_seats(c)), down = fuzz_below(2);
    int decided = env_aim(c, seat, x, fuzz_float(), down, &aimed);
    fuzz_stir(&decided, sizeof decided);
    fuzz_stir(&aimed, sizeof aimed);
    Box *boxes = fuzz_room(OBS_SIZE, sizeof *boxes);
    env_place(c, fuzz_below(env_copy_seats(c)), boxes);
    fuzz_stir(boxes, OBS_SIZE * sizeof *boxes);
    free(boxes);
    float sticks[MAX_STICKS];
    for (int i = 0; i < MAX_STICKS; i++) sticks[i] = fuzz_float();
    Action steered = {0};
    env_steer(c, fuzz_below(env_copy_seats(c)), sticks, &steered);
    for (int h = 0; h < HEADS; h++) {
#ifdef CONTINUOUS
        bool fits = steered[h] >= -1 && steered[h] <= 1;
#else
        bool fits = steered[h] >= 0 && steered[h] < SPEC.actions[h].n;
#endif
        fuzz_want(fits, "sticks come to no action");
    }
    fuzz_stir(steered, sizeof steered);
    float score = env_score(c, fuzz_below(env_copy_seats(c)));
    fuzz_stir(&score, sizeof score);
    free(text);
}

static void fuzz_play(void) {
    float params[PARAM_COUNT + 1] = {0};
    fuzz_params(params, fuzz_below(2));
    int n = 1 + fuzz_below(fuzz_below(4) ? 3 : 40);
    Fuzz g = fuzz_open(n, params, fuzz_below(3) > 0);
    env_reset(g.copies, n, fuzz_word(), fuzz_word(), params, &g.b);
    while (fuzz_left >= 4 && fuzz_ticks < FUZZ_TICKS) {
        switch (fuzz_below(10)) {
        case 0: env_reset(g.copies, n, fuzz_word(), fuzz_word(), params, &g.b); break;
        case 1:
            fuzz_params(params, fuzz_below(2));
            env_set_params(g.copies, n, params);
            for (int i = 0; i < n; i++) {
                fuzz_want((size_t)(env_copy_seats(&g.copies[i]) * n) == g.rows,
                          "seats changed in play");
            }
            memcpy(params, &g.copies[0].state.p, PARAM_COUNT * sizeof *params);
            break;
        case 2: fuzz_save(&g); break;
        case 3: fuzz_describe(&g); break;
        case 4: // on for a while; the dice decide
        case 5:
            fuzz_dice.state = fuzz_word();
            for (int more = fuzz_below(100); more; more--) {
                size_t kept = fuzz_left;
                fuzz_left = 0;
                fuzz_tick(&g, more % 16 == 0, more & 32);
                fuzz_left = kept;
            }
            break;
        default: fuzz_tick(&g, fuzz_below(2), fuzz_below(4) == 0);
        }
    }
    fuzz_close(&g);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    fuzz_data = bytes;
    fuzz_left = size;
    fuzz_ticks = 0;
    fuzz_dice.state = fnv1a(bytes, size);
    fuzz_play();
    return 0;
}

#ifdef ALONE
static void fuzz_spec(int size) {
    char *text = fuzz_room((size_t)size + 1, 1);
    int length = env_spec(text, size);
    fuzz_stir(text, (size_t)(length < size ? length : size));
    free(text);
}

int main(void) {
    for (int size = 0; size < 5000; size += 97) fuzz_spec(size);
    env_spec(0, 0);
    Rng maker = {2024};
    uint32_t bytes[120];
    for (int round = 0; round < 24; round++) {
        for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++) bytes[i] = rng_next(&maker);
        LLVMFuzzerTestOneInput((const uint8_t *)bytes, sizeof bytes);
    }
    printf("%016llx %016llx\n", (unsigned long long)fuzz_hash, (unsigned long long)fuzz_dice.state);
    return 0;
}
#endif
