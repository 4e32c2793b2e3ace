#include "train/layer_updates.h"

#include "base/numbers.h"

/* So few iterations are measured that this costs below a hundredth of them. */
enum { MEASURED = 16, APART = 8 };

bool cnn_is_layers_weights(const cnn_net *net, int64_t k) {
    const cnn_parameter *p = &net->parameters[k];
    return p->spec.decays && p->spec.shape.rank > 1 && p->twin < 0 && !net->nodes[p->node].frozen;
}

cnn_status cnn_layer_updates_start(cnn_history *history, const cnn_net *net, cnn_error *error) {
    cnn_status status = CNN_OK;
    for (int64_t k = 0; status == CNN_OK && k < net->parameter_count; k++)
        if (cnn_is_layers_weights(net, k))
            status = cnn_history_add_layer(history, net->nodes[net->parameters[k].node].name, error);
    return status;
}

/* From one iteration that is measured to the next. */
static int64_t distance(int64_t iterations) {
    const int64_t apart = cnn_ceil_div(iterations, MEASURED);
    return apart > APART ? apart : APART;
}

bool cnn_layer_updates_due(int64_t at, int64_t iterations) {
    return at % distance(iterations) == 0;
}

void cnn_layer_updates_add(cnn_history *history, cnn_trainer *trainer) {
    const cnn_net *net = cnn_plan_net(cnn_trainer_plan(trainer));
    cnn_layer_history *layer = history->layers;
    for (int64_t k = 0; k < net->parameter_count; k++)
        if (cnn_is_layers_weights(net, k)) {
            const cnn_update_size size = cnn_update_size_of(cnn_trainer_update_state(trainer), k);
            cnn_layer_record *sum = &layer->epochs[layer->count - 1];
            sum->gradient += size.gradient;
            sum->update += size.change;
            layer++;
        }
}

void cnn_layer_updates_end_epoch(cnn_history *history, int64_t iterations) {
    const double measured = (double)cnn_ceil_div(iterations, distance(iterations));
    for (int64_t i = 0; i < history->layer_count; i++) {
        cnn_layer_record *sum = &history->layers[i].epochs[history->layers[i].count - 1];
        sum->gradient /= measured;
        sum->update /= measured;
    }
}

void cnn_layer_updates_of(const cnn_history *history, int64_t epoch, const cnn_net *net,
                          cnn_layer_update *updates) {
    const cnn_layer_history *layer = history->layers;
    for (int64_t k = 0; k < net->parameter_count; k++)
        if (cnn_is_layers_weights(net, k)) {
            const cnn_layer_record *record = &layer->epochs[epoch - 1];
            *updates++ = (cnn_layer_update){.layer = layer->layer,
                                            .weights = net->parameters[k].elements,
                                            .gradient = record->gradient,
                                            .update = record->update};
            layer++;
        }
}
