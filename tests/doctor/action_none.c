// The mark comes and goes by itself.
#define BEFORE_STEP move = rng_below(&s->rng, 3)
#include "base.h"
#include "../../envs_c/env_exports.h"
