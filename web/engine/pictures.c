/* Pictures from files: to the network's input by its own preprocessing, as `cnn predict` reads them. */
#include "engine.h"

#include "base/memory.h"
#include "data/prepare.h"

/* What the network's file says of pictures; the network keeps it. */
EXPORTED(engine_preprocess)
cnn_status engine_preprocess(int32_t bgr, int32_t resize, int32_t invert, int32_t centre) {
    const cnn_preprocessing preprocessing = {
        .bgr = bgr != 0, .resize = resize, .invert = invert != 0, .centre = centre != 0};
    return cnn_net_set_preprocessing(the_engine.net, &preprocessing, &the_engine.error);
}

/* A picture H,W,3 of bytes: red, green, blue. `image`: the network's input, C,H,W in 0..1. */
EXPORTED(engine_prepare)
cnn_status engine_prepare(uint8_t *pixels, int32_t height, int32_t width, float *image) {
    const cnn_image picture = {.height = height, .width = width, .channels = 3, .pixels = pixels};
    const cnn_image_options options = cnn_net_image_options(the_engine.net);
    int64_t shape[3];
    cnn_net_input(the_engine.net, shape);
    const size_t values = (size_t)(shape[0] * shape[1] * shape[2]);
    uint8_t *bytes = cnn_allocate(values, 1, "a picture", &the_engine.error);
    if (!bytes)
        return CNN_ERROR_MEMORY;
    cnn_status status = cnn_prepare(&picture, &options, shape, bytes, &the_engine.error);
    if (status == CNN_OK)
        cnn_pixels_to_float(bytes, shape, image);
    cnn_free(bytes);
    return status;
}
