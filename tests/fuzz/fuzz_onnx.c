/* ONNX models: refused with a message, or a network that can be written, read again and is the same. */
#include "support/onnx_bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_round_trip(const cnn_net *net) {
    cnn_net *again;
    cnn_error error;
    void *written;
    size_t size;
    if (onnx_bytes_of(net, &written, &size, &error) != CNN_OK ||
        cnn_onnx_read(&again, written, size, "again", NULL, &error) != CNN_OK ||
        !cnn_net_same_layers(net, again))
        __builtin_trap();
    cnn_free(written);
    cnn_net_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    cnn_net *net;
    cnn_error error = {0};
    cnn_status status = cnn_onnx_read(&net, bytes, size, "input", NULL, &error);
    if ((status == CNN_OK) != (net != NULL) || (status != CNN_OK && !error.message[0]))
        __builtin_trap();
    if (net)
        check_round_trip(net);
    cnn_net_free(net);
    return 0;
}
