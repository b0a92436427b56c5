// Cart and pole: keep a pole upright on a cart by pushing it left or right.
//
// You see     where the cart is, how fast it goes, how far the pole leans and how fast it turns
// You get     +1 a tick
// It ends     when the pole leans by more than 12° or the cart is off the track; truncated after
//             500 ticks
// Idea        Barto, Sutton and Anderson, 1983; numbers and sums as in Gymnasium's CartPole-v1
#define AGENTS 1
#define Obs float
#define OBS_SIZE 4
#define PARAMS(P)                                                                                  \
    P(gravity, 9.8, 1, 20, 0.2, "m/s²", LIVE, "the Moon's is 1.6: the pole falls slowly there")    \
    P(half_length, 0.5, 0.25, 1, 0.25, "m", LIVE, "half the pole: a longer one falls slower")      \
    P(force, 10, 1, 20, 1, "N", LIVE, "of a push")
#define METRICS(M) M(full)
#include "../env.h"

enum { LEFT, RIGHT };
enum { MAX_TICKS = 500, TRACE = 128 };
static const float TICK = 0.02f;             // s
static const float CART = 1.0f, POLE = 0.1f; // kg
static const float TRACK = 2.4f;             // m to either side of the middle
static const float FALLEN = 0.20943951f;     // rad: 12°
enum { MIDDLE = 320, RAIL = 300, METRE = 120, CART_W = 88, PIVOT = 46, POLE_W = 12 }; // px

typedef struct State {
    Rng rng;
    Params p;
    float x, speed;    // of the cart: m right of the middle, m/s
    float angle, spin; // of the pole: rad right of upright, rad/s
    int32_t ticks;
    float lately;       // mean of the last ten pushes or so, -1 left, 1 right; for draw alone
    float trace[TRACE]; // angles of late, that of tick t at t % TRACE; for draw alone
    int32_t padding;    // to a multiple of 8 bytes
} State;

static const Choice PUSHES[] = {{"left", {"ArrowLeft", "KeyA"}}, {"right", {"ArrowRight", "KeyD"}}};
static const char *const PLACE[] = {"m from the middle", 0}, *const SPEED[] = {"m/s", 0};
static const char *const LEAN[] = {"rad from upright", 0}, *const SPIN[] = {"rad/s", 0};

static const EnvSpec SPEC = {
    .title = "Cart and pole",
    .ticks_per_second = 50,
    .width = 640,
    .height = 400,
    .obs = {{.name = "cart", .shape = {1}, .names = PLACE, .low = -4.8f, .high = 4.8f},
            {.name = "cart's speed", .shape = {1}, .names = SPEED, .low = -10, .high = 10},
            {.name = "pole", .shape = {1}, .names = LEAN, .low = -0.419f, .high = 0.419f},
            {.name = "pole's speed", .shape = {1}, .names = SPIN, .low = -10, .high = 10}},
    .actions = {{"push", 2, PUSHES}},
};

static void reset(State *s) {
    s->x = rng_between(&s->rng, -0.05f, 0.05f);
    s->speed = rng_between(&s->rng, -0.05f, 0.05f);
    s->angle = rng_between(&s->rng, -0.05f, 0.05f);
    s->spin = rng_between(&s->rng, -0.05f, 0.05f);
    s->trace[0] = s->angle;
}

static bool lost(const State *s) {
    return absf(s->x) > TRACK || absf(s->angle) > FALLEN;
}

// Euler's method: places move on by the speeds that were, then speeds by the accelerations.
static void move(State *s, float way) {
    const float mass = CART + POLE, half = s->p.half_length;
    float c = cos_f(s->angle), n = sin_f(s->angle);
    float push = (way * s->p.force + POLE * half * s->spin * s->spin * n) / mass;
    float turning = (s->p.gravity * n - c * push) / (half * (4.0f / 3.0f - POLE * c * c / mass));
    float gaining = push - POLE * half * turning * c / mass;
    s->x += TICK * s->speed;
    s->speed += TICK * gaining;
    s->angle += TICK * s->spin;
    s->spin += TICK * turning;
}

