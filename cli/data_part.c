#include "data_part.h"

#include "output.h"

#include <stdlib.h>
#include <string.h>

enum {
    LARGEST_SIDE = 256
}; /* larger photographs are made so small before mean and deviation are taken of them */

static void count_format(cli_part *part, const char *format) {
    for (int i = 0; i < CLI_PICTURE_KINDS; i++) {
        if (part->formats[i] && strcmp(part->formats[i], format))
            continue;
        part->formats[i] = format;
        part->format_counts[i]++;
        return;
    }
}

static void count_channels(cli_part *part, int64_t channels) {
    part->grey += channels <= 2;
    part->colour += channels > 2;
    part->transparent += channels % 2 == 0;
}

/* ---- Sizes ----------------------------------------------------------------------------------------- */

/* By area, then by height. */
static int by_size(const void *a, const void *b) {
    const int64_t *left = a, *right = b;
    int64_t difference = left[0] * left[1] - right[0] * right[1];
    difference = difference ? difference : left[0] - right[0];
    return (difference > 0) - (difference < 0);
}

static void find_usual(cli_part *part, int64_t (*sizes)[2], int64_t count) {
    for (int64_t i = 0, run = 0; i < count; i++) {
        run = i && by_size(sizes[i], sizes[i - 1]) == 0 ? run + 1 : 1;
        if (run > part->usual_count) {
            part->usual_count = run;
            memcpy(part->usual, sizes[i], sizeof part->usual);
        }
    }
}

static void sum_up_pictures(cli_part *part) {
    int64_t count = cnn_data_count(part->data);
    int64_t(*sizes)[2] = cli_allocate((size_t)count, sizeof *sizes);
    for (int64_t i = 0; i < count; i++) {
        cnn_picture picture = cnn_data_picture(part->data, i);
        count_format(part, picture.format);
        count_channels(part, picture.channels);
        sizes[i][0] = picture.height;
        sizes[i][1] = picture.width;
    }
    qsort(sizes, (size_t)count, sizeof *sizes, by_size);
    memcpy(part->smallest, sizes[0], sizeof part->smallest);
    memcpy(part->largest, sizes[count - 1], sizeof part->largest);
    find_usual(part, sizes, count);
    free(sizes);
}

/* ---- Reading --------------------------------------------------------------------------------------- */

/* As the first image is, unless that is so large that all of them would fill the memory. */
static cnn_image_options bounded_shape(cnn_split split, const char *source) {
    cnn_image_options image = {.height = LARGEST_SIDE, .width = LARGEST_SIDE};
    cnn_data *first;
    if (cnn_data_open(&first, source, &(cnn_data_options){.split = split, .limit = 1}, NULL))
        return image;
    cnn_picture picture = cnn_data_picture(first, 0);
    if (picture.height <= LARGEST_SIDE && picture.width <= LARGEST_SIDE)
        image.height = image.width = 0;
    cnn_data_free(first);
    return image;
}

cnn_status cli_part_read(cli_part *part, cnn_split split, const char *source, cnn_error *error) {
    cnn_data_options options = {.split = split, .image = bounded_shape(split, source), .skip_bad = true};
    cnn_status status = cnn_data_open(&part->data, source, &options, error);
    if (status)
        return status;
    cnn_data_shape(part->data, part->shape);
    part->counts = cli_allocate((size_t)cnn_data_classes(part->data), sizeof *part->counts);
    part->mean = cli_allocate((size_t)part->shape[0], sizeof *part->mean);
    part->deviation = cli_allocate((size_t)part->shape[0], sizeof *part->deviation);
    cnn_data_statistics(part->data, part->mean, part->deviation);
    for (int64_t i = 0; i < cnn_data_count(part->data); i++)
        part->counts[cnn_data_label(part->data, i)]++;
    sum_up_pictures(part);
    return CNN_OK;
}

void cli_part_release(cli_part *part) {
    free(part->counts);
    free(part->mean);
    free(part->deviation);
    cnn_data_free(part->data);
}

int64_t cli_part_class(const cli_part *part, int64_t label) {
    return part->data && label < cnn_data_classes(part->data) ? part->counts[label] : 0;
}
