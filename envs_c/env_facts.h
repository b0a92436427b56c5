// env_facts.h - what an environment states about itself, as tables and as JSON.
#pragma once

#define PARAM_ROW(name, initial, min, max, step, unit, when, text)                                 \
    {#name,         (float)(initial), (float)(min), (float)(max),                                  \
     (float)(step), (when) == LIVE,   unit,         text},
#define METRIC_NAME(name) #name,

typedef struct ParamRow {
    const char *name;
    float initial, min, max, step;
    bool live;
    const char *unit, *text;
} ParamRow;

static const ParamRow PARAM_ROWS[] = {PARAMS(PARAM_ROW){"", 0, 0, 0, 0, false, "", ""}};
static const char *const METRIC_NAMES[] = {"episodes", "episode_return", "episode_length", "score",
                                           METRICS(METRIC_NAME) 0};

enum {
    PARAM_COUNT = sizeof PARAM_ROWS / sizeof *PARAM_ROWS - 1,
    METRIC_COUNT = sizeof METRIC_NAMES / sizeof *METRIC_NAMES - 1,
    METRICS_OWN = 3, // of METRIC_NAMES, those that are summed up here
};

static void put_hex(Text *out, uint64_t v) {
    char digits[17] = {0};
    for (int i = 0; i < 16; i++) digits[i] = "0123456789abcdef"[v >> (60 - 4 * i) & 15];
    put(out, digits);
}

// To three decimals.
static void put_float(Text *out, float v) {
    int64_t thousandths = (int64_t)(v * 1000.0f + (v < 0 ? -0.5f : 0.5f));
    if (thousandths < 0) put(out, "-");
    if (thousandths < 0) thousandths = -thousandths;
    put_int(out, thousandths / 1000);
    put(out, ".");
    for (int64_t unit = 100; unit; unit /= 10) put_int(out, thousandths / unit % 10);
}

static void put_strings(Text *out, const char *key, const char *const *list) {
    put(out, ",\"");
    put(out, key);
    put(out, "\":[");
    for (int i = 0; list && list[i]; i++) {
        put(out, i ? ",\"" : "\"");
        put(out, list[i]);
        put(out, "\"");
    }
    put(out, "]");
}

static int part_size(const Part *p) {
    int size = 1;
    for (int i = 0; i < 3 && p->shape[i]; i++) size *= p->shape[i];
    return size;
}

static void put_part(Text *out, const Part *p, int offset) {
    put(out, "{\"name\":\"");
    put(out, p->name);
    put(out, "\",\"offset\":");
    put_int(out, offset);
    put(out, ",\"shape\":[");
    for (int i = 0; i < 3 && p->shape[i]; i++) {
        if (i) put(out, ",");
        put_int(out, p->shape[i]);
    }
    put(out, "]");
    put_strings(out, "names", p->names);
    put_strings(out, "categories", p->categories);
    put(out, ",\"low\":");
    put_float(out, p->low);
    put(out, ",\"high\":");
    put_float(out, p->high);
    put(out, "}");
}

static void put_head(Text *out, const Head *h) {
    put(out, "{\"name\":\"");
    put(out, h->name);
    put(out, "\",\"n\":");
    put_int(out, h->n);
    put(out, ",\"choices\":[");
    for (int i = 0; i < h->n; i++) {
        put(out, i ? "," : "");
        put(out, "\"");
        if (h->choices)
            put(out, h->choices[i].name);
        else
            put_int(out, i);
        put(out, "\"");
    }
    put(out, "]}");
}

static void put_param(Text *out, const ParamRow *p, bool comma) {
    put(out, comma ? ",{\"name\":\"" : "{\"name\":\"");
    put(out, p->name);
    const char *const keys[] = {"default", "min", "max", "step"};
    const float values[] = {p->initial, p->min, p->max, p->step};
    put(out, "\"");
    for (int i = 0; i < 4; i++) {
        put(out, ",\"");
        put(out, keys[i]);
        put(out, "\":");
        put_float(out, values[i]);
    }
    put(out, p->live ? ",\"live\":true,\"unit\":\"" : ",\"live\":false,\"unit\":\"");
    put(out, p->unit);
    put(out, "\",\"text\":\"");
    put(out, p->text);
    put(out, "\"}");
}

