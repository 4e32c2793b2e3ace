#include "data/idx.h"

#include "base/memory.h"
#include "data/stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    UNSIGNED_BYTES = 0x08,
    LIKELY_RATIO = 8, /* gzip makes images this much smaller at best: the first guess of the room needed */
    MIN_ROOM = 1 << 16
};

typedef struct idx_reader {
    cnn_stream stream;
    int dimensions;
    cnn_idx *idx;
    cnn_error *error;
} idx_reader;

/* "60000 x 28 x 28" */
static const char *describe(const idx_reader *reader, char text[64]) {
    const int64_t *size = reader->idx->size;
    if (reader->dimensions == CNN_IDX_LABELS)
        snprintf(text, 64, "%" PRId64 " labels", size[0]);
    else
        snprintf(text, 64, "%" PRId64 " images of %" PRId64 " x %" PRId64, size[0], size[1], size[2]);
    return text;
}

/* " (unpacked)" for messages on offsets within a gzip stream, else "". */
static const char *unpacked(const idx_reader *reader) {
    return reader->stream.packed ? " (unpacked)" : "";
}

static const char *type_name(uint8_t type) {
    static const struct {
        uint8_t type;
        const char *name;
    } types[] = {{0x08, "unsigned byte"},  {0x09, "signed byte"}, {0x0b, "16-bit integer"},
                 {0x0c, "32-bit integer"}, {0x0d, "float"},       {0x0e, "double"}};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i].type == type)
            return types[i].name;
    return "not an IDX type";
}

/* The first four bytes say the element type and the number of dimensions. */
static cnn_status check_magic(const idx_reader *reader, const uint8_t magic[4]) {
    const char *name = reader->stream.name, *after = unpacked(reader);
    if (magic[0] != 0 || magic[1] != 0)
        return cnn_fail(reader->error, CNN_ERROR_FORMAT,
                        "%s: byte 0%s: an IDX file starts with 00 00 08 %02x, found %02x %02x %02x %02x",
                        name, after, (unsigned)reader->dimensions, magic[0], magic[1], magic[2], magic[3]);
    if (magic[2] != UNSIGNED_BYTES)
        return cnn_fail(reader->error, CNN_ERROR_FORMAT,
                        "%s: byte 2%s: expected type 0x08 (unsigned byte), found 0x%02x (%s)", name, after,
                        magic[2], type_name(magic[2]));
    if (magic[3] != reader->dimensions)
        return cnn_fail(reader->error, CNN_ERROR_FORMAT, "%s: byte 3%s: expected %d dimension%s, found %d",
                        name, after, reader->dimensions,
                        reader->dimensions == CNN_IDX_LABELS ? " (labels)" : "s (images, rows, columns)",
                        magic[3]);
    return CNN_OK;
}

/* Exactly `count` bytes, or an error that names the byte where the file ends. */
static cnn_status read_header_bytes(idx_reader *reader, uint8_t *into, size_t offset, size_t count) {
    size_t got;
    cnn_status status = cnn_stream_read(&reader->stream, into, count, &got, reader->error);
    if (status == CNN_OK && got < count)
        status =
            cnn_fail(reader->error, CNN_ERROR_FORMAT,
                     "%s: byte %zu%s: expected an IDX header of %" PRId64 " bytes, the file ends here",
                     reader->stream.name, offset + got, unpacked(reader), cnn_idx_header(reader->dimensions));
    return status;
}

/* One big-endian count per dimension. */
static cnn_status read_sizes(idx_reader *reader) {
    uint8_t bytes[12];
    cnn_status status = read_header_bytes(reader, bytes, 4, 4 * (size_t)reader->dimensions);
    for (int d = 0; status == CNN_OK && d < reader->dimensions; d++) {
        const uint8_t *b = bytes + 4 * d;
        reader->idx->size[d] = (int64_t)b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3];
        if (reader->idx->size[d] == 0)
            status = cnn_fail(reader->error, CNN_ERROR_FORMAT,
                              "%s: byte %d%s: expected a count of at least 1, found 0", reader->stream.name,
                              4 + 4 * d, unpacked(reader));
    }
    return status;
}

static cnn_status read_header(idx_reader *reader) {
    uint8_t magic[4];
    cnn_status status = read_header_bytes(reader, magic, 0, sizeof magic);
    if (status == CNN_OK)
        status = check_magic(reader, magic);
    return status == CNN_OK ? read_sizes(reader) : status;
}

