/* Operators that change the axes alone: Reshape, Transpose and the like. */
#ifndef CNN_ONNX_LAYERS_VIEWS_H
#define CNN_ONNX_LAYERS_VIEWS_H

#include "onnx/reader.h"

bool cnn_onnx_is_view(const char *op);
/* Sizes of axes, the batch's first. */
typedef struct cnn_onnx_sizes {
    int64_t count, size[CNN_MAX_RANK];
} cnn_onnx_sizes;

/* What a Reshape makes of a tensor of these sizes, of which the batch's is not read. It must stay the batch, and what is left
 * open is worked out; the product of the rest may be another one. */
cnn_status cnn_onnx_reshape_sizes(const cnn_onnx_reader *reader, cnn_onnx_node *node, cnn_onnx_sizes *sizes);
/* A Reshape that is more than a view: layers that are written so, and vectors that become maps. Else it is one. */
cnn_status cnn_onnx_read_rearranged(cnn_onnx_reader *reader, cnn_onnx_node *node);

/* What such a node, read as `node`, makes of the axes of its input. */
cnn_status cnn_onnx_change_view(const cnn_onnx_reader *reader, cnn_onnx_node *node, cnn_onnx_view *view);

/* Whether the Reshape asks for whatever shape x has. */
bool cnn_onnx_asks_for_shape_of(const cnn_onnx_reader *reader, const cnn_onnx_node *node,
                                const cnn_onnx_value *x);
/* A batch normalisation of the rows that `node` makes of its input, and the Reshape back; what becomes of all three. */
bool cnn_onnx_find_rows_norm(const cnn_onnx_reader *reader, const cnn_onnx_node *node, cnn_onnx_node *norm,
                             cnn_onnx_node *back);
cnn_status cnn_onnx_read_rows_norm(cnn_onnx_reader *reader, cnn_onnx_node *node, cnn_onnx_node *norm,
                                   const cnn_onnx_node *back);
/* The layer that a BatchNormalization is, of a feature map whose channels lie on any axis. */
cnn_status cnn_onnx_append_batch_norm(cnn_onnx_reader *reader, cnn_onnx_node *node, const cnn_onnx_value *x);

/* Axes that a node names: an attribute, or an input since operator set `since`. */
cnn_status cnn_onnx_read_axes(const cnn_onnx_reader *reader, cnn_onnx_node *node, int64_t since,
                              const int64_t **axes, int64_t *count);
/* A flag for each axis of the value, or of what becomes of it; false if one is named twice or does not exist. */
bool cnn_onnx_mark_axes(const int64_t *axes, int64_t count, int rank, bool marked[CNN_MAX_RANK]);
/* Leave out the axes that are marked. False where one is longer than 1. */
bool cnn_onnx_drop_axes(cnn_onnx_view *view, const bool marked[CNN_MAX_RANK]);
/* CNN_ERROR_UNSUPPORTED: "its input has the axes N,C,H,W, " and what is wrong with them. */
cnn_status cnn_onnx_fail_view(const cnn_onnx_node *node, const cnn_onnx_view *from, const char *what);

#endif
