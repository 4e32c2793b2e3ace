#include "base/memory.h"

#include "base/memory_system.h"

#include <stdlib.h>
#include <string.h>

/* Whole lines for so many elements, and at least one; false on overflow. */
static bool round_up(size_t count, size_t size, size_t *rounded) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) ||
        __builtin_add_overflow(bytes, (size_t)CNN_LARGEST_ALIGNMENT, rounded))
        return false;
    *rounded = (bytes / CNN_ALIGNMENT + 1) * CNN_ALIGNMENT;
    return true;
}

static void *out_of_memory(size_t count, size_t size, const char *what, cnn_error *error) {
    cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: %s needs %zu x %zu bytes", what, count, size);
    return NULL;
}

void *cnn_allocate(size_t count, size_t size, const char *what, cnn_error *error) {
    size_t bytes;
    void *memory = round_up(count, size, &bytes) ? cnn_system_allocate(bytes) : NULL;
    return memory ? memset(memory, 0, bytes) : out_of_memory(count, size, what, error);
}

void *cnn_reserve(size_t count, size_t size, const char *what, cnn_error *error) {
    size_t bytes;
    void *memory = round_up(count, size, &bytes) ? cnn_system_reserve(bytes) : NULL;
    return memory ? memory : out_of_memory(count, size, what, error);
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

bool cnn_multiply(int64_t a, int64_t b, int64_t *product) {
    return a >= 0 && b >= 0 && !__builtin_mul_overflow(a, b, product);
}
