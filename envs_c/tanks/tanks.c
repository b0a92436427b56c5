// Tanks: two of them, or up to four, in an empty field; the last one whole has won.
//
// You see     your speed, gun and distances to the walls, the nearest tank, the six nearest bullets
// You get     +1 for being the last, -1 for being shot; a point for 200 of energy that you gain on
//             the other
// It ends     24 ticks after but one is left, or when none is; truncated after 3,000 ticks
// Idea        Robocode, 2001 (Mathew Nelson): its numbers, without its radar
#define AGENTS 4
#define SEATS(p) ((p)->tanks)
#define HEADS 4
#define Obs float
#define OBS_SIZE (OWN_COUNT + OTHER_COUNT + BULLETS_SEEN * BULLET_COUNT)
#define PARAMS(P)                                                                                  \
    P(tanks, 2, 2, 4, 1, "tanks", FIXED, "tanks in the field")                                     \
    P(cooling, 0.1, 0.05, 0.2, 0.05, "a tick", LIVE, "how fast a gun cools")
#define METRICS(M) M(won) M(drawn) M(hits) M(shots)
#include "../env.h"

enum { W = 800, H = 600, HALF = 18, SIZE = 2 * HALF, MAX_TICKS = 3000, QUIET = 450, AFTER = 24 };
enum { MAX_BULLETS = 64, SPARKS = 16, BULLETS_SEEN = 6 };
enum { OWN_COUNT = 10, OTHER_COUNT = 16, BULLET_COUNT = 9 };
enum { DRIVE, TURN, GUN, FIRE };                         // the heads
enum { STOP, AHEAD, BACK };                              // of drive
enum { STRAIGHT, LEFT, RIGHT };                          // of turn
enum { HOLD, GUN_LEFT, GUN_RIGHT, FAR_LEFT, FAR_RIGHT }; // of gun
static const float DEGREE = 0.0174532925f;               // rad
static const float TOP_SPEED = 8, FASTEST = 17;          // px a tick: a tank, a bullet of power 1
static const float GUN_TURNS[] = {0, -3, 3, -20, 20};    // degrees a tick

// x to the right, y down; angles in radians from the x axis, clockwise as y goes down.
typedef struct Bullet {
    float x, y, vx, vy; // px, px a tick
    float power;
    int32_t owner;
} Bullet;

// A bullet that has hit, for draw.
typedef struct Spark {
    float x, y, power;
    int32_t tick;
} Spark;

typedef struct State {
    Rng rng;
    Params p;
    float x[AGENTS], y[AGENTS];
    float heading[AGENTS], gun[AGENTS];
    float speed[AGENTS]; // px a tick, below 0 backwards
    float heat[AGENTS];  // of the gun, which fires at 0
    float energy[AGENTS];
    float dealt[AGENTS]; // energy that its bullets took from others
    int32_t hits[AGENTS], shots[AGENTS];
    int32_t fell[AGENTS];   // tick in which it was shot, 0 while it is whole
    int32_t struck[AGENTS]; // tick in which it last lost energy to others or a wall
    Bullet bullets[MAX_BULLETS];
    Spark sparks[SPARKS];
    int32_t flying;  // bullets
    int32_t sparked; // sparks so far
    int32_t ticks;
    int32_t quiet;   // ticks since something was hit
    int32_t decided; // tick from which on no two are left, 0 before
    int32_t padding; // to a multiple of 8 bytes
} State;

static const Choice DRIVES[] = {
    {"stop", {0}}, {"ahead", {"ArrowUp", "KeyW"}}, {"back", {"ArrowDown", "KeyS"}}};
static const Choice TURNS[] = {
    {"straight", {0}}, {"left", {"ArrowLeft", "KeyA"}}, {"right", {"ArrowRight", "KeyD"}}};
static const Choice GUNS[] = {{"hold", {0}},
                              {"gun left", {"KeyQ"}},
                              {"gun right", {"KeyE"}},
                              {"far left", {0}},
                              {"far right", {0}}};
static const Choice FIRES[] = {
    {"none", {0}}, {"light", {"Digit1"}}, {"medium", {"Digit2", "KeyF"}}, {"heavy", {"Digit3"}}};
static const char *const OWN[] = {"energy",
                                  "speed",
                                  "gun heat",
                                  "gun to the right",
                                  "gun ahead",
                                  "wall ahead",
                                  "wall behind",
                                  "wall left",
                                  "wall right",
                                  "quiet",
                                  0};
