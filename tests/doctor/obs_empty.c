// What observe tells is worked out in step alone.
#define FIELDS int32_t seen[2];
#define BEFORE_STEP s->seen[0] = 1
#define AFTER_OBSERVE                                                                              \
    if (!s->seen[0]) memset(obs, 0, sizeof(Obs[OBS_SIZE]))
#include "base.h"
#include "../../envs_c/env_exports.h"
