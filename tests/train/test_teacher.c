/* Distillation: the loss against PyTorch's, what a teacher answers, what is learnt of it, and who cannot teach. */
#include "train/teacher.h"

#include "base/memory.h"
#include "graph/net.h"
#include "support/cmocka.h"
#include "support/folder.h"
#include "support/small_training.h"
#include "train/loss_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- The loss -------------------------------------------------------------------------------------- */

static const float wise[ROWS * VALUES] = {2, -1, 0.5F, -0.5F, 4, 1};

/* (1 - w) F.cross_entropy(z, y, label_smoothing=s) + w T^2 F.kl_div(F.log_softmax(z / T, 1), F.softmax(t / T, 1),
 * reduction="batchmean") of PyTorch 2.13.0 in double precision, and autograd's gradient. */
static const struct {
    double weight, temperature, smoothing, loss, gradient[ROWS * VALUES];
} golden[] = {
    {0.5,
     4,
     0,
     1.05880536585,
     {-0.150375002338, -0.0599084011125, 0.210283403451, -0.0613020638408, 0.0576513593366, 0.0036507045043}},
    {0.7,
     2.5,
     0.1,
     1.14769285476,
     {-0.252525753503, -0.0677512772191, 0.320277030722, 0.0558783477168, -0.0592425136029,
      0.00336416588605}},
    {1,
     1,
     0,
     0.912699014443,
     {-0.355104143313, -0.0164621439989, 0.371566287312, 0.0976826352329, -0.112079532138, 0.0143968969049}},
};

static void equals_pytorch(void **state) {
    (void)state;
    for (size_t k = 0; k < sizeof golden / sizeof golden[0]; k++) {
        float gradient[ROWS * VALUES];
        const cnn_loss_input input = {.labels = loss_labels,
                                      .count = ROWS,
                                      .values = VALUES,
                                      .loss = CNN_LOSS_CROSS_ENTROPY,
                                      .label_smoothing = golden[k].smoothing,
                                      .lesson = {wise, golden[k].weight, golden[k].temperature}};
        assert_true(fabs(loss_of(input, loss_outputs, gradient) - golden[k].loss) < 1e-10);
        for (int i = 0; i < ROWS * VALUES; i++)
            assert_true(fabs((double)gradient[i] - golden[k].gradient[i]) < 1e-7);
    }
}

/* Of mixed images, with weights of classes and the focal loss, which the divergence does not know. */
static void gradients_are_the_slopes_of_the_losses(void **state) {
    (void)state;
    static const int32_t others[ROWS] = {1, 2};
    static const float weights[VALUES] = {0.5F, 2, 1};
    const cnn_loss_input input = {.labels = loss_labels,
                                  .others = others,
                                  .share = 0.75,
                                  .count = ROWS,
                                  .values = VALUES,
                                  .loss = CNN_LOSS_CROSS_ENTROPY,
                                  .focal = 1.5,
                                  .class_weights = weights,
                                  .lesson = {wise, 0.25, 3}};
    check_slopes(input);
}

/* ---- Its answers ----------------------------------------------------------------------------------- */

enum { IMAGES = 5, CHANNELS = 2, AREA = 16, CLASSES = 3 };

static cnn_net *parse(const char *text) {
    cnn_net *net;
    cnn_error error = {0};
    if (cnn_net_parse(&net, text, "text", &error) != CNN_OK)
        fail_msg("%s", error.message);
    assert_int_equal(cnn_net_initialise(net, 4), CNN_OK);
    return net;
}

/* Pixels 0..1 of N,C,H,W, and the same as a loader makes them for the network: N,H,W,C normalised. */
static void make_images(const cnn_net *student, float *pixels, float *prepared) {
    for (int n = 0; n < IMAGES; n++)
        for (int c = 0; c < CHANNELS; c++)
            for (int a = 0; a < AREA; a++) {
                const float pixel = (float)((n * 31 + c * 17 + a * 7) % 64) / 64;
                pixels[(n * CHANNELS + c) * AREA + a] = pixel;
                prepared[(n * AREA + a) * CHANNELS + c] = (pixel - student->mean[c]) / student->deviation[c];
            }
}

