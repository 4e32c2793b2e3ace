/* A training that takes milliseconds: 8x8 images of 4 classes, a bright quarter says which. */
#ifndef TESTS_SUPPORT_SMALL_TRAINING_H
#define TESTS_SUPPORT_SMALL_TRAINING_H

#include <cnn.h>

/* Image i has label i % 4; the pixels carry noise. Fails the running test when out of memory. */
cnn_data *small_data(int64_t count);
/* The same, but any quarter may be bright: there is nothing to learn. */
cnn_data *small_noise(int64_t count);
/* Convolution, ReLU, max pool, flatten, dropout, drop path, dense, softmax; parameters zero. */
cnn_net *small_net(void);
/* 3 epochs of batches of 16, Adam; 100 images make 7 iterations, the last of 4 images. */
cnn_train_options small_options(void);

/* All parameters in the order of the tensors, for free(). */
float *parameters_of(const cnn_net *net);
/* Fails the running test at the first parameter that differs in any bit. */
void assert_same_parameters(const cnn_net *a, const cnn_net *b);

/* cnn_train, which must return `expected`; fails the running test with its message otherwise. */
void train_expecting(cnn_status expected, cnn_net *net, const cnn_data *data,
                     const cnn_train_options *options, cnn_error *error);

#endif
