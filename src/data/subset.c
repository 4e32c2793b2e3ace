/* A subset of a data set's images. */
#include "base/memory.h"
#include "data/dataset.h"

#include <string.h>

static void move_image(cnn_data *data, int64_t from, int64_t to) {
    const size_t image = (size_t)cnn_data_image_bytes(data), targets = (size_t)data->targets_per_image;
    if (data->values)
        memcpy(cnn_data_values(data, to), cnn_data_values(data, from), image * sizeof *data->values);
    else
        memcpy(cnn_data_pixels(data, to), cnn_data_pixels(data, from), image);
    if (data->targets)
        memcpy(data->targets + (size_t)to * targets, data->targets + (size_t)from * targets,
               targets * sizeof *data->targets);
    data->labels[to] = data->labels[from];
    if (data->pictures)
        data->pictures[to] = data->pictures[from];
    if (data->files)
        data->files[to] = data->files[from];
}

void cnn_data_keep(cnn_data *data, const int64_t *indices, int64_t count) {
    int64_t kept = 0;
    for (int64_t i = 0; i < data->count; i++) {
        const bool wanted = kept < count && indices[kept] == i;
        if (data->files && !wanted)
            cnn_free(data->files[i]);
        if (wanted && kept != i)
            move_image(data, i, kept);
        kept += wanted;
    }
    data->count = count;
}
