// bench.c - linked into a native environment to measure it: plays it with random actions, and, for
// comparison, fills the same buffers without playing. envs_c/bench.py calls both.
#include <stdint.h>
#include <string.h>

// One slice of games, and the first of its rows in each buffer.
typedef struct Job {
    void *copies;
    const void *buffers; // env_step's
    int32_t *actions;    // a row: heads; floats in [-1, 1] where heads have no sizes
    const int32_t *sizes;
    const uint8_t *active;
    const uint8_t *mask; // a row: the choices of all heads; or null
    uint8_t *obs;        // a row: obs_bytes
    float *rewards;
    uint8_t *terminated, *truncated;
    int32_t n, rows, heads, obs_bytes;
    uint32_t random; // not 0
} Job;

void env_step(void *copies, int n, const void *buffers);

#define API __attribute__((visibility("default")))

// Any of n, each about as often: xorshift (Marsaglia, 2003), cheap enough to be left out of account.
static int32_t below(uint32_t *random, int32_t n) {
    *random ^= *random << 13;
    *random ^= *random >> 17;
    *random ^= *random << 5;
    return (int32_t)(((uint64_t)*random * (uint32_t)n) >> 32);
}

// Draws an action for every row among those allowed: the first from a random one on.
static void draw_actions(Job *job) {
    const uint8_t *mask = job->mask;
    int32_t *action = job->actions;
    for (int row = 0; row < job->rows; row++) {
        for (int h = 0; h < job->heads; h++, action++) {
            int32_t n = job->sizes[h];
            if (!n) {
                float value = (float)below(&job->random, 33) / 16.0f - 1.0f;
                memcpy(action, &value, sizeof value);
                continue;
            }
            int32_t choice = below(&job->random, n);
            for (int tries = 0; mask && tries < n && !mask[choice]; tries++) {
                choice = choice + 1 < n ? choice + 1 : 0;
            }
            *action = choice;
            if (mask) mask += n;
        }
    }
}

static int64_t count(const uint8_t *flags, int n) {
    int64_t sum = 0;
    for (int i = 0; i < n; i++) sum += flags[i];
    return sum;
}

// Plays ticks of all games; the answer is how many actions counted: those of active rows.
API int64_t bench_play(Job *job, int ticks) {
    int64_t played = 0;
    for (int i = 0; i < ticks; i++) {
        played += count(job->active, job->rows);
        draw_actions(job);
        env_step(job->copies, job->n, job->buffers);
    }
    return played;
}

// The least that any environment must do: draws the actions and writes a value everywhere.
API int64_t bench_fill(Job *job, int ticks) {
    int64_t played = 0;
    for (int i = 0; i < ticks; i++) {
        played += count(job->active, job->rows);
        draw_actions(job);
        for (int row = 0; row < job->rows; row++) {
            uint8_t value = (uint8_t)(job->actions[row * job->heads] + i);
            memset(job->obs + (size_t)row * (size_t)job->obs_bytes, value, (size_t)job->obs_bytes);
            job->rewards[row] = (float)value;
            job->terminated[row] = job->truncated[row] = value & 1;
        }
    }
    return played;
}
