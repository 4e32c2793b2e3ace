/* JPEG by libjpeg-turbo. Its errors jump; every call that may jump runs inside `guarded`, which holds no
 * variable that a jump could spoil. */
#include "data/formats.h"

#include "base/memory.h"
#include "data/orient.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

enum {
    MAX_MARKER_BYTES = 0xffff,   /* as many as a marker can have */
    MAX_SCANS = 500,             /* a progressive file has about ten; thousands are an attack on our time */
    MAX_PIXELS_PER_BYTE = 8 * 64 /* Huffman coding spends at least a bit on a block of 8 x 8 */
};

typedef struct jpeg_reader {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf jump;
    const cnn_encoded *file;
    cnn_image *image;
    uint8_t *row; /* 4 x width bytes; only where the pixels are cyan, magenta, yellow, black */
    char reason[JMSG_LENGTH_MAX];
} jpeg_reader;

/* libjpeg's fatal errors end in guarded(), with the reason kept. */
static void on_error(j_common_ptr jpeg) {
    jpeg_reader *reader = jpeg->client_data;
    jpeg->err->format_message(jpeg, reader->reason);
    longjmp(reader->jump, 1);
}

/* Warnings after which libjpeg would continue with invented pixels. */
static bool loses_pixels(int code) {
    static const int codes[] = {JWRN_JPEG_EOF, JWRN_HIT_MARKER, JWRN_HUFF_BAD_CODE, JWRN_ARITH_BAD_CODE,
                                JWRN_MUST_RESYNC};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i] == code)
            return true;
    return false;
}

/* Warnings that mean lost pixels are errors here. */
static void on_message(j_common_ptr jpeg, int level) {
    if (level < 0 && loses_pixels(jpeg->err->msg_code))
        jpeg->err->error_exit(jpeg);
}

static void print_nothing(j_common_ptr jpeg) {
    (void)jpeg;
}

/* A progressive file may repeat scans without end; this bounds the time that it takes. */
static void on_progress(j_common_ptr jpeg) {
    jpeg_reader *reader = jpeg->client_data;
    if (reader->jpeg.input_scan_number <= MAX_SCANS)
        return;
    snprintf(reader->reason, sizeof reader->reason, "more than %d scans", MAX_SCANS);
    longjmp(reader->jump, 1);
}

/* Run a step of libjpeg; false after an error. Nothing that the step allocates may live in its own variables. */
static bool guarded(jpeg_reader *reader, void (*step)(jpeg_reader *)) {
    if (setjmp(reader->jump))
        return false;
    step(reader);
    return true;
}

/* Four inks: cyan, magenta, yellow, black. */
static bool has_black(const jpeg_reader *reader) {
    return reader->jpeg.jpeg_color_space == JCS_CMYK || reader->jpeg.jpeg_color_space == JCS_YCCK;
}

/* From the EXIF marker; 0 if there is none. */
static int find_orientation(jpeg_saved_marker_ptr marker) {
    static const char start[] = "Exif\0"; /* and one more zero */
    for (; marker; marker = marker->next)
        if (marker->data_length > sizeof start && memcmp(marker->data, start, sizeof start) == 0)
            return cnn_exif_orientation(marker->data + sizeof start, marker->data_length - sizeof start);
    return 0;
}

/* The smallest of the sizes that libjpeg decodes to fast, in which the picture is still as large as it is wanted. */
static void reduce(jpeg_reader *reader) {
    struct jpeg_decompress_struct *jpeg = &reader->jpeg;
    cnn_image *image = reader->image;
    const bool upright = !cnn_transposes(image->orientation);
    const int64_t height = jpeg->image_height, width = jpeg->image_width,
                  least_height = upright ? reader->file->least_height : reader->file->least_width,
                  least_width = upright ? reader->file->least_width : reader->file->least_height;
    int by = least_height > 0 && least_width > 0 ? 8 : 1;
    while (by > 1 && (height < least_height * by || width < least_width * by))
        by /= 2;
    jpeg->scale_num = 1;
    jpeg->scale_denom = (unsigned)by;
    jpeg_calc_output_dimensions(jpeg);
    image->reduction = by > 1 ? by : 0;
    image->whole_height = height;
    image->whole_width = width;
    image->height = jpeg->output_height;
    image->width = jpeg->output_width;
}

