/* Reduce*: the values along some axes become one. */
#include "arrays/elementwise.h"
#include "arrays/walk.h"

#include <math.h>

/* Takes `count` values into totals that lie `step` apart (0: all into one). */
typedef void (*taker)(const void *values, void *totals, int64_t step, int64_t count);

/* Reals are added up as double. */
typedef struct reduction {
    taker real32, real64, integer, natural;       /* natural NULL: integer does it, too */
    double start;                                 /* of the totals: infinite stands for the type's limit */
    double (*finish)(double total, double count); /* NULL: the total is it */
} reduction;

#define TAKER(name, suffix, number, wide, expression)                                                        \
    static void name##_##suffix(const void *values, void *totals, int64_t step, int64_t count) {             \
        wide t = count > 0 ? *(const wide *)totals : 0;                                                      \
        for (int64_t i = 0; i < count; i++) {                                                                \
            const wide x = (wide)((const number *)values)[i];                                                \
            if (step != 0)                                                                                   \
                t = ((const wide *)totals)[i * step];                                                        \
            t = (wide)(expression);                                                                          \
            if (step != 0)                                                                                   \
                ((wide *)totals)[i * step] = t;                                                              \
        }                                                                                                    \
        if (step == 0 && count > 0)                                                                          \
            *(wide *)totals = t;                                                                             \
    }
#define REDUCTION(name, reals, integers, start, finish)                                                      \
    TAKER(name, real32, float, double, reals)                                                                \
    TAKER(name, real64, double, double, reals)                                                               \
    TAKER(name, integer, int64_t, int64_t, integers)                                                         \
    TAKER(name, natural, uint64_t, uint64_t, integers)                                                       \
    static const reduction name = {name##_real32,  name##_real64, name##_integer,                            \
                                   name##_natural, start,         finish};

static double mean_of(double total, double count) {
    return total / count;
}

static double root_of(double total, double count) {
    (void)count;
    return sqrt(total);
}

static double logarithm_of(double total, double count) {
    (void)count;
    return log(total);
}

#define ADDED(x) (int64_t)((uint64_t)t + (uint64_t)(x))
REDUCTION(sum, t + x, ADDED(x), 0, NULL)
REDUCTION(mean, t + x, ADDED(x), 0, mean_of)
REDUCTION(magnitudes, t + fabs(x), ADDED(x < 1 ? 0 - (uint64_t)x : (uint64_t)x), 0, NULL)
REDUCTION(squares, t + x * x, ADDED((uint64_t)x *(uint64_t)x), 0, NULL)
REDUCTION(length, t + x * x, ADDED((uint64_t)x *(uint64_t)x), 0, root_of)
REDUCTION(logarithm, t + x, ADDED(x), 0, logarithm_of)
REDUCTION(product, t *x, (int64_t)((uint64_t)t *(uint64_t)x), 1, NULL)
/* Not-a-number wins. */
REDUCTION(largest, t >= x ? t : (t < x ? x : t + x), t >= x ? t : x, -INFINITY, NULL)
REDUCTION(smallest, t <= x ? t : (t > x ? x : t + x), t <= x ? t : x, INFINITY, NULL)

/* ---- Axes ------------------------------------------------------------------------------------------ */

/* Shapes of a reduction: with 1 for the axes that go, and what the output has. */
typedef struct plan {
    cnn_shape kept, output;
    double count; /* values that become one */
} plan;

/* Sums got their axes as an input five operator sets before the others. Before operator set 18 `opset` is that of
 * the change. Which axes go: none given are all, or none with noop_with_empty_axes. */
static cnn_status read_axes(cnn_call *call, int rank, int64_t input_since, bool reduced[CNN_MAX_RANK]) {
    int64_t axes[CNN_MAX_LIST], none_is_none = 0;
    const bool as_input = call->opset >= input_since;
    int count;
    cnn_status status = cnn_call_numbers(call, 1, "axes", as_input, axes, &count);
    if (status == CNN_OK && as_input)
        status = cnn_attribute_integer(&call->attributes, "noop_with_empty_axes", &none_is_none);
    if (status == CNN_OK)
        status = cnn_call_mark_axes(call, axes, count, rank, reduced);
    for (int i = 0; status == CNN_OK && count <= 0 && i < rank; i++)
        reduced[i] = !none_is_none;
    return status;
}

static cnn_status make_plan(cnn_call *call, int64_t input_since, plan *p) {
    const cnn_shape *input = &call->inputs[0]->shape;
    bool reduced[CNN_MAX_RANK];
    int64_t keep = 1;
    *p = (plan){.kept = *input, .count = 1};
    cnn_status status = read_axes(call, input->rank, input_since, reduced);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&call->attributes, "keepdims", &keep);
    for (int i = 0; status == CNN_OK && i < input->rank; i++) {
        if (reduced[i])
            p->kept.dim[i] = 1;
        if (reduced[i])
            p->count *= (double)input->dim[i];
        if (!reduced[i] || keep)
            p->output.dim[p->output.rank++] = p->kept.dim[i];
    }
    return status;
}

