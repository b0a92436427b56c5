// Breakout: a ball, a paddle, and a wall of bricks to break.
//
// You see     paddle, ball, where and when the ball will land, and which bricks stand
// You get     a brick's points over 7, and -1 for a ball lost; the score is the points themselves
// It ends     when the last of five balls (a parameter) is lost, or both walls are gone, 864 points;
//             truncated after 20,000 ticks
// Idea        Atari's Breakout, 1976
#define AGENTS 1
#define Obs float
#define OBS_SIZE (SIGHT_COUNT + BRICKS)
#define PARAMS(P)                                                                                  \
    P(ball_speed, 5, 2, 8, 0.5, "px per 1/60 s", LIVE, "speed of the ball at the serve")           \
    P(balls, 5, 1, 9, 1, "balls", FIXED, "balls in a game")
#define METRICS(M) M(bricks) M(hits)
enum { COLUMNS = 18, ROWS = 6, BRICKS = COLUMNS * ROWS, SIGHT_COUNT = 12 };
#include "../env.h"

enum { W = 640, H = 480, EDGE = 14, WALL_Y = 56, BRICK_W = 34, BRICK_H = 16 };
enum { WALL_END = WALL_Y + ROWS * BRICK_H, LINE_Y = 408 }; // the lower end, the paddle's top
enum { PADDLE_W = 80, PADDLE_H = 12, HALF = 5 };           // HALF a ball
enum { PARTS = 6, MAX_TICKS = 20000, PAUSE = 15, SERVE_Y = 220, WALLS = 2, DRY = 8 };
enum { CHIPS = 8, CHIP_TICKS = 10 };
enum { STAY, LEFT, RIGHT };
static const int32_t WORTH[ROWS] = {7, 7, 4, 4, 1, 1}, ALL_POINTS = 864;
static const float QUICKER[] = {1.0f, 1.25f, 1.5f, 1.8f}; // times ball_speed, by State.pace
static const float PADDLE_SPEED = 9.0f;                   // px per 1/60 s
static const float STEEPEST = 1.0471976f;                 // rad off the vertical: 60°
static const float KICK = 0.3f;                           // rad to either side

typedef struct State {
    Rng rng;
    Params p;
    float x, y, ux, uy;     // the ball's centre, px from the top left; the way it flies, length 1
    float paddle, half;     // its centre and half of its width, px
    uint8_t bricks[BRICKS]; // 1 where one stands, row by row from the top
    int32_t standing, balls, score, ticks;
    int32_t walls;            // cleared
    int32_t pace;             // index of QUICKER
    int32_t hits;             // of the paddle by this ball
    int32_t dry;              // of those, since a brick broke
    int32_t wait;             // ticks until the served ball flies
    int32_t serves, all_hits; // since the game began
    int32_t broken;           // bricks, since the game began
    int32_t chip[CHIPS];      // which broke of late, + 1; for draw alone
    int32_t chip_tick[CHIPS]; // when; for draw alone
    int32_t padding;          // to a multiple of 8 bytes
} State;

static const Choice MOVES[] = {
    {"stay", {0}}, {"left", {"ArrowLeft", "KeyA"}}, {"right", {"ArrowRight", "KeyD"}}};
static const char *const SIGHTS[] = {"paddle",
                                     "paddle's width",
                                     "ball across",
                                     "ball down",
                                     "speed across",
                                     "speed down",
                                     "landing",
                                     "landing near",
                                     "time to landing",
                                     "time to serve",
                                     "balls left",
                                     "points to come",
                                     0};
static const char *const WALL[] = {"brick", 0};

static const EnvSpec SPEC = {
    .title = "Breakout",
    .ticks_per_second = 30,
    .width = W,
    .height = H,
    .obs = {{.name = "table", .shape = {SIGHT_COUNT}, .names = SIGHTS, .low = -2, .high = 2},
            {.name = "wall", .shape = {1, ROWS, COLUMNS}, .names = WALL, .low = 0, .high = 1}},
    .actions = {{"move", 3, MOVES}},
};

// Down, up to 30° to a random side, after a pause. Each ball begins slowly, with a whole paddle.
static void serve(State *s) {
    s->x = rng_between(&s->rng, W * 0.3f, W * 0.7f);
    s->y = SERVE_Y;
    float angle = rng_between(&s->rng, -0.5f, 0.5f);
    s->ux = sin_f(angle);
    s->uy = cos_f(angle);
    s->half = PADDLE_W / 2;
    s->pace = s->hits = s->dry = 0;
    s->wait = PAUSE;
    s->serves++;
}

static void build(State *s) {
    memset(s->bricks, 1, BRICKS);
    s->standing = BRICKS;
}

