/* Views of images, and networks that answer together: against means that are calculated here. */
#include "cnn_ensemble.h"
#include "support/byte_data.h"
#include "support/cmocka.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { HEIGHT = 2, WIDTH = 3, PIXELS = 6, CLASSES = 3 };

/* ---- Views -------------------------------------------------------------------------------------------- */

static void a_text_names_views(void **state) {
    (void)state;
    cnn_view views[CNN_MAX_VIEWS];
    int count = 0;
    assert_int_equal(cnn_views_parse("mirror", views, &count, NULL), CNN_OK);
    assert_int_equal(count, 2);
    assert_true(!views[0].mirror && views[1].mirror);
    assert_int_equal(cnn_views_parse("shift", views, &count, NULL), CNN_OK);
    assert_int_equal(count, 3);
    assert_int_equal(views[1].down, -1);
    assert_int_equal(cnn_views_parse("shift:3,mirror", views, &count, NULL), CNN_OK);
    assert_int_equal(count, CNN_MAX_VIEWS);
    double sum = 0;
    for (int i = 0; i < count; i++) {
        assert_int_equal(views[i].down, views[i].right);
        sum += views[i].weight * (views[i].down == 0 ? 1 : -1);
        assert_true(views[i].down == 0 || views[i].down == 3 || views[i].down == -3);
    }
    assert_float_equal(sum, 0, 0); /* the image in its place counts as much as what is moved */
}

static void a_text_that_is_no_list_of_views(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"miror", "view 'miror' is unknown: did you mean mirror"},
        {"x", "view 'x' is unknown: there are mirror and shift"},
        {"mirror,mirror", "view mirror is named twice"},
        {"shift,shift:2", "view shift is named twice"},
        {"mirror:2", "view mirror takes no amount"},
        {"shift:0", "between 1 and 64, not '0'"},
        {"shift:65", "between 1 and 64, not '65'"},
        {"shift:1.5", "not '1.5'"},
        {"shift:", "not ''"},
        {"", "'' is not a list of views"},
        {"mirror,", "'mirror,' is not a list of views"},
        {",mirror", "is not a list of views"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cnn_view views[CNN_MAX_VIEWS];
        cnn_error error;
        int count = 7;
        assert_int_equal(cnn_views_parse(cases[i][0], views, &count, &error), CNN_ERROR_ARGUMENT);
        if (!strstr(error.message, cases[i][1]))
            fail_msg("'%s': %s", cases[i][0], error.message);
        assert_int_equal(count, 7);
    }
}

/* ---- Networks ----------------------------------------------------------------------------------------- */

/* Scores of classes from six pixels by made-up weights that differ by `seed`. */
static cnn_net *made_net(const char *end, int outputs, int seed) {
    char text[128];
    float weights[PIXELS * CLASSES];
    cnn_net *net;
    snprintf(text, sizeof text, "input 1x2x3\nflatten\ndense %d name fc\n%s", outputs, end);
    assert_int_equal(cnn_net_parse(&net, text, NULL, NULL), CNN_OK);
    for (int i = 0; i < PIXELS * outputs; i++)
        weights[i] = (float)((i * 7 + seed * 5) % 11 - 5) * 0.7F;
    assert_int_equal(cnn_net_set_parameter(net, "fc.weight", weights, PIXELS * outputs, NULL), CNN_OK);
    return net;
}

static cnn_ensemble *together(const cnn_net *const *nets, int count, const char *tta) {
    cnn_view views[CNN_MAX_VIEWS];
    cnn_ensemble_options options = {.batch = 2, .threads = 1, .views = views};
    cnn_ensemble *ensemble;
    cnn_error error;
    if (tta)
        assert_int_equal(cnn_views_parse(tta, views, &options.view_count, NULL), CNN_OK);
    if (cnn_ensemble_new(&ensemble, nets, count, &options, &error) != CNN_OK)
        fail_msg("%s", error.message);
    return ensemble;
}

