#include "onnx/attributes.h"

#include <string.h>

#define TYPE(name) CNN_ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__##name

/* Text of the file, which no zero ends. */
static const char *copy_text(const void *from, size_t length, char *to, size_t size) {
    const char *text = from;
    length = length < size - 1 ? length : size - 1;
    for (size_t i = 0; i < length; i++)
        to[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
    to[length] = '\0';
    return to;
}

/* Files may leave the type out: then it is that of the value. */
static int type_of(const CnnOnnx__AttributeProto *proto) {
    if (proto->has_type)
        return proto->type;
    return proto->has_i       ? TYPE(INT)
           : proto->has_f     ? TYPE(FLOAT)
           : proto->has_s     ? TYPE(STRING)
           : proto->t         ? TYPE(TENSOR)
           : proto->n_ints    ? TYPE(INTS)
           : proto->n_floats  ? TYPE(FLOATS)
           : proto->n_strings ? TYPE(STRINGS)
                              : TYPE(UNDEFINED);
}

static cnn_attribute_kind kind_of(const CnnOnnx__AttributeProto *proto) {
    switch (type_of(proto)) {
    case TYPE(INT):
        return CNN_ATTRIBUTE_INTEGER;
    case TYPE(FLOAT):
        return CNN_ATTRIBUTE_REAL;
    case TYPE(STRING):
        return CNN_ATTRIBUTE_TEXT;
    case TYPE(INTS):
        return CNN_ATTRIBUTE_INTEGERS;
    case TYPE(FLOATS):
        return CNN_ATTRIBUTE_REALS;
    case TYPE(STRINGS):
        return proto->n_strings <= CNN_ONNX_LISTED_TEXTS ? CNN_ATTRIBUTE_TEXTS : CNN_ATTRIBUTE_OTHER;
    case TYPE(TENSOR):
        return proto->t ? CNN_ATTRIBUTE_ARRAY : CNN_ATTRIBUTE_OTHER;
    default:
        return CNN_ATTRIBUTE_OTHER;
    }
}

/* Texts for which there is no more room are left out: no operator has so many. */
static void translate_list(const CnnOnnx__AttributeProto *proto, cnn_attribute *to,
                           cnn_onnx_attributes *room) {
    to->texts = room->listed + room->listed_count;
    for (size_t i = 0; i < proto->n_strings && room->listed_count < CNN_ONNX_LISTED_TEXTS; i++, to->count++) {
        const int at = room->listed_count++;
        room->listed[at] = copy_text(proto->strings[i].data, proto->strings[i].len, room->listed_texts[at],
                                     sizeof room->listed_texts[0]);
    }
}

static void translate(const CnnOnnx__AttributeProto *proto, cnn_attribute *to, cnn_onnx_attributes *room,
                      int index) {
    const char *name = proto->name ? proto->name : "";
    *to = (cnn_attribute){.kind = kind_of(proto)};
    to->name = copy_text(name, strlen(name), room->names[index], sizeof room->names[0]);
    to->text = copy_text(proto->s.data, proto->s.len, room->texts[index], sizeof room->texts[0]);
    to->integer = proto->i;
    to->real = proto->f;
    to->integers = proto->ints;
    to->reals = proto->floats;
    to->count = (int64_t)(to->kind == CNN_ATTRIBUTE_INTEGERS ? proto->n_ints
                          : to->kind == CNN_ATTRIBUTE_REALS  ? proto->n_floats
                                                             : 0);
    if (to->kind == CNN_ATTRIBUTE_TEXTS)
        translate_list(proto, to, room);
}

cnn_status cnn_onnx_open_attributes(cnn_attributes *attributes, cnn_onnx_attributes *room,
                                    const CnnOnnx__NodeProto *node, cnn_error *error) {
    *attributes = (cnn_attributes){.all = room->all, .error = error};
    room->listed_count = 0;
    if (node->n_attribute > CNN_MAX_ATTRIBUTES)
        return cnn_fail(error, CNN_ERROR_UNSUPPORTED, "it has %zu attributes, and at most %d are supported",
                        node->n_attribute, CNN_MAX_ATTRIBUTES);
    for (int i = 0; i < (int)node->n_attribute; i++) {
        translate(node->attribute[i], &room->all[i], room, i);
        if (node->attribute[i]->ref_attr_name && *node->attribute[i]->ref_attr_name)
            return cnn_fail(error, CNN_ERROR_UNSUPPORTED, "the attribute \"%s\" refers to one of a function",
                            room->names[i]);
    }
    attributes->count = (int)node->n_attribute;
    return CNN_OK;
}
