/* Learning rate and weight decay of single parameters: one update by hand. */
#include "support/cmocka.h"
#include "support/small_training.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { IMAGES = 8, PIXELS = 64 };

static cnn_trainer *trainer_of(const cnn_net *net, const cnn_update_options *update) {
    cnn_trainer *trainer;
    cnn_error error;
    const cnn_trainer_options options = {.update = *update, .batch = IMAGES, .threads = 2};
    if (cnn_trainer_new(&trainer, net, &options, &error) != CNN_OK)
        fail_msg("%s", error.message);
    return trainer;
}

static void take_gradients(cnn_trainer *trainer) {
    cnn_data *data = small_data(IMAGES);
    float images[IMAGES * PIXELS];
    int32_t labels[IMAGES];
    for (int i = 0; i < IMAGES; i++)
        labels[i] = cnn_data_label(data, i);
    assert_int_equal(cnn_data_images(data, 0, IMAGES, images, NULL), CNN_OK);
    assert_int_equal(cnn_trainer_gradients(trainer, images, labels, IMAGES, NULL, NULL, NULL), CNN_OK);
    cnn_data_free(data);
}

/* weight - rate * (gradient + decay * weight) */
static void moves_by(const cnn_trainer *trainer, const cnn_net *before, const cnn_net *after,
                     const char *name, double rate, double decay) {
    enum { MOST = 1024 };
    float old[MOST], new[MOST], gradient[MOST];
    cnn_tensor_info info = {0};
    for (int i = 0; i < cnn_net_tensors(before) && (!info.name || strcmp(info.name, name) != 0); i++)
        assert_int_equal(cnn_net_tensor(before, i, &info, NULL), CNN_OK);
    assert_true(info.elements <= MOST);
    assert_int_equal(cnn_net_get_parameter(before, name, old, info.elements, NULL), CNN_OK);
    assert_int_equal(cnn_net_get_parameter(after, name, new, info.elements, NULL), CNN_OK);
    assert_int_equal(cnn_trainer_get_gradient(trainer, name, gradient, info.elements, NULL), CNN_OK);
    for (int64_t i = 0; i < info.elements; i++) {
        const double expected = (double)old[i] - rate * ((double)gradient[i] + decay * (double)old[i]);
        if (!(fabs((double)new[i] - expected) < 1e-6))
            fail_msg("%s, value %lld: %g, expected %g", name, (long long)i, (double)new[i], expected);
    }
}

/* Parameters before and after an update by the trainer, which the caller frees. */
static cnn_trainer *update_once(cnn_net *before, cnn_net *after, const cnn_update_options *update) {
    assert_int_equal(cnn_net_initialise(before, 5), CNN_OK);
    cnn_trainer *trainer = trainer_of(before, update);
    take_gradients(trainer);
    assert_int_equal(cnn_trainer_update(trainer, 1, NULL), CNN_OK);
    assert_int_equal(cnn_trainer_store(trainer, after, NULL), CNN_OK);
    return trainer;
}

static void names_have_rates_and_decays_of_their_own(void **state) {
    (void)state;
    static const cnn_parameter_factor rates[] = {{"*.bias", 64}, {"fc_?.*", 0.5}, {"fc_1.weight", 0}},
                                      decays[] = {{"conv_1.weight", 3}};
    const cnn_update_options update = {.optimizer = CNN_OPTIMIZER_SGD,
                                       .learning_rate = 0.01,
                                       .weight_decay = 0.1,
                                       .rate_factors = rates,
                                       .rate_factor_count = 3,
                                       .decay_factors = decays,
                                       .decay_factor_count = 1};
    cnn_net *before = small_net(), *after = small_net();
    cnn_trainer *trainer = update_once(before, after, &update);
    moves_by(trainer, before, after, "conv_1.weight", 0.01, 0.3);
    moves_by(trainer, before, after, "conv_1.bias", 0.64, 0); /* biases do not decay */
    moves_by(trainer, before, after, "fc_1.weight", 0, 0);
    moves_by(trainer, before, after, "fc_1.bias", 0.32, 0);
    cnn_trainer_free(trainer);
    cnn_net_free(before);
    cnn_net_free(after);
}

/* In front of it each layer learns slower; factors by name count, too. */
static void layers_learn_slower_towards_the_input(void **state) {
    (void)state;
    static const cnn_parameter_factor rates[] = {{"conv_1.bias", 64}};
    const cnn_update_options update = {.optimizer = CNN_OPTIMIZER_SGD,
                                       .learning_rate = 0.01,
                                       .weight_decay = 0.1,
                                       .rate_factors = rates,
                                       .rate_factor_count = 1,
                                       .layer_decay = 0.25};
    cnn_net *before = small_net(), *after = small_net();
    cnn_trainer *trainer = update_once(before, after, &update);
    moves_by(trainer, before, after, "fc_1.weight", 0.01, 0.1);
    moves_by(trainer, before, after, "fc_1.bias", 0.01, 0);
    moves_by(trainer, before, after, "conv_1.weight", 0.0025, 0.1);
    moves_by(trainer, before, after, "conv_1.bias", 0.16, 0);
    cnn_trainer_free(trainer);
    cnn_net_free(before);
    cnn_net_free(after);
}

static void what_is_no_factor_is_refused(void **state) {
    (void)state;
    static const struct {
        cnn_parameter_factor factor;
        const char *message;
    } cases[] = {
        {{"fc_9.*", 2}, "rate_factors: no parameter has a name that matches \"fc_9.*\""},
        {{"*", -1}, "rate_factors: the factor of \"*\" must be at least 0, not -1"},
        {{"*", NAN}, "rate_factors: the factor of \"*\" must be at least 0, not nan"},
        {{NULL, 1}, "rate_factors: a pattern must not be NULL"},
    };
    cnn_net *net = small_net();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cnn_trainer *trainer;
        cnn_error error;
        const cnn_trainer_options options = {
            .update = {.rate_factors = &cases[i].factor, .rate_factor_count = 1}};
        assert_int_equal(cnn_trainer_new(&trainer, net, &options, &error), CNN_ERROR_ARGUMENT);
        if (!strstr(error.message, cases[i].message))
            fail_msg("no '%s' in '%s'", cases[i].message, error.message);
    }
    cnn_net_free(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_have_rates_and_decays_of_their_own),
        cmocka_unit_test(layers_learn_slower_towards_the_input),
        cmocka_unit_test(what_is_no_factor_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
