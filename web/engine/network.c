/* The network: loading it, what it is made of, its parameters. */
#include "engine.h"

#include "graph/net.h"

#include <stdlib.h>
#include <string.h>

engine the_engine;

/* ---- Memory and messages ---------------------------------------------------------------------------- */

EXPORTED(engine_allocate) void *engine_allocate(uint32_t bytes) {
    return aligned_alloc(16, (bytes + 31) / 16 * 16);
}

EXPORTED(engine_free) void engine_free(void *memory) {
    free(memory);
}

EXPORTED(engine_message) const char *engine_message(void) {
    return the_engine.error.message;
}

EXPORTED(engine_version) const char *engine_version(void) {
    return cnn_version();
}

EXPORTED(engine_instruction_set) const char *engine_instruction_set(void) {
    return cnn_cpu(NULL);
}

/* ---- The network ------------------------------------------------------------------------------------- */

void engine_forget_runs(void) {
    engine_forget_case();
    cnn_inspector_free(the_engine.inspector);
    cnn_predictor_free(the_engine.predictor);
    the_engine.inspector = NULL;
    the_engine.predictor = NULL;
}

/* From the text format; all parameters are zero. */
EXPORTED(engine_load) cnn_status engine_load(const char *text) {
    cnn_net *net = NULL;
    cnn_status status = cnn_net_parse(&net, text, "the network", &the_engine.error);
    if (status != CNN_OK)
        return status;
    engine_forget_runs();
    cnn_net_free(the_engine.net);
    the_engine.net = net;
    return CNN_OK;
}

/* One mean and deviation a channel. */
EXPORTED(engine_normalise) cnn_status engine_normalise(const float *mean, const float *deviation) {
    engine_forget_runs();
    return cnn_net_set_normalisation(the_engine.net, mean, deviation, &the_engine.error);
}

EXPORTED(engine_initialise) cnn_status engine_initialise(double seed) {
    engine_forget_runs();
    return cnn_net_initialise(the_engine.net, (uint64_t)seed);
}

EXPORTED(engine_classes) int32_t engine_classes(void) {
    return (int32_t)cnn_net_classes(the_engine.net);
}

EXPORTED(engine_outputs) int32_t engine_outputs(void) {
    return (int32_t)cnn_net_outputs(the_engine.net);
}

EXPORTED(engine_output_kind) int32_t engine_output_kind(void) {
    return (int32_t)cnn_net_output_kind(the_engine.net);
}

EXPORTED(engine_input) const int32_t *engine_input(void) {
    static int32_t sizes[3]; /* C,H,W */
    int64_t shape[3];
    cnn_net_input(the_engine.net, shape);
    for (int axis = 0; axis < 3; axis++)
        sizes[axis] = (int32_t)shape[axis];
    return sizes;
}

/* ---- Layers ------------------------------------------------------------------------------------------- */

typedef struct engine_layer {
    const char *name, *op, *text;
    int32_t inputs, rank, shape[3]; /* of the output */
    int32_t shares;                 /* 0: its parameters are its own */
    int32_t area; /* memory holds all channels of a position side by side; so many positions a value has */
    double parameters, statistics, macs;
} engine_layer;
_Static_assert(offsetof(engine_layer, parameters) == offsetof(engine_layer, area) + 4, "no gap");

EXPORTED(engine_layers) int32_t engine_layers(void) {
    return cnn_net_layers(the_engine.net);
}

EXPORTED(engine_layer) const engine_layer *engine_layer_of(int32_t number) {
    static engine_layer layer;
    cnn_layer_info info;
    if (cnn_net_layer(the_engine.net, number, &info, &the_engine.error) != CNN_OK)
        return NULL;
    layer = (engine_layer){.name = info.name,
                           .op = info.kind,
                           .text = info.text,
                           .inputs = info.inputs,
                           .rank = info.rank,
                           .shares = info.shares,
                           .area = (int32_t)the_engine.net->nodes[number - 1].layout.area,
                           .parameters = (double)info.parameters,
                           .statistics = (double)info.statistics,
                           .macs = (double)info.macs};
    for (int axis = 0; axis < info.rank; axis++)
        layer.shape[axis] = (int32_t)info.output[axis];
    return &layer;
}

/* The number of the layer that is input `input` of layer `number`; 0: the network's. */
EXPORTED(engine_layer_input) int32_t engine_layer_input(int32_t number, int32_t input) {
    cnn_layer_info info;
    if (cnn_net_layer(the_engine.net, number, &info, &the_engine.error) != CNN_OK || input >= info.inputs)
        return -1;
    return info.input[input] == CNN_NETWORK_INPUT ? 0 : info.input[input];
}

cnn_status engine_layer_name(int32_t number, const char **name) {
    cnn_layer_info info = {.name = "input"};
    cnn_status status = CNN_OK;
    if (number != 0)
        status = cnn_net_layer(the_engine.net, number, &info, &the_engine.error);
    *name = info.name;
    return status;
}

/* ---- Parameters --------------------------------------------------------------------------------------- */

typedef struct engine_tensor {
    const char *name;
    int32_t rank, shape[4], elements;
} engine_tensor;

EXPORTED(engine_tensors) int32_t engine_tensors(void) {
    return cnn_net_tensors(the_engine.net);
}

EXPORTED(engine_tensor) const engine_tensor *engine_tensor_of(int32_t number) {
    static engine_tensor tensor;
    cnn_tensor_info info;
    if (cnn_net_tensor(the_engine.net, number, &info, &the_engine.error) != CNN_OK)
        return NULL;
    tensor = (engine_tensor){.name = info.name, .rank = info.rank, .elements = (int32_t)info.elements};
    for (int axis = 0; axis < info.rank; axis++)
        tensor.shape[axis] = (int32_t)info.shape[axis];
    return &tensor;
}

cnn_status engine_tensor_name(int32_t number, const char **name) {
    cnn_tensor_info info = {0};
    cnn_status status = cnn_net_tensor(the_engine.net, number, &info, &the_engine.error);
    *name = info.name;
    return status;
}

EXPORTED(engine_get_parameter) cnn_status engine_get_parameter(int32_t tensor, float *values, int32_t count) {
    const char *name;
    cnn_status status = engine_tensor_name(tensor, &name);
    return status == CNN_OK ? cnn_net_get_parameter(the_engine.net, name, values, count, &the_engine.error)
                            : status;
}

EXPORTED(engine_set_parameter)
cnn_status engine_set_parameter(int32_t tensor, const float *values, int32_t count) {
    const char *name;
    cnn_status status = engine_tensor_name(tensor, &name);
    if (status == CNN_OK)
        status = cnn_net_set_parameter(the_engine.net, name, values, count, &the_engine.error);
    if (status == CNN_OK)
        engine_forget_runs();
    return status;
}