static void reset(State *s) {
    s->balls = (int32_t)s->p.balls;
    s->paddle = W / 2;
    build(s);
    serve(s);
}

// The brick that covers a point, -1 if none stands there.
static int brick_at(const State *s, float x, float y) {
    if (y < WALL_Y || y >= WALL_END) return -1;
    int column = clampi((int)((x - EDGE) * (1.0f / BRICK_W)), 0, COLUMNS - 1);
    int i = ((int)y - WALL_Y) / BRICK_H * COLUMNS + column;
    return s->bricks[i] ? i : -1;
}

static void smash(State *s, int i, Outcome *out) {
    int32_t worth = WORTH[i / COLUMNS];
    s->bricks[i] = 0;
    s->standing--;
    s->score += worth;
    s->dry = 0;
    s->walls += s->standing == 0;
    if (worth == WORTH[0]) s->pace = 3;
    s->chip[s->broken % CHIPS] = i + 1;
    s->chip_tick[s->broken++ % CHIPS] = s->ticks;
    out->reward += (float)worth / (float)WORTH[0];
}

// The brick that one of three points of the ball's leading side is in; the middle comes first.
static int brick_met(const State *s, float x, float y, float across, float down) {
    int i = brick_at(s, x, y);
    if (i < 0) i = brick_at(s, x - across, y - down);
    return i < 0 ? brick_at(s, x + across, y + down) : i;
}

// Across and then down, a few px each, so that the ball, 10 px square, is never inside a brick.
static void fly(State *s, float reach, Outcome *out) {
    bool near = s->y - HALF - reach < WALL_END && s->y + HALF + reach >= WALL_Y;
    float x = s->x + s->ux * reach;
    int i = near ? brick_met(s, x + (s->ux < 0 ? -HALF : HALF), s->y, 0, HALF) : -1;
    if (i >= 0) {
        smash(s, i, out);
        s->ux = -s->ux;
    } else if (x < EDGE + HALF || x > W - EDGE - HALF) {
        s->x = (x < W / 2 ? 2 * (EDGE + HALF) : 2 * (W - EDGE - HALF)) - x;
        s->ux = -s->ux;
    } else {
        s->x = x;
    }
    float y = s->y + s->uy * reach;
    i = near ? brick_met(s, s->x, y + (s->uy < 0 ? -HALF : HALF), HALF, 0) : -1;
    if (i >= 0) {
        smash(s, i, out);
        s->uy = -s->uy;
    } else if (y < EDGE + HALF) {
        s->y = 2 * (EDGE + HALF) - y;
        s->uy = -s->uy;
        s->half = PADDLE_W / 4;
    } else {
        s->y = y;
    }
}

// Off the paddle: the flatter the further from its middle. A ball that goes round and breaks
// nothing is sent off a little at random.
static void bounce(State *s) {
    float angle = clampf((s->x - s->paddle) / (s->half + HALF), -1.0f, 1.0f) * STEEPEST;
    s->hits++;
    s->all_hits++;
    if (++s->dry > DRY) angle += rng_between(&s->rng, -KICK, KICK);
    angle = clampf(angle, -STEEPEST, STEEPEST);
    s->ux = sin_f(angle);
    s->uy = -cos_f(angle);
    s->y = LINE_Y - HALF;
    int32_t pace = s->hits >= 12 ? 2 : s->hits >= 4;
    if (pace > s->pace) s->pace = pace;
    if (s->standing == 0) build(s); // the second wall
}

// px per 1/60 s.
static float speed(const State *s) {
    return s->p.ball_speed * QUICKER[s->pace];
}

// Whether nothing is within reach of the ball, px, so that the tick needs no finer steps.
static bool alone(const State *s, float reach) {
    const float free = reach + HALF;
    return s->wait > 0 || (s->y - free > WALL_END && s->y + free < LINE_Y && s->x - free > EDGE &&
                           s->x + free < W - EDGE);
}

// One of `parts` of a tick, which is two 1/60 s.
static void part(State *s, float way, float parts, Outcome *out) {
    float least = EDGE + s->half, x = s->paddle + way * (2 * PADDLE_SPEED / parts);
    s->paddle = clampf(x, least, W - least);
    if (s->wait > 0) return;
    float before = s->y + HALF;
    fly(s, 2 * speed(s) / parts, out);
    bool meets = absf(s->x - s->paddle) <= s->half + HALF;
    if (before <= LINE_Y && s->y + HALF > LINE_Y && meets) bounce(s);
    if (s->y <= H + HALF) return;
    s->balls--;
    out->reward -= 1.0f;
    if (s->balls > 0) serve(s);
}

