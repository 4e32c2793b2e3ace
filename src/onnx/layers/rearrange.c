/* Layers that are written as Reshape, Transpose and Reshape because ONNX has no operator for them, and read from that:
 * channel shuffle, depth to space, space to depth. And a Reshape of a vector to feature maps. */
#include "onnx/fold.h"
#include "onnx/layers/list.h"
#include "onnx/layers/views.h"

#include <string.h>

typedef cnn_onnx_reader reader;
typedef cnn_onnx_node node;
typedef cnn_onnx_value value;

/* ---- Where the values of a tensor come from --------------------------------------------------------- */

/* A loop over the values of the source: so many, so far apart in C,H,W. */
typedef struct loop {
    int64_t size, step;
    int axis; /* of the tensor that it belongs to, never falling */
} loop;

enum { MAX_LOOPS = 12 };

/* One image of a tensor, whose values in their order are those of the source that these loops meet. */
typedef struct tensor {
    loop loops[MAX_LOOPS];
    int count, rank;
} tensor;

/* Loops of size 1 say nothing, and two that are one become one. */
static void add_loop(tensor *to, loop added) {
    loop *last = to->count ? &to->loops[to->count - 1] : NULL;
    if (added.size == 1)
        return;
    if (last && last->axis == added.axis && last->step == added.step * added.size) {
        last->size *= added.size;
        last->step = added.step;
    } else if (to->count < MAX_LOOPS)
        to->loops[to->count++] = added;
}

/* The sizes behind the batch, of which the product is the tensor's. False: a loop would have to be cut where it does not
 * come out. */
static bool reshape(tensor *t, const int64_t *size, int64_t rank) {
    tensor shaped = {.rank = (int)rank};
    int next = 0;
    for (int axis = 1; axis < rank; axis++)
        for (int64_t open = size[axis]; open > 1;) {
            if (next == t->count)
                return false;
            loop *own = &t->loops[next];
            const int64_t taken = own->size < open ? own->size : open;
            if (open % taken != 0 || own->size % taken != 0)
                return false;
            add_loop(&shaped, (loop){taken, own->step * (own->size / taken), axis});
            own->size /= taken;
            open /= taken;
            next += own->size == 1;
        }
    *t = shaped;
    return true;
}

static bool transpose(tensor *t, const int64_t *from, int64_t rank) {
    tensor turned = {.rank = t->rank};
    if (rank != t->rank || from[0] != 0)
        return false;
    for (int axis = 1; axis < rank; axis++)
        for (int k = 0; k < t->count; k++)
            if (t->loops[k].axis == from[axis])
                add_loop(&turned, (loop){t->loops[k].size, t->loops[k].step, axis});
    *t = turned;
    return true;
}

static bool same_tensors(const tensor *a, const tensor *b) {
    bool same = a->rank == b->rank && a->count == b->count;
    for (int k = 0; same && k < a->count; k++)
        same = a->loops[k].size == b->loops[k].size && a->loops[k].step == b->loops[k].step &&
               a->loops[k].axis == b->loops[k].axis;
    return same;
}

/* ---- What layers make ------------------------------------------------------------------------------- */

/* C,H,W: loops of each, with the outermost first. */
typedef struct parts {
    loop of[CNN_ONNX_PARTS][3];
} parts;

/* Where each part of a map lies; false where two share an axis, or one is nowhere. */
static bool find_axes(const cnn_onnx_view *view, int axis[CNN_ONNX_PARTS]) {
    const bool map = cnn_onnx_view_is_map(view);
    for (int part = 0; part < CNN_ONNX_PARTS; part++)
        axis[part] = map ? part + 1 : 0;
    for (int k = 0; !map && k < view->count; k++)
        axis[view->part[k]] = view->axis[k];
    return axis[0] && axis[1] && axis[2] && axis[0] != axis[1] && axis[1] != axis[2] && axis[2] != axis[0];
}

static tensor tensor_of(const parts *parts, const int axis[CNN_ONNX_PARTS]) {
    tensor made = {.rank = CNN_ONNX_PARTS + 1};
    for (int at = 1; at < made.rank; at++)
        for (int part = 0; part < CNN_ONNX_PARTS; part++)
            for (int k = 0; axis[part] == at && k < 3 && parts->of[part][k].size; k++)
                add_loop(&made, (loop){parts->of[part][k].size, parts->of[part][k].step, at});
    return made;
}

/* The map as it is. */
static parts whole_of(const cnn_shape *x) {
    const int64_t *d = x->dim;
    return (parts){{{{d[0], d[1] * d[2], 0}}, {{d[1], d[2], 0}}, {{d[2], 1, 0}}}};
}

