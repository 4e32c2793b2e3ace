#define _GNU_SOURCE /* memmem */
/* The run directory: what is in it, and what happens when it cannot be written. */
#include "train/run_folder.h"

#include "base/file.h"
#include "base/folder_lock.h"
#include "base/memory.h"
#include "support/cmocka.h"
#include "support/folder.h"
#include "support/small_training.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

/* How many files there are whose names begin so. */
static int count_files(const char *folder, const char *begin) {
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    int count = 0;
    for (const struct dirent *entry; (entry = readdir(entries));)
        count += entry->d_name[0] != '.' && strncmp(entry->d_name, begin, strlen(begin)) == 0;
    closedir(entries);
    return count;
}

static void holds_model_checkpoint_history_and_events(void **state) {
    cnn_data *data = small_data(100);
    cnn_net *net = small_net(), *opened;
    cnn_train_options options = small_options();
    bool trained = false;
    char *path = cnn_path_join(*state, "new/run", NULL);
    options.run_directory = path;
    options.validation = 0.2;
    train_expecting(CNN_OK, net, data, &options, NULL);
    assert_int_equal(count_files(path, ""), 5); /* and nothing left over */
    assert_int_equal(count_files(path, "split.csv"), 1);
    assert_int_equal(count_files(path, "checkpoint.safetensors"), 1);
    assert_int_equal(count_files(path, "history.csv"), 1);
    assert_int_equal(count_files(path, "events.out.tfevents."), 1);
    assert_int_equal(cnn_net_open(&opened, path, &trained, NULL), CNN_OK);
    assert_true(trained);
    assert_same_parameters(net, opened);
    assert_string_equal(cnn_net_class(opened, 2), cnn_data_class(data, 2));
    cnn_free(path);
    cnn_net_free(opened);
    cnn_net_free(net);
    cnn_data_free(data);
}

/* ---- A folder that holds a run ---- */

static cnn_bytes contents(const char *folder, const char *name) {
    char *path = cnn_path_join(folder, name, NULL);
    cnn_bytes bytes;
    assert_int_equal(cnn_file_read(path, &bytes, NULL), CNN_OK);
    cnn_free(path);
    return bytes;
}

static bool same_contents(const char *folder, const char *name, const cnn_bytes *before) {
    cnn_bytes now = contents(folder, name);
    bool same = now.size == before->size && memcmp(now.data, before->data, now.size) == 0;
    cnn_free(now.data);
    return same;
}

static void train_into(const char *folder, cnn_train_options options, cnn_status expected, cnn_error *error) {
    cnn_data *data = small_data(100);
    cnn_net *net = small_net();
    options.run_directory = folder;
    train_expecting(expected, net, data, &options, error);
    cnn_net_free(net);
    cnn_data_free(data);
}

static void a_run_is_not_replaced_unasked(void **state) {
    cnn_train_options options = small_options();
    cnn_error error;
    train_into(*state, options, CNN_OK, NULL);
    cnn_bytes model = contents(*state, "model.onnx");
    train_into(*state, options, CNN_ERROR_ARGUMENT, &error);
    assert_non_null(strstr(error.message,
                           "already holds a run (checkpoint.safetensors): continue it (--resume), replace it "
                           "(--overwrite) or choose another run directory"));
    assert_int_equal(cnn_train_check(&options, NULL), CNN_OK);
    options.run_directory = *state;
    assert_int_equal(cnn_train_check(&options, NULL), CNN_ERROR_ARGUMENT);
    assert_true(same_contents(*state, "model.onnx", &model));
    assert_int_equal(count_files(*state, ""), 4);
    cnn_free(model.data);
}

