// You can hardly be told from your mark.
#define SCENE                                                                                      \
    draw_line(s);                                                                                  \
    DrawRectangle(s->x *CELL + 2, 2, CELL - 4, CELL - 4, (Color){252, 207, 103, 255})
#include "base.h"
#include "../../envs_c/env_exports.h"
