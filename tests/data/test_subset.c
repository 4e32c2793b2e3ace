/* A data set that keeps some of its images: all that belongs to an image comes along. */
#include "data/dataset.h"
#include "support/cmocka.h"

#include <string.h>

enum { IMAGES = 6, PIXELS = 3, TARGETS = 2, KEPT = 3 };
static const int64_t kept[KEPT] = {0, 2, 5};

static void bytes_and_labels_move_together(void **state) {
    (void)state;
    uint8_t bytes[IMAGES * PIXELS];
    int32_t labels[IMAGES];
    for (int i = 0; i < IMAGES * PIXELS; i++)
        bytes[i] = (uint8_t)(10 * (i / PIXELS) + i % PIXELS);
    for (int i = 0; i < IMAGES; i++)
        labels[i] = i;
    const cnn_data_arrays arrays = {.count = IMAGES,
                                    .channels = 1,
                                    .height = 1,
                                    .width = PIXELS,
                                    .bytes = bytes,
                                    .labels = labels,
                                    .classes = IMAGES};
    cnn_data *data;
    assert_int_equal(cnn_data_from_arrays(&data, &arrays, NULL), CNN_OK);
    cnn_data_keep(data, kept, KEPT);
    assert_int_equal(cnn_data_count(data), KEPT);
    for (int i = 0; i < KEPT; i++) {
        assert_int_equal(cnn_data_label(data, i), kept[i]);
        assert_memory_equal(cnn_data_pixels(data, i), bytes + kept[i] * PIXELS, PIXELS);
    }
    cnn_data_free(data);
}

static void floats_and_targets_move_together(void **state) {
    (void)state;
    float floats[IMAGES * PIXELS], targets[IMAGES * TARGETS];
    for (int i = 0; i < IMAGES * PIXELS; i++)
        floats[i] = (float)i / 32;
    for (int i = 0; i < IMAGES * TARGETS; i++)
        targets[i] = (float)(100 + i);
    const cnn_data_arrays arrays = {.count = IMAGES,
                                    .channels = 1,
                                    .height = 1,
                                    .width = PIXELS,
                                    .floats = floats,
                                    .targets = targets,
                                    .targets_per_image = TARGETS};
    cnn_data *data;
    assert_int_equal(cnn_data_from_arrays(&data, &arrays, NULL), CNN_OK);
    cnn_data_keep(data, kept, KEPT);
    assert_int_equal(cnn_data_count(data), KEPT);
    for (int i = 0; i < KEPT; i++) {
        assert_memory_equal(cnn_data_values(data, i), floats + kept[i] * PIXELS, PIXELS * sizeof *floats);
        assert_memory_equal(data->targets + i * TARGETS, targets + kept[i] * TARGETS,
                            TARGETS * sizeof *targets);
    }
    cnn_data_free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_and_labels_move_together),
        cmocka_unit_test(floats_and_targets_move_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
