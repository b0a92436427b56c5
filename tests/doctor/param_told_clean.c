// The third value tells of a parameter: it changes with that alone.
#define WEATHER_SEEN false
#define AFTER_OBSERVE obs[2] = s->p.late / 60.0f
#include "base.h"
#include "../../envs_c/env_exports.h"
