/* What the slide deck says about training and prediction: a test for each of its rows. */
#define _GNU_SOURCE
#include "base/file.h"
#include "base/memory.h"
#include "cnn.h"
#include "support/cmocka.h"
#include "support/folder.h"
#include "support/small_training.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Training process ---------------------------------------------------------------------------------- */

static float *values_of(const cnn_net *net, const char *name, int64_t *count) {
    for (int t = 0; t < cnn_net_tensors(net); t++) {
        cnn_tensor_info info;
        assert_int_equal(cnn_net_tensor(net, t, &info, NULL), CNN_OK);
        if (strcmp(info.name, name) != 0)
            continue;
        float *values = cnn_allocate((size_t)info.elements, sizeof *values, name, NULL);
        assert_int_equal(cnn_net_get_parameter(net, name, values, info.elements, NULL), CNN_OK);
        *count = info.elements;
        return values;
    }
    fail_msg("there is no %s", name);
    return NULL;
}

static void training_weights_start_random(void **state) {
    (void)state;
    cnn_net *net = small_net(), *other = small_net();
    int64_t count;
    assert_int_equal(cnn_net_initialise(net, 1), CNN_OK);
    assert_int_equal(cnn_net_initialise(other, 2), CNN_OK);
    float *values = values_of(net, "conv_1.weight", &count),
          *others = values_of(other, "conv_1.weight", &count);
    int equal = 0;
    for (int64_t i = 0; i < count; i++) {
        equal += values[i] == others[i];
        for (int64_t j = 0; j < i; j++)
            equal += values[i] == values[j];
    }
    assert_int_equal(equal, 0);
    cnn_free(values);
    cnn_free(others);
    cnn_net_free(net);
    cnn_net_free(other);
}

/* One batch: forward, loss, backward, update. Every parameter tensor changes. */
static void training_optimizers_update_all_weights(void **state) {
    (void)state;
    enum { BATCH = 16 };
    static const cnn_optimizer optimizers[] = {CNN_OPTIMIZER_SGD, CNN_OPTIMIZER_ADAM, CNN_OPTIMIZER_ADAMW};
    cnn_data *data = small_data(BATCH);
    float images[BATCH * 8 * 8];
    int32_t labels[BATCH];
    assert_int_equal(cnn_data_images(data, 0, BATCH, images, NULL), CNN_OK);
    for (int i = 0; i < BATCH; i++)
        labels[i] = cnn_data_label(data, i);
    for (int o = 0; o < 3; o++) {
        cnn_net *before = small_net(), *after = small_net();
        cnn_trainer *trainer;
        cnn_trainer_options options = {.batch = BATCH, .update.optimizer = optimizers[o]};
        assert_int_equal(cnn_net_initialise(before, 1), CNN_OK);
        assert_int_equal(cnn_trainer_new(&trainer, before, &options, NULL), CNN_OK);
        assert_int_equal(cnn_trainer_gradients(trainer, images, labels, BATCH, NULL, NULL, NULL), CNN_OK);
        assert_int_equal(cnn_trainer_update(trainer, 1, NULL), CNN_OK);
        assert_int_equal(cnn_trainer_store(trainer, after, NULL), CNN_OK);
        for (int t = 0; t < cnn_net_tensors(before); t++) {
            cnn_tensor_info info;
            int64_t count;
            assert_int_equal(cnn_net_tensor(before, t, &info, NULL), CNN_OK);
            float *old = values_of(before, info.name, &count), *updated = values_of(after, info.name, &count);
            assert_memory_not_equal(old, updated, (size_t)count * sizeof *old);
            cnn_free(old);
            cnn_free(updated);
        }
        cnn_trainer_free(trainer);
        cnn_net_free(before);
        cnn_net_free(after);
    }
    cnn_data_free(data);
}

/* What the progress function was told. */
typedef struct told {
    int epochs;
    int64_t iterations, of, calls;
    double first_loss, last_loss, last_accuracy;
    bool wrong; /* iterations did not count 1, 2, 3 ... in each epoch */
} told;

static bool listen(void *user, const cnn_progress *progress) {
    told *t = user;
    if (progress->epoch_ended) {
        t->epochs++;
        if (t->epochs == 1)
            t->first_loss = progress->loss;
        t->last_loss = progress->loss;
        t->last_accuracy = progress->accuracy;
        t->wrong |= progress->epoch != t->epochs;
        return true;
    }
    t->wrong |= progress->iteration != t->calls % progress->iterations + 1;
    t->calls++;
    t->iterations = progress->iteration;
    t->of = progress->iterations;
    return true;
}

static told train_and_listen(int64_t images, cnn_train_options options) {
    told t = {0};
    cnn_data *data = small_data(images);
    cnn_net *net = small_net();
    options.progress = listen;
    options.user = &t;
    train_expecting(CNN_OK, net, data, &options, NULL);
    cnn_net_free(net);
    cnn_data_free(data);
    assert_false(t.wrong);
    return t;
}

static void training_the_loss_falls(void **state) {
    (void)state;
    cnn_train_options options = small_options();
    options.epochs = 8;
    told t = train_and_listen(400, options);
    assert_int_equal(t.epochs, 8);
    assert_true(t.last_loss < t.first_loss / 2);
    assert_true(t.last_accuracy > 0.9);
}

