#include "train/checkpoint.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "graph/json_classes.h"
#include "formats/safetensors.h"
#include "train/conditions.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- The arrays that have one value for each parameter of the network ------------------------------ */

typedef struct array {
    char prefix[24]; /* of the tensors' names */
    float *values;
} array;

enum { MAX_ARRAYS = 3 + CNN_MAX_OPTIMIZER_STATES };

/* All arrays of parameters that a checkpoint has, with the prefixes of their names; returns how many. */
static int arrays_of(const cnn_checkpoint *checkpoint, array arrays[MAX_ARRAYS]) {
    int count = 0;
    arrays[count++] = (array){"", checkpoint->net->values};
    arrays[count++] = (array){"best.", checkpoint->best};
    if (checkpoint->averaged)
        arrays[count++] = (array){"average.", checkpoint->averaged->values};
    for (int i = 0; i < checkpoint->optimizer_states; i++) {
        snprintf(arrays[count].prefix, sizeof arrays[count].prefix, "optimizer.%d.", i);
        arrays[count++].values = checkpoint->optimizer[i];
    }
    return count;
}

const cnn_net *cnn_checkpoint_result(const cnn_checkpoint *checkpoint) {
    return checkpoint->averaged ? checkpoint->averaged : checkpoint->net;
}

int64_t cnn_checkpoint_bytes(const cnn_checkpoint *checkpoint) {
    array arrays[MAX_ARRAYS];
    return arrays_of(checkpoint, arrays) * checkpoint->net->value_count * (int64_t)sizeof(float);
}

/* ---- Position and conditions as JSON --------------------------------------------------------------- */

/* The position and the conditions, as metadata. */
static json_t *training_json(const cnn_checkpoint *checkpoint) {
    const cnn_position *at = &checkpoint->position;
    json_t *position = json_pack(
        "{si sI sf sI sf si sf sf}", "epoch", at->epoch, "iteration", (json_int_t)at->iteration, "loss_sum",
        at->loss_sum, "correct", (json_int_t)at->correct, "seconds", at->seconds, "best_epoch",
        at->best_epoch, "best_loss", at->best_loss, "best_accuracy", at->best_accuracy);
    json_t *conditions = cnn_conditions(&checkpoint->options, checkpoint->net, checkpoint->data,
                                        checkpoint->images, &checkpoint->fingerprints);
    return json_pack("{so so sf si so}", "position", position, "conditions", conditions, "learning_rate",
                     checkpoint->options.update.learning_rate, "epochs", checkpoint->options.epochs,
                     "epoch_lengths", cnn_lengths_json(&checkpoint->lengths));
}

/* The position must lie within the training that the options describe. */
static cnn_status read_position(cnn_checkpoint *checkpoint, json_t *json, const char *path,
                                cnn_error *error) {
    cnn_position *at = &checkpoint->position;
    json_int_t iteration, correct;
    json_error_t reason;
    if (json_unpack_ex(json, &reason, 0, "{s{si sI sF sI sF si sF sF}}", "position", "epoch", &at->epoch,
                       "iteration", &iteration, "loss_sum", &at->loss_sum, "correct", &correct, "seconds",
                       &at->seconds, "best_epoch", &at->best_epoch, "best_loss", &at->best_loss,
                       "best_accuracy", &at->best_accuracy) != 0)
        return json_error_code(&reason) == json_error_out_of_memory
                   ? cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: the position that %s holds", path)
                   : cnn_checkpoint_damaged(path, reason.text, error);
    at->iteration = iteration;
    at->correct = correct;
    if (at->epoch < 0 || iteration < 0 || iteration > cnn_length_of(&checkpoint->lengths, at->epoch) ||
        at->best_epoch < 0 || at->best_epoch > at->epoch)
        return cnn_checkpoint_damaged(path, "the position that it gives lies outside the training", error);
    return CNN_OK;
}

static cnn_status read_training(cnn_checkpoint *checkpoint, const cnn_safetensors *file, const char *path,
                                cnn_error *error) {
    json_t *json, *now = cnn_conditions(&checkpoint->options, checkpoint->net, checkpoint->data,
                                        checkpoint->images, &checkpoint->fingerprints);
    cnn_status status = cnn_checkpoint_training(file, path, &json, error);
    if (status == CNN_OK && !now)
        status = cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: the conditions of training");
    if (status == CNN_OK)
        status = cnn_conditions_check(json_object_get(json, "conditions"), now, path, error);
    if (status == CNN_OK)
        status = cnn_lengths_take(&checkpoint->lengths, json_object_get(json, "epoch_lengths"),
                                  &checkpoint->options, path, error);
    if (status == CNN_OK)
        status = read_position(checkpoint, json, path, error);
    json_decref(json);
    json_decref(now);
    return status;
}

