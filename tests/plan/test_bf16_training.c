/* Plans that train in bfloat16: each gradient of a convolution or dense layer is the sum that docs/precision.md describes, worked out
 * here from logical weights, images and gradients of outputs, once in its order and once in double precision; on any number of
 * threads and by every instruction set. */
#define _GNU_SOURCE
#include "base/memory.h"
#include "kernels/bf16/number.h"
#include "plan/internal.h"
#include "plan/random_net.h"
#include "support/cmocka.h"

#include <stdlib.h>
#include <string.h>

/* So many images that one slice has two, and an odd number of them. */
enum { IMAGES = 9, MAX_THREADS = 3, MAX_TABLES = 8 };

/* A layer behind one that wants its gradient, and passes everything: odd sizes, groups with odd numbers of channels, kernels smaller
 * than the stride, one and several blocks, Winograd's tiles forward, maps of few pixels. */
static const char *const cases[] = {
    "input 3x9x11\nprelu\nconv 5 3x3 relu\n",
    "input 1x12x12\nprelu\nconv 33 5x3 padding 2,1,0,1 stride 2x1\n",
    "input 16x7x7\nprelu\nconv 24 1x1 stride 2 nobias\n",
    "input 9x8x9\nprelu\nconv 12 3x3 groups 3 padding 1 dilation 2x1\n",
    "input 6x5x5\nprelu\nconv 3 3x3 groups 3 stride 1x3\n",
    "input 3x5x6\nprelu\nconv 6 3x3 groups 3 padding 1\n",
    "input 32x8x7\nprelu\nconv 48 3x3 padding 1\n",
    "input 34x5x4\nprelu\nconv 47 3x3 stride 2 padding 1\n",
    "input 256x2x2\nprelu\nconv 64 3x3 padding 1\n",
    "input 3x5x7\nprelu\nflatten\ndense 37 relu\n",
    "input 2x5x23\nprelu\nflatten\ndense 34 nobias\n",
    "input 1x1x1\nprelu\nflatten\ndense 1\n",
};
enum { CASES = sizeof cases / sizeof cases[0] };

static float *floats(int64_t count, uint64_t seed) {
    float *values = cnn_allocate((size_t)count, sizeof *values, "a test", NULL);
    assert_non_null(values);
    random_fill(values, count, seed);
    return values;
}

/* Random weights; the first layer's slopes are 1, variances positive. */
static cnn_net *build(const char *text) {
    cnn_net *net = random_net(text);
    for (int64_t p = 0; p < net->parameter_count; p++)
        for (int64_t i = 0; i < net->parameters[p].elements; i++)
            if (p == 0 || net->parameters[p].spec.statistic)
                net->values[net->parameters[p].offset + i] = 1;
    return net;
}

/* A plan that has run forward and backward once, and what it was given and gave, in logical order. */
typedef struct trained {
    cnn_net *net;
    cnn_plan *plan;
    int64_t images, pixels, outputs;
    float *x, *dy; /* dy: as the layer sees it, behind its own ReLU */
    float *gradients;
} trained;

static trained train(const char *text, int64_t images, int threads) {
    trained t = {.net = build(text), .images = images};
    t.plan = plan_of(
        t.net, (cnn_plan_options){
                   .batch = images, .threads = threads, .training = true, .precision = CNN_PRECISION_BF16});
    t.pixels = cnn_shape_elements(&t.net->input);
    t.outputs = cnn_plan_outputs(t.plan);
    t.x = floats(images * t.pixels, 8);
    t.dy = floats(images * t.outputs, 9);
    t.gradients = floats(t.net->value_count, 0);
    cnn_plan_set_images(t.plan, t.x, images);
    const float *y = cnn_plan_forward(t.plan, images, 0);
    const bool relu = t.plan->steps[t.plan->step_count - 1].step.relu;
    for (int64_t i = 0; i < images * t.outputs; i++)
        t.dy[i] = relu && y[i] <= 0 ? 0 : t.dy[i];
    memcpy(cnn_plan_output_gradient(t.plan), t.dy, (size_t)(images * t.outputs) * sizeof *t.dy);
    cnn_plan_backward(t.plan, images, 0);
    int64_t count;
    cnn_plan_to_logical(t.plan, cnn_plan_gradients(t.plan, &count), t.gradients);
    return t;
}

static void release(trained *t) {
    cnn_plan_free(t->plan);
    cnn_net_free(t->net);
    cnn_free(t->x);
    cnn_free(t->dy);
    cnn_free(t->gradients);
}

