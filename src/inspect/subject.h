/* How one value of a layer comes about. Each kind of layer says, in one of the files explain_*.c, which inputs a value
 * looks at (its reach) and what it makes of them (its account). */
#ifndef CNN_INSPECT_SUBJECT_H
#define CNN_INSPECT_SUBJECT_H

#include "cnn_inspect.h"
#include "graph/net.h"

/* A position in maps C,H,W; of a vector the channel counts its elements. */
typedef struct cnn_spot {
    int64_t channel, row, column;
} cnn_spot;

cnn_spot cnn_spot_of(const cnn_shape *shape, int64_t index);
/* -1: beside the map, in the padding. */
int64_t cnn_spot_index(const cnn_shape *shape, cnn_spot spot);

/* ---- Reach ----------------------------------------------------------------------------------------- */

/* The inputs that a value looks at: some channels, and of each axis `count` positions from `first` on, `step` apart. They
 * may lie beside the map: that is padding. */
typedef struct cnn_reach {
    cnn_range channels;
    int64_t first[2], step[2], count[2]; /* rows, columns */
} cnn_reach;

/* What a reach is asked for: one output of a layer, and one of its inputs. */
typedef struct cnn_question {
    const cnn_net *net;
    const cnn_node *node;
    int input; /* from 0 */
    cnn_spot at;
    bool
        edgeless; /* as if maps went on beyond their edges: `at` may lie there, and mirrored padding is none */
} cnn_question;

static inline const cnn_shape *cnn_question_shape(const cnn_question *question) {
    return cnn_node_input_shape(question->net, question->node, question->input);
}

/* ---- Accounts -------------------------------------------------------------------------------------- */

/* One image's inputs of a layer and its parameters. */
typedef struct cnn_subject {
    const cnn_net *net;
    const cnn_node *node;
    const double *const *input;                 /* of each of the node's inputs: C,H,W */
    const float *parameter[CNN_MAX_PARAMETERS]; /* in the order of their shapes; NULL: none */
    int changed;                                /* the parameter of which one value differs; -1: none */
    int64_t changed_index;
    double changed_value;
} cnn_subject;

static inline double cnn_subject_parameter(const cnn_subject *subject, int k, int64_t index) {
    return k == subject->changed && index == subject->changed_index ? subject->changed_value
                                                                    : (double)subject->parameter[k][index];
}

/* An account while it is put together. */
typedef struct cnn_tally {
    cnn_account account; /* .terms only if `records` */
    bool records, failed;
    int64_t capacity;
    double sum;             /* of the products so far */
    double roundings;       /* that may add up in the engine's result; set by what is no plain sum */
    double value_magnitude; /* of the value of the last term, where that is a difference; else 0 */
} cnn_tally;

/* A product goes into the sum. `weight`: in parameter 0; -1: `factor` is none. */
void cnn_tally_record(cnn_tally *tally, const cnn_term *term);
static inline void cnn_tally_add(cnn_tally *tally, int input, int64_t index, double value, int64_t weight,
                                 double factor) {
    const double product = value * factor;
    tally->sum += product;
    tally->account.magnitude += product < 0 ? -product : product;
    if (tally->records)
        cnn_tally_record(tally, &(cnn_term){input, index, weight, value, factor, product});
    else
        tally->account.count++;
}
/* A number beside the terms. */
void cnn_tally_figure(cnn_tally *tally, const char *name, double value);
/* Parameter 1, if there is one, is added. */
void cnn_tally_bias(cnn_tally *tally, const cnn_subject *subject, int64_t index);
/* What became of it: a sum, or any other result whose parts have this magnitude and whose rounding errors are at most so
 * many units in the last place of it. */
void cnn_tally_is_sum(cnn_tally *tally, const char *formula);
void cnn_tally_is_function(cnn_tally *tally, const char *formula, double result, double magnitude,
                           double roundings);

/* ---- Kinds ----------------------------------------------------------------------------------------- */

typedef struct cnn_inspected_kind {
    cnn_reach (*reach)(const cnn_question *question);
    /* The account of output `at`. */
    void (*account)(const cnn_subject *subject, cnn_spot at, cnn_tally *tally);
    /* How many neighbouring channels of the output have the same reach; NULL: each has its own. */
    int64_t (*alike)(const cnn_net *net, const cnn_node *node);
    /* The output channel that value `index` of parameter `k` takes part in; -1: all. NULL: no parameters. */
    int64_t (*channel)(const cnn_net *net, const cnn_node *node, int k, int64_t index);
    bool looks_everywhere; /* its reach is whole maps, however large */
} cnn_inspected_kind;

/* The kind of each op: one that is nowhere defined does not link, and is named. */
#define CNN_INSPECTED_DECLARATION(how, name, ...) extern const cnn_inspected_kind cnn_inspected_##name;
CNN_OP_LIST(CNN_INSPECTED_DECLARATION)
#undef CNN_INSPECTED_DECLARATION

/* NULL: no op of the list, as those that the plan fuses. */
const cnn_inspected_kind *cnn_inspected_kind_of(const cnn_op *op);

/* Where value `index` of input 0 is, seen as a double. */
static inline double cnn_subject_value(const cnn_subject *subject, int input, int64_t index) {
    return index < 0 ? 0 : subject->input[input][index];
}

#endif
