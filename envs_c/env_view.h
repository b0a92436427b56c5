// env_view.h - what draw may use beside raylib: the view it is asked for, and the gallery's
// palette.
#pragma once
#include <raylib.h>
#undef VIOLET // the gallery has its own

struct State;

// What to show, handed to draw with the state.
typedef struct View {
    float t;                    // how far from before to now, 0 to 1
    float time;                 // s, runs on with the page's clock; for effects only
    int32_t seat;               // the seat to look from or to mark, -1 for none
    uint8_t person[64];         // 1 for each seat that a person drives
    const struct State *before; // one tick earlier; the state itself where there is none
} View;

// Ink behind, few saturated colours before it. Orange and blue are kept for who drives.
static const Color INK = {14, 19, 24, 255}, SURFACE = {22, 29, 36, 255}, LINE = {38, 48, 58, 255};
static const Color SLATE = {58, 70, 82, 255}, PAPER = {244, 241, 234, 255};
static const Color CORAL = {255, 107, 107, 255}, SUN = {255, 209, 102, 255};
static const Color MINT = {6, 214, 160, 255}, SKY = {76, 201, 240, 255};
static const Color VIOLET = {167, 139, 250, 255};
static const Color PERSON = {245, 158, 11, 255}, AGENT = {75, 163, 245, 255};

// The colour of who drives a seat.
static inline Color driver_colour(const View *v, int seat) {
    return v->person[seat] ? PERSON : AGENT;
}

static inline float mix(float from, float to, float t) {
    return from + (to - from) * t;
}

// From one colour to another, opaque.
static inline Color blend(Color a, Color b, float t) {
    const uint8_t from[] = {a.r, a.g, a.b}, to[] = {b.r, b.g, b.b};
    uint8_t c[3];
    for (int i = 0; i < 3; i++) c[i] = (uint8_t)mix((float)from[i], (float)to[i], t);
    return (Color){c[0], c[1], c[2], 255};
}

// 0 to 1 with a soft start and stop.
static inline float ease(float t) {
    return t * t * (3.0f - 2.0f * t);
}

// A circle of as few corners as its size needs: scenes of many small ones stay light.
static inline void dot(Vector2 centre, float radius, Color colour) {
    float corners = 8.0f + 2.0f * radius;
    DrawCircleSector(centre, radius, 0, 360, corners < 36 ? (int)corners : 36, colour);
}
