#include "inspect/reach.h"

cnn_reach cnn_reach_one(cnn_range channels, int64_t row, int64_t column) {
    return (cnn_reach){.channels = channels, .first = {row, column}, .step = {1, 1}, .count = {1, 1}};
}

static int64_t axis_size(const cnn_shape *shape, int axis) {
    return 1 + axis < shape->rank ? shape->dim[1 + axis] : 1;
}

cnn_reach cnn_reach_maps(const cnn_question *question, cnn_range channels) {
    const cnn_shape *shape = cnn_question_shape(question);
    return (cnn_reach){
        .channels = channels, .step = {1, 1}, .count = {axis_size(shape, 0), axis_size(shape, 1)}};
}

cnn_reach cnn_reach_everything(const cnn_question *question) {
    return cnn_reach_maps(question, (cnn_range){0, cnn_question_shape(question)->dim[0]});
}

cnn_reach cnn_reach_map(const cnn_question *question) {
    return cnn_reach_maps(question, cnn_reach_one_channel(question));
}

cnn_reach cnn_reach_channels(const cnn_question *question) {
    return cnn_reach_one((cnn_range){0, cnn_question_shape(question)->dim[0]}, question->at.row,
                         question->at.column);
}

cnn_reach cnn_reach_same(const cnn_question *question) {
    const cnn_shape *input = cnn_question_shape(question), *output = &question->node->output;
    const bool maps = input->rank == 3 && output->rank == 3;
    const bool spread = maps && input->dim[1] * input->dim[2] < output->dim[1] * output->dim[2];
    const cnn_range channels =
        maps && input->dim[0] < output->dim[0] ? (cnn_range){0, 1} : cnn_reach_one_channel(question);
    return cnn_reach_one(channels, spread ? 0 : question->at.row, spread ? 0 : question->at.column);
}

int64_t cnn_alike_everything(const cnn_net *net, const cnn_node *node) {
    (void)net;
    return node->output.dim[0];
}

int64_t cnn_reach_only_index(const cnn_subject *subject, int k, cnn_spot at,
                             cnn_reach (*reach)(const cnn_question *question)) {
    const cnn_question question = {.net = subject->net, .node = subject->node, .input = k, .at = at};
    const cnn_reach found = reach(&question);
    return cnn_spot_index(cnn_question_shape(&question),
                          (cnn_spot){found.channels.first, found.first[0], found.first[1]});
}
