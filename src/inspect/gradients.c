/* Backward: from the loss of a class or from any layer's output. */
#include "inspect/inspector.h"
#include "inspect/loss.h"

#include "base/memory.h"

#include <string.h>

cnn_status cnn_inspect_check_gradients(const cnn_inspector *inspector, cnn_error *error) {
    if (inspector->gradients)
        return cnn_pool_check(cnn_plan_pool(inspector->plan), error);
    if (inspector->net->untrainable)
        return cnn_fail(error, CNN_ERROR_UNSUPPORTED, "%s: the network has no gradients",
                        inspector->net->untrainable);
    return cnn_fail(error, CNN_ERROR_UNSUPPORTED,
                    "the inspector was made with no_gradients: make one without it");
}

cnn_status cnn_inspect_check_backward(const cnn_inspector *inspector, cnn_error *error) {
    cnn_status status = cnn_inspect_check_gradients(inspector, error);
    if (status == CNN_OK && !inspector->went_backward)
        status = cnn_fail(error, CNN_ERROR_ARGUMENT,
                          "there are no gradients of the last run yet: call cnn_inspector_loss or "
                          "cnn_inspector_backward first");
    return status;
}

/* ---- The loss -------------------------------------------------------------------------------------- */

/* Of each image, from `values` scores in single precision, which the gradients by them replace; `row` is room for as many
 * in double precision. Sets the inspector's classes. */
static void take_losses(cnn_inspector *inspector, const int32_t *classes, int64_t values, float *scores,
                        double *row, double *losses) {
    for (int64_t i = 0; i < inspector->count; i++, scores += values) {
        for (int64_t k = 0; k < values; k++)
            row[k] = scores[k];
        inspector->classes[i] = classes ? classes[i] : cnn_inspect_predicted(row, values);
        cnn_inspect_loss_gradient(row, values, inspector->classes[i], scores);
        if (losses)
            losses[i] = cnn_inspect_loss_of(row, values, inspector->classes[i]);
    }
}

/* From the scores, which are the output of `node`. */
static cnn_status loss_from(cnn_inspector *inspector, int node, const int32_t *classes, double *losses,
                            cnn_error *error) {
    const int64_t values = cnn_shape_elements(cnn_inspect_shape(inspector, node));
    const size_t count = (size_t)(inspector->count * values);
    float *scores = cnn_allocate(count, sizeof *scores, "the scores", error);
    double *row = cnn_allocate((size_t)values, sizeof *row, "the scores", error);
    const bool fits = scores && row;
    if (fits) {
        cnn_plan_get_values(inspector->plan, node, 0, inspector->count, scores);
        take_losses(inspector, classes, values, scores, row, losses);
        cnn_plan_backward_from(inspector->plan, node, scores, inspector->count);
        inspector->went_backward = inspector->has_loss = true;
    }
    cnn_free(scores);
    cnn_free(row);
    return fits ? CNN_OK : CNN_ERROR_MEMORY;
}

cnn_status cnn_inspector_loss(cnn_inspector *inspector, const int32_t *classes, double *losses,
                              cnn_error *error) {
    int node = -1;
    cnn_status status = cnn_required(error, inspector);
    if (status == CNN_OK)
        status = cnn_inspect_find_run(inspector, "input", &node, error);
    if (status == CNN_OK)
        status = cnn_inspect_check_gradients(inspector, error);
    if (status == CNN_OK)
        status = cnn_inspect_scores_node(inspector->net, &node, error);
    if (status == CNN_OK)
        status = cnn_inspect_check_classes(inspector, classes, error);
    return status == CNN_OK ? loss_from(inspector, node, classes, losses, error) : status;
}

/* ---- From any layer -------------------------------------------------------------------------------- */

cnn_status cnn_inspector_backward(cnn_inspector *inspector, const char *layer, const float *gradient,
                                  int64_t elements, cnn_error *error) {
    int node = -1;
    cnn_status status = cnn_required(error, inspector, layer, gradient);
    if (status == CNN_OK)
        status = cnn_inspect_find_run(inspector, layer, &node, error);
    if (status == CNN_OK)
        status = cnn_inspect_check_gradients(inspector, error);
    if (status == CNN_OK)
        status = cnn_inspect_check_values(inspector, node, elements, error);
    if (status != CNN_OK)
        return status;
    cnn_plan_backward_from(inspector->plan, node, gradient, inspector->count);
    inspector->went_backward = true;
    inspector->has_loss = false;
    return CNN_OK;
}

/* ---- Reading --------------------------------------------------------------------------------------- */

cnn_status cnn_inspector_gradient(const cnn_inspector *inspector, const char *layer, float *values,
                                  int64_t elements, cnn_error *error) {
    int node = -1;
    cnn_status status = cnn_required(error, inspector, layer, values);
    if (status == CNN_OK)
        status = cnn_inspect_find_run(inspector, layer, &node, error);
    if (status == CNN_OK)
        status = cnn_inspect_check_backward(inspector, error);
    if (status == CNN_OK)
        status = cnn_inspect_check_values(inspector, node, elements, error);
    if (status == CNN_OK)
        cnn_plan_get_gradients(inspector->plan, node, 0, inspector->count, values);
    return status;
}

cnn_status cnn_inspector_parameter_gradient(const cnn_inspector *inspector, const char *parameter,
                                            float *values, int64_t elements, cnn_error *error) {
    int64_t found = -1, floats;
    cnn_status status = cnn_required(error, inspector, parameter, values);
    if (status == CNN_OK)
        status = cnn_inspect_find_parameter(inspector, parameter, &found, error);
    if (status == CNN_OK)
        status = cnn_inspect_check_backward(inspector, error);
    if (status == CNN_OK)
        status = cnn_inspect_check_elements(parameter, elements, inspector->net->parameters[found].elements,
                                            error);
    if (status != CNN_OK)
        return status;
    /* The plan has a copy for each layer that shares the tensor: the first has the sum. */
    const cnn_net *net = cnn_plan_net(inspector->plan);
    const int64_t own = cnn_find_parameter(net, parameter);
    cnn_to_logical(&net->parameters[own].spec.order,
                   cnn_plan_gradients(inspector->plan, &floats) +
                       cnn_plan_parameter_offset(inspector->plan, own),
                   values);
    return CNN_OK;
}
