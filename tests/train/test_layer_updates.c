/* How large gradients and updates are, layer by layer: what is told after an epoch and kept in the run's record. */
#include "train/layer_updates.h"

#include "base/file.h"
#include "base/memory.h"
#include "formats/safetensors.h"
#include "support/cmocka.h"
#include "support/folder.h"
#include "support/small_training.h"
#include "train/run_record.h"

#include <math.h>
#include <string.h>

enum { IMAGES = 300, BATCH = 16, LAYERS = 2, MAX_EPOCHS = 4 }; /* 19 iterations, of which 3 are measured */

/* What was told of each epoch. */
typedef struct told {
    cnn_layer_update layers[MAX_EPOCHS][LAYERS];
    int epochs, stop_after; /* stop after so many calls; 0: never */
    int calls;
} told;

static bool listen(void *user, const cnn_progress *progress) {
    told *told = user;
    if (progress->epoch_ended) {
        assert_int_equal(progress->layer_count, LAYERS);
        memcpy(told->layers[progress->epoch - 1], progress->layers, sizeof told->layers[0]);
        told->epochs = progress->epoch;
        assert_string_equal(progress->layers[0].layer, "conv_1");
        assert_string_equal(progress->layers[1].layer, "fc_1");
    } else {
        assert_null(progress->layers);
    }
    return ++told->calls != told->stop_after;
}

static cnn_train_options options_of(told *told, const char *folder) {
    cnn_train_options options = small_options();
    options.progress = listen;
    options.user = told;
    options.run_directory = folder;
    options.overwrite = folder != NULL;
    return options;
}

static double norm_of(const float *values, const float *without, int64_t count) {
    double sum = 0;
    for (int64_t i = 0; i < count; i++) {
        const double value = (double)values[i] - (without ? (double)without[i] : 0);
        sum += value * value;
    }
    return sqrt(sum);
}

/* ---- One update ---------------------------------------------------------------------------------------- */

/* By a loop over what the public calls give. */
static void check_size(const cnn_net *before, const cnn_net *after, cnn_trainer *trainer,
                       const float *gradient, int64_t k) {
    const cnn_parameter *p = &before->parameters[k];
    const float *old = before->values + p->offset, *new = after->values + p->offset;
    const cnn_update_size size = cnn_update_size_of(cnn_trainer_update_state(trainer), k);
    const double change = norm_of(new, old, p->elements);
    assert_true(change > 0);
    assert_float_equal(size.gradient, norm_of(gradient, NULL, p->elements), 1e-9);
    assert_float_equal(size.change * norm_of(old, NULL, p->elements), change, 1e-9);
}

static void an_update_is_measured_by_its_norms(void **state) {
    (void)state;
    cnn_net *net = small_net(), *after = small_net();
    cnn_trainer *trainer;
    const cnn_trainer_options options = {.update = {.clip_norm = 0.01}, .batch = 2, .threads = 2};
    float images[2 * 64];
    for (int i = 0; i < 2 * 64; i++)
        images[i] = (float)(i * 37 % 64) / 64;
    assert_int_equal(cnn_net_initialise(net, 3), CNN_OK);
    assert_int_equal(cnn_trainer_new(&trainer, net, &options, NULL), CNN_OK);
    assert_int_equal(cnn_trainer_gradients(trainer, images, (int32_t[]){1, 3}, 2, NULL, NULL, NULL), CNN_OK);
    cnn_trainer_update_state(trainer)->measure = true;
    assert_int_equal(cnn_trainer_update(trainer, 1, NULL), CNN_OK);
    assert_int_equal(cnn_trainer_store(trainer, after, NULL), CNN_OK);
    for (int64_t k = 0; k < net->parameter_count; k++)
        if (cnn_is_layers_weights(net, k)) {
            const cnn_parameter *p = &net->parameters[k];
            float *gradient = cnn_allocate((size_t)p->elements, sizeof *gradient, "a test", NULL);
            assert_int_equal(cnn_trainer_get_gradient(trainer, p->name, gradient, p->elements, NULL), CNN_OK);
            check_size(net, after, trainer, gradient, k);
            cnn_free(gradient);
        }
    assert_false(cnn_trainer_update_state(trainer)->measure);
    cnn_trainer_free(trainer);
    cnn_net_free(net);
    cnn_net_free(after);
}

static void a_frozen_layer_is_not_among_them(void **state) {
    (void)state;
    cnn_net *net = small_net();
    cnn_history history = {0};
    assert_int_equal(cnn_net_freeze(net, "conv_1", NULL), CNN_OK);
    assert_int_equal(cnn_layer_updates_start(&history, net, NULL), CNN_OK);
    assert_int_equal(history.layer_count, 1);
    assert_string_equal(history.layers[0].layer, "fc_1");
    cnn_history_free(&history);
    cnn_net_free(net);
}

/* ---- An epoch ------------------------------------------------------------------------------------------ */

/* Plain descent moves the weights by the rate times the gradient. */
static void of_an_epoch_the_means_are_told(void **state) {
    (void)state;
    told told = {0};
    cnn_data *data = small_data(IMAGES);
    cnn_net *net = small_net(), *first = small_net();
    cnn_train_options options = options_of(&told, NULL);
    options.update = (cnn_update_options){.optimizer = CNN_OPTIMIZER_SGD, .learning_rate = 1e-3};
    options.epochs = 1;
    options.schedule = CNN_SCHEDULE_CONSTANT;
    train_expecting(CNN_OK, net, data, &options, NULL);
    assert_int_equal(cnn_net_initialise(first, options.seed), CNN_OK); /* such a rate hardly changes them */
    for (int i = 0; i < LAYERS; i++) {
        const cnn_parameter *weights = &first->parameters[2 * i];
        const double norm = norm_of(first->values + weights->offset, NULL, weights->elements);
        assert_int_equal(told.layers[0][i].weights, weights->elements);
        assert_true(told.layers[0][i].gradient > 1e-3);
        assert_float_equal(told.layers[0][i].update * norm / (1e-3 * told.layers[0][i].gradient), 1, 0.01);
    }
    cnn_net_free(net);
    cnn_net_free(first);
    cnn_data_free(data);
}

