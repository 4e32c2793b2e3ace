/* Small files of every kind that the command reads, written into the working directory. */
#ifndef TESTS_FAULTS_INPUTS_H
#define TESTS_FAULTS_INPUTS_H

/* photos/a, photos/b (a picture of each format in each), cifar/ (binary batches), norm.txt and depthwise.txt (networks
 * beside support/command.h's), small.onnx (for the interpreter), x.npy, net.npy (inputs of small.onnx and of model.txt). */
void inputs_write(void);

#endif
