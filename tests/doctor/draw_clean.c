// A slope that the renderer rounds two ways: one colour to any eye.
#define SCENE                                                                                      \
    draw_line(s);                                                                                  \
    DrawRectangle(s->x *CELL + 2, 2, CELL - 4, CELL - 4, (Color){254, 209, 102, 255})
#include "base.h"
#include "../../envs_c/env_exports.h"