/* Probabilities of a single network for an image. */
static void ask(const cnn_net *net, const float *image, float *probabilities) {
    float outputs[CLASSES];
    cnn_predictor *predictor;
    assert_int_equal(cnn_predictor_new(&predictor, net, NULL, NULL), CNN_OK);
    assert_int_equal(cnn_predictor_run(predictor, image, 1, outputs, NULL), CNN_OK);
    if (cnn_net_output_kind(net) == CNN_OUTPUT_VALUES)
        memcpy(probabilities, outputs, sizeof outputs);
    else
        assert_int_equal(cnn_net_probabilities(net, outputs, 1, probabilities, NULL), CNN_OK);
    cnn_predictor_free(predictor);
}

static void assert_near(const float *found, const double *expected, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        if (!(fabs((double)found[i] - expected[i]) <= 2e-6))
            fail_msg("value %d is %.9g instead of %.9g", (int)i, (double)found[i], expected[i]);
}

/* An image in the views of mirror,shift:1, drawn by hand; a b c over d e f. */
static const float image[PIXELS] = {0.1F, 0.9F, 0.3F, 0.4F, 0.2F, 0.8F};
static const int drawn[CNN_MAX_VIEWS][PIXELS] = {
    {0, 1, 2, 3, 4, 5}, /* as it is */
    {4, 5, 4, 1, 2, 1}, /* up and left: what comes in is the column and the row before the edge */
    {4, 3, 4, 1, 0, 1}, /* down and right */
    {2, 1, 0, 5, 4, 3}, {4, 5, 4, 1, 2, 1}, {4, 3, 4, 1, 0, 1},
};
static const double shares[CNN_MAX_VIEWS] = {0.25, 0.125, 0.125, 0.25, 0.125, 0.125};

static void probabilities_are_the_mean_over_views(void **state) {
    (void)state;
    static const char *const ends[] = {"",          "softmax\n", "logsoftmax\n", "softmax\ndropout 0.5\n",
                                       "sigmoid\n", "tanh\n"};
    for (size_t k = 0; k < sizeof ends / sizeof ends[0]; k++) {
        const cnn_net *net = made_net(ends[k], CLASSES, 1);
        cnn_ensemble *ensemble = together(&net, 1, "mirror,shift:1");
        double expected[CLASSES] = {0};
        float shown[PIXELS], one[CLASSES], found[3 * CLASSES], images[3 * PIXELS];
        for (int view = 0; view < CNN_MAX_VIEWS; view++) {
            for (int i = 0; i < PIXELS; i++)
                shown[i] = image[drawn[view][i]];
            ask(net, shown, one);
            for (int i = 0; i < CLASSES; i++)
                expected[i] += shares[view] * (double)one[i];
        }
        for (int i = 0; i < 3; i++)
            memcpy(images + i * PIXELS, image, sizeof image);
        assert_int_equal(cnn_ensemble_run(ensemble, images, 3, found, NULL), CNN_OK); /* two batches */
        for (int i = 0; i < 3; i++)
            assert_near(found + i * CLASSES, expected, CLASSES);
        cnn_ensemble_free(ensemble);
        cnn_net_free((cnn_net *)net);
    }
}

static void a_single_network_without_views_is_itself(void **state) {
    (void)state;
    cnn_net *net = made_net("softmax\n", CLASSES, 2);
    cnn_ensemble *ensemble = together((const cnn_net *const[]){net}, 1, NULL);
    float one[CLASSES], found[CLASSES];
    ask(net, image, one);
    assert_int_equal(cnn_ensemble_run(ensemble, image, 1, found, NULL), CNN_OK);
    for (int i = 0; i < CLASSES; i++)
        assert_true(fabsf(found[i] - one[i]) < 2e-7F);
    cnn_ensemble_free(ensemble);
    cnn_net_free(net);
}

