// Steps to the right are forbidden in the middle, but played.
#include "base.h"

#define HAS_LEGAL
static void legal(const State *s, int agent, uint8_t *mask) {
    (void)agent;
    memset(mask, 1, CHOICES);
    mask[RIGHT] = s->x != PLACES / 2;
}
#include "../../envs_c/env_exports.h"
