#include "lab/opponent.h"

#include "base/numbers.h"

/* A network with u units has (inputs + 1) u + (u + 1) outputs parameters. */
static int64_t units_for(int64_t parameters, int64_t inputs, int64_t outputs) {
    const int64_t of_a_unit = inputs + 1 + outputs;
    return cnn_max(1, (parameters - outputs + of_a_unit / 2) / of_a_unit);
}

static void add_layers(cnn_net *dense, const cnn_net *net) {
    const int64_t outputs = cnn_net_outputs(net);
    cnn_flatten(dense);
    cnn_dense(dense, .units = units_for(cnn_net_parameters(net), cnn_shape_elements(&net->input), outputs));
    cnn_relu(dense);
    cnn_dense(dense, .units = outputs);
    if (cnn_net_output_kind(net) == CNN_OUTPUT_BINARY)
        cnn_activation(dense, .kind = CNN_ACTIVATION_SIGMOID);
    else
        cnn_softmax(dense);
}

cnn_status cnn_lab_opponent(cnn_net **opponent, const cnn_net *net, cnn_error *error) {
    int64_t shape[3];
    cnn_net_input(net, shape);
    cnn_net *dense = *opponent = cnn_net_new(&(cnn_input_options){shape[0], shape[1], shape[2]});
    if (!dense)
        return cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: the dense network");
    add_layers(dense, net);
    if (cnn_net_status(dense) != CNN_OK)
        return cnn_fail(error, cnn_net_status(dense), "the dense network: %s", cnn_net_error(dense));
    return cnn_net_take_pixels(dense, net, error);
}
