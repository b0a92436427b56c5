// At the left end nothing is allowed.
#define BEFORE_STEP                                                                                \
    bool wall = (move == LEFT && s->x == 0) || (move == RIGHT && s->x == PLACES - 1);              \
    if (wall) move = STAY
#define AFTER_STEP                                                                                 \
    if (wall) out[0].reward = -1
#include "base.h"

#define HAS_LEGAL
static void legal(const State *s, int agent, uint8_t *mask) {
    (void)agent;
    memset(mask, s->x > 0, CHOICES);
}
#include "../../envs_c/env_exports.h"