/* Classes in another order, one network of logits and one of probabilities. */
static void classes_are_matched_by_name(void **state) {
    (void)state;
    static const char *const names[] = {"cat", "dog", "fox"}, *const other[] = {"fox", "cat", "dog"};
    static const int place[] = {2, 0, 1};
    cnn_net *a = made_net("", CLASSES, 1), *b = made_net("softmax\n", CLASSES, 3);
    cnn_net_set_classes(a, names, CLASSES, NULL);
    cnn_net_set_classes(b, other, CLASSES, NULL);
    cnn_ensemble *ensemble = together((const cnn_net *const[]){a, b}, 2, NULL);
    float p[CLASSES], q[CLASSES], found[CLASSES];
    double expected[CLASSES];
    ask(a, image, p);
    ask(b, image, q);
    for (int i = 0; i < CLASSES; i++)
        expected[place[i]] = ((double)p[place[i]] + (double)q[i]) / 2;
    assert_int_equal(cnn_ensemble_run(ensemble, image, 1, found, NULL), CNN_OK);
    assert_near(found, expected, CLASSES);
    cnn_ensemble_free(ensemble);
    cnn_net_free(a);
    cnn_net_free(b);
}

/* One sigmoid and a softmax of two classes tell the same classes apart. */
static void a_single_sigmoid_has_two_classes(void **state) {
    (void)state;
    cnn_net *a = made_net("sigmoid\n", 1, 1), *b = made_net("softmax\n", 2, 3);
    for (int turn = 0; turn < 2; turn++) {
        cnn_ensemble *ensemble =
            together(turn ? (const cnn_net *const[]){b, a} : (const cnn_net *const[]){a, b}, 2, "mirror");
        const float mirrored[PIXELS] = {image[2], image[1], image[0], image[5], image[4], image[3]};
        float p[4][CLASSES], found[CLASSES];
        ask(a, image, p[0]);
        ask(b, image, p[1]);
        ask(a, mirrored, p[2]);
        ask(b, mirrored, p[3]);
        double expected[2] = {0};
        for (int i = 0; i < 2; i++)
            for (int k = 0; k < 4; k++)
                expected[i] += (double)p[k][i] / 4;
        assert_int_equal(cnn_ensemble_run(ensemble, image, 1, found, NULL), CNN_OK);
        assert_near(found, expected, 2);
        cnn_ensemble_free(ensemble);
    }
    cnn_net_free(a);
    cnn_net_free(b);
}

/* ---- Refusals ----------------------------------------------------------------------------------------- */

static void refuse(const cnn_net *a, const cnn_net *b, const cnn_ensemble_options *options, cnn_status status,
                   const char *words) {
    cnn_ensemble *ensemble;
    cnn_error error;
    const cnn_net *const nets[] = {a, b};
    assert_int_equal(cnn_ensemble_new(&ensemble, nets, 2, options, &error), status);
    assert_null(ensemble);
    if (!strstr(error.message, words))
        fail_msg("'%s' is not in: %s", words, error.message);
}

static void networks_that_do_not_fit_each_other(void **state) {
    (void)state;
    static const char *const names[] = {"cat", "dog", "fox"}, *const others[] = {"cat", "dog", "owl"};
    cnn_net *net = made_net("", CLASSES, 1), *named = made_net("", CLASSES, 1), *two = made_net("", 2, 1),
            *sigmoids = made_net("sigmoid\n", CLASSES, 1), *inverted = made_net("", CLASSES, 1), *large,
            *bare = cnn_net_new(&(cnn_input_options){1, 2, 3});
    cnn_net_parse(&large, "input 1x4x3\nflatten\ndense 3\n", NULL, NULL);
    cnn_net_set_preprocessing(inverted, &(cnn_preprocessing){.invert = true}, NULL);
    refuse(net, large, NULL, CNN_ERROR_SHAPE,
           "network 2 takes images of 1x4x3, but the first one takes 1x2x3");
    refuse(net, two, NULL, CNN_ERROR_SHAPE, "network 2 has 2 classes, but the first one has 3");
    refuse(net, sigmoids, NULL, CNN_ERROR_ARGUMENT, "the outputs of network 2 do not mean");
    refuse(net, inverted, NULL, CNN_ERROR_ARGUMENT, "network 2 prepares pictures in another way");
    refuse(net, bare, NULL, CNN_ERROR_SHAPE, "network 2 of the ensemble has no layers");
    refuse(net, NULL, NULL, CNN_ERROR_ARGUMENT, "network 2 of the ensemble is NULL");
    cnn_net_set_classes(net, names, CLASSES, NULL);
    cnn_net_set_classes(named, others, CLASSES, NULL);
    refuse(net, named, NULL, CNN_ERROR_ARGUMENT, "network 2 has a class \"owl\" that the first one lacks");
    cnn_net_free(net);
    cnn_net_free(named);
    cnn_net_free(two);
    cnn_net_free(sigmoids);
    cnn_net_free(inverted);
    cnn_net_free(large);
    cnn_net_free(bare);
}

