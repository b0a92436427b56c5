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

API void sines(const float *angles, float *sin, float *cos, int n) {
    for (int i = 0; i < n; i++) {
        sin[i] = sin_f(angles[i]);
        cos[i] = cos_f(angles[i]);
    }
}

static uint32_t bits_of(float v) {
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

// A hash of what all of it gives for n random angles in [-limit, limit].
API uint32_t maths_hash(int n, float limit) {
    Rng rng = {12345};
    uint32_t hash = 0x811C9DC5u;
    for (int i = 0; i < n; i++) {
        float v = rng_between(&rng, -limit, limit);
        float made[] = {v, sin_f(v), cos_f(v), sqrt_f(absf(v)), clampf(v, -0.5f, 0.5f)};
        for (int k = 0; k < 5; k++) hash = (hash ^ bits_of(made[k])) * 0x01000193u;
        hash = (hash ^ (uint32_t)rng_below(&rng, 1 + i)) * 0x01000193u;
    }
    return hash;
}
