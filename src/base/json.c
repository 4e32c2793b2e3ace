#include "base/json.h"

#include "base/memory.h"

#include <string.h>

/* What is left of a text. */
typedef struct rest {
    const char *at, *end;
} rest;

enum { DEEPEST = 2048 /* as jansson has it */ };

static void skip_space(rest *text) {
    while (text->at < text->end && strchr(" \t\n\r", *text->at) && *text->at)
        text->at++;
}

static bool take(rest *text, char wanted) {
    if (text->at == text->end || *text->at != wanted)
        return false;
    text->at++;
    return true;
}

static bool take_word(rest *text, const char *word) {
    const size_t length = strlen(word);
    if ((size_t)(text->end - text->at) < length || memcmp(text->at, word, length) != 0)
        return false;
    text->at += length;
    return true;
}

/* Decimal digits; whether there was one. */
static bool take_digits(rest *text) {
    const char *begin = text->at;
    while (text->at < text->end && *text->at >= '0' && *text->at <= '9')
        text->at++;
    return text->at > begin;
}

static bool take_number(rest *text) {
    take(text, '-');
    if (!take(text, '0') && !take_digits(text))
        return false;
    if (take(text, '.') && !take_digits(text))
        return false;
    if (!take(text, 'e') && !take(text, 'E'))
        return true;
    if (!take(text, '+'))
        take(text, '-');
    return take_digits(text);
}

/* The four digits behind \u; -1: they are not there. */
static int take_hexadecimal(rest *text) {
    int code = 0;
    for (int i = 0; i < 4; i++) {
        const char *digits = "0123456789abcdef0123456789ABCDEF";
        const char *digit = text->at < text->end && *text->at ? strchr(digits, *text->at) : NULL;
        if (!digit)
            return -1;
        code = code * 16 + (int)(digit - digits) % 16;
        text->at++;
    }
    return code;
}

/* What follows a backslash. Half of a pair of UTF-16 must be followed by the other half. */
static bool take_escape(rest *text) {
    if (!take(text, 'u')) {
        const bool known = text->at < text->end && *text->at && strchr("\"\\/bfnrt", *text->at);
        text->at += known;
        return known;
    }
    const int code = take_hexadecimal(text), surrogate = code & 0xFC00;
    if (code < 0 || surrogate == 0xDC00)
        return false;
    return surrogate != 0xD800 || (take_word(text, "\\u") && (take_hexadecimal(text) & 0xFC00) == 0xDC00);
}

static bool take_string(rest *text) {
    if (!take(text, '"'))
        return false;
    while (text->at < text->end && *text->at != '"') {
        if ((unsigned char)*text->at < ' ')
            return false;
        if (*text->at++ == '\\' && !take_escape(text))
            return false;
    }
    return take(text, '"');
}

static bool take_value(rest *text, int depth);

/* The elements of an array, or the members of an object, up to their end. */
static bool take_list(rest *text, char end, int depth) {
    skip_space(text);
    if (take(text, end))
        return true;
    do {
        skip_space(text);
        if (end == '}') {
            if (!take_string(text))
                return false;
            skip_space(text);
            if (!take(text, ':'))
                return false;
        }
        if (!take_value(text, depth))
            return false;
    } while (take(text, ','));
    return take(text, end);
}

/* A value with the space around it. */
static bool take_value(rest *text, int depth) {
    bool taken;
    skip_space(text);
    if (depth == 0 || text->at == text->end)
        return false;
    if (take(text, '['))
        taken = take_list(text, ']', depth - 1);
    else if (take(text, '{'))
        taken = take_list(text, '}', depth - 1);
    else if (*text->at == '"')
        taken = take_string(text);
    else
        taken = take_word(text, "true") || take_word(text, "false") || take_word(text, "null") ||
                take_number(text);
    skip_space(text);
    return taken;
}

