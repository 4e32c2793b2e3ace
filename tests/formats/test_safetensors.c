/* safetensors files: written to the letter, read back, and every kind of damage named. */
#include "formats/safetensors.h"

#include "base/memory.h"
#include "base/random.h"
#include "formats/crc32c.h"

#include "support/cmocka.h"
#include "support/folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const float numbers[6] = {1, -2, 0.5f, 3e38f, 0, -0.0f};
static const int64_t integers[2] = {INT64_MIN, 42};
static const uint8_t bytes_of_three[3] = {1, 2, 255};

static void small_tensors(cnn_safetensor tensors[4]) {
    const cnn_safetensor all[4] = {
        {"conv_1.weight", "F32", cnn_shape_2(2, 3), numbers, sizeof numbers},
        {"odd", "U8", cnn_shape_1(3), bytes_of_three, 3},
        {"empty", "F64", cnn_shape_2(0, 5), numbers, 0},
        {"step \"count\"", "I64", cnn_shape_1(2), integers, sizeof integers},
    };
    memcpy(tensors, all, sizeof all);
}

static const cnn_metadata small_metadata[2] = {{"format", "pt"}, {"größe", "line\nand \"quote\""}};

static char *write_small(const char *folder) {
    cnn_safetensor tensors[4];
    cnn_error error = {0};
    char *path = cnn_path_join(folder, "small.safetensors", NULL);
    small_tensors(tensors);
    if (cnn_safetensors_write(path, tensors, 4, small_metadata, 2, &error) != CNN_OK)
        fail_msg("%s", error.message);
    return path;
}

static void what_is_written_is_read(void **state) {
    cnn_safetensor tensors[4];
    cnn_safetensors file;
    cnn_error error = {0};
    char *path = write_small(*state);
    small_tensors(tensors);
    if (cnn_safetensors_read(path, &file, &error) != CNN_OK)
        fail_msg("%s", error.message);
    assert_int_equal(file.count, 4);
    for (int i = 0; i < 4; i++) {
        const cnn_safetensor *found = cnn_safetensors_find(&file, tensors[i].name);
        assert_non_null(found);
        assert_string_equal(found->dtype, tensors[i].dtype);
        assert_true(cnn_shape_equal(&found->shape, &tensors[i].shape));
        assert_int_equal(found->size, tensors[i].size);
        assert_memory_equal(found->data, tensors[i].data, tensors[i].size);
    }
    assert_null(cnn_safetensors_find(&file, "conv_1"));
    assert_string_equal(cnn_safetensors_metadata(&file, "format"), "pt");
    assert_string_equal(cnn_safetensors_metadata(&file, "größe"), "line\nand \"quote\"");
    assert_null(cnn_safetensors_metadata(&file, "other"));
    cnn_safetensors_free(&file);
    cnn_free(path);
}

/* The specification, byte for byte. */
static void the_file_is_laid_out_as_specified(void **state) {
    static const char header[] = "{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]}}   ";
    const cnn_safetensor tensor = {"a", "U8", cnn_shape_1(3), bytes_of_three, 3};
    char *path = cnn_path_join(*state, "laid_out.safetensors", NULL);
    cnn_bytes file;
    assert_int_equal(cnn_safetensors_write(path, &tensor, 1, NULL, 0, NULL), CNN_OK);
    assert_int_equal(cnn_file_read(path, &file, NULL), CNN_OK);
    assert_int_equal((sizeof header - 1) % 8, 0);
    assert_int_equal(file.size, 8 + sizeof header - 1 + 3);
    assert_memory_equal(file.data, ((const uint8_t[]){sizeof header - 1, 0, 0, 0, 0, 0, 0, 0}), 8);
    assert_memory_equal(file.data + 8, header, sizeof header - 1);
    assert_memory_equal(file.data + file.size - 3, bytes_of_three, 3);
    cnn_free(file.data);
    cnn_free(path);
}

