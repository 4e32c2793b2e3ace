/* Images that were misclassified with the highest probability. */
#include "sections.h"

#include "gallery.h"

#include "output.h"

enum { SHOWN = 24 };

cnn_status cli_section_mistakes(cli_html *html, const cli_facts *f, cnn_error *error) {
    (void)error;
    if (!cli_section_needs_scores(html, f))
        return CNN_OK;
    if (!f->mistake_count) {
        cli_html_element(html, "p", "No image was misclassified.");
        return CNN_OK;
    }
    cli_html_element(
        html, "p class=note",
        "%s of %s images were misclassified; these with the highest probability. Bold: the prediction. "
        "Labels that are wrong are often among them.",
        cli_grouped(f->mistake_count).text, cli_grouped(cnn_data_count(f->images)).text);
    cli_gallery(html, f, f->mistakes, f->mistake_count < SHOWN ? f->mistake_count : SHOWN, false);
    return CNN_OK;
}
