/* UTF-8 text on a terminal: how wide it is, where a line may end. Widths are columns, not bytes. */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Replace by '?' what a terminal would obey instead of showing it, and what would hide the order of what it shows:
 * control characters (of ASCII but for those of `kept`, and U+0080 to U+009F), bidirectional overrides and isolates,
 * bytes that are no UTF-8. The text never grows. Whatever names or texts of files are printed goes through here. */
void cli_text_clean(char *text, const char *kept);
/* Whether cli_text_clean would change nothing. */
bool cli_text_is_clean(const char *text, const char *kept);

/* Columns that the text takes. */
int cli_text_width(const char *text);
/* Columns that its first `bytes` bytes take. */
int cli_text_width_of(const char *text, size_t bytes);
/* Shorten to at most `width` columns, never within a character. Keeps the text's beginning. */
void cli_text_cut(char *text, int width);
/* How many bytes of the text make a line of at most `width` columns: all of it, or up to and including a space or a
 * slash, or up to the character that does not fit. At least one character; spaces at the line's end do not count. */
size_t cli_text_line(const char *text, int width);

#endif
