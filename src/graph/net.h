/* The network: nodes in the order they were added (every input stands before its user), and their parameters
 * in one flat array in logical order. */
#ifndef CNN_GRAPH_NET_H
#define CNN_GRAPH_NET_H

#include "ops/op.h"

enum { CNN_MAX_INPUTS = 250 }; /* of a layer */

typedef struct cnn_node {
    const cnn_op *op;
    char *name;          /* owned */
    char *text;          /* its line in the text format; owned */
    cnn_options options; /* complete */
    int inputs;
    int *input;        /* node index, or -1 for the network's input; owned */
    cnn_layer *source; /* the same as layer numbers of cnn.h, in the same memory */
    cnn_shape output;
    cnn_layout layout; /* of the output */
    int first_parameter, parameters;
    int shares;  /* the node whose parameters this one shares; -1: it has its own */
    bool frozen; /* training does not change the parameters */
} cnn_node;

typedef struct cnn_parameter {
    char *name; /* "conv_1.weight"; owned */
    cnn_parameter_spec spec;
    int node;
    int64_t offset; /* within cnn_net.values */
    int64_t elements;
    int64_t twin; /* of cnn_net_copy_layers: the parameter that this one is a copy of; -1: none */
} cnn_parameter;

struct cnn_net {
    cnn_shape input; /* C,H,W */
    cnn_node *nodes;
    int64_t node_count, node_capacity;
    cnn_parameter *parameters;
    int64_t parameter_count, parameter_capacity;
    float *values; /* all parameters, logical order; NULL: all are zero (cnn_net_make_values) */
    int64_t value_count, value_capacity;
    bool values_are_lent;    /* their memory is somebody else's */
    float *mean, *deviation; /* one per channel */
    cnn_preprocessing preprocessing;
    cnn_pixels pixels;
    char **classes; /* cnn_net_classes names; NULL: none given */
    int64_t class_count;
    char **notes; /* owned */
    int64_t note_count, note_capacity;
    char *untrainable; /* why training is refused; NULL: it is not. Owned */
    cnn_error error;   /* the first failure of a building call */
};

/* The arguments of cnn_net_append. */
typedef struct cnn_node_request {
    const cnn_op *op;
    const cnn_options *options; /* NULL: all zero */
    const char *name;           /* NULL: made up */
    cnn_layer input;            /* as in the options structs: 0 last, -1 the network's input, else 1.. */
    const cnn_layer *others;    /* the inputs after the first, numbered likewise */
    int other_count;
    cnn_layer shares; /* the layer whose parameters it shares; 0: it has its own */
} cnn_node_request;

/* Add a node: complete its options, check its inputs, infer its shape, add its parameters (zero). Keeps the
 * first failure in net->error. Returns the layer number, or 0. All building goes through here. */
cnn_layer cnn_net_append(cnn_net *net, const cnn_node_request *request);

/* Add a node like that of another network, with the same inputs. */
void cnn_net_append_copy(cnn_net *net, const cnn_node *node, const cnn_options *options);

/* The last layer with parameters; NULL: none. */
const cnn_node *cnn_net_head(const cnn_net *net);
/* How many layers with weights come behind the one at `node`, or behind the one that it belongs to, as a normalisation to the
 * convolution before it: 0 for the last. A layer that shares parameters is where the one is that has them. */
int64_t cnn_net_depth(const cnn_net *net, int64_t node);
/* Hold all layers but the head, those with which it shares its parameters, and of the other layers with weights the last
 * `part` of `parts` (rounded down). */
void cnn_net_freeze_body(cnn_net *net, int64_t part, int64_t parts);
/* The options of a dense layer, or of a convolution without groups, with another number of outputs. */
cnn_status cnn_node_resize(const cnn_node *node, int64_t outputs, cnn_options *options, cnn_error *error);

/* Swap the contents of two networks. */
void cnn_net_swap(cnn_net *a, cnn_net *b);
/* Let the last node share the parameters of another one instead of having its own. False, with nothing changed,
 * unless both are of the same kind with parameters of the same shapes. */
bool cnn_net_share_last(cnn_net *net, int with);
/* Keep a note on something in a file that the network cannot represent. It is lost if memory runs out. */
void cnn_net_add_note(cnn_net *net, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same, and training is refused with this reason. */
void cnn_net_refuse_training(cnn_net *net, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Memory for as many values as the network will have, so that adding layers does not move them. The first: `bytes` of
 * cnn_allocate that the caller no longer needs become that memory, and *memory NULL, where they are enough: pages that are
 * there already are not made anew. */
void cnn_net_take_memory(cnn_net *net, void **memory, size_t bytes, int64_t total);
cnn_status cnn_net_reserve_values(cnn_net *net, int64_t total, cnn_error *error);
/* Memory for all values, zeros, if there is none yet: before any of them is written. */
cnn_status cnn_net_make_values(cnn_net *net, cnn_error *error);
/* Give the memory of the values back: somebody else has them, and only layers and names are of use here. */
void cnn_net_drop_values(cnn_net *net);
/* Have the values in `values`, of somebody else who outlives the network, in place of memory of its own. */
void cnn_net_lend_values(cnn_net *net, float *values);
/* For writing values into a file: the network, or where it has no memory for them a copy of zeros, which is also *copy, for
 * cnn_net_free. NULL and the error if memory runs out. */
const cnn_net *cnn_net_with_values(const cnn_net *net, cnn_net **copy, cnn_error *error);
/* Let the network have this many values; those that are new are zero where there is memory already. */
cnn_status cnn_net_grow_values(cnn_net *net, int64_t total, cnn_error *error);

/* Draw parameter tensor `index` anew, as cnn_net_initialise does; the network has its values. */
void cnn_net_draw(cnn_net *net, int64_t index, uint64_t seed);

/* The shape that a node reads: input `k` of `node`. */
const cnn_shape *cnn_node_input_shape(const cnn_net *net, const cnn_node *node, int k);

/* The parameter tensor of that name; -1: none. */
int64_t cnn_find_parameter(const cnn_net *net, const char *name);
/* The same, but it must have this many values; the error says what is wrong. */
cnn_status cnn_parameter_lookup(const cnn_net *net, const char *name, int64_t elements,
                                const cnn_parameter **parameter, cnn_error *error);
/* The node of that name; -1: none. */
int64_t cnn_find_node(const cnn_net *net, const char *name);
/* Scale and offset that bring a pixel of 0..1 into the range: scale x + offset. */
typedef struct cnn_pixel_range {
    double scale, offset;
} cnn_pixel_range;
cnn_pixel_range cnn_range_of(cnn_pixels pixels);
/* Copy normalisation and preprocessing from another network with as many channels. */
cnn_status cnn_net_take_pixels(cnn_net *net, const cnn_net *from, cnn_error *error);
/* A deep copy; NULL and the error if memory runs out. It always has the memory of its values. */
cnn_net *cnn_net_copy(const cnn_net *net, cnn_error *error);
/* A copy of layers only, in which layers that share parameters have tensors of their own, at the offsets of the shared
 * ones; those further tensors are `twin`s. For plans, which lay out each layer for itself and keep the values. */
cnn_net *cnn_net_copy_layers(const cnn_net *net, cnn_error *error);
/* Whether two networks have the same layers (kinds, options, edges, shapes), whatever their names and values.
 */
bool cnn_net_same_layers(const cnn_net *a, const cnn_net *b);

/* The first parameter that holds a value that is not finite; NULL: there is none. */
const cnn_parameter *cnn_net_find_not_finite(const cnn_net *net);

#endif
