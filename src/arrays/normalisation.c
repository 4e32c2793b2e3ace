/* BatchNormalization, GroupNormalization, InstanceNormalization, LRN: on N,C and any further axes. */
#include "arrays/call.h"

#include <inttypes.h>
#include <math.h>

/* N,C, and the values of one channel of one image. */
typedef struct planes {
    int64_t images, channels, area;
} planes;

static cnn_status read_planes(cnn_call *call, const cnn_array **input, planes *p) {
    cnn_status status = cnn_call_typed(call, 0, "input", CNN_TYPE_FLOAT32, input);
    if (status != CNN_OK)
        return status;
    const cnn_shape *shape = &(*input)->shape;
    *p = (planes){.images = shape->rank > 0 ? shape->dim[0] : 1,
                  .channels = shape->rank > 1 ? shape->dim[1] : 1,
                  .area = 1};
    for (int i = 2; i < shape->rank; i++)
        p->area *= shape->dim[i];
    return CNN_OK;
}

/* Inputs `first` to `last`: `count` values, one for each of `what`. */
static cnn_status check_values(cnn_call *call, int first, int last, const char *what, int64_t count) {
    const cnn_array *values;
    cnn_status status = CNN_OK;
    for (int k = first; status == CNN_OK && k <= last; k++) {
        status = cnn_call_typed(call, k, what, CNN_TYPE_FLOAT32, &values);
        if (status == CNN_OK && values->elements != count)
            status = cnn_call_fail(call, CNN_ERROR_SHAPE, "input %d is %s, expected %" PRId64 " values", k,
                                   cnn_array_describe(values).text, count);
    }
    return status;
}

static cnn_status check_channels(cnn_call *call, int first, int last, const planes *p) {
    return check_values(call, first, last, "value of each channel", p->channels);
}

typedef struct moments {
    double mean, variance;
} moments;

/* Over one channel of `images` images, that lie `stride` apart. */
static moments moments_of(const float *values, int64_t images, int64_t area, int64_t stride) {
    moments m = {0};
    const double count = (double)(images * area);
    for (int64_t image = 0; image < images; image++)
        for (int64_t i = 0; i < area; i++)
            m.mean += (double)values[image * stride + i] / count;
    for (int64_t image = 0; image < images; image++)
        for (int64_t i = 0; i < area; i++) {
            const double difference = (double)values[image * stride + i] - m.mean;
            m.variance += difference * difference / count;
        }
    return m;
}

static void normalise(const float *from, float *to, int64_t count, const moments *m, double epsilon,
                      double scale, double shift) {
    const double factor = scale / sqrt(m->variance + epsilon);
    for (int64_t i = 0; i < count; i++)
        to[i] = (float)(((double)from[i] - m->mean) * factor + shift);
}

/* Value `index` of input k, one for each channel or group. */
static double value_of(const cnn_call *call, int k, int64_t index) {
    return (double)((const float *)call->inputs[k]->data)[index];
}

/* ---- BatchNormalization ---------------------------------------------------------------------------- */

/* Attributes that say how; `training` takes mean and variance from the input. */
typedef struct batch_options {
    double epsilon, momentum;
    bool training;
} batch_options;

static cnn_status read_batch_options(cnn_call *call, batch_options *options) {
    int64_t spatial = 1, ignored, training = 0;
    *options = (batch_options){.epsilon = 1e-5, .momentum = 0.9};
    cnn_status status = cnn_attribute_real(&call->attributes, "epsilon", &options->epsilon);
    if (status == CNN_OK)
        status = cnn_attribute_real(&call->attributes, "momentum", &options->momentum);
    if (status == CNN_OK && call->opset < 7) /* this is inference, whatever the node was made for */
        status = cnn_attribute_integer(&call->attributes, "is_test", &ignored);
    if (status == CNN_OK && call->opset < 9)
        status = cnn_attribute_integer(&call->attributes, "spatial", &spatial);
    if (status == CNN_OK && call->opset >= 14)
        status = cnn_attribute_integer(&call->attributes, "training_mode", &training);
    options->training = training != 0;
    if (status == CNN_OK && spatial != 1)
        status = cnn_call_fail(call, CNN_ERROR_UNSUPPORTED, "spatial %" PRId64 " is not supported, only 1",
                               spatial);
    return status;
}

/* Outputs 1 and 2: the running statistics (inputs 3 and 4) moved towards those of the batch. */
static cnn_status make_running(cnn_call *call, const batch_options *options, cnn_array *running[2]) {
    cnn_status status = CNN_OK;
    for (int k = 0; status == CNN_OK && k < 2; k++) {
        running[k] = NULL;
        if (options->training && k + 1 < call->output_count)
            status = cnn_call_output(call, k + 1, CNN_TYPE_FLOAT32, &call->inputs[3 + k]->shape, &running[k]);
    }
    return status;
}