static bool step(State *s, const Action actions[AGENTS], Outcome out[AGENTS]) {
    float way = actions[0][0] == RIGHT ? 1.0f : -1.0f;
    move(s, way);
    s->lately += 0.1f * (way - s->lately);
    s->ticks++;
    s->trace[s->ticks % TRACE] = s->angle;
    out[0].reward = 1.0f;
    out[0].terminated = lost(s);
    out[0].truncated = !out[0].terminated && s->ticks >= MAX_TICKS;
    return out[0].terminated || out[0].truncated;
}

// As they are: a policy for Gymnasium's CartPole-v1 reads the same four numbers.
static void observe(const State *s, int agent, Obs *obs) {
    (void)agent;
    obs[0] = s->x;
    obs[1] = s->speed;
    obs[2] = s->angle;
    obs[3] = s->spin;
}

#define HAS_MEASURE
static void measure(const State *s, int agent, Metrics *m) {
    (void)agent;
    m->full = s->ticks >= MAX_TICKS && !lost(s);
}

// Pushes to where the pole leans and turns, and a little against where the cart is and goes: a cart
// right of the middle is first pushed right, so that the pole leans left, and it can follow.
#define HAS_SCRIPT
static void script(const State *s, int agent, int level, Rng *rng, Action *action) {
    (void)agent, (void)level, (void)rng;
    float due = s->angle + 0.25f * s->spin + 0.05f * s->x + 0.08f * s->speed;
    (*action)[0] = due > 0 ? RIGHT : LEFT;
}

// The cart from the rail up to the pivot, and the pole from there to its tip.
#define HAS_PLACE
static bool place(const State *s, int agent, int i, Box *box) {
    (void)agent;
    const float x = MIDDLE + s->x * METRE, length = 2 * s->p.half_length * METRE;
    float across = sin_f(s->angle) * length, up = cos_f(s->angle) * length;
    *box = (Box){x - CART_W / 2, RAIL - PIVOT, CART_W, PIVOT};
    if (i < 2) return true;
    *box = (Box){x + (across < 0 ? across : 0) - POLE_W / 2, RAIL - PIVOT - up - POLE_W / 2,
                 absf(across) + POLE_W, up + POLE_W / 2};
    return true;
}

#define HAS_DESCRIBE
static void describe(const State *s, Text *out) {
    put(out, "Tick ");
    put_int(out, s->ticks);
    put(out, ". The pole leans ");
    put_int(out, (int64_t)(absf(s->angle) * 180.0f / PI_F + 0.5f));
    put(out, s->angle < 0 ? " degrees left" : " degrees right");
    put(out, ", the cart is ");
    put_int(out, (int64_t)(absf(s->x) * 100.0f + 0.5f));
    put(out, s->x < 0 ? " cm left of the middle." : " cm right of the middle.");
}

#ifdef ENV_DRAW
enum { GRAPH_Y = 362, GRAPH_H = 28 }; // px

static void draw_track(void) {
    const float end = TRACK * METRE;
    for (int i = -4; i <= 4; i++) {
        float x = MIDDLE + (float)i * METRE / 2;
        DrawLineEx((Vector2){x, RAIL + 8}, (Vector2){x, RAIL + (i % 2 ? 13.0f : 18.0f)}, 2, LINE);
    }
    DrawRectangleRounded((Rectangle){MIDDLE - end, RAIL - 3, 2 * end, 6}, 1, 6, SLATE);
    for (int side = -1; side <= 1; side += 2) {
        float x = MIDDLE + (float)side * end;
        DrawRectangleRounded((Rectangle){x - 4, RAIL - 15, 8, 30}, 1, 6, CORAL);
    }
}

