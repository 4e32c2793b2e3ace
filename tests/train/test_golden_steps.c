/* Ten training steps from the same weights and batches against PyTorch in double precision. */
#include "base/memory.h"
#include "graph/net.h"
#include "support/cmocka.h"
#include "support/golden.h"

#include <math.h>
#include <stdio.h>

enum { STEPS = 10, BATCH = 8 };

typedef struct step_case {
    const char *name;
    cnn_update_options update; /* as in STEP_CASES of tools/golden.py */
} step_case;

static const step_case cases[] = {
    {"sgd", {.optimizer = CNN_OPTIMIZER_SGD, .learning_rate = 0.1}},
    {"sgd_decay", {.optimizer = CNN_OPTIMIZER_SGD, .learning_rate = 0.1, .weight_decay = 0.05}},
    {"momentum", {.optimizer = CNN_OPTIMIZER_SGD, .learning_rate = 0.05, .momentum = 0.9}},
    {"momentum_decay",
     {.optimizer = CNN_OPTIMIZER_SGD, .learning_rate = 0.05, .momentum = 0.9, .weight_decay = 0.05}},
    {"nesterov", {.optimizer = CNN_OPTIMIZER_SGD, .learning_rate = 0.05, .momentum = 0.9, .nesterov = true}},
    {"adam", {.optimizer = CNN_OPTIMIZER_ADAM, .learning_rate = 0.003}},
    {"adam_betas",
     {.optimizer = CNN_OPTIMIZER_ADAM, .learning_rate = 0.003, .beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-4}},
    {"adam_decay", {.optimizer = CNN_OPTIMIZER_ADAM, .learning_rate = 0.003, .weight_decay = 0.05}},
    {"adamw", {.optimizer = CNN_OPTIMIZER_ADAMW, .learning_rate = 0.003, .weight_decay = 0.1}},
    {"clip", {.optimizer = CNN_OPTIMIZER_SGD, .learning_rate = 0.1, .clip_norm = 0.5}},
    {"clip_adamw_decay",
     {.optimizer = CNN_OPTIMIZER_ADAMW, .learning_rate = 0.003, .weight_decay = 0.1, .clip_norm = 0.1}},
    {"label_smoothing", {.optimizer = CNN_OPTIMIZER_SGD, .learning_rate = 0.1, .label_smoothing = 0.1}},
    {"mean_squared",
     {.optimizer = CNN_OPTIMIZER_SGD, .learning_rate = 0.1, .momentum = 0.9, .loss = CNN_LOSS_MEAN_SQUARED}},
};
enum { CASES = sizeof cases / sizeof cases[0] };

static struct { double loss, parameter; } seen;

static void take_steps(const cnn_safetensors *file, const step_case *c, cnn_trainer *trainer) {
    int64_t count;
    float *images = golden_floats(file, &count, "images");
    const int64_t batch_values = count / STEPS;
    double *labels = golden_values(file, &count, "labels");
    assert_int_equal(count, STEPS * BATCH);
    double *losses = golden_values(file, &count, "%s/losses", c->name);
    assert_int_equal(count, STEPS);
    for (int step = 0; step < STEPS; step++) {
        int32_t batch_labels[BATCH];
        double loss;
        for (int i = 0; i < BATCH; i++)
            batch_labels[i] = (int32_t)labels[step * BATCH + i];
        assert_int_equal(cnn_trainer_gradients(trainer, images + step * batch_values, batch_labels, BATCH,
                                               &loss, NULL, NULL),
                         CNN_OK);
        if (!(fabs(loss - losses[step]) < 1e-5))
            fail_msg("%s: the loss of step %d is %.9g, PyTorch's %.9g", c->name, step + 1, loss,
                     losses[step]);
        seen.loss = fmax(seen.loss, fabs(loss - losses[step]));
        assert_int_equal(cnn_trainer_update(trainer, 1, NULL), CNN_OK);
    }
    cnn_free(losses);
    cnn_free(labels);
    cnn_free(images);
}

static void check_parameters(const cnn_safetensors *file, const step_case *c, const cnn_net *net) {
    for (int64_t p = 0; p < net->parameter_count; p++) {
        int64_t count;
        const cnn_parameter *parameter = &net->parameters[p];
        double *expected = golden_values(file, &count, "%s/%s", c->name, parameter->name);
        assert_int_equal(count, parameter->elements);
        double difference = golden_difference(net->values + parameter->offset, expected, count);
        if (!(difference < 1e-4))
            fail_msg("%s: %s is off by %g of its norm", c->name, parameter->name, difference);
        seen.parameter = fmax(seen.parameter, difference);
        cnn_free(expected);
    }
}

static void check_case(void **state) {
    const step_case *c = *state;
    cnn_safetensors file = golden_open("steps.safetensors");
    cnn_net *net = golden_net(&file, "network", "initial");
    cnn_trainer *trainer;
    cnn_error error;
    cnn_trainer_options options = {.update = c->update, .batch = BATCH};
    if (cnn_trainer_new(&trainer, net, &options, &error) != CNN_OK)
        fail_msg("%s: %s", c->name, error.message);
    take_steps(&file, c, trainer);
    assert_int_equal(cnn_trainer_store(trainer, net, &error), CNN_OK);
    check_parameters(&file, c, net);
    cnn_trainer_free(trainer);
    cnn_net_free(net);
    cnn_safetensors_free(&file);
}

static int report(void **state) {
    (void)state;
    fprintf(stderr, "largest differences: losses %.1e, parameters %.1e of their norm\n", seen.loss,
            seen.parameter);
    return 0;
}

int main(void) {
    struct CMUnitTest tests[CASES];
    for (int i = 0; i < CASES; i++)
        tests[i] = (struct CMUnitTest){
            .name = cases[i].name, .test_func = check_case, .initial_state = (void *)&cases[i]};
    return cmocka_run_group_tests(tests, NULL, report);
}
