/* Checkpoints: all comes back as it was, and what does not fit is said. */
#include "train/checkpoint.h"

#include "base/file.h"
#include "base/memory.h"
#include "formats/safetensors.h"
#include "support/cmocka.h"
#include "support/folder.h"
#include "support/small_training.h"
#include "train/options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static cnn_data *data; /* whose classes all checkpoints are about */

/* A checkpoint with a value of its own in every place; `seed` 0: all arrays zero, nothing done yet. */
static cnn_checkpoint make(int seed) {
    cnn_checkpoint c = {
        .net = small_net(), .options = small_options(), .data = data, .images = 100, .iterations = 7};
    assert_int_equal(cnn_train_options_complete(&c.options, NULL), CNN_OK);
    assert_int_equal(cnn_net_make_values(c.net, NULL), CNN_OK);
    assert_int_equal(cnn_lengths_make(&c.lengths, &c.options, c.iterations, NULL), CNN_OK);
    c.optimizer_states = 2;
    float **arrays[] = {&c.best, &c.optimizer[0], &c.optimizer[1]};
    for (int i = 0; i < 3; i++) {
        *arrays[i] = cnn_allocate((size_t)c.net->value_count, sizeof(float), "a test", NULL);
        assert_non_null(*arrays[i]);
        for (int64_t k = 0; seed && k < c.net->value_count; k++)
            (*arrays[i])[k] = (float)(seed + i) + (float)k / 7.0f;
    }
    if (seed) {
        cnn_net_initialise(c.net, (uint64_t)seed);
        c.net->mean[0] = 0.3f;
        c.net->deviation[0] = 0.7f;
        c.position = (cnn_position){2, 5, 1.0 / 3, 77, 0.1, 1, 2.0 / 7, 0.3};
        cnn_history_append(&c.history, &(cnn_epoch_record){1, 0.01, 1.0 / 3, 0.5, NAN, NAN}, NULL);
        cnn_history_append(&c.history, &(cnn_epoch_record){2, 0.02, 1.0 / 9, 0.6, 0.25, 1}, NULL);
    }
    return c;
}

static void release(cnn_checkpoint *c) {
    cnn_net_free(c->net);
    cnn_history_free(&c->history);
    cnn_lengths_free(&c->lengths);
    cnn_free(c->best);
    cnn_free(c->optimizer[0]);
    cnn_free(c->optimizer[1]);
}

/* Write a checkpoint into the test's folder; its path is the caller's. */
static char *write_one(const char *folder) {
    cnn_checkpoint written = make(3);
    cnn_error error;
    char *path = cnn_path_join(folder, "checkpoint.safetensors", NULL);
    if (cnn_checkpoint_write(&written, path, &error) != CNN_OK)
        fail_msg("%s", error.message);
    release(&written);
    return path;
}

static void everything_comes_back(void **state) {
    char *path = write_one(*state);
    cnn_checkpoint written = make(3), read = make(0);
    cnn_error error;
    if (cnn_checkpoint_read(&read, path, &error) != CNN_OK)
        fail_msg("%s", error.message);
    size_t bytes = (size_t)written.net->value_count * sizeof(float);
    assert_memory_equal(read.net->values, written.net->values, bytes);
    assert_memory_equal(read.best, written.best, bytes);
    assert_memory_equal(read.optimizer[0], written.optimizer[0], bytes);
    assert_memory_equal(read.optimizer[1], written.optimizer[1], bytes);
    assert_true(read.net->mean[0] == 0.3f && read.net->deviation[0] == 0.7f);
    assert_int_equal(read.history.count, 2);
    assert_memory_equal(read.history.epochs, written.history.epochs, 2 * sizeof *read.history.epochs);
    const cnn_position *a = &read.position, *b = &written.position;
    assert_true(a->epoch == b->epoch && a->iteration == b->iteration && a->correct == b->correct);
    assert_true(a->loss_sum == b->loss_sum && a->seconds == b->seconds);
    assert_true(a->best_epoch == b->best_epoch && a->best_loss == b->best_loss);
    assert_true(a->best_accuracy == b->best_accuracy);
    release(&written);
    release(&read);
    cnn_free(path);
}

