#include "model.h"

#include "output.h"
#include "wrap.h"

#include <cnn_model.h>

#include <inttypes.h>
#include <stdio.h>

cnn_net *cli_open_trained(const char *model) {
    cnn_error error;
    cnn_net *net;
    bool trained;
    if (cnn_net_open(&net, model, &trained, &error)) {
        cli_fail("%s", error.message);
        return NULL;
    }
    if (trained)
        return net;
    cnn_net_free(net);
    cli_fail("%s has no trained parameters: train it first (cnn train %s --data DATA -o RUN_DIR), then give "
             "RUN_DIR",
             model, model);
    return NULL;
}

int cli_say_if_interpreted(const char *path) {
    cnn_model *model = NULL;
    if (cnn_model_open(&model, path, NULL, NULL) == CNN_OK &&
        cnn_model_engine(model) == CNN_ENGINE_INTERPRETER)
        cli_note(
            "only the interpreter runs this model, operator by operator, and it has no layers to look into; "
            "'cnn run %s --input NAME=x.npy -o DIR' gives its outputs",
            path);
    cnn_model_free(model);
    return CLI_FAILED;
}

void cli_print_notes(const cnn_data *data) {
    for (int64_t i = 0; cnn_data_note(data, i); i++)
        cli_print(stderr, "cnn: %s\n", cnn_data_note(data, i));
}

cnn_data *cli_open_data(const cnn_net *net, const char *source, cnn_split split, int64_t limit,
                        bool skip_bad) {
    cnn_error error;
    cnn_data *data;
    cnn_data_options options = {
        .split = split, .image = cnn_net_image_options(net), .limit = limit, .skip_bad = skip_bad};
    if (cnn_data_open(&data, source, &options, &error)) {
        cli_fail("%s", error.message);
        return NULL;
    }
    cli_print_notes(data);
    return data;
}

char *cli_class_name(const cnn_net *net, const cnn_data *data, int64_t index) {
    if (cnn_net_class(net, index))
        return cli_format("%s", cnn_net_class(net, index));
    if (data && index < cnn_data_classes(data))
        return cli_format("%s", cnn_data_class(data, index));
    return cli_format("%" PRId64, index);
}

void cli_print_model_notes(const cnn_net *net) {
    for (int i = 0; i < cnn_net_notes(net); i++)
        cli_print_words("%sNote: %s.\n", i ? "" : "\n", cnn_net_note(net, i));
}

json_t *cli_json_model_notes(const cnn_net *net) {
    json_t *notes = json_array();
    for (int i = 0; i < cnn_net_notes(net); i++)
        cli_json_add(notes, cli_json_text(cnn_net_note(net, i)));
    return notes;
}

static void print_tensors(int64_t count, const char *what, const char *names) {
    if (count > 0)
        cli_print_words("         %s %s %s: %s\n", cli_grouped(count).text, count == 1 ? "tensor" : "tensors",
                        what, names);
}

void cli_print_partial(const char *path, const cnn_partial_weights *partial) {
    cli_print(stdout, "Weights  %s\n", path);
    print_tensors(partial->taken, "taken", partial->taken_names);
    print_tensors(partial->left, "left unchanged", partial->left_names);
    print_tensors(partial->unused, "in the file not used", partial->unused_names);
}
