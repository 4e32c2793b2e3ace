/* What the doctor found in data, training and model. */
#include "sections.h"

#include "findings.h"
#include "output.h"

#include <stdlib.h>

enum { LISTED = 12 };

static void write_images(cli_html *html, const cnn_finding *finding, cnn_data *const *parts) {
    if (!finding->image_count)
        return;
    cli_html_add(html, "<p class=note>");
    for (int64_t i = 0; i < finding->image_count && i < LISTED; i++) {
        char *text = cli_finding_image(&finding->images[i], parts);
        cli_html_text(html, "%s%s", i ? "; " : "", text);
        free(text);
    }
    if (finding->image_count > LISTED)
        cli_html_text(html, "; and %s more", cli_grouped(finding->image_count - LISTED).text);
    cli_html_add(html, "</p>");
}

static void write_finding(cli_html *html, const cnn_finding *finding, cnn_data *const *parts) {
    cli_html_add(html, "<div class=\"finding %s\"><p><b>", cli_severity_word(finding->severity));
    cli_html_text(html, "%s: %s", finding->severity == CNN_FAULT ? "Fault" : "Warning", finding->what);
    cli_html_add(html, "</b> ");
    cli_html_element(html, "code", "%s", finding->check);
    cli_html_add(html, "</p>");
    cli_html_element(html, "p", "Where: %s", finding->where);
    cli_html_element(html, "p", "Evidence: %s", finding->evidence);
    write_images(html, finding, parts);
    cli_html_element(html, "p", "What to do: %s", finding->advice);
    cli_html_add(html, "</div>\n");
}

cnn_status cli_section_doctor(cli_html *html, const cli_facts *f, cnn_error *error) {
    (void)error;
    if (!f->diagnosis.count)
        cli_html_element(html, "p", "Nothing was found.");
    for (int64_t i = 0; i < f->diagnosis.count; i++)
        write_finding(html, &f->diagnosis.findings[i], f->data.part);
    cli_html_element(html, "p class=note", "%s",
                     f->request->quick
                         ? "Of the checks of cnn doctor those that train networks (labels, gradients, "
                           "updates) were left out: cnn report without --quick makes them, too."
                         : "All checks of cnn doctor were made; docs/doctor.md says what each looks at.");
    return CNN_OK;
}