static const char *const OTHER[] = {"its energy",
                                    "its distance",
                                    "its way from me",
                                    "its way across",
                                    "heads away",
                                    "heads across",
                                    "its gun beside me",
                                    "its gun at me",
                                    "its gun heat",
                                    "to the right",
                                    "ahead",
                                    "right of my gun",
                                    "before my gun",
                                    "off aim, light",
                                    "off aim, medium",
                                    "off aim, heavy",
                                    0};
static const char *const BULLET[] = {
    "is there",    "power",        "ahead",        "to the right", "speed ahead",
    "speed right", "passes ahead", "passes right", "passes in",    0};

static const EnvSpec SPEC = {
    .title = "Tanks",
    .ticks_per_second = 30,
    .width = W,
    .height = H,
    .obs = {{.name = "own", .shape = {OWN_COUNT}, .names = OWN, .low = -2, .high = 2},
            {.name = "nearest", .shape = {OTHER_COUNT}, .names = OTHER, .low = -2, .high = 2},
            {.name = "bullets",
             .shape = {BULLETS_SEEN, BULLET_COUNT},
             .names = BULLET,
             .low = -2,
             .high = 2}},
    .actions = {{"drive", 3, DRIVES}, {"turn", 3, TURNS}, {"gun", 5, GUNS}, {"fire", 4, FIRES}},
};

static int count(const State *s) {
    return (int)s->p.tanks;
}

static bool whole(const State *s, int agent) {
    return s->energy[agent] > 0;
}

static int standing(const State *s) {
    int n = 0;
    for (int a = 0; a < count(s); a++) n += whole(s, a);
    return n;
}

// The same angle in [-pi, pi], of one within three half turns.
static float wrap(float angle) {
    return angle > PI_F ? angle - 2 * PI_F : angle < -PI_F ? angle + 2 * PI_F : angle;
}

static float bullet_speed(float power) {
    return 20 - 3 * power;
}

static float damage(float power) {
    return 4 * power + 2 * clampf(power - 1, 0, 3);
}

// How far a tank turns in a tick, rad: the less the faster it goes.
static float turn_rate(float speed) {
    return (10 - 0.75f * absf(speed)) * DEGREE;
}

// Each in another quarter of the field.
static void reset(State *s) {
    int quarter[4] = {0, 1, 2, 3};
    for (int a = 0; a < count(s); a++) {
        int other = a + rng_below(&s->rng, 4 - a), q = quarter[other];
        quarter[other] = quarter[a];
        s->x[a] = (float)(q % 2 * (W / 2)) + rng_between(&s->rng, 60, W / 2 - 60);
        s->y[a] = (float)(q / 2 * (H / 2)) + rng_between(&s->rng, 60, H / 2 - 60);
        s->heading[a] = s->gun[a] = rng_between(&s->rng, -PI_F, PI_F);
        s->heat[a] = 3;
        s->energy[a] = 100;
    }
}

// What a tick does to the tanks besides moving them, summed up so that their order is of no account.
typedef struct Tally {
    float harm[AGENTS], gain[AGENTS]; // energy
    bool hit;                         // by a bullet or a tank
} Tally;

// Fires where the gun points, unless it is hot or no energy would be left.
static void fire(State *s, int agent, float power) {
    if (power <= 0 || s->heat[agent] > 0 || s->energy[agent] <= power) return;
    if (s->flying == MAX_BULLETS) return; // cannot be: a tank has 10 in the air at most
    float v = bullet_speed(power);
    Bullet *b = &s->bullets[s->flying++];
    *b = (Bullet){s->x[agent], s->y[agent], v * cos_f(s->gun[agent]), v * sin_f(s->gun[agent]),
                  power,       agent};
    s->heat[agent] = 1 + power / 5;
    s->energy[agent] -= power;
    s->shots[agent]++;
}

// Narrows [from, to], the part of a way of length d that lies within HALF of the middle `off` ahead.
static void cut(float off, float d, float *from, float *to) {
    if (absf(d) < 1e-6f) {
        if (absf(off) > HALF) *to = -1; // beside it all the way
        return;
    }
    float in = (off - HALF) / d, out = (off + HALF) / d;
    if (in > out) {
        float swap = in;
        in = out;
        out = swap;
    }
    if (in > *from) *from = in;
    if (out < *to) *to = out;
}

// The part of its way this tick after which a bullet is in a tank's square; above 1 for never.
static float reaches(const State *s, const Bullet *b, int agent) {
    float from = 0, to = 1;
    cut(s->x[agent] - b->x, b->vx, &from, &to);
    cut(s->y[agent] - b->y, b->vy, &from, &to);
    return from <= to ? from : 2;
}

