/* Outputs and gradients of every layer against the oracle in double precision: under every instruction
 * set, for several batch sizes, bit for bit the same on any number of threads. */
#define _GNU_SOURCE
#include "base/memory.h"
#include "base/random.h"
#include "kernels/kernels.h"
#include "support/cmocka.h"
#include "support/net_cases.h"
#include "support/oracle_layer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __SANITIZE_ADDRESS__ /* looks for other faults than wrong values, and the oracle is slow under it */
enum { MAX_PROBES = 12 };
#else
enum { MAX_PROBES = 40 };
#endif
enum { MAX_TABLES = 8, MAX_THREADS = 3 };

/* One network with a batch, and what the oracle says about it. */
typedef struct setting {
    const net_case *c;
    cnn_net *net;
    int64_t batch;
    float *images;
    int32_t *labels;
    double *outputs, loss;
    int64_t *probe; /* which values of the parameters are probed, in ascending order of the tensors */
    double *derivative;
    int64_t probes;
} setting;

/* The largest differences seen, for whoever reads the log. */
static struct { double output, gradient; } seen;

static void *allocate(int64_t count, size_t size) {
    void *memory = cnn_allocate((size_t)count, size, "a test", NULL);
    assert_non_null(memory);
    return memory;
}

/* All values of a small tensor, MAX_PROBES random ones of a larger one. */
static void choose_probes(setting *s) {
    cnn_random random;
    cnn_random_seed(&random, 15);
    s->probe = allocate(s->net->parameter_count * MAX_PROBES, sizeof *s->probe);
    s->derivative = allocate(s->net->parameter_count * MAX_PROBES, sizeof *s->derivative);
    for (int64_t p = 0; p < s->net->parameter_count; p++) {
        const cnn_parameter *parameter = &s->net->parameters[p];
        if (parameter->spec.statistic)
            continue;
        bool all = parameter->elements <= MAX_PROBES;
        for (int64_t k = 0; k < (all ? parameter->elements : MAX_PROBES); k++)
            s->probe[s->probes++] =
                parameter->offset + (all ? k : cnn_random_below(&random, parameter->elements));
    }
}

static int64_t node_of(const cnn_net *net, int64_t value) {
    int64_t p = net->parameter_count - 1;
    while (net->parameters[p].offset > value)
        p--;
    return net->parameters[p].node;
}

static setting setting_new(const net_case *c, int64_t batch) {
    setting s = {.c = c, .net = net_case_build(c), .batch = batch};
    s.images = net_case_images(s.net, batch);
    s.labels = net_case_labels(s.net, batch);
    const int64_t outputs = batch * cnn_net_outputs(s.net);
    s.outputs = allocate(outputs, sizeof *s.outputs);
    oracle exact = oracle_new(s.net, s.images, batch);
    memcpy(s.outputs, oracle_run(&exact, 0), (size_t)outputs * sizeof *s.outputs);
    exact.training = true;
    oracle_run(&exact, 0);
    s.loss = oracle_loss(&exact, s.labels, &c->update);
    choose_probes(&s);
    for (int64_t k = 0; k < s.probes; k++)
        s.derivative[k] =
            oracle_derivative(&exact, s.probe[k], node_of(s.net, s.probe[k]), s.labels, &c->update);
    oracle_free(&exact);
    return s;
}

static void setting_free(setting *s) {
    cnn_net_free(s->net);
    cnn_free(s->images);
    cnn_free(s->labels);
    cnn_free(s->outputs);
    cnn_free(s->probe);
    cnn_free(s->derivative);
}

/* ---- Gradients ----------------------------------------------------------------------------------------- */

/* All gradients in the order of net->values. */
static float *library_gradients(const setting *s, cnn_trainer *trainer, double *loss) {
    cnn_error error;
    if (cnn_trainer_gradients(trainer, s->images, s->labels, s->batch, loss, NULL, &error) != CNN_OK)
        fail_msg("%s: %s", s->c->name, error.message);
    float *gradients = allocate(s->net->value_count, sizeof *gradients);
    for (int64_t p = 0; p < s->net->parameter_count; p++) {
        const cnn_parameter *parameter = &s->net->parameters[p];
        assert_int_equal(cnn_trainer_get_gradient(trainer, parameter->name, gradients + parameter->offset,
                                                  parameter->elements, &error),
                         CNN_OK);
    }
    return gradients;
}

