/* The first line of a text model: "input 3x224x224 bgr resize 256 background 000000". */
#ifndef CNN_GRAPH_TEXT_INPUT_H
#define CNN_GRAPH_TEXT_INPUT_H

#include "base/text.h"
#include "graph/net.h"
#include "graph/text_line.h"

/* *net is new and the caller's, on failure too, unless it is NULL. */
cnn_status cnn_text_read_input(cnn_net **net, cnn_line *line, cnn_error *error);
/* Without the line's end. */
void cnn_text_write_input(const cnn_net *net, cnn_text *text);

#endif
