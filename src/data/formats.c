#include "data/formats.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#ifdef CNN_WEBP
#define WEBP_DECODE cnn_webp_decode
#else
#define WEBP_DECODE NULL
#endif
#ifdef CNN_TIFF
#define TIFF_DECODE cnn_tiff_decode
#else
#define TIFF_DECODE NULL
#endif

static const cnn_format formats[] = {
    {"PNG", ".png", {{"\x89PNG", 4}}, cnn_png_decode, NULL},
    {"JPEG", ".jpg .jpeg .jpe .jfif", {{"\xff\xd8\xff", 3}}, cnn_jpeg_decode, NULL},
    {"WebP", ".webp", {{"RIFF????WEBP", 12}}, WEBP_DECODE, "libwebp-dev"},
    {"BMP", ".bmp .dib", {{"BM", 2}}, cnn_bmp_decode, NULL},
    {"GIF", ".gif", {{"GIF87a", 6}, {"GIF89a", 6}}, cnn_gif_decode, NULL},
    {"TIFF", ".tif .tiff", {{"II*\0", 4}, {"MM\0*", 4}}, TIFF_DECODE, "libtiff-dev"},
    {"PNM", ".pgm .ppm .pnm", {{"P5", 2}, {"P6", 2}}, cnn_pnm_decode, NULL},
};
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
