// Rewards of a thousand.
#define AFTER_STEP out[0].reward *= 1000.0f
#include "base.h"
#include "../../envs_c/env_exports.h"
