/* Products of matrices: MatMul, Gemm. */
#include "arrays/product.h"
#include "arrays/walk.h"

static cnn_status take_work(cnn_call *call, const cnn_array *output, int64_t inner) {
    return cnn_call_work(call, output->elements, inner > 0 ? inner : 1);
}

/* ---- MatMul: as numpy does it ---------------------------------------------------------------------- */

/* A vector becomes a matrix of one row (the first) or one column (the second). */
static cnn_shape as_matrix(const cnn_shape *shape, bool first) {
    if (shape->rank != 1)
        return *shape;
    return first ? cnn_shape_2(1, shape->dim[0]) : cnn_shape_2(shape->dim[0], 1);
}

/* All axes but the last two. */
static cnn_shape batch_of(const cnn_shape *shape) {
    cnn_shape batch = *shape;
    batch.rank -= 2;
    return batch;
}

/* The output's shape without the axes that vectors were given. */
static cnn_shape without_vectors(const cnn_shape *whole, bool first_is_vector, bool second_is_vector) {
    cnn_shape shape = *whole;
    if (second_is_vector)
        shape.rank--;
    if (first_is_vector) {
        shape.dim[whole->rank - 2] = whole->dim[whole->rank - 1];
        shape.rank--;
    }
    return shape;
}

static void multiply_batches(const cnn_multiplier *multiplier, const cnn_array *first,
                             const cnn_array *second, const cnn_shape *a, const cnn_shape *b,
                             const cnn_shape *batch, float *result) {
    const cnn_shape a_batch = batch_of(a), b_batch = batch_of(b);
    const cnn_strides strides[] = {cnn_strides_of(batch), cnn_strides_broadcast(&a_batch, batch),
                                   cnn_strides_broadcast(&b_batch, batch)};
    const int64_t rows = a->dim[a->rank - 2], inner = a->dim[a->rank - 1], columns = b->dim[b->rank - 1];
    cnn_walk walk = cnn_walk_begin(batch, 3, strides);
    while (cnn_walk_next(&walk))
        for (int64_t i = 0; i < walk.length; i++) {
            const float *left = (const float *)first->data + (walk.at[1] + i * walk.step[1]) * rows * inner;
            const cnn_matrix right = {
                (const float *)second->data + (walk.at[2] + i * walk.step[2]) * inner * columns, columns, 1};
            cnn_multiply_strided(multiplier, left, &right, rows, inner, columns,
                                 result + (walk.at[0] + i * walk.step[0]) * rows * columns);
        }
}

/* One matrix for all rows of the batch is one product with more rows. */
static cnn_status multiply_all(cnn_call *call, const cnn_array *first, const cnn_array *second,
                               const cnn_shape *a, const cnn_shape *b, const cnn_shape *batch,
                               float *result) {
    const int64_t inner = a->dim[a->rank - 1], columns = b->dim[b->rank - 1];
    cnn_multiplier multiplier;
    cnn_status status = cnn_multiplier_open(call, &multiplier);
    if (status == CNN_OK && second->elements == inner * columns && inner > 0) {
        const cnn_matrix right = {second->data, columns, 1};
        cnn_multiply_strided(&multiplier, first->data, &right, first->elements / inner, inner, columns,
                             result);
    } else if (status == CNN_OK)
        multiply_batches(&multiplier, first, second, a, b, batch, result);
    cnn_multiplier_close(call, &multiplier);
    return status;
}

cnn_status cnn_run_MatMul(cnn_call *call) {
    const cnn_array *first, *second;
    cnn_array *output;
    cnn_status status = cnn_call_typed(call, 0, "first matrix", CNN_TYPE_FLOAT32, &first);
    if (status == CNN_OK)
        status = cnn_call_typed(call, 1, "second matrix", CNN_TYPE_FLOAT32, &second);
    if (status != CNN_OK)
        return status;
    const cnn_shape a = as_matrix(&first->shape, true), b = as_matrix(&second->shape, false);
    const cnn_shape a_batch = batch_of(&a), b_batch = batch_of(&b);
    cnn_shape batch;
    if (a.rank < 2 || b.rank < 2 || a.dim[a.rank - 1] != b.dim[b.rank - 2] ||
        !cnn_shape_broadcast(&a_batch, &b_batch, &batch))
        return cnn_call_fail(call, CNN_ERROR_SHAPE, "%s and %s cannot be multiplied",
                             cnn_array_describe(first).text, cnn_array_describe(second).text);
    cnn_shape whole = batch;
    whole.dim[whole.rank++] = a.dim[a.rank - 2];
    whole.dim[whole.rank++] = b.dim[b.rank - 1];
    const cnn_shape shape = without_vectors(&whole, first->shape.rank == 1, second->shape.rank == 1);
    status = cnn_call_output(call, 0, CNN_TYPE_FLOAT32, &shape, &output);
    if (status == CNN_OK)
        status = take_work(call, output, a.dim[a.rank - 1]);
    return status == CNN_OK && output->elements > 0
               ? multiply_all(call, first, second, &a, &b, &batch, output->data)
               : status;
}

/* ---- Gemm: alpha A B + beta C ---------------------------------------------------------------------- */

typedef struct gemm {
    int64_t transposed_a, transposed_b;
    double alpha, beta;
} gemm;

