// Boids: a flock in an endless sky, each bird by itself.
//
// You see     the eight birds nearest to you, as far as you can see: where each is and which way it
//             flies, from where you are and the way you fly; and what they come to together
// You get     at most 0.5 a tick for company around you, ±0.5 for flying as they do,
//             −0.5 at worst for being too near to one; −1 for touching it
// It ends     for you when you touch another: you start again elsewhere;
//             for all of them, truncated, after 600 ticks
// Idea        Reynolds, 1987, whose three rules are the script
#define AGENTS 64
#define SEATS(p) ((p)->birds)
#define Obs float
#define OBS_SIZE (NEAREST * FEATURES + TOGETHER)
#define PARAMS(P)                                                                                  \
    P(birds, 64, 2, 64, 1, "birds", FIXED, "birds in the sky")                                     \
    P(sight, 150, 60, 300, 10, "px", LIVE, "how far a bird sees")
#define METRICS(M) M(apart)
#include "../env.h"

enum { W = 960, H = 640, MAX_TICKS = 600, NEAREST = 8, FEATURES = 5, TOGETHER = 7 };
enum { LEFT, STRAIGHT, RIGHT };
enum { TURNS = 64 };                  // headings: 64ths of a turn, clockwise from the right
static const float SPEED = 3.0f;      // px a tick
static const float TOUCH = 12.0f;     // px between two that touch
static const float ROOM = 30.0f;      // px: a bird nearer than that is too near
static const float COHESION = 0.5f;   // of what a tick brings at most
static const float ALIGNMENT = 0.5f;  // the same, and at worst the opposite
static const float SEPARATION = 0.5f; // what a tick costs at most
static const float AVOID = 36.0f;     // px: the script keeps that far away
static const float AWAY = 2.0f, TOWARDS = 1.0f; // what its rules weigh, to fly alike being 1
static const float STEP_ANGLE = 0.09817477f;    // rad: 1/64 of a turn

typedef struct State {
    Rng rng;
    Params p;
    float x[AGENTS], y[AGENTS]; // px, 0 <= x < W and 0 <= y < H; what leaves comes in opposite
    int32_t crowded[AGENTS];    // ticks of the episode at which another was too near
    int32_t born[AGENTS];       // the tick at which the episode began
    float fell_x[AGENTS], fell_y[AGENTS]; // where the last one ended; for draw alone
    int32_t ticks;
    uint8_t heading[AGENTS]; // 64ths of a turn
} State;

static const Choice WAYS[] = {
    {"left", {"ArrowLeft", "KeyA"}}, {"straight", {0}}, {"right", {"ArrowRight", "KeyD"}}};
static const char *const BIRD[] = {
    "there", "ahead", "to the right", "flies ahead", "flies to the right", 0};

static const char *const FLOCK[] = {"fly ahead",       "fly to the right",
                                    "middle ahead",    "middle to the right",
                                    "room ahead",      "room to the right",
                                    "nobody in sight", 0};

static const EnvSpec SPEC = {
    .title = "Boids",
    .ticks_per_second = 30,
    .width = W,
    .height = H,
    .obs = {{.name = "birds",
             .shape = {NEAREST, FEATURES},
             .names = BIRD,
             .low = -1.001f,
             .high = 1.001f},
            {.name = "flock", .shape = {TOGETHER}, .names = FLOCK, .low = -1.001f, .high = 1.001f}},
    .actions = {{"turn", 3, WAYS}},
};

// The nearest birds in sight, nearest first; of two as near, that of the lower number.
typedef struct Company {
    int n;
    int bird[NEAREST];
    float dx[NEAREST], dy[NEAREST]; // px from here, the short way around
    float square[NEAREST];          // of the distance, px²
} Company;

static int count(const State *s) {
    return (int)s->p.birds;
}

// The short way from one place to another in a world that is `size` around. Without branches, for
// the compiler to do several at once.
static float way(float from, float to, float size) {
    float d = to - from;
    return d + size * (float)((d < -size / 2) - (d > size / 2));
}

