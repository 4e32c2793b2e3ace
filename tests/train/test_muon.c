/* Muon on whole networks: weights of every kind of layer against the rule in double precision, on their logical order. */
#include "graph/net.h"
#include "support/cmocka.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { UPDATES = 2, BATCH = 6, SIDE = 12, CHANNELS = 4, CLASSES = 5, PLANE = SIDE * SIDE };
static const double rate = 0.02, momentum = 0.95, decay = 0.1;

/* Groups, depthwise, wide and tall matrices, a pooled convolution, whose weights lie otherwise in memory, a dense layer
 * behind a map. */
static cnn_net *make_net(void) {
    cnn_net *net = cnn_net_new(&(cnn_input_options){CHANNELS, SIDE, SIDE});
    cnn_conv2d(net, .filters = 8, .kernel = {3}, .same = true, .groups = 2, .name = "grouped");
    cnn_relu(net);
    cnn_conv2d(net, .filters = 8, .kernel = {3}, .same = true, .groups = 8, .name = "depthwise");
    cnn_batch_norm(net, .name = "norm");
    cnn_conv2d(net, .filters = 16, .kernel = {3}, .name = "pooled");
    cnn_relu(net);
    cnn_max_pool2d(net, .kernel = {2});
    cnn_conv2d(net, .filters = 24, .kernel = {1}, .name = "wide");
    cnn_flatten(net);
    cnn_dense(net, .units = CLASSES, .name = "dense");
    assert_int_equal(cnn_net_status(net), CNN_OK);
    assert_int_equal(cnn_net_initialise(net, 3), CNN_OK);
    return net;
}

static double *doubles(int64_t count) {
    double *values = calloc((size_t)count, sizeof *values);
    assert_non_null(values);
    return values;
}

/* g = x x^T; rows x columns. */
static void square(const double *x, int64_t rows, int64_t columns, double *g) {
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < rows; j++) {
            g[i * rows + j] = 0;
            for (int64_t k = 0; k < columns; k++)
                g[i * rows + j] += x[i * columns + k] * x[j * columns + k];
        }
}

/* x = a x + (b g + c g g) x for g = x x^T, step by step as it was published. */
static void newton_schulz(double *x, int64_t rows, int64_t columns) {
    double *g = doubles(rows * rows), *p = doubles(rows * rows), *y = doubles(rows * columns), norm = 0;
    for (int64_t i = 0; i < rows * columns; i++)
        norm += x[i] * x[i];
    for (int64_t i = 0; i < rows * columns; i++)
        x[i] /= sqrt(norm) + 1e-7;
    for (int step = 0; step < 5; step++) {
        square(x, rows, columns, g);
        square(g, rows, rows, p); /* g is symmetric */
        for (int64_t i = 0; i < rows * rows; i++)
            p[i] = -4.7750 * g[i] + 2.0315 * p[i];
        for (int64_t i = 0; i < rows; i++)
            for (int64_t k = 0; k < columns; k++) {
                y[i * columns + k] = 3.4445 * x[i * columns + k];
                for (int64_t j = 0; j < rows; j++)
                    y[i * columns + k] += p[i * rows + j] * x[j * columns + k];
            }
        memcpy(x, y, (size_t)(rows * columns) * sizeof *x);
    }
    free(g);
    free(p);
    free(y);
}

/* What the rule makes of one parameter: `m`, its momentum, and `w` are changed. */
static void expect(const cnn_parameter *parameter, const float *gradient, double *m, double *w) {
    const cnn_order *order = &parameter->spec.order;
    const bool matrix = strstr(parameter->name, "weight") && !strstr(parameter->name, "norm");
    const int64_t rows = order->outputs, columns = order->inputs * order->area;
    double *u = doubles(parameter->elements);
    for (int64_t i = 0; i < parameter->elements; i++) {
        m[i] = momentum * m[i] + (double)gradient[i];
        u[i] = (double)gradient[i] + momentum * m[i];
    }
    for (int64_t g = 0; matrix && g < order->groups; g++)
        newton_schulz(u + g * rows * columns, rows, columns);
    const double scale = matrix && rows > columns ? sqrt((double)rows / (double)columns) : 1;
    for (int64_t i = 0; i < parameter->elements; i++)
        w[i] -= rate * ((matrix ? decay * w[i] : 0) + scale * u[i]);
    free(u);
}

