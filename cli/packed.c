#include "packed.h"

#include "output.h"

#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

static void write_three(FILE *to, const unsigned char *bytes, size_t count) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0;
    for (size_t i = 0; i < 3; i++)
        bits = bits << 8 | (i < count ? bytes[i] : 0);
    for (size_t i = 0; i < 4; i++)
        putc(i <= count ? digits[bits >> (18 - 6 * i) & 63] : '=', to);
}

void cli_write_base64(FILE *to, const void *bytes, size_t size) {
    const unsigned char *at = bytes;
    for (size_t i = 0; i < size; i += 3)
        write_three(to, at + i, size - i < 3 ? size - i : 3);
}

/* A gzip file for free(), NULL where its format has no room for so many bytes: no name and no time in it, so that the same
 * bytes give the same. */
static unsigned char *compress_bytes(const void *bytes, size_t size, size_t *compressed) {
    enum { GZIP = 16 };
    z_stream stream = {.next_in = (Bytef *)bytes, .avail_in = (uInt)size};
    if (size > UINT32_MAX)
        return NULL;
    if (deflateInit2(&stream, 9, Z_DEFLATED, GZIP + MAX_WBITS, 9, Z_DEFAULT_STRATEGY))
        exit(cli_fail("out of memory: compressing %zu bytes", size));
    const size_t room = deflateBound(&stream, (uLong)size);
    unsigned char *packed = cli_allocate(room, 1);
    stream.next_out = packed;
    stream.avail_out = (uInt)room;
    const bool whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    *compressed = stream.total_out;
    deflateEnd(&stream);
    if (whole)
        return packed;
    free(packed);
    return NULL;
}

void cli_write_packed(FILE *to, const void *bytes, size_t size) {
    size_t compressed = 0;
    unsigned char *packed = compress_bytes(bytes, size, &compressed);
    if (packed && compressed < size)
        cli_write_base64(to, packed, compressed);
    else
        cli_write_base64(to, bytes, size);
    free(packed);
}
