/* How a value's axes in the file lie to the channels, rows and columns of the layer that gives it. Transposing,
 * reshaping, squeezing and flattening change this view alone: no layer does anything for them. */
#ifndef CNN_ONNX_VIEW_H
#define CNN_ONNX_VIEW_H

#include "tensor/shape.h"

/* Parts of an image; a vector that never was one has channels alone. A file may see the channels as branches of equally
 * many: then the branches are a part of their own, on another axis, and the channels are those of one branch. */
enum {
    CNN_ONNX_CHANNELS,
    CNN_ONNX_ROWS,
    CNN_ONNX_COLUMNS,
    CNN_ONNX_PARTS, /* that an image has by itself */
    CNN_ONNX_BRANCHES = CNN_ONNX_PARTS,
    CNN_ONNX_ALL_PARTS
};

/* Axis 0 is the batch. Each other axis holds some of the parts, the last of them side by side in memory; parts
 * of size 1 are nowhere, so that it does not matter where a file puts them. */
typedef struct cnn_onnx_view {
    int rank; /* axes in the file, with the batch */
    int64_t size[CNN_ONNX_ALL_PARTS];
    int count;                    /* parts longer than 1 */
    int part[CNN_ONNX_ALL_PARTS]; /* in the order of the file */
    int axis[CNN_ONNX_ALL_PARTS]; /* of each of them, never falling */
} cnn_onnx_view;

/* N,C,H,W for C,H,W; N and a length for a length. */
cnn_onnx_view cnn_onnx_view_of(const cnn_shape *shape);
/* The size of an axis behind the batch, and of all of them together. */
int64_t cnn_onnx_view_size(const cnn_onnx_view *view, int axis);
int64_t cnn_onnx_view_elements(const cnn_onnx_view *view);

/* As Transpose and Reshape do. False, and nothing changed, where that is no view: the batch moves, or a part is
 * cut, unless it is the channels into branches. `size` has `rank` sizes without wildcards, of which the first, the
 * batch's, is not read. */
bool cnn_onnx_view_transpose(cnn_onnx_view *view, const int64_t *from, int64_t rank);
bool cnn_onnx_view_reshape(cnn_onnx_view *view, const int64_t *size, int64_t rank);

/* Another size of one part, which must be longer than 1 to be found where it was. */
void cnn_onnx_view_resize(cnn_onnx_view *view, int part, int64_t size);
/* Whether each of 0 .. rank - 1 is there once. */
bool cnn_onnx_is_permutation(const int64_t *from, int64_t rank);

/* Whether it is N,C,H,W; whether it is N and a length; whether the parts stand in the order C,H,W. */
bool cnn_onnx_view_is_map(const cnn_onnx_view *view);
bool cnn_onnx_view_is_flat(const cnn_onnx_view *view);
bool cnn_onnx_view_is_in_order(const cnn_onnx_view *view);
/* Whether they stand in the order H,W,C. */
bool cnn_onnx_view_is_channels_last(const cnn_onnx_view *view);
/* Whether an axis holds this part and nothing else; the channels of branches are not all channels. */
bool cnn_onnx_view_holds(const cnn_onnx_view *view, int axis, int part);
/* Of N,C,L: the part that lies on the last axis, rows or columns (which it is where both are of size 1); -1: it is not
 * N,C,L. */
int cnn_onnx_view_line(const cnn_onnx_view *view);
/* N,C,L again, of a map that has nothing beside this part of its rows and columns. */
cnn_onnx_view cnn_onnx_view_of_line(const cnn_shape *shape, int line);
/* Whether the channels are seen as branches. */
bool cnn_onnx_view_has_branches(const cnn_onnx_view *view);
/* The same values stacked along a new part, on an axis of size 1: so many branches. False: it holds something. */
bool cnn_onnx_view_stack(cnn_onnx_view *view, int axis, int64_t branches);
/* The same axes with the channels alone, as many as given: one row and one column are left. */
cnn_onnx_view cnn_onnx_view_of_channels(const cnn_onnx_view *view, int64_t channels);
/* The axis that holds the channels alone; -1: none does. */
int cnn_onnx_view_channel_axis(const cnn_onnx_view *view);
/* Whether the same parts of two values meet on the same axes, wherever both have them. */
bool cnn_onnx_view_meets(const cnn_onnx_view *a, const cnn_onnx_view *b);
/* Where the element that is number `index` of an image in the file stands among C,H,W. */
int64_t cnn_onnx_view_place(const cnn_onnx_view *view, int64_t index);

enum { CNN_ONNX_VIEW_TEXT = 64 };
/* "N,H,W,C", "N,HWC", "N,C,1,1"; returns `text`. */
const char *cnn_onnx_view_text(const cnn_onnx_view *view, char text[CNN_ONNX_VIEW_TEXT]);

#endif
