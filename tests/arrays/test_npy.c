/* NumPy's files: what is written reads again, other writers' forms, refusals, damage. */
#include "arrays/npy.h"

#include "base/memory.h"
#include "base/random.h"

#include "support/cmocka.h"

#include <stdio.h>
#include <stdlib.h>
#include <math.h>
#include <string.h>

/* A file of one array being made by hand. */
typedef struct file {
    unsigned char bytes[512];
    size_t size;
} file;

static file make_file(int version, const char *dictionary, const void *elements, size_t size) {
    file f = {.size = 10};
    const size_t length = strlen(dictionary);
    memcpy(f.bytes, "\x93NUMPY", 6);
    f.bytes[6] = (unsigned char)version;
    f.bytes[8] = (unsigned char)length;
    if (version > 1)
        f.size += 2;
    memcpy(f.bytes + f.size, dictionary, length);
    memcpy(f.bytes + f.size + length, elements, size);
    f.size += length + size;
    return f;
}

/* From memory of its own, so that a sanitizer sees each read past the end. */
static cnn_status read_copy(cnn_array *array, const void *bytes, size_t size, cnn_error *error) {
    void *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    cnn_status status = cnn_npy_read(array, copy, size, "a.npy", error);
    free(copy);
    return status;
}

static void expect_refused(const file *f, cnn_status status, const char *part) {
    cnn_array array;
    cnn_error error;
    assert_int_equal(read_copy(&array, f->bytes, f->size, &error), status);
    assert_true(cnn_array_empty(&array));
    if (strncmp(error.message, "a.npy: ", 7) != 0 || !strstr(error.message, part))
        fail_msg("%s", error.message);
}

static void every_type_and_rank_survives(void **state) {
    (void)state;
    static const cnn_type types[] = {
#define TYPE(name, number, c_type, text) name,
        CNN_TYPE_LIST(TYPE)
#undef TYPE
    };
    for (size_t t = 0; t < sizeof types / sizeof types[0]; t++)
        for (int rank = 0; rank <= CNN_MAX_RANK; rank++) {
            cnn_shape shape = {.rank = rank};
            cnn_array array, again;
            void *bytes;
            size_t size;
            for (int i = 0; i < rank; i++)
                shape.dim[i] = 1 + i % 3;
            assert_int_equal(cnn_array_new(&array, types[t], &shape, NULL, NULL), CNN_OK);
            const size_t data = (size_t)array.elements * cnn_type_size(types[t]);
            for (size_t i = 0; i < data; i++)
                ((unsigned char *)array.data)[i] = (unsigned char)(i % 2);
            assert_int_equal(cnn_npy_write(&array, &bytes, &size, NULL), CNN_OK);
            assert_int_equal((size - data) % 64, 0); /* as NumPy has it */
            assert_int_equal(read_copy(&again, bytes, size, NULL), CNN_OK);
            assert_int_equal(again.type, types[t]);
            assert_true(cnn_shape_equal(&again.shape, &shape));
            assert_memory_equal(again.data, array.data, data);
            cnn_free(bytes);
            cnn_array_free(&array, NULL);
            cnn_array_free(&again, NULL);
        }
}

static void columns_first_becomes_row_major(void **state) {
    (void)state;
    const int32_t columns[] = {1, 4, 2, 5, 3, 6}, rows[] = {1, 2, 3, 4, 5, 6};
    cnn_array array;
    for (int version = 1; version <= 3; version++) {
        const file f = make_file(version, "{\"shape\": (2, 3,), 'fortran_order': True , 'descr':'<i4'}\n",
                                 columns, sizeof columns);
        assert_int_equal(read_copy(&array, f.bytes, f.size, NULL), CNN_OK);
        assert_int_equal(array.shape.dim[0], 2);
        assert_memory_equal(array.data, rows, sizeof rows);
        cnn_array_free(&array, NULL);
    }
}

static void truth_values_are_zero_or_one(void **state) {
    (void)state;
    const unsigned char bytes[] = {0, 7, 255}, truths[] = {0, 1, 1};
    const file f = make_file(1, "{'descr': '|b1', 'fortran_order': False, 'shape': (3,)}", bytes, 3);
    cnn_array array;
    assert_int_equal(read_copy(&array, f.bytes, f.size, NULL), CNN_OK);
    assert_memory_equal(array.data, truths, 3);
    cnn_array_free(&array, NULL);
}

