// A parameter that matters to nobody but the patient: chance never stays for so long.
#define PARAMS(P)                                                                                  \
    P(wind, 1, 0, 2, 1, "places", FIXED, "how far you are blown after 20 ticks of rest")
#define FIELDS int32_t rests, blown;
#define BEFORE_STEP s->rests = move == STAY ? s->rests + 1 : 0
#define AFTER_STEP                                                                                 \
    if (s->rests == 20 && s->x < PLACES - 2) s->x += (int)s->p.wind
#include "base.h"

#define HAS_SCRIPT
static void script(const State *s, int agent, int level, Rng *rng, Action *action) {
    (void)s, (void)agent, (void)level, (void)rng;
    (*action)[0] = STAY;
}
#include "../../envs_c/env_exports.h"
