#define _GNU_SOURCE
/* Models in files, as cnn.h opens and saves them: which format a name stands for. */
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "formats/weights.h"
#include "graph/builtin.h"
#include "graph/text.h"
#include "onnx/onnx.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

enum { LARGEST_TEXT = 1 << 20 }; /* bytes of a text model */

static bool ends_with(const char *text, const char *end) {
    size_t length = strlen(text), rest = strlen(end);
    return length >= rest && strcmp(text + length - rest, end) == 0;
}

/* An ONNX file begins with a protobuf key, a control character; so does hardly any other binary file do
 * without one. */
static bool looks_like_text(const cnn_bytes *bytes) {
    for (size_t i = 0; i < bytes->size && i < 256; i++)
        if (bytes->data[i] < ' ' && (bytes->data[i] < '\t' || bytes->data[i] > '\r'))
            return false;
    return true;
}

static cnn_status read_text(cnn_net **net, const cnn_bytes *bytes, const char *path, cnn_error *error) {
    cnn_text text = {0};
    if (bytes->size > LARGEST_TEXT)
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s: a text model has at most %d bytes, found %zu", path,
                        LARGEST_TEXT, bytes->size);
    const uint8_t *zero = bytes->size ? memchr(bytes->data, 0, bytes->size) : NULL;
    if (zero)
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s: byte %zu: a zero byte in a text model", path,
                        (size_t)(zero - bytes->data));
    cnn_text_append_bytes(&text, bytes->data, bytes->size);
    cnn_status status = text.failed ? cnn_fail(error, CNN_ERROR_MEMORY, "%s: out of memory", path)
                                    : cnn_net_parse(net, text.data, path, error);
    cnn_free(text.data);
    return status;
}

static cnn_status read_onnx(cnn_net **net, const cnn_bytes *bytes, const char *path,
                            const cnn_input_size *images, cnn_error *error) {
    char *folder = cnn_path_folder(path, error);
    cnn_status status = folder
                            ? cnn_onnx_read_sized(net, bytes->data, bytes->size, path, folder, images, error)
                            : CNN_ERROR_MEMORY;
    cnn_free(folder);
    return status;
}

/* Whether images of that size are what the network takes, which has one size alone. */
static cnn_status check_size(cnn_net **net, const char *model, const cnn_input_size *images,
                             cnn_error *error) {
    int64_t input[3];
    if (!images)
        return CNN_OK;
    cnn_net_input(*net, input);
    if (!images->name && (images->axes == 0 || images->axes == 4) &&
        memcmp(input, images->shape + 1, sizeof input) == 0)
        return CNN_OK;
    cnn_net_free(*net);
    *net = NULL;
    return cnn_fail(error, CNN_ERROR_ARGUMENT,
                    "%s: its images are %" PRId64 " x %" PRId64 " x %" PRId64
                    "; only an ONNX file that leaves sizes free lets them be chosen",
                    model, input[0], input[1], input[2]);
}

static cnn_status open_file(cnn_net **net, const char *path, const cnn_input_size *images, bool *trained,
                            cnn_error *error) {
    cnn_bytes bytes;
    *trained = true;
    if (ends_with(path, ".safetensors")) {
        cnn_status status = cnn_weights_open(net, path, error);
        return status == CNN_OK ? check_size(net, path, images, error) : status;
    }
    cnn_status status = cnn_input_read(path, &bytes, error);
    if (status != CNN_OK)
        return status;
    *trained = ends_with(path, ".onnx") || !looks_like_text(&bytes);
    status = *trained ? read_onnx(net, &bytes, path, images, error) : read_text(net, &bytes, path, error);
    cnn_free(bytes.data);
    return status == CNN_OK && !*trained ? check_size(net, path, images, error) : status;
}

static cnn_status open_run(cnn_net **net, const char *folder, const cnn_input_size *images, bool *trained,
                           cnn_error *error) {
    char *path = cnn_path_join(folder, "model.onnx", error);
    if (!path)
        return CNN_ERROR_MEMORY;
    cnn_status status = open_file(net, path, images, trained, error);
    if (status == CNN_ERROR_IO)
        status = cnn_fail_within(error, status,
                                 "%s is a folder, so it should be a run directory of cnn train", folder);
    cnn_free(path);
    return status;
}

const char *cnn_builtin_text(const char *name) {
    for (size_t i = 0; name && cnn_builtin_names[i]; i++)
        if (strcmp(cnn_builtin_names[i], name) == 0)
            return cnn_builtin_texts[i];
    return NULL;
}

static cnn_status not_found(const char *model, cnn_error *error) {
    const char *nearest = cnn_nearest_word(model, cnn_builtin_names);
    cnn_text names = {0};
    for (size_t i = 0; cnn_builtin_names[i]; i++)
        cnn_text_append(&names, i ? ", %s" : "%s", cnn_builtin_names[i]);
    cnn_status status =
        cnn_fail(error, CNN_ERROR_IO,
                 "there is no file or folder \"%s\", and no built-in model of that name (built in: "
                 "%s)%s%s%s",
                 model, names.data ? names.data : "", nearest ? ": did you mean " : "",
                 nearest ? nearest : "", nearest ? "?" : "");
    cnn_free(names.data);
    return status;
}

static cnn_status open_builtin(cnn_net **net, const char *model, const cnn_input_size *images,
                               cnn_error *error) {
    cnn_status status = cnn_net_parse(net, cnn_builtin_text(model), model, error);
    return status == CNN_OK ? check_size(net, model, images, error) : status;
}

cnn_status cnn_net_open(cnn_net **net, const char *model, bool *trained, cnn_error *error) {
    return cnn_net_open_sized(net, model, NULL, trained, error);
}

cnn_status cnn_net_open_sized(cnn_net **net, const char *model, const cnn_input_size *images, bool *trained,
                              cnn_error *error) {
    struct stat about;
    bool ignored;
    if (net)
        *net = NULL;
    cnn_status status = cnn_required(error, net, model);
    if (status != CNN_OK)
        return status;
    if (!trained)
        trained = &ignored;
    *trained = false;
    if (strcmp(model, "-") == 0)
        return open_file(net, model, images, trained, error);
    if (stat(model, &about) == 0)
        return S_ISDIR(about.st_mode) ? open_run(net, model, images, trained, error)
                                      : open_file(net, model, images, trained, error);
    if (cnn_builtin_text(model))
        return open_builtin(net, model, images, error);
    if (errno == ENOENT || errno == ENOTDIR)
        return not_found(model, error);
    return cnn_io_error("read", model, error);
}

static cnn_status make_onnx(const void *net, cnn_sink *sink, cnn_error *error) {
    return cnn_onnx_write(net, sink, error);
}

static cnn_status save_text(const cnn_net *net, const char *path, cnn_error *error) {
    char *text = cnn_net_text(net);
    cnn_status status = text ? cnn_file_replace(path, text, strlen(text), error)
                             : cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: the text of a network");
    cnn_free(text);
    return status;
}

cnn_status cnn_net_save(const cnn_net *net, const char *path, cnn_error *error) {
    cnn_status status = cnn_required(error, net, path);
    if (status != CNN_OK)
        return status;
    if (cnn_net_status(net) != CNN_OK)
        return cnn_fail(error, cnn_net_status(net), "%s", cnn_net_error(net));
    if (ends_with(path, ".txt"))
        return save_text(net, path, error);
    return ends_with(path, ".safetensors") ? cnn_weights_write(net, path, error)
                                           : cnn_file_replace_made(path, make_onnx, net, error);
}

const char *const *cnn_builtin_models(void) {
    return cnn_builtin_names;
}
