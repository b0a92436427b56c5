// Time that runs out terminates.
#define AFTER_STEP out[0].terminated |= out[0].truncated, out[0].truncated = false
#define PARAMS(P)
#define LATE 8
#include "base.h"
#include "../../envs_c/env_exports.h"