static cnn_status read_gemm(cnn_call *call, gemm *g) {
    int64_t ignored; /* "broadcast": what does not need it fits anyway */
    *g = (gemm){.alpha = 1, .beta = 1};
    cnn_status status = cnn_attribute_integer(&call->attributes, "transA", &g->transposed_a);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&call->attributes, "transB", &g->transposed_b);
    if (status == CNN_OK)
        status = cnn_attribute_real(&call->attributes, "alpha", &g->alpha);
    if (status == CNN_OK)
        status = cnn_attribute_real(&call->attributes, "beta", &g->beta);
    if (status == CNN_OK && call->opset < 7)
        status = cnn_attribute_integer(&call->attributes, "broadcast", &ignored);
    return status;
}

static void add_bias(const cnn_array *bias, float factor, cnn_array *output) {
    const cnn_strides strides[] = {cnn_strides_of(&output->shape),
                                   cnn_strides_broadcast(&bias->shape, &output->shape)};
    cnn_walk walk = cnn_walk_begin(&output->shape, 2, strides);
    while (cnn_walk_next(&walk))
        for (int64_t i = 0; i < walk.length; i++)
            ((float *)output->data)[walk.at[0] + i] +=
                factor * ((const float *)bias->data)[walk.at[1] + i * walk.step[1]];
}

static cnn_status check_gemm(cnn_call *call, const gemm *g, const cnn_array **a, const cnn_array **b,
                             const cnn_array **c, cnn_shape *shape) {
    cnn_shape both;
    cnn_status status = cnn_call_typed(call, 0, "matrix A", CNN_TYPE_FLOAT32, a);
    if (status == CNN_OK)
        status = cnn_call_typed(call, 1, "matrix B", CNN_TYPE_FLOAT32, b);
    *c = cnn_call_input(call, 2);
    if (status == CNN_OK && *c)
        status = cnn_call_typed(call, 2, "matrix C", CNN_TYPE_FLOAT32, c);
    if (status != CNN_OK)
        return status;
    const int64_t *first = (*a)->shape.dim, *second = (*b)->shape.dim;
    bool fits = (*a)->shape.rank == 2 && (*b)->shape.rank == 2 &&
                first[g->transposed_a ? 0 : 1] == second[g->transposed_b ? 1 : 0];
    *shape = cnn_shape_2(first[g->transposed_a ? 1 : 0], second[g->transposed_b ? 0 : 1]);
    if (fits && *c)
        fits = cnn_shape_broadcast(&(*c)->shape, shape, &both) && cnn_shape_equal(&both, shape);
    return fits
               ? CNN_OK
               : cnn_call_fail(call, CNN_ERROR_SHAPE, "%s, %s and %s do not fit", cnn_array_describe(*a).text,
                               cnn_array_describe(*b).text, *c ? cnn_array_describe(*c).text : "(no C)");
}

/* The first matrix, multiplied by alpha, and turned where it is transposed: itself where it is neither. */
static cnn_status prepare_first(cnn_call *call, const gemm *g, const cnn_array *a, cnn_array *room,
                                const float **values) {
    const int64_t rows = a->shape.dim[0], columns = a->shape.dim[1];
    *values = a->data;
    if (!g->transposed_a && g->alpha == 1)
        return CNN_OK;
    cnn_status status = cnn_array_new(room, CNN_TYPE_FLOAT32, &a->shape, call->budget, call->error);
    if (status != CNN_OK)
        return status;
    const float *from = a->data;
    float *to = room->data;
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < columns; c++)
            to[g->transposed_a ? c * rows + r : r * columns + c] = (float)g->alpha * from[r * columns + c];
    *values = to;
    return CNN_OK;
}

static cnn_status multiply_gemm(cnn_call *call, const gemm *g, const cnn_array *a, const cnn_array *b,
                                cnn_array *output) {
    const int64_t inner = a->shape.dim[g->transposed_a ? 0 : 1], wide = b->shape.dim[1];
    cnn_array room = {0};
    cnn_multiplier multiplier;
    const float *values;
    cnn_status status = cnn_multiplier_open(call, &multiplier);
    if (status == CNN_OK)
        status = prepare_first(call, g, a, &room, &values);
    if (status == CNN_OK) {
        const cnn_matrix second = {b->data, g->transposed_b ? 1 : wide, g->transposed_b ? wide : 1};
        cnn_multiply_strided(&multiplier, values, &second, output->shape.dim[0], inner, output->shape.dim[1],
                             output->data);
    }
    cnn_array_free(&room, call->budget);
    cnn_multiplier_close(call, &multiplier);
    return status;
}

cnn_status cnn_run_Gemm(cnn_call *call) {
    const cnn_array *a, *b, *c;
    cnn_array *output;
    cnn_shape shape;
    gemm g;
    cnn_status status = read_gemm(call, &g);
    if (status == CNN_OK)
        status = check_gemm(call, &g, &a, &b, &c, &shape);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, CNN_TYPE_FLOAT32, &shape, &output);
    if (status == CNN_OK)
        status = take_work(call, output, a->shape.dim[g.transposed_a ? 0 : 1]);
    if (status != CNN_OK || output->elements == 0)
        return status;
    status = multiply_gemm(call, &g, a, b, output);
    if (status == CNN_OK && c)
        add_bias(c, (float)g.beta, output);
    return status;
}
