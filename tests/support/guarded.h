/* Floats between two pages that nobody may touch: a read or write past either end is a fault, not a lucky
 * hit. */
#ifndef TESTS_SUPPORT_GUARDED_H
#define TESTS_SUPPORT_GUARDED_H

#include <stdbool.h>
#include <stdint.h>

typedef enum guarded_end { GUARDED_AT_START, GUARDED_AT_END, GUARDED_ENDS } guarded_end;

typedef struct guarded {
    float *data; /* `count` floats, flush with the guard page at one end */
    int64_t count;
    float *pages; /* what may be touched, data included; what is not data holds `guarded_untouched` */
    int64_t pages_count;
    char *mapping; /* the guard pages included */
    int64_t mapping_bytes;
} guarded;

/* Copies `from`; fails the running test when there is no memory. */
guarded guarded_new(const float *from, int64_t count, guarded_end end);
void guarded_make_read_only(guarded *buffer);
void guarded_free(guarded *buffer);

/* A not-a-number with bits of its own, for elements that a kernel must neither use nor change. */
float guarded_untouched(void);
bool guarded_is_untouched(float value);
/* Whether the rest of the pages still is as guarded_new left it. */
bool guarded_rest_is_untouched(const guarded *buffer);

#endif
