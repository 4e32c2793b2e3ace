/* Reaches that several kinds of layers have, and what others are put together from: pure geometry. */
#ifndef CNN_INSPECT_REACH_H
#define CNN_INSPECT_REACH_H

#include "inspect/subject.h"

cnn_reach cnn_reach_everything(const cnn_question *question);
cnn_reach cnn_reach_map(const cnn_question *question);      /* all of one channel */
cnn_reach cnn_reach_channels(const cnn_question *question); /* all channels of a position */
cnn_reach cnn_reach_same(
    const cnn_question *question); /* one value; that of input C,1,1 or 1,H,W where it is broadcast */

/* `alike` where the reach is everything, or all channels. */
int64_t cnn_alike_everything(const cnn_net *net, const cnn_node *node);

/* The output's row (axis 0) or column (1). */
static inline int64_t cnn_reach_along(const cnn_question *question, int axis) {
    return axis ? question->at.column : question->at.row;
}

/* The output's channel. */
static inline cnn_range cnn_reach_one_channel(const cnn_question *question) {
    return (cnn_range){question->at.channel, question->at.channel + 1};
}

/* One position of each axis. */
cnn_reach cnn_reach_one(cnn_range channels, int64_t row, int64_t column);
/* Whole maps. */
cnn_reach cnn_reach_maps(const cnn_question *question, cnn_range channels);

/* The only value of input k that output `at` looks at; -1 in the padding. */
int64_t cnn_reach_only_index(const cnn_subject *subject, int k, cnn_spot at,
                             cnn_reach (*reach)(const cnn_question *question));

#endif
