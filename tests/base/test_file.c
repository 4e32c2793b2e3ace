/* Files: read whole, replaced at once or not at all. */
#define _GNU_SOURCE
#include "base/file.h"
#include "base/memory.h"
#include "support/cmocka.h"
#include "support/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int entries_of(const char *folder) {
    int count = 0;
    DIR *listing = opendir(folder);
    assert_non_null(listing);
    for (struct dirent *entry; (entry = readdir(listing));)
        count += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
    closedir(listing);
    return count;
}

static void assert_holds(const char *path, const char *expected) {
    cnn_bytes bytes;
    assert_int_equal(cnn_file_read(path, &bytes, NULL), CNN_OK);
    assert_int_equal(bytes.size, strlen(expected));
    assert_memory_equal(bytes.data, expected, bytes.size);
    cnn_free(bytes.data);
}

static void what_is_written_is_read(void **state) {
    const char *folder = *state;
    char *path = cnn_path_join(folder, "file", NULL);
    assert_int_equal(cnn_file_replace(path, "first", 5, NULL), CNN_OK);
    assert_holds(path, "first");
    assert_int_equal(cnn_file_replace(path, "the second", 10, NULL), CNN_OK);
    assert_holds(path, "the second");
    assert_int_equal(cnn_file_replace(path, "", 0, NULL), CNN_OK);
    assert_holds(path, "");
    assert_int_equal(entries_of(folder), 1);
    cnn_free(path);
}

static void assert_not_read(const char *path, const char *reason) {
    cnn_error error;
    cnn_bytes bytes;
    assert_int_equal(cnn_file_read(path, &bytes, &error), CNN_ERROR_IO);
    assert_null(bytes.data);
    assert_non_null(strstr(error.message, path));
    assert_non_null(strstr(error.message, reason));
}

static void what_cannot_be_read_is_named_with_the_reason(void **state) {
    const char *folder = *state;
    char *missing = cnn_path_join(folder, "missing", NULL), *below = cnn_path_join(missing, "file", NULL);
    assert_not_read(missing, "No such file or directory");
    assert_not_read(below, "No such file or directory");
    assert_not_read(folder, "Is a directory");
    cnn_free(below);
    cnn_free(missing);
}

static void what_may_not_be_read_is_named_with_the_reason(void **state) {
    if (geteuid() == 0)
        skip(); /* nothing is forbidden to root */
    char *path = cnn_path_join(*state, "secret", NULL);
    assert_int_equal(cnn_file_replace(path, "x", 1, NULL), CNN_OK);
    assert_int_equal(chmod(path, 0), 0);
    assert_not_read(path, "Permission denied");
    cnn_free(path);
}

static void a_folder_that_is_missing_is_an_error(void **state) {
    cnn_error error;
    char *folder = cnn_path_join(*state, "missing", NULL), *path = cnn_path_join(folder, "file", NULL);
    assert_int_equal(cnn_file_replace(path, "x", 1, &error), CNN_ERROR_IO);
    assert_non_null(strstr(error.message, path));
    assert_non_null(strstr(error.message, "No such file or directory"));
    cnn_free(path);
    cnn_free(folder);
}

