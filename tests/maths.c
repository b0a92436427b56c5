// The arithmetic of env.h by itself, for tests/test_maths.py, natively and in WebAssembly.
#define AGENTS 1
#define Obs float
#define OBS_SIZE 1
#define PARAMS(P)
#define METRICS(M)
#include "../envs_c/env.h"
#ifdef __EMSCRIPTEN__
#include <emscripten.h>
#define API EMSCRIPTEN_KEEPALIVE
#else
#define API __attribute__((visibility("default")))
#endif

typedef float Function(float);

static Function *const FUNCTIONS[] = {sin_f, cos_f, tan_f, tanh_f, exp_f, log_f};

API void apply(int function, const float *in, float *out, int n) {
    for (int i = 0; i < n; i++) out[i] = FUNCTIONS[function](in[i]);
}

API void angles(const float *y, const float *x, float *out, int n) {
    for (int i = 0; i < n; i++) out[i] = atan2_f(y[i], x[i]);
}

static uint32_t bits_of(float v) {
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static uint32_t mix_in(uint32_t hash, float v) {
    // What is not a number has many forms; which one comes out is the machine's choice.
    return (hash ^ (v == v ? bits_of(v) : 0x7FC00000u)) * 0x01000193u;
}

// A hash of what all of it gives for n random numbers: in [-limit, limit], or of any bits if that is
// 0.
API uint32_t maths_hash(int n, float limit) {
    Rng rng = {12345};
    uint32_t hash = 0x811C9DC5u;
    for (int i = 0; i < n; i++) {
        uint32_t bits = rng_next(&rng);
        float v = rng_between(&rng, -limit, limit), w = rng_between(&rng, -limit, limit);
        if (limit == 0) memcpy(&v, &bits, sizeof v);
        for (int f = 0; f < 6; f++) hash = mix_in(hash, FUNCTIONS[f](v));
        hash = mix_in(mix_in(hash, atan2_f(v, w)), atan2_f(w, v));
        hash = mix_in(mix_in(hash, sqrt_f(absf(v))), clampf(v, -0.5f, 0.5f));
        hash = (hash ^ (uint32_t)rng_below(&rng, 1 + i)) * 0x01000193u;
    }
    return hash;
}
