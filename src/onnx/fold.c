#include "onnx/fold.h"

#include "arrays/half.h"
#include "arrays/operators.h"
#include "base/memory.h"
#include "onnx/evaluate.h"
#include "onnx/unpack.h"
#include "onnx/node.h"

#include <string.h>

enum { MAX_INPUTS = 256 }; /* of a node that is folded */
static const int64_t max_work = (int64_t)1 << 30;

/* An array that a value's tensor points into. */
struct cnn_onnx_kept {
    struct cnn_onnx_kept *next;
    cnn_array array;
};

/* A value for one or two batches. */
typedef struct results {
    cnn_array of[2];
} results;

static cnn_onnx_source source_of(cnn_onnx_reader *reader) {
    return (cnn_onnx_source){.origin = reader->graph.origin,
                             .folder = reader->folder,
                             .budget = &reader->budget,
                             .error = reader->error};
}

/* ---- Arrays as tensors of the file ----------------------------------------------------------------- */

/* Keep the array for as long as the reader lives, also on failure. *tensor has its values. */
static cnn_status keep(cnn_onnx_reader *reader, cnn_array array, const CnnOnnx__TensorProto **tensor) {
    struct cnn_onnx_kept *kept = cnn_allocate(1, sizeof *kept, "a constant", reader->error);
    if (!kept) {
        cnn_array_free(&array, &reader->budget);
        return CNN_ERROR_MEMORY;
    }
    *kept = (struct cnn_onnx_kept){.next = reader->kept, .array = array};
    reader->kept = kept;
    *tensor = cnn_onnx_make_constant(&reader->arena, &kept->array);
    return *tensor ? CNN_OK : cnn_fail(reader->error, CNN_ERROR_MEMORY, "out of memory: a constant");
}

static bool same_values(const cnn_array *a, const cnn_array *b) {
    return a->type == b->type && cnn_shape_equal(&a->shape, &b->shape) &&
           memcmp(a->data, b->data, (size_t)a->elements * cnn_type_size(a->type)) == 0;
}

/* A value that is the same for both batches is a constant; otherwise its tensors are for them. */
static cnn_status give(cnn_onnx_reader *reader, cnn_onnx_value *value, results *made, int probes) {
    cnn_array arrays[2] = {made->of[0], made->of[1]};
    *made = (results){0};
    if (probes == 2 && same_values(&arrays[0], &arrays[1])) {
        cnn_array_free(&arrays[1], &reader->budget);
        probes = 1;
    }
    if (probes == 1)
        return keep(reader, arrays[0], &value->constant);
    cnn_status status = keep(reader, arrays[0], &value->probe[0]);
    if (status == CNN_OK)
        return keep(reader, arrays[1], &value->probe[1]);
    cnn_array_free(&arrays[1], &reader->budget);
    return status;
}

/* ---- What is known --------------------------------------------------------------------------------- */

static bool is_shape(const CnnOnnx__NodeProto *node) {
    return node->op_type && strcmp(node->op_type, "Shape") == 0;
}

static bool is_known(const cnn_onnx_value *value) {
    return value->constant || value->probe[0];
}

static bool is_foldable(const cnn_onnx_reader *reader, const cnn_onnx_node *node) {
    bool foldable = cnn_onnx_is_own_domain(node->proto->domain) && node->proto->op_type &&
                    cnn_operator_known(node->proto->op_type) && node->proto->n_input <= MAX_INPUTS &&
                    node->proto->n_output <= MAX_INPUTS;
    size_t given = 0;
    for (size_t k = 0; foldable && k < node->proto->n_input; k++) {
        const cnn_onnx_value *input = cnn_onnx_input(reader, node, k);
        foldable = !*node->proto->input[k] ||
                   (input && (is_known(input) || (is_shape(node->proto) && input->layer)));
        given += *node->proto->input[k] != '\0';
    }
    return foldable && (given > 0 || node->proto->n_input == 0);
}

/* ---- Calculating ----------------------------------------------------------------------------------- */

/* A feature map's shape, as the file sees it, is all that matters. */
static cnn_array feature_array(const cnn_onnx_reader *reader, const cnn_onnx_value *value, int probe) {
    static const float nothing;
    cnn_shape shape = {.rank = value->view.rank,
                       .dim = {reader->batch ? reader->batch : CNN_ONNX_PROBES[probe]}};
    for (int axis = 1; axis < shape.rank; axis++)
        shape.dim[axis] = cnn_onnx_view_size(&value->view, axis);
    return cnn_array_over(CNN_TYPE_FLOAT32, &shape, &nothing);
}

static cnn_status input_array(cnn_onnx_reader *reader, const cnn_onnx_value *value, int probe,
                              cnn_array *array) {
    const cnn_onnx_source source = source_of(reader);
    if (!is_known(value)) {
        *array = feature_array(reader, value, probe);
        return CNN_OK;
    }
    return cnn_onnx_array(array, value->constant ? value->constant : value->probe[probe], &source);
}

