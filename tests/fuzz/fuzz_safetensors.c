/* safetensors files: refused with a message, or tensors whose every byte lies within the file. */
#include "base/memory.h"
#include "formats/safetensors.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    cnn_safetensors file;
    cnn_error error = {0};
    cnn_bytes copy = {.data = cnn_allocate(size, 1, "a copy", NULL), .size = size};
    volatile uint8_t sum = 0;
    if (!copy.data)
        return 0;
    if (size)
        memcpy(copy.data, bytes, size);
    cnn_status status = cnn_safetensors_parse(copy, "input", &file, &error);
    if (status != CNN_OK && (!error.message[0] || file.tensors))
        __builtin_trap();
    for (int64_t i = 0; i < file.count; i++) {
        const cnn_safetensor *tensor = &file.tensors[i];
        if (cnn_safetensors_find(&file, tensor->name) != tensor)
            __builtin_trap();
        for (size_t k = 0; k < tensor->size; k++)
            sum = (uint8_t)(sum + ((const uint8_t *)tensor->data)[k]);
    }
    cnn_safetensors_free(&file);
    return 0;
}
