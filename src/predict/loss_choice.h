/* The loss by which a network is trained or measured, and whether it suits the network and the data. */
#ifndef CNN_PREDICT_LOSS_CHOICE_H
#define CNN_PREDICT_LOSS_CHOICE_H

#include "graph/net.h"

/* In the order of cnn_loss; ended by NULL. */
extern const char *const cnn_loss_words[];

/* Whether the loss works on logits, for which a softmax or sigmoids at the network's end are left out. */
bool cnn_loss_of_logits(cnn_loss loss);
/* The loss that is meant: the default one becomes that of the network's end. */
cnn_loss cnn_loss_of(const cnn_net *net, cnn_loss asked);
/* CNN_ERROR_ARGUMENT if the loss does not suit the end of the network. Not for the default loss. */
cnn_status cnn_loss_check(const cnn_net *net, cnn_loss loss, cnn_error *error);

/* The loss that is meant: the default one is that of the data's targets, else of the network's end. */
cnn_loss cnn_loss_for(const cnn_net *net, const cnn_data *data, cnn_loss asked);

/* Whether the data's targets, if there are any, are those of the loss and of the network's outputs. */
cnn_status cnn_check_targets(const cnn_net *net, const cnn_data *data, cnn_loss loss, cnn_error *error);

#endif