/* The first run held images out and had three epochs; nothing of that may mix with the second. */
static void overwriting_leaves_nothing_of_the_older_run(void **state) {
    cnn_train_options options = small_options();
    options.validation = 0.2;
    train_into(*state, options, CNN_OK, NULL);
    options = small_options();
    options.epochs = 1;
    options.overwrite = true;
    train_into(*state, options, CNN_OK, NULL);
    cnn_bytes history = contents(*state, "history.csv");
    assert_null(memmem(history.data, history.size, "\n2,", 3));
    assert_int_equal(count_files(*state, "events.out.tfevents."), 1);
    assert_int_equal(count_files(*state, "split.csv"), 0);
    cnn_free(history.data);
}

/* It goes when there is something to put in its place. */
static void a_run_outlives_a_training_that_diverges_at_once(void **state) {
    cnn_train_options options = small_options();
    train_into(*state, options, CNN_OK, NULL);
    cnn_bytes model = contents(*state, "model.onnx"), history = contents(*state, "history.csv");
    options.overwrite = true;
    options.schedule = CNN_SCHEDULE_CONSTANT;
    options.update = (cnn_update_options){.optimizer = CNN_OPTIMIZER_SGD, .learning_rate = 1e30};
    train_into(*state, options, CNN_ERROR_DIVERGED, NULL);
    assert_true(same_contents(*state, "model.onnx", &model));
    assert_true(same_contents(*state, "history.csv", &history));
    assert_int_equal(count_files(*state, ""), 4);
    cnn_free(model.data);
    cnn_free(history.data);
}

/* A checkpoint puts "best." before a parameter's name: found out before the first epoch. */
static void a_layer_whose_name_a_checkpoint_needs(void **state) {
    cnn_data *data = small_data(100);
    cnn_net *net = cnn_net_new(&(cnn_input_options){1, 8, 8});
    cnn_train_options options = small_options();
    cnn_error error;
    cnn_flatten(net);
    cnn_dense(net, .units = 4, .name = "fc");
    cnn_dense(net, .units = 4, .name = "best.fc");
    options.run_directory = *state;
    train_expecting(CNN_ERROR_ARGUMENT, net, data, &options, &error);
    assert_non_null(strstr(error.message, "two of its tensors would be named best.fc."));
    assert_int_equal(count_files(*state, ""), 0);
    cnn_net_free(net);
    cnn_data_free(data);
}

/* ---- What cannot be written ---- */

static bool never(void *user, const cnn_progress *progress) {
    (void)user;
    (void)progress;
    fail_msg("training began");
    return false;
}

/* Said before training. */
static void refuse(const char *path, const char *message) {
    cnn_data *data = small_data(40);
    cnn_net *net = small_net();
    cnn_train_options options = small_options();
    cnn_error error;
    options.run_directory = path;
    options.progress = never;
    train_expecting(CNN_ERROR_IO, net, data, &options, &error);
    if (!strstr(error.message, message))
        fail_msg("no '%s' in '%s'", message, error.message);
    cnn_net_free(net);
    cnn_data_free(data);
}

static void a_file_where_the_folder_should_be(void **state) {
    char *file = cnn_path_join(*state, "occupied", NULL), *below = cnn_path_join(file, "run", NULL);
    assert_int_equal(cnn_file_replace(file, "x", 1, NULL), CNN_OK);
    refuse(file, "occupied");
    refuse(below, "the run directory ");
    refuse(below, "Not a directory");
    cnn_free(file);
    cnn_free(below);
}

static void a_folder_where_a_file_should_be_is_found_before_the_first_epoch(void **state) {
    static const char *const names[] = {"model.onnx", "history.csv", "checkpoint.safetensors"};
    for (int i = 0; i < 3; i++) {
        char *path = cnn_path_join(*state, names[i], NULL);
        assert_int_equal(cnn_make_folders(path, NULL), CNN_OK);
        refuse(*state, "is not a file, but the training would write one there");
        assert_int_equal(rmdir(path), 0);
        cnn_free(path);
    }
}

static void two_trainings_in_one_folder(void **state) {
    cnn_folder_lock other = {0};
    assert_int_equal(cnn_folder_lock_take(&other, *state, NULL), CNN_OK);
    refuse(*state, "is in use by another training (process ");
    cnn_folder_lock_release(&other);
}

