/* Conv and ConvTranspose on one to three axes, with groups: products of matrices by the project's kernels, or, where a
 * group has too few outputs for that, for each pair of channels and each element of the kernel rows of products. */
#include "arrays/convolution.h"

#include "arrays/product.h"
#include "arrays/slide.h"

#include "base/memory.h"
#include "base/numbers.h"

#include <inttypes.h>
#include <string.h>

/* Groups with fewer outputs, or fewer pairs of channels, are not worth a product of matrices. */
enum { PRODUCT_OUTPUTS = 3, PRODUCT_PAIRS = 4, TRANSPOSED_ROWS = 64 };

/* What one element of the kernel does: rows of output += weight x input, or with the roles changed. */
typedef struct product {
    const float *input;
    float *output;
    float weight;
} product;

static void add_products(void *context, int64_t output, int64_t input, int64_t count, int64_t step) {
    const product *p = context;
    for (int64_t i = 0; i < count; i++)
        p->output[output + i] += p->weight * p->input[input + i * step];
}

/* The window slides over the transposed convolution's output. */
static void spread_products(void *context, int64_t input, int64_t output, int64_t count, int64_t step) {
    const product *p = context;
    for (int64_t i = 0; i < count; i++)
        p->output[output + i * step] += p->weight * p->input[input + i];
}

/* A convolution of either kind, in numbers. */
typedef struct convolution {
    cnn_slide slide;
    const float *input, *weight, *bias; /* bias NULL: none */
    float *output;
    int64_t images, groups, inputs, outputs; /* channels of one group */
    int64_t input_area, output_area, taps;
    int64_t input_stride, output_stride; /* in `weight`, between channels */
    bool transposed;
    int32_t *
        sums; /* of integers: what becomes of the output, which is room for a group of one image; NULL: of reals */
} convolution;

static void fill_bias(const convolution *c, int64_t channel, float *output) {
    for (int64_t i = 0; c->bias && i < c->output_area; i++)
        output[i] = c->bias[channel];
}

/* All inputs of one group into one of its outputs. */
static void convolve_channel(const convolution *c, const float *input, const float *weight, float *output) {
    for (int64_t channel = 0; channel < c->inputs; channel++)
        for (int64_t tap = 0; tap < c->taps; tap++) {
            product p = {.input = input + channel * c->input_area,
                         .output = output,
                         .weight = weight[channel * c->input_stride + tap]};
            cnn_slide_visit(&c->slide, tap, c->transposed ? spread_products : add_products, &p);
        }
}

/* One group of one image: what it reads and writes. */
typedef struct part {
    const convolution *c;
    const float *input, *weight;
    float *output;
} part;

static part part_of(const convolution *c, int64_t image, int64_t group) {
    const int64_t number = image * c->groups + group;
    return (part){.c = c,
                  .input = c->input + number * c->inputs * c->input_area,
                  .weight = c->weight + group * c->inputs * c->outputs * c->taps,
                  .output = c->output + (c->sums ? 0 : number * c->outputs * c->output_area)};
}

static void convolve_rows(const part *p) {
    const convolution *c = p->c;
    for (int64_t output = 0; output < c->outputs; output++)
        convolve_channel(c, p->input, p->weight + output * c->output_stride,
                         p->output + output * c->output_area);
}

/* ---- As products of matrices ----------------------------------------------------------------------- */

/* The weight's outputs x (inputs, taps) times the windows' (inputs, taps) x positions. */
static void pack_windows(const void *context, const cnn_block *block, float *to) {
    const part *p = context;
    for (int64_t r = 0; r < block->rows; r++) {
        const int64_t channel = (block->row + r) / p->c->taps, tap = (block->row + r) % p->c->taps;
        cnn_slide_gather(&p->c->slide, tap, p->input + channel * p->c->input_area, block->column,
                         block->columns, to + r * block->columns);
    }
}

/* `sums` are the part's integers. */
static void convolve_part(const cnn_multiplier *multiplier, const part *p, int32_t *sums) {
    const convolution *c = p->c;
    const cnn_product product = {.rows = c->outputs,
                                 .inner = c->inputs * c->taps,
                                 .columns = c->output_area,
                                 .first = p->weight,
                                 .first_row = c->inputs * c->taps,
                                 .pack = pack_windows,
                                 .second = p,
                                 .result = p->output};
    if (c->sums)
        cnn_multiply_integers(multiplier, &product, sums);
    else
        cnn_multiply_matrices(multiplier, &product);
}