/* Names that other readers of safetensors find. */
static void tensors_are_named_after_layers(void **state) {
    char *path = write_one(*state);
    cnn_safetensors file;
    assert_int_equal(cnn_safetensors_read(path, &file, NULL), CNN_OK);
    static const char *const names[] = {"conv_1.weight",
                                        "fc_1.bias",
                                        "best.conv_1.bias",
                                        "optimizer.0.fc_1.weight",
                                        "optimizer.1.conv_1.weight",
                                        "normalisation.mean",
                                        "history"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_non_null(cnn_safetensors_find(&file, names[i]));
    const cnn_safetensor *weight = cnn_safetensors_find(&file, "conv_1.weight");
    char shape[CNN_SHAPE_TEXT];
    assert_string_equal(cnn_shape_text(&weight->shape, shape), "6x1x3x3");
    assert_non_null(strstr(cnn_safetensors_metadata(&file, "model"), "maxpool"));
    cnn_safetensors_free(&file);
    cnn_free(path);
}

static void read_expecting(cnn_checkpoint *c, const char *path, cnn_status expected, const char *message) {
    cnn_error error = {0};
    assert_int_equal(cnn_checkpoint_read(c, path, &error), expected);
    if (!strstr(error.message, message))
        fail_msg("no '%s' in '%s'", message, error.message);
    release(c);
}

static void write_lengths(const char *path, int64_t third) {
    cnn_checkpoint written = make(3);
    assert_int_equal(cnn_lengths_set(&written.lengths, 2, third, NULL), CNN_OK);
    assert_int_equal(cnn_checkpoint_write(&written, path, NULL), CNN_OK);
    release(&written);
}

/* The epochs' lengths, of which none is 0 or more than the images make. */
static void lengths_come_back(void **state) {
    char *path = cnn_path_join(*state, "checkpoint.safetensors", NULL);
    cnn_checkpoint read = make(0);
    write_lengths(path, 6);
    assert_int_equal(cnn_checkpoint_read(&read, path, NULL), CNN_OK);
    assert_int_equal(cnn_length_of(&read.lengths, 0), 7);
    assert_int_equal(cnn_length_of(&read.lengths, 1), 7);
    assert_int_equal(cnn_length_of(&read.lengths, 9), 6);
    assert_int_equal(cnn_lengths_before(&read.lengths, 4), 26);
    release(&read);
    read = make(0);
    write_lengths(path, 0);
    read_expecting(&read, path, CNN_ERROR_FORMAT, "an epoch of 0 updates");
    read = make(0);
    write_lengths(path, 8);
    read_expecting(&read, path, CNN_ERROR_FORMAT, "an epoch of 8 updates");
    read = make(0);
    write_lengths(path, 4); /* the position is after 5 of the third epoch */
    read_expecting(&read, path, CNN_ERROR_FORMAT, "the position that it gives lies outside the training");
    cnn_free(path);
}

static void expect_place(const cnn_checkpoint *c, const char *expected) {
    char place[CNN_CHECKPOINT_PLACE];
    assert_int_equal(cnn_checkpoint_find_not_finite(c, place, NULL), CNN_OK);
    assert_string_equal(place, expected);
}

/* Epoch 1 had no validation, which is what NaN says there. */
static void what_is_not_finite_is_found_by_tensor_and_index(void **state) {
    (void)state;
    cnn_checkpoint c = make(3);
    float *const arrays[] = {c.net->mean, c.optimizer[1], c.optimizer[0], c.best, c.net->values};
    static const char *const places[] = {"normalisation.mean[0]", "optimizer.1.conv_1.weight[2,0,1,0]",
                                         "optimizer.0.conv_1.weight[2,0,1,0]", "best.conv_1.weight[2,0,1,0]",
                                         "conv_1.weight[2,0,1,0]"};
    expect_place(&c, "");
    c.history.epochs[1].loss = INFINITY;
    expect_place(&c, "history[1,2]");
    for (int i = 0; i < 5; i++) { /* each lies before the one found last */
        arrays[i][i == 0 ? 0 : (2 * 3 + 1) * 3] = i % 2 ? -INFINITY : NAN;
        expect_place(&c, places[i]);
    }
    release(&c);
    c = make(3);
    c.history.epochs[0].validation_loss = INFINITY;
    expect_place(&c, "history[0,4]");
    release(&c);
}

/* Weights of zero and pixels of 1e24: the loss is that of guessing, the squares of the gradients are infinite. */
static void what_the_optimizer_cannot_hold_is_not_saved(void **state) {
    const float mean = 0, deviation = 1e-24f;
    const char *const text = "input 1x8x8\nflatten\ndense 4\nsoftmax\n";
    cnn_net *net;
    cnn_error error;
    assert_int_equal(cnn_net_parse(&net, text, "a test", NULL), CNN_OK);
    assert_int_equal(cnn_net_make_values(net, NULL), CNN_OK);
    assert_int_equal(cnn_net_set_normalisation(net, &mean, &deviation, NULL), CNN_OK);
    cnn_train_options options = small_options();
    options.run_directory = *state;
    options.keep_parameters = options.keep_normalisation = true;
    options.update = (cnn_update_options){.optimizer = CNN_OPTIMIZER_ADAM};
    train_expecting(CNN_ERROR_DIVERGED, net, data, &options, &error);
    if (!strstr(error.message,
                "epoch 1, after iteration 1 of 1: optimizer.1.fc_1.weight[0,0] of what the checkpoint") ||
        strstr(error.message, "learning rate"))
        fail_msg("%s", error.message);
    char *path = cnn_path_join(*state, "checkpoint.safetensors", NULL);
    assert_false(cnn_is_file(path));
    cnn_free(path);
    cnn_net_free(net);
}

static void other_options_are_named(void **state) {
    char *path = write_one(*state);
    cnn_checkpoint c = make(0);
    c.options.batch = 64;
    read_expecting(&c, path, CNN_ERROR_ARGUMENT, "batch was 16 and is now 64");
    c = make(0);
    c.options.seed = UINT64_MAX;
    read_expecting(&c, path, CNN_ERROR_ARGUMENT, "seed was \"7\" and is now \"18446744073709551615\"");
    c = make(0);
    c.options.schedule = CNN_SCHEDULE_COSINE;
    read_expecting(&c, path, CNN_ERROR_ARGUMENT, "schedule was \"onecycle\" and is now \"cosine\"");
    c = make(0);
    c.options.validation = 0.25;
    read_expecting(&c, path, CNN_ERROR_ARGUMENT, "validation was 0.0 and is now 0.25");
    c = make(0);
    c.options.update.optimizer = CNN_OPTIMIZER_ADAMW;
    read_expecting(&c, path, CNN_ERROR_ARGUMENT, "optimizer was \"adam\" and is now \"adamw\"");
    c = make(0);
    c.images = 99;
    read_expecting(&c, path, CNN_ERROR_ARGUMENT, "images was 100 and is now 99");
    cnn_free(path);
}

static void rate_epochs_and_patience_may_differ(void **state) {
    char *path = write_one(*state);
    cnn_checkpoint c = make(0);
    c.options.update.learning_rate = 0.5;
    c.options.epochs = 50;
    c.options.patience = 3;
    assert_int_equal(cnn_checkpoint_read(&c, path, NULL), CNN_OK);
    release(&c);
    cnn_train_options given = {.epochs = 8}, all = {.epochs = 9, .update.learning_rate = 0.25};
    assert_int_equal(cnn_checkpoint_defaults(path, &given, NULL), CNN_OK);
    assert_int_equal(cnn_checkpoint_defaults(path, &all, NULL), CNN_OK);
    assert_int_equal(given.epochs, 8);
    assert_true(given.update.learning_rate == 0.01);
    assert_true(all.epochs == 9 && all.update.learning_rate == 0.25);
    given.epochs = 0;
    assert_int_equal(cnn_checkpoint_defaults(path, &given, NULL), CNN_OK);
    assert_int_equal(given.epochs, 3);
    cnn_free(path);
}

static void another_network_is_told_by_its_line(void **state) {
    char *path = write_one(*state);
    cnn_checkpoint c = make(0);
    cnn_net_free(c.net);
    c.net = cnn_net_new(&(cnn_input_options){1, 8, 8});
    cnn_conv2d(c.net, .filters = 5, .kernel = {3, 3});
    read_expecting(&c, path, CNN_ERROR_ARGUMENT,
                   "\"conv 6 3x3 relu\", but \"conv 5 3x3\" in the network given");
    cnn_free(path);
}

static void a_damaged_file_is_refused(void **state) {
    char *path = write_one(*state);
    cnn_bytes bytes;
    assert_int_equal(cnn_file_read(path, &bytes, NULL), CNN_OK);
    const size_t cuts[] = {0, 7, 100, bytes.size / 2, bytes.size - 1};
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        assert_int_equal(cnn_file_replace(path, bytes.data, cuts[i], NULL), CNN_OK);
        cnn_checkpoint c = make(0);
        read_expecting(&c, path, CNN_ERROR_FORMAT, "checkpoint.safetensors");
    }
    cnn_free(bytes.data);
    cnn_free(path);
}

