/* How a single value came about: accounts of values and gradients, receptive fields, top patches. */
#include "engine.h"

#include "inspect/account.h"

#include <stdlib.h>

/* ---- The account of a value ----------------------------------------------------------------------------- */

/* One number a column, so that JavaScript copies each column as an array. */
typedef struct engine_account {
    const char *formula, *weight_name, *bias_name, *figure_names[CNN_MAX_FIGURES];
    int32_t kind, count, figure_count, winner, bias_index;
    int32_t *input;
    double *index, *weight, *value, *factor, *product; /* of each term */
    double bias, result, engine, difference, magnitude, bound, worst;
    double figures[CNN_MAX_FIGURES];
} engine_account;
_Static_assert(offsetof(engine_account, bias) == offsetof(engine_account, product) + 4, "no gap");

/* The columns lie in one block, which lives until the next account: 5 doubles and an int a term. */
static void *columns;

/* Room for `count` terms; false when there is none. */
static bool make_columns(engine_account *account, int64_t count) {
    const size_t terms = count > 0 ? (size_t)count : 1;
    free(columns);
    columns = calloc(terms, 5 * sizeof(double) + sizeof(int32_t));
    if (!columns)
        return false;
    double *const block = columns;
    account->index = block;
    account->weight = block + terms;
    account->value = block + 2 * terms;
    account->factor = block + 3 * terms;
    account->product = block + 4 * terms;
    account->input = (int32_t *)(void *)(block + 5 * terms);
    return true;
}

static cnn_status out_of_memory(void) {
    static const char message[] = "out of memory for the terms of an account";
    the_engine.error.status = CNN_ERROR_MEMORY;
    __builtin_memcpy(the_engine.error.message, message, sizeof message);
    return CNN_ERROR_MEMORY;
}

/* The engine's form of an account. */
static bool take_account(const cnn_account *from, engine_account *to) {
    *to = (engine_account){.formula = from->formula,
                           .weight_name = from->weight_name,
                           .bias_name = from->bias_name,
                           .kind = (int32_t)from->kind,
                           .count = (int32_t)from->count,
                           .figure_count = from->figure_count,
                           .winner = (int32_t)from->winner,
                           .bias_index = (int32_t)from->bias_index,
                           .bias = from->bias,
                           .result = from->result,
                           .engine = (double)from->engine,
                           .difference = from->difference,
                           .magnitude = from->magnitude,
                           .bound = from->bound,
                           .worst = from->worst};
    for (int i = 0; i < from->figure_count; i++) {
        to->figure_names[i] = from->figures[i].name;
        to->figures[i] = from->figures[i].value;
    }
    if (!make_columns(to, from->count))
        return false;
    for (int64_t i = 0; i < from->count; i++) {
        const cnn_term *term = &from->terms[i];
        to->input[i] = term->input;
        to->index[i] = (double)term->index;
        to->weight[i] = (double)term->weight;
        to->value[i] = term->value;
        to->factor[i] = term->factor;
        to->product[i] = term->product;
    }
    return true;
}

/* The layer and image of the last account: one value after another is asked for. */
static struct {
    cnn_case its;
    int32_t layer; /* 0: none */
} last;

void engine_forget_case(void) {
    cnn_case_free(&last.its);
    last.layer = 0;
}

static cnn_status open_case(int32_t layer, int32_t image) {
    const char *name;
    if (last.layer == layer && last.layer != 0 && last.its.image == image)
        return CNN_OK;
    engine_forget_case();
    cnn_status status = engine_layer_name(layer, &name);
    if (status == CNN_OK)
        status = cnn_case_open(&last.its, the_engine.inspector, name, image, &the_engine.error);
    if (status == CNN_OK)
        last.layer = layer;
    return status;
}

/* NULL: engine_message says why. Lives until the next account. */
EXPORTED(engine_account)
const engine_account *engine_account_of(int32_t layer, int32_t image, int32_t index) {
    static engine_account taken;
    cnn_account account;
    cnn_status status = engine_check_run();
    if (status == CNN_OK)
        status = open_case(layer, image);
    if (status == CNN_OK)
        status = cnn_case_account(&last.its, the_engine.inspector, index, &account, &the_engine.error);
    if (status != CNN_OK)
        return NULL;
    if (!take_account(&account, &taken))
        status = out_of_memory();
    cnn_account_free(&account);
    return status == CNN_OK ? &taken : NULL;
}