/* A limit on file sizes stands for a full disk. */
static void a_write_that_fails_keeps_the_previous_file(void **state) {
    const char *folder = *state;
    enum { BYTES = 1 << 20 };
    char *path = cnn_path_join(folder, "file", NULL), *large = cnn_allocate(BYTES, 1, "a test", NULL);
    assert_int_equal(cnn_file_replace(path, "previous", 8, NULL), CNN_OK);
    struct rlimit before, small;
    getrlimit(RLIMIT_FSIZE, &before);
    small = (struct rlimit){.rlim_cur = 4096, .rlim_max = before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    cnn_error error;
    cnn_status status = cnn_file_replace(path, large, BYTES, &error);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(status, CNN_ERROR_IO);
    assert_non_null(strstr(error.message, path));
    assert_holds(path, "previous");
    assert_int_equal(entries_of(folder), 1);
    cnn_free(large);
    cnn_free(path);
}

static void a_folder_is_not_replaced(void **state) {
    char *path = cnn_path_join(*state, "folder", NULL);
    assert_int_equal(mkdir(path, 0777), 0);
    assert_int_equal(cnn_file_replace(path, "x", 1, NULL), CNN_ERROR_IO);
    assert_true(cnn_is_folder(path));
    assert_int_equal(entries_of(*state), 1);
    cnn_free(path);
}

static void the_mode_of_a_file_follows_the_umask(void **state) {
    char *path = cnn_path_join(*state, "file", NULL);
    static const mode_t masks[] = {0022, 0077, 0002};
    for (int i = 0; i < 3; i++) {
        const mode_t before = umask(masks[i]);
        struct stat about;
        assert_int_equal(cnn_file_replace(path, "x", 1, NULL), CNN_OK);
        umask(before);
        assert_int_equal(stat(path, &about), 0);
        assert_int_equal(about.st_mode & 0777, 0666 & ~masks[i]);
    }
    cnn_free(path);
}

/* A child that ends in the middle of writing: it has what it wrote no longer locked. */
static void what_a_killed_process_left_is_removed_by_the_next_write(void **state) {
    const char *folder = *state;
    char *path = cnn_path_join(folder, "file", NULL), *left = cnn_path_join(folder, "file.tmp-77-0", NULL);
    char *other = cnn_path_join(folder, "file.tmpl", NULL);
    assert_int_equal(cnn_file_replace(left, "half", 4, NULL), CNN_OK);
    assert_int_equal(cnn_file_replace(other, "of somebody else", 16, NULL), CNN_OK);
    const int held = open(left, O_RDWR);
    assert_true(held >= 0);
    assert_int_equal(flock(held, LOCK_EX), 0);
    assert_int_equal(cnn_file_replace(path, "x", 1, NULL), CNN_OK);
    assert_true(cnn_is_file(left)); /* its owner lives */
    close(held);
    assert_int_equal(cnn_file_replace(path, "y", 1, NULL), CNN_OK);
    assert_false(cnn_is_file(left));
    assert_true(cnn_is_file(other));
    cnn_free(path);
    cnn_free(left);
    cnn_free(other);
}

static void pipes_and_devices_are_not_read_as_files(void **state) {
    char *path = cnn_path_join(*state, "pipe", NULL);
    assert_int_equal(mkfifo(path, 0666), 0);
    assert_not_read(path, "a pipe or a device"); /* and is not waited for */
    assert_not_read("/dev/zero", "a pipe or a device");
    cnn_free(path);
}

/* Write 100,000 bytes into a pipe from another process. */
static pid_t feed(int to) {
    const pid_t child = fork();
    if (child != 0)
        return child;
    static char bytes[100000];
    memset(bytes, 'x', sizeof bytes);
    for (size_t done = 0; done < sizeof bytes;) {
        const ssize_t now = write(to, bytes + done, sizeof bytes - done);
        if (now < 0)
            _exit(1);
        done += (size_t)now;
    }
    _exit(0);
}

static void an_input_that_is_a_pipe_is_read_to_its_end(void **state) {
    (void)state;
    int ends[2];
    char path[32];
    cnn_bytes bytes;
    assert_int_equal(pipe(ends), 0);
    const pid_t child = feed(ends[1]);
    close(ends[1]);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    assert_int_equal(cnn_input_read(path, &bytes, NULL), CNN_OK);
    assert_int_equal(bytes.size, 100000);
    assert_int_equal(bytes.data[99999], 'x');
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(ends[0]);
    cnn_free(bytes.data);
}

static void folders_are_made_with_those_above(void **state) {
    char *path = cnn_path_join(*state, "a/b/c/", NULL), *file = cnn_path_join(*state, "file", NULL);
    assert_int_equal(cnn_make_folders(path, NULL), CNN_OK);
    assert_true(cnn_is_folder(path));
    assert_int_equal(cnn_make_folders(path, NULL), CNN_OK);
    assert_int_equal(cnn_file_replace(file, "x", 1, NULL), CNN_OK);
    assert_true(cnn_is_file(file));
    assert_false(cnn_is_folder(file));
    cnn_error error;
    char *below = cnn_path_join(file, "below", NULL);
    assert_int_equal(cnn_make_folders(below, &error), CNN_ERROR_IO);
    assert_non_null(strstr(error.message, file));
    cnn_free(below);
    cnn_free(file);
    cnn_free(path);
}

static void paths_are_joined_with_one_slash(void **state) {
    (void)state;
    static const char *const parts[][3] = {{"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"/", "b", "/b"}};
    for (int i = 0; i < 3; i++) {
        char *path = cnn_path_join(parts[i][0], parts[i][1], NULL);
        assert_string_equal(path, parts[i][2]);
        cnn_free(path);
    }
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_new, folder_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(what_is_written_is_read),
        IN_A_FOLDER(what_cannot_be_read_is_named_with_the_reason),
        IN_A_FOLDER(what_may_not_be_read_is_named_with_the_reason),
        IN_A_FOLDER(a_folder_that_is_missing_is_an_error),
        IN_A_FOLDER(a_write_that_fails_keeps_the_previous_file),
        IN_A_FOLDER(a_folder_is_not_replaced),
        IN_A_FOLDER(the_mode_of_a_file_follows_the_umask),
        IN_A_FOLDER(what_a_killed_process_left_is_removed_by_the_next_write),
        IN_A_FOLDER(pipes_and_devices_are_not_read_as_files),
        cmocka_unit_test(an_input_that_is_a_pipe_is_read_to_its_end),
        IN_A_FOLDER(folders_are_made_with_those_above),
        cmocka_unit_test(paths_are_joined_with_one_slash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
