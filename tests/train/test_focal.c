/* The focal loss and the weights of classes: losses by their definition in double precision, gradients by central
 * differences of it. */
#include "support/cmocka.h"
#include "train/loss.h"

#include <math.h>

enum { CLASSES = 4, IMAGES = 5 };

static const float logits[IMAGES * CLASSES] = {0.5f, -1.2f, 2.0f, 0.1f,  -3.0f, 4.0f, 0.0f,
                                               1.0f, 0.2f,  0.2f, -0.4f, 0.9f,  9.0f, -9.0f,
                                               0.0f, 1.5f,  1.0f, -2.0f, 0.3f,  0.7f};
static const int32_t labels[IMAGES] = {2, 0, 3, 0, 1}, others[IMAGES] = {1, 0, 2, 3, 1};
static const float weights[CLASSES] = {0.5f, 2.0f, 1.0f, 0.0f};

static double share_of(const cnn_loss_input *input, int64_t n, int i) {
    const double share = input->others ? input->share : 1;
    return (input->labels[n] == i ? share : 0) + (input->others && input->others[n] == i ? 1 - share : 0);
}

/* Of one image: of two classes the first has the logit 0 where there is a single output. */
static double loss_of(const cnn_loss_input *input, const double *row, int64_t n) {
    const int classes = input->values == 1 ? 2 : (int)input->values;
    double loss = 0, sum = 0, weight = 0;
    for (int i = 0; i < classes; i++)
        sum += exp(input->values == 1 ? i * row[0] : row[i]);
    for (int i = 0; i < classes; i++) {
        const double p = exp(input->values == 1 ? i * row[0] : row[i]) / sum;
        const double target =
            (1 - input->label_smoothing) * share_of(input, n, i) + input->label_smoothing / classes;
        loss -= target * pow(1 - p, input->focal) * log(p);
        weight += share_of(input, n, i) * (input->class_weights ? (double)input->class_weights[i] : 1);
    }
    return weight * loss;
}

static void follows_its_definition(const cnn_loss_input *input) {
    float gradient[IMAGES * CLASSES];
    double sum, expected = 0;
    int64_t correct;
    cnn_loss_gradient(input, gradient, &sum, &correct);
    for (int64_t n = 0; n < input->count; n++) {
        double row[CLASSES];
        for (int64_t i = 0; i < input->values; i++)
            row[i] = (double)input->outputs[n * input->values + i];
        expected += loss_of(input, row, n);
        for (int64_t i = 0; i < input->values; i++) {
            const double at = row[i], step = 1e-5;
            row[i] = at + step;
            const double above = loss_of(input, row, n);
            row[i] = at - step;
            const double slope = (above - loss_of(input, row, n)) / (2 * step) / (double)input->count;
            row[i] = at;
            if (!(fabs((double)gradient[n * input->values + i] - slope) < 1e-6))
                fail_msg("image %d, output %d: %g, expected %g", (int)n, (int)i,
                         (double)gradient[n * input->values + i], slope);
        }
    }
    assert_true(fabs(sum - expected) < 1e-9 * (1 + expected));
}

static cnn_loss_input several(double focal) {
    return (cnn_loss_input){.outputs = logits,
                            .labels = labels,
                            .count = IMAGES,
                            .values = CLASSES,
                            .loss = CNN_LOSS_CROSS_ENTROPY,
                            .focal = focal};
}

static void of_several_classes(void **state) {
    (void)state;
    static const double gammas[] = {0.5, 1, 2, 5};
    for (int i = 0; i < 4; i++) {
        cnn_loss_input input = several(gammas[i]);
        follows_its_definition(&input);
        input.label_smoothing = 0.2;
        follows_its_definition(&input);
        input.others = others;
        input.share = 0.7;
        follows_its_definition(&input);
    }
}

static void of_a_single_sigmoid(void **state) {
    (void)state;
    static const int32_t two[] = {1, 0, 0, 1, 1};
    static const double gammas[] = {0, 0.5, 2};
    for (int i = 0; i < 3; i++) {
        cnn_loss_input input = several(gammas[i]);
        input.labels = two;
        input.values = 1;
        input.loss = CNN_LOSS_BINARY_CROSS_ENTROPY;
        follows_its_definition(&input);
        input.label_smoothing = 0.1;
        input.class_weights = weights;
        follows_its_definition(&input);
    }
}

static void weights_multiply_losses_and_gradients(void **state) {
    (void)state;
    cnn_loss_input input = several(0);
    input.class_weights = weights;
    follows_its_definition(&input);
    input.others = others;
    input.share = 0.6;
    follows_its_definition(&input);
}

/* Whose probability is 1 in double precision, and 0. */
static void extreme_logits_give_finite_numbers(void **state) {
    (void)state;
    static const float far[CLASSES] = {3000, -3000, 0, 1};
    static const int32_t right[] = {0}, wrong[] = {1};
    for (int i = 0; i < 2; i++) {
        cnn_loss_input input = several(0.5);
        float gradient[CLASSES];
        double sum;
        int64_t correct;
        input.outputs = far;
        input.labels = i ? wrong : right;
        input.count = 1;
        cnn_loss_gradient(&input, gradient, &sum, &correct);
        assert_true(sum == (i ? 6000 : 0));
        for (int k = 0; k < CLASSES; k++)
            assert_true(isfinite(gradient[k]));
        assert_true(gradient[0] == (i ? 1 : 0) && gradient[1] == (i ? -1 : 0));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_several_classes),
        cmocka_unit_test(of_a_single_sigmoid),
        cmocka_unit_test(weights_multiply_losses_and_gradients),
        cmocka_unit_test(extreme_logits_give_finite_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
