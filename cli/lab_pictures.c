/* cnn lab: the results as pictures. */
#include "folder.h"
#include "image_grid.h"
#include "lab.h"
#include "map_picture.h"
#include "options.h"
#include "output.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---- Heat maps --------------------------------------------------------------------------------------- */

/* Accuracies in percent: a square for each shift, the image as it is in the middle. */
static int draw_shifts(const cli_lab_report *r, cnn_lab_role role, const char *folder) {
    float values[CNN_LAB_SIDE * CNN_LAB_SIDE];
    for (int i = 0; i < CNN_LAB_SIDE * CNN_LAB_SIDE; i++)
        values[i] = 100 * (float)r->lab->networks[role].shifted[i / CNN_LAB_SIDE][i % CNN_LAB_SIDE] /
                    (float)r->lab->shifted_images;
    const cli_map map = {
        .values = values, .rows = CNN_LAB_SIDE, .columns = CNN_LAB_SIDE, .limit = 100, .from_zero = true};
    char *path = cli_format("%s/shift_%s.png", folder, cli_lab_roles[role]);
    int code = cli_map_write(&map, path);
    free(path);
    return code;
}

/* ---- Patches ----------------------------------------------------------------------------------------- */

enum { MOST_CHANNELS = 64 };
static const float NOTHING = 0.5f; /* where a receptive field ends at the image's edge */

/* The largest receptive field of a layer's patches: C,H,W of a picture's cell. Grey unless there are three channels. */
static void cell_shape(const cli_lab_report *r, const cnn_lab_layer *layer, int64_t cell[3]) {
    int64_t image[3];
    cnn_data_shape(r->shown, image);
    cell[0] = image[0] == 3 ? 3 : 1;
    cell[1] = cell[2] = 1;
    for (int64_t k = 0; k < layer->channels * CNN_LAB_PATCHES; k++) {
        const cnn_lab_patch *patch = &layer->patches[k];
        const int64_t rows = patch->end_row - patch->first_row,
                      columns = patch->end_column - patch->first_column;
        cell[1] = rows > cell[1] ? rows : cell[1];
        cell[2] = columns > cell[2] ? columns : cell[2];
    }
}

/* Where in its cell a patch begins along an axis: at its end if the image's first edge cut it off. */
static int64_t start_in_cell(int64_t first, int64_t end, int64_t image, int64_t cell) {
    return first == 0 && end < image ? cell - (end - first) : 0;
}

/* Cut a patch out of its image, C,H,W. */
static void cut(const float *image, const int64_t shape[3], const cnn_lab_patch *patch, const int64_t cell[3],
                float *to) {
    const int64_t top = start_in_cell(patch->first_row, patch->end_row, shape[1], cell[1]);
    const int64_t left = start_in_cell(patch->first_column, patch->end_column, shape[2], cell[2]);
    for (int64_t i = 0; i < cell[0] * cell[1] * cell[2]; i++) {
        const int64_t row = patch->first_row + i / cell[2] % cell[1] - top,
                      column = patch->first_column + i % cell[2] - left, channel = i / (cell[1] * cell[2]);
        const bool inside = row >= patch->first_row && row < patch->end_row &&
                            column >= patch->first_column && column < patch->end_column;
        to[i] = inside ? image[(channel * shape[1] + row) * shape[2] + column] : NOTHING;
    }
}

static int fill_grid(const cli_lab_report *r, const cnn_lab_layer *layer, const cli_image_grid *grid) {
    int64_t shape[3];
    cnn_error error;
    cnn_data_shape(r->shown, shape);
    float *image = cli_allocate((size_t)(shape[0] * shape[1] * shape[2]), sizeof *image);
    cnn_status status = CNN_OK;
    for (int64_t k = 0; !status && k < grid->rows * CNN_LAB_PATCHES; k++) {
        const cnn_lab_patch *patch = &layer->patches[k];
        if (patch->image < 0)
            continue;
        status = cnn_data_images(r->shown, patch->image, 1, image, &error);
        if (!status)
            cut(image, shape, patch, grid->shape,
                cli_image_grid_at(grid, k / CNN_LAB_PATCHES, k % CNN_LAB_PATCHES));
    }
    free(image);
    return status ? cli_fail("%s", error.message) : CLI_GO_ON;
}

/* A row for each channel, the patch that excites it most first. */
static int draw_patches(const cli_lab_report *r, const cnn_lab_layer *layer, const char *folder) {
    int64_t cell[3];
    cell_shape(r, layer, cell);
    const int64_t rows = layer->channels < MOST_CHANNELS ? layer->channels : MOST_CHANNELS;
    cli_image_grid grid = cli_image_grid_new(cell, rows, CNN_LAB_PATCHES);
    int code = fill_grid(r, layer, &grid);
    if (code == CLI_GO_ON) {
        char *name = cli_file_name(layer->name), *path = cli_format("%s/patches_%s.png", folder, name);
        code = cli_image_grid_write(&grid, path);
        free(path);
        free(name);
    }
    free(grid.pixels);
    return code;
}

int cli_lab_draw(const cli_lab_report *r, const char *folder) {
    int code = CLI_GO_ON;
    for (int role = 0; code == CLI_GO_ON && role <= CNN_LAB_DENSE; role++)
        if (r->lab->networks[role].there)
            code = draw_shifts(r, (cnn_lab_role)role, folder);
    for (int64_t i = 0; code == CLI_GO_ON && i < r->lab->layer_count; i++)
        if (r->lab->layers[i].patches)
            code = draw_patches(r, &r->lab->layers[i], folder);
    return code;
}
