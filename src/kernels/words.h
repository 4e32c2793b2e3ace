/* Words of bits, one for each of many values. */
#ifndef CNN_KERNELS_WORDS_H
#define CNN_KERNELS_WORDS_H

#include <stdint.h>

enum { CNN_WORD_BITS = 64 };

/* Words that hold so many bits. */
static inline int64_t cnn_words(int64_t bits) {
    return (bits + CNN_WORD_BITS - 1) / CNN_WORD_BITS;
}

#endif
