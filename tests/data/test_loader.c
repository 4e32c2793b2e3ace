/* The loader: its batches are those of direct access, in order, whatever the thread does. */
#include "support/byte_data.h"
#include "support/cmocka.h"

#include "base/random.h"
#include "data/dataset.h"
#include "data/loader.h"

#include <stdlib.h>
#include <string.h>

enum { COUNT = 23, CHANNELS = 3, HEIGHT = 5, WIDTH = 4, IMAGE = CHANNELS * HEIGHT * WIDTH, BATCH = 4 };

static const float mean[CHANNELS] = {0.1f, 0.4f, 0.6f}, deviation[CHANNELS] = {0.3f, 0.5f, 0.2f};

static cnn_data *make_data(void) {
    uint8_t images[COUNT * IMAGE];
    int32_t labels[COUNT];
    for (int i = 0; i < COUNT * IMAGE; i++)
        images[i] = (uint8_t)(1 + (97 * i + i / 256) % 255); /* never 0, which is what shifts bring in */
    for (int i = 0; i < COUNT; i++)
        labels[i] = i % 7;
    cnn_data *data = byte_data((cnn_input_options){CHANNELS, HEIGHT, WIDTH}, COUNT, images, labels, 7);
    return data;
}

static cnn_loader *make_loader(const cnn_data *data, int64_t batch, bool augment, uint64_t seed) {
    cnn_loader_options options = {.batch = batch, .mean = mean, .deviation = deviation};
    const cnn_augmentation shift = {CNN_AUGMENT_CROP, 2};
    assert_int_equal(
        cnn_augmenting_make(&options.augmenting, &shift, augment ? 1 : 0, seed, data->channels, false, NULL),
        CNN_OK);
    cnn_loader *loader;
    assert_int_equal(cnn_loader_new(&loader, data, &options, NULL), CNN_OK);
    return loader;
}

/* Indices in a shuffled order. */
static void shuffle(int64_t indices[COUNT], uint64_t seed) {
    cnn_random random;
    cnn_random_seed(&random, seed);
    for (int64_t i = 0; i < COUNT; i++)
        indices[i] = i;
    cnn_random_shuffle(&random, indices, COUNT);
}

static float normalised(int value, int channel) {
    return ((float)value / 255.0f - mean[channel]) / deviation[channel];
}

static void is_image(const cnn_data *data, int64_t index, const float *image) {
    const uint8_t *pixels = cnn_data_pixels(data, index);
    for (int i = 0; i < IMAGE; i++)
        assert_true(image[i] == normalised(pixels[i], i % CHANNELS));
}

/* Take the rest of a pass from `first` on and compare each image. */
static void gives_pass(cnn_loader *loader, const cnn_data *data, const int64_t *indices, int64_t first,
                       int64_t size) {
    for (int64_t at = first; at < COUNT; at += size) {
        cnn_batch batch = cnn_loader_next(loader);
        assert_int_equal(batch.count, at + size <= COUNT ? size : COUNT - at);
        for (int64_t i = 0; i < batch.count; i++) {
            is_image(data, indices[at + i], batch.images + i * IMAGE);
            assert_int_equal(batch.labels[i], cnn_data_label(data, indices[at + i]));
        }
    }
    for (int again = 0; again < 2; again++)
        assert_int_equal(cnn_loader_next(loader).count, 0);
}

static void same_as_direct_access(void **state) {
    (void)state;
    int64_t indices[COUNT];
    cnn_data *data = make_data();
    const int64_t sizes[] = {1, 4, 7, 22, 23, 24, 1000000};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        cnn_loader *loader = make_loader(data, sizes[s], false, 0);
        for (int64_t epoch = 0; epoch < 3; epoch++) {
            shuffle(indices, (uint64_t)epoch);
            cnn_loader_start(loader, indices, COUNT, 0, epoch);
            gives_pass(loader, data, indices, 0, sizes[s]);
        }
        cnn_loader_free(loader);
    }
    cnn_data_free(data);
}

static void resumes_within_a_pass(void **state) {
    (void)state;
    int64_t indices[COUNT];
    cnn_data *data = make_data();
    cnn_loader *loader = make_loader(data, BATCH, false, 0);
    shuffle(indices, 5);
    for (int64_t first = 0; first < COUNT + BATCH; first += BATCH) {
        cnn_loader_start(loader, indices, COUNT, first, 0);
        gives_pass(loader, data, indices, first, BATCH);
    }
    cnn_loader_free(loader);
    cnn_data_free(data);
}

