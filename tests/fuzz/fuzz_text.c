/* Text models: refused with a message, or a network whose text reads as the same network. */
#include "base/memory.h"
#include "base/text.h"
#include "graph/net.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
const char *__asan_default_options(void);

/* A line may ask for more parameters than there is memory; then the library gets none and must say so. */
const char *__asan_default_options(void) {
    return "allocator_may_return_null=1:max_allocation_size_mb=256";
}

static void check_round_trip(const cnn_net *net) {
    cnn_net *again;
    cnn_error error;
    char *text = cnn_net_text(net);
    if (!text || cnn_net_parse(&again, text, "again", &error) != CNN_OK || !cnn_net_same_layers(net, again))
        __builtin_trap();
    for (int64_t i = 0; i < net->node_count; i++)
        if (strcmp(net->nodes[i].name, again->nodes[i].name) != 0)
            __builtin_trap();
    cnn_free(text);
    cnn_net_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    cnn_net *net;
    cnn_error error = {0};
    cnn_text text = {0};
    cnn_text_append_bytes(&text, bytes, size);
    if (text.failed)
        return 0;
    cnn_status status = cnn_net_parse(&net, text.data, "input", &error);
    if ((status == CNN_OK) != (net != NULL) || (status != CNN_OK && !error.message[0]))
        __builtin_trap();
    if (net)
        check_round_trip(net);
    cnn_net_free(net);
    cnn_free(text.data);
    return 0;
}
