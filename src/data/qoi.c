/* QOI, the "Quite OK Image Format" (qoiformat.org, specification 1.0): 14 bytes of header, then chunks that give one pixel
 * or a run of equal ones, each from the pixels before it, then eight bytes that end the file. */
#include "data/formats.h"

#include "data/bytes.h"

#include <string.h>

enum { HEADER = 14, CHANNELS_AT = 12, COLOUR_SPACE_AT = 13, RECENT = 64, LONGEST_RUN = 62 };

static const uint8_t end_marker[] = {0, 0, 0, 0, 0, 0, 0, 1};

/* What a chunk's first byte says: all of it, or its upper two bits. */
enum { OP_RGB = 0xfe, OP_RGBA = 0xff, OP_INDEX = 0, OP_DIFF = 1, OP_LUMA = 2, OP_RUN = 3 };

enum { RED, GREEN, BLUE, ALPHA, VALUES };

typedef struct qoi_reader {
    const uint8_t *next, *end;
    uint8_t pixel[VALUES];          /* the last one */
    uint8_t recent[RECENT][VALUES]; /* at the place that a pixel's values give */
} qoi_reader;

/* Where the last pixel stands among the recent ones. */
static uint8_t *place_of(qoi_reader *reader) {
    const uint8_t *p = reader->pixel;
    return reader->recent[(p[RED] * 3 + p[GREEN] * 5 + p[BLUE] * 7 + p[ALPHA] * 11) % RECENT];
}

/* Add differences to red, green and blue, modulo 256. */
static void change(qoi_reader *reader, int red, int green, int blue) {
    reader->pixel[RED] = (uint8_t)(reader->pixel[RED] + red);
    reader->pixel[GREEN] = (uint8_t)(reader->pixel[GREEN] + green);
    reader->pixel[BLUE] = (uint8_t)(reader->pixel[BLUE] + blue);
}

/* The bytes of a chunk. */
static int length_of(uint8_t first) {
    return first == OP_RGBA ? 5 : first == OP_RGB ? 4 : first >> 6 == OP_LUMA ? 2 : 1;
}

/* The last pixel becomes the chunk's. Returns how often it comes; 0: the chunks end before or within this one. */
static int64_t take_chunk(qoi_reader *reader) {
    const uint8_t *chunk = reader->next, *end = reader->end;
    if (chunk == end || end - chunk < length_of(chunk[0]))
        return 0;
    const int low = chunk[0] & 63;
    int64_t times = 1;
    reader->next += length_of(chunk[0]);
    if (chunk[0] == OP_RGB || chunk[0] == OP_RGBA)
        memcpy(reader->pixel, chunk + 1, chunk[0] == OP_RGBA ? 4 : 3);
    else if (chunk[0] >> 6 == OP_INDEX)
        memcpy(reader->pixel, reader->recent[low], VALUES);
    else if (chunk[0] >> 6 == OP_DIFF)
        change(reader, (low >> 4) - 2, (low >> 2 & 3) - 2, (low & 3) - 2);
    else if (chunk[0] >> 6 == OP_LUMA)
        change(reader, low - 32 + (chunk[1] >> 4) - 8, low - 32, low - 32 + (chunk[1] & 15) - 8);
    else
        times = low + 1;
    memcpy(place_of(reader), reader->pixel, VALUES);
    return times;
}

static cnn_status damaged(const cnn_encoded *file, const char *what, cnn_error *error) {
    return cnn_fail(error, CNN_ERROR_FORMAT, "%s: damaged QOI: %s", file->name, what);
}

/* The colour space, sRGB (0) or linear (1), is only told: the specification lets no decoder convert by it. */
static cnn_status read_header(const cnn_encoded *file, cnn_image *image, cnn_error *error) {
    if (file->size < HEADER + sizeof end_marker)
        return damaged(file, "the file is truncated", error);
    image->width = (int64_t)cnn_big32(file->bytes + 4);
    image->height = (int64_t)cnn_big32(file->bytes + 8);
    image->channels = file->bytes[CHANNELS_AT];
    if (image->width < 1 || image->height < 1 || (image->channels != 3 && image->channels != 4) ||
        file->bytes[COLOUR_SPACE_AT] > 1)
        return damaged(file, "its size, channels or colour space are out of range", error);
    return CNN_OK;
}

/* The chunks must give the pixels of the header, no more and no fewer, and end where the marker begins. */
static cnn_status read_pixels(const cnn_encoded *file, cnn_image *image, cnn_error *error) {
    qoi_reader reader = {.next = file->bytes + HEADER,
                         .end = file->bytes + file->size - sizeof end_marker,
                         .pixel = {[ALPHA] = 255}};
    int64_t left = image->height * image->width;
    uint8_t *to = image->pixels;
    while (left > 0) {
        const int64_t times = take_chunk(&reader);
        if (times == 0)
            return damaged(file, "the file ends before its pixels do", error);
        if (times > left)
            return damaged(file, "it has more pixels than its header says", error);
        for (int64_t i = 0; i < times; i++, to += image->channels)
            memcpy(to, reader.pixel, (size_t)image->channels);
        left -= times;
    }
    return reader.next == reader.end ? CNN_OK
                                     : damaged(file, "it has more pixels than its header says", error);
}

/* One byte stands for LONGEST_RUN pixels at most: a file too short for its pixels is refused before they are reserved. */
cnn_status cnn_qoi_decode(const cnn_encoded *file, cnn_image *image, cnn_error *error) {
    cnn_status status = read_header(file, image, error);
    if (status != CNN_OK)
        return status;
    const int64_t chunks = (int64_t)(file->size - HEADER - sizeof end_marker);
    if (image->height > chunks * LONGEST_RUN / image->width)
        return damaged(file, "the file ends before its pixels do", error);
    if (memcmp(file->bytes + file->size - sizeof end_marker, end_marker, sizeof end_marker) != 0)
        return damaged(file, "the file is truncated, or has bytes behind its end", error);
    status = cnn_image_reserve(image, file, error);
    return status == CNN_OK ? read_pixels(file, image, error) : status;
}
