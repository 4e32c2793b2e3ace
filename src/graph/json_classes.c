#include "graph/json_classes.h"

#include "base/json.h"
#include "base/memory.h"

#include <string.h>

cnn_status cnn_json_classes(const cnn_net *net, char **text, cnn_error *error) {
    json_t *names = json_array();
    for (int64_t i = 0; names && i < net->class_count; i++)
        cnn_json_append(&names, json_string(net->classes[i]));
    *text = names ? cnn_json_dump(names, JSON_COMPACT, error) : NULL;
    json_decref(names);
    if (!*text)
        return cnn_fail(error, CNN_ERROR_ARGUMENT, "the class names are not UTF-8, or memory ran out");
    return CNN_OK;
}

/* Take the names of a JSON array of strings; *names is allocated, its strings belong to `json`. */
static cnn_status list_names(const json_t *json, const char ***names, cnn_error *error) {
    *names = cnn_allocate(json_array_size(json), sizeof **names, "class names", error);
    if (!*names)
        return CNN_ERROR_MEMORY;
    for (size_t i = 0; i < json_array_size(json); i++) {
        (*names)[i] = json_string_value(json_array_get(json, i));
        if (!(*names)[i])
            return cnn_fail(error, CNN_ERROR_FORMAT, "class name %zu is not a string", i + 1);
    }
    return CNN_OK;
}

cnn_status cnn_json_set_classes(cnn_net *net, const char *text, cnn_error *error) {
    const char **names = NULL;
    json_t *json;
    json_error_t reason;
    cnn_status status = cnn_json_parse(text, strlen(text), &json, &reason);
    if (status == CNN_ERROR_MEMORY)
        return cnn_fail(error, status, "out of memory: class names");
    status = json_is_array(json) ? list_names(json, &names, error)
                                 : cnn_fail(error, CNN_ERROR_FORMAT, "the class names are not a JSON array");
    if (status == CNN_OK)
        status = cnn_net_set_classes(net, names, (int64_t)json_array_size(json), error);
    cnn_free(names);
    json_decref(json);
    return status;
}
