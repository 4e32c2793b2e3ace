/* Weights and outputs that are infinite or not numbers: every command says so and fails, and what JSON it writes is
 * valid. */
#include "cnn.h"
#include "cnn_model.h"
#include "support/cmocka.h"
#include "support/command.h"
#include "support/graph_model.h"

#include <jansson.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* model.txt's weights, all alike but for the dense layer's first ones. */
static void write_model(const char *path, const char *text, float first, float others) {
    enum { DENSE = 4 * 36 };
    cnn_net *net;
    float weights[DENSE];
    assert_int_equal(cnn_net_parse(&net, text, NULL, NULL), CNN_OK);
    assert_int_equal(cnn_net_initialise(net, 1), CNN_OK);
    for (int i = 0; i < DENSE; i++)
        weights[i] = i ? others : first;
    assert_int_equal(cnn_net_set_parameter(net, "fc.weight", weights, DENSE, NULL), CNN_OK);
    assert_int_equal(cnn_net_save(net, path, NULL), CNN_OK);
    cnn_net_free(net);
}

/* `nan.onnx` holds a weight that is not a number, `large.onnx` weights whose sums are infinite, `good.onnx` neither;
 * `log.onnx` gives the logarithm of its input x, of which x.npy holds a zero. */
static int write_models(void **state) {
    static const char text[] =
        "input 1x8x8\nconv 4 3x3 relu\nmaxpool 2x2 stride 2\nflatten\ndense 4 name fc\n";
    static const float x[4] = {1, 0, 2, 0};
    const cnn_tensor tensor = {.type = CNN_TYPE_FLOAT32, .rank = 2, .shape = {1, 4}, .data = x};
    float pixels[64];
    graph_model g;
    size_t size;
    if (command_set_up(state))
        return 1;
    write_model("nan.onnx", text, NAN, 0.5f);
    write_model("large.onnx", text, 3e38f, 3e38f);
    write_model("good.onnx", text, 0.5f, 0.25f);
    for (int i = 0; i < 64; i++)
        pixels[i] = 0.5f;
    const cnn_tensor image = {.type = CNN_TYPE_FLOAT32, .rank = 4, .shape = {1, 1, 8, 8}, .data = pixels};
    graph_model_begin(&g, 13);
    graph_model_input(&g, "x", 1, (const int64_t[]){4});
    graph_model_output(&g, "y", 1, (const int64_t[]){4});
    graph_model_node(&g, "Log", "y", (const char *const[]){"x", NULL});
    unsigned char *bytes = graph_model_bytes(&g, &size);
    FILE *file = fopen("log.onnx", "wb");
    const int failed = fwrite(bytes, 1, size, file) != size;
    free(bytes);
    graph_model_free(&g);
    return fclose(file) || failed || cnn_tensor_write(&tensor, "x.npy", NULL) ||
           cnn_tensor_write(&image, "image.npy", NULL);
}

/* The command fails with this message, and prints nothing, or JSON that can be read. */
static void expect_failure(const char *arguments, const char *message) {
    command_result result = command_run(arguments);
    if (result.code != 1 || !strstr(result.err, message))
        fail_msg("cnn %s: exit %d: %s", arguments, result.code, result.err);
    json_t *json = *result.out ? json_loads(result.out, 0, NULL) : NULL;
    if (*result.out && !json)
        fail_msg("cnn %s: not JSON: %s", arguments, result.out);
    json_decref(json);
    command_free(&result);
}

static void weights_are_refused_by_layer_and_parameter(void **state) {
    static const char message[] = "layer fc: its parameter fc.weight holds a value that is not finite";
    (void)state;
    expect_failure("test nan.onnx --data data", message);
    expect_failure("test nan.onnx --data data --json", message);
    expect_failure("predict nan.onnx --data data", message);
    expect_failure("predict nan.onnx --data data --json", message);
    expect_failure("diff nan.onnx good.onnx", message);
    expect_failure("diff good.onnx nan.onnx --json", message);
    expect_failure("diff good.onnx nan.onnx --data data --json", message);
    expect_failure("run nan.onnx --input input=image.npy -o out --json", message);
    expect_failure("bench nan.onnx --batch 4 --json", message);
}

static void outputs_are_refused_by_layer_and_image(void **state) {
    (void)state;
    expect_failure("test large.onnx --data data --json", "the outputs of layer fc are not finite");
    expect_failure("predict large.onnx --data data --json",
                   "layer fc are not finite (infinite or not a number) for image 0");
    expect_failure("predict large.onnx --data data --format csv", "the outputs of layer fc");
    expect_failure("diff good.onnx large.onnx --data data --json", "the outputs of layer fc");
}

static void results_of_a_run_are_written_and_told(void **state) {
    (void)state;
    cnn_tensor y;
    expect_failure(
        "run log.onnx --input x=x.npy -o out --json",
        "log.onnx: the output y holds 2 values that are not finite (infinite or not a number), the "
        "first at element 1 (from 0); it is written all the same");
    assert_int_equal(cnn_tensor_read(&y, "out/y.npy", NULL), CNN_OK);
    assert_true(isinf(((const float *)y.data)[3]));
    cnn_tensor_free(&y);
    expect_failure("run large.onnx --input input=image.npy -o out --json", "holds 4 values");
    command_expect("run good.onnx --input input=image.npy -o out", 0, "output", NULL);
}

/* Sums that are larger than any float32. */
static void a_convolution_that_overflows_is_no_bug(void **state) {
    (void)state;
    expect_failure("convolve --image '3e38 3e38' --kernel '1 1' --json", "are not finite");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_refused_by_layer_and_parameter),
        cmocka_unit_test(outputs_are_refused_by_layer_and_image),
        cmocka_unit_test(results_of_a_run_are_written_and_told),
        cmocka_unit_test(a_convolution_that_overflows_is_no_bug),
    };
    return cmocka_run_group_tests(tests, write_models, command_tear_down);
}
