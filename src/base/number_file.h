/* Numbers in the small text files in which a Linux kernel tells its state. */
#ifndef CNN_BASE_NUMBER_FILE_H
#define CNN_BASE_NUMBER_FILE_H

#include <stdint.h>

/* The number behind `key` in a file of lines "KEY NUMBER" or "KEY: NUMBER", or the file's first number when `key` is "";
 * -1 where there is no such file, line or number ("max", for one). `key` includes what separates it from the number. */
int64_t cnn_number_in_file(const char *path, const char *key);

#endif