/* ---- Writing --------------------------------------------------------------------------------------- */

typedef struct writer {
    cnn_safetensor *tensors; /* their names are the writer's */
    int64_t count, capacity;
} writer;

static void writer_free(writer *writer) {
    for (int64_t i = 0; i < writer->count; i++)
        cnn_free((char *)writer->tensors[i].name);
    cnn_free(writer->tensors);
}

/* PREFIX + name; the name is the writer's. */
static cnn_status add_tensor(writer *writer, const char *prefix, cnn_safetensor tensor, cnn_error *error) {
    cnn_text name = {0};
    cnn_text_append(&name, "%s%s", prefix, tensor.name);
    cnn_status status = name.failed ? cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: a tensor's name")
                                    : cnn_grow((void **)&writer->tensors, writer->count, &writer->capacity,
                                               sizeof *writer->tensors, "a checkpoint", error);
    if (status != CNN_OK) {
        cnn_free(name.data);
        return status;
    }
    tensor.name = name.data;
    writer->tensors[writer->count++] = tensor;
    return CNN_OK;
}

/* An array of parameters as one tensor for each parameter. */
static cnn_status add_array(writer *writer, const cnn_net *net, const array *array, cnn_error *error) {
    cnn_status status = CNN_OK;
    for (int64_t i = 0; status == CNN_OK && i < net->parameter_count; i++) {
        const cnn_parameter *parameter = &net->parameters[i];
        status = add_tensor(writer, array->prefix,
                            (cnn_safetensor){.name = parameter->name,
                                             .dtype = "F32",
                                             .shape = parameter->spec.shape,
                                             .data = array->values + parameter->offset,
                                             .size = (size_t)parameter->elements * sizeof(float)},
                            error);
    }
    return status;
}

/* One value per channel: mean or deviation. */
static cnn_safetensor channel_tensor(const cnn_net *net, const char *name, const float *values) {
    int64_t channels = net->input.dim[0];
    return (cnn_safetensor){.name = name,
                            .dtype = "F32",
                            .shape = cnn_shape_1(channels),
                            .data = values,
                            .size = (size_t)channels * 4};
}

static cnn_safetensor rows_tensor(const char *name, const void *rows, int64_t count, int64_t fields) {
    return (cnn_safetensor){.name = name,
                            .dtype = "F64",
                            .shape = cnn_shape_2(count, fields),
                            .data = rows,
                            .size = (size_t)(count * fields) * sizeof(double)};
}

/* Rows of doubles: one per epoch, and of each layer one more. */
static cnn_status add_history(writer *writer, const cnn_history *history, cnn_error *error) {
    cnn_status status = CNN_OK;
    if (history->count > 0)
        status = add_tensor(writer, "",
                            rows_tensor("history", history->epochs, history->count, CNN_EPOCH_FIELDS), error);
    for (int64_t i = 0; status == CNN_OK && i < history->layer_count; i++) {
        const cnn_layer_history *layer = &history->layers[i];
        status = add_tensor(writer, CNN_LAYER_HISTORY,
                            rows_tensor(layer->layer, layer->epochs, layer->count, CNN_LAYER_FIELDS), error);
    }
    return status;
}

/* Everything that a checkpoint consists of. */
static cnn_status add_all(writer *writer, const cnn_checkpoint *checkpoint, cnn_error *error) {
    const cnn_net *net = checkpoint->net;
    array arrays[MAX_ARRAYS];
    int count = arrays_of(checkpoint, arrays);
    cnn_status status = CNN_OK;
    for (int i = 0; status == CNN_OK && i < count; i++)
        status = add_array(writer, net, &arrays[i], error);
    if (status == CNN_OK)
        status = add_tensor(writer, "normalisation.", channel_tensor(net, "mean", net->mean), error);
    if (status == CNN_OK)
        status =
            add_tensor(writer, "normalisation.", channel_tensor(net, "deviation", net->deviation), error);
    return status == CNN_OK ? add_history(writer, &checkpoint->history, error) : status;
}