// The observation and actions: what a policy must fit.
static void put_interface(Text *out) {
    put(out, "{\"observation\":{\"dtype\":\"");
    put(out, (Obs)0.5 > 0 ? "float32" : "uint8");
    put(out, "\",\"size\":");
    put_int(out, OBS_SIZE);
    put(out, ",\"parts\":[");
    for (int i = 0, offset = 0; i < MAX_PARTS && SPEC.obs[i].name; i++) {
        if (i) put(out, ",");
        put_part(out, &SPEC.obs[i], offset);
        offset += part_size(&SPEC.obs[i]);
    }
#ifdef CONTINUOUS
    put(out, "]},\"action\":{\"type\":\"continuous\",\"heads\":[");
#else
    put(out, "]},\"action\":{\"type\":\"discrete\",\"heads\":[");
#endif
    for (int i = 0; i < HEADS; i++) {
        if (i) put(out, ",");
        put_head(out, &SPEC.actions[i]);
    }
#ifdef HAS_LEGAL
    put(out, "],\"masked\":true}}");
#else
    put(out, "],\"masked\":false}}");
#endif
}

// FNV-1a over bytes (Fowler, Noll, Vo).
static uint64_t fnv1a(const void *bytes, size_t size) {
    uint64_t hash = 0xCBF29CE484222325u;
    const uint8_t *at = bytes;
    for (size_t i = 0; i < size; i++) hash = (hash ^ at[i]) * 0x100000001B3u;
    return hash;
}

// Writes the facts as JSON into text, as much as fits, and returns the length of the whole.
API int env_spec(char *text, int size) {
    Text out = {text, size, 0};
    put(&out, "{\"title\":\"");
    put(&out, SPEC.title);
    put(&out, "\",\"interface\":");
    int from = out.length;
    put_interface(&out);
    int to = out.length;
    put(&out, ",\"interface_version\":\"");
    put_hex(&out, to <= size ? fnv1a(text + from, (size_t)(to - from)) : 0);
    put(&out, "\",\"agents\":");
    put_int(&out, AGENTS);
    put(&out, ",\"ticks_per_second\":");
    put_int(&out, SPEC.ticks_per_second);
    put(&out, ",\"turn_based\":");
    put(&out, SPEC.turn_based ? "true" : "false");
    put(&out, ",\"width\":");
    put_int(&out, SPEC.width);
    put(&out, ",\"height\":");
    put_int(&out, SPEC.height);
    // What a person holds: the sticks if there are any, otherwise the actions.
    const Head *held = STICKS ? SPEC.sticks : SPEC.actions;
    put(&out, ",\"sticks\":[");
    for (int i = 0; i < STICKS; i++) {
        if (i) put(&out, ",");
        put_head(&out, &held[i]);
    }
    put(&out, "],\"keys\":["); // [head of what is held][choice][set]
    for (int h = 0; h < (STICKS ? STICKS : HEADS); h++) {
        put(&out, h ? ",[" : "[");
        for (int i = 0; held[h].choices && i < held[h].n; i++) {
            const char *const *keys = held[h].choices[i].keys;
            put(&out, i ? ",[\"" : "[\"");
            put(&out, keys[0] ? keys[0] : "");
            put(&out, "\",\"");
            put(&out, keys[1] ? keys[1] : "");
            put(&out, "\"]");
        }
        put(&out, "]");
    }
    put(&out, "],\"aims\":["); // heads that a pointer can decide
#ifdef HAS_AIM
    for (int h = 0, some = 0; h < HEADS; h++) {
        if (!(HAS_AIM >> h & 1)) continue;
        if (some++) put(&out, ",");
        put_int(&out, h);
    }
#endif
    put(&out, "],\"params\":[");
    for (int i = 0; i < PARAM_COUNT; i++) put_param(&out, &PARAM_ROWS[i], i > 0);
    put(&out, "]");
    put_strings(&out, "metrics", METRIC_NAMES);
    put(&out, ",\"has\":{\"point\":");
#ifdef HAS_POINT
    put(&out, "true,\"place\":");
#else
    put(&out, "false,\"place\":");
#endif
#ifdef HAS_PLACE
    put(&out, "true,\"script\":");
#else
    put(&out, "false,\"script\":");
#endif
#ifdef HAS_SCRIPT
    put(&out, "true,\"describe\":");
#else
    put(&out, "false,\"describe\":");
#endif
#ifdef HAS_DESCRIBE
    put(&out, "true}}");
#else
    put(&out, "false}}");
#endif
    return out.length;
}
