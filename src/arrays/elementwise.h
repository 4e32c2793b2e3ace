/* Operators that calculate element by element, on all types of numbers: real types as they are, integers as
 * int64 or uint64. */
#ifndef CNN_ARRAYS_ELEMENTWISE_H
#define CNN_ARRAYS_ELEMENTWISE_H

#include "arrays/call.h"

/* `count` results, one behind the other, of two strided rows of the same type. */
typedef void (*cnn_row)(const void *first, int64_t first_step, const void *second, int64_t second_step,
                        void *result, int64_t count);

/* A calculation of two numbers, for each type that is calculated in. */
typedef struct cnn_rows {
    cnn_row real32, real64, integer, natural;
} cnn_rows;

/* The rows of `expression` (of x and y, both of a type `number`) as a cnn_rows called NAME. Integers are
 * calculated without a sign, so that they wrap around. */
#define CNN_ROW(name, suffix, number, expression)                                                            \
    static void name##_##suffix(const void *first, int64_t first_step, const void *second,                   \
                                int64_t second_step, void *result, int64_t count) {                          \
        for (int64_t i = 0; i < count; i++) {                                                                \
            const number x = ((const number *)first)[i * first_step];                                        \
            const number y = ((const number *)second)[i * second_step];                                      \
            ((number *)result)[i] = (number)(expression);                                                    \
        }                                                                                                    \
    }
#define CNN_ROWS(name, reals, integers, naturals)                                                            \
    CNN_ROW(name, real32, float, reals)                                                                      \
    CNN_ROW(name, real64, double, reals)                                                                     \
    CNN_ROW(name, integer, int64_t, integers)                                                                \
    CNN_ROW(name, natural, uint64_t, naturals)                                                               \
    static const cnn_rows name = {name##_real32, name##_real64, name##_integer, name##_natural};

/* The type that elements of `type` are calculated in. */
cnn_type cnn_wide_type(cnn_type type);
/* `array` as `type`: itself, or cast into *room, which the caller frees. */
cnn_status cnn_call_widen(cnn_call *call, const cnn_array *array, cnn_type type, cnn_array *room,
                          const cnn_array **widened);

/* Output 0, of the type and shape given: rows of `first` and `second`, which are of the same wide type and
 * broadcast to `shape`. */
cnn_status cnn_call_combine(cnn_call *call, const cnn_rows *rows, const cnn_array *first,
                            const cnn_array *second, cnn_type type, const cnn_shape *shape);
/* The same into `result`, which has been made of the wide type. */
void cnn_combine(const cnn_rows *rows, const cnn_array *first, const cnn_array *second, cnn_array *result);

#endif
