/* A page of HTML that grows. */
#ifndef CLI_REPORT_HTML_H
#define CLI_REPORT_HTML_H

#include <stddef.h>

/* Start as {0}; release with cli_html_free. */
typedef struct cli_html {
    char *text; /* UTF-8, terminated */
    size_t length, capacity;
} cli_html;

/* Markup as it is: of a literal format and numbers. Words from anywhere else go through the two below. */
void cli_html_add(cli_html *html, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A text, cleaned as for a terminal (cli_text_clean), with & < > " ' escaped: for contents and attributes. */
void cli_html_text(cli_html *html, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* <TAG>TEXT</TAG>, the text as above. The tag may have attributes: "td class=number". */
void cli_html_element(cli_html *html, const char *tag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void cli_html_free(cli_html *html);

#endif
