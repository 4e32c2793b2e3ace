/* The places in images that excite each channel of a layer most. */
#include "inspect/inspector.h"

#include "base/memory.h"

#include <inttypes.h>
#include <string.h>

/* The largest value of one map; the first of several equal ones. */
static cnn_patch largest_of(const float *map, int64_t area, int64_t first_index, int64_t image) {
    cnn_patch best = {.image = image, .index = first_index, .value = map[0]};
    for (int64_t i = 1; i < area; i++)
        if (map[i] > best.value) {
            best.value = map[i];
            best.index = first_index + i;
        }
    return best;
}

/* Put a patch into the sorted list, if it belongs there; equal ones stay in the order of the images. */
static void insert(cnn_patch patch, int64_t most, cnn_patch *patches) {
    int64_t at = most;
    while (at > 0 && (patches[at - 1].image < 0 || patches[at - 1].value < patch.value))
        at--;
    if (at == most)
        return;
    memmove(patches + at + 1, patches + at, (size_t)(most - 1 - at) * sizeof *patches);
    patches[at] = patch;
}

/* `values`: one image's C,H,W. */
static void merge_image(const cnn_shape *shape, const float *values, int64_t image, int64_t most,
                        cnn_patch *patches) {
    const int64_t area = cnn_shape_elements(shape) / shape->dim[0];
    for (int64_t c = 0; c < shape->dim[0]; c++)
        insert(largest_of(values + c * area, area, c * area, image), most, patches + c * most);
}

cnn_status cnn_inspector_top_patches(const cnn_inspector *inspector, const char *layer, int64_t first_image,
                                     int64_t most, cnn_patch *patches, cnn_error *error) {
    int node = -1;
    cnn_status status = cnn_required(error, inspector, layer, patches);
    if (status == CNN_OK)
        status = cnn_inspect_find_run(inspector, layer, &node, error);
    if (status == CNN_OK && (most < 1 || first_image < 0))
        status =
            cnn_fail(error, CNN_ERROR_ARGUMENT,
                     "at least 1 patch a channel is needed, not %" PRId64 ", and images count from 0", most);
    if (status != CNN_OK)
        return status;
    const cnn_shape *shape = cnn_inspect_shape(inspector, node);
    float *values = cnn_allocate((size_t)cnn_shape_elements(shape), sizeof *values, "top patches", error);
    if (!values)
        return CNN_ERROR_MEMORY;
    for (int64_t image = 0; image < inspector->count; image++) {
        cnn_plan_get_values(inspector->plan, node, image, 1, values);
        merge_image(shape, values, first_image + image, most, patches);
    }
    cnn_free(values);
    return CNN_OK;
}
