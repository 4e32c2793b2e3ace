#include "arrays/attributes.h"

#include "base/memory.h"
#include "base/text.h"

#include <inttypes.h>
#include <string.h>

static const cnn_attribute *find(const cnn_attributes *attributes, const char *name, int *index) {
    for (*index = 0; *index < attributes->count; ++*index)
        if (strcmp(attributes->all[*index].name, name) == 0)
            return &attributes->all[*index];
    return NULL;
}

bool cnn_attribute_given(const cnn_attributes *attributes, const char *name) {
    int index;
    return find(attributes, name, &index) != NULL;
}

/* The attribute of that name and kind, noted as read; *found is NULL if there is none. */
static cnn_status get(cnn_attributes *attributes, const char *name, cnn_attribute_kind kind,
                      const cnn_attribute **found) {
    static const char *const kinds[] = {
        "an integer",         "a real number",          "a text",          "a tensor",
        "a list of integers", "a list of real numbers", "a list of texts", "of a kind that is not supported"};
    int index;
    *found = find(attributes, name, &index);
    if (!*found)
        return CNN_OK;
    attributes->read |= UINT64_C(1) << index;
    if ((*found)->kind != kind)
        return cnn_fail(attributes->error, CNN_ERROR_FORMAT, "the attribute %s is %s, expected %s", name,
                        kinds[(*found)->kind], kinds[kind]);
    return CNN_OK;
}

/* One function for each kind: those that copy a field, and those that give a list. */
#define GET_FIELD(function, c_type, kind, field)                                                             \
    cnn_status function(cnn_attributes *attributes, const char *name, c_type *value) {                       \
        const cnn_attribute *found;                                                                          \
        cnn_status status = get(attributes, name, kind, &found);                                             \
        if (status == CNN_OK && found)                                                                       \
            *value = found->field;                                                                           \
        return status;                                                                                       \
    }
GET_FIELD(cnn_attribute_integer, int64_t, CNN_ATTRIBUTE_INTEGER, integer)
GET_FIELD(cnn_attribute_real, double, CNN_ATTRIBUTE_REAL, real)
GET_FIELD(cnn_attribute_text, const char *, CNN_ATTRIBUTE_TEXT, text)
GET_FIELD(cnn_attribute_array, const cnn_array *, CNN_ATTRIBUTE_ARRAY, array)

#define GET_LIST(function, element, kind, field)                                                             \
    cnn_status function(cnn_attributes *attributes, const char *name, element **values, int64_t *count) {    \
        const cnn_attribute *found;                                                                          \
        cnn_status status = get(attributes, name, kind, &found);                                             \
        if (status == CNN_OK && found) {                                                                     \
            *values = found->field;                                                                          \
            *count = found->count;                                                                           \
        }                                                                                                    \
        return status;                                                                                       \
    }
GET_LIST(cnn_attribute_integers, const int64_t, CNN_ATTRIBUTE_INTEGERS, integers)
GET_LIST(cnn_attribute_reals, const float, CNN_ATTRIBUTE_REALS, reals)
GET_LIST(cnn_attribute_texts, const char *const, CNN_ATTRIBUTE_TEXTS, texts)

cnn_status cnn_attribute_copy_integers(cnn_attributes *attributes, const char *name, int64_t *values,
                                       int64_t expected) {
    const int64_t *list = NULL;
    int64_t count = -1;
    cnn_status status = cnn_attribute_integers(attributes, name, &list, &count);
    if (status != CNN_OK || count < 0)
        return status;
    if (count != expected)
        return cnn_fail(attributes->error, CNN_ERROR_FORMAT,
                        "the attribute %s has %" PRId64 " %s, expected %" PRId64, name, count,
                        count == 1 ? "value" : "values", expected);
    for (int64_t i = 0; i < count; i++)
        values[i] = list[i];
    return CNN_OK;
}

static cnn_status refuse_word(const cnn_attributes *attributes, const char *name, const char *word,
                              const char *const *words) {
    cnn_text all = {0};
    for (int i = 0; words[i]; i++)
        cnn_text_append(&all, "%s%s", i ? ", " : "", words[i]);
    cnn_status status =
        cnn_fail(attributes->error, CNN_ERROR_UNSUPPORTED, "the attribute %s is \"%.32s\", expected %s%s",
                 name, word, words[0] && words[1] ? "one of " : "", all.data ? all.data : "another word");
    cnn_free(all.data);
    return status;
}

cnn_status cnn_attribute_choice(cnn_attributes *attributes, const char *name, const char *const *words,
                                int *choice) {
    const char *word = NULL;
    cnn_status status = cnn_attribute_text(attributes, name, &word);
    if (status != CNN_OK || !word)
        return status;
    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], word) == 0) {
            *choice = i;
            return CNN_OK;
        }
    return refuse_word(attributes, name, word, words);
}

cnn_status cnn_attributes_all_read(const cnn_attributes *attributes) {
    for (int i = 0; i < attributes->count; i++)
        if (!(attributes->read >> i & 1))
            return cnn_fail(attributes->error, CNN_ERROR_UNSUPPORTED,
                            "the attribute \"%.32s\" is not supported here; docs/onnx.md lists what is",
                            attributes->all[i].name);
    return CNN_OK;
}
