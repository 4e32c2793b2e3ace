/* Running: forward, the loss, backward, and the values of every layer; the fast plan for comparison. */
#include "engine.h"

/* ---- Forward ------------------------------------------------------------------------------------------- */

/* An inspector for at least `count` images. */
static cnn_status make_inspector(int32_t count) {
    if (the_engine.inspector && the_engine.batch >= count)
        return CNN_OK;
    cnn_inspector_free(the_engine.inspector);
    the_engine.inspector = NULL;
    the_engine.batch = count;
    const cnn_inspector_options options = {.batch = count, .threads = 1};
    return cnn_inspector_new(&the_engine.inspector, the_engine.net, &options, &the_engine.error);
}

/* Images N,C,H,W in 0..1. */
EXPORTED(engine_run) cnn_status engine_run(const float *images, int32_t count) {
    engine_forget_case();
    cnn_status status = make_inspector(count);
    return status == CNN_OK ? cnn_inspector_run(the_engine.inspector, images, count, &the_engine.error)
                            : status;
}

cnn_status engine_check_run(void) {
    static const char message[] = "no images have been run since the parameters changed: call run first";
    if (the_engine.inspector)
        return CNN_OK;
    the_engine.error.status = CNN_ERROR_ARGUMENT;
    __builtin_memcpy(the_engine.error.message, message, sizeof message);
    return CNN_ERROR_ARGUMENT;
}

/* A copy of a layer's output for all images, `count` values. */
EXPORTED(engine_output) cnn_status engine_output(int32_t layer, float *values, int32_t count) {
    const char *name;
    cnn_status status = engine_check_run();
    if (status == CNN_OK)
        status = engine_layer_name(layer, &name);
    return status == CNN_OK
               ? cnn_inspector_output(the_engine.inspector, name, values, count, &the_engine.error)
               : status;
}

/* By the plan that predictions use: fused, 3x3 convolutions by Winograd's algorithm. Rows of the network's outputs. */
EXPORTED(engine_predict) cnn_status engine_predict(const float *images, int32_t count, float *outputs) {
    cnn_status status = CNN_OK;
    const cnn_predictor_options options = {.batch = 1, .threads = 1};
    if (!the_engine.predictor)
        status = cnn_predictor_new(&the_engine.predictor, the_engine.net, &options, &the_engine.error);
    return status == CNN_OK
               ? cnn_predictor_run(the_engine.predictor, images, count, outputs, &the_engine.error)
               : status;
}

/* Rows of outputs as rows of probabilities of the classes. */
EXPORTED(engine_probabilities)
cnn_status engine_probabilities(const float *outputs, int32_t count, float *probabilities) {
    return cnn_net_probabilities(the_engine.net, outputs, count, probabilities, &the_engine.error);
}

/* ---- Backward ------------------------------------------------------------------------------------------ */

/* `classes` NULL: those predicted. */
EXPORTED(engine_loss) cnn_status engine_loss(const int32_t *classes, double *losses) {
    cnn_status status = engine_check_run();
    return status == CNN_OK ? cnn_inspector_loss(the_engine.inspector, classes, losses, &the_engine.error)
                            : status;
}

/* From any layer's output. */
EXPORTED(engine_backward) cnn_status engine_backward(int32_t layer, const float *gradient, int32_t count) {
    const char *name;
    cnn_status status = engine_check_run();
    if (status == CNN_OK)
        status = engine_layer_name(layer, &name);
    return status == CNN_OK
               ? cnn_inspector_backward(the_engine.inspector, name, gradient, count, &the_engine.error)
               : status;
}

EXPORTED(engine_gradient) cnn_status engine_gradient(int32_t layer, float *values, int32_t count) {
    const char *name;
    cnn_status status = engine_check_run();
    if (status == CNN_OK)
        status = engine_layer_name(layer, &name);
    return status == CNN_OK
               ? cnn_inspector_gradient(the_engine.inspector, name, values, count, &the_engine.error)
               : status;
}

EXPORTED(engine_parameter_gradient)
cnn_status engine_parameter_gradient(int32_t tensor, float *values, int32_t count) {
    const char *name;
    cnn_status status = engine_check_run();
    if (status == CNN_OK)
        status = engine_tensor_name(tensor, &name);
    return status == CNN_OK ? cnn_inspector_parameter_gradient(the_engine.inspector, name, values, count,
                                                               &the_engine.error)
                            : status;
}

/* The same gradient by central differences, in double precision. */
EXPORTED(engine_check_gradient)
cnn_status engine_check_gradient(int32_t tensor, int32_t index, double *gradient) {
    const char *name;
    cnn_status status = engine_check_run();
    if (status == CNN_OK)
        status = engine_tensor_name(tensor, &name);
    return status == CNN_OK
               ? cnn_inspector_check_gradient(the_engine.inspector, name, index, gradient, &the_engine.error)
               : status;
}
