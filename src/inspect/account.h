/* What the accounts of values and gradients share. */
#ifndef CNN_INSPECT_ACCOUNT_H
#define CNN_INSPECT_ACCOUNT_H

#include "inspect/inspector.h"
#include "inspect/subject.h"

/* A node and one image of the last run: what its accounts are made of, copied once for any number of them. Release with
 * cnn_case_free; after another run it still speaks of the old one. */
typedef struct cnn_case {
    cnn_subject subject;
    double **input; /* of each of the node's inputs */
    double *output; /* what the network computed; NULL: not asked for */
    int node;
    int64_t image;
} cnn_case;

cnn_status cnn_case_new(cnn_case *made, const cnn_inspector *inspector, int node, int64_t image,
                        cnn_error *error);
void cnn_case_free(cnn_case *made);
/* A case with outputs, for cnn_case_account. CNN_ERROR_UNSUPPORTED, CNN_ERROR_ARGUMENT: as cnn_inspector_account. */
cnn_status cnn_case_open(cnn_case *made, const cnn_inspector *inspector, const char *layer, int64_t image,
                         cnn_error *error);
/* The account of value `index`. */
cnn_status cnn_case_account(const cnn_case *made, const cnn_inspector *inspector, int64_t index,
                            cnn_account *account, cnn_error *error);
/* The parameters of a node, in the order of their shapes; none is changed. */
cnn_subject cnn_subject_of(const cnn_net *net, const cnn_node *node);

/* What rounding may come to, as a share of the magnitude: expected, and at worst (cnn_inspect.h says how). */
double cnn_bound_of(double roundings);
double cnn_worst_of(double roundings);

/* The kind's row; CNN_ERROR_UNSUPPORTED names the layer. */
cnn_status cnn_inspect_kind(const cnn_inspector *inspector, int node, const cnn_inspected_kind **kind,
                            cnn_error *error);
/* CNN_ERROR_ARGUMENT unless the value is there, and the image was run. */
cnn_status cnn_inspect_check_index(const cnn_inspector *inspector, int node, int64_t index, cnn_error *error);
cnn_status cnn_inspect_check_place(const cnn_inspector *inspector, int node, int64_t image, int64_t index,
                                   cnn_error *error);

#endif