static parts shuffled(const cnn_shape *x, int64_t groups) {
    const int64_t *d = x->dim, area = d[1] * d[2], each = d[0] / groups;
    return (parts){{{{each, area, 0}, {groups, each * area, 0}}, {{d[1], d[2], 0}}, {{d[2], 1, 0}}}};
}

static parts spread_out(const cnn_shape *x, int64_t block, cnn_depth_mode mode) {
    const int64_t *d = x->dim, area = d[1] * d[2], each = d[0] / (block * block);
    const bool blocks_first = mode == CNN_DEPTH_DCR;
    const int64_t column = blocks_first ? each * area : area;
    return (parts){{{{each, blocks_first ? area : block * block * area, 0}},
                    {{d[1], d[2], 0}, {block, block * column, 0}},
                    {{d[2], 1, 0}, {block, column, 0}}}};
}

static parts gathered(const cnn_shape *x, int64_t block, cnn_depth_mode mode) {
    const int64_t *d = x->dim, area = d[1] * d[2];
    parts made = {{{{0}}, {{d[1] / block, block * d[2], 0}}, {{d[2] / block, block, 0}}}};
    const loop channels = {d[0], area, 0}, row = {block, d[2], 0}, column = {block, 1, 0};
    loop *to = made.of[CNN_ONNX_CHANNELS];
    to[0] = mode == CNN_DEPTH_DCR ? row : channels;
    to[1] = mode == CNN_DEPTH_DCR ? column : row;
    to[2] = mode == CNN_DEPTH_DCR ? channels : column;
    return made;
}

/* ---- The three nodes -------------------------------------------------------------------------------- */

typedef struct chain {
    const value *x;
    int axis[CNN_ONNX_PARTS];
    node transposed, reshaped;
    tensor made;
    int64_t size[CNN_MAX_RANK]; /* that the last node gives */
} chain;

typedef struct layer {
    const cnn_op *op;
    cnn_options options;
} layer;

static bool is(const chain *c, parts parts) {
    const tensor made = tensor_of(&parts, c->axis);
    return same_tensors(&made, &c->made);
}

static bool is_shuffle(const chain *c, const cnn_shape *x, layer *found) {
    for (int64_t groups = 2; groups < x->dim[0]; groups++)
        if (x->dim[0] % groups == 0 && is(c, shuffled(x, groups))) {
            *found = (layer){&cnn_op_channel_shuffle, {.channel_shuffle = {.groups = groups}}};
            return true;
        }
    return false;
}

static bool is_to_space(const chain *c, const cnn_shape *x, cnn_depth_mode mode, layer *found) {
    const int64_t block = c->size[c->axis[CNN_ONNX_ROWS]] / x->dim[1];
    if (block < 2 || x->dim[0] % (block * block) != 0 || !is(c, spread_out(x, block, mode)))
        return false;
    *found = (layer){&cnn_op_depth_to_space, {.depth_to_space = {.block = block, .mode = mode}}};
    return true;
}

static bool is_to_depth(const chain *c, const cnn_shape *x, cnn_depth_mode mode, layer *found) {
    const int64_t block = x->dim[1] / c->size[c->axis[CNN_ONNX_ROWS]];
    if (block < 2 || x->dim[1] % block != 0 || x->dim[2] % block != 0 || !is(c, gathered(x, block, mode)))
        return false;
    *found = (layer){&cnn_op_space_to_depth, {.space_to_depth = {.block = block, .mode = mode}}};
    return true;
}

static bool find_layer(const chain *c, const cnn_shape *x, layer *found) {
    return is_shuffle(c, x, found) || is_to_space(c, x, CNN_DEPTH_DCR, found) ||
           is_to_space(c, x, CNN_DEPTH_CRD, found) || is_to_depth(c, x, CNN_DEPTH_DCR, found) ||
           is_to_depth(c, x, CNN_DEPTH_CRD, found);
}

/* The only node that reads the output of `n`, which must be its first input, with its attributes. */
static bool open_behind(const reader *r, const node *n, const char *op, node *found,
                        cnn_onnx_attributes *room) {
    const int64_t user = cnn_onnx_only_user(r, n);
    if (user == CNN_ONNX_NO_NODE)
        return false;
    *found = cnn_onnx_node_at(r, user);
    return strcmp(found->proto->op_type, op) == 0 && cnn_onnx_input(r, found, 0) == cnn_onnx_output(r, n) &&
           cnn_onnx_open_attributes(&found->attributes, room, found->proto, NULL) == CNN_OK;
}

