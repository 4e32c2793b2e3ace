/* `cnn doctor`: silent where all is well, else findings with names of files, and the exit code 1. */
#define _GNU_SOURCE
#include "data/scratch.h"
#include "support/command.h"
#include "support/pictures.h"

#include <jansson.h>

enum { OF_EACH_CLASS = 12 };

/* Class folders a to d, each with pictures of its own. */
static void write_pictures(const char *folder) {
    for (int class = 0; class < 4; class ++)
        for (int i = 0; i < OF_EACH_CLASS; i++) {
            char path[PATH_BYTES];
            snprintf(path, sizeof path, "%s/%c/%02d.png", folder, 'a' + class, i);
            write_picture(path, class, (unsigned)(class * OF_EACH_CLASS + i));
        }
}

static void prints_nothing_where_all_is_well(void **state) {
    (void)state;
    write_pictures("well");
    command_expect("doctor model.txt --data well", 0, NULL, "");
}

static void names_the_file_that_cannot_be_read(void **state) {
    (void)state;
    write_pictures("junk");
    scratch_write("junk", "b/03.png", "this is no picture", 18);
    command_expect("doctor model.txt --data junk --quick", 1, "Fault (unreadable): 1 file cannot be read",
                   "");
    command_expect("doctor model.txt --data junk --quick", 1, "b/03.png", "");
}

static void gives_every_image_in_json(void **state) {
    (void)state;
    write_pictures("twice");
    write_picture("twice/c/zz.png", 0, 0); /* as a/00.png */
    command_result result = command_run("doctor model.txt --data twice --quick --json");
    assert_int_equal(result.code, 1);
    json_t *json = json_loads(result.out, 0, NULL);
    const json_t *finding = json_array_get(json_object_get(json, "findings"), 0);
    assert_string_equal(json_string_value(json_object_get(finding, "check")), "duplicates");
    assert_string_equal(json_string_value(json_object_get(finding, "severity")), "warning");
    const json_t *image = json_array_get(json_object_get(finding, "images"), 0);
    assert_string_equal(json_string_value(json_object_get(image, "file")), "c/zz.png");
    assert_string_equal(json_string_value(json_object_get(image, "text")),
                        "the same as training a/00.png, labelled c here, a there");
    json_decref(json);
    command_free(&result);
}

static void looks_at_the_first_images_alone_when_asked(void **state) {
    (void)state;
    command_expect("doctor model.txt --data data --quick --limit 20", 1,
                   "Fault (leak): 20 images are in the data trained on, too", "");
    command_expect("doctor model.txt --data data --quick --limit 0", 2, "", "--limit");
}

/* The test images of `data` are the first of its training images. */
static void finds_test_images_among_the_training_images(void **state) {
    (void)state;
    command_expect("doctor model.txt --data data --quick", 1,
                   "Fault (leak): 24 images are in the data trained on, too", "");
    command_expect("doctor model.txt --data data --quick", 1, "test 0: the same as training image 0", "");
}

static void needs_data(void **state) {
    (void)state;
    command_expect("doctor model.txt", 2, NULL, "--data DATA is missing");
    command_expect("doctor model.txt --data nowhere", 1, NULL, "nowhere");
    command_expect("doctor no-model --data data", 1, NULL, "no-model");
}

/* 108 updates that change nothing: the loss stays where it was, above that of guessing. */
static void training_says_after_an_epoch_what_the_doctor_sees(void **state) {
    (void)state;
    const char *const train =
        "train model.txt --data data -o stuck --overwrite --lr 1e-9 --batch 8 --epochs 9 --seed 2";
    command_expect(train, 0, "Trained in", "note: doctor (stuck), epoch 9: the loss is");
    char json[128];
    snprintf(json, sizeof json, "%s --json", train);
    command_expect(json, 0, "\"event\":\"finding\",\"check\":\"stuck\",\"severity\":\"fault\"", "");
    command_expect("doctor stuck --data data", 1, "Fault (stuck)", "");
    command_expect("doctor stuck --data data", 1, "the learning rate is too low", "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_nothing_where_all_is_well),
        cmocka_unit_test(names_the_file_that_cannot_be_read),
        cmocka_unit_test(gives_every_image_in_json),
        cmocka_unit_test(finds_test_images_among_the_training_images),
        cmocka_unit_test(looks_at_the_first_images_alone_when_asked),
        cmocka_unit_test(training_says_after_an_epoch_what_the_doctor_sees),
        cmocka_unit_test(needs_data),
    };
    return cmocka_run_group_tests(tests, command_set_up, command_tear_down);
}
