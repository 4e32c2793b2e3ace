/* The frame of the page, and its sections one after the other. */
#include "report.h"
#include "sections.h"
#include "style.h"

#include "options.h"
#include "output.h"
#include "written_file.h"

#include <stdlib.h>

typedef struct section {
    const char *id, *title;
    cnn_status (*write)(cli_html *html, const cli_facts *facts, cnn_error *error);
} section;

static const section sections[] = {
#define ROW(name, title) {#name, title, cli_section_##name},
    CLI_SECTIONS(ROW)
#undef ROW
};
enum { SECTIONS = sizeof sections / sizeof sections[0] };

void cli_section_lacks(cli_html *html, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = cli_vformat(format, arguments);
    va_end(arguments);
    cli_html_element(html, "p class=missing", "%s", text);
    free(text);
}

bool cli_section_needs_scores(cli_html *html, const cli_facts *facts) {
    if (!facts->scored)
        cli_section_lacks(html, "Not made: the outputs of this network are not scores of classes.");
    return facts->scored;
}

/* The policy lets the page load nothing: its style and pictures are in it. */
static void write_head(cli_html *html, const cli_facts *facts) {
    cli_html_add(html,
                 "<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"
                 "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; img-src data:; "
                 "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
                 "<meta name=viewport content=\"width=device-width, initial-scale=1\">\n");
    cli_html_element(html, "title", "Report on %s", facts->request->model);
    cli_html_add(html, "\n<style>%s</style>\n</head>\n<body>\n", cli_report_style);
    cli_html_element(html, "h1", "Report on %s", facts->request->model);
    cli_html_add(html, "<nav>");
    for (int i = 0; i < SECTIONS; i++) {
        cli_html_add(html, "<a href=\"#%s\">", sections[i].id);
        cli_html_text(html, "%s", sections[i].title);
        cli_html_add(html, "</a> ");
    }
    cli_html_add(html, "</nav>\n");
}

static int write_section(cli_html *html, const section *s, const cli_facts *facts) {
    cnn_error error;
    cli_html_add(html, "<section id=%s>\n", s->id);
    cli_html_element(html, "h2", "%s", s->title);
    const cnn_status status = s->write(html, facts, &error);
    if (status == CNN_ERROR_UNSUPPORTED)
        cli_section_lacks(html, "Not made: %s.", error.message);
    else if (status != CNN_OK)
        return cli_fail("%s: %s", s->title, error.message);
    cli_html_add(html, "\n</section>\n");
    return CLI_DONE;
}

int cli_report_make(const cli_report_request *request) {
    cli_facts facts = {0};
    cli_html html = {0};
    int code = cli_facts_collect(&facts, request);
    if (code == CLI_GO_ON) {
        write_head(&html, &facts);
        code = CLI_DONE;
        for (int i = 0; code == CLI_DONE && i < SECTIONS; i++)
            code = write_section(&html, &sections[i], &facts);
        cli_html_add(&html, "</body>\n</html>\n");
    }
    if (code == CLI_DONE)
        code = cli_write_file(request->path, html.text, html.length);
    cli_html_free(&html);
    cli_facts_free(&facts);
    return code;
}
