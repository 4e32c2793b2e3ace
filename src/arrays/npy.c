#include "arrays/npy.h"

#include "arrays/half.h"
#include "arrays/walk.h"
#include "base/memory.h"
#include "base/text.h"

#include <inttypes.h>
#include <string.h>

static const char magic[] = "\x93NUMPY";
enum { MAGIC = 6, PREFIX_1 = 10, PREFIX_2 = 12, BLOCK = 64 /* the elements begin at a multiple of it */ };

/* NumPy's letters for the types, without the byte order. */
typedef struct letter {
    cnn_type type;
    char code[3];
} letter;

static const letter letters[] = {
    {CNN_TYPE_FLOAT32, "f4"}, {CNN_TYPE_FLOAT64, "f8"}, {CNN_TYPE_BOOL, "b1"},   {CNN_TYPE_INT8, "i1"},
    {CNN_TYPE_INT16, "i2"},   {CNN_TYPE_INT32, "i4"},   {CNN_TYPE_INT64, "i8"},  {CNN_TYPE_UINT8, "u1"},
    {CNN_TYPE_UINT16, "u2"},  {CNN_TYPE_UINT32, "u4"},  {CNN_TYPE_UINT64, "u8"},
};
enum { LETTERS = sizeof letters / sizeof letters[0] };

bool cnn_npy_begins(const void *bytes, size_t size) {
    return size >= MAGIC && memcmp(bytes, magic, MAGIC) == 0;
}

/* ---- The header ------------------------------------------------------------------------------------ */

/* A dictionary being read. */
typedef struct scan {
    const char *at, *end;
    const char *origin;
    const char *begin; /* of the file, for positions */
    cnn_error *error;
} scan;

static cnn_status wrong(const scan *s, const char *what) {
    return cnn_fail(s->error, CNN_ERROR_FORMAT, "%s: byte %zu: %s in the header of a NumPy file", s->origin,
                    (size_t)(s->at - s->begin), what);
}

static void skip_blanks(scan *s) {
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\t'))
        s->at++;
}

/* Take `word` if it stands next. */
static bool take(scan *s, const char *word) {
    const size_t length = strlen(word);
    skip_blanks(s);
    if ((size_t)(s->end - s->at) < length || memcmp(s->at, word, length) != 0)
        return false;
    s->at += length;
    return true;
}

/* A text in quotes, shorter than `size`. */
static cnn_status take_text(scan *s, char *text, size_t size) {
    const char quote = take(s, "'") ? '\'' : take(s, "\"") ? '"' : '\0';
    size_t length = 0;
    if (!quote)
        return wrong(s, "a quoted string is missing");
    while (s->at < s->end && *s->at != quote && length + 1 < size)
        text[length++] = *s->at++;
    text[length] = '\0';
    return s->at < s->end && *s->at++ == quote ? CNN_OK : wrong(s, "a string is too long or not closed");
}

static cnn_status take_size(scan *s, int64_t *size) {
    *size = 0;
    skip_blanks(s);
    if (s->at == s->end || *s->at < '0' || *s->at > '9')
        return wrong(s, "a size is missing");
    for (; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++)
        if (!cnn_multiply(*size, 10, size) || __builtin_add_overflow(*size, *s->at - '0', size))
            return wrong(s, "a size is too large");
    return CNN_OK;
}

/* "(2, 3)", "(5,)" or "()". */
static cnn_status take_shape(scan *s, cnn_shape *shape) {
    *shape = (cnn_shape){0};
    if (!take(s, "("))
        return wrong(s, "the shape is not a list in parentheses");
    while (!take(s, ")")) {
        if (shape->rank == CNN_MAX_RANK)
            return wrong(s, "there are more than 8 axes");
        cnn_status status = take_size(s, &shape->dim[shape->rank]);
        if (status != CNN_OK)
            return status;
        shape->rank++;
        if (!take(s, ",") && (s->at == s->end || *s->at != ')'))
            return wrong(s, "a comma is missing");
    }
    return CNN_OK;
}

