/* Operators that give the same values another shape: they change how the file sees a layer's values. */
#include "onnx/layers/list.h"
#include "onnx/layers/views.h"

#include "base/memory.h"
#include "base/numbers.h"

#include <inttypes.h>
#include <string.h>

typedef cnn_onnx_reader reader;
typedef cnn_onnx_node node;
typedef cnn_onnx_view view;

cnn_status cnn_onnx_fail_view(const node *n, const view *from, const char *what) {
    char text[CNN_ONNX_VIEW_TEXT];
    return cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED, "its input has the axes %s, %s",
                         cnn_onnx_view_text(from, text), what);
}

/* ---- Flatten and Transpose ------------------------------------------------------------------------- */

static cnn_status flatten(const reader *r, node *n, view *to) {
    const int64_t size[2] = {0, cnn_onnx_view_elements(to)};
    int64_t axis = 1;
    (void)r;
    cnn_status status = cnn_attribute_integer(&n->attributes, "axis", &axis);
    if (status == CNN_OK && axis != 1 && axis != 1 - to->rank)
        return cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED, "axis %" PRId64 " is not supported, only 1", axis);
    if (status == CNN_OK)
        cnn_onnx_view_reshape(to, size, 2);
    return status;
}

/* Without the attribute the axes are reversed, which moves the batch. */
static cnn_status transpose(const reader *r, node *n, view *to) {
    const int64_t *from = NULL;
    int64_t count = 0;
    (void)r;
    cnn_status status = cnn_attribute_integers(&n->attributes, "perm", &from, &count);
    if (status == CNN_OK && !cnn_onnx_view_transpose(to, from, count))
        status = cnn_onnx_fail_view(n, to, "and only the axes after the batch can be permuted");
    return status;
}

/* Feature maps are float32 already. */
static cnn_status cast(const reader *r, node *n, view *to) {
    (void)r;
    (void)to;
    return cnn_onnx_only_integer(n, "to", CNN_ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT);
}

static cnn_status keep(const reader *r, node *n, view *to) {
    (void)r;
    (void)n;
    (void)to;
    return CNN_OK;
}

/* ---- Reshape --------------------------------------------------------------------------------------- */

/* The sizes that a Reshape asks for; one that is the batch, which is free, is KEEPS_BATCH. */
typedef struct target {
    int64_t size[CNN_MAX_RANK];
    int64_t count;
} target;

enum { KEEPS_BATCH = -2 };

static cnn_status fill_target(const node *n, const int64_t *sizes, int64_t count, target *to) {
    if (count > CNN_MAX_RANK)
        return cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED,
                             "%" PRId64 " axes are requested; at most %d are supported", count, CNN_MAX_RANK);
    to->count = count;
    for (int64_t i = 0; i < count; i++)
        to->size[i] = sizes[i];
    return CNN_OK;
}

/* Sizes that were calculated from the batch: each is the batch itself, or does not depend on it. */
static cnn_status read_probes(const node *n, const cnn_onnx_value *shape, target *to) {
    cnn_onnx_tensor probe[2];
    cnn_status status = CNN_OK;
    for (int i = 0; status == CNN_OK && i < 2; i++)
        status = cnn_onnx_integers(n, shape->probe[i], "shape", &probe[i]);
    if (status == CNN_OK && probe[0].elements != probe[1].elements)
        status =
            cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED, "the number of axes of its result depends on the batch");
    if (status == CNN_OK)
        status = fill_target(n, probe[0].integers, probe[0].elements, to);
    for (int64_t i = 0; status == CNN_OK && i < to->count; i++) {
        if (probe[0].integers[i] == probe[1].integers[i])
            continue;
        if (probe[0].integers[i] != CNN_ONNX_PROBES[0] || probe[1].integers[i] != CNN_ONNX_PROBES[1])
            return cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED,
                                 "the size of axis %" PRId64 " is calculated from the batch", i);
        to->size[i] = KEEPS_BATCH;
    }
    return status;
}

