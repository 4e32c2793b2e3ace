/* Images are moved, and the maps of each layer are compared. */
#include "lab/experiment.h"

#include "base/memory.h"
#include "base/numbers.h"
#include "lab/motion.h"

#include <math.h>
#include <string.h>

enum { BATCH = 4, IMAGES = 100, QUICK_IMAGES = 24, DIRECTIONS = 4 };
static const int64_t directions[DIRECTIONS][2] = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}};

typedef struct mover {
    const cnn_experiment *experiment;
    const cnn_net *net;
    cnn_inspector *inspector;
    cnn_lab_motion *motions;         /* of each layer */
    float *images, *shifted, *after; /* of a batch; a layer's outputs for it */
    float **before;                  /* of each layer: its outputs for the images as they are */
    int64_t shape[3];
} mover;

/* ---- Memory ------------------------------------------------------------------------------------------- */

static cnn_status make_layers(mover *m, cnn_error *error) {
    const size_t count = (size_t)m->net->node_count;
    int64_t largest = 1;
    m->motions = cnn_allocate(count, sizeof *m->motions, "the layers", error);
    m->before = cnn_allocate(count, sizeof *m->before, "the layers", error);
    cnn_status status = m->motions && m->before ? CNN_OK : CNN_ERROR_MEMORY;
    for (int64_t i = 0; status == CNN_OK && i < m->net->node_count; i++) {
        const cnn_node *node = &m->net->nodes[i];
        const int64_t values = cnn_shape_elements(&node->output);
        m->before[i] = cnn_allocate((size_t)values, BATCH * sizeof(float), "the outputs of a layer", error);
        status = m->before[i]
                     ? cnn_lab_motion_of(&m->motions[i], m->inspector, node->name, &node->output, error)
                     : CNN_ERROR_MEMORY;
        largest = cnn_max(largest, values);
    }
    m->after = cnn_allocate((size_t)largest, BATCH * sizeof(float), "the outputs of a layer", error);
    return m->after ? status : CNN_ERROR_MEMORY;
}

static cnn_status make(mover *m, cnn_error *error) {
    const cnn_inspector_options options = {
        .batch = BATCH, .threads = m->experiment->options->threads, .no_gradients = true};
    cnn_net_input(m->net, m->shape);
    const size_t image = (size_t)cnn_shape_elements(&m->net->input) * sizeof(float);
    m->images = cnn_allocate(BATCH, image, "the images of a batch", error);
    m->shifted = cnn_allocate(BATCH, image, "the shifted images of a batch", error);
    cnn_status status = m->images && m->shifted ? CNN_OK : CNN_ERROR_MEMORY;
    if (status == CNN_OK)
        status = cnn_inspector_new(&m->inspector, m->net, &options, error);
    return status == CNN_OK ? make_layers(m, error) : status;
}

static void release(mover *m) {
    for (int64_t i = 0; m->before && i < m->net->node_count; i++)
        cnn_free(m->before[i]);
    cnn_free(m->before);
    cnn_free(m->motions);
    cnn_free(m->images);
    cnn_free(m->shifted);
    cnn_free(m->after);
    cnn_inspector_free(m->inspector);
}

/* ---- Running ------------------------------------------------------------------------------------------ */

static cnn_status output_of(const mover *m, int64_t layer, int64_t count, float *values, cnn_error *error) {
    const cnn_node *node = &m->net->nodes[layer];
    return cnn_inspector_output(m->inspector, node->name, values, count * cnn_shape_elements(&node->output),
                                error);
}

static cnn_status run_before(mover *m, int64_t count, cnn_error *error) {
    cnn_status status = cnn_inspector_run(m->inspector, m->images, count, error);
    for (int64_t i = 0; status == CNN_OK && i < m->net->node_count; i++)
        status = output_of(m, i, count, m->before[i], error);
    return status;
}

/* The same images, shifted; each layer is compared. */
static cnn_status run_after(mover *m, int64_t count, int64_t shift, const int64_t direction[2],
                            cnn_error *error) {
    const int64_t image = cnn_shape_elements(&m->net->input);
    for (int64_t k = 0; k < count; k++)
        cnn_lab_shift(m->images + k * image, m->shape, direction[0] * shift, direction[1] * shift,
                      m->shifted + k * image);
    cnn_status status = cnn_inspector_run(m->inspector, m->shifted, count, error);
    for (int64_t i = 0; status == CNN_OK && i < m->net->node_count; i++) {
        const int64_t values = cnn_shape_elements(&m->net->nodes[i].output);
        status = output_of(m, i, count, m->after, error);
        for (int64_t k = 0; status == CNN_OK && k < count; k++)
            cnn_lab_motion_add(&m->motions[i], shift, direction, m->before[i] + k * values,
                               m->after + k * values);
    }
    return status;
}

static cnn_status run_batch(mover *m, int64_t first, int64_t count, cnn_error *error) {
    const cnn_data *data = m->experiment->images.part[CNN_SPLIT_TEST];
    const int64_t image = cnn_shape_elements(&m->net->input);
    cnn_status status = CNN_OK;
    for (int64_t k = 0; status == CNN_OK && k < count; k++)
        status =
            cnn_data_images(data, cnn_lab_spread(first + k, m->experiment->lab->moved_images, data->count), 1,
                            m->images + k * image, error);
    if (status == CNN_OK)
        status = run_before(m, count, error);
    for (int64_t shift = 1; status == CNN_OK && shift <= CNN_LAB_LARGEST_SHIFT; shift++)
        for (int d = 0; status == CNN_OK && d < DIRECTIONS; d++)
            status = run_after(m, count, shift, directions[d], error);
    return status;
}

static cnn_status run_all(mover *m, cnn_error *error) {
    const int64_t all = m->experiment->lab->moved_images;
    cnn_status status = CNN_OK;
    for (int64_t first = 0; status == CNN_OK && first < all; first += BATCH) {
        status = run_batch(m, first, cnn_min(BATCH, all - first), error);
        if (status == CNN_OK)
            status = cnn_experiment_report(m->experiment, "comparing the maps of shifted images",
                                           (double)cnn_min(first + BATCH, all) / (double)all, error);
    }
    return status;
}

/* ---- Results ------------------------------------------------------------------------------------------ */

/* The norms' ratio; of maps that are all zero none has changed, unless one has become something else. */
static double share_of(cnn_lab_ratio ratio) {
    return ratio.difference > 0 ? sqrt(ratio.difference / ratio.whole) : 0;
}

static void take_results(const mover *m, cnn_lab *lab) {
    for (int64_t i = 0; i < lab->layer_count; i++)
        for (int s = 0; s < CNN_LAB_LARGEST_SHIFT; s++) {
            const cnn_lab_motion *motion = &m->motions[i];
            lab->layers[i].change[s] = share_of(motion->change[s]);
            lab->layers[i].equivariance_error[s] =
                motion->error[s].whole > 0 ? share_of(motion->error[s]) : NAN;
        }
}

cnn_status cnn_experiment_motion(cnn_experiment *e, cnn_error *error) {
    mover m = {.experiment = e, .net = e->subject};
    e->lab->moved_images = cnn_min(e->options->quick ? QUICK_IMAGES : IMAGES, e->lab->test_images);
    cnn_status status = make(&m, error);
    if (status == CNN_OK)
        status = run_all(&m, error);
    if (status == CNN_OK)
        take_results(&m, e->lab);
    release(&m);
    return status;
}
