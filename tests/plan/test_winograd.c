/* How far Winograd's convolution may be from double precision, and how to do without it. */
#define _GNU_SOURCE
#include "base/memory.h"
#include "base/random.h"
#include "kernels/kernels.h"
#include "plan/internal.h"
#include "support/cmocka.h"
#include "support/oracle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 2, MAX_TABLES = 8 };

/* Largest error of a layer over its largest output. docs/performance.md has what was measured: at most 3.3e-6. */
static const double most_error = 4e-6;

/* Convolutions of the benchmark's networks: conv_2 of `basic` and two of its size whose gradient of the input has tall tiles, too, or
 * it alone; those of the VGG-like one; and one that is cut into bands, with and without pooling. */
typedef struct layer {
    int64_t channels, size, filters, padding;
} layer;
static const layer layers[] = {{32, 26, 64, 0}, {64, 24, 32, 1},  {64, 24, 32, 0},
                               {32, 32, 32, 1}, {32, 16, 64, 1},  {64, 16, 64, 1},
                               {64, 8, 128, 1}, {128, 8, 128, 1}, {16, 82, 16, 1}};
enum { LAYERS = sizeof layers / sizeof layers[0] };
/* Image by image, its weights come from memory: tiles are low, forward and for the gradient of the input. */
static const layer far_layer = {256, 14, 256, 1};

static cnn_random random_numbers;

static float *draw(int64_t count) {
    float *values = cnn_allocate((size_t)count, sizeof *values, "a test", NULL);
    assert_non_null(values);
    for (int64_t i = 0; i < count; i++)
        values[i] = (float)(2 * cnn_random_uniform(&random_numbers) - 1);
    return values;
}

static void draw_parameters(cnn_net *net) {
    float *values = draw(net->value_count);
    assert_int_equal(cnn_net_make_values(net, NULL), CNN_OK);
    memcpy(net->values, values, (size_t)net->value_count * sizeof *values);
    cnn_free(values);
}

static cnn_net *build(const layer *l, bool pooled) {
    cnn_net *net = cnn_net_new(&(cnn_input_options){l->channels, l->size, l->size});
    cnn_conv2d(net, .filters = l->filters, .kernel = {3, 3},
               .padding = {l->padding, l->padding, l->padding, l->padding});
    if (pooled)
        cnn_max_pool2d(net, .kernel = {2, 2});
    assert_int_equal(cnn_net_status(net), CNN_OK);
    draw_parameters(net);
    return net;
}

static cnn_plan *plan_of(const cnn_net *net, int64_t batch, bool training) {
    cnn_plan *plan;
    cnn_error error;
    const cnn_plan_options options = {.batch = batch, .threads = 1, .training = training};
    if (cnn_plan_new(&plan, net, &options, &error) != CNN_OK)
        fail_msg("%s", error.message);
    return plan;
}

/* Largest difference over the largest value. */
static double error_of(const float *found, const double *exact, int64_t count) {
    double difference = 0, largest = 0;
    for (int64_t i = 0; i < count; i++) {
        difference = fmax(difference, fabs(found[i] - exact[i]));
        largest = fmax(largest, fabs(exact[i]));
    }
    assert_true(largest > 1);
    return difference / largest;
}

static bool is_winograd(const cnn_plan *plan) {
    cnn_layer_time step;
    cnn_plan_describe_step(plan, 0, &step);
    return strstr(step.algorithm, "Winograd") != NULL;
}

/* ---- Forward ------------------------------------------------------------------------------------------- */

static double forward_error(const layer *l, int64_t batch, bool pooled, bool training) {
    cnn_net *net = build(l, pooled);
    cnn_plan *plan = plan_of(net, batch, training);
    assert_true(is_winograd(plan));
    float *images = draw(batch * l->channels * l->size * l->size);
    oracle exact = oracle_new(net, images, batch);
    const double *outputs = oracle_run(&exact, 0);
    cnn_plan_set_images(plan, images, batch);
    const double error = error_of(cnn_plan_forward(plan, batch, 0), outputs, batch * cnn_plan_outputs(plan));
    oracle_free(&exact);
    cnn_free(images);
    cnn_plan_free(plan);
    cnn_net_free(net);
    return error;
}

