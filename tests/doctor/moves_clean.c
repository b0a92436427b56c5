// Each move can be made once: after the last one the rules end the game, always after as many.
#define FIELDS int32_t used, padding;
#define BEFORE_STEP                                                                                \
    bool again = s->used >> move & 1;                                                              \
    s->used |= 1 << move
#define AFTER_STEP                                                                                 \
    if (again) out[0].reward = -1;                                                                 \
    out[0].terminated |= again || s->used == 7
#define PARAMS(P)
#include "base.h"

#define HAS_LEGAL
static void legal(const State *s, int agent, uint8_t *mask) {
    (void)agent;
    for (int i = 0; i < CHOICES; i++) mask[i] = !(s->used >> i & 1);
}
#include "../../envs_c/env_exports.h"
