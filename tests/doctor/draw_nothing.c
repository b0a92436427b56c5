// A background, and no more.
#define SCENE                                                                                      \
    draw_line(s);                                                                                  \
    ClearBackground(INK)
#include "base.h"
#include "../../envs_c/env_exports.h"
