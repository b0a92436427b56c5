// Triple triad: lay cards on nine cells and turn over those of the other side.
//
// You see     the board, both hands, all open, which of your cards you have lifted, and for each card
//             and cell what it would take and where it would be weak
// You get     +1 for a win, -1 for a loss, 0 for a draw, at the end: most cards, with the one left
// It ends     when the nine cells are full; lifting or laying what cannot be loses
// Idea        Square's Final Fantasy VIII, 1999
#define AGENTS 2
#define Obs float
#define OBS_SIZE (5 * CELLS + CARDS * 6 + CARDS * 5 + 3 * CARDS * CELLS)
#define PARAMS(P)
#define METRICS(M) M(won) M(drawn) M(cards)
#include "../env.h"

enum { SIDE = 3, CELLS = SIDE * SIDE, CARDS = 5 };
enum { TOP, RIGHT, BOTTOM, LEFT, EDGES };
enum { SUM = 22, TEN = 10 }; // of a card's edges; an edge is 1 to 10
enum { NOBODY = 2, NONE = -1 };
enum { W = 640, H = 736, CARD_W = 112, CARD_H = 120, GAP = 12, HAND_X = 16, HAND_Y = 18 };
enum { CELL_W = CARD_W + 8, CELL_H = CARD_H + 8 };
enum { BOARD_X = (W - SIDE * CELL_W) / 2, BOARD_Y = (H - SIDE * CELL_H) / 2 };

typedef struct State {
    Rng rng;
    Params p;
    int32_t turn;   // the seat to move
    int32_t lifted; // which of its cards the seat to move must now lay, NONE before it has one
    uint8_t edges[AGENTS][CARDS][EDGES]; // of the cards dealt to each seat
    uint8_t held[AGENTS][CARDS];         // 1 for those still in hand
    int8_t card[CELLS];                  // CARDS * the seat it was dealt to + its number, or NONE
    int8_t owner[CELLS];                 // a seat, or NOBODY where there is no card
    int32_t laid;                        // cards on the board
    int32_t last;                        // the cell that was laid last, NONE before
    int32_t winner;                      // a seat, or NOBODY
    int32_t over;
} State;

static const Choice CHOICES[] = {{"card 1", {"Digit1"}}, {"card 2", {"Digit2"}},
                                 {"card 3", {"Digit3"}}, {"card 4", {"Digit4"}},
                                 {"card 5", {"Digit5"}}, {"top left", {"KeyQ"}},
                                 {"top", {"KeyW"}},      {"top right", {"KeyE"}},
                                 {"left", {"KeyA"}},     {"middle", {"KeyS"}},
                                 {"right", {"KeyD"}},    {"bottom left", {"KeyZ"}},
                                 {"bottom", {"KeyX"}},   {"bottom right", {"KeyC"}}};
static const char *const CELL_SEEN[] = {"side", "top", "right", "bottom", "left", 0};
static const char *const OWN_SEEN[] = {"held", "top", "right", "bottom", "left", "lifted", 0};
static const char *const OTHER_SEEN[] = {"held", "top", "right", "bottom", "left", 0};
static const char *const OUTLOOK[] = {
    "1 takes",       "2 takes",       "3 takes",       "4 takes", "5 takes",       "1 weak",
    "2 weak",        "3 weak",        "4 weak",        "5 weak",  "other 1 takes", "other 2 takes",
    "other 3 takes", "other 4 takes", "other 5 takes", 0};

static const EnvSpec SPEC = {
    .title = "Triple triad",
    .ticks_per_second = 2,
    .width = W,
    .height = H,
    .turn_based = true,
    .obs = {{.name = "board",
             .shape = {5, SIDE, SIDE},
             .names = CELL_SEEN,
             .low = -1.0f,
             .high = 1.0f},
            {.name = "own hand", .shape = {CARDS, 6}, .names = OWN_SEEN, .high = 1.0f},
            {.name = "other hand", .shape = {CARDS, 5}, .names = OTHER_SEEN, .high = 1.0f},
            {.name = "outlook", .shape = {3 * CARDS, SIDE, SIDE}, .names = OUTLOOK, .high = 1.0f}},
    .actions = {{"card", CARDS + CELLS, CHOICES}},
};

