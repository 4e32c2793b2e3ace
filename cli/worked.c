#include "worked.h"

#include "output.h"

#include <cnn.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

double cli_worked_pixel(const cli_worked *w, int64_t row, int64_t column) {
    if (row < 0 || row >= w->image.rows || column < 0 || column >= w->image.columns)
        return 0;
    return w->image.values[row * w->image.columns + column];
}

cli_product cli_worked_product(const cli_worked *w, int64_t row, int64_t column, int64_t i, int64_t j) {
    int64_t from_row = row * w->stride[0] - w->padding[0] + i * w->dilation[0];
    int64_t from_column = column * w->stride[1] - w->padding[1] + j * w->dilation[1];
    return (cli_product){cli_worked_pixel(w, from_row, from_column),
                         w->kernel.values[i * w->kernel.columns + j]};
}

/* "same": output = ceil(input / stride); the padding it takes, the odd zero at the end. */
static void set_same_padding(cli_worked *w) {
    const int64_t inputs[] = {w->image.rows, w->image.columns}, sizes[] = {w->kernel.rows, w->kernel.columns};
    for (int axis = 0; axis < 2; axis++) {
        int64_t output = (inputs[axis] + w->stride[axis] - 1) / w->stride[axis];
        int64_t all =
            (output - 1) * w->stride[axis] + w->dilation[axis] * (sizes[axis] - 1) + 1 - inputs[axis];
        if (all < 0)
            all = 0;
        w->padding[axis] = all / 2;
        w->padding[axis + 2] = all - all / 2;
    }
}

/* A network of the one convolution, with the kernel as its only filter. Check with cnn_net_status. */
static cnn_net *build(const cli_worked *w, bool relu) {
    cnn_net *net =
        cnn_net_new(&(cnn_input_options){.channels = 1, .height = w->image.rows, .width = w->image.columns});
    cnn_conv2d_options convolution = {.filters = 1,
                                      .kernel = {w->kernel.rows, w->kernel.columns},
                                      .stride = {w->stride[0], w->stride[1]},
                                      .dilation = {w->dilation[0], w->dilation[1]},
                                      .same = w->same,
                                      .no_bias = true};
    if (!w->same)
        memcpy(convolution.padding, w->padding, sizeof convolution.padding);
    if (net) {
        cnn_add_conv2d(net, &convolution);
        if (relu)
            cnn_relu(net);
    }
    return net;
}

static cnn_status set_kernel(cnn_net *net, const cli_grid *kernel, cnn_error *error) {
    cnn_tensor_info weight;
    cnn_status status = cnn_net_tensor(net, 0, &weight, error);
    if (status)
        return status;
    float *values = cli_allocate((size_t)weight.elements, sizeof *values);
    for (int64_t i = 0; i < weight.elements; i++)
        values[i] = (float)kernel->values[i];
    status = cnn_net_set_parameter(net, weight.name, values, weight.elements, error);
    free(values);
    return status;
}

/* Run the network on the one image. */
static cnn_status predict(const cnn_net *net, const cli_grid *image, float *outputs, cnn_error *error) {
    cnn_predictor *predictor;
    cnn_predictor_options options = {.batch = 1, .threads = 1};
    cnn_status status = cnn_predictor_new(&predictor, net, &options, error);
    if (status)
        return status;
    float *pixels = cli_allocate((size_t)(image->rows * image->columns), sizeof *pixels);
    for (int64_t i = 0; i < image->rows * image->columns; i++)
        pixels[i] = (float)image->values[i];
    status = cnn_predictor_run(predictor, pixels, 1, outputs, error);
    free(pixels);
    cnn_predictor_free(predictor);
    return status;
}

/* The network's output for the image, as a grid. */
static cnn_status compute(const cli_worked *w, cnn_net *net, cli_grid *map, cnn_error *error) {
    cnn_layer_info info;
    cnn_status status = cnn_net_layer(net, cnn_net_layers(net), &info, error);
    if (!status)
        status = set_kernel(net, &w->kernel, error);
    if (status)
        return status;
    map->rows = info.output[1];
    map->columns = info.output[2];
    int64_t count = map->rows * map->columns;
    float *outputs = cli_allocate((size_t)count, sizeof *outputs);
    map->values = cli_allocate((size_t)count, sizeof *map->values);
    status = predict(net, &w->image, outputs, error);
    for (int64_t i = 0; i < count; i++)
        map->values[i] = outputs[i];
    free(outputs);
    return status;
}

/* The feature map by the library; with `relu` after a ReLU. */
static int run_net(const cli_worked *w, bool relu, cli_grid *map) {
    cnn_error error;
    cnn_net *net = build(w, relu);
    int code = CLI_DONE;
    if (!net)
        code = cli_fail("out of memory for a network of one convolution");
    else if (cnn_net_status(net))
        code = cli_fail("%s", cnn_net_error(net));
    else if (compute(w, net, map, &error))
        code = cli_fail("%s", error.message);
    cnn_net_free(net);
    return code;
}

/* The sums that are shown must be the library's values, up to the rounding of float32. */
static int check_sums(const cli_worked *w) {
    for (int64_t place = 0; place < w->map.rows * w->map.columns; place++) {
        double sum = 0, size = 1;
        for (int64_t k = 0; k < w->kernel.rows * w->kernel.columns; k++) {
            cli_product p = cli_worked_product(w, place / w->map.columns, place % w->map.columns,
                                               k / w->kernel.columns, k % w->kernel.columns);
            sum += p.pixel * p.weight;
            size += fabs(p.pixel * p.weight);
        }
        if (!(fabs(sum - w->map.values[place]) <= 1e-4 * size))
            return cli_fail(
                "the library's feature map has %g in row %lld, column %lld, where the products add up "
                "to %g: this is a bug in cnn, please report it",
                w->map.values[place], (long long)(place / w->map.columns + 1),
                (long long)(place % w->map.columns + 1), sum);
    }
    return CLI_DONE;
}

int cli_worked_run(cli_worked *w) {
    if (w->same)
        set_same_padding(w);
    int code = run_net(w, false, &w->map);
    if (code == CLI_DONE && w->relu)
        code = run_net(w, true, &w->activated);
    return code == CLI_DONE ? check_sums(w) : code;
}

void cli_worked_free(cli_worked *w) {
    free(w->image.values);
    free(w->kernel.values);
    free(w->map.values);
    free(w->activated.values);
}
