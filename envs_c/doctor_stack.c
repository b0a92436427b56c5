// doctor_stack.c - an environment whose every call finds the stack below it filled with FILLING, so
// that what a game keeps of memory never set is the same each time. The doctor compiles it with
// -DENVIRONMENT='"path of the C file"'.
#define env_reset reset_games
#define env_step step_games
#include ENVIRONMENT
#undef env_reset
#undef env_step

__attribute__((noinline)) static void doctor_fill_stack(void) {
    volatile uint8_t below[1 << 16];
    for (unsigned i = 0; i < sizeof below; i++) below[i] = FILLING;
}

API void env_reset(Copy *copies, int n, uint32_t seed, uint32_t first, const float *params,
                   const Buffers *b) {
    doctor_fill_stack();
    reset_games(copies, n, seed, first, params, b);
}

API void env_step(Copy *copies, int n, const Buffers *b) {
    doctor_fill_stack();
    step_games(copies, n, b);
}
