/* Memory of Linux: huge pages for large blocks, and no promise that the system could not keep. */
#define _GNU_SOURCE
#include "base/memory_system.h"

#include "base/control_group.h"
#include "base/memory.h"
#include "base/number_file.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum {
    HUGE_PAGE = CNN_LARGEST_ALIGNMENT,
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
void *cnn_system_allocate(size_t bytes) {
    if (is_beyond_memory(bytes))
        return NULL;
    if (bytes < HUGE_PAGE)
        return aligned_alloc(CNN_ALIGNMENT, bytes);
    void *memory = aligned_alloc(HUGE_PAGE, (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE);
    if (memory)
        madvise(memory, bytes, MADV_HUGEPAGE);
    return memory;
}

void *cnn_system_reserve(size_t bytes) {
    return is_beyond_memory(bytes) ? NULL : calloc(1, bytes);
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
