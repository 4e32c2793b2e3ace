#include "kernels/kernel_case.h"

#include "base/memory.h"
#include "support/cmocka.h"
#include "support/guarded.h"

#include <float.h>
#include <math.h>
#include <string.h>

float *kernel_case_add(kernel_case *c, int64_t count, bool written) {
    assert_true(c->buffers < KERNEL_CASE_BUFFERS);
    float *start = cnn_allocate((size_t)count, sizeof *start, "a buffer", NULL);
    assert_non_null(start);
    for (int64_t i = 0; i < count; i++)
        start[i] = guarded_untouched();
    c->buffer[c->buffers++] = (kernel_buffer){.start = start, .count = count, .written = written};
    return start;
}

float *kernel_case_add_random(kernel_case *c, int64_t count, bool written) {
    float *start = kernel_case_add(c, count, written);
    for (int64_t i = 0; i < count; i++)
        start[i] = kernel_case_value(c);
    return start;
}

float kernel_case_value(kernel_case *c) {
    float value = (float)(0.5 + cnn_random_uniform(&c->random));
    return cnn_random_bits(&c->random) & 1 ? value : -value;
}

int64_t kernel_case_size(kernel_case *c, int64_t max) {
    static const int64_t sizes[] = {1,  2,  3,  5,  7,  8,  13, 16, 17,  29,
                                    31, 32, 33, 48, 53, 64, 65, 97, 128, 131};
    int64_t choices = 0;
    while (choices < (int64_t)(sizeof sizes / sizeof sizes[0]) && sizes[choices] <= max)
        choices++;
    return sizes[cnn_random_below(&c->random, choices)];
}

bool kernel_case_flip(kernel_case *c) {
    return cnn_random_bits(&c->random) & 1;
}

int64_t kernel_case_between(kernel_case *c, int64_t min, int64_t max) {
    return min + cnn_random_below(&c->random, max - min + 1);
}

void kernel_case_free(kernel_case *c) {
    for (int b = 0; b < c->buffers; b++) {
        cnn_free(c->buffer[b].start);
        cnn_free(c->want.data[b]);
        cnn_free(c->magnitude.data[b]);
    }
}

/* ---- Comparing ----------------------------------------------------------------------------------------- */

static float absolute_value(float value) {
    return guarded_is_untouched(value) ? value : fabsf(value);
}

static kernel_outcome run_reference(const kernel_case *c, bool absolute) {
    kernel_outcome result = {0};
    for (int b = 0; b < c->buffers; b++) {
        const kernel_buffer *buffer = &c->buffer[b];
        result.data[b] = cnn_allocate((size_t)buffer->count, sizeof(float), "an outcome", NULL);
        assert_non_null(result.data[b]);
        for (int64_t i = 0; i < buffer->count; i++)
            result.data[b][i] = absolute ? absolute_value(buffer->start[i]) : buffer->start[i];
    }
    c->call(c, &cnn_kernels_reference, result.data, absolute);
    return result;
}

void kernel_case_expect(kernel_case *c) {
    c->want = run_reference(c, false);
    c->magnitude = run_reference(c, true);
}

static bool agrees(float got, float want, double tolerance) {
    if (guarded_is_untouched(want) || guarded_is_untouched(got))
        return guarded_is_untouched(want) && guarded_is_untouched(got);
    if (isnan(want) || isinf(want) || tolerance == 0)
        return got == want || (isnan(got) && isnan(want));
    return fabs((double)got - want) <= tolerance;
}

static void compare_buffer(const kernel_case *c, int b, const guarded *got) {
    const float *want = c->want.data[b];
    for (int64_t i = 0; i < got->count; i++) {
        double tolerance = c->terms ? FLT_EPSILON * (double)c->terms * c->magnitude.data[b][i] : 0;
        if (!agrees(got->data[i], want[i], tolerance))
            fail_msg("buffer %d, element %lld of %lld: %.9g, the reference has %.9g (tolerance %g)", b,
                     (long long)i, (long long)got->count, got->data[i], want[i], tolerance);
    }
    if (!guarded_rest_is_untouched(got))
        fail_msg("buffer %d: something outside it was changed", b);
}

static void compare_at(const kernel_case *c, const cnn_kernels *kernels, guarded_end end) {
    guarded got[KERNEL_CASE_BUFFERS];
    float *data[KERNEL_CASE_BUFFERS];
    for (int b = 0; b < c->buffers; b++) {
        got[b] = guarded_new(c->buffer[b].start, c->buffer[b].count, end);
        data[b] = got[b].data;
        if (!c->buffer[b].written)
            guarded_make_read_only(&got[b]);
    }
    c->call(c, kernels, data, false);
    for (int b = 0; b < c->buffers; b++) {
        compare_buffer(c, b, &got[b]);
        guarded_free(&got[b]);
    }
}

void kernel_case_compare(const kernel_case *c, const cnn_kernels *kernels) {
    for (guarded_end end = 0; end < GUARDED_ENDS; end++)
        compare_at(c, kernels, end);
}
