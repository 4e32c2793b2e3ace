#include "formats/crc32c.h"

/* Bit by bit: records have some dozens of bytes. */
uint32_t cnn_crc32c(const void *bytes, size_t size) {
    const uint32_t polynomial = UINT32_C(0x82f63b78); /* reflected */
    const uint8_t *byte = bytes;
    uint32_t remainder = ~UINT32_C(0);
    for (size_t i = 0; i < size; i++) {
        remainder ^= byte[i];
        for (int bit = 0; bit < 8; bit++)
            remainder = remainder >> 1 ^ (remainder & 1 ? polynomial : 0);
    }
    return ~remainder;
}

uint32_t cnn_crc32c_masked(const void *bytes, size_t size) {
    uint32_t checksum = cnn_crc32c(bytes, size);
    return (checksum >> 15 | checksum << 17) + UINT32_C(0xa282ead8);
}
