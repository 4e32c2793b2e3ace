#include "arrays/array.h"

#include "base/memory.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- Types ----------------------------------------------------------------------------------------- */

size_t cnn_type_size(cnn_type type) {
    switch (type) {
#define SIZE_OF(name, number, c_type, text)                                                                  \
    case name:                                                                                               \
        return sizeof(c_type);
        CNN_TYPE_LIST(SIZE_OF)
#undef SIZE_OF
    }
    return 0;
}

/* What ONNX calls the types that no array has. */
static const char *other_type_name(int64_t number) {
    static const struct {
        int64_t number;
        const char *name;
    } others[] = {{8, "string"},          {10, "float16"},      {14, "complex64"},      {15, "complex128"},
                  {16, "bfloat16"},       {17, "float8e4m3fn"}, {18, "float8e4m3fnuz"}, {19, "float8e5m2"},
                  {20, "float8e5m2fnuz"}, {21, "uint4"},        {22, "int4"},           {23, "float4e2m1"}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (others[i].number == number)
            return others[i].name;
    return "an unknown type";
}

const char *cnn_type_name(cnn_type type) {
    switch (type) {
#define NAME_OF(name, number, c_type, text)                                                                  \
    case name:                                                                                               \
        return text;
        CNN_TYPE_LIST(NAME_OF)
#undef NAME_OF
    }
    return other_type_name((int64_t)type);
}

bool cnn_type_known(int64_t number) {
    return number >= 0 && number <= CNN_TYPE_UINT64 && cnn_type_size((cnn_type)number) != 0;
}

/* ---- Memory ---------------------------------------------------------------------------------------- */

enum { WORTH_ASKING = 16 << 20 }; /* bytes: less is not worth asking the system for its memory */

cnn_budget cnn_machine_budget(void) {
    return (cnn_budget){.bytes = WORTH_ASKING, .work = INT64_MAX, .is_machine = true};
}

static cnn_status check_memory(const char *described, int64_t bytes, cnn_budget *budget, cnn_error *error) {
    const char *limit = NULL;
    int64_t left = bytes > WORTH_ASKING ? cnn_memory_available() : INT64_MAX;
    for (; budget; budget = budget->within) {
        if (budget->is_machine && bytes > budget->bytes)
            budget->bytes = cnn_memory_available();
        if (budget->bytes < left) {
            left = budget->bytes;
            limit = budget->limit;
        }
    }
    if (bytes <= left)
        return CNN_OK;
    return cnn_fail(error, limit ? CNN_ERROR_UNSUPPORTED : CNN_ERROR_MEMORY,
                    "an array of %s needs %" PRId64 " bytes, but only %" PRId64 " are left%s%s", described,
                    bytes, left, limit ? ": " : "", limit ? limit : "");
}

/* Take bytes from a budget and from those around it; give them back where `bytes` is negative. */
static void take(cnn_budget *budget, int64_t bytes) {
    for (; budget; budget = budget->within)
        budget->bytes -= bytes;
}

/* False when a size is negative, or the product of those that are not zero (the strides), as bytes, does not
 * fit into int64. */
static bool count_elements(cnn_array *array) {
    int64_t span = (int64_t)cnn_type_size(array->type);
    for (int i = 0; i < array->shape.rank; i++) {
        const int64_t size = array->shape.dim[i];
        if (!cnn_multiply(span, size == 0 ? 1 : size, &span))
            return false;
    }
    array->elements = cnn_shape_elements(&array->shape);
    return true;
}

cnn_status cnn_array_new(cnn_array *array, cnn_type type, const cnn_shape *shape, cnn_budget *budget,
                         cnn_error *error) {
    int64_t bytes = (int64_t)cnn_type_size(type);
    *array = (cnn_array){.type = type, .shape = *shape, .elements = 1};
    const cnn_array_text described = cnn_array_describe(array);
    if (!count_elements(array))
        return cnn_fail(error, CNN_ERROR_SHAPE, "an array of %s has a negative or too large size",
                        described.text);
    bytes *= array->elements;
    cnn_status status = check_memory(described.text, bytes, budget, error);
    if (status != CNN_OK)
        return status;
    array->data = cnn_allocate((size_t)array->elements, cnn_type_size(type), "an array", error);
    if (!array->data)
        return CNN_ERROR_MEMORY;
    take(budget, bytes);
    return CNN_OK;
}

int64_t cnn_array_bytes(const cnn_array *array) {
    return array->elements * (int64_t)cnn_type_size(array->type);
}

void cnn_array_free(cnn_array *array, cnn_budget *budget) {
    if (array->data && !array->borrowed) {
        take(budget, -cnn_array_bytes(array));
        cnn_free(array->data);
    }
    *array = (cnn_array){0};
}

cnn_array cnn_array_over(cnn_type type, const cnn_shape *shape, const void *data) {
    return (cnn_array){.type = type,
                       .shape = *shape,
                       .elements = cnn_shape_elements(shape),
                       .data = (void *)data,
                       .borrowed = true};
}

cnn_status cnn_array_copy(cnn_array *copy, const cnn_array *array, cnn_budget *budget, cnn_error *error) {
    cnn_status status = cnn_array_new(copy, array->type, &array->shape, budget, error);
    if (status == CNN_OK)
        memcpy(copy->data, array->data, (size_t)array->elements * cnn_type_size(array->type));
    return status;
}

/* ---- Elements -------------------------------------------------------------------------------------- */

int64_t cnn_array_integer(const cnn_array *array, int64_t index) {
    return array->type == CNN_TYPE_INT64 ? ((const int64_t *)array->data)[index]
                                         : ((const int32_t *)array->data)[index];
}

/* To the nearest number of the type: the bounds are powers of two, which a double has exactly. */
static int64_t to_int64(double value) {
    if (isnan(value))
        return 0;
    return value >= 0x1p63 ? INT64_MAX : value < -0x1p63 ? INT64_MIN : (int64_t)value;
}

static uint64_t to_uint64(double value) {
    if (isnan(value) || value <= -1)
        return value <= -1 ? (uint64_t)to_int64(value) : 0;
    return value >= 0x1p64 ? UINT64_MAX : (uint64_t)value;
}

/* One element on its way from a type to another: the real or the integer holds it exactly. */
typedef struct number {
    bool is_real;
    double real;
    uint64_t bits; /* of an integer, sign extended */
    bool is_unsigned;
} number;

static number load(const cnn_array *array, int64_t index) {
    switch (array->type) {
#define LOAD(name, number_, c_type, text)                                                                    \
    case name: {                                                                                             \
        const c_type value = ((const c_type *)array->data)[index];                                           \
        if (name == CNN_TYPE_FLOAT32 || name == CNN_TYPE_FLOAT64)                                            \
            return (number){.is_real = true, .real = (double)value};                                         \
        return (number){.bits = (uint64_t)(int64_t)value, .is_unsigned = name == CNN_TYPE_UINT64};           \
    }
        CNN_TYPE_LIST(LOAD)
#undef LOAD
    }
    return (number){0};
}

static double as_real(const number *n) {
    if (n->is_real)
        return n->real;
    return n->is_unsigned ? (double)n->bits : (double)(int64_t)n->bits;
}

static bool as_truth(const number *n) {
    return n->is_real ? n->real != 0 : n->bits != 0;
}

static uint64_t as_bits(const number *n, bool to_unsigned) {
    if (!n->is_real)
        return n->bits;
    return to_unsigned ? to_uint64(n->real) : (uint64_t)to_int64(n->real);
}

static void store(cnn_array *array, int64_t index, const number *n) {
    switch (array->type) {
    case CNN_TYPE_FLOAT32:
        ((float *)array->data)[index] = (float)as_real(n);
        return;
    case CNN_TYPE_FLOAT64:
        ((double *)array->data)[index] = as_real(n);
        return;
    case CNN_TYPE_BOOL:
        ((uint8_t *)array->data)[index] = as_truth(n);
        return;
    case CNN_TYPE_UINT64:
        ((uint64_t *)array->data)[index] = as_bits(n, true);
        return;
    case CNN_TYPE_INT64:
        ((int64_t *)array->data)[index] = (int64_t)as_bits(n, false);
        return;
    case CNN_TYPE_INT32:
    case CNN_TYPE_UINT32:
        ((uint32_t *)array->data)[index] = (uint32_t)as_bits(n, false);
        return;
    case CNN_TYPE_INT16:
    case CNN_TYPE_UINT16:
        ((uint16_t *)array->data)[index] = (uint16_t)as_bits(n, false);
        return;
    case CNN_TYPE_INT8:
    case CNN_TYPE_UINT8:
        ((uint8_t *)array->data)[index] = (uint8_t)as_bits(n, false);
        return;
    }
}

/* Pairs of types that models are full of, each a loop of which the compiler makes vectors: from, its type in C, to, its
 * type in C. */
#define FREQUENT_CASTS(X)                                                                                    \
    X(BOOL, uint8_t, FLOAT32, float)                                                                         \
    X(UINT8, uint8_t, FLOAT32, float)                                                                        \
    X(INT32, int32_t, INT64, int64_t)                                                                        \
    X(FLOAT64, double, FLOAT32, float)                                                                       \
    X(FLOAT32, float, FLOAT64, double)

static bool cast_frequent(const cnn_array *from, cnn_array *to) {
#define CAST(type_, c_type, to_type, to_c_type)                                                              \
    if (from->type == CNN_TYPE_##type_ && to->type == CNN_TYPE_##to_type) {                                  \
        for (int64_t i = 0; i < from->elements; i++)                                                         \
            ((to_c_type *)to->data)[i] = (to_c_type)((const c_type *)from->data)[i];                         \
        return true;                                                                                         \
    }
    FREQUENT_CASTS(CAST)
#undef CAST
    return false;
}

void cnn_array_cast(const cnn_array *from, cnn_array *to) {
    if (from->type == to->type) {
        memcpy(to->data, from->data, (size_t)from->elements * cnn_type_size(from->type));
        return;
    }
    if (cast_frequent(from, to))
        return;
    for (int64_t i = 0; i < from->elements; i++) {
        const number n = load(from, i);
        store(to, i, &n);
    }
}

cnn_array_text cnn_array_describe(const cnn_array *array) {
    char shape[CNN_SHAPE_TEXT];
    cnn_array_text described;
    snprintf(described.text, sizeof described.text, "%s [%s]", cnn_type_name(array->type),
             cnn_shape_text(&array->shape, shape));
    return described;
}
