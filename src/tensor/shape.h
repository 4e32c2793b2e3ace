/* Shapes: checked size arithmetic, and the one output-size formula (cnn_output_size of cnn.h). */
#ifndef CNN_TENSOR_SHAPE_H
#define CNN_TENSOR_SHAPE_H

#include "base/status.h"

enum { CNN_MAX_RANK = 8 };

/* Sizes of one image's tensor, without the batch: C,H,W or a length. */
typedef struct cnn_shape {
    int rank;
    int64_t dim[CNN_MAX_RANK];
} cnn_shape;

cnn_shape cnn_shape_of(int rank, const int64_t *dim);
cnn_shape cnn_shape_1(int64_t length);
cnn_shape cnn_shape_2(int64_t rows, int64_t columns);
cnn_shape cnn_shape_3(int64_t channels, int64_t height, int64_t width);
bool cnn_shape_equal(const cnn_shape *a, const cnn_shape *b);
/* The product of all sizes. Shapes inside a network were checked when they were made, so this cannot
 * overflow. */
int64_t cnn_shape_elements(const cnn_shape *shape);
/* The most values of one tensor, 16 TiB of float: products with a few small numbers stay far within int64. */
#define CNN_MAX_ELEMENTS ((int64_t)1 << 42)
/* False when a size is negative or the product is more than CNN_MAX_ELEMENTS. */
bool cnn_shape_valid(const cnn_shape *shape);

enum { CNN_SHAPE_TEXT = 128 };
/* "32x26x26"; returns `text`. */
const char *cnn_shape_text(const cnn_shape *shape, char text[CNN_SHAPE_TEXT]);
/* "[3,17]": the indices of the element that lies at `offset` in row-major order; returns `text`. */
const char *cnn_shape_place_text(const cnn_shape *shape, int64_t offset, char text[CNN_SHAPE_TEXT]);

/* How one image's values lie in memory. Logically they count channel by channel ([channels][area]);
 * physically position by position ([area][channels]), so that neighbouring channels fill a vector. A flat
 * vector that was never an image has area 1, and both orders are the same. */
typedef struct cnn_layout {
    int64_t channels, area;
} cnn_layout;

cnn_layout cnn_layout_of(const cnn_shape *shape);

/* How a parameter tensor lies in memory: logically [groups][outputs][inputs][area], physically
 * [groups][area][inputs][outputs], or with outputs_first [groups][outputs][area][inputs]. Convolution
 * weights, dense weights (area and inputs follow the layout of what was flattened) and biases (outputs only)
 * are all of this form. */
typedef struct cnn_order {
    int64_t groups, outputs, inputs, area;
    bool outputs_first;
} cnn_order;

int64_t cnn_order_elements(const cnn_order *order);
/* Where element `logical` lies in physical order. */
int64_t cnn_order_place(const cnn_order *order, int64_t logical);
void cnn_to_physical(const cnn_order *order, const float *logical, float *physical);
void cnn_to_logical(const cnn_order *order, const float *physical, float *logical);
/* cnn_to_physical in pieces, which any thread may take in any order: a few outputs each. */
int64_t cnn_order_tiles(const cnn_order *order);
void cnn_to_physical_tile(const cnn_order *order, int64_t tile, const float *logical, float *physical);
/* Multiply each weight, in physical order, by the `scale` of its output; there are groups x outputs. `to` may be `from`. */
void cnn_order_scale(const cnn_order *order, const float *from, const float *scale, float *to);

#endif
