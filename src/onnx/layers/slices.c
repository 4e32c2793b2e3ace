#include "onnx/layers/slices.h"

#include "base/numbers.h"
#include "onnx/array.h"
#include "onnx/layers/list.h"
#include "ops/slice.h"

#include <inttypes.h>

typedef cnn_onnx_reader reader;
typedef cnn_onnx_node node;
typedef cnn_onnx_value value;

/* ---- Lists of whole numbers ------------------------------------------------------------------------ */

enum { MAX_LIST = 1024 };

typedef struct list {
    int64_t of[MAX_LIST];
    int64_t count;
    bool given, scalar;
} list;

static cnn_status fill_list(const node *n, const char *what, const cnn_array *array, list *found) {
    if ((array->type != CNN_TYPE_INT64 && array->type != CNN_TYPE_INT32) || array->elements > MAX_LIST ||
        array->shape.rank > 1)
        return cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED, "the %s must be a list of at most %d integers, not %s",
                             what, MAX_LIST, cnn_array_describe(array).text);
    for (int64_t i = 0; i < array->elements; i++)
        found->of[i] = cnn_array_integer(array, i);
    found->count = array->elements;
    found->scalar = array->shape.rank == 0;
    found->given = true;
    return CNN_OK;
}

/* The constant that is input k. */
static cnn_status read_list(const reader *r, const node *n, size_t k, const char *what, bool optional,
                            list *found) {
    const cnn_onnx_source source = {.origin = r->graph.origin, .folder = r->folder, .error = n->error};
    const CnnOnnx__TensorProto *proto;
    cnn_array array = {0};
    found->given = false;
    found->count = 0;
    cnn_status status = cnn_onnx_constant(r, n, k, what, optional, &proto);
    if (status == CNN_OK && proto)
        status = cnn_onnx_array(&array, proto, &source);
    if (status == CNN_OK && proto)
        status = fill_list(n, what, &array, found);
    cnn_array_free(&array, NULL);
    return status;
}

static cnn_status read_list_attribute(node *n, const char *name, list *found) {
    const int64_t *values = NULL;
    int64_t count = 0;
    cnn_status status = cnn_attribute_integers(&n->attributes, name, &values, &count);
    if (status == CNN_OK && count > MAX_LIST)
        status = cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED, "%s has more than %d numbers", name, MAX_LIST);
    if (status != CNN_OK)
        return status;
    for (int64_t i = 0; i < count; i++)
        found->of[i] = values[i];
    found->given = values != NULL;
    found->count = count;
    return CNN_OK;
}

/* ---- Cuts ------------------------------------------------------------------------------------------ */

cnn_onnx_cut cnn_onnx_cut_of(const value *x) {
    return (cnn_onnx_cut){.view = x->view, .takes_all = true};
}

void cnn_onnx_cut_part(cnn_onnx_cut *cut, int part, int64_t first, int64_t count, int64_t step) {
    cnn_slice_options *slice = &cut->slice.slice;
    int64_t *span = part == CNN_ONNX_CHANNELS ? slice->channels
                    : part == CNN_ONNX_ROWS   ? slice->rows
                                              : slice->columns;
    span[0] = first;
    span[1] = count;
    span[2] = count > 1 ? step : 1;
    cut->takes_all = cut->takes_all && count == cut->view.size[part];
    cnn_onnx_view_resize(&cut->view, part, count);
}

cnn_status cnn_onnx_append_cut(reader *r, const node *n, size_t k, const value *x, const cnn_onnx_cut *cut) {
    value *output = cnn_onnx_output_number(r, n, k);
    cnn_status status = CNN_OK;
    if (cut->takes_all)
        output->layer = x->layer;
    else
        status = cnn_onnx_append_request(
            r, n, k, (cnn_node_request){.op = &cnn_op_slice, .options = &cut->slice, .input = x->layer});
    output->view = cut->view;
    return status;
}

/* The part that an axis holds alone; -1: there is none. */
static int part_on(const cnn_onnx_view *view, int64_t axis) {
    for (int part = 0; part < CNN_ONNX_PARTS; part++)
        if (view->size[part] > 1 && cnn_onnx_view_holds(view, (int)axis, part))
            return part;
    return -1;
}

