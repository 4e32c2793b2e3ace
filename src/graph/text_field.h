/* The typed parameters of an op as words: what a field's value looks like in a text model. */
#ifndef CNN_GRAPH_TEXT_FIELD_H
#define CNN_GRAPH_TEXT_FIELD_H

#include "base/text.h"
#include "graph/text_line.h"
#include "ops/op.h"

/* Words that do not belong to an op: the first line, a layer's name, the layer it reads, and the padding that sets
 * the flag field of this name instead. */
#define CNN_INPUT_WORD  "input"
#define CNN_NAME_WORD   "name"
#define CNN_FROM_WORD   "from"
#define CNN_SHARES_WORD "shares"
#define CNN_SAME_WORD   "same"
/* Words of the first line, on how a picture becomes the input. */
#define CNN_BGR_WORD        "bgr"
#define CNN_RESIZE_WORD     "resize"
#define CNN_BACKGROUND_WORD "background"
#define CNN_INVERT_WORD     "invert"
#define CNN_CENTRE_WORD     "centre"

/* The op's field of that word; NULL: none. */
const cnn_field *cnn_find_field(const cnn_op *op, const char *word);
/* Read the value that stands next in the line (nothing for a flag) into `options`. */
cnn_status cnn_field_read(const cnn_field *field, const cnn_op *op, cnn_line *line, cnn_options *options,
                          cnn_error *error);
/* Append a value, without the field's word. */
void cnn_field_write(const cnn_field *field, const cnn_options *options, cnn_text *text);
void cnn_field_copy(const cnn_field *field, const cnn_options *from, cnn_options *to);
bool cnn_field_equal(const cnn_field *field, const cnn_options *a, const cnn_options *b);

/* A whole number of at most 18 digits; false if `word` is anything else. */
bool cnn_word_integer(const char *word, int64_t *value);
/* A finite number, in every locale with a point; false if `word` is anything else. */
bool cnn_word_real(const char *word, double *value);
/* Six hexadecimal digits, red, green and blue, as 0xffRRGGBB. */
bool cnn_word_colour(const char *word, uint32_t *colour);
/* Whole numbers separated by `separator`, "3x3"; returns how many, or 0 if the word is anything else or has more than
 * `max`. */
int cnn_word_integers(const char *word, char separator, int max, int64_t *values);

#endif
