/* Every optimizer of CNN_OPTIMIZERS against its published rule in double precision. */
#include "graph/net.h"
#include "support/cmocka.h"
#include "train/optimizers/optimizer.h"

#include <math.h>
#include <string.h>

#include "golden/optimizers.h"

enum { CASES = sizeof golden_updates / sizeof golden_updates[0] };

/* One dense layer of one output. */
static cnn_net *make_net(void) {
    cnn_net *net = cnn_net_new(&(cnn_input_options){.channels = INPUTS, .height = 1, .width = 1});
    cnn_flatten(net);
    cnn_dense(net, .units = 1);
    assert_int_equal(cnn_net_status(net), CNN_OK);
    assert_int_equal(net->value_count, INPUTS + 1);
    assert_int_equal(cnn_net_make_values(net, NULL), CNN_OK);
    memcpy(net->values, golden_initial, sizeof golden_initial);
    return net;
}

static void follows_its_rule(const cnn_update_options *update, const double *expected) {
    cnn_net *net = make_net();
    cnn_trainer *trainer;
    cnn_trainer_options options = {.update = *update, .batch = BATCH, .threads = 2};
    options.update.loss = CNN_LOSS_MEAN_SQUARED;
    assert_int_equal(cnn_trainer_new(&trainer, net, &options, NULL), CNN_OK);
    for (int i = 0; i < UPDATES; i++) {
        assert_int_equal(cnn_trainer_target_gradients(trainer, golden_images + i * BATCH * INPUTS,
                                                      golden_targets + i * BATCH, BATCH, NULL, NULL),
                         CNN_OK);
        assert_int_equal(cnn_trainer_update(trainer, 1, NULL), CNN_OK);
    }
    assert_int_equal(cnn_trainer_store(trainer, net, NULL), CNN_OK);
    for (int k = 0; k <= INPUTS; k++)
        if (!(fabs((double)net->values[k] - expected[k]) < 2e-6))
            fail_msg("%s: value %d is %.9g, expected %.9g", cnn_optimizer_name(update->optimizer), k,
                     (double)net->values[k], expected[k]);
    cnn_trainer_free(trainer);
    cnn_net_free(net);
}

static void all_follow_their_published_rules(void **state) {
    (void)state;
    for (int i = 0; i < CASES; i++)
        follows_its_rule(&golden_updates[i].update, golden_updates[i].trained);
}

static void each_has_golden_values(void **state) {
    (void)state;
    for (int optimizer = 1; optimizer <= cnn_optimizer_count(); optimizer++) {
        int cases = 0;
        for (int i = 0; i < CASES; i++)
            cases += (int)golden_updates[i].update.optimizer == optimizer;
        if (cases == 0)
            fail_msg("%s has no row in tools/golden_optimizers.py",
                     cnn_optimizer_name((cnn_optimizer)optimizer));
    }
}

static void the_learning_rate_of_the_list_is_the_default(void **state) {
    (void)state;
#define ROW(enumerator, name, rate) {enumerator, rate},
    static const struct {
        cnn_optimizer optimizer;
        double rate;
    } rows[] = {CNN_OPTIMIZERS(ROW)};
#undef ROW
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_float_equal(cnn_optimizer_rate(&(cnn_update_options){.optimizer = rows[i].optimizer}),
                           rows[i].rate, 0);
    const cnn_update_options momentum = {.optimizer = CNN_OPTIMIZER_SGD, .momentum = 0.5};
    assert_float_equal(cnn_optimizer_rate(&momentum), 0.05, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_follow_their_published_rules),
        cmocka_unit_test(each_has_golden_values),
        cmocka_unit_test(the_learning_rate_of_the_list_is_the_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
