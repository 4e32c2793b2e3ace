/* A subset of a data set's images. */
#include "base/memory.h"
#include "data/dataset.h"

#include <string.h>

void cnn_data_keep(cnn_data *data, const int64_t *indices, int64_t count) {
    const size_t image = (size_t)cnn_data_image_bytes(data);
    int64_t kept = 0;
    for (int64_t i = 0; i < data->count; i++) {
        bool wanted = kept < count && indices[kept] == i;
        if (data->files && !wanted)
            cnn_free(data->files[i]);
        if (!wanted)
            continue;
        if (kept != i)
            memcpy(cnn_data_pixels(data, kept), cnn_data_pixels(data, i), image);
        data->labels[kept] = data->labels[i];
        if (data->pictures)
            data->pictures[kept] = data->pictures[i];
        if (data->files)
            data->files[kept] = data->files[i];
        kept++;
    }
    data->count = count;
}
