#include "explore.h"

#include "explore_page.h"
#include "model.h"
#include "options.h"
#include "output.h"
#include "packed.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Elements ------------------------------------------------------------------------------------------ */

static void begin_element(FILE *page, const char *type, const char *id) {
    fprintf(page, "<script type=\"%s\" id=\"%s\">", type, id);
}

static void end_element(FILE *page) {
    fputs("</script>\n", page);
}

/* An object, which is released, in an element. Every '<' is escaped: no text of a file can end the element. */
static void write_json(FILE *page, const char *id, json_t *json) {
    char *text = cli_json_dump(json, JSON_COMPACT | JSON_ENSURE_ASCII);
    begin_element(page, "application/json", id);
    for (const char *at = text; *at; at++)
        if (*at == '<')
            fputs("\\u003c", page);
        else
            putc(*at, page);
    end_element(page);
    free(text);
}

/* ---- The model ----------------------------------------------------------------------------------------- */

static json_t *classes_json(const cli_exploring *e) {
    json_t *classes = json_array();
    for (int64_t i = 0; i < cnn_net_classes(e->net); i++) {
        char *name = cli_class_name(e->net, e->test ? e->test : e->train, i);
        cli_json_add(classes, cli_json_text(name));
        free(name);
    }
    return classes;
}

static json_t *preprocessing_json(const cnn_net *net) {
    cnn_preprocessing p;
    char background[8];
    json_t *json = json_object();
    cnn_net_preprocessing(net, &p);
    snprintf(background, sizeof background, "%06" PRIx32, p.background ? p.background & 0xffffff : 0xffffff);
    cli_json_set(json, "bgr", json_boolean(p.bgr));
    cli_json_set(json, "resize", json_integer(p.resize));
    cli_json_set(json, "invert", json_boolean(p.invert));
    cli_json_set(json, "centre", json_boolean(p.centre));
    cli_json_set(json, "background", json_string(background));
    return json;
}

/* "mean" and "deviation": one number a channel. */
static void set_normalisation(json_t *json, const cnn_net *net) {
    int64_t shape[3];
    cnn_net_input(net, shape);
    float *values = cli_allocate((size_t)(2 * shape[0]), sizeof *values);
    json_t *mean = json_array(), *deviation = json_array();
    cnn_net_normalisation(net, values, values + shape[0]);
    for (int64_t c = 0; c < shape[0]; c++) {
        cli_json_add(mean, cli_json_real((double)values[c]));
        cli_json_add(deviation, cli_json_real((double)values[shape[0] + c]));
    }
    cli_json_set(json, "mean", mean);
    cli_json_set(json, "deviation", deviation);
    free(values);
}

/* What stands behind the last slash, but for those at the end. */
static char *base_name(const char *path) {
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/')
        begin--;
    return cli_format("%.*s", (int)(end - begin), path + begin);
}

static void write_model_info(const cli_exploring *e, FILE *page) {
    json_t *json = json_object();
    char *text = cnn_net_text(e->net), *name = base_name(e->model);
    if (!text)
        exit(cli_fail("out of memory: the text of the network"));
    cli_json_set(json, "name", cli_json_text(name));
    cli_json_set(json, "text", cli_json_text(text));
    cli_json_set(json, "classes", classes_json(e));
    set_normalisation(json, e->net);
    cli_json_set(json, "preprocessing", preprocessing_json(e->net));
    cli_json_set(json, "float16", json_boolean(e->float16));
    cli_json_set(json, "version", cli_json_text(cnn_version()));
    write_json(page, "model-info", json);
    cnn_free(text);
    free(name);
}

uint16_t cli_half(float value) {
    const float magnitude = fabsf(value);
    const uint16_t sign = signbit(value) ? 0x8000 : 0;
    int exponent;
    if (!(magnitude < 65520)) /* from there on the nearest one is infinite */
        return sign | (isnan(value) ? 0x7e00 : 0x7c00);
    frexpf(magnitude, &exponent);                          /* magnitude = m 2^exponent with m in 0.5 .. 1 */
    const int step = exponent < -13 ? -24 : exponent - 11; /* the power of two of the last of 11 bits */
    const uint16_t units = (uint16_t)lrintf(ldexpf(magnitude, -step)); /* rounds halves to even */
    return sign | (uint16_t)(((step + 24) << 10) + units);
}