// Moves a bullet on; whether it flies on.
static bool fly(State *s, Bullet *b, Tally *tally) {
    float first = 2;
    int target = -1;
    for (int a = 0; a < count(s); a++) {
        if (a == b->owner || !whole(s, a) || s->decided) continue;
        float at = reaches(s, b, a);
        if (at >= first) continue;
        first = at;
        target = a;
    }
    if (target < 0) {
        b->x += b->vx;
        b->y += b->vy;
        return b->x >= 0 && b->x <= W && b->y >= 0 && b->y <= H;
    }
    s->sparks[s->sparked++ % SPARKS] =
        (Spark){b->x + first * b->vx, b->y + first * b->vy, b->power, s->ticks};
    tally->harm[target] += damage(b->power);
    tally->gain[b->owner] += 3 * b->power;
    tally->hit = true;
    s->dealt[b->owner] += damage(b->power);
    s->hits[b->owner]++;
    return false;
}

// Turns and moves a tank; a wall stops it.
static void move(State *s, int agent, const Action action, Tally *tally) {
    float v = s->speed[agent];
    float way = (float)((action[TURN] == RIGHT) - (action[TURN] == LEFT));
    s->heading[agent] = wrap(s->heading[agent] + way * turn_rate(v));
    s->gun[agent] = wrap(s->gun[agent] + GUN_TURNS[action[GUN]] * DEGREE);
    if (action[DRIVE] == STOP) v = v > 0 ? clampf(v - 2, 0, v) : clampf(v + 2, v, 0);
    if (action[DRIVE] == AHEAD) v = v < 0 ? clampf(v + 2, v, 0) : clampf(v + 1, 0, TOP_SPEED);
    if (action[DRIVE] == BACK) v = v > 0 ? clampf(v - 2, 0, v) : clampf(v - 1, -TOP_SPEED, 0);
    float x = s->x[agent] + v * cos_f(s->heading[agent]);
    float y = s->y[agent] + v * sin_f(s->heading[agent]);
    s->x[agent] = clampf(x, HALF, W - HALF);
    s->y[agent] = clampf(y, HALF, H - HALF);
    if (s->x[agent] != x || s->y[agent] != y) {
        tally->harm[agent] += clampf(absf(v) / 2 - 1, 0, 3);
        v = 0;
    }
    s->speed[agent] = v;
}

static bool overlap(const State *s, int a, int b) {
    return whole(s, a) && whole(s, b) && absf(s->x[a] - s->x[b]) < SIZE &&
           absf(s->y[a] - s->y[b]) < SIZE;
}

// Stops a tank that drives towards another.
static void bump(State *s, int agent, int other) {
    float dx = s->x[other] - s->x[agent], dy = s->y[other] - s->y[agent];
    float towards = dx * cos_f(s->heading[agent]) + dy * sin_f(s->heading[agent]);
    if (towards * s->speed[agent] > 0) s->speed[agent] = 0;
}

// Puts tanks that ran into each other back to where they were; that may take others along.
static void part(State *s, const float x[AGENTS], const float y[AGENTS], Tally *tally) {
    bool met[AGENTS][AGENTS] = {0}, again = true;
    while (again) {
        again = false;
        for (int a = 0; a < count(s); a++) {
            for (int b = a + 1; b < count(s); b++) {
                if (met[a][b] || !overlap(s, a, b)) continue;
                met[a][b] = again = tally->hit = true;
                s->x[a] = x[a], s->y[a] = y[a], s->x[b] = x[b], s->y[b] = y[b];
                tally->harm[a] += 0.6f;
                tally->harm[b] += 0.6f;
                bump(s, a, b);
                bump(s, b, a);
            }
        }
    }
}

// Takes and gives energy, harm first: who falls has nothing of the hits that it lands.
static void settle(State *s, const Tally *tally) {
    for (int a = 0; a < count(s); a++) {
        if (!whole(s, a)) continue;
        s->energy[a] -= tally->harm[a];
        if (tally->harm[a] > 0.5f) s->struck[a] = s->ticks;
        if (whole(s, a)) {
            s->energy[a] += tally->gain[a];
        } else {
            s->energy[a] = 0;
            s->fell[a] = s->ticks;
        }
    }
}

