/* Parametric ReLU (He et al. 2015, arXiv:1502.01852): x where it is positive, else a trained slope times x. One
 * slope for each channel, for each value of a vector, or one for all. */
#include "ops/op.h"

#include <string.h>

static const cnn_field fields[] = {
    CNN_FIELD("shared", CNN_FIELD_FLAG, prelu.shared),
    {0},
};

/* One slope per channel, or a single one with `shared`. */
static int parameters(const cnn_options *options, const cnn_shape *input, const cnn_layout *layout,
                      cnn_parameter_spec specs[CNN_MAX_PARAMETERS]) {
    const bool shared = options->prelu.shared;
    const int64_t slopes = shared ? 1 : input->dim[0];
    const int64_t area = !shared && input->rank == 1 ? layout->area : 1; /* of a flattened map */
    specs[0] = (cnn_parameter_spec){
        .suffix = "weight",
        .shape = cnn_shape_1(slopes),
        .order = {.groups = 1, .outputs = slopes / area, .inputs = 1, .area = area},
        .init = CNN_INIT_ZEROS,
        .start = 0.25f,
    };
    return 1;
}

static cnn_slope_loop loop_of(const cnn_step *step) {
    const int64_t columns = step->output_shape.dim[0];
    return (cnn_slope_loop){.rows = cnn_shape_elements(&step->output_shape) / columns, .columns = columns};
}

/* One slope for all is written out for every channel, and so are the sums of its gradient. */
static cnn_step_sizes sizes(const cnn_step *step) {
    return (cnn_step_sizes){.scratch = step->options.prelu.shared ? 2 * step->output_shape.dim[0] : 0};
}

/* The slopes of all channels; a shared one is repeated into the worker's scratch. */
static const float *slopes_of(const cnn_step *step, cnn_place place) {
    if (!step->options.prelu.shared)
        return step->parameter[0];
    float *slopes = cnn_buffer_at(&step->scratch, 0, place.worker);
    for (int64_t c = 0; c < step->output_shape.dim[0]; c++)
        slopes[c] = *step->parameter[0];
    return slopes;
}

static void forward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const cnn_slope_loop loop = loop_of(step);
    step->kernels->slopes(&loop, cnn_buffer_at(&step->input[0], place.index, place.worker),
                          slopes_of(step, place), cnn_buffer_at(&step->output, place.index, place.worker));
}

/* d slope[c] = the sum over positions of dy x where x < 0, added to the slice's. */
static void slope_gradient(const cnn_step *step, cnn_place place) {
    const cnn_slope_loop loop = loop_of(step);
    const bool shared = step->options.prelu.shared;
    float *gradient = step->gradient[0] + place.slice * step->gradient_slice;
    float *sums = shared ? cnn_buffer_at(&step->scratch, 0, place.worker) + loop.columns : gradient;
    if (shared)
        memset(sums, 0, (size_t)loop.columns * sizeof *sums);
    step->kernels->slopes_gradient(&loop, cnn_buffer_at(&step->input[0], place.index, place.worker),
                                   cnn_buffer_at(&step->output_gradient, place.index, place.worker), sums);
    for (int64_t c = 0; shared && c < loop.columns; c++)
        *gradient += sums[c];
}

static void backward(const cnn_step *step, const cnn_run *run, cnn_place place) {
    (void)run;
    const cnn_slope_loop loop = loop_of(step);
    slope_gradient(step, place);
    if (step->input_gradient[0].data)
        step->kernels->slopes_backward(&loop, cnn_buffer_at(&step->input[0], place.index, place.worker),
                                       slopes_of(step, place),
                                       cnn_buffer_at(&step->output_gradient, place.index, place.worker),
                                       cnn_buffer_at(&step->input_gradient[0], place.index, place.worker));
}

const cnn_op cnn_op_prelu = {
    .word = "prelu",
    .prefix = "prelu",
    .onnx = "PRelu",
    .kind = CNN_IMAGEWISE,
    .inputs = 1,
    .keeps_layout = true,
    .fields = fields,
    .infer = cnn_infer_same_shape,
    .parameters = parameters,
    .sizes = sizes,
    .forward = forward,
    .backward = backward,
};
