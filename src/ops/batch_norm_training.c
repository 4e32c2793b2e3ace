/* Batch normalisation in training, in two rounds each way: the sums of slices of images, which depend on the batch alone, are added up
 * in order, in double precision; then each image is normalised, or its gradient written. Not a word of the text format. */
#include "ops/batch_norm.h"

#include "base/numbers.h"

#include <math.h>
#include <string.h>

enum {
    MAX_SLICES = 16,
    SUMMED_POSITIONS = 512, /* whose sums are formed in float before they go into the slice's */
    MAX_CENTRED = 64        /* whose mean the sums are formed about */
};

/* How many slices the batch is cut into: it depends on the batch alone, so that the sums do, too. */
static int64_t slices_of(const cnn_run *run) {
    return run->batch < MAX_SLICES ? run->batch : MAX_SLICES;
}

static cnn_range images_of(const cnn_run *run, int64_t slice) {
    return cnn_slice_of(run, slice, slices_of(run));
}

/* ---- Memory ------------------------------------------------------------------------------------------ */

/* The factors of scale_shift, which begin with the centre of the sums, and those of scale_shift_backward: one of each for a channel. */
enum { FACTORS = 3, BACK_FACTORS = 6 };

/* What is kept from one round to the next, in step->prepared; one value per channel. */
typedef struct kept {
    double *mean, *inverse;     /* of the batch: mean, 1 / sqrt(variance + epsilon) */
    double *first[MAX_SLICES];  /* forward: each slice's mean; backward: its sum of dy */
    double *second[MAX_SLICES]; /* forward: its sum of (x - its mean)^2; backward: of dy (x - mean) */
    float *factors, *back_factors;
} kept;

enum { KEPT_DOUBLES = 2 + 2 * MAX_SLICES };

/* Where the parts of `kept` lie in step->prepared. */
static kept kept_of(const cnn_step *step) {
    const int64_t channels = cnn_norm_shape_of(&step->output_shape).channels;
    double *next = (double *)(void *)step->prepared;
    kept k = {.mean = next, .inverse = next + channels};
    next += 2 * channels;
    for (int slice = 0; slice < MAX_SLICES; slice++, next += 2 * channels) {
        k.first[slice] = next;
        k.second[slice] = next + channels;
    }
    k.factors = (float *)(void *)next;
    k.back_factors = k.factors + FACTORS * channels;
    return k;
}

/* A worker needs two sums and the centre of the forward ones in scratch, one value per channel each. */
static cnn_step_sizes sizes(const cnn_step *step) {
    const int64_t channels = cnn_norm_shape_of(&step->output_shape).channels;
    const int64_t doubles = KEPT_DOUBLES * (int64_t)(sizeof(double) / sizeof(float));
    return (cnn_step_sizes){.scratch = 3 * channels,
                            .prepared = (doubles + FACTORS + BACK_FACTORS) * channels};
}

/* A piece of work is a slice. */
static int64_t pieces(const cnn_step *step, const cnn_run *run) {
    (void)step;
    return slices_of(run);
}

/* The upper bound of what passes the ReLU. */
static float limit_of(const cnn_step *step) {
    return step->limit > 0 ? step->limit : INFINITY;
}

/* ---- Sums of a slice --------------------------------------------------------------------------------- */

/* Add the sums of one image to the slice's: of dy, where it passes the ReLU, and dy (x - centre), where `centre` begins the factors of
 * the forward pass; or, with dy NULL, of (x - centre) and its square. `sums` is memory for two values per channel. */
static void add_image(const cnn_step *step, const float *x, const float *dy, const float *centre, float *sums,
                      double *first, double *second) {
    const cnn_norm_shape shape = cnn_norm_shape_of(&step->output_shape);
    for (int64_t at = 0; at < shape.positions; at += SUMMED_POSITIONS) {
        const int64_t skipped = at * shape.channels;
        const int64_t count = cnn_min(shape.positions - at, SUMMED_POSITIONS);
        if (dy)
            step->kernels->channel_products(count, shape.channels, x + skipped, centre, dy + skipped,
                                            step->relu, limit_of(step), sums);
        else
            step->kernels->channel_moments(count, shape.channels, x + skipped, centre, sums);
        for (int64_t c = 0; c < shape.channels; c++) {
            first[c] += sums[c];
            second[c] += sums[shape.channels + c];
        }
    }
}

static void clear_sums(const kept *k, int64_t slice, int64_t channels) {
    memset(k->first[slice], 0, (size_t)(2 * channels) * sizeof(double)); /* `second` follows `first` */
}

/* A value near the mean: that of some positions of the slice's first image, evenly spread. Differences from it are small even where the
 * values are not, so their squares lose no digits. */