static void measured_iterations_lie_apart(void **state) {
    (void)state;
    for (int64_t iterations = 1; iterations < 2000; iterations += 7) {
        int64_t measured = 0;
        for (int64_t at = 0; at < iterations; at++)
            measured += cnn_layer_updates_due(at, iterations);
        assert_in_range(measured, 1, 16);
        assert_true(measured <= (iterations + 7) / 8);
        assert_true(cnn_layer_updates_due(0, iterations));
    }
}

static void assert_same(const told *a, const told *b) {
    assert_int_equal(a->epochs, b->epochs);
    for (int epoch = 0; epoch < a->epochs; epoch++)
        for (int i = 0; i < LAYERS; i++) {
            const cnn_layer_update *one = &a->layers[epoch][i], *other = &b->layers[epoch][i];
            assert_true(one->gradient == other->gradient && one->update == other->update);
        }
}

static void figures_do_not_depend_on_the_number_of_threads(void **state) {
    (void)state;
    told one = {0}, three = {0};
    cnn_data *data = small_data(IMAGES);
    cnn_train_options options = options_of(&one, NULL);
    cnn_net *net = small_net();
    train_expecting(CNN_OK, net, data, &options, NULL);
    options.threads = 3;
    options.user = &three;
    train_expecting(CNN_OK, net, data, &options, NULL);
    assert_same(&one, &three);
    cnn_net_free(net);
    cnn_data_free(data);
}

/* ---- The run's record ---------------------------------------------------------------------------------- */

static void check_record(const char *folder, const told *told) {
    cnn_run_record record;
    cnn_error error;
    if (cnn_run_record_read(&record, folder, &error) != CNN_OK)
        fail_msg("%s", error.message);
    assert_int_equal(record.history.layer_count, LAYERS);
    for (int i = 0; i < LAYERS; i++) {
        const cnn_layer_history *layer = &record.history.layers[i];
        assert_int_equal(layer->count, told->epochs + 1);
        for (int epoch = 0; epoch < told->epochs; epoch++) {
            const cnn_layer_update *expected = &told->layers[epoch][i];
            assert_true(layer->epochs[epoch].gradient == expected->gradient &&
                        layer->epochs[epoch].update == expected->update);
        }
    }
    cnn_run_record_free(&record);
}

/* Stopped in the second epoch, after the first of its measured iterations. */
static void a_training_that_was_stopped_has_the_same_figures(void **state) {
    told whole = {0}, parts = {.stop_after = 19 + 1 + 5};
    cnn_data *data = small_data(IMAGES);
    cnn_net *net = small_net();
    cnn_train_options options = options_of(&whole, *state);
    train_expecting(CNN_OK, net, data, &options, NULL);
    check_record(*state, &whole);
    options.user = &parts;
    train_expecting(CNN_STOPPED, net, data, &options, NULL);
    options.resume = true;
    options.overwrite = false;
    train_expecting(CNN_OK, net, data, &options, NULL);
    assert_same(&whole, &parts);
    check_record(*state, &parts);
    cnn_net_free(net);
    cnn_data_free(data);
}

/* As a version wrote it that measured no updates. */
static void forget_layers(const char *folder) {
    char *path = cnn_path_join(folder, "checkpoint.safetensors", NULL);
    cnn_safetensors file;
    int64_t count = 0;
    assert_int_equal(cnn_safetensors_read(path, &file, NULL), CNN_OK);
    cnn_safetensor *kept = cnn_allocate((size_t)file.count, sizeof *kept, "a test", NULL);
    for (int64_t i = 0; i < file.count; i++)
        if (strncmp(file.tensors[i].name, "history.", strlen("history.")) != 0)
            kept[count++] = file.tensors[i];
    assert_int_equal(count, file.count - LAYERS);
    assert_int_equal(cnn_safetensors_write(path, kept, count, file.metadata, file.metadata_count, NULL),
                     CNN_OK);
    cnn_free(kept);
    cnn_safetensors_free(&file);
    cnn_free(path);
}

static void of_an_older_checkpoint_the_figures_are_not_known(void **state) {
    told told = {0};
    cnn_data *data = small_data(IMAGES);
    cnn_net *net = small_net();
    cnn_train_options options = options_of(&told, *state);
    options.epochs = 1;
    train_expecting(CNN_OK, net, data, &options, NULL);
    forget_layers(*state);
    options.resume = true;
    options.overwrite = false;
    options.epochs = 3;
    train_expecting(CNN_OK, net, data, &options, NULL);
    assert_int_equal(told.epochs, 3);
    assert_true(isnan(told.layers[1][0].gradient)); /* the sums of this epoch had begun there */
    assert_true(told.layers[2][0].gradient > 0 && told.layers[2][1].update > 0);
    cnn_net_free(net);
    cnn_data_free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_update_is_measured_by_its_norms),
        cmocka_unit_test(a_frozen_layer_is_not_among_them),
        cmocka_unit_test(of_an_epoch_the_means_are_told),
        cmocka_unit_test(measured_iterations_lie_apart),
        cmocka_unit_test(figures_do_not_depend_on_the_number_of_threads),
        cmocka_unit_test_setup_teardown(a_training_that_was_stopped_has_the_same_figures, folder_new,
                                        folder_remove),
        cmocka_unit_test_setup_teardown(of_an_older_checkpoint_the_figures_are_not_known, folder_new,
                                        folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
