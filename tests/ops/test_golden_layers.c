/* Outputs, losses and gradients of single layers against PyTorch in double precision. */
#include "base/memory.h"
#include "graph/net.h"
#include "support/cmocka.h"
#include "support/golden.h"

#include <math.h>
#include <stdio.h>

/* Every entry of a file's metadata is a case. */
static const char *const files[] = {"layers.safetensors", "activations.safetensors", "operators.safetensors"};
enum { FILES = sizeof files / sizeof files[0], MAX_CASES = 200 };

typedef struct golden_case {
    const char *file;
    char name[64];
} golden_case;

static struct { double output, loss, gradient; } seen;

static void note(const char *name, const char *what, double difference, double limit, double *most) {
    if (!(difference < limit))
        fail_msg("%s: %s is off by %g", name, what, difference);
    *most = fmax(*most, difference);
}

static void check_outputs(const cnn_safetensors *file, const char *name, const cnn_net *net,
                          const float *images, int64_t batch) {
    int64_t count;
    cnn_predictor *predictor;
    double *expected = golden_values(file, &count, "%s/outputs", name);
    assert_int_equal(count, batch * cnn_net_outputs(net));
    float *outputs = cnn_allocate((size_t)count, sizeof *outputs, "outputs", NULL);
    assert_int_equal(cnn_predictor_new(&predictor, net, &(cnn_predictor_options){.batch = batch}, NULL),
                     CNN_OK);
    assert_int_equal(cnn_predictor_run(predictor, images, batch, outputs, NULL), CNN_OK);
    note(name, "the output", golden_difference(outputs, expected, count), 1e-5, &seen.output);
    cnn_predictor_free(predictor);
    cnn_free(outputs);
    cnn_free(expected);
}

static void check_gradient(const cnn_safetensors *file, const char *name, const cnn_trainer *trainer,
                           const cnn_parameter *parameter) {
    int64_t count;
    double *expected = golden_values(file, &count, "%s/gradient/%s", name, parameter->name);
    assert_int_equal(count, parameter->elements);
    float *gradient = cnn_allocate((size_t)count, sizeof *gradient, "a gradient", NULL);
    assert_int_equal(cnn_trainer_get_gradient(trainer, parameter->name, gradient, count, NULL), CNN_OK);
    note(name, parameter->name, golden_difference(gradient, expected, count), 1e-4, &seen.gradient);
    cnn_free(gradient);
    cnn_free(expected);
}

static void check_training(const cnn_safetensors *file, const char *name, const cnn_net *net,
                           const float *images, int64_t batch) {
    int64_t count;
    double loss;
    int32_t labels[8];
    cnn_trainer *trainer;
    double *golden_labels = golden_values(file, &count, "%s/labels", name);
    assert_int_equal(count, batch);
    for (int64_t i = 0; i < batch; i++)
        labels[i] = (int32_t)golden_labels[i];
    double *golden_loss = golden_values(file, &count, "%s/loss", name);
    assert_int_equal(cnn_trainer_new(&trainer, net, &(cnn_trainer_options){.batch = batch}, NULL), CNN_OK);
    assert_int_equal(cnn_trainer_gradients(trainer, images, labels, batch, &loss, NULL, NULL), CNN_OK);
    note(name, "the loss", fabs(loss - *golden_loss), 1e-5, &seen.loss);
    for (int64_t p = 0; p < net->parameter_count; p++)
        if (!net->parameters[p].spec.statistic)
            check_gradient(file, name, trainer, &net->parameters[p]);
    cnn_trainer_free(trainer);
    cnn_free(golden_loss);
    cnn_free(golden_labels);
}

static void check_case(void **state) {
    const golden_case *c = *state;
    const char *name = c->name;
    int64_t count;
    cnn_safetensors file = golden_open(c->file);
    cnn_net *net = golden_net(&file, name, name);
    float *images = golden_floats(&file, &count, "%s/images", name);
    const int64_t batch = count / cnn_shape_elements(&net->input);
    assert_in_range(batch, 1, 8);
    check_outputs(&file, name, net, images, batch);
    check_training(&file, name, net, images, batch);
    cnn_free(images);
    cnn_net_free(net);
    cnn_safetensors_free(&file);
}

/* Returns how many cases there are. */
static int list_cases(golden_case cases[MAX_CASES]) {
    int count = 0;
    for (int f = 0; f < FILES; f++) {
        cnn_safetensors file = golden_open(files[f]);
        assert_true(file.metadata_count > 0);
        for (int64_t i = 0; i < file.metadata_count; i++) {
            assert_true(count < MAX_CASES);
            cases[count].file = files[f];
            snprintf(cases[count++].name, sizeof cases[0].name, "%s", file.metadata[i].key);
        }
        cnn_safetensors_free(&file);
    }
    return count;
}

static int report(void **state) {
    (void)state;
    fprintf(stderr, "largest differences: outputs %.1e, losses %.1e, gradients %.1e\n", seen.output,
            seen.loss, seen.gradient);
    return 0;
}

int main(void) {
    static golden_case cases[MAX_CASES];
    struct CMUnitTest tests[MAX_CASES] = {{0}}; /* cmocka passes over those without a name */
    const int count = list_cases(cases);
    for (int i = 0; i < count; i++)
        tests[i] =
            (struct CMUnitTest){.name = cases[i].name, .test_func = check_case, .initial_state = &cases[i]};
    return cmocka_run_group_tests(tests, NULL, report);
}
