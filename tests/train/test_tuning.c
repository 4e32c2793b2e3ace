/* Training on from a network that came in: frozen layers, a new last layer. */
#include "graph/net.h"

#include "support/cmocka.h"
#include "support/folder.h"
#include "support/small_training.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* conv_1, conv_2, fc_1, fc_2 with parameters drawn. */
static cnn_net *deep_net(void) {
    cnn_net *net;
    assert_int_equal(cnn_net_parse(&net,
                                   "input 1x8x8\nconv 4 3x3 relu\nconv 6 3x3 relu\nmaxpool 2x2\nflatten\n"
                                   "dense 8 relu\ndense 4\nsoftmax\n",
                                   "text", NULL),
                     CNN_OK);
    assert_int_equal(cnn_net_initialise(net, 3), CNN_OK);
    return net;
}

static void freeze(cnn_net *net, const char *pattern) {
    cnn_error error = {0};
    if (cnn_net_freeze(net, pattern, &error) != CNN_OK)
        fail_msg("%s", error.message);
}

#define ENUMERATOR(enumerator, name, rate) , enumerator
static const cnn_optimizer optimizers[] = {CNN_OPTIMIZER_DEFAULT CNN_OPTIMIZERS(ENUMERATOR)};
#undef ENUMERATOR

/* Every bit of the layers whose names begin with `frozen` is as it was, and every other tensor has changed. */
static void check_frozen(const cnn_net *net, const float *before, const char *frozen) {
    for (int64_t i = 0; i < net->parameter_count; i++) {
        const cnn_parameter *parameter = &net->parameters[i];
        const bool same = memcmp(net->values + parameter->offset, before + parameter->offset,
                                 (size_t)parameter->elements * sizeof *before) == 0;
        const bool expected = strncmp(parameter->name, frozen, strlen(frozen)) == 0;
        if (same != expected)
            fail_msg("%s %s", parameter->name, same ? "did not change" : "changed");
    }
}

static void train_frozen(const char *pattern, const char *frozen, cnn_optimizer optimizer) {
    cnn_data *data = small_data(100);
    cnn_net *net = deep_net();
    float *before = parameters_of(net);
    cnn_train_options options = small_options();
    options.update = (cnn_update_options){.optimizer = optimizer, .weight_decay = 0.01, .clip_norm = 1};
    options.keep_parameters = true;
    freeze(net, pattern);
    train_expecting(CNN_OK, net, data, &options, NULL);
    check_frozen(net, before, frozen);
    free(before);
    cnn_net_free(net);
    cnn_data_free(data);
}

static void frozen_layers_keep_every_bit(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"conv_*", "conv_"}, /* nothing before them learns */
        {"fc_1", "fc_1"},    /* the gradient passes through */
        {"conv_2", "conv_2"}, {"fc_2", "fc_2"}, {"[f]c_?", "fc_"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t k = 0; k < sizeof optimizers / sizeof optimizers[0]; k++)
            train_frozen(cases[i][0], cases[i][1], optimizers[k]);
}

/* Layers that learn get the gradients that they would get if nothing were frozen. */
static void gradients_beside_frozen_layers_are_the_same(void **state) {
    (void)state;
    enum { IMAGES = 20, VALUES = 6 * 4 * 9 };
    cnn_data *data = small_data(IMAGES);
    float images[IMAGES * 64], gradient[2][VALUES];
    int32_t labels[IMAGES];
    assert_int_equal(cnn_data_images(data, 0, IMAGES, images, NULL), CNN_OK);
    for (int i = 0; i < IMAGES; i++)
        labels[i] = cnn_data_label(data, i);
    for (int frozen = 0; frozen < 2; frozen++) {
        cnn_net *net = deep_net();
        cnn_trainer *trainer;
        if (frozen) {
            freeze(net, "conv_1");
            freeze(net, "fc_*");
        }
        assert_int_equal(cnn_trainer_new(&trainer, net, &(cnn_trainer_options){.batch = IMAGES}, NULL),
                         CNN_OK);
        assert_int_equal(cnn_trainer_gradients(trainer, images, labels, IMAGES, NULL, NULL, NULL), CNN_OK);
        assert_int_equal(cnn_trainer_get_gradient(trainer, "conv_2.weight", gradient[frozen], VALUES, NULL),
                         CNN_OK);
        cnn_trainer_free(trainer);
        cnn_net_free(net);
    }
    assert_memory_equal(gradient[0], gradient[1], sizeof gradient[0]);
    assert_true(gradient[0][0] != 0);
    cnn_data_free(data);
}