/* The softmax of its answers, in the student's order, is what a predictor says of the pixels. */
static void it_sees_the_pixels_and_knows_the_classes_by_name(void **state) {
    (void)state;
    static const float mean[] = {0.5F, 0.25F}, deviation[] = {0.25F, 0.5F}, other[] = {0.3F, 0.4F};
    static const char *const its[] = {"cat", "dog", "cow"}, *const names[] = {"dog", "cow", "cat"};
    static const int at[] = {1, 2, 0};
    cnn_net *net = parse("input 2x4x4\nconv 4 3x3 relu\nflatten\ndense 3\nsoftmax\n");
    cnn_net *student = parse("input 2x4x4\nflatten\ndense 3\n");
    assert_int_equal(cnn_net_set_normalisation(net, mean, deviation, NULL), CNN_OK);
    assert_int_equal(cnn_net_set_normalisation(student, other, mean, NULL), CNN_OK);
    assert_int_equal(cnn_net_set_classes(net, its, CLASSES, NULL), CNN_OK);
    assert_int_equal(cnn_net_set_classes(student, names, CLASSES, NULL), CNN_OK);
    float pixels[IMAGES * CHANNELS * AREA], said[IMAGES * CLASSES], first[IMAGES * CLASSES];
    float *prepared = cnn_allocate(IMAGES * CHANNELS * AREA, sizeof *prepared, "images", NULL);
    cnn_predictor *predictor;
    make_images(student, pixels, prepared);
    assert_int_equal(cnn_predictor_new(&predictor, net, NULL, NULL), CNN_OK);
    assert_int_equal(cnn_predictor_run(predictor, pixels, IMAGES, said, NULL), CNN_OK);
    for (int threads = 1; threads <= 3; threads++) {
        cnn_teacher teacher = {0};
        assert_int_equal(cnn_teacher_make(&teacher, net, student, IMAGES, threads, NULL), CNN_OK);
        const float *answers =
            cnn_teacher_answer(&teacher, &(cnn_batch){.images = prepared, .count = IMAGES}).answers;
        for (int n = 0; n < IMAGES; n++) {
            double sum = 0;
            for (int i = 0; i < CLASSES; i++)
                sum += exp((double)answers[n * CLASSES + i]);
            for (int i = 0; i < CLASSES; i++)
                assert_true(fabs(exp((double)answers[n * CLASSES + i]) / sum -
                                 (double)said[n * CLASSES + at[i]]) < 1e-5);
        }
        if (threads == 1)
            memcpy(first, answers, sizeof first);
        assert_memory_equal(first, answers, sizeof first);
        cnn_teacher_free(&teacher);
    }
    cnn_predictor_free(predictor);
    cnn_free(prepared);
    cnn_net_free(net);
    cnn_net_free(student);
}

/* ---- Training -------------------------------------------------------------------------------------- */

static double accuracy_of(const cnn_net *net, const cnn_data *data) {
    cnn_evaluation result;
    assert_int_equal(cnn_evaluate(net, data, 1, &result, NULL), CNN_OK);
    const double accuracy = result.accuracy;
    cnn_evaluation_free(&result);
    return accuracy;
}

/* The labels say nothing, the teacher does. */
static void what_labels_do_not_say_is_learnt_of_the_teacher(void **state) {
    (void)state;
    cnn_data *data = small_data(200), *noise = small_noise(200);
    cnn_net *teacher = small_net(), *student = small_net(), *alone = small_net();
    cnn_train_options options = small_options();
    options.epochs = 8;
    train_expecting(CNN_OK, teacher, data, &options, NULL);
    train_expecting(CNN_OK, alone, noise, &options, NULL);
    options.teacher = teacher;
    options.teacher_weight = 1;
    train_expecting(CNN_OK, student, noise, &options, NULL);
    assert_true(accuracy_of(teacher, data) > 0.95);
    assert_true(accuracy_of(alone, data) < 0.6);
    assert_true(accuracy_of(student, data) > 0.95);
    cnn_net_free(teacher);
    cnn_net_free(student);
    cnn_net_free(alone);
    cnn_data_free(data);
    cnn_data_free(noise);
}

