// Nobody is ever rewarded.
#define AFTER_STEP out[0].reward = 0
#include "base.h"
#include "../../envs_c/env_exports.h"
