/* Which images validate and in what order the others train. */
#include "train/holdout.h"

#include "support/cmocka.h"

#include <string.h>

static cnn_holdout draw(int64_t images, double fraction, uint64_t seed) {
    cnn_holdout holdout;
    assert_int_equal(cnn_holdout_draw(&holdout, images, fraction, seed, NULL), CNN_OK);
    return holdout;
}

/* Every image is either held out or in the epoch's order, once. */
static void parts_are_disjoint_and_whole(void **state) {
    (void)state;
    enum { IMAGES = 103 };
    cnn_holdout holdout = draw(IMAGES, 0.2, 3);
    int seen[IMAGES] = {0};
    assert_int_equal(holdout.validation, 21);
    assert_int_equal(holdout.training, 82);
    cnn_holdout_shuffle(&holdout, 1);
    for (int64_t i = 0; i < holdout.validation; i++)
        seen[holdout.indices[i]]++;
    for (int64_t i = 0; i < holdout.training; i++)
        seen[holdout.order[i]]++;
    for (int i = 0; i < IMAGES; i++)
        assert_int_equal(seen[i], 1);
    cnn_holdout_free(&holdout);
}

static void the_seed_decides(void **state) {
    (void)state;
    cnn_holdout a = draw(100, 0.5, 3), b = draw(100, 0.5, 3), c = draw(100, 0.5, 4);
    size_t bytes = 50 * sizeof *a.indices;
    assert_memory_equal(a.indices, b.indices, bytes);
    assert_memory_not_equal(a.indices, c.indices, bytes);
    cnn_holdout_free(&a);
    cnn_holdout_free(&b);
    cnn_holdout_free(&c);
}

/* Epochs differ, and an epoch's order does not depend on those before it: training can go on from any. */
static void an_epoch_has_its_own_order(void **state) {
    (void)state;
    cnn_holdout a = draw(100, 0, 3), b = draw(100, 0, 3);
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
    } cases[] = {{60000, 0.1, 6000}, {10, 0.25, 3}, {10, 0, 0}, {10, 0.001, 1}, {1, 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cnn_holdout holdout = draw(cases[i].images, cases[i].fraction, 1);
        assert_int_equal(holdout.validation, cases[i].validation);
        assert_int_equal(holdout.training, cases[i].images - cases[i].validation);
        cnn_holdout_free(&holdout);
    }
}

static void nothing_left_to_train_on(void **state) {
    (void)state;
    cnn_holdout holdout;
    cnn_error error;
    assert_int_equal(cnn_holdout_draw(&holdout, 3, 0.9, 1, &error), CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "3 images, of which 3 are held out"));
    assert_int_equal(cnn_holdout_draw(&holdout, 0, 0, 1, &error), CNN_ERROR_ARGUMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_disjoint_and_whole), cmocka_unit_test(the_seed_decides),
        cmocka_unit_test(an_epoch_has_its_own_order),   cmocka_unit_test(counts),
        cmocka_unit_test(nothing_left_to_train_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