static void nothing_to_freeze_or_to_train_is_said(void **state) {
    (void)state;
    cnn_error error;
    cnn_net *net = deep_net();
    cnn_data *data = small_data(20);
    assert_int_equal(cnn_net_freeze(net, "relu_*", &error), CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "matches \"relu_*\""));
    assert_non_null(strstr(error.message, "conv_1"));
    freeze(net, "*");
    train_expecting(CNN_ERROR_ARGUMENT, net, data, &(cnn_train_options){.keep_parameters = true}, &error);
    assert_non_null(strstr(error.message, "every layer with parameters is frozen"));
    cnn_net_free(net);
    cnn_data_free(data);
}

/* ---- The head alone first -------------------------------------------------------------------------- */

/* Parameters at the ends of the first epochs. */
typedef struct snapshots {
    const cnn_net *net;
    float *values[4];
} snapshots;

static bool take_snapshot(void *user, const cnn_progress *progress) {
    snapshots *taken = user;
    if (progress->epoch_ended)
        taken->values[progress->epoch - 1] = parameters_of(taken->net);
    return true;
}

/* Three epochs of one update each, by Adam. */
static cnn_train_options one_update_each(snapshots *taken) {
    cnn_train_options options = small_options();
    options.keep_parameters = true;
    options.schedule = CNN_SCHEDULE_CONSTANT;
    options.progress = take_snapshot;
    options.user = taken;
    return options;
}

static void the_first_epochs_are_those_of_a_frozen_body(void **state) {
    (void)state;
    cnn_data *data = small_data(16);
    cnn_net *net = deep_net(), *held = deep_net();
    snapshots taken = {.net = net};
    cnn_train_options options = one_update_each(&taken);
    float *before = parameters_of(net);
    options.freeze_epochs = 2;
    train_expecting(CNN_OK, net, data, &options, NULL);
    options.freeze_epochs = 0;
    options.epochs = 2;
    options.progress = NULL;
    freeze(held, "conv_*");
    freeze(held, "fc_1");
    train_expecting(CNN_OK, held, data, &options, NULL);
    assert_memory_equal(taken.values[1], held->values, (size_t)held->value_count * sizeof *before);
    check_frozen(net, before, "none"); /* in the end all have changed */
    assert_false(net->nodes[0].frozen);
    for (int i = 0; i < 3; i++)
        free(taken.values[i]);
    free(before);
    cnn_net_free(net);
    cnn_net_free(held);
    cnn_data_free(data);
}

/* Adam's first update moves every weight by the learning rate, whatever its gradient. */
static void all_layers_begin_with_a_new_optimizer(void **state) {
    (void)state;
    cnn_data *data = small_data(16);
    cnn_net *net = deep_net();
    snapshots taken = {.net = net};
    cnn_train_options options = one_update_each(&taken);
    options.freeze_epochs = 2;
    train_expecting(CNN_OK, net, data, &options, NULL);
    for (int64_t i = 0; i < net->parameter_count; i++) {
        const cnn_parameter *parameter = &net->parameters[i];
        int64_t moved = 0;
        for (int64_t k = parameter->offset; k < parameter->offset + parameter->elements; k++) {
            const double change = fabs((double)taken.values[2][k] - (double)taken.values[1][k]);
            assert_true(change < 0.01001);
            moved += change > 0.0099;
        }
        assert_true(moved > parameter->elements / 3); /* others belong to ReLUs that are closed */
    }
    for (int i = 0; i < 3; i++)
        free(taken.values[i]);
    cnn_net_free(net);
    cnn_data_free(data);
}

/* Whether an epoch changed the weights of a layer. */
static bool changed(const snapshots *taken, const float *before, int epoch, const char *layer) {
    const cnn_net *net = taken->net;
    const cnn_parameter *weights = &net->parameters[net->nodes[cnn_find_node(net, layer)].first_parameter];
    const float *old = epoch ? taken->values[epoch - 1] : before;
    return memcmp(old + weights->offset, taken->values[epoch] + weights->offset,
                  (size_t)weights->elements * sizeof *old) != 0;
}

