#include "support/small_training.h"

#include "base/random.h"
#include "support/byte_data.h"
#include "support/cmocka.h"

#include <stdlib.h>
#include <string.h>

enum { SIDE = 8, CLASSES = 4 };

static void draw_image(cnn_random *random, int label, uint8_t *image) {
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            bool bright = y / (SIDE / 2) == label / 2 && x / (SIDE / 2) == label % 2;
            image[y * SIDE + x] = (uint8_t)((bright ? 190 : 10) + cnn_random_below(random, 60));
        }
}

static cnn_data *make_data(int64_t count, bool noise) {
    uint8_t *images = malloc((size_t)count * SIDE * SIDE);
    int32_t *labels = malloc((size_t)count * sizeof *labels);
    assert_true(images && labels);
    cnn_random random;
    cnn_random_seed(&random, 5);
    for (int64_t i = 0; i < count; i++) {
        labels[i] = (int32_t)(i % CLASSES);
        int bright = noise ? (int)cnn_random_below(&random, CLASSES) : labels[i];
        draw_image(&random, bright, images + i * SIDE * SIDE);
    }
    cnn_data *data = byte_data((cnn_input_options){1, SIDE, SIDE}, count, images, labels, CLASSES);
    free(images);
    free(labels);
    return data;
}

cnn_data *small_data(int64_t count) {
    return make_data(count, false);
}

cnn_data *small_noise(int64_t count) {
    return make_data(count, true);
}

cnn_net *small_net(void) {
    cnn_net *net = cnn_net_new(&(cnn_input_options){1, SIDE, SIDE});
    cnn_conv2d(net, .filters = 6, .kernel = {3, 3});
    cnn_relu(net);
    cnn_max_pool2d(net, .kernel = {2, 2});
    cnn_flatten(net);
    cnn_dropout(net, .rate = 0.2);
    cnn_drop_path(net);
    cnn_dense(net, .units = CLASSES);
    cnn_softmax(net);
    if (cnn_net_status(net) != CNN_OK)
        fail_msg("%s", cnn_net_error(net));
    return net;
}

cnn_train_options small_options(void) {
    return (cnn_train_options){.update = {.optimizer = CNN_OPTIMIZER_ADAM, .learning_rate = 0.01},
                               .epochs = 3,
                               .batch = 16,
                               .seed = 7,
                               .threads = 1};
}

float *parameters_of(const cnn_net *net) {
    float *values = malloc((size_t)cnn_net_parameters(net) * sizeof *values), *next = values;
    assert_non_null(values);
    for (int i = 0; i < cnn_net_tensors(net); i++) {
        cnn_tensor_info info;
        assert_int_equal(cnn_net_tensor(net, i, &info, NULL), CNN_OK);
        assert_int_equal(cnn_net_get_parameter(net, info.name, next, info.elements, NULL), CNN_OK);
        next += info.elements;
    }
    return values;
}

void assert_same_parameters(const cnn_net *a, const cnn_net *b) {
    assert_int_equal(cnn_net_parameters(a), cnn_net_parameters(b));
    float *one = parameters_of(a), *other = parameters_of(b);
    for (int64_t i = 0; i < cnn_net_parameters(a); i++)
        if (memcmp(&one[i], &other[i], sizeof *one) != 0)
            fail_msg("parameter %lld: %.9g and %.9g", (long long)i, (double)one[i], (double)other[i]);
    free(one);
    free(other);
}

void train_expecting(cnn_status expected, cnn_net *net, const cnn_data *data,
                     const cnn_train_options *options, cnn_error *error) {
    cnn_error own;
    if (!error)
        error = &own;
    *error = (cnn_error){0};
    cnn_status status = cnn_train(net, data, options, error);
    if (status != expected)
        fail_msg("%s, expected %s: %s", cnn_status_name(status), cnn_status_name(expected), error->message);
}
