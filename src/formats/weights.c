/* Parameters from safetensors files, whoever wrote them, into a network. */
#include "formats/weights.h"

#include "base/memory.h"
#include "base/text.h"
#include "graph/json_classes.h"
#include "formats/safetensors.h"

#include <inttypes.h>
#include <string.h>

/* ---- What does not fit ----------------------------------------------------------------------------- */

enum { NAMES_SHOWN = 3 };

/* Names for a message: the first few, and how many there are. */
typedef struct list {
    cnn_text text;
    int64_t count;
} list;

static void add_name(list *list, const char *name) {
    if (list->count++ < NAMES_SHOWN)
        cnn_text_append(&list->text, list->count > 1 ? ", %.120s" : "%.120s", name);
}

/* "a.weight, a.bias, b.weight and 2 more" */
static void close_list(list *list) {
    if (list->count > NAMES_SHOWN)
        cnn_text_append(&list->text, " and %" PRId64 " more", list->count - NAMES_SHOWN);
}

static bool begins_with(const char *text, const char *start) {
    return strncmp(text, start, strlen(start)) == 0;
}

static bool ends_with(const char *text, const char *end) {
    const size_t length = strlen(text), rest = strlen(end);
    return length >= rest && strcmp(text + length - rest, end) == 0;
}

/* Tensors that are no parameters: a counter that PyTorch keeps, and what else files of this library hold. */
static bool is_ignored(const cnn_safetensors *file, const char *name) {
    static const char *const beside[] = {"best.", "optimizer.", "normalisation.", "history"};
    bool ignored = ends_with(name, ".num_batches_tracked");
    for (size_t i = 0; i < sizeof beside / sizeof beside[0]; i++)
        ignored = ignored || (cnn_safetensors_metadata(file, "model") && begins_with(name, beside[i]));
    return ignored;
}

static cnn_status check_names(const cnn_net *net, const cnn_safetensors *file, const char *path,
                              cnn_error *error) {
    list missing = {0}, surplus = {0};
    for (int64_t i = 0; i < net->parameter_count; i++)
        if (!cnn_safetensors_find(file, net->parameters[i].name))
            add_name(&missing, net->parameters[i].name);
    for (int64_t i = 0; i < file->count; i++)
        if (cnn_find_parameter(net, file->tensors[i].name) < 0 && !is_ignored(file, file->tensors[i].name))
            add_name(&surplus, file->tensors[i].name);
    close_list(&missing);
    close_list(&surplus);
    cnn_status status = CNN_OK;
    if (missing.count || surplus.count)
        status = cnn_fail(
            error, CNN_ERROR_FORMAT,
            "%s: its names do not match the network's: %s%s%s%s%s (--partial takes those that match)", path,
            missing.count ? "missing are " : "", missing.count ? missing.text.data : "",
            missing.count && surplus.count ? "; " : "", surplus.count ? "the network does not have " : "",
            surplus.count ? surplus.text.data : "");
    if (missing.text.failed || surplus.text.failed)
        status = cnn_fail(error, CNN_ERROR_MEMORY, "%s: out of memory", path);
    cnn_free(missing.text.data);
    cnn_free(surplus.text.data);
    return status;
}

static cnn_status check_tensor(const cnn_parameter *parameter, const cnn_safetensor *tensor, const char *path,
                               cnn_error *error) {
    char found[CNN_SHAPE_TEXT], expected[CNN_SHAPE_TEXT];
    if (strcmp(tensor->dtype, "F32") == 0 && cnn_shape_equal(&tensor->shape, &parameter->spec.shape))
        return CNN_OK;
    return cnn_fail(error, CNN_ERROR_FORMAT, "%s: tensor %s is %s %s, but the network's is F32 %s", path,
                    tensor->name, tensor->dtype, cnn_shape_text(&tensor->shape, found),
                    cnn_shape_text(&parameter->spec.shape, expected));
}

/* ---- Taking what fits ------------------------------------------------------------------------------ */

static const char mean_name[] = "normalisation.mean", deviation_name[] = "normalisation.deviation";

/* One float for each channel. */
static const float *channel_values(const cnn_net *net, const cnn_safetensor *tensor) {
    const bool fits = tensor && strcmp(tensor->dtype, "F32") == 0 &&
                      tensor->size == (size_t)net->input.dim[0] * sizeof(float);
    return fits ? tensor->data : NULL;
}

