// Places in cells, where pixels are wanted, of a line that begins far away.
#define PLACE *box = (Box){(float)(s->x - 1000), 0, 1, 1}
#include "base.h"
#include "../../envs_c/env_exports.h"
