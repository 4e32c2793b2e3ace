/* The weights of the best epoch, which a checkpoint has also where nobody asks for them yet: without images to validate with,
 * training returns the last ones, and may go on later with patience. */
#include "base/memory.h"
#include "formats/safetensors.h"
#include "base/file.h"
#include "support/cmocka.h"
#include "support/folder.h"
#include "support/small_training.h"

#include <cnn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EPOCHS = 8 };

static bool note_best(void *user, const cnn_progress *progress) {
    if (progress->epoch_ended && progress->best)
        *(int *)user = progress->epoch;
    return true;
}

/* Nothing can be learned: now and then the loss rises. */
static cnn_train_options options_of(int epochs, const char *folder, int *best) {
    cnn_train_options options = small_options();
    options.update.learning_rate = 0.03;
    options.schedule = CNN_SCHEDULE_CONSTANT; /* the first epochs are the same in a shorter training */
    options.epochs = epochs;
    options.run_directory = folder;
    options.overwrite = true;
    options.progress = note_best;
    options.user = best;
    return options;
}

/* The tensors "best.NAME" are those of the network, bit for bit. */
static void assert_best(const char *folder, const cnn_net *net) {
    char *path = cnn_path_join(folder, "checkpoint.safetensors", NULL);
    cnn_safetensors file;
    assert_int_equal(cnn_safetensors_read(path, &file, NULL), CNN_OK);
    float *values = parameters_of(net), *next = values;
    for (int i = 0; i < cnn_net_tensors(net); i++) {
        char name[96];
        cnn_tensor_info info;
        assert_int_equal(cnn_net_tensor(net, i, &info, NULL), CNN_OK);
        snprintf(name, sizeof name, "best.%s", info.name);
        const cnn_safetensor *found = cnn_safetensors_find(&file, name);
        assert_non_null(found);
        assert_int_equal(found->size, (size_t)info.elements * sizeof *next);
        assert_memory_equal(found->data, next, found->size);
        next += info.elements;
    }
    free(values);
    cnn_safetensors_free(&file);
    cnn_free(path);
}

static void the_checkpoint_has_the_best_epoch_after_worse_ones(void **state) {
    const char *folder = *state;
    cnn_data *data = small_noise(60);
    cnn_net *last = small_net(), *then = small_net();
    int best = 0, ignored = 0;
    cnn_train_options options = options_of(EPOCHS, folder, &best);
    train_expecting(CNN_OK, last, data, &options, NULL);
    assert_true(best > 0 && best < EPOCHS);
    options = options_of(best, NULL, &ignored);
    options.overwrite = false;
    train_expecting(CNN_OK, then, data, &options, NULL);
    assert_best(folder, then);
    cnn_net_free(last);
    cnn_net_free(then);
    cnn_data_free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_checkpoint_has_the_best_epoch_after_worse_ones, folder_new,
                                        folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
