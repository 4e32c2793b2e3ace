#define _GNU_SOURCE
#include "formats/tensorboard.h"

#include "base/file.h"
#include "base/memory.h"
#include "formats/crc32c.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* An event file is a row of records, TensorFlow's TFRecord: the length (8 bytes), its checksum, the data, its
 * checksum; all little-endian. The data is a protobuf message `Event`. */

enum {
    LONGEST_TAG = 256,
    LONGEST_EVENT = LONGEST_TAG + 64,
    /* protobuf wire types */
    VARINT = 0,
    FIXED64 = 1,
    BYTES = 2,
    FIXED32 = 5,
    /* field numbers of Event, Summary and Summary.Value */
    EVENT_WALL_TIME = 1,
    EVENT_STEP = 2,
    EVENT_FILE_VERSION = 3,
    EVENT_SUMMARY = 5,
    SUMMARY_VALUE = 1,
    VALUE_TAG = 1,
    VALUE_SIMPLE = 2
};

struct cnn_events {
    FILE *file;
    char *path;
};

/* A message being encoded. */
typedef struct message {
    uint8_t bytes[LONGEST_EVENT];
    size_t size;
} message;

static void put_varint(message *to, uint64_t value) {
    for (; value >= 0x80; value >>= 7)
        to->bytes[to->size++] = (uint8_t)(value | 0x80);
    to->bytes[to->size++] = (uint8_t)value;
}

static void put_key(message *to, int field, int wire_type) {
    put_varint(to, (uint64_t)(field << 3 | wire_type));
}

static void put_little_endian(message *to, uint64_t bits, int count) {
    for (int i = 0; i < count; i++)
        to->bytes[to->size++] = (uint8_t)(bits >> (8 * i));
}

static void put_double(message *to, int field, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_key(to, field, FIXED64);
    put_little_endian(to, bits, 8);
}

static void put_float(message *to, int field, float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_key(to, field, FIXED32);
    put_little_endian(to, bits, 4);
}

static void put_bytes(message *to, int field, const void *bytes, size_t size) {
    put_key(to, field, BYTES);
    put_varint(to, size);
    memcpy(to->bytes + to->size, bytes, size);
    to->size += size;
}

static void put_message(message *to, int field, const message *inner) {
    put_bytes(to, field, inner->bytes, inner->size);
}

static message new_event(void) {
    struct timespec now;
    message event = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    put_double(&event, EVENT_WALL_TIME, (double)now.tv_sec + 1e-9 * (double)now.tv_nsec);
    return event;
}

static bool write_with_checksum(FILE *file, const message *part) {
    message checksum = {0};
    put_little_endian(&checksum, cnn_crc32c_masked(part->bytes, part->size), 4);
    return fwrite(part->bytes, part->size, 1, file) == 1 &&
           fwrite(checksum.bytes, checksum.size, 1, file) == 1;
}

static cnn_status write_record(cnn_events *events, const message *event, cnn_error *error) {
    message length = {0};
    put_little_endian(&length, event->size, 8);
    if (!write_with_checksum(events->file, &length) || !write_with_checksum(events->file, event) ||
        fflush(events->file) != 0)
        return cnn_io_error("write", events->path, error);
    return CNN_OK;
}

/* Create a file that did not exist: a second run within one second takes the next second's name. */
static cnn_status create_file(cnn_events *events, const char *folder, cnn_error *error) {
    int64_t seconds = time(NULL);
    do {
        char name[64];
        snprintf(name, sizeof name, "events.out.tfevents.%010" PRId64 ".cnn", seconds++);
        cnn_free(events->path);
        events->path = cnn_path_join(folder, name, error);
        if (!events->path)
            return CNN_ERROR_MEMORY;
        events->file = fopen(events->path, "wbxe");
    } while (!events->file && errno == EEXIST);
    if (!events->file)
        return cnn_io_error("write", events->path, error);
    return CNN_OK;
}

/* ---- Those that are there already ------------------------------------------------------------------ */

/* The next event file in an open folder, or NULL. */
static const char *next_file(DIR *entries) {
    static const char begin[] = "events.out.tfevents.", end[] = ".cnn";
    for (const struct dirent *entry; (entry = readdir(entries));) {
        size_t length = strlen(entry->d_name), min = sizeof begin + sizeof end - 2;
        if (length > min && strncmp(entry->d_name, begin, sizeof begin - 1) == 0 &&
            strcmp(entry->d_name + length - (sizeof end - 1), end) == 0)
            return entry->d_name;
    }
    return NULL;
}

int64_t cnn_events_count(const char *folder) {
    int64_t count = 0;
    DIR *entries = opendir(folder);
    if (!entries)
        return 0;
    while (next_file(entries))
        count++;
    closedir(entries);
    return count;
}

cnn_status cnn_events_remove(const char *folder, cnn_error *error) {
    DIR *entries = opendir(folder);
    cnn_status status = CNN_OK;
    const char *name;
    while (entries && status == CNN_OK && (name = next_file(entries))) {
        char *path = cnn_path_join(folder, name, error);
        if (!path)
            status = CNN_ERROR_MEMORY;
        else if (unlink(path) != 0)
            status = cnn_io_error("remove", path, error);
        cnn_free(path);
    }
    if (entries)
        closedir(entries);
    return status;
}

/* ---- Writing --------------------------------------------------------------------------------------- */

static cnn_status write_version(cnn_events *events, cnn_error *error) {
    static const char version[] = "brain.Event:2";
    message event = new_event();
    put_bytes(&event, EVENT_FILE_VERSION, version, sizeof version - 1);
    return write_record(events, &event, error);
}

cnn_status cnn_events_open(cnn_events **events, const char *folder, cnn_error *error) {
    *events = cnn_allocate(1, sizeof **events, "an event file", error);
    if (!*events)
        return CNN_ERROR_MEMORY;
    cnn_status status = create_file(*events, folder, error);
    if (status == CNN_OK)
        status = write_version(*events, error);
    if (status != CNN_OK) {
        cnn_events_close(*events);
        *events = NULL;
    }
    return status;
}

cnn_status cnn_events_scalar(cnn_events *events, const char *tag, int64_t step, double value,
                             cnn_error *error) {
    size_t length = strlen(tag);
    if (length > LONGEST_TAG)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "a tag may have at most %d bytes, found %zu", LONGEST_TAG,
                        length);
    message scalar = {0}, summary = {0}, event = new_event();
    put_bytes(&scalar, VALUE_TAG, tag, length);
    put_float(&scalar, VALUE_SIMPLE, (float)value);
    put_message(&summary, SUMMARY_VALUE, &scalar);
    put_key(&event, EVENT_STEP, VARINT);
    put_varint(&event, (uint64_t)step);
    put_message(&event, EVENT_SUMMARY, &summary);
    return write_record(events, &event, error);
}

void cnn_events_close(cnn_events *events) {
    if (!events)
        return;
    if (events->file)
        fclose(events->file);
    cnn_free(events->path);
    cnn_free(events);
}
