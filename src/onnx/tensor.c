#include "onnx/tensor.h"

#include "base/memory.h"

#include <inttypes.h>
#include <string.h>

#define DATA(name) CNN_ONNX__TENSOR_PROTO__DATA_TYPE__##name

static const char *type_name(int32_t type) {
    static const char *const names[] = {"undefined", "float",  "uint8",     "int8",       "uint16",  "int16",
                                        "int32",     "int64",  "string",    "bool",       "float16", "double",
                                        "uint32",    "uint64", "complex64", "complex128", "bfloat16"};
    return type >= 0 && (size_t)type < sizeof names / sizeof names[0] ? names[type] : "an unknown type";
}

/* What the file has of the tensor, as bytes of the machine. */
typedef struct contents {
    const void *values;
    size_t bytes;
} contents;

static contents find_contents(const CnnOnnx__TensorProto *proto, int32_t type) {
    if (proto->has_raw_data)
        return (contents){proto->raw_data.data, proto->raw_data.len};
    if (type == DATA(FLOAT))
        return (contents){proto->float_data, proto->n_float_data * sizeof(float)};
    return (contents){proto->int64_data, proto->n_int64_data * sizeof(int64_t)};
}

static cnn_status read_shape(const cnn_onnx_node *node, const CnnOnnx__TensorProto *proto, const char *what,
                             cnn_onnx_tensor *tensor) {
    if (proto->n_dims > CNN_MAX_RANK)
        return cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED, "the %s has %zu axes; at most %d are supported",
                             what, proto->n_dims, CNN_MAX_RANK);
    tensor->shape = cnn_shape_of((int)proto->n_dims, proto->dims);
    tensor->elements = 1;
    for (int i = 0; i < tensor->shape.rank; i++)
        if (!cnn_multiply(tensor->elements, tensor->shape.dim[i], &tensor->elements))
            return cnn_onnx_fail(node, CNN_ERROR_FORMAT, "the %s has a negative or too large shape", what);
    return CNN_OK;
}

static cnn_status check_kind(const cnn_onnx_node *node, const CnnOnnx__TensorProto *proto, const char *what,
                             int32_t type) {
    if (proto->data_location == CNN_ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL || proto->n_external_data)
        return cnn_onnx_fail(
            node, CNN_ERROR_UNSUPPORTED,
            "the %s lies in another file (external data), which is not supported: save the model as "
            "one file",
            what);
    if (proto->segment)
        return cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED, "the %s is stored in segments", what);
    if (proto->data_type != type)
        return cnn_onnx_fail(node, CNN_ERROR_UNSUPPORTED, "the %s has elements of %s, expected %s", what,
                             type_name(proto->data_type), type_name(type));
    return CNN_OK;
}

/* Of FLOAT or INT64. */
static cnn_status read_tensor(const cnn_onnx_node *node, const CnnOnnx__TensorProto *proto, const char *what,
                              int32_t type, cnn_onnx_tensor *tensor) {
    const size_t element = type == DATA(FLOAT) ? sizeof(float) : sizeof(int64_t);
    *tensor = (cnn_onnx_tensor){0};
    cnn_status status = check_kind(node, proto, what, type);
    if (status == CNN_OK)
        status = read_shape(node, proto, what, tensor);
    if (status != CNN_OK)
        return status;
    const contents found = find_contents(proto, type);
    int64_t bytes;
    char shape[CNN_SHAPE_TEXT];
    if (!cnn_multiply(tensor->elements, (int64_t)element, &bytes) || (uint64_t)bytes != found.bytes)
        return cnn_onnx_fail(node, CNN_ERROR_FORMAT,
                             "the %s of shape [%s] has %zu bytes, expected %" PRId64 " elements of %zu", what,
                             cnn_shape_text(&tensor->shape, shape), found.bytes, tensor->elements, element);
    tensor->reals = type == DATA(FLOAT) ? found.values : NULL;
    tensor->integers = type == DATA(INT64) ? found.values : NULL;
    return CNN_OK;
}

cnn_status cnn_onnx_reals(const cnn_onnx_node *node, const CnnOnnx__TensorProto *proto, const char *what,
                          cnn_onnx_tensor *tensor) {
    return read_tensor(node, proto, what, DATA(FLOAT), tensor);
}

cnn_status cnn_onnx_integers(const cnn_onnx_node *node, const CnnOnnx__TensorProto *proto, const char *what,
                             cnn_onnx_tensor *tensor) {
    return read_tensor(node, proto, what, DATA(INT64), tensor);
}

cnn_status cnn_onnx_truth(const cnn_onnx_node *node, const CnnOnnx__TensorProto *proto, const char *what,
                          bool *value) {
    cnn_status status = check_kind(node, proto, what, DATA(BOOL));
    if (status != CNN_OK)
        return status;
    if (proto->has_raw_data && proto->raw_data.len == 1)
        *value = proto->raw_data.data[0] != 0;
    else if (!proto->has_raw_data && proto->n_int32_data == 1)
        *value = proto->int32_data[0] != 0;
    else
        return cnn_onnx_fail(node, CNN_ERROR_FORMAT, "the %s must be one bool", what);
    return CNN_OK;
}

bool cnn_onnx_is_per_channel(const cnn_onnx_tensor *tensor, const cnn_onnx_view *view) {
    const bool vector = cnn_onnx_view_is_flat(view) && cnn_onnx_view_is_in_order(view);
    const int64_t channels = vector ? cnn_onnx_view_elements(view) : view->size[CNN_ONNX_CHANNELS];
    const int axis = vector ? 1 : cnn_onnx_view_channel_axis(view), missing = view->rank - tensor->shape.rank;
    bool fits = missing >= 0 && (tensor->elements == 1 || tensor->elements == channels);
    for (int i = 0; fits && tensor->elements > 1 && i < tensor->shape.rank; i++)
        fits = tensor->shape.dim[i] == (i + missing == axis ? channels : 1);
    return fits;
}
