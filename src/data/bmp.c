/* BMP: Windows' and OS/2's bitmaps of 1 to 32 bits a pixel, and run-length coding of 4 and 8 bits. Rows are stored from
 * the bottom up unless the height is negative, each padded to a multiple of four bytes. */
#include "data/formats.h"

#include "base/memory.h"
#include "data/bytes.h"

#include <string.h>

enum {
    FILE_HEADER = 14,
    CORE_HEADER = 12, /* OS/2's, with sizes of 16 bits and palettes of 3 bytes a colour */
    INFO_HEADER = 40,
    MASKS_HEADER = 56, /* the least with four masks in it */
    MAX_COLOURS = 256
};

/* Ways of storing pixels, as the header numbers them. */
enum { PLAIN = 0, RLE8 = 1, RLE4 = 2, MASKS = 3, ALPHA_MASKS = 6 };

typedef struct bmp_reader {
    const cnn_encoded *file;
    const uint8_t *palette; /* blue, green, red */
    uint32_t colours, colour_bytes;
    uint32_t bits, coding;
    uint32_t masks[4]; /* red, green, blue, alpha; where coding is by masks */
    bool top_down;
    size_t pixels; /* where they begin */
} bmp_reader;

static cnn_status damaged(const bmp_reader *reader, const char *what, cnn_error *error) {
    return cnn_fail(error, CNN_ERROR_FORMAT, "%s: damaged BMP: %s", reader->file->name, what);
}

/* ---- Header ---------------------------------------------------------------------------------------- */

/* Whether this compression is defined for this number of bits. */
static bool known_kind(const bmp_reader *reader) {
    static const struct {
        uint32_t coding, bits;
    } kinds[] = {{PLAIN, 1},  {PLAIN, 2},        {PLAIN, 4},       {PLAIN, 8}, {PLAIN, 16},
                 {PLAIN, 24}, {PLAIN, 32},       {RLE8, 8},        {RLE4, 4},  {MASKS, 16},
                 {MASKS, 32}, {ALPHA_MASKS, 16}, {ALPHA_MASKS, 32}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].coding == reader->coding && kinds[i].bits == reader->bits)
            return true;
    return false;
}

/* Where no masks are stored: 5 bits each of 16, 8 bits each of 32. */
static bool read_masks(bmp_reader *reader, const uint8_t *header, uint32_t header_size) {
    static const uint32_t of_16[4] = {0x7c00, 0x3e0, 0x1f, 0}, of_32[4] = {0xff0000, 0xff00, 0xff, 0};
    memcpy(reader->masks, reader->bits == 16 ? of_16 : of_32, sizeof reader->masks);
    if (reader->coding != MASKS && reader->coding != ALPHA_MASKS)
        return true;
    int count = header_size >= MASKS_HEADER || reader->coding == ALPHA_MASKS ? 4 : 3;
    if (reader->file->size < (size_t)FILE_HEADER + INFO_HEADER + 4 * (size_t)count)
        return false;
    for (int i = 0; i < count; i++)
        reader->masks[i] = cnn_little32(header + INFO_HEADER + 4 * i);
    return true;
}

/* Find the palette after the headers; one with fewer colours than the bits allow is accepted. */
static bool read_palette(bmp_reader *reader, const uint8_t *header, uint32_t header_size, uint32_t colours) {
    if (reader->bits > 8)
        return true;
    bool masks_behind = reader->coding == MASKS && header_size == INFO_HEADER;
    size_t start = FILE_HEADER + header_size + (masks_behind ? 12 : 0);
    reader->colours = colours ? colours : 1u << reader->bits;
    reader->palette = header + header_size + (masks_behind ? 12 : 0);
    return reader->colours <= MAX_COLOURS && start <= reader->file->size &&
           (size_t)reader->colours * reader->colour_bytes <= reader->file->size - start;
}

