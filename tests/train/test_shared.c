/* Layers that share their parameters: one set, whose gradient is the sum over all of them. */
#include "base/memory.h"
#include "onnx/onnx.h"
#include "support/cmocka.h"
#include "support/folder.h"
#include "support/odd_model.h"
#include "support/onnx_bytes.h"
#include "support/small_training.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The pooled convolution keeps its weights in another order than the plain ones. */
static const char shared_text[] = "input 1x8x8\n"
                                  "conv 4 3x3 padding 1 relu\n"
                                  "conv 4 3x3 padding 1 name b relu\n"
                                  "maxpool 2x2\n"
                                  "batchnorm name n\n"
                                  "conv 4 3x3 padding 1 shares b\n"
                                  "batchnorm shares n\n"
                                  "flatten\n"
                                  "dense 4\n";

static cnn_net *parse(const char *text) {
    cnn_net *net;
    cnn_error error;
    if (cnn_net_parse(&net, text, "text", &error) != CNN_OK)
        fail_msg("%s", error.message);
    return net;
}

/* The same layers, each with parameters of its own that have the values of the shared ones. */
static cnn_net *apart(const cnn_net *net) {
    char *text = cnn_net_text(net), *at;
    while ((at = strstr(text, " shares ")))
        memset(at, ' ', strcspn(at, "\n"));
    cnn_net *copy = parse(text);
    assert_int_equal(cnn_net_make_values(copy, NULL), CNN_OK);
    for (int64_t i = 0; i < net->node_count; i++)
        for (int k = 0; k < net->nodes[i].parameters; k++) {
            const cnn_parameter *from = &net->parameters[net->nodes[i].first_parameter + k],
                                *to = &copy->parameters[copy->nodes[i].first_parameter + k];
            memcpy(copy->values + to->offset, net->values + from->offset,
                   (size_t)from->elements * sizeof(float));
        }
    cnn_free(text);
    return copy;
}

static cnn_trainer *trainer_with_gradients(const cnn_net *net, const cnn_data *data) {
    enum { COUNT = 20 };
    float images[COUNT * 64];
    int32_t labels[COUNT];
    cnn_trainer *trainer;
    assert_int_equal(
        cnn_trainer_new(&trainer, net, &(cnn_trainer_options){.batch = COUNT, .threads = 2}, NULL), CNN_OK);
    assert_int_equal(cnn_data_images(data, 0, COUNT, images, NULL), CNN_OK);
    for (int i = 0; i < COUNT; i++)
        labels[i] = cnn_data_label(data, i);
    assert_int_equal(cnn_trainer_gradients(trainer, images, labels, COUNT, NULL, NULL, NULL), CNN_OK);
    return trainer;
}

static void the_gradient_is_the_sum_over_all_layers(void **state) {
    (void)state;
    cnn_data *data = small_data(20);
    cnn_net *net = parse(shared_text);
    cnn_net_initialise(net, 3);
    cnn_net *own = apart(net);
    assert_int_equal(net->value_count, own->value_count - (4 * 4 * 9 + 4) - 4 * 4);
    cnn_trainer *together = trainer_with_gradients(net, data), *separate = trainer_with_gradients(own, data);
    float sum[144], first[144], second[144];
    assert_int_equal(cnn_trainer_get_gradient(together, "b.weight", sum, 144, NULL), CNN_OK);
    assert_int_equal(cnn_trainer_get_gradient(separate, "b.weight", first, 144, NULL), CNN_OK);
    assert_int_equal(cnn_trainer_get_gradient(separate, "conv_3.weight", second, 144, NULL), CNN_OK);
    float largest = 0;
    for (int i = 0; i < 144; i++) {
        assert_float_equal(sum[i], first[i] + second[i], 1e-5);
        largest = fmaxf(largest, fminf(fabsf(first[i]), fabsf(second[i])));
    }
    assert_true(largest > 1e-3F); /* both take part */
    cnn_trainer_free(together);
    cnn_trainer_free(separate);
    cnn_net_free(net);
    cnn_net_free(own);
    cnn_data_free(data);
}

static bool stop_once(void *user, const cnn_progress *progress) {
    (void)progress;
    return --*(int *)user != 0;
}

/* On other threads, and with a stop in the middle. */
static void training_gives_the_same_bits_however_it_is_run(void **state) {
    (void)state;
    cnn_data *data = small_data(100);
    cnn_net *one = parse(shared_text), *other = parse(shared_text);
    cnn_train_options options = small_options();
    int left = 9;
    options.threads = 1;
    train_expecting(CNN_OK, one, data, &options, NULL);
    options.threads = 3;
    options.run_directory = *state;
    options.progress = stop_once;
    options.user = &left;
    train_expecting(CNN_STOPPED, other, data, &options, NULL);
    options.resume = true;
    options.threads = 2;
    train_expecting(CNN_OK, other, data, &options, NULL);
    assert_memory_equal(one->values, other->values, (size_t)one->value_count * sizeof(float));
    cnn_net_free(one);
    cnn_net_free(other);
    cnn_data_free(data);
}

