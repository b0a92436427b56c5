// Drone: a quadrotor in 3D, flown by the commands of its four motors.
//
// You see     from the body: how it moves, which way is up, how fast the motors turn, and where the
//             point is, or the next two rings
// You get     hovering: up to 0.05 a tick, the more the nearer to the point. Racing: 0.2 a metre
//             towards the next ring, 1 through it, up to 0.01 a tick for looking at it. Both: a
//             little less the faster it spins; -1 for a crash
// It ends     in a crash: on the ground, 15 m from where it should be, or in a spin of 25 rad/s;
//             truncated after 10 s of hovering, 20 s of racing
// Idea        a rigid body with four propellers; numbers of a quadrotor of half a kilogram
#define AGENTS 1
#define Obs float
#define OBS_SIZE 30
#define CONTINUOUS
#define HEADS 4
#define STICKS 4
#define PARAMS(P)                                                                                  \
    P(task, 1, 0, 2, 1, "task", FIXED,                                                             \
      "0 to hover at a point, 1 to race through rings, 2 for either")                              \
    P(gravity, 9.8, 1.6, 12, 0.2, "m/s²", LIVE, "the Moon's is 1.6")
#define METRICS(M) M(hovered) M(raced) M(rings) M(distance) M(crashed)
#include "../env.h"
#include "../env_space.h"

enum { W = 640, H = 420 };
enum { PARTS = 5, MOTORS = 4, HOVER_TICKS = 500, RACE_TICKS = 1000, SETTLED = 100, ENOUGH = 5 };
enum { HOVER, RACE, EITHER };
enum { FRONT_LEFT, FRONT_RIGHT, BACK_LEFT, BACK_RIGHT };
enum { RINGS = 4, TRAIL = 32 }; // rings in sight: the last one passed, the next, two more

static const float PART = 0.004f;    // s; five of them are a tick of 1/50 s
static const float MASS = 0.5f;      // kg
static const float MOST = 2.45f;     // N of one motor: at half of it the drone hovers
static const float ARM = 0.07f;      // m from the middle to a motor, ahead and to the side
static const float REACTION = 0.02f; // Nm about the upright axis for each N
static const float LAG = 0.0951626f; // of the way to its command a part: 1 - exp(-4 ms/40 ms)
static const float DRAG = 0.2f, DRAG_SQUARED = 0.06f;      // 1/s, 1/m
static const float SPIN_DRAG = 0.5f;                       // 1/s
static const float RADIUS = 0.75f;                         // m of a ring
static const float CLOSE = 0.2f;                           // m from the point
static const float LOW = 0.08f, FAR = 15.0f, WILD = 25.0f; // m, m, rad/s: beyond is a crash

// The body: x ahead, y to the left, z up.
static const Vec INERTIA = {0.004f, 0.004f, 0.007f}; // kg m²

typedef struct Ring {
    Vec at, way; // its middle; the way through it, length 1
} Ring;

typedef struct State {
    Rng rng;
    Params p;
    Vec at, speed;       // m, m/s, in the world
    Quat turn;           // length 1
    Vec spin;            // rad/s, about the axes of the body
    float motor[MOTORS]; // thrust over MOST, 0 to 1
    Vec point;           // to hover at
    Ring ring[RINGS];    // [1] is the next one
    float course;        // rad, of the way into the last ring of them
    int32_t racing;      // 1 or 0
    int32_t passed, ticks, crashed;
    float away;           // m from the point, summed over the ticks after two seconds
    float look_x, look_y; // ahead of late, level, length about 1; for draw alone
    Vec drift;            // speed of late; for draw alone
    Vec trail[TRAIL];     // where it was at every other tick; for draw alone
    int32_t ring_tick;    // when it last passed one; for draw alone
    int32_t near;         // ticks of hovering within CLOSE
} State;

static const Choice THRUST[] = {{"off", {0}}, {"full", {0}}};
static const Choice ACROSS[] = {{"left", {"KeyA"}}, {"right", {"KeyD"}}};
static const Choice AHEAD[] = {{"ahead", {"KeyW"}}, {"back", {"KeyS"}}};
static const Choice TURN[] = {{"turn left", {"ArrowLeft", "KeyQ"}},
                              {"turn right", {"ArrowRight", "KeyE"}}};
