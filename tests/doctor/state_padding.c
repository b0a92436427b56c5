// Three bytes of a struct are never set.
#define FIELDS                                                                                     \
    struct Pair {                                                                                  \
        uint8_t small;                                                                             \
        int32_t large;                                                                             \
    } pair;
#define ON_RESET                                                                                   \
    struct Pair pair;                                                                              \
    pair.small = 1, pair.large = 2;                                                                \
    s->pair = pair
#include "base.h"
#include "../../envs_c/env_exports.h"
