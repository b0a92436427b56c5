// The state remembers where it lies.
#define FIELDS const void *here;
#define ON_RESET s->here = &s->x
#include "base.h"
#include "../../envs_c/env_exports.h"
