/* Plans that sum up numbers in bfloat16: every output is the sum that the public header describes, worked out here from logical
 * weights and images; on any number of threads, for any batch and by every instruction set; and about that of float32. */
#define _GNU_SOURCE
#include "base/memory.h"
#include "kernels/bf16/number.h"
#include "plan/internal.h"
#include "plan/random_net.h"
#include "support/cmocka.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

enum { IMAGES = 5, MAX_THREADS = 3, MAX_TABLES = 8 };

/* A single layer, with what is fused into it: sizes are odd, groups have odd numbers of inputs, blocks are not full. */
static const char *const cases[] = {
    "input 3x9x11\nconv 5 3x3 relu\n",
    "input 1x12x12\nconv 33 5x3 padding 2,1,0,1 stride 2x1\n",
    "input 64x6x5\nconv 70 1x1 relu\n",
    "input 16x7x7\nconv 24 1x1 stride 2 nobias\n",
    "input 9x8x9\nconv 12 3x3 groups 3 padding 1 dilation 2x1\n",
    "input 8x10x10\nconv 80 3x3 groups 2 padding 1\nclip 0 0.4\n",
    "input 6x5x5\nconv 3 3x3 groups 3\n",
    "input 512x5x5\nconv 6 3x3 groups 2 padding 1\n",
    "input 32x18x17\nconv 64 3x3 padding 1\nmaxpool 1x1\n",
    "input 512x2x2\nconv 64 3x3 padding 1 relu\n",
    "input 129x3x4\nconv 128 3x3 padding 1\n",
    "input 130x5x4\nconv 144 3x3 stride 2 padding 1\nclip 0 3\n",
    "input 3x5x7\nflatten\ndense 37 relu\n",
    "input 2x13x23\nflatten\ndense 64 nobias\n",
    "input 1x1x1\nflatten\ndense 1\n",
};
enum { CASES = sizeof cases / sizeof cases[0] };

static void fill_positive(float *values, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        values[i] = fabsf(values[i]) + 0.5f;
}

static cnn_net *build(const char *text) {
    cnn_net *net = random_net(text);
    for (int64_t i = 0; i < net->parameter_count; i++) /* variances are positive */
        if (net->parameters[i].spec.statistic)
            fill_positive(net->values + net->parameters[i].offset, net->parameters[i].elements);
    return net;
}

/* Outputs for `count` images, which are C,H,W; for cnn_free. */
static float *run(const cnn_net *net, cnn_plan_options options, const float *images, int64_t count) {
    cnn_plan *plan = plan_of(net, options);
    const int64_t pixels = cnn_shape_elements(&net->input), outputs = cnn_plan_outputs(plan);
    float *all = cnn_allocate((size_t)(count * outputs), sizeof *all, "outputs", NULL);
    assert_non_null(all);
    for (int64_t first = 0; first < count; first += options.batch) {
        const int64_t now = count - first < options.batch ? count - first : options.batch;
        cnn_plan_set_images(plan, images + first * pixels, now);
        memcpy(all + first * outputs, cnn_plan_forward(plan, now, 0), (size_t)(now * outputs) * sizeof *all);
    }
    cnn_plan_free(plan);
    return all;
}

static float *images_for(const cnn_net *net) {
    const int64_t count = IMAGES * cnn_shape_elements(&net->input);
    float *images = cnn_allocate((size_t)count, sizeof *images, "images", NULL);
    assert_non_null(images);
    random_fill(images, count, 8);
    return images;
}

/* ---- The sums, worked out ------------------------------------------------------------------------------- */

/* A window's numbers and the weights that they meet, in the order of the sum: taps, and channels of each. */
typedef struct terms {
    int64_t count, tap; /* in all, in a tap */
    float x[8192], w[8192];
} terms;

/* In pairs within each tap; what is alone has 0 beside it. */
static float sum_of(const terms *t, float sum) {
    for (int64_t tap = 0; tap < t->count; tap += t->tap)
        for (int64_t i = 0; i < t->tap; i += 2) {
            const bool both = i + 1 < t->tap;
            const float *x = t->x + tap + i, *w = t->w + tap + i;
            sum =
                cnn_bf16_dot(cnn_bf16_pair(x[0], both ? x[1] : 0), cnn_bf16_pair(w[0], both ? w[1] : 0), sum);
        }
    return sum;
}