/* ---- A sum, in its order and in double precision ------------------------------------------------------------ */

typedef struct sums {
    float bf16;
    double exact, magnitude;
    int64_t terms;
} sums;

static void add_pair(sums *s, float x0, float x1, float w0, float w1) {
    const float x = cnn_bf16_pair(x0, x1), w = cnn_bf16_pair(w0, w1);
    s->bf16 = cnn_bf16_dot(x, w, s->bf16);
    const double products[] = {(double)cnn_bf16_first(x) * cnn_bf16_first(w),
                               (double)cnn_bf16_second(x) * cnn_bf16_second(w)};
    s->exact += products[0] + products[1];
    s->magnitude += fabs(products[0]) + fabs(products[1]);
    s->terms += 2;
}

static void check(const char *what, int64_t index, const sums *s, float got) {
    if (got != s->bf16)
        fail_msg("%s %d: %.9g, expected %.9g", what, (int)index, got, s->bf16);
    const double bound = (double)(s->terms + IMAGES) * 0x1p-24 * s->magnitude + 1e-37;
    if (fabs(got - s->exact) > bound)
        fail_msg("%s %d: %.9g, in double precision %.9g", what, (int)index, got, s->exact);
}

/* The sums of slices are added up in float32, one after the other. */
static void add_slice(sums *all, const sums *slice, bool first) {
    all->bf16 = first ? slice->bf16 : all->bf16 + slice->bf16;
    all->exact += slice->exact;
    all->magnitude += slice->magnitude;
    all->terms += slice->terms;
}

/* ---- Convolutions ---------------------------------------------------------------------------------------------- */

/* The layer: its options, its input and output. */
typedef struct layer {
    const trained *t;
    const cnn_conv2d_options *conv;
    const int64_t *in, *out;
    int64_t inputs, filters; /* of a group */
    const float *weights, *gradient;
} layer;

static layer layer_of(const trained *t) {
    const cnn_step *step = &t->plan->steps[1].step;
    const int64_t offset = t->net->parameters[1].offset;
    const int64_t groups = step->options.conv2d.groups;
    layer l = {.t = t,
               .conv = &step->options.conv2d,
               .in = step->input_shape[0].dim,
               .out = step->output_shape.dim,
               .weights = t->net->values + offset,
               .gradient = t->gradients + offset};
    if (step->output_shape.rank == 3) {
        l.inputs = l.in[0] / groups;
        l.filters = l.out[0] / groups;
    }
    return l;
}

static float map_at(const float *map, const int64_t dim[3], int64_t c, int64_t row, int64_t column) {
    const bool inside = row >= 0 && row < dim[1] && column >= 0 && column < dim[2];
    return inside ? map[(c * dim[1] + row) * dim[2] + column] : 0;
}

/* What an image gives the weight of a filter, an input of its group and a tap. */
static void add_image(const layer *l, int64_t image, int64_t filter, int64_t input, const int64_t tap[2],
                      sums *s) {
    const float *x = l->t->x + image * l->t->pixels, *dy = l->t->dy + image * l->t->outputs;
    const int64_t c = filter / l->filters * l->inputs + input;
    for (int64_t row = 0; row < l->out[1]; row++)
        for (int64_t column = 0; column < l->out[2]; column += 2) {
            const int64_t at[] = {
                row * l->conv->stride[0] + tap[0] * l->conv->dilation[0] - l->conv->padding[0],
                column * l->conv->stride[1] + tap[1] * l->conv->dilation[1] - l->conv->padding[1]};
            const bool both = column + 1 < l->out[2];
            add_pair(s, map_at(x, l->in, c, at[0], at[1]),
                     both ? map_at(x, l->in, c, at[0], at[1] + l->conv->stride[1]) : 0,
                     map_at(dy, l->out, filter, row, column),
                     both ? map_at(dy, l->out, filter, row, column + 1) : 0);
        }
}

/* Image by image within a slice. */
static void check_weight(const layer *l, int64_t filter, int64_t input, const int64_t tap[2]) {
    const int64_t slices = l->t->plan->segments[l->t->plan->steps[1].segment].slices, images = l->t->images;
    sums all = {0};
    for (int64_t slice = 0; slice < slices; slice++) {
        sums some = {0};
        for (int64_t image = images * slice / slices; image < images * (slice + 1) / slices; image++)
            add_image(l, image, filter, input, tap, &some);
        add_slice(&all, &some, slice == 0);
    }
    const int64_t *kernel = l->conv->kernel;
    const int64_t index = ((filter * l->inputs + input) * kernel[0] + tap[0]) * kernel[1] + tap[1];
    check("weight", index, &all, l->gradient[index]);
}

