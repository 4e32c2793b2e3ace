/* Built-in networks on 32 x 32 colour pictures in CIFAR-10's files, which are made here. */
#define _GNU_SOURCE /* asprintf */
#include "support/cmocka.h"
#include "support/command.h"

#include <cnn.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PLANE = 32 * 32, RECORD = 1 + 3 * PLANE, IMAGES = 40, CLASSES = 10 };

/* The classes differ in colour alone: which channels are bright in the upper half, and in the lower one. */
static void put_picture(FILE *file, int number, unsigned *noise) {
    unsigned char record[RECORD] = {(unsigned char)(number % CLASSES)};
    for (int i = 0; i < 3 * PLANE; i++) {
        const int channel = i / PLANE, lower = i % PLANE >= PLANE / 2,
                  bright =
                      channel == (lower ? record[0] / 3 % 3 : record[0] % 3) && !(lower && record[0] == 9);
        *noise = *noise * 1664525u + 1013904223u;
        record[1 + i] = (unsigned char)(160 * bright + (int)(*noise >> 24) % 60);
    }
    assert_int_equal(fwrite(record, 1, RECORD, file), RECORD);
}

static void put_batch(const char *path, unsigned noise) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (int i = 0; i < IMAGES; i++)
        put_picture(file, i, &noise);
    fclose(file);
}

static int set_up(void **state) {
    if (command_set_up(state) != 0 || mkdir("pictures", 0777) != 0)
        return -1;
    for (int i = 1; i <= 5; i++) {
        char path[40];
        snprintf(path, sizeof path, "pictures/data_batch_%d.bin", i);
        put_batch(path, (unsigned)i);
    }
    put_batch("pictures/test_batch.bin", 6);
    return 0;
}

/* They are adapted to the pictures as they are. */
static void every_built_in_network_takes_them(void **state) {
    (void)state;
    for (const char *const *name = cnn_builtin_models(); *name; name++) {
        char *command;
        assert_true(asprintf(&command, "train %s --data pictures -o %s --limit 10 --epochs 1", *name, *name) >
                    0);
        command_expect(command, 0, "input 3 x 32 x 32, 10 outputs", NULL);
        free(command);
    }
    command_expect("test lenet5 --data pictures -q", 0, "lenet5 on pictures: 40 test images", NULL);
    command_expect("predict lenet5 --data pictures --count 1", 0, "airplane", NULL);
}

static void what_only_colour_tells_is_learnt(void **state) {
    (void)state;
    command_expect(
        "train lenet5 --data pictures -o run --epochs 4 --batch 20 --lr 0.02 --augment flip,crop:2 -q", 0, "",
        NULL);
    json_t *json = command_json("test run --data pictures --json");
    assert_int_equal(json_integer_value(json_object_get(json, "images")), IMAGES);
    assert_true(json_real_value(json_object_get(json, "accuracy")) > 0.9);
    json_decref(json);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_built_in_network_takes_them),
        cmocka_unit_test(what_only_colour_tells_is_learnt),
    };
    return cmocka_run_group_tests(tests, set_up, command_tear_down);
}
