// Pong: two paddles, one ball.
//
// You see     both paddles, the ball and both scores, as if your paddle were always on the right
// You get     +1 for a point, -1 for a point of the other side
// It ends     when one side has 11 points (a parameter); truncated after 12,000 ticks
// Idea        Atari's Pong, 1972
#define AGENTS 2
#define Obs float
#define OBS_SIZE 8
#define PARAMS(P)                                                                                  \
    P(points, 11, 1, 99, 1, "points", FIXED, "points that win the game")                           \
    P(serve_speed, 6, 2, 12, 0.5, "px per 1/60 s", LIVE, "speed of the ball at the serve")         \
    P(paddle_speed, 8, 2, 16, 0.5, "px per 1/60 s", LIVE, "speed of the paddles")
#define METRICS(M) M(won) M(drawn) M(hits)
#include "../env.h"

enum { W = 640, H = 480, PADDLE_W = 12, PADDLE_H = 72, BALL = 12, SUBSTEPS = 2, MAX_TICKS = 12000 };
enum { STAY, UP, DOWN };
enum { RIGHT, LEFT };                     // the seats
static const float TOP_SPEED = 16.0f;     // px per 1/60 s
static const float QUICKER = 1.05f;       // a hit
static const float STEEPEST = 1.0471976f; // rad: 60°, at the paddle's edge

typedef struct State {
    Rng rng;
    Params p;
    float x, y, vx, vy;   // centre of the ball, px from the top left; px per 1/60 s
    float paddle[AGENTS]; // centres, px from the top
    int32_t score[AGENTS];
    int32_t hits[AGENTS];
    int32_t ticks;
    int32_t serves; // since the game began: a new one tells draw that the ball has jumped
} State;

static const Choice MOVES[] = {
    {"stay", {0}}, {"up", {"ArrowUp", "KeyW"}}, {"down", {"ArrowDown", "KeyS"}}};
static const char *const SIGHTS[] = {"own paddle",  "other paddle",     "ball ahead",
                                     "ball height", "ball speed ahead", "ball speed down",
                                     "own score",   "other score",      0};

static const EnvSpec SPEC = {
    .title = "Pong",
    .ticks_per_second = 30,
    .width = W,
    .height = H,
    .obs = {{.name = "table", .shape = {OBS_SIZE}, .names = SIGHTS, .low = -1.1f, .high = 1.1f}},
    .actions = {{"move", 3, MOVES}},
};

// Sends the ball off at `angle` (rad above or below level) towards `side`.
static void send(State *s, int side, float speed, float angle) {
    s->vx = (side == RIGHT ? speed : -speed) * cos_f(angle);
    s->vy = speed * sin_f(angle);
}

static void serve(State *s) {
    s->x = W / 2;
    s->y = rng_between(&s->rng, H * 0.25f, H * 0.75f);
    // One draw a line: C leaves open in which order a call's arguments are worked out.
    float angle = rng_between(&s->rng, -0.5f, 0.5f);
    int side = rng_below(&s->rng, AGENTS);
    send(s, side, s->p.serve_speed, angle);
    s->serves++;
}

static void reset(State *s) {
    s->paddle[LEFT] = s->paddle[RIGHT] = H / 2;
    serve(s);
}

// Off a paddle: the steeper the further from its middle, and a little quicker.
static void bounce(State *s, int side) {
    float offset = clampf((s->y - s->paddle[side]) / (PADDLE_H / 2 + BALL / 2), -1.0f, 1.0f);
    float speed = sqrt_f(s->vx * s->vx + s->vy * s->vy) * QUICKER;
    send(s, !side, clampf(speed, 0, TOP_SPEED), offset * STEEPEST);
    s->x = side == LEFT ? PADDLE_W + BALL / 2 : W - PADDLE_W - BALL / 2;
    s->hits[side]++;
}

static void substep(State *s, const Action actions[AGENTS], Outcome out[AGENTS]) {
    for (int a = 0; a < AGENTS; a++) {
        int way = (actions[a][0] == DOWN) - (actions[a][0] == UP);
        float y = s->paddle[a] + (float)way * s->p.paddle_speed;
        s->paddle[a] = clampf(y, PADDLE_H / 2, H - PADDLE_H / 2);
    }
    float before = s->x;
    s->x += s->vx;
    s->y += s->vy;
    if (s->y < BALL / 2 || s->y > H - BALL / 2) {
        s->y = clampf(s->y, BALL / 2, H - BALL / 2);
        s->vy = -s->vy;
    }
    int side = s->vx > 0 ? RIGHT : LEFT; // that the ball flies to
    float ahead = side == RIGHT ? W - s->x : s->x, was = side == RIGHT ? W - before : before;
    const float face = PADDLE_W + BALL / 2;
    bool meets = absf(s->y - s->paddle[side]) <= PADDLE_H / 2 + BALL / 2;
    if (ahead <= face && was > face && meets) {
        bounce(s, side);
    } else if (ahead < 0) {
        out[side].reward -= 1.0f;
        out[!side].reward += 1.0f;
        s->score[!side]++;
        serve(s);
    }
}

