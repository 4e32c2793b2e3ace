/* Whether probabilities can be trusted: the reliability diagram and the expected calibration error. */
#include "sections.h"

#include "output.h"

#include <math.h>

/* In the units of the drawing's own. */
enum { SIZE = 300, LEFT = 48, TOP = 10, COUNTS = 60, BOTTOM = 40, WIDTH = LEFT + SIZE + 26 };

static double x_of(double share) {
    return LEFT + share * SIZE;
}

static double y_of(double share) {
    return TOP + (1 - share) * SIZE;
}

static void draw_axes(cli_html *html) {
    for (int i = 0; i <= 5; i++) {
        const double share = i / 5.0;
        cli_html_add(html, "<line class=grid x1=%d x2=%d y1=%.1f y2=%.1f />", LEFT, LEFT + SIZE, y_of(share),
                     y_of(share));
        cli_html_add(html, "<text class=tick text-anchor=end x=%d y=%.1f>%d %%</text>", LEFT - 6,
                     y_of(share) + 4, i * 20);
        cli_html_add(html, "<text class=tick text-anchor=middle x=%.1f y=%d>%d %%</text>", x_of(share),
                     TOP + SIZE + COUNTS + 18, i * 20);
    }
    cli_html_add(html,
                 "<text class=tick text-anchor=middle x=%d y=%d>confidence: probability of the answer</text>",
                 LEFT + SIZE / 2, TOP + SIZE + COUNTS + 36);
}

/* Accuracy as a bar, its distance from the confidence as a second one; below, how many images there are. */
static void draw_bin(cli_html *html, const cnn_calibration_bin *bin, int k, int64_t all) {
    const double width = (double)SIZE / CNN_CALIBRATION_BINS, x = LEFT + k * width + 1;
    const double low = fmin(bin->accuracy, bin->confidence), high = fmax(bin->accuracy, bin->confidence);
    const double share = (double)bin->images / (double)all;
    if (!bin->images)
        return;
    cli_html_add(html, "<g><title>");
    cli_html_text(html, "%s answers: mean probability %.2f %%, %.2f %% of them right",
                  cli_grouped(bin->images).text, 100 * bin->confidence, 100 * bin->accuracy);
    cli_html_add(html, "</title><rect class=bar x=%.2f y=%.2f width=%.2f height=%.2f />", x,
                 y_of(bin->accuracy), width - 2, bin->accuracy * SIZE);
    cli_html_add(html, "<rect class=gap x=%.2f y=%.2f width=%.2f height=%.2f />", x, y_of(high), width - 2,
                 (high - low) * SIZE);
    cli_html_add(html, "<rect class=bar x=%.2f y=%d width=%.2f height=%.2f /></g>", x, TOP + SIZE + 4,
                 width - 2, fmax(1, share * (COUNTS - 6)));
}

static void draw(cli_html *html, const cnn_calibration *c, int64_t images) {
    cli_html_add(
        html, "<figure class=diagram><svg viewBox=\"0 0 %d %d\" role=img aria-label=\"Reliability diagram\">",
        WIDTH, TOP + SIZE + COUNTS + BOTTOM);
    draw_axes(html);
    for (int k = 0; k < CNN_CALIBRATION_BINS; k++)
        draw_bin(html, &c->bins[k], k, images);
    cli_html_add(html, "<line class=even x1=%d y1=%d x2=%d y2=%d /></svg>", LEFT, TOP + SIZE, LEFT + SIZE,
                 TOP);
    cli_html_element(
        html, "figcaption",
        "Upper bars: accuracy of the answers with such a probability; orange: how far it is from "
        "the mean probability; on the dashed line both are equal. Lower bars: share of the answers.");
    cli_html_add(html, "</figure>");
}

cnn_status cli_section_calibration(cli_html *html, const cli_facts *f, cnn_error *error) {
    (void)error;
    const cnn_calibration *c = &f->calibration;
    if (!cli_section_needs_scores(html, f))
        return CNN_OK;
    if (!f->calibrated) {
        cli_section_lacks(html, "Not made: the probabilities of this network do not exclude each other.");
        return CNN_OK;
    }
    const double surplus = c->confidence - c->accuracy;
    cli_html_element(html, "p",
                     "Expected calibration error %.2f %% (%d bins), largest error of a bin %.2f %%. Mean "
                     "probability %.2f %%, "
                     "accuracy %.2f %%: on average the network is %s by %.2f points.",
                     100 * c->expected_error, CNN_CALIBRATION_BINS, 100 * c->largest_error,
                     100 * c->confidence, 100 * c->accuracy, surplus > 0 ? "too sure" : "not sure enough",
                     100 * fabs(surplus));
    draw(html, c, cnn_data_count(f->images));
    return CNN_OK;
}