static void a_folder_that_takes_no_files(void **state) {
    (void)state;
    refuse("/proc", "the run directory /proc: cannot write /proc/.writable");
}

static void a_disk_with_too_little_room(void **state) {
    cnn_run_folder folder;
    cnn_error error;
    assert_int_equal(cnn_run_folder_name(&folder, *state, NULL), CNN_OK);
    assert_int_equal(cnn_run_folder_open(&folder, INT64_MAX, &error), CNN_ERROR_IO);
    assert_non_null(strstr(error.message, "MiB left, but checkpoint and model need 8796093022208.0 MiB"));
    cnn_run_folder_free(&folder);
    assert_int_equal(count_files(*state, ""), 0);
}

/* From now on files may have so many bytes. */
static void limit_files(rlim_t bytes) {
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static bool fill_disk_in_second_epoch(void *user, const cnn_progress *progress) {
    (void)user;
    if (progress->epoch == 2)
        limit_files(600);
    return true;
}

/* The disk fills up while a checkpoint is written: the one of the epoch before stays whole, and training goes
 * on from it as if nothing had happened once there is room again. */
static void a_disk_that_fills_up(void **state) {
    cnn_data *data = small_data(100);
    cnn_net *net = small_net(), *again = small_net(), *undisturbed = small_net();
    cnn_train_options options = small_options();
    cnn_error error;
    train_expecting(CNN_OK, undisturbed, data, &options, NULL);
    options.run_directory = *state;
    options.progress = fill_disk_in_second_epoch;
    signal(SIGXFSZ, SIG_IGN);
    cnn_status status = cnn_train(net, data, &options, &error);
    limit_files(RLIM_INFINITY);
    assert_int_equal(status, CNN_ERROR_IO);
    assert_non_null(strstr(error.message, "epoch 2 of 3: "));
    assert_non_null(strstr(error.message, "File too large"));
    assert_int_equal(count_files(*state, ""), 4); /* nothing half-written */
    options.progress = NULL;
    options.resume = true;
    train_expecting(CNN_OK, again, data, &options, NULL);
    assert_same_parameters(again, undisturbed);
    cnn_net_free(net);
    cnn_net_free(again);
    cnn_net_free(undisturbed);
    cnn_data_free(data);
}

static void a_disk_that_is_full_from_the_start(void **state) {
    signal(SIGXFSZ, SIG_IGN);
    limit_files(4);
    cnn_data *data = small_data(40);
    cnn_net *net = small_net();
    cnn_train_options options = small_options();
    cnn_error error = {0};
    options.run_directory = *state;
    options.progress = never;
    cnn_status status = cnn_train(net, data, &options, &error);
    limit_files(RLIM_INFINITY);
    assert_int_equal(status, CNN_ERROR_IO);
    assert_non_null(strstr(error.message, "the run directory "));
    assert_int_equal(count_files(*state, ""), 0);
    cnn_net_free(net);
    cnn_data_free(data);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_new, folder_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_FOLDER(holds_model_checkpoint_history_and_events),
        IN_FOLDER(a_run_is_not_replaced_unasked),
        IN_FOLDER(overwriting_leaves_nothing_of_the_older_run),
        IN_FOLDER(a_run_outlives_a_training_that_diverges_at_once),
        IN_FOLDER(a_layer_whose_name_a_checkpoint_needs),
        IN_FOLDER(a_file_where_the_folder_should_be),
        IN_FOLDER(a_folder_where_a_file_should_be_is_found_before_the_first_epoch),
        IN_FOLDER(two_trainings_in_one_folder),
        cmocka_unit_test(a_folder_that_takes_no_files),
        IN_FOLDER(a_disk_with_too_little_room),
        IN_FOLDER(a_disk_that_fills_up),
        IN_FOLDER(a_disk_that_is_full_from_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
