#define _GNU_SOURCE
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum { HUGE_PAGE = 2 << 20 };

/* A large block begins at a huge page and asks for them: far fewer page faults and address translations. */
static void *allocate_aligned(size_t bytes) {
    if (bytes < HUGE_PAGE)
        return aligned_alloc(CNN_ALIGNMENT, bytes);
    void *memory = aligned_alloc(HUGE_PAGE, (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE);
    if (memory)
        madvise(memory, bytes, MADV_HUGEPAGE);
    return memory;
}

void *cnn_allocate(size_t count, size_t size, const char *what, cnn_error *error) {
    size_t bytes, rounded;
    void *memory = NULL;
    if (!__builtin_mul_overflow(count, size, &bytes) &&
        !__builtin_add_overflow(bytes, (size_t)HUGE_PAGE, &rounded)) {
        rounded = (bytes / CNN_ALIGNMENT + 1) * CNN_ALIGNMENT;
        memory = allocate_aligned(rounded);
        if (memory)
            return memset(memory, 0, rounded);
    }
    cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: %s needs %zu x %zu bytes", what, count, size);
    return NULL;
}

void cnn_free(void *memory) {
    free(memory);
}

char *cnn_copy_string(const char *text, cnn_error *error) {
    if (!text)
        return NULL;
    size_t bytes = strlen(text) + 1;
    char *copy = cnn_allocate(bytes, 1, "a string", error);
    return copy ? memcpy(copy, text, bytes) : NULL;
}

cnn_status cnn_grow(void **array, int64_t count, int64_t *capacity, size_t size, const char *what,
                    cnn_error *error) {
    if (count < *capacity)
        return CNN_OK;
    int64_t larger = *capacity < 16 ? 16 : *capacity * 2;
    void *moved = cnn_allocate((size_t)larger, size, what, error);
    if (!moved)
        return CNN_ERROR_MEMORY;
    if (count > 0)
        memcpy(moved, *array, (size_t)count * size);
    cnn_free(*array);
    *array = moved;
    *capacity = larger;
    return CNN_OK;
}

/* A number behind `key` in a file of "key: number" lines, or alone in it when key is ""; -1 if there is none.
 */
static int64_t number_in_file(const char *path, const char *key) {
    FILE *file = fopen(path, "r");
    if (!file)
        return -1;
    char line[256];
    int64_t number = -1;
    size_t length = strlen(key);
    while (number < 0 && fgets(line, sizeof line, file)) {
        char *end;
        if (strncmp(line, key, length) != 0)
            continue;
        long long value = strtoll(line + length, &end, 10);
        if (end != line + length)
            number = value;
    }
    fclose(file);
    return number;
}

static int64_t least(int64_t a, int64_t b) {
    return b >= 0 && b < a ? b : a;
}

static int64_t address_space_left(void) {
    struct rlimit limit;
    int64_t pages = number_in_file("/proc/self/statm", "");
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || pages < 0)
        return -1;
    int64_t left = (int64_t)limit.rlim_cur - pages * 4096;
    return left > 0 ? left : 0;
}

static int64_t control_group_left(void) {
    int64_t limit = number_in_file("/sys/fs/cgroup/memory.max", "");
    int64_t used = number_in_file("/sys/fs/cgroup/memory.current", "");
    if (limit < 0 || used < 0)
        return -1;
    return limit > used ? limit - used : 0;
}

int64_t cnn_memory_available(void) {
    int64_t available = INT64_MAX;
    int64_t kilobytes = number_in_file("/proc/meminfo", "MemAvailable:");
    if (kilobytes >= 0)
        available = kilobytes * 1024;
    return least(least(available, control_group_left()), address_space_left());
}

bool cnn_multiply(int64_t a, int64_t b, int64_t *product) {
    return a >= 0 && b >= 0 && !__builtin_mul_overflow(a, b, product);
}
