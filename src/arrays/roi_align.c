/* RoiAlign (He et al. 2017, arXiv:1703.06870): what lies in boxes of feature maps, in maps of one size. */
#include "arrays/call.h"

#include <inttypes.h>
#include <math.h>

/* Maps N,C,H,W; boxes of x1, y1, x2, y2 in the image's pixels, each of one of the images. */
typedef struct aligner {
    const float *input, *boxes;
    const int64_t *image_of;
    int64_t images, channels, size[2], boxes_count;
    int64_t output[2]; /* rows, columns */
    int64_t ratio;     /* points of each bin along an axis; 0: as many as it is long */
    double scale;      /* from the image's pixels to those of the maps */
    double shift;      /* half a pixel, or none */
    int takes_largest;
} aligner;

/* ---- Points ---------------------------------------------------------------------------------------- */

enum { MAX_POINTS = 1 << 12 }; /* of a bin along an axis */

/* The bins of a box along an axis, with so many points each. */
typedef struct bins {
    double start, length;
    int64_t points;
} bins;

/* A box without the shift is at least one pixel long, as the first version of the operator had it. */
static bins bins_of(const aligner *a, int axis, double from, double to) {
    const double start = from * a->scale - a->shift, end = to * a->scale - a->shift;
    const double extent = a->shift > 0 ? end - start : fmax(end - start, 1);
    const double length = extent / (double)a->output[axis];
    const double points = a->ratio > 0 ? (double)a->ratio : ceil(length);
    return (bins){start, length, points > 0 ? (points < MAX_POINTS ? (int64_t)points : MAX_POINTS + 1) : 0};
}

/* The two values along an axis beside a point, and the weight of the second. */
typedef struct between {
    int64_t low, high;
    double share;
    bool outside; /* more than a pixel */
} between;

static between place(double x, int64_t size) {
    between b = {.outside = !(x >= -1 && x <= (double)size)};
    if (b.outside || x <= 0)
        return b;
    b.low = (int64_t)x;
    if (b.low >= size - 1)
        b.low = b.high = size - 1;
    else {
        b.high = b.low + 1;
        b.share = x - (double)b.low;
    }
    return b;
}

static double point_of(const bins *b, int64_t bin, int64_t point) {
    return b->start + b->length * ((double)bin + ((double)point + 0.5) / (double)b->points);
}

/* ---- Values ---------------------------------------------------------------------------------------- */

/* The four values about a point, each times its weight: their sum; or the largest, as ONNX Runtime and ONNX's own reference
 * take it. */
static double value_at(const aligner *a, const float *plane, const between *row, const between *column) {
    const float *low = plane + row->low * a->size[1], *high = plane + row->high * a->size[1];
    const double parts[] = {
        (1 - row->share) * (1 - column->share) * (double)low[column->low],
        (1 - row->share) * column->share * (double)low[column->high],
        row->share * (1 - column->share) * (double)high[column->low],
        row->share * column->share * (double)high[column->high],
    };
    if (!a->takes_largest)
        return parts[0] + parts[1] + parts[2] + parts[3];
    return fmax(fmax(parts[0], parts[1]), fmax(parts[2], parts[3]));
}

static float bin_value(const aligner *a, const float *plane, const bins *rows, const bins *columns,
                       int64_t row, int64_t column) {
    const int64_t count = rows->points * columns->points;
    double sum = 0, largest = -INFINITY;
    for (int64_t i = 0; i < rows->points; i++) {
        const between y = place(point_of(rows, row, i), a->size[0]);
        for (int64_t j = 0; j < columns->points; j++) {
            const between x = place(point_of(columns, column, j), a->size[1]);
            const double value = y.outside || x.outside ? 0 : value_at(a, plane, &y, &x);
            sum += value;
            largest = fmax(largest, value);
        }
    }
    if (a->takes_largest)
        return count > 0 ? (float)largest : 0;
    return (float)(sum / (double)(count > 0 ? count : 1));
}