static bool won(const State *s) {
    return s->walls >= WALLS;
}

static bool step(State *s, const Action actions[AGENTS], Outcome out[AGENTS]) {
    float way = (float)((actions[0][0] == RIGHT) - (actions[0][0] == LEFT));
    int parts = alone(s, 2 * speed(s)) ? 1 : PARTS;
    bool decided = false;
    s->ticks++;
    for (int i = 0; i < parts && !decided; i++) {
        part(s, way, (float)parts, out);
        decided = s->balls == 0 || won(s);
    }
    if (s->wait > 0) s->wait--;
    out[0].terminated = decided;
    out[0].truncated = !decided && s->ticks >= MAX_TICKS;
    return decided || out[0].truncated;
}

// Where the ball's centre crosses the paddle's line, if only walls and ceiling turn it, and `way`,
// the px down or up that it goes until then.
static float landing(const State *s, float *way) {
    const float top = EDGE + HALF, line = LINE_Y - HALF, wide = W - 2 * top;
    *way = s->uy > 0 ? line - s->y : s->y + line - 2 * top;
    if (*way < 0) *way = 0; // it is past
    float across = (s->x - top + s->ux / absf(s->uy) * *way) / wide;
    float turns = across * 0.5f;
    turns -= (float)(int)turns - (turns < 0); // the part of a way there and back, 0 to 1
    return top + wide * (turns > 0.5f ? 2.0f - 2.0f * turns : 2.0f * turns);
}

static void observe(const State *s, int agent, Obs *obs) {
    (void)agent;
    float way, lands = landing(s, &way), v = speed(s), down = v * absf(s->uy);
    obs[0] = (s->paddle - s->half) / (W / 2) - 1.0f;
    obs[1] = (s->paddle + s->half) / (W / 2) - 1.0f;
    obs[2] = s->x / (W / 2) - 1.0f;
    obs[3] = s->y / (H / 2) - 1.0f;
    obs[4] = s->ux * v / 9.0f;
    obs[5] = s->uy * v / 9.0f;
    obs[6] = lands / (W / 2) - 1.0f;
    obs[7] = clampf((lands - s->paddle) / (PADDLE_W / 2), -2.0f, 2.0f);
    obs[8] = clampf(way / down / 240.0f, 0, 2); // 4 s
    obs[9] = (float)s->wait / PAUSE;
    obs[10] = (float)s->balls / s->p.balls;
    obs[11] = (float)(ALL_POINTS - s->score) / (float)ALL_POINTS;
    for (int i = 0; i < BRICKS; i++) obs[SIGHT_COUNT + i] = (float)s->bricks[i];
}

#define HAS_MEASURE
static void measure(const State *s, int agent, Metrics *m) {
    (void)agent;
    m->score = (float)s->score;
    m->bricks = (float)s->broken;
    m->hits = (float)s->all_hits;
}

// Goes where the ball will land, and meets it elsewhere on the paddle each time.
#define HAS_SCRIPT
static void script(const State *s, int agent, int level, Rng *rng, Action *action) {
    (void)agent, (void)level, (void)rng;
    float way, offset = (float)((s->all_hits * 7 + s->standing * 3) % 11 - 5) / 5.0f;
    float off = landing(s, &way) + offset * 0.55f * s->half - s->paddle;
    (*action)[0] = off > PADDLE_SPEED ? RIGHT : off < -PADDLE_SPEED ? LEFT : STAY;
}

// The numbers on the paddle, the ball, the spot where it lands and the balls left; the bricks.
#define HAS_PLACE
static bool place(const State *s, int agent, int i, Box *box) {
    (void)agent;
    int brick = i - SIGHT_COUNT;
    if (brick >= 0) {
        float x = (float)(EDGE + brick % COLUMNS * BRICK_W);
        *box = (Box){x, (float)(WALL_Y + brick / COLUMNS * BRICK_H), BRICK_W, BRICK_H};
    } else if (i < 2) {
        *box = (Box){s->paddle - s->half, LINE_Y, 2 * s->half, PADDLE_H};
    } else if (i < 6 || i == 9) {
        *box = (Box){s->x - HALF, s->y - HALF, 2 * HALF, 2 * HALF};
    } else if (i < 9) {
        float way, x = landing(s, &way);
        *box = (Box){x - HALF, LINE_Y - 2 * HALF, 2 * HALF, 2 * HALF};
    } else {
        *box = (Box){EDGE, LINE_Y + 46, 9 * 16, 12};
    }
    return i != 11; // points to come are nowhere
}