/* Where a tap brings an input's position along an axis to on the output; -1: beside it or between two of its positions. */
static int64_t met(const layer *l, int axis, int64_t position, int64_t tap) {
    const int64_t at = position + l->conv->padding[axis] - tap * l->conv->dilation[axis];
    const int64_t to = at / l->conv->stride[axis];
    return at < 0 || at % l->conv->stride[axis] || to >= l->out[1 + axis] ? -1 : to;
}

/* What a tap gives the gradient of an input, filters in pairs. */
static void add_tap(const layer *l, const float *dy, int64_t c, const int64_t at[2], const int64_t tap[2],
                    sums *s) {
    const int64_t row = met(l, 0, at[0], tap[0]), column = met(l, 1, at[1], tap[1]);
    const int64_t *kernel = l->conv->kernel, group = c / l->inputs, taps = kernel[0] * kernel[1];
    for (int64_t f = 0; row >= 0 && column >= 0 && f < l->filters; f += 2) {
        const int64_t filter = group * l->filters + f;
        const float *w =
            l->weights + (filter * l->inputs + c % l->inputs) * taps + tap[0] * kernel[1] + tap[1];
        const bool both = f + 1 < l->filters;
        add_pair(s, map_at(dy, l->out, filter, row, column),
                 both ? map_at(dy, l->out, filter + 1, row, column) : 0, *w, both ? w[l->inputs * taps] : 0);
    }
}

/* The last image's gradient of the input, which is still there, channels last. */
static const float *input_gradient(const layer *l) {
    return cnn_buffer_at(&l->t->plan->steps[1].step.input_gradient[0], l->t->images - 1, 0);
}

static void check_input(const layer *l, int64_t c, int64_t row, int64_t column) {
    sums s = {0};
    for (int64_t i = 0; i < l->conv->kernel[0]; i++)
        for (int64_t j = 0; j < l->conv->kernel[1]; j++)
            add_tap(l, l->t->dy + (l->t->images - 1) * l->t->outputs, c, (int64_t[]){row, column},
                    (int64_t[]){i, j}, &s);
    const int64_t index = (row * l->in[2] + column) * l->in[0] + c;
    check("input", index, &s, input_gradient(l)[index]);
}

static void check_convolution(const layer *l) {
    for (int64_t filter = 0; filter < l->out[0]; filter++)
        for (int64_t input = 0; input < l->inputs; input++)
            for (int64_t i = 0; i < l->conv->kernel[0]; i++)
                for (int64_t j = 0; j < l->conv->kernel[1]; j++)
                    check_weight(l, filter, input, (int64_t[]){i, j});
    for (int64_t c = 0; c < l->in[0]; c++)
        for (int64_t row = 0; row < l->in[1]; row++)
            for (int64_t column = 0; column < l->in[2]; column++)
                check_input(l, c, row, column);
}

/* ---- Dense layers ----------------------------------------------------------------------------------------------- */

/* Images in pairs. */
static void check_dense_weight(const layer *l, int64_t unit, int64_t input) {
    const trained *t = l->t;
    sums s = {0};
    for (int64_t image = 0; image < t->images; image += 2) {
        const bool both = image + 1 < t->images;
        const float *x = t->x + image * t->pixels + input, *dy = t->dy + image * t->outputs + unit;
        add_pair(&s, *x, both ? x[t->pixels] : 0, *dy, both ? dy[t->outputs] : 0);
    }
    check("weight", unit * t->pixels + input, &s, l->gradient[unit * t->pixels + input]);
}

/* Units in pairs; in memory the input is a map with its channels last. */
static void check_dense_input(const layer *l, int64_t input) {
    const trained *t = l->t;
    const int64_t area = t->net->input.dim[1] * t->net->input.dim[2], channels = t->net->input.dim[0];
    const float *dy = t->dy + (t->images - 1) * t->outputs, *w = l->weights + input;
    sums s = {0};
    for (int64_t unit = 0; unit < t->outputs; unit += 2) {
        const bool both = unit + 1 < t->outputs;
        add_pair(&s, dy[unit], both ? dy[unit + 1] : 0, w[unit * t->pixels],
                 both ? w[(unit + 1) * t->pixels] : 0);
    }
    const int64_t index = input % area * channels + input / area;
    check("input", index, &s, input_gradient(l)[index]);
}

