/* The parts of images that excite the channels of each convolution most. */
#include "sections.h"

#include "output.h"

#include <math.h>
#include <stdlib.h>

/* Of each convolution so many channels, of each channel so many patches, a column each; all pictures together hold at
 * most PIXELS. At most IMAGES are searched, fewer where they would take more than WORK multiplications. */
enum {
    MOST_CHANNELS = 12,
    PATCHES = 6,
    LEAST_SIDE = 16,
    MOST_SIDE = 44,
    GAP = 2,
    PIXELS = 500000,
    IMAGES = 1000
};
static const double WORK = 1e11;

typedef struct layer_patches {
    cnn_layer_info layer;
    int64_t channels; /* that are shown */
    cnn_patch *found; /* channels of the layer x PATCHES */
} layer_patches;

typedef struct search {
    const cli_facts *facts;
    layer_patches *layers;
    int count;
    int64_t images, side; /* searched; of a patch's picture */
} search;

static void find_layers(search *s) {
    const cli_facts *f = s->facts;
    double macs = 1;
    s->layers = cli_allocate((size_t)cli_facts_layers(f), sizeof *s->layers);
    for (int i = 0; i < cli_facts_layers(f); i++) {
        const cnn_layer_info layer = cli_facts_layer(f, i);
        macs += (double)layer.macs;
        if (!cli_facts_is_convolution(&layer))
            continue;
        layer_patches *own = &s->layers[s->count++];
        own->layer = layer;
        own->channels = layer.output[0] < MOST_CHANNELS ? layer.output[0] : MOST_CHANNELS;
        own->found = cli_allocate((size_t)layer.output[0] * PATCHES, sizeof *own->found);
        for (int64_t p = 0; p < layer.output[0] * PATCHES; p++)
            own->found[p].image = -1;
    }
    s->images = (int64_t)fmin(fmin((double)cnn_data_count(f->images), IMAGES), fmax(16, WORK / macs));
    const double room = s->count ? sqrt((double)PIXELS / (s->count * MOST_CHANNELS * PATCHES)) : 0;
    s->side = (int64_t)fmin(fmax(room, LEAST_SIDE), MOST_SIDE);
}

static cnn_status search_images(search *s, cnn_error *error) {
    const cli_facts *f = s->facts;
    cnn_status status = CNN_OK;
    for (int64_t i = 0; i < s->images && status == CNN_OK; i++) {
        float *pixels = cli_facts_image(f, i);
        status = cnn_inspector_run(f->inspector, pixels, 1, error);
        for (int k = 0; k < s->count && status == CNN_OK; k++)
            status = cnn_inspector_top_patches(f->inspector, s->layers[k].layer.name, i, PATCHES,
                                               s->layers[k].found, error);
        free(pixels);
    }
    return status;
}

/* What the value sees of its image, small. */
static cnn_status draw_patch(const search *s, const cnn_layer_info *layer, const cnn_patch *patch,
                             cli_picture *picture, cnn_error *error) {
    cnn_receptive_field field;
    const cnn_status status =
        cnn_inspector_receptive_field(s->facts->inspector, layer->name, patch->index, &field, NULL, error);
    if (status != CNN_OK)
        return status;
    const cli_rectangle seen = {field.first_row, field.end_row, field.first_column, field.end_column};
    float *pixels = cli_facts_image(s->facts, patch->image);
    *picture = cli_picture_of_part(&s->facts->view, pixels, seen, s->side);
    free(pixels);
    return CNN_OK;
}

/* Put the patches of a channel below each other into its column. */
static cnn_status draw_channel(const search *s, const layer_patches *own, int64_t channel,
                               const cli_picture *all, int64_t side, cnn_error *error) {
    cnn_status status = CNN_OK;
    for (int p = 0; p < PATCHES && status == CNN_OK; p++) {
        const cnn_patch *patch = &own->found[channel * PATCHES + p];
        cli_picture picture = {0};
        if (patch->image < 0)
            break;
        status = draw_patch(s, &own->layer, patch, &picture, error);
        if (status == CNN_OK)
            cli_picture_put(all, channel * (side + GAP) + (side - picture.width) / 2,
                            p * (side + GAP) + (side - picture.height) / 2, &picture);
        cli_picture_free(&picture);
    }
    return status;
}

/* The longest side of a patch's picture: that of the receptive field, or of the image, reduced to fit. */
static cnn_status side_of(const search *s, const layer_patches *own, int64_t *side, cnn_error *error) {
    cnn_receptive_field field;
    const cli_image_view *view = &s->facts->view;
    const cnn_status status = cnn_inspector_receptive_field(s->facts->inspector, own->layer.name,
                                                            own->found[0].index, &field, NULL, error);
    if (status != CNN_OK)
        return status;
    const int64_t image = view->height > view->width ? view->height : view->width;
    const int64_t rows = field.rows ? field.rows : image, columns = field.columns ? field.columns : image;
    int64_t longest = rows > columns ? rows : columns;
    longest = longest < image ? longest : image;
    *side = longest < s->side ? longest : s->side;
    return CNN_OK;
}

static cnn_status add_layer(cli_html *html, const search *s, const layer_patches *own, cnn_error *error) {
    int64_t side;
    cnn_status status = side_of(s, own, &side, error);
    if (status != CNN_OK)
        return status;
    cli_picture all = cli_picture_new(own->channels * (side + GAP) - GAP, PATCHES * (side + GAP) - GAP);
    for (int64_t c = 0; c < own->channels && status == CNN_OK; c++)
        status = draw_channel(s, own, c, &all, side, error);
    char *title = cli_format("patches that excite the channels of %s", own->layer.name);
    cli_html_add(html, "<figure>");
    const int64_t scale = 400 / all.width;
    cli_html_picture(html, &all, scale < 1 ? 1 : scale, title);
    cli_html_element(html, "figcaption", "%s: channels 0 to %lld of %lld, a column each", own->layer.name,
                     (long long)own->channels - 1, (long long)own->layer.output[0]);
    cli_html_add(html, "</figure>\n");
    free(title);
    cli_picture_free(&all);
    return status;
}

cnn_status cli_section_patches(cli_html *html, const cli_facts *f, cnn_error *error) {
    search s = {.facts = f};
    find_layers(&s);
    cnn_status status = CNN_OK;
    if (!s.count)
        cli_section_lacks(html, "Not made: the network has no convolution.");
    else
        status = search_images(&s, error);
    if (s.count && status == CNN_OK)
        cli_html_element(html, "p class=note",
                         "In each column the parts of %s %s that give the largest values in the channel, the "
                         "largest on top: what lies in the value's receptive field.",
                         cli_grouped(s.images).text, cli_facts_part_words(f->part));
    cli_html_add(html, "<div class=\"maps patches\">");
    for (int i = 0; i < s.count && status == CNN_OK; i++)
        status = add_layer(html, &s, &s.layers[i], error);
    cli_html_add(html, "</div>");
    for (int i = 0; i < s.count; i++)
        free(s.layers[i].found);
    free(s.layers);
    return status;
}