static void draw(float *images, int32_t *labels, int update) {
    for (int i = 0; i < BATCH * CHANNELS * PLANE; i++)
        images[i] = (float)((i * 7919 + update * 104729) % 1009) / 1009;
    for (int i = 0; i < BATCH; i++)
        labels[i] = (i + update) % CLASSES;
}

static void step(cnn_trainer *trainer, const cnn_net *net, int update, double *m, double *w) {
    static float images[BATCH * CHANNELS * PLANE];
    int32_t labels[BATCH];
    draw(images, labels, update);
    assert_int_equal(cnn_trainer_gradients(trainer, images, labels, BATCH, NULL, NULL, NULL), CNN_OK);
    float *gradient = calloc((size_t)net->value_count, sizeof *gradient);
    for (int64_t i = 0, at = 0; i < net->parameter_count; at += net->parameters[i++].elements) {
        const cnn_parameter *parameter = &net->parameters[i];
        assert_int_equal(
            cnn_trainer_get_gradient(trainer, parameter->name, gradient, parameter->elements, NULL), CNN_OK);
        expect(parameter, gradient, m + at, w + at);
    }
    free(gradient);
    assert_int_equal(cnn_trainer_update(trainer, 1, NULL), CNN_OK);
}

static cnn_trainer *make_trainer(const cnn_net *net, int threads) {
    const cnn_trainer_options options = {.update = {.optimizer = CNN_OPTIMIZER_MUON, .weight_decay = decay},
                                         .batch = BATCH,
                                         .threads = threads};
    cnn_trainer *trainer;
    assert_int_equal(cnn_trainer_new(&trainer, net, &options, NULL), CNN_OK);
    return trainer;
}

static void compare(const cnn_net *net, const double *w) {
    for (int64_t i = 0, at = 0; i < net->parameter_count; at += net->parameters[i++].elements) {
        const cnn_parameter *parameter = &net->parameters[i];
        float *values = calloc((size_t)parameter->elements, sizeof *values);
        assert_int_equal(cnn_net_get_parameter(net, parameter->name, values, parameter->elements, NULL),
                         CNN_OK);
        for (int64_t k = 0; !parameter->spec.statistic && k < parameter->elements; k++)
            if (!(fabs((double)values[k] - w[at + k]) < 2e-5))
                fail_msg("%s[%d] is %.7g, expected %.7g", parameter->name, (int)k, (double)values[k],
                         w[at + k]);
        free(values);
    }
}

static void weights_follow_the_rule(void **state) {
    (void)state;
    cnn_net *net = make_net();
    cnn_trainer *trainer = make_trainer(net, 2);
    double *m = doubles(net->value_count), *w = doubles(net->value_count);
    for (int64_t i = 0, at = 0; i < net->parameter_count; at += net->parameters[i++].elements) {
        float *values = calloc((size_t)net->parameters[i].elements, sizeof *values);
        cnn_net_get_parameter(net, net->parameters[i].name, values, net->parameters[i].elements, NULL);
        for (int64_t k = 0; k < net->parameters[i].elements; k++)
            w[at + k] = (double)values[k];
        free(values);
    }
    for (int update = 0; update < UPDATES; update++)
        step(trainer, net, update, m, w);
    assert_int_equal(cnn_trainer_store(trainer, net, NULL), CNN_OK);
    compare(net, w);
    free(m);
    free(w);
    cnn_trainer_free(trainer);
    cnn_net_free(net);
}

