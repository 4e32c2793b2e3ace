/* Losses of single outputs: binary cross-entropy of several sigmoids, Huber's, by labels and by targets; values by hand,
 * gradients against central differences, and trainings that reach what can be reached. */
#define _GNU_SOURCE
#include "cnn_ensemble.h"
#include "cnn_metrics.h"
#include "predict/score.h"
#include "support/cmocka.h"
#include "train/loss_rows.h"

#include <math.h>
#include <string.h>

static const float targets[ROWS * VALUES] = {1, 0, 1, 0, 1, 0};

static void gradients_are_the_slopes_of_the_losses(void **state) {
    static const cnn_loss losses[] = {CNN_LOSS_BINARY_CROSS_ENTROPY, CNN_LOSS_HUBER, CNN_LOSS_MEAN_SQUARED};
    (void)state;
    for (int k = 0; k < 3; k++) {
        const cnn_loss_input input = {.count = ROWS, .values = VALUES, .loss = losses[k]};
        cnn_loss_input by_labels = input, by_targets = input;
        by_labels.labels = loss_labels;
        by_targets.targets = targets;
        check_slopes(by_labels);
        check_slopes(by_targets);
    }
    check_slopes((cnn_loss_input){.count = ROWS,
                                  .values = VALUES,
                                  .loss = CNN_LOSS_BINARY_CROSS_ENTROPY,
                                  .targets = targets,
                                  .label_smoothing = 0.2,
                                  .focal = 1.5});
}

/* torch.nn.BCEWithLogitsLoss and HuberLoss: means over all values. */
static void values_are_the_means_of_the_definitions(void **state) {
    float gradient[ROWS * VALUES];
    double binary = 0, huber = 0;
    (void)state;
    for (int i = 0; i < ROWS * VALUES; i++) {
        const double p = 1 / (1 + exp(-(double)loss_outputs[i])),
                     off = fabs((double)loss_outputs[i] - (double)targets[i]);
        binary -= (targets[i] > 0 ? log(p) : log(1 - p)) / (ROWS * VALUES);
        huber += (off < 1 ? off * off / 2 : off - 0.5) / (ROWS * VALUES);
    }
    cnn_loss_input input = {
        .count = ROWS, .values = VALUES, .targets = targets, .loss = CNN_LOSS_BINARY_CROSS_ENTROPY};
    assert_true(fabs(loss_of(input, loss_outputs, gradient) - binary) < 1e-12);
    cnn_score score =
        cnn_score_by_targets(loss_outputs, targets, ROWS, VALUES, CNN_LOSS_BINARY_CROSS_ENTROPY);
    assert_true(fabs(score.loss / ROWS - binary) < 1e-12);
    assert_int_equal(score.correct, 1); /* 0.25 is above 0, and its target is 0 */
    input.loss = CNN_LOSS_HUBER;
    assert_true(fabs(loss_of(input, loss_outputs, gradient) - huber) < 1e-12);
    score = cnn_score_by_targets(loss_outputs, targets, ROWS, VALUES, CNN_LOSS_HUBER);
    assert_true(fabs(score.loss / ROWS - huber) < 1e-12);
    assert_int_equal(score.correct, 0);
}

/* ---- Trainings ---------------------------------------------------------------------------------------- */

enum { IMAGES = 64 };

/* Two pixels; class a: the first is bright, class b: the second, class c: both or neither; or numbers of them. */
static cnn_data *make_data(bool numbers) {
    static const char *const names[] = {"a", "b", "c"};
    static float pixels[IMAGES * 2], wanted[IMAGES * 3];
    cnn_data *data;
    for (int i = 0; i < IMAGES; i++) {
        const bool first = i & 1, second = i & 2;
        pixels[2 * i] = (first ? 0.75F : 0.05F) + 0.003F * (float)(i / 4);
        pixels[2 * i + 1] = (second ? 0.75F : 0.05F) + 0.002F * (float)(i / 4);
        wanted[3 * i] = numbers ? 3 * pixels[2 * i] - 1 : first;
        wanted[3 * i + 1] = numbers ? -2 * pixels[2 * i + 1] : second;
        wanted[3 * i + 2] = numbers ? pixels[2 * i] + pixels[2 * i + 1] : first == second;
    }
    const cnn_data_arrays arrays = {.count = IMAGES,
                                    .channels = 1,
                                    .height = 1,
                                    .width = 2,
                                    .floats = pixels,
                                    .targets = wanted,
                                    .targets_per_image = 3,
                                    .classes = numbers ? 0 : 3,
                                    .class_names = numbers ? NULL : names};
    cnn_error error;
    if (cnn_data_from_arrays(&data, &arrays, &error) != CNN_OK)
        fail_msg("%s", error.message);
    return data;
}

static cnn_net *trained(const char *text, const cnn_data *data, cnn_loss loss, int threads) {
    cnn_net *net;
    cnn_error error;
    const cnn_train_options options = {
        .update = {.optimizer = CNN_OPTIMIZER_ADAM, .learning_rate = 0.02, .loss = loss},
        .epochs = 60,
        .batch = 16,
        .threads = threads,
        .seed = 3};
    assert_int_equal(cnn_net_parse(&net, text, NULL, NULL), CNN_OK);
    if (cnn_train(net, data, &options, &error) != CNN_OK)
        fail_msg("%s", error.message);
    return net;
}

