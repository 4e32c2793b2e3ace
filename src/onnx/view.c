#include "onnx/view.h"

#include <string.h>

cnn_onnx_view cnn_onnx_view_of(const cnn_shape *shape) {
    cnn_onnx_view view = {.rank = shape->rank + 1, .size = {1, 1, 1}};
    for (int i = 0; i < shape->rank; i++) {
        view.size[i] = shape->dim[i];
        if (shape->dim[i] == 1)
            continue;
        view.part[view.count] = i;
        view.axis[view.count++] = i + 1;
    }
    return view;
}

int64_t cnn_onnx_view_size(const cnn_onnx_view *view, int axis) {
    int64_t size = 1;
    for (int k = 0; k < view->count; k++)
        size *= view->axis[k] == axis ? view->size[view->part[k]] : 1;
    return size;
}

int64_t cnn_onnx_view_elements(const cnn_onnx_view *view) {
    return view->size[0] * view->size[1] * view->size[2];
}

/* ---- Other axes ------------------------------------------------------------------------------------ */

bool cnn_onnx_is_permutation(const int64_t *from, int64_t rank) {
    bool seen[CNN_MAX_RANK] = {false};
    if (rank > CNN_MAX_RANK)
        return false;
    for (int64_t i = 0; i < rank; i++) {
        if (from[i] < 0 || from[i] >= rank || seen[from[i]])
            return false;
        seen[from[i]] = true;
    }
    return true;
}

bool cnn_onnx_view_transpose(cnn_onnx_view *view, const int64_t *from, int64_t rank) {
    cnn_onnx_view turned = *view;
    if (rank != view->rank || !cnn_onnx_is_permutation(from, rank) || from[0] != 0)
        return false;
    turned.count = 0;
    for (int axis = 1; axis < view->rank; axis++)
        for (int k = 0; k < view->count; k++)
            if (view->axis[k] == from[axis]) {
                turned.part[turned.count] = view->part[k];
                turned.axis[turned.count++] = axis;
            }
    *view = turned;
    return true;
}

void cnn_onnx_view_resize(cnn_onnx_view *view, int part, int64_t size) {
    int kept = 0;
    view->size[part] = size;
    for (int k = 0; k < view->count; k++) {
        if (view->size[view->part[k]] == 1)
            continue;
        view->part[kept] = view->part[k];
        view->axis[kept++] = view->axis[k];
    }
    view->count = kept;
}

bool cnn_onnx_view_reshape(cnn_onnx_view *view, const int64_t *size, int64_t rank) {
    cnn_onnx_view shaped = *view;
    int next = 0;
    if (rank < 1 || rank > CNN_MAX_RANK)
        return false;
    for (int axis = 1; axis < rank; axis++) {
        int64_t filled = 1;
        for (; next < view->count && filled < size[axis]; next++) {
            filled *= view->size[view->part[next]];
            shaped.axis[next] = axis;
        }
        if (filled != size[axis])
            return false;
    }
    shaped.rank = (int)rank;
    if (next < view->count)
        return false;
    *view = shaped;
    return true;
}

/* ---- What it is ------------------------------------------------------------------------------------ */

bool cnn_onnx_view_is_map(const cnn_onnx_view *view) {
    bool map = view->rank == CNN_ONNX_PARTS + 1;
    for (int k = 0; map && k < view->count; k++)
        map = view->axis[k] == view->part[k] + 1;
    return map;
}

bool cnn_onnx_view_is_flat(const cnn_onnx_view *view) {
    return view->rank == 2;
}

bool cnn_onnx_view_is_in_order(const cnn_onnx_view *view) {
    for (int k = 1; k < view->count; k++)
        if (view->part[k] < view->part[k - 1])
            return false;
    return true;
}

bool cnn_onnx_view_is_channels_last(const cnn_onnx_view *view) {
    static const int rank[] = {[CNN_ONNX_ROWS] = 0, [CNN_ONNX_COLUMNS] = 1, [CNN_ONNX_CHANNELS] = 2};
    for (int k = 1; k < view->count; k++)
        if (rank[view->part[k]] < rank[view->part[k - 1]])
            return false;
    return true;
}