/* So many outputs of a transposed convolution at a time that their products, (outputs, taps) x positions, stay few. */
static int64_t outputs_at_a_time(const convolution *c) {
    return cnn_min(c->outputs, cnn_ceil_div(TRANSPOSED_ROWS, c->taps));
}

/* The weight's (outputs, taps) x inputs times inputs x positions, then each product to where it belongs. *room is for
 * both the turned weight and the products. */
static void transpose_part(const cnn_multiplier *multiplier, const part *p, float *room) {
    const convolution *c = p->c;
    const int64_t most = outputs_at_a_time(c);
    const cnn_matrix input = {p->input, c->input_area, 1};
    for (int64_t first = 0; first < c->outputs; first += most) {
        const int64_t count = cnn_min(most, c->outputs - first), rows = count * c->taps;
        const cnn_matrix weight = {p->weight + first * c->taps, 1, c->outputs * c->taps};
        float *products = room + rows * c->inputs;
        cnn_pack_matrix(&weight, &(cnn_block){0, rows, 0, c->inputs}, room);
        memset(products, 0, (size_t)(rows * c->input_area) * sizeof *products);
        cnn_multiply_strided(multiplier, room, &input, rows, c->inputs, c->input_area, products);
        for (int64_t row = 0; row < rows; row++) {
            product spread = {.input = products + row * c->input_area,
                              .output = p->output + (first + row / c->taps) * c->output_area,
                              .weight = 1};
            cnn_slide_visit(&c->slide, row % c->taps, spread_products, &spread);
        }
    }
}

/* Room for transpose_part; none for others. */
static cnn_status make_room(cnn_call *call, const convolution *c, cnn_array *room) {
    int64_t each;
    cnn_shape shape = cnn_shape_2(outputs_at_a_time(c), 0);
    if (!c->transposed)
        return CNN_OK;
    if (!cnn_multiply(c->inputs + c->input_area, c->taps, &each))
        return cnn_call_fail(call, CNN_ERROR_UNSUPPORTED, "its kernel is too large");
    shape.dim[1] = each;
    return cnn_array_new(room, CNN_TYPE_FLOAT32, &shape, call->budget, call->error);
}

static cnn_status convolve_by_matrices(cnn_call *call, const convolution *c) {
    cnn_multiplier multiplier;
    cnn_array room = {0};
    cnn_status status = cnn_multiplier_open(call, &multiplier);
    if (status == CNN_OK)
        status = make_room(call, c, &room);
    for (int64_t i = 0; status == CNN_OK && i < c->images * c->groups; i++) {
        const part p = part_of(c, i / c->groups, i % c->groups);
        if (c->transposed)
            transpose_part(&multiplier, &p, room.data);
        else
            convolve_part(&multiplier, &p, c->sums ? c->sums + i * c->outputs * c->output_area : NULL);
    }
    cnn_array_free(&room, call->budget);
    cnn_multiplier_close(call, &multiplier);
    return status;
}

static cnn_status convolve(cnn_call *call, const convolution *c) {
    const int64_t channels = c->groups * c->outputs;
    for (int64_t plane = 0; plane < c->images * channels; plane++)
        fill_bias(c, plane % channels, c->output + plane * c->output_area);
    if (c->inputs > 0 && (c->outputs >= PRODUCT_OUTPUTS || c->transposed) &&
        c->inputs * c->outputs >= PRODUCT_PAIRS)
        return convolve_by_matrices(call, c);
    for (int64_t i = 0; i < c->images * c->groups; i++) {
        const part p = part_of(c, i / c->groups, i % c->groups);
        convolve_rows(&p);
    }
    return CNN_OK;
}

/* ---- Reading --------------------------------------------------------------------------------------- */

