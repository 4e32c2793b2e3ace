#define _GNU_SOURCE
/* IDX files in memory: what is read, and what is said about damaged ones. */
#include "data/idx.h"

#include "data/idx_bytes.h"

#include <sys/resource.h>

static cnn_status parse(const uint8_t *bytes, size_t size, int dimensions, cnn_idx *idx, cnn_error *error) {
    return cnn_idx_parse(bytes, size, "some-file", dimensions, 0, idx, error);
}

static void reads_images(void **state) {
    (void)state;
    uint8_t bytes[SMALL_IMAGES];
    small_images(bytes);
    cnn_idx idx;
    assert_int_equal(parse(bytes, sizeof bytes, CNN_IDX_IMAGES, &idx, NULL), CNN_OK);
    assert_int_equal(idx.size[0], SMALL_COUNT);
    assert_int_equal(idx.size[1], SMALL_ROWS);
    assert_int_equal(idx.size[2], SMALL_COLUMNS);
    assert_int_equal(idx.kept, SMALL_COUNT);
    assert_memory_equal(idx.values, bytes + 16, SMALL_COUNT * SMALL_IMAGE);
    cnn_free(idx.values);
}

static void reads_labels(void **state) {
    (void)state;
    uint8_t bytes[SMALL_LABELS];
    small_labels(bytes, (const uint8_t[]){9, 0, 255, 1});
    cnn_idx idx;
    assert_int_equal(parse(bytes, sizeof bytes, CNN_IDX_LABELS, &idx, NULL), CNN_OK);
    assert_int_equal(idx.size[0], SMALL_COUNT);
    assert_memory_equal(idx.values, ((const uint8_t[]){9, 0, 255, 1}), 4);
    cnn_free(idx.values);
}

static void keeps_the_first_of_a_limit(void **state) {
    (void)state;
    uint8_t bytes[SMALL_IMAGES];
    small_images(bytes);
    for (int64_t limit = 1; limit <= SMALL_COUNT + 1; limit++) {
        cnn_idx idx;
        assert_int_equal(cnn_idx_parse(bytes, sizeof bytes, "f", CNN_IDX_IMAGES, limit, &idx, NULL), CNN_OK);
        assert_int_equal(idx.kept, limit < SMALL_COUNT ? limit : SMALL_COUNT);
        assert_int_equal(idx.size[0], SMALL_COUNT);
        assert_memory_equal(idx.values, bytes + 16, (size_t)idx.kept * SMALL_IMAGE);
        cnn_free(idx.values);
    }
}

static void unpacks_gzip(void **state) {
    (void)state;
    uint8_t bytes[SMALL_IMAGES];
    small_images(bytes);
    cnn_bytes gzip = packed(bytes, sizeof bytes);
    cnn_idx idx;
    assert_int_equal(parse(gzip.data, gzip.size, CNN_IDX_IMAGES, &idx, NULL), CNN_OK);
    assert_memory_equal(idx.values, bytes + 16, SMALL_COUNT * SMALL_IMAGE);
    cnn_free(idx.values);
    cnn_free(gzip.data);
}

/* gzip files may be concatenated; the data goes on. */
static void unpacks_gzip_of_two_members(void **state) {
    (void)state;
    uint8_t bytes[SMALL_IMAGES], both[512];
    small_images(bytes);
    cnn_bytes first = packed(bytes, 21), second = packed(bytes + 21, sizeof bytes - 21);
    memcpy(both, first.data, first.size);
    memcpy(both + first.size, second.data, second.size);
    cnn_idx idx;
    assert_int_equal(parse(both, first.size + second.size, CNN_IDX_IMAGES, &idx, NULL), CNN_OK);
    assert_memory_equal(idx.values, bytes + 16, SMALL_COUNT * SMALL_IMAGE);
    cnn_free(idx.values);
    cnn_free(first.data);
    cnn_free(second.data);
}

