#include "onnx/operators.h"

#include <string.h>

static const cnn_onnx_operator operators[] = {
#define OPERATOR(name, least, most, reader) {name, least, most, cnn_onnx_read_##reader},
    CNN_ONNX_OPERATOR_LIST(OPERATOR)
#undef OPERATOR
};

/* One input, and nothing that a file would have to bring. */
static bool is_plain(const cnn_op *op) {
    return op && op->inputs == 1 && !op->parameters;
}

bool cnn_onnx_find_operator(const char *name, cnn_onnx_operator *found) {
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        if (strcmp(operators[i].name, name) == 0) {
            *found = operators[i];
            return true;
        }
    *found = (cnn_onnx_operator){name, 1, 1, cnn_onnx_read_plain};
    return is_plain(cnn_op_by_onnx(name));
}
