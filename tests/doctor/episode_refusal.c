// Who stays is never bothered.
#define PARAMS(P)
#define LATE 1e9f
#include "base.h"
#include "../../envs_c/env_exports.h"
