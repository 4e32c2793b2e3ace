/* What is said on stderr where a model and its pixels may not fit each other. */
#ifndef CLI_PIXEL_NOTES_H
#define CLI_PIXEL_NOTES_H

#include <cnn.h>

/* Where a model from elsewhere does not say what it takes: what is assumed, and which options change it. */
void cli_note_unknown_pixels(const cnn_net *net, const char *model);

/* Where `count` images (N,C,H,W in 0..1) look like negatives of those that the network was trained on. `names`: of
 * their files; NULL: images of a data set. */
void cli_note_negatives(const cnn_net *net, const float *images, int64_t count, char *const *names);
/* The same for a whole data set. */
void cli_note_negative_data(const cnn_net *net, const cnn_data *data);

#endif
