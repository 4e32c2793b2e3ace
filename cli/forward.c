#include "forward.h"

#include "output.h"

#include <stdlib.h>

cnn_status cli_set_parameter(cnn_net *net, const char *name, const cli_grid *values, cnn_error *error) {
    const int64_t count = cli_grid_count(values);
    float *floats = cli_allocate((size_t)count, sizeof *floats);
    for (int64_t i = 0; i < count; i++)
        floats[i] = (float)values->values[i];
    cnn_status status = cnn_net_set_parameter(net, name, floats, count, error);
    free(floats);
    return status;
}

/* Room for what the last layer gives: C,H,W, or a vector as one row. */
static cnn_status make_output(const cnn_net *net, cli_grid *output, cnn_error *error) {
    cnn_layer_info info;
    cnn_status status = cnn_net_layer(net, cnn_net_layers(net), &info, error);
    if (!status)
        *output = info.rank == 1 ? cli_grid_new(1, 1, info.output[0])
                                 : cli_grid_new(info.output[0], info.output[1], info.output[2]);
    return status;
}

static cnn_status run(const cnn_net *net, const cli_grid *image, cli_grid *output, cnn_error *error) {
    cnn_predictor *predictor;
    cnn_predictor_options options = {.batch = 1, .threads = 1};
    cnn_status status = cnn_predictor_new(&predictor, net, &options, error);
    if (!status)
        status = make_output(net, output, error);
    if (!status) {
        const int64_t inputs = cli_grid_count(image), outputs = cli_grid_count(output);
        float *floats = cli_allocate((size_t)(inputs + outputs), sizeof *floats);
        for (int64_t i = 0; i < inputs; i++)
            floats[i] = (float)image->values[i];
        status = cnn_predictor_run(predictor, floats, 1, floats + inputs, error);
        for (int64_t i = 0; i < outputs; i++)
            output->values[i] = floats[inputs + i];
        free(floats);
    }
    cnn_predictor_free(predictor);
    return status;
}

int cli_forward_free(cnn_net *net, const cli_grid *image, cli_grid *output) {
    cnn_error error;
    int code = CLI_DONE;
    if (!net)
        code = cli_fail("out of memory for a small network");
    else if (cnn_net_status(net))
        code = cli_fail("%s", cnn_net_error(net));
    else if (run(net, image, output, &error))
        code = cli_fail("%s", error.message);
    cnn_net_free(net);
    return code;
}
