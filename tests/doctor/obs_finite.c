// A division by the distance to the left edge.
#define AFTER_OBSERVE obs[2] = (float)s->weather / (float)s->x
#include "base.h"
#include "../../envs_c/env_exports.h"