/* Read the fields of all header versions and check them against the file's size. */
static cnn_status read_header(bmp_reader *reader, cnn_image *image, cnn_error *error) {
    const uint8_t *bytes = reader->file->bytes, *header = bytes + FILE_HEADER;
    size_t size = reader->file->size;
    uint32_t header_size = size >= FILE_HEADER + CORE_HEADER ? cnn_little32(header) : 0;
    bool core = header_size == CORE_HEADER;
    if ((!core && header_size < INFO_HEADER) || size - FILE_HEADER < header_size)
        return damaged(reader, "its header is truncated or unknown", error);
    int32_t height = core ? (int32_t)cnn_little16(header + 6) : (int32_t)cnn_little32(header + 8);
    image->width = core ? (int64_t)cnn_little16(header + 4) : (int32_t)cnn_little32(header + 4);
    image->height = height < 0 ? -(int64_t)height : height;
    reader->top_down = height < 0;
    reader->bits = cnn_little16(header + (core ? 10 : 14));
    reader->coding = core ? PLAIN : cnn_little32(header + 16);
    reader->colour_bytes = core ? 3 : 4;
    reader->pixels = cnn_little32(bytes + 10);
    if (!known_kind(reader))
        return damaged(reader, "its pixel format is not supported", error);
    if (image->width < 1 || image->height < 1 || !read_masks(reader, header, header_size) ||
        !read_palette(reader, header, header_size, core ? 0 : cnn_little32(header + 32)) ||
        reader->pixels > size)
        return damaged(reader, "its size, palette or pixels are out of range", error);
    return CNN_OK;
}

/* ---- Pixels ---------------------------------------------------------------------------------------- */

/* Such a picture has one channel. */
static bool palette_is_grey(const bmp_reader *reader) {
    for (uint32_t i = 0; i < reader->colours; i++) {
        const uint8_t *colour = reader->palette + i * reader->colour_bytes;
        if (colour[0] != colour[1] || colour[1] != colour[2])
            return false;
    }
    return true;
}

/* The bits that a mask selects, brought to 8 bits, rounded down as Pillow does. */
static uint8_t masked(uint32_t pixel, uint32_t mask) {
    if (mask == 0)
        return 0;
    uint32_t lowest = mask & (~mask + 1), max = mask / lowest;
    return (uint8_t)((uint64_t)(pixel & mask) / lowest * 255 / max);
}

/* One pixel as it is stored -> the image's channels. */
static void put_pixel(const bmp_reader *reader, uint32_t value, int64_t channels, uint8_t *to) {
    if (reader->bits > 8) {
        for (int64_t c = 0; c < channels; c++)
            to[c] = masked(value, reader->masks[c]);
    } else if (value < reader->colours) { /* else black, as other readers have it */
        const uint8_t *colour = reader->palette + value * reader->colour_bytes;
        for (int64_t c = 0; c < channels; c++)
            to[c] = colour[2 - c];
    }
}

/* The bits of pixel x of a row, as they are stored. */
static uint32_t pixel_of(const bmp_reader *reader, const uint8_t *row, int64_t x) {
    switch (reader->bits) {
    case 16:
        return cnn_little16(row + 2 * x);
    case 24:
        return cnn_little16(row + 3 * x) | (uint32_t)row[3 * x + 2] << 16;
    case 32:
        return cnn_little32(row + 4 * x);
    default: {
        int64_t bit = x * reader->bits;
        return (uint32_t)row[bit / 8] >> (8 - reader->bits - bit % 8) & ((1u << reader->bits) - 1);
    }
    }
}

/* Rows are stored from bottom to top unless the height is negative. */
static uint8_t *row_of(const bmp_reader *reader, const cnn_image *image, int64_t row) {
    int64_t y = reader->top_down ? row : image->height - 1 - row;
    return image->pixels + y * image->width * image->channels;
}

/* Rows of `bits` bits a pixel, each padded to four bytes. */
static cnn_status read_plain(const bmp_reader *reader, cnn_image *image, cnn_error *error) {
    int64_t stride = (image->width * reader->bits + 31) / 32 * 4; /* below 2^37 */
    if (stride > (int64_t)(reader->file->size - reader->pixels) / image->height)
        return damaged(reader, "the file ends before its pixels do", error);
    cnn_status status = cnn_image_reserve(image, reader->file, error);
    for (int64_t row = 0; status == CNN_OK && row < image->height; row++) {
        const uint8_t *from = reader->file->bytes + reader->pixels + row * stride;
        uint8_t *to = row_of(reader, image, row);
        for (int64_t x = 0; x < image->width; x++, to += image->channels)
            put_pixel(reader, pixel_of(reader, from, x), image->channels, to);
    }
    return status;
}

