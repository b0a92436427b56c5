// A parameter that nothing reads.
#define PARAMS(P) P(wind, 1, 0, 2, 1, "m/s", LIVE, "wind that nobody feels")
#include "base.h"
#include "../../envs_c/env_exports.h"