/* 1, -2, the smallest half, the largest one, infinity: read as float32. */
static void halves_become_float32(void **state) {
    (void)state;
    static const char head[] =
        "\x93NUMPY\x01\x00\x76\x00{'descr': '<f2', 'fortran_order': False, 'shape': (5,)}";
    static const uint16_t halves[] = {0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00};
    static const float expected[] = {1, -2, 0x1p-24F, 65504, INFINITY};
    unsigned char bytes[128 + sizeof halves];
    cnn_array array;
    cnn_error error;
    memset(bytes, ' ', 128);
    memcpy(bytes, head, sizeof head - 1);
    memcpy(bytes + 128, halves, sizeof halves);
    assert_int_equal(cnn_npy_read(&array, bytes, sizeof bytes, "half.npy", &error), CNN_OK);
    assert_int_equal(array.type, CNN_TYPE_FLOAT32);
    assert_memory_equal(array.data, expected, sizeof expected);
    cnn_array_free(&array, NULL);
}

static void what_is_wrong_is_said(void **state) {
    (void)state;
    static const struct {
        int version;
        const char *dictionary;
        cnn_status status;
        const char *part;
    } rows[] = {
        {1, "{'descr': '>f4', 'fortran_order': False, 'shape': (1,)}", CNN_ERROR_UNSUPPORTED, "\">f4\""},
        {1, "{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}", CNN_ERROR_UNSUPPORTED, "\"<c8\""},
        {1, "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", CNN_ERROR_UNSUPPORTED, "\"|O\""},
        {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", CNN_ERROR_FORMAT, "4 bytes"},
        {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", CNN_ERROR_FORMAT, "size is missing"},
        {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 2)}", CNN_ERROR_FORMAT,
         "do not match"},
        {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (92233720368547758070,)}", CNN_ERROR_FORMAT,
         "too large"},
        {1, "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1)}", CNN_ERROR_FORMAT,
         "more than 8 axes"},
        {1, "{'descr': '<f4', 'fortran_order': False}", CNN_ERROR_FORMAT, "shape is missing"},
        {1, "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}", CNN_ERROR_FORMAT,
         "neither True nor False"},
        {1, "{'descr': '<f4', 'odd': 1}", CNN_ERROR_FORMAT, "unknown key"},
        {1, "{'descr: 1}", CNN_ERROR_FORMAT, "not closed"},
        {1, "[]", CNN_ERROR_FORMAT, "no dictionary"},
        {4, "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", CNN_ERROR_FORMAT, "version 1 to 3"},
    };
    const float one = 1;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const file f = make_file(rows[i].version, rows[i].dictionary, &one, sizeof one);
        expect_refused(&f, rows[i].status, rows[i].part);
    }
}

static void damage_is_refused_or_read(void **state) {
    (void)state;
    const float values[] = {1, 2, 3, 4, 5, 6};
    const file whole =
        make_file(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n", values, sizeof values);
    cnn_random random;
    cnn_array array;
    int read = 0;
    for (size_t size = 0; size < whole.size; size++)
        assert_int_equal(read_copy(&array, whole.bytes, size, NULL), CNN_ERROR_FORMAT);
    cnn_random_seed(&random, 1);
    for (int i = 0; i < 10000; i++) {
        file f = whole;
        f.bytes[cnn_random_below(&random, (int64_t)f.size)] ^=
            (unsigned char)(1 + cnn_random_below(&random, 255));
        read += read_copy(&array, f.bytes, f.size, NULL) == CNN_OK;
        cnn_array_free(&array, NULL);
    }
    assert_true(read > 1000 && read < 5000); /* numbers may be anything, the header may not */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_and_rank_survives), cmocka_unit_test(columns_first_becomes_row_major),
        cmocka_unit_test(truth_values_are_zero_or_one), cmocka_unit_test(halves_become_float32),
        cmocka_unit_test(what_is_wrong_is_said),        cmocka_unit_test(damage_is_refused_or_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
