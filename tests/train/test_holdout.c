/* Which images validate, which are held out for testing, and in what order the others train. */
#include "train/holdout.h"

#include "support/cmocka.h"

#include <string.h>

enum { MOST = 60000 };

/* Labels 0, 1, ..., classes - 1, 0, 1, ... */
static int32_t labels[MOST];

static void set_labels(int32_t classes) {
    for (int32_t i = 0; i < MOST; i++)
        labels[i] = i % classes;
}

static cnn_holdout draw(int64_t images, int64_t classes, double test, double validation, uint64_t seed) {
    cnn_holdout holdout;
    set_labels((int32_t)classes);
    assert_int_equal(cnn_holdout_new(&holdout, images, seed, NULL), CNN_OK);
    assert_int_equal(cnn_holdout_draw(&holdout, labels, classes, CNN_SPLIT_TEST, test, NULL), CNN_OK);
    assert_int_equal(cnn_holdout_draw(&holdout, labels, classes, CNN_SPLIT_VALIDATION, validation, NULL),
                     CNN_OK);
    assert_int_equal(cnn_holdout_arrange(&holdout, NULL), CNN_OK);
    return holdout;
}

/* Every image is tested with, validates, or is in the epoch's order, once. */
static void parts_are_disjoint_and_whole(void **state) {
    (void)state;
    enum { IMAGES = 103 };
    cnn_holdout holdout = draw(IMAGES, 3, 0.2, 0.25, 3);
    int seen[IMAGES] = {0};
    assert_int_equal(holdout.test, 21);
    assert_int_equal(holdout.validation, 21); /* a quarter of those that are left */
    assert_int_equal(holdout.training, 61);
    assert_int_equal(holdout.missing, 0);
    cnn_holdout_shuffle(&holdout, 1);
    for (int64_t i = 0; i < holdout.validation; i++)
        seen[holdout.indices[i]]++;
    for (int64_t i = 0; i < holdout.training; i++)
        seen[holdout.order[i]]++;
    for (int i = 0; i < IMAGES; i++)
        assert_int_equal(seen[i], holdout.splits[i] == CNN_SPLIT_TEST ? 0 : 1);
    cnn_holdout_free(&holdout);
}

static void each_class_gives_its_share(void **state) {
    (void)state;
    enum { IMAGES = 100, CLASSES = 4 };
    cnn_holdout holdout = draw(IMAGES, CLASSES, 0.2, 0, 9);
    int64_t given[CLASSES] = {0};
    for (int i = 0; i < IMAGES; i++)
        given[labels[i]] += holdout.splits[i] == CNN_SPLIT_TEST;
    for (int i = 0; i < CLASSES; i++)
        assert_int_equal(given[i], 5);
    cnn_holdout_free(&holdout);
}

/* 6, 3 and 1 images: a fifth is 1.2, 0.6 and 0.2; of ten images two, so the second class gives one, too. */
static void the_largest_remainders_give_one_more(void **state) {
    (void)state;
    static const int32_t uneven[] = {0, 0, 0, 0, 0, 0, 1, 1, 1, 2};
    cnn_holdout holdout;
    int64_t given[3] = {0};
    assert_int_equal(cnn_holdout_new(&holdout, 10, 1, NULL), CNN_OK);
    assert_int_equal(cnn_holdout_draw(&holdout, uneven, 3, CNN_SPLIT_TEST, 0.2, NULL), CNN_OK);
    for (int i = 0; i < 10; i++)
        given[uneven[i]] += holdout.splits[i] == CNN_SPLIT_TEST;
    assert_true(given[0] == 1 && given[1] == 1 && given[2] == 0);
    cnn_holdout_free(&holdout);
}

static void the_seed_decides(void **state) {
    (void)state;
    cnn_holdout a = draw(100, 2, 0.3, 0.2, 3), b = draw(100, 2, 0.3, 0.2, 3), c = draw(100, 2, 0.3, 0.2, 4);
    assert_memory_equal(a.splits, b.splits, 100);
    assert_memory_equal(a.indices, b.indices, 70 * sizeof *a.indices);
    assert_memory_not_equal(a.splits, c.splits, 100);
    cnn_holdout_free(&a);
    cnn_holdout_free(&b);
    cnn_holdout_free(&c);
}

/* Epochs differ, and an epoch's order does not depend on those before it: training can go on from any. */
static void an_epoch_has_its_own_order(void **state) {
    (void)state;
    cnn_holdout a = draw(100, 2, 0, 0, 3), b = draw(100, 2, 0, 0, 3);
    size_t bytes = 100 * sizeof *a.order;
    cnn_holdout_shuffle(&a, 1);
    cnn_holdout_shuffle(&b, 2);
    assert_memory_not_equal(a.order, b.order, bytes);
    cnn_holdout_shuffle(&a, 2);
    assert_memory_equal(a.order, b.order, bytes);
    cnn_holdout_free(&a);
    cnn_holdout_free(&b);
}

static void counts(void **state) {
    (void)state;
    static const struct {
        int64_t images;
        double fraction;
        int64_t validation;
    } cases[] = {{60000, 0.1, 6000}, {10, 0.25, 3}, {10, 0, 0}, {10, 0.001, 1}, {1, 0, 0}, {3, 0.9, 2}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cnn_holdout holdout = draw(cases[i].images, 1, 0, cases[i].fraction, 1);
        assert_int_equal(holdout.validation, cases[i].validation);
        assert_int_equal(holdout.training, cases[i].images - cases[i].validation);
        cnn_holdout_free(&holdout);
    }
}

/* One image of each class must stay to train on. */
static void nothing_to_hold_out(void **state) {
    (void)state;
    cnn_holdout holdout;
    cnn_error error;
    set_labels(3);
    assert_int_equal(cnn_holdout_new(&holdout, 3, 1, NULL), CNN_OK);
    assert_int_equal(cnn_holdout_draw(&holdout, labels, 3, CNN_SPLIT_VALIDATION, 0.5, &error),
                     CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "3 images leave none to hold out for validation"));
    cnn_holdout_free(&holdout);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_disjoint_and_whole),
        cmocka_unit_test(each_class_gives_its_share),
        cmocka_unit_test(the_largest_remainders_give_one_more),
        cmocka_unit_test(the_seed_decides),
        cmocka_unit_test(an_epoch_has_its_own_order),
        cmocka_unit_test(counts),
        cmocka_unit_test(nothing_to_hold_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
