// Each tick is rewarded alike, and nothing but time ends an episode.
#define AFTER_STEP                                                                                 \
    s->x = clampi(s->x, 0, PLACES - 1);                                                            \
    out[0] = (Outcome) {                                                                           \
        .reward = 1, .truncated = late                                                             \
    }
#include "base.h"
#include "../../envs_c/env_exports.h"