// A card whose edges add up to SUM; every such card is as likely.
static void deal(Rng *rng, uint8_t edges[EDGES]) {
    int rest;
    do {
        rest = SUM;
        for (int e = 0; e < EDGES - 1; e++) {
            edges[e] = (uint8_t)(1 + rng_below(rng, TEN));
            rest -= edges[e];
        }
    } while (rest < 1 || rest > TEN);
    edges[EDGES - 1] = (uint8_t)rest;
}

// Hands of equal strength: all cards' edges add up to the same, and where a card is strong it is
// weak elsewhere.
static void reset(State *s) {
    for (int seat = 0; seat < AGENTS; seat++) {
        for (int card = 0; card < CARDS; card++) deal(&s->rng, s->edges[seat][card]);
    }
    memset(s->held, 1, sizeof s->held);
    memset(s->card, NONE, sizeof s->card);
    memset(s->owner, NOBODY, sizeof s->owner);
    s->lifted = s->last = NONE;
    s->winner = NOBODY;
}

// The cells beside each cell by way, NONE beyond the edge of the board.
static const int8_t NEAR[CELLS][EDGES] = {{NONE, 1, 3, NONE}, {NONE, 2, 4, 0}, {NONE, NONE, 5, 1},
                                          {0, 4, 6, NONE},    {1, 5, 7, 3},    {2, NONE, 8, 4},
                                          {3, 7, NONE, NONE}, {4, 8, NONE, 6}, {5, NONE, NONE, 7}};

// The edges of the card on a cell that has one.
static const uint8_t *edges_at(const State *s, int cell) {
    return s->edges[s->card[cell] / CARDS][s->card[cell] % CARDS];
}

// By way, the edge that a seat's card on an empty cell must exceed to turn over the card beside it;
// TEN, which none exceeds, where there is none of the other side.
static void defences(const State *s, int seat, int cell, uint8_t edges[EDGES]) {
    for (int way = 0; way < EDGES; way++) {
        int near = NEAR[cell][way];
        bool other = near != NONE && s->owner[near] == !seat;
        edges[way] = other ? edges_at(s, near)[(way + 2) % EDGES] : TEN;
    }
}

// By way, the greatest edge that the other side can lay next beside a seat's card on an empty cell;
// 0 where it can lay none. `most` has the greatest edges in its hand.
static void threats(const State *s, int cell, const uint8_t most[EDGES], uint8_t edges[EDGES]) {
    for (int way = 0; way < EDGES; way++) {
        int near = NEAR[cell][way];
        bool empty = near != NONE && s->card[near] == NONE;
        edges[way] = empty ? most[(way + 2) % EDGES] : 0;
    }
}

// The greatest edges of the cards that a seat holds, 0 where it holds none.
static void strongest(const State *s, int seat, uint8_t most[EDGES]) {
    memset(most, 0, EDGES);
    for (int card = 0; card < CARDS; card++) {
        for (int e = 0; e < EDGES && s->held[seat][card]; e++) {
            if (s->edges[seat][card][e] > most[e]) most[e] = s->edges[seat][card][e];
        }
    }
}

// In how many ways one edge exceeds another.
static int exceeds(const uint8_t a[EDGES], const uint8_t b[EDGES]) {
    return (a[TOP] > b[TOP]) + (a[RIGHT] > b[RIGHT]) + (a[BOTTOM] > b[BOTTOM]) +
           (a[LEFT] > b[LEFT]);
}