/* Floats in the order of the tensors, little-endian as all machines that this runs on are. */
static int write_parameters(const cli_exploring *e, FILE *page) {
    cnn_error error;
    const int64_t count = cnn_net_parameters(e->net) + cnn_net_statistics(e->net);
    float *values = cli_allocate((size_t)count + 1, sizeof *values), *at = values;
    cnn_status status = CNN_OK;
    for (int i = 0; !status && i < cnn_net_tensors(e->net); i++) {
        cnn_tensor_info tensor;
        status = cnn_net_tensor(e->net, i, &tensor, &error);
        if (!status)
            status = cnn_net_get_parameter(e->net, tensor.name, at, tensor.elements, &error);
        at += tensor.elements;
    }
    if (e->float16)
        for (int64_t i = 0; i < count; i++) {
            const uint16_t half = cli_half(values[i]);
            memcpy((uint16_t *)(void *)values + i, &half, sizeof half);
        }
    begin_element(page, "text/plain", "model-parameters");
    cli_write_packed(page, values, (size_t)count * (e->float16 ? sizeof(uint16_t) : sizeof(float)));
    end_element(page);
    free(values);
    return status ? cli_fail("%s: %s", e->model, error.message) : CLI_GO_ON;
}

/* ---- Images -------------------------------------------------------------------------------------------- */

static json_t *labels_json(const cli_exploring *e, const cnn_data *data) {
    int32_t *outputs = cli_allocate((size_t)cnn_data_classes(data) + 1, sizeof *outputs);
    json_t *labels = json_array();
    cnn_error error;
    const cnn_status status = cnn_match_classes(e->net, data, outputs, NULL, &error);
    if (status == CNN_ERROR_MEMORY)
        exit(cli_fail("%s", error.message));
    const bool matched = status == CNN_OK;
    for (int64_t i = 0; i < cnn_data_count(data); i++)
        cli_json_add(labels, json_integer(matched ? outputs[cnn_data_label(data, i)] : -1));
    free(outputs);
    return labels;
}

static json_t *images_json(const cli_exploring *e, const cnn_data *data) {
    json_t *json = json_object();
    int64_t shape[3] = {0};
    cnn_data_shape(data, shape);
    cli_json_set(json, "count", json_integer(cnn_data_count(data)));
    cli_json_set(json, "channels", json_integer(shape[0]));
    cli_json_set(json, "height", json_integer(shape[1]));
    cli_json_set(json, "width", json_integer(shape[2]));
    cli_json_set(json, "labels", labels_json(e, data));
    return json;
}

/* Bytes N,C,H,W. */
static int write_images(const cnn_data *data, const char *id, FILE *page) {
    cnn_error error;
    int64_t shape[3];
    cnn_data_shape(data, shape);
    const int64_t size = shape[0] * shape[1] * shape[2], count = cnn_data_count(data);
    float *image = cli_allocate((size_t)size, sizeof *image);
    unsigned char *bytes = cli_allocate((size_t)(count * size), 1);
    cnn_status status = CNN_OK;
    for (int64_t i = 0; !status && i < count; i++) {
        status = cnn_data_images(data, i, 1, image, &error);
        for (int64_t k = 0; !status && k < size; k++)
            bytes[i * size + k] = (unsigned char)lrintf(image[k] * 255);
    }
    begin_element(page, "text/plain", id);
    cli_write_packed(page, bytes, (size_t)(count * size));
    end_element(page);
    free(bytes);
    free(image);
    return status ? cli_fail("%s", error.message) : CLI_GO_ON;
}

static int write_data(const cli_exploring *e, FILE *page) {
    json_t *json = json_object();
    if (e->test)
        cli_json_set(json, "test", images_json(e, e->test));
    if (e->train)
        cli_json_set(json, "train", images_json(e, e->train));
    write_json(page, "data-info", json);
    int code = e->test ? write_images(e->test, "data-test", page) : CLI_GO_ON;
    if (code == CLI_GO_ON && e->train)
        code = write_images(e->train, "data-train", page);
    return code;
}

int cli_explore_write(const cli_exploring *e, FILE *page) {
    begin_element(page, "text/plain", "engine-bytes");
    cli_write_packed(page, cli_the_explore_page.engine, cli_the_explore_page.engine_size);
    end_element(page);
    write_model_info(e, page);
    const int code = write_parameters(e, page);
    return code == CLI_GO_ON ? write_data(e, page) : code;
}
