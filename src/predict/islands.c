#include "predict/islands.h"

#include "base/memory.h"
#include "base/numbers.h"
#include "onnx/islands.h"
#include "plan/plan.h"
#include "predict/axes.h"

#include <string.h>

enum {
    MAX_BATCH = 32, /* images that a network takes at once */
    MAX_LAYOUTS = 4 /* sets of input shapes that are remembered */
};

/* An island, ready to run. */
typedef struct part {
    cnn_island *island;
    cnn_plan *plan;
    bool tried; /* whether one begins with the value is known */
} part;

/* What belongs to one set of input shapes. */
typedef struct layout {
    cnn_shape *shapes; /* of each input; NULL: nothing is remembered here */
    cnn_cutter *cutter;
    part *parts;   /* of each value of the graph, which an island may begin with */
    int64_t *made; /* the values that one does begin with, in the order of the run */
    int count;
    bool stale; /* some value had another shape than before */
} layout;

struct cnn_islands {
    const cnn_program *program;
    int threads;
    cnn_precision precision;
    cnn_pool *pool; /* of all plans */
    layout layouts[MAX_LAYOUTS];
    int next;        /* the layout that is given up for new shapes */
    layout *current; /* of the last run; NULL: there was none, or not with islands */
};

/* ---- Running a part -------------------------------------------------------------------------------- */

static cnn_status plan_part(cnn_islands *islands, part *made, cnn_error *error) {
    const cnn_island *island = made->island;
    cnn_status status = islands->pool ? CNN_OK : cnn_pool_new(&islands->pool, islands->threads, error);
    int *outputs = cnn_allocate((size_t)island->output_count, sizeof *outputs, "an island's outputs", error);
    if (status == CNN_OK && !outputs)
        status = CNN_ERROR_MEMORY;
    for (int64_t k = 0; status == CNN_OK && k < island->output_count; k++)
        outputs[k] = island->outputs[k].node;
    const cnn_plan_options options = {.batch = cnn_min(island->shape.dim[0], MAX_BATCH),
                                      .outputs = outputs,
                                      .output_count = (int)island->output_count,
                                      .pool = islands->pool,
                                      .precision = islands->precision};
    if (status == CNN_OK)
        status = cnn_plan_new(&made->plan, island->net, &options, error);
    if (status == CNN_OK)
        cnn_net_drop_values(island->net);
    cnn_free(outputs);
    return status;
}

/* Some images of an output, from the last run of the plan to where they belong. */
static void take_output(const cnn_plan *plan, const cnn_island_output *output, int64_t count, float *rows,
                        float *to) {
    const bool in_order = cnn_onnx_view_is_in_order(&output->view);
    if (!in_order && cnn_onnx_view_is_channels_last(&output->view)) {
        cnn_plan_get_values_last(plan, output->node, 0, count, to);
        return;
    }
    cnn_plan_get_values(plan, output->node, 0, count, in_order ? to : rows);
    if (!in_order)
        cnn_axes_from_network(&output->view, rows, count, to);
}

static cnn_status make_outputs(const cnn_island *island, cnn_array *values, cnn_budget *budget,
                               cnn_error *error) {
    cnn_status status = CNN_OK;
    for (int64_t k = 0; status == CNN_OK && k < island->output_count; k++) {
        const cnn_shape shape = cnn_axes_shape(&island->outputs[k].view, island->shape.dim[0]);
        status = cnn_array_new(&values[island->outputs[k].symbol], CNN_TYPE_FLOAT32, &shape, budget, error);
    }
    return status;
}

/* Floats that one image takes where its axes are turned: as the input, or as an output. */
static int64_t turned_floats(const cnn_island *island) {
    int64_t floats = cnn_onnx_view_elements(&island->view);
    for (int64_t k = 0; k < island->output_count; k++)
        floats = cnn_max(floats, cnn_onnx_view_elements(&island->outputs[k].view));
    return floats;
}

