/* The benchmark's engine for single convolutions of cnn: bench_layer_cnn FOLDER THREADS. The public interface
 * runs whole networks; this looks inside the plan of a network of one layer, and is the only program that
 * does. */
#include "../engine.h"

#include "base/memory.h"
#include "plan/internal.h"

#include <cnn.h>

typedef enum direction { FORWARD, DATA, WEIGHTS } direction;

typedef struct state {
    int threads;
    direction direction;
    int64_t batch;
    cnn_net *net;
    cnn_plan *plan;
    cnn_buffer input_gradient; /* for the gradient of the input, if requested */
} state;

static void about(void *context, char *reply) {
    (void)context;
    const char *cpu = cnn_cpu(NULL);
    snprintf(reply, ENGINE_LINE, "{\"version\": \"%s (%s)\"}", cnn_version(), cpu ? cpu : "?");
}

static void forget(state *s) {
    cnn_plan_free(s->plan);
    cnn_net_free(s->net);
    cnn_free(s->input_gradient.data);
    *s = (state){.threads = s->threads};
}
/* ---- A convolution alone ---------------------------------------------------------------------------------
 */

/* Parameters from engine_value() by their logical place, as in every engine. */
static cnn_status fill_parameter(cnn_net *net, int number, uint64_t first, cnn_error *error) {
    cnn_tensor_info tensor;
    cnn_status status = cnn_net_tensor(net, number, &tensor, error);
    if (status != CNN_OK)
        return status;
    float *values = malloc((size_t)tensor.elements * sizeof *values);
    for (int64_t i = 0; i < tensor.elements; i++)
        values[i] = engine_value(first + (uint64_t)i);
    status = cnn_net_set_parameter(net, tensor.name, values, tensor.elements, error);
    free(values);
    return status;
}

/* The same for images of a logical shape C,H,W: in memory they lie [area][channels]. */
static void fill_images(float *values, int64_t images, const int64_t shape[3], uint64_t first) {
    const int64_t channels = shape[0], area = shape[1] * shape[2];
    for (int64_t n = 0; n < images; n++)
        for (int64_t c = 0; c < channels; c++)
            for (int64_t a = 0; a < area; a++)
                values[(n * area + a) * channels + c] =
                    engine_value(first + (uint64_t)((n * channels + c) * area + a));
}

/* DIRECTION BATCH CHANNELS SIZE FILTERS KERNEL STRIDE PADDING GROUPS */
static cnn_status make_net(state *s, char **words, cnn_error *error) {
    const int64_t size = atoll(words[3]), kernel = atoll(words[5]), stride = atoll(words[6]),
                  padding = atoll(words[7]);
    s->batch = atoll(words[1]);
    s->net = cnn_net_new(&(cnn_input_options){.channels = atoll(words[2]), .height = size, .width = size});
    cnn_conv2d(s->net, .filters = atoll(words[4]), .kernel = {kernel}, .stride = {stride, stride},
               .padding = {padding, padding, padding, padding}, .groups = atoll(words[8]));
    cnn_status status = fill_parameter(s->net, 0, UINT64_C(1) << 30, error);
    return status == CNN_OK ? fill_parameter(s->net, 1, UINT64_C(3) << 29, error) : status;
}

/* Outputs and their gradient stay in the plan's own order; memory is provided for the gradient of the input, which a
 * first layer never needs. */
static cnn_status open_plan(state *s, cnn_error *error) {
    int64_t input[3];
    cnn_layer_info layer;
    cnn_net_input(s->net, input);
    cnn_net_layer(s->net, 1, &layer, NULL);
    s->plan->logical_output = s->plan->logical_gradient = NULL;
    fill_images(cnn_plan_input(s->plan), s->batch, input, 0);
    if (s->direction == FORWARD)
        return CNN_OK;
    const int64_t pixels = input[0] * input[1] * input[2];
    s->input_gradient.image_stride = pixels;
    s->input_gradient.data =
        cnn_allocate((size_t)(s->batch * pixels), sizeof(float), "the gradient of the input", error);
    if (!s->input_gradient.data)
        return CNN_ERROR_MEMORY;
    if (s->direction == DATA) {
        s->plan->steps[0].step.frozen = true;
        s->plan->steps[0].step.input_gradient[0] = s->input_gradient;
    }
    cnn_plan_forward(s->plan, s->batch, 0);
    fill_images(cnn_plan_output_gradient(s->plan), s->batch, layer.output, UINT64_C(1) << 31);
    return CNN_OK;
}