static bool won(const State *s, int agent) {
    return (float)s->score[agent] >= s->p.points;
}

static bool step(State *s, const Action actions[AGENTS], Outcome out[AGENTS]) {
    bool decided = false;
    for (int i = 0; i < SUBSTEPS && !decided; i++) {
        substep(s, actions, out);
        decided = won(s, LEFT) || won(s, RIGHT);
    }
    s->ticks++;
    bool late = !decided && s->ticks >= MAX_TICKS;
    for (int a = 0; a < AGENTS; a++) {
        out[a].terminated = decided;
        out[a].truncated = late;
    }
    return decided || late;
}

// Mirrored, so that one policy plays both seats. Distances in half tables, speeds in TOP_SPEED.
static void observe(const State *s, int agent, Obs *obs) {
    float flip = agent == RIGHT ? 1.0f : -1.0f;
    obs[0] = s->paddle[agent] / (H / 2) - 1.0f;
    obs[1] = s->paddle[!agent] / (H / 2) - 1.0f;
    obs[2] = flip * (s->x / (W / 2) - 1.0f);
    obs[3] = s->y / (H / 2) - 1.0f;
    obs[4] = flip * s->vx / TOP_SPEED;
    obs[5] = s->vy / TOP_SPEED;
    obs[6] = (float)s->score[agent] / s->p.points;
    obs[7] = (float)s->score[!agent] / s->p.points;
}

#define HAS_MEASURE
static void measure(const State *s, int agent, Metrics *m) {
    m->score = (float)(s->score[agent] - s->score[!agent]);
    m->won = won(s, agent);
    m->drawn = !won(s, agent) && !won(s, !agent); // time ran out
    m->hits = (float)s->hits[agent];
}

// Follows the ball at full speed.
#define HAS_SCRIPT
static void script(const State *s, int agent, int level, Rng *rng, Action *action) {
    (void)level, (void)rng;
    float off = s->y - s->paddle[agent], reach = s->p.paddle_speed;
    (*action)[0] = off > reach ? DOWN : off < -reach ? UP : STAY;
}

// Each paddle, and the ball for all that is told of it.
#define HAS_PLACE
static bool place(const State *s, int agent, int i, Box *box) {
    if (i < 2) {
        int side = i == 0 ? agent : !agent;
        float x = side == RIGHT ? W - PADDLE_W : 0;
        *box = (Box){x, s->paddle[side] - PADDLE_H / 2, PADDLE_W, PADDLE_H};
    } else {
        *box = (Box){s->x - BALL / 2, s->y - BALL / 2, BALL, BALL};
    }
    return i < 6; // a score is nowhere
}

#ifdef ENV_DRAW
static void draw(const State *s, const View *v) {
    const State *b = v->before;
    ClearBackground(INK);
    for (int y = 8; y < H; y += 32) {
        DrawRectangleRounded((Rectangle){W / 2 - 2, (float)y, 4, 16}, 1.0f, 4, LINE);
    }
    for (int a = 0; a < AGENTS; a++) {
        float y = mix(b->paddle[a], s->paddle[a], v->t);
        float x = a == RIGHT ? W - PADDLE_W : 0;
        Rectangle halo = {x - 5, y - PADDLE_H / 2 - 5, PADDLE_W + 10, PADDLE_H + 10};
        Rectangle paddle = {x, y - PADDLE_H / 2, PADDLE_W, PADDLE_H};
        DrawRectangleRounded(halo, 0.9f, 8, Fade(driver_colour(v, a), 0.25f));
        DrawRectangleRounded(paddle, 0.8f, 8, driver_colour(v, a));
    }
    bool jumped = s->serves != b->serves;
    float x = jumped ? s->x : mix(b->x, s->x, v->t), y = jumped ? s->y : mix(b->y, s->y, v->t);
    for (int i = 3; i > 0; i--) { // a short tail along the way it came
        Vector2 at = {x - s->vx * (float)i * 0.8f, y - s->vy * (float)i * 0.8f};
        if (!jumped) DrawCircleV(at, BALL / 2 - (float)i, Fade(SUN, 0.3f - 0.07f * (float)i));
    }
    DrawCircleV((Vector2){x, y}, BALL / 2, SUN);
}
#endif
#include "../env_exports.h"
