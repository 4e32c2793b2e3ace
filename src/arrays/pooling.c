/* MaxPool, AveragePool, LpPool and their global forms. */
#include "arrays/elementwise.h"
#include "arrays/slide.h"

#include <math.h>

/* N,C and the values of one channel. */
typedef struct planes {
    int64_t count, area;
} planes;

static planes planes_of(const cnn_shape *shape) {
    planes p = {.count = shape->dim[0] * shape->dim[1], .area = 1};
    for (int i = 2; i < shape->rank; i++)
        p.area *= shape->dim[i];
    return p;
}

static cnn_status read_window(cnn_call *call, cnn_slide *slide, const cnn_array **input) {
    int64_t up = 0;
    cnn_status status = cnn_call_typed(call, 0, "input", CNN_TYPE_FLOAT32, input);
    if (status == CNN_OK)
        status = cnn_slide_read(call, &(*input)->shape, NULL, slide);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&call->attributes, "ceil_mode", &up);
    return status == CNN_OK ? cnn_slide_fit(call, slide, up != 0) : status;
}

static cnn_status make_output(cnn_call *call, int k, cnn_type type, const cnn_slide *slide,
                              cnn_array **output) {
    const cnn_shape *input = &call->inputs[0]->shape;
    const cnn_shape shape = cnn_slide_shape(slide, input->dim[0], input->dim[1], slide->output);
    cnn_status status = cnn_call_output(call, k, type, &shape, output);
    return status == CNN_OK ? cnn_call_work(call, (*output)->elements, cnn_slide_area(slide->kernel))
                            : status;
}

/* ---- MaxPool --------------------------------------------------------------------------------------- */

typedef struct maxima {
    const float *input;
    float *output;
    int64_t *position; /* of each maximum within its channel */
} maxima;

static void take_maxima(void *context, int64_t output, int64_t input, int64_t count, int64_t step) {
    const maxima *m = context;
    for (int64_t i = 0; i < count; i++) {
        const float value = m->input[input + i * step];
        if (value > m->output[output + i] || isnan(value) || m->position[output + i] < 0) {
            m->output[output + i] = value;
            m->position[output + i] = input + i * step;
        }
    }
}

/* Without the positions, which take most of the time. */
static void take_largest(void *context, int64_t output, int64_t input, int64_t count, int64_t step) {
    const maxima *m = context;
    for (int64_t i = 0; i < count; i++) {
        const float value = m->input[input + i * step], old = m->output[output + i];
        m->output[output + i] = value > old || isnan(value) ? value : old;
    }
}

/* Each channel's windows, element by element. */
static void pool_plane(const cnn_slide *slide, maxima *m, cnn_slide_row take) {
    for (int64_t i = 0; i < cnn_slide_area(slide->output); i++)
        m->output[i] = -INFINITY; /* stays where a window lies in the padding alone */
    for (int64_t tap = 0; tap < cnn_slide_area(slide->kernel); tap++)
        cnn_slide_visit(slide, tap, take, m);
}

/* The position counted with the first axis running fastest. */
static int64_t column_major(int64_t position, const cnn_slide *slide) {
    const int64_t *size = slide->input;
    const int64_t column = position % size[2], row = position / size[2] % size[1];
    const int64_t plane = position / (size[1] * size[2]);
    return plane + size[0] * (row + size[1] * column);
}

static void find_positions(const cnn_slide *slide, int64_t plane, bool columns_first, maxima *m) {
    const int64_t area = cnn_slide_area(slide->output), begin = plane * cnn_slide_area(slide->input);
    for (int64_t i = 0; i < area; i++)
        m->position[i] = -1;
    pool_plane(slide, m, take_maxima);
    for (int64_t i = 0; i < area; i++)
        m->position[i] = begin + (columns_first ? column_major(m->position[i], slide) : m->position[i]);
}

/* `positions` NULL: not wanted. */
static void pool_maxima(const cnn_array *input, const cnn_slide *slide, bool columns_first, cnn_array *output,
                        cnn_array *positions) {
    const planes from = planes_of(&input->shape);
    const int64_t area = cnn_slide_area(slide->output);
    for (int64_t plane = 0; plane < from.count; plane++) {
        maxima m = {.input = (const float *)input->data + plane * from.area,
                    .output = (float *)output->data + plane * area,
                    .position = positions ? (int64_t *)positions->data + plane * area : NULL};
        if (positions)
            find_positions(slide, plane, columns_first, &m);
        else
            pool_plane(slide, &m, take_largest);
    }
}

