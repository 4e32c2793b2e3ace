/* What the native engine makes of a network, for tests/web to compare with: web_reference MODEL. On standard output a record
 * after another: a line "NAME COUNT", then COUNT floats (of losses doubles) as they lie in memory. */
#include "base/random.h"
#include "train/holdout.h"

#include <cnn.h>
#include <cnn_inspect.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IMAGES = 3, STEPS = 20, BATCH = 6, SEED = 7 };

static void must(cnn_status status, const cnn_error *error) {
    if (status == CNN_OK)
        return;
    fprintf(stderr, "web_reference: %s\n", error->message);
    exit(1);
}

static void *room(int64_t count, size_t size) {
    void *memory = calloc((size_t)count, size);
    if (!memory)
        abort();
    return memory;
}

static void record(const char *kind, const char *name, int64_t count, const void *values, size_t size) {
    printf("%s %s %lld\n", kind, name, (long long)count);
    fwrite(values, size, (size_t)count, stdout);
}

/* Pixels as those of files: n / 255. */
static float *make_images(const cnn_net *net, int64_t count, int64_t *size) {
    int64_t shape[3];
    cnn_net_input(net, shape);
    *size = shape[0] * shape[1] * shape[2];
    float *images = room(count * *size, sizeof *images);
    uint32_t state = 1;
    for (int64_t i = 0; i < count * *size; i++) {
        state = state * 1664525u + 1013904223u;
        images[i] = (float)(state >> 24) / 255.0f;
    }
    record("images", "all", count * *size, images, sizeof *images);
    return images;
}

static void record_parameters(const cnn_net *net, const char *when) {
    cnn_error error;
    for (int i = 0; i < cnn_net_tensors(net); i++) {
        cnn_tensor_info tensor;
        must(cnn_net_tensor(net, i, &tensor, &error), &error);
        float *values = room(tensor.elements, sizeof *values);
        must(cnn_net_get_parameter(net, tensor.name, values, tensor.elements, &error), &error);
        record(when, tensor.name, tensor.elements, values, sizeof *values);
        free(values);
    }
}

/* Twenty steps on the same images, image i being of class i modulo the classes. */
static void train(cnn_net *net, const float *images) {
    cnn_error error;
    cnn_trainer *trainer;
    double losses[STEPS];
    int32_t labels[BATCH];
    for (int32_t i = 0; i < BATCH; i++)
        labels[i] = i % (int32_t)cnn_net_classes(net);
    const cnn_trainer_options options = {.update = {.learning_rate = 0.001},
                                         .batch = BATCH,
                                         .seed = cnn_random_hash(SEED, CNN_SEED_OF_DROPOUT)};
    must(cnn_trainer_new(&trainer, net, &options, &error), &error);
    for (int step = 0; step < STEPS; step++) {
        must(cnn_trainer_gradients(trainer, images, labels, BATCH, &losses[step], NULL, &error), &error);
        must(cnn_trainer_update(trainer, 1, &error), &error);
    }
    must(cnn_trainer_store(trainer, net, &error), &error);
    cnn_trainer_free(trainer);
    record("losses", "training", STEPS, losses, sizeof *losses);
    record_parameters(net, "trained");
}

/* Two epochs of cnn_train, batches of 4 of the same images. */
static void train_by_epochs(cnn_net *net, const float *images) {
    cnn_error error;
    cnn_data *data;
    int32_t labels[BATCH];
    int64_t shape[3];
    cnn_net_input(net, shape);
    for (int32_t i = 0; i < BATCH; i++)
        labels[i] = i % (int32_t)cnn_net_classes(net);
    const cnn_data_arrays arrays = {.count = BATCH,
                                    .channels = shape[0],
                                    .height = shape[1],
                                    .width = shape[2],
                                    .floats = images,
                                    .labels = labels,
                                    .classes = cnn_net_classes(net)};
    const cnn_train_options options = {.update = {.learning_rate = 0.001},
                                       .epochs = 2,
                                       .batch = 4,
                                       .schedule = CNN_SCHEDULE_CONSTANT,
                                       .seed = SEED};
    must(cnn_data_from_arrays(&data, &arrays, &error), &error);
    must(cnn_train(net, data, &options, &error), &error);
    cnn_data_free(data);
    float *values = room(2 * shape[0], sizeof *values);
    cnn_net_normalisation(net, values, values + shape[0]);
    record("normalisation", "all", 2 * shape[0], values, sizeof *values);
    record_parameters(net, "epochs");
    free(values);
}

