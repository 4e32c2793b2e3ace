/* The memory of a network's parameters. A network is built and described without it, however large it is: values are
 * zero until somebody writes one. */
#include "base/memory.h"
#include "graph/net.h"

#include <inttypes.h>
#include <string.h>

static void release(cnn_net *net) {
    if (!net->values_are_lent)
        cnn_free(net->values);
    net->values_are_lent = false;
}

/* Room for `total` values, of which the first ones are there already; and for half as many again where values were moved,
 * so that adding many layers does not copy them each time. Memory that the machine does not have is refused here, since
 * some systems would grant it and kill the program when it is used. */
static cnn_status move_values(cnn_net *net, int64_t total, cnn_error *error) {
    const int64_t available = cnn_memory_available() / (int64_t)sizeof(float);
    if (total > available)
        return cnn_fail(error, CNN_ERROR_MEMORY,
                        "out of memory: %" PRId64 " parameters need %.0f MiB, and %.0f MiB are available",
                        total, (double)total / (1 << 18), (double)available / (1 << 18));
    const int64_t capacity = net->values && total + total / 2 < available ? total + total / 2 : total;
    float *values = cnn_allocate((size_t)capacity, sizeof *values, "the parameters", error);
    if (!values)
        return CNN_ERROR_MEMORY;
    if (net->values)
        memcpy(values, net->values, (size_t)net->value_count * sizeof *values);
    release(net);
    net->values = values;
    net->value_capacity = capacity;
    return CNN_OK;
}

cnn_status cnn_net_grow_values(cnn_net *net, int64_t total, cnn_error *error) {
    cnn_status status = CNN_OK;
    if (net->values && total > net->value_capacity)
        status = move_values(net, total, error);
    if (status == CNN_OK)
        net->value_count = total;
    return status;
}

void cnn_net_take_memory(cnn_net *net, void **memory, size_t bytes, int64_t total) {
    if (!*memory || net->values || total <= 0 || (uint64_t)total > bytes / sizeof *net->values)
        return;
    net->values = memset(*memory, 0, (size_t)total * sizeof *net->values);
    net->value_capacity = total;
    *memory = NULL;
}

cnn_status cnn_net_reserve_values(cnn_net *net, int64_t total, cnn_error *error) {
    return total > net->value_capacity ? move_values(net, total, error) : CNN_OK;
}

cnn_status cnn_net_make_values(cnn_net *net, cnn_error *error) {
    return net->values || net->value_count == 0 ? CNN_OK : move_values(net, net->value_count, error);
}

void cnn_net_drop_values(cnn_net *net) {
    release(net);
    net->values = NULL;
    net->value_capacity = 0;
}

void cnn_net_lend_values(cnn_net *net, float *values) {
    release(net);
    net->values = values;
    net->value_capacity = net->value_count;
    net->values_are_lent = true;
}

const cnn_net *cnn_net_with_values(const cnn_net *net, cnn_net **copy, cnn_error *error) {
    *copy = NULL;
    if (net->values || net->value_count == 0)
        return net;
    return *copy = cnn_net_copy(net, error);
}
