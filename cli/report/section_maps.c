/* The feature maps that a few images give in layers from the first to the last. */
#include "sections.h"

#include "output.h"

#include <math.h>
#include <stdlib.h>

enum {
    IMAGES = 3,
    LAYERS = 6,
    CHANNELS = 16,
    ACROSS = 8,
    MOST_PIXELS = 48,
    SHOWN = 520,
    IMAGE_SHOWN = 112,
    GAP = 2
};

/* Layers that give maps; of many some that are evenly spread, the last among them. Returns how many. */
static int choose_layers(const cli_facts *f, cnn_layer_info chosen[LAYERS]) {
    int maps = 0, taken = 0, seen = 0;
    for (int i = 0; i < cli_facts_layers(f); i++)
        maps += cli_facts_gives_maps(f, i);
    const int wanted = maps < LAYERS ? maps : LAYERS;
    for (int i = 0; i < cli_facts_layers(f) && taken < wanted; i++)
        if (cli_facts_gives_maps(f, i) && ++seen * wanted >= (taken + 1) * maps)
            chosen[taken++] = cli_facts_layer(f, i);
    return taken;
}

/* Channels side by side, ACROSS in a line, in one scale. `values`: C,H,W. */
static cli_picture montage(const cnn_layer_info *layer, const float *values, double limit) {
    const int64_t rows = layer->output[1], columns = layer->output[2];
    const int64_t count = layer->output[0] < CHANNELS ? layer->output[0] : CHANNELS;
    cli_picture one = cli_picture_of_map(values, rows, columns, limit, MOST_PIXELS);
    const int64_t wide = one.width + GAP, high = one.height + GAP, across = count < ACROSS ? count : ACROSS;
    const cli_picture all = cli_picture_new(across * wide - GAP, (count + across - 1) / across * high - GAP);
    for (int64_t c = 0; c < count; c++) {
        cli_picture_free(&one);
        one = cli_picture_of_map(values + c * rows * columns, rows, columns, limit, MOST_PIXELS);
        cli_picture_put(&all, c % across * wide, c / across * high, &one);
    }
    cli_picture_free(&one);
    return all;
}

static cnn_status add_layer(cli_html *html, const cli_facts *f, const cnn_layer_info *layer,
                            cnn_error *error) {
    const int64_t elements = layer->output[0] * layer->output[1] * layer->output[2];
    float *values = cli_allocate((size_t)elements, sizeof *values);
    const cnn_status status = cnn_inspector_output(f->inspector, layer->name, values, elements, error);
    double limit = 0;
    for (int64_t i = 0; i < elements; i++)
        limit = fmax(limit, fabs((double)values[i]));
    if (status == CNN_OK) {
        cli_picture picture = montage(layer, values, limit > 0 ? limit : 1);
        char *title = cli_format("feature maps of %s", layer->name);
        cli_html_add(html, "<figure>");
        cli_html_picture(html, &picture, picture.width < SHOWN ? SHOWN / picture.width : 1, title);
        cli_html_element(
            html, "figcaption", "%s (%s): %lld of %lld maps of %lld x %lld, up to %.3g", layer->name,
            layer->kind, (long long)(layer->output[0] < CHANNELS ? layer->output[0] : CHANNELS),
            (long long)layer->output[0], (long long)layer->output[1], (long long)layer->output[2], limit);
        cli_html_add(html, "</figure>\n");
        free(title);
        cli_picture_free(&picture);
    }
    free(values);
    return status;
}

static cnn_status add_image(cli_html *html, const cli_facts *f, const cnn_layer_info *layers, int count,
                            int64_t image, cnn_error *error) {
    float *pixels = cli_facts_image(f, image);
    char *name = cli_facts_image_name(f, image);
    cli_html_element(html, "h3", "%s, %s", name, cnn_data_class(f->images, cnn_data_label(f->images, image)));
    cli_picture picture = cli_picture_of_image(&f->view, pixels, 2 * MOST_PIXELS);
    cli_html_add(html, "<div class=maps><figure>");
    cli_html_picture(html, &picture, picture.width < IMAGE_SHOWN ? IMAGE_SHOWN / picture.width : 1, name);
    cli_html_add(html, "<figcaption>the image</figcaption></figure>");
    cnn_status status = cnn_inspector_run(f->inspector, pixels, 1, error);
    for (int i = 0; i < count && status == CNN_OK; i++)
        status = add_layer(html, f, &layers[i], error);
    cli_html_add(html, "</div>");
    cli_picture_free(&picture);
    free(name);
    free(pixels);
    return status;
}

/* The first image of each of IMAGES classes. */
cnn_status cli_section_maps(cli_html *html, const cli_facts *f, cnn_error *error) {
    cnn_layer_info layers[LAYERS];
    const int count = choose_layers(f, layers);
    const int64_t classes = cnn_data_classes(f->images);
    bool *shown = cli_allocate((size_t)classes, sizeof *shown);
    cnn_status status = CNN_OK;
    int images = 0;
    if (!count)
        cli_section_lacks(html, "Not made: no layer of this network gives maps.");
    else
        cli_html_element(html, "p class=note",
                         "Purple values are below zero, orange ones above; each layer has a scale of its "
                         "own, from minus to plus its largest magnitude.");
    for (int64_t i = 0; count && i < cnn_data_count(f->images) && images < IMAGES && status == CNN_OK; i++) {
        const int32_t label = cnn_data_label(f->images, i);
        if (shown[label])
            continue;
        shown[label] = true;
        images++;
        status = add_image(html, f, layers, count, i, error);
    }
    free(shown);
    return status;
}