static const Choice CLIMB[] = {{"up", {"ArrowUp"}}, {"down", {"ArrowDown"}}};
static const char *const TASK[] = {"racing", 0};
static const char *const BODY[] = {"speed ahead",
                                   "speed left",
                                   "speed up",
                                   "up ahead",
                                   "up left",
                                   "up up",
                                   "roll speed",
                                   "pitch speed",
                                   "yaw speed",
                                   "front left motor",
                                   "front right motor",
                                   "back left motor",
                                   "back right motor",
                                   "height",
                                   0};
static const char *const GOAL[] = {"ahead",   "left",      "up",       "near ahead", "near left",
                                   "near up", "way ahead", "way left", "way up",     0};
static const char *const AFTER[] = {"ahead", "left", "up", "way ahead", "way left", "way up", 0};

static const EnvSpec SPEC = {
    .title = "Drone",
    .ticks_per_second = 50,
    .width = W,
    .height = H,
    .obs = {{.name = "task", .shape = {1}, .names = TASK, .low = 0, .high = 1},
            {.name = "drone", .shape = {14}, .names = BODY, .low = -2, .high = 2},
            {.name = "goal", .shape = {9}, .names = GOAL, .low = -2, .high = 2},
            {.name = "ring after it", .shape = {6}, .names = AFTER, .low = -2, .high = 2}},
    .actions = {{"front left", 2, THRUST},
                {"front right", 2, THRUST},
                {"back left", 2, THRUST},
                {"back right", 2, THRUST}},
    .sticks = {{"sideways", 2, ACROSS},
               {"ahead", 2, AHEAD},
               {"turn", 2, TURN},
               {"climb", 2, CLIMB}},
};

// --- The course -----------------------------------------------------------------------------------

// The way of the body's nose, level; length 1.
static Vec heading(const State *s) {
    Vec ahead = out_of(s->turn, (Vec){1, 0, 0});
    float level = sqrt_f(ahead.x * ahead.x + ahead.y * ahead.y);
    if (!(level > 1e-3f)) return (Vec){s->look_x, s->look_y, 0}; // it points straight up or down
    return (Vec){ahead.x / level, ahead.y / level, 0};
}

// A ring 5 to 8 m on from a place, up to 50° to either side.
static Ring ring_after(State *s, Vec from) {
    s->course += rng_between(&s->rng, -0.9f, 0.9f);
    if (s->course > PI_F) s->course -= 2 * PI_F;
    if (s->course < -PI_F) s->course += 2 * PI_F;
    float far = rng_between(&s->rng, 5.0f, 8.0f), rise = rng_between(&s->rng, -1.2f, 1.2f);
    Vec way = {cos_f(s->course), sin_f(s->course), 0}, at = plus(from, times(way, far));
    at.z = clampf(from.z + rise, 1.2f, 4.5f);
    return (Ring){at, way};
}

static void reset(State *s) {
    s->racing = s->p.task < EITHER ? s->p.task > HOVER : rng_below(&s->rng, 2);
    s->course = rng_between(&s->rng, -PI_F, PI_F);
    s->at.z = rng_between(&s->rng, 1.5f, 3.0f);
    float yaw = s->course + rng_between(&s->rng, -0.6f, 0.6f);
    float roll = rng_between(&s->rng, -0.5f, 0.5f), pitch = rng_between(&s->rng, -0.5f, 0.5f);
    Quat upright = {cos_f(yaw * 0.5f), {0, 0, sin_f(yaw * 0.5f)}};
    s->turn = normal(product(upright, (Quat){1, {roll * 0.5f, pitch * 0.5f, 0}}));
    float *const thrown[] = {&s->speed.x, &s->speed.y, &s->speed.z,
                             &s->spin.x,  &s->spin.y,  &s->spin.z};
    for (int i = 0; i < 6; i++) *thrown[i] = rng_between(&s->rng, -1.5f, 1.5f);
    for (int i = 0; i < MOTORS; i++) s->motor[i] = 0.5f;
    s->point.x = rng_between(&s->rng, -1.5f, 1.5f);
    s->point.y = rng_between(&s->rng, -1.5f, 1.5f);
    s->point.z = rng_between(&s->rng, 1.0f, 3.5f);
    for (int i = 1; i < RINGS && s->racing; i++) {
        s->ring[i] = ring_after(s, i == 1 ? s->at : s->ring[i - 1].at);
    }
    if (s->racing) s->point = s->ring[1].at;
    s->look_x = cos_f(yaw);
    s->look_y = sin_f(yaw);
    for (int i = 0; i < TRAIL; i++) s->trail[i] = s->at;
}

