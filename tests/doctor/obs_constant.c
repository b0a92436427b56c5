// The weather is never told.
#define AFTER_OBSERVE obs[2] = 0.5f
#include "base.h"
#include "../../envs_c/env_exports.h"
