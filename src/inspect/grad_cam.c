/* Grad-CAM: where in the image a network looks for a class (Selvaraju et al. 2017, arXiv:1610.02391). */
#include "inspect/inspector.h"
#include "inspect/loss.h"

#include "base/memory.h"

/* Replace one image's scores by the gradient that asks for that of the class's score: a 1 at it; a -1 for class 0 of a
 * single score. */
static void seed_image(int32_t class, int64_t values, float *scores) {
    for (int64_t k = 0; k < values; k++)
        scores[k] = 0;
    if (values == 1)
        scores[0] = class ? 1 : -1;
    else
        scores[class] = 1;
}

/* The class that one image's scores stand for; `row` is room for as many. */
static int32_t class_of(const float *scores, int64_t values, double *row) {
    for (int64_t k = 0; k < values; k++)
        row[k] = (double)scores[k];
    return cnn_inspect_predicted(row, values);
}

static cnn_status backward_from_scores(cnn_inspector *inspector, int node, const int32_t *classes,
                                       cnn_error *error) {
    const int64_t values = cnn_shape_elements(cnn_inspect_shape(inspector, node));
    float *scores = cnn_allocate((size_t)(inspector->count * values), sizeof *scores, "the scores", error);
    double *row = cnn_allocate((size_t)values, sizeof *row, "the scores", error);
    const bool fits = scores && row;
    if (fits) {
        cnn_plan_get_values(inspector->plan, node, 0, inspector->count, scores);
        for (int64_t i = 0; i < inspector->count; i++) {
            float *own = scores + i * values;
            seed_image(classes ? classes[i] : class_of(own, values, row), values, own);
        }
        cnn_plan_backward_from(inspector->plan, node, scores, inspector->count);
        inspector->went_backward = true;
        inspector->has_loss = false;
    }
    cnn_free(scores);
    cnn_free(row);
    return fits ? CNN_OK : CNN_ERROR_MEMORY;
}

/* One image: `values` and `gradients` are C,H,W, `sums` has room for H,W, like `map`. */
static void weigh_maps(const cnn_shape *shape, const float *values, const float *gradients, double *sums,
                       float *map) {
    const int64_t area = shape->dim[1] * shape->dim[2];
    for (int64_t i = 0; i < area; i++)
        sums[i] = 0;
    for (int64_t c = 0; c < shape->dim[0]; c++, values += area, gradients += area) {
        double mean = 0;
        for (int64_t i = 0; i < area; i++)
            mean += (double)gradients[i];
        mean /= (double)area;
        for (int64_t i = 0; i < area; i++)
            sums[i] += mean * (double)values[i];
    }
    for (int64_t i = 0; i < area; i++)
        map[i] = sums[i] > 0 ? (float)sums[i] : 0;
}

static cnn_status weigh_all(const cnn_inspector *inspector, int node, float *maps, cnn_error *error) {
    const cnn_shape *shape = cnn_inspect_shape(inspector, node);
    const int64_t elements = cnn_shape_elements(shape), area = shape->dim[1] * shape->dim[2];
    float *values = cnn_allocate((size_t)elements, sizeof *values, "a layer's maps", error);
    float *gradients = cnn_allocate((size_t)elements, sizeof *gradients, "a layer's maps", error);
    double *sums = cnn_allocate((size_t)area, sizeof *sums, "a layer's maps", error);
    const bool fits = values && gradients && sums;
    for (int64_t i = 0; fits && i < inspector->count; i++) {
        cnn_plan_get_values(inspector->plan, node, i, 1, values);
        cnn_plan_get_gradients(inspector->plan, node, i, 1, gradients);
        weigh_maps(shape, values, gradients, sums, maps + i * area);
    }
    cnn_free(values);
    cnn_free(gradients);
    cnn_free(sums);
    return fits ? CNN_OK : CNN_ERROR_MEMORY;
}

/* The layer must give maps, and the caller have room for one an image. */
static cnn_status check_layer(const cnn_inspector *inspector, int node, int64_t elements, cnn_error *error) {
    const cnn_shape *shape = cnn_inspect_shape(inspector, node);
    const char *name = cnn_inspect_name(inspector, node);
    if (shape->rank != 3)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "%s gives a vector: Grad-CAM needs a layer whose output is maps, such as the last "
                        "convolution",
                        name);
    return cnn_inspect_check_elements(name, elements, inspector->count * shape->dim[1] * shape->dim[2],
                                      error);
}

cnn_status cnn_inspector_grad_cam(cnn_inspector *inspector, const char *layer, const int32_t *classes,
                                  float *maps, int64_t elements, cnn_error *error) {
    int node = -1, scores = -1;
    cnn_status status = cnn_required(error, inspector, layer, maps);
    if (status == CNN_OK)
        status = cnn_inspect_find_run(inspector, layer, &node, error);
    if (status == CNN_OK)
        status = cnn_inspect_check_gradients(inspector, error);
    if (status == CNN_OK)
        status = cnn_inspect_scores_node(inspector->net, &scores, error);
    if (status == CNN_OK)
        status = cnn_inspect_check_classes(inspector, classes, error);
    if (status == CNN_OK)
        status = check_layer(inspector, node, elements, error);
    if (status == CNN_OK)
        status = backward_from_scores(inspector, scores, classes, error);
    return status == CNN_OK ? weigh_all(inspector, node, maps, error) : status;
}