// --- Flying ---------------------------------------------------------------------------------------

// m/s² that the air takes, at a speed.
static Vec drag(Vec speed) {
    return times(speed, DRAG + DRAG_SQUARED * length(speed));
}

// One part of a tick: speeds by the forces there are, then places by the speeds that come of it.
static void move(State *s, const float goal[MOTORS]) {
    float f[MOTORS];
    for (int i = 0; i < MOTORS; i++) {
        s->motor[i] += LAG * (goal[i] - s->motor[i]);
        f[i] = MOST * s->motor[i];
    }
    Vec w = s->spin;
    Vec torque = {ARM * ((f[FRONT_LEFT] + f[BACK_LEFT]) - (f[FRONT_RIGHT] + f[BACK_RIGHT])),
                  ARM * ((f[BACK_LEFT] + f[BACK_RIGHT]) - (f[FRONT_LEFT] + f[FRONT_RIGHT])),
                  REACTION * ((f[FRONT_LEFT] + f[BACK_RIGHT]) - (f[FRONT_RIGHT] + f[BACK_LEFT]))};
    Vec momentum = {INERTIA.x * w.x, INERTIA.y * w.y, INERTIA.z * w.z};
    torque = minus(torque, cross(w, momentum));
    Vec gain = {torque.x / INERTIA.x, torque.y / INERTIA.y, torque.z / INERTIA.z};
    s->spin = plus(w, times(minus(gain, times(w, SPIN_DRAG)), PART));
    float lift = ((f[0] + f[1]) + (f[2] + f[3])) / MASS;
    Vec pull = minus(out_of(s->turn, (Vec){0, 0, lift}), drag(s->speed));
    pull.z -= s->p.gravity;
    s->speed = plus(s->speed, times(pull, PART));
    s->at = plus(s->at, times(s->speed, PART));
    Quat by = {1.0f, times(s->spin, 0.5f * PART)};
    s->turn = normal(product(s->turn, by));
}

// Where it should go: the point, or the middle of the next ring.
static Vec goal_of(const State *s) {
    return s->racing ? s->ring[1].at : s->point;
}

static bool crash(const State *s) {
    bool tame = s->at.z >= LOW && length(minus(goal_of(s), s->at)) <= FAR;
    return !(tame && length(s->spin) <= WILD);
}

// Whether the way from one place to another leads through the next ring, from its front.
static bool through(const State *s, Vec from, Vec to) {
    const Ring *r = &s->ring[1];
    float ahead = dot3(minus(r->at, from), r->way), behind = dot3(minus(to, r->at), r->way);
    if (!(ahead > 0 && behind >= 0)) return false;
    Vec where = plus(from, times(minus(to, from), ahead / (ahead + behind)));
    return length(minus(where, r->at)) <= RADIUS;
}

// What a tick of racing brought; a ring that was passed makes way for the next.
static float race(State *s, Vec from) {
    Vec goal = s->ring[1].at, nose = out_of(s->turn, (Vec){1, 0, 0}), off = minus(goal, s->at);
    float left = length(off), gain = 0.2f * (length(minus(goal, from)) - left);
    gain += 0.01f * dot3(nose, off) / (left + 0.1f);
    if (!through(s, from, s->at)) return gain;
    s->passed++;
    s->ring_tick = s->ticks;
    for (int i = 0; i + 1 < RINGS; i++) s->ring[i] = s->ring[i + 1];
    s->ring[RINGS - 1] = ring_after(s, s->ring[RINGS - 2].at);
    return gain + 1.0f;
}

static float hover(State *s) {
    float off = length(minus(s->point, s->at));
    if (s->ticks > SETTLED) s->away += off;
    s->near += off <= CLOSE;
    return 0.05f / (1.0f + 2.0f * off);
}