// Writes who gets what for a tick. `had`: energy before it.
static void reward(const State *s, const float had[AGENTS], Outcome out[AGENTS]) {
    int n = count(s), left = standing(s);
    float others = 1.0f / (float)(n - 1), sum = 0;
    for (int a = 0; a < n; a++) sum += s->energy[a] - had[a];
    for (int a = 0; a < n; a++) {
        if (had[a] <= 0) continue; // fell earlier
        float own = s->energy[a] - had[a];
        out[a].reward = (own - (sum - own) * others) / 200;
        if (left == 1 && whole(s, a)) out[a].reward += 1;
        if (left > 0 && !whole(s, a)) out[a].reward -= others;
        out[a].terminated = !whole(s, a);
    }
}

// Fires, and moves bullets on.
static void shoot(State *s, const Action actions[AGENTS], Tally *tally) {
    for (int a = 0; a < count(s); a++) {
        if (whole(s, a) && !s->decided) fire(s, a, (float)actions[a][FIRE]);
    }
    int flying = 0;
    for (int i = 0; i < s->flying; i++) {
        Bullet b = s->bullets[i];
        if (fly(s, &b, tally)) s->bullets[flying++] = b;
    }
    memset(s->bullets + flying, 0, (size_t)(s->flying - flying) * sizeof *s->bullets);
    s->flying = flying;
}

static void drive(State *s, const Action actions[AGENTS], Tally *tally) {
    float x[AGENTS], y[AGENTS];
    memcpy(x, s->x, sizeof x);
    memcpy(y, s->y, sizeof y);
    for (int a = 0; a < count(s); a++) {
        if (!whole(s, a)) continue;
        move(s, a, actions[a], tally);
        float heat = s->heat[a] - s->p.cooling;
        s->heat[a] = heat < 1e-3f ? 0 : heat;
    }
    part(s, x, y, tally);
}

static bool step(State *s, const Action actions[AGENTS], Outcome out[AGENTS]) {
    float had[AGENTS];
    Tally tally = {0};
    memcpy(had, s->energy, sizeof had);
    s->ticks++;
    shoot(s, actions, &tally);
    drive(s, actions, &tally);
    if (!s->decided) {
        s->quiet = tally.hit ? 0 : s->quiet + 1;
        for (int a = 0; a < count(s) && s->quiet > QUIET; a++) tally.harm[a] += 0.1f;
        settle(s, &tally);
        reward(s, had, out);
    }
    int left = standing(s);
    if (left <= 1 && !s->decided) s->decided = s->ticks;
    bool late = left > 1 && s->ticks >= MAX_TICKS;
    bool over = left == 0 || late || (left == 1 && s->ticks >= s->decided + AFTER);
    for (int a = 0; a < count(s) && over; a++) {
        if (whole(s, a)) *(late ? &out[a].truncated : &out[a].terminated) = true;
    }
    return over;
}

#define HAS_ACTIVE
static bool active(const State *s, int agent) {
    return whole(s, agent);
}

// The nearest other tank that is whole, -1 for none.
static int nearest(const State *s, int agent) {
    float least = INFINITY_F;
    int found = -1;
    for (int a = 0; a < count(s); a++) {
        float dx = s->x[a] - s->x[agent], dy = s->y[a] - s->y[agent], far = dx * dx + dy * dy;
        if (a == agent || !whole(s, a) || far >= least) continue;
        least = far;
        found = a;
    }
    return found;
}

// Where to aim so that a bullet meets a tank that goes straight on, from a tank's middle, px.
static void lead(const State *s, int agent, int target, float power, float *dx, float *dy) {
    float px = s->x[target] - s->x[agent], py = s->y[target] - s->y[agent], b = bullet_speed(power);
    float vx = s->speed[target] * cos_f(s->heading[target]);
    float vy = s->speed[target] * sin_f(s->heading[target]);
    float faster = b * b - vx * vx - vy * vy, pv = px * vx + py * vy;
    float t = (pv + sqrt_f(pv * pv + faster * (px * px + py * py))) / faster;
    *dx = clampf(s->x[target] + t * vx, HALF, W - HALF) - s->x[agent];
    *dy = clampf(s->y[target] + t * vy, HALF, H - HALF) - s->y[agent];
}

// A vector's parts along a direction (its cosine and sine) and to the right of it.
typedef struct Frame {
    float c, s;
} Frame;

static Frame facing(float angle) {
    return (Frame){cos_f(angle), sin_f(angle)};
}

static float along(Frame f, float x, float y) {
    return f.c * x + f.s * y;
}

static float right(Frame f, float x, float y) {
    return f.c * y - f.s * x;
}