// The lean of the last two and a half seconds, the newest at the right, between the two limits.
static void draw_trace(const State *s, float t) {
    const float wide = 2 * TRACK * METRE, left = MIDDLE - wide / 2;
    for (int side = -1; side <= 1; side++) {
        float y = GRAPH_Y + (float)(side * GRAPH_H);
        Color colour = side ? blend(INK, CORAL, 0.45f) : LINE;
        for (float x = left; x < left + wide - 4; x += 12) {
            DrawLineEx((Vector2){x, y}, (Vector2){x + (side ? 6 : 12), y}, 1, colour);
        }
    }
    int known = s->ticks < TRACE - 2 ? s->ticks : TRACE - 2;
    Vector2 from = {0};
    for (int i = 0; i <= known; i++) { // ticks ago
        float angle = clampf(s->trace[(s->ticks - i) % TRACE] / FALLEN, -1.15f, 1.15f);
        float x = left + wide - 6 - ((float)i + t - 1.0f) * wide / TRACE;
        Vector2 to = {x, GRAPH_Y + angle * GRAPH_H};
        float age = 1.0f - 0.75f * (float)i / TRACE;
        if (i > 0) DrawLineEx(from, to, 3, blend(INK, MINT, age));
        if (i == 0) DrawCircleV(to, 4, MINT);
        from = to;
    }
}

static Vector2 along(Vector2 from, float angle, float length) {
    return (Vector2){from.x + sin_f(angle) * length, from.y - cos_f(angle) * length};
}

// Chevrons behind the cart, on the side that it is mostly pushed from.
static void draw_push(float x, float y, float lately, Color colour) {
    float way = lately < 0 ? -1.0f : 1.0f;
    for (int i = 0; i < 3; i++) {
        float tip = x - way * (58.0f + 13.0f * (float)i), back = tip - way * 7;
        float strength = clampf(absf(lately) * 3.0f - (float)i * 0.6f, 0, 1);
        if (strength < 0.05f) continue;
        Color faded = blend(INK, colour, strength);
        DrawLineEx((Vector2){back, y - 9}, (Vector2){tip, y}, 4, faded);
        DrawLineEx((Vector2){tip, y}, (Vector2){back, y + 9}, 4, faded);
    }
}

static void draw(const State *s, const View *v) {
    const State *b = v->before;
    float x = MIDDLE + mix(b->x, s->x, v->t) * METRE, angle = mix(b->angle, s->angle, v->t);
    ClearBackground(INK);
    draw_track();
    draw_trace(s, v->t);
    const float length = 2 * s->p.half_length * METRE;
    Vector2 pivot = {x, RAIL - PIVOT};
    float danger = clampf(absf(angle) / FALLEN, 0, 1);
    for (int side = -1; side <= 1; side += 2) { // how far it may lean
        bool near = (angle > 0) == (side > 0);
        Color colour = blend(INK, CORAL, near ? 0.25f + 0.75f * danger * danger : 0.25f);
        float at = (float)side * FALLEN;
        DrawLineEx(along(pivot, at, 30), along(pivot, at, length + 14), 2, colour);
    }
    Color driver = driver_colour(v, 0);
    draw_push(x, RAIL - 28, mix(b->lately, s->lately, v->t), driver);
    DrawRectangleRounded((Rectangle){x - 50, RAIL - 52, 100, 46}, 0.5f, 8, Fade(driver, 0.25f));
    DrawRectangleRounded((Rectangle){x - CART_W / 2, RAIL - PIVOT, CART_W, 34}, 0.35f, 8, driver);
    for (int side = -1; side <= 1; side += 2) {
        Vector2 hub = {x + (float)side * 26, RAIL - 12};
        DrawCircleV(hub, 11, SLATE);
        DrawCircleV(hub, 4, PAPER);
        Vector2 spoke = along(hub, (x - MIDDLE) / 11, 9);
        DrawLineEx(hub, spoke, 3, PAPER);
    }
    Color pole = danger >= 1.0f ? CORAL : SUN;
    Vector2 tip = along(pivot, angle, length);
    DrawLineEx(pivot, tip, POLE_W, pole);
    DrawCircleV(tip, POLE_W / 2, pole);
    DrawCircleV(pivot, 11, INK);
    DrawCircleV(pivot, 7, pole);
}
#endif
#include "../env_exports.h"
