#include "onnx/input_size.h"

#include "base/memory.h"
#include "base/text.h"

#include <inttypes.h>
#include <string.h>

typedef CnnOnnx__TensorShapeProto__Dimension dimension;

int64_t cnn_onnx_dimension(const CnnOnnx__TensorShapeProto *shape, size_t axis) {
    const dimension *dim = shape->dim[axis];
    const bool given = dim->value_case == CNN_ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
    return given && dim->dim_value > 0 ? dim->dim_value : 0;
}

/* NULL where the input is no tensor of four axes. */
static CnnOnnx__TensorShapeProto *shape_of(const cnn_onnx_reader *reader) {
    const CnnOnnx__TypeProto *type = reader->input->symbol->input->type;
    if (!type || type->value_case != CNN_ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE)
        return NULL;
    CnnOnnx__TensorShapeProto *shape = type->tensor_type->shape;
    return shape && shape->n_dim == 4 ? shape : NULL;
}

/* "any x 3 x any x any" */
static void describe(cnn_text *text, const CnnOnnx__TensorShapeProto *shape) {
    for (size_t axis = 0; axis < shape->n_dim; axis++) {
        const int64_t size = cnn_onnx_dimension(shape, axis);
        cnn_text_append(text, "%s", axis ? " x " : "");
        if (size)
            cnn_text_append(text, "%" PRId64, size);
        else
            cnn_text_append(text, "any");
    }
}

/* What was a name becomes a number; the unpacker allocated the name. */
static void set(dimension *dim, int64_t size) {
    if (dim->value_case == CNN_ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM)
        cnn_free(dim->dim_param);
    dim->value_case = CNN_ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
    dim->dim_value = size;
}

static cnn_status fail_other(const cnn_onnx_reader *reader, const CnnOnnx__TensorShapeProto *shape,
                             const int64_t *given) {
    cnn_text text = {0};
    describe(&text, shape);
    cnn_status status =
        cnn_fail(reader->error, CNN_ERROR_ARGUMENT,
                 "%s: its input \"%s\" is %s, so that %" PRId64 " x %" PRId64 " x %" PRId64 " x %" PRId64
                 " does not fit: only sizes that the file leaves free can be chosen",
                 reader->graph.origin, cnn_onnx_printable(reader->input->symbol->name).text,
                 text.data ? text.data : "", given[0], given[1], given[2], given[3]);
    cnn_free(text.data);
    return status;
}

cnn_status cnn_onnx_size_input(const cnn_onnx_reader *reader, const cnn_input_size *images) {
    const char *name = reader->input->symbol->name;
    CnnOnnx__TensorShapeProto *shape = shape_of(reader);
    if (images->name && strcmp(images->name, name) != 0)
        return cnn_fail(reader->error, CNN_ERROR_ARGUMENT, "%s: it has no input \"%s\"; its input is \"%s\"",
                        reader->graph.origin, images->name, cnn_onnx_printable(name).text);
    if (!shape)
        return cnn_fail(reader->error, CNN_ERROR_ARGUMENT,
                        "%s: its input \"%s\" does not have four axes, so that no size can be chosen",
                        reader->graph.origin, cnn_onnx_printable(name).text);
    for (size_t axis = 1; axis < shape->n_dim; axis++) {
        const int64_t size = cnn_onnx_dimension(shape, axis);
        if (images->shape[axis] < 1 || (size && size != images->shape[axis]))
            return fail_other(reader, shape, images->shape);
    }
    for (size_t axis = 1; axis < shape->n_dim; axis++)
        set(shape->dim[axis], images->shape[axis]);
    return CNN_OK;
}

cnn_status cnn_onnx_fail_free(const cnn_onnx_reader *reader) {
    const char *name = cnn_onnx_printable(reader->input->symbol->name).text;
    cnn_text sizes = {0};
    describe(&sizes, reader->input->symbol->input->type->tensor_type->shape);
    cnn_status status =
        cnn_fail(reader->error, CNN_ERROR_UNSUPPORTED,
                 "%s: its input \"%s\" is %s, and a network's images have one size: choose it with "
                 "--input-shape (in C: cnn_net_open_sized), as --input-shape 1x3x224x224 for N,C,H,W",
                 reader->graph.origin, name, sizes.data ? sizes.data : "");
    cnn_free(sizes.data);
    return status;
}
