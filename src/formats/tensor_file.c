#include "formats/tensor_file.h"

#include "base/file.h"
#include "base/memory.h"
#include "arrays/npy.h"
#include "onnx/array.h"
#include "onnx/wire.h"

_Static_assert(CNN_TENSOR_AXES == (int)CNN_MAX_RANK, "a tensor of cnn.h has as many axes as an array");

static cnn_status parse_message(cnn_array *array, const void *bytes, size_t size, const char *origin,
                                cnn_error *error) {
    cnn_array within = {0};
    const cnn_onnx_source source = {.origin = origin, .error = error};
    cnn_status status = cnn_onnx_check_tensor_wire(bytes, size, origin, error);
    if (status != CNN_OK)
        return status;
    CnnOnnx__TensorProto *proto = cnn_onnx__tensor_proto__unpack(NULL, size, bytes);
    if (!proto)
        return cnn_fail(error, CNN_ERROR_FORMAT,
                        "%s: cannot be unpacked as an ONNX tensor, or memory ran out", origin);
    status = cnn_onnx_array(&within, proto, &source);
    if (status == CNN_OK)
        status = cnn_array_copy(array, &within, NULL, error);
    cnn_array_free(&within, NULL);
    cnn_onnx__tensor_proto__free_unpacked(proto, NULL);
    return status;
}

cnn_status cnn_tensor_file_parse(cnn_array *array, const void *bytes, size_t size, const char *origin,
                                 cnn_error *error) {
    *array = (cnn_array){0};
    return cnn_npy_begins(bytes, size) ? cnn_npy_read(array, bytes, size, origin, error)
                                       : parse_message(array, bytes, size, origin, error);
}

cnn_status cnn_tensor_array(const cnn_tensor *tensor, cnn_array *array, cnn_error *error) {
    const char *name = tensor->name ? tensor->name : "";
    if (!cnn_type_known(tensor->type) || tensor->rank < 0 || tensor->rank > CNN_TENSOR_AXES || !tensor->data)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "the tensor \"%s\" has no data, no known type or a rank outside 0 to %d", name,
                        CNN_TENSOR_AXES);
    const cnn_shape shape = cnn_shape_of(tensor->rank, tensor->shape);
    int64_t bytes = (int64_t)cnn_type_size(tensor->type);
    for (int i = 0; i < shape.rank; i++)
        if (!cnn_multiply(bytes, shape.dim[i] == 0 ? 1 : shape.dim[i], &bytes))
            return cnn_fail(error, CNN_ERROR_ARGUMENT, "the tensor \"%s\" has a negative or too large size",
                            name);
    *array = cnn_array_over(tensor->type, &shape, tensor->data);
    return CNN_OK;
}

cnn_tensor cnn_array_tensor(const cnn_array *array, const char *name) {
    cnn_tensor tensor = {.name = name, .type = array->type, .rank = array->shape.rank, .data = array->data};
    for (int i = 0; i < tensor.rank; i++)
        tensor.shape[i] = array->shape.dim[i];
    return tensor;
}

/* ---- cnn.h ----------------------------------------------------------------------------------------- */

cnn_status cnn_tensor_read(cnn_tensor *tensor, const char *path, cnn_error *error) {
    cnn_bytes bytes;
    cnn_array array;
    cnn_status status = cnn_required(error, tensor, path);
    if (status != CNN_OK)
        return status;
    *tensor = (cnn_tensor){0};
    status = cnn_file_read(path, &bytes, error);
    if (status != CNN_OK)
        return status;
    status = cnn_tensor_file_parse(&array, bytes.data, bytes.size, path, error);
    cnn_free(bytes.data);
    if (status == CNN_OK)
        *tensor = cnn_array_tensor(&array, NULL);
    return status;
}

void cnn_tensor_free(cnn_tensor *tensor) {
    if (!tensor)
        return;
    cnn_free((void *)tensor->data);
    *tensor = (cnn_tensor){0};
}

cnn_status cnn_tensor_write(const cnn_tensor *tensor, const char *path, cnn_error *error) {
    cnn_array array;
    void *bytes;
    size_t size;
    cnn_status status = cnn_required(error, tensor, path);
    if (status == CNN_OK)
        status = cnn_tensor_array(tensor, &array, error);
    if (status == CNN_OK)
        status = cnn_npy_write(&array, &bytes, &size, error);
    if (status != CNN_OK)
        return status;
    status = cnn_file_replace(path, bytes, size, error);
    cnn_free(bytes);
    return status;
}
