/* Plain row-major tensors of any rank and type: what the interpreter of general ONNX graphs calculates with.
 * A network's own tensors are none of these: they are float32, channels-last, and planned. */
#ifndef CNN_ARRAYS_ARRAY_H
#define CNN_ARRAYS_ARRAY_H

#include "cnn_model.h"
#include "tensor/shape.h"

typedef struct cnn_array {
    cnn_type type;
    cnn_shape shape; /* all axes, the batch too; rank 0 is one number; sizes may be 0 */
    int64_t elements;
    void *data;
    bool borrowed; /* the data is somebody else's, and must not be written to */
} cnn_array;

/* What a calculation may still take. NULL where a budget is asked for: no limits but the machine's. */
typedef struct cnn_budget {
    int64_t bytes; /* of arrays that live at the same time */
    int64_t work;  /* elementary steps: multiply-accumulates, or elements written */
    const char
        *limit; /* "constants may take ...": why there is no more, which is CNN_ERROR_UNSUPPORTED; NULL: the
                          machine has no more memory */
    struct cnn_budget *within; /* a wider budget, from which all is taken as well; NULL: none */
    bool is_machine; /* `bytes` may be taken without a look at what the machine has left; then it is asked */
} cnn_budget;

/* All that the machine has, also where it goes in many small pieces. */
cnn_budget cnn_machine_budget(void);

/* Whether a number of ONNX's DataType is one of CNN_TYPE_LIST. */
bool cnn_type_known(int64_t number);

/* Zeroes. Before memory is taken: CNN_ERROR_MEMORY when the machine has less, CNN_ERROR_UNSUPPORTED when the budget says
 * another limit, CNN_ERROR_SHAPE for sizes that are negative or overflow. Release with cnn_array_free and the same
 * budget. */
cnn_status cnn_array_new(cnn_array *array, cnn_type type, const cnn_shape *shape, cnn_budget *budget,
                         cnn_error *error);
/* Gives the memory back to the budget; leaves an empty array, which may be freed again. */
void cnn_array_free(cnn_array *array, cnn_budget *budget);
/* An array over `data`, which stays the caller's and must outlive it. Sizes must have been checked. */
cnn_array cnn_array_over(cnn_type type, const cnn_shape *shape, const void *data);
cnn_status cnn_array_copy(cnn_array *copy, const cnn_array *array, cnn_budget *budget, cnn_error *error);

/* The array's data in bytes. */
int64_t cnn_array_bytes(const cnn_array *array);

static inline bool cnn_array_empty(const cnn_array *array) {
    return array->data == NULL;
}

/* Element `index` of an int64 or int32 array. */
int64_t cnn_array_integer(const cnn_array *array, int64_t index);

/* Elements of `type`, cast as C does it; bool becomes 0 or 1; what does not fit an integer becomes the nearest
 * one that does, and not-a-number 0. `to` has as many elements. */
void cnn_array_cast(const cnn_array *from, cnn_array *to);

/* "float32 1x3x8x8", for messages. */
typedef struct cnn_array_text {
    char text[CNN_SHAPE_TEXT + 16];
} cnn_array_text;
cnn_array_text cnn_array_describe(const cnn_array *array);

#endif
