/* Batch normalisation in training: mean and variance of the batch, in two rounds each way. The images are cut
 * into slices that depend on the batch alone; their sums are added up in order, in double precision. Not a word
 * of the text format. */
#include "ops/batch_norm.h"

#include "base/numbers.h"

#include <math.h>
#include <string.h>

enum {
    MAX_SLICES = 16,
    SUMMED_POSITIONS = 512 /* whose sums are formed in float before they go into the slice's */
};

/* How many slices the batch is cut into: it depends on the batch alone, so that the sums do, too. */
static int64_t slices_of(const cnn_run *run) {
    return run->batch < MAX_SLICES ? run->batch : MAX_SLICES;
}

/* The first image of a slice; that of the slice after the last one is the batch. */
static int64_t first_image(const cnn_run *run, int64_t slice) {
    return run->batch * slice / slices_of(run);
}

/* ---- Memory ------------------------------------------------------------------------------------------ */

/* What is kept from one round to the next, in step->prepared; one value per channel. */
typedef struct kept {
    double *mean, *inverse;     /* of the batch: mean, 1 / sqrt(variance + epsilon) */
    double *first[MAX_SLICES];  /* forward: each slice's mean; backward: its sum of dy */
    double *second[MAX_SLICES]; /* forward: its sum of (x - its mean)^2; backward: of dy (x - mean) */
} kept;

/* Where the doubles of `kept` lie in step->prepared. */
static kept kept_of(const cnn_step *step) {
    const int64_t channels = cnn_norm_shape_of(&step->output_shape).channels;
    double *next = (double *)(void *)step->prepared;
    kept k = {.mean = next, .inverse = next + channels};
    next += 2 * channels;
    for (int slice = 0; slice < MAX_SLICES; slice++, next += 2 * channels) {
        k.first[slice] = next;
        k.second[slice] = next + channels;
    }
    return k;
}

/* What a worker needs in scratch, one value per channel each. Sums: the centre of the sums, which is also the first of scale_shift's
 * factors, the other two, two sums. Second round: up to four factors, and backward those of the forward pass. */
enum { FACTORS = 3, BACK_FACTORS = 4 };

static cnn_step_sizes sizes(const cnn_step *step) {
    const int64_t channels = cnn_norm_shape_of(&step->output_shape).channels;
    return (cnn_step_sizes){.scratch = (BACK_FACTORS + FACTORS) * channels,
                            .prepared =
                                (2 + 2 * MAX_SLICES) * channels * (int64_t)(sizeof(double) / sizeof(float))};
}

/* A piece of work is a slice. */
static int64_t pieces(const cnn_step *step, const cnn_run *run) {
    (void)step;
    return slices_of(run);
}

/* ---- Sums of a slice --------------------------------------------------------------------------------- */

/* Add the sums of one image to the slice's: of dy, where it passes the ReLU, and dy (x - centre), or, with dy NULL, of
 * (x - centre) and its square. `centre` as in scratch. */
