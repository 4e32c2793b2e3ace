/* Making a plan, and copying parameters and images into it. */
#include "plan/internal.h"

#include "base/memory.h"
#include "base/numbers.h"

#include <inttypes.h>
#include <string.h>

/* ---- Making ---------------------------------------------------------------------------------------- */

cnn_status cnn_precision_check(cnn_precision precision, cnn_error *error) {
    if (precision == CNN_PRECISION_FLOAT32 || precision == CNN_PRECISION_BF16)
        return CNN_OK;
    return cnn_fail(error, CNN_ERROR_ARGUMENT,
                    "there is no precision %d: it is CNN_PRECISION_FLOAT32 (%d) or CNN_PRECISION_BF16 (%d)",
                    (int)precision, CNN_PRECISION_FLOAT32, CNN_PRECISION_BF16);
}

/* Whether there is a network to plan, and a batch. */
static cnn_status check_request(const cnn_net *net, const cnn_plan_options *options, cnn_error *error) {
    if (cnn_net_status(net) != CNN_OK)
        return cnn_fail(error, cnn_net_status(net), "%s", cnn_net_error(net));
    if (net->node_count == 0)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "the network has no layers");
    if (options->batch < 1 || options->batch > INT32_MAX)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "the batch must be at least 1 image, not %" PRId64,
                        options->batch);
    return cnn_precision_check(options->precision, error);
}

/* Allocate everything but the arena and the threads. */
static cnn_status make_structure(cnn_plan *plan, const cnn_net *net, cnn_error *error) {
    plan->kernels = cnn_kernels_select(error);
    if (!plan->kernels)
        return CNN_ERROR_ARGUMENT;
    cnn_status status = cnn_threads_check(plan->options.threads, error);
    if (status != CNN_OK)
        return status;
    plan->threads = plan->options.threads ? plan->options.threads : cnn_processors();
    if (plan->options.pool)
        plan->threads = cnn_pool_threads(plan->options.pool);
    plan->net = cnn_net_copy_layers(net, error);
    if (!plan->net)
        return CNN_ERROR_MEMORY;
    status = cnn_plan_place_parameters(plan, error);
    if (status == CNN_OK)
        status = cnn_plan_make_steps(plan, error);
    return status == CNN_OK ? cnn_plan_lay_out(plan, error) : status;
}

/* Of everything in the plan's one allocation. */
static int64_t arena_bytes(const cnn_plan *plan) {
    return cnn_plan_arena_floats(plan) * (int64_t)sizeof(float);
}

/* The largest batch for which the arena fits into `available` bytes, assuming that it grows linearly with the batch.
 * */
static int64_t fitting_batch(const cnn_plan *plan, int64_t available) {
    const int64_t per_image = plan->batch_floats / plan->options.batch * (int64_t)sizeof(float);
    const int64_t fixed = arena_bytes(plan) - plan->batch_floats * (int64_t)sizeof(float);
    return per_image > 0 && available > fixed ? (available - fixed) / per_image : 0;
}

/* Say how much is missing, and which batch would fit. */
static cnn_status too_large(const cnn_plan *plan, int64_t available, cnn_error *error) {
    const double mib = 1024.0 * 1024.0;
    const int64_t fits = fitting_batch(plan, available);
    if (fits < 1)
        return cnn_fail(error, CNN_ERROR_MEMORY,
                        "out of memory: the network needs %.0f MiB at a batch of %" PRId64
                        ", and %.0f MiB are available; no "
                        "batch would fit: use a smaller network or a machine with more memory",
                        (double)arena_bytes(plan) / mib, plan->options.batch, (double)available / mib);
    return cnn_fail(error, CNN_ERROR_MEMORY,
                    "out of memory: a batch of %" PRId64
                    " images needs %.0f MiB, and %.0f MiB are available; a batch of %" PRId64
                    " would fit (--batch %" PRId64 ")",
                    plan->options.batch, (double)arena_bytes(plan) / mib, (double)available / mib, fits,
                    fits);
}

static cnn_status allocate_arena(cnn_plan *plan, cnn_error *error) {
    const int64_t available = cnn_memory_available();
    if (arena_bytes(plan) > available)
        return too_large(plan, available, error);
    plan->arena = cnn_allocate((size_t)cnn_plan_arena_floats(plan), sizeof *plan->arena, "a plan", NULL);
    if (!plan->arena)
        return too_large(plan, available, error);
    cnn_plan_resolve(plan);
    return CNN_OK;
}