static void forward_is_near_double_precision(void **state) {
    (void)state;
    for (int i = 0; i < 4 * LAYERS; i++) {
        const bool pooled = i % 2, training = i / 2 % 2;
        const double error = forward_error(&layers[i / 4], BATCH, pooled, training);
        if (error > most_error)
            fail_msg("layer %d%s%s: %g", i / 4, pooled ? " with pooling" : "", training ? " in training" : "",
                     error);
    }
}

/* ---- Gradient of the input ----------------------------------------------------------------------------- */

/* dx[c][row][column] in double: every output position that the input takes part in. */
static double exact_input_gradient(const layer *l, const float *w, const float *dy, int64_t size, int64_t c,
                                   int64_t row, int64_t column) {
    double sum = 0;
    for (int64_t o = 0; o < l->filters; o++)
        for (int64_t t = 0; t < 9; t++) {
            const int64_t y = row + l->padding - t / 3, x = column + l->padding - t % 3;
            if (y >= 0 && y < size && x >= 0 && x < size)
                sum += (double)w[(o * l->channels + c) * 9 + t] * dy[(y * size + x) * l->filters + o];
        }
    return sum;
}

/* Of the first image. */
static double input_gradient_error(const layer *l, int64_t batch) {
    cnn_net *net = build(l, false);
    cnn_plan *plan = plan_of(net, batch, true);
    assert_true(is_winograd(plan));
    const int64_t size = l->size + 2 * l->padding - 2, pixels = l->channels * l->size * l->size;
    plan->logical_gradient = NULL; /* dy: rows, columns, filters */
    float *dy = draw(batch * size * size * l->filters), *dx = draw(batch * pixels);
    memcpy(cnn_plan_output_gradient(plan), dy, (size_t)(size * size * l->filters) * sizeof *dy);
    plan->steps[0].step.input_gradient[0] = (cnn_buffer){.data = dx, .image_stride = pixels};
    cnn_plan_backward(plan, 1, 0);
    double *exact = cnn_allocate((size_t)pixels, sizeof *exact, "a test", NULL);
    for (int64_t i = 0; i < pixels; i++)
        exact[i] = exact_input_gradient(l, net->values, dy, size, i % l->channels, i / l->channels / l->size,
                                        i / l->channels % l->size);
    const double error = error_of(dx, exact, pixels);
    cnn_free(exact);
    cnn_free(dx);
    cnn_free(dy);
    cnn_plan_free(plan);
    cnn_net_free(net);
    return error;
}

static void input_gradient_is_near_double_precision(void **state) {
    (void)state;
    for (int i = 0; i < LAYERS; i++) {
        const double error = input_gradient_error(&layers[i], BATCH);
        if (error > most_error)
            fail_msg("layer %d: %g", i, error);
    }
}

/* ---- Gradient of the weights --------------------------------------------------------------------------- */

/* dw[tap][c][o] of one image (rows, columns, channels) in double. */
static double exact_weight_gradient(const layer *l, const float *x, const float *dy, int64_t size,
                                    int64_t tap, int64_t c, int64_t o) {
    double sum = 0;
    for (int64_t p = 0; p < size * size; p++) {
        const int64_t row = p / size + tap / 3 - l->padding, column = p % size + tap % 3 - l->padding;
        if (row >= 0 && row < l->size && column >= 0 && column < l->size)
            sum += (double)x[(row * l->size + column) * l->channels + c] * dy[p * l->filters + o];
    }
    return sum;
}

/* Of the first image. */
static double weight_gradient_error(const layer *l) {
    cnn_net *net = build(l, false);
    cnn_plan *plan = plan_of(net, BATCH, true);
    const int64_t size = l->size + 2 * l->padding - 2, pixels = l->channels * l->size * l->size;
    const int64_t weights = 9 * l->channels * l->filters;
    plan->logical_gradient = NULL; /* dy: rows, columns, filters */
    float *dy = draw(size * size * l->filters), *x = draw(pixels);
    memcpy(cnn_plan_output_gradient(plan), dy, (size_t)(size * size * l->filters) * sizeof *dy);
    memcpy(cnn_plan_input(plan), x, (size_t)pixels * sizeof *x);
    cnn_plan_backward(plan, 1, 0);
    double *exact = cnn_allocate((size_t)weights, sizeof *exact, "a test", NULL);
    for (int64_t i = 0; i < weights; i++)
        exact[i] = exact_weight_gradient(l, x, dy, size, i / l->filters / l->channels,
                                         i / l->filters % l->channels, i % l->filters);
    int64_t count;
    const double error =
        error_of(cnn_plan_gradients(plan, &count) + cnn_plan_parameter_offset(plan, 0), exact, weights);
    cnn_free(exact);
    cnn_free(x);
    cnn_free(dy);
    cnn_plan_free(plan);
    cnn_net_free(net);
    return error;
}

