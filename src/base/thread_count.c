/* How many threads a program may ask for, and what it gets. */
#include "base/threads.h"

int cnn_thread_count(int threads) {
    return threads ? threads : cnn_processors();
}

cnn_status cnn_threads_check(int threads, cnn_error *error) {
    if (threads >= 0 && threads <= CNN_MAX_THREADS)
        return CNN_OK;
    return cnn_fail(error, CNN_ERROR_ARGUMENT, "threads must be 0 (all processors) to %d, not %d",
                    CNN_MAX_THREADS, threads);
}