static cnn_status pool_reals(cnn_call *call) {
    const cnn_array *input;
    cnn_array *output, *positions = NULL;
    cnn_slide slide;
    int64_t order = 0;
    cnn_status status = read_window(call, &slide, &input);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&call->attributes, "storage_order", &order);
    if (status == CNN_OK)
        status = make_output(call, 0, CNN_TYPE_FLOAT32, &slide, &output);
    if (status != CNN_OK)
        return status;
    if (call->output_count > 1)
        status = cnn_call_output(call, 1, CNN_TYPE_INT64, &output->shape, &positions);
    if (status == CNN_OK)
        pool_maxima(input, &slide, order != 0, output, positions);
    return status;
}

/* Bytes are exact in float32. */
static cnn_status pool_bytes(cnn_call *call) {
    cnn_array room, pooled[2] = {{0}}, *output;
    const cnn_array *wide;
    cnn_call real = *call;
    real.inputs = &wide;
    real.outputs = pooled;
    cnn_status status = cnn_call_widen(call, call->inputs[0], CNN_TYPE_FLOAT32, &room, &wide);
    if (status == CNN_OK)
        status = pool_reals(&real);
    call->attributes.read = real.attributes.read;
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, call->inputs[0]->type, &pooled[0].shape, &output);
    if (status == CNN_OK)
        cnn_array_cast(&pooled[0], output);
    if (call->output_count > 1) {
        call->outputs[1] = pooled[1];
        pooled[1] = (cnn_array){0};
    }
    cnn_array_free(&room, call->budget);
    cnn_array_free(&pooled[0], call->budget);
    return status;
}

cnn_status cnn_run_MaxPool(cnn_call *call) {
    const cnn_type type = call->inputs[0]->type;
    return type == CNN_TYPE_UINT8 || type == CNN_TYPE_INT8 ? pool_bytes(call) : pool_reals(call);
}

/* ---- AveragePool ----------------------------------------------------------------------------------- */

typedef struct sums {
    const float *input; /* NULL: count instead */
    float *output;
} sums;

static void take_sums(void *context, int64_t output, int64_t input, int64_t count, int64_t step) {
    const sums *s = context;
    for (int64_t i = 0; i < count; i++)
        s->output[output + i] += s->input ? s->input[input + i * step] : 1;
}

static void visit_all(const cnn_slide *slide, sums *s) {
    for (int64_t tap = 0; tap < cnn_slide_area(slide->kernel); tap++)
        cnn_slide_visit(slide, tap, take_sums, s);
}

/* The same windows over the padded input: what counts when padding counts. */
static cnn_slide over_padding(const cnn_slide *slide) {
    cnn_slide padded = *slide;
    for (int i = 0; i < CNN_SLIDE_AXES; i++) {
        padded.input[i] += padded.before[i] + padded.after[i];
        padded.before[i] = padded.after[i] = 0;
    }
    return padded;
}

static void pool_averages(const cnn_array *input, const cnn_slide *slide, const float *divisors,
                          cnn_array *output) {
    const planes from = planes_of(&input->shape);
    const int64_t area = cnn_slide_area(slide->output);
    for (int64_t plane = 0; plane < from.count; plane++) {
        sums s = {.input = (const float *)input->data + plane * from.area,
                  .output = (float *)output->data + plane * area};
        visit_all(slide, &s);
        for (int64_t i = 0; i < area; i++)
            s.output[i] = divisors[i] > 0 ? s.output[i] / divisors[i] : 0;
    }
}

cnn_status cnn_run_AveragePool(cnn_call *call) {
    const cnn_array *input;
    cnn_array *output, divisors = {0};
    cnn_slide slide, padded;
    int64_t with_padding = 0;
    cnn_status status = read_window(call, &slide, &input);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&call->attributes, "count_include_pad", &with_padding);
    if (status == CNN_OK)
        status = make_output(call, 0, CNN_TYPE_FLOAT32, &slide, &output);
    if (status != CNN_OK)
        return status;
    const cnn_shape area = cnn_shape_3(slide.output[0], slide.output[1], slide.output[2]);
    status = cnn_array_new(&divisors, CNN_TYPE_FLOAT32, &area, call->budget, call->error);
    if (status == CNN_OK) {
        padded = with_padding ? over_padding(&slide) : slide;
        visit_all(&padded, &(sums){.output = divisors.data});
        pool_averages(input, &slide, divisors.data, output);
    }
    cnn_array_free(&divisors, call->budget);
    return status;
}