static Company look(const State *s, int agent) {
    float dx[AGENTS], dy[AGENTS], square[AGENTS];
    for (int a = 0; a < AGENTS; a++) {
        dx[a] = way(s->x[agent], s->x[a], W);
        dy[a] = way(s->y[agent], s->y[a], H);
        square[a] = dx[a] * dx[a] + dy[a] * dy[a];
    }
    Company c = {0};
    float limit = s->p.sight * s->p.sight; // once there are eight, the farthest of them
    for (int a = 0; a < count(s); a++) {
        if (!(square[a] < limit) || a == agent) continue;
        int at = c.n < NEAREST ? c.n++ : NEAREST - 1;
        for (; at > 0 && c.square[at - 1] > square[a]; at--) {
            c.bird[at] = c.bird[at - 1];
            c.square[at] = c.square[at - 1];
        }
        c.bird[at] = a;
        c.square[at] = square[a];
        if (c.n == NEAREST) limit = c.square[NEAREST - 1];
    }
    for (int i = 0; i < c.n; i++) {
        c.dx[i] = dx[c.bird[i]];
        c.dy[i] = dy[c.bird[i]];
    }
    return c;
}

// Somewhere with room around it, if ten draws find such a place.
#define HAS_RESPAWN
static void respawn(State *s, int agent) {
    s->fell_x[agent] = s->x[agent];
    s->fell_y[agent] = s->y[agent];
    for (int i = 0; i < 10; i++) {
        s->x[agent] = rng_between(&s->rng, 0, W);
        s->y[agent] = rng_between(&s->rng, 0, H);
        Company c = look(s, agent);
        if (c.n == 0 || c.square[0] >= ROOM * ROOM) break;
    }
    s->heading[agent] = (uint8_t)rng_below(&s->rng, TURNS);
    s->born[agent] = s->ticks;
    s->crowded[agent] = 0;
}

static void reset(State *s) {
    for (int a = 0; a < count(s); a++) respawn(s, a);
}

static float angle(int heading) {
    return (float)heading * STEP_ANGLE;
}

// How far bird `other` is turned from `agent`, rad.
static float turned(const State *s, int agent, int other) {
    return angle((s->heading[other] - s->heading[agent] + TURNS) % TURNS);
}

static float reward(const State *s, int agent, const Company *c) {
    if (c->n == 0) return 0.0f;
    float n = (float)c->n, x = 0, y = 0, alike = 0;
    for (int i = 0; i < c->n; i++) {
        x += c->dx[i];
        y += c->dy[i];
        alike += cos_f(turned(s, agent, c->bird[i]));
    }
    float off = sqrt_f(x * x + y * y) / n; // px from their middle
    float nearest = sqrt_f(c->square[0]);
    float cohesion = n / NEAREST * (1.0f - off / s->p.sight);
    float crowding = nearest < ROOM ? 1.0f - nearest / ROOM : 0.0f;
    float sum = COHESION * cohesion + ALIGNMENT * alike / n - SEPARATION * crowding;
    return (float)(int32_t)(sum * 16384.0f) / 16384.0f; // so that an episode's add up exactly
}

static void fly(State *s, int agent, int choice) {
    s->heading[agent] = (uint8_t)((s->heading[agent] + choice - STRAIGHT + TURNS) % TURNS);
    float towards = angle(s->heading[agent]);
    float x = s->x[agent] + SPEED * cos_f(towards), y = s->y[agent] + SPEED * sin_f(towards);
    x = x < 0 ? x + W : x;
    y = y < 0 ? y + H : y;
    s->x[agent] = x >= W ? x - W : x;
    s->y[agent] = y >= H ? y - H : y;
}

static bool step(State *s, const Action actions[AGENTS], Outcome out[AGENTS]) {
    for (int a = 0; a < count(s); a++) fly(s, a, actions[a][0]);
    bool late = ++s->ticks >= MAX_TICKS;
    for (int a = 0; a < count(s); a++) {
        Company c = look(s, a);
        out[a].terminated = c.n > 0 && c.square[0] < TOUCH * TOUCH;
        out[a].truncated = late && !out[a].terminated;
        out[a].reward = out[a].terminated ? -1.0f : reward(s, a, &c);
        s->crowded[a] += c.n > 0 && c.square[0] < ROOM * ROOM;
    }
    return late;
}

// What the birds in sight come to together, as seen by one: its way is ahead. All 0 for nobody.
typedef struct Flock {
    float ahead, right;               // the mean way that they fly, at most 1 long
    float middle_ahead, middle_right; // their middle, in sights
    float away_ahead, away_right;     // away from those nearer than AVOID, the more the nearer
} Flock;

