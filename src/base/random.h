/* Random numbers with the state passed in. The same seed gives the same numbers on every machine. */
#ifndef CNN_BASE_RANDOM_H
#define CNN_BASE_RANDOM_H

#include <stdint.h>

/* xoshiro256** (Blackman and Vigna 2018), seeded by splitmix64. */
typedef struct cnn_random {
    uint64_t state[4];
} cnn_random;

void cnn_random_seed(cnn_random *random, uint64_t seed);
uint64_t cnn_random_bits(cnn_random *random);
double cnn_random_uniform(cnn_random *random);               /* 0 <= value < 1 */
double cnn_random_normal(cnn_random *random);                /* mean 0, variance 1 (Box and Muller 1958) */
int64_t cnn_random_below(cnn_random *random, int64_t bound); /* 0 <= value < bound, without bias */
void cnn_random_shuffle(cnn_random *random, int64_t *values, int64_t count); /* Fisher and Yates */

/* A hash of two numbers: random bits that depend on a position rather than on an order, so that any thread
 * may draw any of them. Also derives independent seeds: cnn_random_hash(seed, purpose). */
uint64_t cnn_random_hash(uint64_t seed, uint64_t position);

#endif
