// A win is a matter of time as well.
#define AFTER_STEP out[0].truncated = late || reached
#include "base.h"
#include "../../envs_c/env_exports.h"
