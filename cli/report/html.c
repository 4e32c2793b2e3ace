#include "html.h"

#include "output.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

static void append(cli_html *html, const char *text, size_t length) {
    if (html->length + length + 1 > html->capacity) {
        const size_t capacity = 2 * (html->length + length + 1);
        char *larger = cli_allocate(capacity, 1);
        if (html->length)
            memcpy(larger, html->text, html->length);
        free(html->text);
        html->text = larger;
        html->capacity = capacity;
    }
    memcpy(html->text + html->length, text, length);
    html->length += length;
    html->text[html->length] = '\0';
}

void cli_html_add(cli_html *html, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = cli_vformat(format, arguments);
    va_end(arguments);
    append(html, text, strlen(text));
    free(text);
}

/* What stands for a character in HTML; NULL: itself. */
static const char *escape_of(char character) {
    switch (character) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static void append_text(cli_html *html, const char *format, va_list arguments) {
    char *text = cli_vformat(format, arguments);
    cli_text_clean(text, "\n");
    for (const char *at = text; *at; at++) {
        const char *escape = escape_of(*at);
        append(html, escape ? escape : at, escape ? strlen(escape) : 1);
    }
    free(text);
}

void cli_html_text(cli_html *html, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    append_text(html, format, arguments);
    va_end(arguments);
}

void cli_html_element(cli_html *html, const char *tag, const char *format, ...) {
    va_list arguments;
    cli_html_add(html, "<%s>", tag);
    va_start(arguments, format);
    append_text(html, format, arguments);
    va_end(arguments);
    cli_html_add(html, "</%.*s>", (int)strcspn(tag, " "), tag);
}

void cli_html_free(cli_html *html) {
    free(html->text);
    *html = (cli_html){0};
}
