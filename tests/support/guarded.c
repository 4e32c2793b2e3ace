#define _GNU_SOURCE
#include "support/guarded.h"

#include "support/cmocka.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const uint32_t untouched_bits = 0x7fc0cafe;

float guarded_untouched(void) {
    float value;
    memcpy(&value, &untouched_bits, sizeof value);
    return value;
}

bool guarded_is_untouched(float value) {
    return memcmp(&value, &untouched_bits, sizeof value) == 0;
}

guarded guarded_new(const float *from, int64_t count, guarded_end end) {
    const int64_t page = sysconf(_SC_PAGESIZE), floats_a_page = page / (int64_t)sizeof(float);
    const int64_t pages = count / floats_a_page + 1;
    guarded buffer = {
        .count = count, .pages_count = pages * floats_a_page, .mapping_bytes = (pages + 2) * page};
    buffer.mapping = mmap(NULL, (size_t)buffer.mapping_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(buffer.mapping != MAP_FAILED);
    assert_int_equal(mprotect(buffer.mapping + page, (size_t)(pages * page), PROT_READ | PROT_WRITE), 0);
    buffer.pages = (float *)(buffer.mapping + page);
    buffer.data = end == GUARDED_AT_START ? buffer.pages : buffer.pages + buffer.pages_count - count;
    for (int64_t i = 0; i < buffer.pages_count; i++)
        memcpy(&buffer.pages[i], &untouched_bits, sizeof untouched_bits);
    if (count > 0)
        memcpy(buffer.data, from, (size_t)count * sizeof *from);
    return buffer;
}

void guarded_make_read_only(guarded *buffer) {
    size_t bytes = (size_t)buffer->pages_count * sizeof(float);
    assert_int_equal(mprotect(buffer->pages, bytes, PROT_READ), 0);
}

void guarded_free(guarded *buffer) {
    munmap(buffer->mapping, (size_t)buffer->mapping_bytes);
    *buffer = (guarded){0};
}

bool guarded_rest_is_untouched(const guarded *buffer) {
    for (int64_t i = 0; i < buffer->pages_count; i++) {
        const float *at = buffer->pages + i;
        bool data = at >= buffer->data && at < buffer->data + buffer->count;
        if (!data && memcmp(at, &untouched_bits, sizeof untouched_bits) != 0)
            return false;
    }
    return true;
}