bool cnn_onnx_view_holds(const cnn_onnx_view *view, int axis, int part) {
    bool found = view->size[part] == 1;
    for (int k = 0; k < view->count; k++) {
        if (view->part[k] == part && view->axis[k] != axis)
            return false;
        if (view->part[k] != part && view->axis[k] == axis)
            return false;
        found = found || view->part[k] == part;
    }
    return found && axis > 0 && axis < view->rank;
}

int cnn_onnx_view_line(const cnn_onnx_view *view) {
    if (view->rank != 3 || !cnn_onnx_view_holds(view, 1, CNN_ONNX_CHANNELS))
        return -1;
    return cnn_onnx_view_holds(view, 2, CNN_ONNX_COLUMNS) ? CNN_ONNX_COLUMNS
           : cnn_onnx_view_holds(view, 2, CNN_ONNX_ROWS)  ? CNN_ONNX_ROWS
                                                          : -1;
}

/* A part that lies on the axis alone, if it is longer than 1. */
static void put_part(cnn_onnx_view *view, int part, int64_t size, int axis) {
    view->size[part] = size;
    if (size == 1)
        return;
    view->part[view->count] = part;
    view->axis[view->count++] = axis;
}

cnn_onnx_view cnn_onnx_view_of_line(const cnn_shape *shape, int line) {
    cnn_onnx_view view = {.rank = 3, .size = {1, 1, 1}};
    put_part(&view, CNN_ONNX_CHANNELS, shape->dim[CNN_ONNX_CHANNELS], 1);
    put_part(&view, line, shape->dim[line], 2);
    return view;
}

cnn_onnx_view cnn_onnx_view_of_channels(const cnn_onnx_view *view, int64_t channels) {
    cnn_onnx_view left = {.rank = view->rank, .size = {1, 1, 1}};
    int axis = 1;
    for (int k = 0; k < view->count; k++)
        axis = view->part[k] == CNN_ONNX_CHANNELS ? view->axis[k] : axis;
    put_part(&left, CNN_ONNX_CHANNELS, channels, axis);
    return left;
}

int cnn_onnx_view_channel_axis(const cnn_onnx_view *view) {
    for (int axis = 1; axis < view->rank; axis++)
        if (cnn_onnx_view_holds(view, axis, CNN_ONNX_CHANNELS))
            return axis;
    return -1;
}

/* The number of a part among those longer than 1; -1: it is of size 1. */
static int find_part(const cnn_onnx_view *view, int part) {
    for (int k = 0; k < view->count; k++)
        if (view->part[k] == part)
            return k;
    return -1;
}

bool cnn_onnx_view_meets(const cnn_onnx_view *a, const cnn_onnx_view *b) {
    bool meets = a->rank == b->rank;
    int last = -1;
    for (int k = 0; meets && k < a->count; k++) {
        const int other = find_part(b, a->part[k]);
        if (other < 0)
            continue;
        meets = b->axis[other] == a->axis[k] && other > last;
        last = other;
    }
    return meets;
}

int64_t cnn_onnx_view_place(const cnn_onnx_view *view, int64_t index) {
    int64_t at[CNN_ONNX_PARTS] = {0};
    for (int k = view->count - 1; k >= 0; k--) {
        at[view->part[k]] = index % view->size[view->part[k]];
        index /= view->size[view->part[k]];
    }
    return (at[CNN_ONNX_CHANNELS] * view->size[CNN_ONNX_ROWS] + at[CNN_ONNX_ROWS]) *
               view->size[CNN_ONNX_COLUMNS] +
           at[CNN_ONNX_COLUMNS];
}

const char *cnn_onnx_view_text(const cnn_onnx_view *view, char text[CNN_ONNX_VIEW_TEXT]) {
    char *end = text;
    *end++ = 'N';
    for (int axis = 1; axis < view->rank; axis++) {
        *end++ = ',';
        const char *begin = end;
        for (int k = 0; k < view->count; k++)
            if (view->axis[k] == axis)
                *end++ = "CHW"[view->part[k]];
        if (end == begin)
            *end++ = '1';
    }
    *end = '\0';
    return text;
}