// Puts a card of the seat to move on an empty cell. Returns how many cards turn over.
static int lay(State *s, int card, int cell) {
    uint8_t defence[EDGES];
    int turned = 0;
    defences(s, s->turn, cell, defence);
    for (int way = 0; way < EDGES; way++) {
        if (s->edges[s->turn][card][way] <= defence[way]) continue;
        s->owner[NEAR[cell][way]] = (int8_t)s->turn;
        turned++;
    }
    s->card[cell] = (int8_t)(CARDS * s->turn + card);
    s->owner[cell] = (int8_t)s->turn;
    s->held[s->turn][card] = 0;
    s->laid++;
    s->last = cell;
    s->lifted = NONE;
    s->turn = !s->turn;
    return turned;
}

// How many cards are a seat's, those in its hand too.
static int cards_of(const State *s, int seat) {
    int cards = 0;
    for (int i = 0; i < CELLS; i++) cards += s->owner[i] == seat;
    for (int i = 0; i < CARDS; i++) cards += s->held[seat][i];
    return cards;
}

static bool may(const State *s, int choice) {
    if (s->lifted == NONE) return choice < CARDS && s->held[s->turn][choice];
    return choice >= CARDS && s->card[choice - CARDS] == NONE;
}

static bool step(State *s, const Action actions[AGENTS], Outcome out[AGENTS]) {
    int mover = s->turn, choice = actions[mover][0];
    s->over = 1;
    if (!may(s, choice)) {
        s->winner = !mover;
    } else if (choice < CARDS) {
        s->lifted = choice;
        s->over = 0;
    } else {
        lay(s, s->lifted, choice - CARDS);
        s->over = s->laid == CELLS;
        int ahead = cards_of(s, 0) - cards_of(s, 1);
        if (s->over && ahead) s->winner = ahead > 0 ? 0 : 1;
    }
    for (int a = 0; a < AGENTS; a++) {
        out[a].reward = s->winner == NOBODY ? 0.0f : s->winner == a ? 1.0f : -1.0f;
        out[a].terminated = s->over;
    }
    return s->over;
}

#define HAS_ACTIVE
static bool active(const State *s, int agent) {
    return s->turn == agent;
}

#define HAS_LEGAL
static void legal(const State *s, int agent, uint8_t *mask) {
    (void)agent;
    for (int i = 0; i < CARDS + CELLS; i++) mask[i] = may(s, i);
}

static float *put_edges(float *to, const uint8_t edges[EDGES]) {
    for (int e = 0; e < EDGES; e++) *to++ = (float)edges[e] / TEN;
    return to;
}

static void observe(const State *s, int agent, Obs *obs) {
    memset(obs, 0, OBS_SIZE * sizeof *obs);
    for (int cell = 0; cell < CELLS; cell++) {
        if (s->card[cell] == NONE) continue;
        const uint8_t *edges = edges_at(s, cell);
        obs[cell] = s->owner[cell] == agent ? 1.0f : -1.0f;
        for (int e = 0; e < EDGES; e++) obs[CELLS * (1 + e) + cell] = (float)edges[e] / TEN;
    }
    obs += 5 * CELLS;
    for (int card = 0; card < CARDS; card++, obs += 6) {
        if (!s->held[agent][card]) continue;
        obs[0] = 1.0f;
        put_edges(obs + 1, s->edges[agent][card]);
        obs[5] = s->turn == agent && s->lifted == card;
    }
    for (int card = 0; card < CARDS; card++, obs += 5) {
        if (!s->held[!agent][card]) continue;
        obs[0] = 1.0f;
        put_edges(obs + 1, s->edges[!agent][card]);
    }
    uint8_t most[EDGES];
    strongest(s, !agent, most);
    bool chosen = s->turn == agent && s->lifted != NONE; // then the other cards are out of question
    for (int cell = 0; cell < CELLS; cell++, obs++) {
        if (s->card[cell] != NONE) continue;
        uint8_t defence[EDGES], threat[EDGES], other_defence[EDGES];
        defences(s, agent, cell, defence);
        threats(s, cell, most, threat);
        defences(s, !agent, cell, other_defence);
        for (int card = 0; card < CARDS; card++) {
            const uint8_t *own = s->edges[agent][card], *other = s->edges[!agent][card];
            Obs *to = obs + CELLS * card;
            if (s->held[agent][card] && (!chosen || s->lifted == card)) {
                to[0] = (float)exceeds(own, defence) / EDGES;
                to[CARDS * CELLS] = (float)exceeds(threat, own) / EDGES;
            }
            if (!s->held[!agent][card]) continue;
            to[2 * CARDS * CELLS] = (float)exceeds(other, other_defence) / EDGES;
        }
    }
}