/* A good safetensors file that is no checkpoint, and checkpoints with one thing wrong. */
static void metadata_that_are_wrong(void **state) {
    static const struct {
        const char *training, *message;
    } cases[] = {
        {"", "not a whole checkpoint"},
        {"{}", "not a whole checkpoint: it lacks learning rate and epochs"},
        {"{\"learning_rate\":1,\"epochs\":\"many\"}", "it lacks learning rate and epochs"},
    };
    char *path = cnn_path_join(*state, "other.safetensors", NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const cnn_metadata metadata = {"training", cases[i].training};
        cnn_error error = {0};
        cnn_train_options options = {0};
        assert_int_equal(cnn_safetensors_write(path, NULL, 0, &metadata, 1, NULL), CNN_OK);
        assert_int_equal(cnn_checkpoint_defaults(path, &options, &error), CNN_ERROR_FORMAT);
        if (!strstr(error.message, cases[i].message))
            fail_msg("no '%s' in '%s'", cases[i].message, error.message);
    }
    assert_int_equal(cnn_safetensors_write(path, NULL, 0, NULL, 0, NULL), CNN_OK);
    cnn_checkpoint c = make(0);
    read_expecting(&c, path, CNN_ERROR_FORMAT, "it has no \"model\" metadata");
    cnn_free(path);
}