static void train_gradually(const snapshots *taken, cnn_net *net, int freeze_epochs, int threads) {
    cnn_data *data = small_data(16);
    cnn_train_options options = one_update_each((snapshots *)taken);
    options.epochs = freeze_epochs + 1;
    options.freeze_epochs = freeze_epochs;
    options.unfreeze_gradually = true;
    options.threads = threads;
    train_expecting(CNN_OK, net, data, &options, NULL);
    cnn_data_free(data);
}

/* Of three layers before the head one more in each of three epochs; in two epochs the last alone, rounded down, then all. */
static void layers_join_from_the_last_to_the_first(void **state) {
    (void)state;
    static const char *const layers[] = {"conv_1", "conv_2", "fc_1", "fc_2"};
    static const int first_epoch[2][4] = {{2, 2, 1, 0}, {3, 2, 1, 0}};
    for (int freeze_epochs = 2; freeze_epochs <= 3; freeze_epochs++) {
        cnn_net *net = deep_net();
        snapshots taken = {.net = net};
        float *before = parameters_of(net);
        train_gradually(&taken, net, freeze_epochs, 0);
        for (int epoch = 0; epoch <= freeze_epochs; epoch++)
            for (int i = 0; i < 4; i++)
                assert_int_equal(changed(&taken, before, epoch, layers[i]),
                                 epoch >= first_epoch[freeze_epochs - 2][i]);
        for (int i = 0; i <= freeze_epochs; i++)
            free(taken.values[i]);
        free(before);
        cnn_net_free(net);
    }
}

static void gradually_is_the_same_on_any_threads(void **state) {
    (void)state;
    float *first = NULL;
    for (int threads = 1; threads <= 3; threads++) {
        cnn_net *net = deep_net();
        snapshots taken = {.net = net};
        train_gradually(&taken, net, 3, threads);
        if (first)
            assert_memory_equal(first, net->values, (size_t)net->value_count * sizeof *first);
        else
            first = parameters_of(net);
        for (int i = 0; i < 4; i++)
            free(taken.values[i]);
        cnn_net_free(net);
    }
    free(first);
}

