/* The reach of each kind of layer: pure geometry. */
#ifndef CNN_INSPECT_REACH_H
#define CNN_INSPECT_REACH_H

#include "inspect/subject.h"

cnn_reach cnn_reach_convolution(const cnn_question *question);
cnn_reach cnn_reach_transposed(const cnn_question *question);
cnn_reach cnn_reach_pooling(const cnn_question *question); /* global ones, too: their window is the map */
cnn_reach cnn_reach_everything(const cnn_question *question);
cnn_reach cnn_reach_map(const cnn_question *question); /* all of one channel */
cnn_reach
cnn_reach_group(const cnn_question *question); /* all of the channels that are normalised together */
cnn_reach cnn_reach_channels(const cnn_question *question); /* all channels of a position */
cnn_reach
cnn_reach_same(const cnn_question *question); /* one value; that of input C,1,1 where it is spread */
cnn_reach cnn_reach_neighbours(const cnn_question *question);
cnn_reach cnn_reach_flattened(const cnn_question *question);
cnn_reach cnn_reach_concatenated(const cnn_question *question);
cnn_reach cnn_reach_padded(const cnn_question *question);
cnn_reach cnn_reach_resized(const cnn_question *question);

int64_t cnn_alike_convolution(const cnn_net *net, const cnn_node *node);
int64_t cnn_alike_transposed(const cnn_net *net, const cnn_node *node);
int64_t cnn_alike_everything(const cnn_net *net, const cnn_node *node);
int64_t cnn_alike_group(const cnn_net *net, const cnn_node *node);

/* Which kernel row (axis 0) or column (1) of a transposed convolution leads from input position `from` to `at`. */
int64_t cnn_transposed_tap(const cnn_conv_transpose2d_options *conv, int axis, int64_t from, int64_t at);

#endif
