#include "data/formats.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#ifdef CNN_WEBP
#define DECODE_webp cnn_webp_decode
#else
#define DECODE_webp NULL
#endif
#ifdef CNN_TIFF
#define DECODE_tiff cnn_tiff_decode
#else
#define DECODE_tiff NULL
#endif

#define START(text)                                                                                          \
    { text, sizeof text - 1 }
#define ALWAYS(decoder, name, endings, start, other)                                                         \
    {name, endings, {START(start), START(other)}, cnn_##decoder##_decode, NULL},
#define OPTIONAL(decoder, name, endings, start, other, package)                                              \
    {name, endings, {START(start), START(other)}, DECODE_##decoder, package},
static const cnn_format formats[] = {CNN_FORMAT_LIST(ALWAYS, OPTIONAL)};
enum { FORMATS = sizeof formats / sizeof formats[0], STARTS = 2 };

static bool starts_with(const uint8_t *bytes, size_t size, const char *start, size_t length) {
    bool same = length > 0 && size >= length;
    for (size_t i = 0; same && i < length; i++)
        same = start[i] == '?' || bytes[i] == (uint8_t)start[i];
    return same;
}

const cnn_format *cnn_format_of(const uint8_t *bytes, size_t size) {
    for (int i = 0; i < FORMATS; i++)
        for (int s = 0; s < STARTS; s++)
            if (starts_with(bytes, size, formats[i].starts[s].bytes, formats[i].starts[s].length))
                return &formats[i];
    return NULL;
}

/* Whether `ending` is a whole word of `endings`. */
static bool is_among(const char *ending, const char *endings) {
    size_t length = strlen(ending);
    while (*endings) {
        size_t word = strcspn(endings, " ");
        if (word == length && strncasecmp(ending, endings, word) == 0)
            return true;
        endings += word + strspn(endings + word, " ");
    }
    return false;
}

bool cnn_is_image_name(const char *path) {
    if (!path)
        return false;
    const char *slash = strrchr(path, '/'), *ending = strrchr(slash ? slash : path, '.');
    for (int i = 0; ending && i < FORMATS; i++)
        if (is_among(ending, formats[i].endings))
            return true;
    return false;
}

/* Append two strings, as far as there is room for them. */
static void append(char text[CNN_FORMAT_TEXT], const char *separator, const char *word) {
    const size_t length = strlen(text);
    snprintf(text + length, CNN_FORMAT_TEXT - length, "%s%s", separator, word);
}

void cnn_format_names(char text[CNN_FORMAT_TEXT]) {
    text[0] = '\0';
    for (int i = 0; i < FORMATS; i++)
        append(text, i == 0 ? "" : i == FORMATS - 1 ? " or " : ", ", formats[i].name);
}

void cnn_format_endings(char text[CNN_FORMAT_TEXT]) {
    text[0] = '\0';
    for (int i = 0; i < FORMATS; i++)
        append(text, i == 0 ? "" : " ", formats[i].endings);
}