/* Tensors smaller and larger than what is gathered between two calls that write: the checksum is that of a file which was put
 * together in memory. */
static void a_large_file_has_its_tensors_one_behind_the_other(void **state) {
    static const int64_t counts[] = {3, 5000, 0, 4096, 1, 40000, 4095, 17};
    enum { TENSORS = sizeof counts / sizeof counts[0] };
    static float values[40000];
    static const char names[TENSORS][2] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    cnn_safetensor tensors[TENSORS];
    for (int i = 0; i < 40000; i++)
        values[i] = (float)(i * 7 % 1009);
    for (int i = 0; i < TENSORS; i++)
        tensors[i] = (cnn_safetensor){names[i], "F32", cnn_shape_1(counts[i]), values + 40000 - counts[i],
                                      (size_t)counts[i] * sizeof(float)};
    char *path = cnn_path_join(*state, "large.safetensors", NULL);
    cnn_bytes file;
    assert_int_equal(cnn_safetensors_write(path, tensors, TENSORS, small_metadata, 2, NULL), CNN_OK);
    assert_int_equal(cnn_file_read(path, &file, NULL), CNN_OK);
    assert_int_equal(cnn_crc32c(file.data, file.size), 0x8757ec00);
    cnn_free(file.data);
    cnn_free(path);
}

static void no_tensors_make_a_file_too(void **state) {
    cnn_safetensors file;
    char *path = cnn_path_join(*state, "none.safetensors", NULL);
    assert_int_equal(cnn_safetensors_write(path, NULL, 0, NULL, 0, NULL), CNN_OK);
    assert_int_equal(cnn_safetensors_read(path, &file, NULL), CNN_OK);
    assert_int_equal(file.count, 0);
    cnn_safetensors_free(&file);
    cnn_free(path);
}

/* ---- What cannot be written ------------------------------------------------------------------------------
 */

static void expect_unwritten(const char *folder, const cnn_safetensor *tensors, int64_t count,
                             const char *message) {
    cnn_error error = {0};
    char *path = cnn_path_join(folder, "unwritten.safetensors", NULL);
    assert_int_not_equal(cnn_safetensors_write(path, tensors, count, NULL, 0, &error), CNN_OK);
    if (!strstr(error.message, message) || !strstr(error.message, "unwritten.safetensors"))
        fail_msg("\"%s\" does not name the file and say \"%s\"", error.message, message);
    assert_false(cnn_is_file(path));
    cnn_free(path);
}

static void wrong_tensors_are_not_written(void **state) {
    const cnn_safetensor good = {"a", "U8", cnn_shape_1(3), bytes_of_three, 3};
    const cnn_safetensor twice[2] = {good, good};
    cnn_safetensor wrong = good;
    expect_unwritten(*state, twice, 2, "two tensors are named \"a\"");
    wrong.dtype = "F31";
    expect_unwritten(*state, &wrong, 1, "the type \"F31\" is unknown");
    wrong = good;
    wrong.size = 2;
    expect_unwritten(*state, &wrong, 1, "U8 of shape [3] takes 3 bytes, found 2");
    wrong = good;
    wrong.name = "\xff";
    expect_unwritten(*state, &wrong, 1, "its name is not UTF-8");
}

static void a_failed_write_leaves_the_old_file(void **state) {
    cnn_safetensor wrong = {"a", "U8", cnn_shape_1(3), bytes_of_three, 2};
    cnn_safetensors file;
    char *path = write_small(*state);
    assert_int_not_equal(cnn_safetensors_write(path, &wrong, 1, NULL, 0, NULL), CNN_OK);
    assert_int_equal(cnn_safetensors_read(path, &file, NULL), CNN_OK);
    assert_int_equal(file.count, 4);
    cnn_safetensors_free(&file);
    cnn_free(path);
}

/* ---- Damaged files ---------------------------------------------------------------------------------------
 */

