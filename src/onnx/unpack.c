#include "onnx/unpack.h"

#include "base/memory.h"
#include "onnx/wire.h"

#include <inttypes.h>
#include <string.h>

enum { OLDEST_IR = 3 };

bool cnn_onnx_is_own_domain(const char *domain) {
    return !domain || !*domain || strcmp(domain, "ai.onnx") == 0;
}

static cnn_status check_opset(int64_t opset, const char *origin, cnn_error *error) {
    if (opset >= CNN_ONNX_OLDEST_OPSET && opset <= CNN_ONNX_NEWEST_OPSET)
        return CNN_OK;
    return cnn_fail(error, CNN_ERROR_UNSUPPORTED,
                    "%s: operator sets %d to %d are supported, but this model uses %" PRId64, origin,
                    CNN_ONNX_OLDEST_OPSET, CNN_ONNX_NEWEST_OPSET, opset);
}

static cnn_status check_head(const CnnOnnx__ModelProto *model, const char *origin, int64_t *opset,
                             cnn_error *error) {
    if (!model->has_ir_version || model->ir_version < OLDEST_IR || !model->graph)
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s: %s; this is not an ONNX model, or a very old one",
                        origin,
                        model->graph ? "an IR version of at least 3 was expected" : "it has no graph");
    *opset = 0;
    for (size_t i = 0; i < model->n_opset_import; i++)
        if (cnn_onnx_is_own_domain(model->opset_import[i]->domain))
            *opset = model->opset_import[i]->version;
    return check_opset(*opset, origin, error);
}

/* The unpacker does not say why it failed: its allocator remembers. Weights are large blocks, which must be compared with the
 * limits of control groups. What it made is for free(). */
static void *allocate(void *failed, size_t size) {
    void *memory = cnn_allocate(size, 1, "a part of an ONNX model", NULL);
    if (!memory)
        *(bool *)failed = true;
    return memory;
}

static void release(void *failed, void *memory) {
    (void)failed;
    cnn_free(memory);
}

cnn_status cnn_onnx_unpack(CnnOnnx__ModelProto **model, const void *bytes, size_t size, const char *origin,
                           int64_t *opset, cnn_error *error) {
    *model = NULL;
    cnn_status status = cnn_onnx_check_wire(bytes, size, origin, error);
    if (status != CNN_OK)
        return status;
    bool failed = false;
    ProtobufCAllocator allocator = {.alloc = allocate, .free = release, .allocator_data = &failed};
    *model = cnn_onnx__model_proto__unpack(&allocator, size, bytes);
    if (!*model && failed)
        return cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: unpacking %s", origin);
    if (!*model)
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s: cannot be unpacked as an ONNX model", origin);
    status = check_head(*model, origin, opset, error);
    if (status == CNN_OK)
        return CNN_OK;
    cnn_onnx__model_proto__free_unpacked(*model, NULL);
    *model = NULL;
    return status;
}
