/* Weights that start by passing their inputs on. */
#include "support/cmocka.h"

#include <cnn.h>
#include <string.h>

enum { SIDE = 5 };

static void fill(float *values, int count) {
    for (int i = 0; i < count; i++)
        values[i] = (float)((i * 37 + 11) % 101) / 101;
}

static void run(cnn_net *net, const float *image, float *output) {
    cnn_predictor *predictor;
    assert_int_equal(cnn_net_status(net), CNN_OK);
    assert_int_equal(cnn_net_initialise(net, 1), CNN_OK);
    assert_int_equal(cnn_predictor_new(&predictor, net, NULL, NULL), CNN_OK);
    assert_int_equal(cnn_predictor_run(predictor, image, 1, output, NULL), CNN_OK);
    cnn_predictor_free(predictor);
    cnn_net_free(net);
}

/* Filters on a map of `channels`, in groups; the first ones of each group give its channels. */
static void passes_its_channels_on(int channels, int filters, int groups, int kernel) {
    float image[6 * SIDE * SIDE], output[12 * SIDE * SIDE];
    fill(image, channels * SIDE * SIDE);
    cnn_net *net = cnn_net_new(&(cnn_input_options){channels, SIDE, SIDE});
    cnn_conv2d(net, .filters = filters, .kernel = {kernel, kernel}, .same = true, .groups = groups,
               .init = CNN_INIT_DIRAC);
    run(net, image, output);
    const int of_group = channels / groups, filters_of_group = filters / groups;
    for (int k = 0; k < filters; k++) {
        const int group = k / filters_of_group, within = k % filters_of_group;
        const float *map = output + k * SIDE * SIDE,
                    *channel = image + (group * of_group + within) * SIDE * SIDE;
        if (within < of_group)
            for (int i = 0; i < SIDE * SIDE; i++)
                assert_true(map[i] - channel[i] < 1e-6f && channel[i] - map[i] < 1e-6f);
        else
            assert_true(map[0] != 0 && map[0] != output[0]); /* drawn */
    }
}

static void convolutions_begin_as_the_identity(void **state) {
    (void)state;
    passes_its_channels_on(4, 4, 1, 3);
    passes_its_channels_on(1, 1, 1, 5);
    passes_its_channels_on(3, 8, 1, 3); /* more filters than channels */
    passes_its_channels_on(6, 4, 1, 3); /* fewer */
    passes_its_channels_on(6, 12, 2, 3);
    passes_its_channels_on(6, 6, 6, 3); /* depthwise */
}

static void a_dense_layer_begins_as_the_identity(void **state) {
    (void)state;
    float image[9], output[5];
    fill(image, 9);
    cnn_net *net = cnn_net_new(&(cnn_input_options){1, 3, 3});
    cnn_flatten(net);
    cnn_dense(net, .units = 5, .init = CNN_INIT_DIRAC);
    run(net, image, output);
    for (int i = 0; i < 5; i++)
        assert_true(output[i] - image[i] < 1e-6f && image[i] - output[i] < 1e-6f);
}

static void the_text_format_has_the_word(void **state) {
    (void)state;
    cnn_net *net;
    assert_int_equal(cnn_net_parse(&net, "input 2x5x5\nconv 2 3x3 init dirac\n", NULL, NULL), CNN_OK);
    char *text = cnn_net_text(net);
    assert_non_null(strstr(text, "init dirac"));
    cnn_free(text);
    cnn_net_free(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(convolutions_begin_as_the_identity),
        cmocka_unit_test(a_dense_layer_begins_as_the_identity),
        cmocka_unit_test(the_text_format_has_the_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
