#include "text.h"

#include <stdint.h>
#include <string.h>

/* Characters that take no column of their own, or two. From Unicode's combining marks and East Asian Width,
 * by blocks: exact enough for the names of classes and files. */
static const struct {
    uint32_t first, last;
    int width;
} odd_widths[] = {
    {0x0300, 0x036f, 0},   {0x200b, 0x200f, 0}, {0xfe00, 0xfe0f, 0},   {0x1100, 0x115f, 2},
    {0x2e80, 0xa4cf, 2},   {0xac00, 0xd7a3, 2}, {0xf900, 0xfaff, 2},   {0xfe30, 0xfe4f, 2},
    {0xff00, 0xff60, 2},   {0xffe0, 0xffe6, 2}, {0x1f300, 0x1f64f, 2}, {0x1f900, 0x1f9ff, 2},
    {0x20000, 0x3fffd, 2},
};

enum { NO_CHARACTER = 0x110000 }; /* one more than the last one of Unicode */

/* Bytes of the character that begins so; 0: none does. */
static int character_length(unsigned char first) {
    return first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
}

/* The next character; *length gets its bytes. A byte that begins none is NO_CHARACTER: so are the longer forms of
 * short characters, halves of UTF-16 pairs, and what is cut off. */
static uint32_t next_character(const char *text, int *length) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char first = (unsigned char)*text;
    const int bytes = character_length(first);
    uint32_t character = bytes > 1 ? first & (0x7fu >> bytes) : first;
    *length = 1;
    for (int i = 1; i < bytes; i++) {
        if (((unsigned char)text[i] & 0xc0) != 0x80)
            return NO_CHARACTER;
        character = character << 6 | ((unsigned char)text[i] & 0x3f);
    }
    if (!bytes || character < least[bytes] || character >= NO_CHARACTER ||
        (character >= 0xd800 && character < 0xe000))
        return NO_CHARACTER;
    *length = bytes;
    return character;
}

/* ---- Cleaning -------------------------------------------------------------------------------------- */

/* From Unicode: Cc, the overrides and isolates of UAX #9. */
static bool is_harmless(uint32_t character) {
    return character >= ' ' && (character < 0x7f || character > 0x9f) && character != NO_CHARACTER &&
           !(character >= 0x202a && character <= 0x202e) && !(character >= 0x2066 && character <= 0x2069);
}

/* Whether the character at `text` may be printed; *length gets its bytes. */
static bool may_stay(const char *text, const char *kept, int *length) {
    return is_harmless(next_character(text, length)) || (*length == 1 && strchr(kept, *text));
}

void cli_text_clean(char *text, const char *kept) {
    char *to = text;
    int length;
    for (const char *from = text; *from; from += length) {
        if (may_stay(from, kept, &length)) {
            memmove(to, from, (size_t)length);
            to += length;
        } else {
            *to++ = '?';
        }
    }
    *to = '\0';
}

bool cli_text_is_clean(const char *text, const char *kept) {
    int length;
    for (; *text; text += length)
        if (!may_stay(text, kept, &length))
            return false;
    return true;
}

/* ---- Widths ---------------------------------------------------------------------------------------- */

/* Columns on a terminal: 0, 1 or 2. */
static int character_width(uint32_t character) {
    for (size_t i = 0; i < sizeof odd_widths / sizeof odd_widths[0]; i++)
        if (character >= odd_widths[i].first && character <= odd_widths[i].last)
            return odd_widths[i].width;
    return 1;
}

int cli_text_width_of(const char *text, size_t bytes) {
    int width = 0, length;
    for (const char *end = text + bytes; text < end; text += length)
        width += character_width(next_character(text, &length));
    return width;
}

int cli_text_width(const char *text) {
    return cli_text_width_of(text, strlen(text));
}

void cli_text_cut(char *text, int width) {
    int used = 0, length;
    for (; *text; text += length) {
        used += character_width(next_character(text, &length));
        if (used > width)
            *text = '\0', length = 0;
    }
}

size_t cli_text_line(const char *text, int width) {
    size_t at = 0, line = 0; /* `line`: where the last opportunity to end it was */
    int used = 0, length;
    for (; text[at]; at += (size_t)length) {
        used += character_width(next_character(text + at, &length));
        if (used > width && at > 0 && text[at] != ' ')
            return line ? line : at;
        if (text[at] == ' ' || text[at] == '/')
            line = at + 1;
    }
    return at;
}
