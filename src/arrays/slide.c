#include "arrays/slide.h"

#include "base/memory.h"
#include "base/numbers.h"

#include <inttypes.h>
#include <string.h>

/* ---- Attributes ------------------------------------------------------------------------------------ */

static cnn_status check_ranges(const cnn_call *call, const cnn_slide *slide) {
    int64_t taps;
    if (!cnn_multiply(slide->kernel[0], slide->kernel[1], &taps) ||
        !cnn_multiply(taps, slide->kernel[2], &taps))
        return cnn_call_fail(call, CNN_ERROR_FORMAT, "kernel_shape is negative or too large");
    for (int i = 0; i < CNN_SLIDE_AXES; i++) {
        const int64_t min[] = {slide->kernel[i], slide->stride[i], slide->dilation[i]};
        const int64_t all[] = {slide->input[i],    slide->kernel[i], slide->stride[i],
                               slide->dilation[i], slide->before[i], slide->after[i]};
        for (size_t k = 0; k < sizeof min / sizeof *min; k++)
            if (min[k] < 1)
                return cnn_call_fail(call, CNN_ERROR_FORMAT,
                                     "kernel, strides and dilations must be at least 1, found %" PRId64,
                                     min[k]);
        for (size_t k = 0; k < sizeof all / sizeof *all; k++)
            if (all[k] < 0 || all[k] > INT32_MAX)
                return cnn_call_fail(call, CNN_ERROR_UNSUPPORTED,
                                     "sizes and padding must be 0 to 2^31 - 1, found %" PRId64, all[k]);
    }
    return CNN_OK;
}

static cnn_status read_padding(cnn_call *call, cnn_slide *slide, int first) {
    static const char *const words[] = {"NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID", NULL};
    int64_t pads[2 * CNN_SLIDE_AXES] = {0};
    cnn_status status = cnn_attribute_choice(&call->attributes, "auto_pad", words, &slide->auto_pad);
    if (status == CNN_OK)
        status = cnn_attribute_copy_integers(&call->attributes, "pads", pads, 2 * slide->axes);
    for (int i = 0; slide->auto_pad == CNN_PAD_NOT_SET && i < slide->axes; i++) {
        slide->before[first + i] = pads[i];
        slide->after[first + i] = pads[slide->axes + i];
    }
    return status;
}

cnn_status cnn_slide_read(cnn_call *call, const cnn_shape *input, const cnn_shape *weight, cnn_slide *slide) {
    *slide = (cnn_slide){.axes = input->rank - 2};
    if (slide->axes < 1 || slide->axes > CNN_SLIDE_AXES || (weight && weight->rank != input->rank))
        return cnn_call_fail(call, CNN_ERROR_UNSUPPORTED,
                             "it is given a tensor of %d axes%s, expected N,C and one to three more",
                             input->rank, weight ? " (and a weight)" : "");
    const int first = CNN_SLIDE_AXES - slide->axes;
    for (int i = 0; i < CNN_SLIDE_AXES; i++) {
        slide->input[i] = i < first ? 1 : input->dim[2 + i - first];
        slide->kernel[i] = i < first || !weight ? 1 : weight->dim[2 + i - first];
        slide->stride[i] = slide->dilation[i] = 1;
    }
    cnn_slide given = *slide;
    cnn_status status =
        cnn_attribute_copy_integers(&call->attributes, "kernel_shape", given.kernel + first, slide->axes);
    if (status == CNN_OK)
        status = cnn_attribute_copy_integers(&call->attributes, "strides", given.stride + first, slide->axes);
    if (status == CNN_OK)
        status =
            cnn_attribute_copy_integers(&call->attributes, "dilations", given.dilation + first, slide->axes);
    if (status == CNN_OK)
        status = read_padding(call, &given, first);
    for (int i = 0; status == CNN_OK && weight && i < CNN_SLIDE_AXES; i++)
        if (given.kernel[i] != slide->kernel[i])
            status = cnn_call_fail(call, CNN_ERROR_SHAPE, "kernel_shape does not match the weight");
    if (status == CNN_OK && !weight && !cnn_attribute_given(&call->attributes, "kernel_shape"))
        status = cnn_call_fail(call, CNN_ERROR_FORMAT, "it has no kernel_shape");
    *slide = given;
    return status == CNN_OK ? check_ranges(call, slide) : status;
}

/* ---- Sizes ----------------------------------------------------------------------------------------- */

/* From the first to the last element of the window. */
static int64_t extent(const cnn_slide *slide, int axis) {
    return (slide->kernel[axis] - 1) * slide->dilation[axis] + 1;
}

static void fit_same(cnn_slide *slide, int axis) {
    const int64_t output = cnn_ceil_div(slide->input[axis], slide->stride[axis]);
    const int64_t missing =
        cnn_max(0, (output - 1) * slide->stride[axis] + extent(slide, axis) - slide->input[axis]);
    slide->before[axis] = slide->auto_pad == CNN_PAD_SAME_UPPER ? missing / 2 : missing - missing / 2;
    slide->after[axis] = missing - slide->before[axis];
}