/* A file of this header and so many bytes of data, in memory that ends where the file ends. */
static cnn_bytes make_file(const char *header, size_t data) {
    size_t length = strlen(header);
    cnn_bytes file = {.data = malloc(8 + length + data), .size = 8 + length + data};
    assert_non_null(file.data);
    memset(file.data, 0, file.size);
    for (int i = 0; i < 8; i++)
        file.data[i] = (uint8_t)((uint64_t)length >> (8 * i));
    memcpy(file.data + 8, header, length);
    return file;
}

typedef struct damage {
    const char *header;
    size_t data;
    const char *message;
} damage;

#define TENSOR(name, dtype, shape, offsets)                                                                  \
    "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

static const damage damages[] = {
    {"", 0, "the header is not JSON"},
    {"[]", 0, "the header is not a JSON object"},
    {"{\"a\":1}", 0, "tensor \"a\": \"dtype\" is missing"},
    {"{\"a\":{}}", 0, "tensor \"a\": \"dtype\" is missing"},
    {"{\"a\":{\"dtype\":\"F32\"}}", 0, "tensor \"a\": \"shape\" is missing"},
    {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "tensor \"a\": \"data_offsets\" must be two"},
    {"{" TENSOR("a", "F99", "[1]", "[0,4]") "}", 4, "the type \"F99\" is unknown"},
    {"{" TENSOR("a", "F32", "[1.5]", "[0,4]") "}", 4, "axis 0 of its shape is not a whole number"},
    {"{" TENSOR("a", "F32", "[-1]", "[0,4]") "}", 4, "its shape is negative or too large"},
    {"{" TENSOR("a", "F32", "[4611686018427387904,4]", "[0,4]") "}", 4, "its shape is negative or too large"},
    {"{" TENSOR("a", "F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]") "}", 4, "at most 8 axes are supported, found 9"},
    {"{" TENSOR("a", "F32", "[2]", "[0,4]") "}", 4, "F32 of shape [2] takes 8 bytes, found 4"},
    {"{" TENSOR("a", "F32", "[1]", "[0,8]") "}", 4, "its data should lie at 0 to 8, but the file has 4"},
    {"{" TENSOR("a", "F32", "[1]", "[4,0]") "}", 4, "its data should lie at 4 to 0"},
    {"{" TENSOR("a", "F32", "[1]", "[-4,0]") "}", 4, "its data should lie at -4 to 0"},
    {"{" TENSOR("a", "F32", "[1]", "[0]") "}", 4, "\"data_offsets\" must be two whole numbers"},
    {"{" TENSOR("a", "F32", "[1]", "[0,99999999999999999999]") "}", 4, "the header is not JSON"},
    {"{" TENSOR("a", "F32", "[1]", "[0,4]") "," TENSOR("a", "F32", "[1]", "[4,8]") "}", 8,
     "duplicate object key"},
    {"{" TENSOR("a", "F32", "[1]", "[0,4]") "," TENSOR("b", "F32", "[1]", "[0,4]") "}", 4,
     "overlaps another tensor's"},
    {"{" TENSOR("a", "F32", "[1]", "[0,4]") "," TENSOR("b", "U8", "[2]", "[3,5]") "}", 5,
     "overlaps another tensor's"},
    {"{" TENSOR("a", "F32", "[1]", "[0,4]") "," TENSOR("b", "U8", "[1]", "[5,6]") "}", 6, "leaves a gap"},
    {"{" TENSOR("a", "F32", "[1]", "[4,8]") "}", 8, "leaves a gap"},
    {"{" TENSOR("a", "F32", "[1]", "[0,4]") "}", 5, "the tensors take 4 bytes, but the file has 5"},
    {"{\"__metadata__\":[]}", 0, "\"__metadata__\" is not a JSON object"},
    {"{\"__metadata__\":{\"a\":1}}", 0, "the value of metadata \"a\" is not a string"},
    {"{} x", 0, "the header is not JSON"},
};

