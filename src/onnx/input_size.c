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

/* NULL where the input is no tensor, or one of no shape. */
static CnnOnnx__TensorShapeProto *shape_of(const cnn_onnx_reader *reader) {
    const CnnOnnx__TypeProto *type = reader->input->symbol->input->type;
    const bool tensor = type && type->value_case == CNN_ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    return tensor ? type->tensor_type->shape : NULL;
}

/* Its own sizes, and one that may be where there is none: "1x3x224x224". */
static void give_example(cnn_text *text, const CnnOnnx__TensorShapeProto *shape) {
    for (size_t axis = 0; axis < shape->n_dim; axis++) {
        const int64_t size = cnn_onnx_dimension(shape, axis);
        cnn_text_append(text, "%s%" PRId64, axis ? "x" : "", size ? size : axis ? 224 : 1);
    }
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
                             const int64_t *given, size_t axes) {
    cnn_text text = {0}, sizes = {0};
    describe(&text, shape);
    for (size_t axis = 0; axis < axes; axis++)
        cnn_text_append(&sizes, "%s%" PRId64, axis ? " x " : "", given[axis]);
    cnn_status status = cnn_fail(
        reader->error, CNN_ERROR_ARGUMENT,
        "%s: its input \"%s\" is %s, so that %s does not fit: all of its axes have to be given, and only "
        "sizes that the file leaves free can be chosen",
        reader->graph.origin, cnn_onnx_printable(reader->input->symbol->name).text,
        text.data ? text.data : "", sizes.data ? sizes.data : "");
    cnn_free(text.data);
    cnn_free(sizes.data);
    return status;
}

static bool fits(const CnnOnnx__TensorShapeProto *shape, const cnn_input_size *images, size_t axes) {
    bool fits = shape->n_dim == axes;
    for (size_t axis = 1; fits && axis < axes; axis++) {
        const int64_t size = cnn_onnx_dimension(shape, axis);
        fits = images->shape[axis] >= 1 && (!size || size == images->shape[axis]);
    }
    return fits;
}

cnn_status cnn_onnx_size_input(const cnn_onnx_reader *reader, const cnn_input_size *images) {
    const char *name = reader->input->symbol->name;
    const size_t axes = (size_t)cnn_input_size_axes(images);
    CnnOnnx__TensorShapeProto *shape = shape_of(reader);
    if (images->name && strcmp(images->name, name) != 0)
        return cnn_fail(reader->error, CNN_ERROR_ARGUMENT, "%s: it has no input \"%s\"; its input is \"%s\"",
                        reader->graph.origin, images->name, cnn_onnx_printable(name).text);
    if (!shape)
        return cnn_fail(reader->error, CNN_ERROR_ARGUMENT,
                        "%s: its input \"%s\" has no shape, so that no size can be chosen",
                        reader->graph.origin, cnn_onnx_printable(name).text);
    if (!fits(shape, images, axes))
        return fail_other(reader, shape, images->shape, axes);
    for (size_t axis = 1; axis < shape->n_dim; axis++)
        set(shape->dim[axis], images->shape[axis]);
    return CNN_OK;
}

cnn_status cnn_onnx_fail_free(const cnn_onnx_reader *reader) {
    const char *name = cnn_onnx_printable(reader->input->symbol->name).text;
    cnn_text sizes = {0}, example = {0};
    describe(&sizes, shape_of(reader));
    give_example(&example, shape_of(reader));
    cnn_status status =
        cnn_fail(reader->error, CNN_ERROR_UNSUPPORTED,
                 "%s: its input \"%s\" is %s, and a network's images have one size: choose it with "
                 "--input-shape (in C: cnn_net_open_sized; in Python: input_shape=), as --input-shape %s",
                 reader->graph.origin, name, sizes.data ? sizes.data : "", example.data ? example.data : "");
    cnn_free(sizes.data);
    cnn_free(example.data);
    return status;
}
