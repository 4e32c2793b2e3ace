#include "support/golden.h"

#include "base/memory.h"
#include "graph/net.h"
#include "support/cmocka.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

cnn_safetensors golden_open(const char *name) {
    char path[4096];
    cnn_error error;
    cnn_safetensors file;
    const char *source = getenv("CNN_SOURCE_DIR");
    snprintf(path, sizeof path, "%s/tests/golden/%s", source ? source : ".", name);
    if (cnn_safetensors_read(path, &file, &error) != CNN_OK)
        fail_msg("%s", error.message);
    return file;
}

static const cnn_safetensor *find(const cnn_safetensors *file, const char *name) {
    const cnn_safetensor *tensor = cnn_safetensors_find(file, name);
    if (!tensor)
        fail_msg("there is no %s", name);
    return tensor;
}

static double value_at(const cnn_safetensor *tensor, int64_t index) {
    const char *data = tensor->data;
    float single;
    double real;
    int64_t integer;
    if (strcmp(tensor->dtype, "F32") == 0) {
        memcpy(&single, data + index * (int64_t)sizeof single, sizeof single);
        return single;
    }
    if (strcmp(tensor->dtype, "F64") == 0) {
        memcpy(&real, data + index * (int64_t)sizeof real, sizeof real);
        return real;
    }
    assert_string_equal(tensor->dtype, "I64");
    memcpy(&integer, data + index * (int64_t)sizeof integer, sizeof integer);
    return (double)integer;
}

static double *values_of(const cnn_safetensor *tensor, int64_t *count) {
    *count = cnn_shape_elements(&tensor->shape);
    double *values = cnn_allocate((size_t)*count, sizeof *values, "golden values", NULL);
    assert_non_null(values);
    for (int64_t k = 0; k < *count; k++)
        values[k] = value_at(tensor, k);
    return values;
}

double *golden_values(const cnn_safetensors *file, int64_t *count, const char *format, ...) {
    char name[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    return values_of(find(file, name), count);
}

float *golden_floats(const cnn_safetensors *file, int64_t *count, const char *format, ...) {
    char name[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    double *values = values_of(find(file, name), count);
    float *floats = cnn_allocate((size_t)*count, sizeof *floats, "golden values", NULL);
    assert_non_null(floats);
    for (int64_t k = 0; k < *count; k++)
        floats[k] = (float)values[k];
    cnn_free(values);
    return floats;
}

cnn_net *golden_net(const cnn_safetensors *file, const char *key, const char *prefix) {
    cnn_error error;
    cnn_net *net;
    const char *text = cnn_safetensors_metadata(file, key);
    assert_non_null(text);
    if (cnn_net_parse(&net, text, key, &error) != CNN_OK)
        fail_msg("%s", error.message);
    for (int64_t p = 0; p < net->parameter_count; p++) {
        int64_t count;
        const char *name = net->parameters[p].name;
        float *values = golden_floats(file, &count, "%s/%s", prefix, name);
        if (cnn_net_set_parameter(net, name, values, count, &error) != CNN_OK)
            fail_msg("%s: %s", key, error.message);
        cnn_free(values);
    }
    return net;
}

double golden_difference(const float *values, const double *expected, int64_t count) {
    double difference = 0, norm = 0;
    for (int64_t k = 0; k < count; k++) {
        difference += (values[k] - expected[k]) * (values[k] - expected[k]);
        norm += expected[k] * expected[k];
    }
    assert_true(norm > 0);
    return sqrt(difference / norm);
}
