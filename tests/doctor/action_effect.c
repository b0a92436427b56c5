// The fourth choice does what the first one does.
#define CHOICES 4
#include "base.h"
#include "../../envs_c/env_exports.h"
