/* The lab's networks: budgets, shifted images, shuffled pixels, patches, threads. */
#include "cnn_lab.h"

#include "base/memory.h"
#include "lab/experiment.h"
#include "lab/images.h"
#include "lab/opponent.h"
#include "lab/shift_counts.h"
#include "support/byte_data.h"
#include "support/cmocka.h"
#include "support/folder.h"
#include "support/small_training.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 8, AREA = SIDE * SIDE, TRAINING = 200, TEST = 60 };

static cnn_train_options budget(void) {
    cnn_train_options options = small_options();
    options.epochs = 2;
    return options;
}

static cnn_lab lab_of(const cnn_lab_options *options) {
    cnn_lab lab;
    cnn_error error;
    if (cnn_lab_run(&lab, options, &error) != CNN_OK)
        fail_msg("%s", error.message);
    return lab;
}

/* A network that is not trained yet, without a run. */
static cnn_lab lab_with(const cnn_data *training, const cnn_data *test, int threads) {
    cnn_net *net = small_net();
    const cnn_train_options train = budget();
    cnn_lab lab = lab_of(&(cnn_lab_options){
        .net = net, .training = training, .test = test, .train = &train, .seed = 4, .threads = threads});
    cnn_net_free(net);
    return lab;
}

/* ---- Shifts ------------------------------------------------------------------------------------------- */

/* The images moved down and to the right by other means: through bytes, pixel by pixel. */
static cnn_data *shifted_data(const cnn_data *data, int down, int right) {
    uint8_t *images = malloc((size_t)data->count * AREA);
    assert_non_null(images);
    for (int64_t i = 0; i < data->count; i++)
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++) {
                int from_y = y - down, from_x = x - right;
                from_y = from_y < 0 ? 0 : from_y > SIDE - 1 ? SIDE - 1 : from_y;
                from_x = from_x < 0 ? 0 : from_x > SIDE - 1 ? SIDE - 1 : from_x;
                images[i * AREA + y * SIDE + x] = data->pixels[i * AREA + from_y * SIDE + from_x];
            }
    cnn_data *shifted =
        byte_data((cnn_input_options){1, SIDE, SIDE}, data->count, images, data->labels, data->classes);
    free(images);
    return shifted;
}

static int64_t correct_of(const cnn_net *net, const cnn_data *data) {
    cnn_evaluation evaluation;
    assert_int_equal(cnn_evaluate(net, data, 1, &evaluation, NULL), CNN_OK);
    const int64_t correct = evaluation.correct;
    cnn_evaluation_free(&evaluation);
    return correct;
}

/* Trained in a folder: then it is the CNN itself. */
static cnn_net *trained_in(const char *folder, const cnn_data *data) {
    cnn_net *net = small_net();
    cnn_train_options options = budget();
    options.run_directory = folder;
    options.overwrite = true;
    train_expecting(CNN_OK, net, data, &options, NULL);
    return net;
}

static void a_run_enters_as_it_is_and_shifts_count_as_shifted_images_do(void **state) {
    cnn_data *training = small_data(TRAINING), *test = small_noise(TEST);
    cnn_net *net = trained_in(*state, training);
    cnn_lab lab = lab_of(&(cnn_lab_options){.net = net,
                                            .trained = true,
                                            .training = training,
                                            .test = test,
                                            .run_directory = *state,
                                            .seed = 99,
                                            .threads = 1});
    const cnn_lab_network *cnn = &lab.networks[CNN_LAB_CNN];
    assert_true(lab.from_run && !cnn->trained_here && !lab.networks[CNN_LAB_MODEL].there);
    assert_int_equal(lab.train.epochs, 2);
    assert_int_equal(lab.train.seed, 7);
    assert_int_equal(lab.train.update.optimizer, CNN_OPTIMIZER_ADAM);
    assert_int_equal(cnn->shifted[6][6], correct_of(net, test));
    for (int k = 0; k < CNN_LAB_SIDE * CNN_LAB_SIDE; k += 5) {
        cnn_data *shifted = shifted_data(test, k / CNN_LAB_SIDE - 6, k % CNN_LAB_SIDE - 6);
        assert_int_equal(cnn->shifted[k / CNN_LAB_SIDE][k % CNN_LAB_SIDE], correct_of(net, shifted));
        cnn_data_free(shifted);
    }
    cnn_lab_free(&lab);
    cnn_net_free(net);
    cnn_data_free(training);
    cnn_data_free(test);
}