typedef struct header {
    cnn_type type; /* as the elements stand in the file */
    bool is_half;  /* float16, which are uint16 there */
    cnn_shape shape;
    bool columns_first;
    int found; /* a bit for each of the three keys */
} header;

static cnn_status find_type(const scan *s, const char *text, header *h) {
    const bool ours = *text && strchr("<|=", *text);
    h->is_half = ours && strcmp(text + 1, "f2") == 0;
    h->type = CNN_TYPE_UINT16;
    for (int i = 0; ours && !h->is_half && i < LETTERS; i++)
        if (strcmp(text + 1, letters[i].code) == 0) {
            h->type = letters[i].type;
            return CNN_OK;
        }
    if (h->is_half)
        return CNN_OK;
    return cnn_fail(s->error, CNN_ERROR_UNSUPPORTED,
                    "%s: elements of NumPy's type \"%s\" are not supported; little-endian float16, float32, "
                    "float64, bool and integers are",
                    s->origin, *text == '\0' || (*text >= ' ' && *text <= '~') ? text : "?");
}

static cnn_status take_entry(scan *s, header *h) {
    char key[16], type[8];
    cnn_status status = take_text(s, key, sizeof key);
    if (status == CNN_OK && !take(s, ":"))
        status = wrong(s, "a colon is missing");
    if (status != CNN_OK)
        return status;
    if (strcmp(key, "descr") == 0) {
        h->found |= 1;
        status = take_text(s, type, sizeof type);
        return status == CNN_OK ? find_type(s, type, h) : status;
    }
    if (strcmp(key, "fortran_order") == 0) {
        h->found |= 2;
        h->columns_first = take(s, "True");
        return h->columns_first || take(s, "False") ? CNN_OK
                                                    : wrong(s, "fortran_order is neither True nor False");
    }
    if (strcmp(key, "shape") != 0)
        return wrong(s, "there is an unknown key");
    h->found |= 4;
    return take_shape(s, &h->shape);
}

static cnn_status take_header(scan *s, header *h) {
    *h = (header){0};
    if (!take(s, "{"))
        return wrong(s, "there is no dictionary");
    while (!take(s, "}")) {
        cnn_status status = take_entry(s, h);
        if (status != CNN_OK)
            return status;
        if (!take(s, ",") && (s->at == s->end || *s->at != '}'))
            return wrong(s, "a comma is missing");
    }
    return h->found == 7 ? CNN_OK : wrong(s, "descr, fortran_order or shape is missing");
}

/* Where the elements begin; 0 if the prefix is cut off or of an unknown version. */
static size_t find_elements(const unsigned char *bytes, size_t size, size_t *header_begin) {
    if (size < PREFIX_2 || bytes[MAGIC] < 1 || bytes[MAGIC] > 3)
        return 0;
    const bool old = bytes[MAGIC] == 1;
    size_t length = bytes[8] | (size_t)bytes[9] << 8;
    if (!old)
        length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    *header_begin = old ? PREFIX_1 : PREFIX_2;
    return length <= size - *header_begin ? *header_begin + length : 0;
}

/* ---- Reading --------------------------------------------------------------------------------------- */

/* Copy the elements; those of a file with columns first count the first axis fastest. */
static void copy_elements(const header *h, const void *from, cnn_array *array) {
    const cnn_strides to = cnn_strides_of(&h->shape);
    cnn_strides strides = to;
    int64_t step = 1;
    for (int i = 0; h->columns_first && i < h->shape.rank; i++) {
        strides.step[i] = step;
        step *= h->shape.dim[i];
    }
    cnn_copy_strided(array->data, &to, from, &strides, &h->shape, cnn_type_size(h->type));
    for (int64_t i = 0; h->type == CNN_TYPE_BOOL && i < array->elements; i++)
        ((uint8_t *)array->data)[i] = ((uint8_t *)array->data)[i] != 0;
}

