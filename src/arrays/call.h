/* What the operators share: their node's inputs, attributes and outputs, each checked as it is read. */
#ifndef CNN_ARRAYS_CALL_H
#define CNN_ARRAYS_CALL_H

#include "arrays/operators.h"

/* A message for whoever runs the call to put the node before. */
#define cnn_call_fail(call, status, ...) cnn_fail((call)->error, (status), __VA_ARGS__)

/* ---- Inputs: NULL if left out --------------------------------------------------------------------- */

const cnn_array *cnn_call_input(const cnn_call *call, int k);
/* Input `k`, which must be there and of the type. */
cnn_status cnn_call_typed(const cnn_call *call, int k, const char *what, cnn_type type,
                          const cnn_array **array);
/* Input `k`, a list of int64 or int32; *array is NULL if it is left out. At most `most` values; 0: any number. */
cnn_status cnn_call_list(const cnn_call *call, int k, const char *what, int64_t max, const cnn_array **array);
/* A list of numbers that newer operator sets take as input `k` and older ones as the attribute `name`. At most
 * CNN_MAX_LIST values; *count is -1 if neither is there. */
enum { CNN_MAX_LIST = 2 * CNN_MAX_RANK };
cnn_status cnn_call_numbers(cnn_call *call, int k, const char *name, bool as_input,
                            int64_t values[CNN_MAX_LIST], int *count);

/* Input `k`, indices of an axis of `size` values: int64 or int32, negative ones counted from the end. */
cnn_status cnn_call_indices(const cnn_call *call, int k, int64_t size);
/* Input `k`, one number of any type; *value stays as it is if it is left out. */
cnn_status cnn_call_number(const cnn_call *call, int k, const char *what, double *value);
/* The same of an integer. */
cnn_status cnn_call_integer(const cnn_call *call, int k, const char *what, int64_t *value);

/* An attribute that is a number of ONNX's DataType, *number if there is none; *type is the array's for it. */
cnn_status cnn_call_read_type(cnn_call *call, const char *name, int64_t *number, cnn_type *type);

/* ---- Axes ------------------------------------------------------------------------------------------ */

/* An axis of a tensor of `rank`: negative ones count from the end. `past` allows the rank itself. */
cnn_status cnn_call_axis(const cnn_call *call, int64_t axis, int rank, bool past, int *found);
/* The attribute `axis`, `initial` if there is none. */
cnn_status cnn_call_read_axis(cnn_call *call, int64_t initial, int rank, bool past, int *found);
/* Marks of the axes in a list, each at most once. */
cnn_status cnn_call_mark_axes(const cnn_call *call, const int64_t *axes, int count, int rank,
                              bool marked[CNN_MAX_RANK]);

/* ---- Outputs -------------------------------------------------------------------------------------- */

bool cnn_call_wants(const cnn_call *call, int k);
/* Make output `k` of zeroes; counts its elements as work. */
cnn_status cnn_call_output(cnn_call *call, int k, cnn_type type, const cnn_shape *shape, cnn_array **output);
/* Output `k` with the elements of `array` under another shape of as many. */
cnn_status cnn_call_reshaped(cnn_call *call, int k, const cnn_array *array, const cnn_shape *shape);
/* Take count x each steps from the budget; CNN_ERROR_UNSUPPORTED when they are more than are left. */
cnn_status cnn_call_work(cnn_call *call, int64_t count, int64_t each);

#endif