/* The sizes that a Reshape of the chain gives, and what becomes of the tensor. */
static bool follow_reshape(const reader *r, node *n, chain *c, const int64_t *from, int from_rank,
                           int64_t *rank) {
    cnn_onnx_sizes sizes = {.count = from_rank};
    memcpy(sizes.size, from, (size_t)from_rank * sizeof *from);
    if (cnn_onnx_reshape_sizes(r, n, &sizes) != CNN_OK || !reshape(&c->made, sizes.size, sizes.count))
        return false;
    memcpy(c->size, sizes.size, sizeof c->size);
    *rank = sizes.count;
    return true;
}

static bool follow_transpose(node *n, chain *c, int64_t rank) {
    const int64_t *from = NULL;
    int64_t count = 0, before[CNN_MAX_RANK];
    if (cnn_attribute_integers(&n->attributes, "perm", &from, &count) != CNN_OK || count != rank ||
        !cnn_onnx_is_permutation(from, count) || !transpose(&c->made, from, count))
        return false;
    memcpy(before, c->size, sizeof before);
    for (int64_t axis = 0; axis < rank; axis++)
        c->size[axis] = before[from[axis]];
    return true;
}

/* The sizes that the last node asks for may be calculated behind the first one. What fails here fails again when its turn
 * comes. */
static void fold_between(reader *r, int64_t first, int64_t last) {
    bool folded;
    for (int64_t i = first + 1; i < last; i++)
        if (r->graph.needed[i])
            (void)cnn_onnx_fold_node(r, (size_t)i, &folded);
}

static bool find_chain(reader *r, const node *n, chain *c, layer *found) {
    const cnn_onnx_view *view = &c->x->view;
    const cnn_shape *shape = cnn_onnx_shape(r, c->x);
    cnn_onnx_attributes first_room, transpose_room, last_room;
    int64_t size[CNN_MAX_RANK] = {0}, rank;
    node first = *n; /* its attributes are read again by whoever takes the node */
    if (shape->rank != 3 || view->rank != CNN_ONNX_PARTS + 1 || cnn_onnx_view_has_branches(view) ||
        !find_axes(view, c->axis) || !open_behind(r, n, "Transpose", &c->transposed, &transpose_room) ||
        !open_behind(r, &c->transposed, "Reshape", &c->reshaped, &last_room) ||
        cnn_onnx_open_attributes(&first.attributes, &first_room, first.proto, NULL) != CNN_OK)
        return false;
    for (int axis = 1; axis < view->rank; axis++)
        size[axis] = cnn_onnx_view_size(view, axis);
    const parts whole = whole_of(shape);
    c->made = tensor_of(&whole, c->axis);
    fold_between(r, n->index, c->reshaped.index);
    first.error = NULL;
    return follow_reshape(r, &first, c, size, view->rank, &rank) &&
           follow_transpose(&c->transposed, c, rank) &&
           follow_reshape(r, &c->reshaped, c, c->size, (int)rank, &rank) && rank == CNN_ONNX_PARTS + 1 &&
           find_layer(c, shape, found);
}

/* ---- Reading ---------------------------------------------------------------------------------------- */

static cnn_onnx_view rearranged_view(const chain *c, const cnn_shape *output) {
    cnn_onnx_view view = c->x->view;
    if (cnn_onnx_view_is_map(&view))
        return cnn_onnx_view_of(output);
    for (int part = 0; part < CNN_ONNX_PARTS; part++)
        cnn_onnx_view_resize(&view, part, output->dim[part]);
    return view;
}

static cnn_status append_rearranged(reader *r, node *n, const chain *c, const layer *found) {
    const cnn_layer made = (cnn_layer)r->net->node_count + 1;
    int64_t allow_zero;
    value *output = cnn_onnx_output(r, n);
    r->absorbed_by[c->transposed.index] = r->absorbed_by[c->reshaped.index] = made;
    cnn_status status = cnn_attribute_integer(&n->attributes, "allowzero", &allow_zero);
    if (status == CNN_OK)
        status = cnn_onnx_append(r, n, found->op, &found->options, c->x, NULL);
    if (status == CNN_OK)
        output->view = rearranged_view(c, cnn_onnx_shape(r, output));
    return status;
}

/* Whether a vector becomes maps N,C,H,W. */
static bool becomes_maps(const reader *r, const node *n, const value *x, int64_t size[2]) {
    node copy = *n;
    cnn_onnx_attributes room;
    cnn_onnx_sizes sizes = {.count = 2, .size = {0, cnn_onnx_view_elements(&x->view)}};
    copy.error = NULL;
    if (cnn_onnx_shape(r, x)->rank != 1 || !cnn_onnx_view_is_flat(&x->view) ||
        !cnn_onnx_view_is_in_order(&x->view) ||
        cnn_onnx_open_attributes(&copy.attributes, &room, n->proto, NULL) != CNN_OK ||
        cnn_onnx_reshape_sizes(r, &copy, &sizes) != CNN_OK || sizes.count != CNN_ONNX_PARTS + 1)
        return false;
    memcpy(size, sizes.size + 2, 2 * sizeof *size);
    return size[0] * size[1] > 1 && sizes.size[1] > 1;
}