/* The shape is compared with the bytes before memory is taken for it. */
static cnn_status check_size(const header *h, size_t bytes, const char *origin, cnn_error *error) {
    int64_t expected = (int64_t)cnn_type_size(h->type);
    bool fits = true, empty = false;
    for (int i = 0; fits && i < h->shape.rank; i++) {
        empty = empty || h->shape.dim[i] == 0;
        fits = cnn_multiply(expected, h->shape.dim[i] == 0 ? 1 : h->shape.dim[i], &expected);
    }
    if (fits && bytes == (empty ? 0 : (size_t)expected))
        return CNN_OK;
    char text[CNN_SHAPE_TEXT];
    return cnn_fail(error, CNN_ERROR_FORMAT, "%s: %zu bytes of elements do not match the shape [%s] of %s",
                    origin, bytes, cnn_shape_text(&h->shape, text), cnn_type_name(h->type));
}

/* The elements as float32, if they are halves. */
static cnn_status widen(const header *h, cnn_array *array, cnn_error *error) {
    cnn_array bits = *array;
    if (!h->is_half)
        return CNN_OK;
    cnn_status status = cnn_array_new(array, CNN_TYPE_FLOAT32, &h->shape, NULL, error);
    if (status == CNN_OK)
        cnn_halves_widen(CNN_HALF_FLOAT16, &bits, array);
    cnn_array_free(&bits, NULL);
    return status;
}

cnn_status cnn_npy_read(cnn_array *array, const void *bytes, size_t size, const char *origin,
                        cnn_error *error) {
    size_t begin;
    const size_t elements = cnn_npy_begins(bytes, size) ? find_elements(bytes, size, &begin) : 0;
    *array = (cnn_array){0};
    if (!elements)
        return cnn_fail(error, CNN_ERROR_FORMAT, "%s: not a NumPy file of version 1 to 3, or truncated",
                        origin);
    header h;
    scan s = {(const char *)bytes + begin, (const char *)bytes + elements, origin, bytes, error};
    cnn_status status = take_header(&s, &h);
    if (status == CNN_OK)
        status = check_size(&h, size - elements, origin, error);
    if (status == CNN_OK)
        status = cnn_array_new(array, h.type, &h.shape, NULL, error);
    if (status == CNN_OK && array->elements > 0)
        copy_elements(&h, (const char *)bytes + elements, array);
    return status == CNN_OK ? widen(&h, array, error) : status;
}

/* ---- Writing --------------------------------------------------------------------------------------- */

static const char *code_of(cnn_type type) {
    for (int i = 0; i < LETTERS; i++)
        if (letters[i].type == type)
            return letters[i].code;
    return "";
}

/* The dictionary, filled with blanks so that the elements begin at a multiple of BLOCK. */
static void append_header(cnn_text *text, const cnn_array *array) {
    const size_t begin = text->length;
    const char *order = cnn_type_size(array->type) == 1 ? "|" : "<";
    cnn_text_append(text, "{'descr': '%s%s', 'fortran_order': False, 'shape': (", order,
                    code_of(array->type));
    for (int i = 0; i < array->shape.rank; i++)
        cnn_text_append(text, i ? ", %" PRId64 : "%" PRId64, array->shape.dim[i]);
    cnn_text_append(text, array->shape.rank == 1 ? ",), }" : "), }");
    while (!text->failed && (text->length + 1) % BLOCK != 0)
        cnn_text_append(text, " ");
    cnn_text_append(text, "\n");
    if (text->failed)
        return;
    const size_t length = text->length - begin;
    text->data[begin - 2] = (char)(length & 0xff);
    text->data[begin - 1] = (char)(length >> 8);
}

cnn_status cnn_npy_write(const cnn_array *array, void **bytes, size_t *size, cnn_error *error) {
    cnn_text text = {0};
    cnn_text_append_bytes(&text, magic, MAGIC);
    cnn_text_append_bytes(&text, "\x01\x00\x00\x00", PREFIX_1 - MAGIC);
    append_header(&text, array);
    cnn_text_append_bytes(&text, array->data, (size_t)array->elements * cnn_type_size(array->type));
    *bytes = text.data;
    *size = text.length;
    if (!text.failed)
        return CNN_OK;
    cnn_free(text.data);
    *bytes = NULL;
    return cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: a NumPy file of %" PRId64 " elements",
                    array->elements);
}
