// The recorded playthrough is one of other rules.
#define ON_RESET s->ticks = 1
#include "../base.h"
#include "../../../envs_c/env_exports.h"