/* More than the first guess of the room: a long run of zeros shrinks a thousandfold. */
static void unpacks_what_packs_very_well(void **state) {
    (void)state;
    const size_t size = 16 + 1000 * 1000;
    uint8_t *bytes = cnn_allocate(size, 1, "test", NULL);
    idx_header(bytes, 3, (uint32_t[]){1000, 10, 100});
    bytes[size - 1] = 77;
    cnn_bytes gzip = packed(bytes, size);
    assert_true(gzip.size < 5000);
    cnn_idx idx;
    assert_int_equal(parse(gzip.data, gzip.size, CNN_IDX_IMAGES, &idx, NULL), CNN_OK);
    assert_memory_equal(idx.values, bytes + 16, size - 16);
    cnn_free(idx.values);
    cnn_free(gzip.data);
    cnn_free(bytes);
}

/* ---- Bad input ---- */

static void rejects(const uint8_t *bytes, size_t size, int dimensions, const char *message) {
    cnn_idx idx;
    cnn_error error;
    assert_int_equal(parse(bytes, size, dimensions, &idx, &error), CNN_ERROR_FORMAT);
    assert_null(idx.values);
    assert_says(&error, "some-file: ");
    assert_says(&error, message);
}

static void truncated_at_each_byte(void **state) {
    (void)state;
    uint8_t bytes[SMALL_IMAGES];
    char place[32];
    small_images(bytes);
    for (size_t size = 0; size < sizeof bytes; size++) {
        snprintf(place, sizeof place, "byte %zu", size);
        rejects(bytes, size, CNN_IDX_IMAGES, place);
    }
}

static void truncated_gzip_at_each_byte(void **state) {
    (void)state;
    uint8_t bytes[SMALL_IMAGES];
    small_images(bytes);
    cnn_bytes gzip = packed(bytes, sizeof bytes);
    for (size_t size = 2; size < gzip.size; size++) {
        char place[64];
        snprintf(place, sizeof place, "truncated gzip: the file ends at byte %zu", size);
        rejects(gzip.data, size, CNN_IDX_IMAGES, place);
    }
    cnn_free(gzip.data);
}

/* A whole gzip file of a truncated IDX file. */
static void gzip_of_a_truncated_file(void **state) {
    (void)state;
    uint8_t bytes[SMALL_IMAGES];
    small_images(bytes);
    for (size_t size = 0; size < sizeof bytes; size++) {
        cnn_bytes gzip = packed(bytes, size);
        char place[32];
        snprintf(place, sizeof place, "byte %zu", size);
        rejects(gzip.data, gzip.size, CNN_IDX_IMAGES, place);
        cnn_free(gzip.data);
    }
}

static void limit_hides_no_truncation(void **state) {
    (void)state;
    uint8_t bytes[SMALL_IMAGES];
    cnn_idx idx;
    cnn_error error;
    small_images(bytes);
    assert_int_equal(cnn_idx_parse(bytes, sizeof bytes - 1, "f", CNN_IDX_IMAGES, 1, &idx, &error),
                     CNN_ERROR_FORMAT);
    assert_says(&error, "truncated: 4 images of 3 x 2 need a file of 40 bytes, but it ends at byte 39");
}

static void bytes_behind_the_end(void **state) {
    (void)state;
    uint8_t bytes[SMALL_IMAGES + 1] = {0};
    small_images(bytes);
    rejects(bytes, sizeof bytes, CNN_IDX_IMAGES, "byte 40: expected the end of the file");
    cnn_bytes gzip = packed(bytes, sizeof bytes);
    rejects(gzip.data, gzip.size, CNN_IDX_IMAGES, "byte 40 (unpacked): expected the end of the file");
    cnn_free(gzip.data);
}

