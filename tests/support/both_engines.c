#include "support/both_engines.h"

#include "base/file.h"
#include "onnx/onnx.h"

#include "support/cmocka.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cnn_model *open_bytes(const unsigned char *bytes, size_t size, const char *folder, cnn_engine engine) {
    const cnn_model_options options = {.engine = engine, .threads = 1};
    char path[256];
    cnn_model *model;
    cnn_error error = {0};
    snprintf(path, sizeof path, "%s/graph.onnx", folder);
    assert_int_equal(cnn_file_replace(path, bytes, size, NULL), CNN_OK);
    if (cnn_model_open(&model, path, &options, &error) != CNN_OK)
        fail_msg("%s", error.message);
    return model;
}

cnn_model *open_graph_model(graph_model *g, const char *folder, cnn_engine engine) {
    size_t size;
    unsigned char *bytes = graph_model_bytes(g, &size);
    cnn_model *model = open_bytes(bytes, size, folder, engine);
    free(bytes);
    graph_model_free(g);
    return model;
}

cnn_net *graph_model_net(graph_model *g) {
    size_t size;
    cnn_net *net;
    cnn_error error = {0};
    unsigned char *bytes = graph_model_bytes(g, &size);
    if (cnn_onnx_read(&net, bytes, size, "g.onnx", NULL, &error) != CNN_OK)
        fail_msg("%s", error.message);
    free(bytes);
    graph_model_free(g);
    return net;
}

void expect_result(cnn_model *model, const cnn_tensor *inputs, int input_count, int count,
                   const float *expected) {
    cnn_error error = {0};
    int64_t elements = 1;
    if (cnn_model_run(model, inputs, input_count, &error) != CNN_OK)
        fail_msg("%s", error.message);
    const cnn_tensor *result = cnn_model_result(model, 0);
    for (int axis = 0; axis < result->rank; axis++)
        elements *= result->shape[axis];
    assert_int_equal(elements, count);
    for (int i = 0; i < count; i++)
        if (!(fabsf(((const float *)result->data)[i] - expected[i]) <= 1e-5F * fmaxf(1, fabsf(expected[i]))))
            fail_msg("element %d is %.9g, expected %.9g", i, (double)((const float *)result->data)[i],
                     (double)expected[i]);
}

/* A run without inputs fails, whether or not the model still has what its file said. */
static void expect_missing(cnn_model *model) {
    cnn_error error = {0};
    assert_int_equal(cnn_model_run(model, NULL, 0, &error), CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "is missing"));
}

void expect_from_both(graph_model *g, const char *folder, const cnn_tensor *input, int count,
                      const float *expected) {
    static const cnn_engine engines[] = {CNN_ENGINE_INTERPRETER, CNN_ENGINE_NETWORK};
    size_t size;
    unsigned char *bytes = graph_model_bytes(g, &size);
    graph_model_free(g);
    for (int i = 0; i < 2; i++) {
        cnn_model *model = open_bytes(bytes, size, folder, engines[i]);
        assert_int_equal(cnn_model_engine(model), engines[i]);
        expect_result(model, input, 1, count, expected);
        expect_missing(model);
        expect_result(model, input, 1, count, expected);
        cnn_model_free(model);
    }
    free(bytes);
}