#define HAS_MEASURE
static void measure(const State *s, int agent, Metrics *m) {
    m->won = s->winner == agent;
    m->drawn = s->winner == NOBODY;
    m->cards = (float)cards_of(s, agent);
}

// --- The scripted player: looks so many cards ahead, one of its own if not told ------------------

enum { DEEPEST = 4 };

// The most that the seat to move turns over, less what is then turned over by the other side and
// so on, within `depth` cards. `best` is drawn among the choices that do.
static int search(const State *s, int depth, Rng *rng, int *best) {
    int most = -TEN * TEN, ties = 0;
    for (int card = 0; card < CARDS; card++) {
        if (!s->held[s->turn][card] || (s->lifted != NONE && s->lifted != card)) continue;
        for (int cell = 0; cell < CELLS; cell++) {
            if (s->card[cell] != NONE) continue;
            State next = *s;
            int value = lay(&next, card, cell);
            if (depth > 1 && next.laid < CELLS) value -= search(&next, depth - 1, rng, 0);
            if (value < most) continue;
            if (value > most) ties = 0;
            most = value;
            if (best && rng_below(rng, ++ties) == 0)
                *best = s->lifted == NONE ? card : CARDS + cell;
        }
    }
    return most;
}

#define HAS_SCRIPT
static void script(const State *s, int agent, int level, Rng *rng, Action *action) {
    (void)agent;
    int best = 0;
    search(s, level > 0 ? clampi(level, 1, DEEPEST) : 1, rng, &best);
    (*action)[0] = best;
}

// --- For people ----------------------------------------------------------------------------------

// The upper left corner of a card in hand, px; the first seat's lie below.
static int hand_x(int card) {
    return HAND_X + card * (CARD_W + GAP);
}

static int hand_y(int seat) {
    return seat ? HAND_Y : H - HAND_Y - CARD_H;
}

// A card of the seat to move, or a cell once one is lifted.
#define HAS_POINT
static int point(const State *s, int agent, float x, float y) {
    if (!(x >= 0 && x < W && y >= 0 && y < H) || agent != s->turn) return NONE;
    int choice = NONE;
    for (int card = 0; card < CARDS; card++) {
        float right = x - (float)hand_x(card), down = y - (float)hand_y(agent);
        if (right >= 0 && right < CARD_W && down >= 0 && down < CARD_H) choice = card;
    }
    float right = x - BOARD_X, down = y - BOARD_Y;
    if (right >= 0 && right < SIDE * CELL_W && down >= 0 && down < SIDE * CELL_H) {
        choice = CARDS + SIDE * ((int)down / CELL_H) + (int)right / CELL_W;
    }
    return choice != NONE && may(s, choice) ? choice : NONE;
}

#define HAS_PLACE
static bool place(const State *s, int agent, int i, Box *box) {
    (void)s;
    int own = i - 5 * CELLS, other = own - 6 * CARDS, cell = i % CELLS;
    if (own >= 0 && other < 5 * CARDS) {
        int seat = other < 0 ? agent : !agent, card = other < 0 ? own / 6 : other / 5;
        *box = (Box){(float)hand_x(card), (float)hand_y(seat), CARD_W, CARD_H};
        return true;
    }
    if (own >= 0) cell = (other - 5 * CARDS) % CELLS;
    *box = (Box){(float)(BOARD_X + cell % SIDE * CELL_W), (float)(BOARD_Y + cell / SIDE * CELL_H),
                 CELL_W, CELL_H};
    return true;
}

static void put_card(Text *out, const uint8_t edges[EDGES]) {
    for (int e = 0; e < EDGES; e++) {
        put(out, " ");
        put_int(out, edges[e]);
    }
}

