/* An untrained network, rebuilt for the images and classes of some data. */
#include "graph/net.h"
#include "graph/output.h"

#include <inttypes.h>
#include <stdio.h>

enum { LARGEST_SIDE = 1024 }; /* the largest side that is tried in search of the smallest */

/* What a network is rebuilt with. */
typedef struct fitting {
    const cnn_net *net;
    cnn_shape input;
    int64_t head; /* the node whose outputs are the classes; -1: all stay as they are */
    cnn_options head_options;
} fitting;

/* The same layers for another input, the head with its new options; broken (made->error) at the first layer that does
 * not fit. */
static cnn_net *build(const fitting *fit, const cnn_shape *input) {
    cnn_net *made = cnn_net_new(
        &(cnn_input_options){.channels = input->dim[0], .height = input->dim[1], .width = input->dim[2]});
    for (int64_t i = 0; made && i < fit->net->node_count; i++)
        cnn_net_append_copy(made, &fit->net->nodes[i],
                            i == fit->head ? &fit->head_options : &fit->net->nodes[i].options);
    return made;
}

/* ---- The least size -------------------------------------------------------------------------------- */

/* Whether square images of this side pass through every layer. */
static bool takes_side(const fitting *fit, int64_t side) {
    const cnn_shape input = cnn_shape_3(fit->input.dim[0], side, side);
    cnn_net *made = build(fit, &input);
    const bool takes = made && made->error.status == CNN_OK;
    cnn_net_free(made);
    return takes;
}

/* The smallest side of square images that every layer accepts; 0: none was found. */
static int64_t smallest_side(const fitting *fit) {
    int64_t fits = 1, fails = 0;
    while (fits <= LARGEST_SIDE && !takes_side(fit, fits)) {
        fails = fits;
        fits *= 2;
    }
    if (fits > LARGEST_SIDE)
        return 0;
    while (fits - fails > 1) {
        const int64_t middle = fails + (fits - fails) / 2;
        *(takes_side(fit, middle) ? &fits : &fails) = middle;
    }
    return fits;
}

/* Name the layer that stopped the network, and the smallest size that would do. */
static cnn_status does_not_fit(const fitting *fit, const cnn_net *made, cnn_error *error) {
    char shape[CNN_SHAPE_TEXT], advice[96] = "";
    if (made->error.status != CNN_ERROR_SHAPE)
        return cnn_fail(error, made->error.status, "%s", made->error.message);
    const int64_t side = smallest_side(fit);
    if (side)
        snprintf(advice, sizeof advice, "; the smallest size that fits is %" PRId64 "x%" PRId64, side, side);
    const char *layer = fit->net->nodes[made->node_count].name;
    return cnn_fail(error, made->error.status, "images of %s do not fit the network, at %s: %s%s",
                    cnn_shape_text(&fit->input, shape), layer, made->error.message, advice);
}

/* ---- The last layer -------------------------------------------------------------------------------- */

/* The last dense layer or convolution; -1: none. */
static int64_t find_head(const cnn_net *net) {
    int64_t i = net->node_count - 1;
    while (i >= 0 && net->nodes[i].op != &cnn_op_dense && net->nodes[i].op != &cnn_op_conv2d)
        i--;
    return i;
}

static cnn_status choose_head(fitting *fit, int64_t classes, cnn_error *error) {
    fit->head = -1;
    if (classes == 0 || classes == cnn_net_classes(fit->net))
        return CNN_OK;
    if (classes < 2)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "a classifier needs at least 2 classes, not %" PRId64,
                        classes);
    if (cnn_net_output_kind(fit->net) == CNN_OUTPUT_BINARY)
        return cnn_fail(error, CNN_ERROR_UNSUPPORTED,
                        "the network ends in a single sigmoid, which distinguishes two classes, not %" PRId64
                        ": end it with dense %" PRId64 " and softmax",
                        classes, classes);
    fit->head = find_head(fit->net);
    if (fit->head < 0)
        return cnn_fail(
            error, CNN_ERROR_UNSUPPORTED,
            "the network has no dense layer and no convolution that could have %" PRId64 " outputs", classes);
    return cnn_node_resize(&fit->net->nodes[fit->head], classes, &fit->head_options, error);
}

/* A head that is not the last layer may be followed by one that multiplies its outputs. */
static cnn_status check_classes(const fitting *fit, const cnn_net *made, int64_t classes, cnn_error *error) {
    if (fit->head < 0 || cnn_net_outputs(made) == classes)
        return CNN_OK;
    return cnn_fail(error, CNN_ERROR_UNSUPPORTED,
                    "with %" PRId64
                    " outputs in its last layer with weights, %s, the network would have %" PRId64
                    " outputs: it is not a classifier",
                    classes, fit->net->nodes[fit->head].name, cnn_net_outputs(made));
}

/* ---- All of it ------------------------------------------------------------------------------------- */

/* A normalisation is kept only if the number of channels stays. */
static cnn_status take_pixels(const cnn_net *net, cnn_net *made, cnn_error *error) {
    return made->input.dim[0] == net->input.dim[0]
               ? cnn_net_take_pixels(made, net, error)
               : cnn_net_set_preprocessing(made, &net->preprocessing, error);
}

/* Replace the network with the fitted one, or leave it as it was after a failure. */
static cnn_status rebuild(cnn_net *net, const fitting *fit, int64_t classes, cnn_error *error) {
    cnn_net *made = build(fit, &fit->input);
    if (!made)
        return cnn_fail(error, CNN_ERROR_MEMORY, "out of memory for a network");
    cnn_status status = made->error.status == CNN_OK ? check_classes(fit, made, classes, error)
                                                     : does_not_fit(fit, made, error);
    if (status == CNN_OK)
        status = take_pixels(net, made, error);
    if (status == CNN_OK)
        cnn_net_swap(net, made);
    cnn_net_free(made);
    return status;
}

/* `wanted`, or `otherwise` if it is 0. */
static int64_t either(int64_t wanted, int64_t otherwise) {
    return wanted ? wanted : otherwise;
}

cnn_status cnn_net_fit(cnn_net *net, const cnn_input_options *input, int64_t classes, cnn_error *error) {
    cnn_status status = cnn_required(error, net);
    if (status != CNN_OK)
        return status;
    if (cnn_net_status(net) != CNN_OK)
        return cnn_fail(error, cnn_net_status(net), "%s", cnn_net_error(net));
    const int64_t *dim = net->input.dim;
    fitting fit = {.net = net, .input = net->input};
    if (input)
        fit.input = cnn_shape_3(either(input->channels, dim[0]), either(input->height, dim[1]),
                                either(input->width, dim[2]));
    status = choose_head(&fit, classes, error);
    if (status != CNN_OK || (fit.head < 0 && cnn_shape_equal(&fit.input, &net->input)))
        return status;
    return rebuild(net, &fit, classes, error);
}
