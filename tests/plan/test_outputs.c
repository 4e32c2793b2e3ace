/* A plan in inference that gives more than its last layer: values inside it are those of a plan that keeps all. */
#include "plan/plan.h"

#include "base/threads.h"

#include "support/cmocka.h"

#include <math.h>

enum { IMAGES = 3, ROOM = 8 * 10 * 10 };

static cnn_net *build(void) {
    cnn_net *net;
    cnn_error error;
    if (cnn_net_parse(
            &net,
            "input 2x12x12\nconv 8 3x3 name a\nbatchnorm name b\nrelu name r\nmaxpool 2x2 name p\n"
            "conv 4 3x3 name c\nrelu name d\nglobalavgpool name e\nflatten name f\ndense 3 name g\n",
            "a test", &error) != CNN_OK)
        fail_msg("%s", error.message);
    assert_int_equal(cnn_net_initialise(net, 3), CNN_OK);
    return net;
}

static void values_inside_a_plan_stay_where_they_are_asked_for(void **state) {
    (void)state;
    cnn_net *net = build();
    const int outputs[] = {0, 1, 2, 3, 4, 7};
    float images[IMAGES * 2 * 12 * 12], found[ROOM], expected[ROOM];
    cnn_plan *plan, *keeping;
    const cnn_plan_options all = {.batch = IMAGES, .threads = 1, .keep = true};
    for (int i = 0; i < IMAGES * 2 * 12 * 12; i++)
        images[i] = sinf(0.3F * (float)i);
    assert_int_equal(cnn_plan_new(&keeping, net, &all, NULL), CNN_OK);
    cnn_plan_set_images(keeping, images, IMAGES);
    cnn_plan_forward(keeping, IMAGES, 0);
    for (size_t count = 1; count <= sizeof outputs / sizeof outputs[0]; count++) {
        const cnn_plan_options some = {
            .batch = IMAGES, .threads = 1, .outputs = outputs + count - 1, .output_count = 1};
        const cnn_plan_options first = {
            .batch = IMAGES, .threads = 1, .outputs = outputs, .output_count = (int)count};
        for (int variant = 0; variant < 2; variant++) {
            assert_int_equal(cnn_plan_new(&plan, net, variant ? &first : &some, NULL), CNN_OK);
            cnn_plan_set_images(plan, images, IMAGES);
            cnn_plan_forward(plan, IMAGES, 0);
            const int node = outputs[count - 1];
            const int64_t elements = cnn_shape_elements(&net->nodes[node].output);
            for (int64_t image = 0; image < IMAGES; image++) {
                cnn_plan_get_values(plan, node, image, 1, found);
                cnn_plan_get_values(keeping, node, image, 1, expected);
                for (int64_t i = 0; i < elements; i++)
                    assert_float_equal(found[i], expected[i], 1e-5);
            }
            cnn_plan_free(plan);
        }
    }
    cnn_plan_free(keeping);
    cnn_net_free(net);
}

static void plans_may_share_a_pool(void **state) {
    (void)state;
    cnn_net *net = build();
    cnn_pool *pool;
    cnn_plan *plans[2];
    assert_int_equal(cnn_pool_new(&pool, 2, NULL), CNN_OK);
    const cnn_plan_options options = {.batch = 1, .pool = pool};
    for (int i = 0; i < 2; i++)
        assert_int_equal(cnn_plan_new(&plans[i], net, &options, NULL), CNN_OK);
    assert_ptr_equal(cnn_plan_pool(plans[0]), cnn_plan_pool(plans[1]));
    cnn_plan_forward(plans[0], 1, 0);
    cnn_plan_free(plans[0]);
    const float *outputs = cnn_plan_forward(plans[1], 1, 0);
    assert_true(isfinite(outputs[0]));
    cnn_plan_free(plans[1]);
    cnn_pool_free(pool);
    cnn_net_free(net);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_inside_a_plan_stay_where_they_are_asked_for),
        cmocka_unit_test(plans_may_share_a_pool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
