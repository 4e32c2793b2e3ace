#define _GNU_SOURCE
#include "support/command.h"

#include "support/cmocka.h"

#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIDE = 8, CLASSES = 4, TRAIN_IMAGES = 96, TEST_IMAGES = 24 };

static const char MODEL[] = "# a small network\n"
                            "input 1x8x8\n"
                            "conv 4 3x3 relu\n"
                            "maxpool 2x2 stride 2\n"
                            "flatten\n"
                            "dense 4\n"
                            "softmax\n";

static int write_file(const char *path, const void *bytes, size_t count) {
    FILE *file = fopen(path, "wb");
    if (!file)
        return -1;
    int failed = fwrite(bytes, 1, count, file) != count;
    return fclose(file) || failed ? -1 : 0;
}

static void put_big_endian(unsigned char *to, unsigned value) {
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)(value >> (24 - 8 * i));
}

/* Image `i` is of class i % CLASSES: that quarter is bright, all else dark noise. */
static int write_images(const char *path, unsigned count) {
    unsigned char *file = calloc(16 + (size_t)count * SIDE * SIDE, 1), *pixel = file + 16;
    unsigned header[] = {0x00000803, count, SIDE, SIDE}, state = 1;
    if (!file)
        return -1;
    for (int i = 0; i < 4; i++)
        put_big_endian(file + 4 * i, header[i]);
    for (unsigned i = 0; i < count; i++)
        for (unsigned place = 0; place < SIDE * SIDE; place++) {
            unsigned row = place / SIDE, column = place % SIDE;
            state = state * 1664525u + 1013904223u;
            *pixel++ = (unsigned char)((row / (SIDE / 2) * 2 + column / (SIDE / 2) == i % CLASSES ? 200 : 0) +
                                       (state >> 24) % 50);
        }
    int code = write_file(path, file, 16 + (size_t)count * SIDE * SIDE);
    free(file);
    return code;
}

static int write_labels(const char *path, unsigned count) {
    unsigned char file[8 + TRAIN_IMAGES] = {0};
    put_big_endian(file, 0x00000801);
    put_big_endian(file + 4, count);
    for (unsigned i = 0; i < count; i++)
        file[8 + i] = (unsigned char)(i % CLASSES);
    return write_file(path, file, 8 + count);
}

static int write_everything(void) {
    if (write_file("model.txt", MODEL, sizeof MODEL - 1) || mkdir("data", 0700))
        return -1;
    return write_images("data/train-images-idx3-ubyte", TRAIN_IMAGES) ||
           write_labels("data/train-labels-idx1-ubyte", TRAIN_IMAGES) ||
           write_images("data/t10k-images-idx3-ubyte", TEST_IMAGES) ||
           write_labels("data/t10k-labels-idx1-ubyte", TEST_IMAGES);
}

int command_set_up(void **state) {
    const char *parent = getenv("TMPDIR");
    char *folder;
    if (!getenv("CNN_COMMAND")) {
        fputs("CNN_COMMAND is not set: the path of the command to test\n", stderr);
        return -1;
    }
    unsetenv("COLUMNS"); /* pipes are as wide as it says */
    if (asprintf(&folder, "%s/cnn-cli-XXXXXX", parent ? parent : "/tmp") < 0)
        return -1;
    *state = folder;
    return mkdtemp(folder) && !chdir(folder) && !write_everything() ? 0 : -1;
}

static int delete_entry(const char *path, const struct stat *information, int kind, struct FTW *walk) {
    (void)information, (void)kind, (void)walk;
    return remove(path);
}

int command_tear_down(void **state) {
    int code = chdir("/") || nftw(*state, delete_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(*state);
    return code;
}

static char *read_text(const char *path) {
    enum { MOST = 1 << 20 };
    char *text = calloc(MOST, 1);
    FILE *file = fopen(path, "rb");
    assert_non_null(text);
    assert_non_null(file);
    size_t length = fread(text, 1, MOST - 1, file);
    assert_true(length < MOST - 1);
    fclose(file);
    return text;
}

static int exit_code(int status) {
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

command_result command_run(const char *arguments) {
    char *line;
    command_result result;
    assert_true(asprintf(&line, "exec \"$CNN_COMMAND\" %s >stdout.txt 2>stderr.txt </dev/null", arguments) >
                0);
    int status = system(line);
    free(line);
    assert_int_not_equal(status, -1);
    result.code = exit_code(status);
    result.out = read_text("stdout.txt");
    result.err = read_text("stderr.txt");
    return result;
}

void command_free(command_result *result) {
    free(result->out);
    free(result->err);
}

static void expect_text(const char *arguments, const char *stream, const char *found, const char *expected) {
    if (expected ? !strstr(found, expected) : *found)
        fail_msg("cnn %s: %s should hold '%s' and is '%s'", arguments, stream, expected ? expected : "",
                 found);
}

json_t *command_json(const char *arguments) {
    command_result result = command_run(arguments);
    if (result.code != 0)
        fail_msg("%s: %s", arguments, result.err);
    json_t *json = json_loads(result.out, 0, NULL);
    assert_non_null(json);
    command_free(&result);
    return json;
}

void command_expect(const char *arguments, int code, const char *out, const char *err) {
    command_result result = command_run(arguments);
    if (result.code != code)
        fail_msg("cnn %s: exit code %d, not %d; stderr: %s", arguments, result.code, code, result.err);
    expect_text(arguments, "stdout", result.out, out);
    expect_text(arguments, "stderr", result.err, err);
    command_free(&result);
}

command_running command_start(const char *arguments) {
    int ends[2];
    char *line;
    assert_true(asprintf(&line, "exec \"$CNN_COMMAND\" %s 2>stderr.txt </dev/null", arguments) > 0);
    assert_int_equal(pipe(ends), 0);
    command_running running = {.pid = fork()};
    assert_true(running.pid >= 0);
    if (!running.pid) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    free(line);
    close(ends[1]);
    running.out = fdopen(ends[0], "r");
    assert_non_null(running.out);
    return running;
}

int command_finish(command_running *running, char **err) {
    int status;
    while (fgetc(running->out) != EOF)
        ; /* a full pipe would stop it */
    fclose(running->out);
    assert_int_equal(waitpid(running->pid, &status, 0), running->pid);
    *err = read_text("stderr.txt");
    return exit_code(status);
}