static void check_dense(const layer *l) {
    for (int64_t input = 0; input < l->t->pixels; input++) {
        for (int64_t unit = 0; unit < l->t->outputs; unit++)
            check_dense_weight(l, unit, input);
        check_dense_input(l, input);
    }
}

static int with_winograd(void **state) {
    (void)state;
    return unsetenv("CNN_WINOGRAD");
}

static void gradients_are_the_sums_that_are_described(void **state) {
    (void)state;
    setenv("CNN_WINOGRAD", "0", 1);
    for (int i = 0; i < CASES; i++) {
        trained t = train(cases[i], IMAGES, 1);
        const layer l = layer_of(&t);
        assert_true(t.plan->steps[1].step.bf16);
        if (l.inputs)
            check_convolution(&l);
        else
            check_dense(&l);
        release(&t);
    }
}

/* ---- By Winograd's algorithm ---------------------------------------------------------------------------------------- */

/* Maps that are shared by rows of tiles and by channels, in one band and in several; all kinds of edges. */
static const char *const squares[] = {
    "input 32x8x7\nprelu\nconv 48 3x3 padding 1\n",
    "input 48x33x31\nprelu\nconv 32 3x3\n",
    "input 80x5x6\nprelu\nconv 80 3x3 padding 2,0,1,2 nobias\n",
};
enum { SQUARES = sizeof squares / sizeof squares[0] };

/* The gradient of an input in double precision, of what is not rounded. */
static double exact_gradient(const layer *l, int64_t c, int64_t row, int64_t column) {
    const float *dy = l->t->dy + (l->t->images - 1) * l->t->outputs;
    double sum = 0;
    for (int64_t tap = 0; tap < 9; tap++) {
        const int64_t at[] = {met(l, 0, row, tap / 3), met(l, 1, column, tap % 3)};
        for (int64_t f = 0; at[0] >= 0 && at[1] >= 0 && f < l->filters; f++)
            sum += (double)map_at(dy, l->out, f, at[0], at[1]) *
                   (double)l->weights[(f * l->inputs + c) * 9 + tap];
    }
    return sum;
}

/* How far the gradients of the inputs are at most from what they are in double precision. */
static double largest_error(const layer *l) {
    double largest = 0;
    for (int64_t row = 0; row < l->in[1]; row++)
        for (int64_t column = 0; column < l->in[2]; column++)
            for (int64_t c = 0; c < l->in[0]; c++)
                largest = fmax(largest, fabs(input_gradient(l)[(row * l->in[2] + column) * l->in[0] + c] -
                                             exact_gradient(l, c, row, column)));
    return largest;
}

/* As forward (test_bf16.c). The gradients of the weights are direct sums all the same. */
static void small_tiles_have_errors_like_direct_sums(void **state) {
    (void)state;
    for (int i = 0; i < SQUARES; i++) {
        trained tiled = train(squares[i], 2, 1);
        setenv("CNN_WINOGRAD", "0", 1);
        trained direct = train(squares[i], 2, 1);
        unsetenv("CNN_WINOGRAD");
        const layer by_tiles = layer_of(&tiled), by_sums = layer_of(&direct);
        const double error = largest_error(&by_tiles), other = largest_error(&by_sums);
        assert_true(error != other && error < 3 * other);
        assert_memory_equal(by_tiles.gradient, by_sums.gradient,
                            (size_t)(by_sums.filters * by_sums.inputs * 9) * sizeof(float));
        release(&tiled);
        release(&direct);
    }
}

/* ---- The same bits everywhere -------------------------------------------------------------------------------------- */

static const char *const whole = "input 3x20x20\nprelu\nconv 32 3x3 padding 1\nbatchnorm relu name a\nconv "
                                 "32 3x3 padding 1\nbatchnorm\nadd a\n"
                                 "relu\nmaxpool 2x2\nconv 32 3x3 groups 32 padding 1\nconv 48 1x1 relu\nconv "
                                 "65 3x3 stride 2 padding 1\nrelu\n"
                                 "dropout 0.1\nflatten\ndense 40 relu\ndense 3\n";