/* The norms of one tensor's probed derivatives on both sides, and of their difference. */
typedef struct norms {
    double library, oracle, difference;
} norms;

static norms compare_tensor(const setting *s, const cnn_parameter *parameter, const float *gradients) {
    norms n = {0};
    for (int64_t k = 0; k < s->probes; k++) {
        const int64_t at = s->probe[k] - parameter->offset;
        if (at < 0 || at >= parameter->elements)
            continue;
        const double library = gradients[s->probe[k]], oracle = s->derivative[k];
        n.library += library * library;
        n.oracle += oracle * oracle;
        n.difference += (library - oracle) * (library - oracle);
    }
    return (norms){sqrt(n.library), sqrt(n.oracle), sqrt(n.difference)};
}

/* Statistics are not trained. */
static void check_zero(const setting *s, const cnn_parameter *parameter, const float *gradients) {
    for (int64_t k = 0; k < parameter->elements; k++)
        if (gradients[parameter->offset + k] != 0)
            fail_msg("%s: %s has a gradient", s->c->name, parameter->name);
}

static void check_gradients(const setting *s, const float *gradients, double loss, const char *cpu) {
    assert_true(fabs(loss - s->loss) < 1e-5 * (1 + fabs(s->loss)));
    for (int64_t p = 0; p < s->net->parameter_count; p++) {
        const cnn_parameter *parameter = &s->net->parameters[p];
        if (parameter->spec.statistic) {
            check_zero(s, parameter, gradients);
            continue;
        }
        norms n = compare_tensor(s, parameter, gradients);
        if (!(n.library > 1e-7) || !(n.oracle > 1e-7))
            fail_msg("%s: the gradient of %s is zero: nothing is compared", s->c->name, parameter->name);
        if (!(n.difference < 1e-4 * n.oracle))
            fail_msg("%s, batch %lld, %s: the gradient of %s is off by %g of its norm", s->c->name,
                     (long long)s->batch, cpu, parameter->name, n.difference / n.oracle);
        seen.gradient = fmax(seen.gradient, n.difference / n.oracle);
    }
}

static float *gradients_on(const setting *s, int threads, double *loss) {
    cnn_error error;
    cnn_trainer *trainer;
    /* For an odd batch there is room for one image more. Threads share a single one where no more have room. */
    const int64_t room = s->batch > 1 ? s->batch + s->batch % 2 : 1;
    cnn_trainer_options options = {.update = s->c->update, .batch = room, .threads = threads};
    if (cnn_trainer_new(&trainer, s->net, &options, &error) != CNN_OK)
        fail_msg("%s: %s", s->c->name, error.message);
    cnn_free(library_gradients(s, trainer, loss)); /* what one run leaves behind must not show in the next */
    float *gradients = library_gradients(s, trainer, loss);
    cnn_trainer_free(trainer);
    return gradients;
}

static void check_training(const setting *s, const char *cpu) {
    double loss, other_loss;
    float *gradients = gradients_on(s, 1, &loss);
    check_gradients(s, gradients, loss, cpu);
    for (int threads = 2; threads <= MAX_THREADS; threads++) {
        float *other = gradients_on(s, threads, &other_loss);
        assert_memory_equal(gradients, other, (size_t)s->net->value_count * sizeof *gradients);
        assert_memory_equal(&loss, &other_loss, sizeof loss);
        cnn_free(other);
    }
    cnn_free(gradients);
}

/* ---- Outputs ------------------------------------------------------------------------------------------- */