static void keep_running(const cnn_call *call, const batch_options *options, int64_t channel,
                         const moments *m, cnn_array *const running[2]) {
    const double now[] = {m->mean, m->variance};
    for (int k = 0; k < 2; k++)
        if (running[k])
            ((float *)running[k]->data)[channel] =
                (float)(value_of(call, 3 + k, channel) * options->momentum +
                        now[k] * (1 - options->momentum));
}

static void normalise_channel(const cnn_call *call, const batch_options *options, const planes *p,
                              int64_t channel, cnn_array *const running[2]) {
    const float *from = (const float *)call->inputs[0]->data + channel * p->area;
    float *to = (float *)call->outputs[0].data + channel * p->area;
    const int64_t stride = p->channels * p->area;
    moments m = {value_of(call, 3, channel), value_of(call, 4, channel)};
    if (options->training)
        m = moments_of(from, p->images, p->area, stride);
    keep_running(call, options, channel, &m, running);
    for (int64_t image = 0; image < p->images; image++)
        normalise(from + image * stride, to + image * stride, p->area, &m, options->epsilon,
                  value_of(call, 1, channel), value_of(call, 2, channel));
}

/* Rows of channels: factors first, so that each row is one run. */
static cnn_status normalise_rows(cnn_call *call, const batch_options *options, const planes *p) {
    const float *from = call->inputs[0]->data;
    float *to = call->outputs[0].data;
    cnn_array room = {0};
    const cnn_shape shape = cnn_shape_1(p->channels);
    cnn_status status = cnn_array_new(&room, CNN_TYPE_FLOAT64, &shape, call->budget, call->error);
    if (status != CNN_OK)
        return status;
    double *factor = room.data;
    for (int64_t c = 0; c < p->channels; c++)
        factor[c] = value_of(call, 1, c) / sqrt(value_of(call, 4, c) + options->epsilon);
    const float *mean = call->inputs[3]->data, *shift = call->inputs[2]->data;
    for (int64_t row = 0; row < p->images; row++, from += p->channels, to += p->channels)
        for (int64_t c = 0; c < p->channels; c++)
            to[c] = (float)(((double)from[c] - (double)mean[c]) * factor[c] + (double)shift[c]);
    cnn_array_free(&room, call->budget);
    return CNN_OK;
}

cnn_status cnn_run_BatchNormalization(cnn_call *call) {
    const cnn_array *input;
    cnn_array *output, *running[2];
    planes p;
    batch_options options;
    cnn_status status = read_planes(call, &input, &p);
    if (status == CNN_OK)
        status = check_channels(call, 1, 4, &p);
    if (status == CNN_OK)
        status = read_batch_options(call, &options);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, CNN_TYPE_FLOAT32, &input->shape, &output);
    if (status == CNN_OK)
        status = make_running(call, &options, running);
    if (status == CNN_OK && p.area == 1 && !options.training)
        return normalise_rows(call, &options, &p);
    for (int64_t channel = 0; status == CNN_OK && p.area > 0 && channel < p.channels; channel++)
        normalise_channel(call, &options, &p, channel, running);
    return status;
}

/* ---- GroupNormalization ---------------------------------------------------------------------------- */

typedef struct group_options {
    int64_t groups;
    double epsilon;
    bool by_channel; /* scale and bias are those of channels */
} group_options;

static cnn_status read_group_options(cnn_call *call, const planes *p, group_options *options) {
    int64_t stash_type = CNN_TYPE_FLOAT32;
    *options = (group_options){.epsilon = 1e-5, .by_channel = call->opset >= 21};
    cnn_status status = cnn_attribute_integer(&call->attributes, "num_groups", &options->groups);
    if (status == CNN_OK && (options->groups < 1 || p->channels % options->groups != 0))
        status = cnn_call_fail(call, CNN_ERROR_FORMAT,
                               "num_groups must divide %" PRId64 " channels, found %" PRId64, p->channels,
                               options->groups);
    if (status == CNN_OK)
        status = cnn_attribute_real(&call->attributes, "epsilon", &options->epsilon);
    if (status == CNN_OK && options->by_channel)
        status = cnn_attribute_integer(&call->attributes, "stash_type", &stash_type);
    if (status == CNN_OK && stash_type != CNN_TYPE_FLOAT32)
        status = cnn_call_fail(call, CNN_ERROR_UNSUPPORTED,
                               "stash_type %" PRId64 " is not supported, only %d (float32)", stash_type,
                               CNN_TYPE_FLOAT32);
    return status;
}

