/* The table of all kinds of layers, which lie beside their accounts. */
#include "inspect/subject.h"

static const struct {
    const cnn_op *op;
    const cnn_inspected_kind *kind;
} kinds[] = {
#define KIND(how, name, ...) {&cnn_op_##name, &cnn_inspected_##name},
    CNN_OP_LIST(KIND)
#undef KIND
};

const cnn_inspected_kind *cnn_inspected_kind_of(const cnn_op *op) {
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].op == op)
            return kinds[i].kind;
    return NULL;
}