// Px to the wall in the direction c, s.
static float wall(const State *s, int agent, float c, float si) {
    float x = s->x[agent], y = s->y[agent];
    float tx = absf(c) < 1e-3f ? 1e6f : ((c > 0 ? W - HALF : HALF) - x) / c;
    float ty = absf(si) < 1e-3f ? 1e6f : ((si > 0 ? H - HALF : HALF) - y) / si;
    return tx < ty ? tx : ty;
}

static float within(float v) {
    return clampf(v, -2, 2);
}

static void observe_own(const State *s, int agent, Frame body, Frame gun, Obs *obs) {
    obs[0] = within(s->energy[agent] / 100);
    obs[1] = s->speed[agent] / TOP_SPEED;
    obs[2] = s->heat[agent] / 1.6f;
    obs[3] = right(body, gun.c, gun.s);
    obs[4] = along(body, gun.c, gun.s);
    obs[5] = within(wall(s, agent, body.c, body.s) / 300);
    obs[6] = within(wall(s, agent, -body.c, -body.s) / 300);
    obs[7] = within(wall(s, agent, body.s, -body.c) / 300);
    obs[8] = within(wall(s, agent, -body.s, body.c) / 300);
    obs[9] = within((float)s->quiet / QUIET);
}

static void observe_other(const State *s, int agent, int other, Frame body, Frame gun, Obs *obs) {
    float dx = s->x[other] - s->x[agent], dy = s->y[other] - s->y[agent];
    float far = sqrt_f(dx * dx + dy * dy), v = s->speed[other] / TOP_SPEED;
    Frame sight = {dx / far, dy / far}, its = facing(s->heading[other]),
          gun_of = facing(s->gun[other]);
    obs[0] = within(s->energy[other] / 100);
    obs[1] = far / 500;
    obs[2] = v * along(sight, its.c, its.s);
    obs[3] = v * right(sight, its.c, its.s);
    obs[4] = along(sight, its.c, its.s);
    obs[5] = right(sight, its.c, its.s);
    obs[6] = right(sight, gun_of.c, gun_of.s);
    obs[7] = -along(sight, gun_of.c, gun_of.s);
    obs[8] = s->heat[other] / 1.6f;
    obs[9] = right(body, sight.c, sight.s);
    obs[10] = along(body, sight.c, sight.s);
    obs[11] = right(gun, sight.c, sight.s);
    obs[12] = along(gun, sight.c, sight.s);
    for (int power = 1; power <= 3; power++) { // as a sine, for small angles times 6
        float x, y;
        lead(s, agent, other, (float)power, &x, &y);
        float off = right(gun, x, y) / sqrt_f(x * x + y * y + 1);
        obs[12 + power] = along(gun, x, y) > 0 ? within(6 * off) : off < 0 ? -2.0f : 2.0f;
    }
}

// The others' bullets, the nearest first; returns how many, at most BULLETS_SEEN.
static int threats(const State *s, int agent, int seen[BULLETS_SEEN]) {
    float far[BULLETS_SEEN + 1];
    int n = 0;
    for (int i = 0; i < s->flying; i++) {
        const Bullet *b = &s->bullets[i];
        if (b->owner == agent) continue;
        float dx = b->x - s->x[agent], dy = b->y - s->y[agent], d = dx * dx + dy * dy;
        if (dx * b->vx + dy * b->vy > 0 && d > SIZE * SIZE) continue; // it is past
        int at = n < BULLETS_SEEN ? n++ : BULLETS_SEEN;
        for (; at > 0 && far[at - 1] > d; at--) {
            far[at] = far[at - 1];
            if (at < BULLETS_SEEN) seen[at] = seen[at - 1];
        }
        far[at] = d;
        if (at < BULLETS_SEEN) seen[at] = i;
    }
    return n;
}

static void observe_bullet(const State *s, int agent, const Bullet *b, Frame body, Obs *obs) {
    float dx = b->x - s->x[agent], dy = b->y - s->y[agent], v2 = b->vx * b->vx + b->vy * b->vy;
    float t = -(dx * b->vx + dy * b->vy) / v2; // ticks until it is nearest
    float cx = dx + t * b->vx, cy = dy + t * b->vy;
    obs[0] = 1;
    obs[1] = b->power / 3;
    obs[2] = within(along(body, dx, dy) / 300);
    obs[3] = within(right(body, dx, dy) / 300);
    obs[4] = along(body, b->vx, b->vy) / FASTEST;
    obs[5] = right(body, b->vx, b->vy) / FASTEST;
    obs[6] = within(along(body, cx, cy) / 50);
    obs[7] = within(right(body, cx, cy) / 50);
    obs[8] = within(t / 30);
}