/* The node's outputs for one of the batches. */
static cnn_status evaluate(cnn_onnx_reader *reader, const cnn_onnx_node *node, int probe,
                           cnn_array *outputs) {
    const cnn_onnx_source source = source_of(reader);
    cnn_array arrays[MAX_INPUTS];
    const cnn_array *inputs[MAX_INPUTS];
    size_t count = 0;
    cnn_status status = CNN_OK;
    for (; status == CNN_OK && count < node->proto->n_input; count++) {
        const cnn_onnx_value *value = cnn_onnx_input(reader, node, count);
        arrays[count] = (cnn_array){0};
        inputs[count] = value ? &arrays[count] : NULL;
        if (value)
            status = input_array(reader, value, probe, &arrays[count]);
    }
    if (status == CNN_OK)
        status = cnn_onnx_evaluate(node->proto, reader->opset, &source, inputs, outputs, NULL);
    while (count > 0)
        cnn_array_free(&arrays[--count], &reader->budget);
    return status;
}

/* Whether the node's values may depend on the batch. */
static int probes_of(const cnn_onnx_reader *reader, const cnn_onnx_node *node) {
    bool varies = is_shape(node->proto) && reader->batch == 0;
    for (size_t k = 0; k < node->proto->n_input; k++) {
        const cnn_onnx_value *input = cnn_onnx_input(reader, node, k);
        varies = varies || (input && input->probe[0]);
    }
    return varies ? 2 : 1;
}

static bool is_real_tensor(const CnnOnnx__TensorProto *proto) {
    int64_t elements = 1;
    for (size_t i = 0; i < proto->n_dims; i++)
        elements = proto->dims[i] > 1 ? 2 : elements;
    return proto->data_type == CNN_ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT && elements > 1;
}

/* The tensor that a node's constant is made from, so that layers which share it are found whatever was done with it. An
 * Identity gives a tensor a name of its own: exporters write one for tensors that are equal by chance. */
static cnn_onnx_value *root_of(const cnn_onnx_reader *reader, const cnn_onnx_node *node) {
    for (size_t k = 0; strcmp(node->proto->op_type, "Identity") != 0 && k < node->proto->n_input; k++) {
        cnn_onnx_value *input = cnn_onnx_input(reader, node, k);
        if (input && input->constant && is_real_tensor(input->constant))
            return input->root ? input->root : input;
    }
    return NULL;
}

static cnn_status fold(cnn_onnx_reader *reader, const cnn_onnx_node *node) {
    const int probes = probes_of(reader, node);
    cnn_array outputs[2][MAX_INPUTS];
    cnn_status status = CNN_OK;
    memset(outputs, 0, sizeof outputs);
    for (int probe = 0; status == CNN_OK && probe < probes; probe++)
        status = evaluate(reader, node, probe, outputs[probe]);
    for (size_t k = 0; k < node->proto->n_output; k++) {
        results made = {{outputs[0][k], outputs[1][k]}};
        cnn_onnx_value *value = cnn_onnx_output_number(reader, node, k);
        if (status == CNN_OK && value && !cnn_array_empty(&made.of[0]))
            status = give(reader, value, &made, probes);
        if (value)
            value->root = root_of(reader, node);
        for (int probe = 0; probe < 2; probe++)
            cnn_array_free(&made.of[probe], &reader->budget);
    }
    return status;
}

cnn_status cnn_onnx_fold_node(cnn_onnx_reader *reader, size_t index, bool *folded) {
    const cnn_onnx_node node = cnn_onnx_node_at(reader, (int64_t)index);
    *folded = is_foldable(reader, &node);
    return *folded ? fold(reader, &node) : CNN_OK;
}

/* An initialiser whose bytes lie in another file, or are halves, becomes a constant like any other. */
static cnn_status fetch(cnn_onnx_reader *reader, cnn_onnx_value *value) {
    const cnn_onnx_source source = source_of(reader);
    cnn_array array = {0};
    const CnnOnnx__TensorProto *proto = value->constant;
    if (!proto || value->symbol->uses == 0 ||
        !(cnn_onnx_is_external(proto) || cnn_type_is_half(proto->data_type)))
        return CNN_OK;
    cnn_status status = cnn_onnx_array(&array, proto, &source);
    if (status != CNN_OK)
        return status;
    reader->stored += cnn_array_bytes(&array);
    return keep(reader, array, &value->constant);
}

cnn_status cnn_onnx_fetch_constants(cnn_onnx_reader *reader) {
    cnn_status status = CNN_OK;
    reader->budget = (cnn_budget){.bytes = cnn_memory_available() / 2, .work = max_work};
    for (int64_t i = 0; status == CNN_OK && i < reader->graph.count; i++)
        status = fetch(reader, &reader->values[i]);
    reader->budget = cnn_onnx_constant_budget(reader->stored);
    reader->budget.work = max_work;
    return status;
}

cnn_status cnn_onnx_fold_constants(cnn_onnx_reader *reader) {
    bool folded;
    cnn_status status = cnn_onnx_fetch_constants(reader);
    for (size_t i = 0; status == CNN_OK && i < reader->graph.proto->n_node; i++)
        if (reader->graph.needed[i])
            status = cnn_onnx_fold_node(reader, i, &folded);
    return status;
}

void cnn_onnx_fold_release(cnn_onnx_reader *reader) {
    while (reader->kept) {
        struct cnn_onnx_kept *next = reader->kept->next;
        cnn_array_free(&reader->kept->array, &reader->budget);
        cnn_free(reader->kept);
        reader->kept = next;
    }
    cnn_onnx_release(&reader->arena);
}
