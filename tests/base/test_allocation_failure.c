/* Every allocation and every start of a thread fails once: the error is clean and nothing stays behind. The
 * linker puts the __wrap_ functions of this file in the place of the C library's (cmake/tests.cmake). */
#include "cnn.h"
#include "support/cmocka.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LIVE = 4096, BATCH = 2 };

static struct {
    pthread_mutex_t mutex;
    int64_t until_failure; /* how many more succeed; -1: all */
    bool failed;
    void *live[MAX_LIVE];
} heap = {.mutex = PTHREAD_MUTEX_INITIALIZER, .until_failure = -1};

static void expect_failure_after(int64_t successes) {
    heap.until_failure = successes;
    heap.failed = false;
}

static bool is_time_to_fail(void) {
    if (heap.until_failure != 0) {
        heap.until_failure -= heap.until_failure > 0;
        return false;
    }
    heap.until_failure = -1;
    return heap.failed = true;
}

/* Put `to` where `from` stands; false when it stands nowhere. */
static bool replace_live(const void *from, void *to) {
    for (int i = 0; i < MAX_LIVE; i++)
        if (heap.live[i] == from) {
            heap.live[i] = to;
            return true;
        }
    return false;
}

static int live_allocations(void) {
    int count = 0;
    for (int i = 0; i < MAX_LIVE; i++)
        count += heap.live[i] != NULL;
    return count;
}

void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size) {
    pthread_mutex_lock(&heap.mutex);
    void *memory = is_time_to_fail() ? NULL : __real_aligned_alloc(alignment, size);
    if (memory && !replace_live(NULL, memory))
        abort(); /* more live allocations than there is room for here */
    pthread_mutex_unlock(&heap.mutex);
    return memory;
}

void __real_free(void *memory);
void __wrap_free(void *memory);
void __wrap_free(void *memory) {
    if (memory) {
        pthread_mutex_lock(&heap.mutex);
        replace_live(memory, NULL);
        pthread_mutex_unlock(&heap.mutex);
    }
    __real_free(memory);
}

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *argument) {
    pthread_mutex_lock(&heap.mutex);
    bool fails = is_time_to_fail();
    pthread_mutex_unlock(&heap.mutex);
    return fails ? EAGAIN : __real_pthread_create(thread, attributes, run, argument);
}

/* ---- What is tried ------------------------------------------------------------------------------------- */

static cnn_status build(cnn_net **net, cnn_error *error) {
    *net = cnn_net_new(&(cnn_input_options){.channels = 1, .height = 28, .width = 28});
    if (!*net) {
        strcpy(error->message, "out of memory: all that cnn_net_new can say is NULL");
        return CNN_ERROR_MEMORY;
    }
    cnn_conv2d(*net, .filters = 32, .kernel = {3, 3}, .name = "first");
    cnn_relu(*net);
    cnn_max_pool2d(*net, .kernel = {2, 2});
    cnn_flatten(*net);
    cnn_dropout(*net, .rate = 0.5);
    cnn_dense(*net, .units = 10);
    cnn_softmax(*net);
    strcpy(error->message, cnn_net_error(*net));
    return cnn_net_status(*net);
}

static cnn_status open_basic(cnn_net **net, cnn_error *error) {
    cnn_status status = cnn_net_open(net, "basic", NULL, error);
    assert_true(status == CNN_OK || !*net);
    return status;
}

static cnn_status predict(const cnn_net *net, cnn_error *error) {
    static float images[BATCH * 28 * 28], outputs[BATCH * 10];
    cnn_predictor *predictor;
    cnn_status status =
        cnn_predictor_new(&predictor, net, &(cnn_predictor_options){.batch = BATCH, .threads = 2}, error);
    assert_true(status == CNN_OK || !predictor);
    if (status == CNN_OK)
        status = cnn_predictor_run(predictor, images, BATCH, outputs, error);
    cnn_predictor_free(predictor);
    return status;
}

static cnn_status train_a_step(cnn_net *net, cnn_error *error) {
    static const float images[BATCH * 28 * 28];
    static const int32_t labels[BATCH];
    cnn_trainer *trainer;
    cnn_trainer_options options = {.update.optimizer = CNN_OPTIMIZER_ADAM, .batch = BATCH, .threads = 2};
    cnn_status status = cnn_trainer_new(&trainer, net, &options, error);
    assert_true(status == CNN_OK || !trainer);
    if (status == CNN_OK)
        status = cnn_trainer_gradients(trainer, images, labels, BATCH, NULL, NULL, error);
    if (status == CNN_OK)
        status = cnn_trainer_update(trainer, 1, error);
    if (status == CNN_OK)
        status = cnn_trainer_store(trainer, net, error);
    cnn_trainer_free(trainer);
    return status;
}

typedef cnn_status (*make_function)(cnn_net **net, cnn_error *error);

static cnn_status use(make_function make, cnn_error *error) {
    cnn_net *net = NULL;
    cnn_status status = make(&net, error);
    if (status == CNN_OK && (status = cnn_net_initialise(net, 1)) != CNN_OK)
        strcpy(error->message, cnn_net_error(net));
    if (status == CNN_OK)
        status = predict(net, error);
    if (status == CNN_OK)
        status = train_a_step(net, error);
    cnn_net_free(net);
    return status;
}

/* Fail the 1st, the 2nd ... until there are no more to fail. */
static void fail_each(make_function make) {
    int64_t failures = 0;
    for (;; failures++) {
        cnn_error error = {0};
        const int live = live_allocations();
        expect_failure_after(failures);
        cnn_status status = use(make, &error);
        assert_int_equal(live_allocations(), live);
        if (!heap.failed) {
            assert_int_equal(status, CNN_OK);
            break;
        }
        if (status != CNN_ERROR_MEMORY)
            fail_msg("allocation %lld failed, but the status was %s", (long long)failures + 1,
                     cnn_status_name(status));
        assert_true(strstr(error.message, "out of memory") || strstr(error.message, "thread"));
    }
    expect_failure_after(-1);
    assert_true(failures > 20);
}

static void a_network_built_call_by_call(void **state) {
    (void)state;
    fail_each(build);
}

static void the_basic_cnn(void **state) {
    (void)state;
    fail_each(open_basic);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_network_built_call_by_call),
        cmocka_unit_test(the_basic_cnn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
