/* Defaults and ranges of the options of training. */
#include "train/options.h"

#include "support/cmocka.h"

#include <math.h>
#include <string.h>

static void zeros_become_defaults(void **state) {
    (void)state;
    cnn_train_options options = {0};
    assert_int_equal(cnn_train_options_complete(&options, NULL), CNN_OK);
    assert_int_equal(options.epochs, 10);
    assert_int_equal(options.batch, 128);
    assert_int_equal(options.schedule, CNN_SCHEDULE_ONECYCLE);
    assert_int_equal(options.update.optimizer, CNN_OPTIMIZER_SGD);
    assert_true(options.update.momentum == 0.9);
    assert_true(options.update.learning_rate == 0.05);
}

static void each_optimizer_has_its_rate(void **state) {
    (void)state;
    static const struct {
        cnn_update_options update;
        double rate;
    } cases[] = {{{.optimizer = CNN_OPTIMIZER_SGD}, 0.1},
                 {{.optimizer = CNN_OPTIMIZER_SGD, .momentum = 0.5}, 0.05},
                 {{.optimizer = CNN_OPTIMIZER_ADAM}, 0.001},
                 {{.optimizer = CNN_OPTIMIZER_ADAMW}, 0.001},
                 {{.optimizer = CNN_OPTIMIZER_ADAM, .learning_rate = 0.02}, 0.02}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cnn_update_options update = cases[i].update;
        assert_int_equal(cnn_update_options_complete(&update, NULL), CNN_OK);
        assert_true(update.learning_rate == cases[i].rate);
    }
    cnn_update_options adam = {.optimizer = CNN_OPTIMIZER_ADAM};
    cnn_update_options_complete(&adam, NULL);
    assert_true(adam.beta1 == 0.9 && adam.beta2 == 0.999 && adam.epsilon == 1e-8);
}

/* The rate that a network of these lines takes of default options. */
static double rate_of(const char *lines, int deep, bool trained, const char *freeze, bool *lowered) {
    char text[1024] = "input 1x8x8\n";
    double rate = 0;
    cnn_net *net;
    cnn_error error = {0};
    for (int i = 0; i < deep; i++)
        strcat(text, "conv 4 3x3 padding 1 relu\n");
    strcat(text, lines);
    if (cnn_net_parse(&net, text, "model.txt", &error) != CNN_OK ||
        (freeze && cnn_net_freeze(net, freeze, &error) != CNN_OK))
        fail_msg("%s", error.message);
    const cnn_train_options options = {.keep_parameters = trained};
    assert_int_equal(cnn_train_rate(net, &options, &rate, lowered, NULL), CNN_OK);
    cnn_net_free(net);
    return rate;
}

static void a_deep_trained_network_without_normalisation_takes_a_tenth(void **state) {
    (void)state;
    bool lowered;
    assert_true(fabs(rate_of("flatten\ndense 4\n", 11, true, NULL, &lowered) - 0.005) < 1e-12 && lowered);
    assert_true(rate_of("flatten\ndense 4\n", 10, true, NULL, &lowered) == 0.05 && !lowered);
    assert_true(rate_of("flatten\ndense 4\n", 11, false, NULL, &lowered) == 0.05 && !lowered);
    assert_true(rate_of("batchnorm\nflatten\ndense 4\n", 11, true, NULL, &lowered) == 0.05 && !lowered);
    assert_true(rate_of("flatten\ndense 4\n", 11, true, "conv*", &lowered) == 0.05 && !lowered);
    cnn_train_options options = {.keep_parameters = true, .update = {.learning_rate = 0.03}};
    assert_int_equal(cnn_train_options_complete_for(NULL, &options, &lowered, NULL), CNN_OK);
    assert_true(options.update.learning_rate == 0.03 && !lowered);
}

static void completing_twice_changes_nothing(void **state) {
    (void)state;
    cnn_train_options once = {.schedule = CNN_SCHEDULE_STEP, .epochs = 7};
    cnn_train_options_complete(&once, NULL);
    assert_int_equal(once.step_epochs, 3);
    assert_true(once.step_factor == 0.1);
    cnn_train_options twice = once;
    cnn_train_options_complete(&twice, NULL);
    assert_int_equal(twice.step_epochs, once.step_epochs);
    assert_true(twice.update.momentum == once.update.momentum);
    assert_true(twice.update.learning_rate == once.update.learning_rate);
}