cnn_status cnn_checkpoint_write(const cnn_checkpoint *checkpoint, const char *path, cnn_error *error) {
    writer writer = {0};
    json_t *json = training_json(checkpoint);
    char *training = json ? cnn_json_dump(json, JSON_COMPACT | JSON_REAL_PRECISION(17), error) : NULL;
    char *model = cnn_net_text(checkpoint->net), *classes = NULL;
    cnn_status status = training && model ? add_all(&writer, checkpoint, error)
                                          : cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: a checkpoint");
    if (status == CNN_OK && checkpoint->net->classes)
        status = cnn_json_classes(checkpoint->net, &classes, error);
    const cnn_metadata metadata[] = {{"model", model}, {"training", training}, {"classes", classes}};
    if (status == CNN_OK)
        status = cnn_safetensors_write(path, writer.tensors, writer.count, metadata, classes ? 3 : 2, error);
    writer_free(&writer);
    cnn_free(model);
    cnn_free(classes);
    cnn_free(training);
    json_decref(json);
    return status;
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const cnn_safetensor *)a)->name, ((const cnn_safetensor *)b)->name);
}

cnn_status cnn_checkpoint_check(const cnn_checkpoint *checkpoint, const char *path, cnn_error *error) {
    writer writer = {0};
    cnn_status status = add_all(&writer, checkpoint, error);
    if (status == CNN_OK)
        qsort(writer.tensors, (size_t)writer.count, sizeof *writer.tensors, by_name);
    for (int64_t i = 1; status == CNN_OK && i < writer.count; i++)
        if (by_name(&writer.tensors[i - 1], &writer.tensors[i]) == 0)
            status = cnn_fail(
                error, CNN_ERROR_ARGUMENT,
                "%s cannot hold this network: two of its tensors would be named %s, because a checkpoint "
                "puts best., average. and optimizer. before the names of parameters, and " CNN_LAYER_HISTORY
                " before those of layers; give the layer another name",
                path, writer.tensors[i].name);
    writer_free(&writer);
    return status;
}

/* ---- What is not finite ---------------------------------------------------------------------------- */

static bool is_layer_history(const cnn_safetensor *tensor) {
    return strcmp(tensor->dtype, "F64") == 0 &&
           strncmp(tensor->name, CNN_LAYER_HISTORY, strlen(CNN_LAYER_HISTORY)) == 0;
}

/* Epochs without a validation set say so by not-a-number, as do layers of epochs of which nothing is known. */
static bool is_sound(const cnn_safetensor *tensor, int64_t i) {
    if (strcmp(tensor->dtype, "F32") == 0)
        return isfinite(((const float *)tensor->data)[i]);
    enum { VALIDATION = offsetof(cnn_epoch_record, validation_loss) / sizeof(double) };
    const double value = ((const double *)tensor->data)[i];
    const bool may_lack = is_layer_history(tensor) || i % CNN_EPOCH_FIELDS >= VALIDATION;
    return isfinite(value) || (isnan(value) && may_lack);
}

/* Its index; -1: there is none. */
static int64_t find_unsound(const cnn_safetensor *tensor) {
    const int64_t count = cnn_shape_elements(&tensor->shape);
    for (int64_t i = 0; i < count; i++)
        if (!is_sound(tensor, i))
            return i;
    return -1;
}

cnn_status cnn_checkpoint_find_not_finite(const cnn_checkpoint *checkpoint, char place[CNN_CHECKPOINT_PLACE],
                                          cnn_error *error) {
    writer all = {0};
    char indices[CNN_SHAPE_TEXT];
    int64_t found = -1;
    cnn_status status = add_all(&all, checkpoint, error);
    place[0] = '\0';
    for (int64_t i = 0; status == CNN_OK && i < all.count && found < 0; i++) {
        found = find_unsound(&all.tensors[i]);
        if (found >= 0)
            snprintf(place, CNN_CHECKPOINT_PLACE, "%s%s", all.tensors[i].name,
                     cnn_shape_place_text(&all.tensors[i].shape, found, indices));
    }
    writer_free(&all);
    return status;
}

/* ---- Reading --------------------------------------------------------------------------------------- */

