/* All experiments, one after the other. */
#include "lab/experiment.h"

#include "base/memory.h"
#include "predict/measure.h"

cnn_status cnn_experiment_report(const cnn_experiment *experiment, const char *doing, double share,
                                 cnn_error *error) {
    const cnn_lab_options *options = experiment->options;
    const cnn_lab_progress progress = {doing, share};
    if (!options->progress || options->progress(options->user, &progress))
        return CNN_OK;
    return cnn_fail(error, CNN_STOPPED, "the lab was stopped on request, %s", doing);
}

/* Whether there are images, of classes, in the shape of the network's input, and whether they are all of one kind. */
static cnn_status check(const cnn_lab_options *options, cnn_error *error) {
    const cnn_data *parts[] = {options->training, options->test, options->validation};
    cnn_status status = cnn_required(error, options->net, options->training);
    if (status == CNN_OK && cnn_net_output_kind(options->net) == CNN_OUTPUT_VALUES)
        return cnn_fail(error, CNN_ERROR_UNSUPPORTED,
                        "the lab needs a classifier, and this network's outputs are no scores of classes");
    for (int i = 0; status == CNN_OK && i < CNN_LAB_PARTS; i++) {
        if (parts[i] && parts[i]->targets)
            return cnn_fail(error, CNN_ERROR_UNSUPPORTED,
                            "the lab needs images with classes, and these have numeric targets");
        if (parts[i])
            status = cnn_check_data(options->net, parts[i], error);
    }
    return status;
}

typedef cnn_status (*stage)(cnn_experiment *experiment, cnn_error *error);

static cnn_status choose_images(cnn_experiment *e, cnn_error *error) {
    cnn_status status = cnn_lab_images_choose(&e->images, e->options, error);
    if (status != CNN_OK)
        return status;
    e->lab->training_images = e->images.part[CNN_SPLIT_TRAIN]->count;
    e->lab->test_images = e->images.part[CNN_SPLIT_TEST]->count;
    e->lab->test_part = e->images.test_part;
    return CNN_OK;
}

static cnn_status run(cnn_experiment *e, cnn_error *error) {
    static const stage stages[] = {cnn_experiment_settle,  choose_images,         cnn_experiment_geometry,
                                   cnn_experiment_contest, cnn_experiment_motion, cnn_experiment_patches};
    cnn_status status = CNN_OK;
    for (size_t i = 0; status == CNN_OK && i < sizeof stages / sizeof stages[0]; i++)
        status = stages[i](e, error);
    return status;
}

cnn_status cnn_lab_run(cnn_lab *lab, const cnn_lab_options *options, cnn_error *error) {
    cnn_status status = cnn_required(error, lab, options);
    if (status != CNN_OK)
        return status;
    *lab = (cnn_lab){0};
    status = check(options, error);
    if (status != CNN_OK)
        return status;
    cnn_experiment experiment = {.options = options, .lab = lab};
    status = run(&experiment, error);
    if (status != CNN_OK)
        cnn_lab_free(lab);
    lab->train.augmentations = NULL; /* they were the record's */
    lab->train.augmentation_count = 0;
    cnn_run_record_free(&experiment.record);
    cnn_lab_images_free(&experiment.images);
    cnn_net_free(experiment.cnn);
    return status;
}

void cnn_lab_free(cnn_lab *lab) {
    if (!lab)
        return;
    for (int64_t i = 0; i < lab->layer_count; i++) {
        cnn_free(lab->layers[i].name);
        cnn_free(lab->layers[i].kind);
        cnn_free(lab->layers[i].patches);
    }
    cnn_free(lab->layers);
    *lab = (cnn_lab){0};
}
