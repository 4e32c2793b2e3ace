/* Every allocation of the library goes through here: aligned for the widest vectors, zeroed, checked. */
#ifndef CNN_BASE_MEMORY_H
#define CNN_BASE_MEMORY_H

#include "base/status.h"

enum { CNN_ALIGNMENT = 64 }; /* bytes: one cache line, one AVX-512 vector */

/* `count` x `size` zeroed bytes, or NULL and CNN_ERROR_MEMORY naming `what` and the size asked for: also where the system
 * would promise the memory and end the process later, when it is used. A request of zero bytes gives a valid pointer.
 * Release with cnn_free. */
void *cnn_allocate(size_t count, size_t size, const char *what, cnn_error *error);

/* The same for what may never be used: its memory is taken as it is written, and is not aligned for vectors. */
void *cnn_reserve(size_t count, size_t size, const char *what, cnn_error *error);

/* A copy of a string; NULL and CNN_ERROR_MEMORY when out of memory, NULL without an error for NULL. */
char *cnn_copy_string(const char *text, cnn_error *error);

/* Make room for one more element in a growing array of elements of `size` bytes. The new room is not zeroed.
 */
cnn_status cnn_grow(void **array, int64_t count, int64_t *capacity, size_t size, const char *what,
                    cnn_error *error);

/* Bytes that could still be allocated without swapping: the least of the machine's available memory, what
 * the control groups leave and RLIMIT_AS. INT64_MAX where the system does not say. */
int64_t cnn_memory_available(void);

/* Checked arithmetic: false on overflow or a negative factor. */
bool cnn_multiply(int64_t a, int64_t b, int64_t *product);

#endif
