/* A predictor gives numbers or an error. */
#include "predict/predictor.h"
#include "support/cmocka.h"

#include <math.h>
#include <string.h>

enum { PIXELS = 4, OUTPUTS = 2, IMAGES = 3 };

/* A dense layer "fc" of 4 pixels whose weights are all alike. */
static cnn_net *dense_net(float weight) {
    cnn_net *net;
    float weights[PIXELS * OUTPUTS];
    for (int i = 0; i < PIXELS * OUTPUTS; i++)
        weights[i] = weight;
    assert_int_equal(cnn_net_parse(&net, "input 1x2x2\nflatten\ndense 2 name fc\n", NULL, NULL), CNN_OK);
    assert_int_equal(cnn_net_set_parameter(net, "fc.weight", weights, PIXELS * OUTPUTS, NULL), CNN_OK);
    return net;
}

static cnn_predictor *predictor_of(const cnn_net *net) {
    cnn_predictor *predictor;
    assert_int_equal(cnn_predictor_new(&predictor, net, &(cnn_predictor_options){.batch = 2}, NULL), CNN_OK);
    return predictor;
}

static void weights_that_are_not_finite_are_not_loaded(void **state) {
    (void)state;
    const float image[PIXELS] = {1, 1, 1, 1};
    float outputs[OUTPUTS];
    cnn_net *good = dense_net(0.25f), *bad = dense_net(NAN);
    cnn_predictor *predictor = predictor_of(good);
    cnn_error error;
    assert_int_equal(cnn_predictor_load(predictor, bad, &error), CNN_ERROR_DIVERGED);
    assert_non_null(strstr(error.message, "layer fc: its parameter fc.weight"));
    assert_int_equal(cnn_predictor_run(predictor, image, 1, outputs, NULL), CNN_OK);
    assert_float_equal(outputs[1], 1, 0); /* still by the weights that it was made of */
    cnn_predictor_free(predictor);
    cnn_net_free(good);
    cnn_net_free(bad);
}

static void outputs_that_are_not_finite_name_layer_and_image(void **state) {
    (void)state;
    float images[IMAGES * PIXELS] = {0}, outputs[IMAGES * OUTPUTS];
    cnn_net *net = dense_net(2e38f);
    cnn_predictor *predictor = predictor_of(net);
    cnn_error error;
    for (int i = 0; i < PIXELS; i++)
        images[2 * PIXELS + i] = 1; /* the last image: four products of 2e38 */
    assert_int_equal(cnn_predictor_run(predictor, images, IMAGES, outputs, &error), CNN_ERROR_DIVERGED);
    assert_non_null(strstr(error.message, "layer fc are not finite"));
    assert_non_null(strstr(error.message, "for image 2 (from 0)"));
    assert_float_equal(outputs[0], 0, 0);
    assert_true(isinf(outputs[2 * OUTPUTS]));
    assert_int_equal(cnn_predictor_run_any(predictor, images, IMAGES, outputs, &error), CNN_OK);
    cnn_predictor_free(predictor);
    cnn_net_free(net);
}

static void a_pixel_that_is_not_finite_is_the_callers_fault(void **state) {
    (void)state;
    float images[IMAGES * PIXELS] = {0}, outputs[IMAGES * OUTPUTS];
    cnn_net *net = dense_net(0.25f);
    cnn_predictor *predictor = predictor_of(net);
    cnn_error error;
    images[PIXELS + 3] = NAN;
    assert_int_equal(cnn_predictor_run(predictor, images, IMAGES, outputs, &error), CNN_ERROR_ARGUMENT);
    assert_non_null(strstr(error.message, "image 1 (from 0) holds a pixel that is not finite"));
    cnn_predictor_free(predictor);
    cnn_net_free(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_that_are_not_finite_are_not_loaded),
        cmocka_unit_test(outputs_that_are_not_finite_name_layer_and_image),
        cmocka_unit_test(a_pixel_that_is_not_finite_is_the_callers_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
