/* JSON with jansson, where running out of memory is told from text that is no JSON. */
#ifndef CNN_BASE_JSON_H
#define CNN_BASE_JSON_H

#include "cnn.h"

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>

/* Parse a text in which no object may name a member twice. CNN_ERROR_MEMORY, or CNN_ERROR_FORMAT with the reason;
 * *json is then NULL. */
cnn_status cnn_json_parse(const char *text, size_t size, json_t **json, json_error_t *reason);

/* Whether a text is a JSON object or array by its grammar; takes no memory. Numbers may be of any size, strings of any bytes. */
bool cnn_json_is_valid(const char *text, size_t size);

/* The text, for cnn_free(); NULL and CNN_ERROR_MEMORY on failure. json_dumps() itself may leave out a name or a value where
 * it had no memory, and not say so. */
char *cnn_json_dump(const json_t *json, size_t flags, cnn_error *error);

/* Append an element, which is taken over. When memory ran out, *array is released and NULL. */
void cnn_json_append(json_t **array, json_t *element);

#endif