static void views_that_do_not_fit(void **state) {
    (void)state;
    cnn_net *net = made_net("", CLASSES, 1);
    const cnn_view far = {.down = HEIGHT}, aside = {.right = -WIDTH}, light = {.weight = -1};
    refuse(net, net, &(cnn_ensemble_options){.views = &far, .view_count = 1}, CNN_ERROR_ARGUMENT,
           "view 0 moves images by 2 rows and 0 columns, but they have 2 x 3");
    refuse(net, net, &(cnn_ensemble_options){.views = &aside, .view_count = 1}, CNN_ERROR_ARGUMENT,
           "-3 columns");
    refuse(net, net, &(cnn_ensemble_options){.views = &light, .view_count = 1}, CNN_ERROR_ARGUMENT,
           "the weight of view 0");
    refuse(net, net, &(cnn_ensemble_options){.view_count = 1}, CNN_ERROR_ARGUMENT,
           "the number of views is 1");
    refuse(net, net, &(cnn_ensemble_options){.view_count = -1}, CNN_ERROR_ARGUMENT,
           "the number of views is -1");
    refuse(net, net, &(cnn_ensemble_options){.batch = -1}, CNN_ERROR_ARGUMENT,
           "the batch must not be negative");
    cnn_net_free(net);
}

static void an_image_that_is_not_finite_is_named(void **state) {
    (void)state;
    const cnn_net *net = made_net("", CLASSES, 1);
    cnn_ensemble *ensemble = together(&net, 1, "mirror");
    float images[4 * PIXELS] = {0}, found[4 * CLASSES];
    cnn_error error;
    images[3 * PIXELS] = NAN;
    assert_int_equal(cnn_ensemble_run(ensemble, images, 4, found, &error), CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "image 3 (from 0) holds a pixel that is not finite"));
    assert_int_equal(cnn_ensemble_run(ensemble, images, -1, found, &error), CNN_ERROR_ARGUMENT);
    cnn_ensemble_free(ensemble);
    cnn_net_free((cnn_net *)net);
}

/* ---- Answers for a data set --------------------------------------------------------------------------- */

static cnn_data *made_data(int64_t count, int32_t classes) {
    static uint8_t images[300 * PIXELS];
    static int32_t labels[300];
    for (int64_t i = 0; i < count * PIXELS; i++)
        images[i] = (uint8_t)(i * 37 % 251);
    for (int64_t i = 0; i < count; i++)
        labels[i] = (int32_t)(i % classes);
    return byte_data((cnn_input_options){1, HEIGHT, WIDTH}, count, images, labels, classes);
}

/* By one network, answers are what cnn_evaluate finds; more images than a batch, and a rest. */
static void one_network_is_evaluated_as_ever(void **state) {
    (void)state;
    static const char *const ends[] = {"", "softmax\n", "logsoftmax\n", "sigmoid\n", "tanh\n"};
    cnn_data *data = made_data(299, CLASSES);
    for (size_t k = 0; k < sizeof ends / sizeof ends[0]; k++) {
        const cnn_net *net = made_net(ends[k], CLASSES, 1);
        cnn_evaluation expected, found;
        cnn_ensemble_answers answers;
        cnn_ensemble *ensemble = together(&net, 1, NULL);
        assert_int_equal(cnn_evaluate(net, data, 1, &expected, NULL), CNN_OK);
        assert_int_equal(cnn_ensemble_answer(ensemble, data, &answers, NULL), CNN_OK);
        assert_int_equal(cnn_ensemble_evaluate(&answers, &found, NULL), CNN_OK);
        assert_int_equal(found.correct, expected.correct);
        assert_memory_equal(found.confusion, expected.confusion, CLASSES * CLASSES * sizeof(int64_t));
        assert_true(fabs(found.loss - expected.loss) < 1e-12 * expected.loss);
        assert_int_equal(answers.labels[298], 298 % CLASSES);
        cnn_evaluation_free(&found);
        cnn_evaluation_free(&expected);
        cnn_ensemble_answers_free(&answers);
        cnn_ensemble_free(ensemble);
        cnn_net_free((cnn_net *)net);
    }
    cnn_data_free(data);
}