/* Both tensors, or neither where the file comes from elsewhere. They need not be aligned in the file. */
static cnn_status load_normalisation(cnn_net *net, const cnn_safetensors *file, const char *path,
                                     cnn_error *error) {
    const size_t channels = (size_t)net->input.dim[0];
    if (!cnn_safetensors_find(file, mean_name) && !cnn_safetensors_find(file, deviation_name))
        return CNN_OK;
    const float *mean = channel_values(net, cnn_safetensors_find(file, mean_name)),
                *deviation = channel_values(net, cnn_safetensors_find(file, deviation_name));
    if (!mean || !deviation)
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s: %s and %s must have one F32 for each of %zu channels",
                        path, mean_name, deviation_name, channels);
    float *values = cnn_allocate(2 * channels, sizeof *values, "a normalisation", error);
    if (!values)
        return CNN_ERROR_MEMORY;
    memcpy(values, mean, channels * sizeof *values);
    memcpy(values + channels, deviation, channels * sizeof *values);
    cnn_status status = cnn_net_set_normalisation(net, values, values + channels, error);
    cnn_free(values);
    return status == CNN_OK ? CNN_OK : cnn_fail_within(error, status, "%s", path);
}

static void take(cnn_net *net, const cnn_safetensors *file, int64_t parameter) {
    const cnn_safetensor *tensor = cnn_safetensors_find(file, net->parameters[parameter].name);
    if (tensor->size)
        memcpy(net->values + net->parameters[parameter].offset, tensor->data, tensor->size);
}

/* Nothing is changed unless everything fits. */
static cnn_status load(cnn_net *net, const cnn_safetensors *file, const char *path, cnn_error *error) {
    cnn_status status = check_names(net, file, path, error);
    for (int64_t i = 0; status == CNN_OK && i < net->parameter_count; i++)
        status = check_tensor(&net->parameters[i], cnn_safetensors_find(file, net->parameters[i].name), path,
                              error);
    if (status == CNN_OK)
        status = cnn_net_make_values(net, error);
    if (status == CNN_OK)
        status = load_normalisation(net, file, path, error);
    for (int64_t i = 0; status == CNN_OK && i < net->parameter_count; i++)
        take(net, file, i);
    return status;
}

/* ---- A part of them -------------------------------------------------------------------------------- */

static bool is_matched(const cnn_net *net, const cnn_safetensors *file, int64_t parameter) {
    const cnn_safetensor *tensor = cnn_safetensors_find(file, net->parameters[parameter].name);
    return tensor && check_tensor(&net->parameters[parameter], tensor, "", NULL) == CNN_OK;
}

/* How many there are, and the names that fit. */
static int64_t tell(list *list, char *names, size_t size) {
    close_list(list);
    names[0] = '\0';
    for (size_t i = 0; list->text.data && list->text.data[i] && i < size - 1; i++) {
        names[i] = list->text.data[i];
        names[i + 1] = '\0';
    }
    cnn_free(list->text.data);
    return list->count;
}

/* The normalisation belongs to the first layers' weights: it comes along where it fits. */
static cnn_status load_part(cnn_net *net, const cnn_safetensors *file, const char *path,
                            cnn_partial_weights *result, cnn_error *error) {
    list taken = {0}, left = {0}, unused = {0};
    for (int64_t i = 0; i < net->parameter_count; i++)
        add_name(is_matched(net, file, i) ? &taken : &left, net->parameters[i].name);
    for (int64_t i = 0; i < file->count; i++)
        if (cnn_find_parameter(net, file->tensors[i].name) < 0 && !is_ignored(file, file->tensors[i].name))
            add_name(&unused, file->tensors[i].name);
    result->taken = tell(&taken, result->taken_names, sizeof result->taken_names);
    result->left = tell(&left, result->left_names, sizeof result->left_names);
    result->unused = tell(&unused, result->unused_names, sizeof result->unused_names);
    if (result->taken == 0)
        return cnn_fail(error, CNN_ERROR_FORMAT,
                        "%s: none of its tensors has the name and the shape of one of the network's "
                        "parameters (it has %s; "
                        "the network has %s)",
                        path, result->unused_names, result->left_names);
    cnn_status status = cnn_net_make_values(net, error);
    if (status != CNN_OK)
        return status;
    for (int64_t i = 0; i < net->parameter_count; i++)
        if (is_matched(net, file, i))
            take(net, file, i);
    if (channel_values(net, cnn_safetensors_find(file, mean_name)) &&
        channel_values(net, cnn_safetensors_find(file, deviation_name)))
        return load_normalisation(net, file, path, error);
    return CNN_OK;
}

/* Read what is to go into a network that is whole. */
static cnn_status open_weights(const cnn_net *net, const char *path, cnn_safetensors *file,
                               cnn_error *error) {
    cnn_status status = cnn_required(error, net, path);
    if (status != CNN_OK)
        return status;
    if (cnn_net_status(net) != CNN_OK)
        return cnn_fail(error, cnn_net_status(net), "%s", cnn_net_error(net));
    return cnn_safetensors_read(path, file, error);
}

