/* Images whose two most probable classes are nearest to each other. */
#include "sections.h"

#include "gallery.h"

enum { SHOWN = 18 };

cnn_status cli_section_uncertain(cli_html *html, const cli_facts *f, cnn_error *error) {
    (void)error;
    if (!cli_section_needs_scores(html, f))
        return CNN_OK;
    cli_html_element(html, "p class=note",
                     "The images whose two most probable classes have almost the same probability.");
    const int64_t count = cnn_data_count(f->images);
    cli_gallery(html, f, f->uncertain, count < SHOWN ? count : SHOWN, true);
    return CNN_OK;
}
