/* A first layer whose outputs are uncorrelated and have variance 1: its filters are the eigenvectors of the covariance of
 * the images' patches, divided by the roots of the eigenvalues (Jordan 2024, arXiv:2404.00498). */
#include "train/whiten.h"

#include "base/memory.h"
#include "base/numbers.h"
#include "data/dataset.h"
#include "train/eigen.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum {
    MOST_IMAGES = 5000,
    MOST_VALUES = 1024 /* of a patch; the time of the eigenvectors grows with their third power */
};
static const double MOST_PRODUCTS = 4e9; /* of the covariance: a few seconds */
/* Added to the eigenvalues, relative to their mean, so that directions without variance are not blown up. */
static const double FLOOR = 5e-4;

/* What filters see of an image, and the sums over all of it. */
typedef struct patches {
    const cnn_net *net;
    const cnn_conv2d_options *conv;
    int64_t channels, width; /* of the image */
    int64_t rows, columns;   /* places of a patch in it */
    int64_t values;          /* of a patch, in the order of a filter: channel, row, column */
    float *image;            /* H,W,C, normalised */
    double *patch, *covariance, *vectors;
} patches;

/* How many positions a window has on so many pixels, beside each other without padding. */
static int64_t positions(int64_t pixels, int64_t kernel, int64_t dilation) {
    return cnn_max(0, pixels - dilation * (kernel - 1));
}

/* ---- The covariance -------------------------------------------------------------------------------- */

static void normalise(const patches *p, const cnn_data *data, int64_t index) {
    const int64_t values = cnn_data_image_bytes(data);
    const uint8_t *bytes = data->values ? NULL : cnn_data_pixels(data, index);
    const float *floats = data->values ? cnn_data_values(data, index) : NULL;
    for (int64_t i = 0; i < values; i++) {
        const int64_t channel = i % p->channels;
        const float pixel = bytes ? (float)bytes[i] / 255 : floats[i];
        p->image[i] = (pixel - p->net->mean[channel]) / p->net->deviation[channel];
    }
}

static void gather(const patches *p, int64_t top, int64_t left) {
    const cnn_conv2d_options *conv = p->conv;
    double *to = p->patch;
    for (int64_t c = 0; c < p->channels; c++)
        for (int64_t y = 0; y < conv->kernel[0]; y++)
            for (int64_t x = 0; x < conv->kernel[1]; x++) {
                const int64_t row = top + y * conv->dilation[0], column = left + x * conv->dilation[1];
                *to++ = (double)p->image[(row * p->width + column) * p->channels + c];
            }
}

/* The lower half alone. */
static void add_products(const patches *p) {
    for (int64_t i = 0; i < p->values; i++)
        for (int64_t k = 0; k <= i; k++)
            p->covariance[i * p->values + k] += p->patch[i] * p->patch[k];
}

static void add_image(const patches *p) {
    for (int64_t i = 0; i < p->rows * p->columns; i++) {
        gather(p, i / p->columns, i % p->columns);
        add_products(p);
    }
}

/* Enough images for the covariance, in a bounded time. */
static int64_t images_wanted(const patches *p, int64_t count) {
    const double products = (double)(p->values * p->values) * (double)(p->rows * p->columns);
    const int64_t affordable = cnn_max(1, (int64_t)(MOST_PRODUCTS / products));
    return cnn_min(cnn_min(MOST_IMAGES, affordable), count);
}

static void make_covariance(const patches *p, const cnn_data *data, const int64_t *indices, int64_t count) {
    const int64_t images = images_wanted(p, count), n = p->values;
    const double number = (double)images * (double)(p->rows * p->columns);
    for (int64_t i = 0; i < images; i++) {
        normalise(p, data, indices[i]);
        add_image(p);
    }
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k <= i; k++)
            p->covariance[i * n + k] = p->covariance[k * n + i] = p->covariance[i * n + k] / number;
}

/* ---- The filters ----------------------------------------------------------------------------------- */

/* The index of the largest eigenvalue that is left, which it marks as taken. */
static int64_t take_largest(const patches *p, double *value) {
    int64_t largest = 0;
    for (int64_t i = 1; i < p->values; i++)
        if (p->covariance[i * (p->values + 1)] > p->covariance[largest * (p->values + 1)])
            largest = i;
    *value = fmax(p->covariance[largest * (p->values + 1)], 0);
    p->covariance[largest * (p->values + 1)] = -HUGE_VAL;
    return largest;
}