/* A plan that knows all its sizes. *plan may be set on failure too; the caller frees it. */
static cnn_status make_unallocated(cnn_plan **plan, const cnn_net *net, const cnn_plan_options *options,
                                   cnn_error *error) {
    cnn_status status = check_request(net, options, error);
    if (status != CNN_OK)
        return status;
    *plan = cnn_allocate(1, sizeof **plan, "a plan", error);
    if (!*plan)
        return CNN_ERROR_MEMORY;
    (*plan)->options = *options;
    return make_structure(*plan, net, error);
}

/* The caller's, or one of its own. */
static cnn_status take_pool(cnn_plan *plan, cnn_error *error) {
    plan->pool = plan->options.pool;
    return plan->pool ? CNN_OK : cnn_pool_new(&plan->pool, plan->threads, error);
}

cnn_status cnn_plan_new(cnn_plan **out, const cnn_net *net, const cnn_plan_options *options,
                        cnn_error *error) {
    cnn_plan *plan = NULL;
    *out = NULL;
    if (options->training && net->untrainable)
        return cnn_fail(error, CNN_ERROR_UNSUPPORTED, "%s: the network can be run but not trained",
                        net->untrainable);
    cnn_status status = make_unallocated(&plan, net, options, error);
    if (status == CNN_OK)
        status = allocate_arena(plan, error);
    if (status == CNN_OK)
        status = take_pool(plan, error);
    if (status != CNN_OK) {
        cnn_plan_free(plan);
        return status;
    }
    plan->options.outputs = NULL;
    cnn_plan_load(plan, net->values);
    *out = plan;
    return CNN_OK;
}

void cnn_plan_free(cnn_plan *plan) {
    if (!plan)
        return;
    if (!plan->options.pool)
        cnn_pool_free(plan->pool);
    cnn_net_free(plan->net);
    cnn_free(plan->values);
    cnn_free(plan->stands_for);
    cnn_free(plan->steps);
    cnn_free(plan->branches);
    cnn_free(plan->operands);
    cnn_free(plan->input_shapes);
    cnn_free(plan->inputs);
    cnn_free(plan->input_gradients);
    cnn_free(plan->segments);
    cnn_free(plan->requests);
    cnn_free(plan->parameter_offset);
    cnn_free(plan->arena);
    cnn_free(plan->times);
    cnn_free(plan);
}

cnn_status cnn_plan_measure(const cnn_net *net, const cnn_plan_options *options, cnn_plan_size *size,
                            cnn_error *error) {
    cnn_plan *plan = NULL;
    cnn_status status = make_unallocated(&plan, net, options, error);
    if (status == CNN_OK)
        *size = (cnn_plan_size){.bytes = arena_bytes(plan), .parameter_floats = plan->parameter_floats};
    cnn_plan_free(plan);
    return status;
}

/* ---- Parameters ------------------------------------------------------------------------------------ */

float *cnn_plan_weights(const cnn_plan *plan, int64_t *count) {
    *count = plan->parameter_floats;
    return plan->weights;
}

float *cnn_plan_gradients(const cnn_plan *plan, int64_t *count) {
    *count = plan->parameter_floats;
    return plan->gradients;
}

const cnn_net *cnn_plan_net(const cnn_plan *plan) {
    return plan->net;
}

int64_t cnn_plan_parameter_offset(const cnn_plan *plan, int64_t parameter) {
    return plan->parameter_offset[parameter];
}

/* ---- Images ---------------------------------------------------------------------------------------- */

cnn_pool *cnn_plan_pool(const cnn_plan *plan) {
    return plan->pool;
}

const cnn_kernels *cnn_plan_kernels(const cnn_plan *plan) {
    return plan->kernels;
}

int64_t cnn_plan_batch(const cnn_plan *plan) {
    return plan->options.batch;
}

float *cnn_plan_idle_room(const cnn_plan *plan, int64_t *floats) {
    *floats = plan->batch_floats;
    return plan->batch_region;
}

float *cnn_plan_input(const cnn_plan *plan) {
    return plan->input;
}

