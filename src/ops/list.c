/* The list of ops as an array, and look-up by name. */
#include "ops/op.h"

#include <string.h>

#define OP_ENTRY(name) &cnn_op_##name,
static const cnn_op *const ops[] = {CNN_OP_LIST(OP_ENTRY) NULL};

const char *const cnn_init_words[] = {"default", "he", "glorot", "zeros", NULL};

const cnn_op *const *cnn_ops(void) {
    return ops;
}

const cnn_op *cnn_op_by_word(const char *word) {
    const cnn_op *const *op = ops;
    while (*op && strcmp((*op)->word, word) != 0)
        op++;
    return *op;
}

const cnn_op *cnn_op_by_onnx(const char *name) {
    const cnn_op *const *op = ops;
    while (*op && strcmp((*op)->onnx, name) != 0)
        op++;
    return *op;
}
