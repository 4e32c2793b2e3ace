/* The first line of a text model: the input's size, and how a picture becomes it. */
#include "graph/text_input.h"

#include "graph/text_field.h"

#include <inttypes.h>
#include <string.h>

/* One word after the size, and its value. */
static cnn_status read_word(cnn_line *line, cnn_preprocessing *preprocessing, cnn_error *error) {
    const char *word = cnn_line_take(line);
    if (strcmp(word, CNN_BGR_WORD) == 0)
        return preprocessing->bgr = true, CNN_OK;
    if (strcmp(word, CNN_INVERT_WORD) == 0)
        return preprocessing->invert = true, CNN_OK;
    if (strcmp(word, CNN_CENTRE_WORD) == 0)
        return preprocessing->centre = true, CNN_OK;
    const char *value = cnn_line_take(line);
    if (strcmp(word, CNN_RESIZE_WORD) == 0)
        return value && cnn_word_integer(value, &preprocessing->resize)
                   ? CNN_OK
                   : cnn_line_fail(
                         line, error, CNN_ERROR_FORMAT,
                         "expected the length of the shorter side in pixels after resize, like 256");
    if (strcmp(word, CNN_BACKGROUND_WORD) == 0)
        return value && cnn_word_colour(value, &preprocessing->background)
                   ? CNN_OK
                   : cnn_line_fail(
                         line, error, CNN_ERROR_FORMAT,
                         "expected a colour of six hexadecimal digits after background, like ffffff");
    return cnn_line_fail(line, error, CNN_ERROR_FORMAT,
                         "the input's size may be followed by bgr, resize N, invert, centre and background "
                         "RRGGBB, not by \"%.40s\"",
                         word);
}

/* What may follow the size: how a picture becomes an image of it. */
static cnn_status read_words(cnn_net *net, cnn_line *line, cnn_error *error) {
    cnn_preprocessing preprocessing = {0};
    cnn_status status = CNN_OK;
    while (status == CNN_OK && cnn_line_peek(line))
        status = read_word(line, &preprocessing, error);
    if (status != CNN_OK)
        return status;
    status = cnn_net_set_preprocessing(net, &preprocessing, error);
    return status == CNN_OK ? CNN_OK : cnn_line_fail_within(line, error, status);
}

cnn_status cnn_text_read_input(cnn_net **net, cnn_line *line, cnn_error *error) {
    int64_t shape[3];
    const char *word = cnn_line_take(line);
    if (strcmp(word, CNN_INPUT_WORD) != 0)
        return cnn_line_fail(line, error, CNN_ERROR_FORMAT,
                             "a model must begin with its input, channels x height x width: input 1x28x28");
    word = cnn_line_take(line);
    if (!word || cnn_word_integers(word, 'x', 3, shape) != 3)
        return cnn_line_fail(line, error, CNN_ERROR_FORMAT,
                             "expected channels x height x width after input, like 1x28x28");
    *net = cnn_net_new(&(cnn_input_options){.channels = shape[0], .height = shape[1], .width = shape[2]});
    if (!*net)
        return cnn_line_fail(line, error, CNN_ERROR_MEMORY, "out of memory for a network with this input");
    if (cnn_net_status(*net) == CNN_OK)
        return read_words(*net, line, error);
    cnn_fail(error, cnn_net_status(*net), "%s", cnn_net_error(*net));
    return cnn_line_fail_within(line, error, cnn_net_status(*net));
}

void cnn_text_write_input(const cnn_net *net, cnn_text *text) {
    char input[CNN_SHAPE_TEXT];
    const cnn_preprocessing *preprocessing = &net->preprocessing;
    cnn_text_append(text, "%s %s", CNN_INPUT_WORD, cnn_shape_text(&net->input, input));
    if (preprocessing->bgr)
        cnn_text_append(text, " %s", CNN_BGR_WORD);
    if (preprocessing->resize)
        cnn_text_append(text, " %s %" PRId64, CNN_RESIZE_WORD, preprocessing->resize);
    if (preprocessing->invert)
        cnn_text_append(text, " %s", CNN_INVERT_WORD);
    if (preprocessing->centre)
        cnn_text_append(text, " %s", CNN_CENTRE_WORD);
    if (preprocessing->background)
        cnn_text_append(text, " %s %06" PRIx32, CNN_BACKGROUND_WORD, preprocessing->background & 0xffffff);
}
