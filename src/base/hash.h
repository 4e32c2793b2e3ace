/* FNV-1a (Fowler, Noll and Vo 1991), 64 bits: tells things apart; no protection against somebody who means harm. */
#ifndef CNN_BASE_HASH_H
#define CNN_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define CNN_HASH_START UINT64_C(0xcbf29ce484222325)

static inline void cnn_hash_add(uint64_t *hash, const void *bytes, size_t size) {
    for (const uint8_t *at = bytes, *end = at + size; at < end; at++)
        *hash = (*hash ^ *at) * UINT64_C(0x100000001b3);
}

#endif
