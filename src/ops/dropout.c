/* Dropout (Srivastava et al. 2014) and drop path (Huang et al. 2016): in training, zero each value, or all values of an
 * image together, with probability `rate` and scale the others by 1 / (1 - rate), so that inference needs no change. */
#include "ops/op.h"

#include "base/random.h"

static const cnn_field fields[] = {
    CNN_FIELD("rate", CNN_FIELD_REAL, dropout.rate, .positional = true, .onnx = "ratio", .onnx_input = 1),
    {0},
};

static const cnn_field path_fields[] = {
    CNN_FIELD("rate", CNN_FIELD_REAL, drop_path.rate, .positional = true),
    {0},
};

static cnn_status complete_rate(const char *of, double *rate, double fallback, cnn_error *error) {
    if (!(*rate >= 0 && *rate < 1))
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "%s rate must be 0 <= rate < 1, not %g", of, *rate);
    if (*rate == 0)
        *rate = fallback;
    return CNN_OK;
}

static cnn_status complete(cnn_options *options, cnn_error *error) {
    return complete_rate("dropout's", &options->dropout.rate, 0.5, error);
}

static cnn_status complete_path(cnn_options *options, cnn_error *error) {
    return complete_rate("droppath's", &options->drop_path.rate, 0.1, error);
}

/* What decides in this run, of `cnn_random_hash`: it does not depend on threads. */
static uint64_t seed_of(const cnn_step *step, const cnn_run *run) {
    return cnn_random_hash(step->seed, run->iteration);
}

/* Whether 16 bits of a hash drop what they decide on. */
static bool drops(uint64_t bits, double rate) {
    return (bits & 65535) < (uint64_t)(rate * 65536);
}

/* From one buffer of an image to the other. */
typedef void mask_function(const cnn_step *step, const cnn_run *run, int64_t image, const float *from,
                           float *to);

/* Each value's fate is a hash of its position. Four values share one hash, 16 bits each. */
static void mask(const cnn_step *step, const cnn_run *run, int64_t image, const float *from, float *to) {
    const int64_t count = cnn_shape_elements(&step->output_shape);
    const double rate = step->options.dropout.rate;
    const uint64_t seed = seed_of(step, run);
    const float scale = (float)(1 / (1 - rate));
    uint64_t bits = 0;
    for (int64_t i = 0; i < count; i++, bits >>= 16) {
        if (i % 4 == 0)
            bits = cnn_random_hash(seed, (uint64_t)(image * count + i));
        to[i] = drops(bits, rate) ? 0 : from[i] * scale;
    }
}

/* The fate of all values is a hash of the image's place. */
static void mask_path(const cnn_step *step, const cnn_run *run, int64_t image, const float *from, float *to) {
    const int64_t count = cnn_shape_elements(&step->output_shape);
    const double rate = step->options.drop_path.rate;
    const float scale = (float)(1 / (1 - rate));
    if (drops(cnn_random_hash(seed_of(step, run), (uint64_t)image), rate)) {
        cnn_clear_rows(1, 0, count, to);
        return;
    }
    for (int64_t i = 0; i < count; i++)
        to[i] = from[i] * scale;
}

static void pass_on(mask_function *function, const cnn_step *step, const cnn_run *run, cnn_place place) {
    function(step, run, place.index, cnn_buffer_at(&step->input[0], place.index, place.worker),
             cnn_buffer_at(&step->output, place.index, place.worker));
}

/* The same mask as forward, computed again instead of stored. */
static void pass_back(mask_function *function, const cnn_step *step, const cnn_run *run, cnn_place place) {
    if (step->input_gradient[0].data)
        function(step, run, place.index, cnn_buffer_at(&step->output_gradient, place.index, place.worker),
                 cnn_buffer_at(&step->input_gradient[0], place.index, place.worker));
}

static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    pass_on(mask, step, run, place);
}

static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    pass_back(mask, step, run, place);
}

static void forward_path(const cnn_step *step, const cnn_run *run, cnn_place place) {
    pass_on(mask_path, step, run, place);
}

static void backward_path(const cnn_step *step, const cnn_run *run, cnn_place place) {
    pass_back(mask_path, step, run, place);
}

const cnn_op cnn_op_dropout = {
    .word = "dropout",
    .prefix = "dropout",
    .onnx = "Dropout",
    .kind = CNN_IMAGEWISE,
    .inputs = 1,
    .keeps_layout = true,
    .idle_in_inference = true,
    .fields = fields,
    .complete = complete,
    .infer = cnn_infer_same_shape,
    .forward = forward,
    .backward = backward,
};

const cnn_op cnn_op_drop_path = {
    .word = "droppath",
    .prefix = "drop_path",
    .onnx = "Identity",
    .kind = CNN_IMAGEWISE,
    .inputs = 1,
    .keeps_layout = true,
    .idle_in_inference = true,
    .fields = path_fields,
    .complete = complete_path,
    .infer = cnn_infer_same_shape,
    .forward = forward_path,
    .backward = backward_path,
};
