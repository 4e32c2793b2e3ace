/* Dropout (Srivastava et al. 2014): in training, zero each value with probability `rate` and scale the others
 * by 1 / (1 - rate), so that inference needs no change. */
#include "ops/op.h"

#include "base/random.h"

static const cnn_field fields[] = {
    CNN_FIELD("rate", CNN_FIELD_REAL, dropout.rate, .positional = true, .onnx = "ratio", .onnx_input = 1),
    {0},
};

static cnn_status complete(cnn_options *options, cnn_error *error) {
    double *rate = &options->dropout.rate;
    if (!(*rate >= 0 && *rate < 1))
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "dropout's rate must be 0 <= rate < 1, not %g", *rate);
    if (*rate == 0)
        *rate = 0.5;
    return CNN_OK;
}

/* The same mask in forward and backward: each value's fate is a hash of its position. Four values share one
 * hash, 16 bits each. */
static void mask(const cnn_step *step, const cnn_run *run, int64_t image, const float *from, float *to) {
    const int64_t count = cnn_shape_elements(&step->output_shape);
    const double rate = step->options.dropout.rate;
    const uint64_t threshold = (uint64_t)(rate * 65536), seed = cnn_random_hash(step->seed, run->iteration);
    const float scale = (float)(1 / (1 - rate));
    uint64_t bits = 0;
    for (int64_t i = 0; i < count; i++, bits >>= 16) {
        if (i % 4 == 0)
            bits = cnn_random_hash(seed, (uint64_t)(image * count + i));
        to[i] = (bits & 65535) < threshold ? 0 : from[i] * scale;
    }
}

/* Each value is kept with probability 1 - rate and scaled by 1 / (1 - rate), else 0. The mask is a hash of seed,
 * iteration and position, so that it does not depend on threads. */
static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    mask(step, run, place.index, cnn_buffer_at(&step->input[0], place.index, place.worker),
         cnn_buffer_at(&step->output, place.index, place.worker));
}

/* The same mask, computed again instead of stored. */
static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    if (step->input_gradient[0].data)
        mask(step, run, place.index, cnn_buffer_at(&step->output_gradient, place.index, place.worker),
             cnn_buffer_at(&step->input_gradient[0], place.index, place.worker));
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
