#include "onnx/layers/list.h"

#include <string.h>

static const cnn_onnx_operator operators[] = {
#define LAYER(name, min, max, reader, writer)                                                                \
    {name, min, max, cnn_onnx_read_##reader, cnn_onnx_write_##writer},
#define OTHER(name, min, max, reader) {name, min, max, cnn_onnx_read_##reader, NULL},
    CNN_ONNX_OPERATOR_LIST(LAYER, OTHER)
#undef LAYER
#undef OTHER
        {0}};

static const cnn_onnx_operator plain = {"", 1, INT16_MAX, cnn_onnx_read_plain_layer, cnn_onnx_write_layer};

const cnn_onnx_operator *cnn_onnx_operators(void) {
    return operators;
}

const cnn_onnx_operator *cnn_onnx_find_operator(const char *name) {
    for (const cnn_onnx_operator *row = operators; name && row->name; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    return name && cnn_op_by_onnx(name) ? &plain : NULL;
}