/* Compare two texts line by line. */
static cnn_status check_model(const char *saved, const char *now, const char *path, cnn_error *error) {
    for (int line = 1; *saved || *now; line++) {
        size_t then = strcspn(saved, "\n"), length = strcspn(now, "\n");
        if (then != length || memcmp(saved, now, length) != 0)
            return cnn_fail(error, CNN_ERROR_ARGUMENT,
                            "cannot continue from %s: line %d of its model is \"%.*s\", but \"%.*s\" in the "
                            "network given",
                            path, line, (int)then, saved, (int)length, now);
        saved += then + (saved[then] == '\n');
        now += length + (now[length] == '\n');
    }
    return CNN_OK;
}

/* The text of the network in the file must be that of the network given. */
static cnn_status read_model(const cnn_checkpoint *checkpoint, const cnn_safetensors *file, const char *path,
                             cnn_error *error) {
    const char *saved = cnn_safetensors_metadata(file, "model");
    if (!saved)
        return cnn_checkpoint_damaged(path, "it has no \"model\" metadata", error);
    char *now = cnn_net_text(checkpoint->net);
    cnn_status status = now ? check_model(saved, now, path, error)
                            : cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: the text of a network");
    cnn_free(now);
    return status;
}

/* Copy a tensor of a known type and shape. */
static cnn_status read_tensor(const cnn_safetensors *file, const char *path, cnn_safetensor wanted,
                              void *values, cnn_error *error) {
    const cnn_safetensor *found = cnn_safetensors_find(file, wanted.name);
    if (!found)
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s is not a whole checkpoint: it has no tensor %s", path,
                        wanted.name);
    char expected[CNN_SHAPE_TEXT], has[CNN_SHAPE_TEXT];
    if (strcmp(found->dtype, wanted.dtype) != 0 || !cnn_shape_equal(&found->shape, &wanted.shape) ||
        found->size != wanted.size)
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s: tensor %s is %s %s, expected %s %s", path, wanted.name,
                        found->dtype, cnn_shape_text(&found->shape, has), wanted.dtype,
                        cnn_shape_text(&wanted.shape, expected));
    if (wanted.size > 0)
        memcpy(values, found->data, wanted.size);
    return CNN_OK;
}

/* The history of a layer is not in files of older versions. */
static bool is_missing_history(const cnn_safetensors *file, const cnn_safetensor *wanted) {
    return is_layer_history(wanted) && !cnn_safetensors_find(file, wanted->name);
}

static void fill_unknown(double *values, size_t size) {
    for (size_t i = 0; i < size / sizeof *values; i++)
        values[i] = NAN;
}

/* The tensors that a writer would have written, each to where it came from. */
static cnn_status read_tensors(cnn_checkpoint *checkpoint, const cnn_safetensors *file, const char *path,
                               cnn_error *error) {
    writer expected = {0};
    cnn_status status = add_all(&expected, checkpoint, error);
    for (int64_t i = 0; status == CNN_OK && i < expected.count; i++) {
        const cnn_safetensor *wanted = &expected.tensors[i];
        if (is_missing_history(file, wanted))
            fill_unknown((void *)wanted->data, wanted->size);
        else
            status = read_tensor(file, path, *wanted, (void *)wanted->data, error);
    }
    writer_free(&expected);
    return status;
}

/* Make room for the rows of the file's history. */
static cnn_status make_history(cnn_checkpoint *checkpoint, const cnn_safetensors *file, const char *path,
                               cnn_error *error) {
    const cnn_safetensor *rows = cnn_safetensors_find(file, "history");
    int epochs = checkpoint->position.epoch;
    if ((rows ? rows->shape.dim[0] : 0) != epochs)
        return cnn_checkpoint_damaged(path, "its history does not have one row for each epoch", error);
    const cnn_epoch_record empty = {0};
    cnn_status status = CNN_OK;
    checkpoint->history.count = 0;
    while (status == CNN_OK && checkpoint->history.count < epochs)
        status = cnn_history_append(&checkpoint->history, &empty, error);
    return status;
}

cnn_status cnn_checkpoint_read(cnn_checkpoint *checkpoint, const char *path, cnn_error *error) {
    cnn_safetensors file;
    cnn_status status = cnn_safetensors_read(path, &file, error);
    if (status != CNN_OK)
        return status;
    status = read_model(checkpoint, &file, path, error);
    if (status == CNN_OK)
        status = read_training(checkpoint, &file, path, error);
    if (status == CNN_OK)
        status = make_history(checkpoint, &file, path, error);
    if (status == CNN_OK)
        status = read_tensors(checkpoint, &file, path, error);
    cnn_safetensors_free(&file);
    return status;
}