static double mean_eigenvalue(const patches *p) {
    double sum = 0;
    for (int64_t i = 0; i < p->values; i++)
        sum += fmax(p->covariance[i * (p->values + 1)], 0);
    return sum / (double)p->values;
}

/* By falling eigenvalue: filter k, and k + values with the opposite sign, so that a ReLU loses nothing. What filters
 * there are beyond that stay as they were drawn; all do where the images are of one colour. */
static void write_filters(const patches *p, float *weights) {
    const int64_t n = p->values, kinds = cnn_min(n, p->conv->filters);
    const double floor = FLOOR * mean_eigenvalue(p);
    for (int64_t k = 0; floor > 0 && k < kinds; k++) {
        double value;
        const double *vector = p->vectors + take_largest(p, &value) * n;
        const double scale = 1 / sqrt(value + floor);
        for (int64_t i = 0; i < n; i++)
            weights[k * n + i] = (float)(scale * vector[i]);
        for (int64_t i = 0; k + n < p->conv->filters && i < n; i++)
            weights[(k + n) * n + i] = -weights[k * n + i];
    }
}

/* ---- Layers ---------------------------------------------------------------------------------------- */

/* What the layer sees of the images; refused where whitening has no meaning. */
static cnn_status look_at(const cnn_net *net, const cnn_node *node, patches *p, cnn_error *error) {
    const cnn_conv2d_options *conv = &node->options.conv2d;
    if (node->op != &cnn_op_conv2d || node->input[0] >= 0 || conv->groups != 1)
        return cnn_fail(
            error, CNN_ERROR_ARGUMENT,
            "layer %s: init whiten is for a convolution without groups that reads the network's input",
            node->name);
    *p = (patches){.net = net,
                   .conv = conv,
                   .channels = net->input.dim[0],
                   .width = net->input.dim[2],
                   .rows = positions(net->input.dim[1], conv->kernel[0], conv->dilation[0]),
                   .columns = positions(net->input.dim[2], conv->kernel[1], conv->dilation[1]),
                   .values = net->input.dim[0] * conv->kernel[0] * conv->kernel[1]};
    if (p->values > MOST_VALUES)
        return cnn_fail(error, CNN_ERROR_ARGUMENT,
                        "layer %s: init whiten takes kernels of at most %d values, not %" PRId64, node->name,
                        MOST_VALUES, p->values);
    return p->rows && p->columns
               ? CNN_OK
               : cnn_fail(error, CNN_ERROR_ARGUMENT,
                          "layer %s: init whiten needs images as large as the kernel", node->name);
}

static cnn_status make_room(patches *p, cnn_error *error) {
    const size_t n = (size_t)p->values;
    p->image = cnn_allocate((size_t)cnn_shape_elements(&p->net->input), sizeof *p->image, "an image", error);
    p->patch = cnn_allocate(n, sizeof *p->patch, "a patch", error);
    p->covariance = cnn_allocate(n * n, sizeof *p->covariance, "a covariance", error);
    p->vectors = cnn_allocate(n * n, sizeof *p->vectors, "eigenvectors", error);
    return p->image && p->patch && p->covariance && p->vectors ? CNN_OK : CNN_ERROR_MEMORY;
}

static void release(patches *p) {
    cnn_free(p->image);
    cnn_free(p->patch);
    cnn_free(p->covariance);
    cnn_free(p->vectors);
}

static cnn_status whiten_layer(cnn_net *net, const cnn_parameter *weight, const cnn_data *data,
                               const int64_t *indices, int64_t count, cnn_error *error) {
    patches p = {0};
    cnn_status status = look_at(net, &net->nodes[weight->node], &p, error);
    if (status == CNN_OK)
        status = make_room(&p, error);
    if (status == CNN_OK) {
        make_covariance(&p, data, indices, count);
        cnn_eigen(p.covariance, p.vectors, p.values);
        write_filters(&p, net->values + weight->offset);
    }
    release(&p);
    return status;
}

cnn_status cnn_whiten(cnn_net *net, const cnn_data *data, const int64_t *indices, int64_t count,
                      cnn_error *error) {
    cnn_status status = CNN_OK;
    for (int64_t i = 0; status == CNN_OK && i < net->parameter_count; i++)
        if (net->parameters[i].spec.init == CNN_INIT_WHITEN)
            status = whiten_layer(net, &net->parameters[i], data, indices, count, error);
    return status;
}
