#include "probabilities.h"

#include "options.h"
#include "output.h"

#include <cnn_model.h>

int cli_write_probabilities(const char *path, float *values, int64_t images, int64_t classes) {
    cnn_error error;
    const cnn_tensor tensor = {.name = "probabilities",
                               .type = CNN_TYPE_FLOAT32,
                               .rank = 2,
                               .shape = {images, classes},
                               .data = values};
    return cnn_tensor_write(&tensor, path, &error) ? cli_fail("%s", error.message) : CLI_GO_ON;
}