void cnn_plan_read_from(cnn_plan *plan, const float *images) {
    cnn_buffer *input = &plan->values[0].data;
    if (input->data == images)
        return;
    input->data = (float *)images; /* no step writes into what it reads */
    for (int64_t k = 0; k < plan->operand_count; k++)
        if (plan->operands[k].value == 0)
            plan->inputs[k] = *input;
}

int64_t cnn_plan_outputs(const cnn_plan *plan) {
    return plan->values[plan->output].elements;
}

float *cnn_plan_output_gradient(const cnn_plan *plan) {
    return plan->logical_gradient ? plan->logical_gradient : plan->values[plan->output].gradient.data;
}

typedef struct image_copy {
    const cnn_plan *plan;
    const float *images; /* in 0..1: N,C,H,W, or N,H,W,C */
    bool channels_last;
    bool plain; /* nothing is subtracted, and nothing divides */
} image_copy;

static bool is_plain(const cnn_net *net) {
    bool plain = true;
    for (int64_t c = 0; c < net->input.dim[0]; c++)
        plain = plain && net->mean[c] == 0 && net->deviation[c] == 1;
    return plain;
}

static void normalise(const cnn_net *net, int64_t area, const float *from, float *to) {
    const int64_t channels = net->input.dim[0];
    for (int64_t a = 0; a < area; a++, from += channels, to += channels)
        for (int64_t c = 0; c < channels; c++)
            to[c] = (from[c] - net->mean[c]) / net->deviation[c];
}

/* What normalise_turned works on at once stays in the first-level cache. */
enum { TURNED_CHANNELS = 8, TURNED_PLACES = 64 };

/* Some places of some channels from `first` on: normalised, then turned. */
static void turn_some(const cnn_plan *plan, int64_t first, int64_t count, int64_t places, int64_t area,
                      const float *from, float *to) {
    const cnn_net *net = plan->net;
    float rows[TURNED_CHANNELS * TURNED_PLACES];
    for (int64_t c = 0; c < count; c++)
        for (int64_t a = 0; a < places; a++)
            rows[c * TURNED_PLACES + a] =
                (from[c * area + a] - net->mean[first + c]) / net->deviation[first + c];
    const cnn_transpose_loop loop = {count, places, TURNED_PLACES, net->input.dim[0]};
    plan->kernels->transpose(&loop, rows, to);
}

static void normalise_turned(const cnn_plan *plan, int64_t area, const float *from, float *to) {
    const int64_t channels = plan->net->input.dim[0];
    for (int64_t a = 0; a < area; a += TURNED_PLACES)
        for (int64_t c = 0; c < channels; c += TURNED_CHANNELS)
            turn_some(plan, c, cnn_min(channels - c, TURNED_CHANNELS), cnn_min(area - a, TURNED_PLACES), area,
                      from + c * area + a, to + a * channels + c);
}

/* A worker's task: normalise an image and bring it into channels-last order. */
static void copy_image(void *context, int64_t image, int worker) {
    (void)worker;
    const image_copy *copy = context;
    const cnn_net *net = copy->plan->net;
    const int64_t channels = net->input.dim[0], area = net->input.dim[1] * net->input.dim[2];
    const bool turns = !copy->channels_last && channels > 1 && area > 1;
    const float *from = copy->images + image * channels * area;
    float *to = cnn_plan_input(copy->plan) + image * channels * area;
    if (turns && copy->plain)
        cnn_plan_turn(copy->plan, &(cnn_layout){channels, area}, 1, from, to, false);
    else if (turns)
        normalise_turned(copy->plan, area, from, to);
    else if (copy->plain)
        memcpy(to, from, (size_t)(channels * area) * sizeof *to);
    else
        normalise(net, area, from, to);
}

static void set_images(cnn_plan *plan, const float *images, int64_t count, bool channels_last) {
    image_copy copy = {
        .plan = plan, .images = images, .channels_last = channels_last, .plain = is_plain(plan->net)};
    cnn_plan_read_from(plan, plan->input);
    cnn_pool_run(plan->pool, copy_image, &copy, count);
}

void cnn_plan_set_images(cnn_plan *plan, const float *images, int64_t count) {
    set_images(plan, images, count, false);
}

void cnn_plan_set_images_last(cnn_plan *plan, const float *images, int64_t count) {
    set_images(plan, images, count, true);
}
