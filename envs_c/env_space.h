// env_space.h - for environments in three dimensions, included after env.h: vectors, turns, an eye,
// and, for draw, a ground and a few solid shapes. The world's x and y are level and its z is up.
#pragma once

typedef struct Vec {
    float x, y, z;
} Vec;

// A turn, a quaternion of length 1: w is the cosine of half of its angle.
typedef struct Quat {
    float w;
    Vec v;
} Quat;

static inline Vec plus(Vec a, Vec b) {
    return (Vec){a.x + b.x, a.y + b.y, a.z + b.z};
}

static inline Vec minus(Vec a, Vec b) {
    return (Vec){a.x - b.x, a.y - b.y, a.z - b.z};
}

static inline Vec times(Vec a, float k) {
    return (Vec){a.x * k, a.y * k, a.z * k};
}

static inline float dot3(Vec a, Vec b) {
    return a.x * b.x + a.y * b.y + a.z * b.z;
}

static inline Vec cross(Vec a, Vec b) {
    return (Vec){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}

static inline float length(Vec a) {
    return sqrt_f(dot3(a, a));
}

// Of length 1; the vector itself where it is all but 0.
static inline Vec unit(Vec a) {
    float l = length(a);
    return l > 1e-6f ? times(a, 1.0f / l) : a;
}

// No longer than `most`.
static inline Vec within(Vec a, float most) {
    float l = length(a);
    return l > most ? times(a, most / l) : a;
}

// First b, then a.
static inline Quat product(Quat a, Quat b) {
    Vec v = plus(plus(times(b.v, a.w), times(a.v, b.w)), cross(a.v, b.v));
    return (Quat){a.w * b.w - dot3(a.v, b.v), v};
}

static inline Quat normal(Quat q) {
    float k = 1.0f / sqrt_f(q.w * q.w + dot3(q.v, q.v));
    return (Quat){q.w * k, times(q.v, k)};
}

// A vector of the body that was turned, as the world has it.
static inline Vec out_of(Quat q, Vec v) {
    Vec t = times(cross(q.v, v), 2.0f);
    return plus(plus(v, times(t, q.w)), cross(q.v, t));
}

// A vector of the world, as the body has it.
static inline Vec into(Quat q, Vec v) {
    return out_of((Quat){q.w, times(q.v, -1.0f)}, v);
}

// --- An eye, upright ------------------------------------------------------------------------------

typedef struct Eye {
    Vec at, to;          // where it is, what it looks at; not straight up or down
    float angle;         // rad, from the lower edge of the scene to the upper
    float width, height; // of the scene, px
} Eye;

// Where a point is to be seen, px of the scene; false behind the eye. `scale` is px a metre there.
static inline bool seen(const Eye *eye, Vec point, float *x, float *y, float *scale) {
    Vec ahead = unit(minus(eye->to, eye->at)), right = unit(cross(ahead, (Vec){0, 0, 1}));
    Vec up = cross(right, ahead), off = minus(point, eye->at);
    float far = dot3(off, ahead);
    if (!(far > 0.1f)) return false;
    *scale = eye->height / (2.0f * tan_f(eye->angle * 0.5f) * far);
    *x = eye->width / 2 + dot3(off, right) * *scale;
    *y = eye->height / 2 - dot3(off, up) * *scale;
    return true;
}

#ifdef ENV_DRAW
#include <rlgl.h>

enum { AROUND = 32, TUBE = 6 }; // corners of a ring, and of the tube that it is made of
enum { GRID_STEPS = 6 };

static inline Vector3 vector3(Vec a) {
    return (Vector3){a.x, a.y, a.z};
}

// Between these two, drawing is in metres. What is drawn first lies on the ground and is painted in
// order; after `solid` what is nearer hides what is farther. A scene's eye stays above the ground.
static inline void space_begin(const Eye *eye) {
    BeginMode3D((Camera3D){.position = vector3(eye->at),
                           .target = vector3(eye->to),
                           .up = {0, 0, 1},
                           .fovy = eye->angle * 180.0f / PI_F,
                           .projection = CAMERA_PERSPECTIVE});
    rlDisableBackfaceCulling();
    rlDisableDepthTest();
}

static inline void space_solid(void) {
    rlDrawRenderBatchActive();
    rlEnableDepthTest();
}

static inline void space_end(void) {
    EndMode3D();
    rlEnableBackfaceCulling();
}

static inline void quad(Vec a, Vec b, Vec c, Vec d, Color colour) {
    DrawTriangle3D(vector3(a), vector3(b), vector3(c), colour);
    DrawTriangle3D(vector3(a), vector3(c), vector3(d), colour);
}

static inline void disc(Vec at, Vec across, Vec along, Color colour) {
    Vec last = plus(at, across);
    for (int i = 1; i <= 20; i++) {
        float angle = (float)i * (2 * PI_F / 20);
        Vec next = plus(at, plus(times(across, cos_f(angle)), times(along, sin_f(angle))));
        DrawTriangle3D(vector3(at), vector3(last), vector3(next), colour);
        last = next;
    }
}

// Under one light from above.
static inline Color lit(Color colour, Vec outward) {
    float light = 0.72f + 0.28f * dot3(outward, (Vec){0.36f, 0.27f, 0.89f});
    uint8_t c[] = {colour.r, colour.g, colour.b};
    for (int i = 0; i < 3; i++) c[i] = (uint8_t)((float)c[i] * light);
    return (Color){c[0], c[1], c[2], colour.a};
}

// A box of these half edges, turned.
static inline void box(Vec at, Quat turn, Vec half, Color colour) {
    for (int axis = 0; axis < 3; axis++) {
        Vec out = {axis == 0, axis == 1, axis == 2}, one = {axis == 1, axis == 2, axis == 0};
        Vec other = cross(out, one), corner[4];
        for (int side = -1; side <= 1; side += 2) {
            for (int i = 0; i < 4; i++) {
                float a = i == 0 || i == 3 ? -1.0f : 1.0f, b = i < 2 ? -1.0f : 1.0f;
                Vec c = plus(times(out, (float)side), plus(times(one, a), times(other, b)));
                c = (Vec){c.x * half.x, c.y * half.y, c.z * half.z};
                corner[i] = plus(at, out_of(turn, c));
            }
            Color shade = lit(colour, out_of(turn, times(out, (float)side)));
            quad(corner[0], corner[1], corner[2], corner[3], shade);
        }
    }
}

// Of a thing above the ground, on it.
static inline void shadow(Vec at, float radius) {
    disc((Vec){at.x, at.y, 0}, (Vec){radius, 0, 0}, (Vec){0, radius, 0}, INK);
}

// From the ground up to a thing, so that one sees over what it hangs, and how high.
static inline void pole(Vec top, float half, Color colour) {
    Vec foot = {top.x, top.y, 0};
    DrawCylinderEx(vector3(foot), vector3(top), half, half, 5, lit(colour, (Vec){0, 0, -1}));
}

// A ring about the axis `way`, of length 1 and not upright, of a tube with the radius `thick`.
static inline void torus(Vec at, Vec way, float radius, float thick, Color colour) {
    Vec side = unit(cross(way, (Vec){0, 0, 1})), up = cross(side, way);
    Vec skin[2][TUBE + 1], face[2][TUBE + 1];
    for (int i = 0; i <= AROUND; i++) {
        float angle = (float)i * (2 * PI_F / AROUND);
        Vec out = plus(times(side, cos_f(angle)), times(up, sin_f(angle)));
        Vec core = plus(at, times(out, radius));
        for (int k = 0; k <= TUBE; k++) {
            float turn = (float)k * (2 * PI_F / TUBE);
            face[i % 2][k] = plus(times(out, cos_f(turn)), times(way, sin_f(turn)));
            skin[i % 2][k] = plus(core, times(face[i % 2][k], thick));
        }
        const Vec *a = skin[(i + 1) % 2], *b = skin[i % 2];
        for (int k = 0; i > 0 && k < TUBE; k++) {
            quad(a[k], a[k + 1], b[k + 1], b[k], lit(colour, face[i % 2][k]));
        }
    }
}

// A grid of square cells on the ground about a place; its lines fade into the ground with distance.
static inline void ground(Vec about, float cell, int cells) {
    const float wide = 400;
    Vec low = {about.x - wide, about.y - wide, 0}, high = {about.x + wide, about.y + wide, 0};
    quad(low, (Vec){high.x, low.y, 0}, high, (Vec){low.x, high.y, 0}, SURFACE);
    Vec corner = {(float)(int)(about.x / cell) * cell, (float)(int)(about.y / cell) * cell, 0};
    for (int turn = 0; turn < 2; turn++) {
        for (int i = -cells; i <= cells; i++) {
            for (int k = -cells; k < cells; k++) {
                float across = (float)i * cell, along = (float)k * cell;
                Vec from = turn ? (Vec){along, across, 0} : (Vec){across, along, 0};
                from = plus(corner, from);
                Vec to = plus(from, turn ? (Vec){cell, 0, 0} : (Vec){0, cell, 0});
                float far = length(minus(times(plus(from, to), 0.5f), (Vec){about.x, about.y, 0}));
                // In steps that an eye can tell apart.
                int step = (int)(GRID_STEPS * (1.0f - far / ((float)cells * cell)) + 0.5f);
                if (step < 1) continue;
                float shown = (float)step / GRID_STEPS;
                float half = 0.008f + 0.0016f * far; // no thinner to the eye than it can show
                Vec aside = turn ? (Vec){0, half, 0} : (Vec){half, 0, 0};
                quad(minus(from, aside), plus(from, aside), plus(to, aside), minus(to, aside),
                     blend(SURFACE, SLATE, shown));
            }
        }
    }
}
#endif
