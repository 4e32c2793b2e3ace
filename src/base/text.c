#include "base/text.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

enum { LONGEST_WORD = 31 };

/* Levenshtein's distance; a word longer than LONGEST_WORD is as far as can be. */
static size_t edit_distance(const char *a, const char *b) {
    size_t rows = strlen(a), columns = strlen(b), cost[LONGEST_WORD + 1];
    if (rows > LONGEST_WORD || columns > LONGEST_WORD)
        return SIZE_MAX;
    for (size_t j = 0; j <= columns; j++)
        cost[j] = j;
    for (size_t i = 1; i <= rows; i++) {
        size_t diagonal = cost[0];
        cost[0] = i;
        for (size_t j = 1; j <= columns; j++) {
            size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
            size_t shorter = cost[j] < cost[j - 1] ? cost[j] + 1 : cost[j - 1] + 1;
            diagonal = cost[j];
            cost[j] = replaced < shorter ? replaced : shorter;
        }
    }
    return cost[columns];
}

const char *cnn_nearest_word(const char *word, const char *const *words) {
    const char *nearest = NULL;
    size_t least = strlen(word) / 2 + 1;
    for (; *words; words++) {
        size_t distance = edit_distance(word, *words);
        if (distance < least) {
            least = distance;
            nearest = *words;
        }
    }
    return nearest;
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
