/* Outputs and gradients of every layer against what PyTorch's hooks see: tools/golden_inspect.py. */
#include "cnn_inspect.h"

#include "base/memory.h"
#include "graph/net.h"
#include "support/cmocka.h"
#include "support/golden.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const cases[] = {"chain", "branches", "maps", "activations", "moves", "pools"};
enum { CASES = sizeof cases / sizeof cases[0], MAX_BATCH = 4 };

/* How far a value may be from PyTorch's, as a share of the largest value of its tensor. */
static const double TOLERANCE = 1e-4;
static double most; /* the largest such share that was seen */

/* A network with an inspector that has run its images. */
typedef struct golden_case {
    const char *name;
    cnn_safetensors file;
    cnn_net *net;
    cnn_inspector *inspector;
    int64_t batch;
    int32_t labels[MAX_BATCH];
} golden_case;

static void normalise(const golden_case *c) {
    int64_t channels;
    float *mean = golden_floats(&c->file, &channels, "%s/mean", c->name);
    float *deviation = golden_floats(&c->file, &channels, "%s/deviation", c->name);
    assert_int_equal(cnn_net_set_normalisation(c->net, mean, deviation, NULL), CNN_OK);
    cnn_free(mean);
    cnn_free(deviation);
}

static golden_case open_case(const char *name) {
    int64_t count;
    golden_case c = {.name = name, .file = golden_open("inspect.safetensors")};
    c.net = golden_net(&c.file, name, name);
    normalise(&c);
    double *labels = golden_values(&c.file, &c.batch, "%s/labels", name);
    assert_in_range(c.batch, 1, MAX_BATCH);
    for (int64_t i = 0; i < c.batch; i++)
        c.labels[i] = (int32_t)labels[i];
    cnn_free(labels);
    float *images = golden_floats(&c.file, &count, "%s/images", name);
    assert_int_equal(count, c.batch * cnn_shape_elements(&c.net->input));
    const cnn_inspector_options options = {.batch = c.batch};
    assert_int_equal(cnn_inspector_new(&c.inspector, c.net, &options, NULL), CNN_OK);
    assert_int_equal(cnn_inspector_run(c.inspector, images, c.batch, NULL), CNN_OK);
    cnn_free(images);
    return c;
}

static void close_case(golden_case *c) {
    cnn_inspector_free(c->inspector);
    cnn_net_free(c->net);
    cnn_safetensors_free(&c->file);
}

/* ---- Comparing ----------------------------------------------------------------------------------------- */

/* A tensor of zeros must be one exactly. */
static void compare_values(const char *name, const float *values, const double *expected, int64_t count) {
    double largest = 0;
    for (int64_t i = 0; i < count; i++)
        largest = fmax(largest, fabs(expected[i]));
    for (int64_t i = 0; i < count; i++) {
        const double difference = fabs((double)values[i] - expected[i]);
        if (!(difference <= TOLERANCE * largest))
            fail_msg("%s: value %lld is %g, PyTorch's %g; the largest is %g", name, (long long)i,
                     (double)values[i], expected[i], largest);
        most = fmax(most, largest > 0 ? difference / largest : 0);
    }
}

/* What one of the inspector's calls reads of `what`, a layer or a parameter, with the golden tensor `format` of it. */
typedef cnn_status reading(const cnn_inspector *inspector, const char *what, float *values, int64_t elements,
                           cnn_error *error);

static void compare(const golden_case *c, const char *kind, const char *what, reading *read) {
    char name[256];
    int64_t count;
    cnn_error error;
    snprintf(name, sizeof name, "%s/%s/%s", c->name, kind, what);
    double *expected = golden_values(&c->file, &count, "%s", name);
    float *values = cnn_allocate((size_t)count, sizeof *values, "a test", NULL);
    if (read(c->inspector, what, values, count, &error) != CNN_OK)
        fail_msg("%s: %s", name, error.message);
    compare_values(name, values, expected, count);
    cnn_free(values);
    cnn_free(expected);
}

