#include "support/byte_data.h"

#include "support/cmocka.h"

cnn_data *byte_data(cnn_input_options shape, int64_t count, const uint8_t *images, const int32_t *labels,
                    int64_t classes) {
    cnn_data *data;
    cnn_error error;
    const cnn_data_arrays arrays = {.count = count,
                                    .channels = shape.channels,
                                    .height = shape.height,
                                    .width = shape.width,
                                    .bytes = images,
                                    .labels = labels,
                                    .classes = classes};
    if (cnn_data_from_arrays(&data, &arrays, &error) != CNN_OK)
        fail_msg("%s", error.message);
    return data;
}
