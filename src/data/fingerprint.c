#include "data/fingerprint.h"

#include "base/hash.h"
#include "base/random.h"
#include "data/dataset.h"

#include <inttypes.h>
#include <stdio.h>

enum { SAMPLE = 64 };

static void add_meaning(uint64_t *hash, const cnn_data *data, int64_t index) {
    const int64_t targets = data->targets_per_image;
    if (data->targets)
        cnn_hash_add(hash, data->targets + index * targets, (size_t)targets * sizeof *data->targets);
    else
        cnn_hash_add(hash, &data->labels[index], sizeof data->labels[index]);
}

static void add_image(uint64_t *hash, const cnn_data *data, int64_t index) {
    const size_t values = (size_t)cnn_data_image_bytes(data);
    if (data->values)
        cnn_hash_add(hash, cnn_data_values(data, index), values * sizeof *data->values);
    else
        cnn_hash_add(hash, cnn_data_pixels(data, index), values);
}

void cnn_data_fingerprint(const cnn_data *data, const int64_t *indices, int64_t count,
                          char fingerprint[CNN_FINGERPRINT_BYTES]) {
    const int64_t sizes[] = {count, data->channels, data->height, data->width, data->targets_per_image};
    uint64_t hash = CNN_HASH_START;
    cnn_hash_add(&hash, sizes, sizeof sizes);
    for (int64_t i = 0; i < count; i++)
        add_meaning(&hash, data, indices ? indices[i] : i);
    cnn_random random;
    cnn_random_seed(&random, (uint64_t)count);
    for (int64_t i = 0; i < SAMPLE && count > 0; i++) {
        const int64_t drawn = cnn_random_below(&random, count);
        add_image(&hash, data, indices ? indices[drawn] : drawn);
    }
    snprintf(fingerprint, CNN_FINGERPRINT_BYTES, "%016" PRIx64, hash);
}