static void expect_refused(cnn_bytes file, const char *message) {
    cnn_safetensors parsed;
    cnn_error error = {0};
    cnn_status status = cnn_safetensors_parse(file, "bad.safetensors", &parsed, &error);
    if (status == CNN_OK || strncmp(error.message, "bad.safetensors: ", 17) != 0 ||
        !strstr(error.message, message))
        fail_msg("%s: \"%s\" does not say \"%s\"", cnn_status_name(status), error.message, message);
    assert_null(parsed.tensors);
}

static void damage_is_named(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++)
        expect_refused(make_file(damages[i].header, damages[i].data), damages[i].message);
}

static void a_header_longer_than_the_file_is_refused(void **state) {
    (void)state;
    cnn_bytes file = make_file("{}", 0);
    file.data[0] = 3;
    expect_refused(file, "the header should have 3 bytes, but the file ends after 2");
    file = make_file("{}", 0);
    file.data[7] = 0x80;
    expect_refused(file, "byte 0: expected a header length of at most 100000000, found 9223372036854775810");
    file = make_file("{}", 0);
    file.size = 7;
    expect_refused(file, "at least 8 bytes, found 7");
}

static void a_missing_file_is_named(void **state) {
    (void)state;
    cnn_safetensors file;
    cnn_error error = {0};
    assert_int_equal(cnn_safetensors_read("/nowhere/x.safetensors", &file, &error), CNN_ERROR_IO);
    assert_non_null(strstr(error.message, "/nowhere/x.safetensors: No such file"));
}

/* A copy in memory of its own, so that a sanitizer sees each read past its end. */
static cnn_bytes copy_of(const cnn_bytes *file, size_t size) {
    cnn_bytes copy = {.data = malloc(size ? size : 1), .size = size};
    assert_non_null(copy.data);
    memcpy(copy.data, file->data, size);
    return copy;
}

static void no_beginning_of_a_file_is_read_as_a_whole(void **state) {
    char *path = write_small(*state);
    cnn_bytes file;
    assert_int_equal(cnn_file_read(path, &file, NULL), CNN_OK);
    for (size_t size = 0; size < file.size; size++)
        expect_refused(copy_of(&file, size), "");
    cnn_free(file.data);
    cnn_free(path);
}

static void flipped_bytes_are_refused_or_read_soundly(void **state) {
    char *path = write_small(*state);
    cnn_bytes file;
    cnn_random random;
    cnn_random_seed(&random, 1);
    assert_int_equal(cnn_file_read(path, &file, NULL), CNN_OK);
    for (int i = 0; i < 10000; i++) {
        cnn_bytes flipped = copy_of(&file, file.size);
        cnn_safetensors parsed;
        cnn_error error = {0};
        flipped.data[cnn_random_below(&random, (int64_t)file.size)] ^=
            (uint8_t)(1 + cnn_random_below(&random, 255));
        cnn_status status = cnn_safetensors_parse(flipped, "flipped", &parsed, &error);
        assert_true(status == CNN_OK || error.message[0]);
        size_t total = 0;
        for (int64_t t = 0; t < parsed.count; t++)
            total += parsed.tensors[t].size;
        assert_true(status != CNN_OK || total == 6 * 4 + 3 + 2 * 8);
        cnn_safetensors_free(&parsed);
    }
    cnn_free(file.data);
    cnn_free(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(the_file_is_laid_out_as_specified),
        cmocka_unit_test(a_large_file_has_its_tensors_one_behind_the_other),
        cmocka_unit_test(no_tensors_make_a_file_too),
        cmocka_unit_test(wrong_tensors_are_not_written),
        cmocka_unit_test(a_failed_write_leaves_the_old_file),
        cmocka_unit_test(damage_is_named),
        cmocka_unit_test(a_header_longer_than_the_file_is_refused),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(no_beginning_of_a_file_is_read_as_a_whole),
        cmocka_unit_test(flipped_bytes_are_refused_or_read_soundly),
    };
    return cmocka_run_group_tests(tests, folder_new, folder_remove);
}
