/* PNG by libpng. Its errors jump; every call that may jump runs inside `guarded`, which holds no variable
 * that a jump could spoil. */
#include "data/formats.h"

#include "base/memory.h"
#include "data/orient.h"

#include <inttypes.h>
#include <png.h>
#include <stdio.h>
#include <string.h>

enum {
    MAX_EXPANSION = 1032,     /* bytes that one byte of deflate can become */
    MAX_CHUNK_BYTES = 1 << 23 /* of text, colour profiles and other chunks that are not wanted */
};

typedef struct png_reader {
    png_structp png;
    png_infop info;
    const uint8_t *bytes;
    size_t size, used;
    cnn_image *image;
    char reason[128];
} png_reader;

/* libpng's errors end in guarded(), with the reason kept. */
static void on_error(png_structp png, png_const_charp message) {
    png_reader *reader = png_get_error_ptr(png);
    snprintf(reader->reason, sizeof reader->reason, "%s", message);
    png_longjmp(png, 1);
}

/* What libpng leaves out for want of memory may be the orientation: that is an error. */
static void on_warning(png_structp png, png_const_charp message) {
    if (strstr(message, "memory") || strstr(message, "Memory"))
        png_error(png, message);
}

/* libpng reads from memory; the end of the file is an error. */
static void read_bytes(png_structp png, png_bytep into, size_t count) {
    png_reader *reader = png_get_io_ptr(png);
    if (count > reader->size - reader->used)
        png_error(png, "the file is truncated");
    memcpy(into, reader->bytes + reader->used, count);
    reader->used += count;
}

/* Run a step of libpng; false after an error. Nothing that the step allocates may live in its own variables. */
static bool guarded(png_reader *reader, void (*step)(png_reader *)) {
    if (setjmp(png_jmpbuf(reader->png)))
        return false;
    step(reader);
    return true;
}

static void read_header(png_reader *reader) {
    png_structp png = reader->png;
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_chunk_malloc_max(png, MAX_CHUNK_BYTES);
    png_set_read_fn(png, reader, read_bytes);
    png_read_info(png, reader->info);
    reader->image->height = png_get_image_height(png, reader->info);
    reader->image->width = png_get_image_width(png, reader->info);
    int colour = png_get_color_type(png, reader->info);
    bool alpha = colour & PNG_COLOR_MASK_ALPHA || png_get_valid(png, reader->info, PNG_INFO_tRNS);
    reader->image->channels = (colour & PNG_COLOR_MASK_COLOR ? 3 : 1) + (alpha ? 1 : 0);
}

/* Everything becomes 8-bit grey or 8-bit red, green, blue, with alpha where something can be transparent. */
static void read_pixels(png_reader *reader) {
    png_structp png = reader->png;
    png_set_expand(png);
    png_set_scale_16(png);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, reader->info);
    size_t row = (size_t)(reader->image->width * reader->image->channels);
    if (png_get_rowbytes(png, reader->info) != row)
        png_error(png, "a row has an unexpected length");
    for (int pass = 0; pass < passes; pass++)
        for (int64_t y = 0; y < reader->image->height; y++)
            png_read_row(png, reader->image->pixels + (size_t)y * row, NULL);
    png_read_end(png, reader->info); /* EXIF data may follow the pixels */
    png_bytep exif = NULL;
    png_uint_32 size = 0;
    if (png_get_eXIf_1(png, reader->info, &size, &exif))
        reader->image->orientation = cnn_exif_orientation(exif, size);
}

/* A tiny file must not make us allocate a huge image. */
static bool can_hold_pixels(const png_reader *reader) {
    size_t row = png_get_rowbytes(reader->png, reader->info);
    return row <= (size_t)MAX_EXPANSION * reader->size / (size_t)reader->image->height;
}

static cnn_status decode(png_reader *reader, const cnn_encoded *file, cnn_error *error) {
    const char *name = file->name;
    cnn_image *image = reader->image;
    if (!guarded(reader, read_header))
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s: damaged PNG at byte %zu: %s", name, reader->used,
                        reader->reason);
    if (image->height * image->width <= file->max_pixels && !can_hold_pixels(reader))
        return cnn_fail(error, CNN_ERROR_FORMAT,
                        "%s: damaged PNG: %zu bytes cannot hold its %" PRId64 " x %" PRId64 " pixels", name,
                        reader->size, image->width, image->height);
    cnn_status status = cnn_image_reserve(image, file, error);
    if (status == CNN_OK && !guarded(reader, read_pixels))
        status = cnn_fail(error, CNN_ERROR_FORMAT, "%s: damaged PNG at byte %zu: %s", name, reader->used,
                          reader->reason);
    return status;
}

cnn_status cnn_png_decode(const cnn_encoded *file, cnn_image *image, cnn_error *error) {
    png_reader reader = {.bytes = file->bytes, .size = file->size, .image = image};
    *image = (cnn_image){0};
    reader.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, on_error, on_warning);
    if (!reader.png)
        return cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: decoding %s", file->name);
    reader.info = png_create_info_struct(reader.png);
    cnn_status status = reader.info
                            ? decode(&reader, file, error)
                            : cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: decoding %s", file->name);
    png_destroy_read_struct(&reader.png, &reader.info, NULL);
    return status;
}
