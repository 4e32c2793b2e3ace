/* TIFF by libtiff, its first page, whatever its compression. libtiff brings everything to 8-bit red, green, blue and
 * alpha; colours come multiplied by alpha, grey as it is stored. */
#include "data/formats.h"

#include "base/memory.h"

#include <stdio.h>
#include <string.h>
#include <tiffio.h>

enum { MAX_ALLOCATION = 1 << 28 }; /* bytes that the library may take at once for a strip or a tile */

typedef struct tiff_reader {
    const cnn_encoded *file;
    int64_t position;
    bool multiplied; /* whether the values that come are multiplied by alpha */
    char reason[160];
} tiff_reader;

/* ---- A file in memory ------------------------------------------------------------------------------ */

/* libtiff reads from memory through these four functions. */
static tmsize_t read_bytes(thandle_t handle, void *into, tmsize_t count) {
    tiff_reader *reader = handle;
    int64_t left = (int64_t)reader->file->size - reader->position;
    tmsize_t got = left < 0 ? 0 : left < count ? (tmsize_t)left : count;
    if (got > 0)
        memcpy(into, reader->file->bytes + reader->position, (size_t)got);
    reader->position += got;
    return got;
}

static tmsize_t write_nothing(thandle_t handle, void *bytes, tmsize_t count) {
    (void)handle;
    (void)bytes;
    (void)count;
    return 0;
}

static toff_t seek(thandle_t handle, toff_t offset, int whence) {
    tiff_reader *reader = handle;
    int64_t start = whence == SEEK_SET   ? 0
                    : whence == SEEK_CUR ? reader->position
                                         : (int64_t)reader->file->size;
    if (offset > INT32_MAX)
        offset = INT32_MAX; /* beyond the end of any file that is held in memory here */
    reader->position = start + (int64_t)offset;
    return (toff_t)reader->position;
}

static int close_nothing(thandle_t handle) {
    (void)handle;
    return 0;
}

static toff_t size_of(thandle_t handle) {
    return ((tiff_reader *)handle)->file->size;
}

/* The first message says what was wrong, the others what became of that. */
static int keep_error(TIFF *tiff, void *user, const char *module, const char *format, va_list arguments) {
    tiff_reader *reader = user;
    (void)tiff;
    (void)module;
    if (!*reader->reason)
        vsnprintf(reader->reason, sizeof reader->reason, format, arguments);
    return 1;
}

static int ignore_warning(TIFF *tiff, void *user, const char *module, const char *format, va_list arguments) {
    (void)tiff, (void)user, (void)module, (void)format, (void)arguments;
    return 1;
}

/* Libtiff has no code for this, only these texts. */
static bool lacked_memory(const char *reason) {
    static const char *const texts[] = {"memory", "No space for", "tif_map_dir"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (strstr(reason, texts[i]))
            return true;
    return false;
}

/* Say why the file is not read, `what` where libtiff did not. */
static cnn_status refuse(const tiff_reader *reader, const char *what, cnn_error *error) {
    const char *name = reader->file->name, *reason = *reader->reason ? reader->reason : what;
    if (lacked_memory(reader->reason))
        return cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: decoding %s: %s", name, reason);
    return cnn_fail(error, CNN_ERROR_FORMAT, "%s: cannot read the TIFF: %s", name, reason);
}

/* Open the file in memory, with errors kept in the reader instead of printed. */
static TIFF *open_reader(tiff_reader *reader) {
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (!options)
        return NULL;
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, MAX_ALLOCATION);
    TIFFOpenOptionsSetErrorHandlerExtR(options, keep_error, reader);
    TIFFOpenOptionsSetWarningHandlerExtR(options, ignore_warning, NULL);
    TIFF *tiff = TIFFClientOpenExt(reader->file->name, "rm", reader, read_bytes, write_nothing, seek,
                                   close_nothing, size_of, NULL, NULL, options);
    TIFFOpenOptionsFree(options);
    return tiff;
}

/* ---- Pixels ---------------------------------------------------------------------------------------- */

static void read_header(TIFF *tiff, tiff_reader *reader, cnn_image *image) {
    uint32_t width = 0, height = 0;
    uint16_t orientation = 0, photometric = 0, extras = 0, *kinds = NULL;
    TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
    TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &orientation);
    TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &extras, &kinds);
    bool grey = photometric == PHOTOMETRIC_MINISBLACK || photometric == PHOTOMETRIC_MINISWHITE;
    bool alpha = extras > 0 && (kinds[0] == EXTRASAMPLE_ASSOCALPHA || kinds[0] == EXTRASAMPLE_UNASSALPHA);
    image->width = width;
    image->height = height;
    image->channels = (grey ? 1 : 3) + (alpha ? 1 : 0);
    image->orientation = orientation;
    reader->multiplied = alpha && (!grey || kinds[0] == EXTRASAMPLE_ASSOCALPHA);
}

/* One value, no longer multiplied by alpha. */
static uint8_t divided(uint32_t value, uint32_t alpha) {
    uint32_t whole = alpha ? (value * 255 + alpha / 2) / alpha : value;
    return (uint8_t)(whole < 255 ? whole : 255);
}

/* From libtiff's packed RGBA to the image's channels; premultiplied alpha is divided out. */
static void take_pixels(const uint32_t *raster, bool multiplied, cnn_image *image) {
    int64_t pixels = image->height * image->width, colours = image->channels > 2 ? 3 : 1;
    bool has_alpha = image->channels % 2 == 0;
    uint8_t *to = image->pixels;
    for (int64_t i = 0; i < pixels; i++, to += image->channels) {
        const uint32_t alpha = has_alpha ? TIFFGetA(raster[i]) : 255;
        const uint32_t values[3] = {TIFFGetR(raster[i]), TIFFGetG(raster[i]), TIFFGetB(raster[i])};
        for (int64_t c = 0; c < colours; c++)
            to[c] = multiplied ? divided(values[c], alpha) : (uint8_t)values[c];
        if (has_alpha)
            to[colours] = (uint8_t)alpha;
    }
}

/* In the order they are stored: asked for the file's own orientation, libtiff turns nothing. */
static cnn_status read_pixels(TIFF *tiff, tiff_reader *reader, cnn_image *image, cnn_error *error) {
    read_header(tiff, reader, image);
    cnn_status status = cnn_image_reserve(image, reader->file, error);
    if (status != CNN_OK)
        return status;
    uint32_t *raster =
        cnn_allocate((size_t)(image->height * image->width), sizeof *raster, reader->file->name, error);
    if (!raster)
        return CNN_ERROR_MEMORY;
    if (TIFFReadRGBAImageOriented(tiff, (uint32_t)image->width, (uint32_t)image->height, raster,
                                  image->orientation, 1) &&
        !*reader->reason)
        take_pixels(raster, reader->multiplied, image);
    else
        status = refuse(reader, "its kind is not supported", error);
    cnn_free(raster);
    return status;
}

cnn_status cnn_tiff_decode(const cnn_encoded *file, cnn_image *image, cnn_error *error) {
    tiff_reader reader = {.file = file};
    TIFF *tiff = open_reader(&reader);
    if (!tiff)
        return refuse(&reader, "no header", error);
    cnn_status status = read_pixels(tiff, &reader, image, error);
    TIFFClose(tiff);
    return status;
}
