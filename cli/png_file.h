/* Pictures in colour as PNG files. */
#ifndef CLI_PNG_FILE_H
#define CLI_PNG_FILE_H

#include <stdint.h>

/* `rgb`: height rows of width pixels, three bytes each. CLI_GO_ON, or CLI_FAILED after a message. */
int cli_png_write(const char *path, int64_t width, int64_t height, const uint8_t *rgb);

#endif