/* Inputs, the groups, and the window. */
static cnn_status read_inputs(cnn_call *call, convolution *c, cnn_slide *slide) {
    const cnn_array *input, *weight, *bias = cnn_call_input(call, 2);
    cnn_status status = cnn_call_typed(call, 0, "input", CNN_TYPE_FLOAT32, &input);
    if (status == CNN_OK)
        status = cnn_call_typed(call, 1, "weight", CNN_TYPE_FLOAT32, &weight);
    if (status == CNN_OK && bias)
        status = cnn_call_typed(call, 2, "bias", CNN_TYPE_FLOAT32, &bias);
    *c = (convolution){.groups = 1};
    if (status == CNN_OK)
        status = cnn_attribute_integer(&call->attributes, "group", &c->groups);
    if (status == CNN_OK)
        status = cnn_slide_read(call, &input->shape, &weight->shape, slide);
    if (status != CNN_OK)
        return status;
    c->input = input->data;
    c->weight = weight->data;
    c->bias = bias ? bias->data : NULL;
    c->images = input->shape.dim[0];
    c->taps = cnn_slide_area(slide->kernel);
    return CNN_OK;
}

/* The channels of all groups from those of one, which is the weight's second axis; -1 where that is no number. */
static int64_t all_groups(const cnn_call *call, const convolution *c) {
    int64_t channels;
    return c->groups > 0 && cnn_multiply(call->inputs[1]->shape.dim[1], c->groups, &channels) ? channels : -1;
}

/* `inputs` and `outputs` are those of all groups. */
static cnn_status divide_groups(const cnn_call *call, convolution *c, int64_t inputs, int64_t outputs) {
    const cnn_array *input = call->inputs[0], *weight = call->inputs[1], *bias = cnn_call_input(call, 2);
    const bool divides =
        c->groups > 0 && inputs >= 0 && outputs >= 0 && inputs % c->groups == 0 && outputs % c->groups == 0;
    if (!divides || input->shape.dim[1] != inputs || (bias && bias->elements != outputs))
        return cnn_call_fail(call, CNN_ERROR_SHAPE,
                             "the shapes of input %s, weight %s and bias %s do not match for %" PRId64
                             " groups",
                             cnn_array_describe(input).text, cnn_array_describe(weight).text,
                             bias ? cnn_array_describe(bias).text : "(none)", c->groups);
    c->inputs = inputs / c->groups;
    c->outputs = outputs / c->groups;
    return CNN_OK;
}

/* Make the output of `sizes` and calculate. */
static cnn_status finish(cnn_call *call, convolution *c, const cnn_slide *slide, const int64_t *sizes) {
    const cnn_shape shape = cnn_slide_shape(slide, c->images, c->groups * c->outputs, sizes);
    cnn_array *output;
    int64_t pairs;
    cnn_status status = cnn_call_output(call, 0, CNN_TYPE_FLOAT32, &shape, &output);
    if (status != CNN_OK)
        return status;
    if (!cnn_multiply(c->inputs, c->taps, &pairs))
        pairs = INT64_MAX;
    status = cnn_call_work(call, output->elements, pairs);
    if (status != CNN_OK || output->elements == 0)
        return status;
    c->slide = *slide;
    c->output = output->data;
    c->output_area = cnn_slide_area(sizes);
    return convolve(call, c);
}

/* Weight: outputs, inputs / groups, kernel. */
static cnn_status read_conv(cnn_call *call, convolution *c, cnn_slide *slide) {
    cnn_status status = read_inputs(call, c, slide);
    if (status != CNN_OK)
        return status;
    status = divide_groups(call, c, all_groups(call, c), call->inputs[1]->shape.dim[0]);
    if (status == CNN_OK)
        status = cnn_slide_fit(call, slide, false);
    c->input_stride = c->taps;
    c->output_stride = c->inputs * c->taps;
    c->input_area = cnn_slide_area(slide->input);
    return status;
}

cnn_status cnn_run_Conv(cnn_call *call) {
    convolution c;
    cnn_slide slide;
    cnn_status status = read_conv(call, &c, &slide);
    return status == CNN_OK ? finish(call, &c, &slide, slide.output) : status;
}

/* ---- ConvTranspose --------------------------------------------------------------------------------- */

