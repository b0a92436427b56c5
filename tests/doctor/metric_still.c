// The metric is never set.
#define MEASURE (void)0
#include "base.h"
#include "../../envs_c/env_exports.h"
