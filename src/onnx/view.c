#include "onnx/view.h"

#include <string.h>

cnn_onnx_view cnn_onnx_view_of(const cnn_shape *shape) {
    cnn_onnx_view view = {.rank = shape->rank + 1, .size = {1, 1, 1, 1}};
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
    int64_t elements = 1;
    for (int part = 0; part < CNN_ONNX_ALL_PARTS; part++)
        elements *= view->size[part];
    return elements;
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

bool cnn_onnx_view_has_branches(const cnn_onnx_view *view) {
    return view->size[CNN_ONNX_BRANCHES] > 1;
}

/* A part longer than 1 that becomes number k. */
static void insert_part(cnn_onnx_view *view, int k, int part, int axis) {
    for (int i = view->count++; i > k; i--) {
        view->part[i] = view->part[i - 1];
        view->axis[i] = view->axis[i - 1];
    }
    view->part[k] = part;
    view->axis[k] = axis;
}

static void remove_part(cnn_onnx_view *view, int k) {
    for (int i = k + 1; i < view->count; i++) {
        view->part[i - 1] = view->part[i];
        view->axis[i - 1] = view->axis[i];
    }
    view->count--;
}

/* Number k, which is the channels, becomes so many branches and the channels of each. */
static bool split_channels(cnn_onnx_view *view, int k, int64_t branches) {
    int64_t *channels = &view->size[CNN_ONNX_CHANNELS];
    if (view->part[k] != CNN_ONNX_CHANNELS || cnn_onnx_view_has_branches(view) || *channels % branches != 0)
        return false;
    *channels /= branches;
    view->size[CNN_ONNX_BRANCHES] = branches;
    insert_part(view, k, CNN_ONNX_BRANCHES, view->axis[k]);
    return true;
}

/* Branches whose channels follow them on the same axis are channels like any other. */
static void join_branches(cnn_onnx_view *view) {
    for (int k = 0; k + 1 < view->count; k++)
        if (view->part[k] == CNN_ONNX_BRANCHES && view->part[k + 1] == CNN_ONNX_CHANNELS &&
            view->axis[k] == view->axis[k + 1]) {
            view->size[CNN_ONNX_CHANNELS] *= view->size[CNN_ONNX_BRANCHES];
            view->size[CNN_ONNX_BRANCHES] = 1;
            remove_part(view, k);
        }
}

/* The parts from number *next on that fill an axis of this size. */
static bool fill_axis(cnn_onnx_view *view, int *next, int axis, int64_t size) {
    while (size > 1) {
        if (*next == view->count)
            return false;
        if (size % view->size[view->part[*next]] != 0 && !split_channels(view, *next, size))
            return false;
        size /= view->size[view->part[*next]];
        view->axis[(*next)++] = axis;
    }
    return size == 1;
}

bool cnn_onnx_view_reshape(cnn_onnx_view *view, const int64_t *size, int64_t rank) {
    cnn_onnx_view shaped = *view;
    int next = 0;
    if (rank < 1 || rank > CNN_MAX_RANK)
        return false;
    for (int axis = 1; axis < rank; axis++)
        if (!fill_axis(&shaped, &next, axis, size[axis]))
            return false;
    shaped.rank = (int)rank;
    if (next < shaped.count)
        return false;
    join_branches(&shaped);
    *view = shaped;
    return true;
}

bool cnn_onnx_view_stack(cnn_onnx_view *view, int axis, int64_t branches) {
    int k = 0;
    if (axis < 1 || axis >= view->rank || cnn_onnx_view_size(view, axis) != 1 ||
        cnn_onnx_view_has_branches(view))
        return false;
    view->size[CNN_ONNX_BRANCHES] = branches;
    while (k < view->count && view->axis[k] < axis)
        k++;
    if (branches > 1)
        insert_part(view, k, CNN_ONNX_BRANCHES, axis);
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

static bool stands_in(const cnn_onnx_view *view, const int rank[CNN_ONNX_ALL_PARTS]) {
    for (int k = 1; k < view->count; k++)
        if (rank[view->part[k]] < rank[view->part[k - 1]])
            return false;
    return true;
}

bool cnn_onnx_view_is_in_order(const cnn_onnx_view *view) {
    static const int rank[] = {
        [CNN_ONNX_BRANCHES] = 0, [CNN_ONNX_CHANNELS] = 1, [CNN_ONNX_ROWS] = 2, [CNN_ONNX_COLUMNS] = 3};
    return stands_in(view, rank);
}

bool cnn_onnx_view_is_channels_last(const cnn_onnx_view *view) {
    static const int rank[] = {
        [CNN_ONNX_ROWS] = 0, [CNN_ONNX_COLUMNS] = 1, [CNN_ONNX_BRANCHES] = 2, [CNN_ONNX_CHANNELS] = 3};
    return stands_in(view, rank);
}

bool cnn_onnx_view_holds(const cnn_onnx_view *view, int axis, int part) {
    bool found = view->size[part] == 1;
    if (part == CNN_ONNX_CHANNELS && cnn_onnx_view_has_branches(view))
        return false;
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
    cnn_onnx_view view = {.rank = 3, .size = {1, 1, 1, 1}};
    put_part(&view, CNN_ONNX_CHANNELS, shape->dim[CNN_ONNX_CHANNELS], 1);
    put_part(&view, line, shape->dim[line], 2);
    return view;
}

cnn_onnx_view cnn_onnx_view_of_channels(const cnn_onnx_view *view, int64_t channels) {
    cnn_onnx_view left = {.rank = view->rank, .size = {1, 1, 1, 1}};
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

static int64_t all_channels(const cnn_onnx_view *view) {
    return view->size[CNN_ONNX_BRANCHES] * view->size[CNN_ONNX_CHANNELS];
}

bool cnn_onnx_view_meets(const cnn_onnx_view *a, const cnn_onnx_view *b) {
    const bool alike = a->size[CNN_ONNX_BRANCHES] == b->size[CNN_ONNX_BRANCHES] || all_channels(a) == 1 ||
                       all_channels(b) == 1;
    bool meets = a->rank == b->rank && alike;
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
    int64_t at[CNN_ONNX_ALL_PARTS] = {0};
    for (int k = view->count - 1; k >= 0; k--) {
        at[view->part[k]] = index % view->size[view->part[k]];
        index /= view->size[view->part[k]];
    }
    const int64_t channel = at[CNN_ONNX_BRANCHES] * view->size[CNN_ONNX_CHANNELS] + at[CNN_ONNX_CHANNELS];
    return (channel * view->size[CNN_ONNX_ROWS] + at[CNN_ONNX_ROWS]) * view->size[CNN_ONNX_COLUMNS] +
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
                *end++ = "CHWB"[view->part[k]];
        if (end == begin)
            *end++ = '1';
    }
    *end = '\0';
    return text;
}
