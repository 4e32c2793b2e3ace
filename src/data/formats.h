/* The formats of picture files: one list, and one source file per decoder. */
#ifndef CNN_DATA_FORMATS_H
#define CNN_DATA_FORMATS_H

#include "data/image.h"

/* Every format: ALWAYS(decoder, name, endings of file names, first bytes, other first bytes), or OPTIONAL with Debian's
 * name of the library that it needs behind them. Endings are separated by blanks, and each has its dot. First bytes may
 * contain zeros; '?' stands for any byte, and "" for no others. tools/golden_pictures.py reads the names and the first
 * ending of each row here, too: it writes samples of every format for the tests. */
#define CNN_FORMAT_LIST(ALWAYS, OPTIONAL)                                                                    \
    ALWAYS(png, "PNG", ".png", "\x89PNG", "")                                                                \
    ALWAYS(jpeg, "JPEG", ".jpg .jpeg .jpe .jfif", "\xff\xd8\xff", "")                                        \
    OPTIONAL(webp, "WebP", ".webp", "RIFF????WEBP", "", "libwebp-dev")                                       \
    ALWAYS(bmp, "BMP", ".bmp .dib", "BM", "")                                                                \
    ALWAYS(gif, "GIF", ".gif", "GIF87a", "GIF89a")                                                           \
    OPTIONAL(tiff, "TIFF", ".tif .tiff", "II*\0", "MM\0*", "libtiff-dev")                                    \
    ALWAYS(pnm, "PNM", ".pgm .ppm .pnm", "P5", "P6")                                                         \
    ALWAYS(qoi, "QOI", ".qoi", "qoif", "")

/* The decoders. They return what the file contains: 1 channel is grey, 2 grey and alpha, 3 colour, 4 colour and
 * alpha. After a failure, pixels that were reserved must still be released by the caller. */
#define CNN_DECLARE_DECODER(decoder, ...)                                                                    \
    cnn_status cnn_##decoder##_decode(const cnn_encoded *file, cnn_image *image, cnn_error *error);
CNN_FORMAT_LIST(CNN_DECLARE_DECODER, CNN_DECLARE_DECODER)
#undef CNN_DECLARE_DECODER

typedef struct cnn_format {
    const char *name;    /* "PNG" */
    const char *endings; /* ".jpg .jpeg" */
    struct {
        const char *bytes;
        size_t length; /* 0: there is no second one */
    } starts[2];       /* what a file begins with */
    cnn_status (*decode)(const cnn_encoded *file, cnn_image *image,
                         cnn_error *error); /* NULL: not in this build */
    const char *package;                    /* Debian's name of the library that it needs; NULL: none */
} cnn_format;

/* The format of a file by its first bytes; NULL if it is none of them. */
const cnn_format *cnn_format_of(const uint8_t *bytes, size_t size);

/* Room for the names or the endings of all formats, with what is between them. */
#define CNN_FORMAT_ROOM(decoder, name, endings, ...)                                                         \
    +(sizeof name > sizeof endings ? sizeof name : sizeof endings) + sizeof " or "
enum { CNN_FORMAT_TEXT = CNN_FORMAT_LIST(CNN_FORMAT_ROOM, CNN_FORMAT_ROOM) };
#undef CNN_FORMAT_ROOM

/* All formats, for messages. */
void cnn_format_names(char text[CNN_FORMAT_TEXT]);   /* "PNG, JPEG or WebP" */
void cnn_format_endings(char text[CNN_FORMAT_TEXT]); /* ".png .jpg .jpeg .webp" */

#endif