static void wrong_magic_type_and_dimensions(void **state) {
    (void)state;
    uint8_t bytes[SMALL_IMAGES];
    small_images(bytes);
    rejects((const uint8_t *)"\x89PNG\r\n\x1a\n", 8, CNN_IDX_IMAGES,
            "byte 0: an IDX file starts with 00 00 08 03, found 89 50 4e 47");
    bytes[2] = 0x0d;
    rejects(bytes, sizeof bytes, CNN_IDX_IMAGES,
            "byte 2: expected type 0x08 (unsigned byte), found 0x0d (float)");
    bytes[2] = 0x77;
    rejects(bytes, sizeof bytes, CNN_IDX_IMAGES, "found 0x77 (not an IDX type)");
    small_images(bytes);
    rejects(bytes, sizeof bytes, CNN_IDX_LABELS, "byte 3: expected 1 dimension (labels), found 3");
    bytes[3] = 1;
    rejects(bytes, sizeof bytes, CNN_IDX_IMAGES,
            "byte 3: expected 3 dimensions (images, rows, columns), found 1");
}

static void wrong_counts(void **state) {
    (void)state;
    uint8_t bytes[SMALL_IMAGES];
    small_images(bytes);
    bytes[7] = SMALL_COUNT + 1;
    rejects(bytes, sizeof bytes, CNN_IDX_IMAGES,
            "truncated: 5 images of 3 x 2 need a file of 46 bytes, but it ends at byte 40");
    bytes[7] = SMALL_COUNT - 1;
    rejects(bytes, sizeof bytes, CNN_IDX_IMAGES,
            "byte 34: expected the end of the file after 3 images of 3 x 2, found more bytes");
    bytes[7] = 0;
    rejects(bytes, sizeof bytes, CNN_IDX_IMAGES, "byte 4: expected a count of at least 1, found 0");
    small_images(bytes);
    bytes[15] = 0;
    rejects(bytes, sizeof bytes, CNN_IDX_IMAGES, "byte 12: expected a count of at least 1, found 0");
    memset(bytes + 4, 0xff, 12);
    rejects(bytes, sizeof bytes, CNN_IDX_IMAGES,
            "byte 4: the header declares 4294967295 images of 4294967295 x 4294967295, more");
}

static void damaged_gzip(void **state) {
    (void)state;
    uint8_t bytes[SMALL_IMAGES];
    small_images(bytes);
    cnn_bytes gzip = packed(bytes, sizeof bytes);
    gzip.data[gzip.size - 8] ^= 1; /* the checksum */
    rejects(gzip.data, gzip.size, CNN_IDX_IMAGES, "damaged gzip at byte");
    rejects(gzip.data, gzip.size, CNN_IDX_IMAGES, "incorrect data check");
    cnn_free(gzip.data);
}

/* A hundred bytes that promise 2^40 pixels must not take their memory. cnn_allocate writes to every page it
 * takes. */
static void huge_claims_take_no_memory(void **state) {
    (void)state;
    uint8_t bytes[100] = {0};
    idx_header(bytes, 3, (uint32_t[]){1 << 20, 1 << 10, 1 << 10});
    cnn_bytes gzip = packed(bytes, sizeof bytes);
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    rejects(bytes, sizeof bytes, CNN_IDX_IMAGES, "truncated: 1048576 images of 1024 x 1024");
    rejects(gzip.data, gzip.size, CNN_IDX_IMAGES, "truncated: 1048576 images of 1024 x 1024");
    getrusage(RUSAGE_SELF, &after);
    assert_true(after.ru_maxrss - before.ru_maxrss < 8 * 1024); /* KiB */
    cnn_free(gzip.data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_images),
        cmocka_unit_test(reads_labels),
        cmocka_unit_test(keeps_the_first_of_a_limit),
        cmocka_unit_test(unpacks_gzip),
        cmocka_unit_test(unpacks_gzip_of_two_members),
        cmocka_unit_test(unpacks_what_packs_very_well),
        cmocka_unit_test(truncated_at_each_byte),
        cmocka_unit_test(truncated_gzip_at_each_byte),
        cmocka_unit_test(gzip_of_a_truncated_file),
        cmocka_unit_test(limit_hides_no_truncation),
        cmocka_unit_test(bytes_behind_the_end),
        cmocka_unit_test(wrong_magic_type_and_dimensions),
        cmocka_unit_test(wrong_counts),
        cmocka_unit_test(damaged_gzip),
        cmocka_unit_test(huge_claims_take_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
