#include "tensor/shape.h"

#include "base/memory.h"
#include "base/numbers.h"

#include <inttypes.h>
#include <stdio.h>

cnn_shape cnn_shape_of(int rank, const int64_t *dim) {
    cnn_shape shape = {.rank = rank};
    for (int i = 0; i < rank; i++)
        shape.dim[i] = dim[i];
    return shape;
}

cnn_shape cnn_shape_1(int64_t length) {
    return cnn_shape_of(1, (int64_t[]){length});
}

cnn_shape cnn_shape_2(int64_t rows, int64_t columns) {
    return cnn_shape_of(2, (int64_t[]){rows, columns});
}

cnn_shape cnn_shape_3(int64_t channels, int64_t height, int64_t width) {
    return cnn_shape_of(3, (int64_t[]){channels, height, width});
}

bool cnn_shape_equal(const cnn_shape *a, const cnn_shape *b) {
    bool equal = a->rank == b->rank;
    for (int i = 0; equal && i < a->rank; i++)
        equal = a->dim[i] == b->dim[i];
    return equal;
}

int64_t cnn_shape_elements(const cnn_shape *shape) {
    int64_t elements = 1;
    for (int i = 0; i < shape->rank; i++)
        elements *= shape->dim[i];
    return elements;
}

bool cnn_shape_valid(const cnn_shape *shape) {
    int64_t elements = 1;
    for (int i = 0; i < shape->rank; i++)
        if (!cnn_multiply(elements, shape->dim[i], &elements) || elements > CNN_MAX_ELEMENTS)
            return false;
    return true;
}

const char *cnn_shape_text(const cnn_shape *shape, char text[CNN_SHAPE_TEXT]) {
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < shape->rank && used < CNN_SHAPE_TEXT; i++)
        used +=
            (size_t)snprintf(text + used, CNN_SHAPE_TEXT - used, i ? "x%" PRId64 : "%" PRId64, shape->dim[i]);
    return text;
}

const char *cnn_shape_place_text(const cnn_shape *shape, int64_t offset, char text[CNN_SHAPE_TEXT]) {
    size_t used = (size_t)snprintf(text, CNN_SHAPE_TEXT, "[");
    int64_t block = cnn_shape_elements(shape);
    for (int i = 0; i < shape->rank && used < CNN_SHAPE_TEXT; i++) {
        block /= shape->dim[i];
        used += (size_t)snprintf(text + used, CNN_SHAPE_TEXT - used, i ? ",%" PRId64 : "%" PRId64,
                                 offset / block % shape->dim[i]);
    }
    if (used < CNN_SHAPE_TEXT)
        snprintf(text + used, CNN_SHAPE_TEXT - used, "]");
    return text;
}

cnn_layout cnn_layout_of(const cnn_shape *shape) {
    if (shape->rank == 3)
        return (cnn_layout){.channels = shape->dim[0], .area = shape->dim[1] * shape->dim[2]};
    return (cnn_layout){.channels = cnn_shape_elements(shape), .area = 1};
}

int64_t cnn_order_elements(const cnn_order *order) {
    return order->groups * order->outputs * order->inputs * order->area;
}

int64_t cnn_order_place(const cnn_order *order, int64_t logical) {
    const int64_t a = logical % order->area, i = logical / order->area % order->inputs,
                  row = logical / (order->area * order->inputs), o = row % order->outputs,
                  group = row - o; /* times outputs */
    const int64_t place = order->outputs_first ? (o * order->area + a) * order->inputs + i
                                               : (a * order->inputs + i) * order->outputs + o;
    return group * order->area * order->inputs + place;
}

/* How far neighbours lie apart along the axes of one side of an order. */
typedef struct strides {
    int64_t output, input, area;
} strides;

static strides logical_strides(const cnn_order *order) {
    return (strides){.output = order->inputs * order->area, .input = order->area, .area = 1};
}

static strides physical_strides(const cnn_order *order) {
    if (order->outputs_first)
        return (strides){.output = order->area * order->inputs, .input = 1, .area = order->inputs};
    return (strides){.output = 1, .input = order->outputs, .area = order->inputs * order->outputs};
}

/* Outputs and places of the area that are moved together: as many lines on either side, each of which is read or written
 * whole before it leaves the cache. */
enum { TILE = 16 };

