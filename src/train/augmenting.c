/* How the training images are augmented, and a look at the result. */
#include "base/memory.h"
#include "base/random.h"
#include "data/batch_images.h"
#include "data/dataset.h"
#include "train/training.h"

#include <inttypes.h>
#include <string.h>

static uint64_t seed_of(uint64_t seed) {
    return cnn_random_hash(seed, CNN_SEED_OF_AUGMENTATION);
}

/* The option `augment` is a crop by 2 pixels before the list. */
cnn_status cnn_training_augmenting(const cnn_training *training, cnn_augmenting *augmenting,
                                   cnn_error *error) {
    const cnn_train_options *options = &training->state.options;
    cnn_augmentation list[CNN_AUGMENT_KINDS + 1] = {{CNN_AUGMENT_CROP, 2}};
    const int first = options->augment ? 1 : 0, count = options->augmentation_count;
    if (count < 0 || count > CNN_AUGMENT_KINDS || (count > 0 && !options->augmentations))
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "a list of %d augmentations: there may be 0 to %d, and none twice", count,
                        CNN_AUGMENT_KINDS);
    if (count > 0)
        memcpy(list + first, options->augmentations, (size_t)count * sizeof *list);
    return cnn_augmenting_make(augmenting, list, first + count, seed_of(options->seed),
                               training->data->channels, training->data->targets != NULL, error);
}

/* ---- A look ------------------------------------------------------------------------------------------ */

/* H,W,C -> C,H,W */
static void to_planes(const float *from, const int64_t shape[3], float *to) {
    const int64_t plane = shape[1] * shape[2];
    for (int64_t c = 0; c < shape[0]; c++)
        for (int64_t i = 0; i < plane; i++)
            to[c * plane + i] = from[i * shape[0] + c];
}

static cnn_status look(const cnn_data *data, int64_t index, const cnn_augmenting *augmenting, int epoch,
                       float *image, cnn_error *error) {
    const size_t channels = (size_t)data->channels;
    float *scratch =
        cnn_allocate(2 * channels + (size_t)cnn_data_image_bytes(data), sizeof *scratch, "an image", error);
    if (!scratch)
        return CNN_ERROR_MEMORY;
    float *zero = scratch, *one = zero + channels, *made = one + channels;
    for (size_t c = 0; c < channels; c++)
        one[c] = 1;
    cnn_batch_images images;
    cnn_status status = cnn_batch_images_make(&images, data, zero, one, augmenting, error);
    if (status == CNN_OK) {
        if (augmenting->amount[CNN_AUGMENT_ERASE] > 0 || augmenting->amount[CNN_AUGMENT_CUTOUT] > 0)
            cnn_data_statistics(data, images.erased, NULL); /* reads the whole data set */
        cnn_batch_image(&images, index, epoch, made);
        to_planes(made, images.shape, image);
    }
    cnn_batch_images_free(&images);
    cnn_free(scratch);
    return status;
}

cnn_status cnn_data_augmented(const cnn_data *data, int64_t index, const cnn_augmentation *augmentations,
                              int count, uint64_t seed, int epoch, float *image, cnn_error *error) {
    cnn_status status = cnn_required(error, data, augmentations, image);
    if (status != CNN_OK)
        return status;
    if (index < 0 || index >= data->count)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "image %" PRId64 " of %" PRId64 " (from 0) does not exist",
                        index, data->count);
    cnn_augmenting augmenting;
    status =
        cnn_augmenting_make(&augmenting, augmentations, count, seed_of(seed), data->channels, false, error);
    return status == CNN_OK ? look(data, index, &augmenting, epoch, image, error) : status;
}
