/* Measuring a network layer by layer. */
#include "base/bandwidth.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "kernels/peak.h"
#include "predict/predictor.h"
#include "train/layer_errors.h"
#include "train/trainer.h"

#include <inttypes.h>

enum { DEFAULT_BATCH = 128, COMPARED_IMAGES = 8 };

/* A trainer or a predictor, and its inputs. */
typedef struct subject {
    cnn_trainer *trainer;
    cnn_predictor *predictor;
    int64_t batch;
    float *images; /* N,C,H,W in 0..1 */
    int32_t *labels;
    float *outputs;
} subject;

static void subject_free(subject *s) {
    cnn_trainer_free(s->trainer);
    cnn_predictor_free(s->predictor);
    cnn_free(s->images);
    cnn_free(s->labels);
    cnn_free(s->outputs);
}

static cnn_status make_up_images(subject *s, const cnn_net *net, cnn_error *error) {
    const int64_t pixels = cnn_shape_elements(&net->input), outputs = cnn_net_outputs(net);
    int64_t values;
    if (!cnn_multiply(s->batch, pixels, &values))
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "a batch of %" PRId64 " images is too many", s->batch);
    s->images = cnn_allocate((size_t)values, sizeof *s->images, "made-up images", error);
    s->labels = cnn_allocate((size_t)s->batch, sizeof *s->labels, "made-up labels", error);
    s->outputs = cnn_allocate((size_t)s->batch, (size_t)outputs * sizeof *s->outputs, "the outputs", error);
    if (!s->images || !s->labels || !s->outputs)
        return CNN_ERROR_MEMORY;
    cnn_random random;
    cnn_random_seed(&random, 1);
    for (int64_t i = 0; i < values; i++)
        s->images[i] = (float)cnn_random_uniform(&random);
    for (int64_t i = 0; i < s->batch; i++)
        s->labels[i] = (int32_t)(i % outputs);
    return CNN_OK;
}

/* A small learning rate: random images teach nothing, but must not make the weights overflow. */
static cnn_status make_runner(subject *s, const cnn_net *net, const cnn_layer_times_options *options,
                              cnn_error *error) {
    const cnn_predictor_options predict = {
        .batch = s->batch, .threads = options->threads, .precision = options->precision};
    const cnn_trainer_options train = {.update = {.optimizer = CNN_OPTIMIZER_SGD,
                                                  .learning_rate = 1e-4,
                                                  .momentum = 0.9,
                                                  .precision = options->precision},
                                       .batch = s->batch,
                                       .threads = options->threads};
    return options->inference ? cnn_predictor_new(&s->predictor, net, &predict, error)
                              : cnn_trainer_new(&s->trainer, net, &train, error);
}

/* One batch forward, or one training step. */
static cnn_status run_once(const subject *s, cnn_error *error) {
    if (s->predictor)
        return cnn_predictor_run(s->predictor, s->images, s->batch, s->outputs, error);
    cnn_status status = cnn_trainer_gradients(s->trainer, s->images, s->labels, s->batch, NULL, NULL, error);
    return status == CNN_OK ? cnn_trainer_update(s->trainer, 1, error) : status;
}

/* Run for so long; *seconds gets the time of one image. */
static cnn_status run_long(const subject *s, double min, double *seconds, int64_t *images, cnn_error *error) {
    const double begin = cnn_seconds();
    *images = 0;
    do {
        cnn_status status = run_once(s, error);
        if (status != CNN_OK)
            return status;
        *images += s->batch;
        *seconds = cnn_seconds() - begin;
    } while (*seconds < min);
    *seconds /= (double)*images;
    return CNN_OK;
}

/* The times of the plan's steps, per image. */
static cnn_status collect(const cnn_plan *plan, int64_t images, cnn_layer_times *times, cnn_error *error) {
    times->count = cnn_plan_steps(plan);
    times->threads = cnn_pool_threads(cnn_plan_pool(plan));
    times->layers = cnn_allocate((size_t)times->count, sizeof *times->layers, "the layers' times", error);
    if (!times->layers)
        return CNN_ERROR_MEMORY;
    const double share = 1 / ((double)images * times->threads);
    for (int i = 0; i < times->count; i++) {
        const cnn_step_times spent = cnn_plan_step_times(plan, i);
        cnn_plan_describe_step(plan, i, &times->layers[i]);
        times->layers[i].forward = spent.forward * share;
        times->layers[i].backward = spent.backward * share;
    }
    return CNN_OK;
}

/* The first run is the warm-up. */
static cnn_status measure(subject *s, double min, cnn_layer_times *times, cnn_error *error) {
    cnn_plan *plan = s->predictor ? cnn_predictor_plan(s->predictor) : cnn_trainer_plan(s->trainer);
    int64_t images = 0;
    times->peak = cnn_peak_flops(cnn_plan_kernels(plan));
    times->bandwidth = cnn_measure_bandwidth(cnn_plan_pool(plan));
    cnn_status status = run_once(s, error);
    if (status == CNN_OK)
        status = cnn_plan_time(plan, error);
    if (status == CNN_OK)
        status = run_long(s, min, &times->seconds, &images, error);
    return status == CNN_OK ? collect(plan, images, times, error) : status;
}

/* Of inference in another precision. */
static cnn_status compare(const subject *s, const cnn_net *net, const cnn_layer_times_options *options,
                          cnn_layer_times *times, cnn_error *error) {
    const cnn_plan_options plan = {.threads = options->threads};
    if (!s->predictor || options->precision == CNN_PRECISION_FLOAT32)
        return CNN_OK;
    return cnn_fill_layer_errors(cnn_predictor_plan(s->predictor), net, &plan, s->images,
                                 s->batch < COMPARED_IMAGES ? s->batch : COMPARED_IMAGES, times, error);
}

cnn_status cnn_time_layers(const cnn_net *net, const cnn_layer_times_options *options, cnn_layer_times *times,
                           cnn_error *error) {
    cnn_status status = cnn_required(error, net, times);
    if (status != CNN_OK)
        return status;
    const cnn_layer_times_options defaults = {0};
    options = options ? options : &defaults;
    *times = (cnn_layer_times){0};
    if (!(options->seconds >= 0) || options->batch < 0)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "batch and seconds must not be negative");
    subject s = {.batch = options->batch ? options->batch : DEFAULT_BATCH};
    status = make_runner(&s, net, options, error); /* checks the network */
    if (status == CNN_OK)
        status = make_up_images(&s, net, error);
    if (status == CNN_OK)
        status = measure(&s, options->seconds > 0 ? options->seconds : 1, times, error);
    if (status == CNN_OK)
        status = compare(&s, net, options, times, error);
    subject_free(&s);
    if (status != CNN_OK)
        cnn_layer_times_free(times);
    return status;
}

void cnn_layer_times_free(cnn_layer_times *times) {
    if (!times)
        return;
    cnn_free(times->layers);
    *times = (cnn_layer_times){0};
}
