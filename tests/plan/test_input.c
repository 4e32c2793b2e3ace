/* Where a plan reads its images: in its own room, or where a caller has them already. */
#include "base/memory.h"
#include "plan/plan.h"
#include "support/cmocka.h"

#include <string.h>

enum { BATCH = 4, PIXELS = 2 * 6 * 6, OUTPUTS = 3, MAX_FLOATS = 4096 };

/* Two layers read the input, which is the first operand of one and the second of the other. */
static const char text[] = "input 2x6x6\nconv 2 3x3 padding 1 name a\nadd input\nflatten\ndense 3\n";

static cnn_plan *make_plan(void) {
    cnn_net *net;
    cnn_plan *plan;
    cnn_error error;
    if (cnn_net_parse(&net, text, "text", &error) != CNN_OK)
        fail_msg("%s", error.message);
    assert_int_equal(cnn_net_initialise(net, 5), CNN_OK);
    const cnn_plan_options options = {.batch = BATCH, .threads = 1, .training = true};
    assert_int_equal(cnn_plan_new(&plan, net, &options, NULL), CNN_OK);
    cnn_net_free(net);
    return plan;
}

typedef struct result {
    float outputs[BATCH * OUTPUTS], gradients[MAX_FLOATS];
} result;

static result run(cnn_plan *plan) {
    result got = {0};
    int64_t floats;
    memcpy(got.outputs, cnn_plan_forward(plan, BATCH, 0), sizeof got.outputs);
    for (int i = 0; i < BATCH * OUTPUTS; i++)
        cnn_plan_output_gradient(plan)[i] = (float)(i % 5) - 2;
    cnn_plan_backward(plan, BATCH, 0);
    const float *gradients = cnn_plan_gradients(plan, &floats);
    assert_true(floats <= MAX_FLOATS);
    memcpy(got.gradients, gradients, (size_t)floats * sizeof *gradients);
    return got;
}

static void fill(float *images, int first) {
    for (int i = 0; i < BATCH * PIXELS; i++)
        images[i] = (float)((i + first) % 11) / 11;
}

static void images_elsewhere_give_the_same_bits_and_stay_as_they_are(void **state) {
    (void)state;
    cnn_plan *plan = make_plan();
    float *images = cnn_allocate(BATCH * PIXELS, sizeof *images, "a test", NULL),
          *before = cnn_allocate(BATCH * PIXELS, sizeof *before, "a test", NULL);
    fill(images, 3);
    memcpy(before, images, BATCH * PIXELS * sizeof *images);
    memcpy(cnn_plan_input(plan), images, BATCH * PIXELS * sizeof *images);
    const result own = run(plan);
    fill(cnn_plan_input(plan), 7);
    cnn_plan_read_from(plan, images);
    const result elsewhere = run(plan);
    assert_memory_equal(&own, &elsewhere, sizeof own);
    assert_memory_equal(images, before, BATCH * PIXELS * sizeof *images);
    cnn_plan_free(plan);
    cnn_free(images);
    cnn_free(before);
}

static void setting_images_ends_it(void **state) {
    (void)state;
    cnn_plan *plan = make_plan();
    float *images = cnn_allocate(BATCH * PIXELS, sizeof *images, "a test", NULL);
    static float set[BATCH * PIXELS];
    fill(set, 0);
    cnn_plan_set_images(plan, set, BATCH);
    const result before = run(plan);
    cnn_plan_read_from(plan, images);
    cnn_plan_set_images(plan, set, BATCH);
    cnn_free(images); /* nobody reads it any more */
    const result after = run(plan);
    assert_memory_equal(&before, &after, sizeof before);
    cnn_plan_free(plan);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_elsewhere_give_the_same_bits_and_stay_as_they_are),
        cmocka_unit_test(setting_images_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