/* A group of one image: its channels lie side by side. */
static void normalise_group(const cnn_call *call, const planes *p, const group_options *options,
                            int64_t image, int64_t group) {
    const int64_t channels = p->channels / options->groups, first = group * channels;
    const int64_t offset = (image * p->channels + first) * p->area;
    const float *from = (const float *)call->inputs[0]->data + offset;
    float *to = (float *)call->outputs[0].data + offset;
    const moments m = moments_of(from, 1, channels * p->area, 0);
    for (int64_t c = 0; c < channels; c++) {
        const int64_t index = options->by_channel ? first + c : group;
        normalise(from + c * p->area, to + c * p->area, p->area, &m, options->epsilon,
                  value_of(call, 1, index), value_of(call, 2, index));
    }
}

cnn_status cnn_run_GroupNormalization(cnn_call *call) {
    const cnn_array *input;
    cnn_array *output;
    planes p;
    group_options options;
    cnn_status status = read_planes(call, &input, &p);
    if (status == CNN_OK)
        status = read_group_options(call, &p, &options);
    if (status == CNN_OK)
        status = options.by_channel ? check_channels(call, 1, 2, &p)
                                    : check_values(call, 1, 2, "value of each group", options.groups);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, CNN_TYPE_FLOAT32, &input->shape, &output);
    if (status != CNN_OK || output->elements == 0)
        return status;
    for (int64_t image = 0; image < p.images; image++)
        for (int64_t group = 0; group < options.groups; group++)
            normalise_group(call, &p, &options, image, group);
    return status;
}

/* ---- InstanceNormalization, LRN -------------------------------------------------------------------- */

cnn_status cnn_run_InstanceNormalization(cnn_call *call) {
    const cnn_array *input;
    cnn_array *output;
    planes p;
    double epsilon = 1e-5;
    cnn_status status = read_planes(call, &input, &p);
    if (status == CNN_OK)
        status = check_channels(call, 1, 2, &p);
    if (status == CNN_OK)
        status = cnn_attribute_real(&call->attributes, "epsilon", &epsilon);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, CNN_TYPE_FLOAT32, &input->shape, &output);
    for (int64_t plane = 0; status == CNN_OK && p.area > 0 && plane < p.images * p.channels; plane++) {
        const float *from = (const float *)input->data + plane * p.area;
        const moments m = moments_of(from, 1, p.area, 0);
        normalise(from, (float *)output->data + plane * p.area, p.area, &m, epsilon,
                  value_of(call, 1, plane % p.channels), value_of(call, 2, plane % p.channels));
    }
    return status;
}

typedef struct response {
    int64_t size;
    double alpha, beta, bias;
} response;

/* Each value divided by a power of the sum of squares over neighbouring channels. */
static void normalise_response(const response *r, const planes *p, const float *from, float *to) {
    for (int64_t channel = 0; channel < p->channels; channel++) {
        const int64_t below = (r->size - 1) / 2, above = r->size - 1 - below;
        const int64_t first = channel > below ? channel - below : 0;
        const int64_t end = channel + above < p->channels ? channel + above + 1 : p->channels;
        for (int64_t i = 0; i < p->area; i++) {
            double sum = 0;
            for (int64_t c = first; c < end; c++)
                sum += (double)from[c * p->area + i] * (double)from[c * p->area + i];
            to[channel * p->area + i] = (float)((double)from[channel * p->area + i] /
                                                pow(r->bias + r->alpha / (double)r->size * sum, r->beta));
        }
    }
}

cnn_status cnn_run_LRN(cnn_call *call) {
    const cnn_array *input;
    cnn_array *output;
    planes p;
    response r = {.alpha = 1e-4, .beta = 0.75, .bias = 1};
    cnn_status status = read_planes(call, &input, &p);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&call->attributes, "size", &r.size);
    if (status == CNN_OK && (r.size < 1 || r.size > INT32_MAX))
        status = cnn_call_fail(call, CNN_ERROR_FORMAT, "size must be at least 1, found %" PRId64, r.size);
    if (status == CNN_OK)
        status = cnn_attribute_real(&call->attributes, "alpha", &r.alpha);
    if (status == CNN_OK)
        status = cnn_attribute_real(&call->attributes, "beta", &r.beta);
    if (status == CNN_OK)
        status = cnn_attribute_real(&call->attributes, "bias", &r.bias);
    if (status == CNN_OK)
        status = cnn_call_output(call, 0, CNN_TYPE_FLOAT32, &input->shape, &output);
    if (status == CNN_OK)
        status = cnn_call_work(call, output->elements, r.size < p.channels ? r.size : p.channels);
    const int64_t image = p.channels * p.area;
    for (int64_t n = 0; status == CNN_OK && image > 0 && n < p.images; n++)
        normalise_response(&r, &p, (const float *)input->data + n * image, (float *)output->data + n * image);
    return status;
}
