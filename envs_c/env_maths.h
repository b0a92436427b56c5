// env_maths.h - arithmetic that gives the same bits on every target, which libm's does not.
// Everything is float, rounded at each operation (-ffp-contract=off); the coefficients are those of
// Cephes (Moshier, 1992). "Within" is the largest distance from the true value; tests/test_maths.py
// measures it over the whole range. What is not a number stays so.
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static const float PI_F = 3.14159265f, INFINITY_F = 1e30f * 1e30f;

static inline float clampf(float v, float low, float high) {
    return v < low ? low : v > high ? high : v;
}

static inline int clampi(int v, int low, int high) {
    return v < low ? low : v > high ? high : v;
}

static inline float absf(float v) {
    return v < 0 ? -v : v;
}

// Exact on every target: IEEE 754 rounds the square root correctly.
static inline float sqrt_f(float v) {
    return __builtin_sqrtf(v);
}

// The same angle within a turn or so of 0. Past 1e9, where floats lie further apart than ten turns,
// it is 0.
static inline float near_angle(float v) {
    if (!(absf(v) <= 1e9f)) return absf(v) < INFINITY_F ? 0.0f : v - v;
    double turns = (double)v * 0.15915494309189535;
    return (float)((double)v - (double)(int32_t)turns * 6.283185307179586);
}

// The angle less whole quarter turns, in [-pi/4, pi/4], and their number.
static inline float quarter_turns(float v, int *quarters) {
    if (!(absf(v) <= 65536.0f)) v = near_angle(v);
    float n = v * 0.636619772f; // 2 / pi
    *quarters = n == n ? (int)(n < 0 ? n - 0.5f : n + 0.5f) : 0;
    float q = (float)*quarters;
    return ((v - q * 1.5703125f) - q * 4.83751297e-4f) - q * 7.54978995e-8f;
}

static inline float sin_core(float x) {
    float x2 = x * x;
    return x + x * x2 * (-1.66666567e-1f + x2 * (8.33216087e-3f - x2 * 1.95152959e-4f));
}

static inline float cos_core(float x) {
    float x2 = x * x;
    return 1.0f - 0.5f * x2 +
           x2 * x2 * (4.16666456e-2f + x2 * (-1.38873162e-3f + x2 * 2.44331571e-5f));
}

// Sine of an angle in radians; within 1.2e-7 for |v| <= 1000, 1.2e-6 beyond.
static inline float sin_f(float v) {
    int quarters;
    float x = quarter_turns(v, &quarters), y = quarters & 1 ? cos_core(x) : sin_core(x);
    return quarters & 2 ? -y : y;
}

// Cosine of an angle in radians; within the bounds of sin_f.
static inline float cos_f(float v) {
    int quarters;
    float x = quarter_turns(v, &quarters), y = quarters & 1 ? sin_core(x) : cos_core(x);
    return (quarters + 1) & 2 ? -y : y;
}

// Tangent of an angle in radians; that of one at most 1.5e-7 off, for |v| <= 1000.
static inline float tan_f(float v) {
    int quarters;
    float x = quarter_turns(v, &quarters), s = sin_core(x), c = cos_core(x);
    return quarters & 1 ? -c / s : s / c;
}

// The angle of the point x, y, in [-pi, pi] radians; within 4e-7. 0 for the origin.
static inline float atan2_f(float y, float x) {
    float ax = absf(x), ay = absf(y), most = ax > ay ? ax : ay;
    if (!(most > 0)) return most == 0 ? 0.0f : x + y;
    if (most == INFINITY_F) ax = ax == INFINITY_F, ay = ay == INFINITY_F;
    float t = ax > ay ? ay / ax : ax / ay; // in [0, 1]
    bool far = t > 0.414213562f;           // tan(pi/8)
    float u = far ? (t - 1.0f) / (t + 1.0f) : t, z = u * u;
    float series = ((8.05374449538e-2f * z - 1.38776856032e-1f) * z + 1.99777106478e-1f) * z;
    float angle = (series - 3.33329491539e-1f) * z * u + u + (far ? PI_F / 4 : 0.0f);
    if (ay > ax) angle = PI_F / 2 - angle;
    if (x < 0) angle = PI_F - angle;
    return y < 0 ? -angle : y == y && x == x ? angle : x + y;
}

// 2 to the power of n, -126 <= n <= 127.
static inline float power_of_two(int n) {
    uint32_t bits = (uint32_t)(n + 127) << 23;
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

// e to the power of v; within 1.2e-7 of its size, infinite above 88.72, 0 below -104.
static inline float exp_f(float v) {
    if (!(v >= -104.0f)) return v == v ? 0.0f : v;
    if (v > 88.7228394f) return INFINITY_F;
    float turns = v * 1.44269504f; // 1 / ln 2
    int n = (int)(turns < 0 ? turns - 0.5f : turns + 0.5f), half = n / 2;
    float x = (v - (float)n * 0.693359375f) + (float)n * 2.12194440e-4f;
    float series = (1.9875691500e-4f * x + 1.3981999507e-3f) * x + 8.3334519073e-3f;
    series = ((series * x + 4.1665795894e-2f) * x + 1.6666665459e-1f) * x + 5.0000001201e-1f;
    return (series * x * x + x + 1.0f) * power_of_two(half) * power_of_two(n - half);
}

// Natural logarithm; within 1.2e-7 of its size. Of 0 it is minus infinity, of less not a number.
static inline float log_f(float v) {
    if (!(v > 0)) return v == 0 ? -INFINITY_F : (v - v) / 0.0f;
    if (v == INFINITY_F) return v;
    int exponent = 0;
    if (v < 1.17549435e-38f) { // subnormal
        v *= 16777216.0f;
        exponent = -24;
    }
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    exponent += (int)(bits >> 23) - 126;
    bits = (bits & 0x7FFFFFu) | 0x3F000000u; // in [0.5, 1)
    float x;
    memcpy(&x, &bits, sizeof x);
    if (x < 0.707106781f) {
        exponent--;
        x = x + x - 1.0f;
    } else {
        x = x - 1.0f;
    }
    float z = x * x, e = (float)exponent;
    float s = (7.0376836292e-2f * x - 1.1514610310e-1f) * x + 1.1676998740e-1f;
    s = ((s * x - 1.2420140846e-1f) * x + 1.4249322787e-1f) * x - 1.6668057665e-1f;
    s = ((s * x + 2.0000714765e-1f) * x - 2.4999993993e-1f) * x + 3.3333331174e-1f;
    return x + (s * x * z - e * 2.12194440e-4f - 0.5f * z) + e * 0.693359375f;
}

// Hyperbolic tangent; within 1.2e-7.
static inline float tanh_f(float v) {
    float size = absf(v);
    if (!(size < 0.625f)) {
        float y = size > 9.1f ? 1.0f : 1.0f - 2.0f / (exp_f(2.0f * size) + 1.0f);
        return v < 0 ? -y : v == v ? y : v;
    }
    float z = v * v;
    float s = ((-5.70498872745e-3f * z + 2.06390887954e-2f) * z - 5.37397155531e-2f) * z;
    return ((s + 1.33314422036e-1f) * z - 3.33332819422e-1f) * z * v + v;
}
