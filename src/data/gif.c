/* GIF, its first frame: pixels by LZW, colours from a palette of at most 256 entries, one of which may be
 * transparent. */
#include "data/formats.h"

#include "base/memory.h"
#include "data/bytes.h"

#include <string.h>

enum {
    MAX_CODES = 4096,
    MAX_COLOURS = 256,
    HEADER = 13, /* signature, size, flags, background, aspect ratio */
    FRAME = 9,   /* place, size, flags */
    NO_COLOUR = -1
};

typedef struct gif_reader {
    const cnn_encoded *file;
    size_t used;
    uint8_t palette[MAX_COLOURS][3];
    int transparent;                  /* its index; NO_COLOUR: none */
    int64_t top, left, height, width; /* of the frame on the canvas */
    bool interlaced;
} gif_reader;

static cnn_status damaged(const gif_reader *reader, const char *what, cnn_error *error) {
    return cnn_fail(error, CNN_ERROR_FORMAT, "%s: damaged GIF at byte %zu: %s", reader->file->name,
                    reader->used, what);
}

/* The next `count` bytes; NULL if the file ends before. */
static const uint8_t *take(gif_reader *reader, size_t count) {
    if (reader->file->size - reader->used < count)
        return NULL;
    reader->used += count;
    return reader->file->bytes + reader->used - count;
}

/* A palette of 2^(n + 1) colours, n being the low three bits of `flags`, where the highest bit says that it is there. */
static bool take_palette(gif_reader *reader, uint8_t flags) {
    if (!(flags & 0x80))
        return true;
    size_t bytes = (size_t)3 << ((flags & 7) + 1);
    const uint8_t *colours = take(reader, bytes);
    if (colours)
        memcpy(reader->palette, colours, bytes);
    return colours;
}

/* Blocks of up to 255 bytes, each after its length, ended by one of none. */
static const uint8_t *take_block(gif_reader *reader, size_t *size) {
    const uint8_t *length = take(reader, 1);
    *size = length ? *length : 0;
    return length ? take(reader, *size) : NULL;
}

/* Skip a chain of data blocks, each preceded by its length. */
static bool skip_blocks(gif_reader *reader) {
    size_t size;
    do
        if (!take_block(reader, &size))
            return false;
    while (size > 0);
    return true;
}

/* An extension: the one about graphics says which colour is transparent. */
static bool take_extension(gif_reader *reader) {
    const uint8_t *kind = take(reader, 1);
    if (!kind || *kind != 0xf9)
        return kind && skip_blocks(reader);
    size_t size;
    const uint8_t *control = take_block(reader, &size);
    if (control && size >= 4)
        reader->transparent = control[0] & 1 ? control[3] : NO_COLOUR;
    return control && (size == 0 || skip_blocks(reader));
}

/* Everything before the first frame, and its description. */
static cnn_status find_frame(gif_reader *reader, cnn_error *error) {
    for (;;) {
        const uint8_t *kind = take(reader, 1);
        if (!kind)
            return damaged(reader, "the file ends before its first image", error);
        if (*kind == 0x21 && !take_extension(reader))
            return damaged(reader, "the file is truncated", error);
        if (*kind == 0x2c)
            break;
        if (*kind != 0x21)
            return damaged(reader, "no image", error);
    }
    const uint8_t *frame = take(reader, FRAME);
    if (!frame)
        return damaged(reader, "the file is truncated", error);
    reader->left = cnn_little16(frame);
    reader->top = cnn_little16(frame + 2);
    reader->width = cnn_little16(frame + 4);
    reader->height = cnn_little16(frame + 6);
    reader->interlaced = frame[8] & 0x40;
    return take_palette(reader, frame[8]) ? CNN_OK : damaged(reader, "the file is truncated", error);
}

/* ---- LZW ------------------------------------------------------------------------------------------- */

typedef struct lzw {
    gif_reader *reader;
    const uint8_t *block;
    size_t block_left;
    uint32_t bits; /* read, not yet used */
    int bit_count;
    /* A code stands for the colours of `before` and one more. */
    uint16_t before[MAX_CODES];
    uint8_t last[MAX_CODES], colours[MAX_CODES]; /* `colours`: of one code, from the last to the first */
} lzw;

/* The next code; -1 at the end of the data. */
static int next_code(lzw *z, int size) {
    while (z->bit_count < size) {
        if (z->block_left == 0) {
            z->block = take_block(z->reader, &z->block_left);
            if (!z->block || z->block_left == 0)
                return -1;
        }
        z->bits |= (uint32_t)*z->block++ << z->bit_count;
        z->block_left--;
        z->bit_count += 8;
    }
    int code = (int)(z->bits & ((1u << size) - 1));
    z->bits >>= size;
    z->bit_count -= size;
    return code;
}

/* Unfold a code into z->colours; how many there are. */
static int unfold(lzw *z, int code, int clear) {
    int count = 0;
    for (; code > clear && count < MAX_CODES - 1; code = z->before[code])
        z->colours[count++] = z->last[code];
    z->colours[count++] = (uint8_t)code;
    return count;
}

