/* Normalisation along axes: LayerNormalization, RMSNormalization, MeanVarianceNormalization, LpNormalization. */
#include "arrays/elementwise.h"
#include "arrays/sums.h"
#include "arrays/walk.h"

#include <inttypes.h>
#include <math.h>

/* ---- LayerNormalization, RMSNormalization ---------------------------------------------------------- */

/* Rows of `length` values, from the axis on; scale and bias are broadcast to them. */
typedef struct layer_norm {
    int64_t rows, length;
    double epsilon;
    bool centred;       /* the mean is taken off; else the root of the mean square divides */
    const float *scale; /* of a row's values */
    const float *bias;  /* NULL: none */
} layer_norm;

static void normalise_row(const layer_norm *n, const float *from, float *to, float *mean_of,
                          float *inverse_of) {
    const double mean = n->centred ? cnn_sum_of(from, n->length) / (double)n->length : 0;
    const double squares = cnn_squares_about(from, n->length, mean);
    const double inverse = 1 / sqrt(squares / (double)n->length + n->epsilon);
    const float factor = (float)inverse, centre = (float)mean;
    for (int64_t i = 0; i < n->length; i++)
        to[i] = (from[i] - centre) * factor * n->scale[i];
    for (int64_t i = 0; n->bias && i < n->length; i++)
        to[i] += n->bias[i];
    if (mean_of)
        *mean_of = (float)mean;
    if (inverse_of)
        *inverse_of = (float)inverse;
}

/* The axes from `axis` on, and input `k` spread over them in *room; not there: *room stays empty. */
static cnn_status spread(cnn_call *call, int k, const char *what, int axis, cnn_array *room) {
    const cnn_array *given;
    cnn_shape row = {0}, both;
    if (!cnn_call_input(call, k))
        return CNN_OK;
    cnn_status status = cnn_call_typed(call, k, what, CNN_TYPE_FLOAT32, &given);
    for (int i = axis; i < call->inputs[0]->shape.rank; i++)
        row.dim[row.rank++] = call->inputs[0]->shape.dim[i];
    if (status == CNN_OK &&
        (!cnn_shape_broadcast(&given->shape, &row, &both) || !cnn_shape_equal(&both, &row)))
        status =
            cnn_call_fail(call, CNN_ERROR_SHAPE, "the %s, %s, does not fit the axes from %d on of %s", what,
                          cnn_array_describe(given).text, axis, cnn_array_describe(call->inputs[0]).text);
    if (status == CNN_OK)
        status = cnn_array_new(room, CNN_TYPE_FLOAT32, &row, call->budget, call->error);
    if (status != CNN_OK)
        return status;
    const cnn_strides to = cnn_strides_of(&row), from = cnn_strides_broadcast(&given->shape, &row);
    cnn_copy_strided(room->data, &to, given->data, &from, &row, sizeof(float));
    return CNN_OK;
}

/* Outputs 1 and 2, where they are wanted: mean and inverse deviation of each row. */
static cnn_status make_statistics(cnn_call *call, int axis, float *statistics[2]) {
    cnn_shape shape = call->inputs[0]->shape;
    cnn_status status = CNN_OK;
    for (int i = axis; i < shape.rank; i++)
        shape.dim[i] = 1;
    for (int k = 1; k <= 2; k++) {
        cnn_array *output;
        statistics[k - 1] = NULL;
        if (status == CNN_OK && k < call->output_count)
            status = cnn_call_output(call, k, CNN_TYPE_FLOAT32, &shape, &output);
        if (status == CNN_OK && k < call->output_count)
            statistics[k - 1] = output->data;
    }
    return status;
}

static cnn_status normalise_rows(cnn_call *call, int axis, layer_norm *n, const cnn_array *scale,
                                 const cnn_array *bias) {
    const cnn_array *input = call->inputs[0];
    float *statistics[2];
    cnn_array *output;
    cnn_status status = cnn_call_output(call, 0, CNN_TYPE_FLOAT32, &input->shape, &output);
    if (status == CNN_OK)
        status = make_statistics(call, axis, statistics);
    if (status != CNN_OK || input->elements == 0)
        return status;
    n->length = scale->elements;
    n->rows = input->elements / n->length;
    n->scale = scale->data;
    n->bias = bias->data;
    for (int64_t row = 0; row < n->rows; row++)
        normalise_row(n, (const float *)input->data + row * n->length,
                      (float *)output->data + row * n->length, statistics[0] ? statistics[0] + row : NULL,
                      statistics[1] ? statistics[1] + row : NULL);
    return CNN_OK;
}

static cnn_status run(cnn_call *call, bool centred) {
    const cnn_array *input;
    layer_norm n = {.epsilon = 1e-5, .centred = centred};
    cnn_array scale = {0}, bias = {0};
    int64_t stash_type = CNN_TYPE_FLOAT32; /* sums are double whatever it says */
    int axis = 0;
    cnn_status status = cnn_call_typed(call, 0, "input", CNN_TYPE_FLOAT32, &input);
    if (status == CNN_OK)
        status = cnn_call_read_axis(call, -1, input->shape.rank, false, &axis);
    if (status == CNN_OK)
        status = cnn_attribute_real(&call->attributes, "epsilon", &n.epsilon);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&call->attributes, "stash_type", &stash_type);
    if (status == CNN_OK)
        status = spread(call, 1, "scale", axis, &scale);
    if (status == CNN_OK)
        status = spread(call, 2, "bias", axis, &bias);
    if (status == CNN_OK)
        status = normalise_rows(call, axis, &n, &scale, &bias);
    cnn_array_free(&scale, call->budget);
    cnn_array_free(&bias, call->budget);
    return status;
}

cnn_status cnn_run_LayerNormalization(cnn_call *call) {
    return run(call, true);
}