/* In batches of `images`. */
static float *outputs_on(const setting *s, int threads, int images) {
    cnn_error error;
    cnn_predictor *predictor;
    cnn_predictor_options options = {.batch = images, .threads = threads};
    if (cnn_predictor_new(&predictor, s->net, &options, &error) != CNN_OK)
        fail_msg("%s: %s", s->c->name, error.message);
    float *outputs = allocate(s->batch * cnn_net_outputs(s->net), sizeof *outputs);
    assert_int_equal(cnn_predictor_run(predictor, s->images, s->batch, outputs, &error), CNN_OK);
    cnn_predictor_free(predictor);
    return outputs;
}

static void check_outputs(const setting *s, const float *outputs, const char *cpu) {
    double difference = 0, norm = 0;
    for (int64_t k = 0; k < s->batch * cnn_net_outputs(s->net); k++) {
        difference += (outputs[k] - s->outputs[k]) * (outputs[k] - s->outputs[k]);
        norm += s->outputs[k] * s->outputs[k];
    }
    assert_true(norm > 1e-6);
    if (!(sqrt(difference) < 1e-5 * sqrt(norm)))
        fail_msg("%s, batch %lld, %s: the outputs are off by %g of their norm", s->c->name,
                 (long long)s->batch, cpu, sqrt(difference / norm));
    seen.output = fmax(seen.output, sqrt(difference / norm));
}

/* Batches of 3: some runs take more than one, and the last is not full. Single images: several threads share one. */
static void check_prediction(const setting *s, const char *cpu) {
    float *outputs = outputs_on(s, 1, 3);
    check_outputs(s, outputs, cpu);
    for (int threads = 1; threads <= MAX_THREADS; threads++)
        for (int images = 1; images <= 3; images += 2) {
            float *other = outputs_on(s, threads, images);
            assert_memory_equal(outputs, other,
                                (size_t)(s->batch * cnn_net_outputs(s->net)) * sizeof *outputs);
            cnn_free(other);
        }
    cnn_free(outputs);
}

/* ---- Every case ---------------------------------------------------------------------------------------- */

static void check_batch(const net_case *c, int64_t batch) {
    const cnn_kernels *tables[MAX_TABLES];
    const int count = cnn_kernels_available(tables, MAX_TABLES);
    setting s = setting_new(c, batch);
    for (int t = 0; t < count; t++) {
        setenv("CNN_CPU", tables[t]->name, 1);
        check_prediction(&s, tables[t]->name);
        check_training(&s, tables[t]->name);
    }
    setting_free(&s);
}

static void check_case(void **state) {
    static const int64_t small[] = {1, 5};
    const net_case *c = *state;
    if (c->batch)
        check_batch(c, c->batch);
    for (int b = 0; !c->batch && b < 2; b++)
        check_batch(c, small[b]);
}

static int report(void **state) {
    (void)state;
    fprintf(stderr, "largest differences: outputs %.1e, gradients %.1e of their norm\n", seen.output,
            seen.gradient);
    return 0;
}

/* ---- The list of cases --------------------------------------------------------------------------------- */

static bool has_layer(const net_case *c, const cnn_op *op) {
    bool has = false;
    cnn_net *net = net_case_build(c);
    for (int64_t n = 0; n < net->node_count; n++)
        has = has || net->nodes[n].op == op;
    cnn_net_free(net);
    return has;
}

static void every_layer_is_in_a_case(void **state) {
    (void)state;
    for (const cnn_op *const *op = cnn_ops(); *op; op++) {
        bool found = (*op)->idle_in_inference; /* random: tests/ops/test_dropout.c */
        for (const net_case *c = net_case_list(); c->name && !found; c++)
            found = has_layer(c, *op);
        if (!found)
            fail_msg("no case has the layer %s: give its ORACLE in tests/support one", (*op)->word);
    }
}

int main(void) {
    enum { MAX_TESTS = 240 };
    struct CMUnitTest tests[MAX_TESTS] = {{0}}; /* cmocka passes over those without a name */
    int count = 0;
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(every_layer_is_in_a_case);
    for (const net_case *c = net_case_list(); c->name; c++) {
        assert_true(count < MAX_TESTS);
        tests[count++] =
            (struct CMUnitTest){.name = c->name, .test_func = check_case, .initial_state = (void *)c};
    }
    return cmocka_run_group_tests(tests, NULL, report);
}
