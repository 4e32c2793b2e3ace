#include "base/text.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool make_room(cnn_text *text, size_t more) {
    if (text->failed || more > SIZE_MAX / 4 - text->length)
        text->failed = true;
    if (text->failed || text->length + more < text->capacity)
        return !text->failed;
    size_t capacity = (text->length + more + 64) * 2;
    char *moved = cnn_allocate(capacity, 1, "a text", NULL);
    text->failed = !moved;
    if (!moved)
        return false;
    if (text->length)
        memcpy(moved, text->data, text->length);
    cnn_free(text->data);
    text->data = moved;
    text->capacity = capacity;
    return true;
}

void cnn_text_append_bytes(cnn_text *text, const void *bytes, size_t count) {
    if (!make_room(text, count + 1))
        return;
    memcpy(text->data + text->length, bytes, count);
    text->length += count;
    text->data[text->length] = '\0';
}

void cnn_text_append(cnn_text *text, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    if (length < 0)
        text->failed = true;
    else if (make_room(text, (size_t)length + 1)) {
        vsnprintf(text->data + text->length, (size_t)length + 1, format, again);
        text->length += (size_t)length;
    }
    va_end(again);
    va_end(arguments);
}

/* Bytes that belong to a character which begins so, and the least code point that needs as many; 0: none begins so. */
static int utf8_length(uint8_t first, uint32_t *min) {
    static const struct {
        uint8_t mask, begin;
        uint32_t min;
    } kinds[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
    for (int i = 0; i < 4; i++)
        if ((first & kinds[i].mask) == kinds[i].begin) {
            *min = kinds[i].min;
            return i + 1;
        }
    return 0;
}

/* Bytes of the character at `text`; 0 if it is none of UTF-8. */
static int utf8_character(const uint8_t *text) {
    uint32_t min, code;
    int length = utf8_length(*text, &min);
    if (length < 2)
        return length;
    code = *text & (0x7fu >> length);
    for (int i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (text[i] & 0x3f);
    }
    bool surrogate = code >= 0xd800 && code <= 0xdfff;
    return code >= min && code <= 0x10ffff && !surrogate ? length : 0;
}

bool cnn_name_ends_in(const char *name, const char *ending) {
    const size_t length = strlen(name), end = strlen(ending);
    return length > end && strcasecmp(name + length - end, ending) == 0;
}

int64_t cnn_not_utf8(const char *text) {
    const uint8_t *at = (const uint8_t *)text;
    while (*at) {
        int length = utf8_character(at);
        if (length == 0)
            return at - (const uint8_t *)text;
        at += length;
    }
    return -1;
}

double cnn_shortest(float value) {
    char digits[32];
    double shortest = (double)value;
    for (int precision = 1; precision <= 9; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, (double)value);
        shortest = strtod(digits, NULL);
        if ((float)shortest == value)
            break;
    }
    return shortest;
}
