// Each tick is rewarded alike.
#define AFTER_STEP out[0].reward = 1
#include "base.h"
#include "../../envs_c/env_exports.h"
