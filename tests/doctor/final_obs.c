// The game begins anew inside step.
#define MEASURE m->won = (float)s->weather
#define AFTER_STEP                                                                                 \
    if (out[0].terminated || out[0].truncated) s->ticks = 0, reset(s)
#include "base.h"
#include "../../envs_c/env_exports.h"