/* Sizes, channels and orientation; prepares libjpeg to decode to grey, RGB or CMYK. */
static void read_header(jpeg_reader *reader) {
    struct jpeg_decompress_struct *jpeg = &reader->jpeg;
    jpeg_create_decompress(jpeg);
    jpeg->progress = &reader->progress;
    jpeg_mem_src(jpeg, reader->file->bytes, reader->file->size);
    jpeg_save_markers(jpeg, JPEG_APP0 + 1, MAX_MARKER_BYTES);
    jpeg_read_header(jpeg, TRUE);
    reader->image->orientation = find_orientation(jpeg->marker_list);
    bool grey = jpeg->jpeg_color_space == JCS_GRAYSCALE;
    jpeg->out_color_space = has_black(reader) ? JCS_CMYK : grey ? JCS_GRAYSCALE : JCS_RGB;
    reduce(reader);
    reader->image->channels = grey ? 1 : 3;
}

/* Files with four inks store them inverted, 255 meaning no ink, a convention of Adobe's. */
static void inks_to_colour(const uint8_t *inks, int64_t pixels, uint8_t *colour) {
    for (int64_t i = 0; i < pixels; i++)
        for (int c = 0; c < 3; c++)
            colour[3 * i + c] = (uint8_t)((inks[4 * i + c] * inks[4 * i + 3] + 127) / 255);
}

static void read_pixels(jpeg_reader *reader) {
    struct jpeg_decompress_struct *jpeg = &reader->jpeg;
    const cnn_image *image = reader->image;
    jpeg_start_decompress(jpeg);
    while (jpeg->output_scanline < jpeg->output_height) {
        uint8_t *pixels = image->pixels + (int64_t)jpeg->output_scanline * image->width * image->channels;
        JSAMPROW row = reader->row ? reader->row : pixels;
        if (jpeg_read_scanlines(jpeg, &row, 1) == 1 && reader->row)
            inks_to_colour(reader->row, image->width, pixels);
    }
    jpeg_finish_decompress(jpeg);
}

/* A tiny file must not make us allocate a huge image. */
static bool can_hold_pixels(const jpeg_reader *reader) {
    int64_t pixels = reader->image->whole_height * reader->image->whole_width;
    return reader->jpeg.arith_code || pixels / MAX_PIXELS_PER_BYTE <= (int64_t)reader->file->size;
}

/* Memory for the pixels and, for four inks, for one row of them. */
static cnn_status reserve(jpeg_reader *reader, const cnn_encoded *file, cnn_error *error) {
    cnn_image *image = reader->image;
    if (image->whole_height * image->whole_width <= file->max_pixels && !can_hold_pixels(reader))
        return cnn_fail(error, CNN_ERROR_FORMAT,
                        "%s: damaged JPEG: %zu bytes cannot hold its %" PRId64 " x %" PRId64 " pixels",
                        file->name, file->size, image->whole_width, image->whole_height);
    cnn_status status = cnn_image_reserve(image, file, error);
    if (status != CNN_OK || !has_black(reader))
        return status;
    reader->row = cnn_allocate((size_t)image->width, 4, file->name, error);
    return reader->row ? CNN_OK : CNN_ERROR_MEMORY;
}

static cnn_status decode(jpeg_reader *reader, const cnn_encoded *file, cnn_error *error) {
    if (!guarded(reader, read_header))
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s: damaged JPEG: %s", file->name, reader->reason);
    cnn_status status = reserve(reader, file, error);
    if (status == CNN_OK && !guarded(reader, read_pixels))
        status = cnn_fail(error, CNN_ERROR_FORMAT, "%s: damaged JPEG: %s", file->name, reader->reason);
    return status;
}

cnn_status cnn_jpeg_decode(const cnn_encoded *file, cnn_image *image, cnn_error *error) {
    jpeg_reader reader = {.file = file, .image = image};
    *image = (cnn_image){0};
    reader.jpeg.err = jpeg_std_error(&reader.errors);
    reader.jpeg.client_data = &reader;
    reader.errors.error_exit = on_error;
    reader.errors.emit_message = on_message;
    reader.errors.output_message = print_nothing;
    reader.progress.progress_monitor = on_progress;
    cnn_status status = decode(&reader, file, error);
    jpeg_destroy_decompress(&reader.jpeg);
    cnn_free(reader.row);
    return status;
}
