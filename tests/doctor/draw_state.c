// Drawing takes a tick.
#define SCENE                                                                                      \
    draw_line(s);                                                                                  \
    ((State *)(uintptr_t)s)->ticks++
#include "base.h"
#include "../../envs_c/env_exports.h"