static cnn_status cut_axis(const node *n, const value *x, int64_t axis, int64_t first, int64_t count,
                           int64_t step, cnn_onnx_cut *cut) {
    char text[CNN_ONNX_VIEW_TEXT];
    const int part = part_on(&x->view, axis);
    if (first == 0 && count == cnn_onnx_view_size(&x->view, (int)axis))
        return CNN_OK;
    if (part < 0 || count < 1)
        return cnn_onnx_fail(
            n, CNN_ERROR_UNSUPPORTED,
            "its input has the axes %s, and only parts of the channels, of the rows or of the "
            "columns can be taken, not %" PRId64 " along axis %" PRId64,
            cnn_onnx_view_text(&x->view, text), count, axis);
    cnn_onnx_cut_part(cut, part, first, count, step);
    return CNN_OK;
}

/* The axis behind the batch that is meant; -1: none. */
static int64_t real_axis(const value *x, int64_t axis) {
    const int64_t real = axis < 0 ? axis + x->view.rank : axis;
    return real >= 0 && real < x->view.rank ? real : -1;
}

static cnn_status wrong_axis(const node *n, const value *x, int64_t axis) {
    char text[CNN_ONNX_VIEW_TEXT];
    return cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED,
                         "its input has the axes %s, and axis %" PRId64 " cannot be cut",
                         cnn_onnx_view_text(&x->view, text), axis);
}

/* ---- Slice ----------------------------------------------------------------------------------------- */

typedef struct bounds {
    list starts, ends, axes, steps;
} bounds;

static cnn_status read_bounds(const reader *r, node *n, bounds *b) {
    if (r->opset < 10) {
        cnn_status status = read_list_attribute(n, "starts", &b->starts);
        if (status == CNN_OK)
            status = read_list_attribute(n, "ends", &b->ends);
        return status == CNN_OK ? read_list_attribute(n, "axes", &b->axes) : status;
    }
    cnn_status status = read_list(r, n, 1, "starts", false, &b->starts);
    if (status == CNN_OK)
        status = read_list(r, n, 2, "ends", false, &b->ends);
    if (status == CNN_OK)
        status = read_list(r, n, 3, "axes", true, &b->axes);
    return status == CNN_OK ? read_list(r, n, 4, "steps", true, &b->steps) : status;
}

static cnn_status check_bounds(const node *n, const bounds *b) {
    const int64_t count = b->starts.count;
    if (b->ends.count != count || (b->axes.given && b->axes.count != count) ||
        (b->steps.given && b->steps.count != count))
        return cnn_onnx_fail(n, CNN_ERROR_FORMAT, "starts, ends, axes and steps must be equally many");
    return CNN_OK;
}

/* Negative numbers count from the end; what lies beyond either end means that end. */
static int64_t place_of(int64_t at, int64_t size) {
    const int64_t place = at < 0 ? (at < -size ? 0 : at + size) : at;
    return cnn_min(place, size);
}

/* The batch may only be taken whole. */
static bool keeps_batch(const reader *r, int64_t start, int64_t end, int64_t step) {
    return start == 0 && step == 1 && end >= (r->batch ? r->batch : INT32_MAX);
}

static cnn_status cut_bounds(const reader *r, const node *n, const value *x, const bounds *b, int64_t i,
                             cnn_onnx_cut *cut) {
    const int64_t axis = real_axis(x, b->axes.given ? b->axes.of[i] : i);
    const int64_t step = b->steps.given ? b->steps.of[i] : 1;
    if (axis == 0 && keeps_batch(r, b->starts.of[i], b->ends.of[i], step))
        return CNN_OK;
    if (axis < 1)
        return wrong_axis(n, x, b->axes.given ? b->axes.of[i] : i);
    if (step < 1)
        return cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED, "step %" PRId64 " is not supported, only from 1 on",
                             step);
    const int64_t size = cnn_onnx_view_size(&x->view, (int)axis);
    const int64_t first = place_of(b->starts.of[i], size), end = place_of(b->ends.of[i], size);
    return cut_axis(n, x, axis, first, end > first ? (end - first - 1) / step + 1 : 0, step, cut);
}