static bool step(State *s, const Action actions[AGENTS], Outcome out[AGENTS]) {
    float goal[MOTORS];
    Vec from = s->at;
    for (int i = 0; i < MOTORS; i++) goal[i] = 0.5f + 0.5f * actions[0][i];
    for (int i = 0; i < PARTS; i++) move(s, goal);
    s->ticks++;
    float gain = s->racing ? race(s, from) : hover(s);
    s->crashed = crash(s);
    out[0].reward = gain - 0.001f * length(s->spin) - (float)s->crashed;
    out[0].terminated = s->crashed;
    out[0].truncated = !s->crashed && s->ticks >= (s->racing ? RACE_TICKS : HOVER_TICKS);
    Vec nose = heading(s);
    s->look_x += 0.06f * (nose.x - s->look_x);
    s->look_y += 0.06f * (nose.y - s->look_y);
    s->drift = plus(s->drift, times(minus(s->speed, s->drift), 0.06f));
    if (s->ticks % 2 == 0) s->trail[s->ticks / 2 % TRAIL] = s->at;
    return out[0].terminated || out[0].truncated;
}

// --- What is seen ---------------------------------------------------------------------------------

static Obs *write(Obs *obs, Vec v, float scale) {
    obs[0] = clampf(v.x * scale, -2, 2);
    obs[1] = clampf(v.y * scale, -2, 2);
    obs[2] = clampf(v.z * scale, -2, 2);
    return obs + 3;
}

// All from the body, so that neither place nor heading matters.
static void observe(const State *s, int agent, Obs *obs) {
    (void)agent;
    Vec off = into(s->turn, minus(goal_of(s), s->at));
    *obs++ = (float)s->racing;
    obs = write(obs, into(s->turn, s->speed), 0.2f);
    obs = write(obs, into(s->turn, (Vec){0, 0, 1}), 1);
    obs = write(obs, s->spin, 0.2f);
    for (int i = 0; i < MOTORS; i++) *obs++ = 2.0f * s->motor[i] - 1.0f;
    *obs++ = clampf(s->at.z * 0.4f - 1.0f, -2, 2);
    obs = write(obs, off, 0.2f);
    obs = write(obs, off, 1.0f / (0.3f + length(off))); // finer, the nearer it is
    memset(obs, 0, 9 * sizeof *obs);
    if (!s->racing) return;
    obs = write(obs, into(s->turn, s->ring[1].way), 1);
    obs = write(obs, into(s->turn, minus(s->ring[2].at, s->at)), 0.1f);
    write(obs, into(s->turn, s->ring[2].way), 1);
}

#define HAS_MEASURE
static void measure(const State *s, int agent, Metrics *m) {
    (void)agent;
    int32_t counted = s->ticks - SETTLED;
    float now = length(minus(goal_of(s), s->at));
    m->distance = s->racing ? 0 : counted > 0 ? s->away / (float)counted : now;
    m->hovered = !s->racing && s->ticks >= HOVER_TICKS && !s->crashed && m->distance <= CLOSE;
    m->raced = s->racing && s->passed >= ENOUGH;
    m->rings = (float)s->passed;
    m->crashed = (float)s->crashed;
    m->score = s->racing ? (float)s->passed : (float)s->near / 50.0f;
}

// --- Flying by wishes -----------------------------------------------------------------------------

// From wishes to attitude, to rates, to torques, to motors: m/s² in the world, rad/s about upright,
// for which each motor gives or takes `effort` N at most.
static void control(const State *s, Vec gain, float turning, float effort, Action *action) {
    Vec force = plus(gain, drag(s->speed));
    force.z = clampf(force.z + s->p.gravity, 0.3f * s->p.gravity, 4 * MOST / MASS);
    float level = sqrt_f(force.x * force.x + force.y * force.y), most = 1.2f * force.z; // 50°
    if (level > most) force = (Vec){force.x * most / level, force.y * most / level, force.z};
    Vec up = into(s->turn, (Vec){0, 0, 1}), want = into(s->turn, force);
    float size = length(want);
    Vec rate = {-want.y / size, want.x / size, 0}; // about the axis that brings the lift there
    if (want.z < 0) rate = times(rate, 1.0f / (length(rate) + 1e-3f));
    rate = plus(times(rate, 8.0f), times(up, turning));
    Vec turn = times(minus(rate, s->spin), 16.0f); // rad/s²
    float roll = turn.x * INERTIA.x / (4 * ARM), pitch = turn.y * INERTIA.y / (4 * ARM);
    float yaw = clampf(turn.z * INERTIA.z / (4 * REACTION), -effort, effort);
    float lift = clampf(want.z * MASS / 4, 0.1f * MOST, MOST), low = MOST, high = 0;
    float f[MOTORS] = {lift + roll - pitch + yaw, lift - roll - pitch - yaw,
                       lift + roll + pitch - yaw, lift - roll + pitch + yaw};
    for (int i = 0; i < MOTORS; i++) {
        low = f[i] < low ? f[i] : low;
        high = f[i] > high ? f[i] : high;
    }
    // Turning comes before lifting, where a motor cannot do both.
    float shift = high > MOST ? MOST - high : low < 0 ? -low : 0.0f;
    for (int i = 0; i < MOTORS; i++) {
        (*action)[i] = clampf(2.0f * (f[i] + shift) / MOST - 1.0f, -1, 1);
    }
}