// As seen from the tank's own place and heading, so that one policy plays every seat.
static void observe(const State *s, int agent, Obs *obs) {
    Frame body = facing(s->heading[agent]), gun = facing(s->gun[agent]);
    int other = nearest(s, agent), seen[BULLETS_SEEN], n = threats(s, agent, seen);
    memset(obs, 0, OBS_SIZE * sizeof *obs);
    observe_own(s, agent, body, gun, obs);
    if (other >= 0) observe_other(s, agent, other, body, gun, obs + OWN_COUNT);
    for (int i = 0; i < n; i++) {
        Obs *at = obs + OWN_COUNT + OTHER_COUNT + i * BULLET_COUNT;
        observe_bullet(s, agent, &s->bullets[seen[i]], body, at);
    }
}

#define HAS_MEASURE
static void measure(const State *s, int agent, Metrics *m) {
    int left = standing(s);
    m->score = s->dealt[agent];
    m->won = left == 1 && whole(s, agent);
    m->drawn = left == 0 ? s->fell[agent] == s->ticks : left > 1 && whole(s, agent);
    m->hits = (float)s->hits[agent];
    m->shots = (float)s->shots[agent];
}

// The turn of the gun that comes nearest to an angle, rad.
static int gun_towards(float angle) {
    float size = absf(angle) / DEGREE;
    int way = size < 1.5f ? HOLD : size < 11.5f ? GUN_LEFT : FAR_LEFT;
    return way == HOLD || angle < 0 ? way : way + 1;
}

// Spins its gun to where the nearest tank will be if it goes straight on, and fires when it is there,
// the harder the nearer; drives across the line of sight, this way and that, and away from walls.
#define HAS_SCRIPT
static void script(const State *s, int agent, int level, Rng *rng, Action *action) {
    (void)level, (void)rng;
    Action a = {AHEAD, STRAIGHT, HOLD, 0};
    int other = nearest(s, agent);
    float dx = other < 0 ? 1 : s->x[other] - s->x[agent],
          dy = other < 0 ? 0 : s->y[other] - s->y[agent];
    float far = sqrt_f(dx * dx + dy * dy), sight = atan2_f(dy, dx);
    // Its ways look random: one for each 24 ticks, of who has fired how often until then.
    uint32_t way = (uint32_t)s->ticks / 24 * AGENTS + (uint32_t)agent;
    for (int i = 0; i < count(s); i++) {
        way = (way ^ (way >> 16) ^ (uint32_t)s->shots[i]) * 0x45D9F3Bu;
    }
    bool back = (way >> 16 & 1) != 0;
    float going = back ? wrap(s->heading[agent] + PI_F) : s->heading[agent];
    Frame to = facing(going);
    float lean = (far > 350 ? -30.0f : far < 200 ? 30.0f : 0.0f) * DEGREE;
    bool to_right = right(facing(sight), to.c, to.s) > 0;
    float goal = wrap(sight + (to_right ? PI_F / 2 + lean : -PI_F / 2 - lean));
    if (wall(s, agent, to.c, to.s) < 100) goal = atan2_f(H / 2 - s->y[agent], W / 2 - s->x[agent]);
    float off = wrap(goal - going);
    a[DRIVE] = back ? BACK : AHEAD;
    if (absf(off) > turn_rate(s->speed[agent]) / 2) a[TURN] = off < 0 ? LEFT : RIGHT;
    float power = s->energy[agent] < 10 || far > 500 ? 1.0f : far > 180 ? 2.0f : 3.0f;
    if (other >= 0) {
        lead(s, agent, other, power, &dx, &dy);
        float error = wrap(atan2_f(dy, dx) - s->gun[agent]);
        a[GUN] = gun_towards(error);
        if (absf(error) * far < HALF && s->energy[agent] > 2) a[FIRE] = (int)power;
    }
    memcpy(*action, a, sizeof a);
}

// Turns the gun to the pointer, and fires while it is pressed and the gun points there.
#define HAS_AIM (1 << GUN | 1 << FIRE)
static int aim(const State *s, int agent, float x, float y, bool down, Action *action) {
    float dx = x - s->x[agent], dy = y - s->y[agent], far = dx * dx + dy * dy;
    if (!(far > HALF * HALF && far < 1e7f)) return 0; // on itself, or nowhere
    float off = wrap(atan2_f(dy, dx) - s->gun[agent]);
    (*action)[GUN] = gun_towards(off);
    (*action)[FIRE] = 2;
    return down && absf(off) < 3 * DEGREE ? 1 << GUN | 1 << FIRE : 1 << GUN;
}