cnn_status cnn_onnx_read_slice(reader *r, node *n) {
    bounds b = {0};
    value *x;
    cnn_status status = cnn_onnx_feature(r, n, 0, &x);
    if (status == CNN_OK)
        status = read_bounds(r, n, &b);
    if (status == CNN_OK)
        status = check_bounds(n, &b);
    if (status != CNN_OK)
        return status;
    cnn_onnx_cut cut = cnn_onnx_cut_of(x);
    for (int64_t i = 0; status == CNN_OK && i < b.starts.count; i++)
        status = cut_bounds(r, n, x, &b, i, &cut);
    return status == CNN_OK ? cnn_onnx_append_cut(r, n, 0, x, &cut) : status;
}

/* The axes that are cut, or the channels where none is. */
void cnn_onnx_write_slice(cnn_onnx_writer *w, const cnn_node *layer) {
    CnnOnnx__NodeProto *to = cnn_onnx_begin_layer(w, layer, "Slice");
    int64_t lists[4][CNN_ONNX_PARTS]; /* starts, ends, axes, steps */
    int64_t count = 0;
    for (int axis = 0; axis < layer->output.rank; axis++) {
        const int64_t *span = cnn_slice_span(&layer->options.slice, axis);
        const bool whole = span[0] == 0 && span[1] == 0 && span[2] == 1;
        if (whole && (axis + 1 < layer->output.rank || count > 0))
            continue;
        lists[0][count] = span[0];
        lists[1][count] = span[0] + (layer->output.dim[axis] - 1) * span[2] + 1;
        lists[2][count] = axis + 1;
        lists[3][count++] = span[2];
    }
    static const char *const names[] = {":starts", ":ends", ":axes", ":steps"};
    for (int i = 0; i < 4; i++)
        cnn_onnx_write_integers(w, to, layer, names[i], lists[i], count);
}

/* ---- Split ----------------------------------------------------------------------------------------- */

/* An attribute, or an input since operator set 13; equal parts, the last one smaller, where neither is given. */
static cnn_status read_sizes(const reader *r, node *n, int64_t size, list *sizes) {
    const int64_t outputs = (int64_t)n->proto->n_output;
    int64_t parts = outputs;
    cnn_status status =
        r->opset < 13 ? read_list_attribute(n, "split", sizes) : read_list(r, n, 1, "split", true, sizes);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&n->attributes, "num_outputs", &parts);
    if (status != CNN_OK)
        return status;
    if (!sizes->given && outputs <= MAX_LIST) {
        const int64_t each = cnn_ceil_div(size, outputs);
        for (sizes->count = 0; sizes->count < outputs; sizes->count++)
            sizes->of[sizes->count] = cnn_min(each, size - each * sizes->count);
    }
    int64_t sum = 0;
    bool counts = sizes->count == outputs && parts == outputs;
    for (int64_t i = 0; counts && i < sizes->count; i++) {
        counts = sizes->of[i] > 0 && sizes->of[i] <= size;
        sum += sizes->of[i];
    }
    return counts && sum == size
               ? CNN_OK
               : cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED,
                               "%" PRId64 " values are to be split into %" PRId64
                               " outputs; each must get at least one, and all of them together everything",
                               size, outputs);
}

/* A slice for each output that somebody reads. */
cnn_status cnn_onnx_read_split(reader *r, node *n) {
    int64_t axis = 0, first = 0;
    list sizes = {0};
    value *x;
    cnn_status status = cnn_onnx_feature(r, n, 0, &x);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&n->attributes, "axis", &axis);
    const int64_t real = status == CNN_OK ? real_axis(x, axis) : 0;
    if (status == CNN_OK && real < 1)
        status = wrong_axis(n, x, axis);
    if (status == CNN_OK)
        status = read_sizes(r, n, cnn_onnx_view_size(&x->view, (int)real), &sizes);
    for (int64_t k = 0; status == CNN_OK && k < sizes.count; first += sizes.of[k++]) {
        const value *output = cnn_onnx_output_number(r, n, (size_t)k);
        cnn_onnx_cut cut = cnn_onnx_cut_of(x);
        if (!output || !output->symbol->uses)
            continue;
        status = cut_axis(n, x, real, first, sizes.of[k], 1, &cut);
        if (status == CNN_OK)
            status = cnn_onnx_append_cut(r, n, (size_t)k, x, &cut);
    }
    return status;
}