// rad/s that bring the nose towards a way.
static float towards(const State *s, Vec way) {
    Vec nose = heading(s);
    float angle = atan2_f(nose.x * way.y - nose.y * way.x, nose.x * way.x + nose.y * way.y);
    return clampf(3.0f * angle, -2.5f, 2.5f);
}

#define HAS_SCRIPT
static void script(const State *s, int agent, int level, Rng *rng, Action *action) {
    (void)agent, (void)level, (void)rng;
    Vec off = minus(goal_of(s), s->at), wish = within(times(off, 2.0f), 3.0f);
    float turning = 0;
    if (s->racing) {
        const Ring *r = &s->ring[1];
        float ahead = dot3(off, r->way);
        Vec aside = minus(off, times(r->way, ahead));
        // Straight through; from behind it or beside it, first back to where it is met from.
        if (ahead < 2.0f * length(aside) - 0.5f)
            off = minus(off, times(r->way, 2.5f));
        else
            off = plus(off, times(r->way, 1.5f));
        wish = times(off, 5.0f / (length(off) + 0.1f));
        turning = towards(s, off);
    }
    control(s, within(times(minus(wish, s->speed), 3.0f), 10.0f), turning, 0.4f, action);
}

// What a person's sticks wish for is a speed; with none pushed the drone stands still in the air.
// It gets going gently, so that a tap is a little, and stops as hard as it can.
#define HAS_STEER
static void steer(const State *s, int agent, const float sticks[STICKS], Action *action) {
    (void)agent;
    Vec nose = heading(s), left = {-nose.y, nose.x, 0};
    Vec wish = plus(times(nose, -5.0f * sticks[1]), times(left, -3.5f * sticks[0]));
    wish.z = -2.5f * sticks[3];
    wish = within(wish, length(s->speed) + 1.4f);
    float sink = -1.5f * (s->at.z - 0.4f); // slower and slower: it keeps off the ground
    if (wish.z < sink) wish.z = sink;
    float turning = -1.8f * sticks[2], effort = absf(turning) > absf(s->spin.z) ? 0.3f : 1.0f;
    control(s, within(times(minus(wish, s->speed), 3.0f), 9.0f), turning, effort, action);
}

#define HAS_DESCRIBE
static void describe(const State *s, Text *out) {
    put_int(out, (int64_t)(length(minus(goal_of(s), s->at)) * 10.0f + 0.5f) * 10);
    put(out, s->racing ? " cm to the next ring, " : " cm from the point");
    if (s->racing) put_int(out, s->passed);
    put(out, s->racing ? " passed." : ".");
}

// Behind it and a little above, softly: it turns as the drone did of late, and stays behind as the
// drone gains speed. Hovering, it looks at drone and point together.
static Eye chase(const State *s, const State *b, float t) {
    Vec at = plus(b->at, times(minus(s->at, b->at), t));
    Vec look = unit(
        (Vec){b->look_x + (s->look_x - b->look_x) * t, b->look_y + (s->look_y - b->look_y) * t, 0});
    Vec gain = plus(times(minus(b->speed, b->drift), 1 - t), times(minus(s->speed, s->drift), t));
    Vec off = within(minus(goal_of(s), at), 4.0f);
    float back = s->racing ? 1.9f : 1.5f + 0.9f * length(off);
    Vec to = s->racing ? plus(at, times(look, 1.5f)) : plus(at, times(off, 0.5f));
    Vec eye = minus(s->racing ? at : to, times(look, back));
    eye = minus(eye, within(times(gain, 0.1f), 0.5f));
    eye.z += s->racing ? 0.75f : 0.45f * back;
    if (eye.z < 0.4f) eye.z = 0.4f;
    return (Eye){eye, to, 1.0f, W, H};
}

