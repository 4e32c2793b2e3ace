/* Operators that calculate element by element, on all types of numbers: real types as they are, integers as
 * int64 or uint64. */
#ifndef CNN_ARRAYS_ELEMENTWISE_H
#define CNN_ARRAYS_ELEMENTWISE_H

#include "arrays/call.h"

/* `count` results, one behind the other, of two strided rows of the same type. */
typedef void (*cnn_row)(const void *first, int64_t first_step, const void *second, int64_t second_step,
                        void *result, int64_t count);

/* A calculation of two numbers, for each type that is calculated in; NULL: not for that type. */
typedef struct cnn_rows {
    cnn_row real32, real64, integer, natural;
    bool answers; /* results are bools, not of the type of the two */
} cnn_rows;

/* The rows of `expression` (of x and y, both of a type `number`) as a cnn_rows called NAME. Integers are
 * calculated without a sign, so that they wrap around. */
#define CNN_ROW(name, suffix, number, answer, expression)                                                    \
    static void name##_##suffix(const void *first, int64_t first_step, const void *second,                   \
                                int64_t second_step, void *result, int64_t count) {                          \
        for (int64_t i = 0; i < count; i++) {                                                                \
            const number x = ((const number *)first)[i * first_step];                                        \
            const number y = ((const number *)second)[i * second_step];                                      \
            ((answer *)result)[i] = (answer)(expression);                                                    \
        }                                                                                                    \
    }
#define CNN_ROWS(name, reals, integers, naturals)                                                            \
    CNN_ROW(name, real32, float, float, reals)                                                               \
    CNN_ROW(name, real64, double, double, reals)                                                             \
    CNN_ROW(name, integer, int64_t, int64_t, integers)                                                       \
    CNN_ROW(name, natural, uint64_t, uint64_t, naturals)                                                     \
    static const cnn_rows name = {name##_real32, name##_real64, name##_integer, name##_natural, false};
/* Of integers alone. */
#define CNN_INTEGER_ROWS(name, integers, naturals)                                                           \
    CNN_ROW(name, integer, int64_t, int64_t, integers)                                                       \
    CNN_ROW(name, natural, uint64_t, uint64_t, naturals)                                                     \
    static const cnn_rows name = {NULL, NULL, name##_integer, name##_natural, false};
/* Of an expression that is true or false. */
#define CNN_ANSWERS(name, expression)                                                                        \
    CNN_ROW(name, real32, float, uint8_t, expression)                                                        \
    CNN_ROW(name, real64, double, uint8_t, expression)                                                       \
    CNN_ROW(name, integer, int64_t, uint8_t, expression)                                                     \
    CNN_ROW(name, natural, uint64_t, uint8_t, expression)                                                    \
    static const cnn_rows name = {name##_real32, name##_real64, name##_integer, name##_natural, true};

/* Not-a-number wins in the larger and the smaller of two. */
extern const cnn_rows cnn_rows_add, cnn_rows_subtract, cnn_rows_multiply, cnn_rows_larger, cnn_rows_smaller;

/* The rows for a type to calculate in. */
cnn_row cnn_row_of(const cnn_rows *rows, cnn_type type);
/* The type that elements of `type` are calculated in. */
cnn_type cnn_wide_type(cnn_type type);
bool cnn_type_is_real(cnn_type type);
/* `array` as `type`: itself, or cast into *room, which the caller frees. */
cnn_status cnn_call_widen(cnn_call *call, const cnn_array *array, cnn_type type, cnn_array *room,
                          const cnn_array **widened);

/* Output 0, of the type and shape given: rows of `first` and `second`, which are of any types and broadcast to
 * `shape`, calculated in `as`. */
cnn_status cnn_call_combine(cnn_call *call, const cnn_rows *rows, const cnn_array *first,
                            const cnn_array *second, cnn_type as, cnn_type type, const cnn_shape *shape);
/* Rows of two arrays of the same wide type into `result`, which has been made. */
void cnn_combine(const cnn_rows *rows, const cnn_array *first, const cnn_array *second, cnn_array *result);

/* The types that an operator with two inputs takes. */
typedef enum cnn_pair_types {
    CNN_PAIR_NUMBERS, /* of one type, not bool */
    CNN_PAIR_MIXED,   /* numbers; the second may be of another type */
    CNN_PAIR_ANY,     /* of one type, bool too */
    CNN_PAIR_TRUTHS   /* bool */
} cnn_pair_types;

/* Output 0: inputs 0 and 1, broadcast (before operator set 7 where the node says so), of the first one's type or bool. */
cnn_status cnn_call_pair(cnn_call *call, const cnn_rows *rows, cnn_pair_types types);
/* The shape to which both are broadcast. */
cnn_status cnn_call_broadcast(const cnn_call *call, const cnn_array *first, const cnn_array *second,
                              cnn_shape *shape);

#endif