static void answer(const cnn_net *net, const cnn_data *data, bool numbers, cnn_ensemble_answers *answers) {
    cnn_ensemble *ensemble;
    cnn_error error;
    assert_int_equal(cnn_ensemble_new(&ensemble, &net, 1, &(cnn_ensemble_options){.outputs = numbers}, NULL),
                     CNN_OK);
    if (cnn_ensemble_answer(ensemble, data, answers, &error) != CNN_OK)
        fail_msg("%s", error.message);
    cnn_ensemble_free(ensemble);
}

static const char SIGMOIDS[] = "input 1x1x2\nflatten\ndense 12 relu\ndense 3 name fc\nsigmoid\n";

static void several_classes_are_learnt(void **state) {
    cnn_data *data = make_data(false);
    cnn_net *net = trained(SIGMOIDS, data, CNN_LOSS_DEFAULT, 1),
            *again = trained(SIGMOIDS, data, CNN_LOSS_DEFAULT, 3);
    float a[36], b[36];
    cnn_evaluation e;
    cnn_ensemble_answers answers;
    cnn_multi_label_metrics m;
    (void)state;
    assert_string_equal(cnn_net_class(net, 2), "c");
    cnn_net_get_parameter(net, "fc.weight", a, 36, NULL);
    cnn_net_get_parameter(again, "fc.weight", b, 36, NULL);
    assert_memory_equal(a, b, sizeof a);
    assert_int_equal(cnn_evaluate(net, data, 1, &e, NULL), CNN_OK);
    assert_int_equal(e.correct, IMAGES);
    assert_true(e.loss < 0.2 && !e.confusion);
    answer(net, data, false, &answers);
    assert_true(fabs(answers.loss - e.loss) < 1e-9);
    assert_int_equal(cnn_multi_label_metrics_of(answers.probabilities, answers.targets, IMAGES, 3, &m, NULL),
                     CNN_OK);
    assert_float_equal(m.exact_match, 1, 0);
    assert_float_equal(m.average_precision, 1, 0);
    assert_int_equal(m.of_class[0].images, IMAGES / 2);
    cnn_multi_label_metrics_free(&m);
    cnn_ensemble_answers_free(&answers);
    cnn_evaluation_free(&e);
    cnn_net_free(net);
    cnn_net_free(again);
    cnn_data_free(data);
}

static void numbers_are_learnt_by_either_loss(void **state) {
    static const cnn_loss losses[] = {CNN_LOSS_DEFAULT, CNN_LOSS_HUBER};
    cnn_data *data = make_data(true);
    (void)state;
    for (int k = 0; k < 2; k++) {
        cnn_net *net = trained("input 1x1x2\nflatten\ndense 3\n", data, losses[k], 1);
        cnn_ensemble_answers answers;
        cnn_number_metrics all, each[3];
        answer(net, data, true, &answers);
        assert_int_equal(
            cnn_number_metrics_of(answers.probabilities, answers.targets, IMAGES, 3, &all, each, NULL),
            CNN_OK);
        assert_true(all.r2 > 0.95 && each[1].r2 > 0.95);
        assert_true(fabs(answers.loss - all.root_mean_squared_error * all.root_mean_squared_error) < 1e-9);
        cnn_ensemble_answers_free(&answers);
        cnn_net_free(net);
    }
    cnn_data_free(data);
}

/* ---- Refusals ----------------------------------------------------------------------------------------- */

static void refuse(const char *text, const cnn_data *data, cnn_loss loss, const char *words) {
    cnn_net *net;
    cnn_error error;
    const cnn_train_options options = {.update.loss = loss, .epochs = 1};
    assert_int_equal(cnn_net_parse(&net, text, NULL, NULL), CNN_OK);
    assert_int_not_equal(cnn_train(net, data, &options, &error), CNN_OK);
    if (!strstr(error.message, words))
        fail_msg("'%s' is not in: %s", words, error.message);
    cnn_net_free(net);
}

static void targets_of_the_wrong_kind_for_the_loss(void **state) {
    static const char DENSE[] = "input 1x1x2\nflatten\ndense 3\n",
                      SOFTMAX[] = "input 1x1x2\nflatten\ndense 3\nsoftmax\n";
    cnn_data *several = make_data(false), *numbers = make_data(true);
    (void)state;
    refuse(SOFTMAX, several, CNN_LOSS_DEFAULT, "a sigmoid for each class that an image may have");
    refuse(SIGMOIDS, several, CNN_LOSS_CROSS_ENTROPY,
           "the loss must be binary cross-entropy, not cross-entropy");
    refuse(DENSE, numbers, CNN_LOSS_CROSS_ENTROPY, "the loss must be the mean squared error or Huber's");
    refuse(SIGMOIDS, numbers, CNN_LOSS_BINARY_CROSS_ENTROPY, "not binary cross-entropy");
    refuse(SOFTMAX, numbers, CNN_LOSS_DEFAULT, "outside of 0..1, but the network ends in a softmax");
    refuse(SIGMOIDS, numbers, CNN_LOSS_HUBER, "ends in sigmoids");
    refuse("input 1x1x2\nflatten\ndense 2\nsigmoid\n", several, CNN_LOSS_DEFAULT, "3 targets per image");
    cnn_data_free(several);
    cnn_data_free(numbers);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_are_the_slopes_of_the_losses),
        cmocka_unit_test(values_are_the_means_of_the_definitions),
        cmocka_unit_test(several_classes_are_learnt),
        cmocka_unit_test(numbers_are_learnt_by_either_loss),
        cmocka_unit_test(targets_of_the_wrong_kind_for_the_loss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