/* An input since opset 5, before it an attribute. */
static cnn_status read_target(const reader *r, node *n, target *to) {
    const cnn_onnx_value *shape = cnn_onnx_input(r, n, 1);
    const CnnOnnx__TensorProto *proto;
    cnn_onnx_tensor tensor;
    const int64_t *sizes = NULL;
    int64_t count = 0;
    if (r->opset < 5) {
        cnn_status status = cnn_attribute_integers(&n->attributes, "shape", &sizes, &count);
        return status == CNN_OK ? fill_target(n, sizes, count, to) : status;
    }
    if (shape && shape->probe[0])
        return read_probes(n, shape, to);
    cnn_status status = cnn_onnx_constant(r, n, 1, "shape", false, &proto);
    if (status == CNN_OK)
        status = cnn_onnx_integers(n, proto, "shape", &tensor);
    return status == CNN_OK ? fill_target(n, tensor.integers, tensor.elements, to) : status;
}

/* Whether the size of the first axis says that it stays the batch. Where it is what is left over, no other may be. */
static bool keeps_batch(const reader *r, const target *to, bool allow_zero) {
    const int64_t batch = to->size[0];
    return batch == KEEPS_BATCH || (batch == 0 && !allow_zero) || batch == -1 ||
           (r->batch > 0 && batch == r->batch);
}

/* Sizes without wildcards: 0 is that of the input, -1 what is left over. False where they do not come out. */
static bool resolve(const cnn_onnx_sizes *from, target *to, bool allow_zero) {
    int64_t elements = 1, product = 1, *left_over = to->size[0] == -1 ? &to->size[0] : NULL;
    for (int64_t i = 1; i < from->count; i++)
        elements *= from->size[i];
    for (int64_t i = 1; i < to->count; i++) {
        int64_t *size = &to->size[i];
        if (*size == -1 && left_over)
            return false;
        if (*size == 0 && !allow_zero && i < from->count)
            *size = from->size[i];
        if (*size == -1)
            left_over = size;
        else if (*size < 1 || !cnn_multiply(product, *size, &product))
            return false;
    }
    if (left_over && left_over != &to->size[0])
        *left_over = elements / product;
    return true;
}

static cnn_status read_wanted(const reader *r, node *n, target *to, bool *allow_zero) {
    int64_t allowed = 0;
    cnn_status status = read_target(r, n, to);
    if (status == CNN_OK)
        status = cnn_attribute_integer(&n->attributes, "allowzero", &allowed);
    *allow_zero = allowed != 0;
    return status;
}

/* False where the batch does not stay, or the sizes do not come out. */
static bool settle(const reader *r, target *wanted, bool allow_zero, cnn_onnx_sizes *sizes) {
    if (wanted->count < 1 || !keeps_batch(r, wanted, allow_zero) || !resolve(sizes, wanted, allow_zero))
        return false;
    sizes->count = wanted->count;
    memcpy(sizes->size, wanted->size, sizeof sizes->size);
    return true;
}

cnn_status cnn_onnx_reshape_sizes(const reader *r, node *n, cnn_onnx_sizes *sizes) {
    target wanted = {0};
    bool allow_zero;
    cnn_status status = read_wanted(r, n, &wanted, &allow_zero);
    if (status == CNN_OK && !settle(r, &wanted, allow_zero, sizes))
        status = cnn_onnx_fail(n, CNN_ERROR_UNSUPPORTED,
                               "a Reshape must keep the batch, and its sizes must come out");
    return status;
}

static cnn_status reshape(const reader *r, node *n, view *to) {
    target wanted = {0};
    bool allow_zero;
    cnn_onnx_sizes sizes = {.count = to->rank};
    for (int axis = 1; axis < to->rank; axis++)
        sizes.size[axis] = cnn_onnx_view_size(to, axis);
    cnn_status status = read_wanted(r, n, &wanted, &allow_zero);
    if (status != CNN_OK)
        return status;
    if (settle(r, &wanted, allow_zero, &sizes) && cnn_onnx_view_reshape(to, sizes.size, sizes.count))
        return CNN_OK;
    return cnn_onnx_fail_view(
        n, to,
        "and a Reshape may merge whole axes: [0,-1] to flatten all but the batch, [0,C,H,W] "
        "to undo that");
}

/* ---- Axes that go ---------------------------------------------------------------------------------- */

cnn_status cnn_onnx_read_axes(const reader *r, node *n, int64_t since, const int64_t **axes, int64_t *count) {
    const CnnOnnx__TensorProto *proto;
    cnn_onnx_tensor tensor;
    *count = 0;
    if (r->opset < since)
        return cnn_attribute_integers(&n->attributes, "axes", axes, count);
    cnn_status status = cnn_onnx_constant(r, n, 1, "axes", true, &proto);
    if (status == CNN_OK && proto)
        status = cnn_onnx_integers(n, proto, "axes", &tensor);
    if (status == CNN_OK && proto) {
        *axes = tensor.integers;
        *count = tensor.elements;
    }
    return status;
}