static Flock flock(const State *s, int agent, const Company *c) {
    Flock f = {0};
    float own = angle(s->heading[agent]), ahead_x = cos_f(own), ahead_y = sin_f(own);
    for (int i = 0; i < c->n; i++) {
        float ahead = c->dx[i] * ahead_x + c->dy[i] * ahead_y;
        float right = c->dy[i] * ahead_x - c->dx[i] * ahead_y;
        float far = sqrt_f(c->square[i]), other = turned(s, agent, c->bird[i]);
        f.ahead += cos_f(other) / (float)c->n;
        f.right += sin_f(other) / (float)c->n;
        f.middle_ahead += ahead / (s->p.sight * (float)c->n);
        f.middle_right += right / (s->p.sight * (float)c->n);
        if (far >= AVOID || far == 0) continue;
        f.away_ahead -= ahead / far * (1.0f - far / AVOID);
        f.away_right -= right / far * (1.0f - far / AVOID);
    }
    return f;
}

// As seen by the bird: ahead is the way it flies.
static void observe(const State *s, int agent, Obs *obs) {
    Company c = look(s, agent);
    Flock f = flock(s, agent, &c);
    float own = angle(s->heading[agent]), ahead_x = cos_f(own), ahead_y = sin_f(own);
    memset(obs, 0, OBS_SIZE * sizeof *obs);
    Obs *together = obs + NEAREST * FEATURES;
    together[0] = f.ahead;
    together[1] = f.right;
    together[2] = f.middle_ahead;
    together[3] = f.middle_right;
    together[4] = clampf(f.away_ahead, -1, 1);
    together[5] = clampf(f.away_right, -1, 1);
    together[6] = c.n == 0;
    for (int i = 0; i < c.n; i++, obs += FEATURES) {
        float other = turned(s, agent, c.bird[i]);
        obs[0] = 1.0f;
        obs[1] = (c.dx[i] * ahead_x + c.dy[i] * ahead_y) / s->p.sight;
        obs[2] = (c.dy[i] * ahead_x - c.dx[i] * ahead_y) / s->p.sight;
        obs[3] = cos_f(other);
        obs[4] = sin_f(other);
    }
}

// The score is the mean reward of a tick, in whole percent of the most that there is.
#define HAS_MEASURE
static void measure(const State *s, int agent, Metrics *m) {
    int32_t age = s->ticks - s->born[agent];
    float ticks = age ? (float)age : 1.0f, percent = 100.0f * m->score / ticks;
    m->score = (float)(int32_t)(percent < 0 ? percent - 0.5f : percent + 0.5f);
    m->apart = 1.0f - (float)s->crowded[agent] / ticks;
}

// Reynolds' three rules: away from those too near, as the others fly, towards their middle.
#define HAS_SCRIPT
static void script(const State *s, int agent, int level, Rng *rng, Action *action) {
    (void)level, (void)rng;
    Company c = look(s, agent);
    Flock f = flock(s, agent, &c);
    (*action)[0] = STRAIGHT;
    if (c.n == 0) return;
    float ahead = f.ahead + AWAY * f.away_ahead + TOWARDS * f.middle_ahead;
    float right = f.right + AWAY * f.away_right + TOWARDS * f.middle_right;
    float off = atan2_f(right, ahead);
    if (absf(off) > STEP_ANGLE / 2) (*action)[0] = off > 0 ? RIGHT : LEFT;
}

// The bird that the value tells of; of nobody, the own one.
#define HAS_PLACE
static bool place(const State *s, int agent, int i, Box *box) {
    Company c = look(s, agent);
    if (i < NEAREST * FEATURES && i / FEATURES >= c.n) return false;
    int bird = i < NEAREST * FEATURES ? c.bird[i / FEATURES] : agent;
    *box = (Box){s->x[bird] - 13, s->y[bird] - 13, 26, 26};
    return true;
}

#define HAS_DESCRIBE
static void describe(const State *s, Text *out) {
    float x = 0, y = 0;
    int alone = 0;
    for (int a = 0; a < count(s); a++) {
        x += cos_f(angle(s->heading[a]));
        y += sin_f(angle(s->heading[a]));
        alone += look(s, a).n == 0;
    }
    put(out, "Tick ");
    put_int(out, s->ticks);
    put(out, ". Of ");
    put_int(out, count(s));
    put(out, " birds ");
    put_int(out, alone);
    put(out, " see no other; they fly ");
    put_int(out, (int64_t)(100.0f * sqrt_f(x * x + y * y) / (float)count(s) + 0.5f));
    put(out, " percent alike.");
}

#ifdef ENV_DRAW
static const float HALO = 22.0f; // px around the bird in focus

typedef struct Pose {
    Vector2 at;
    float towards; // rad
} Pose;

