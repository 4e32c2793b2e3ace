/* PGM and PPM, binary (P5, P6): a header in words, then the values. */
#include "data/formats.h"

#include "data/bytes.h"

#include <ctype.h>

enum { MAX_VALUE = 65535 };

/* The next number of the header, over blanks and comments; -1 if there is none. */
static int64_t next_number(const cnn_encoded *file, size_t *at) {
    const uint8_t *bytes = file->bytes;
    while (*at < file->size && (isspace(bytes[*at]) || bytes[*at] == '#')) {
        if (bytes[*at] == '#')
            while (*at < file->size && bytes[*at] != '\n')
                ++*at;
        else
            ++*at;
    }
    int64_t number = -1;
    for (; *at < file->size && isdigit(bytes[*at]) && number < INT32_MAX; ++*at)
        number = (number < 0 ? 0 : number * 10) + bytes[*at] - '0';
    return number;
}

cnn_status cnn_pnm_decode(const cnn_encoded *file, cnn_image *image, cnn_error *error) {
    size_t at = 2;
    image->channels = file->bytes[1] == '6' ? 3 : 1;
    image->width = next_number(file, &at);
    image->height = next_number(file, &at);
    int64_t max = next_number(file, &at);
    at++; /* one blank ends the header */
    if (image->width < 1 || image->height < 1 || max < 1 || max > MAX_VALUE || at > file->size)
        return cnn_fail(
            error, CNN_ERROR_FORMAT,
            "%s: damaged PGM or PPM: its header does not give a width, a height and a largest value up to %d",
            file->name, MAX_VALUE);
    int64_t bytes = max > 255 ? 2 : 1;
    if ((int64_t)(file->size - at) / (image->width * image->channels * bytes) < image->height)
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s: damaged PGM or PPM: the file ends before its pixels do",
                        file->name);
    cnn_status status = cnn_image_reserve(image, file, error);
    int64_t values = status == CNN_OK ? image->height * image->width * image->channels : 0;
    const uint8_t *from = file->bytes + at;
    for (int64_t i = 0; i < values; i++, from += bytes) {
        int64_t value = bytes == 2 ? (int64_t)cnn_big16(from) : *from;
        image->pixels[i] = (uint8_t)(((value < max ? value : max) * 255 + max / 2) / max);
    }
    return status;
}
