// The weather comes in thousands.
#define HIGH 3000.0f
#define AFTER_OBSERVE obs[2] *= 3000.0f
#include "base.h"
#include "../../envs_c/env_exports.h"