/* The same bits on any number of threads. */
static void threads_change_nothing(void **state) {
    (void)state;
    cnn_net *one = make_net();
    cnn_net *nets[] = {one, make_net(), make_net()};
    for (int n = 0; n < 3; n++) {
        float images[CHANNELS * PLANE];
        const int32_t label = 1;
        cnn_trainer *trainer = make_trainer(nets[n], n + 1);
        for (int i = 0; i < CHANNELS * PLANE; i++)
            images[i] = (float)(i % 17) / 17;
        for (int i = 0; i < 3; i++) {
            cnn_trainer_gradients(trainer, images, &label, 1, NULL, NULL, NULL);
            assert_int_equal(cnn_trainer_update(trainer, 1, NULL), CNN_OK);
        }
        assert_int_equal(cnn_trainer_store(trainer, nets[n], NULL), CNN_OK);
        assert_memory_equal(nets[n]->values, one->values, (size_t)one->value_count * sizeof *one->values);
        cnn_trainer_free(trainer);
        if (n > 0)
            cnn_net_free(nets[n]);
    }
    cnn_net_free(one);
}

/* A matrix that all threads work on has the bits of one that a thread does alone. */
static void large_matrices_are_shared(void **state) {
    (void)state;
    enum { INPUTS = 250, UNITS = 240 };
    float image[INPUTS];
    const int32_t label = 1;
    cnn_net *nets[2];
    for (int n = 0; n < 2; n++) {
        nets[n] = cnn_net_new(&(cnn_input_options){1, 1, INPUTS});
        cnn_flatten(nets[n]);
        cnn_dense(nets[n], .units = UNITS);
        assert_int_equal(cnn_net_initialise(nets[n], 5), CNN_OK);
        cnn_trainer *trainer = make_trainer(nets[n], n + 1);
        for (int i = 0; i < INPUTS; i++)
            image[i] = (float)(i % 13) / 13;
        cnn_trainer_gradients(trainer, image, &label, 1, NULL, NULL, NULL);
        assert_int_equal(cnn_trainer_update(trainer, 1, NULL), CNN_OK);
        assert_int_equal(cnn_trainer_store(trainer, nets[n], NULL), CNN_OK);
        cnn_trainer_free(trainer);
    }
    assert_memory_equal(nets[0]->values, nets[1]->values, (size_t)nets[0]->value_count * sizeof(float));
    cnn_net_free(nets[0]);
    cnn_net_free(nets[1]);
}

/* A gradient of zeros has no direction, and nothing moves but by decay. */
static void a_gradient_of_zeros_moves_nothing(void **state) {
    (void)state;
    cnn_net *net = cnn_net_new(&(cnn_input_options){1, 1, 2});
    cnn_flatten(net);
    cnn_dense(net, .units = 2, .name = "fc");
    assert_int_equal(cnn_net_initialise(net, 1), CNN_OK);
    float before[6];
    memcpy(before, net->values, sizeof before);
    cnn_trainer *trainer;
    const cnn_trainer_options options = {
        .update = {.optimizer = CNN_OPTIMIZER_MUON, .loss = CNN_LOSS_MEAN_SQUARED}, .batch = 1};
    assert_int_equal(cnn_trainer_new(&trainer, net, &options, NULL), CNN_OK);
    const float image[2] = {0, 0}, targets[2] = {0, 0}; /* biases are 0, as is the output */
    assert_int_equal(cnn_trainer_target_gradients(trainer, image, targets, 1, NULL, NULL), CNN_OK);
    assert_int_equal(cnn_trainer_update(trainer, 1, NULL), CNN_OK);
    assert_int_equal(cnn_trainer_store(trainer, net, NULL), CNN_OK);
    assert_memory_equal(net->values, before, sizeof before);
    cnn_trainer_free(trainer);
    cnn_net_free(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_follow_the_rule),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(large_matrices_are_shared),
        cmocka_unit_test(a_gradient_of_zeros_moves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
