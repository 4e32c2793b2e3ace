/* A child process has none of its parent's threads: what needs them is an error there, never a wait without end. */
#define _GNU_SOURCE
#include "cnn.h"
#include "support/cmocka.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BATCH = 4, PIXELS = 64, CLASSES = 3 };

static float images[BATCH * PIXELS], outputs[BATCH * CLASSES];
static const int32_t labels[BATCH] = {0, 1, 2, 0};

typedef struct objects {
    cnn_net *net;
    cnn_trainer *trainer;
    cnn_predictor *predictor;
} objects;

static objects make(int threads) {
    objects o;
    const cnn_trainer_options training = {.batch = BATCH, .threads = threads};
    const cnn_predictor_options predicting = {.batch = BATCH, .threads = threads};
    assert_int_equal(
        cnn_net_parse(&o.net, "input 1x8x8\nconv 4 3x3 relu\nflatten\ndense 3\nsoftmax\n", NULL, NULL),
        CNN_OK);
    assert_int_equal(cnn_net_initialise(o.net, 1), CNN_OK);
    assert_int_equal(cnn_trainer_new(&o.trainer, o.net, &training, NULL), CNN_OK);
    assert_int_equal(cnn_predictor_new(&o.predictor, o.net, &predicting, NULL), CNN_OK);
    return o;
}

static void release(objects *o) {
    cnn_trainer_free(o->trainer);
    cnn_predictor_free(o->predictor);
    cnn_net_free(o->net);
}

/* Each call that would work in threads gives this, and what it says names the reason. */
static bool all_give(objects *o, cnn_status expected) {
    cnn_error error = {.message = ""};
    bool as_expected =
        cnn_predictor_run(o->predictor, images, BATCH, outputs, &error) == expected &&
        cnn_trainer_gradients(o->trainer, images, labels, BATCH, NULL, NULL, &error) == expected &&
        cnn_trainer_update(o->trainer, 1, &error) == expected;
    return as_expected && (expected == CNN_OK || strstr(error.message, "fork") != NULL);
}

/* In a child process, which makes everything anew in the end; whether it was all right. */
static bool is_right_in_child(objects *o, cnn_status expected) {
    int status;
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const bool right = all_give(o, expected);
        release(o);
        objects own = make(2);
        const bool works = all_give(&own, CNN_OK);
        release(&own);
        _exit(right && works ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status == 0;
}

static void threads_of_the_parent_are_an_error(void **state) {
    (void)state;
    objects o = make(2);
    assert_true(all_give(&o, CNN_OK));
    assert_true(is_right_in_child(&o, CNN_ERROR_ARGUMENT));
    assert_true(all_give(&o, CNN_OK)); /* the parent goes on */
    release(&o);
}

static void one_thread_goes_on_in_a_child(void **state) {
    (void)state;
    objects o = make(1);
    assert_true(all_give(&o, CNN_OK));
    assert_true(is_right_in_child(&o, CNN_OK));
    release(&o);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_of_the_parent_are_an_error),
        cmocka_unit_test(one_thread_goes_on_in_a_child),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