/* The same bits on any number of threads and in batches of any size. */
static void threads_and_batches_change_nothing(void **state) {
    (void)state;
    cnn_data *data = made_data(50, CLASSES);
    cnn_net *a = made_net("", CLASSES, 1), *b = made_net("softmax\n", CLASSES, 4);
    cnn_view views[CNN_MAX_VIEWS];
    cnn_ensemble_answers first, answers;
    cnn_ensemble_options options = {.views = views};
    assert_int_equal(cnn_views_parse("shift:1,mirror", views, &options.view_count, NULL), CNN_OK);
    for (int k = 0; k < 4; k++) {
        cnn_ensemble *ensemble;
        options.threads = 1 + k % 3;
        options.batch = k < 3 ? 0 : 7;
        assert_int_equal(cnn_ensemble_new(&ensemble, (const cnn_net *const[]){a, b}, 2, &options, NULL),
                         CNN_OK);
        assert_int_equal(cnn_ensemble_answer(ensemble, data, k ? &answers : &first, NULL), CNN_OK);
        cnn_ensemble_free(ensemble);
        if (!k)
            continue;
        assert_memory_equal(answers.probabilities, first.probabilities, 50 * CLASSES * sizeof(float));
        assert_true(k == 3 || answers.loss == first.loss);
        cnn_ensemble_answers_free(&answers);
    }
    cnn_ensemble_answers_free(&first);
    cnn_net_free(a);
    cnn_net_free(b);
    cnn_data_free(data);
}

/* A probability too small for a float still has a loss. */
static void a_sure_mistake_has_a_finite_loss(void **state) {
    (void)state;
    const float weights[PIXELS * CLASSES] = {500};
    const uint8_t white[PIXELS] = {255};
    const int32_t label = 1;
    cnn_net *net = made_net("softmax\n", CLASSES, 1);
    cnn_data *data = byte_data((cnn_input_options){1, HEIGHT, WIDTH}, 1, white, &label, CLASSES);
    assert_int_equal(cnn_net_set_parameter(net, "fc.weight", weights, PIXELS * CLASSES, NULL), CNN_OK);
    cnn_ensemble *ensemble = together((const cnn_net *const[]){net, net}, 2, NULL);
    cnn_ensemble_answers answers;
    assert_int_equal(cnn_ensemble_answer(ensemble, data, &answers, NULL), CNN_OK);
    assert_float_equal(answers.probabilities[1], 0, 0);
    assert_true(fabs(answers.loss - 500) < 1e-9);
    cnn_ensemble_answers_free(&answers);
    assert_int_equal(cnn_ensemble_evaluate(&answers, &(cnn_evaluation){0}, NULL), CNN_ERROR_ARGUMENT);
    cnn_ensemble_free(ensemble);
    cnn_data_free(data);
    cnn_net_free(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_names_views),
        cmocka_unit_test(a_text_that_is_no_list_of_views),
        cmocka_unit_test(probabilities_are_the_mean_over_views),
        cmocka_unit_test(a_single_network_without_views_is_itself),
        cmocka_unit_test(classes_are_matched_by_name),
        cmocka_unit_test(a_single_sigmoid_has_two_classes),
        cmocka_unit_test(networks_that_do_not_fit_each_other),
        cmocka_unit_test(views_that_do_not_fit),
        cmocka_unit_test(an_image_that_is_not_finite_is_named),
        cmocka_unit_test(one_network_is_evaluated_as_ever),
        cmocka_unit_test(threads_and_batches_change_nothing),
        cmocka_unit_test(a_sure_mistake_has_a_finite_loss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
