/* Memory of WebAssembly: it grows until the browser refuses, and nobody says before where that is. */
#include "base/memory_system.h"

#include "base/memory.h"

#include <stdlib.h>

void *cnn_system_allocate(size_t bytes) {
    return aligned_alloc(CNN_ALIGNMENT, bytes);
}

void *cnn_system_reserve(size_t bytes) {
    return calloc(1, bytes);
}

int64_t cnn_memory_available(void) {
    return INT64_MAX;
}