/* ---- Totals ---------------------------------------------------------------------------------------- */

static cnn_type total_type(cnn_type type) {
    return cnn_type_is_real(type) ? CNN_TYPE_FLOAT64 : cnn_wide_type(type);
}

static taker taker_of(const reduction *r, cnn_type type) {
    switch (type) {
    case CNN_TYPE_FLOAT32:
        return r->real32;
    case CNN_TYPE_FLOAT64:
        return r->real64;
    case CNN_TYPE_UINT64:
        return r->natural;
    default:
        return r->integer;
    }
}

/* A start that is infinite becomes the limit of the type of integers. */
static void fill(cnn_array *totals, double start) {
    const cnn_shape one = {0};
    const cnn_array from = cnn_array_over(CNN_TYPE_FLOAT64, &one, &start);
    for (int64_t i = 0; i < totals->elements; i++) {
        cnn_array to = cnn_array_over(totals->type, &one, (char *)totals->data + i * 8);
        cnn_array_cast(&from, &to);
    }
}

/* `totals` has the input's rank, with 1 for the axes that go. */
static void take_all(taker take, const cnn_array *input, cnn_array *totals) {
    const cnn_strides strides[] = {cnn_strides_of(&input->shape),
                                   cnn_strides_broadcast(&totals->shape, &input->shape)};
    const int64_t size = (int64_t)cnn_type_size(input->type);
    cnn_walk walk = cnn_walk_begin(&input->shape, 2, strides);
    while (cnn_walk_next(&walk))
        take((const char *)input->data + walk.at[0] * size, (char *)totals->data + walk.at[1] * 8,
             walk.step[1], walk.length);
}

static void finish_all(const reduction *r, double count, cnn_array *totals) {
    double *values = totals->data;
    for (int64_t i = 0; r->finish && totals->type == CNN_TYPE_FLOAT64 && i < totals->elements; i++)
        values[i] = r->finish(values[i], count);
}

/* The same of integers, in double: a mean, a root or a logarithm is cut only at the end. */
static cnn_status finish_integers(cnn_call *call, const reduction *r, double count, cnn_array *totals) {
    cnn_array real;
    cnn_status status = cnn_array_new(&real, CNN_TYPE_FLOAT64, &totals->shape, call->budget, call->error);
    if (status != CNN_OK)
        return status;
    cnn_array_cast(totals, &real);
    finish_all(r, count, &real);
    cnn_array_cast(&real, totals);
    cnn_array_free(&real, call->budget);
    return CNN_OK;
}

/* *totals, of the shape with ones. */
static cnn_status total(cnn_call *call, const reduction *r, const plan *p, cnn_array *totals) {
    const cnn_array *input = call->inputs[0], *wide;
    cnn_array room;
    cnn_status status = cnn_array_new(totals, total_type(input->type), &p->kept, call->budget, call->error);
    if (status == CNN_OK)
        status = cnn_call_work(call, input->elements, 1);
    if (status != CNN_OK)
        return status;
    status = cnn_call_widen(call, input, cnn_wide_type(input->type), &room, &wide);
    if (status == CNN_OK) {
        fill(totals, r->start);
        take_all(taker_of(r, wide->type), wide, totals);
    }
    cnn_array_free(&room, call->budget);
    if (status == CNN_OK && r->finish && totals->type != CNN_TYPE_FLOAT64)
        return finish_integers(call, r, p->count, totals);
    if (status == CNN_OK)
        finish_all(r, p->count, totals);
    return status;
}

