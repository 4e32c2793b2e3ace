#define _GNU_SOURCE
/* TensorBoard event files, taken apart by a reader of their own. */
#include "formats/tensorboard.h"

#include "base/file.h"
#include "formats/crc32c.h"

#include "support/cmocka.h"
#include "support/folder.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* RFC 3720, appendix B.4, and the check value of the algorithm's catalogues. */
static void checksums_are_those_of_the_standard(void **state) {
    (void)state;
    uint8_t bytes[32] = {0};
    assert_int_equal(cnn_crc32c("123456789", 9), 0xe3069283);
    assert_int_equal(cnn_crc32c("", 0), 0);
    assert_int_equal(cnn_crc32c(bytes, 32), 0x8a9136aa);
    memset(bytes, 0xff, sizeof bytes);
    assert_int_equal(cnn_crc32c(bytes, 32), 0x62a8ab43);
    for (int i = 0; i < 32; i++)
        bytes[i] = (uint8_t)i;
    assert_int_equal(cnn_crc32c(bytes, 32), 0x46dd794e);
}

static void checksums_are_masked_as_tfrecord_does(void **state) {
    (void)state;
    const uint32_t checksum = 0xe3069283;
    assert_int_equal(cnn_crc32c_masked("123456789", 9),
                     (uint32_t)((checksum >> 15 | checksum << 17) + 0xa282ead8u));
}

/* ---- A reader of event files -----------------------------------------------------------------------------
 */

typedef struct event {
    double wall_time;
    int64_t step;
    char version[32], tag[64];
    float value;
} event;

/* One protobuf field; moves *at behind it. */
typedef struct field {
    uint64_t number, bits; /* bits: a varint's or a fixed one's; for bytes their count */
    const uint8_t *bytes;
} field;

static uint64_t little_endian(const uint8_t *from, int count) {
    uint64_t bits = 0;
    for (int i = 0; i < count; i++)
        bits |= (uint64_t)from[i] << (8 * i);
    return bits;
}

static uint64_t varint(const uint8_t **at) {
    uint64_t value = 0;
    int shift = 0;
    for (; **at & 0x80; shift += 7)
        value |= (uint64_t)(*(*at)++ & 0x7f) << shift;
    return value | (uint64_t) * (*at)++ << shift;
}

static field next_field(const uint8_t **at) {
    uint64_t key = varint(at);
    field f = {.number = key >> 3};
    switch (key & 7) {
    case 0:
        f.bits = varint(at);
        break;
    case 1:
        f.bits = little_endian(*at, 8);
        *at += 8;
        break;
    case 5:
        f.bits = little_endian(*at, 4);
        *at += 4;
        break;
    case 2:
        f.bits = varint(at);
        f.bytes = *at;
        *at += f.bits;
        break;
    default:
        fail_msg("wire type %d", (int)(key & 7));
    }
    return f;
}

static void read_value(const uint8_t *at, const uint8_t *end, event *e) {
    while (at < end) {
        field f = next_field(&at);
        uint32_t bits = (uint32_t)f.bits;
        if (f.number == 1)
            memcpy(e->tag, f.bytes, f.bits);
        else if (f.number == 2)
            memcpy(&e->value, &bits, sizeof bits);
        else
            fail_msg("field %d of a value", (int)f.number);
    }
    assert_ptr_equal(at, end);
}

static event read_event(const uint8_t *at, const uint8_t *end) {
    event e = {0};
    while (at < end) {
        field f = next_field(&at);
        if (f.number == 1)
            memcpy(&e.wall_time, &f.bits, sizeof f.bits);
        else if (f.number == 2)
            e.step = (int64_t)f.bits;
        else if (f.number == 3)
            memcpy(e.version, f.bytes, f.bits);
        else if (f.number == 5) {
            const uint8_t *inner = f.bytes;
            field value = next_field(&inner);
            assert_int_equal(value.number, 1);
            assert_ptr_equal(inner, f.bytes + f.bits);
            read_value(value.bytes, value.bytes + value.bits, &e);
        } else
            fail_msg("field %d of an event", (int)f.number);
    }
    assert_ptr_equal(at, end);
    return e;
}

/* All events of a file, their checksums verified; returns how many. */
static int read_events(const char *path, event *events, int most) {
    cnn_bytes file;
    int count = 0;
    assert_int_equal(cnn_file_read(path, &file, NULL), CNN_OK);
    for (size_t at = 0; at < file.size; count++) {
        assert_true(count < most && file.size - at >= 16);
        const uint8_t *record = file.data + at;
        size_t length = (size_t)little_endian(record, 8);
        assert_true(length <= file.size - at - 16);
        assert_int_equal(little_endian(record + 8, 4), cnn_crc32c_masked(record, 8));
        assert_int_equal(little_endian(record + 12 + length, 4), cnn_crc32c_masked(record + 12, length));
        events[count] = read_event(record + 12, record + 12 + length);
        at += 16 + length;
    }
    cnn_free(file.data);
    return count;
}

