#include "data/stream.h"

#include <string.h>

enum {
    MAX_AT_ONCE = 1 << 30, /* zlib counts in unsigned int */
    GZIP_ONLY = 16         /* added to zlib's window bits */
};

cnn_status cnn_stream_open(cnn_stream *stream, const uint8_t *bytes, size_t size, const char *name,
                           cnn_error *error) {
    *stream = (cnn_stream){.bytes = bytes, .size = size, .name = name};
    if (size < 2 || bytes[0] != 0x1f || bytes[1] != 0x8b)
        return CNN_OK;
    if (inflateInit2(&stream->inflater, MAX_WBITS + GZIP_ONLY) != Z_OK)
        return cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: unpacking %s", name);
    stream->packed = true;
    return CNN_OK;
}

void cnn_stream_close(cnn_stream *stream) {
    if (stream->packed)
        inflateEnd(&stream->inflater);
    stream->packed = false;
}

/* Why zlib stopped: out of memory, truncated or damaged. */
static cnn_status unpack_failed(const cnn_stream *stream, int result, cnn_error *error) {
    if (result == Z_MEM_ERROR)
        return cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: unpacking %s", stream->name);
    if (result == Z_BUF_ERROR)
        return cnn_fail(
            error, CNN_ERROR_FORMAT,
            "%s: truncated gzip: the file ends at byte %zu, after %lu unpacked bytes, in the middle of "
            "the data",
            stream->name, stream->size, stream->inflater.total_out);
    return cnn_fail(error, CNN_ERROR_FORMAT, "%s: damaged gzip at byte %zu, after %lu unpacked bytes: %s",
                    stream->name, stream->used, stream->inflater.total_out,
                    stream->inflater.msg ? stream->inflater.msg : "invalid data");
}

/* A gzip file is a sequence of one or more members. */
static int next_member(cnn_stream *stream) {
    stream->ended = stream->used == stream->size;
    return stream->ended ? Z_OK : inflateReset(&stream->inflater);
}

/* One call of zlib; *got bytes more in `into`. */
static int unpack_some(cnn_stream *stream, uint8_t *into, size_t size, size_t *got) {
    z_stream *z = &stream->inflater;
    size_t left = stream->size - stream->used;
    uInt input = (uInt)(left < MAX_AT_ONCE ? left : MAX_AT_ONCE);
    uInt output = (uInt)(size < MAX_AT_ONCE ? size : MAX_AT_ONCE);
    z->next_in = (z_const Bytef *)(stream->bytes + stream->used);
    z->avail_in = input;
    z->next_out = into;
    z->avail_out = output;
    int result = inflate(z, Z_NO_FLUSH);
    stream->used += input - z->avail_in;
    *got = output - z->avail_out;
    return result == Z_STREAM_END ? next_member(stream) : result;
}

cnn_status cnn_stream_read(cnn_stream *stream, void *into, size_t size, size_t *got, cnn_error *error) {
    *got = 0;
    if (!stream->packed) {
        size_t left = stream->size - stream->used;
        *got = size < left ? size : left;
        if (*got > 0)
            memcpy(into, stream->bytes + stream->used, *got);
        stream->used += *got;
        return CNN_OK;
    }
    while (*got < size && !stream->ended) {
        size_t more;
        int result = unpack_some(stream, (uint8_t *)into + *got, size - *got, &more);
        *got += more;
        if (result != Z_OK)
            return unpack_failed(stream, result, error);
    }
    return CNN_OK;
}
