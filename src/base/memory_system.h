/* What memory.c asks of the system: memory_linux.c or, in a page, memory_wasm.c. */
#ifndef CNN_BASE_MEMORY_SYSTEM_H
#define CNN_BASE_MEMORY_SYSTEM_H

#include <stddef.h>

enum { CNN_LARGEST_ALIGNMENT = 2 << 20 }; /* bytes: a huge page */

/* A block of `bytes`, a multiple of CNN_ALIGNMENT, aligned to that; not zeroed. NULL where the system has no such memory.
 * Released by free. */
void *cnn_system_allocate(size_t bytes);

/* The same, zeroed, aligned as malloc does; the system gives it pages as they are written. */
void *cnn_system_reserve(size_t bytes);

#endif