/* ---- Run lengths ----------------------------------------------------------------------------------- */

typedef struct run_reader {
    const bmp_reader *bmp;
    cnn_image *image;
    const uint8_t *next, *end;
    int64_t x, row;
} run_reader;

/* `count` pixels from bytes that are repeated from the first one on (a run) or follow each other. */
static void put_pixels(run_reader *run, const uint8_t *bytes, int count, bool repeated) {
    const bmp_reader *bmp = run->bmp;
    for (int i = 0; i < count; i++, run->x++) {
        if (run->x >= run->image->width || run->row >= run->image->height)
            continue;
        int at = bmp->bits == 8 ? (repeated ? 0 : i) : (repeated ? 0 : i / 2);
        uint32_t value = bmp->bits == 8 ? bytes[at] : i % 2 ? bytes[at] & 15u : bytes[at] >> 4;
        put_pixel(bmp, value, run->image->channels,
                  row_of(bmp, run->image, run->row) + run->x * run->image->channels);
    }
}

/* After a zero: the end of a row, of the image, a jump, or pixels as they are. False at the image's end, or where the
 * file ends. */
static bool take_escape(run_reader *run, uint8_t what, bool *whole) {
    if (what == 1) {
        *whole = true;
        return false;
    }
    if (what == 0) {
        run->x = 0;
        run->row++;
        return true;
    }
    int bytes = what == 2 ? 2 : run->bmp->bits == 8 ? what : (what + 1) / 2;
    if (run->end - run->next < bytes)
        return false;
    if (what == 2) {
        run->x += run->next[0];
        run->row += run->next[1];
    } else {
        put_pixels(run, run->next, what, false);
        bytes += bytes % 2; /* padded to pairs */
    }
    run->next += bytes < run->end - run->next ? bytes : run->end - run->next;
    return true;
}

/* What the runs jump over is of the palette's first colour. */
static void fill_background(const bmp_reader *reader, cnn_image *image) {
    const size_t bytes = (size_t)(image->height * image->width * image->channels);
    size_t filled = (size_t)image->channels;
    put_pixel(reader, 0, image->channels, image->pixels);
    for (size_t more; filled < bytes; filled += more) {
        more = filled < bytes - filled ? filled : bytes - filled;
        memcpy(image->pixels + filled, image->pixels, more);
    }
}

/* RLE4 and RLE8: runs of equal pixels, literal pixels, and jumps. What is jumped over keeps the background. */
static cnn_status read_runs(const bmp_reader *reader, cnn_image *image, cnn_error *error) {
    cnn_status status = cnn_image_reserve(image, reader->file, error);
    if (status != CNN_OK)
        return status;
    fill_background(reader, image);
    run_reader run = {
        reader, image, reader->file->bytes + reader->pixels, reader->file->bytes + reader->file->size, 0, 0};
    bool whole = false, more = true;
    while (more && run.end - run.next >= 2) {
        uint8_t count = run.next[0], what = run.next[1];
        run.next += 2;
        if (count > 0)
            put_pixels(&run, run.next - 1, count, true);
        else
            more = take_escape(&run, what, &whole);
    }
    return whole || run.row >= image->height ? CNN_OK
                                             : damaged(reader, "the file ends before its pixels do", error);
}

cnn_status cnn_bmp_decode(const cnn_encoded *file, cnn_image *image, cnn_error *error) {
    bmp_reader reader = {.file = file};
    cnn_status status = read_header(&reader, image, error);
    if (status != CNN_OK)
        return status;
    image->channels = reader.bits <= 8 && palette_is_grey(&reader) ? 1 : reader.masks[3] ? 4 : 3;
    bool runs = reader.coding == RLE8 || reader.coding == RLE4;
    return (runs ? read_runs : read_plain)(&reader, image, error);
}
