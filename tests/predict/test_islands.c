/* Models that are no network as a whole: their islands give what the interpreter gives. */
#include "predict/islands.h"

#include "base/random.h"

#include "support/both_engines.h"
#include "support/cmocka.h"
#include "support/folder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define DIMS(...)                                                                                            \
    (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (const int64_t[]) {                           \
        __VA_ARGS__                                                                                          \
    }

enum { IMAGES = 35, CHANNELS = 2, SIDE = 6, IMAGE = CHANNELS * SIDE * SIDE };

/* 3x3 filters and their like: neither symmetric nor equal. */
static float some_weights[3 * CHANNELS * 9], pixels[IMAGES * IMAGE];

static void fill(float *values, int count, double frequency) {
    for (int i = 0; i < count; i++)
        values[i] = (float)sin(frequency * (i + 1));
}

static cnn_tensor x_tensor(int64_t images, int64_t rows, int64_t columns) {
    fill(pixels, IMAGES * IMAGE, 0.7);
    return (cnn_tensor){.name = "x",
                        .type = CNN_TYPE_FLOAT32,
                        .rank = 4,
                        .shape = {images, CHANNELS, rows, columns},
                        .data = pixels};
}

/* Two convolutions; between them a sine, which no network has, and the product with the first one's result. */
static void two_islands(graph_model *g) {
    fill(some_weights, 3 * CHANNELS * 9, 1.3);
    graph_model_begin(g, 13);
    graph_model_input(g, "x", DIMS(CHANNELS, -1, -1));
    graph_model_output(g, "y", DIMS(3, -1, -1));
    graph_model_output(g, "p", DIMS(CHANNELS, -1, -1));
    graph_model_reals(g, "a", DIMS(CHANNELS, CHANNELS, 3, 3), some_weights);
    graph_model_reals(g, "b", DIMS(3, CHANNELS, 3, 3), some_weights);
    graph_model_node(g, "Conv", "c", NAMES("x", "a"));
    graph_model_node(g, "Relu", "r", NAMES("c"));
    graph_model_node(g, "Sin", "s", NAMES("r"));
    graph_model_node(g, "Mul", "p", NAMES("s", "c"));
    graph_model_node(g, "Conv", "d", NAMES("p", "b"));
    graph_model_node(g, "Tanh", "y", NAMES("d"));
}

/* All outputs of both, one after the other. */
static void expect_same(cnn_model *model, cnn_model *reference, const cnn_tensor *inputs, int count) {
    cnn_error error = {0};
    if (cnn_model_run(model, inputs, count, &error) != CNN_OK ||
        cnn_model_run(reference, inputs, count, &error) != CNN_OK)
        fail_msg("%s", error.message);
    for (int k = 0; k < cnn_model_outputs(model); k++) {
        const cnn_tensor *found = cnn_model_result(model, k), *expected = cnn_model_result(reference, k);
        int64_t elements = 1;
        assert_int_equal(found->rank, expected->rank);
        for (int axis = 0; axis < expected->rank; axis++) {
            assert_int_equal(found->shape[axis], expected->shape[axis]);
            elements *= expected->shape[axis];
        }
        for (int64_t i = 0; i < elements; i++)
            assert_float_equal(((const float *)found->data)[i], ((const float *)expected->data)[i], 2e-5);
    }
}

static void parts_between_other_operators_run_as_networks(void **state) {
    graph_model g;
    cnn_island_info info;
    cnn_error error;
    two_islands(&g);
    cnn_model *model = open_graph_model(&g, *state, CNN_ENGINE_DEFAULT);
    two_islands(&g);
    cnn_model *reference = open_graph_model(&g, *state, CNN_ENGINE_INTERPRETER);
    const cnn_tensor x = x_tensor(2, SIDE, SIDE);
    assert_int_equal(cnn_model_islands(model), 0);
    expect_same(model, reference, &x, 1);
    assert_int_equal(cnn_model_engine(model), CNN_ENGINE_ISLANDS);
    assert_int_equal(cnn_model_engine(reference), CNN_ENGINE_INTERPRETER);
    assert_int_equal(cnn_model_islands(model), 2);
    assert_int_equal(cnn_model_nodes(model), 6);
    assert_int_equal(cnn_model_island(model, 0, &info, NULL), CNN_OK);
    assert_string_equal(info.input, "x");
    assert_int_equal(info.layers, 2);
    assert_int_equal(info.outputs, 2); /* c, which the product reads, and r */
    assert_int_equal(cnn_model_island(model, 1, &info, NULL), CNN_OK);
    assert_string_equal(info.input, "p");
    assert_int_equal(info.nodes, 2);
    assert_int_equal(info.outputs, 1);
    assert_int_equal(cnn_model_island(model, 2, &info, &error), CNN_ERROR_ARGUMENT);
    expect_same(model, reference, &x, 1); /* with what the first run made */
    cnn_model_free(model);
    cnn_model_free(reference);
}

static void more_shapes_than_are_remembered_run(void **state) {
    graph_model g;
    two_islands(&g);
    cnn_model *model = open_graph_model(&g, *state, CNN_ENGINE_DEFAULT);
    two_islands(&g);
    cnn_model *reference = open_graph_model(&g, *state, CNN_ENGINE_INTERPRETER);
    for (int round = 0; round < 2; round++)
        for (int64_t rows = 5; rows < 11; rows++) {
            const cnn_tensor x = x_tensor(rows == 7 ? IMAGES : 1, rows, rows == 7 ? SIDE - 1 : SIDE);
            expect_same(model, reference, &x, 1);
            assert_int_equal(cnn_model_islands(model), 2);
        }
    cnn_model_free(model);
    cnn_model_free(reference);
}

static void any_number_of_threads_gives_the_same_bits(void **state) {
    char path[256];
    graph_model g;
    two_islands(&g);
    cnn_model_free(open_graph_model(&g, *state, CNN_ENGINE_DEFAULT)); /* for the file */
    float first[2 * 3 * 4 * 4] = {0};
    (void)snprintf(path, sizeof path, "%s/graph.onnx", (const char *)*state);
    const cnn_tensor x = x_tensor(2, 8, 8);
    for (int threads = 1; threads < 4; threads++) {
        const cnn_model_options options = {.threads = threads};
        cnn_model *model;
        assert_int_equal(cnn_model_open(&model, path, &options, NULL), CNN_OK);
        assert_int_equal(cnn_model_run(model, &x, 1, NULL), CNN_OK);
        if (threads == 1)
            memcpy(first, cnn_model_result(model, 0)->data, sizeof first);
        assert_memory_equal(first, cnn_model_result(model, 0)->data, sizeof first);
        cnn_model_free(model);
    }
}

/* The shape of what is inside an island becomes part of what the interpreter reshapes; the island gives N,H,W,C, too. */
static void shapes_from_within_an_island_are_known_outside(void **state) {
    static const int64_t last[] = {0, 2, 3, 1}, two[] = {2}, minus[] = {-1};
    graph_model g;
    cnn_model *models[2];
    for (int i = 0; i < 2; i++) {
        fill(some_weights, 3 * CHANNELS * 9, 1.3);
        graph_model_begin(&g, 13);
        graph_model_input(&g, "x", DIMS(CHANNELS, SIDE, SIDE));
        graph_model_output(&g, "y", DIMS(-1));
        graph_model_reals(&g, "a", DIMS(3, CHANNELS, 3, 3), some_weights);
        graph_model_integers(&g, "two", 1, two);
        graph_model_integers(&g, "minus", 1, minus);
        graph_model_node(&g, "Conv", "c", NAMES("x", "a"));
        cnn_onnx_add_integers(&g.arena, graph_model_node(&g, "Transpose", "t", NAMES("c")), "perm", last, 4);
        graph_model_node(&g, "Shape", "n", NAMES("t"));
        graph_model_node(&g, "Gather", "rows", NAMES("n", "two"));
        cnn_onnx_add_integer(&g.arena, graph_model_node(&g, "Concat", "size", NAMES("minus", "rows")), "axis",
                             0);
        graph_model_node(&g, "Reshape", "y", NAMES("t", "size"));
        models[i] = open_graph_model(&g, *state, i ? CNN_ENGINE_INTERPRETER : CNN_ENGINE_ISLANDS);
    }
    const cnn_tensor x = x_tensor(2, SIDE, SIDE);
    expect_same(models[0], models[1], &x, 1);
    assert_int_equal(cnn_model_islands(models[0]), 1);
    expect_same(models[0], models[1], &x, 1);
    cnn_model_free(models[0]);
    cnn_model_free(models[1]);
}

/* The normalisation works on the batch at hand, as only the interpreter does; the convolution before it is an island. */
static void a_normalisation_in_training_mode_stays_with_the_interpreter(void **state) {
    static const float ones[] = {1, 1}, zeros[] = {0, 0};
    graph_model g;
    cnn_model *models[2];
    for (int i = 0; i < 2; i++) {
        fill(some_weights, CHANNELS * CHANNELS * 9, 1.3);
        graph_model_begin(&g, 15);
        graph_model_input(&g, "x", DIMS(CHANNELS, SIDE, SIDE));
        graph_model_output(&g, "y", DIMS(CHANNELS, SIDE - 2, SIDE - 2));
        graph_model_reals(&g, "a", DIMS(CHANNELS, CHANNELS, 3, 3), some_weights);
        graph_model_reals(&g, "one", DIMS(CHANNELS), ones);
        graph_model_reals(&g, "zero", DIMS(CHANNELS), zeros);
        graph_model_node(&g, "Conv", "c", NAMES("x", "a"));
        CnnOnnx__NodeProto *norm =
            graph_model_node(&g, "BatchNormalization", "b", NAMES("c", "one", "zero", "zero", "one"));
        cnn_onnx_add_integer(&g.arena, norm, "training_mode", 1);
        graph_model_node(&g, "Relu", "y", NAMES("b"));
        models[i] = open_graph_model(&g, *state, i ? CNN_ENGINE_INTERPRETER : CNN_ENGINE_DEFAULT);
    }
    const cnn_tensor x = x_tensor(2, SIDE, SIDE);
    cnn_island_info info;
    expect_same(models[0], models[1], &x, 1);
    assert_int_equal(cnn_model_islands(models[0]), 1);
    assert_int_equal(cnn_model_island(models[0], 0, &info, NULL), CNN_OK);
    assert_int_equal(info.layers, 1);
    cnn_model_free(models[0]);
    cnn_model_free(models[1]);
}

/* A value that an older model lists among its inputs may be given: then nothing that was made of it counts. */
static void initialisers_that_are_replaced_count(void **state) {
    static const float other[3 * CHANNELS * 9] = {1};
    graph_model g;
    cnn_model *models[2];
    for (int i = 0; i < 2; i++) {
        two_islands(&g);
        graph_model_input(&g, "b", DIMS(CHANNELS, 3, 3));
        models[i] = open_graph_model(&g, *state, i ? CNN_ENGINE_INTERPRETER : CNN_ENGINE_DEFAULT);
    }
    const cnn_tensor both[2] = {
        x_tensor(1, SIDE, SIDE),
        {.name = "b", .type = CNN_TYPE_FLOAT32, .rank = 4, .shape = {3, CHANNELS, 3, 3}, .data = other}};
    expect_same(models[0], models[1], both, 1);
    assert_int_equal(cnn_model_islands(models[0]), 2);
    expect_same(models[0], models[1], both, 2);
    assert_int_equal(cnn_model_islands(models[0]), 0);
    cnn_model_free(models[0]);
    cnn_model_free(models[1]);
}

/* Whether the model runs on x; everything is released either way. */
static bool runs(const unsigned char *bytes, size_t size, const cnn_array *x) {
    const cnn_array *inputs[2] = {x};
    cnn_array outputs[2] = {{0}};
    cnn_program *program;
    cnn_islands *islands = NULL;
    cnn_error error;
    cnn_status status = cnn_program_open(&program, bytes, size, "changed.onnx", NULL, NULL, &error);
    if (status == CNN_OK)
        status = cnn_islands_new(&islands, program, 1, CNN_PRECISION_FLOAT32, &error);
    if (status == CNN_OK && cnn_program_inputs(program) <= 2 && cnn_program_outputs(program) <= 2)
        status = cnn_islands_run(islands, inputs, outputs, &error);
    for (int k = 0; k < 2; k++)
        cnn_array_free(&outputs[k], NULL);
    cnn_islands_free(islands);
    cnn_program_free(program);
    return status == CNN_OK;
}

/* Nothing but a message, or a result: whatever a byte of the file becomes. */
static void changed_bytes_are_refused_or_run(void **state) {
    (void)state;
    enum { CHANGES = 500 };
    const cnn_tensor given = x_tensor(1, SIDE, SIDE);
    const cnn_shape shape = cnn_shape_of(given.rank, given.shape);
    const cnn_array x = cnn_array_over(CNN_TYPE_FLOAT32, &shape, given.data);
    graph_model g;
    size_t size;
    int ran = 0;
    cnn_random random;
    two_islands(&g);
    unsigned char *bytes = graph_model_bytes(&g, &size);
    graph_model_free(&g);
    assert_true(runs(bytes, size, &x));
    cnn_random_seed(&random, 5);
    for (int i = 0; i < CHANGES; i++) {
        const int64_t at = cnn_random_below(&random, (int64_t)size);
        const unsigned char kept = bytes[at];
        bytes[at] = (unsigned char)cnn_random_below(&random, 256);
        ran += runs(bytes, size, &x);
        bytes[at] = kept;
    }
    free(bytes);
    assert_true(ran > CHANGES / 10 && ran < CHANGES);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_new, folder_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_FOLDER(parts_between_other_operators_run_as_networks),
        IN_FOLDER(more_shapes_than_are_remembered_run),
        IN_FOLDER(any_number_of_threads_gives_the_same_bits),
        IN_FOLDER(shapes_from_within_an_island_are_known_outside),
        IN_FOLDER(a_normalisation_in_training_mode_stays_with_the_interpreter),
        IN_FOLDER(initialisers_that_are_replaced_count),
        cmocka_unit_test(changed_bytes_are_refused_or_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