/* ---- The account of a gradient --------------------------------------------------------------------------- */

typedef struct engine_gradient_account {
    const char *layer;
    int32_t count;
    int32_t *image;
    double *index, *input, *upstream, *slope, *product; /* of each term */
    double weight, result, engine, difference, magnitude, bound, worst;
} engine_gradient_account;
_Static_assert(offsetof(engine_gradient_account, weight) == offsetof(engine_gradient_account, product) + 4,
               "no gap");

static bool take_gradient_account(const cnn_gradient_account *from, engine_gradient_account *to) {
    engine_account room;
    if (!make_columns(&room, from->count))
        return false;
    *to = (engine_gradient_account){.layer = from->layer,
                                    .count = (int32_t)from->count,
                                    .image = room.input,
                                    .index = room.index,
                                    .input = room.weight,
                                    .upstream = room.value,
                                    .slope = room.factor,
                                    .product = room.product,
                                    .weight = from->weight,
                                    .result = from->result,
                                    .engine = (double)from->engine,
                                    .difference = from->difference,
                                    .magnitude = from->magnitude,
                                    .bound = from->bound,
                                    .worst = from->worst};
    for (int64_t i = 0; i < from->count; i++) {
        const cnn_gradient_term *term = &from->terms[i];
        to->image[i] = (int32_t)term->image;
        to->index[i] = (double)term->index;
        to->input[i] = (double)term->input;
        to->upstream[i] = term->upstream;
        to->slope[i] = term->slope;
        to->product[i] = term->product;
    }
    return true;
}

/* NULL: engine_message says why. Lives until the next account. */
EXPORTED(engine_gradient_account)
const engine_gradient_account *engine_gradient_account_of(int32_t tensor, int32_t index) {
    static engine_gradient_account taken;
    const char *name;
    cnn_gradient_account account;
    cnn_status status = engine_check_run();
    if (status == CNN_OK)
        status = engine_tensor_name(tensor, &name);
    if (status == CNN_OK)
        status =
            cnn_inspector_gradient_account(the_engine.inspector, name, index, &account, &the_engine.error);
    if (status != CNN_OK)
        return NULL;
    if (!take_gradient_account(&account, &taken))
        status = out_of_memory();
    cnn_gradient_account_free(&account);
    return status == CNN_OK ? &taken : NULL;
}

/* ---- Receptive fields ------------------------------------------------------------------------------------ */

typedef struct engine_field {
    int32_t first_row, end_row, first_column, end_column, pixels, rows, columns;
    int32_t unused; /* so that there is no gap */
    double row_jump, column_jump;
} engine_field;

/* `mask`: H x W bytes. NULL: engine_message says why. */
EXPORTED(engine_receptive_field)
const engine_field *engine_receptive_field(int32_t layer, int32_t index, uint8_t *mask) {
    static engine_field taken;
    const char *name;
    cnn_receptive_field field;
    cnn_status status = engine_check_run();
    if (status == CNN_OK)
        status = engine_layer_name(layer, &name);
    if (status == CNN_OK)
        status =
            cnn_inspector_receptive_field(the_engine.inspector, name, index, &field, mask, &the_engine.error);
    if (status != CNN_OK)
        return NULL;
    taken = (engine_field){.first_row = (int32_t)field.first_row,
                           .end_row = (int32_t)field.end_row,
                           .first_column = (int32_t)field.first_column,
                           .end_column = (int32_t)field.end_column,
                           .pixels = (int32_t)field.pixels,
                           .rows = (int32_t)field.rows,
                           .columns = (int32_t)field.columns,
                           .row_jump = field.row_jump,
                           .column_jump = field.column_jump};
    return &taken;
}

/* `field`: H x W floats. Replaces the gradients of the last run. */
EXPORTED(engine_effective_field)
cnn_status engine_effective_field(int32_t layer, int32_t image, int32_t index, float *field) {
    const char *name;
    cnn_status status = engine_check_run();
    if (status == CNN_OK)
        status = engine_layer_name(layer, &name);
    return status == CNN_OK ? cnn_inspector_effective_field(the_engine.inspector, name, image, index, field,
                                                            &the_engine.error)
                            : status;
}
