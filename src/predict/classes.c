#include "predict/classes.h"

#include "base/memory.h"
#include "base/text.h"
#include "data/dataset.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool cnn_are_names(char *const *names, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        char number[24];
        snprintf(number, sizeof number, "%" PRId64, i);
        if (strcmp(names[i], number) != 0)
            return true;
    }
    return false;
}

/* The network's output of that name, `at` rather than another of the same name; -1: none. */
static int64_t find_output(const cnn_net *net, const char *name, int64_t at) {
    if (at < net->class_count && strcmp(net->classes[at], name) == 0)
        return at;
    for (int64_t i = 0; i < net->class_count; i++)
        if (strcmp(net->classes[i], name) == 0)
            return i;
    return -1;
}

/* The first of `names` that the network lacks; -1: it has all of them. */
static int64_t first_unknown(const cnn_net *net, char *const *names, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        if (find_output(net, names[i], i) < 0)
            return i;
    return -1;
}

bool cnn_net_has_classes(const cnn_net *net, char *const *names, int64_t count) {
    return first_unknown(net, names, count) < 0;
}

/* If one side has names and the other numbers, matching by name applies only if all of them are found. */
static bool goes_by_name(const cnn_net *net, char *const *names, int64_t count) {
    if (!net->classes)
        return false;
    return (cnn_are_names(net->classes, net->class_count) && cnn_are_names(names, count)) ||
           cnn_net_has_classes(net, names, count);
}

cnn_status cnn_check_class_count(const cnn_net *net, const cnn_data *data, cnn_error *error) {
    if (cnn_data_classes(data) <= cnn_net_classes(net))
        return CNN_OK;
    const int64_t outputs = cnn_net_outputs(net);
    return cnn_fail(
        error, CNN_ERROR_SHAPE,
        "the data of %s have %" PRId64 " classes, but the network has only %" PRId64
        " %s: its last layer needs an output "
        "for each class%s",
        cnn_data_origin(data), cnn_data_classes(data), outputs, outputs == 1 ? "output" : "outputs",
        outputs == 1 ? "; a single output distinguishes two classes, but only with a sigmoid after it" : "");
}

/* Name the class that the network lacks, and the classes that it has. */
static cnn_status unknown_class(const cnn_net *net, const cnn_data *data, const char *name,
                                cnn_error *error) {
    enum { MAX_SHOWN = 20 };
    cnn_text known = {0};
    for (int64_t i = 0; i < net->class_count && i < MAX_SHOWN; i++)
        cnn_text_append(&known, "%s%s", i ? ", " : "", net->classes[i]);
    if (net->class_count > MAX_SHOWN)
        cnn_text_append(&known, " and %" PRId64 " more", net->class_count - MAX_SHOWN);
    cnn_status status = cnn_fail(
        error, CNN_ERROR_ARGUMENT,
        "%s has a class \"%s\", which the model does not know; its classes are %s. Classes are matched by "
        "name: rename or remove those that differ, or give the model a new last layer for them",
        cnn_data_origin(data), name, known.data ? known.data : "");
    cnn_free(known.data);
    return status;
}

cnn_status cnn_match_classes(const cnn_net *net, const cnn_data *data, int32_t *outputs, bool *by_name,
                             cnn_error *error) {
    cnn_status status = cnn_required(error, net, data, outputs);
    if (status != CNN_OK)
        return status;
    bool named = goes_by_name(net, data->names, data->classes);
    if (by_name)
        *by_name = named;
    int64_t unknown = named ? first_unknown(net, data->names, data->classes) : -1;
    if (unknown >= 0)
        return unknown_class(net, data, data->names[unknown], error);
    status = named ? CNN_OK : cnn_check_class_count(net, data, error);
    for (int64_t i = 0; status == CNN_OK && i < data->classes; i++)
        outputs[i] = (int32_t)(named ? find_output(net, data->names[i], i) : i);
    return status;
}

bool cnn_match_outputs(const cnn_net *net, const cnn_net *other, int32_t *outputs) {
    if (!net || !other || !outputs)
        return false;
    bool named = other->classes && goes_by_name(net, other->classes, other->class_count);
    for (int64_t i = 0; i < cnn_net_classes(other); i++)
        outputs[i] = (int32_t)(named                      ? find_output(net, other->classes[i], i)
                               : i < cnn_net_classes(net) ? i
                                                          : -1);
    return named;
}
