/* CRC-32C (Castagnoli), the checksum of TFRecord files. */
#ifndef CNN_FORMATS_CRC32C_H
#define CNN_FORMATS_CRC32C_H

#include <stddef.h>
#include <stdint.h>

uint32_t cnn_crc32c(const void *bytes, size_t size);
/* As TFRecord stores it: rotated and offset, so that the checksum of data that holds checksums stays good. */
uint32_t cnn_crc32c_masked(const void *bytes, size_t size);

#endif
