/* A predictor: an inference plan. */
#include "predict/predictor.h"

#include "base/memory.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct cnn_predictor {
    cnn_plan *plan;
};

static cnn_status make_predictor(cnn_predictor **out, const cnn_net *net,
                                 const cnn_predictor_options *options, bool logits, cnn_error *error) {
    *out = NULL;
    /* Predictions of weights that are not finite would be no numbers, or worse, some that look like numbers. */
    cnn_status status = cnn_net_check_finite(net, error);
    if (status != CNN_OK)
        return status;
    cnn_predictor *made = cnn_allocate(1, sizeof *made, "a predictor", error);
    if (!made)
        return CNN_ERROR_MEMORY;
    cnn_plan_options plan = {.batch = options && options->batch ? options->batch : 1,
                             .threads = options ? options->threads : 0,
                             .precision = options ? options->precision : CNN_PRECISION_FLOAT32,
                             .logits = logits};
    status = cnn_plan_new(&made->plan, net, &plan, error);
    if (status == CNN_OK)
        *out = made;
    else
        cnn_predictor_free(made);
    return status;
}

cnn_status cnn_predictor_new(cnn_predictor **predictor, const cnn_net *net,
                             const cnn_predictor_options *options, cnn_error *error) {
    if (predictor)
        *predictor = NULL;
    cnn_status status = cnn_required(error, predictor, net);
    return status == CNN_OK ? make_predictor(predictor, net, options, false, error) : status;
}

cnn_status cnn_predictor_new_of_logits(cnn_predictor **out, const cnn_net *net,
                                       const cnn_predictor_options *options, cnn_error *error) {
    return make_predictor(out, net, options, true, error);
}

void cnn_predictor_free(cnn_predictor *predictor) {
    if (!predictor)
        return;
    cnn_plan_free(predictor->plan);
    cnn_free(predictor);
}

cnn_plan *cnn_predictor_plan(const cnn_predictor *predictor) {
    return predictor->plan;
}

static int64_t image_elements(const cnn_predictor *predictor) {
    return cnn_shape_elements(&cnn_plan_net(predictor->plan)->input);
}

static cnn_status run_all(cnn_predictor *predictor, const float *images, int64_t count, float *outputs,
                          void (*set_images)(cnn_plan *plan, const float *images, int64_t count),
                          cnn_error *error) {
    cnn_status status = cnn_required(error, predictor);
    if (status == CNN_OK && count > 0)
        status = cnn_required(error, images, outputs);
    if (status != CNN_OK)
        return status;
    const int64_t image = image_elements(predictor), row = cnn_plan_outputs(predictor->plan);
    const int64_t batch = cnn_plan_batch(predictor->plan);
    if (count < 0)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "the number of images must not be negative, but is %" PRId64, count);
    status = cnn_pool_check(cnn_plan_pool(predictor->plan), error);
    if (status != CNN_OK)
        return status;
    for (int64_t first = 0; first < count; first += batch) {
        const int64_t now = count - first < batch ? count - first : batch;
        set_images(predictor->plan, images + first * image, now);
        memcpy(outputs + first * row, cnn_plan_forward(predictor->plan, now, 0),
               (size_t)(now * row) * sizeof *outputs);
    }
    return CNN_OK;
}

cnn_status cnn_predictor_run_any(cnn_predictor *predictor, const float *images, int64_t count, float *outputs,
                                 cnn_error *error) {
    return run_all(predictor, images, count, outputs, cnn_plan_set_images, error);
}

cnn_status cnn_predictor_run_last(cnn_predictor *predictor, const float *images, int64_t count,
                                  float *outputs, cnn_error *error) {
    return run_all(predictor, images, count, outputs, cnn_plan_set_images_last, error);
}

static bool all_finite(const float *values, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        if (!isfinite(values[i]))
            return false;
    return true;
}

cnn_status cnn_fail_outputs(const cnn_net *net, const char *which, cnn_error *error) {
    return cnn_fail(error, CNN_ERROR_DIVERGED,
                    "the outputs of layer %s are not finite (infinite or not a number) for %s: the network's "
                    "parameters are too large, or its pixels are not scaled as it expects",
                    net->nodes[net->node_count - 1].name, which);
}

/* What a network with finite parameters made of an image: either the image is at fault, or sums grew too large. */
static cnn_status refuse_outputs(const cnn_predictor *predictor, const float *image, int64_t index,
                                 cnn_error *error) {
    char which[48];
    snprintf(which, sizeof which, "image %" PRId64 " (from 0)", index);
    if (!all_finite(image, image_elements(predictor)))
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "%s holds a pixel that is not finite (infinite or not a number)", which);
    return cnn_fail_outputs(cnn_plan_net(predictor->plan), which, error);
}

cnn_status cnn_predictor_check(const cnn_predictor *predictor, const float *images, const float *outputs,
                               int64_t count, int64_t first, cnn_error *error) {
    const int64_t image = image_elements(predictor), row = cnn_plan_outputs(predictor->plan);
    for (int64_t i = 0; i < count; i++)
        if (!all_finite(outputs + i * row, row))
            return refuse_outputs(predictor, images + i * image, first + i, error);
    return CNN_OK;
}

cnn_status cnn_predictor_run(cnn_predictor *predictor, const float *images, int64_t count, float *outputs,
                             cnn_error *error) {
    cnn_status status = cnn_predictor_run_any(predictor, images, count, outputs, error);
    return status == CNN_OK ? cnn_predictor_check(predictor, images, outputs, count, 0, error) : status;
}

const float *cnn_predictor_run_prepared(cnn_predictor *predictor, const float *images, int64_t count) {
    cnn_plan_read_from(predictor->plan, images);
    return cnn_plan_forward(predictor->plan, count, 0);
}

cnn_status cnn_predictor_load(cnn_predictor *predictor, const cnn_net *net, cnn_error *error) {
    if (!cnn_net_same_layers(cnn_plan_net(predictor->plan), net))
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "the network does not have the layers that the predictor was made from");
    cnn_status status = cnn_net_check_finite(net, error);
    if (status == CNN_OK)
        status = cnn_pool_check(cnn_plan_pool(predictor->plan), error);
    if (status != CNN_OK)
        return status;
    cnn_plan_load(predictor->plan, net->values);
    return CNN_OK;
}
