#include "data/orient.h"

#include "base/memory.h"
#include "data/bytes.h"

#include <string.h>

enum { ORIENTATION_TAG = 0x0112, HEADER = 8, ENTRY = 12, UPRIGHT = 1 };

/* ---- EXIF ------------------------------------------------------------------------------------------ */

typedef struct exif_order {
    uint32_t (*number16)(const uint8_t *);
    uint32_t (*number32)(const uint8_t *);
} exif_order;

/* The value of the first directory's entry, which starts with tag, type (3: 16 bits) and count. */
static int find_orientation(const uint8_t *exif, size_t size, const exif_order *order) {
    size_t directory = order->number32(exif + 4);
    if (directory > size || size - directory < 2)
        return UPRIGHT;
    uint32_t entries = order->number16(exif + directory);
    const uint8_t *entry = exif + directory + 2;
    for (size_t left = size - directory - 2; entries > 0 && left >= ENTRY; entries--, left -= ENTRY) {
        uint32_t value = order->number16(entry + 8);
        if (order->number16(entry) == ORIENTATION_TAG)
            return value >= 1 && value <= 8 ? (int)value : UPRIGHT;
        entry += ENTRY;
    }
    return UPRIGHT;
}

int cnn_exif_orientation(const uint8_t *exif, size_t size) {
    static const exif_order little = {cnn_little16, cnn_little32}, big = {cnn_big16, cnn_big32};
    if (size < HEADER)
        return UPRIGHT;
    if (memcmp(exif, "II*\0", 4) == 0)
        return find_orientation(exif, size, &little);
    return memcmp(exif, "MM\0*", 4) == 0 ? find_orientation(exif, size, &big) : UPRIGHT;
}

/* ---- Turning --------------------------------------------------------------------------------------- */

/* What a stored image has to undergo, in this order. */
static const struct {
    bool transpose, mirror, flip; /* rows become columns; left and right, top and bottom change places */
} turns[] = {[1] = {false, false, false}, [2] = {false, true, false}, [3] = {false, true, true},
             [4] = {false, false, true},  [5] = {true, false, false}, [6] = {true, true, false},
             [7] = {true, true, true},    [8] = {true, false, true}};

bool cnn_transposes(int orientation) {
    return orientation > UPRIGHT && orientation <= 8 && turns[orientation].transpose;
}

cnn_status cnn_orient(cnn_image *image, cnn_error *error) {
    int which = image->orientation;
    if (which <= UPRIGHT || which > 8)
        return CNN_OK;
    bool transpose = cnn_transposes(which);
    int64_t channels = image->channels;
    int64_t height = transpose ? image->width : image->height,
            width = transpose ? image->height : image->width;
    uint8_t *turned = cnn_allocate((size_t)(height * width), (size_t)channels, "turning an image", error);
    if (!turned)
        return CNN_ERROR_MEMORY;
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++) {
            int64_t v = turns[which].flip ? height - 1 - y : y, u = turns[which].mirror ? width - 1 - x : x;
            int64_t from = transpose ? u * image->width + v : v * image->width + u;
            memcpy(turned + (y * width + x) * channels, image->pixels + from * channels, (size_t)channels);
        }
    cnn_free(image->pixels);
    image->pixels = turned;
    if (transpose) {
        const int64_t whole = image->whole_height;
        image->whole_height = image->whole_width;
        image->whole_width = whole;
    }
    image->flipped = turns[which].flip;
    image->mirrored = turns[which].mirror;
    image->height = height;
    image->width = width;
    image->orientation = UPRIGHT;
    return CNN_OK;
}
