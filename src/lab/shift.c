/* Images that are moved. */
#include "base/numbers.h"
#include "lab/images.h"

/* The row or column that comes to `at`: that of the edge where there is none. */
static int64_t source_of(int64_t at, int64_t shift, int64_t size) {
    return cnn_max(0, cnn_min(size - 1, at - shift));
}

void cnn_lab_shift(const float *image, const int64_t shape[3], int64_t down, int64_t right, float *shifted) {
    const int64_t height = shape[1], width = shape[2];
    for (int64_t row = 0; row < shape[0] * height; row++) {
        const float *from = image + (row / height * height + source_of(row % height, down, height)) * width;
        for (int64_t column = 0; column < width; column++)
            shifted[row * width + column] = from[source_of(column, right, width)];
    }
}