static void choose_centre(const cnn_step *step, const float *x, float *centre) {
    const cnn_norm_shape shape = cnn_norm_shape_of(&step->output_shape);
    const int64_t count = cnn_min(shape.positions, MAX_CENTRED);
    memset(centre, 0, (size_t)shape.channels * sizeof *centre);
    step->kernels->channel_sums(count, shape.positions / count * shape.channels, shape.channels, x, centre);
    for (int64_t c = 0; c < shape.channels; c++)
        centre[c] /= (float)count;
}

/* ---- Forward ----------------------------------------------------------------------------------------- */

/* How many values of one channel a slice has: images times positions. */
static double values_in(const cnn_step *step, const cnn_run *run, int64_t slice) {
    const cnn_range images = images_of(run, slice);
    return (double)((images.end - images.first) * cnn_norm_shape_of(&step->output_shape).positions);
}

/* Round one: a slice's mean and sum of squared deviations. */
static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    const int64_t channels = cnn_norm_shape_of(&step->output_shape).channels, slice = place.index;
    const kept k = kept_of(step);
    const cnn_range images = images_of(run, slice);
    const double values = values_in(step, run, slice);
    float *sums = cnn_buffer_at(&step->scratch, 0, place.worker), *centre = sums + 2 * channels;
    clear_sums(&k, slice, channels);
    choose_centre(step, cnn_buffer_at(&step->input[0], images.first, place.worker), centre);
    for (int64_t image = images.first; image < images.end; image++)
        add_image(step, cnn_buffer_at(&step->input[0], image, place.worker), NULL, centre, sums,
                  k.first[slice], k.second[slice]);
    for (int64_t c = 0; c < channels; c++) {
        const double off = k.first[slice][c] / values;
        k.second[slice][c] -= off * off * values;
        k.first[slice][c] = centre[c] + off;
    }
}

/* One channel of the whole batch. */
typedef struct moments {
    double values, mean, squares; /* how many; sum of (x - mean)^2 */
} moments;

/* How many values of one channel each slice has: counted once for all channels, of which small maps have many. */
typedef struct slice_values {
    int64_t slices;
    double of[MAX_SLICES];
} slice_values;

static slice_values count_values(const cnn_step *step, const cnn_run *run) {
    slice_values values = {.slices = slices_of(run)};
    for (int64_t slice = 0; slice < values.slices; slice++)
        values.of[slice] = values_in(step, run, slice);
    return values;
}

/* Mean and sum of squared deviations of the whole batch from those of the slices (Chan et al. 1979), added in the
 * order of the slices, so that the result does not depend on threads. */
static moments join_slices(const slice_values *values, const kept *k, int64_t c) {
    moments all = {0};
    for (int64_t slice = 0; slice < values->slices; slice++) {
        all.values += values->of[slice];
        all.mean += values->of[slice] * k->first[slice][c];
    }
    all.mean /= all.values;
    for (int64_t slice = 0; slice < values->slices; slice++) {
        const double off = k->first[slice][c] - all.mean;
        all.squares += k->second[slice][c] + off * off * values->of[slice];
    }
    return all;
}

/* The running variance is the unbiased one, as in PyTorch; of a single value there is none. */
static void update_running(const cnn_step *step, const moments *all, int64_t c) {
    const double keep = 1 - step->options.batch_norm.momentum, take = step->options.batch_norm.momentum;
    const double variance = all->squares / (all->values > 1 ? all->values - 1 : 1);
    float *mean = step->parameter[CNN_NORM_MEAN] + c, *running = step->parameter[CNN_NORM_VARIANCE] + c;
    *mean = (float)(keep * *mean + take * all->mean);
    *running = (float)(keep * *running + take * variance);
}

/* What scale_shift multiplies channel `c` by and adds to it. */
static void find_factors(const cnn_step *step, const kept *k, int64_t channels, int64_t c) {
    const double scale = step->parameter[CNN_NORM_WEIGHT][c] * k->inverse[c];
    float *by = k->factors;
    by[c] = (float)k->mean[c];
    by[channels + c] = (float)scale;
    by[2 * channels + c] = (float)(step->parameter[CNN_NORM_BIAS][c] + (by[c] - k->mean[c]) * scale);
}

static void settle(const cnn_step *step, const cnn_run *run) {
    const int64_t channels = cnn_norm_shape_of(&step->output_shape).channels;
    const kept k = kept_of(step);
    const slice_values values = count_values(step, run);
    for (int64_t c = 0; c < channels; c++) {
        const moments all = join_slices(&values, &k, c);
        k.mean[c] = all.mean;
        k.inverse[c] = 1 / sqrt(all.squares / all.values + step->options.batch_norm.epsilon);
        find_factors(step, &k, channels, c);
        update_running(step, &all, c);
    }
}

