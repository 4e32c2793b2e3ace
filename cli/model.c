#include "model.h"

#include "output.h"
#include "wrap.h"

#include <cnn_model.h>

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const cli_option cli_input_shape_rows[] = {
    {"--input-shape", CLI_TEXT, 0, "[NAME=]SHAPE",
     .help = "size of the images, where an ONNX model leaves it free: all axes of its input, as 1x3x224x224"},
    {0},
};

bool cli_read_sizes(const char *text, int most, int64_t *sizes, int *count) {
    *count = 0;
    for (;;) {
        char *end;
        errno = 0;
        const long long size = strtoll(text, &end, 10);
        if (end == text || errno || size < 1 || *count == most || (*end && *end != 'x'))
            return false;
        sizes[(*count)++] = size;
        if (!*end)
            return true;
        text = end + 1;
    }
}

bool cli_read_input_shape(const char *text, cnn_input_size *size, char **name) {
    const char *equals = strrchr(text, '=');
    const int most = (int)(sizeof size->shape / sizeof size->shape[0]);
    if (!cli_read_sizes(equals ? equals + 1 : text, most, size->shape, &size->axes))
        return false;
    size->name = *name = equals ? cli_format("%.*s", (int)(equals - text), text) : NULL;
    return true;
}

static int refuse_shape(const char *shape) {
    return cli_fail_usage(
        "--input-shape expects the sizes of all axes of the input, like 1x3x224x224, not '%s'", shape);
}

int cli_open_net(cnn_net **net, const char *model, const char *shape, bool *trained) {
    cnn_error error;
    cnn_input_size size;
    char *name = NULL;
    if (shape && !cli_read_input_shape(shape, &size, &name))
        return refuse_shape(shape);
    const cnn_status status = cnn_net_open_sized(net, model, shape ? &size : NULL, trained, &error);
    free(name);
    return status ? cli_fail("%s", error.message) : CLI_GO_ON;
}

int cli_open_other_net(cnn_net **net, const char *model, const char *shape, bool *trained,
                       const char *option) {
    cnn_error error;
    cnn_input_size size;
    char *name = NULL;
    if (shape && !cli_read_input_shape(shape, &size, &name))
        return refuse_shape(shape);
    free(name);
    size.name = NULL;
    cnn_status status = cnn_net_open(net, model, trained, &error);
    if (status && shape)
        status = cnn_net_open_sized(net, model, &size, trained, &error);
    return status ? cli_fail("%s%s", option, error.message) : CLI_GO_ON;
}

int cli_open_trained(cnn_net **net, const char *model, const char *shape) {
    bool trained;
    const int code = cli_open_net(net, model, shape, &trained);
    if (code != CLI_GO_ON || trained)
        return code;
    cnn_net_free(*net);
    *net = NULL;
    return cli_fail(
        "%s has no trained parameters: train it first (cnn train %s --data DATA -o RUN_DIR), then "
        "give RUN_DIR",
        model, model);
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
