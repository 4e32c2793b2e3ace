/* Layers of integers: MatMulInteger, ConvInteger, QLinearMatMul, QLinearConv. Their sums are exact. */
#include "arrays/convolution.h"
#include "arrays/elementwise.h"
#include "arrays/product.h"
#include "arrays/quantize.h"
#include "arrays/walk.h"

#include "base/memory.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- Inputs ---------------------------------------------------------------------------------------- */

/* The shape of `values` along one axis of a tensor of `rank`; one value, or more axes than one, stay as they are. */
static cnn_shape along_axis(const cnn_array *values, int rank, int axis) {
    cnn_shape shape = values->shape;
    if (values->elements == 1 || shape.rank != 1)
        return values->elements == 1 ? (cnn_shape){0} : shape;
    shape = (cnn_shape){.rank = rank};
    for (int i = 0; i < rank; i++)
        shape.dim[i] = i == axis ? values->elements : 1;
    return shape;
}

/* *centred: input `k` in float32, less its zero point (input `zero_k`, one or along `axis`). Both are bytes. */
static cnn_status centre(cnn_call *call, int k, int zero_k, int axis, cnn_array *centred) {
    const cnn_array *input = cnn_call_input(call, k), *zero = cnn_call_input(call, zero_k);
    cnn_array zeros = {0};
    cnn_shape both;
    if (!input || (input->type != CNN_TYPE_UINT8 && input->type != CNN_TYPE_INT8) ||
        (zero && zero->type != input->type))
        return cnn_call_fail(call, CNN_ERROR_FORMAT,
                             "input %d is %s, expected bytes and a zero point like them", k,
                             input ? cnn_array_describe(input).text : "left out");
    cnn_status status = cnn_array_new(centred, CNN_TYPE_FLOAT32, &input->shape, call->budget, call->error);
    if (status != CNN_OK)
        return status;
    cnn_array_cast(input, centred);
    if (!zero)
        return CNN_OK;
    const cnn_shape shape = along_axis(zero, input->shape.rank, axis < 0 ? axis + input->shape.rank : axis);
    if (cnn_shape_elements(&shape) != zero->elements || !cnn_shape_broadcast(&shape, &input->shape, &both) ||
        !cnn_shape_equal(&both, &input->shape))
        return cnn_call_fail(call, CNN_ERROR_SHAPE, "the zero point, %s, does not fit %s",
                             cnn_array_describe(zero).text, cnn_array_describe(input).text);
    status = cnn_array_new(&zeros, CNN_TYPE_FLOAT32, &shape, call->budget, call->error);
    if (status == CNN_OK) {
        cnn_array_cast(zero, &zeros);
        cnn_combine(&cnn_rows_subtract, centred, &zeros, centred);
    }
    cnn_array_free(&zeros, call->budget);
    return status;
}

/* ---- Products -------------------------------------------------------------------------------------- */

/* Matrices of a batch: the second one is one for all, or has the batch's axes, too. */
static cnn_status product_shape(const cnn_call *call, const cnn_array *a, const cnn_array *b,
                                cnn_shape *shape) {
    const int rank = a->shape.rank;
    bool fits = rank >= 2 && b->shape.rank >= 2 && (b->shape.rank == 2 || b->shape.rank == rank) &&
                a->shape.dim[rank - 1] == b->shape.dim[b->shape.rank - 2];
    for (int i = 0; fits && b->shape.rank > 2 && i < rank - 2; i++)
        fits = a->shape.dim[i] == b->shape.dim[i];
    *shape = a->shape;
    if (!fits)
        return cnn_call_fail(call, CNN_ERROR_SHAPE, "%s and %s cannot be multiplied",
                             cnn_array_describe(a).text, cnn_array_describe(b).text);
    shape->dim[rank - 1] = b->shape.dim[b->shape.rank - 1];
    return CNN_OK;
}

static void multiply_batch(const cnn_multiplier *multiplier, const cnn_array *a, const cnn_array *b,
                           float *room, cnn_array *sums) {
    const int rank = a->shape.rank;
    const int64_t rows = a->shape.dim[rank - 2], inner = a->shape.dim[rank - 1];
    const int64_t columns = b->shape.dim[b->shape.rank - 1];
    for (int64_t i = 0; i < sums->elements / (rows * columns); i++) {
        const cnn_matrix second = {(const float *)b->data + (b->shape.rank > 2 ? i * inner * columns : 0),
                                   columns, 1};
        const cnn_product product = {.rows = rows,
                                     .inner = inner,
                                     .columns = columns,
                                     .first = (const float *)a->data + i * rows * inner,
                                     .first_row = inner,
                                     .pack = cnn_pack_matrix,
                                     .second = &second,
                                     .result = room};
        cnn_multiply_integers(multiplier, &product, (int32_t *)sums->data + i * rows * columns);
    }
}

/* *sums, int32, of two arrays of whole numbers in float32. */
static cnn_status multiply(cnn_call *call, const cnn_array *a, const cnn_array *b, cnn_array *sums) {
    cnn_multiplier multiplier = {0};
    cnn_array room = {0};
    cnn_shape shape;
    cnn_status status = product_shape(call, a, b, &shape);
    if (status == CNN_OK)
        status = cnn_array_new(sums, CNN_TYPE_INT32, &shape, call->budget, call->error);
    if (status == CNN_OK)
        status = cnn_call_work(call, sums->elements, a->shape.dim[a->shape.rank - 1] + 1);
    if (status != CNN_OK || sums->elements == 0)
        return status;
    const cnn_shape one = cnn_shape_2(shape.dim[shape.rank - 2], shape.dim[shape.rank - 1]);
    status = cnn_multiplier_open(call, &multiplier);
    if (status == CNN_OK)
        status = cnn_array_new(&room, CNN_TYPE_FLOAT32, &one, call->budget, call->error);
    if (status == CNN_OK)
        multiply_batch(&multiplier, a, b, room.data, sums);
    cnn_array_free(&room, call->budget);
    cnn_multiplier_close(call, &multiplier);
    return status;
}

