#include "lab/images.h"

#include "base/memory.h"
#include "base/numbers.h"
#include "base/random.h"
#include "train/holdout.h"

#include <string.h>

/* Of a quick lab, by cnn_split. */
static const int64_t quick_images[CNN_LAB_PARTS] = {10000, 1000, 1000};
static const double HELD_OUT = 1.0 / 6; /* as in MNIST and Fashion-MNIST */
enum { SEED_OF_PIXELS = 101 };          /* a purpose of cnn_random_hash that training does not have */

/* ---- Copies ------------------------------------------------------------------------------------------- */

/* `to` is the image at `from` of `size` bytes a pixel, in the given order. */
static void copy_pixels(const void *from, void *to, size_t size, const int64_t *order, int64_t pixels) {
    if (!order)
        memcpy(to, from, (size_t)pixels * size);
    for (int64_t k = 0; order && k < pixels; k++)
        memcpy((char *)to + (size_t)k * size, (const char *)from + (size_t)order[k] * size, size);
}

static void copy_image(const cnn_data *data, int64_t index, const int64_t *order, cnn_data *to, int64_t at) {
    const int64_t pixels = data->height * data->width;
    const size_t channels = (size_t)data->channels;
    if (data->values)
        copy_pixels(data->values + index * cnn_data_image_bytes(data), cnn_data_values(to, at),
                    channels * sizeof *data->values, order, pixels);
    else
        copy_pixels(data->pixels + index * cnn_data_image_bytes(data), cnn_data_pixels(to, at), channels,
                    order, pixels);
    to->labels[at] = data->labels[index];
}

cnn_status cnn_lab_copy(cnn_data **copy, const cnn_data *data, const int64_t *indices, int64_t count,
                        const int64_t *order, cnn_error *error) {
    const int64_t shape[3] = {data->channels, data->height, data->width};
    *copy = cnn_data_new(data->origin, error);
    if (!*copy)
        return CNN_ERROR_MEMORY;
    cnn_status status =
        (data->values ? cnn_data_reserve_floats : cnn_data_reserve)(*copy, count, shape, error);
    if (status == CNN_OK)
        status = cnn_data_name_classes(*copy, data->classes, (const char *const *)data->names, error);
    for (int64_t k = 0; status == CNN_OK && k < count; k++)
        copy_image(data, indices ? indices[k] : k, order, *copy, k);
    return status;
}

/* ---- Choosing ----------------------------------------------------------------------------------------- */

/* Some of a data set's images. */
typedef struct selection {
    const cnn_data *source; /* NULL: there are none */
    int64_t *numbers;       /* of the images within it, ascending; owned */
    int64_t count;
} selection;

static cnn_status select_all(selection *s, const cnn_data *source, cnn_error *error) {
    s->source = source;
    s->count = source ? source->count : 0;
    s->numbers = cnn_allocate((size_t)s->count, sizeof *s->numbers, "the numbers of images", error);
    for (int64_t i = 0; s->numbers && i < s->count; i++)
        s->numbers[i] = i;
    return s->numbers ? CNN_OK : CNN_ERROR_MEMORY;
}

/* At most so many of them, evenly spread. */
static void thin_out(selection *s, int64_t most) {
    const int64_t count = cnn_min(s->count, most);
    for (int64_t k = 0; k < count; k++)
        s->numbers[k] = s->numbers[cnn_lab_spread(k, count, s->count)];
    s->count = count;
}

/* Keep the images that a draw put into this split. */
static void keep_split(selection *s, const cnn_holdout *holdout, cnn_split split) {
    int64_t kept = 0;
    for (int64_t k = 0; k < s->count; k++)
        if (holdout->splits[s->numbers[k]] == split)
            s->numbers[kept++] = s->numbers[k];
    s->count = kept;
}