static cnn_status align_box(cnn_call *call, const aligner *a, int64_t number, float *output) {
    const float *box = a->boxes + 4 * number;
    const bins columns = bins_of(a, 1, (double)box[0], (double)box[2]),
               rows = bins_of(a, 0, (double)box[1], (double)box[3]);
    const int64_t image = a->image_of[number], area = a->output[0] * a->output[1];
    if (image < 0 || image >= a->images)
        return cnn_call_fail(call, CNN_ERROR_ARGUMENT,
                             "box %" PRId64 " is of image %" PRId64 "; there are %" PRId64, number, image,
                             a->images);
    if (rows.points > MAX_POINTS || columns.points > MAX_POINTS)
        return cnn_call_fail(call, CNN_ERROR_UNSUPPORTED,
                             "box %" PRId64 " has more than %d points in a bin along an axis", number,
                             MAX_POINTS);
    cnn_status status = cnn_call_work(call, a->channels * area, 1 + rows.points * columns.points);
    for (int64_t c = 0; status == CNN_OK && c < a->channels; c++) {
        const float *plane = a->input + (image * a->channels + c) * a->size[0] * a->size[1];
        for (int64_t at = 0; at < area; at++)
            output[c * area + at] =
                bin_value(a, plane, &rows, &columns, at / a->output[1], at % a->output[1]);
    }
    return status;
}

/* ---- The operator ---------------------------------------------------------------------------------- */

static cnn_status read_attributes(cnn_call *call, aligner *a) {
    static const char *const modes[] = {"avg", "max", NULL};
    static const char *const transformations[] = {"half_pixel", "output_half_pixel", NULL};
    int transformation = call->opset < 16; /* which had no such attribute */
    a->scale = 1;
    a->output[0] = a->output[1] = 1;
    cnn_status status = cnn_attribute_choice(&call->attributes, "mode", modes, &a->takes_largest);
    if (status == CNN_OK)
        status = cnn_attribute_choice(&call->attributes, "coordinate_transformation_mode", transformations,
                                      &transformation);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&call->attributes, "output_height", &a->output[0]);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&call->attributes, "output_width", &a->output[1]);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&call->attributes, "sampling_ratio", &a->ratio);
    if (status == CNN_OK)
        status = cnn_attribute_real(&call->attributes, "spatial_scale", &a->scale);
    a->shift = transformation ? 0 : 0.5;
    if (status == CNN_OK && (a->output[0] < 1 || a->output[1] < 1 || a->ratio < 0))
        return cnn_call_fail(call, CNN_ERROR_ARGUMENT,
                             "the output is %" PRId64 "x%" PRId64 " of %" PRId64
                             " points, expected at least 1x1 and not below 0",
                             a->output[0], a->output[1], a->ratio);
    return status;
}

static cnn_status read_inputs(cnn_call *call, aligner *a) {
    const cnn_array *input, *boxes, *images;
    cnn_status status = cnn_call_typed(call, 0, "input", CNN_TYPE_FLOAT32, &input);
    if (status == CNN_OK)
        status = cnn_call_typed(call, 1, "boxes", CNN_TYPE_FLOAT32, &boxes);
    if (status == CNN_OK)
        status = cnn_call_typed(call, 2, "images of the boxes", CNN_TYPE_INT64, &images);
    if (status != CNN_OK)
        return status;
    const int64_t *from = input->shape.dim;
    if (input->shape.rank != 4 || boxes->shape.rank != 2 || boxes->shape.dim[1] != 4 ||
        images->shape.rank != 1 || images->elements != boxes->shape.dim[0] ||
        (input->elements == 0 && boxes->elements > 0))
        return cnn_call_fail(
            call, CNN_ERROR_SHAPE,
            "%s, boxes %s and their images %s do not fit; expected N,C,H,W and 4 numbers a box",
            cnn_array_describe(input).text, cnn_array_describe(boxes).text, cnn_array_describe(images).text);
    a->input = input->data;
    a->boxes = boxes->data;
    a->image_of = images->data;
    a->images = from[0];
    a->channels = from[1];
    a->size[0] = from[2];
    a->size[1] = from[3];
    a->boxes_count = boxes->shape.dim[0];
    return CNN_OK;
}

cnn_status cnn_run_RoiAlign(cnn_call *call) {
    aligner a = {0};
    cnn_array *output;
    cnn_status status = read_inputs(call, &a);
    if (status == CNN_OK)
        status = read_attributes(call, &a);
    if (status != CNN_OK)
        return status;
    const cnn_shape shape = {.rank = 4, .dim = {a.boxes_count, a.channels, a.output[0], a.output[1]}};
    status = cnn_call_output(call, 0, CNN_TYPE_FLOAT32, &shape, &output);
    for (int64_t k = 0; status == CNN_OK && k < a.boxes_count; k++)
        status = align_box(call, &a, k, (float *)output->data + k * a.channels * a.output[0] * a.output[1]);
    return status;
}