static void move_tile(int64_t outputs, int64_t area, const float *restrict from, strides source,
                      float *restrict to, strides target) {
    for (int64_t o = 0; o < outputs; o++)
        for (int64_t a = 0; a < area; a++)
            to[o * target.output + a * target.area] = from[o * source.output + a * source.area];
}

/* All inputs of a few outputs. */
static void move_outputs(const cnn_order *order, int64_t outputs, const float *from, strides source,
                         float *to, strides target) {
    for (int64_t i = 0; i < order->inputs; i++)
        for (int64_t a = 0; a < order->area; a += TILE)
            move_tile(outputs, order->area - a < TILE ? order->area - a : TILE,
                      from + i * source.input + a * source.area, source,
                      to + i * target.input + a * target.area, target);
}

int64_t cnn_order_tiles(const cnn_order *order) {
    return order->groups * cnn_ceil_div(order->outputs, TILE);
}

/* Few outputs of one group together, so that each side is read or written in a few streams. */
static void reorder_tile(const cnn_order *order, int64_t tile, const float *from, strides source, float *to,
                         strides target) {
    const int64_t in_group = cnn_ceil_div(order->outputs, TILE), first = tile % in_group * TILE;
    const int64_t group = tile / in_group * order->outputs * order->inputs * order->area;
    move_outputs(order, cnn_min(order->outputs - first, TILE), from + group + first * source.output, source,
                 to + group + first * target.output, target);
}

void cnn_to_physical_tile(const cnn_order *order, int64_t tile, const float *logical, float *physical) {
    reorder_tile(order, tile, logical, logical_strides(order), physical, physical_strides(order));
}

void cnn_to_physical(const cnn_order *order, const float *logical, float *physical) {
    for (int64_t tile = 0; tile < cnn_order_tiles(order); tile++)
        cnn_to_physical_tile(order, tile, logical, physical);
}

void cnn_to_logical(const cnn_order *order, const float *physical, float *logical) {
    for (int64_t tile = 0; tile < cnn_order_tiles(order); tile++)
        reorder_tile(order, tile, physical, physical_strides(order), logical, logical_strides(order));
}

/* Rows of one value for each output. */
static void scale_rows(int64_t rows, int64_t outputs, const float *from, const float *scale, float *to) {
    for (int64_t row = 0; row < rows; row++, from += outputs, to += outputs)
        for (int64_t o = 0; o < outputs; o++)
            to[o] = from[o] * scale[o];
}

/* A row for each output. */
static void scale_each(int64_t outputs, int64_t sums, const float *from, const float *scale, float *to) {
    for (int64_t o = 0; o < outputs; o++, from += sums, to += sums)
        for (int64_t i = 0; i < sums; i++)
            to[i] = from[i] * scale[o];
}

void cnn_order_scale(const cnn_order *order, const float *from, const float *scale, float *to) {
    const int64_t sums = order->inputs * order->area; /* what one output adds up */
    const int64_t size = order->outputs * sums;
    for (int64_t g = 0; g < order->groups; g++, scale += order->outputs, from += size, to += size)
        if (order->outputs_first)
            scale_each(order->outputs, sums, from, scale, to);
        else
            scale_rows(sums, order->outputs, from, scale, to);
}

static cnn_status does_not_fit(int64_t span, int64_t padded, cnn_error *error) {
    return cnn_fail(error, CNN_ERROR_SHAPE,
                    "the kernel spans %" PRId64 " but the padded input has only %" PRId64, span, padded);
}

cnn_status cnn_output_size(int64_t input, int64_t kernel, int64_t stride, int64_t padding_begin,
                           int64_t padding_end, int64_t dilation, int64_t *output, cnn_error *error) {
    int64_t span, padded;
    cnn_status status = cnn_required(error, output);
    if (status != CNN_OK)
        return status;
    if (input < 1 || kernel < 1 || stride < 1 || dilation < 1 || padding_begin < 0 || padding_end < 0)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "input, kernel, stride and dilation must be at least 1 and padding at least 0");
    if (!cnn_multiply(dilation, kernel - 1, &span) || __builtin_add_overflow(span, 1, &span) ||
        __builtin_add_overflow(input, padding_begin, &padded) ||
        __builtin_add_overflow(padded, padding_end, &padded))
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "kernel, dilation or padding is too large");
    if (span > padded)
        return does_not_fit(span, padded, error);
    *output = (padded - span) / stride + 1;
    return CNN_OK;
}