/* ---- Gather ---------------------------------------------------------------------------------------- */

/* How many indices from `at` on are equally far apart, and rise. */
static int64_t run_at(const list *indices, int64_t at, int64_t *step) {
    int64_t end = at + 1;
    *step = end < indices->count ? indices->of[end] - indices->of[at] : 1;
    if (*step < 1)
        *step = 1;
    while (end < indices->count && indices->of[end] - indices->of[end - 1] == *step)
        end++;
    return end - at;
}

static cnn_status check_indices(const node *n, int64_t size, list *indices) {
    for (int64_t i = 0; i < indices->count; i++) {
        if (indices->of[i] < -size || indices->of[i] >= size)
            return cnn_onnx_fail(n, CNN_ERROR_FORMAT, "index %" PRId64 " is none of %" PRId64, indices->of[i],
                                 size);
        indices->of[i] += indices->of[i] < 0 ? size : 0;
    }
    return indices->count > 0 ? CNN_OK : cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED, "it takes nothing");
}

enum { MAX_RUNS = 64 };

/* Several runs of channels: a slice for each, one after the other. */
static cnn_status append_runs(reader *r, const node *n, const value *x, int64_t axis, const list *indices) {
    cnn_layer layers[MAX_RUNS];
    int count = 0;
    int64_t step, length;
    cnn_onnx_view view = x->view;
    value *output = cnn_onnx_output(r, n);
    cnn_status status = CNN_OK;
    for (int64_t at = 0; status == CNN_OK && at < indices->count; at += length) {
        cnn_onnx_cut cut = cnn_onnx_cut_of(x);
        length = run_at(indices, at, &step);
        if (count == MAX_RUNS || part_on(&x->view, axis) != CNN_ONNX_CHANNELS)
            return cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED,
                                 "only channels can be picked, and in at most %d pieces", MAX_RUNS);
        status = cut_axis(n, x, axis, indices->of[at], length, step, &cut);
        if (status == CNN_OK)
            status = cnn_onnx_append_cut(r, n, 0, x, &cut);
        layers[count++] = output->layer;
    }
    if (status == CNN_OK && count > 1)
        status = cnn_onnx_append_request(
            r, n, 0,
            (cnn_node_request){
                .op = &cnn_op_concat, .input = layers[0], .others = layers + 1, .other_count = count - 1});
    cnn_onnx_view_resize(&view, CNN_ONNX_CHANNELS, indices->count);
    output->view = view;
    return status;
}

/* One index without an axis of its own: what is left has one axis less. */
static cnn_status drop_axis(const node *n, cnn_onnx_view *view, int64_t axis) {
    int64_t size[CNN_MAX_RANK];
    int64_t count = 0;
    for (int at = 0; at < view->rank; at++)
        if (at != axis)
            size[count++] = at ? cnn_onnx_view_size(view, at) : 0;
    return cnn_onnx_view_reshape(view, size, count)
               ? CNN_OK
               : cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED, "axis %" PRId64 " cannot be taken away", axis);
}

cnn_status cnn_onnx_read_gather(reader *r, node *n) {
    int64_t axis = 0, step;
    list indices = {0};
    value *x;
    cnn_status status = cnn_onnx_feature(r, n, 0, &x);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&n->attributes, "axis", &axis);
    if (status == CNN_OK)
        status = read_list(r, n, 1, "indices", false, &indices);
    if (status != CNN_OK)
        return status;
    const int64_t real = real_axis(x, axis);
    if (real < 1)
        return wrong_axis(n, x, axis);
    status = check_indices(n, cnn_onnx_view_size(&x->view, (int)real), &indices);
    if (status != CNN_OK)
        return status;
    cnn_onnx_cut cut = cnn_onnx_cut_of(x);
    const int64_t length = run_at(&indices, 0, &step);
    if (length < indices.count)
        return append_runs(r, n, x, real, &indices);
    status = cut_axis(n, x, real, indices.of[0], length, step, &cut);
    if (status == CNN_OK && indices.scalar)
        status = drop_axis(n, &cut.view, real);
    return status == CNN_OK ? cnn_onnx_append_cut(r, n, 0, x, &cut) : status;
}