static cnn_status make_plan(state *s, char **words, cnn_error *error) {
    cnn_status status = make_net(s, words, error);
    cnn_plan_options options = {
        .batch = s->batch, .threads = s->threads, .training = s->direction != FORWARD};
    if (status == CNN_OK)
        status = cnn_plan_new(&s->plan, s->net, &options, error);
    return status == CNN_OK ? open_plan(s, error) : status;
}

/* ---- Work ------------------------------------------------------------------------------------------------
 */

/* One of the two gradients: that of the weights, which a frozen layer skips, or that of the input. */
static int64_t work(void *context, int64_t number) {
    (void)number;
    state *s = context;
    if (s->direction == FORWARD)
        cnn_plan_forward(s->plan, s->batch, 0);
    else
        cnn_plan_backward(s->plan, s->batch, 0);
    return s->batch;
}

static void restart(void *context) {
    (void)context; /* nothing changes */
}

static void sums(state *s, char *reply) {
    int64_t floats;
    const plan_value *output = &s->plan->values[s->plan->output];
    if (s->direction == FORWARD)
        engine_sums(reply, output->data.data, (size_t)(s->batch * output->elements));
    else if (s->direction == DATA)
        engine_sums(reply, s->input_gradient.data, (size_t)(s->batch * s->input_gradient.image_stride));
    else
        engine_sums(reply, cnn_plan_gradients(s->plan, &floats), (size_t)s->net->parameters[0].elements);
}

/* layer DIRECTION ... */
static void prepare(void *context, int count, char **words, char *reply) {
    static const char *const names[] = {"forward", "data", "weights"};
    state *s = context;
    cnn_error error = {0};
    forget(s);
    if (count != 10 || strcmp(words[0], "layer") != 0) {
        engine_fail(reply, "prepare layer DIRECTION and eight numbers");
        return;
    }
    for (int i = 0; i < 3; i++)
        if (!strcmp(words[1], names[i]))
            s->direction = (direction)i;
    if (make_plan(s, words + 1, &error) != CNN_OK) {
        engine_fail(reply, error.message);
        return;
    }
    work(s, 0);
    sums(s, reply);
}

/* Images of [area][channels] as [channels][area], for free(). */
static float *logical_images(const float *values, int64_t images, int64_t channels, int64_t area) {
    float *logical = malloc((size_t)(images * channels * area) * sizeof *logical);
    for (int64_t i = 0; i < images * channels * area; i++) {
        const int64_t image = i / (channels * area), c = i / area % channels, a = i % area;
        logical[i] = values[(image * area + a) * channels + c];
    }
    return logical;
}

/* The last work's result in logical order, for free(); *count values. */
static float *logical_result(const state *s, int64_t *count) {
    const plan_value *output = &s->plan->values[s->plan->output];
    int64_t input[3], floats;
    cnn_net_input(s->net, input);
    if (s->direction == WEIGHTS) {
        float *gradients = malloc((size_t)s->net->value_count * sizeof *gradients);
        cnn_plan_to_logical(s->plan, cnn_plan_gradients(s->plan, &floats), gradients);
        *count = s->net->parameters[0].elements;
        return gradients;
    }
    const bool forward = s->direction == FORWARD;
    const int64_t channels = forward ? s->plan->steps[0].step.output_shape.dim[0] : input[0];
    const int64_t elements = forward ? output->elements : input[0] * input[1] * input[2];
    *count = s->batch * elements;
    return logical_images(forward ? output->data.data : s->input_gradient.data, s->batch, channels,
                          elements / channels);
}

static void check(void *context, int64_t steps, double rate, const char *path, char *reply) {
    (void)steps, (void)rate;
    const state *s = context;
    int64_t count;
    float *values = logical_result(s, &count);
    if (engine_write(path, values, (size_t)count))
        engine_losses(reply, NULL, 0);
    else
        engine_fail(reply, "the result cannot be written");
    free(values);
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "Usage: %s FOLDER THREADS\n", argv[0]);
        return 2;
    }
    state s = {.threads = atoi(argv[2])};
    engine e = {
        .state = &s, .about = about, .prepare = prepare, .work = work, .restart = restart, .check = check};
    int code = engine_serve(&e);
    forget(&s);
    return code;
}
