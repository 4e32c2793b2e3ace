#define _GNU_SOURCE
#include "base/memory.h"

#include "base/control_group.h"
#include "base/number_file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum {
    HUGE_PAGE = 2 << 20,
    LARGE_BLOCK = 1 << 20, /* bytes: worth a look at what the system has left */
    SMALL_NEEDS = 2 << 20  /* bytes of a control group that are left for what is not looked at */
};

/* A number behind `key` in /proc/meminfo, in bytes; -1 where the system does not say. */
static int64_t meminfo(const char *key) {
    const int64_t kibibytes = cnn_number_in_file("/proc/meminfo", key);
    return kibibytes < 0 ? -1 : kibibytes * 1024;
}

/* Whether a block is more than memory, swap space and control groups hold. Linux would promise it all the same, and kill the
 * process when it fills it. */
static bool is_beyond_memory(size_t bytes) {
    if (bytes < LARGE_BLOCK)
        return false;
    const int64_t memory = meminfo("MemAvailable:"), swap = meminfo("SwapFree:");
    return (memory >= 0 && (int64_t)bytes > memory + (swap > 0 ? swap : 0)) ||
           (int64_t)bytes > cnn_control_group_memory("") - SMALL_NEEDS;
}

/* A large block begins at a huge page and asks for them: far fewer page faults and address translations. */
static void *allocate_aligned(size_t bytes) {
    if (is_beyond_memory(bytes))
        return NULL;
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

/* The lower of two limits; a negative `b` is no limit. */
static int64_t lower_limit(int64_t a, int64_t b) {
    return b >= 0 && b < a ? b : a;
}

static int64_t address_space_left(void) {
    struct rlimit limit;
    int64_t pages = cnn_number_in_file("/proc/self/statm", "");
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || pages < 0)
        return -1;
    int64_t left = (int64_t)limit.rlim_cur - pages * 4096;
    return left > 0 ? left : 0;
}

int64_t cnn_memory_available(void) {
    const int64_t available = lower_limit(INT64_MAX, meminfo("MemAvailable:"));
    return lower_limit(lower_limit(available, cnn_control_group_memory("")), address_space_left());
}

bool cnn_multiply(int64_t a, int64_t b, int64_t *product) {
    return a >= 0 && b >= 0 && !__builtin_mul_overflow(a, b, product);
}
