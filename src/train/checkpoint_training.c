/* What a checkpoint says of its training: the metadata, and what a new training takes from it. */
#include "train/checkpoint.h"

#include "base/json.h"

#include <string.h>

cnn_status cnn_checkpoint_damaged(const char *path, const char *what, cnn_error *error) {
    return cnn_fail(error, CNN_ERROR_FORMAT, "%s is not a whole checkpoint: %s", path, what);
}

cnn_status cnn_checkpoint_training(const cnn_safetensors *file, const char *path, json_t **json,
                                   cnn_error *error) {
    const char *text = cnn_safetensors_metadata(file, "training");
    json_error_t reason;
    *json = NULL;
    if (!text)
        return cnn_checkpoint_damaged(path, "it has no \"training\" metadata", error);
    const cnn_status status = cnn_json_parse(text, strlen(text), json, &reason);
    if (status == CNN_ERROR_MEMORY)
        return cnn_fail(error, status, "out of memory: the training that %s holds", path);
    return status == CNN_OK ? CNN_OK : cnn_checkpoint_damaged(path, reason.text, error);
}

cnn_status cnn_checkpoint_defaults(const char *path, cnn_train_options *options, cnn_error *error) {
    cnn_safetensors file;
    cnn_status status = cnn_safetensors_read(path, &file, error);
    if (status != CNN_OK)
        return cnn_fail_within(error, status, "nothing to continue from");
    json_t *json;
    status = cnn_checkpoint_training(&file, path, &json, error);
    const json_t *rate = json_object_get(json, "learning_rate"), *epochs = json_object_get(json, "epochs");
    if (status == CNN_OK && !(json_is_number(rate) && json_is_integer(epochs)))
        status = cnn_checkpoint_damaged(path, "it lacks learning rate and epochs", error);
    if (status == CNN_OK) {
        if (options->update.learning_rate == 0)
            options->update.learning_rate = json_number_value(rate);
        if (options->epochs == 0)
            options->epochs = (int)json_integer_value(epochs);
        if (options->epoch_updates == 0)
            options->epoch_updates =
                json_integer_value(json_object_get(json_object_get(json, "conditions"), "epoch_updates"));
    }
    json_decref(json);
    cnn_safetensors_free(&file);
    return status;
}
