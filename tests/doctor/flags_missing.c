// The second seat is not told that the game is over.
#define AGENTS 2
#define BEFORE_STEP move = actions[s->ticks % 2][0]
#define AFTER_STEP                                                                                 \
    if (off) out[1] = (Outcome){0}
#include "base.h"
#include "../../envs_c/env_exports.h"
