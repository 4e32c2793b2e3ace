#include "inspect_case.h"

#include "base/memory.h"
#include "graph/net.h"
#include "support/cmocka.h"

#include <math.h>

static inspect_case case_of(const char *name, cnn_net *net, int64_t batch, int threads) {
    cnn_error error;
    inspect_case c = {.name = name,
                      .net = net,
                      .batch = batch,
                      .images = net_case_images(net, batch),
                      .labels = net_case_labels(net, batch)};
    const cnn_inspector_options options = {.batch = batch, .threads = threads};
    if (cnn_inspector_new(&c.inspector, net, &options, &error) != CNN_OK)
        fail_msg("%s: %s", name, error.message);
    if (cnn_inspector_run(c.inspector, c.images, batch, &error) != CNN_OK)
        fail_msg("%s: %s", name, error.message);
    return c;
}

inspect_case inspect_case_new(const net_case *c, int64_t batch, int threads) {
    return case_of(c->name, net_case_build(c), batch, threads);
}

inspect_case inspect_case_of_text(const char *text, int64_t batch) {
    cnn_error error;
    cnn_net *net;
    if (cnn_net_parse(&net, text, "text", &error) != CNN_OK)
        fail_msg("%s", error.message);
    assert_int_equal(cnn_net_initialise(net, 5), CNN_OK);
    return case_of("text", net, batch, 1);
}

void inspect_case_free(inspect_case *c) {
    cnn_inspector_free(c->inspector);
    cnn_net_free(c->net);
    cnn_free(c->images);
    cnn_free(c->labels);
}

static int64_t elements_of(const inspect_case *c, const char *layer) {
    const int64_t node = cnn_find_node(c->net, layer);
    return c->batch * cnn_shape_elements(node < 0 ? &c->net->input : &c->net->nodes[node].output);
}

/* One of the two calls that copy a layer's values. */
static float *read_values(const inspect_case *c, const char *layer, int64_t *count,
                          cnn_status (*read)(const cnn_inspector *, const char *, float *, int64_t,
                                             cnn_error *)) {
    cnn_error error;
    *count = elements_of(c, layer);
    float *values = cnn_allocate((size_t)*count, sizeof *values, "a test", NULL);
    if (read(c->inspector, layer, values, *count, &error) != CNN_OK)
        fail_msg("%s: %s: %s", c->name, layer, error.message);
    return values;
}

float *inspect_case_output(const inspect_case *c, const char *layer, int64_t *count) {
    return read_values(c, layer, count, cnn_inspector_output);
}

float *inspect_case_gradient(const inspect_case *c, const char *layer, int64_t *count) {
    return read_values(c, layer, count, cnn_inspector_gradient);
}

double inspect_distance(const float *a, const double *b, int64_t count) {
    double difference = 0, norm = 0;
    for (int64_t i = 0; i < count; i++) {
        difference += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        norm += b[i] * b[i];
    }
    return difference == 0 ? 0 : sqrt(difference / norm);
}

void for_each_net_case(void (*check)(const net_case *c)) {
    for (const net_case *c = net_case_list(); c->name; c++)
        check(c);
}