cnn_status cnn_slide_fit(const cnn_call *call, cnn_slide *slide, bool up) {
    for (int i = 0; i < CNN_SLIDE_AXES; i++) {
        if (slide->auto_pad == CNN_PAD_SAME_UPPER || slide->auto_pad == CNN_PAD_SAME_LOWER)
            fit_same(slide, i);
        const int64_t room = slide->input[i] + slide->before[i] + slide->after[i] - extent(slide, i);
        if (room < 0 || slide->input[i] == 0)
            return cnn_call_fail(call, CNN_ERROR_SHAPE,
                                 "a window of %" PRId64 " does not fit into %" PRId64 " values plus %" PRId64
                                 " of padding",
                                 extent(slide, i), slide->input[i], slide->before[i] + slide->after[i]);
        slide->output[i] = (room + (up ? slide->stride[i] - 1 : 0)) / slide->stride[i] + 1;
        /* The last window begins within the input or the padding before it. */
        if (up && (slide->output[i] - 1) * slide->stride[i] >= slide->input[i] + slide->before[i])
            slide->output[i]--;
    }
    return CNN_OK;
}

cnn_shape cnn_slide_shape(const cnn_slide *slide, int64_t images, int64_t channels, const int64_t *sizes) {
    cnn_shape shape = {.rank = 2 + slide->axes, .dim = {images, channels}};
    for (int i = 0; i < slide->axes; i++)
        shape.dim[2 + i] = sizes[CNN_SLIDE_AXES - slide->axes + i];
    return shape;
}

int64_t cnn_slide_area(const int64_t sizes[CNN_SLIDE_AXES]) {
    return sizes[0] * sizes[1] * sizes[2];
}

/* ---- Visiting -------------------------------------------------------------------------------------- */

/* Outputs [first, end) of an axis whose element `tap` lies on the input; its input is output x stride +
 * offset. */
typedef struct reach {
    int64_t first, end, offset;
} reach;

static reach reach_of(const cnn_slide *slide, int axis, int64_t tap) {
    const int64_t stride = slide->stride[axis], offset = tap * slide->dilation[axis] - slide->before[axis];
    const int64_t last = slide->input[axis] - 1 - offset; /* the last input, seen from the first output's */
    reach r = {.offset = offset};
    r.first = offset < 0 ? cnn_ceil_div(-offset, stride) : 0;
    r.end = last < 0 ? 0 : last / stride + 1;
    if (r.end > slide->output[axis])
        r.end = slide->output[axis];
    return r;
}

/* Of one element of the window: the outputs of each axis that it reaches. */
typedef struct reaches {
    reach planes, rows, columns;
} reaches;

static reaches reaches_of(const cnn_slide *slide, int64_t tap) {
    const int64_t *kernel = slide->kernel;
    return (reaches){reach_of(slide, 0, tap / (kernel[1] * kernel[2])),
                     reach_of(slide, 1, tap / kernel[2] % kernel[1]), reach_of(slide, 2, tap % kernel[2])};
}

/* Where the input's row begins that lies under the output's row (p, r). */
static int64_t row_begin(const cnn_slide *slide, const reaches *all, int64_t p, int64_t r) {
    const int64_t in_plane = p * slide->stride[0] + all->planes.offset;
    const int64_t in_row = in_plane * slide->input[1] + r * slide->stride[1] + all->rows.offset;
    return in_row * slide->input[2];
}

void cnn_slide_visit(const cnn_slide *slide, int64_t tap, cnn_slide_row row, void *context) {
    const reaches all = reaches_of(slide, tap);
    const int64_t *output = slide->output, first = all.columns.first, count = all.columns.end - first;
    if (count <= 0)
        return;
    for (int64_t p = all.planes.first; p < all.planes.end; p++)
        for (int64_t r = all.rows.first; r < all.rows.end; r++)
            row(context, (p * output[1] + r) * output[2] + first,
                row_begin(slide, &all, p, r) + first * slide->stride[2] + all.columns.offset, count,
                slide->stride[2]);
}

/* ---- Gathering ------------------------------------------------------------------------------------- */

static void zero(float *to, int64_t count) {
    if (count > 0)
        memset(to, 0, (size_t)count * sizeof *to);
}

/* Columns [first, end) of one row of outputs, from the input's row; NULL: it lies in the padding. */
static void gather_row(const reach *columns, int64_t stride, const float *row, int64_t first, int64_t end,
                       float *to) {
    const int64_t begin = cnn_min(end, cnn_max(first, columns->first));
    const int64_t stop = row ? cnn_max(begin, cnn_min(end, columns->end)) : begin;
    zero(to, begin - first);
    if (stop > begin && stride == 1)
        memcpy(to + begin - first, row + begin + columns->offset, (size_t)(stop - begin) * sizeof *to);
    else
        for (int64_t c = begin; c < stop; c++)
            to[c - first] = row[c * stride + columns->offset];
    zero(to + stop - first, end - stop);
}

static bool reaches_row(const reach *r, int64_t at) {
    return at >= r->first && at < r->end;
}

void cnn_slide_gather(const cnn_slide *slide, int64_t tap, const float *input, int64_t first, int64_t count,
                      float *to) {
    const reaches all = reaches_of(slide, tap);
    const int64_t *output = slide->output;
    while (count > 0) {
        const int64_t column = first % output[2], r = first / output[2] % output[1];
        const int64_t p = first / (output[1] * output[2]), length = cnn_min(count, output[2] - column);
        const bool is_inside = reaches_row(&all.planes, p) && reaches_row(&all.rows, r);
        gather_row(&all.columns, slide->stride[2], is_inside ? input + row_begin(slide, &all, p, r) : NULL,
                   column, column + length, to);
        first += length;
        count -= length;
        to += length;
    }
}