// Between two ticks; as it stands where an episode begins.
static Pose pose(const State *s, const View *v, int agent) {
    Vector2 at = {s->x[agent], s->y[agent]};
    float towards = angle(s->heading[agent]);
    const State *b = v->before;
    if (b->ticks + 1 != s->ticks || s->born[agent] == s->ticks) return (Pose){at, towards};
    float back = 1.0f - v->t;
    at.x -= way(b->x[agent], at.x, W) * back;
    at.y -= way(b->y[agent], at.y, H) * back;
    int turn = (s->heading[agent] - b->heading[agent] + TURNS + TURNS / 2) % TURNS - TURNS / 2;
    return (Pose){at, towards - (float)turn * STEP_ANGLE * back};
}

// A point of a bird: so many px ahead of its middle and to the right.
static Vector2 part(Pose p, float ahead, float right) {
    float c = cos_f(p.towards), n = sin_f(p.towards);
    return (Vector2){p.at.x + ahead * c - right * n, p.at.y + ahead * n + right * c};
}

static void draw_dart(Pose p, float size, float span, Color colour) {
    Vector2 beak = part(p, 13 * size, 0), tail = part(p, -5 * size, 0);
    Vector2 left = part(p, -10 * size, -span * size), right = part(p, -10 * size, span * size);
    DrawTriangle(beak, left, tail, colour);
    DrawTriangle(beak, tail, right, ColorBrightness(colour, -0.3f));
}

// A bird at the rim shows at the opposite one too.
static void draw_bird(const State *s, const View *v, int agent) {
    Color colour = driver_colour(v, agent);
    float span = 8.0f + 1.0f * sin_f(v->time * 9.0f + (float)agent);
    Pose p = pose(s, v, agent);
    Vector2 at = p.at;
    float age = (float)(s->ticks - s->born[agent]) + v->t - 1.0f;
    float size = s->born[agent] ? clampf(age / 12, 0, 1) : 1.0f; // one that starts again grows
    for (int i = -1; i <= 1; i++) {
        for (int j = -1; j <= 1; j++) {
            p.at = (Vector2){at.x + (float)(i * W), at.y + (float)(j * H)};
            if (p.at.x < -30 || p.at.x > W + 30 || p.at.y < -30 || p.at.y > H + 30) continue;
            if (agent == v->seat) dot(p.at, HALO, Fade(colour, 0.28f));
            draw_dart(p, size, span, colour);
        }
    }
}

// How far the bird sees, lines to those that it does see, and the room that it should have.
static void draw_sight(const State *s, const View *v, int agent) {
    Company c = look(s, agent);
    Pose p = pose(s, v, agent);
    Color colour = driver_colour(v, agent);
    bool crowded = c.n > 0 && c.square[0] < ROOM * ROOM;
    Color room = crowded ? CORAL : Fade(colour, 0.35f);
    for (int i = -1; i <= 1; i++) {
        for (int j = -1; j <= 1; j++) {
            Vector2 at = {p.at.x + (float)(i * W), p.at.y + (float)(j * H)};
            DrawCircleSector(at, s->p.sight, 0, 360, 72, Fade(colour, 0.05f));
            DrawRing(at, ROOM - 1.5f, ROOM, 0, 360, 48, room);
            for (int k = 0; k < c.n; k++) {
                Pose other = pose(s, v, c.bird[k]);
                float dx = way(p.at.x, other.at.x, W), dy = way(p.at.y, other.at.y, H);
                float far = sqrt_f(dx * dx + dy * dy), rim = ROOM / far;
                if (far <= ROOM) continue;
                Vector2 from = {at.x + dx * rim, at.y + dy * rim}, to = {at.x + dx, at.y + dy};
                DrawLineEx(from, to, 2, Fade(colour, 0.35f));
            }
        }
    }
}

static void draw(const State *s, const View *v) {
    ClearBackground(INK);
    for (int x = 0; x < W; x += 80) { // still points, for the eye to see motion by
        for (int y = 0; y < H; y += 80) DrawRectangle(x + 39, y + 39, 2, 2, LINE);
    }
    for (int a = 0; a < count(s); a++) {
        float age = ((float)(s->ticks - s->born[a]) + v->t - 1.0f) / 15;
        if (!s->born[a] || !(age >= 0 && age < 1)) continue;
        Vector2 at = {s->fell_x[a], s->fell_y[a]};
        DrawRing(at, 4 + 18 * age, 7 + 18 * age, 0, 360, 24, Fade(CORAL, 1.0f - age));
    }
    bool marked = v->seat >= 0 && v->seat < count(s);
    if (marked) draw_sight(s, v, v->seat);
    for (int a = 0; a < count(s); a++) {
        if (a != v->seat) draw_bird(s, v, a);
    }
    if (marked) draw_bird(s, v, v->seat);
}
#endif
#include "../env_exports.h"
