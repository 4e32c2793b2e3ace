/* cnn run: tensors in, tensors out. */
#include "support/cmocka.h"
#include "support/command.h"
#include "support/graph_model.h"

#include "cnn.h"

#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define DIMS(...)                                                                                            \
    (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (const int64_t[]) {                           \
        __VA_ARGS__                                                                                          \
    }

static void write_bytes(const char *path, const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void write_model(const char *path, graph_model *g) {
    size_t size;
    unsigned char *bytes = graph_model_bytes(g, &size);
    write_bytes(path, bytes, size);
    free(bytes);
    graph_model_free(g);
}

/* A model that is no network, one with two outputs of awkward names, one that is a network; and x. */
static int write_models(void **state) {
    static const float x[16] = {1, 2, 3, 4, 5, 6, 7, 8, 8, 7, 6, 5, 4, 3, 2, 1};
    graph_model g;
    size_t size;
    if (command_set_up(state))
        return 1;
    unsigned char *bytes = graph_model_small(&size);
    write_bytes("small.onnx", bytes, size);
    free(bytes);
    graph_model_begin(&g, 13);
    graph_model_input(&g, "x", DIMS(2, 8));
    graph_model_output(&g, "../up", DIMS(2, 8));
    graph_model_output(&g, "__/up", DIMS(2, 8));
    graph_model_node(&g, "Neg", "../up", NAMES("x"));
    graph_model_node(&g, "Abs", "__/up", NAMES("x"));
    write_model("names.onnx", &g);
    graph_model_begin(&g, 13);
    graph_model_input(&g, "image", DIMS(1, 2, 8));
    graph_model_output(&g, "y", DIMS(1, 2, 8));
    graph_model_node(&g, "Relu", "y", NAMES("image"));
    write_model("network.onnx", &g);
    graph_model_begin(&g, 13);
    graph_model_input(&g, "image", DIMS(1, 0, 0));
    graph_model_output(&g, "y", DIMS(1, 0, 0));
    graph_model_node(&g, "Relu", "y", NAMES("image"));
    write_model("free.onnx", &g);
    graph_model_begin(&g, 13);
    graph_model_input(&g, "image", DIMS(1, 0, 0));
    graph_model_output(&g, "y", DIMS(4, 1, 1));
    graph_model_reals(&g, "w", DIMS(4, 1, 1, 1), (const float[]){1, -1, 2, 0.5f});
    graph_model_node(&g, "Conv", "c", NAMES("image", "w"));
    graph_model_node(&g, "GlobalAveragePool", "y", NAMES("c"));
    write_model("classes.onnx", &g);
    graph_model_begin(&g, 13);
    graph_model_input(&g, "x", DIMS(2, 8));
    graph_model_output(&g, "y", DIMS(2, 8));
    graph_model_node(&g, "Wavelet", "y", NAMES("x"));
    write_model("odd.onnx", &g);
    const cnn_tensor tensor = {.type = CNN_TYPE_FLOAT32, .rank = 3, .shape = {1, 2, 8}, .data = x};
    const cnn_tensor image = {.type = CNN_TYPE_FLOAT32, .rank = 4, .shape = {1, 1, 2, 8}, .data = x};
    return cnn_tensor_write(&tensor, "x.npy", NULL) || cnn_tensor_write(&image, "image.npy", NULL);
}

static void outputs_are_written_as_numpy_files(void **state) {
    (void)state;
    cnn_tensor y;
    command_expect("run small.onnx --input x=x.npy -o out -v", 0, "was run as 2 islands: 3 of its 9 nodes",
                   NULL);
    assert_int_equal(cnn_tensor_read(&y, "out/y.npy", NULL), CNN_OK);
    assert_int_equal(y.rank, 2);
    assert_int_equal(y.shape[1], 4);
    assert_float_equal(((const float *)y.data)[0], 18.375, 1e-6); /* onnx/program works it out */
    cnn_tensor_free(&y);
}

static void json_says_what_ran_and_what_came_out(void **state) {
    (void)state;
    command_result result = command_run("run network.onnx --input image=image.npy -o out --json");
    assert_int_equal(result.code, 0);
    json_t *json = json_loads(result.out, 0, NULL);
    assert_non_null(json);
    assert_string_equal(json_string_value(json_object_get(json, "engine")), "network");
    const json_t *output = json_array_get(json_object_get(json, "outputs"), 0);
    assert_string_equal(json_string_value(json_object_get(output, "file")), "out/y.npy");
    assert_int_equal(json_integer_value(json_array_get(json_object_get(output, "shape"), 3)), 8);
    json_decref(json);
    command_free(&result);
}

/* Both ways give the same. */
static void the_engine_may_be_chosen(void **state) {
    (void)state;
    cnn_tensor y[2];
    command_expect("run network.onnx -i image=image.npy -o a --engine network -v", 0, "by the network", NULL);
    command_expect("run network.onnx -i image=image.npy -o b --engine interpreter -v", 0,
                   "by the interpreter", NULL);
    assert_int_equal(cnn_tensor_read(&y[0], "a/y.npy", NULL), CNN_OK);
    assert_int_equal(cnn_tensor_read(&y[1], "b/y.npy", NULL), CNN_OK);
    assert_memory_equal(y[0].data, y[1].data, 16 * sizeof(float));
    cnn_tensor_free(&y[0]);
    cnn_tensor_free(&y[1]);
    command_expect("run small.onnx -i x=x.npy -o a --engine network", 1, NULL, "small.onnx");
}

/* The shape of the only output: as many axes as `rank` says, or none at all where it is -1. */
static void write_with_output_of_rank(const char *path, int rank) {
    graph_model g;
    graph_model_begin(&g, 13);
    graph_model_input(&g, "image", DIMS(1, 2, 8));
    graph_model_output(&g, "y", DIMS(1, 2, 8));
    graph_model_node(&g, "Relu", "y", NAMES("image"));
    CnnOnnx__TypeProto__Tensor *type = g.outputs[0]->type->tensor_type;
    if (rank < 0)
        type->shape = NULL;
    else
        type->shape->n_dim = (size_t)rank;
    write_model(path, &g);
}

/* It is any shape, and no reason to leave the network. */
static void an_output_may_declare_no_shape_or_an_empty_one(void **state) {
    (void)state;
    cnn_tensor y;
    for (int rank = -1; rank <= 0; rank++) {
        write_with_output_of_rank("undeclared.onnx", rank);
        command_expect("run undeclared.onnx --input image=image.npy -o undeclared -v", 0,
                       "was run by the network", NULL);
        assert_int_equal(cnn_tensor_read(&y, "undeclared/y.npy", NULL), CNN_OK);
        assert_int_equal(y.rank, 4);
        assert_float_equal(((const float *)y.data)[15], 1, 0);
        cnn_tensor_free(&y);
    }
    write_with_output_of_rank("other.onnx", 2);
    command_expect("run other.onnx --input image=image.npy -o other --engine network", 1, NULL,
                   "output does not have the declared shape: it is float32 -1x1x2x8 (-1: any number), but "
                   "the file declares float32 -1x1");
}

static void names_stay_in_the_folder(void **state) {
    (void)state;
    cnn_tensor y;
    command_expect("run names.onnx -i x=x.npy -o out", 0, "_.._up", NULL);
    assert_int_equal(cnn_tensor_read(&y, "out/_.._up.npy", NULL), CNN_OK);
    cnn_tensor_free(&y);
    assert_int_equal(cnn_tensor_read(&y, "out/___up.npy", NULL), CNN_OK);
    cnn_tensor_free(&y);
}

static void mistakes_are_named(void **state) {
    (void)state;
    command_expect("run small.onnx --input x=x.npy", 2, NULL, "-o DIR");
    command_expect("run small.onnx --input x.npy -o out", 2, NULL, "NAME=FILE");
    command_expect("run small.onnx -o out", 1, NULL, "the input \"x\" is missing");
    command_expect("run small.onnx -i z=x.npy -o out", 1, NULL, "has no input \"z\"; its inputs are \"x\"");
    command_expect("run small.onnx -i x=x.npy -i x=x.npy -o out", 1, NULL, "is given twice");
    command_expect("run small.onnx -i x=image.npy -o out", 1, NULL,
                   "the input \"x\" is float32 [1x1x2x8], expected float32 [-1x2x8]");
    command_expect("run small.onnx -i x=nowhere.npy -o out", 1, NULL, "cannot read nowhere.npy");
    command_expect("run nowhere.onnx -o out", 1, NULL, "cannot read nowhere.onnx");
    command_expect("run odd.onnx -i x=x.npy -o out", 1, NULL,
                   "odd.onnx: node \"y\" (Wavelet): this operator is not supported; docs/onnx.md");
}

static void summary_shows_models_that_are_no_network(void **state) {
    (void)state;
    command_expect("summary small.onnx", 0, "no network as a whole, but a model that 'cnn run' runs", NULL);
    command_expect("summary small.onnx", 0, "input   x     float32  any x 2 x 8", NULL);
    command_expect("summary small.onnx", 0, "Conv            1", NULL);
    command_expect("summary small.onnx --json", 0, "\"operator\": \"Conv\"", NULL);
    command_expect("summary small.onnx --input-shape x=2x2x8", 0, "r                 2      2        1",
                   NULL);
    command_expect("summary small.onnx --input-shape x=2x2x", 2, NULL, "NAME=SIZExSIZE");
    command_expect("summary small.onnx --input-shape x=2x3x8", 0, "It does not run on zeros: ", NULL);
    command_expect("summary names.onnx --input-shape x=1x2x8", 0, "the interpreter runs all nodes", NULL);
    command_expect("summary odd.onnx", 1, NULL, "node \"y\" (Wavelet): this operator is not supported");
    command_expect("summary nowhere.onnx", 1, NULL, "nowhere.onnx");
}

static void free_sizes_are_chosen(void **state) {
    (void)state;
    command_expect("summary free.onnx --input-shape image=1x1x4x6", 0, "input 1 x 4 x 6", NULL);
    command_expect("convert free.onnx fixed.onnx --input-shape 1x1x4x6", 0, "1 layers", NULL);
    command_expect("summary fixed.onnx", 0, "input 1 x 4 x 6", NULL);
    command_expect("bench free.onnx --batch 1 --rounds 1 --input-shape 1x1x4x6", 0, "free.onnx", NULL);
    command_expect("convert free.onnx fixed.onnx", 1, NULL, "choose it with --input-shape");
    command_expect(
        "convert free.onnx fixed.onnx --input-shape 1x4x6", 1, NULL,
        "is any x 1 x any x any, so that 1 x 4 x 6 does not fit: all of its axes have to be given");
    command_expect(
        "predict free.onnx a.png --input-shape 1x1x0x6", 2, NULL,
        "--input-shape expects the sizes of all axes of the input, like 1x3x224x224, not '1x1x0x6'");
    command_expect("predict free.onnx a.png --input-shape y=1x1x4x6", 1, NULL, "it has no input \"y\"");
}

/* Commands that open a model beside others, or for a page. */
static void every_command_takes_a_size(void **state) {
    (void)state;
    command_expect("convert classes.onnx sized.onnx --input-shape 1x1x8x8", 0, "sized.onnx", NULL);
    command_expect("diff classes.onnx sized.onnx --input-shape image=1x1x8x8", 0, "the same parameters",
                   NULL);
    command_expect("diff classes.onnx sized.onnx", 1, NULL, "choose it with --input-shape");
    command_expect("data info data --for classes.onnx --input-shape 1x1x8x8", 0, "N x 1 x 8 x 8", NULL);
    command_expect("data info data --for classes.onnx", 1, NULL, "choose it with --input-shape");
    command_expect("data info data --input-shape 1x1x8x8", 2, NULL, "--for MODEL");
    command_expect("train model.txt --data data -o taught --epochs 1 --teacher classes.onnx", 1, NULL,
                   "--teacher: classes.onnx: its input \"image\" is any x 1 x any x any");
    command_expect(
        "train model.txt --data data -o taught --epochs 1 --teacher classes.onnx --input-shape 1x1x8x8", 0,
        "Teacher  classes.onnx", "classes.onnx does not say what pixels");
    command_expect("report classes.onnx --data data -o page.html --quick", 1, NULL,
                   "choose it with --input-shape");
    command_expect("report classes.onnx --data data -o page.html --quick --input-shape 1x1x8x8", 0,
                   "page.html", NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(free_sizes_are_chosen),
        cmocka_unit_test(every_command_takes_a_size),
        cmocka_unit_test(outputs_are_written_as_numpy_files),
        cmocka_unit_test(json_says_what_ran_and_what_came_out),
        cmocka_unit_test(the_engine_may_be_chosen),
        cmocka_unit_test(an_output_may_declare_no_shape_or_an_empty_one),
        cmocka_unit_test(names_stay_in_the_folder),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(summary_shows_models_that_are_no_network),
    };
    return cmocka_run_group_tests(tests, write_models, command_tear_down);
}
