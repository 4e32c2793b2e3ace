#include "plan/random_net.h"

#include "base/random.h"
#include "support/cmocka.h"

void random_fill(float *values, int64_t count, uint64_t seed) {
    cnn_random random;
    cnn_random_seed(&random, seed);
    for (int64_t i = 0; i < count; i++)
        values[i] = (float)(2 * cnn_random_uniform(&random) - 1);
}

cnn_net *random_net(const char *text) {
    cnn_net *net;
    cnn_error error;
    if (cnn_net_parse(&net, text, "a test", &error) != CNN_OK)
        fail_msg("%s", error.message);
    assert_int_equal(cnn_net_make_values(net, NULL), CNN_OK);
    random_fill(net->values, net->value_count, 7);
    return net;
}

cnn_plan *plan_of(const cnn_net *net, cnn_plan_options options) {
    cnn_plan *plan;
    cnn_error error;
    if (cnn_plan_new(&plan, net, &options, &error) != CNN_OK)
        fail_msg("%s", error.message);
    return plan;
}
