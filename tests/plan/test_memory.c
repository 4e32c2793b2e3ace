/* What a plan takes: counted beforehand and taken in fact. The linker puts the __wrap_ functions of this file in the
 * place of the C library's (cmake/tests.cmake). */
#include "cnn.h"
#include "support/cmocka.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* Beside what is counted: structs, names and tables, whose size does not depend on that of a layer or of the batch. */
enum { MAX_TABLES = 56 << 10, BATCH = 12 };

static struct {
    size_t bytes;
    int threads;
} taken;

void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size) {
    taken.bytes += size;
    return __real_aligned_alloc(alignment, size);
}

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *argument) {
    taken.threads++;
    return __real_pthread_create(thread, attributes, run, argument);
}

/* Their weights take far more than MAX_TABLES, and no array as much as a huge page, to which it would be rounded up. */
static const char *const nets[] = {
    "input 3x12x12\nconv 16 3x3 padding 1\nrelu\nmaxpool 2x2\nflatten\ndense 128\nrelu\ndense 10\nsoftmax\n",
    "input 4x8x8\nconv 4 1x1 name a\nbatchnorm\nconv 4 1x1 shares a\nflatten\ndense 136\nrelu\ndense 136 "
    "name d\n"
    "dense 136 shares d\ndense 1\n",
    "input 1x28x28\nflatten\ndense 96\nsigmoid\ndense 4\nsoftmax\n",
};
static const cnn_update_options updates[] = {
    {.optimizer = CNN_OPTIMIZER_SGD}, {.momentum = 0.9}, {.optimizer = CNN_OPTIMIZER_ADAM}};
enum { NETS = sizeof nets / sizeof nets[0], UPDATES = sizeof updates / sizeof updates[0] };

static cnn_net *parse(const char *text) {
    cnn_net *net;
    cnn_error error;
    if (cnn_net_parse(&net, text, "text", &error) != CNN_OK)
        fail_msg("%s", error.message);
    return net;
}

static cnn_memory count(const cnn_net *net, const cnn_update_options *update, int threads) {
    cnn_memory memory;
    assert_int_equal(cnn_net_memory(net, BATCH, update, threads, &memory, NULL), CNN_OK);
    return memory;
}

static void assert_counted(int64_t counted, size_t bytes) {
    if ((int64_t)bytes < counted || (int64_t)bytes > counted + MAX_TABLES)
        fail_msg("%lld bytes counted, %zu taken", (long long)counted, bytes);
}

static void a_trainer_takes_what_was_counted(void **state) {
    (void)state;
    for (int i = 0; i < NETS * UPDATES * 2; i++) {
        cnn_net *net = parse(nets[i % NETS]);
        const cnn_update_options *update = &updates[i / NETS % UPDATES];
        const int threads = i / NETS / UPDATES ? 3 : 1;
        const cnn_trainer_options options = {.update = *update, .batch = BATCH, .threads = threads};
        cnn_trainer *trainer;
        taken.bytes = 0;
        assert_int_equal(cnn_trainer_new(&trainer, net, &options, NULL), CNN_OK);
        const size_t bytes = taken.bytes;
        assert_counted(count(net, update, threads).training, bytes);
        cnn_trainer_free(trainer);
        cnn_net_free(net);
    }
}

static void a_predictor_takes_what_was_counted(void **state) {
    (void)state;
    for (int i = 0; i < NETS * 2; i++) {
        cnn_net *net = parse(nets[i % NETS]);
        const int threads = i / NETS ? 3 : 1;
        const cnn_predictor_options options = {.batch = BATCH, .threads = threads};
        cnn_predictor *predictor;
        taken.bytes = 0;
        assert_int_equal(cnn_predictor_new(&predictor, net, &options, NULL), CNN_OK);
        const size_t bytes = taken.bytes;
        assert_counted(count(net, NULL, threads).inference, bytes);
        cnn_predictor_free(predictor);
        cnn_net_free(net);
    }
}

/* Kernels read a copy of these weights in blocks, scaled by the norms: once that is there, nothing else is kept of them. Of four
 * layers, one passes. */
