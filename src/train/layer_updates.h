/* What training does to the weights of each layer: measured in some iterations of an epoch, kept in the history. */
#ifndef CNN_TRAIN_LAYER_UPDATES_H
#define CNN_TRAIN_LAYER_UPDATES_H

#include "cnn_doctor.h"
#include "graph/net.h"
#include "train/history.h"
#include "train/trainer.h"

/* Whether parameter k is the weights of a layer, one of those that training changes: of each layer at most one tensor. Of a
 * network with shared parameters, in the order of its layers, the same ones as of a plan's copy of it. */
bool cnn_is_layers_weights(const cnn_net *net, int64_t k);

/* Add the layers of a network to a history. */
cnn_status cnn_layer_updates_start(cnn_history *history, const cnn_net *net, cnn_error *error);
/* Whether iteration `at` (from 0) of an epoch is measured. */
bool cnn_layer_updates_due(int64_t at, int64_t iterations);
/* Add what the last update did, which was measured. */
void cnn_layer_updates_add(cnn_history *history, cnn_trainer *trainer);
/* The sums of the epoch become means; before it is appended to the history. */
void cnn_layer_updates_end_epoch(cnn_history *history, int64_t iterations);
/* Those of an epoch (from 1) of a network's history; `updates` has room for history->layer_count, and borrows names. */
void cnn_layer_updates_of(const cnn_history *history, int64_t epoch, const cnn_net *net,
                          cnn_layer_update *updates);

#endif
