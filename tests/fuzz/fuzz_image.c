/* Pictures of all formats, decoded and brought to another shape. */
#include "base/memory.h"
#include "data/prepare.h"

/* A few bytes may stand for a picture of any size: a limit keeps each input short. */
enum { SIDE = 6, MAX_PIXELS = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    cnn_image image;
    cnn_error error;
    const cnn_image_options options = {.max_pixels = MAX_PIXELS};
    if (cnn_image_unpack(bytes, size, "input", &options, &image, &error) != CNN_OK)
        return 0;
    for (int64_t channels = 1; channels <= 3; channels += 2) {
        uint8_t pixels[SIDE * SIDE * 3];
        if (cnn_prepare(&image, &options, (const int64_t[]){channels, SIDE, SIDE}, pixels, &error) != CNN_OK)
            __builtin_trap();
    }
    cnn_free(image.pixels);
    return 0;
}
