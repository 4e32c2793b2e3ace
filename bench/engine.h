/* What the engines of the benchmark share, in C and in C++: files, the clock, the loop over commands.
 *
 * An engine is a program that run.py talks to, one line a command and one line of JSON a reply:
 *     about                       -> {"version": "..."}
 *     prepare NET train|infer N   -> {} : from now on this network, N images at once. NET is a folder with model.txt
 *                              or, which not all engines can do and none trains, with model.onnx
 *     prepare layer DIRECTION SHAPE -> {"sum": S, "norm": N} : or this convolution, see layers.txt
 *     run SECONDS                 -> {"images": N, "seconds": S} : work that long, after a warm-up
 *     check STEPS RATE FILE -> {"losses": [...]} : work from the initial weights; parameters or outputs into FILE. After
 *                              a layer was prepared: its result, in logical order (steps and rate do not matter)
 * or {"error": "..."}. */
#ifndef BENCH_ENGINE_H
#define BENCH_ENGINE_H

#ifndef _GNU_SOURCE
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#endif

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ENGINE_LINE = 4096, ENGINE_WORDS = 16 };

/* The learning rate of all engines: small, so that synthetic networks without normalisation stay finite. */
#define ENGINE_RATE     0.001
#define ENGINE_MOMENTUM 0.9

/* The reply of a command without a result. */
#define ENGINE_DONE "{}"

/* One engine. Every function writes its reply, JSON, into `reply` (ENGINE_LINE bytes). */
typedef struct engine {
    void *state;
    void (*about)(void *state, char *reply);
    void (*prepare)(void *state, int count, char **words, char *reply);
    /* Work once, on the `number`-th batch of the data; returns the images of it, or 0 when it failed. */
    int64_t (*work)(void *state, int64_t number);
    void (*restart)(void *state); /* from the initial weights again */
    /* NULL: not available. */
    void (*check)(void *state, int64_t steps, double rate, const char *path, char *reply);
} engine;

static inline double engine_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* A message instead of a result, without characters that JSON cannot represent. */
static inline void engine_fail(char *reply, const char *message) {
    int length = snprintf(reply, ENGINE_LINE, "{\"error\": \"");
    for (; *message && length < ENGINE_LINE - 3; message++)
        reply[length++] = *message == '"' || *message == '\\' || *message < ' ' ? '\'' : *message;
    snprintf(reply + length, (size_t)(ENGINE_LINE - length), "\"}");
}

/* A whole file followed by a zero byte, from malloc; NULL if it cannot be read. */
static inline void *engine_read(const char *folder, const char *net, const char *file, size_t *bytes) {
    char path[ENGINE_LINE];
    snprintf(path, sizeof path, "%s/%s/%s", folder, net, file);
    FILE *stream = fopen(path, "rb");
    if (!stream)
        return NULL;
    fseek(stream, 0, SEEK_END);
    long size = ftell(stream);
    rewind(stream);
    char *content = (char *)calloc(1, (size_t)size + 1);
    if (content && fread(content, 1, (size_t)size, stream) != (size_t)size) {
        free(content);
        content = NULL;
    }
    fclose(stream);
    *bytes = (size_t)size;
    return content;
}

static inline bool engine_write(const char *path, const float *values, size_t count) {
    FILE *stream = fopen(path, "wb");
    if (!stream)
        return false;
    bool whole = fwrite(values, sizeof *values, count, stream) == count;
    return fclose(stream) == 0 && whole;
}

/* {"losses": [...]} */
static inline void engine_losses(char *reply, const double *losses, int64_t count) {
    int length = snprintf(reply, ENGINE_LINE, "{\"losses\": [");
    for (int64_t i = 0; i < count && length < ENGINE_LINE - 64; i++)
        length += snprintf(reply + length, 64, "%s%.9g", i ? ", " : "", losses[i]);
    snprintf(reply + length, (size_t)(ENGINE_LINE - length), "]}");
}

/* The number at position `index` of a synthetic tensor: -1 .. 1, the same in every engine (a step of Knuth's MMIX
 * generator, then the higher bits). */
static inline float engine_value(uint64_t index) {
    uint64_t state = (index + 1) * 6364136223846793005u + 1442695040888963407u;
    state = (state ^ (state >> 29)) * 6364136223846793005u;
    return (float)(state >> 40) * 0x1p-23f - 1.0f;
}

/* Sum and norm of a tensor's values: the same in any layout that pads with zeros. */
static inline void engine_sums(char *reply, const float *values, size_t count) {
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        sum += values[i];
        squares += (double)values[i] * values[i];
    }
    snprintf(reply, ENGINE_LINE, "{\"sum\": %.9g, \"norm\": %.9g}", sum, sqrt(squares));
}

/* Work for a third of the time, at least twice, then measure. */
static inline void engine_run(const engine *e, double seconds, char *reply) {
    int64_t number = 0, images = 1, done = 0;
    e->restart(e->state);
    double begin = engine_now();
    while (images && (number < 2 || engine_now() - begin < seconds / 3))
        images = e->work(e->state, number++);
    begin = engine_now();
    double spent = 0;
    while (images && spent < seconds) {
        done += images = e->work(e->state, number++);
        spent = engine_now() - begin;
    }
    if (!images)
        engine_fail(reply, "the work failed");
    else
        snprintf(reply, ENGINE_LINE, "{\"images\": %" PRId64 ", \"seconds\": %.9f}", done, spent);
}

static inline void engine_answer(const engine *e, int count, char **words, char *reply) {
    if (count == 1 && !strcmp(words[0], "about"))
        e->about(e->state, reply);
    else if (count > 3 && !strcmp(words[0], "prepare"))
        e->prepare(e->state, count - 1, words + 1, reply);
    else if (count == 2 && !strcmp(words[0], "run"))
        engine_run(e, atof(words[1]), reply);
    else if (count == 4 && !strcmp(words[0], "check") && e->check)
        e->check(e->state, atoll(words[1]), atof(words[2]), words[3], reply);
    else
        engine_fail(reply, "no such command");
}

/* Execute commands until there are no more. */
static inline int engine_serve(const engine *e) {
    char line[ENGINE_LINE], reply[ENGINE_LINE], *words[ENGINE_WORDS];
    while (fgets(line, sizeof line, stdin)) {
        int count = 0;
        for (char *word = strtok(line, " \n"); word && count < ENGINE_WORDS; word = strtok(NULL, " \n"))
            words[count++] = word;
        engine_answer(e, count, words, reply);
        puts(reply);
        fflush(stdout);
    }
    return 0;
}

#endif