/* The message names the option and its value. */
static void out_of_range(void **state) {
    (void)state;
    static const struct {
        cnn_train_options options;
        const char *message;
    } cases[] = {
        {{.epochs = -1}, "epochs must be at least 0"},
        {{.batch = -5}, "batch must be at least 0 and at most 1.67772e+07, not -5"},
        {{.schedule = 18}, "schedule must be"},
        {{.update.optimizer = 9}, "optimizer must be"},
        {{.update.loss = 5}, "loss must be"},
        {{.update.learning_rate = -0.5}, "learning_rate must be a number of at least 0, not -0.5"},
        {{.update.learning_rate = NAN}, "learning_rate must be a number of at least 0, not nan"},
        {{.update.learning_rate = INFINITY}, "learning_rate must be a number of at least 0, not inf"},
        {{.update.momentum = 1}, "momentum must be at least 0 and below 1, not 1"},
        {{.update = {.optimizer = CNN_OPTIMIZER_ADAM, .beta2 = 1.5}},
         "beta2 must be at least 0 and below 1, not 1.5"},
        {{.update.weight_decay = -1}, "weight_decay"},
        {{.update.clip_norm = -1}, "clip_norm"},
        {{.update.label_smoothing = 1}, "label_smoothing must be at least 0 and below 1, not 1"},
        {{.validation = 1}, "validation must be at least 0 and below 1, not 1"},
        {{.validation = -0.1}, "validation"},
        {{.test = 1, .run_directory = "run"}, "test must be at least 0 and below 1, not 1"},
        {{.best = 3}, "best must be"},
        {{.patience = -1}, "patience"},
        {{.update.layer_decay = 1.5}, "layer_decay must be at least 0 and at most 1, not 1.5"},
        {{.update.layer_decay = -0.5}, "layer_decay"},
        {{.seconds = -1}, "seconds must be"},
        {{.epoch_length_count = -1}, "epoch_length_count"},
        {{.epoch_length_count = 1}, "epoch_lengths must be at least 1 each"},
        {{.ema = 1}, "ema must be at least 0 and below 1, not 1"},
        {{.lookahead = -1}, "lookahead"},
        {{.swa_from = -1}, "swa_from"},
        {{.freeze_epochs = -1}, "freeze_epochs"},
        {{.teacher_weight = 1.5}, "teacher_weight must be at least 0 and at most 1, not 1.5"},
        {{.temperature = -1}, "temperature"},
        {{.accumulate = -1}, "accumulate"},
        {{.schedule = CNN_SCHEDULE_POLYNOMIAL, .power = -1}, "power"},
        {{.update.precision = (cnn_precision)2}, "CNN_PRECISION_BF16"},
        {{.update.focal = -1}, "focal must be at least 0 and at most 100, not -1"},
        {{.warmup_epochs = -1}, "warmup_epochs"},
        {{.schedule = CNN_SCHEDULE_STEP, .step_epochs = -1}, "step_epochs"},
        {{.schedule = CNN_SCHEDULE_STEP, .step_factor = 2}, "step_factor"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cnn_error error = {0};
        cnn_train_options options = cases[i].options;
        assert_int_equal(cnn_train_options_complete(&options, &error), CNN_ERROR_ARGUMENT);
        if (!strstr(error.message, cases[i].message))
            fail_msg("no '%s' in '%s'", cases[i].message, error.message);
    }
}

static void options_that_would_do_nothing(void **state) {
    (void)state;
    static const struct {
        cnn_train_options options;
        const char *message;
    } cases[] = {
        {{.update = {.optimizer = CNN_OPTIMIZER_ADAM, .momentum = 0.9}}, "momentum only applies to SGD"},
        {{.update = {.optimizer = CNN_OPTIMIZER_SGD, .nesterov = true}},
         "nesterov only applies to SGD with a momentum"},
        {{.update = {.loss = CNN_LOSS_MEAN_SQUARED, .label_smoothing = 0.1}},
         "label_smoothing only applies to"},
        {{.update = {.loss = CNN_LOSS_MEAN_SQUARED, .focal = 2}}, "focal only applies to"},
        {{.power = 2}, "power only applies to the polynomial schedule"},
        {{.test = 0.2}, "test needs a run_directory"},
        {{.run_directory = "run", .resume = true, .overwrite = true},
         "resume and overwrite cannot be used together"},
        {{.warmup_epochs = 1}, "warmup_epochs cannot be used with the one-cycle schedule"},
        {{.schedule = CNN_SCHEDULE_COSINE, .epochs = 3, .warmup_epochs = 3}, "warmup_epochs must be fewer"},
        {{.epochs = 3, .freeze_epochs = 3, .keep_parameters = true}, "freeze_epochs must be fewer"},
        {{.epochs = 3, .freeze_epochs = 1}, "without keep_parameters they are drawn anew"},
        {{.unfreeze_gradually = true}, "unfreeze_gradually only applies together with freeze_epochs"},
        {{.temperature = 2}, "only apply together with a teacher"},
        {{.teacher_weight = 0.5}, "only apply together with a teacher"},
        {{.schedule = CNN_SCHEDULE_COSINE, .step_epochs = 2}, "only apply to the step schedule"},
        {{.resume = true}, "resume needs the run_directory"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cnn_error error = {0};
        cnn_train_options options = cases[i].options;
        assert_int_equal(cnn_train_options_complete(&options, &error), CNN_ERROR_ARGUMENT);
        if (!strstr(error.message, cases[i].message))
            fail_msg("no '%s' in '%s'", cases[i].message, error.message);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeros_become_defaults),
        cmocka_unit_test(each_optimizer_has_its_rate),
        cmocka_unit_test(a_deep_trained_network_without_normalisation_takes_a_tenth),
        cmocka_unit_test(completing_twice_changes_nothing),
        cmocka_unit_test(out_of_range),
        cmocka_unit_test(options_that_would_do_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
