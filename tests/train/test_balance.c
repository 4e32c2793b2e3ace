/* Orders in which every class comes as often as any other, and parts of the images for cross-validation. */
#include "data/dataset.h"
#include "support/cmocka.h"
#include "support/small_training.h"
#include "train/holdout.h"

#include <stdlib.h>
#include <string.h>

enum { IMAGES = 40, CLASSES = 4 };

/* 28 of class 0, 8 of class 1, 4 of class 3, none of class 2. */
static void draw_labels(int32_t labels[IMAGES]) {
    for (int i = 0; i < IMAGES; i++)
        labels[i] = i < 28 ? 0 : i < 36 ? 1 : 3;
}

static cnn_balance make(const int32_t labels[IMAGES]) {
    cnn_balance balance;
    int64_t images[IMAGES];
    for (int i = 0; i < IMAGES; i++)
        images[i] = IMAGES - 1 - i;
    assert_int_equal(cnn_balance_make(&balance, images, IMAGES, labels, CLASSES, NULL), CNN_OK);
    return balance;
}

static void classes_come_alike(void **state) {
    (void)state;
    int32_t labels[IMAGES];
    int64_t order[IMAGES], of_class[CLASSES] = {0}, of_image[IMAGES] = {0};
    draw_labels(labels);
    cnn_balance balance = make(labels);
    cnn_balance_order(&balance, 7, 1, order);
    for (int i = 0; i < IMAGES; i++) {
        of_class[labels[order[i]]]++;
        of_image[order[i]]++;
    }
    assert_in_range(of_class[0], 13, 14);
    assert_in_range(of_class[1], 13, 14);
    assert_int_equal(of_class[2], 0);
    assert_in_range(of_class[3], 13, 14);
    for (int i = 0; i < IMAGES; i++) { /* all images of a class come about as often as each other */
        const int64_t images = i < 28 ? 28 : i < 36 ? 8 : 4;
        assert_in_range(of_image[i], 13 / images, 14 / images + 1);
    }
    cnn_balance_free(&balance);
}

static void frequent_images_come_by_turns(void **state) {
    (void)state;
    int32_t labels[IMAGES];
    int64_t order[IMAGES], again[IMAGES], seen[IMAGES] = {0}, missing = 0;
    draw_labels(labels);
    cnn_balance balance = make(labels);
    for (int epoch = 1; epoch <= 20; epoch++) {
        cnn_balance_order(&balance, 7, epoch, order);
        for (int i = 0; i < IMAGES; i++)
            seen[order[i]]++;
    }
    for (int i = 0; i < IMAGES; i++)
        missing += seen[i] == 0;
    assert_int_equal(missing, 0);
    cnn_balance_order(&balance, 7, 20, again);
    assert_memory_equal(again, order, sizeof order);
    cnn_balance_free(&balance);
}

static void each_image_validates_in_one_fold(void **state) {
    (void)state;
    enum { FOLDS = 3 };
    int32_t labels[IMAGES];
    int64_t times[IMAGES] = {0};
    draw_labels(labels);
    for (int fold = 1; fold <= FOLDS; fold++) {
        cnn_holdout holdout;
        int64_t of_class[CLASSES] = {0};
        assert_int_equal(cnn_holdout_new(&holdout, IMAGES, 5, NULL), CNN_OK);
        assert_int_equal(cnn_holdout_fold(&holdout, labels, CLASSES, FOLDS, fold, NULL), CNN_OK);
        assert_int_equal(cnn_holdout_arrange(&holdout, NULL), CNN_OK);
        assert_in_range(holdout.validation, 13, 14);
        assert_int_equal(holdout.training, IMAGES - holdout.validation);
        for (int64_t i = 0; i < holdout.validation; i++) {
            times[holdout.indices[i]]++;
            of_class[labels[holdout.indices[i]]]++;
        }
        assert_in_range(of_class[0], 9, 10);
        assert_in_range(of_class[1], 2, 3);
        assert_in_range(of_class[3], 1, 2);
        cnn_holdout_free(&holdout);
    }
    for (int i = 0; i < IMAGES; i++)
        assert_int_equal(times[i], 1);
}

static void refuses(cnn_train_options options, const char *message) {
    cnn_error error;
    cnn_data *data = small_data(IMAGES);
    cnn_net *net = small_net();
    train_expecting(CNN_ERROR_ARGUMENT, net, data, &options, &error);
    if (!strstr(error.message, message))
        fail_msg("\"%s\" does not say \"%s\"", error.message, message);
    cnn_net_free(net);
    cnn_data_free(data);
}

static void options_that_contradict(void **state) {
    (void)state;
    cnn_train_options options = small_options();
    options.folds = 3;
    refuses(options, "fold one of them, from 1");
    options.fold = 4;
    refuses(options, "fold one of them, from 1");
    options.fold = 1;
    options.validation = 0.2;
    refuses(options, "folds cannot be used together with validation");
    options = small_options();
    options.fold = 1;
    refuses(options, "fold only applies together with folds");
    options = small_options();
    options.folds = 50;
    options.fold = 1;
    refuses(options, "50 folds need as many images, not 40");
    options = small_options();
    options.balance_sampling = options.balance_classes = true;
    refuses(options, "balance_sampling cannot be used together with weights");
}

/* What a fold trains on is decided by the seed; balanced sampling changes the weights, threads do not. */
static void trainings_differ_and_repeat(void **state) {
    (void)state;
    cnn_data *data = small_data(IMAGES);
    cnn_train_options options = small_options();
    options.folds = 3;
    options.fold = 2;
    options.balance_sampling = true;
    cnn_net *nets[2];
    for (int i = 0; i < 2; i++) {
        nets[i] = small_net();
        options.threads = i + 1;
        train_expecting(CNN_OK, nets[i], data, &options, NULL);
    }
    assert_same_parameters(nets[0], nets[1]);
    cnn_net *other = small_net();
    options.fold = 3;
    train_expecting(CNN_OK, other, data, &options, NULL);
    float *a = parameters_of(other), *b = parameters_of(nets[0]);
    assert_memory_not_equal(a, b, sizeof *a * 16);
    free(a);
    free(b);
    cnn_net_free(other);
    cnn_net_free(nets[0]);
    cnn_net_free(nets[1]);
    cnn_data_free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_come_alike),
        cmocka_unit_test(frequent_images_come_by_turns),
        cmocka_unit_test(each_image_validates_in_one_fold),
        cmocka_unit_test(options_that_contradict),
        cmocka_unit_test(trainings_differ_and_repeat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