static void without_a_run_there_are_4_epochs(void **state) {
    (void)state;
    cnn_data *training = small_data(TRAINING), *test = small_noise(TEST);
    cnn_net *net = small_net();
    cnn_lab lab = lab_of(&(cnn_lab_options){.net = net, .training = training, .test = test});
    assert_int_equal(lab.train.epochs, 4);
    assert_int_equal(lab.train.batch, 128);
    cnn_lab_free(&lab);
    cnn_net_free(net);
    cnn_data_free(training);
    cnn_data_free(test);
}

static void a_shift_by_nothing_is_the_plain_accuracy(void **state) {
    (void)state;
    cnn_data *training = small_data(TRAINING), *test = small_noise(TEST);
    cnn_lab lab = lab_with(training, test, 1);
    for (int role = CNN_LAB_CNN; role <= CNN_LAB_DENSE; role++) {
        const cnn_lab_network *network = &lab.networks[role];
        assert_true(network->there && network->trained_here);
        assert_int_equal(network->shifted[CNN_LAB_LARGEST_SHIFT][CNN_LAB_LARGEST_SHIFT], network->correct);
        assert_float_equal(network->accuracy, (double)network->correct / TEST, 1e-12);
    }
    assert_int_equal(lab.train.seed, 4);
    assert_true(lab.networks[CNN_LAB_DENSE_SHUFFLED].there && !lab.networks[CNN_LAB_MODEL].there);
    cnn_lab_free(&lab);
    cnn_data_free(training);
    cnn_data_free(test);
}

static void a_run_on_other_images_is_refused(void **state) {
    cnn_data *training = small_data(TRAINING), *more = small_data(TRAINING + 1), *test = small_noise(TEST);
    cnn_net *net = trained_in(*state, training);
    cnn_lab lab;
    cnn_error error;
    cnn_lab_options options = {
        .net = net, .trained = true, .training = more, .test = test, .run_directory = *state};
    assert_int_equal(cnn_lab_run(&lab, &options, &error), CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "was trained on 200 images, and these are 201"));
    cnn_net_free(net);
    cnn_data_free(training);
    cnn_data_free(more);
    cnn_data_free(test);
}

static void a_run_is_not_judged_by_images_that_trained_it(void **state) {
    cnn_data *training = small_data(TRAINING);
    cnn_net *net = trained_in(*state, training);
    cnn_lab lab = lab_of(
        &(cnn_lab_options){.net = net, .trained = true, .training = training, .run_directory = *state});
    assert_int_equal(lab.test_part, CNN_SPLIT_TRAIN);
    assert_true(lab.from_run && lab.networks[CNN_LAB_CNN].trained_here);
    assert_false(lab.networks[CNN_LAB_MODEL].there);
    cnn_lab_free(&lab);
    cnn_net_free(net);
    cnn_data_free(training);
}

