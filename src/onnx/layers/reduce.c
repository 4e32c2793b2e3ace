/* Reductions: over rows and columns they are global poolings, over the channels or over their branches poolings of channels. */
#include "onnx/layers/list.h"
#include "onnx/layers/views.h"

#include <string.h>

typedef cnn_onnx_reader reader;
typedef cnn_onnx_node node;

typedef struct reduction {
    const char *onnx;
    int64_t since;        /* the operator set in which its axes became an input */
    const cnn_op *of_map; /* over rows and columns; NULL: no layer */
    bool of_channels;     /* over the channels: a pooling of this mode */
    cnn_channel_pool_mode mode;
} reduction;

static const reduction reductions[] = {
    {"ReduceMean", 18, &cnn_op_global_avg_pool2d, true, CNN_CHANNEL_POOL_MEAN},
    {"ReduceMax", 18, &cnn_op_global_max_pool2d, true, CNN_CHANNEL_POOL_MAX},
    {"ReduceSum", 13, NULL, true, CNN_CHANNEL_POOL_SUM},
    {"ReduceL2", 18, &cnn_op_global_l2_pool2d, false, 0},
};

static const reduction *reduction_of(const node *n) {
    const reduction *found = reductions;
    while (strcmp(found->onnx, n->proto->op_type) != 0)
        found++;
    return found;
}

/* ---- Reading --------------------------------------------------------------------------------------- */

/* Whether the axes that are marked hold the rows and columns, and nothing else. */
static bool are_rows_and_columns(const cnn_onnx_view *from, const bool marked[CNN_MAX_RANK]) {
    bool are = !marked[0];
    for (int k = 0; k < from->count; k++)
        are = are &&
              marked[from->axis[k]] == (from->part[k] == CNN_ONNX_ROWS || from->part[k] == CNN_ONNX_COLUMNS);
    return are;
}

/* How many parts they hold, and the last of them. */
static int find_parts(const cnn_onnx_view *from, const bool marked[CNN_MAX_RANK], int *part) {
    int count = 0;
    for (int k = 0; k < from->count; k++)
        if (marked[from->axis[k]]) {
            *part = from->part[k];
            count++;
        }
    return count;
}

static cnn_status append_channel_pool(reader *r, node *n, const cnn_onnx_value *x, const reduction *how) {
    const int64_t branches = x->view.size[CNN_ONNX_BRANCHES];
    const cnn_options options = {
        .channel_pool = {.mode = how->mode, .branches = branches > 1 ? branches : 0}};
    return cnn_onnx_append(r, n, &cnn_op_channel_pool, &options, x, NULL);
}

/* The layer, and the axes that are left where all stay. */
static cnn_status append_reduction(reader *r, node *n, const cnn_onnx_value *x,
                                   const bool marked[CNN_MAX_RANK], cnn_onnx_view *left) {
    const reduction *how = reduction_of(n);
    const int pooled = cnn_onnx_view_has_branches(&x->view) ? CNN_ONNX_BRANCHES : CNN_ONNX_CHANNELS;
    int part = pooled;
    const int parts = find_parts(&x->view, marked, &part);
    *left = x->view;
    if (how->of_map && are_rows_and_columns(&x->view, marked)) {
        cnn_onnx_view_resize(left, CNN_ONNX_ROWS, 1);
        cnn_onnx_view_resize(left, CNN_ONNX_COLUMNS, 1);
        return cnn_onnx_append(r, n, how->of_map, NULL, x, NULL);
    }
    if (!how->of_channels || marked[0] || parts > 1 || part != pooled)
        return cnn_onnx_fail_view(n, &x->view,
                                  !how->of_map ? "and only the channels, or branches of them, can be added up"
                                  : how->of_channels
                                      ? "and only rows and columns, or the channels, can be reduced"
                                      : "and only rows and columns can be reduced");
    if (parts == 0) /* single values */
        return cnn_onnx_pass_on(r, n, x);
    cnn_onnx_view_resize(left, part, 1);
    return append_channel_pool(r, n, x, how);
}

cnn_status cnn_onnx_read_reduce(reader *r, node *n) {
    const int64_t *axes = NULL;
    int64_t count, keep_axes = 1;
    bool marked[CNN_MAX_RANK];
    cnn_onnx_view left;
    cnn_onnx_value *x, *output = cnn_onnx_output(r, n);
    cnn_status status = cnn_onnx_feature(r, n, 0, &x);
    if (status == CNN_OK)
        status = cnn_onnx_read_axes(r, n, reduction_of(n)->since, &axes, &count);
    if (status == CNN_OK && (!count || !cnn_onnx_mark_axes(axes, count, x->view.rank, marked)))
        status = cnn_onnx_fail_view(n, &x->view, "and it must name axes of them");
    if (status == CNN_OK)
        status = cnn_attribute_integer(&n->attributes, "keepdims", &keep_axes);
    if (status == CNN_OK)
        status = cnn_onnx_only_integer(n, "noop_with_empty_axes", 0);
    if (status == CNN_OK)
        status = append_reduction(r, n, x, marked, &left);
    if (status != CNN_OK)
        return status;
    if (!keep_axes)
        cnn_onnx_drop_axes(&left, marked);
    return cnn_onnx_give_view(r, n, output, &left);
}

/* The root of the sum of squares, no other norm. */
cnn_status cnn_onnx_read_lp_pool(reader *r, node *n) {
    cnn_status status = cnn_onnx_only_integer(n, "p", 2);
    return status == CNN_OK ? cnn_onnx_read_plain_layer(r, n) : status;
}

/* ---- Writing --------------------------------------------------------------------------------------- */

static const reduction *written_as(cnn_channel_pool_mode mode) {
    const reduction *found = reductions;
    while (!found->of_channels || found->mode != mode)
        found++;
    return found;
}

/* The branches get an axis of their own. */
static const char *write_split(cnn_onnx_writer *w, const cnn_node *layer) {
    const char *split = cnn_onnx_join(&w->arena, layer->name, ":split");
    const int64_t *d = layer->output.dim;
    CnnOnnx__NodeProto *to = cnn_onnx_write_node(w, "Reshape", split, 1, split);
    cnn_onnx_add_input(to, cnn_onnx_input_name(w, layer, 0));
    cnn_onnx_write_integers(w, to, layer, ":parts",
                            (int64_t[]){0, layer->options.channel_pool.branches, d[0], d[1], d[2]}, 5);
    return split;
}

void cnn_onnx_write_channel_pool(cnn_onnx_writer *w, const cnn_node *layer) {
    static const int64_t channels[] = {1};
    const reduction *how = written_as(layer->options.channel_pool.mode);
    const bool branches = layer->output.dim[0] > 1;
    const char *input = branches ? write_split(w, layer) : cnn_onnx_input_name(w, layer, 0);
    CnnOnnx__NodeProto *to =
        cnn_onnx_write_node(w, how->onnx, layer->name, 2, cnn_onnx_output_name(w, layer));
    cnn_onnx_add_input(to, input);
    if (w->opset >= how->since)
        cnn_onnx_write_integers(w, to, layer, ":axes", channels, 1);
    else
        cnn_onnx_add_integers(&w->arena, to, "axes", channels, 1);
    cnn_onnx_add_integer(&w->arena, to, "keepdims", !branches);
}
