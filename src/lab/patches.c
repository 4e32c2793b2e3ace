/* The places in images that excite each channel of the convolutions most. */
#include "lab/experiment.h"

#include "base/memory.h"
#include "base/numbers.h"
#include "inspect/subject.h"

enum { BATCH = 16, IMAGES = 2000, QUICK_IMAGES = 500 };

typedef struct finder {
    const cnn_experiment *experiment;
    cnn_inspector *inspector;
    float *images;    /* of a batch */
    cnn_patch **best; /* of each layer: channels x CNN_LAB_PATCHES; NULL: not looked at */
} finder;

static bool is_looked_at(const cnn_lab_layer *layer) {
    return layer->unshared_parameters > 0; /* a convolution */
}

static int64_t patches_of(const cnn_lab_layer *layer) {
    return layer->output[0] * CNN_LAB_PATCHES;
}

static cnn_status make(finder *f, cnn_error *error) {
    const cnn_lab *lab = f->experiment->lab;
    const cnn_net *net = f->experiment->subject;
    const cnn_inspector_options options = {
        .batch = BATCH, .threads = f->experiment->options->threads, .no_gradients = true};
    f->images = cnn_allocate(BATCH, (size_t)cnn_shape_elements(&net->input) * sizeof(float),
                             "the images of a batch", error);
    f->best = cnn_allocate((size_t)lab->layer_count, sizeof *f->best, "the top patches", error);
    if (!f->images || !f->best)
        return CNN_ERROR_MEMORY;
    for (int64_t i = 0; i < lab->layer_count; i++) {
        if (!is_looked_at(&lab->layers[i]))
            continue;
        f->best[i] =
            cnn_allocate((size_t)patches_of(&lab->layers[i]), sizeof **f->best, "the top patches", error);
        if (!f->best[i])
            return CNN_ERROR_MEMORY;
        for (int64_t k = 0; k < patches_of(&lab->layers[i]); k++)
            f->best[i][k].image = -1;
    }
    return cnn_inspector_new(&f->inspector, net, &options, error);
}

static void release(finder *f) {
    for (int64_t i = 0; f->best && i < f->experiment->lab->layer_count; i++)
        cnn_free(f->best[i]);
    cnn_free(f->best);
    cnn_free(f->images);
    cnn_inspector_free(f->inspector);
}

/* ---- Looking ------------------------------------------------------------------------------------------ */

/* Number k of the images looked at, as one of the test images. */
static int64_t test_image(const finder *f, int64_t k) {
    return cnn_lab_spread(k, f->experiment->lab->patch_images, f->experiment->lab->test_images);
}

static cnn_status run_batch(finder *f, int64_t first, int64_t count, cnn_error *error) {
    const cnn_lab *lab = f->experiment->lab;
    const cnn_data *data = f->experiment->images.part[CNN_SPLIT_TEST];
    cnn_status status = CNN_OK;
    for (int64_t k = 0; status == CNN_OK && k < count; k++)
        status = cnn_data_images(data, test_image(f, first + k), 1,
                                 f->images + k * cnn_data_image_bytes(data), error);
    if (status == CNN_OK)
        status = cnn_inspector_run(f->inspector, f->images, count, error);
    for (int64_t i = 0; status == CNN_OK && i < lab->layer_count; i++)
        if (f->best[i])
            status = cnn_inspector_top_patches(f->inspector, lab->layers[i].name, first, CNN_LAB_PATCHES,
                                               f->best[i], error);
    return status;
}

static cnn_status run_all(finder *f, cnn_error *error) {
    const int64_t all = f->experiment->lab->patch_images;
    cnn_status status = CNN_OK;
    for (int64_t first = 0; status == CNN_OK && first < all; first += BATCH) {
        status = run_batch(f, first, cnn_min(BATCH, all - first), error);
        if (status == CNN_OK)
            status = cnn_experiment_report(f->experiment, "looking for what excites each channel",
                                           (double)cnn_min(first + BATCH, all) / (double)all, error);
    }
    return status;
}

/* ---- Results ------------------------------------------------------------------------------------------ */

static cnn_status take_patch(const finder *f, const cnn_lab_layer *layer, const cnn_patch *from,
                             cnn_lab_patch *patch, cnn_error *error) {
    const cnn_shape shape = {.rank = 3, .dim = {layer->output[0], layer->output[1], layer->output[2]}};
    *patch = (cnn_lab_patch){.image = -1};
    if (from->image < 0)
        return CNN_OK;
    const cnn_spot spot = cnn_spot_of(&shape, from->index);
    cnn_receptive_field field;
    cnn_status status =
        cnn_inspector_receptive_field(f->inspector, layer->name, from->index, &field, NULL, error);
    if (status != CNN_OK)
        return status;
    *patch = (cnn_lab_patch){.image = f->experiment->images.test_numbers[test_image(f, from->image)],
                             .value = from->value,
                             .row = spot.row,
                             .column = spot.column,
                             .first_row = field.first_row,
                             .end_row = field.end_row,
                             .first_column = field.first_column,
                             .end_column = field.end_column};
    return CNN_OK;
}

static cnn_status take_results(const finder *f, cnn_lab *lab, cnn_error *error) {
    cnn_status status = CNN_OK;
    for (int64_t i = 0; status == CNN_OK && i < lab->layer_count; i++) {
        cnn_lab_layer *layer = &lab->layers[i];
        if (!f->best[i])
            continue;
        layer->patches =
            cnn_allocate((size_t)patches_of(layer), sizeof *layer->patches, "the top patches", error);
        if (!layer->patches)
            return CNN_ERROR_MEMORY;
        layer->channels = layer->output[0];
        for (int64_t k = 0; status == CNN_OK && k < patches_of(layer); k++)
            status = take_patch(f, layer, &f->best[i][k], &layer->patches[k], error);
    }
    return status;
}

cnn_status cnn_experiment_patches(cnn_experiment *e, cnn_error *error) {
    finder f = {.experiment = e};
    e->lab->patch_images = cnn_min(e->options->quick ? QUICK_IMAGES : IMAGES, e->lab->test_images);
    cnn_status status = make(&f, error);
    if (status == CNN_OK)
        status = run_all(&f, error);
    if (status == CNN_OK)
        status = take_results(&f, e->lab, error);
    release(&f);
    return status;
}
