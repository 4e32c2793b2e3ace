/* Mixing the images of a batch in pairs: mixup and cutmix. */
#include "data/augment/augment.h"

#include "base/numbers.h"
#include "base/random.h"

#include <math.h>

/* Gamma(shape, 1) by Marsaglia and Tsang 2000, "A simple method for generating gamma variables". */
static double draw_gamma(cnn_random *random, double shape) {
    if (shape < 1) { /* 1 - u is above 0 */
        const double power = pow(1 - cnn_random_uniform(random), 1 / shape);
        return draw_gamma(random, shape + 1) * power;
    }
    const double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        const double x = cnn_random_normal(random), v = pow(1 + c * x, 3);
        if (v > 0 && log(1 - cnn_random_uniform(random)) < 0.5 * x * x + d - d * v + d * log(v))
            return d * v;
    }
}

/* Beta(shape, shape). Tiny shapes may give two zeros: then a half. */
static double draw_beta(cnn_random *random, double shape) {
    const double a = draw_gamma(random, shape), b = draw_gamma(random, shape);
    return a + b > 0 ? a / (a + b) : 0.5;
}

/* A rectangle of about `area` of the image, its middle anywhere, cut at the edges. */
static cnn_box draw_box(cnn_random *random, double area, int64_t height, int64_t width) {
    const int64_t rows = (int64_t)(sqrt(area) * (double)height),
                  columns = (int64_t)(sqrt(area) * (double)width);
    const int64_t top = cnn_random_below(random, height) - rows / 2,
                  left = cnn_random_below(random, width) - columns / 2;
    return (cnn_box){cnn_max(top, 0), cnn_max(left, 0), cnn_min(top + rows, height),
                     cnn_min(left + columns, width)};
}

/* Of two that are wanted each batch has one, by a coin. */
static bool takes_cutmix(const cnn_augmenting *augmenting, cnn_random *random) {
    if (augmenting->amount[CNN_AUGMENT_CUTMIX] == 0 || augmenting->amount[CNN_AUGMENT_MIXUP] == 0)
        return augmenting->amount[CNN_AUGMENT_CUTMIX] > 0;
    return cnn_random_uniform(random) < 0.5;
}

cnn_mix cnn_mix_draw(const cnn_augmenting *augmenting, int64_t epoch, int64_t batch, const int64_t shape[3]) {
    cnn_mix mix = {.share = 1};
    if (augmenting->amount[CNN_AUGMENT_CUTMIX] == 0 && augmenting->amount[CNN_AUGMENT_MIXUP] == 0)
        return mix;
    cnn_random random;
    const uint64_t seed = cnn_random_hash(augmenting->seed, CNN_AUGMENT_KINDS);
    cnn_random_seed(&random, cnn_random_hash(cnn_random_hash(seed, (uint64_t)epoch), (uint64_t)batch));
    const bool paste = takes_cutmix(augmenting, &random);
    mix.mixed = true;
    mix.share = draw_beta(&random, augmenting->amount[paste ? CNN_AUGMENT_CUTMIX : CNN_AUGMENT_MIXUP]);
    if (!paste)
        return mix;
    mix.box = draw_box(&random, 1 - mix.share, shape[1], shape[2]);
    mix.share = 1 - (double)((mix.box.bottom - mix.box.top) * (mix.box.right - mix.box.left)) /
                        (double)(shape[1] * shape[2]);
    mix.mixed = mix.share < 1;
    return mix;
}

/* Both of a pair at once, since each needs the other as it was. */
static void blend(float *one, float *other, int64_t values, float share) {
    for (int64_t i = 0; i < values; i++) {
        const float a = one[i], b = other[i];
        one[i] = share * a + (1 - share) * b;
        other[i] = share * b + (1 - share) * a;
    }
}

static void swap(float *one, float *other, int64_t values) {
    for (int64_t i = 0; i < values; i++) {
        const float a = one[i];
        one[i] = other[i];
        other[i] = a;
    }
}

void cnn_mix_images(const cnn_mix *mix, const int64_t shape[3], float *images, int64_t count) {
    const int64_t values = shape[0] * shape[1] * shape[2], row = shape[0] * shape[2];
    for (int64_t i = 0; mix->mixed && i < count / 2; i++) {
        float *one = images + i * values, *other = images + (count - 1 - i) * values;
        if (mix->box.bottom <= mix->box.top)
            blend(one, other, values, (float)mix->share);
        for (int64_t y = mix->box.top; y < mix->box.bottom; y++)
            swap(one + y * row + mix->box.left * shape[0], other + y * row + mix->box.left * shape[0],
                 (mix->box.right - mix->box.left) * shape[0]);
    }
}