/* The predictor's outputs: by Winograd's algorithm where that is chosen. */
static void predict(const cnn_net *net, const float *images) {
    cnn_error error;
    cnn_predictor *predictor;
    const int64_t outputs = cnn_net_outputs(net);
    float *values = room(IMAGES * outputs, sizeof *values);
    must(cnn_predictor_new(&predictor, net, NULL, &error), &error);
    must(cnn_predictor_run(predictor, images, IMAGES, values, &error), &error);
    record("predicted", "outputs", IMAGES * outputs, values, sizeof *values);
    cnn_predictor_free(predictor);
    free(values);
}

typedef cnn_status (*reading)(const cnn_inspector *, const char *, float *, int64_t, cnn_error *);

/* The outputs, or the gradients, of all layers. */
static void record_layers(const cnn_inspector *inspector, const char *kind, reading read) {
    const cnn_net *net = cnn_inspector_net(inspector);
    cnn_error error;
    for (cnn_layer layer = 1; layer <= cnn_net_layers(net); layer++) {
        cnn_layer_info info;
        must(cnn_net_layer(net, layer, &info, &error), &error);
        int64_t count = IMAGES;
        for (int axis = 0; axis < info.rank; axis++)
            count *= info.output[axis];
        float *values = room(count, sizeof *values);
        must(read(inspector, info.name, values, count, &error), &error);
        record(kind, info.name, count, values, sizeof *values);
        free(values);
    }
}

static void record_parameter_gradients(const cnn_inspector *inspector) {
    const cnn_net *net = cnn_inspector_net(inspector);
    cnn_error error;
    for (int i = 0; i < cnn_net_tensors(net); i++) {
        cnn_tensor_info tensor;
        must(cnn_net_tensor(net, i, &tensor, &error), &error);
        float *values = room(tensor.elements, sizeof *values);
        must(cnn_inspector_parameter_gradient(inspector, tensor.name, values, tensor.elements, &error),
             &error);
        record("parameterGradient", tensor.name, tensor.elements, values, sizeof *values);
        free(values);
    }
}

static void inspect(const cnn_net *net, const float *images) {
    cnn_error error;
    cnn_inspector *inspector;
    double losses[IMAGES];
    const int32_t classes[IMAGES] = {1, 0, 1};
    must(cnn_inspector_new(&inspector, net, &(cnn_inspector_options){.batch = IMAGES}, &error), &error);
    must(cnn_inspector_run(inspector, images, IMAGES, &error), &error);
    record_layers(inspector, "output", cnn_inspector_output);
    must(cnn_inspector_loss(inspector, classes, losses, &error), &error);
    record("losses", "inspected", IMAGES, losses, sizeof *losses);
    record_layers(inspector, "gradient", cnn_inspector_gradient);
    record_parameter_gradients(inspector);
    cnn_inspector_free(inspector);
}

int main(int count, char **words) {
    cnn_error error;
    cnn_net *net = NULL;
    int64_t size;
    if (count != 2)
        return 2;
    must(cnn_net_open(&net, words[1], NULL, &error), &error);
    if (cnn_net_initialise(net, SEED) != CNN_OK)
        return 1;
    float *images = make_images(net, BATCH, &size);
    record_parameters(net, "initial");
    train(net, images);
    predict(net, images);
    inspect(net, images);
    train_by_epochs(net, images);
    free(images);
    cnn_net_free(net);
    return 0;
}
