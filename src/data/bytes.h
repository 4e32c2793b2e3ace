/* Numbers in files, byte by byte. The caller knows that the bytes are there. */
#ifndef CNN_DATA_BYTES_H
#define CNN_DATA_BYTES_H

#include <stdint.h>

static inline uint32_t cnn_little16(const uint8_t *bytes) {
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8;
}

static inline uint32_t cnn_little32(const uint8_t *bytes) {
    return cnn_little16(bytes) | cnn_little16(bytes + 2) << 16;
}

static inline uint32_t cnn_big16(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 8 | bytes[1];
}

static inline uint32_t cnn_big32(const uint8_t *bytes) {
    return cnn_big16(bytes) << 16 | cnn_big16(bytes + 2);
}

#endif
