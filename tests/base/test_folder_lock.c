/* A folder in which one process at a time writes. */
#define _GNU_SOURCE
#include "base/folder_lock.h"
#include "base/file.h"
#include "base/memory.h"
#include "support/cmocka.h"
#include "support/folder.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void a_locked_folder_names_its_owner(void **state) {
    cnn_folder_lock first = {0}, second = {0};
    cnn_error error;
    char owner[32];
    assert_int_equal(cnn_folder_lock_take(&first, *state, NULL), CNN_OK);
    assert_int_equal(cnn_folder_lock_take(&first, *state, NULL), CNN_OK); /* it has it */
    assert_int_equal(cnn_folder_lock_take(&second, *state, &error), CNN_ERROR_IO);
    snprintf(owner, sizeof owner, "(process %ld on ", (long)getpid());
    assert_non_null(strstr(error.message, owner));
    assert_non_null(strstr(error.message, *state));
    cnn_folder_lock_release(&first);
    assert_int_equal(cnn_folder_lock_take(&second, *state, NULL), CNN_OK);
    cnn_folder_lock_release(&second);
    cnn_folder_lock_release(&second); /* does nothing */
}

static void nothing_is_left_behind(void **state) {
    cnn_folder_lock lock = {0};
    char *path = cnn_path_join(*state, ".lock", NULL);
    assert_int_equal(cnn_folder_lock_take(&lock, *state, NULL), CNN_OK);
    assert_true(cnn_is_file(path));
    cnn_folder_lock_release(&lock);
    assert_false(cnn_is_file(path));
    cnn_free(path);
}

static void the_lock_of_a_process_that_ended_is_stale(void **state) {
    cnn_folder_lock lock = {0};
    char *path = cnn_path_join(*state, ".lock", NULL);
    const pid_t child = fork();
    if (child == 0) /* ends without unlocking, as if it were killed */
        _exit(cnn_folder_lock_take(&lock, *state, NULL) == CNN_OK ? 0 : 1);
    int result;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
    assert_true(cnn_is_file(path));
    assert_int_equal(cnn_folder_lock_take(&lock, *state, NULL), CNN_OK);
    cnn_folder_lock_release(&lock);
    cnn_free(path);
}

static void a_folder_that_is_missing_is_an_error(void **state) {
    cnn_folder_lock lock = {0};
    cnn_error error;
    char *path = cnn_path_join(*state, "missing", NULL);
    assert_int_equal(cnn_folder_lock_take(&lock, path, &error), CNN_ERROR_IO);
    assert_non_null(strstr(error.message, "No such file or directory"));
    assert_null(lock.path);
    cnn_free(path);
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_new, folder_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_A_FOLDER(a_locked_folder_names_its_owner),
        IN_A_FOLDER(nothing_is_left_behind),
        IN_A_FOLDER(the_lock_of_a_process_that_ended_is_stale),
        IN_A_FOLDER(a_folder_that_is_missing_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
