/* cnn lab: the results as JSON. */
#include "lab.h"
#include "output.h"
#include "split_images.h"

#include <math.h>

const char *const cli_lab_roles[CNN_LAB_ROLES] = {
    [CNN_LAB_MODEL] = "model",
    [CNN_LAB_CNN] = "cnn",
    [CNN_LAB_DENSE] = "dense",
    [CNN_LAB_CNN_SHUFFLED] = "cnn_shuffled",
    [CNN_LAB_DENSE_SHUFFLED] = "dense_shuffled",
};

const char *cli_lab_optimizer(const cnn_lab *lab) {
    static const char *const names[] = {
#define NAME(enumerator, name, rate) [enumerator] = #name,
        CNN_OPTIMIZERS(NAME)
#undef NAME
    };
    return names[lab->train.update.optimizer];
}

/* ---- Networks ---------------------------------------------------------------------------------------- */

static json_t *budget_json(const cnn_lab *lab) {
    const cnn_train_options *train = &lab->train;
    return json_pack("{sI si sI ss so sI sb}", "images", (json_int_t)lab->training_images, "epochs",
                     train->epochs, "batch", (json_int_t)train->batch, "optimizer", cli_lab_optimizer(lab),
                     "learning_rate", cli_json_real(train->update.learning_rate), "seed",
                     (json_int_t)train->seed, "from_run", lab->from_run);
}

/* Rows of accuracies, from the shift farthest up to that farthest down. */
static json_t *shifted_json(const cnn_lab *lab, const cnn_lab_network *network) {
    json_t *rows = json_array();
    for (int down = 0; down < CNN_LAB_SIDE; down++) {
        json_t *row = json_array();
        for (int right = 0; right < CNN_LAB_SIDE; right++)
            cli_json_add(row,
                         cli_json_real((double)network->shifted[down][right] / (double)lab->shifted_images));
        cli_json_add(rows, row);
    }
    return rows;
}

static json_t *networks_json(const cnn_lab *lab) {
    json_t *list = json_array();
    for (int role = 0; role < CNN_LAB_ROLES; role++) {
        const cnn_lab_network *network = &lab->networks[role];
        if (!network->there)
            continue;
        json_t *json = json_pack("{ss sI sb so}", "role", cli_lab_roles[role], "parameters",
                                 (json_int_t)network->parameters, "trained_here", network->trained_here,
                                 "accuracy", cli_json_real(network->accuracy));
        if (role <= CNN_LAB_DENSE)
            cli_json_set(json, "shifted", shifted_json(lab, network));
        cli_json_add(list, json);
    }
    return list;
}

static json_t *shifts_json(void) {
    json_t *list = json_array();
    for (int shift = -CNN_LAB_LARGEST_SHIFT; shift <= CNN_LAB_LARGEST_SHIFT; shift++)
        cli_json_add(list, json_integer(shift));
    return list;
}

/* ---- Layers ------------------------------------------------------------------------------------------ */

/* For shifts by 1, 2, ... pixels; null where none of them is a number. */
static json_t *by_shift_json(const double *values) {
    if (isnan(values[0]))
        return json_null();
    json_t *list = json_array();
    for (int i = 0; i < CNN_LAB_LARGEST_SHIFT; i++)
        cli_json_add(list, cli_json_real(values[i]));
    return list;
}

static json_t *field_json(const cli_lab_report *r, const cnn_receptive_field *field) {
    int64_t input[3];
    cnn_net_input(r->net, input);
    const bool whole = field->rows == 0;
    return json_pack(
        "{sI sI sI sI sb}", "rows", (json_int_t)(whole ? field->end_row - field->first_row : field->rows),
        "columns", (json_int_t)(whole ? field->end_column - field->first_column : field->columns), "pixels",
        (json_int_t)field->pixels, "of_pixels", (json_int_t)(input[1] * input[2]), "whole", whole);
}

static json_t *patch_json(const cli_lab_report *r, const cnn_lab_patch *patch) {
    const char *name = cnn_data_name(r->shown, patch->image);
    return json_pack("{sI so so sI sI sI sI sI sI}", "image", (json_int_t)patch->image, "name",
                     name ? cli_json_text(name) : json_null(), "value", cli_json_real((double)patch->value),
                     "row", (json_int_t)patch->row, "column", (json_int_t)patch->column, "first_row",
                     (json_int_t)patch->first_row, "end_row", (json_int_t)patch->end_row, "first_column",
                     (json_int_t)patch->first_column, "end_column", (json_int_t)patch->end_column);
}

/* A list for each channel. */
static json_t *patches_json(const cli_lab_report *r, const cnn_lab_layer *layer) {
    json_t *channels = json_array();
    for (int64_t c = 0; c < layer->channels; c++) {
        json_t *list = json_array();
        for (int64_t k = 0; k < CNN_LAB_PATCHES; k++) {
            const cnn_lab_patch *patch = &layer->patches[c * CNN_LAB_PATCHES + k];
            if (patch->image >= 0)
                cli_json_add(list, patch_json(r, patch));
        }
        cli_json_add(channels, list);
    }
    return channels;
}

static json_t *layer_json(const cli_lab_report *r, const cnn_lab_layer *layer) {
    json_t *json = json_pack("{so so so sI so so so}", "name", cli_json_text(layer->name), "kind",
                             cli_json_text(layer->kind), "output", cli_json_shape(layer->output, layer->rank),
                             "parameters", (json_int_t)layer->parameters, "field",
                             field_json(r, &layer->field), "change", by_shift_json(layer->change),
                             "equivariance_error", by_shift_json(layer->equivariance_error));
    if (layer->unshared_parameters)
        cli_json_set(json, "sharing",
                     json_pack("{sI sI sI}", "shared", (json_int_t)layer->parameters, "unshared",
                               (json_int_t)layer->unshared_parameters, "dense",
                               (json_int_t)layer->dense_parameters));
    if (layer->connections)
        cli_json_set(json, "connections",
                     json_pack("{sI sI sI sI}", "all", (json_int_t)layer->connections, "of_a_value",
                               (json_int_t)layer->value_connections, "inputs", (json_int_t)layer->inputs,
                               "possible", (json_int_t)layer->possible));
    if (layer->patches)
        cli_json_set(json, "patches", patches_json(r, layer));
    return json;
}

json_t *cli_lab_json(const cli_lab_report *r) {
    json_t *layers = json_array();
    for (int64_t i = 0; i < r->lab->layer_count; i++)
        cli_json_add(layers, layer_json(r, &r->lab->layers[i]));
    return json_pack("{so so sb sI so sI ss sI sI sI so so so}", "model", cli_json_text(r->model), "data",
                     cli_json_text(r->data), "quick", r->quick, "seed", (json_int_t)r->seed, "budget",
                     budget_json(r->lab), "test_images", (json_int_t)r->lab->test_images, "test_part",
                     cli_split_word(r->lab->test_part), "shifted_images", (json_int_t)r->lab->shifted_images,
                     "moved_images", (json_int_t)r->lab->moved_images, "patch_images",
                     (json_int_t)r->lab->patch_images, "shifts", shifts_json(), "networks",
                     networks_json(r->lab), "layers", layers);
}