/* By a network that is quick: it is shown 2,000 images 169 times. */
static void of_many_test_images_some_are_shifted_evenly_spread(void **state) {
    (void)state;
    enum { MANY = 5000, SHIFTED = 2000 };
    cnn_data *test = small_noise(MANY), *spread;
    cnn_net *net;
    assert_int_equal(cnn_net_parse(&net, "input 1x8x8\nflatten\ndense 4\nsoftmax", NULL, NULL), CNN_OK);
    assert_int_equal(cnn_net_initialise(net, 5), CNN_OK);
    cnn_lab lab = {0};
    const cnn_lab_options options = {.threads = 1};
    const cnn_experiment experiment = {.options = &options, .lab = &lab, .images.part[CNN_SPLIT_TEST] = test};
    cnn_lab_network network = {0};
    assert_int_equal(cnn_lab_count_shifted(&experiment, net, "shifting", &network, NULL), CNN_OK);
    int64_t numbers[SHIFTED];
    for (int64_t k = 0; k < SHIFTED; k++)
        numbers[k] = k * 5 / 2;
    assert_int_equal(cnn_lab_copy(&spread, test, numbers, SHIFTED, NULL, NULL), CNN_OK);
    assert_int_equal(lab.shifted_images, SHIFTED);
    assert_int_equal(network.shifted[6][6], correct_of(net, spread));
    assert_true(network.shifted[6][6] > 0 && network.shifted[6][6] < SHIFTED);
    cnn_data_free(spread);
    cnn_data_free(test);
    cnn_net_free(net);
}

/* ---- The opponent ------------------------------------------------------------------------------------- */

static void the_opponent_has_about_as_many_parameters(void **state) {
    (void)state;
    static const char *const models[] = {"basic", "lenet5", "vgg-small"};
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        cnn_net *net, *dense;
        int64_t shape[3];
        assert_int_equal(cnn_net_open(&net, models[i], NULL, NULL), CNN_OK);
        assert_int_equal(cnn_lab_opponent(&dense, net, NULL), CNN_OK);
        cnn_net_input(net, shape);
        const int64_t of_a_unit = shape[0] * shape[1] * shape[2] + 1 + cnn_net_outputs(net);
        assert_true(llabs(cnn_net_parameters(dense) - cnn_net_parameters(net)) <= of_a_unit / 2);
        assert_int_equal(cnn_net_output_kind(dense), CNN_OUTPUT_PROBABILITIES);
        cnn_net_free(net);
        cnn_net_free(dense);
    }
}

/* ---- Shuffled pixels ---------------------------------------------------------------------------------- */

static cnn_data *reordered(const cnn_data *data, const int64_t *order) {
    cnn_data *copy;
    assert_int_equal(cnn_lab_copy(&copy, data, NULL, data->count, order, NULL), CNN_OK);
    return copy;
}

/* Weights are small whole numbers and pixels 0 or 1, so that no sum is rounded, in whatever order. */
static void a_dense_network_loses_nothing_when_its_weights_are_shuffled_as_the_pixels(void **state) {
    (void)state;
    enum { UNITS = 9, IMAGES = 50 };
    uint8_t images[IMAGES * AREA];
    int32_t labels[IMAGES];
    float weights[UNITS * AREA], moved[UNITS * AREA], plain[IMAGES * 4], shuffled[IMAGES * 4];
    float *pixels = malloc(sizeof(float) * IMAGES * AREA);
    for (int i = 0; i < IMAGES * AREA; i++)
        images[i] = (uint8_t)(i * 7919 % 13 < 5 ? 255 : 0);
    for (int i = 0; i < IMAGES; i++)
        labels[i] = i % 4;
    for (int i = 0; i < UNITS * AREA; i++)
        weights[i] = (float)(i * 31 % 17 - 8);
    int64_t *order = cnn_lab_pixel_order(AREA, 6, NULL);
    for (int i = 0; i < UNITS * AREA; i++)
        moved[i] = weights[i / AREA * AREA + order[i % AREA]];
    cnn_data *data = byte_data((cnn_input_options){1, SIDE, SIDE}, IMAGES, images, labels, 4);
    cnn_data *other = reordered(data, order);
    cnn_net *net;
    assert_int_equal(cnn_net_parse(&net, "input 1x8x8\nflatten\ndense 9 relu\ndense 4", NULL, NULL), CNN_OK);
    assert_int_equal(cnn_net_initialise(net, 1), CNN_OK);
    const struct {
        const cnn_data *data;
        const float *weights;
        float *outputs;
    } runs[] = {{data, weights, plain}, {other, moved, shuffled}};
    for (int k = 0; k < 2; k++) {
        cnn_predictor *predictor;
        assert_int_equal(cnn_net_set_parameter(net, "fc_1.weight", runs[k].weights, UNITS * AREA, NULL),
                         CNN_OK);
        assert_int_equal(cnn_data_images(runs[k].data, 0, IMAGES, pixels, NULL), CNN_OK);
        assert_int_equal(cnn_predictor_new(&predictor, net, NULL, NULL), CNN_OK);
        assert_int_equal(cnn_predictor_run(predictor, pixels, IMAGES, runs[k].outputs, NULL), CNN_OK);
        cnn_predictor_free(predictor);
    }
    assert_memory_equal(plain, shuffled, sizeof plain);
    assert_memory_not_equal(data->pixels, other->pixels, AREA);
    cnn_net_free(net);
    cnn_data_free(data);
    cnn_data_free(other);
    cnn_free(order);
    free(pixels);
}

