#include "gallery.h"

#include "output.h"

#include <stdlib.h>

enum { MOST_PIXELS = 96, SHOWN = 112 };

void cli_gallery_caption(cli_html *html, const cli_facts *f, int64_t image, bool second) {
    const cnn_answer *answer = &f->answers[image];
    char *name = cli_facts_image_name(f, image);
    cli_html_add(html, "<figcaption><b>");
    cli_html_text(html, "%s", f->classes[answer->predicted]);
    cli_html_add(html, "</b>");
    cli_html_text(html, " %.1f %%", 100 * (double)answer->probability);
    if (second && answer->second >= 0)
        cli_html_text(html, ", %s %.1f %%", f->classes[answer->second],
                      100 * (double)answer->second_probability);
    cli_html_text(html, "%s%s", answer->predicted == answer->label ? ", which is right" : "; label ",
                  answer->predicted == answer->label ? "" : f->classes[answer->label]);
    cli_html_element(html, "span class=file", "%s", name);
    cli_html_add(html, "</figcaption>");
    free(name);
}

static void add_image(cli_html *html, const cli_facts *f, int64_t image, bool second) {
    float *pixels = cli_facts_image(f, image);
    cli_picture picture = cli_picture_of_image(&f->view, pixels, MOST_PIXELS);
    char *name = cli_facts_image_name(f, image);
    const int64_t longest = picture.width > picture.height ? picture.width : picture.height;
    cli_html_add(html, "<figure>");
    cli_html_picture(html, &picture, longest < SHOWN ? SHOWN / longest : 1, name);
    cli_gallery_caption(html, f, image, second);
    cli_html_add(html, "</figure>\n");
    free(name);
    cli_picture_free(&picture);
    free(pixels);
}

void cli_gallery(cli_html *html, const cli_facts *f, const int64_t *images, int64_t count, bool second) {
    cli_html_add(html, "<div class=gallery>");
    for (int64_t i = 0; i < count; i++)
        add_image(html, f, images[i], second);
    cli_html_add(html, "</div>");
}