/* A normalisation is as deep as the layer before it, a layer that shares parameters as the one that has them. */
static void depth_counts_layers_with_weights(void **state) {
    (void)state;
    static const char text[] =
        "input 4x8x8\nbatchnorm name front\nconv 4 3x3 padding 1 name a\nbatchnorm name norm\nrelu name "
        "free\n"
        "conv 4 3x3 padding 1 name b\nconv 4 3x3 padding 1 name again shares a\nflatten\ndense 4 name head\n";
    static const struct {
        const char *layer;
        int depth;
    } cases[] = {{"front", 2}, {"a", 2}, {"norm", 2}, {"free", 2}, {"b", 1}, {"again", 2}, {"head", 0}};
    cnn_net *net;
    assert_int_equal(cnn_net_parse(&net, text, "text", NULL), CNN_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(cnn_net_depth(net, cnn_find_node(net, cases[i].layer)), cases[i].depth);
    cnn_net_free(net);
}

static void a_head_that_is_held_cannot_train_alone(void **state) {
    (void)state;
    cnn_error error;
    cnn_net *net = deep_net();
    cnn_data *data = small_data(20);
    freeze(net, "fc_2");
    train_expecting(CNN_ERROR_ARGUMENT, net, data,
                    &(cnn_train_options){.keep_parameters = true, .freeze_epochs = 1}, &error);
    assert_non_null(strstr(error.message, "but fc_2 is frozen"));
    cnn_net_free(net);
    cnn_data_free(data);
}

/* A checkpoint knows what was frozen. */
static void going_on_with_other_layers_frozen_is_refused(void **state) {
    cnn_error error;
    cnn_net *net = deep_net(), *other = deep_net();
    cnn_data *data = small_data(40);
    cnn_train_options options = small_options();
    options.run_directory = *state;
    options.keep_parameters = true;
    freeze(net, "conv_1");
    train_expecting(CNN_OK, net, data, &options, NULL);
    options.resume = true;
    options.epochs = 5;
    train_expecting(CNN_ERROR_ARGUMENT, other, data, &options, &error);
    assert_non_null(strstr(error.message, "frozen was [\"conv_1\"] and is now []"));
    train_expecting(CNN_OK, net, data, &options, NULL);
    cnn_net_free(net);
    cnn_net_free(other);
    cnn_data_free(data);
}

/* ---- A new last layer ------------------------------------------------------------------------------ */

static void a_new_last_layer_leaves_the_others(void **state) {
    (void)state;
    static const char *const classes[] = {"a", "b", "c", "d"};
    cnn_net *net = deep_net(), *again = deep_net();
    float *before = parameters_of(net);
    const cnn_parameter *last = &net->parameters[net->parameter_count - 2];
    const int64_t kept = last->offset;
    assert_int_equal(cnn_net_set_normalisation(net, &(float){0.25F}, &(float){0.5F}, NULL), CNN_OK);
    assert_int_equal(cnn_net_set_classes(net, classes, 4, NULL), CNN_OK);
    freeze(net, "conv_1");
    assert_int_equal(cnn_net_replace_head(net, 7, 5, NULL), CNN_OK);
    assert_int_equal(cnn_net_replace_head(again, 7, 5, NULL), CNN_OK);
    assert_int_equal(cnn_net_outputs(net), 7);
    assert_memory_equal(net->values, before, (size_t)kept * sizeof *before);
    assert_same_parameters(net, again);
    assert_true(net->values[kept] != 0);
    assert_float_equal(net->mean[0], 0.25, 0);
    assert_null(cnn_net_class(net, 0));
    assert_true(net->nodes[0].frozen);
    assert_int_equal(cnn_net_replace_head(net, 4, 6, NULL), CNN_OK);
    assert_memory_not_equal(net->values + kept, before + kept, 16);
    free(before);
    cnn_net_free(net);
    cnn_net_free(again);
}

static void a_convolution_at_the_end_is_replaced_too(void **state) {
    (void)state;
    cnn_net *net;
    assert_int_equal(cnn_net_parse(&net,
                                   "input 1x8x8\nconv 4 3x3 relu\nconv 3 1x1 relu\navgpool 6x6\nflatten\n",
                                   "text", NULL),
                     CNN_OK);
    assert_int_equal(cnn_net_replace_head(net, 5, 1, NULL), CNN_OK);
    assert_int_equal(cnn_net_outputs(net), 5);
    cnn_net_free(net);
}

static void what_is_no_classifier_keeps_its_last_layer(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"input 1x8x8\nconv 4 3x3\n", "the network would have 180 outputs"},
        {"input 2x8x8\nconv 4 3x3 groups 2\nflatten\n", "only a dense layer or a convolution"},
        {"input 1x8x8\nflatten\n", "no layer with parameters"},
        {"input 1x8x8\nconv 4 1x1 name a\nconv 4 1x1\nadd a\n", "with 5 outputs of conv_2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cnn_net *net;
        cnn_error error = {0};
        assert_int_equal(cnn_net_parse(&net, cases[i].text, "text", NULL), CNN_OK);
        assert_int_not_equal(cnn_net_replace_head(net, 5, 1, &error), CNN_OK);
        if (!strstr(error.message, cases[i].message))
            fail_msg("\"%s\" does not say \"%s\"", error.message, cases[i].message);
        assert_int_equal(cnn_net_status(net), CNN_OK);
        cnn_net_free(net);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frozen_layers_keep_every_bit),
        cmocka_unit_test(gradients_beside_frozen_layers_are_the_same),
        cmocka_unit_test(nothing_to_freeze_or_to_train_is_said),
        cmocka_unit_test_setup_teardown(going_on_with_other_layers_frozen_is_refused, folder_new,
                                        folder_remove),
        cmocka_unit_test(the_first_epochs_are_those_of_a_frozen_body),
        cmocka_unit_test(all_layers_begin_with_a_new_optimizer),
        cmocka_unit_test(layers_join_from_the_last_to_the_first),
        cmocka_unit_test(gradually_is_the_same_on_any_threads),
        cmocka_unit_test(depth_counts_layers_with_weights),
        cmocka_unit_test(a_head_that_is_held_cannot_train_alone),
        cmocka_unit_test(a_new_last_layer_leaves_the_others),
        cmocka_unit_test(a_convolution_at_the_end_is_replaced_too),
        cmocka_unit_test(what_is_no_classifier_keeps_its_last_layer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