/* ---- Budget, threads, patches ------------------------------------------------------------------------- */

static void expect_same_layers(const cnn_lab *a, const cnn_lab *b) {
    assert_int_equal(a->layer_count, b->layer_count);
    for (int64_t i = 0; i < a->layer_count; i++) {
        const cnn_lab_layer *one = &a->layers[i], *other = &b->layers[i];
        assert_memory_equal(one->change, other->change, sizeof one->change);
        assert_memory_equal(one->equivariance_error, other->equivariance_error,
                            sizeof one->equivariance_error);
        for (int64_t k = 0; k < one->channels * CNN_LAB_PATCHES; k++) {
            assert_int_equal(one->patches[k].image, other->patches[k].image);
            assert_memory_equal(&one->patches[k].value, &other->patches[k].value, sizeof(float));
        }
    }
}

static void threads_change_no_figure(void **state) {
    (void)state;
    cnn_data *training = small_data(TRAINING), *test = small_noise(TEST);
    cnn_lab one = lab_with(training, test, 1), three = lab_with(training, test, 3);
    for (int role = 0; role < CNN_LAB_ROLES; role++) {
        assert_int_equal(one.networks[role].correct, three.networks[role].correct);
        assert_memory_equal(one.networks[role].shifted, three.networks[role].shifted,
                            sizeof one.networks[role].shifted);
    }
    expect_same_layers(&one, &three);
    cnn_lab_free(&one);
    cnn_lab_free(&three);
    cnn_data_free(training);
    cnn_data_free(test);
}

/* Without test images some training images are kept from training; patches tell their numbers. */
static void images_are_held_out_where_there_are_no_test_images(void **state) {
    (void)state;
    cnn_data *training = small_data(TRAINING);
    cnn_net *net = small_net();
    train_expecting(CNN_OK, net, training, &(cnn_train_options){.epochs = 1, .seed = 1, .threads = 1}, NULL);
    const cnn_train_options train = budget();
    cnn_lab lab = lab_of(&(cnn_lab_options){
        .net = net, .trained = true, .training = training, .train = &train, .seed = 4, .threads = 1});
    assert_int_equal(lab.test_part, CNN_SPLIT_TRAIN);
    assert_int_equal(lab.training_images + lab.test_images, TRAINING);
    assert_int_equal(lab.test_images, 33);
    assert_true(lab.networks[CNN_LAB_MODEL].there && lab.networks[CNN_LAB_CNN].there);
    const cnn_lab_layer *conv = &lab.layers[0];
    float image[AREA], values[6 * 36];
    cnn_inspector *inspector;
    assert_int_equal(cnn_inspector_new(&inspector, net, NULL, NULL), CNN_OK);
    for (int64_t k = 0; k < conv->channels * CNN_LAB_PATCHES; k++) {
        const cnn_lab_patch *patch = &conv->patches[k];
        assert_int_equal(cnn_data_images(training, patch->image, 1, image, NULL), CNN_OK);
        assert_int_equal(cnn_inspector_run(inspector, image, 1, NULL), CNN_OK);
        assert_int_equal(cnn_inspector_output(inspector, conv->name, values, 6 * 36, NULL), CNN_OK);
        const int64_t map = k / CNN_LAB_PATCHES * 36;
        assert_float_equal(values[map + patch->row * 6 + patch->column], patch->value, 0);
        for (int64_t i = 0; i < 36; i++)
            assert_true(values[map + i] <= patch->value);
        assert_int_equal(patch->first_row, patch->row);
        assert_int_equal(patch->end_column, patch->column + 3);
        assert_true(k % CNN_LAB_PATCHES == 0 || conv->patches[k - 1].value >= patch->value);
    }
    cnn_inspector_free(inspector);
    cnn_lab_free(&lab);
    cnn_net_free(net);
    cnn_data_free(training);
}