cnn_status cnn_net_load_weights_partial(cnn_net *net, const char *path, cnn_partial_weights *result,
                                        cnn_error *error) {
    cnn_safetensors file = {0};
    cnn_partial_weights ignored;
    cnn_status status = open_weights(net, path, &file, error);
    if (status == CNN_OK)
        status = load_part(net, &file, path, result ? result : &ignored, error);
    cnn_safetensors_free(&file);
    return status;
}

/* ---- All of them ----------------------------------------------------------------------------------- */

cnn_status cnn_net_load_weights(cnn_net *net, const char *path, cnn_error *error) {
    cnn_safetensors file = {0};
    cnn_status status = open_weights(net, path, &file, error);
    if (status == CNN_OK)
        status = load(net, &file, path, error);
    cnn_safetensors_free(&file);
    return status;
}

/* ---- Files of this library: the network is in them, too -------------------------------------------- */

/* A key of the metadata: the model came from a file that did not say what pixels it takes. */
static const char unknown_pixels[] = "unknown_pixels";

static cnn_status open_parsed(cnn_net **net, const cnn_safetensors *file, const char *path,
                              cnn_error *error) {
    const char *text = cnn_safetensors_metadata(file, "model"),
               *classes = cnn_safetensors_metadata(file, "classes");
    if (!text)
        return cnn_fail(
            error, CNN_ERROR_FORMAT,
            "%s has parameters but no network: give the network as the model and this file as its weights",
            path);
    cnn_status status = cnn_net_parse(net, text, path, error);
    if (status == CNN_OK)
        status = load(*net, file, path, error);
    if (status == CNN_OK && cnn_safetensors_metadata(file, unknown_pixels))
        (*net)->pixels = CNN_PIXELS_UNKNOWN;
    return status == CNN_OK && classes ? cnn_json_set_classes(*net, classes, error) : status;
}

cnn_status cnn_weights_open(cnn_net **net, const char *path, cnn_error *error) {
    cnn_safetensors file;
    *net = NULL;
    cnn_status status = cnn_safetensors_read(path, &file, error);
    if (status == CNN_OK)
        status = open_parsed(net, &file, path, error);
    cnn_safetensors_free(&file);
    if (status != CNN_OK) {
        cnn_net_free(*net);
        *net = NULL;
    }
    return status;
}

static cnn_safetensor channel_tensor(const cnn_net *net, const char *name, const float *values) {
    return (cnn_safetensor){.name = name,
                            .dtype = "F32",
                            .shape = cnn_shape_1(net->input.dim[0]),
                            .data = values,
                            .size = (size_t)net->input.dim[0] * sizeof *values};
}

static void list_tensors(const cnn_net *net, cnn_safetensor *tensors) {
    for (int64_t i = 0; i < net->parameter_count; i++)
        tensors[i] = (cnn_safetensor){.name = net->parameters[i].name,
                                      .dtype = "F32",
                                      .shape = net->parameters[i].spec.shape,
                                      .data = net->values + net->parameters[i].offset,
                                      .size = (size_t)net->parameters[i].elements * sizeof *net->values};
    tensors[net->parameter_count] = channel_tensor(net, mean_name, net->mean);
    tensors[net->parameter_count + 1] = channel_tensor(net, deviation_name, net->deviation);
}

/* Of a network that has the memory of its values. */
static cnn_status write_values(const cnn_net *net, const char *path, cnn_error *error) {
    const int64_t count = net->parameter_count + 2;
    cnn_safetensor *tensors = cnn_allocate((size_t)count, sizeof *tensors, "the list of tensors", error);
    char *text = cnn_net_text(net), *classes = NULL;
    cnn_status status = tensors ? CNN_OK : CNN_ERROR_MEMORY;
    if (status == CNN_OK && !text)
        status = cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: the text of a network");
    if (status == CNN_OK && net->classes)
        status = cnn_json_classes(net, &classes, error);
    if (status == CNN_OK) {
        cnn_metadata metadata[3] = {{"model", text}};
        int64_t entries = 1;
        if (classes)
            metadata[entries++] = (cnn_metadata){"classes", classes};
        if (net->pixels == CNN_PIXELS_UNKNOWN)
            metadata[entries++] = (cnn_metadata){unknown_pixels, "true"};
        list_tensors(net, tensors);
        status = cnn_safetensors_write(path, tensors, count, metadata, entries, error);
    }
    cnn_free(tensors);
    cnn_free(text);
    cnn_free(classes);
    return status;
}

cnn_status cnn_weights_write(const cnn_net *net, const char *path, cnn_error *error) {
    cnn_net *zeros;
    net = cnn_net_with_values(net, &zeros, error);
    cnn_status status = net ? write_values(net, path, error) : CNN_ERROR_MEMORY;
    cnn_net_free(zeros);
    return status;
}