static double magnitude_of(const terms *t, double start) {
    double sum = fabs(start);
    for (int64_t i = 0; i < t->count; i++)
        sum += fabs((double)t->x[i] * t->w[i]);
    return sum;
}

/* x[c][row][column], 0 beside the image. */
static float pixel(const cnn_shape *shape, const float *image, int64_t c, int64_t row, int64_t column) {
    const int64_t *dim = shape->dim;
    const bool inside = row >= 0 && row < dim[1] && column >= 0 && column < dim[2];
    return inside ? image[(c * dim[1] + row) * dim[2] + column] : 0;
}

static void conv_terms(terms *t, const cnn_net *net, const float *image, int64_t filter,
                       const int64_t at[2]) {
    const cnn_conv2d_options *conv = &net->nodes[0].options.conv2d;
    const int64_t *kernel = conv->kernel, inputs = net->input.dim[0] / conv->groups;
    const int64_t group = filter / (conv->filters / conv->groups);
    *t = (terms){.tap = inputs};
    for (int64_t i = 0; i < kernel[0]; i++)
        for (int64_t j = 0; j < kernel[1]; j++)
            for (int64_t c = 0; c < inputs; c++) {
                t->x[t->count] = pixel(&net->input, image, group * inputs + c,
                                       at[0] * conv->stride[0] + i * conv->dilation[0] - conv->padding[0],
                                       at[1] * conv->stride[1] + j * conv->dilation[1] - conv->padding[1]);
                t->w[t->count++] = net->values[((filter * inputs + c) * kernel[0] + i) * kernel[1] + j];
            }
}

/* Flattened maps keep their order in memory: pixel by pixel, channels side by side. */
static void dense_terms(terms *t, const cnn_net *net, const float *image, int64_t unit) {
    const int64_t channels = net->input.dim[0], area = net->input.dim[1] * net->input.dim[2];
    *t = (terms){.tap = channels * area};
    for (int64_t a = 0; a < area; a++)
        for (int64_t c = 0; c < channels; c++) {
            t->x[t->count] = image[c * area + a];
            t->w[t->count++] = net->values[(unit * channels + c) * area + a];
        }
}

static float bounded(const cnn_plan *plan, float value) {
    const cnn_step *step = &plan->steps[0].step;
    value = step->relu && value < 0 ? 0 : value;
    return step->limit > 0 && value > step->limit ? step->limit : value;
}

static void check_output(const cnn_net *net, const cnn_plan *plan, const terms *t, int64_t filter, float got,
                         float in_float32) {
    const bool has_bias = net->nodes[plan->steps[0].node].parameters == 2;
    const cnn_shape *outputs = &plan->steps[0].step.output_shape;
    const float bias = has_bias ? net->values[net->value_count - outputs->dim[0] + filter] : 0;
    const float wanted = bounded(plan, sum_of(t, bias));
    if (cnn_float_bits(got) != cnn_float_bits(wanted))
        fail_msg("filter %d: %.9g, expected %.9g", (int)filter, got, wanted);
    /* Each factor is rounded by at most 2^-9 of itself, each of the sum's roundings by 2^-24 of what it is. */
    const double bound = magnitude_of(t, bias) * (2 * 0x1p-9 + 0x1p-18 + 2 * (double)t->count * 0x1p-24);
    if (fabs((double)got - in_float32) > bound)
        fail_msg("filter %d: %.9g, but %.9g in float32: more than %.3g apart", (int)filter, got, in_float32,
                 bound);
}

static void check_image(const cnn_net *net, const cnn_plan *plan, const float *image, const float *got,
                        const float *in_float32) {
    static terms t;
    const cnn_shape *shape = &plan->steps[0].step.output_shape;
    const bool dense = shape->rank == 1;
    const int64_t rows = dense ? 1 : shape->dim[1], columns = dense ? 1 : shape->dim[2];
    for (int64_t filter = 0; filter < shape->dim[0]; filter++)
        for (int64_t row = 0; row < rows; row++)
            for (int64_t column = 0; column < columns; column++, got++, in_float32++) {
                if (dense)
                    dense_terms(&t, net, image, filter);
                else
                    conv_terms(&t, net, image, filter, (int64_t[]){row, column});
                check_output(net, plan, &t, filter, *got, *in_float32);
            }
}