/* ---- LpPool ---------------------------------------------------------------------------------------- */

/* Sums of powers of magnitudes. */
typedef struct powers {
    const float *input;
    float *output;
    double p;
} powers;

static void take_powers(void *context, int64_t output, int64_t input, int64_t count, int64_t step) {
    const powers *s = context;
    for (int64_t i = 0; i < count; i++)
        s->output[output + i] += (float)pow(fabs((double)s->input[input + i * step]), s->p);
}

/* p, which was a real number before operator set 2. */
static cnn_status read_power(cnn_call *call, double *p) {
    int64_t integer = 2;
    *p = 2;
    if (call->opset < 2)
        return cnn_attribute_real(&call->attributes, "p", p);
    cnn_status status = cnn_attribute_integer(&call->attributes, "p", &integer);
    *p = (double)integer;
    return status;
}

cnn_status cnn_run_LpPool(cnn_call *call) {
    const cnn_array *input;
    cnn_array *output;
    cnn_slide slide;
    double p;
    cnn_status status = read_window(call, &slide, &input);
    if (status == CNN_OK)
        status = read_power(call, &p);
    if (status == CNN_OK)
        status = make_output(call, 0, CNN_TYPE_FLOAT32, &slide, &output);
    if (status != CNN_OK)
        return status;
    const planes from = planes_of(&input->shape);
    const int64_t area = cnn_slide_area(slide.output);
    for (int64_t plane = 0; plane < from.count; plane++) {
        powers s = {.input = (const float *)input->data + plane * from.area,
                    .output = (float *)output->data + plane * area,
                    .p = p};
        for (int64_t tap = 0; tap < cnn_slide_area(slide.kernel); tap++)
            cnn_slide_visit(&slide, tap, take_powers, &s);
        for (int64_t i = 0; i < area; i++)
            s.output[i] = (float)pow((double)s.output[i], 1 / p);
    }
    return CNN_OK;
}

/* ---- Over all of a channel ------------------------------------------------------------------------- */

static float mean_of(const float *values, int64_t count, double p) {
    (void)p;
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += (double)values[i];
    return (float)(sum / (double)count);
}

static float maximum_of(const float *values, int64_t count, double p) {
    (void)p;
    float max = -INFINITY;
    for (int64_t i = 0; i < count; i++)
        if (values[i] > max || isnan(values[i]))
            max = values[i];
    return max;
}

/* The p-th root of the sum of the p-th powers. */
static float length_of(const float *values, int64_t count, double p) {
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += pow(fabs((double)values[i]), p);
    return (float)pow(sum, 1 / p);
}

typedef float (*pool)(const float *values, int64_t count, double p);

static cnn_status pool_globally(cnn_call *call, pool pool, double p) {
    const cnn_array *input;
    cnn_array *output;
    cnn_status status = cnn_call_typed(call, 0, "input", CNN_TYPE_FLOAT32, &input);
    if (status != CNN_OK)
        return status;
    cnn_shape shape = input->shape;
    if (shape.rank < 2)
        return cnn_call_fail(call, CNN_ERROR_SHAPE, "it is given %s, expected N,C and more axes",
                             cnn_array_describe(input).text);
    for (int i = 2; i < shape.rank; i++)
        shape.dim[i] = 1;
    const planes from = planes_of(&input->shape);
    status = cnn_call_output(call, 0, CNN_TYPE_FLOAT32, &shape, &output);
    for (int64_t plane = 0; status == CNN_OK && plane < from.count; plane++)
        ((float *)output->data)[plane] = pool((const float *)input->data + plane * from.area, from.area, p);
    return status;
}

cnn_status cnn_run_GlobalAveragePool(cnn_call *call) {
    return pool_globally(call, mean_of, 0);
}

cnn_status cnn_run_GlobalMaxPool(cnn_call *call) {
    return pool_globally(call, maximum_of, 0);
}

cnn_status cnn_run_GlobalLpPool(cnn_call *call) {
    double p;
    cnn_status status = read_power(call, &p);
    return status == CNN_OK ? pool_globally(call, length_of, p) : status;
}
