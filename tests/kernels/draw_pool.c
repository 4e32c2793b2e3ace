/* Random calls of the pooling kernels. */
#include "kernels/bf16/number.h"
#include "kernels/draw.h"

/* Whether each window along the axis has an element within the image. */
static bool all_meet(const cnn_pool_loop *loop, int axis, int64_t size, int64_t outputs) {
    bool all = true;
    for (int64_t i = 0; i < outputs; i++) {
        bool meets = false;
        for (int64_t k = 0; k < loop->kernel[axis]; k++) {
            const int64_t at = i * loop->stride[axis] - loop->pad[axis] + k * loop->dilation[axis];
            meets = meets || (at >= 0 && at < size);
        }
        all = all && meets;
    }
    return all;
}

/* Rows or columns of the padded input and of the output; false when the window does not fit. */
static bool fit_axis(kernel_case *c, int axis, int64_t size, int64_t *outputs) {
    cnn_pool_loop *loop = &c->pool;
    loop->kernel[axis] = kernel_case_between(c, 1, 4);
    loop->stride[axis] = kernel_case_between(c, 1, 4);
    loop->dilation[axis] = cnn_random_bits(&c->random) & 1 ? 1 : kernel_case_between(c, 1, 3);
    const int64_t span = loop->dilation[axis] * (loop->kernel[axis] - 1) + 1;
    loop->pad[axis] = kernel_case_between(c, 0, span - 1);
    const int64_t padded = size + loop->pad[axis] + kernel_case_between(c, 0, span - 1);
    *outputs = padded < span ? 0 : (padded - span) / loop->stride[axis] + 1;
    return *outputs > 0 && all_meet(loop, axis, size, *outputs);
}

static void draw_loop(kernel_case *c) {
    cnn_pool_loop *loop = &c->pool;
    do {
        loop->rows = kernel_case_size(c, 31);
        loop->columns = kernel_case_size(c, 31);
        loop->channels = kernel_case_size(c, 131);
    } while (loop->rows * loop->columns * loop->channels > 20000);
    while (!fit_axis(c, 0, loop->rows, &loop->out_rows))
        ;
    while (!fit_axis(c, 1, loop->columns, &loop->out_columns))
        ;
    loop->count_padding = cnn_random_bits(&c->random) & 1;
}

static int64_t input_count(const kernel_case *c) {
    return c->pool.rows * c->pool.columns * c->pool.channels;
}

static int64_t output_count(const kernel_case *c) {
    return c->pool.out_rows * c->pool.out_columns * c->pool.channels;
}

/* Few different values, so that many windows have several largest ones. */
static float *add_input_with_ties(kernel_case *c) {
    float *x = kernel_case_add(c, input_count(c), false);
    for (int64_t i = 0; i < input_count(c); i++)
        x[i] = (float)kernel_case_between(c, -3, 3);
    return x;
}

static void call_max_pool(const kernel_case *c, const cnn_kernels *kernels, float *const b[], bool absolute) {
    (void)absolute;
    kernels->max_pool(&c->pool, b[0], b[1], c->null ? NULL : b[2]);
}

void kernel_draw_max_pool(kernel_case *c) {
    c->call = call_max_pool;
    draw_loop(c);
    c->null = kernel_case_flip(c);
    add_input_with_ties(c);
    kernel_case_add(c, output_count(c), true);
    kernel_case_add(c, output_count(c), true);
}

static void call_bf16_max_pool(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                               bool absolute) {
    (void)absolute;
    kernels->bf16_max_pool(&c->pool, b[0], b[1]);
}

void kernel_draw_bf16_max_pool(kernel_case *c) {
    c->call = call_bf16_max_pool;
    draw_loop(c);
    float *x = add_input_with_ties(c);
    for (int64_t i = 0; i < input_count(c); i++)
        x[i] = cnn_bf16_pair(x[i], (float)kernel_case_between(c, -3, 3));
    kernel_case_add(c, output_count(c), true);
}

static void call_max_pool_backward(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                                   bool absolute) {
    (void)absolute;
    kernels->max_pool_backward(&c->pool, b[1], b[3], b[4]);
}

/* Buffers 0 to 2 are the forward call's, whose winners are wanted here. */
void kernel_draw_max_pool_backward(kernel_case *c) {
    kernel_draw_max_pool(c);
    cnn_kernels_reference.max_pool(&c->pool, c->buffer[0].start, c->buffer[2].start, c->buffer[1].start);
    c->call = call_max_pool_backward;
    c->buffer[1].written = false;
    c->terms = c->pool.kernel[0] * c->pool.kernel[1] + 1;
    kernel_case_add_random(c, output_count(c), false);
    kernel_case_add(c, input_count(c), true);
}

static void call_avg_pool(const kernel_case *c, const cnn_kernels *kernels, float *const b[], bool absolute) {
    (void)absolute;
    kernels->avg_pool(&c->pool, b[0], b[1]);
}

void kernel_draw_avg_pool(kernel_case *c) {
    c->call = call_avg_pool;
    draw_loop(c);
    c->terms = c->pool.kernel[0] * c->pool.kernel[1] + 2;
    kernel_case_add_random(c, input_count(c), false);
    kernel_case_add(c, output_count(c), true);
}

static void call_avg_pool_backward(const kernel_case *c, const cnn_kernels *kernels, float *const b[],
                                   bool absolute) {
    (void)absolute;
    kernels->avg_pool_backward(&c->pool, b[0], b[1]);
}

void kernel_draw_avg_pool_backward(kernel_case *c) {
    c->call = call_avg_pool_backward;
    draw_loop(c);
    c->terms = c->pool.kernel[0] * c->pool.kernel[1] + 2;
    kernel_case_add_random(c, output_count(c), false);
    kernel_case_add(c, input_count(c), true);
}