static cnn_status append_maps(reader *r, node *n, const value *x, const int64_t size[2]) {
    int64_t allow_zero;
    cnn_status status = cnn_attribute_integer(&n->attributes, "allowzero", &allow_zero);
    return status == CNN_OK
               ? cnn_onnx_append(r, n, &cnn_op_unflatten,
                                 &(cnn_options){.unflatten = {.size = {size[0], size[1]}}}, x, NULL)
               : status;
}

cnn_status cnn_onnx_read_rearranged(reader *r, node *n) {
    const value *x = cnn_onnx_input(r, n, 0);
    chain c = {.x = x};
    layer found;
    int64_t size[2];
    if (x && x->layer && find_chain(r, n, &c, &found))
        return append_rearranged(r, n, &c, &found);
    if (x && x->layer && becomes_maps(r, n, x, size))
        return append_maps(r, n, x, size);
    return cnn_onnx_read_view(r, n);
}

/* ---- Writing ---------------------------------------------------------------------------------------- */

typedef struct written {
    int64_t split[6], order[6], joined[4]; /* behind the batch, which a 0 keeps; split has `axes` of them */
    int axes;
} written;

static written write_shuffle_as(const cnn_node *layer) {
    const int64_t *d = layer->output.dim, groups = layer->options.channel_shuffle.groups;
    return (written){.split = {0, groups, d[0] / groups, d[1], d[2]},
                     .order = {0, 2, 1, 3, 4},
                     .joined = {0, d[0], d[1], d[2]},
                     .axes = layer->output.rank + 2};
}

/* Channel by channel, which SpaceToDepth does not do. */
static written write_depth_as(const cnn_node *layer) {
    const int64_t *d = layer->output.dim, block = layer->options.space_to_depth.block;
    return (written){.split = {0, d[0] / (block * block), d[1], block, d[2], block},
                     .order = {0, 1, 3, 5, 2, 4},
                     .joined = {0, d[0], d[1], d[2]},
                     .axes = 6};
}

/* A list that outlives the writer. */
static int64_t *keep(cnn_onnx_writer *w, const int64_t *values, int count) {
    int64_t *kept = cnn_onnx_take(&w->arena, (size_t)count, sizeof *kept);
    if (kept)
        memcpy(kept, values, (size_t)count * sizeof *kept);
    return kept;
}

static void write_chain(cnn_onnx_writer *w, const cnn_node *layer, const written *as) {
    const char *split = cnn_onnx_join(&w->arena, layer->name, ":split"),
               *turned = cnn_onnx_join(&w->arena, layer->name, ":turned");
    CnnOnnx__NodeProto *first = cnn_onnx_write_node(w, "Reshape", layer->name, 1, split);
    cnn_onnx_add_input(first, cnn_onnx_input_name(w, layer, 0));
    cnn_onnx_write_integers(w, first, layer, ":parts", as->split, as->axes);
    CnnOnnx__NodeProto *second = cnn_onnx_write_node(w, "Transpose", split, 1, turned);
    const int64_t *order = keep(w, as->order, as->axes);
    cnn_onnx_add_input(second, split);
    if (order)
        cnn_onnx_add_integers(&w->arena, second, "perm", order, (size_t)as->axes);
    CnnOnnx__NodeProto *last = cnn_onnx_write_node(w, "Reshape", turned, 1, cnn_onnx_output_name(w, layer));
    cnn_onnx_add_input(last, turned);
    cnn_onnx_write_integers(w, last, layer, ":shape", as->joined, layer->output.rank + 1);
}

static void write_maps(cnn_onnx_writer *w, const cnn_node *layer) {
    const int64_t *d = layer->output.dim;
    CnnOnnx__NodeProto *to = cnn_onnx_begin_layer(w, layer, "Reshape");
    cnn_onnx_write_integers(w, to, layer, ":shape", (int64_t[]){0, d[0], d[1], d[2]}, 4);
}

/* Channel shuffle, and a vector that becomes maps. */
void cnn_onnx_write_reshaped(cnn_onnx_writer *w, const cnn_node *layer) {
    const written as = write_shuffle_as(layer);
    if (layer->op == &cnn_op_unflatten)
        write_maps(w, layer);
    else
        write_chain(w, layer, &as);
}

void cnn_onnx_write_space_to_depth(cnn_onnx_writer *w, const cnn_node *layer) {
    const written as = write_depth_as(layer);
    if (layer->options.space_to_depth.mode == CNN_DEPTH_CRD)
        write_chain(w, layer, &as);
    else
        cnn_onnx_write_layer(w, layer);
}