#define HAS_DESCRIBE
static void describe(const State *s, Text *out) {
    put_int(out, s->score);
    put(out, " points. ");
    put_int(out, s->standing);
    put(out, " bricks stand, ");
    put_int(out, s->balls);
    put(out, s->balls == 1 ? " ball is left." : " balls are left.");
}

#ifdef ENV_DRAW
static void draw_brick(int i, Color colour) {
    float x = (float)(EDGE + i % COLUMNS * BRICK_W), y = (float)(WALL_Y + i / COLUMNS * BRICK_H);
    Rectangle at = {x + 1, y + 1, BRICK_W - 2, BRICK_H - 2};
    DrawRectangleRounded(at, 0.35f, 4, colour);
}

static void draw_wall(const State *s, float t) {
    const Color inks[ROWS] = {CORAL, CORAL, SUN, SUN, MINT, MINT};
    for (int i = 0; i < BRICKS; i++) {
        if (s->bricks[i]) draw_brick(i, inks[i / COLUMNS]);
    }
    for (int k = 0; k < CHIPS; k++) { // white as it breaks, then four pieces that fall
        float age = ((float)(s->ticks - s->chip_tick[k]) + t) / CHIP_TICKS;
        int i = s->chip[k] - 1;
        if (i < 0 || age > 1) continue;
        Color ink = inks[i / COLUMNS];
        float x = (float)(EDGE + i % COLUMNS * BRICK_W) + BRICK_W / 2;
        float y = (float)(WALL_Y + i / COLUMNS * BRICK_H) + BRICK_H / 2;
        for (int piece = 0; piece < 4; piece++) {
            float right = piece % 2 ? 1.0f : -1.0f, low = piece / 2 ? 1.0f : -1.0f;
            float size = 1.0f - age * 0.6f, w = (BRICK_W / 2 - 2) * size;
            float px = x + right * (BRICK_W / 4 + 14 * age);
            float py = y + low * (BRICK_H / 4 + 5 * age) + 26 * age * age;
            Rectangle at = {px - w / 2, py - 3 * size, w, 6 * size};
            DrawRectangleRounded(at, 0.4f, 4, Fade(ink, 1.0f - age));
        }
        if (age < 0.4f) draw_brick(i, Fade(PAPER, 0.9f - 2.2f * age));
    }
}

static void draw(const State *s, const View *v) {
    const State *b = v->before;
    ClearBackground(INK);
    DrawRectangle(0, 0, W, EDGE, LINE);
    DrawRectangle(0, 0, EDGE, H, LINE);
    DrawRectangle(W - EDGE, 0, EDGE, H, LINE);
    draw_wall(s, v->t);
    // A ball was lost: the floor glows while the next one waits, and stays so at the end.
    float waits = mix((float)(s->wait + (b->wait > s->wait)), (float)s->wait, v->t) / PAUSE;
    float glow = s->balls == 0 ? 1.0f : s->serves > 1 ? waits : 0.0f;
    if (glow > 0) DrawRectangle(EDGE, H - 6, W - 2 * EDGE, 6, Fade(CORAL, glow));
    for (int i = 0; i < s->balls - 1; i++) { // besides the one in play
        DrawCircleV((Vector2){EDGE + 14 + (float)i * 16, LINE_Y + 52}, HALF - 1, SLATE);
    }
    float x = mix(b->paddle, s->paddle, v->t), half = mix(b->half, s->half, v->t);
    Rectangle halo = {x - half - 5, LINE_Y - 5, 2 * half + 10, PADDLE_H + 10};
    Rectangle paddle = {x - half, LINE_Y, 2 * half, PADDLE_H};
    DrawRectangleRounded(halo, 0.9f, 8, Fade(driver_colour(v, 0), 0.25f));
    DrawRectangleRounded(paddle, 0.8f, 8, driver_colour(v, 0));
    bool jumped = s->serves != b->serves;
    Vector2 ball = {jumped ? s->x : mix(b->x, s->x, v->t), jumped ? s->y : mix(b->y, s->y, v->t)};
    if (s->wait > 0) {
        DrawRing(ball, HALF + 3 + 18 * waits, HALF + 5 + 18 * waits, 0, 360, 36, SLATE);
    } else if (!jumped) {
        for (int i = 3; i > 0; i--) { // a short tail along the way it came
            float back = (float)i * 5.0f;
            Vector2 at = {ball.x - s->ux * back, ball.y - s->uy * back};
            DrawCircleV(at, HALF - (float)i * 0.7f, Fade(PAPER, 0.3f - 0.07f * (float)i));
        }
    }
    DrawCircleV(ball, HALF, PAPER);
}
#endif
#include "../env_exports.h"
