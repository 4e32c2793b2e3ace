/* What of the image one value depends on. */
#include "inspect/account.h"

#include "base/memory.h"
#include "base/numbers.h"

#include <math.h>
#include <string.h>

/* ---- Exactly: a mark for each value that takes part ------------------------------------------------- */

/* [1 + node]: a byte for each value of the node's output; NULL: none takes part. */
typedef struct marks {
    const cnn_inspector *inspector;
    uint8_t **of;
} marks;

static cnn_status need_marks(marks *m, int node, cnn_error *error) {
    const size_t count = (size_t)cnn_shape_elements(cnn_inspect_shape(m->inspector, node));
    if (!m->of[node + 1])
        m->of[node + 1] = cnn_allocate(count, 1, "a receptive field", error);
    return m->of[node + 1] ? CNN_OK : CNN_ERROR_MEMORY;
}

static void mark_reach(const cnn_shape *shape, const cnn_reach *reach, uint8_t *mark) {
    for (int64_t c = reach->channels.first; c < reach->channels.end; c++)
        for (int64_t i = 0; i < reach->count[0]; i++)
            for (int64_t j = 0; j < reach->count[1]; j++) {
                const int64_t index =
                    cnn_spot_index(shape, (cnn_spot){c, reach->first[0] + i * reach->step[0],
                                                     reach->first[1] + j * reach->step[1]});
                if (index >= 0)
                    mark[index] = 1;
            }
}

/* Whether one of `count` channels from `at` on takes part there. */
static bool any_marked(const cnn_shape *shape, const uint8_t *mark, cnn_spot at, int64_t count) {
    bool any = false;
    for (int64_t c = at.channel; c < at.channel + count; c++)
        any = any || mark[cnn_spot_index(shape, (cnn_spot){c, at.row, at.column})];
    return any;
}

/* The inputs of all marked outputs of a node; channels that look at the same inputs are gone through once. */
static void mark_input(const marks *m, const cnn_inspected_kind *kind, int node, int k) {
    const cnn_net *net = m->inspector->net;
    const cnn_node *layer = &net->nodes[node];
    const cnn_shape *output = &layer->output;
    const int64_t area = cnn_shape_elements(output) / output->dim[0];
    const int64_t alike = kind->alike ? kind->alike(net, layer) : 1;
    cnn_question question = {.net = net, .node = layer, .input = k};
    for (int64_t first = 0; first < output->dim[0]; first += alike)
        for (int64_t position = 0; position < area; position++) {
            question.at = cnn_spot_of(output, first * area + position);
            if (!any_marked(output, m->of[node + 1], question.at, alike))
                continue;
            const cnn_reach reach = kind->reach(&question);
            mark_reach(cnn_question_shape(&question), &reach, m->of[layer->input[k] + 1]);
        }
}

static cnn_status mark_inputs(marks *m, int node, cnn_error *error) {
    const cnn_node *layer = &m->inspector->net->nodes[node];
    const cnn_inspected_kind *kind = NULL;
    cnn_status status = cnn_inspect_kind(m->inspector, node, &kind, error);
    for (int k = 0; status == CNN_OK && k < layer->inputs; k++) {
        status = need_marks(m, layer->input[k], error);
        if (status == CNN_OK)
            mark_input(m, kind, node, k);
    }
    return status;
}

/* From the value back to the image; the image's marks stay in m->of[0]. */
static cnn_status mark_all(marks *m, int node, int64_t index, cnn_error *error) {
    cnn_status status = need_marks(m, node, error);
    if (status == CNN_OK)
        m->of[node + 1][index] = 1;
    for (int i = node; status == CNN_OK && i >= 0; i--)
        if (m->of[i + 1])
            status = mark_inputs(m, i, error);
    return status;
}