#define HAS_PLACE
static bool place(const State *s, int agent, int i, Box *box) {
    (void)agent;
    // Values 1 to 14 tell of the drone, 15 to 23 of the goal, and 24 to 29 of the ring after it.
    bool ring = s->racing && i >= 15;
    Vec at = i < 15 ? s->at : i < 24 ? goal_of(s) : s->ring[2].at;
    float x, y, scale, half = i < 15 ? 0.22f : ring ? RADIUS : CLOSE;
    Eye eye = chase(s, s, 1);
    if (i == 0 || (i >= 21 && !s->racing) || !seen(&eye, at, &x, &y, &scale)) return false;
    half *= scale;
    *box = (Box){x - half, y - half, 2 * half, 2 * half};
    // Not of what is beside the scene.
    return x > -W / 4 && x < W * 5 / 4 && y > -H / 4 && y < H * 5 / 4 && half < W / 4;
}

#ifdef ENV_DRAW
static const float DRAWN = 2.2f; // times its size: it is small beside what it flies through

static void draw_ring(const Ring *r, Color colour, float thick) {
    Vec low = r->at;
    low.z -= RADIUS;
    pole(low, 0.025f, colour);
    torus(r->at, r->way, RADIUS + thick, thick, colour);
}

static void draw_rings(const State *s, float t) {
    float age = ((float)(s->ticks - s->ring_tick) + t) / 25.0f, fresh = clampf(1 - age, 0, 1);
    draw_ring(&s->ring[3], SLATE, 0.05f);
    draw_ring(&s->ring[2], blend(SLATE, SKY, 0.35f), 0.06f);
    draw_ring(&s->ring[1], SUN, 0.08f + 0.04f * (s->passed ? fresh : 0));
}

// The ring that was passed opens and goes; one sees through it.
static void draw_passed(const State *s, float t) {
    float age = ((float)(s->ticks - s->ring_tick) + t) / 25.0f;
    if (!s->passed || age >= 1) return;
    Ring was = s->ring[0];
    torus(was.at, was.way, RADIUS + 0.08f + 0.6f * age, 0.06f * (1 - age), Fade(MINT, 0.5f));
}

static void draw_trail(const State *s, const Eye *eye, Vec at, Color colour) {
    Vec newer = at, edge = {0};
    int known = s->ticks / 2 < TRAIL - 1 ? s->ticks / 2 : TRAIL - 1;
    for (int i = 0; i < known && length(minus(eye->at, newer)) > 1.2f; i++) { // not into the eye
        Vec older = s->trail[(s->ticks / 2 - i) % TRAIL];
        Vec aside = unit(cross(minus(older, newer), minus(eye->at, newer)));
        aside = times(aside, 0.03f * (1.0f - (float)i / TRAIL));
        if (i == 0) edge = aside;
        quad(plus(newer, edge), plus(older, aside), minus(older, aside), minus(newer, edge),
             Fade(colour, 0.3f));
        newer = older;
        edge = aside;
    }
}

static Vec on(Vec at, Quat turn, float x, float y, float z) {
    return plus(at, out_of(turn, (Vec){x * DRAWN, y * DRAWN, z * DRAWN}));
}

