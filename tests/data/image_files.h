/* PNG and JPEG files for tests, written by libpng and libjpeg. */
#ifndef TESTS_DATA_IMAGE_FILES_H
#define TESTS_DATA_IMAGE_FILES_H

#include "data/scratch.h"

#include <jpeglib.h>
#include <png.h>

typedef struct png_kind {
    int colour; /* PNG_COLOR_TYPE_... */
    int depth;  /* bits of a sample */
    bool interlaced;
    const png_color *palette; /* of 4 colours */
} png_kind;

/* `samples`: the bytes of all rows as PNG packs them, `row` bytes each. */
static inline void write_png(const char *path, int width, int height, const png_kind *kind,
                             const uint8_t *samples, size_t row) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_init_io(png, file);
    png_set_IHDR(png, info, (png_uint_32)width, (png_uint_32)height, kind->depth, kind->colour,
                 kind->interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    if (kind->palette) {
        const png_byte alpha[4] = {255, 128, 0, 255};
        png_set_PLTE(png, info, kind->palette, 4);
        png_set_tRNS(png, info, alpha, 4, NULL);
    }
    png_write_info(png, info);
    int passes = png_set_interlace_handling(png);
    for (int pass = 0; pass < passes; pass++)
        for (int y = 0; y < height; y++)
            png_write_row(png, samples + (size_t)y * row);
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
    fclose(file);
}

/* `pixels`: H,W,C; `space` tells what they are and how they are stored. */
static inline void write_jpeg(const char *path, int width, int height, int channels, J_COLOR_SPACE space,
                              bool progressive, const uint8_t *pixels) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    jpeg_stdio_dest(&jpeg, file);
    jpeg.image_width = (JDIMENSION)width;
    jpeg.image_height = (JDIMENSION)height;
    jpeg.input_components = channels;
    jpeg.in_color_space = space;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, 100, TRUE);
    if (progressive)
        jpeg_simple_progression(&jpeg);
    jpeg_start_compress(&jpeg, TRUE);
    while (jpeg.next_scanline < jpeg.image_height) {
        JSAMPROW row = (JSAMPROW)(pixels + (size_t)jpeg.next_scanline * (size_t)(width * channels));
        jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    fclose(file);
}

#endif