#define HAS_DESCRIBE
static void describe(const State *s, Text *out) {
    static const char *const SIDES[] = {"Paper", "Coral"};
    if (s->last != NONE) {
        put(out, SIDES[s->card[s->last] / CARDS]);
        put(out, " laid");
        put_card(out, edges_at(s, s->last));
        put(out, s->last == CELLS / 2 ? " in the " : " at the ");
        put(out, CHOICES[CARDS + s->last].name);
        put(out, ". ");
    }
    put(out, "Paper ");
    put_int(out, cards_of(s, 0));
    put(out, ", Coral ");
    put_int(out, cards_of(s, 1));
    put(out, ". ");
    if (s->over) {
        put(out, s->winner == NOBODY ? "Drawn." : SIDES[s->winner]);
        if (s->winner != NOBODY) put(out, " wins.");
        return;
    }
    put(out, SIDES[s->turn]);
    put(out, s->lifted == NONE ? " to lift a card" : " to lay");
    if (s->lifted != NONE) put_card(out, s->edges[s->turn][s->lifted]);
    put(out, ".");
}

#ifdef ENV_DRAW
static Color side_colour(int seat) {
    return seat ? CORAL : PAPER;
}

// A digit of seven strokes in a box of half its height, round x, y.
static void draw_digit(float x, float y, float height, int digit, Color colour) {
    static const uint8_t LIT[] = {63, 6, 91, 79, 102, 109, 125, 39, 127, 111}; // bit i: stroke i
    static const int8_t STROKES[][4] = {{-1, -2, 1, -2}, {1, -2, 1, 0},  {1, 0, 1, 2},
                                        {-1, 2, 1, 2},   {-1, 0, -1, 2}, {-1, -2, -1, 0},
                                        {-1, 0, 1, 0}};
    float unit = height / 4.0f, thick = height * 0.17f;
    if (digit == 1) x -= unit; // its strokes lie to the right
    for (int i = 0; i < 7; i++) {
        if (!(LIT[digit] >> i & 1)) continue;
        const int8_t *at = STROKES[i];
        Vector2 a = {x + unit * (float)at[0], y + unit * (float)at[1]};
        Vector2 b = {x + unit * (float)at[2], y + unit * (float)at[3]};
        DrawLineEx(a, b, thick, colour);
        dot(a, thick / 2, colour);
        dot(b, thick / 2, colour);
    }
}

// A number up to 10.
static void draw_number(float x, float y, float height, int number, Color colour) {
    float right = number == TEN ? height * 0.18f : 0.0f;
    if (number == TEN) draw_digit(x - height * 0.43f, y, height, 1, colour);
    draw_digit(x + right, y, height, number % TEN, colour);
}

// A card by its middle, `open` of its width to be seen: 0 on edge, 1 flat.
static void draw_card(const View *v, Vector2 at, float open, const uint8_t edges[EDGES], int seat) {
    float wide = CARD_W * open, x = at.x - wide / 2, y = at.y - CARD_H / 2;
    DrawRectangleRounded((Rectangle){x, y, wide, CARD_H}, 0.16f, 8, driver_colour(v, seat));
    if (wide < 12) return;
    Rectangle face = {x + 5, y + 5, wide - 10, CARD_H - 10};
    DrawRectangleRounded(face, 0.13f, 8, side_colour(seat));
    if (open < 0.6f) return;
    DrawPoly(at, 4, 15.0f * open, 0.0f, Fade(INK, 0.14f));
    const float reach_x = (CARD_W / 2 - 24) * open, reach_y = CARD_H / 2 - 25;
    draw_number(at.x, at.y - reach_y, 23, edges[TOP], INK);
    draw_number(at.x + reach_x, at.y, 23, edges[RIGHT], INK);
    draw_number(at.x, at.y + reach_y, 23, edges[BOTTOM], INK);
    draw_number(at.x - reach_x, at.y, 23, edges[LEFT], INK);
}