/* The channels' marks become those of pixels, and the rectangle around them. */
static void summarise_marks(const cnn_shape *shape, const uint8_t *mark, cnn_receptive_field *field,
                            uint8_t *mask) {
    const int64_t rows = shape->dim[1], columns = shape->dim[2], area = rows * columns;
    field->first_row = rows;
    field->first_column = columns;
    for (int64_t at = 0; at < area; at++) {
        const cnn_spot pixel = {0, at / columns, at % columns};
        const bool marked = mark && any_marked(shape, mark, pixel, shape->dim[0]);
        if (mask)
            mask[at] = marked;
        if (!marked)
            continue;
        field->pixels++;
        field->first_row = cnn_min(field->first_row, pixel.row);
        field->end_row = cnn_max(field->end_row, pixel.row + 1);
        field->first_column = cnn_min(field->first_column, pixel.column);
        field->end_column = cnn_max(field->end_column, pixel.column + 1);
    }
    if (field->pixels == 0)
        field->first_row = field->first_column = 0;
}

/* ---- Without edges: rectangles ---------------------------------------------------------------------- */

/* The rectangle of a node's output that takes part; `whole`: all of it, however large. */
typedef struct extent {
    bool used, whole;
    int64_t first[2], last[2];
} extent;

static void widen(extent *to, int axis, int64_t first, int64_t last) {
    to->first[axis] = to->used ? cnn_min(to->first[axis], first) : first;
    to->last[axis] = to->used ? cnn_max(to->last[axis], last) : last;
}

/* Add what a corner of the rectangle of a node's output looks at to its input's. */
static void add_reach(const cnn_reach *reach, extent *to) {
    for (int axis = 0; axis < 2; axis++)
        widen(to, axis, reach->first[axis],
              reach->first[axis] + (cnn_max(reach->count[axis], 1) - 1) * reach->step[axis]);
    to->used = true;
}

/* Whether one value of an input counts for a whole map of the output. */
static bool is_spread(const cnn_shape *input, const cnn_shape *output) {
    return input->rank == 3 && output->rank == 3 && input->dim[1] * input->dim[2] == 1 &&
           output->dim[1] * output->dim[2] > 1;
}

/* Hand a node's rectangle on to its inputs. */
static void extend_inputs(const cnn_net *net, int node, extent *extents) {
    const cnn_node *layer = &net->nodes[node];
    const extent *own = &extents[node + 1];
    const cnn_inspected_kind *kind = cnn_inspected_kind_of(layer->op);
    for (int k = 0; k < layer->inputs; k++) {
        extent *to = &extents[layer->input[k] + 1];
        const cnn_shape *shape = cnn_node_input_shape(net, layer, k);
        const bool vector = shape->rank == 1 && layer->output.rank == 1;
        to->whole = to->whole || own->whole || kind->looks_everywhere || layer->op->kind == CNN_VIEW ||
                    (layer->op->spreads_maps && is_spread(shape, &layer->output));
        for (int corner = 0; corner < 2; corner++) {
            const int64_t *place = corner ? own->last : own->first;
            const cnn_question question = {.net = net,
                                           .node = layer,
                                           .input = k,
                                           .at = {0, vector ? 0 : place[0], vector ? 0 : place[1]},
                                           .edgeless = true};
            const cnn_reach reach = kind->reach(&question);
            add_reach(&reach, to);
        }
    }
}

/* The rectangle of the image that a value at this place of a node's output looks at. */
static extent trace(const cnn_net *net, int node, int64_t row, int64_t column, extent *extents) {
    memset(extents, 0, (size_t)(net->node_count + 1) * sizeof *extents);
    extents[node + 1] = (extent){.used = true, .first = {row, column}, .last = {row, column}};
    for (int i = node; i >= 0; i--)
        if (extents[i + 1].used)
            extend_inputs(net, i, extents);
    return extents[0];
}

/* Far enough to see how far the rectangle moves on average, also where maps are enlarged. */
enum { DISTANCE = 1 << 12 };

/* How far the rectangle moves with the value along an axis; 0: its two sides do not move alike. */
static double jump_of(const extent *here, const extent *there, int axis) {
    const int64_t first = there->first[axis] - here->first[axis], last = there->last[axis] - here->last[axis];
    return first == last ? (double)first / DISTANCE : 0;
}