bool cnn_json_is_valid(const char *text, size_t size) {
    rest all = {text, text + size};
    skip_space(&all);
    const bool list = all.at < all.end && (*all.at == '[' || *all.at == '{');
    return list && take_value(&all, DEEPEST) && all.at == all.end;
}

/* Jansson often gives no reason when memory runs out, or one that blames the text: then the text itself tells. */
static bool lacked_memory(const char *text, size_t size, const json_error_t *reason) {
    if (!reason->text[0])
        return true;
    const enum json_error_code code = json_error_code(reason);
    return code == json_error_out_of_memory ||
           (code == json_error_invalid_syntax && cnn_json_is_valid(text, size));
}

/* ---- Parsing ------------------------------------------------------------------------------------------- */

/* Jansson collects a token in room that it makes larger as needed; where it gets no memory it leaves out a character and goes on.
 * So it is given ["xxx...", TEXT] with a string that is as long as any token: if that came whole, nothing after it needed
 * more room. */
typedef struct wrapped {
    const char *text;
    size_t size, longest, at; /* `at`: of all bytes, the next */
} wrapped;

static const char opening[] = "[\"", between[] = "\",\n";
enum { OPENING = sizeof opening - 1, BETWEEN = sizeof between - 1 };

/* An upper bound: strings lie between two quotation marks, numbers and words outside. Escaped ones end none. */
static size_t longest_token(const char *text, size_t size) {
    size_t longest = 0, length = 0;
    for (size_t i = 0; i < size; i++) {
        length = text[i] == '"' && (i == 0 || text[i - 1] != '\\') ? 0 : length + 1;
        longest = length > longest ? length : longest;
    }
    return longest;
}

static char byte_at(const wrapped *w, size_t at) {
    if (at < OPENING)
        return opening[at];
    at -= OPENING;
    if (at < w->longest)
        return 'x';
    at -= w->longest;
    if (at < BETWEEN)
        return between[at];
    at -= BETWEEN;
    return at < w->size ? w->text[at] : ']';
}

/* A json_load_callback_t. */
static size_t next_bytes(void *buffer, size_t room, void *data) {
    wrapped *w = data;
    const size_t all = OPENING + w->longest + BETWEEN + w->size + 1;
    size_t count = 0;
    for (; count < room && w->at < all; count++)
        ((char *)buffer)[count] = byte_at(w, w->at++);
    return count;
}

/* The text's own value; NULL: something went wrong. */
static json_t *parse_wrapped(const char *text, size_t size) {
    wrapped w = {.text = text, .size = size, .longest = longest_token(text, size)};
    json_t *list = json_load_callback(next_bytes, &w, JSON_REJECT_DUPLICATES, NULL);
    json_t *json = json_array_get(list, 1);
    const bool whole = json_string_length(json_array_get(list, 0)) == w.longest;
    json = whole && json_array_size(list) == 2 && (json_is_object(json) || json_is_array(json))
               ? json_incref(json)
               : NULL;
    json_decref(list);
    return json;
}

cnn_status cnn_json_parse(const char *text, size_t size, json_t **json, json_error_t *reason) {
    *json = parse_wrapped(text, size);
    if (*json)
        return CNN_OK;
    json_t *again = json_loadb(text, size, JSON_REJECT_DUPLICATES, reason); /* for its reason */
    json_decref(again);
    return again || lacked_memory(text, size, reason) ? CNN_ERROR_MEMORY : CNN_ERROR_FORMAT;
}

char *cnn_json_dump(const json_t *json, size_t flags, cnn_error *error) {
    const size_t size = json_dumpb(json, NULL, 0, flags);
    char *text = size ? cnn_allocate(size + 1, 1, "JSON", error) : NULL;
    if (text && json_dumpb(json, text, size, flags) == size)
        return text;
    cnn_free(text);
    cnn_fail(error, CNN_ERROR_MEMORY, "out of memory: JSON");
    return NULL;
}

void cnn_json_append(json_t **array, json_t *element) {
    if (json_array_append_new(*array, element) == 0)
        return;
    json_decref(*array);
    *array = NULL;
}
