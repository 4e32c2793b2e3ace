/* The sizes of a data set's pictures before they are resized. */
#ifndef CLI_IMAGE_SIZES_H
#define CLI_IMAGE_SIZES_H

#include <cnn.h>

typedef struct cli_image_sizes {
    int64_t height[2], width[2]; /* of the picture with the fewest pixels, and of the one with the most */
    int64_t median_side;         /* of the shorter sides */
    bool one_size;
    bool colour; /* at least one is in colour */
} cli_image_sizes;

void cli_image_sizes_of(const cnn_data *data, cli_image_sizes *sizes);
/* "480x640 to 1024x768 (height x width), in colour"; allocated, release with free(). */
char *cli_image_sizes_text(const cli_image_sizes *sizes);

#endif
