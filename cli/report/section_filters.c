/* The weights of the first convolution as pictures. */
#include "sections.h"

#include "output.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FILTERS = 64, SHOWN = 56 };

/* The first convolution's weights: filters, channels, rows, columns. */
typedef struct filters {
    cnn_layer_info layer;
    cnn_tensor_info tensor;
    float *values;
    double limit; /* the largest magnitude */
} filters;

static bool find_weights(const cli_facts *f, filters *found) {
    for (int i = 0; i < cli_facts_layers(f); i++) {
        found->layer = cli_facts_layer(f, i);
        char *name = cli_format("%s.weight", found->layer.name);
        bool is_it = false;
        for (int t = 0; cli_facts_is_convolution(&found->layer) && !is_it && t < cnn_net_tensors(f->net); t++)
            is_it = !cnn_net_tensor(f->net, t, &found->tensor, NULL) && !strcmp(found->tensor.name, name);
        free(name);
        if (is_it)
            return true;
    }
    return false;
}

/* Of three channels a colour picture with grey for zero, else the first channel in the colours of maps. */
static cli_picture draw(const filters *w, const cli_image_view *view, int64_t filter) {
    const int64_t channels = w->tensor.shape[1], rows = w->tensor.shape[2], columns = w->tensor.shape[3];
    const float *own = w->values + filter * channels * rows * columns;
    if (channels != 3)
        return cli_picture_of_map(own, rows, columns, w->limit, SHOWN);
    float *shifted = cli_allocate((size_t)(3 * rows * columns), sizeof *shifted);
    for (int64_t i = 0; i < 3 * rows * columns; i++)
        shifted[i] = (float)(0.5 + (double)own[i] / (2 * w->limit));
    const cli_image_view filter_view = {3, rows, columns, view->bgr};
    const cli_picture picture = cli_picture_of_image(&filter_view, shifted, SHOWN);
    free(shifted);
    return picture;
}

static void write_filters(cli_html *html, const filters *w, const cli_image_view *view) {
    cli_html_add(html, "<div class=strip>");
    for (int64_t filter = 0; filter < w->tensor.shape[0] && filter < MOST_FILTERS; filter++) {
        cli_picture picture = draw(w, view, filter);
        const int64_t longest = picture.width > picture.height ? picture.width : picture.height;
        char *title = cli_format("filter %lld", (long long)filter);
        cli_html_add(html, "<figure>");
        cli_html_picture(html, &picture, longest < SHOWN ? SHOWN / longest : 1, title);
        cli_html_element(html, "figcaption", "%lld", (long long)filter);
        cli_html_add(html, "</figure>");
        free(title);
        cli_picture_free(&picture);
    }
    cli_html_add(html, "</div>");
}

static void write_note(cli_html *html, const filters *w) {
    const int64_t *shape = w->tensor.shape;
    cli_html_element(
        html, "p class=note", "%s of %lld filters of %s, %lld x %lld; %s",
        shape[0] > MOST_FILTERS ? "The first 64" : "All", (long long)shape[0], w->layer.name,
        (long long)shape[2], (long long)shape[3],
        shape[1] == 3 ? "red, green and blue weights as colour, grey is zero."
        : shape[1] == 1
            ? "purple weights are below zero, orange ones above, white is zero."
            : "the weights of the first channel: purple below zero, orange above, white is zero.");
}

cnn_status cli_section_filters(cli_html *html, const cli_facts *f, cnn_error *error) {
    filters w = {.limit = 0};
    if (!find_weights(f, &w)) {
        cli_section_lacks(html, "Not made: the network has no convolution.");
        return CNN_OK;
    }
    w.values = cli_allocate((size_t)w.tensor.elements, sizeof *w.values);
    const cnn_status status =
        cnn_net_get_parameter(f->net, w.tensor.name, w.values, w.tensor.elements, error);
    for (int64_t i = 0; i < w.tensor.elements; i++)
        w.limit = fmax(w.limit, fabs((double)w.values[i]));
    w.limit = w.limit > 0 ? w.limit : 1;
    if (status == CNN_OK) {
        write_note(html, &w);
        write_filters(html, &w, &f->view);
    }
    free(w.values);
    return status;
}