static void another_teacher_does_not_go_on(void **state) {
    cnn_error error;
    cnn_data *data = small_data(40);
    cnn_net *teacher = small_net(), *student = small_net();
    cnn_train_options options = small_options();
    assert_int_equal(cnn_net_initialise(teacher, 3), CNN_OK);
    options.run_directory = *state;
    options.teacher = teacher;
    train_expecting(CNN_OK, student, data, &options, NULL);
    options.resume = true;
    options.epochs = 4;
    teacher->values[7] += 1;
    train_expecting(CNN_ERROR_ARGUMENT, student, data, &options, &error);
    assert_non_null(strstr(error.message, ": teacher was \""));
    teacher->values[7] -= 1;
    options.temperature = 2;
    train_expecting(CNN_ERROR_ARGUMENT, student, data, &options, &error);
    assert_non_null(strstr(error.message, "temperature was 4.0 and is now 2.0"));
    options.temperature = 0;
    options.teacher = NULL;
    train_expecting(CNN_ERROR_ARGUMENT, student, data, &options, &error);
    options.teacher = teacher;
    train_expecting(CNN_OK, student, data, &options, NULL);
    cnn_net_free(teacher);
    cnn_net_free(student);
    cnn_data_free(data);
}

static void who_cannot_teach(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"input 1x9x8\nflatten\ndense 4\n", "the teacher takes images of 1x9x8"},
        {"input 1x8x8\nflatten\ndense 5\n",
         "the teacher has 5 outputs, but the network that is trained has 4"},
        {"input 1x8x8\nflatten\ndense 4\nsigmoid\n", "must end in scores of classes"},
        {"input 1x8x8\nflatten\ndense 4\ntanh\n", "must end in scores of classes"},
    };
    cnn_data *data = small_data(40);
    cnn_train_options options = small_options();
    cnn_error error;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cnn_net *teacher = parse(cases[i].text), *student = small_net();
        options.teacher = teacher;
        assert_int_not_equal(cnn_train(student, data, &options, &error), CNN_OK);
        if (!strstr(error.message, cases[i].message))
            fail_msg("no '%s' in '%s'", cases[i].message, error.message);
        cnn_net_free(teacher);
        cnn_net_free(student);
    }
    cnn_data_free(data);
}

/* Other pixels, other classes, or a loss that knows no classes. */
static void what_does_not_fit(void **state) {
    (void)state;
    static const char *const its[] = {"a", "b", "c", "d"}, *const names[] = {"a", "b", "c", "e"};
    cnn_net *net = parse("input 1x8x8\nflatten\ndense 4\n"),
            *student = parse("input 1x8x8\nflatten\ndense 4\n");
    cnn_teacher teacher = {0};
    cnn_error error;
    assert_int_equal(cnn_net_set_classes(net, its, 4, NULL), CNN_OK);
    assert_int_equal(cnn_net_set_classes(student, names, 4, NULL), CNN_OK);
    assert_int_equal(cnn_teacher_make(&teacher, net, student, 2, 1, &error), CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "does not know the class \"e\""));
    cnn_teacher_free(&teacher);
    teacher = (cnn_teacher){0};
    net->preprocessing.invert = true;
    assert_int_equal(cnn_teacher_make(&teacher, net, student, 2, 1, &error), CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "other pixels"));
    cnn_teacher_free(&teacher);
    cnn_data *data = small_data(40);
    cnn_train_options options = small_options();
    options.teacher = net;
    options.update.loss = CNN_LOSS_MEAN_SQUARED;
    train_expecting(CNN_ERROR_ARGUMENT, student, data, &options, &error);
    assert_non_null(strstr(error.message, "a teacher needs cross-entropy"));
    cnn_data_free(data);
    cnn_net_free(net);
    cnn_net_free(student);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_pytorch),
        cmocka_unit_test(gradients_are_the_slopes_of_the_losses),
        cmocka_unit_test(it_sees_the_pixels_and_knows_the_classes_by_name),
        cmocka_unit_test(what_labels_do_not_say_is_learnt_of_the_teacher),
        cmocka_unit_test_setup_teardown(another_teacher_does_not_go_on, folder_new, folder_remove),
        cmocka_unit_test(who_cannot_teach),
        cmocka_unit_test(what_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