static void outputs_are_the_sums_that_are_described(void **state) {
    (void)state;
    setenv("CNN_WINOGRAD", "0", 1);
    for (int i = 0; i < CASES; i++) {
        cnn_net *net = build(cases[i]);
        const cnn_plan_options bf16 = {.batch = IMAGES, .threads = 1, .precision = CNN_PRECISION_BF16};
        const cnn_plan_options plain = {.batch = IMAGES, .threads = 1};
        float *images = images_for(net), *got = run(net, bf16, images, IMAGES),
              *in_float32 = run(net, plain, images, IMAGES);
        cnn_plan *plan = plan_of(net, bf16);
        const int64_t pixels = cnn_shape_elements(&net->input), outputs = cnn_plan_outputs(plan);
        for (int64_t image = 0; image < IMAGES; image += IMAGES - 1)
            check_image(net, plan, images + image * pixels, got + image * outputs,
                        in_float32 + image * outputs);
        cnn_plan_free(plan);
        cnn_free(images);
        cnn_free(got);
        cnn_free(in_float32);
        cnn_net_free(net);
    }
}

static int with_winograd(void **state) {
    (void)state;
    return unsetenv("CNN_WINOGRAD");
}

/* ---- By Winograd's algorithm ------------------------------------------------------------------------------ */

/* Maps that are shared by rows of tiles and by filters, in one band and in several; all kinds of edges. */
static const char *const squares[] = {
    "input 32x13x12\nconv 48 3x3 padding 1 relu\n",
    "input 48x33x31\nconv 32 3x3\nclip 0 2\n",
    "input 80x5x6\nconv 80 3x3 padding 2,0,1,2 nobias\n",
    "input 32x70x9\nconv 32 3x3 padding 1\n",
};
enum { SQUARES = sizeof squares / sizeof squares[0] };

static double largest_distance(const float *a, const float *b, int64_t count) {
    double largest = 0;
    for (int64_t i = 0; i < count; i++)
        largest = fmax(largest, fabs((double)a[i] - b[i]));
    return largest;
}

/* Its transforms add numbers up before they are rounded, which makes the errors of direct sums up to 2.2 times as large in what
 * docs/precision.md measured. */
static void small_tiles_have_errors_like_direct_sums(void **state) {
    (void)state;
    for (int i = 0; i < SQUARES; i++) {
        cnn_net *net = build(squares[i]);
        const cnn_plan_options bf16 = {.batch = IMAGES, .threads = 1, .precision = CNN_PRECISION_BF16};
        float *images = images_for(net), *tiled = run(net, bf16, images, IMAGES);
        setenv("CNN_WINOGRAD", "0", 1);
        float *direct = run(net, bf16, images, IMAGES);
        float *plain = run(net, (cnn_plan_options){.batch = IMAGES, .threads = 1}, images, IMAGES);
        unsetenv("CNN_WINOGRAD");
        const int64_t count = IMAGES * cnn_net_outputs(net);
        const double distance = largest_distance(tiled, plain, count);
        assert_true(distance > 0 && distance < 3 * largest_distance(direct, plain, count));
        assert_true(largest_distance(tiled, direct, count) > 0);
        cnn_free(images);
        cnn_free(tiled);
        cnn_free(direct);
        cnn_free(plain);
        cnn_net_free(net);
    }
}

/* Residual connections, around tiles and around direct sums. */
static void other_parts_of_sums_are_added(void **state) {
    (void)state;
    static const char *const texts[] = {
        "input 32x12x12\nconv 32 3x3 padding 1 relu name a\nconv 32 3x3 padding 1\nadd a\nrelu\n",
        "input 16x12x12\nconv 32 1x1 relu name a\nconv 32 1x1\nadd a\nrelu\nconv 8 1x1\n"};
    for (int i = 0; i < 2; i++) {
        cnn_net *net = build(texts[i]);
        const cnn_plan_options bf16 = {.batch = 2, .threads = 1, .precision = CNN_PRECISION_BF16};
        const int64_t count = IMAGES * cnn_net_outputs(net);
        float *images = images_for(net), *got = run(net, bf16, images, IMAGES);
        float *plain = run(net, (cnn_plan_options){.batch = 2, .threads = 1}, images, IMAGES);
        float *zeros = cnn_allocate((size_t)count, sizeof *zeros, "zeros", NULL);
        assert_non_null(zeros);
        assert_true(largest_distance(got, plain, count) < 0.02 * largest_distance(plain, zeros, count));
        cnn_free(images);
        cnn_free(got);
        cnn_free(plain);
        cnn_free(zeros);
        cnn_net_free(net);
    }
}

