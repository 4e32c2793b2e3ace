/* Grad-CAM and plain gradients laid over a few images. */
#include "sections.h"

#include "gallery.h"

#include "output.h"

#include <math.h>
#include <stdlib.h>

enum { RIGHT = 4, WRONG = 4, MOST_PIXELS = 128, SHOWN = 112 };

/* What all images share. */
typedef struct looking {
    const cli_facts *facts;
    cnn_layer_info layer; /* whose maps Grad-CAM weighs */
    int64_t area;         /* of the image */
    float *cam, *gradient, *saliency;
} looking;

/* The last layer that gives maps of more than one value, poolings aside. Its rank is 0 where there is none. */
static cnn_layer_info last_maps(const cli_facts *f) {
    cnn_layer_info found = {0};
    for (int i = 0; i < cli_facts_layers(f); i++) {
        const cnn_layer_info layer = cli_facts_layer(f, i);
        const bool is_map = layer.rank == 3 && layer.output[1] * layer.output[2] > 1;
        if (is_map && (layer.parameters || found.rank) && !cli_facts_is_pooling(&layer))
            found = layer;
    }
    return found;
}

/* Divide by the largest value, unless all are 0. */
static void scale_to_one(float *values, int64_t count) {
    float largest = 0;
    for (int64_t i = 0; i < count; i++)
        largest = fmaxf(largest, values[i]);
    for (int64_t i = 0; i < count && largest > 0; i++)
        values[i] /= largest;
}

static cnn_status compute(looking *l, const float *pixels, int32_t class, cnn_error *error) {
    const cli_facts *f = l->facts;
    const int64_t places = l->layer.output[1] * l->layer.output[2];
    cnn_status status = cnn_inspector_run(f->inspector, pixels, 1, error);
    if (status == CNN_OK)
        status = cnn_inspector_grad_cam(f->inspector, l->layer.name, &class, l->cam, places, error);
    if (status == CNN_OK)
        status =
            cnn_inspector_gradient(f->inspector, "input", l->gradient, f->view.channels * l->area, error);
    if (status != CNN_OK)
        return status;
    scale_to_one(l->cam, places);
    for (int64_t i = 0; i < l->area; i++) {
        l->saliency[i] = 0;
        for (int64_t c = 0; c < f->view.channels; c++)
            l->saliency[i] = fmaxf(l->saliency[i], fabsf(l->gradient[c * l->area + i]));
    }
    scale_to_one(l->saliency, l->area);
    return CNN_OK;
}

/* One picture of a row; `heat` (rows x columns, within 0..1) is laid over it. NULL: none. */
static void add_view(cli_html *html, const looking *l, const float *pixels, const float *heat, int64_t rows,
                     int64_t columns, const char *title) {
    cli_picture picture = cli_picture_of_image(&l->facts->view, pixels, MOST_PIXELS);
    const int64_t longest = picture.width > picture.height ? picture.width : picture.height;
    const int64_t enlarged = longest < SHOWN ? SHOWN / longest : 1;
    if (heat)
        cli_picture_heat(&picture, heat, rows, columns);
    cli_html_add(html, "<div class=view>");
    cli_html_picture(html, &picture, enlarged, title);
    cli_html_element(html, "span", "%s", title);
    cli_html_add(html, "</div>");
    cli_picture_free(&picture);
}

static cnn_status add_cam(cli_html *html, looking *l, const float *pixels, int32_t class, cnn_error *error) {
    char *title = cli_format("Grad-CAM for %s", l->facts->classes[class]);
    const cnn_status status = compute(l, pixels, class, error);
    if (status == CNN_OK)
        add_view(html, l, pixels, l->cam, l->layer.output[1], l->layer.output[2], title);
    free(title);
    return status;
}

/* The image, Grad-CAM and gradient of the prediction; of a mistake also Grad-CAM of the label. */
static cnn_status add_image(cli_html *html, looking *l, int64_t image, cnn_error *error) {
    const cnn_answer *answer = &l->facts->answers[image];
    float *pixels = cli_facts_image(l->facts, image);
    cli_html_add(html, "<figure><div>");
    add_view(html, l, pixels, NULL, 0, 0, "image");
    cnn_status status = add_cam(html, l, pixels, answer->predicted, error);
    if (status == CNN_OK)
        add_view(html, l, pixels, l->saliency, l->facts->view.height, l->facts->view.width, "gradient");
    if (status == CNN_OK && answer->label != answer->predicted)
        status = add_cam(html, l, pixels, answer->label, error);
    cli_html_add(html, "</div>");
    cli_gallery_caption(html, l->facts, image, false);
    cli_html_add(html, "</figure>\n");
    free(pixels);
    return status;
}

/* The first image of each class that is classified correctly, until there are RIGHT; then the surest mistakes. */
static cnn_status add_images(cli_html *html, looking *l, cnn_error *error) {
    const cli_facts *f = l->facts;
    bool *shown = cli_allocate((size_t)f->class_count, sizeof *shown);
    cnn_status status = CNN_OK;
    int right = 0;
    for (int64_t i = 0; i < cnn_data_count(f->images) && right < RIGHT && status == CNN_OK; i++) {
        const cnn_answer *answer = &f->answers[i];
        if (answer->predicted != answer->label || shown[answer->label])
            continue;
        shown[answer->label] = true;
        right++;
        status = add_image(html, l, i, error);
    }
    for (int64_t i = 0; i < f->mistake_count && i < WRONG && status == CNN_OK; i++)
        status = add_image(html, l, f->mistakes[i], error);
    free(shown);
    return status;
}

cnn_status cli_section_attention(cli_html *html, const cli_facts *f, cnn_error *error) {
    looking l = {.facts = f, .layer = last_maps(f), .area = f->view.height * f->view.width};
    if (!cli_section_needs_scores(html, f))
        return CNN_OK;
    if (!l.layer.rank) {
        cli_section_lacks(html, "Not made: no layer of this network gives maps.");
        return CNN_OK;
    }
    l.cam = cli_allocate((size_t)(l.layer.output[1] * l.layer.output[2]), sizeof *l.cam);
    l.gradient = cli_allocate((size_t)(f->view.channels * l.area), sizeof *l.gradient);
    l.saliency = cli_allocate((size_t)l.area, sizeof *l.saliency);
    cli_html_element(
        html, "p class=note",
        "Grad-CAM (Selvaraju et al. 2017) of the maps of %s: where the score of the class comes from. "
        "Gradient: how strongly the score of the prediction changes with each pixel. Both from dark (little) "
        "to yellow (the most in the image); grey: nothing.",
        l.layer.name);
    cli_html_add(html, "<div class=views>");
    const cnn_status status = add_images(html, &l, error);
    cli_html_add(html, "</div>");
    free(l.cam);
    free(l.gradient);
    free(l.saliency);
    return status;
}