/* A new pass may begin after any number of batches of the last one. */
static void ends_a_pass_early(void **state) {
    (void)state;
    int64_t abandoned[COUNT], indices[COUNT];
    cnn_data *data = make_data();
    cnn_loader *loader = make_loader(data, BATCH, false, 0);
    shuffle(abandoned, 1);
    shuffle(indices, 2);
    for (int taken = 0; taken <= 6; taken++) {
        cnn_loader_start(loader, abandoned, COUNT, 0, 0);
        for (int i = 0; i < taken; i++)
            cnn_loader_next(loader);
        cnn_loader_start(loader, indices, COUNT, 0, 0);
        gives_pass(loader, data, indices, 0, BATCH);
    }
    cnn_loader_start(loader, abandoned, COUNT, 0, 0);
    cnn_loader_free(loader); /* in the middle of a pass */
    cnn_data_free(data);
}

/* The thread, which reads ahead, has let go of a stopped pass's indices. */
static void indices_of_a_stopped_pass_may_change(void **state) {
    (void)state;
    int64_t indices[COUNT];
    cnn_data *data = make_data();
    cnn_loader *loader = make_loader(data, BATCH, false, 0);
    for (unsigned pass = 0; pass < 100; pass++) {
        shuffle(indices, pass);
        cnn_loader_start(loader, indices, COUNT, 0, 0);
        cnn_loader_next(loader);
        cnn_loader_stop(loader);
        assert_int_equal(cnn_loader_next(loader).count, 0);
    }
    cnn_loader_free(loader);
    cnn_data_free(data);
}

static void batch_lives_until_the_next_call(void **state) {
    (void)state;
    int64_t indices[COUNT];
    cnn_data *data = make_data();
    cnn_loader *loader = make_loader(data, BATCH, false, 0);
    shuffle(indices, 3);
    cnn_loader_start(loader, indices, COUNT, 0, 0);
    for (int64_t at = 0; at < COUNT; at += BATCH) {
        cnn_batch batch = cnn_loader_next(loader);
        for (int again = 0; again < 200; again++) /* while the thread fills the other slot */
            is_image(data, indices[at], batch.images);
    }
    cnn_loader_free(loader);
    cnn_data_free(data);
}

static void nothing_before_the_first_pass(void **state) {
    (void)state;
    cnn_data *data = make_data();
    cnn_loader *loader = make_loader(data, BATCH, false, 0);
    assert_int_equal(cnn_loader_next(loader).count, 0);
    cnn_loader_start(loader, NULL, 0, 0, 0);
    assert_int_equal(cnn_loader_next(loader).count, 0);
    cnn_loader_free(loader);
    cnn_data_free(data);
}

/* ---- Augmentation ---- */

/* All images of one pass in the order of their indices. */
static void augmented_pass(const cnn_data *data, int64_t batch, uint64_t seed, int64_t epoch, uint64_t order,
                           float images[COUNT * IMAGE]) {
    int64_t indices[COUNT], at = 0;
    cnn_loader *loader = make_loader(data, batch, true, seed);
    shuffle(indices, order);
    cnn_loader_start(loader, indices, COUNT, 0, epoch);
    for (cnn_batch got; (got = cnn_loader_next(loader)).count > 0; at += got.count)
        for (int64_t i = 0; i < got.count; i++)
            memcpy(images + indices[at + i] * IMAGE, got.images + i * IMAGE, IMAGE * sizeof *images);
    assert_int_equal(at, COUNT);
    cnn_loader_free(loader);
}

/* Neither the order nor the batches matter; the seed and the epoch do. */
static void shifts_depend_on_seed_and_epoch_alone(void **state) {
    (void)state;
    static float first[COUNT * IMAGE], second[COUNT * IMAGE];
    cnn_data *data = make_data();
    augmented_pass(data, 4, 9, 1, 100, first);
    augmented_pass(data, 7, 9, 1, 200, second);
    assert_memory_equal(first, second, sizeof first);
    augmented_pass(data, 4, 9, 2, 100, second);
    assert_memory_not_equal(first, second, sizeof first);
    augmented_pass(data, 4, 8, 1, 100, second);
    assert_memory_not_equal(first, second, sizeof first);
    cnn_data_free(data);
}

static bool is_shifted(const uint8_t *pixels, int dy, int dx, const float *image) {
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            for (int c = 0; c < CHANNELS; c++) {
                int from_y = y - dy, from_x = x - dx;
                bool inside = from_y >= 0 && from_y < HEIGHT && from_x >= 0 && from_x < WIDTH;
                int value = inside ? pixels[(from_y * WIDTH + from_x) * CHANNELS + c] : 0;
                if (image[(y * WIDTH + x) * CHANNELS + c] != normalised(value, c))
                    return false;
            }
    return true;
}

/* Each image is moved by exactly one of the 25 shifts, and each shift occurs. */
static void shifts_by_up_to_two_pixels(void **state) {
    (void)state;
    static float images[COUNT * IMAGE];
    int seen[5][5] = {{0}};
    cnn_data *data = make_data();
    for (int64_t epoch = 0; epoch < 20; epoch++) {
        augmented_pass(data, 4, 3, epoch, 1, images);
        for (int64_t i = 0; i < COUNT; i++) {
            int matches = 0;
            for (int dy = -2; dy <= 2; dy++)
                for (int dx = -2; dx <= 2; dx++)
                    if (is_shifted(cnn_data_pixels(data, i), dy, dx, images + i * IMAGE)) {
                        matches++;
                        seen[dy + 2][dx + 2]++;
                    }
            assert_int_equal(matches, 1);
        }
    }
    for (int i = 0; i < 25; i++)
        assert_true(seen[i / 5][i % 5] > 0);
    cnn_data_free(data);
}