static void weight_gradient_is_near_double_precision(void **state) {
    (void)state;
    for (int i = 0; i < LAYERS; i++) {
        const double error = weight_gradient_error(&layers[i]);
        if (error > most_error)
            fail_msg("layer %d: %g", i, error);
    }
}

/* ---- Low tiles ----------------------------------------------------------------------------------------- */

static bool has_low_tiles(int64_t batch, bool training) {
    cnn_layer_time step;
    cnn_net *net = build(&far_layer, false);
    cnn_plan *plan = plan_of(net, batch, training);
    cnn_plan_describe_step(plan, 0, &step);
    cnn_plan_free(plan);
    cnn_net_free(net);
    return strcmp(step.algorithm, "Winograd F(2x4,3x3)") == 0;
}

static void low_tiles_are_near_double_precision(void **state) {
    (void)state;
    assert_true(has_low_tiles(1, false) && has_low_tiles(1, true) && !has_low_tiles(64, false));
    assert_true(forward_error(&far_layer, 1, false, false) <= most_error);
    assert_true(input_gradient_error(&far_layer, 1) <= most_error);
}

/* Every instruction set has transforms of its own. */
static int under_every_instruction_set(void (*test)(void **state)) {
    const cnn_kernels *tables[MAX_TABLES];
    const int count = cnn_kernels_available(tables, MAX_TABLES);
    for (int i = 0; i < count; i++) {
        setenv("CNN_CPU", tables[i]->name, 1);
        test(NULL);
    }
    unsetenv("CNN_CPU");
    return count;
}

static void forward(void **state) {
    (void)state;
    assert_true(under_every_instruction_set(forward_is_near_double_precision) >= 1);
}

static void input_gradient(void **state) {
    (void)state;
    assert_true(under_every_instruction_set(input_gradient_is_near_double_precision) >= 1);
}

static void low_tiles(void **state) {
    (void)state;
    assert_true(under_every_instruction_set(low_tiles_are_near_double_precision) >= 1);
}

static void weight_gradient(void **state) {
    (void)state;
    assert_true(under_every_instruction_set(weight_gradient_is_near_double_precision) >= 1);
}

/* ---- Without it ---------------------------------------------------------------------------------------- */

static void can_be_switched_off(void **state) {
    (void)state;
    for (int pooled = 0; pooled < 2; pooled++) {
        cnn_net *net = build(&layers[0], pooled);
        setenv("CNN_WINOGRAD", "0", 1);
        cnn_plan *without = plan_of(net, BATCH, true);
        assert_false(is_winograd(without));
        setenv("CNN_WINOGRAD", "1", 1);
        cnn_plan *with = plan_of(net, BATCH, true);
        assert_true(is_winograd(with));
        unsetenv("CNN_WINOGRAD");
        cnn_plan_free(without);
        cnn_plan_free(with);
        cnn_net_free(net);
    }
}

static void an_unknown_setting_is_refused(void **state) {
    (void)state;
    cnn_net *net = build(&layers[0], false);
    cnn_predictor *predictor;
    cnn_error error;
    setenv("CNN_WINOGRAD", "maybe", 1);
    assert_int_equal(cnn_predictor_new(&predictor, net, NULL, &error), CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "CNN_WINOGRAD=maybe"));
    unsetenv("CNN_WINOGRAD");
    cnn_net_free(net);
}

int main(void) {
    cnn_random_seed(&random_numbers, 6);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forward),
        cmocka_unit_test(input_gradient),
        cmocka_unit_test(weight_gradient),
        cmocka_unit_test(low_tiles),
        cmocka_unit_test(can_be_switched_off),
        cmocka_unit_test(an_unknown_setting_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