static cnn_status give(cnn_call *call, const plan *p, const cnn_array *totals) {
    cnn_array *output;
    cnn_status status = cnn_call_output(call, 0, call->inputs[0]->type, &p->output, &output);
    if (status == CNN_OK)
        cnn_array_cast(totals, output);
    return status;
}

static cnn_status reduce(cnn_call *call, const reduction *r, int64_t input_since) {
    cnn_array totals = {0};
    plan p;
    cnn_status status = make_plan(call, input_since, &p);
    if (status == CNN_OK)
        status = total(call, r, &p, &totals);
    if (status == CNN_OK)
        status = give(call, &p, &totals);
    cnn_array_free(&totals, call->budget);
    return status;
}

#define OPERATOR(name, reduction, input_since)                                                               \
    cnn_status cnn_run_##name(cnn_call *call) {                                                              \
        return reduce(call, &reduction, input_since);                                                        \
    }
OPERATOR(ReduceSum, sum, 13)
OPERATOR(ReduceMean, mean, 18)
OPERATOR(ReduceL1, magnitudes, 18)
OPERATOR(ReduceL2, length, 18)
OPERATOR(ReduceSumSquare, squares, 18)
OPERATOR(ReduceLogSum, logarithm, 18)
OPERATOR(ReduceProd, product, 18)
OPERATOR(ReduceMax, largest, 18)
OPERATOR(ReduceMin, smallest, 18)

/* ---- ReduceLogSumExp ------------------------------------------------------------------------------- */

/* The sum of exponentials, seen from the largest value, so that none overflows. */
static void add_exponentials(const cnn_array *input, const cnn_array *maxima, cnn_array *sums) {
    const cnn_strides strides[] = {cnn_strides_of(&input->shape),
                                   cnn_strides_broadcast(&sums->shape, &input->shape)};
    const double *from = input->data, *max = maxima->data;
    double *to = sums->data;
    cnn_walk walk = cnn_walk_begin(&input->shape, 2, strides);
    while (cnn_walk_next(&walk))
        for (int64_t i = 0; i < walk.length; i++) {
            const int64_t at = walk.at[1] + i * walk.step[1];
            const double shift = isinf(max[at]) ? 0 : max[at];
            to[at] += exp(from[walk.at[0] + i] - shift);
        }
}

static cnn_status log_sum_exp(cnn_call *call, const plan *p, cnn_array *maxima, cnn_array *sums) {
    cnn_array room;
    const cnn_array *real;
    cnn_status status = total(call, &largest, p, maxima);
    if (status == CNN_OK)
        status = cnn_array_new(sums, CNN_TYPE_FLOAT64, &p->kept, call->budget, call->error);
    if (status == CNN_OK)
        status = cnn_call_widen(call, call->inputs[0], CNN_TYPE_FLOAT64, &room, &real);
    if (status != CNN_OK)
        return status;
    add_exponentials(real, maxima, sums);
    cnn_array_free(&room, call->budget);
    for (int64_t i = 0; i < sums->elements; i++) {
        const double max = ((const double *)maxima->data)[i];
        ((double *)sums->data)[i] = log(((double *)sums->data)[i]) + (isinf(max) ? 0 : max);
    }
    return CNN_OK;
}

cnn_status cnn_run_ReduceLogSumExp(cnn_call *call) {
    cnn_array maxima = {0}, sums = {0};
    plan p;
    if (!cnn_type_is_real(call->inputs[0]->type))
        return cnn_call_fail(call, CNN_ERROR_UNSUPPORTED, "it is given %s, expected float32",
                             cnn_array_describe(call->inputs[0]).text);
    cnn_status status = make_plan(call, 18, &p);
    if (status == CNN_OK)
        status = log_sum_exp(call, &p, &maxima, &sums);
    if (status == CNN_OK)
        status = give(call, &p, &sums);
    cnn_array_free(&maxima, call->budget);
    cnn_array_free(&sums, call->budget);
    return status;
}