static void compare_layers(const golden_case *c, const char *kind, reading *read) {
    compare(c, kind, "input", read);
    for (int64_t n = 0; n < c->net->node_count; n++)
        compare(c, kind, c->net->nodes[n].name, read);
}

/* ---- The tests ----------------------------------------------------------------------------------------- */

static void outputs_of_all_layers_are_pytorchs(void **state) {
    (void)state;
    for (int i = 0; i < CASES; i++) {
        golden_case c = open_case(cases[i]);
        compare_layers(&c, "output", cnn_inspector_output);
        close_case(&c);
    }
}

static void compare_gradients(const golden_case *c) {
    int64_t count;
    double losses[MAX_BATCH];
    double *expected = golden_values(&c->file, &count, "%s/losses", c->name);
    assert_int_equal(count, c->batch);
    assert_int_equal(cnn_inspector_loss(c->inspector, c->labels, losses, NULL), CNN_OK);
    for (int64_t i = 0; i < count; i++)
        assert_float_equal(losses[i], expected[i], 1e-5);
    compare_layers(c, "gradient", cnn_inspector_gradient);
    for (int64_t p = 0; p < c->net->parameter_count; p++)
        if (!c->net->parameters[p].spec.statistic)
            compare(c, "gradient", c->net->parameters[p].name, cnn_inspector_parameter_gradient);
    cnn_free(expected);
}

static void losses_and_all_gradients_are_pytorchs(void **state) {
    (void)state;
    for (int i = 0; i < CASES; i++) {
        golden_case c = open_case(cases[i]);
        compare_gradients(&c);
        close_case(&c);
    }
}

static cnn_status read_input_gradient(const cnn_inspector *inspector, const char *what, float *values,
                                      int64_t elements, cnn_error *error) {
    (void)what;
    return cnn_inspector_gradient(inspector, "input", values, elements, error);
}

static void a_gradient_from_a_layer_in_the_middle_is_pytorchs(void **state) {
    (void)state;
    for (int i = 0; i < CASES; i++) {
        char key[64];
        int64_t count;
        golden_case c = open_case(cases[i]);
        snprintf(key, sizeof key, "%s/start", c.name);
        float *upstream = golden_floats(&c.file, &count, "%s/upstream", c.name);
        const char *start = cnn_safetensors_metadata(&c.file, key);
        assert_int_equal(cnn_inspector_backward(c.inspector, start, upstream, count, NULL), CNN_OK);
        compare(&c, "from", "start", read_input_gradient);
        cnn_free(upstream);
        close_case(&c);
    }
}

static bool has_op(const cnn_net *net, const cnn_op *op) {
    for (int64_t n = 0; n < net->node_count; n++)
        if (net->nodes[n].op == op)
            return true;
    return false;
}

static void every_kind_of_layer_is_in_some_network(void **state) {
    (void)state;
    bool seen[200] = {false};
    for (int i = 0; i < CASES; i++) {
        golden_case c = open_case(cases[i]);
        for (int k = 0; cnn_ops()[k]; k++)
            seen[k] = seen[k] || has_op(c.net, cnn_ops()[k]);
        close_case(&c);
    }
    for (int k = 0; cnn_ops()[k]; k++)
        if (!seen[k])
            fail_msg("no network of tools/golden_inspect.py has a layer \"%s\"", cnn_ops()[k]->word);
}

static int report(void **state) {
    (void)state;
    fprintf(stderr, "largest difference as a share of a tensor's largest value: %.1e\n", most);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_of_all_layers_are_pytorchs),
        cmocka_unit_test(losses_and_all_gradients_are_pytorchs),
        cmocka_unit_test(a_gradient_from_a_layer_in_the_middle_is_pytorchs),
        cmocka_unit_test(every_kind_of_layer_is_in_some_network),
    };
    return cmocka_run_group_tests(tests, NULL, report);
}
