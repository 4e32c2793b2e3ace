/* Images that are too many for memory: they lie in a temporary file, and are the same. */
#define _GNU_SOURCE
#include "support/cmocka.h"

#include "base/memory.h"
#include "data/room.h"

#include <stdlib.h>
#include <string.h>

enum { COUNT = 100, SIDE = 40, IMAGE = SIDE * SIDE };

static const int64_t shape[3] = {1, SIDE, SIDE};

static void make(cnn_data *data, const char *megabytes) {
    cnn_error error = {0};
    setenv("CNN_DATA_MEMORY", megabytes, 1);
    if (cnn_data_reserve(data, COUNT, shape, &error) != CNN_OK)
        fail_msg("%s", error.message);
    for (int i = 0; i < COUNT * IMAGE; i++)
        data->pixels[i] = (uint8_t)(i * 31 + i / 700);
}

static void more_than_the_limit_lies_in_a_file(void **state) {
    (void)state;
    cnn_data held = {.origin = "held"}, spilled = {.origin = "spilled"};
    make(&held, "1");
    make(&spilled, "0.1");
    assert_int_equal(held.spilled, 0);
    assert_int_equal(spilled.spilled, COUNT * IMAGE);
    assert_memory_equal(held.pixels, spilled.pixels, COUNT * IMAGE);
    const int64_t wanted[] = {COUNT - 1, 0};
    cnn_data_expect(&spilled, wanted, 2);
    assert_int_equal(cnn_data_note_room(&held, NULL), CNN_OK);
    assert_int_equal(held.notes_count, 0);
    assert_int_equal(cnn_data_note_room(&spilled, NULL), CNN_OK);
    assert_non_null(strstr(spilled.notes[0], "spilled: the 100 images, 0.2 MB, lie in a temporary file in "));
    for (int i = 0; i < 2; i++) {
        cnn_data *data = i ? &spilled : &held;
        cnn_data_free_report(data);
        cnn_data_free_room(data);
        cnn_free(data->labels);
    }
}

/* What is converted lies where it fits, too, and what it was made of is gone. */
static void converted_images_may_lie_in_a_file(void **state) {
    (void)state;
    cnn_data data = {0};
    make(&data, "0.05");
    const cnn_image_options smaller = {.height = SIDE / 2, .width = SIDE / 2};
    assert_int_equal(cnn_data_convert(&data, &smaller, NULL), CNN_OK);
    assert_int_equal(data.spilled, 0);
    assert_int_equal(data.height, SIDE / 2);
    cnn_data_free_room(&data);
    cnn_free(data.labels);
}

/* It is not even tried, or the disk would be full for a moment. */
static void more_than_the_disk_holds_is_refused(void **state) {
    (void)state;
    cnn_data data = {0};
    cnn_error error = {0};
    void *room;
    assert_int_equal(cnn_data_make_room(&data, INT64_MAX, "all the images", &room, &error), CNN_ERROR_MEMORY);
    assert_non_null(strstr(error.message, "No space left on device"));
    assert_null(room);
}

/* Without a place for a file there is memory, as long as there is. */
static void no_place_for_a_file(void **state) {
    (void)state;
    const char *before = getenv("TMPDIR");
    char *old = before ? strdup(before) : NULL;
    cnn_data data = {0};
    cnn_error error = {0};
    void *room;
    setenv("TMPDIR", "/nowhere/at/all", 1);
    make(&data, "0.1");
    assert_int_equal(data.spilled, 0);
    cnn_data_free_room(&data);
    cnn_free(data.labels);
    assert_int_equal(cnn_data_make_room(&data, INT64_MAX, "all the images", &room, &error), CNN_ERROR_MEMORY);
    assert_non_null(strstr(error.message, "out of memory: all the images need "));
    assert_non_null(strstr(error.message, "cannot make a temporary file in /nowhere/at/all: No such file"));
    if (old)
        setenv("TMPDIR", old, 1);
    else
        unsetenv("TMPDIR");
    free(old);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_than_the_limit_lies_in_a_file),
        cmocka_unit_test(converted_images_may_lie_in_a_file),
        cmocka_unit_test(more_than_the_disk_holds_is_refused),
        cmocka_unit_test(no_place_for_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
