/* Files of one tensor, NumPy's and ONNX's: refused with a message, or an array that is written and read again
 * the same. */
#include "base/memory.h"
#include "arrays/npy.h"
#include "formats/tensor_file.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_round_trip(const cnn_array *array) {
    cnn_array again;
    void *written;
    size_t written_size;
    if (cnn_npy_write(array, &written, &written_size, NULL) != CNN_OK ||
        cnn_npy_read(&again, written, written_size, "again", NULL) != CNN_OK || again.type != array->type ||
        !cnn_shape_equal(&again.shape, &array->shape) ||
        memcmp(again.data, array->data, (size_t)array->elements * cnn_type_size(array->type)) != 0)
        __builtin_trap();
    cnn_array_free(&again, NULL);
    cnn_free(written);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    cnn_array array;
    cnn_error error = {0};
    if (cnn_tensor_file_parse(&array, bytes, size, "input", &error) == CNN_OK)
        check_round_trip(&array);
    else if (!cnn_array_empty(&array) || !error.message[0])
        __builtin_trap();
    cnn_array_free(&array, NULL);
    return 0;
}