static void set_images(const part *made, const float *images, int64_t count, float *rows) {
    const cnn_onnx_view *view = &made->island->view;
    const bool in_order = cnn_onnx_view_is_in_order(view);
    if (!in_order && cnn_onnx_view_is_channels_last(view)) {
        cnn_plan_set_images_last(made->plan, images, count);
        return;
    }
    if (!in_order)
        cnn_axes_to_network(view, images, count, rows);
    cnn_plan_set_images(made->plan, in_order ? images : rows, count);
}

static void run_images(const part *made, const float *images, int64_t first, int64_t count, float *rows,
                       cnn_array *values) {
    const cnn_island *island = made->island;
    set_images(made, images + first * cnn_onnx_view_elements(&island->view), count, rows);
    cnn_plan_forward(made->plan, count, 0);
    for (int64_t k = 0; k < island->output_count; k++) {
        const cnn_island_output *output = &island->outputs[k];
        float *to = values[output->symbol].data;
        take_output(made->plan, output, count, rows, to + first * cnn_onnx_view_elements(&output->view));
    }
}

static cnn_status run_part(void *context, const cnn_island *island, cnn_array *values, cnn_budget *budget,
                           cnn_error *error) {
    cnn_islands *islands = context;
    part *made = &islands->current->parts[island->input];
    const int64_t images = island->shape.dim[0];
    cnn_status status = made->plan ? CNN_OK : plan_part(islands, made, error);
    if (status == CNN_OK)
        status = cnn_pool_check(islands->pool, error);
    if (status == CNN_OK)
        status = make_outputs(island, values, budget, error);
    if (status != CNN_OK)
        return status;
    const int64_t batch = cnn_plan_batch(made->plan);
    float *rows =
        cnn_allocate((size_t)(batch * turned_floats(island)), sizeof *rows, "an island's images", error);
    if (!rows)
        return CNN_ERROR_MEMORY;
    for (int64_t first = 0; first < images; first += batch)
        run_images(made, values[island->input].data, first, cnn_min(batch, images - first), rows, values);
    cnn_free(rows);
    return CNN_OK;
}

/* ---- Finding a part -------------------------------------------------------------------------------- */

/* After a value of another shape nothing that was cut behind it can be relied on. */
static cnn_status find_part(void *context, int64_t symbol, const cnn_shape *shape, const bool *done,
                            const cnn_island **island, cnn_error *error) {
    cnn_islands *islands = context;
    layout *here = islands->current;
    part *made = &here->parts[symbol];
    *island = NULL;
    if (made->island && !cnn_shape_equal(&made->island->shape, shape))
        here->stale = true;
    if (here->stale)
        return CNN_OK;
    cnn_status status =
        made->tried ? CNN_OK : cnn_cutter_cut(here->cutter, symbol, shape, done, &made->island, error);
    if (!made->tried && made->island)
        here->made[here->count++] = symbol;
    made->tried = status == CNN_OK;
    *island = made->island;
    return status;
}

/* ---- Layouts --------------------------------------------------------------------------------------- */

static void clear_layout(const cnn_islands *islands, layout *old) {
    for (int64_t i = 0; old->parts && i < cnn_program_values(islands->program); i++) {
        cnn_plan_free(old->parts[i].plan);
        cnn_island_free(old->parts[i].island);
    }
    cnn_cutter_free(old->cutter);
    cnn_free(old->parts);
    cnn_free(old->made);
    cnn_free(old->shapes);
    *old = (layout){0};
}

static bool has_shapes(const cnn_islands *islands, const layout *kept, const cnn_array *const *inputs) {
    bool same = kept->shapes != NULL;
    for (int k = 0; same && k < cnn_program_needed_inputs(islands->program); k++)
        same = inputs[k] && cnn_shape_equal(&kept->shapes[k], &inputs[k]->shape);
    return same;
}