static Vector2 middle_of(int cell) {
    return (Vector2){(float)BOARD_X + ((float)(cell % SIDE) + 0.5f) * CELL_W,
                     (float)BOARD_Y + ((float)(cell / SIDE) + 0.5f) * CELL_H};
}

// Of a card in hand, moved towards the board as far as it is lifted, 0 to 1.
static Vector2 place_in_hand(int seat, int card, float lifted) {
    float up = seat ? 10.0f : -10.0f;
    return (Vector2){(float)hand_x(card) + CARD_W / 2,
                     (float)hand_y(seat) + CARD_H / 2 + up * lifted};
}

static float is_lifted(const State *s, int seat, int card) {
    return s->turn == seat && s->lifted == card ? 1.0f : 0.0f;
}

static void draw_hands(const State *s, const View *v) {
    for (int seat = 0; seat < AGENTS; seat++) {
        for (int card = 0; card < CARDS; card++) {
            float x = (float)hand_x(card), y = (float)hand_y(seat);
            Rectangle place = {x, y, CARD_W, CARD_H};
            DrawRectangleRounded(place, 0.16f, 8, SURFACE);
            if (!s->held[seat][card]) continue;
            float lifted =
                mix(is_lifted(v->before, seat, card), is_lifted(s, seat, card), ease(v->t));
            draw_card(v, place_in_hand(seat, card, lifted), 1.0f, s->edges[seat][card], seat);
        }
    }
}

// Whose cards are how many, and in the colour of who drives, whose turn it is.
static void draw_counts(const State *s, const View *v) {
    for (int seat = 0; seat < AGENTS; seat++) {
        Vector2 at = {BOARD_X / 2, seat ? BOARD_Y + 46 : H - BOARD_Y - 46};
        draw_number(at.x, at.y, 44, cards_of(s, seat), side_colour(seat));
        Color ring = s->over ? MINT : driver_colour(v, seat);
        if (s->over ? s->winner == seat : s->turn == seat) {
            DrawRing(at, 44, 50, 0, 360, 48, ring);
        }
    }
}

static void draw_board(const State *s, const View *v) {
    bool goes_on = v->before->laid <= s->laid;
    float fly = ease(clampf(v->t * 2.0f, 0.0f, 1.0f)),
          turn = clampf(v->t * 2.0f - 1.0f, 0.0f, 1.0f);
    for (int cell = 0; cell < CELLS; cell++) {
        Vector2 at = middle_of(cell);
        Rectangle place = {at.x - CARD_W / 2, at.y - CARD_H / 2, CARD_W, CARD_H};
        bool may_lay = s->card[cell] == NONE && s->lifted != NONE && v->person[s->turn];
        DrawRectangleRounded(place, 0.16f, 8, SURFACE);
        if (may_lay) DrawCircleV(at, 8.0f, Fade(PAPER, 0.35f));
    }
    for (int cell = 0; cell < CELLS; cell++) {
        if (s->card[cell] == NONE) continue;
        int seat = s->owner[cell], then = v->before->owner[cell];
        bool fresh = goes_on && v->before->card[cell] == NONE;
        bool turned = goes_on && !fresh && then != seat;
        if (fresh) continue;
        float open = turned ? absf(1.0f - 2.0f * turn) : 1.0f;
        if (turned && turn < 0.5f) seat = then;
        draw_card(v, middle_of(cell), open, edges_at(s, cell), seat);
    }
    if (!goes_on || s->last == NONE || v->before->card[s->last] != NONE) return;
    int dealt = s->card[s->last] / CARDS, card = s->card[s->last] % CARDS;
    Vector2 from = place_in_hand(dealt, card, 1.0f), to = middle_of(s->last);
    Vector2 at = {mix(from.x, to.x, fly), mix(from.y, to.y, fly)};
    draw_card(v, at, 1.0f, edges_at(s, s->last), s->owner[s->last]);
}

static void draw(const State *s, const View *v) {
    ClearBackground(INK);
    draw_counts(s, v);
    draw_hands(s, v);
    draw_board(s, v);
}
#endif
#include "../env_exports.h"
