// Nothing is wrong here.
#include "base.h"
#include "../../envs_c/env_exports.h"
