/* One call of one kernel: run by a table under test and by the reference, compared value by value. */
#ifndef TESTS_KERNELS_KERNEL_CASE_H
#define TESTS_KERNELS_KERNEL_CASE_H

#include "base/random.h"
#include "kernels/kernels.h"

enum { KERNEL_CASE_BUFFERS = 5, KERNEL_CASE_TAPS = 64 };

typedef struct kernel_buffer {
    float *start; /* contents before the call; what the kernel must not use holds guarded_untouched() */
    int64_t count;
    bool written;
} kernel_buffer;

/* The buffers after a call. */
typedef struct kernel_outcome {
    float *data[KERNEL_CASE_BUFFERS];
} kernel_outcome;

typedef struct kernel_case kernel_case;
struct kernel_case {
    cnn_random random;
    kernel_buffer buffer[KERNEL_CASE_BUFFERS];
    int buffers;
    int64_t terms; /* of the longest sum: how far rounding may go; 0: the results must be equal */

    /* What the kernel is called with beside buffers; each kernel uses its own. */
    cnn_conv_loop conv;
    cnn_products_loop products;
    cnn_depthwise_loop depthwise;
    int64_t tap[KERNEL_CASE_TAPS];
    int64_t first_position; /* float offset of position (0, 0) in buffer 0 */
    int64_t first_weight;   /* depthwise: float offset of tap (0, 0) in the buffer of weights */
    int flags;
    bool null; /* leave the optional buffer out */
    bool in_place;
    cnn_pool_loop pool;
    cnn_winograd_loop winograd;
    cnn_winograd_weights_loop winograd_weights;
    cnn_pooled_loop pooled;
    cnn_transpose_loop transpose;
    cnn_activation_function activation;
    cnn_pair_loop pair;
    cnn_slope_loop slope;
    int64_t count, step;
    cnn_sgd_step sgd;
    cnn_adam_step adam;
    cnn_lion_step lion;

    kernel_outcome want, magnitude; /* of the reference, on the values and on absolute ones */

    /* Call the kernel on `b`, one pointer a buffer. With `absolute` all values are absolute, and so must be
     * what is added up: the result says how large the rounding errors may be. */
    void (*call)(const kernel_case *c, const cnn_kernels *kernels, float *const b[], bool absolute);
};

/* Add a buffer of `count` floats that must not be used until they are set; returns its contents. */
float *kernel_case_add(kernel_case *c, int64_t count, bool written);
/* The same with random values. */
float *kernel_case_add_random(kernel_case *c, int64_t count, bool written);
/* 0.5 <= |value| < 1.5: every product matters. */
float kernel_case_value(kernel_case *c);
/* One of the numbers that vector code gets wrong: 1, primes, next to multiples of the vector sizes. */
int64_t kernel_case_size(kernel_case *c, int64_t max);
/* Heads or tails. */
bool kernel_case_flip(kernel_case *c);
int64_t kernel_case_between(kernel_case *c, int64_t min, int64_t max);

/* Run the reference, once for all tables. */
void kernel_case_expect(kernel_case *c);
/* Compare `kernels` with the reference; fails the running test on the first difference. */
void kernel_case_compare(const kernel_case *c, const cnn_kernels *kernels);
void kernel_case_free(kernel_case *c);

#endif
