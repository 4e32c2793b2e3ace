/* IDX files, plain and .gz, as images and as labels, whole and limited. */
#include "base/memory.h"
#include "data/idx.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static const int dimensions[] = {CNN_IDX_IMAGES, CNN_IDX_LABELS};
    for (int i = 0; i < 2; i++)
        for (int64_t limit = 0; limit <= 2; limit += 2) {
            cnn_idx idx;
            cnn_error error;
            if (cnn_idx_parse(bytes, size, "input", dimensions[i], limit, &idx, &error) != CNN_OK)
                continue;
            if (idx.kept < 1 || idx.kept > idx.size[0] || !idx.values)
                __builtin_trap();
            cnn_free(idx.values);
        }
    return 0;
}