static void weights_are_in_a_predictor_once(void **state) {
    (void)state;
    cnn_net *net = parse("input 128x2x2\nconv 512 1x1\nbatchnorm relu\nconv 512 1x1\nbatchnorm relu\n"
                         "conv 512 1x1\nbatchnorm relu\nconv 512 1x1\nbatchnorm relu\n");
    const cnn_memory memory = count(net, NULL, 1);
    assert_true(memory.inference > memory.parameters);
    assert_true(memory.inference < 3 * memory.parameters / 2);
    cnn_net_free(net);
}

/* A network of `layers` times the same lines behind the first. */
static int64_t training_bytes(const char *first, const char *line, int layers) {
    char text[1024];
    size_t used = (size_t)snprintf(text, sizeof text, "%s", first);
    for (int i = 0; i < layers; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s", line);
    cnn_net *net = parse(text);
    const int64_t bytes = count(net, &updates[0], 1).training;
    cnn_net_free(net);
    return bytes;
}

static void what_no_backward_pass_reads_shares_memory(void **state) {
    (void)state;
    static const char first[] = "input 4x32x32\nconv 4 3x3 padding 1\n",
                      line[] = "avgpool 3x3 stride 1 padding 1\n";
    const int64_t map = BATCH * 4 * 32 * 32 * (int64_t)sizeof(float);
    assert_true(training_bytes(first, line, 8) - training_bytes(first, line, 2) < map);
}

/* Of a convolution and its norm the convolution's output alone is kept; each has a gradient for a while. */
static void what_a_norm_gave_is_computed_again(void **state) {
    (void)state;
    static const char first[] = "input 4x32x32\nconv 4 3x3 padding 1\n";
    static const char *const line[] = {"conv 4 3x3 padding 1\nbatchnorm\nrelu\n",
                                       "conv 4 3x3 padding 1\nbatchnorm\nclip 0 6\n"};
    const int64_t map = BATCH * 4 * 32 * 32 * (int64_t)sizeof(float);
    for (int i = 0; i < 2; i++)
        assert_true(training_bytes(first, line[i], 8) - training_bytes(first, line[i], 4) <
                    4 * map + map / 2);
}

/* Winograd's transformed weights, of both directions, are eight times the weights: while other layers run they are not there. */
static void what_is_derived_from_weights_shares_memory(void **state) {
    (void)state;
    enum { PARAMETERS = 64 * 64 * 9 * (int)sizeof(float), MAP = BATCH * 64 * 24 * 24 * (int)sizeof(float) };
    static const char first[] = "input 64x24x24\n", line[] = "conv 64 3x3 padding 1\nbatchnorm\nrelu\n";
    const int64_t layers = training_bytes(first, line, 4) - training_bytes(first, line, 2);
    assert_true(layers < 2 * (2 * PARAMETERS + MAP) + PARAMETERS);
}

/* A norm ends a segment: its weights' gradients are summed in slices, in the same memory as those of others. */
static void sums_of_slices_share_memory(void **state) {
    (void)state;
    enum { SLICES = 6, PARAMETERS = 128 * 128 * (int)sizeof(float) };
    static const char first[] = "input 128x4x4\n", line[] = "conv 128 1x1 nobias\nbatchnorm\n";
    const int64_t layer = training_bytes(first, line, 3) - training_bytes(first, line, 2);
    assert_true(layer < (4 + SLICES) * PARAMETERS);
}

static void counting_starts_no_thread_and_copies_no_weights(void **state) {
    (void)state;
    for (int i = 0; i < NETS; i++) {
        cnn_net *net = parse(nets[i]);
        taken.bytes = 0;
        taken.threads = 0;
        const cnn_memory memory = count(net, NULL, 3);
        assert_int_equal(taken.threads, 0);
        assert_true(taken.bytes < 2 * MAX_TABLES);
        assert_true(memory.parameters > 3 * MAX_TABLES);
        cnn_net_free(net);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trainer_takes_what_was_counted),
        cmocka_unit_test(a_predictor_takes_what_was_counted),
        cmocka_unit_test(weights_are_in_a_predictor_once),
        cmocka_unit_test(what_no_backward_pass_reads_shares_memory),
        cmocka_unit_test(what_a_norm_gave_is_computed_again),
        cmocka_unit_test(what_is_derived_from_weights_shares_memory),
        cmocka_unit_test(sums_of_slices_share_memory),
        cmocka_unit_test(counting_starts_no_thread_and_copies_no_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