/* Where a layer's inputs stand: the two, their zero points, and the axes along which these may lie. */
typedef struct places {
    int first, first_zero, first_axis, second, second_zero, second_axis;
    bool convolves;
} places;

/* *sums of the node's integers. */
static cnn_status sum_up(cnn_call *call, const places *p, cnn_array *sums) {
    cnn_array first = {0}, second = {0};
    cnn_status status = centre(call, p->first, p->first_zero, p->first_axis, &first);
    if (status == CNN_OK)
        status = centre(call, p->second, p->second_zero, p->second_axis, &second);
    if (status == CNN_OK && p->convolves) {
        const cnn_array *inputs[] = {&first, &second};
        cnn_call inner = *call;
        inner.inputs = inputs;
        inner.input_count = 2;
        status = cnn_convolve_integers(&inner, sums);
        call->attributes.read = inner.attributes.read;
    } else if (status == CNN_OK)
        status = multiply(call, &first, &second, sums);
    cnn_array_free(&first, call->budget);
    cnn_array_free(&second, call->budget);
    return status;
}

static cnn_status give_sums(cnn_call *call, const places *p) {
    cnn_array sums = {0};
    cnn_status status = sum_up(call, p, &sums);
    if (status == CNN_OK)
        status = cnn_call_reshaped(call, 0, &sums, &sums.shape);
    cnn_array_free(&sums, call->budget);
    return status;
}

cnn_status cnn_run_MatMulInteger(cnn_call *call) {
    return give_sums(call, &(places){0, 2, -2, 1, 3, -1, false});
}

cnn_status cnn_run_ConvInteger(cnn_call *call) {
    return give_sums(call, &(places){0, 2, 0, 1, 3, 0, true});
}

/* ---- With scales ----------------------------------------------------------------------------------- */

/* How sums become the output: each times a factor, plus the output's zero point. */
typedef struct scaling {
    const cnn_array *first, *second, *result, *zero, *bias; /* bias NULL: none; of each channel */
    int axis; /* of the sums, along which `second` and `bias` may lie */
} scaling;

static cnn_status check_scaling(cnn_call *call, scaling *s, const cnn_array *sums) {
    const int64_t channels = sums->shape.dim[s->axis];
    const cnn_array *const scales[] = {s->first, s->second, s->result};
    bool fits = s->zero && s->zero->elements == 1 && (!s->bias || s->bias->elements == channels);
    for (int k = 0; fits && k < 3; k++)
        fits = scales[k] && scales[k]->type == CNN_TYPE_FLOAT32 &&
               (scales[k]->elements == 1 || (k == 1 && scales[k]->elements == channels));
    fits = fits && (!s->bias || s->bias->type == CNN_TYPE_INT32);
    return fits ? CNN_OK
                : cnn_call_fail(call, CNN_ERROR_FORMAT,
                                "its scales, zero points and bias do not fit %" PRId64 " channels", channels);
}

static cnn_status scale_sums(cnn_call *call, scaling *s, const cnn_array *sums) {
    double limits[2], zero = 0;
    cnn_array *output;
    cnn_status status = check_scaling(call, s, sums);
    if (status == CNN_OK && !cnn_quantized_limits(s->zero->type, limits))
        status = cnn_call_fail(call, CNN_ERROR_UNSUPPORTED, "the output's zero point is %s",
                               cnn_array_describe(s->zero).text);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, s->zero->type, &sums->shape, &output);
    if (status != CNN_OK || sums->elements == 0)
        return status;
    const cnn_around around = cnn_around_axis(&sums->shape, s->axis);
    const cnn_shape one = {0};
    cnn_array to = cnn_array_over(CNN_TYPE_FLOAT64, &one, &zero);
    cnn_array_cast(s->zero, &to);
    const float *second = s->second->data;
    const float common = *(const float *)s->first->data / *(const float *)s->result->data;
    for (int64_t i = 0; i < sums->elements; i++) {
        const int64_t channel = i / around.behind % around.size;
        const double sum = (double)((const int32_t *)sums->data)[i] +
                           (s->bias ? (double)((const int32_t *)s->bias->data)[channel] : 0);
        const double factor = (double)common * (double)second[s->second->elements == 1 ? 0 : channel];
        cnn_store_quantized(output, i, rint(sum * factor) + zero, limits);
    }
    return CNN_OK;
}

static cnn_status give_scaled(cnn_call *call, const places *p, int axis) {
    cnn_array sums = {0};
    scaling s = {cnn_call_input(call, 1), cnn_call_input(call, 4), cnn_call_input(call, 6),
                 cnn_call_input(call, 7), cnn_call_input(call, 8), axis};
    cnn_status status = sum_up(call, p, &sums);
    s.axis = axis < 0 ? axis + sums.shape.rank : axis;
    if (status == CNN_OK)
        status = scale_sums(call, &s, &sums);
    cnn_array_free(&sums, call->budget);
    return status;
}

cnn_status cnn_run_QLinearMatMul(cnn_call *call) {
    return give_scaled(call, &(places){0, 2, -2, 3, 5, -1, false}, -1);
}

cnn_status cnn_run_QLinearConv(cnn_call *call) {
    return give_scaled(call, &(places){0, 2, 0, 3, 5, 0, true}, 1);
}
