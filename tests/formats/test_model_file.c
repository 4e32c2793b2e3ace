/* Opening and saving models by name: built-ins, text files, ONNX files, run directories. */
#define _GNU_SOURCE
#include <cnn.h>

#include "base/file.h"
#include "base/memory.h"

#include "support/cmocka.h"
#include "support/folder.h"
#include "support/odd_model.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* FOLDER/NAME, for cnn_free. */
static char *within(void **state, const char *name) {
    char *path = cnn_path_join(*state, name, NULL);
    assert_non_null(path);
    return path;
}

static char *write_file(void **state, const char *name, const void *bytes, size_t size) {
    char *path = within(state, name);
    assert_int_equal(cnn_file_replace(path, bytes, size, NULL), CNN_OK);
    return path;
}

static char *write_text(void **state, const char *name, const char *text) {
    return write_file(state, name, text, strlen(text));
}

static void save(const cnn_net *net, const char *path) {
    cnn_error error = {0};
    if (cnn_net_save(net, path, &error) != CNN_OK)
        fail_msg("%s", error.message);
}

static cnn_net *open_model(const char *model, bool expect_trained) {
    cnn_net *net;
    cnn_error error = {0};
    bool trained = !expect_trained;
    if (cnn_net_open(&net, model, &trained, &error) != CNN_OK)
        fail_msg("%s", error.message);
    assert_int_equal(trained, expect_trained);
    return net;
}

static void expect_refused(const char *model, cnn_status expected, const char *message) {
    cnn_net *net = (cnn_net *)(void *)&net;
    cnn_error error = {0};
    cnn_status status = cnn_net_open(&net, model, NULL, &error);
    if (status != expected || !strstr(error.message, message))
        fail_msg("%s: \"%s\" does not say \"%s\"", cnn_status_name(status), error.message, message);
    assert_null(net);
}

static void built_in_models_open_by_name(void **state) {
    (void)state;
    const char *const *names = cnn_builtin_models();
    assert_non_null(names[0]);
    for (; *names; names++) {
        cnn_net *net = open_model(*names, false);
        assert_true(cnn_net_layers(net) > 0);
        cnn_net_free(net);
    }
}

static void text_files_open(void **state) {
    char *path = write_text(state, "model.txt", "# mine\ninput 1x4x4\nflatten\ndense 2\n");
    cnn_net *net = open_model(path, false);
    assert_int_equal(cnn_net_outputs(net), 2);
    cnn_net_free(net);
    cnn_free(path);
}

static void onnx_files_open_whatever_they_are_called(void **state) {
    static const char *const names[] = {"model.onnx", "model", "model.txt"};
    cnn_net *net = odd_model();
    for (int i = 0; i < 3; i++) {
        char *written = within(state, "written.onnx"), *path = within(state, names[i]);
        save(net, written);
        assert_int_equal(rename(written, path), 0);
        cnn_free(written);
        cnn_net *again = open_model(path, true);
        assert_same_net(net, again);
        cnn_net_free(again);
        cnn_free(path);
    }
    cnn_net_free(net);
}

static void run_directories_open(void **state) {
    char *folder = within(state, "run"), *path = within(state, "run/model.onnx");
    cnn_net *net = odd_model();
    assert_int_equal(cnn_make_folders(folder, NULL), CNN_OK);
    save(net, path);
    cnn_net *again = open_model(folder, true);
    assert_same_net(net, again);
    cnn_net_free(again);
    cnn_net_free(net);
    cnn_free(path);
    cnn_free(folder);
}

static void a_file_goes_before_a_built_in(void **state) {
    char *path = write_text(state, "basic", "input 1x3x3\nrelu\n");
    char here[4096];
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir(*state), 0);
    cnn_net *net = open_model("basic", false);
    assert_int_equal(chdir(here), 0);
    assert_int_equal(cnn_net_layers(net), 1);
    cnn_net_free(net);
    assert_int_equal(unlink(path), 0);
    cnn_free(path);
}

static void unknown_names_are_answered_with_the_nearest(void **state) {
    (void)state;
    expect_refused("basci", CNN_ERROR_IO, "there is no file or folder \"basci\"");
    expect_refused("basci", CNN_ERROR_IO, "did you mean basic?");
    expect_refused("some/model.onnx", CNN_ERROR_IO, "there is no file or folder \"some/model.onnx\"");
    expect_refused("", CNN_ERROR_IO, "there is no file or folder \"\"");
}

static void folders_without_a_model_are_named(void **state) {
    char *folder = within(state, "empty");
    assert_int_equal(cnn_make_folders(folder, NULL), CNN_OK);
    expect_refused(folder, CNN_ERROR_IO,
                   "is a folder, so it should be a run directory of cnn train: cannot read ");
    cnn_free(folder);
}

