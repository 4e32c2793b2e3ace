/* After the first iteration nothing is allocated any more: not by the library, not by the C library on its behalf, in
 * no thread; and saving takes no large block. The functions of this file stand before those of the C library, for the whole process. */
#define _GNU_SOURCE
#include <cnn.h>

#include "base/file.h"
#include "base/memory.h"
#include "support/cmocka.h"
#include "support/folder.h"
#include "support/small_training.h"
#include "train/checkpoint.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- The counted functions ----------------------------------------------------------------------------- */

static atomic_int_fast64_t allocations, largest; /* how many, bytes of one */

static void note(size_t size) {
    allocations++;
    for (int_fast64_t before = largest; (int_fast64_t)size > before;)
        if (atomic_compare_exchange_weak(&largest, &before, (int_fast64_t)size))
            break;
}

/* The GNU C library's own, by the names that it keeps for this. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size) {
    note(size);
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    note(count * size);
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
    note(size);
    return __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    note(size);
    return __libc_memalign(alignment, size);
}

void *mmap(void *address, size_t size, int protection, int flags, int file, off_t offset) {
    note(size);
    return (void *)syscall(SYS_mmap, address, size, protection, flags, file, offset);
}

static int64_t counted(void) {
    return allocations;
}

/* ---- What must not allocate ---------------------------------------------------------------------------- */

enum { BATCH = 16, STEPS = 5, THREADS = 2, MAX_PIXELS = 28 * 28, MAX_CLASSES = 10 };

static const float images[BATCH * MAX_PIXELS];
static const int32_t labels[BATCH];

static cnn_net *basic(void) {
    cnn_net *net;
    assert_int_equal(cnn_net_open(&net, "basic", NULL, NULL), CNN_OK);
    assert_int_equal(cnn_net_initialise(net, 1), CNN_OK);
    return net;
}

static void step(cnn_trainer *trainer) {
    double loss;
    int64_t correct;
    assert_int_equal(cnn_trainer_gradients(trainer, images, labels, BATCH, &loss, &correct, NULL), CNN_OK);
    assert_int_equal(cnn_trainer_update(trainer, 1, NULL), CNN_OK);
}

static void steps_of(cnn_net *net, cnn_optimizer optimizer) {
    const cnn_trainer_options options = {
        .update = {.optimizer = optimizer, .clip_norm = 1}, .batch = BATCH, .threads = THREADS};
    cnn_trainer *trainer;
    const int64_t before = counted();
    assert_int_equal(cnn_trainer_new(&trainer, net, &options, NULL), CNN_OK);
    step(trainer);
    const int64_t first = counted();
    assert_true(first > before); /* or nothing is counted here */
    for (int i = 1; i < STEPS; i++)
        step(trainer);
    assert_int_equal(counted(), first);
    cnn_trainer_free(trainer);
}

static void a_training_step(void **state) {
    (void)state;
    cnn_net *nets[] = {basic(), small_net()};
    for (int i = 0; i < 2; i++) {
        steps_of(nets[i], CNN_OPTIMIZER_DEFAULT);
        steps_of(nets[i], CNN_OPTIMIZER_ADAMW);
        cnn_net_free(nets[i]);
    }
}

static void prediction(void **state) {
    (void)state;
    static float outputs[BATCH * MAX_CLASSES];
    cnn_net *net = basic();
    cnn_predictor *predictor;
    const cnn_predictor_options options = {.batch = BATCH / 2, .threads = THREADS};
    assert_int_equal(cnn_predictor_new(&predictor, net, &options, NULL), CNN_OK);
    const int64_t before = counted();
    for (int i = 0; i < STEPS; i++)
        assert_int_equal(cnn_predictor_run(predictor, images, BATCH, outputs, NULL), CNN_OK);
    assert_int_equal(counted(), before);
    cnn_predictor_free(predictor);
    cnn_net_free(net);
}

/* What the loop of cnn_train had allocated after the first iteration of each epoch, and after the last. */
typedef struct epochs {
    int64_t first, within;
    int count;
} epochs;

static bool watch(void *user, const cnn_progress *progress) {
    epochs *seen = user;
    if (progress->epoch_ended)
        return true;
    if (progress->iteration == 1)
        seen->first = counted();
    if (progress->iteration == progress->iterations) {
        seen->within += counted() - seen->first;
        seen->count++;
    }
    return true;
}

/* An epoch's end may allocate: it appends to the history and writes files. */
static void the_iterations_of_a_training(void **state) {
    (void)state;
    epochs seen = {0};
    cnn_train_options options = small_options();
    options.threads = THREADS;
    options.validation = 0.2;
    options.augment = true;
    options.progress = watch;
    options.user = &seen;
    cnn_data *data = small_data(100);
    cnn_net *net = small_net();
    cnn_error error;
    train_expecting(CNN_OK, net, data, &options, &error);
    assert_int_equal(seen.count, 3);
    assert_int_equal(seen.within, 0);
    cnn_net_free(net);
    cnn_data_free(data);
}

/* As large as all that training keeps: 4 arrays of 4.8 MB. */
static void a_checkpoint_is_saved_without_a_copy_of_it(void **state) {
    enum { SMALL = 64 << 10 };
    cnn_data *data = small_data(100);
    cnn_checkpoint checkpoint = {
        .net = basic(), .options = small_options(), .data = data, .images = 100, .optimizer_states = 2};
    const size_t values = (size_t)checkpoint.net->value_count;
    float *zeros = cnn_allocate(values, sizeof *zeros, "a test", NULL);
    checkpoint.best = checkpoint.optimizer[0] = checkpoint.optimizer[1] = zeros;
    char *path = cnn_path_join(*state, "checkpoint.safetensors", NULL);
    largest = 0;
    assert_int_equal(cnn_checkpoint_write(&checkpoint, path, NULL), CNN_OK);
    assert_in_range(largest, 1, SMALL);
    cnn_free(path);
    cnn_free(zeros);
    cnn_net_free(checkpoint.net);
    cnn_data_free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_training_step),
        cmocka_unit_test(prediction),
        cmocka_unit_test(the_iterations_of_a_training),
        cmocka_unit_test_setup_teardown(a_checkpoint_is_saved_without_a_copy_of_it, folder_new,
                                        folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
