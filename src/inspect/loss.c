#include "inspect/loss.h"

#include "graph/output.h"

#include <inttypes.h>
#include <math.h>

cnn_status cnn_inspect_scores_node(const cnn_net *net, int *node, cnn_error *error) {
    const cnn_output_kind kind = cnn_net_output_kind(net);
    if (kind == CNN_OUTPUT_VALUES)
        return cnn_fail(
            error, CNN_ERROR_UNSUPPORTED,
            "the network's outputs are not scores of classes, so there is no loss for a class: it "
            "ends in %s; cnn_inspector_backward starts from any layer's output",
            net->node_count ? net->nodes[net->node_count - 1].text : "its input");
    *node = (int)net->node_count - 1;
    if (kind == CNN_OUTPUT_PROBABILITIES || kind == CNN_OUTPUT_BINARY)
        *node = net->nodes[cnn_output_node(net)].input[0];
    return CNN_OK;
}

cnn_status cnn_inspect_check_classes(const cnn_inspector *inspector, const int32_t *classes,
                                     cnn_error *error) {
    const int64_t known = cnn_net_classes(inspector->net);
    for (int64_t i = 0; classes && i < inspector->count; i++)
        if (classes[i] < 0 || classes[i] >= known)
            return cnn_fail(error, CNN_ERROR_ARGUMENT,
                            "class %d of image %" PRId64 " is outside the network's %" PRId64 " classes",
                            classes[i], i, known);
    return CNN_OK;
}

int32_t cnn_inspect_predicted(const double *scores, int64_t count) {
    int32_t largest = 0;
    for (int32_t i = 1; i < count; i++)
        if (scores[i] > scores[largest])
            largest = i;
    return count == 1 ? scores[0] > 0 : largest;
}

/* log(1 + exp(x)) without overflow. */
static double softplus(double x) {
    return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}

/* The logarithm of the sum of exp(scores); the largest is taken out first, so that nothing overflows. */
static double log_sum_exp(const double *scores, int64_t count) {
    double largest = scores[0], sum = 0;
    for (int64_t i = 1; i < count; i++)
        largest = fmax(largest, scores[i]);
    for (int64_t i = 0; i < count; i++)
        sum += exp(scores[i] - largest);
    return largest + log(sum);
}

double cnn_inspect_loss_of(const double *scores, int64_t count, int32_t class) {
    if (count == 1)
        return softplus(class ? -scores[0] : scores[0]);
    return log_sum_exp(scores, count) - scores[class];
}

void cnn_inspect_loss_gradient(const double *scores, int64_t count, int32_t class, float *gradient) {
    if (count == 1) {
        gradient[0] = (float)(1 / (1 + exp(-scores[0])) - class);
        return;
    }
    const double total = log_sum_exp(scores, count);
    for (int64_t i = 0; i < count; i++)
        gradient[i] = (float)(exp(scores[i] - total) - (i == class));
}