static void unreadable_files_are_named_with_the_reason(void **state) {
    char *path = write_text(state, "locked.txt", "input 1x3x3\nrelu\n");
    assert_int_equal(chmod(path, 0), 0);
    if (access(path, R_OK) != 0) /* root reads everything */
        expect_refused(path, CNN_ERROR_IO, "locked.txt: Permission denied");
    assert_int_equal(unlink(path), 0);
    cnn_free(path);
}

static void damaged_files_are_named(void **state) {
    char text[302], *path = write_text(state, "broken.onnx", "input 1x3x3\nrelu\n");
    expect_refused(path, CNN_ERROR_FORMAT, "broken.onnx: byte ");
    cnn_free(path);
    memset(text, '#', sizeof text);
    memcpy(text + 300, "\0\n", 2); /* so far behind that it looks like a text */
    path = write_file(state, "zero.txt", text, sizeof text);
    expect_refused(path, CNN_ERROR_FORMAT, "zero.txt: byte 300: a zero byte in a text model");
    cnn_free(path);
    path = write_text(state, "empty.onnx", "");
    expect_refused(path, CNN_ERROR_FORMAT, "empty.onnx: the file is empty");
    cnn_free(path);
    path = write_text(state, "empty.txt", "");
    expect_refused(path, CNN_ERROR_FORMAT, "empty.txt: the model has no input line");
    cnn_free(path);
    path = write_text(state, "typo.txt", "input 1x3x3\nrleu\n");
    expect_refused(path, CNN_ERROR_FORMAT,
                   "typo.txt:2: \"rleu\": there is no layer \"rleu\": did you mean relu?");
    cnn_free(path);
}

static void text_files_have_a_largest_size(void **state) {
    enum { SIZE = (1 << 20) + 1 };
    char *text = cnn_allocate(SIZE, 1, "a text", NULL);
    memset(text, '\n', SIZE);
    char *path = write_file(state, "large.txt", text, SIZE);
    expect_refused(path, CNN_ERROR_FORMAT,
                   "large.txt: a text model has at most 1048576 bytes, found 1048577");
    cnn_free(path);
    cnn_free(text);
}

static void what_cannot_be_saved_leaves_the_old_file(void **state) {
    char *path = within(state, "kept.onnx");
    cnn_net *net = odd_model(), *empty = cnn_net_new(&(cnn_input_options){1, 2, 2});
    cnn_error error = {0};
    save(net, path);
    assert_int_equal(cnn_net_save(empty, path, &error), CNN_ERROR_ARGUMENT);
    assert_int_equal(cnn_net_save(net, "/nowhere/model.onnx", &error), CNN_ERROR_IO);
    assert_non_null(strstr(error.message, "/nowhere/model.onnx: No such file or directory"));
    cnn_net *again = open_model(path, true);
    assert_same_net(net, again);
    cnn_net_free(again);
    cnn_net_free(empty);
    cnn_net_free(net);
    cnn_free(path);
}

static void a_model_in_a_pipe_or_on_standard_input_is_opened(void **state) {
    (void)state;
    static const char text[] = "input 1x8x8\nconv 2 3x3\n";
    const int standard_input = dup(STDIN_FILENO);
    for (int standard = 0; standard < 2; standard++) {
        int ends[2];
        char path[32] = "-";
        assert_int_equal(pipe(ends), 0);
        assert_int_equal(write(ends[1], text, sizeof text - 1), sizeof text - 1);
        close(ends[1]);
        if (standard)
            assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
        else
            snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
        cnn_net *net = open_model(path, false);
        assert_int_equal(cnn_net_parameters(net), 2 * 9 + 2);
        cnn_net_free(net);
        close(ends[0]);
    }
    dup2(standard_input, STDIN_FILENO);
    close(standard_input);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_in_a_pipe_or_on_standard_input_is_opened),
        cmocka_unit_test(built_in_models_open_by_name),
        cmocka_unit_test(text_files_open),
        cmocka_unit_test(onnx_files_open_whatever_they_are_called),
        cmocka_unit_test(run_directories_open),
        cmocka_unit_test(a_file_goes_before_a_built_in),
        cmocka_unit_test(unknown_names_are_answered_with_the_nearest),
        cmocka_unit_test(folders_without_a_model_are_named),
        cmocka_unit_test(unreadable_files_are_named_with_the_reason),
        cmocka_unit_test(damaged_files_are_named),
        cmocka_unit_test(text_files_have_a_largest_size),
        cmocka_unit_test(what_cannot_be_saved_leaves_the_old_file),
    };
    return cmocka_run_group_tests(tests, folder_new, folder_remove);
}