static void assert_same(const char *text, int64_t images, int threads, const float *wanted, int64_t first) {
    trained t = train(text, images, threads);
    for (int64_t i = first; i < t.net->value_count; i++)
        if (cnn_float_bits(t.gradients[i]) != cnn_float_bits(wanted[i]))
            fail_msg("%s%d images, %d threads, %s: value %d is %.9g, expected %.9g", text, (int)images,
                     threads, cnn_cpu(NULL), (int)i, t.gradients[i], wanted[i]);
    release(&t);
}

/* One image alone is shared by the threads in another way. */
static void bits_do_not_depend_on_threads(void **state) {
    (void)state;
    for (int i = 0; i < CASES + SQUARES + 1; i++)
        for (int64_t images = 1; images <= IMAGES; images += IMAGES - 1) {
            const char *text = i < CASES ? cases[i] : i < CASES + SQUARES ? squares[i - CASES] : whole;
            trained t = train(text, images, 1);
            for (int threads = 2; threads <= MAX_THREADS; threads++)
                assert_same(text, images, threads, t.gradients, 0);
            release(&t);
        }
}

/* Of the layer itself: what is before it is of float32. */
static void bits_do_not_depend_on_the_processor(void **state) {
    (void)state;
    const cnn_kernels *tables[MAX_TABLES];
    const int count = cnn_kernels_available(tables, MAX_TABLES);
    for (int i = 0; i < CASES + SQUARES; i++) {
        const char *text = i < CASES ? cases[i] : squares[i - CASES];
        trained t = train(text, IMAGES, 1);
        for (int k = 0; k < count; k++) {
            setenv("CNN_CPU", tables[k]->name, 1);
            assert_same(text, IMAGES, 2, t.gradients, t.net->parameters[1].offset);
        }
        unsetenv("CNN_CPU");
        release(&t);
    }
}

/* ---- Forward ----------------------------------------------------------------------------------------------------------- */

/* Also where inference goes over the whole batch, which leaves out what adds zeros. */
static void forward_gives_what_inference_gives(void **state) {
    (void)state;
    for (int i = 0; i < CASES + SQUARES; i++) {
        trained t = train(i < CASES ? cases[i] : squares[i - CASES], IMAGES, 1);
        const cnn_plan_options options = {.batch = IMAGES, .threads = 1, .precision = CNN_PRECISION_BF16};
        cnn_plan *plan;
        assert_int_equal(cnn_plan_new(&plan, t.net, &options, NULL), CNN_OK);
        cnn_plan_set_images(plan, t.x, IMAGES);
        const float *wanted = cnn_plan_forward(plan, IMAGES, 0), *got = cnn_plan_forward(t.plan, IMAGES, 0);
        for (int64_t k = 0; k < IMAGES * t.outputs; k++)
            assert_true(got[k] == wanted[k]);
        cnn_plan_free(plan);
        release(&t);
    }
}

/* ---- After updates ---------------------------------------------------------------------------------------------------- */

/* What is derived from the weights follows them: a plan whose weights changed gives what a new one gives. */
static void weights_are_rounded_anew_after_each_change(void **state) {
    (void)state;
    for (int i = 0; i < CASES; i++) {
        trained wanted = train(cases[i], IMAGES, 1), t = train(cases[i], IMAGES, 1);
        int64_t count;
        float *weights = cnn_plan_weights(t.plan, &count);
        random_fill(weights, count, 11);
        cnn_plan_weights_changed(t.plan);
        cnn_plan_forward(t.plan, IMAGES, 0);
        cnn_plan_load(t.plan, wanted.net->values);
        assert_memory_equal(cnn_plan_forward(t.plan, IMAGES, 0), cnn_plan_forward(wanted.plan, IMAGES, 0),
                            (size_t)(IMAGES * t.outputs) * sizeof(float));
        memcpy(cnn_plan_output_gradient(t.plan), t.dy, (size_t)(IMAGES * t.outputs) * sizeof *t.dy);
        cnn_plan_backward(t.plan, IMAGES, 0);
        cnn_plan_to_logical(t.plan, cnn_plan_gradients(t.plan, &count), t.gradients);
        assert_memory_equal(t.gradients, wanted.gradients, (size_t)t.net->value_count * sizeof(float));
        release(&wanted);
        release(&t);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(gradients_are_the_sums_that_are_described, with_winograd),
        cmocka_unit_test_teardown(small_tiles_have_errors_like_direct_sums, with_winograd),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(bits_do_not_depend_on_the_processor),
        cmocka_unit_test(forward_gives_what_inference_gives),
        cmocka_unit_test(weights_are_rounded_anew_after_each_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
