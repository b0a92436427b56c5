// Every end is a truncation.
#define AFTER_STEP out[0].truncated |= out[0].terminated, out[0].terminated = false
#include "base.h"
#include "../../envs_c/env_exports.h"
