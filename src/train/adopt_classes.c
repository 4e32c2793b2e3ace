#include "train/adopt_classes.h"

#include "base/memory.h"
#include "data/dataset.h"
#include "predict/classes.h"

#include <inttypes.h>
#include <stdio.h>

typedef char class_number[24];

static cnn_status name_outputs(cnn_net *net, const cnn_data *data, cnn_error *error) {
    int64_t outputs = cnn_net_classes(net), known = cnn_data_classes(data);
    const char **names = cnn_allocate((size_t)outputs, sizeof *names, "the class names", error);
    class_number *numbers = cnn_allocate((size_t)outputs, sizeof *numbers, "the class names", error);
    cnn_status status = CNN_ERROR_MEMORY;
    if (names && numbers) {
        for (int64_t i = 0; i < outputs; i++) {
            snprintf(numbers[i], sizeof numbers[i], "%" PRId64, i);
            names[i] = i < known ? cnn_data_class(data, i) : numbers[i];
        }
        status = cnn_net_set_classes(net, names, outputs, error);
    }
    cnn_free(names);
    cnn_free(numbers);
    return status == CNN_OK ? status : cnn_fail_within(error, status, "%s", cnn_data_origin(data));
}

cnn_status cnn_adopt_classes(cnn_net *net, const cnn_data *data, bool keep_parameters, int32_t *output_of,
                             cnn_error *error) {
    if (data->targets && !data->multi_label) { /* the outputs are not classes, and keep their names */
        output_of[0] = 0;
        return CNN_OK;
    }
    if (keep_parameters && net->classes &&
        (cnn_are_names(net->classes, net->class_count) ||
         cnn_net_has_classes(net, data->names, data->classes)))
        return cnn_match_classes(net, data, output_of, NULL, error);
    cnn_status status = cnn_check_class_count(net, data, error);
    for (int64_t i = 0; status == CNN_OK && i < data->classes; i++)
        output_of[i] = (int32_t)i;
    return status == CNN_OK ? name_outputs(net, data, error) : status;
}