/* ---- The same bits everywhere ----------------------------------------------------------------------------- */

/* All of the cases, one after another, and a norm that is folded. */
static const char *const whole =
    "input 3x20x20\nconv 32 3x3 padding 1\nbatchnorm relu\nmaxpool 2x2\nconv 64 3x3 relu\n"
    "conv 48 1x1 relu\nconv 65 3x3 stride 2 padding 1\nrelu\nflatten\ndense 40 relu\ndense 3\n";

/* Values that are stored in bfloat16: sums of two, around tiles, around pairs of taps, over the batch. */
static const char *const blocks[] = {
    "input 3x20x18\nconv 32 3x3 padding 1 relu\nconv 32 3x3 padding 1 relu name a\nconv 48 3x3 padding 1 "
    "relu\nconv 32 3x3 padding 1\nadd a\nrelu name b\nconv 64 3x3 stride 2 padding 1 relu\n"
    "conv 64 3x3 padding 1 name c\nconv 64 1x1 stride 2 from b\nadd c\nrelu\nglobalmaxpool\n",
    ("input 3x12x12\nconv 16 3x3 padding 1 name a\nconv 96 1x1\nclip 0 6\nconv 24 3x3 groups 4 padding 1\n"
     "conv 16 1x1\nadd a\nconv 64 1x1\nclip 0 6\nconv 34 3x3 stride 2\nmaxpool 2x2\nconv 24 1x1\n"),
    "input 8x2x2\nconv 256 1x1 name a\nconv 64 1x1 relu\nconv 256 3x3 padding 1\nadd a\nrelu\nconv 34 1x1\n",
    "input 8x7x7\nconv 80 1x1 relu\nconv 80 3x3 padding 1 groups 80 relu\nconv 24 1x1\nconv 34 1x1\n",
};

static void assert_same(const cnn_net *net, cnn_plan_options options, const float *images,
                        const float *wanted) {
    float *got = run(net, options, images, IMAGES);
    if (memcmp(got, wanted, (size_t)(IMAGES * cnn_net_outputs(net)) * sizeof *got))
        fail_msg("%d threads, a batch of %d, %s: other bits", options.threads, (int)options.batch,
                 cnn_cpu(NULL));
    cnn_free(got);
}

static void assert_same_everywhere(const char *text) {
    cnn_net *net = build(text);
    cnn_plan_options options = {.batch = IMAGES, .threads = 1, .precision = CNN_PRECISION_BF16};
    float *images = images_for(net), *wanted = run(net, options, images, IMAGES);
    for (options.threads = 1; options.threads <= MAX_THREADS; options.threads++)
        for (options.batch = 1; options.batch <= IMAGES; options.batch += 2)
            assert_same(net, options, images, wanted);
    const cnn_kernels *tables[MAX_TABLES];
    const int count = cnn_kernels_available(tables, MAX_TABLES);
    options = (cnn_plan_options){.batch = IMAGES, .threads = 2, .precision = CNN_PRECISION_BF16};
    for (int t = 0; t < count; t++) {
        setenv("CNN_CPU", tables[t]->name, 1);
        assert_same(net, options, images, wanted);
    }
    unsetenv("CNN_CPU");
    cnn_free(images);
    cnn_free(wanted);
    cnn_net_free(net);
}

static void bits_depend_on_neither_threads_nor_batch_nor_processor(void **state) {
    (void)state;
    for (int i = 0; i < CASES; i++)
        assert_same_everywhere(cases[i]);
    for (int i = 0; i < SQUARES; i++)
        assert_same_everywhere(squares[i]);
    assert_same_everywhere(whole);
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++)
        assert_same_everywhere(blocks[i]);
}

/* ---- What stays in float32 -------------------------------------------------------------------------------- */

static const char *const others[] = {
    "input 20x9x9\nconv 20 3x3 padding 1 groups 20 relu\n",
    "input 4x6x6\nconvtranspose 5 3x3 stride 2\n",
    "input 4x6x6\nmaxpool 2x2\ntanh\nflatten\nsoftmax\n",
};