// Its own tank, the nearest one, where to aim at it, and the bullets.
#define HAS_PLACE
static bool place(const State *s, int agent, int i, Box *box) {
    int seen[BULLETS_SEEN], other = nearest(s, agent), bullet = i - OWN_COUNT - OTHER_COUNT;
    if (bullet >= 0) {
        if (bullet / BULLET_COUNT >= threats(s, agent, seen)) return false;
        const Bullet *b = &s->bullets[seen[bullet / BULLET_COUNT]];
        *box = (Box){b->x - 8, b->y - 8, 16, 16};
    } else if (i < OWN_COUNT) {
        *box = (Box){s->x[agent] - HALF, s->y[agent] - HALF, SIZE, SIZE};
    } else if (other < 0) {
        return false;
    } else if (i < OWN_COUNT + 13) {
        *box = (Box){s->x[other] - HALF, s->y[other] - HALF, SIZE, SIZE};
    } else {
        float dx, dy;
        lead(s, agent, other, (float)(i - OWN_COUNT - 12), &dx, &dy);
        *box = (Box){s->x[agent] + dx - 6, s->y[agent] + dy - 6, 12, 12};
    }
    return true;
}

#define HAS_DESCRIBE
static void describe(const State *s, Text *out) {
    for (int a = 0; a < count(s); a++) {
        put(out, a ? ", tank " : "Tank ");
        put_int(out, a + 1);
        put(out, whole(s, a) ? " has energy " : " is out");
        if (whole(s, a)) put_int(out, (int64_t)(s->energy[a] + 0.999f));
    }
    put(out, ".");
}

#ifdef ENV_DRAW
// A point ahead of and to the right of another, as seen along f.
static Vector2 from(Vector2 at, Frame f, float ahead, float to_right) {
    return (Vector2){at.x + f.c * ahead - f.s * to_right, at.y + f.s * ahead + f.c * to_right};
}

// A box of a length and a width around a point ahead of and to the right of `at`.
static void block(Vector2 at, Frame f, float ahead, float to_right, Vector2 size, Color colour) {
    Vector2 middle = from(at, f, ahead, to_right), half = {size.x / 2, size.y / 2};
    Rectangle box = {middle.x, middle.y, size.x, size.y};
    DrawRectanglePro(box, half, atan2_f(f.s, f.c) / DEGREE, colour);
}

// Ticks from one of the past to the moment that is shown; many for one that has not been.
static float since(const State *s, const View *v, int tick) {
    return tick > 0 ? (float)(s->ticks - tick) + v->t : 1e6f;
}

static float between(float a, float b, float t) {
    return a + wrap(b - a) * t;
}

// A ring that widens and pieces that fly off, `age` from 0 to 1.
static void burst(Vector2 at, float age, float size, int pieces) {
    Color ink = ColorLerp(SUN, CORAL, age);
    if (age < 0.4f) dot(at, size * (0.35f + 0.4f * age), Fade(PAPER, 0.9f - 2 * age));
    DrawRing(at, size * ease(age) * 0.8f, size * ease(age), 0, 360, 36, Fade(ink, 1 - age));
    for (int i = 0; i < pieces; i++) {
        Frame way = facing((float)i * 2.399963f); // the golden angle: all ways alike
        float far = size * (0.3f + (0.6f + 0.15f * (float)(i % 5)) * ease(age));
        dot(from(at, way, far, 0), (1 - age) * (1.5f + size * 0.05f), ink);
    }
}

