/* cnn data preview: augmented training images as a picture. */
#include "augment_options.h"
#include "command.h"
#include "image_grid.h"
#include "options.h"
#include "output.h"
#include "shared_options.h"

#include <cnn.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct arguments {
    const char *path;
    int64_t images, epochs, seed;
    cli_augment_options augment;
} arguments;

static const cli_option options[] = {
    {"--output", CLI_TEXT, offsetof(arguments, path), "FILE.png", .help = "the picture (required)",
     .letter = "-o"},
    {"--images", CLI_INTEGER, offsetof(arguments, images), "N", .help = "the first N images, a row each (8)",
     .min = 1, .max = 256},
    {"--epochs", CLI_INTEGER, offsetof(arguments, epochs), "N",
     .help = "columns: the image itself, then as N epochs of training see it (8)", .min = 1, .max = 256},
    {"--seed", CLI_INTEGER, offsetof(arguments, seed), "N", .help = "seed, as that of 'cnn train' (1)",
     .min = 0},
    CLI_ROWS(cli_augment_rows, offsetof(arguments, augment)),
    {0},
};

const cli_usage cli_data_preview_usage = {
    .command = "data preview",
    .title = "draw what augmentation makes of the images",
    .operands = "DATA --augment LIST -o FILE.png",
    .min = 1,
    .max = 1,
    .help = "Write a picture of the first training images: each row begins with an image as it is, followed "
            "by what the first epochs of 'cnn train' with the same --augment and --seed see. What is erased "
            "has the data's mean. mixup and cutmix take two images of a batch and are not shown.\n"
            "\n"
            "Augmentations, with their default amounts:\n" CLI_AUGMENTATIONS_HELP,
    .example = "  cnn data preview fashion-mnist --augment flip,rotate:15 -o grid.png",
    .options = options,
};

/* One row: the image, then epoch by epoch. */
static cnn_status draw_row(cli_image_grid *grid, const cnn_data *data, int64_t index, const arguments *a,
                           cnn_error *error) {
    cnn_status status = cnn_data_images(data, index, 1, cli_image_grid_at(grid, index, 0), error);
    for (int epoch = 1; status == CNN_OK && epoch <= (int)a->epochs; epoch++)
        status = cnn_data_augmented(data, index, a->augment.list, a->augment.count, (uint64_t)a->seed, epoch,
                                    cli_image_grid_at(grid, index, epoch), error);
    return status;
}

static int write_grid(const cnn_data *data, const arguments *a) {
    cnn_error error;
    int64_t shape[3];
    cnn_data_shape(data, shape);
    const int64_t rows = cnn_data_count(data) < a->images ? cnn_data_count(data) : a->images;
    cli_image_grid grid = cli_image_grid_new(shape, rows, a->epochs + 1);
    cnn_status status = CNN_OK;
    for (int64_t index = 0; status == CNN_OK && index < rows; index++)
        status = draw_row(&grid, data, index, a, &error);
    int code = status == CNN_OK ? cli_image_grid_write(&grid, a->path) : cli_fail("%s", error.message);
    free(grid.pixels);
    return code == CLI_GO_ON ? CLI_DONE : code;
}

static int preview(const char *source, const arguments *a) {
    cnn_error error;
    cnn_data *data = NULL;
    const cnn_data_options wanted = {.split = CNN_SPLIT_TRAIN, .limit = a->images};
    if (cnn_data_open(&data, source, &wanted, &error) != CNN_OK)
        return cli_fail("%s", error.message);
    int code = write_grid(data, a);
    cnn_data_free(data);
    return code;
}

int cli_data_preview(int count, char **words) {
    arguments a = {.images = 8, .epochs = 8, .seed = 1};
    int operands, code = cli_parse(&cli_data_preview_usage, count, words, &a, &operands);
    if (code == CLI_GO_ON && !a.path)
        code = cli_fail_usage("data preview: -o FILE.png is missing: give a file for the picture");
    if (code == CLI_GO_ON && !a.augment.text)
        code = cli_fail_usage(
            "data preview: --augment LIST is missing: say what shall happen to the images, for example "
            "--augment flip,crop:4");
    if (code == CLI_GO_ON)
        code = cli_augment_take("data preview", &a.augment);
    return code == CLI_GO_ON ? preview(words[0], &a) : code;
}