static void other_layers_have_the_bits_of_float32(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        cnn_net *net = build(others[i]);
        float *images = images_for(net);
        float *wanted = run(net, (cnn_plan_options){.batch = 2, .threads = 1}, images, IMAGES);
        const cnn_plan_options bf16 = {.batch = 2, .threads = 1, .precision = CNN_PRECISION_BF16};
        assert_same(net, bf16, images, wanted);
        cnn_free(images);
        cnn_free(wanted);
        cnn_net_free(net);
    }
}

static void check_algorithms(const char *text, const char *const *algorithms, int steps) {
    cnn_net *net = build(text);
    cnn_plan *plan = plan_of(net, (cnn_plan_options){.batch = 4, .precision = CNN_PRECISION_BF16});
    assert_int_equal(cnn_plan_steps(plan), steps);
    for (int step = 0; step < steps; step++) {
        cnn_layer_time layer;
        cnn_plan_describe_step(plan, step, &layer);
        assert_string_equal(layer.algorithm, algorithms[step]);
    }
    cnn_plan_free(plan);
    cnn_net_free(net);
}

static void the_plan_says_which_layers_use_it(void **state) {
    (void)state;
    static const char *const large[] = {"direct bf16", "depthwise", "Winograd F(2x2,3x3) bf16", "maxpool",
                                        "direct bf16", "direct",    "blocks of units bf16"};
    static const char *const small[] = {"direct over the batch bf16", "direct over the batch bf16"};
    check_algorithms(
        "input 3x24x24\nconv 32 3x3 padding 1 relu\nconv 32 3x3 groups 32 padding 1\n"
        "conv 32 3x3 padding 1\nmaxpool 2x2\nconv 32 1x1\nconvtranspose 2 2x2\nflatten\ndense 3\n",
        large, 7);
    check_algorithms("input 512x2x2\nconv 64 3x3 padding 1 relu\nconv 512 3x3 stride 2 padding 1\n", small,
                     2);
}

/* ---- Calls ------------------------------------------------------------------------------------------------- */

static void plans_that_keep_are_of_float32(void **state) {
    (void)state;
    cnn_net *net = build(cases[0]);
    for (int training = 0; training < 2; training++) {
        cnn_plan *plan = plan_of(
            net, (cnn_plan_options){
                     .batch = 1, .training = training, .keep = true, .precision = CNN_PRECISION_BF16});
        assert_false(plan->steps[0].step.bf16);
        cnn_plan_free(plan);
    }
    cnn_net_free(net);
}

/* A copy of the weights in half the memory is all that a predictor has of them. */
static void weights_take_half_the_memory(void **state) {
    (void)state;
    cnn_net *net =
        build("input 64x8x8\nconv 64 1x1\nconv 64 1x1\nconv 64 1x1\nconv 64 1x1\nflatten\ndense 512\n");
    cnn_plan *plan =
        plan_of(net, (cnn_plan_options){.batch = 1, .threads = 1, .precision = CNN_PRECISION_BF16});
    cnn_plan *plain = plan_of(net, (cnn_plan_options){.batch = 1, .threads = 1});
    assert_true(plan->prepared_floats < (4 * 64 * 64 + 4096 * 512) / 2 + 4096);
    assert_true(plain->prepared_floats + plain->parameter_floats >= 4 * 64 * 64 + 4096 * 512);
    cnn_plan_free(plan);
    cnn_plan_free(plain);
    cnn_net_free(net);
}

static void unknown_precisions_are_refused(void **state) {
    (void)state;
    cnn_net *net = build(cases[0]);
    cnn_predictor *predictor = NULL;
    cnn_error error;
    const cnn_predictor_options options = {.precision = (cnn_precision)2};
    assert_int_equal(cnn_predictor_new(&predictor, net, &options, &error), CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "CNN_PRECISION_BF16"));
    assert_null(predictor);
    cnn_net_free(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(outputs_are_the_sums_that_are_described, with_winograd),
        cmocka_unit_test_teardown(small_tiles_have_errors_like_direct_sums, with_winograd),
        cmocka_unit_test(other_parts_of_sums_are_added),
        cmocka_unit_test(bits_depend_on_neither_threads_nor_batch_nor_processor),
        cmocka_unit_test(other_layers_have_the_bits_of_float32),
        cmocka_unit_test(the_plan_says_which_layers_use_it),
        cmocka_unit_test(plans_that_keep_are_of_float32),
        cmocka_unit_test(weights_take_half_the_memory),
        cmocka_unit_test(unknown_precisions_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