static void an_onnx_file_has_shared_weights_once(void **state) {
    (void)state;
    cnn_net *net = parse(shared_text), *read;
    void *bytes;
    size_t size;
    cnn_net_initialise(net, 5);
    assert_int_equal(onnx_bytes_of(net, &bytes, &size, NULL), CNN_OK);
    assert_int_equal(cnn_onnx_read(&read, bytes, size, "m.onnx", NULL, NULL), CNN_OK);
    assert_same_net(net, read);
    assert_int_equal(read->nodes[cnn_find_node(read, "conv_3")].shares, cnn_find_node(read, "b"));
    assert_int_equal(cnn_net_notes(read), 0);
    cnn_free(bytes);
    cnn_net_free(net);
    cnn_net_free(read);
}

static void frozen_together_and_replaced_together(void **state) {
    (void)state;
    cnn_layer_info info;
    cnn_net *net = parse(shared_text),
            *heads = parse("input 4x1x1\nflatten\ndense 4 name h\ndense 4 shares h\n");
    assert_int_equal(cnn_net_freeze(net, "conv_3", NULL), CNN_OK);
    assert_int_equal(cnn_net_layer(net, (cnn_layer)cnn_find_node(net, "b") + 1, &info, NULL), CNN_OK);
    assert_true(info.frozen);
    assert_int_equal(cnn_net_replace_head(heads, 3, 1, NULL), CNN_ERROR_SHAPE); /* 4 to 3 cannot be 3 to 3 */
    cnn_net_free(net);
    cnn_net_free(heads);
}

/* Shared parameters are counted once in the network and copied for each layer in the plan; the loss is that of the
 * gradients, which the plan itself works out. */
static void the_loss_is_measured_with_the_weights_of_all_layers(void **state) {
    (void)state;
    static float images[6 * 2 * 5 * 5];
    static const int32_t labels[6] = {0, 1, 2, 0, 1, 2};
    const char *const text = "input 2x5x5\nconv 2 3x3 padding 1 name a\nrelu\nconv 2 3x3 padding 1 shares a\n"
                             "flatten\ndense 3\nsoftmax\n";
    cnn_net *net = parse(text);
    assert_int_equal(cnn_net_initialise(net, 4), CNN_OK);
    for (int i = 0; i < 6 * 2 * 5 * 5; i++)
        images[i] = (float)(i % 17) / 17;
    cnn_trainer *trainer;
    double of_gradients, alone;
    assert_int_equal(cnn_trainer_new(&trainer, net, &(cnn_trainer_options){.batch = 6, .threads = 1}, NULL),
                     CNN_OK);
    assert_int_equal(cnn_trainer_gradients(trainer, images, labels, 6, &of_gradients, NULL, NULL), CNN_OK);
    assert_int_equal(cnn_trainer_loss(trainer, images, labels, 6, &alone, NULL, NULL), CNN_OK);
    assert_float_equal(alone, of_gradients, 1e-6);
    cnn_trainer_free(trainer);
    cnn_net_free(net);
}

static void layers_of_other_kinds_or_sizes_cannot_share(void **state) {
    (void)state;
    static const char *const texts[][2] = {
        {"input 1x8x8\nconv 4 3x3 name b\nconv 4 3x3 shares b\n", "the same shapes"},
        {"input 1x8x8\nconv 4 3x3 name b\nconv 4 3x3 nobias shares b\n", "the same shapes"},
        {"input 1x8x8\nconv 4 3x3 name b\nbatchnorm shares b\n", "of the same kind"},
        {"input 1x8x8\nconv 4 3x3 name b\nconv 4 3x3 shares c\n", "earlier layer named"},
        {"input 1x8x8\nrelu name b\nrelu shares b\n", "shares"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        cnn_net *net;
        cnn_error error = {0};
        assert_int_not_equal(cnn_net_parse(&net, texts[i][0], "text", &error), CNN_OK);
        if (!strstr(error.message, texts[i][1]))
            fail_msg("%s", error.message);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gradient_is_the_sum_over_all_layers),
        cmocka_unit_test_setup_teardown(training_gives_the_same_bits_however_it_is_run, folder_new,
                                        folder_remove),
        cmocka_unit_test(an_onnx_file_has_shared_weights_once),
        cmocka_unit_test(frozen_together_and_replaced_together),
        cmocka_unit_test(the_loss_is_measured_with_the_weights_of_all_layers),
        cmocka_unit_test(layers_of_other_kinds_or_sizes_cannot_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
