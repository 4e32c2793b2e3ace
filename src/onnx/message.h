/* ONNX messages being made: all their memory lies in one arena and is released together. */
#ifndef CNN_ONNX_MESSAGE_H
#define CNN_ONNX_MESSAGE_H

#include "arrays/array.h"

#include "onnx.pb-c.h"

/* Start as {0}. After a failed request `failed` stays true; a writer checks it once, before it packs. Strings
 * and numbers that are handed in are not copied unless said otherwise: they must outlive the message. */
typedef struct cnn_onnx_arena {
    struct cnn_onnx_block *blocks;
    bool failed;
} cnn_onnx_arena;

/* Zeroed memory, or NULL. */
void *cnn_onnx_take(cnn_onnx_arena *arena, size_t count, size_t size);
void cnn_onnx_release(cnn_onnx_arena *arena);
/* The two strings, one behind the other, as a new one; NULL when out of memory. */
char *cnn_onnx_join(cnn_onnx_arena *arena, const char *first, const char *second);

/* A node with room for some inputs and attributes, and one output. */
CnnOnnx__NodeProto *cnn_onnx_make_node(cnn_onnx_arena *arena, const char *op, const char *name, size_t inputs,
                                       size_t attributes);
/* Adding to a node that is NULL does nothing. */
void cnn_onnx_add_input(CnnOnnx__NodeProto *node, const char *value);
void cnn_onnx_add_integer(cnn_onnx_arena *arena, CnnOnnx__NodeProto *node, const char *name, int64_t value);
void cnn_onnx_add_integers(cnn_onnx_arena *arena, CnnOnnx__NodeProto *node, const char *name,
                           const int64_t *values, size_t count);
void cnn_onnx_add_real(cnn_onnx_arena *arena, CnnOnnx__NodeProto *node, const char *name, double value);
void cnn_onnx_add_word(cnn_onnx_arena *arena, CnnOnnx__NodeProto *node, const char *name, const char *word);

/* A float32 tensor; the shape's sizes and the values are not copied. */
CnnOnnx__TensorProto *cnn_onnx_make_tensor(cnn_onnx_arena *arena, const char *name, const cnn_shape *shape,
                                           const float *values);
/* The same of any type, without a name. */
CnnOnnx__TensorProto *cnn_onnx_make_constant(cnn_onnx_arena *arena, const cnn_array *array);
/* A float32 graph input or output: N, then `shape`, which is copied. */
CnnOnnx__ValueInfoProto *cnn_onnx_make_value(cnn_onnx_arena *arena, const char *name, const cnn_shape *shape);
CnnOnnx__StringStringEntryProto *cnn_onnx_make_entry(cnn_onnx_arena *arena, const char *key,
                                                     const char *value);

#endif
