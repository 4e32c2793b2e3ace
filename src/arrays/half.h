/* Halves, ONNX's float16 and bfloat16: read into float32, and calculated in it. */
#ifndef CNN_ARRAYS_HALF_H
#define CNN_ARRAYS_HALF_H

#include "arrays/array.h"

/* Their numbers in ONNX's DataType. */
enum { CNN_HALF_FLOAT16 = 10, CNN_HALF_BFLOAT16 = 16 };

bool cnn_type_is_half(int64_t number);
/* The type of an array for elements of ONNX's type `number`: float32 for halves. False: no array holds them. */
bool cnn_type_held(int64_t number, cnn_type *type);

/* `bits`, uint16, as they stand in a file, to float32; as many. */
void cnn_halves_widen(int64_t number, const cnn_array *bits, cnn_array *reals);
/* What is left of an array when it goes through ONNX's type `number`; of other types than halves all. */
void cnn_halves_round(int64_t number, cnn_array *reals);

#endif