/* There are no test images: share out the training images. Both selections are all of them. */
static cnn_status hold_out(selection *training, selection *test, uint64_t seed, cnn_error *error) {
    const cnn_data *data = training->source;
    cnn_holdout holdout;
    cnn_status status = cnn_holdout_new(&holdout, data->count, seed, error);
    if (status != CNN_OK)
        return status;
    status = cnn_holdout_draw(&holdout, data->labels, data->classes, CNN_SPLIT_TEST, HELD_OUT, error);
    if (status == CNN_OK) {
        keep_split(training, &holdout, CNN_SPLIT_TRAIN);
        keep_split(test, &holdout, CNN_SPLIT_TEST);
    }
    cnn_holdout_free(&holdout);
    return status;
}

static cnn_status select_parts(selection parts[CNN_LAB_PARTS], const cnn_lab_options *options,
                               cnn_error *error) {
    const cnn_data *given[CNN_LAB_PARTS] = {[CNN_SPLIT_TRAIN] = options->training,
                                            [CNN_SPLIT_TEST] =
                                                options->test ? options->test : options->training,
                                            [CNN_SPLIT_VALIDATION] = options->validation};
    cnn_status status = CNN_OK;
    for (int i = 0; status == CNN_OK && i < CNN_LAB_PARTS; i++)
        status = select_all(&parts[i], given[i], error);
    if (status == CNN_OK && !options->test)
        status = hold_out(&parts[CNN_SPLIT_TRAIN], &parts[CNN_SPLIT_TEST], options->seed, error);
    for (int i = 0; status == CNN_OK && options->quick && i < CNN_LAB_PARTS; i++)
        thin_out(&parts[i], quick_images[i]);
    return status;
}

/* The selected images, copied unless they are all that there are. */
static cnn_status take_part(cnn_lab_images *images, int part, const selection *s, cnn_error *error) {
    cnn_status status = CNN_OK;
    if (s->source && s->count < s->source->count)
        status = cnn_lab_copy(&images->owned[part], s->source, s->numbers, s->count, NULL, error);
    images->part[part] = images->owned[part] ? images->owned[part] : s->source;
    return status;
}

cnn_status cnn_lab_images_choose(cnn_lab_images *images, const cnn_lab_options *options, cnn_error *error) {
    selection parts[CNN_LAB_PARTS] = {0};
    images->test_part = options->test ? CNN_SPLIT_TEST : CNN_SPLIT_TRAIN;
    cnn_status status = select_parts(parts, options, error);
    for (int i = 0; status == CNN_OK && i < CNN_LAB_PARTS; i++)
        status = take_part(images, i, &parts[i], error);
    images->test_numbers = parts[CNN_SPLIT_TEST].numbers;
    cnn_free(parts[CNN_SPLIT_TRAIN].numbers);
    cnn_free(parts[CNN_SPLIT_VALIDATION].numbers);
    return status;
}

void cnn_lab_images_free(cnn_lab_images *images) {
    for (int i = 0; i < CNN_LAB_PARTS; i++)
        cnn_data_free(images->owned[i]);
    cnn_free(images->test_numbers);
    *images = (cnn_lab_images){0};
}

/* ---- Another order ------------------------------------------------------------------------------------ */

int64_t *cnn_lab_pixel_order(int64_t pixels, uint64_t seed, cnn_error *error) {
    int64_t *order = cnn_allocate((size_t)pixels, sizeof *order, "the order of the pixels", error);
    cnn_random random;
    cnn_random_seed(&random, cnn_random_hash(seed, SEED_OF_PIXELS));
    for (int64_t k = 0; order && k < pixels; k++)
        order[k] = k;
    if (order)
        cnn_random_shuffle(&random, order, pixels);
    return order;
}

cnn_status cnn_lab_images_reorder(cnn_lab_images *reordered, const cnn_lab_images *images,
                                  const int64_t *order, cnn_error *error) {
    cnn_status status = CNN_OK;
    for (int i = 0; status == CNN_OK && i < CNN_LAB_PARTS; i++)
        if (images->part[i]) {
            status = cnn_lab_copy(&reordered->owned[i], images->part[i], NULL, images->part[i]->count, order,
                                  error);
            reordered->part[i] = reordered->owned[i];
        }
    return status;
}
