#include "predict_source.h"

#include "model.h"
#include "options.h"
#include "output.h"

#include <inttypes.h>
#include <stdlib.h>

enum { DEFAULT_COUNT = 6, MIN_BATCH = 16, BATCH_VALUES = 1 << 21 };

/* Floats of one image, and how many images make a batch. */
static void set_pixels(cli_predict_source *source) {
    int64_t shape[3];
    cnn_net_input(source->net, shape);
    source->pixels = shape[0] * shape[1] * shape[2]; /* a network's input has been checked not to overflow */
    const int64_t fitting = BATCH_VALUES / source->pixels;
    source->batch = fitting < MIN_BATCH           ? MIN_BATCH
                    : fitting < CLI_PREDICT_BATCH ? fitting
                                                  : CLI_PREDICT_BATCH;
}

int cli_predict_open_files(cli_predict_source *source, int count, char *const *operands) {
    set_pixels(source);
    int code = cli_picture_files_find(&source->files, count, operands);
    source->end = source->files.count;
    source->skipped = cli_allocate((size_t)source->end, sizeof *source->skipped);
    return code;
}

/* The data have fewer images than were asked for. */
static int too_few(const cli_split_images *shown, const char *data, int64_t first, int64_t count) {
    char *images = cli_split_text(shown);
    int code = cli_fail("%s has %s; --first %" PRId64 " --count %" PRId64 " asks for more", data, images,
                        first, count);
    free(images);
    return code;
}

/* The classes must be the network's, for labels and predictions to be compared. */
static int check_classes(const cli_predict_source *source) {
    cnn_error error;
    if (cnn_data_kind_of(source->data) == CNN_DATA_NUMBERS)
        return CLI_GO_ON;
    int32_t *outputs = cli_allocate((size_t)cnn_data_classes(source->data), sizeof *outputs);
    cnn_status status = cnn_match_classes(source->net, source->data, outputs, NULL, &error);
    free(outputs);
    return status ? cli_fail("%s", error.message) : CLI_GO_ON;
}

int cli_predict_open_data(cli_predict_source *source, const cli_split_request *request, int64_t first,
                          int64_t count) {
    cli_split_images shown;
    cli_split_request limited = *request;
    set_pixels(source);
    limited.limit = first + (count < 0 ? DEFAULT_COUNT : count);
    int code = cli_split_open(&shown, source->net, &limited);
    if (code != CLI_GO_ON)
        return code;
    source->data = shown.data;
    const int64_t there = cnn_data_count(source->data);
    source->first = source->next = first;
    source->end = count < 0 && there > first && there < limited.limit ? there : limited.limit;
    return there < source->end ? too_few(&shown, request->source, first, limited.limit - first)
                               : check_classes(source);
}

/* The next batch of a data set, with labels. */
static int read_data(cli_predict_source *source, float *images, cli_predictions *batch) {
    cnn_error error;
    int64_t left = source->end - source->next;
    batch->count = left < source->batch ? left : source->batch;
    for (int64_t i = 0; i < batch->count; i++) {
        const int64_t index = source->next + i;
        source->names[i] = (char *)cnn_data_name(source->data, index);
        source->labels[i] = (char *)cnn_data_class(source->data, cnn_data_label(source->data, index));
    }
    if (batch->count && cnn_data_images(source->data, source->next, batch->count, images, &error))
        return cli_fail("%s", error.message);
    source->next += batch->count;
    return CLI_GO_ON;
}

/* Running out of memory is no fault of the file: it is never skipped. */
static int refuse_file(cli_predict_source *source, char *path, cnn_status status, const char *message) {
    if (!source->skip_bad || status == CNN_ERROR_MEMORY)
        return cli_fail("%s%s", message,
                        source->end > 1 && status != CNN_ERROR_MEMORY ? " (--skip-bad skips it)" : "");
    cli_note("skipped: %s", message);
    source->skipped[source->skipped_count++] = path;
    if (source->skipped_count == source->end)
        return cli_fail("none of the %" PRId64 " files could be read", source->end);
    return CLI_GO_ON;
}

/* The next files that decode, up to a batch. */
static int read_files(cli_predict_source *source, float *images, cli_predictions *batch) {
    cnn_error error;
    const cnn_image_options options = cnn_net_image_options(source->net);
    while (batch->count < source->batch && source->next < source->end) {
        char *path = source->files.paths[source->next++];
        cnn_status status = cnn_image_read(path, &options, images + batch->count * source->pixels, &error);
        if (!status) {
            source->names[batch->count++] = path;
            continue;
        }
        int code = refuse_file(source, path, status, error.message);
        if (code != CLI_GO_ON)
            return code;
    }
    return CLI_GO_ON;
}

int cli_predict_read(cli_predict_source *source, float *images, cli_predictions *batch) {
    *batch = (cli_predictions){.first = source->next, .names = source->names, .labels = source->labels};
    return source->data ? read_data(source, images, batch) : read_files(source, images, batch);
}

void cli_predict_source_free(cli_predict_source *source) {
    cnn_data_free(source->data);
    cli_picture_files_free(&source->files);
    free(source->skipped);
}