cnn_status cnn_run_RMSNormalization(cnn_call *call) {
    return run(call, false);
}

/* ---- MeanVarianceNormalization --------------------------------------------------------------------- */

/* Totals over the axes that go, in arrays of double with ones there. */
typedef struct totals {
    cnn_array sums, squares;
    double count;
} totals;

/* Sums of the values, then of their squared distances from the mean. */
static void add_all(const cnn_array *input, totals *t) {
    const cnn_strides strides[] = {cnn_strides_of(&input->shape),
                                   cnn_strides_broadcast(&t->sums.shape, &input->shape)};
    double *sums = t->sums.data, *squares = t->squares.data;
    for (int round = 0; round < 2; round++) {
        cnn_walk walk = cnn_walk_begin(&input->shape, 2, strides);
        while (cnn_walk_next(&walk))
            for (int64_t i = 0; i < walk.length; i++) {
                const double x = (double)((const float *)input->data)[walk.at[0] + i];
                const int64_t at = walk.at[1] + i * walk.step[1];
                const double distance = x - sums[at] / t->count;
                *(round ? &squares[at] : &sums[at]) += round ? distance * distance : x;
            }
    }
}

static void divide_all(const cnn_array *input, const totals *t, cnn_array *output) {
    const cnn_strides strides[] = {cnn_strides_of(&input->shape),
                                   cnn_strides_broadcast(&t->sums.shape, &input->shape)};
    const double *sums = t->sums.data, *squares = t->squares.data;
    cnn_walk walk = cnn_walk_begin(&input->shape, 2, strides);
    while (cnn_walk_next(&walk))
        for (int64_t i = 0; i < walk.length; i++) {
            const int64_t at = walk.at[1] + i * walk.step[1];
            const double x = (double)((const float *)input->data)[walk.at[0] + i] - sums[at] / t->count;
            ((float *)output->data)[walk.at[0] + i] = (float)(x / (sqrt(squares[at] / t->count) + 1e-9));
        }
}

/* The input's shape with ones for the axes that go: those of images by default. */
static cnn_status read_kept(cnn_call *call, const cnn_array *input, cnn_shape *kept) {
    static const int64_t of_images[] = {0, 2, 3};
    const int64_t *axes = of_images;
    int64_t count = 3;
    bool gone[CNN_MAX_RANK];
    cnn_status status = cnn_attribute_integers(&call->attributes, "axes", &axes, &count);
    if (status == CNN_OK && count > CNN_MAX_RANK)
        status = cnn_call_fail(call, CNN_ERROR_FORMAT, "it has %" PRId64 " axes", count);
    if (status == CNN_OK)
        status = cnn_call_mark_axes(call, axes, (int)count, input->shape.rank, gone);
    *kept = input->shape;
    for (int i = 0; status == CNN_OK && i < kept->rank; i++)
        kept->dim[i] = gone[i] ? 1 : kept->dim[i];
    return status;
}

cnn_status cnn_run_MeanVarianceNormalization(cnn_call *call) {
    const cnn_array *input;
    cnn_array *output;
    cnn_shape kept;
    totals t = {.count = 0};
    cnn_status status = cnn_call_typed(call, 0, "input", CNN_TYPE_FLOAT32, &input);
    if (status == CNN_OK)
        status = read_kept(call, input, &kept);
    if (status == CNN_OK)
        status = cnn_array_new(&t.sums, CNN_TYPE_FLOAT64, &kept, call->budget, call->error);
    if (status == CNN_OK)
        status = cnn_array_new(&t.squares, CNN_TYPE_FLOAT64, &kept, call->budget, call->error);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, CNN_TYPE_FLOAT32, &input->shape, &output);
    if (status == CNN_OK && input->elements > 0) {
        t.count = (double)input->elements / (double)t.sums.elements;
        add_all(input, &t);
        divide_all(input, &t, output);
    }
    cnn_array_free(&t.sums, call->budget);
    cnn_array_free(&t.squares, call->budget);
    return status;
}

/* ---- LpNormalization ------------------------------------------------------------------------------- */

/* Values `step` apart, divided by their sum (p 1) or length (p 2); where that is zero they stay zero. */
static void normalise_length(const float *from, float *to, int64_t count, int64_t step, int64_t p) {
    double total = 0;
    for (int64_t i = 0; i < count; i++) {
        const double x = (double)from[i * step];
        total += p == 1 ? fabs(x) : x * x;
    }
    total = p == 1 ? total : sqrt(total);
    for (int64_t i = 0; i < count; i++)
        to[i * step] = total == 0 ? 0 : (float)((double)from[i * step] / total);
}

cnn_status cnn_run_LpNormalization(cnn_call *call) {
    const cnn_array *input;
    cnn_array *output;
    int axis = 0;
    int64_t p = 2;
    cnn_status status = cnn_call_typed(call, 0, "input", CNN_TYPE_FLOAT32, &input);
    if (status == CNN_OK)
        status = cnn_call_read_axis(call, -1, input->shape.rank, false, &axis);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&call->attributes, "p", &p);
    if (status == CNN_OK && p != 1 && p != 2)
        status = cnn_call_fail(call, CNN_ERROR_UNSUPPORTED, "p is %" PRId64 ", expected 1 or 2", p);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, CNN_TYPE_FLOAT32, &input->shape, &output);
    if (status != CNN_OK || input->elements == 0)
        return status;
    const cnn_around around = cnn_around_axis(&input->shape, axis);
    for (int64_t i = 0; i < around.before * around.behind; i++) {
        const int64_t at = i / around.behind * around.size * around.behind + i % around.behind;
        normalise_length((const float *)input->data + at, (float *)output->data + at, around.size,
                         around.behind, p);
    }
    return CNN_OK;
}
