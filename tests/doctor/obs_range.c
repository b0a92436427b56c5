// The weather goes up to 2, but 1 is declared.
#define AFTER_OBSERVE obs[2] *= 2.0f
#include "base.h"
#include "../../envs_c/env_exports.h"
