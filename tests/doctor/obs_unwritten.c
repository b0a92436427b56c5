// The weather is written only when it is fine.
#define WEATHER_SEEN s->weather
#include "base.h"
#include "../../envs_c/env_exports.h"