static cnn_status measure_without_edges(const cnn_net *net, int node, int64_t index,
                                        cnn_receptive_field *field, cnn_error *error) {
    extent *extents = cnn_allocate((size_t)net->node_count + 1, sizeof *extents, "a receptive field", error);
    if (!extents)
        return CNN_ERROR_MEMORY;
    const cnn_spot at = cnn_spot_of(node < 0 ? &net->input : &net->nodes[node].output, index);
    const extent here = trace(net, node, at.row, at.column, extents);
    const extent there = trace(net, node, at.row + DISTANCE, at.column + DISTANCE, extents);
    cnn_free(extents);
    if (!here.used || here.whole)
        return CNN_OK;
    field->rows = here.last[0] - here.first[0] + 1;
    field->columns = here.last[1] - here.first[1] + 1;
    field->top = here.first[0];
    field->left = here.first[1];
    field->row_jump = jump_of(&here, &there, 0);
    field->column_jump = jump_of(&here, &there, 1);
    return CNN_OK;
}

/* ---- Both ------------------------------------------------------------------------------------------- */

static cnn_status measure(const cnn_inspector *inspector, int node, int64_t index, cnn_receptive_field *field,
                          uint8_t *mask, cnn_error *error) {
    const cnn_net *net = inspector->net;
    marks m = {.inspector = inspector};
    m.of = cnn_allocate((size_t)net->node_count + 1, sizeof *m.of, "a receptive field", error);
    cnn_status status = m.of ? mark_all(&m, node, index, error) : CNN_ERROR_MEMORY;
    if (status == CNN_OK) {
        summarise_marks(&net->input, m.of[0], field, mask);
        status = measure_without_edges(net, node, index, field, error);
    }
    for (int64_t i = 0; m.of && i <= net->node_count; i++)
        cnn_free(m.of[i]);
    cnn_free(m.of);
    return status;
}

cnn_status cnn_inspector_receptive_field(const cnn_inspector *inspector, const char *layer, int64_t index,
                                         cnn_receptive_field *field, uint8_t *mask, cnn_error *error) {
    int node = -1;
    cnn_status status = cnn_required(error, inspector, layer, field);
    if (status == CNN_OK)
        status = cnn_inspect_find(inspector, layer, &node, error);
    if (status == CNN_OK)
        status = cnn_inspect_check_index(inspector, node, index, error);
    if (status != CNN_OK)
        return status;
    *field = (cnn_receptive_field){0};
    return measure(inspector, node, index, field, mask, error);
}

/* ---- Effective fields ------------------------------------------------------------------------------- */

/* Sums over the channels of C,H,W of magnitudes. */
static void sum_channels(const cnn_shape *shape, const float *gradient, float *field) {
    const int64_t area = shape->dim[1] * shape->dim[2];
    memset(field, 0, (size_t)area * sizeof *field);
    for (int64_t i = 0; i < shape->dim[0] * area; i++)
        field[i % area] += fabsf(gradient[i]);
}

/* Backward from one value of one image. */
static cnn_status find_effective_field(cnn_inspector *inspector, int node, int64_t image, int64_t index,
                                       float *field, cnn_error *error) {
    const cnn_shape *input = &inspector->net->input;
    const int64_t elements = cnn_shape_elements(cnn_inspect_shape(inspector, node));
    const size_t all = (size_t)(elements * inspector->count);
    float *one = cnn_allocate(all, sizeof *one, "a receptive field", error);
    float *gradient =
        cnn_allocate((size_t)cnn_shape_elements(input), sizeof *gradient, "a receptive field", error);
    const bool fits = one && gradient;
    if (fits) {
        one[image * elements + index] = 1;
        cnn_plan_backward_from(inspector->plan, node, one, inspector->count);
        inspector->went_backward = true;
        inspector->has_loss = false;
        cnn_plan_get_gradients(inspector->plan, -1, image, 1, gradient);
        sum_channels(input, gradient, field);
    }
    cnn_free(one);
    cnn_free(gradient);
    return fits ? CNN_OK : CNN_ERROR_MEMORY;
}

cnn_status cnn_inspector_effective_field(cnn_inspector *inspector, const char *layer, int64_t image,
                                         int64_t index, float *field, cnn_error *error) {
    int node = -1;
    cnn_status status = cnn_required(error, inspector, layer, field);
    if (status == CNN_OK)
        status = cnn_inspect_find_run(inspector, layer, &node, error);
    if (status == CNN_OK)
        status = cnn_inspect_check_gradients(inspector, error);
    if (status == CNN_OK)
        status = cnn_inspect_check_place(inspector, node, image, index, error);
    return status == CNN_OK ? find_effective_field(inspector, node, image, index, field, error) : status;
}