static void write_image(const cnn_step *step, cnn_place place, float *to) {
    const cnn_norm_shape shape = cnn_norm_shape_of(&step->output_shape);
    step->kernels->scale_shift(shape.positions, shape.channels,
                               cnn_buffer_at(&step->input[0], place.index, place.worker),
                               kept_of(step).factors, cnn_step_flags(step), step->limit, to);
}

/* ---- Backward ---------------------------------------------------------------------------------------- */

/* Round one: a slice's sums of dy and dy (x - mean). */
static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    const int64_t channels = cnn_norm_shape_of(&step->output_shape).channels, slice = place.index;
    const kept k = kept_of(step);
    const cnn_range images = images_of(run, slice);
    float *sums = cnn_buffer_at(&step->scratch, 0, place.worker);
    clear_sums(&k, slice, channels);
    for (int64_t image = images.first; image < images.end; image++)
        add_image(step, cnn_buffer_at(&step->input[0], image, place.worker),
                  cnn_buffer_at(&step->output_gradient, image, place.worker), k.factors, sums, k.first[slice],
                  k.second[slice]);
}

/* The gradients by bias and weight of channel `c`. The sums were formed about the mean as a float. */
static void parameter_gradients(const cnn_run *run, const kept *k, int64_t c, double *bias, double *weight) {
    double products = 0;
    *bias = 0;
    for (int64_t slice = 0; slice < slices_of(run); slice++) {
        *bias += k->first[slice][c];
        products += k->second[slice][c];
    }
    *weight = (products + ((float)k->mean[c] - k->mean[c]) * *bias) * k->inverse[c];
}

static void write_gradients(const cnn_step *step, int64_t c, double bias, double weight) {
    step->gradient[CNN_NORM_WEIGHT][c] = (float)weight;
    step->gradient[CNN_NORM_BIAS][c] = (float)bias;
    step->gradient[CNN_NORM_MEAN][c] = 0;
    step->gradient[CNN_NORM_VARIANCE][c] = 0;
}

/* With n values a channel and x' = (x - mean) inverse, dx = weight inverse (dy - sum of dy / n - x' (sum of dy x') / n). */
static void find_back_factors(const cnn_step *step, const kept *k, double values, double bias, double weight,
                              int64_t channels, int64_t c) {
    const double of_dy = step->parameter[CNN_NORM_WEIGHT][c] * k->inverse[c];
    const double of_x = -of_dy * k->inverse[c] * weight / values;
    float *by = k->back_factors;
    by[c] = (float)k->mean[c];
    by[channels + c] = (float)of_dy;
    by[2 * channels + c] = (float)of_x;
    by[3 * channels + c] = (float)(of_x * (by[c] - k->mean[c]) - of_dy * bias / values);
    by[4 * channels + c] = k->factors[channels + c];
    by[5 * channels + c] = k->factors[2 * channels + c];
}

static void settle_backward(const cnn_step *step, const cnn_run *run) {
    const cnn_norm_shape shape = cnn_norm_shape_of(&step->output_shape);
    const double values = (double)(run->batch * shape.positions);
    const kept k = kept_of(step);
    for (int64_t c = 0; c < shape.channels; c++) {
        double bias, weight;
        parameter_gradients(run, &k, c, &bias, &weight);
        write_gradients(step, c, bias, weight);
        find_back_factors(step, &k, values, bias, weight, shape.channels, c);
    }
}

static void write_image_gradient(const cnn_step *step, cnn_place place, float *to) {
    const cnn_norm_shape shape = cnn_norm_shape_of(&step->output_shape);
    const kept k = kept_of(step);
    step->kernels->scale_shift_backward(shape.positions, shape.channels,
                                        cnn_buffer_at(&step->input[0], place.index, place.worker),
                                        cnn_buffer_at(&step->output_gradient, place.index, place.worker),
                                        k.back_factors, step->relu, limit_of(step), to);
}

const cnn_op cnn_op_batch_norm_training = {
    .word = "batchnorm of the batch",
    .prefix = "batch_norm_training",
    .onnx = "",
    .kind = CNN_BATCHWISE,
    .inputs = 1,
    .begins_in_slices = true,
    .forgets_output = true,
    .takes_relu = true,
    .takes_limit = true,
    .passes_relu_back = true,
    .sizes = sizes,
    .forward_pieces = pieces,
    .forward = forward,
    .settle = settle,
    .write_image = write_image,
    .backward_pieces = pieces,
    .backward = backward,
    .settle_backward = settle_backward,
    .write_image_gradient = write_image_gradient,
};