/* Decode `count` colour indices; how many the data held, fewer if they are damaged. */
static int64_t unpack(lzw *z, int smallest, uint8_t *indices, int64_t count) {
    const int clear = 1 << smallest;
    int64_t done = 0;
    for (int size = smallest + 1, next = clear + 2, previous = -1; done < count;) {
        int code = next_code(z, size);
        if (code < 0 || code == clear + 1 || code > next || (code == next && previous < 0))
            break;
        if (code == clear) {
            size = smallest + 1;
            next = clear + 2;
            previous = -1;
            continue;
        }
        /* A code that is only now defined begins with the colours of the previous one, and ends with its first. */
        int known = code == next ? previous : code, length = unfold(z, known, clear);
        uint8_t first = z->colours[length - 1];
        for (int i = length - 1; i >= 0 && done < count; i--)
            indices[done++] = z->colours[i];
        if (code == next && done < count)
            indices[done++] = first;
        if (previous >= 0 && next < MAX_CODES) {
            z->before[next] = (uint16_t)previous;
            z->last[next++] = first;
        }
        if (next == 1 << size && size < 12)
            size++;
        previous = code;
    }
    return done;
}

/* ---- Pixels ---------------------------------------------------------------------------------------- */

/* The row of the frame that is stored as number `row`: all, or every 8th, 8th, 4th, 2nd. */
static int64_t row_of(const gif_reader *reader, int64_t row) {
    static const int64_t first[] = {0, 4, 2, 1}, step[] = {8, 8, 4, 2};
    for (int pass = 0; reader->interlaced && pass < 4; pass++) {
        int64_t rows = (reader->height - first[pass] + step[pass] - 1) / step[pass];
        if (row < rows)
            return first[pass] + row * step[pass];
        row -= rows > 0 ? rows : 0;
    }
    return row;
}

/* Put the indexed pixels of the first image onto the canvas, in the order that interlacing stores rows. */
static void paint(const gif_reader *reader, const uint8_t *indices, cnn_image *image) {
    for (int64_t row = 0; row < reader->height; row++) {
        int64_t y = reader->top + row_of(reader, row);
        uint8_t *to = image->pixels + (y * image->width + reader->left) * image->channels;
        for (int64_t x = 0; x < reader->width; x++, to += image->channels) {
            int index = indices[row * reader->width + x];
            memcpy(to, reader->palette[index], 3);
            if (image->channels == 4)
                to[3] = index == reader->transparent ? 0 : 255;
        }
    }
}

/* Unpack the image's LZW codes into palette indices. */
static cnn_status read_pixels(gif_reader *reader, uint8_t *indices, cnn_error *error) {
    const uint8_t *smallest = take(reader, 1);
    if (!smallest || *smallest < 1 || *smallest > 8)
        return damaged(reader, "the size of its codes is not 1 to 8 bits", error);
    lzw *z = cnn_allocate(1, sizeof *z, reader->file->name, error);
    if (!z)
        return CNN_ERROR_MEMORY;
    z->reader = reader;
    int64_t pixels = reader->height * reader->width;
    cnn_status status = unpack(z, *smallest, indices, pixels) == pixels
                            ? CNN_OK
                            : damaged(reader, "its pixels are truncated or damaged", error);
    cnn_free(z);
    return status;
}

/* The descriptor of the first image, its colours and its pixels. */
static cnn_status read_frame(gif_reader *reader, cnn_image *image, cnn_error *error) {
    if (reader->width < 1 || reader->height < 1 || reader->left + reader->width > image->width ||
        reader->top + reader->height > image->height)
        return damaged(reader, "its first image lies outside the canvas", error);
    bool covers = reader->width == image->width && reader->height == image->height;
    image->channels = covers && reader->transparent == NO_COLOUR ? 3 : 4;
    if (reader->height * reader->width / MAX_CODES > (int64_t)reader->file->size)
        return damaged(reader, "it is too short for its pixels", error);
    cnn_status status = cnn_image_reserve(image, reader->file, error);
    if (status != CNN_OK)
        return status;
    uint8_t *indices = cnn_allocate((size_t)(reader->height * reader->width), 1, reader->file->name, error);
    if (!indices)
        return CNN_ERROR_MEMORY;
    status = read_pixels(reader, indices, error);
    if (status == CNN_OK)
        paint(reader, indices, image);
    cnn_free(indices);
    return status;
}

cnn_status cnn_gif_decode(const cnn_encoded *file, cnn_image *image, cnn_error *error) {
    gif_reader reader = {.file = file, .transparent = NO_COLOUR};
    const uint8_t *header = take(&reader, HEADER);
    if (!header || !take_palette(&reader, header[10]))
        return damaged(&reader, "the file is truncated", error);
    image->width = cnn_little16(header + 6);
    image->height = cnn_little16(header + 8);
    cnn_status status = find_frame(&reader, error);
    return status == CNN_OK ? read_frame(&reader, image, error) : status;
}