static void positions_that_cannot_be(void **state) {
    char *path = cnn_path_join(*state, "checkpoint.safetensors", NULL);
    static const cnn_position positions[] = {{.epoch = -1},
                                             {.epoch = 2, .iteration = 8},
                                             {.epoch = 2, .iteration = -1},
                                             {.epoch = 2, .best_epoch = 3}};
    for (size_t i = 0; i < sizeof positions / sizeof positions[0]; i++) {
        cnn_checkpoint written = make(3), read = make(0);
        written.position = positions[i];
        assert_int_equal(cnn_checkpoint_write(&written, path, NULL), CNN_OK);
        read_expecting(&read, path, CNN_ERROR_FORMAT, "the position that it gives lies outside the training");
        release(&written);
    }
    cnn_checkpoint written = make(3), read = make(0);
    written.position.epoch = 1; /* its history has two rows */
    assert_int_equal(cnn_checkpoint_write(&written, path, NULL), CNN_OK);
    read_expecting(&read, path, CNN_ERROR_FORMAT, "its history does not have one row for each epoch");
    release(&written);
    cnn_free(path);
}

static void a_missing_file_is_named(void **state) {
    (void)state;
    cnn_error error;
    cnn_train_options options = {0};
    assert_int_equal(cnn_checkpoint_defaults("/nowhere/checkpoint.safetensors", &options, &error),
                     CNN_ERROR_IO);
    assert_string_equal(error.message,
                        "nothing to continue from: cannot read /nowhere/checkpoint.safetensors: No such "
                        "file or directory");
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_new, folder_remove)

static int set_up(void **state) {
    (void)state;
    data = small_data(4);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    cnn_data_free(data);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_FOLDER(everything_comes_back),
        IN_FOLDER(lengths_come_back),
        IN_FOLDER(tensors_are_named_after_layers),
        IN_FOLDER(what_is_not_finite_is_found_by_tensor_and_index),
        IN_FOLDER(what_the_optimizer_cannot_hold_is_not_saved),
        IN_FOLDER(other_options_are_named),
        IN_FOLDER(rate_epochs_and_patience_may_differ),
        IN_FOLDER(another_network_is_told_by_its_line),
        IN_FOLDER(a_damaged_file_is_refused),
        IN_FOLDER(metadata_that_are_wrong),
        IN_FOLDER(positions_that_cannot_be),
        cmocka_unit_test(a_missing_file_is_named),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
