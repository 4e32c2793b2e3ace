#include "png_file.h"

#include "options.h"
#include "output.h"

#include <errno.h>
#include <png.h>
#include <string.h>

int cli_png_write(const char *path, int64_t width, int64_t height, const uint8_t *rgb) {
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)width,
                       .height = (png_uint_32)height,
                       .format = PNG_FORMAT_RGB};
    errno = 0;
    if (png_image_write_to_file(&image, path, 0, rgb, 0, NULL))
        return CLI_GO_ON;
    return cli_fail("cannot write %s: %s", path, errno ? strerror(errno) : image.message);
}
