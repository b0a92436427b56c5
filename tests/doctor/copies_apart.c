// All games share one weather.
#define AFTER_STEP                                                                                 \
    static int32_t turns;                                                                          \
    s->weather = turns = (turns + 1) % 4
#include "base.h"
#include "../../envs_c/env_exports.h"