/* Enlarge the room for values, by no more than what was really read so far. */
static cnn_status enlarge(idx_reader *reader, int64_t used, int64_t *room, int64_t wanted) {
    int64_t larger = *room ? 2 * *room : LIKELY_RATIO * (int64_t)reader->stream.size + MIN_ROOM;
    larger = larger < wanted ? larger : wanted;
    uint8_t *moved = cnn_allocate((size_t)larger, 1, reader->stream.name, reader->error);
    if (!moved)
        return CNN_ERROR_MEMORY;
    if (used > 0)
        memcpy(moved, reader->idx->values, (size_t)used);
    cnn_free(reader->idx->values);
    reader->idx->values = moved;
    *room = larger;
    return CNN_OK;
}

/* Read `wanted` values; *found is less if the file ends before. */
static cnn_status read_values(idx_reader *reader, int64_t wanted, int64_t *found) {
    int64_t room = 0;
    *found = 0;
    while (*found == room && room < wanted) {
        size_t got;
        cnn_status status = enlarge(reader, *found, &room, wanted);
        if (status == CNN_OK)
            status = cnn_stream_read(&reader->stream, reader->idx->values + *found, (size_t)(room - *found),
                                     &got, reader->error);
        if (status != CNN_OK)
            return status;
        *found += (int64_t)got;
    }
    return CNN_OK;
}

/* Read on without keeping anything: adds to *found, one more than `expected` if there is more. */
static cnn_status count_rest(idx_reader *reader, int64_t expected, int64_t *found) {
    uint8_t scratch[16384];
    size_t got = 1;
    while (*found <= expected && got > 0) {
        int64_t left = expected + 1 - *found;
        size_t count = left < (int64_t)sizeof scratch ? (size_t)left : sizeof scratch;
        cnn_status status = cnn_stream_read(&reader->stream, scratch, count, &got, reader->error);
        if (status != CNN_OK)
            return status;
        *found += (int64_t)got;
    }
    return CNN_OK;
}

/* A file may be neither shorter nor longer than its header says. */
static cnn_status check_size(const idx_reader *reader, int64_t expected, int64_t found) {
    int64_t header = cnn_idx_header(reader->dimensions);
    const char *name = reader->stream.name, *after = unpacked(reader);
    char what[64];
    if (found < expected)
        return cnn_fail(reader->error, CNN_ERROR_FORMAT,
                        "%s: truncated: %s need a file of %" PRId64 " bytes%s, but it ends at byte %" PRId64,
                        name, describe(reader, what), header + expected, after, header + found);
    if (found > expected)
        return cnn_fail(reader->error, CNN_ERROR_FORMAT,
                        "%s: byte %" PRId64 "%s: expected the end of the file after %s, found more bytes",
                        name, header + expected, after, describe(reader, what));
    return CNN_OK;
}

/* Read header and values; with a limit only the first items are kept, but the whole file is checked. */
static cnn_status parse(idx_reader *reader, int64_t limit) {
    cnn_status status = read_header(reader);
    if (status != CNN_OK)
        return status;
    cnn_idx *idx = reader->idx;
    int64_t item, expected, found;
    char what[64];
    if (!cnn_multiply(idx->size[1], idx->size[2], &item) || !cnn_multiply(idx->size[0], item, &expected) ||
        expected > INT64_MAX / 2)
        return cnn_fail(reader->error, CNN_ERROR_FORMAT,
                        "%s: byte 4%s: the header declares %s, more than any file can hold",
                        reader->stream.name, unpacked(reader), describe(reader, what));
    idx->kept = limit > 0 && limit < idx->size[0] ? limit : idx->size[0];
    status = read_values(reader, idx->kept * item, &found);
    if (status == CNN_OK && found == idx->kept * item)
        status = count_rest(reader, expected, &found);
    return status == CNN_OK ? check_size(reader, expected, found) : status;
}

cnn_status cnn_idx_parse(const uint8_t *bytes, size_t size, const char *name, int dimensions, int64_t limit,
                         cnn_idx *idx, cnn_error *error) {
    *idx = (cnn_idx){.size = {1, 1, 1}};
    idx_reader reader = {.dimensions = dimensions, .idx = idx, .error = error};
    cnn_status status = cnn_stream_open(&reader.stream, bytes, size, name, error);
    if (status == CNN_OK)
        status = parse(&reader, limit);
    cnn_stream_close(&reader.stream);
    if (status != CNN_OK) {
        cnn_free(idx->values);
        *idx = (cnn_idx){0};
    }
    return status;
}