/* A rate of almost nothing: the loss stops decreasing at once. */
static void training_stops_when_the_loss_stops_decreasing(void **state) {
    (void)state;
    cnn_train_options options = small_options();
    options.epochs = 50;
    options.patience = 2;
    options.validation = 0.25;
    options.update.learning_rate = 1e-30;
    told t = train_and_listen(100, options);
    assert_int_equal(t.epochs, 1 + 2);
}

/* iterations per epoch = ceil(images / batch) */
static void batches_iterations_and_epochs(void **state) {
    (void)state;
    static const struct {
        int64_t images, batch, iterations;
    } rows[] = {{100, 32, 4}, {96, 32, 3}, {100, 8, 13}, {100, 256, 1}, {20, 1, 20}, {33, 32, 2}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cnn_train_options options = small_options();
        options.epochs = 2;
        options.batch = rows[i].batch;
        told t = train_and_listen(rows[i].images, options);
        assert_int_equal(t.of, rows[i].iterations);
        assert_int_equal(t.iterations, rows[i].iterations);
        assert_int_equal(t.calls, 2 * rows[i].iterations);
        assert_int_equal(t.epochs, 2);
    }
}

/* ---- Prediction table ---------------------------------------------------------------------------------- */

static void write_idx(const char *folder, const char *name, const void *header, size_t header_bytes,
                      const void *values, size_t bytes) {
    char *path = cnn_path_join(folder, name, NULL),
         *whole = cnn_allocate(header_bytes + bytes, 1, name, NULL);
    memcpy(whole, header, header_bytes);
    memcpy(whole + header_bytes, values, bytes);
    assert_int_equal(cnn_file_replace(path, whole, header_bytes + bytes, NULL), CNN_OK);
    cnn_free(whole);
    cnn_free(path);
}

/* Grey images that differ, with these labels. */
static void write_data(const char *folder, const char *part, const uint8_t *labels, uint8_t count) {
    const uint8_t images_header[] = {0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 28, 0, 0, 0, 28};
    const uint8_t labels_header[] = {0, 0, 8, 1, 0, 0, 0, count};
    uint8_t pixels[10 * 28 * 28];
    char name[64];
    for (int i = 0; i < count * 28 * 28; i++)
        pixels[i] = (uint8_t)(i * 31 / 7);
    snprintf(name, sizeof name, "%s-images-idx3-ubyte", part);
    write_idx(folder, name, images_header, sizeof images_header, pixels, (size_t)count * 28 * 28);
    snprintf(name, sizeof name, "%s-labels-idx1-ubyte", part);
    write_idx(folder, name, labels_header, sizeof labels_header, labels, count);
}

static void save_basic(const char *path) {
    cnn_net *net;
    cnn_error error;
    assert_int_equal(cnn_net_open(&net, "basic", NULL, NULL), CNN_OK);
    assert_int_equal(cnn_net_initialise(net, 1), CNN_OK);
    if (cnn_net_save(net, path, &error) != CNN_OK)
        fail_msg("%s", error.message);
    cnn_net_free(net);
}

/* The next line of the table; fails at its end. */
static char *next_line(FILE *table, char line[256]) {
    do
        assert_non_null(fgets(line, 256, table));
    while (strspn(line, "- \n") == strlen(line));
    return line;
}

/* Six images stand over ten rows: a batch of labels 6 5 6 8 8 1, and one value for each class and image. */
static void prediction_table(void **state) {
    const char *folder = *state, *command = getenv("CNN_COMMAND");
    static const uint8_t all[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, batch[] = {6, 5, 6, 8, 8, 1};
    char line[256], *model = cnn_path_join(folder, "model.onnx", NULL), *run;
    double sums[6] = {0};
    if (!command)
        skip();
    write_data(folder, "train", all, sizeof all);
    write_data(folder, "t10k", batch, sizeof batch);
    save_basic(model);
    assert_true(asprintf(&run, "'%s' predict '%s' --data '%s' --count 6", command, model, folder) > 0);
    FILE *table = popen(run, "r");
    assert_non_null(table);
    int label[6], row;
    assert_int_equal(sscanf(next_line(table, line), "label %d %d %d %d %d %d", &label[0], &label[1],
                            &label[2], &label[3], &label[4], &label[5]),
                     6);
    for (int image = 0; image < 6; image++)
        assert_int_equal(label[image], batch[image]);
    for (int class = 0; class < 10; class ++) {
        double value[6];
        next_line(table, line);
        for (char *star = line; (star = strchr(star, '*'));)
            *star = ' ';
        assert_int_equal(sscanf(line, "%d %lf %lf %lf %lf %lf %lf", &row, &value[0], &value[1], &value[2],
                                &value[3], &value[4], &value[5]),
                         7);
        assert_int_equal(row, class);
        for (int image = 0; image < 6; image++)
            sums[image] += value[image];
    }
    for (int image = 0; image < 6; image++)
        assert_true(sums[image] > 1 - 10 * 0.005 && sums[image] < 1 + 10 * 0.005);
    assert_non_null(strstr(next_line(table, line), "predicted"));
    assert_int_equal(pclose(table), 0);
    free(run);
    cnn_free(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(training_weights_start_random),
        cmocka_unit_test(training_optimizers_update_all_weights),
        cmocka_unit_test(training_the_loss_falls),
        cmocka_unit_test(training_stops_when_the_loss_stops_decreasing),
        cmocka_unit_test(batches_iterations_and_epochs),
        cmocka_unit_test_setup_teardown(prediction_table, folder_new, folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
