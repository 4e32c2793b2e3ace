/* Constants of ONNX models that lie in other files (external data): found below the model's folder, and nowhere else. */
#define _GNU_SOURCE
#include "onnx/program.h"

#include "base/file.h"

#include "support/cmocka.h"
#include "support/folder.h"
#include "support/graph_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define DIMS(...)                                                                                            \
    (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (const int64_t[]) {                           \
        __VA_ARGS__                                                                                          \
    }

static CnnOnnx__StringStringEntryProto *entries[3];

/* x + b, where b lies in another file. */
static void make_external(graph_model *g, const char *location, const char *offset, const char *length) {
    static const float nothing[2];
    graph_model_begin(g, 13);
    graph_model_input(g, "x", DIMS(2));
    graph_model_output(g, "y", DIMS(2));
    CnnOnnx__TensorProto *b = graph_model_reals(g, "b", DIMS(2), nothing);
    b->has_raw_data = false;
    b->raw_data.len = 0;
    b->has_data_location = true;
    b->data_location = CNN_ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
    entries[0] = cnn_onnx_make_entry(&g->arena, "location", location);
    entries[1] = cnn_onnx_make_entry(&g->arena, "offset", offset);
    entries[2] = cnn_onnx_make_entry(&g->arena, "length", length);
    b->n_external_data = 3;
    b->external_data = entries;
    graph_model_node(g, "Add", "y", NAMES("x", "b"));
}

static cnn_status open_external(cnn_program **program, const char *folder, graph_model *g, cnn_error *error) {
    size_t size;
    unsigned char *bytes = graph_model_bytes(g, &size);
    cnn_status status = cnn_program_open(program, bytes, size, "g.onnx", folder, NULL, error);
    free(bytes);
    graph_model_free(g);
    return status;
}

/* Open the graph of make_external, and compare the message where it is refused. */
static void expect(const char *folder, const char *location, const char *offset, const char *length,
                   cnn_status status, const char *part) {
    graph_model g;
    cnn_program *program;
    cnn_error error = {0};
    make_external(&g, location, offset, length);
    assert_int_equal(open_external(&program, folder, &g, &error), status);
    if (status != CNN_OK && (strncmp(error.message, "g.onnx: ", 8) != 0 || !strstr(error.message, part)))
        fail_msg("%s", error.message);
    cnn_program_free(program);
}

static void constants_may_lie_in_another_file(void **state) {
    const char *folder = *state;
    const float values[] = {0, 100, 200, 300}, given[] = {1, 2};
    const cnn_shape shape = cnn_shape_2(1, 2);
    const cnn_array x = cnn_array_over(CNN_TYPE_FLOAT32, &shape, given), *inputs[] = {&x};
    cnn_array output = {0};
    graph_model g;
    cnn_program *program;
    char path[256];
    snprintf(path, sizeof path, "%s/weights.bin", folder);
    assert_int_equal(cnn_file_replace(path, values, sizeof values, NULL), CNN_OK);
    make_external(&g, "weights.bin", "4", "8");
    assert_int_equal(open_external(&program, folder, &g, NULL), CNN_OK);
    assert_int_equal(cnn_program_run(program, inputs, &output, NULL, NULL, NULL), CNN_OK);
    assert_float_equal(((float *)output.data)[0], 101, 0);
    assert_float_equal(((float *)output.data)[1], 202, 0);
    cnn_array_free(&output, NULL);
    cnn_program_free(program);
}

static void external_data_elsewhere_is_refused(void **state) {
    (void)state;
    static const char *const outside[] = {"/etc/passwd", "../weights.bin", "a/../../b", "..", ""};
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++)
        expect("/nowhere", outside[i], "0", "8", CNN_ERROR_FORMAT, "outside the model's folder");
    expect("/nowhere", "weights.bin", "-4", "8", CNN_ERROR_FORMAT, "without a valid place in a file");
    expect("/nowhere", "weights.bin", "0", "12", CNN_ERROR_FORMAT,
           "as many external bytes as its shape says");
}