/* An image narrower than the shift becomes black, nothing else. */
/* Pixels that a byte could hold, as floats: the same batches, bit for bit. */
static void floats_are_loaded_as_bytes_are(void **state) {
    (void)state;
    float images[COUNT * IMAGE];
    int32_t labels[COUNT] = {0};
    int64_t indices[COUNT];
    cnn_data *bytes = make_data(), *floats;
    assert_int_equal(cnn_data_images(bytes, 0, COUNT, images, NULL), CNN_OK);
    const cnn_data_arrays arrays = {.count = COUNT,
                                    .channels = CHANNELS,
                                    .height = HEIGHT,
                                    .width = WIDTH,
                                    .floats = images,
                                    .labels = labels,
                                    .classes = 1};
    assert_int_equal(cnn_data_from_arrays(&floats, &arrays, NULL), CNN_OK);
    shuffle(indices, 3);
    for (int augment = 0; augment < 2; augment++) {
        cnn_loader *a = make_loader(bytes, COUNT, augment, 9), *b = make_loader(floats, COUNT, augment, 9);
        cnn_loader_start(a, indices, COUNT, 0, 1);
        cnn_loader_start(b, indices, COUNT, 0, 1);
        assert_memory_equal(cnn_loader_next(a).images, cnn_loader_next(b).images, sizeof images);
        cnn_loader_free(a);
        cnn_loader_free(b);
    }
    cnn_data_free(bytes);
    cnn_data_free(floats);
}

static void shifts_tiny_images(void **state) {
    (void)state;
    const uint8_t pixel[COUNT] = {0};
    int32_t labels[COUNT] = {0};
    int64_t indices[COUNT];
    cnn_data *data = byte_data((cnn_input_options){1, 1, 1}, COUNT, pixel, labels, 1);
    cnn_loader *loader = make_loader(data, COUNT, true, 0);
    shuffle(indices, 0);
    cnn_loader_start(loader, indices, COUNT, 0, 0);
    cnn_batch batch = cnn_loader_next(loader);
    assert_int_equal(batch.count, COUNT);
    for (int i = 0; i < COUNT; i++)
        assert_true(batch.images[i] == normalised(0, 0));
    cnn_loader_free(loader);
    cnn_data_free(data);
}

/* ---- Bounds ---- */

static void says_what_it_allocates(void **state) {
    (void)state;
    cnn_data *data = make_data();
    const int64_t framed = CHANNELS * (HEIGHT + 3) * (WIDTH + 3), rows = CHANNELS * (2 * WIDTH + 1);
    const int64_t table = 4 * (CHANNELS * 256 + rows + framed + IMAGE), image = IMAGE * 4 + 2 * 4;
    assert_int_equal(cnn_loader_bytes(data, BATCH), 2 * BATCH * image + table);
    assert_int_equal(cnn_loader_bytes(data, INT64_MAX),
                     2 * COUNT * image + table); /* never more than the data */
    cnn_data_free(data);
}

static void rejects_bad_options(void **state) {
    (void)state;
    const float zero[CHANNELS] = {1, 0, 1};
    cnn_data *data = make_data();
    cnn_error error;
    cnn_loader *loader = (cnn_loader *)&error;
    assert_int_equal(
        cnn_loader_new(&loader, data, &(cnn_loader_options){.mean = mean, .deviation = deviation}, &error),
        CNN_ERROR_ARGUMENT);
    assert_null(loader);
    assert_non_null(strstr(error.message, "batch must be at least 1, not 0"));
    assert_int_equal(cnn_loader_new(&loader, data,
                                    &(cnn_loader_options){.batch = 1, .mean = mean, .deviation = zero},
                                    &error),
                     CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "channel 1: the standard deviation must be above 0"));
    cnn_loader_free(NULL);
    cnn_data_free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_as_direct_access),
        cmocka_unit_test(resumes_within_a_pass),
        cmocka_unit_test(ends_a_pass_early),
        cmocka_unit_test(indices_of_a_stopped_pass_may_change),
        cmocka_unit_test(batch_lives_until_the_next_call),
        cmocka_unit_test(nothing_before_the_first_pass),
        cmocka_unit_test(shifts_depend_on_seed_and_epoch_alone),
        cmocka_unit_test(shifts_by_up_to_two_pixels),
        cmocka_unit_test(floats_are_loaded_as_bytes_are),
        cmocka_unit_test(shifts_tiny_images),
        cmocka_unit_test(says_what_it_allocates),
        cmocka_unit_test(rejects_bad_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