static void add_image(const cnn_step *step, const float *x, const float *dy, float *centre, double *first,
                      double *second) {
    const cnn_norm_shape shape = cnn_norm_shape_of(&step->output_shape);
    float *sums = centre + FACTORS * shape.channels;
    const float *open = step->relu ? centre : NULL;
    for (int64_t at = 0; at < shape.positions; at += SUMMED_POSITIONS) {
        const int64_t skipped = at * shape.channels;
        const int64_t count = cnn_min(shape.positions - at, SUMMED_POSITIONS);
        if (dy)
            step->kernels->channel_products(count, shape.channels, x + skipped, centre, dy + skipped, open,
                                            sums);
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

/* A value near the mean: that of the slice's first image. Differences from it are small even where the values are
 * not, so their squares lose no digits. */
static void choose_centre(const cnn_step *step, const float *x, float *centre) {
    const cnn_norm_shape shape = cnn_norm_shape_of(&step->output_shape);
    memset(centre, 0, (size_t)shape.channels * sizeof *centre);
    step->kernels->channel_sums(shape.positions, shape.channels, shape.channels, x, centre);
    for (int64_t c = 0; c < shape.channels; c++)
        centre[c] /= (float)shape.positions;
}

/* ---- Forward ----------------------------------------------------------------------------------------- */

/* How many values of one channel a slice has: images times positions. */
static double values_in(const cnn_step *step, const cnn_run *run, int64_t slice) {
    return (double)((first_image(run, slice + 1) - first_image(run, slice)) *
                    cnn_norm_shape_of(&step->output_shape).positions);
}

/* Round one: a slice's mean and sum of squared deviations. */
static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    const int64_t channels = cnn_norm_shape_of(&step->output_shape).channels, slice = place.index;
    const kept k = kept_of(step);
    const double values = values_in(step, run, slice);
    float *centre = cnn_buffer_at(&step->scratch, 0, place.worker);
    clear_sums(&k, slice, channels);
    choose_centre(step, cnn_buffer_at(&step->input[0], first_image(run, slice), place.worker), centre);
    for (int64_t image = first_image(run, slice); image < first_image(run, slice + 1); image++)
        add_image(step, cnn_buffer_at(&step->input[0], image, place.worker), NULL, centre, k.first[slice],
                  k.second[slice]);
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

/* The factors of scale_shift for channel `c`; backward they must be the same, bit for bit. */
static void forward_factors(const cnn_step *step, double mean, double inverse, int64_t channels, int64_t c,
                            float *by) {
    const double scale = step->parameter[CNN_NORM_WEIGHT][c] * inverse;
    by[c] = (float)mean;
    by[channels + c] = (float)scale;
    by[2 * channels + c] = (float)(step->parameter[CNN_NORM_BIAS][c] + (by[c] - mean) * scale);
}

/* Round two: every piece combines the slices by itself, then normalises its images. */
static void finish(const cnn_step *step, const cnn_run *run, cnn_place place) {
    const cnn_norm_shape shape = cnn_norm_shape_of(&step->output_shape);
    const int64_t channels = shape.channels;
    const kept k = kept_of(step);
    const slice_values values = count_values(step, run);
    float *by = cnn_buffer_at(&step->scratch, 0, place.worker);
    for (int64_t c = 0; c < channels; c++) {
        const moments all = join_slices(&values, &k, c);
        const double inverse = 1 / sqrt(all.squares / all.values + step->options.batch_norm.epsilon);
        forward_factors(step, all.mean, inverse, channels, c, by);
        if (place.index > 0)
            continue;
        k.mean[c] = all.mean;
        k.inverse[c] = inverse;
        update_running(step, &all, c);
    }
    for (int64_t image = first_image(run, place.index); image < first_image(run, place.index + 1); image++)
        step->kernels->scale_shift(
            shape.positions, channels, cnn_buffer_at(&step->input[0], image, place.worker), by,
            step->relu ? CNN_CONV_RELU : 0, cnn_buffer_at(&step->output, image, place.worker));
}

/* ---- Backward ---------------------------------------------------------------------------------------- */

/* Round one: a slice's sums of dy and dy (x - mean). */
static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    const int64_t channels = cnn_norm_shape_of(&step->output_shape).channels, slice = place.index;
    const kept k = kept_of(step);
    float *centre = cnn_buffer_at(&step->scratch, 0, place.worker);
    for (int64_t c = 0; c < channels; c++)
        forward_factors(step, k.mean[c], k.inverse[c], channels, c, centre);
    clear_sums(&k, slice, channels);
    for (int64_t image = first_image(run, slice); image < first_image(run, slice + 1); image++)
        add_image(step, cnn_buffer_at(&step->input[0], image, place.worker),
                  cnn_buffer_at(&step->output_gradient, image, place.worker), centre, k.first[slice],
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

/* Round two: with n values a channel and x' = (x - mean) inverse,
 * dx = weight inverse (dy - sum of dy / n - x' (sum of dy x') / n). */
static void finish_backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    const cnn_norm_shape shape = cnn_norm_shape_of(&step->output_shape);
    const int64_t channels = shape.channels;
    const double values = (double)(run->batch * shape.positions);
    const kept k = kept_of(step);
    float *by = cnn_buffer_at(&step->scratch, 0, place.worker), *open = by + BACK_FACTORS * channels;
    for (int64_t c = 0; c < channels; c++) {
        double bias, weight;
        forward_factors(step, k.mean[c], k.inverse[c], channels, c, open);
        parameter_gradients(run, &k, c, &bias, &weight);
        if (place.index == 0)
            write_gradients(step, c, bias, weight);
        const double of_dy = step->parameter[CNN_NORM_WEIGHT][c] * k.inverse[c];
        const double of_x = -of_dy * k.inverse[c] * weight / values;
        by[c] = (float)k.mean[c];
        by[channels + c] = (float)of_dy;
        by[2 * channels + c] = (float)of_x;
        by[3 * channels + c] = (float)(of_x * (by[c] - k.mean[c]) - of_dy * bias / values);
    }
    const int64_t end = step->input_gradient[0].data ? first_image(run, place.index + 1) : 0;
    for (int64_t image = first_image(run, place.index); image < end; image++)
        step->kernels->scale_shift_backward(
            shape.positions, channels, cnn_buffer_at(&step->input[0], image, place.worker),
            cnn_buffer_at(&step->output_gradient, image, place.worker), by, step->relu ? open : NULL,
            cnn_buffer_at(&step->input_gradient[0], image, place.worker));
}

const cnn_op cnn_op_batch_norm_training = {
    .word = "batchnorm of the batch",
    .prefix = "batch_norm_training",
    .onnx = "",
    .kind = CNN_BATCHWISE,
    .inputs = 1,
    .forgets_output = true,
    .takes_relu = true,
    .passes_relu_back = true,
    .sizes = sizes,
    .forward_pieces = pieces,
    .forward = forward,
    .finish_pieces = pieces,
    .finish = finish,
    .backward_pieces = pieces,
    .backward = backward,
    .finish_backward_pieces = pieces,
    .finish_backward = finish_backward,
};