static void draw_tank(const State *s, const View *v, int a) {
    bool anew = v->before->ticks >= s->ticks; // another game
    const State *b = anew ? s : v->before;
    Vector2 at = {mix(b->x[a], s->x[a], v->t), mix(b->y[a], s->y[a], v->t)};
    Frame body = facing(between(b->heading[a], s->heading[a], v->t));
    Frame gun = facing(between(b->gun[a], s->gun[a], v->t));
    float shade = v->person[a] ? 0 : 0.16f * (float)(a % 2) - 0.08f * (float)(a / 2);
    Color ink = ColorBrightness(driver_colour(v, a), shade), dark = ColorLerp(ink, INK, 0.55f);
    float hurt = since(s, v, s->struck[a]);
    if (hurt < 5) ink = ColorLerp(PAPER, ink, hurt / 5);
    if (a == v->seat) dot(at, 31, Fade(driver_colour(v, a), 0.2f));
    for (int i = 0; v->person[a] && i < 14; i++) { // where it aims
        dot(from(at, gun, 40 + 18 * (float)i, 0), 1.6f, Fade(PERSON, 0.6f - 0.04f * (float)i));
    }
    float rolled = along(body, at.x, at.y); // the tracks turn with the way that it goes
    for (float side = -1; side <= 1; side += 2) {
        block(at, body, 0, side * 12.5f, (Vector2){36, 9}, dark);
        for (int i = 0; i < 5; i++) {
            float offset = rolled / 7.2f - (float)(int)(rolled / 7.2f);
            float link = 18 - 7.2f * ((float)i + offset - (offset < 0 ? -1.0f : 0.0f));
            block(at, body, link, side * 12.5f, (Vector2){1.6f, 9}, Fade(INK, 0.5f));
        }
    }
    block(at, body, 0, 0, (Vector2){32, 18}, ink);
    block(at, body, 13, 0, (Vector2){4, 12}, dark); // its front
    float heat = clampf(mix(b->heat[a], s->heat[a], v->t), 0, 1.6f) / 1.6f;
    float kick = s->heat[a] > b->heat[a] ? 5 * (1 - v->t) : 0;
    block(at, gun, 16 - kick, 0, (Vector2){26, 6}, ColorLerp(PAPER, CORAL, heat));
    if (kick > 0) dot(from(at, gun, 32, 0), 3 + kick, Fade(SUN, kick / 5));
    dot(at, 9, dark);
    dot(at, 7, ink);
}

// What it has left, beside it where it does not hide a gun's way to the wall.
static void draw_energy(const State *s, const View *v, int a) {
    const State *b = v->before->ticks >= s->ticks ? s : v->before;
    float x = mix(b->x[a], s->x[a], v->t) - 20, y = mix(b->y[a], s->y[a], v->t);
    float left = clampf(mix(b->energy[a], s->energy[a], v->t) / 100, 0, 1);
    y += y < 60 ? 30 : -36;
    x = clampf(x, 4, W - 44);
    Color ink = left > 0.5f ? MINT : left > 0.25f ? SUN : CORAL;
    DrawRectangleRounded((Rectangle){x - 1, y - 1, 42, 7}, 1, 4, SURFACE);
    DrawRectangleRounded((Rectangle){x, y, 40 * left, 5}, 1, 4, ink);
    for (int i = 0; count(s) > 2 && i <= a; i++)
        dot((Vector2){x + 2 + 6 * (float)i, y - 6}, 2, PAPER);
}

static void draw(const State *s, const View *v) {
    ClearBackground(INK);
    for (int x = 50; x < W; x += 50) DrawRectangle(x, 0, 1, H, ColorLerp(INK, LINE, 0.45f));
    for (int y = 50; y < H; y += 50) DrawRectangle(0, y, W, 1, ColorLerp(INK, LINE, 0.45f));
    DrawRectangleLinesEx((Rectangle){0, 0, W, H}, 3, LINE);
    for (int a = 0; a < count(s); a++) { // what is left of those who fell
        if (!whole(s, a)) dot((Vector2){s->x[a], s->y[a]}, 16, SURFACE);
    }
    for (int i = 0; i < s->flying; i++) {
        const Bullet *b = &s->bullets[i];
        float back = 1 - v->t, size = 3 + 1.3f * b->power;
        Vector2 at = {b->x - back * b->vx, b->y - back * b->vy};
        Vector2 tail = {at.x - b->vx, at.y - b->vy};
        DrawLineEx(tail, at, size, Fade(SUN, 0.3f));
        dot(at, size, SUN);
    }
    for (int a = 0; a < count(s); a++) {
        if (whole(s, a)) draw_tank(s, v, a);
    }
    for (int i = 0; i < SPARKS; i++) {
        float age = since(s, v, s->sparks[i].tick) / 10;
        Vector2 at = {s->sparks[i].x, s->sparks[i].y};
        if (age < 1) burst(at, age, 10 + 5 * s->sparks[i].power, 6);
    }
    for (int a = 0; a < count(s); a++) {
        float age = since(s, v, s->fell[a]) / AFTER;
        if (age < 1) burst((Vector2){s->x[a], s->y[a]}, age, 70, 16);
        if (whole(s, a)) draw_energy(s, v, a);
    }
}
#endif
#include "../env_exports.h"
