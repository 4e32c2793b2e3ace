#include "findings.h"

#include "output.h"
#include "split_images.h"
#include "wrap.h"

#include <inttypes.h>
#include <stdlib.h>

enum { MAX_LISTED = 8, TEXT_COLUMN = 12 };

const char *cli_severity_word(cnn_severity severity) {
    return severity == CNN_FAULT ? "fault" : "warning";
}

/* ---- As text --------------------------------------------------------------------------------------- */

/* "  TITLE    text", broken lines below the text. */
static void print_entry(const char *title, const char *text) {
    cli_wrapping line = cli_wrapping_start(stdout, TEXT_COLUMN);
    cli_wrap(&line, title);
    cli_wrap_column(&line, TEXT_COLUMN);
    cli_wrap(&line, text);
    cli_wrap_end_line(&line);
}

char *cli_finding_image(const cnn_found_image *image, cnn_data *const *parts) {
    const char *file = cnn_data_name(parts[image->part], image->index);
    if (image->index < 0)
        return cli_format("%s", image->text);
    if (file)
        return cli_format("%s: %s", file, image->text);
    return cli_format("%s %" PRId64 ": %s", cli_split_word(image->part), image->index, image->text);
}

static void print_images(const cnn_finding *finding, cnn_data *const *parts) {
    for (int64_t i = 0; i < finding->image_count && i < MAX_LISTED; i++) {
        char *text = cli_finding_image(&finding->images[i], parts);
        print_entry(i ? "" : "Images", text);
        free(text);
    }
    if (finding->image_count > MAX_LISTED) {
        char *text =
            cli_format("and %s more (--json lists all)", cli_grouped(finding->image_count - MAX_LISTED).text);
        print_entry("", text);
        free(text);
    }
}

void cli_findings_print(const cnn_diagnosis *diagnosis, cnn_data *const *parts) {
    for (int64_t i = 0; i < diagnosis->count; i++) {
        const cnn_finding *finding = &diagnosis->findings[i];
        cli_print_words("%s%s (%s): %s\n", i ? "\n" : "",
                        finding->severity == CNN_FAULT ? "Fault" : "Warning", finding->check, finding->what);
        print_entry("Where", finding->where);
        print_entry("Evidence", finding->evidence);
        print_images(finding, parts);
        print_entry("What to do", finding->advice);
    }
}

/* ---- As JSON --------------------------------------------------------------------------------------- */

static json_t *image_json(const cnn_found_image *image, cnn_data *const *parts) {
    const char *file = cnn_data_name(parts[image->part], image->index);
    return json_pack("{ss so so so so}", "part", cli_split_word(image->part), "index",
                     image->index < 0 ? json_null() : json_integer((json_int_t)image->index), "file",
                     file ? cli_json_text(file) : json_null(), "score", cli_json_value(image->score), "text",
                     cli_json_text(image->text));
}

static json_t *finding_json(const cnn_finding *finding, cnn_data *const *parts) {
    json_t *images = json_array();
    for (int64_t i = 0; i < finding->image_count; i++)
        cli_json_add(images, image_json(&finding->images[i], parts));
    return json_pack("{ss ss so so so so so}", "check", finding->check, "severity",
                     cli_severity_word(finding->severity), "what", cli_json_text(finding->what), "where",
                     cli_json_text(finding->where), "evidence", cli_json_text(finding->evidence), "advice",
                     cli_json_text(finding->advice), "images", images);
}

json_t *cli_findings_json(const cnn_diagnosis *diagnosis, cnn_data *const *parts) {
    json_t *list = json_array();
    for (int64_t i = 0; i < diagnosis->count; i++)
        cli_json_add(list, finding_json(&diagnosis->findings[i], parts));
    return list;
}