/* Of one axis; `wanted` is the size that the node asks for, 0: none. */
static int64_t transposed_size(cnn_slide *slide, int axis, int64_t extra, int64_t wanted) {
    const int64_t stride = slide->stride[axis];
    const int64_t whole =
        stride * (slide->input[axis] - 1) + extra + (slide->kernel[axis] - 1) * slide->dilation[axis] + 1;
    const bool same = slide->auto_pad == CNN_PAD_SAME_UPPER || slide->auto_pad == CNN_PAD_SAME_LOWER;
    if (!wanted && !same)
        return whole - slide->before[axis] - slide->after[axis];
    const int64_t size = wanted ? wanted : slide->input[axis] * stride;
    const int64_t cut = whole > size ? whole - size : 0;
    slide->before[axis] = slide->auto_pad == CNN_PAD_SAME_UPPER ? cut / 2 : cut - cut / 2;
    slide->after[axis] = cut - slide->before[axis];
    return size;
}

/* Set the slide as it goes over the output: its outputs are what the node calls inputs. */
static cnn_status fit_transposed(cnn_call *call, cnn_slide *slide) {
    int64_t extra[CNN_SLIDE_AXES] = {0}, wanted[CNN_SLIDE_AXES] = {0};
    const int first = CNN_SLIDE_AXES - slide->axes;
    cnn_status status =
        cnn_attribute_copy_integers(&call->attributes, "output_padding", extra + first, slide->axes);
    if (status == CNN_OK)
        status = cnn_attribute_copy_integers(&call->attributes, "output_shape", wanted + first, slide->axes);
    for (int i = 0; status == CNN_OK && i < CNN_SLIDE_AXES; i++) {
        if (extra[i] < 0 || extra[i] > INT32_MAX || wanted[i] < 0 || wanted[i] > INT32_MAX)
            return cnn_call_fail(call, CNN_ERROR_FORMAT, "output_padding or output_shape is out of range");
        const int64_t size = transposed_size(slide, i, extra[i], wanted[i]);
        if (size < 1 || slide->input[i] < 1)
            return cnn_call_fail(call, CNN_ERROR_SHAPE, "the padding leaves nothing of the output");
        slide->output[i] = slide->input[i];
        slide->input[i] = size;
    }
    return status;
}

/* Weight: inputs, outputs / groups, kernel. */
cnn_status cnn_run_ConvTranspose(cnn_call *call) {
    convolution c;
    cnn_slide slide;
    cnn_status status = read_inputs(call, &c, &slide);
    if (status != CNN_OK)
        return status;
    status = divide_groups(call, &c, call->inputs[1]->shape.dim[0], all_groups(call, &c));
    if (status == CNN_OK)
        status = fit_transposed(call, &slide);
    if (status != CNN_OK)
        return status;
    c.transposed = true;
    c.input_stride = c.outputs * c.taps;
    c.output_stride = c.taps;
    c.input_area = cnn_slide_area(slide.output);
    return finish(call, &c, &slide, slide.input);
}

/* ---- Of integers ----------------------------------------------------------------------------------- */

static cnn_status convolve_integers(cnn_call *call, convolution *c, const cnn_slide *slide, cnn_array *sums) {
    const cnn_shape shape = cnn_slide_shape(slide, c->images, c->groups * c->outputs, slide->output);
    const cnn_shape part = cnn_shape_2(c->outputs, cnn_slide_area(slide->output));
    cnn_array room = {0};
    int64_t pairs;
    cnn_status status = cnn_array_new(sums, CNN_TYPE_INT32, &shape, call->budget, call->error);
    if (status == CNN_OK && !cnn_multiply(c->inputs, c->taps, &pairs))
        pairs = INT64_MAX;
    if (status == CNN_OK)
        status = cnn_call_work(call, sums->elements, pairs);
    if (status == CNN_OK)
        status = cnn_array_new(&room, CNN_TYPE_FLOAT32, &part, call->budget, call->error);
    if (status == CNN_OK && sums->elements > 0) {
        c->slide = *slide;
        c->output = room.data;
        c->output_area = cnn_slide_area(slide->output);
        c->sums = sums->data;
        status = convolve_by_matrices(call, c);
    }
    cnn_array_free(&room, call->budget);
    return status;
}

cnn_status cnn_convolve_integers(cnn_call *call, cnn_array *sums) {
    convolution c;
    cnn_slide slide;
    cnn_status status = read_conv(call, &c, &slide);
    return status == CNN_OK ? convolve_integers(call, &c, &slide, sums) : status;
}