/* The names of the event files of a folder, in order; returns how many. */
static int list_files(const char *folder, char names[][256], int most) {
    struct dirent **entries;
    int count = 0, found = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < found; i++) {
        if (strncmp(entries[i]->d_name, "events.out.tfevents.", 20) == 0 && count < most)
            strcpy(names[count++], entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return count;
}

/* ---- Tests -----------------------------------------------------------------------------------------------
 */

static void scalars_are_written_as_tensorboard_reads_them(void **state) {
    cnn_events *writer;
    event events[8];
    char names[4][256];
    double before = (double)time(NULL);
    assert_int_equal(cnn_events_open(&writer, *state, NULL), CNN_OK);
    assert_int_equal(cnn_events_scalar(writer, "loss/train", 0, 2.5, NULL), CNN_OK);
    assert_int_equal(cnn_events_scalar(writer, "accuracy", 300, 0.125, NULL), CNN_OK);
    assert_int_equal(list_files(*state, names, 4), 1);
    char *path = cnn_path_join(*state, names[0], NULL);
    assert_int_equal(read_events(path, events, 8), 3); /* before it is closed: each scalar is flushed */
    assert_int_equal(cnn_events_scalar(writer, "odd", INT64_MAX, NAN, NULL), CNN_OK);
    cnn_events_close(writer);
    assert_int_equal(read_events(path, events, 8), 4);
    assert_string_equal(events[0].version, "brain.Event:2");
    assert_string_equal(events[1].tag, "loss/train");
    assert_true(events[1].step == 0 && events[1].value == 2.5f);
    assert_string_equal(events[2].tag, "accuracy");
    assert_true(events[2].step == 300 && events[2].value == 0.125f);
    assert_true(events[3].step == INT64_MAX && isnan(events[3].value));
    for (int i = 0; i < 4; i++)
        assert_true(events[i].wall_time >= before && events[i].wall_time <= before + 3600);
    cnn_free(path);
}

static void a_second_run_starts_a_second_file(void **state) {
    cnn_events *first, *second;
    event events[4];
    char names[8][256];
    char *folder = cnn_path_join(*state, "second", NULL);
    assert_int_equal(cnn_make_folders(folder, NULL), CNN_OK);
    assert_int_equal(cnn_events_open(&first, folder, NULL), CNN_OK);
    assert_int_equal(cnn_events_scalar(first, "a", 1, 1, NULL), CNN_OK);
    assert_int_equal(cnn_events_open(&second, folder, NULL), CNN_OK);
    cnn_events_close(first);
    cnn_events_close(second);
    assert_int_equal(list_files(folder, names, 8), 2);
    char *path = cnn_path_join(folder, names[0], NULL);
    assert_int_equal(read_events(path, events, 4), 2);
    cnn_free(path);
    cnn_free(folder);
}

static void a_missing_folder_is_named(void **state) {
    (void)state;
    cnn_events *events;
    cnn_error error = {0};
    assert_int_equal(cnn_events_open(&events, "/nowhere/at/all", &error), CNN_ERROR_IO);
    assert_null(events);
    assert_non_null(strstr(error.message, "cannot write /nowhere/at/all/events.out.tfevents."));
    assert_non_null(strstr(error.message, "No such file or directory"));
}

static void a_tag_has_a_longest_length(void **state) {
    cnn_events *events;
    char tag[258];
    memset(tag, 'a', sizeof tag);
    tag[257] = '\0';
    assert_int_equal(cnn_events_open(&events, *state, NULL), CNN_OK);
    assert_int_equal(cnn_events_scalar(events, tag, 1, 1, NULL), CNN_ERROR_ARGUMENT);
    assert_int_equal(cnn_events_scalar(events, tag + 1, 1, 1, NULL), CNN_OK);
    cnn_events_close(events);
}

static void closing_nothing_is_allowed(void **state) {
    (void)state;
    cnn_events_close(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checksums_are_those_of_the_standard),
        cmocka_unit_test(checksums_are_masked_as_tfrecord_does),
        cmocka_unit_test(scalars_are_written_as_tensorboard_reads_them),
        cmocka_unit_test(a_second_run_starts_a_second_file),
        cmocka_unit_test(a_missing_folder_is_named),
        cmocka_unit_test(a_tag_has_a_longest_length),
        cmocka_unit_test(closing_nothing_is_allowed),
    };
    return cmocka_run_group_tests(tests, folder_new, folder_remove);
}
