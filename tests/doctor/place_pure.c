// Telling where something is seen takes a tick.
#define PLACE ((State *)(uintptr_t)s)->ticks++
#include "base.h"
#include "../../envs_c/env_exports.h"