static void draw_drone(const State *s, const View *v, Vec at, Quat turn) {
    Color body = s->crashed ? CORAL : driver_colour(v, 0);
    Vec up = out_of(turn, (Vec){0, 0, 1}), ahead = out_of(turn, (Vec){1, 0, 0});
    Vec left = cross(up, ahead), arm[MOTORS];
    for (int i = 0; i < MOTORS; i++) {
        arm[i] = (Vec){i < BACK_LEFT ? ARM : -ARM, i % 2 ? -ARM : ARM, 0};
        Vec hub = on(at, turn, arm[i].x, arm[i].y, 0),
            top = on(at, turn, arm[i].x, arm[i].y, 0.03f);
        Color frame = i < BACK_LEFT ? PAPER : blend(SLATE, PAPER, 0.35f); // the front is bright
        DrawCylinderEx(vector3(at), vector3(hub), 0.02f, 0.016f, 5, frame);
        DrawCylinderEx(vector3(hub), vector3(top), 0.03f, 0.025f, 7, frame);
    }
    box(at, turn, times((Vec){0.062f, 0.03f, 0.014f}, DRAWN), body);
    box(on(at, turn, -0.012f, 0, 0.02f), turn, times((Vec){0.036f, 0.02f, 0.008f}, DRAWN), body);
    box(on(at, turn, 0.066f, 0, 0), turn, times((Vec){0.008f, 0.014f, 0.01f}, DRAWN), SUN);
    for (int i = 0; i < MOTORS; i++) { // discs last: one sees through them
        Vec top = on(at, turn, arm[i].x, arm[i].y, 0.034f);
        float radius = 0.06f * DRAWN, angle = v->time * (i == 0 || i == 3 ? 29.0f : -29.0f);
        Vec across = times(ahead, radius), along = times(left, radius);
        disc(top, across, along, Fade(PAPER, 0.28f));
        Vec blade = plus(times(across, cos_f(angle)), times(along, sin_f(angle)));
        Vec chord = times(unit(cross(up, blade)), 0.014f);
        quad(plus(minus(top, blade), chord), plus(plus(top, blade), chord),
             minus(plus(top, blade), chord), minus(minus(top, blade), chord), Fade(PAPER, 0.55f));
    }
}

// A point to hover at; within the circle it is met.
static void draw_point(const State *s, const Eye *eye, Vec at) {
    bool met = length(minus(s->point, at)) <= CLOSE;
    Color colour = met ? MINT : SUN;
    Vec away = unit(minus(eye->at, s->point)), right = unit(cross((Vec){0, 0, 1}, away));
    pole(s->point, 0.012f, colour);
    DrawSphereEx(vector3(s->point), 0.05f, 8, 12, colour);
    torus(s->point, away, CLOSE, 0.01f, colour);
    disc(s->point, times(right, CLOSE), times(cross(away, right), CLOSE), Fade(colour, 0.14f));
}

// Above the drone, to where the next ring is, if that is not in sight.
static void draw_pointer(const State *s, const Eye *eye, Vec at) {
    float x, y, scale;
    if (seen(eye, s->ring[1].at, &x, &y, &scale) && x > 0 && x < W && y > 0 && y < H) return;
    Vec way = unit(minus(s->ring[1].at, at)), side = unit(cross(way, minus(eye->at, at)));
    at.z += 0.4f;
    Vec tip = plus(at, times(way, 0.14f)), foot = minus(at, times(way, 0.1f));
    side = times(side, 0.11f);
    DrawTriangle3D(vector3(tip), vector3(plus(foot, side)), vector3(minus(foot, side)), SUN);
}

static void draw(const State *s, const View *v) {
    const State *b = v->before;
    Vec at = plus(b->at, times(minus(s->at, b->at), v->t));
    float sign = b->turn.w * s->turn.w + dot3(b->turn.v, s->turn.v) < 0 ? -1.0f : 1.0f;
    Quat turn = {mix(b->turn.w * sign, s->turn.w, v->t),
                 plus(times(b->turn.v, sign * (1 - v->t)), times(s->turn.v, v->t))};
    Eye eye = chase(s, b, v->t);
    ClearBackground(INK);
    space_begin(&eye);
    ground(at, 2.0f, 14);
    shadow(at, 0.22f);
    if (s->racing) {
        for (int i = 1; i < RINGS; i++) shadow(s->ring[i].at, 0.12f);
    } else {
        shadow(s->point, CLOSE);
    }
    space_solid();
    if (s->racing) draw_rings(s, v->t);
    draw_drone(s, v, at, normal(turn));
    draw_trail(s, &eye, at, driver_colour(v, 0));
    if (s->racing) {
        draw_passed(s, v->t);
        draw_pointer(s, &eye, at);
    } else {
        draw_point(s, &eye, at);
    }
    space_end();
}
#endif
#include "../env_exports.h"