bool cnn_onnx_mark_axes(const int64_t *axes, int64_t count, int rank, bool marked[CNN_MAX_RANK]) {
    memset(marked, 0, CNN_MAX_RANK * sizeof *marked);
    for (int64_t i = 0; i < count; i++) {
        const int64_t axis = axes[i] < 0 ? axes[i] + rank : axes[i];
        if (axis < 0 || axis >= rank || marked[axis])
            return false;
        marked[axis] = true;
    }
    return true;
}

bool cnn_onnx_drop_axes(view *to, const bool marked[CNN_MAX_RANK]) {
    int64_t size[CNN_MAX_RANK];
    int64_t count = 0;
    for (int axis = 0; axis < to->rank; axis++)
        if (!marked[axis])
            size[count++] = axis ? cnn_onnx_view_size(to, axis) : 0;
    return !marked[0] && cnn_onnx_view_reshape(to, size, count);
}

static cnn_status squeeze(const reader *r, node *n, view *to) {
    const int64_t *axes = NULL;
    int64_t count;
    bool marked[CNN_MAX_RANK];
    cnn_status status = cnn_onnx_read_axes(r, n, 13, &axes, &count);
    if (status != CNN_OK)
        return status;
    bool known = cnn_onnx_mark_axes(axes, count, to->rank, marked);
    for (int axis = 1; !count && axis < to->rank; axis++)
        marked[axis] = cnn_onnx_view_size(to, axis) == 1;
    known = known && (count || r->batch != 1); /* then the batch would go, too */
    return known && cnn_onnx_drop_axes(to, marked)
               ? CNN_OK
               : cnn_onnx_fail_view(n, to, "and only axes of size 1 after the batch can be removed");
}

static cnn_status unsqueeze(const reader *r, node *n, view *to) {
    const int64_t *axes = NULL;
    int64_t count, from = 0;
    bool marked[CNN_MAX_RANK];
    int64_t size[CNN_MAX_RANK];
    cnn_status status = cnn_onnx_read_axes(r, n, 13, &axes, &count);
    if (status != CNN_OK)
        return status;
    const int64_t rank = to->rank + cnn_min(count, CNN_MAX_RANK);
    if (count > CNN_MAX_RANK || rank > CNN_MAX_RANK || !cnn_onnx_mark_axes(axes, count, (int)rank, marked) ||
        marked[0])
        return cnn_onnx_fail_view(n, to, "and new ones must follow the batch");
    for (int64_t axis = 0; axis < rank; axis++)
        size[axis] = marked[axis] ? 1 : cnn_onnx_view_size(to, (int)from++);
    cnn_onnx_view_reshape(to, size, rank);
    return CNN_OK;
}

/* ---- All of them ----------------------------------------------------------------------------------- */

static const struct {
    const char *op;
    cnn_status (*change)(const reader *r, node *n, view *to);
} views[] = {
    {"Cast", cast},       {"Flatten", flatten},     {"Identity", keep},       {"Reshape", reshape},
    {"Squeeze", squeeze}, {"Transpose", transpose}, {"Unsqueeze", unsqueeze},
};

bool cnn_onnx_is_view(const char *op) {
    for (size_t i = 0; op && i < sizeof views / sizeof views[0]; i++)
        if (strcmp(views[i].op, op) == 0)
            return true;
    return false;
}

cnn_status cnn_onnx_change_view(const reader *r, node *n, view *to) {
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++)
        if (strcmp(views[i].op, n->proto->op_type) == 0)
            return views[i].change(r, n, to);
    return CNN_OK;
}

cnn_status cnn_onnx_read_view(reader *r, node *n) {
    cnn_onnx_value *x;
    node norm, back;
    if (cnn_onnx_find_rows_norm(r, n, &norm, &back))
        return cnn_onnx_read_rows_norm(r, n, &norm, &back);
    cnn_status status = cnn_onnx_feature(r, n, 0, &x);
    if (status != CNN_OK)
        return status;
    view changed = x->view;
    status = cnn_onnx_change_view(r, n, &changed);
    return status == CNN_OK ? cnn_onnx_give_view(r, n, x, &changed) : status;
}
