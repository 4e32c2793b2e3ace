/* The list of ops as an array, look-up by name, and what several ops share. */
#include "ops/op.h"

#include <string.h>

#define OP_ENTRY(how, name, ...) &cnn_op_##name,
static const cnn_op *const ops[] = {CNN_OP_LIST(OP_ENTRY) NULL};

const char *const cnn_init_words[] = {"default", "he", "glorot", "zeros", "dirac", "whiten", NULL};

const cnn_op *const *cnn_ops(void) {
    return ops;
}

const cnn_op *cnn_op_by_word(const char *word) {
    const cnn_op *const *op = ops;
    while (*op && strcmp((*op)->word, word) != 0)
        op++;
    return *op;
}

const cnn_op *cnn_op_by_onnx(const char *name) {
    const cnn_op *const *op = ops;
    while (*op && strcmp((*op)->onnx, name) != 0)
        op++;
    return *op;
}

int64_t cnn_pieces_of_images(const cnn_step *step, const cnn_run *run) {
    (void)step;
    return run->batch;
}

float *cnn_relu_passed_back(const cnn_step *step, int64_t image, int worker) {
    float *gradient = cnn_buffer_at(&step->output_gradient, image, worker);
    if (step->relu)
        step->kernels->relu_backward(cnn_shape_elements(&step->output_shape),
                                     cnn_buffer_at(&step->output, image, worker), gradient, gradient);
    return gradient;
}

int64_t cnn_divisions_of_elements(const cnn_step *step) {
    return cnn_shape_elements(&step->output_shape);
}

cnn_status cnn_infer_same_shape(cnn_options *options, const cnn_shape *inputs, cnn_shape *output,
                                cnn_error *error) {
    (void)options, (void)error;
    *output = *inputs;
    return CNN_OK;
}

void cnn_bias_gradient(const cnn_step *step, cnn_place place) {
    const int64_t *map = step->output_shape.dim; /* C,H,W */
    if (!step->gradient[1] || place.part > 0)
        return;
    float *sums = step->gradient[1] + place.slice * step->gradient_slice;
    if (!cnn_sum_flag(place))
        memset(sums, 0, (size_t)map[0] * sizeof *sums);
    step->kernels->channel_sums(map[1] * map[2], map[0], map[0],
                                cnn_buffer_at(&step->output_gradient, place.index, place.worker), sums);
}

void cnn_bias_gradient_of_batch(const cnn_step *step, int64_t batch) {
    const int64_t values = cnn_shape_elements(&step->output_shape);
    if (!step->gradient[1])
        return;
    memset(step->gradient[1], 0, (size_t)values * sizeof(float));
    step->kernels->channel_sums(batch, step->output_gradient.image_stride, values,
                                cnn_buffer_at(&step->output_gradient, 0, 0), step->gradient[1]);
}

cnn_parameter_spec cnn_bias_spec(int64_t outputs) {
    return (cnn_parameter_spec){.suffix = "bias",
                                .shape = cnn_shape_1(outputs),
                                .order = {.groups = 1, .outputs = outputs, .inputs = 1, .area = 1},
                                .init = CNN_INIT_ZEROS};
}
