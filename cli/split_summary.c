#include "split_summary.h"

#include "output.h"

#include <stdlib.h>
#include <string.h>

enum {
    LARGEST_SIDE = 256
}; /* larger photographs are made so small before mean and deviation are taken of them */

static void count_format(cli_split_summary *summary, const char *format) {
    for (int i = 0; i < CLI_PICTURE_KINDS; i++) {
        if (summary->formats[i] && strcmp(summary->formats[i], format))
            continue;
        summary->formats[i] = format;
        summary->format_counts[i]++;
        return;
    }
}

/* Channels of the file: 1 and 3 without, 2 and 4 with transparency. */
static void count_channels(cli_split_summary *summary, int64_t channels) {
    summary->grey += channels <= 2;
    summary->colour += channels > 2;
    summary->transparent += channels % 2 == 0;
}

/* ---- Sizes ----------------------------------------------------------------------------------------- */

/* By area, then by height. */
static int by_size(const void *a, const void *b) {
    const int64_t *left = a, *right = b;
    int64_t difference = left[0] * left[1] - right[0] * right[1];
    difference = difference ? difference : left[0] - right[0];
    return (difference > 0) - (difference < 0);
}

/* The most frequent size: the longest run among the sorted sizes. */
static void find_usual(cli_split_summary *summary, int64_t (*sizes)[2], int64_t count) {
    for (int64_t i = 0, run = 0; i < count; i++) {
        run = i && by_size(sizes[i], sizes[i - 1]) == 0 ? run + 1 : 1;
        if (run > summary->usual_count) {
            summary->usual_count = run;
            memcpy(summary->usual, sizes[i], sizeof summary->usual);
        }
    }
}

/* Formats, colours and sizes over all files of the split. */
static void summarise_pictures(cli_split_summary *summary) {
    int64_t count = cnn_data_count(summary->data);
    int64_t(*sizes)[2] = cli_allocate((size_t)count, sizeof *sizes);
    for (int64_t i = 0; i < count; i++) {
        cnn_picture picture = cnn_data_picture(summary->data, i);
        count_format(summary, picture.format);
        count_channels(summary, picture.channels);
        sizes[i][0] = picture.height;
        sizes[i][1] = picture.width;
    }
    qsort(sizes, (size_t)count, sizeof *sizes, by_size);
    memcpy(summary->smallest, sizes[0], sizeof summary->smallest);
    memcpy(summary->largest, sizes[count - 1], sizeof summary->largest);
    find_usual(summary, sizes, count);
    free(sizes);
}

/* ---- Reading --------------------------------------------------------------------------------------- */

/* As the first image is, unless that is so large that all of them would fill the memory. */
static cnn_status bound_shape(cnn_split split, const char *source, cnn_image_options *image,
                              cnn_error *error) {
    cnn_data *first;
    *image = (cnn_image_options){.height = LARGEST_SIDE, .width = LARGEST_SIDE};
    const cnn_status status =
        cnn_data_open(&first, source, &(cnn_data_options){.split = split, .limit = 1}, error);
    if (status)
        return status;
    cnn_picture picture = cnn_data_picture(first, 0);
    if (picture.height <= LARGEST_SIDE && picture.width <= LARGEST_SIDE)
        image->height = image->width = 0;
    cnn_data_free(first);
    return CNN_OK;
}

/* Each image's class; of several all that it belongs to. */
static void count_classes(cli_split_summary *summary) {
    const cnn_data *data = summary->data;
    const bool several = cnn_data_kind_of(data) == CNN_DATA_MULTI_LABEL;
    for (int64_t i = 0; i < cnn_data_count(data); i++)
        if (!several)
            summary->counts[cnn_data_label(data, i)]++;
        else
            for (int64_t c = 0; c < cnn_data_classes(data); c++)
                summary->counts[c] += cnn_data_targets(data, i)[c] > 0;
}

cnn_status cli_split_summary_read(cli_split_summary *summary, cnn_split split, const char *source,
                                  cnn_error *error) {
    cnn_data_options options = {.split = split, .skip_bad = true};
    const cnn_status first = bound_shape(split, source, &options.image, error);
    if (first == CNN_ERROR_MEMORY)
        return first;
    cnn_error all;
    cnn_status status = cnn_data_open(&summary->data, source, &options, &all);
    if (status) {
        *error = all;
        return status;
    }
    if (first && cnn_data_skipped(summary->data) == 0)
        return first; /* it is no bad image, but could not be read at first */
    cnn_data_shape(summary->data, summary->shape);
    summary->counts = cli_allocate((size_t)cnn_data_classes(summary->data), sizeof *summary->counts);
    summary->mean = cli_allocate((size_t)summary->shape[0], sizeof *summary->mean);
    summary->deviation = cli_allocate((size_t)summary->shape[0], sizeof *summary->deviation);
    cnn_data_statistics(summary->data, summary->mean, summary->deviation);
    count_classes(summary);
    summarise_pictures(summary);
    return CNN_OK;
}

void cli_split_summary_release(cli_split_summary *summary) {
    free(summary->counts);
    free(summary->mean);
    free(summary->deviation);
    cnn_data_free(summary->data);
}

int64_t cli_split_summary_class(const cli_split_summary *summary, int64_t label) {
    return summary->data && label < cnn_data_classes(summary->data) ? summary->counts[label] : 0;
}
