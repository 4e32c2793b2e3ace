#include "train/balance.h"

#include "base/memory.h"
#include "base/random.h"

#include <string.h>

void cnn_balance_free(cnn_balance *b) {
    cnn_free(b->images);
    cnn_free(b->room);
    cnn_free(b->first);
    *b = (cnn_balance){0};
}

/* Class by class; those without images are left out. */
static void sort(cnn_balance *b, const int64_t *images, const int32_t *labels, int64_t classes) {
    int64_t at = 0;
    for (int64_t c = 0; c < classes; c++) {
        const int64_t begin = at;
        for (int64_t i = 0; i < b->count; i++)
            if (labels[images[i]] == c)
                b->images[at++] = images[i];
        if (at > begin)
            b->first[b->classes++] = begin;
    }
    b->first[b->classes] = at;
}

cnn_status cnn_balance_make(cnn_balance *b, const int64_t *images, int64_t count, const int32_t *labels,
                            int64_t classes, cnn_error *error) {
    *b = (cnn_balance){.count = count};
    b->images = cnn_allocate((size_t)count, sizeof *b->images, "the images of the classes", error);
    b->room = cnn_allocate((size_t)count, sizeof *b->room, "the images of the classes", error);
    b->first = cnn_allocate((size_t)classes + 1, sizeof *b->first, "the images of the classes", error);
    if (!b->images || !b->room || !b->first) {
        cnn_balance_free(b);
        return CNN_ERROR_MEMORY;
    }
    sort(b, images, labels, classes);
    return CNN_OK;
}

void cnn_balance_order(cnn_balance *b, uint64_t seed, int epoch, int64_t *order) {
    cnn_random random;
    cnn_random_seed(&random, cnn_random_hash(seed, (uint64_t)epoch));
    memcpy(b->room, b->images, (size_t)b->count * sizeof *b->room);
    for (int64_t c = 0; c < b->classes; c++)
        cnn_random_shuffle(&random, b->room + b->first[c], b->first[c + 1] - b->first[c]);
    for (int64_t i = 0; i < b->count; i++) {
        const int64_t c = i % b->classes, images = b->first[c + 1] - b->first[c];
        order[i] = b->room[b->first[c] + i / b->classes % images];
    }
    cnn_random_shuffle(&random, order, b->count);
}