static bool stop_at_the_dense_network(void *user, const cnn_lab_progress *progress) {
    (void)user;
    assert_true(progress->share >= 0 && progress->share <= 1);
    return strcmp(progress->doing, "training the dense network") != 0;
}

static void a_lab_that_is_stopped_says_where_and_leaves_nothing(void **state) {
    (void)state;
    cnn_data *training = small_data(TRAINING), *test = small_noise(TEST);
    cnn_net *net = small_net();
    const cnn_train_options train = budget();
    cnn_lab lab;
    cnn_error error;
    const cnn_lab_options options = {.net = net,
                                     .training = training,
                                     .test = test,
                                     .train = &train,
                                     .threads = 1,
                                     .progress = stop_at_the_dense_network};
    assert_int_equal(cnn_lab_run(&lab, &options, &error), CNN_STOPPED);
    assert_null(lab.layers);
    cnn_net_free(net);
    cnn_data_free(training);
    cnn_data_free(test);
}

static void a_network_that_is_no_classifier_is_refused(void **state) {
    (void)state;
    cnn_data *training = small_data(TRAINING);
    cnn_net *net;
    cnn_lab lab;
    cnn_error error;
    assert_int_equal(cnn_net_parse(&net, "input 1x8x8\nconv 1 3x3\nrelu", NULL, NULL), CNN_OK);
    assert_int_equal(cnn_lab_run(&lab, &(cnn_lab_options){.net = net, .training = training}, &error),
                     CNN_ERROR_UNSUPPORTED);
    assert_non_null(strstr(error.message, "classifier"));
    cnn_net_free(net);
    cnn_data_free(training);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_run_enters_as_it_is_and_shifts_count_as_shifted_images_do,
                                        folder_new, folder_remove),
        cmocka_unit_test_setup_teardown(a_run_on_other_images_is_refused, folder_new, folder_remove),
        cmocka_unit_test_setup_teardown(a_run_is_not_judged_by_images_that_trained_it, folder_new,
                                        folder_remove),
        cmocka_unit_test(without_a_run_there_are_4_epochs),
        cmocka_unit_test(a_shift_by_nothing_is_the_plain_accuracy),
        cmocka_unit_test(of_many_test_images_some_are_shifted_evenly_spread),
        cmocka_unit_test(the_opponent_has_about_as_many_parameters),
        cmocka_unit_test(a_dense_network_loses_nothing_when_its_weights_are_shuffled_as_the_pixels),
        cmocka_unit_test(threads_change_no_figure),
        cmocka_unit_test(images_are_held_out_where_there_are_no_test_images),
        cmocka_unit_test(a_lab_that_is_stopped_says_where_and_leaves_nothing),
        cmocka_unit_test(a_network_that_is_no_classifier_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
