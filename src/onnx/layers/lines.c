#include "onnx/layers/lines.h"

#include <inttypes.h>
#include <string.h>

/* Attributes of a window with a number for each axis, or for both ends of each; what stands for an axis that is not
 * there. */
static const struct listed {
    const char *name;
    int64_t count, neutral;
} lists[] = {
    {"kernel_shape", 1, 1}, {"strides", 1, 1}, {"dilations", 1, 1}, {"output_padding", 1, 0}, {"pads", 2, 0},
};
enum { LISTS = sizeof lists / sizeof lists[0] };

static const struct listed *find_list(const char *name) {
    for (int i = 0; i < LISTS; i++)
        if (strcmp(lists[i].name, name) == 0)
            return &lists[i];
    return NULL;
}

/* Rows come before columns, and all beginnings before all ends. */
static void widen(cnn_attribute *attribute, const struct listed *list, int line, int64_t wide[4]) {
    for (int64_t i = 0; i < list->count; i++) {
        wide[2 * i + (line == CNN_ONNX_COLUMNS)] = attribute->integers[i];
        wide[2 * i + (line == CNN_ONNX_ROWS)] = list->neutral;
    }
    attribute->integers = wide;
    attribute->count = 2 * list->count;
}

cnn_status cnn_onnx_widen_attributes(cnn_onnx_node *node, int line, cnn_onnx_widened *room) {
    if (line < 0)
        return CNN_OK;
    for (int i = 0; i < node->attributes.count; i++) {
        cnn_attribute *attribute = &room->all[i];
        *attribute = node->attributes.all[i];
        const struct listed *list = find_list(attribute->name);
        if (!list || attribute->kind != CNN_ATTRIBUTE_INTEGERS)
            continue;
        if (attribute->count != list->count)
            return cnn_onnx_fail(node, CNN_ERROR_FORMAT,
                                 "the attribute %s has %" PRId64 " values, expected %" PRId64 " beside N,C,L",
                                 list->name, attribute->count, list->count);
        widen(attribute, list, line, room->lists[i]);
    }
    node->attributes.all = room->all;
    return CNN_OK;
}

void cnn_onnx_widen_weight(cnn_onnx_tensor *weight, int line) {
    int64_t *dim = weight->shape.dim;
    if (line < 0)
        return;
    dim[3] = line == CNN_ONNX_COLUMNS ? dim[2] : 1;
    dim[2] = line == CNN_ONNX_COLUMNS ? 1 : dim[2];
    weight->shape.rank = 4;
}

/* ---- Along the channels ----------------------------------------------------------------------------- */

bool cnn_onnx_is_line_of_channels(const cnn_onnx_value *x) {
    const cnn_onnx_view *view = &x->view;
    return view->rank == 3 && view->count == 1 && view->part[0] == CNN_ONNX_CHANNELS && view->axis[0] == 2;
}

cnn_status cnn_onnx_lay_channels_out(cnn_onnx_reader *reader, const cnn_onnx_node *node,
                                     const cnn_onnx_value *x) {
    const cnn_options columns = {.unflatten = {.size = {1, x->view.size[CNN_ONNX_CHANNELS]}}};
    cnn_onnx_value *output = cnn_onnx_output(reader, node);
    cnn_status status = CNN_OK;
    if (cnn_onnx_shape(reader, x)->rank > 1) {
        status = cnn_onnx_append(reader, node, &cnn_op_flatten, NULL, x, NULL);
        x = output;
    }
    if (status == CNN_OK)
        status = cnn_onnx_append(reader, node, &cnn_op_unflatten, &columns, x, NULL);
    if (status == CNN_OK)
        output->view = cnn_onnx_view_of_line(cnn_onnx_shape(reader, output), CNN_ONNX_COLUMNS);
    return status;
}

cnn_status cnn_onnx_gather_channels(cnn_onnx_reader *reader, const cnn_onnx_node *node) {
    cnn_onnx_value *output = cnn_onnx_output(reader, node);
    const int64_t channels = output->view.size[CNN_ONNX_COLUMNS];
    cnn_status status = cnn_onnx_append(reader, node, &cnn_op_flatten, NULL, output, NULL);
    output->view = (cnn_onnx_view){.rank = 3, .size = {channels, 1, 1, 1}};
    if (channels > 1) {
        output->view.count = 1;
        output->view.part[0] = CNN_ONNX_CHANNELS;
        output->view.axis[0] = 2;
    }
    return status;
}