static cnn_status fill_layout(const cnn_islands *islands, layout *made, const cnn_array *const *inputs,
                              cnn_error *error) {
    const int count = cnn_program_needed_inputs(islands->program);
    const size_t values = (size_t)cnn_program_values(islands->program);
    made->shapes = cnn_allocate((size_t)count, sizeof *made->shapes, "a model's shapes", error);
    made->parts = cnn_allocate(values, sizeof *made->parts, "a model's islands", error);
    made->made = cnn_allocate(values, sizeof *made->made, "a model's islands", error);
    if (!made->shapes || !made->parts || !made->made)
        return CNN_ERROR_MEMORY;
    for (int k = 0; k < count; k++)
        made->shapes[k] = inputs[k] ? inputs[k]->shape : (cnn_shape){0};
    return cnn_cutter_new(&made->cutter, islands->program, error);
}

/* Make the layout of these shapes the current one. */
static cnn_status choose_layout(cnn_islands *islands, const cnn_array *const *inputs, cnn_error *error) {
    islands->current = NULL;
    for (int i = 0; i < MAX_LAYOUTS && !islands->current; i++)
        if (has_shapes(islands, &islands->layouts[i], inputs))
            islands->current = &islands->layouts[i];
    if (islands->current)
        return CNN_OK;
    layout *made = &islands->layouts[islands->next];
    islands->next = (islands->next + 1) % MAX_LAYOUTS;
    clear_layout(islands, made);
    cnn_status status = fill_layout(islands, made, inputs, error);
    if (status != CNN_OK)
        clear_layout(islands, made);
    else
        islands->current = made;
    return status;
}

/* ---- The whole ------------------------------------------------------------------------------------- */

cnn_status cnn_islands_new(cnn_islands **islands, const cnn_program *program, int threads,
                           cnn_precision precision, cnn_error *error) {
    *islands = cnn_allocate(1, sizeof **islands, "a model's islands", error);
    if (!*islands)
        return CNN_ERROR_MEMORY;
    (*islands)->program = program;
    (*islands)->threads = threads;
    (*islands)->precision = precision;
    return CNN_OK;
}

void cnn_islands_free(cnn_islands *islands) {
    if (!islands)
        return;
    for (int i = 0; i < MAX_LAYOUTS; i++)
        clear_layout(islands, &islands->layouts[i]);
    cnn_pool_free(islands->pool);
    cnn_free(islands);
}

cnn_status cnn_islands_run(cnn_islands *islands, const cnn_array *const *inputs, cnn_array *outputs,
                           cnn_error *error) {
    const cnn_program *program = islands->program;
    islands->current = NULL;
    if (cnn_program_replaces_constants(program, inputs)) /* which are taken into islands already */
        return cnn_program_run(program, inputs, outputs, NULL, NULL, error);
    cnn_status status = choose_layout(islands, inputs, error);
    if (status != CNN_OK)
        return status;
    layout *current = islands->current;
    if (!current->cutter)
        return cnn_program_run(program, inputs, outputs, NULL, NULL, error);
    const cnn_islanders islanders = {.context = islands,
                                     .constants = cnn_cutter_constants(current->cutter),
                                     .find = find_part,
                                     .run = run_part};
    status = cnn_program_run(program, inputs, outputs, &islanders, NULL, error);
    if (current->stale || status != CNN_OK) {
        clear_layout(islands, current);
        islands->current = NULL;
    }
    return status;
}

int cnn_islands_count(const cnn_islands *islands) {
    return islands && islands->current ? islands->current->count : 0;
}

void cnn_islands_describe(const cnn_islands *islands, int island, cnn_island_info *info) {
    const layout *here = islands->current;
    const cnn_island *made = here->parts[here->made[island]].island;
    *info = (cnn_island_info){.layers = (int)made->net->node_count,
                              .nodes = (int)made->node_count,
                              .outputs = (int)made->output_count,
                              .input = cnn_program_value_name(islands->program, made->input)};
}
