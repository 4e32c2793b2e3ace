#include "image_sizes.h"

#include "output.h"

#include <inttypes.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b) {
    const int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* Account for one picture. */
static void take(cli_image_sizes *sizes, const cnn_picture *picture, bool first) {
    const int64_t pixels = picture->height * picture->width;
    sizes->colour = sizes->colour || picture->channels >= 3;
    sizes->one_size = first || (sizes->one_size && picture->height == sizes->height[0] &&
                                picture->width == sizes->width[0]);
    if (first || pixels < sizes->height[0] * sizes->width[0]) {
        sizes->height[0] = picture->height;
        sizes->width[0] = picture->width;
    }
    if (first || pixels > sizes->height[1] * sizes->width[1]) {
        sizes->height[1] = picture->height;
        sizes->width[1] = picture->width;
    }
}

void cli_image_sizes_of(const cnn_data *data, cli_image_sizes *sizes) {
    const int64_t count = cnn_data_count(data);
    int64_t *sides = cli_allocate((size_t)count, sizeof *sides);
    *sizes = (cli_image_sizes){0};
    for (int64_t i = 0; i < count; i++) {
        const cnn_picture picture = cnn_data_picture(data, i);
        take(sizes, &picture, i == 0);
        sides[i] = picture.height < picture.width ? picture.height : picture.width;
    }
    qsort(sides, (size_t)count, sizeof *sides, by_value);
    sizes->median_side = count ? sides[count / 2] : 0;
    free(sides);
}

char *cli_image_sizes_text(const cli_image_sizes *sizes) {
    const char *colour = sizes->colour ? "in colour" : "grey";
    if (sizes->one_size)
        return cli_format("%" PRId64 "x%" PRId64 " (height x width), %s", sizes->height[0], sizes->width[0],
                          colour);
    return cli_format("%" PRId64 "x%" PRId64 " to %" PRId64 "x%" PRId64 " (height x width), %s",
                      sizes->height[0], sizes->width[0], sizes->height[1], sizes->width[1], colour);
}