static void external_data_that_is_cut_off_is_refused(void **state) {
    char path[256];
    snprintf(path, sizeof path, "%s/short.bin", (const char *)*state);
    assert_int_equal(cnn_file_replace(path, "1234567", 7, NULL), CNN_OK);
    expect(*state, "short.bin", "0", "8", CNN_ERROR_FORMAT,
           "the tensor \"b\": short.bin is truncated at byte 7: expected 8 bytes at offset 0");
    expect(*state, "short.bin", "999999999999999999", "8", CNN_ERROR_FORMAT, "at offset 999999999999999999");
}

static void external_data_behind_links_that_lead_out_is_refused(void **state) {
    const char *folder = *state;
    char model[256], path[300];
    snprintf(model, sizeof model, "%s/model", folder);
    assert_int_equal(mkdir(model, 0777), 0);
    snprintf(path, sizeof path, "%s/secret.bin", folder);
    assert_int_equal(cnn_file_replace(path, "12345678", 8, NULL), CNN_OK);
    snprintf(path, sizeof path, "%s/model/own.bin", folder);
    assert_int_equal(cnn_file_replace(path, "12345678", 8, NULL), CNN_OK);
    static const char *const links[][2] = {{"../secret.bin", "out.bin"},
                                           {"..", "up"},
                                           {"/dev/zero", "device.bin"},
                                           {"../model/own.bin", "in.bin"},
                                           {".", "here"}};
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", model, links[i][1]);
        assert_int_equal(symlink(links[i][0], path), 0);
    }
    expect(model, "out.bin", "0", "8", CNN_ERROR_FORMAT,
           "/out.bin leads out of its folder (a symbolic link)");
    expect(model, "up/secret.bin", "0", "8", CNN_ERROR_FORMAT, "leads out of its folder");
    expect(model, "device.bin", "0", "8", CNN_ERROR_FORMAT, "leads out of its folder");
    expect(model, "in.bin", "0", "8", CNN_OK, "");
    expect(model, "here/in.bin", "0", "8", CNN_OK, "");
    expect(model, "missing.bin", "0", "8", CNN_ERROR_IO, "No such file");
}

static void external_data_in_pipes_and_folders_is_not_waited_for(void **state) {
    char path[256];
    snprintf(path, sizeof path, "%s/pipe.bin", (const char *)*state);
    assert_int_equal(mkfifo(path, 0666), 0);
    expect(*state, "pipe.bin", "0", "8", CNN_ERROR_IO, "/pipe.bin: it is a pipe or a device");
    expect(*state, ".", "0", "8", CNN_ERROR_FORMAT, "leads out of its folder");
    snprintf(path, sizeof path, "%s/folder.bin", (const char *)*state);
    assert_int_equal(mkdir(path, 0777), 0);
    expect(*state, "folder.bin", "0", "8", CNN_ERROR_IO, "Is a directory");
}

/* A shape of terabytes over a file of a few bytes. */
static void external_data_shorter_than_its_shape_takes_no_memory(void **state) {
    static int64_t dim[] = {(int64_t)1 << 20, (int64_t)1 << 20};
    graph_model g;
    char path[256];
    cnn_program *program;
    cnn_error error;
    snprintf(path, sizeof path, "%s/short.bin", (const char *)*state);
    assert_int_equal(cnn_file_replace(path, "1234567", 7, NULL), CNN_OK);
    make_external(&g, "short.bin", "4", "4398046511104");
    g.tensors[0]->n_dims = 2;
    g.tensors[0]->dims = dim;
    assert_int_equal(open_external(&program, *state, &g, &error), CNN_ERROR_FORMAT);
    assert_non_null(strstr(error.message, "expected 4398046511104 bytes at offset 4"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(constants_may_lie_in_another_file, folder_new, folder_remove),
        cmocka_unit_test(external_data_elsewhere_is_refused),
        cmocka_unit_test_setup_teardown(external_data_that_is_cut_off_is_refused, folder_new, folder_remove),
        cmocka_unit_test_setup_teardown(external_data_behind_links_that_lead_out_is_refused, folder_new,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(external_data_in_pipes_and_folders_is_not_waited_for, folder_new,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(external_data_shorter_than_its_shape_takes_no_memory, folder_new,
                                        folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
